/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's USB process, and what becomes of devices when it does what it should and when not.
 * Argument: the stand-in of that process, which does what a device's node tells it to. */
#include <string.h>

#include "guest-usb.h"
#include "usb-channel-harness.h"

/* Patience is for people. */
static const UsbChannelTimes times = {.attach = 300, .detach = 300, .present = 300};

static const char *program;

typedef struct {
    char *directory;
    UsbChannel *usb;
    ChannelLog log;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer name)
{
    fixture->directory = scratch_new();
    channel_log_init(&fixture->log);
    fixture->usb =
        guest_usb_new(program, name ? name : "desk", 7, &channel_events, &fixture->log, &times);
}

static void tear_down(Fixture *fixture, gconstpointer name)
{
    if (fixture->usb)
        fixture->usb->ops->free(fixture->usb);
    channel_log_clear(&fixture->log);
    scratch_free(fixture->directory);
}

static void attach(Fixture *fixture, const char *key, const char *behaviour)
{
    g_autofree char *path = g_build_filename(fixture->directory, key, NULL);
    g_autofree char *own = g_strdup(key);
    const UsbDevice device = {.key = own};

    attach_device(fixture->usb, &device, path, behaviour);
}

static void test_attach(Fixture *fixture, gconstpointer name)
{
    g_assert_false(fixture->usb->ops->is_present(fixture->usb));
    attach(fixture, "1-1", "");
    expect_events(&fixture->log, "P +1-1 ");
    g_assert_true(fixture->usb->ops->is_present(fixture->usb));
    attach(fixture, "3-1.2", "");
    expect_events(&fixture->log, "+3-1.2 ");
    fixture->usb->ops->detach(fixture->usb, "1-1");
    expect_events(&fixture->log, "-1-1 ");
    g_assert_no_error(fixture->log.error);
    g_assert_false(fixture->usb->ops->holds(fixture->usb, "1-1"));
    g_assert_true(fixture->usb->ops->holds(fixture->usb, "3-1.2"));
    fixture->usb->ops->detach(fixture->usb, "9-9");
    attach(fixture, "1-1", "");
    expect_events(&fixture->log, "+1-1 ");
}

static void test_start(Fixture *fixture, gconstpointer name)
{
    fixture->usb->ops->start(fixture->usb);
    fixture->usb->ops->start(fixture->usb);
    expect_events(&fixture->log, "P ");
}

/* Taken back before it was sent. */
static void test_withdrawn(Fixture *fixture, gconstpointer name)
{
    attach(fixture, "1-1", "");
    fixture->usb->ops->detach(fixture->usb, "1-1");
    expect_events(&fixture->log, "-1-1 ");
    g_assert_no_error(fixture->log.error);
}

static const struct {
    const char *word;
    ServiceError code;
    const char *words;
} failures[] = {
    {"failed no-tool", SERVICE_ERROR_NO_USB_TOOL, "vitrine-guest-tools"},
    {"failed busy", SERVICE_ERROR_WRONG_STATE, "close what uses it"},
    {"failed refused", SERVICE_ERROR_FAILED, "dmesg"},
    {"failed full", SERVICE_ERROR_FAILED, "no USB port left"},
    {"failed unplugged", SERVICE_ERROR_FAILED, "Plug it in again"},
    {"failed unsupported", SERVICE_ERROR_UNSUPPORTED, "can't be passed on"},
    {"failed limit", SERVICE_ERROR_FAILED, "release another"},
    {"failed error", SERVICE_ERROR_FAILED, "journalctl"},
    {"failed %s%n", SERVICE_ERROR_FAILED, "journalctl"},
};

static void test_failures(Fixture *fixture, gconstpointer name)
{
    attach(fixture, "1-1", "");
    expect_events(&fixture->log, "P +1-1 ");
    for (guint i = 0; i < G_N_ELEMENTS(failures); i++) {
        attach(fixture, "1-2", failures[i].word);
        expect_events(&fixture->log, "-1-2 ");
        assert_channel_error(&fixture->log, failures[i].code, failures[i].words);
        g_assert_nonnull(strstr(fixture->log.error->message, "“desk”"));
    }
    g_assert_true(fixture->usb->ops->holds(fixture->usb, "1-1"));
}

/* Without the guest's tool nothing is sent, and nobody waits for ever. */
static void test_no_tool(Fixture *fixture, gconstpointer name)
{
    attach(fixture, "1-1", "");
    expect_events(&fixture->log, "-1-1 ");
    assert_channel_error(&fixture->log, SERVICE_ERROR_NO_USB_TOOL, "vitrine-guest-tools");
}

static void test_silent(Fixture *fixture, gconstpointer name)
{
    attach(fixture, "1-1", "");
    expect_events(&fixture->log, "P +1-1 ");
    attach(fixture, "1-2", "silent");
    expect_events(&fixture->log, "-1-2 ");
    assert_channel_error(&fixture->log, SERVICE_ERROR_TIMED_OUT, "“desk”");
    g_assert_true(fixture->usb->ops->holds(fixture->usb, "1-1"));
}

/* What is given up is not the guest's any more, even if it then takes it. */
static void test_late(Fixture *fixture, gconstpointer name)
{
    attach(fixture, "1-1", "late");
    expect_events(&fixture->log, "P -1-1 ");
    assert_channel_error(&fixture->log, SERVICE_ERROR_TIMED_OUT, "“desk”");
    attach(fixture, "1-2", "");
    expect_events(&fixture->log, "+1-2 ");
}

/* One that does not give a device back is ended, and with it all that it had; the next device
 * starts another. */
static void test_stuck(Fixture *fixture, gconstpointer name)
{
    attach(fixture, "1-1", "stuck");
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*1-1*ended*");
    expect_events(&fixture->log, "P -1-1 ");
    g_test_assert_expected_messages();
    assert_channel_error(&fixture->log, SERVICE_ERROR_FAILED, "did not answer");
    g_assert_false(fixture->usb->ops->is_present(fixture->usb));
    attach(fixture, "1-1", "");
    expect_events(&fixture->log, "P +1-1 ");
}

static void test_exit(Fixture *fixture, gconstpointer name)
{
    attach(fixture, "1-1", "");
    expect_events(&fixture->log, "P +1-1 ");
    attach(fixture, "1-2", "exit");
    wait_until(fixture->log.events->len >= strlen("-1-1 -1-2 "));
    assert_channel_error(&fixture->log, SERVICE_ERROR_FAILED, "USB process ended");
    g_assert_false(fixture->usb->ops->holds(fixture->usb, "1-1"));
    g_assert_false(fixture->usb->ops->holds(fixture->usb, "1-2"));
    g_string_truncate(fixture->log.events, 0);
    attach(fixture, "1-1", "");
    expect_events(&fixture->log, "P +1-1 ");
}

static void test_let_go(Fixture *fixture, gconstpointer name)
{
    attach(fixture, "1-1", "let-go");
    expect_events(&fixture->log, "P +1-1 -1-1 ");
    g_assert_no_error(fixture->log.error);
}

static void test_nonsense(Fixture *fixture, gconstpointer name)
{
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*makes no sense*");
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*makes no sense*");
    attach(fixture, "1-1", "nonsense");
    expect_events(&fixture->log, "P +1-1 ");
    g_test_assert_expected_messages();
    fixture->usb->ops->detach(fixture->usb, "1-1");
    expect_events(&fixture->log, "-1-1 ");
}

static void test_no_program(void)
{
    Fixture fixture = {.directory = scratch_new(), .log.events = g_string_new(NULL)};

    fixture.usb =
        guest_usb_new("/nowhere/at/all", "desk", 7, &channel_events, &fixture.log, &times);
    attach(&fixture, "1-1", "");
    expect_events(&fixture.log, "-1-1 ");
    g_assert_nonnull(fixture.log.error);
    tear_down(&fixture, NULL);
}

static void test_never_ready(void)
{
    Fixture fixture = {.directory = scratch_new(), .log.events = g_string_new(NULL)};

    fixture.usb = guest_usb_new("/bin/false", "desk", 7, &channel_events, &fixture.log, &times);
    attach(&fixture, "1-1", "");
    attach(&fixture, "1-2", "");
    wait_until(fixture.log.events->len == strlen("-1-1 -1-2 "));
    assert_channel_error(&fixture.log, SERVICE_ERROR_FAILED, "status 1");
    tear_down(&fixture, NULL);
}

static guint count_descriptors(void)
{
    return scratch_count("/proc/self/fd");
}

/* Whatever became of a device, its node is closed here. */
static void test_descriptors(Fixture *fixture, gconstpointer name)
{
    guint before;

    attach(fixture, "1-1", "");
    expect_events(&fixture->log, "P +1-1 ");
    before = count_descriptors();
    for (guint i = 0; i < 10; i++) {
        attach(fixture, "1-2", i % 2 ? "failed error" : "");
        wait_until(fixture->log.events->len > 0);
        fixture->usb->ops->detach(fixture->usb, "1-2");
        wait_until(!fixture->usb->ops->holds(fixture->usb, "1-2"));
        g_string_truncate(fixture->log.events, 0);
    }
    wait_until(count_descriptors() <= before);
}

/* A process that has ended by itself has given back what it had. */
static void assert_given_back(Fixture *fixture, const char *key)
{
    g_autofree char *path = g_build_filename(fixture->directory, key, NULL);
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, "given back");
}

static void test_ended(Fixture *fixture, gconstpointer name)
{
    attach(fixture, "1-1", "slow");
    expect_events(&fixture->log, "P +1-1 ");
    fixture->usb->ops->free(g_steal_pointer(&fixture->usb));
    assert_given_back(fixture, "1-1");
}

static void one_life(void)
{
    Fixture fixture = {0};

    set_up(&fixture, NULL);
    attach(&fixture, "1-1", "");
    expect_events(&fixture.log, "P +1-1 ");
    attach(&fixture, "1-2", "silent");
    tear_down(&fixture, NULL);
}

/* Nothing of it stays in this process. What GLib makes once and keeps is there after the first;
 * what it has of a process that has ended goes a moment later. */
static void test_freed(void)
{
    guint before;

    for (guint i = 0; i < 2; i++)
        one_life();
    before = count_descriptors();
    for (guint i = 0; i < 5; i++)
        one_life();
    wait_until(count_descriptors() <= before);
}

static void test_detach_all(Fixture *fixture, gconstpointer name)
{
    attach(fixture, "1-1", "");
    attach(fixture, "1-2", "");
    wait_until(fixture->log.events->len == strlen("P +1-1 +1-2 "));
    g_string_truncate(fixture->log.events, 0);
    attach(fixture, "1-3", "silent");
    fixture->usb->ops->detach_all(fixture->usb);
    wait_until(fixture->usb->ops->is_empty(fixture->usb));
    g_assert_cmpuint(fixture->log.events->len, ==, strlen("-1-1 -1-2 -1-3 "));
}

static void add(const char *path, void (*test)(Fixture *fixture, gconstpointer name),
                const char *name)
{
    g_test_add(path, Fixture, name, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_assert_cmpint(argc, ==, 2);
    program = argv[1];
    add("/guest-usb/attach", test_attach, NULL);
    add("/guest-usb/start", test_start, NULL);
    add("/guest-usb/withdrawn", test_withdrawn, NULL);
    add("/guest-usb/failures", test_failures, NULL);
    add("/guest-usb/no-tool", test_no_tool, "bare");
    add("/guest-usb/silent", test_silent, NULL);
    add("/guest-usb/late", test_late, NULL);
    add("/guest-usb/stuck", test_stuck, NULL);
    add("/guest-usb/exit", test_exit, NULL);
    add("/guest-usb/let-go", test_let_go, NULL);
    add("/guest-usb/nonsense", test_nonsense, NULL);
    add("/guest-usb/ended", test_ended, NULL);
    add("/guest-usb/detach-all", test_detach_all, NULL);
    add("/guest-usb/descriptors", test_descriptors, NULL);
    g_test_add_func("/guest-usb/no-program", test_no_program);
    g_test_add_func("/guest-usb/never-ready", test_never_ready);
    g_test_add_func("/guest-usb/freed", test_freed);
    return g_test_run();
}
