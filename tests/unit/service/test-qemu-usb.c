/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices of an HVM guest, and what becomes of them when its device model, an imagined one,
 * does what it should and when not. */
#include <glib/gstdio.h>
#include <string.h>

#include "qemu-usb.h"
#include "simulate-qemu.h"
#include "usb-channel-harness.h"

/* Patience is for people. */
static const UsbChannelTimes times = {.attach = 300, .detach = 300};

typedef struct {
    Backend backend; /* first: that is what the channel knows */
    char *directory;
    SimulateQemu *qemu; /* the worker's; NULL: it has ended */
    UsbChannel *usb;
    ChannelLog log;
    GString *asked; /* a line for each order */
    GMutex lock;    /* of it */
} Fixture;

static void ask_model(Backend *backend, int domid, const char *command, GTask *task)
{
    Fixture *fixture = (Fixture *)backend;

    g_assert_cmpint(domid, ==, 7);
    g_mutex_lock(&fixture->lock);
    g_string_append_printf(fixture->asked, "%s\n", command);
    g_mutex_unlock(&fixture->lock);
    if (fixture->qemu)
        simulate_qemu_ask(fixture->qemu, command, task);
    else
        g_task_return_new_error(task, SERVICE_ERROR, SERVICE_ERROR_FAILED, "Nobody is there");
}

static const BackendOps backend_ops = {.ask_model = ask_model};

static void set_up(Fixture *fixture, gconstpointer bare)
{
    g_autofree char *bus = NULL;

    fixture->directory = scratch_new();
    bus = g_build_filename(fixture->directory, "001", NULL);
    g_assert_cmpint(g_mkdir(bus, 0700), ==, 0);
    channel_log_init(&fixture->log);
    fixture->asked = g_string_new(NULL);
    fixture->backend.ops = &backend_ops;
    fixture->backend.worker = worker_new("machine");
    fixture->qemu = simulate_qemu_new(fixture->directory, bare == NULL,
                                      worker_context(fixture->backend.worker));
    fixture->usb = qemu_usb_new(&fixture->backend, "pc", 7, &channel_events, &fixture->log, &times);
}

/* ---- The device model's end, on its thread ---- */

static void end_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    g_clear_pointer(&((Fixture *)data)->qemu, simulate_qemu_free);
    g_task_return_boolean(task, TRUE);
}

static void end_model(Fixture *fixture)
{
    g_autoptr(GTask) task = g_task_new(NULL, NULL, NULL, NULL);

    g_task_set_task_data(task, fixture, NULL);
    worker_run(fixture->backend.worker, G_PRIORITY_DEFAULT, task, end_thread);
    wait_until(g_task_get_completed(task));
}

static void tear_down(Fixture *fixture, gconstpointer bare)
{
    if (fixture->usb)
        fixture->usb->ops->free(fixture->usb);
    end_model(fixture);
    worker_free(fixture->backend.worker);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    channel_log_clear(&fixture->log);
    g_string_free(fixture->asked, TRUE);
    scratch_free(fixture->directory);
}

/* ---- What tests do ---- */

static char *node_path(Fixture *fixture, guint number)
{
    return g_strdup_printf("%s/001/%03u", fixture->directory, number);
}

static void attach(Fixture *fixture, const char *key, guint number, const char *behaviour)
{
    g_autofree char *path = node_path(fixture, number);
    g_autofree char *own = g_strdup(key);
    const UsbDevice device = {.key = own, .bus = 1, .number = number};

    attach_device(fixture->usb, &device, path, behaviour);
}

static void detach(Fixture *fixture, const char *key)
{
    fixture->usb->ops->detach(fixture->usb, key);
}

static void assert_error(Fixture *fixture, ServiceError code, const char *words)
{
    assert_channel_error(&fixture->log, code, words);
    g_assert_nonnull(strstr(fixture->log.error->message, "“pc”"));
}

static void assert_given_back(Fixture *fixture, guint number, gboolean wanted)
{
    g_autofree char *path = node_path(fixture, number);
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_true((strcmp(text, "given back") == 0) == wanted);
}

static gboolean was_asked(Fixture *fixture, const char *command)
{
    gboolean found;

    g_mutex_lock(&fixture->lock);
    found = strstr(fixture->asked->str, command) != NULL;
    g_mutex_unlock(&fixture->lock);
    return found;
}

/* The messages that an answer with a complaint is logged by. */
static void expect_log(const char *pattern)
{
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, pattern);
}

/* ---- Tests ---- */

static void test_attach(Fixture *fixture, gconstpointer bare)
{
    g_assert_true(fixture->usb->ops->is_present(fixture->usb));
    attach(fixture, "1-2", 3, "");
    expect_events(&fixture->log, "+1-2 ");
    g_test_assert_expected_messages();
    g_assert_true(was_asked(
        fixture, "device_add usb-host,bus=usb.0,port=2,hostbus=1,hostaddr=3,id=usb_1-2_3\n"));
    detach(fixture, "1-2");
    expect_events(&fixture->log, "-1-2 ");
    g_assert_no_error(fixture->log.error);
    assert_given_back(fixture, 3, TRUE);
    g_assert_true(fixture->usb->ops->is_empty(fixture->usb));
    detach(fixture, "9-9");
}

/* The controller's ports are used up. */
static void test_full(Fixture *fixture, gconstpointer bare)
{
    attach(fixture, "1-2", 3, "");
    expect_events(&fixture->log, "+1-2 ");
    attach(fixture, "1-3", 4, "");
    expect_events(&fixture->log, "+1-3 ");
    attach(fixture, "1-4.1", 5, "");
    expect_events(&fixture->log, "+1-4.1 ");
    attach(fixture, "1-4.2", 6, "");
    expect_events(&fixture->log, "-1-4.2 ");
    g_test_assert_expected_messages();
    assert_error(fixture, SERVICE_ERROR_FAILED, "no USB port left");
    assert_given_back(fixture, 5, FALSE);
}

static void test_no_controller(Fixture *fixture, gconstpointer bare)
{
    expect_log("*usb.0*");
    attach(fixture, "1-2", 3, "");
    expect_events(&fixture->log, "-1-2 ");
    g_test_assert_expected_messages();
    assert_error(fixture, SERVICE_ERROR_UNSUPPORTED, "usbversion = 3");
}

static const struct {
    const char *node;
    ServiceError code;
    const char *words;
} failures[] = {
    {"slow", SERVICE_ERROR_UNSUPPORTED, "of this speed"},
    {"failed find host usb device 1:3", SERVICE_ERROR_FAILED, "unplugged before"},
    {"failed open host usb device 1:3", SERVICE_ERROR_FAILED, "/var/log/xen/qemu-dm-pc.log"},
    {"failed %s%n\x1b[2J", SERVICE_ERROR_FAILED, "qemu-dm-pc.log"},
};

static void test_failures(Fixture *fixture, gconstpointer bare)
{
    for (guint i = 0; i < G_N_ELEMENTS(failures); i++) {
        expect_log("*device_add*");
        attach(fixture, "1-2", 3, failures[i].node);
        expect_events(&fixture->log, "-1-2 ");
        g_test_assert_expected_messages();
        assert_error(fixture, failures[i].code, failures[i].words);
        g_assert_null(strstr(fixture->log.error->message, "%"));
    }
}

/* One that says what makes no sense, but no error, has it: so it is the guest's. */
static void test_hostile(Fixture *fixture, gconstpointer bare)
{
    attach(fixture, "1-2", 3, "hostile");
    expect_events(&fixture->log, "+1-2 ");
    detach(fixture, "1-2");
    expect_events(&fixture->log, "-1-2 ");
}

/* Given up, and then there after all: it does not stay. */
static void test_late(Fixture *fixture, gconstpointer bare)
{
    attach(fixture, "1-2", 3, "late");
    expect_events(&fixture->log, "-1-2 ");
    assert_error(fixture, SERVICE_ERROR_TIMED_OUT, "does not answer");
    g_assert_true(was_asked(fixture, "device_del usb_1-2_3\n"));
    assert_given_back(fixture, 3, TRUE);
}

/* Taken back before it was there. */
static void test_withdrawn(Fixture *fixture, gconstpointer bare)
{
    attach(fixture, "1-2", 3, "");
    detach(fixture, "1-2");
    expect_events(&fixture->log, "-1-2 ");
    g_assert_no_error(fixture->log.error);
    g_assert_false(was_asked(fixture, "port=3"));
}

/* It never answers again. Who waits is told, once each time; only its end makes the device free. */
static void test_silent(Fixture *fixture, gconstpointer bare)
{
    attach(fixture, "1-2", 3, "silent");
    expect_events(&fixture->log, "!1-2 ");
    assert_error(fixture, SERVICE_ERROR_TIMED_OUT, "does not answer");
    g_assert_true(fixture->usb->ops->holds(fixture->usb, "1-2"));
    detach(fixture, "1-2");
    detach(fixture, "1-2");
    expect_events(&fixture->log, "!1-2 ");
    expect_log("*ended*");
    end_model(fixture);
    expect_events(&fixture->log, "-1-2 ");
    g_test_assert_expected_messages();
}

static void test_clinging(Fixture *fixture, gconstpointer bare)
{
    attach(fixture, "1-2", 3, "clinging");
    expect_events(&fixture->log, "+1-2 ");
    detach(fixture, "1-2");
    expect_events(&fixture->log, "!1-2 ");
    assert_error(fixture, SERVICE_ERROR_TIMED_OUT, "does not answer");
    /* The guest ends, and nobody waits for ever. */
    fixture->usb->ops->detach_all(fixture->usb);
    expect_events(&fixture->log, "-1-2 ");
    g_assert_true(fixture->usb->ops->is_empty(fixture->usb));
}

/* It refuses, and then it does not. */
static void test_kept(Fixture *fixture, gconstpointer bare)
{
    g_autofree char *path = node_path(fixture, 3);

    attach(fixture, "1-2", 3, "kept");
    expect_events(&fixture->log, "+1-2 ");
    expect_log("*in the process*");
    detach(fixture, "1-2");
    expect_events(&fixture->log, "!1-2 ");
    g_test_assert_expected_messages();
    assert_error(fixture, SERVICE_ERROR_FAILED, "does not give");
    scratch_write(path, "", -1);
    detach(fixture, "1-2");
    expect_events(&fixture->log, "-1-2 ");
}

/* The device model dies: what it had comes back when that is found out, or at once. */
static void test_ended(Fixture *fixture, gconstpointer bare)
{
    attach(fixture, "1-2", 3, "");
    expect_events(&fixture->log, "+1-2 ");
    end_model(fixture);
    expect_log("*Nobody*");
    detach(fixture, "1-2");
    expect_events(&fixture->log, "-1-2 ");
    assert_error(fixture, SERVICE_ERROR_FAILED, "can't be reached");
    expect_log("*Nobody*");
    attach(fixture, "1-2", 3, "");
    expect_events(&fixture->log, "-1-2 ");
    assert_error(fixture, SERVICE_ERROR_FAILED, "can't be reached");
    g_test_assert_expected_messages();
}

/* And is found out when devices are looked at. One that lives is left alone. */
static void test_checked(Fixture *fixture, gconstpointer bare)
{
    attach(fixture, "1-2", 3, "");
    expect_events(&fixture->log, "+1-2 ");
    attach(fixture, "1-3", 4, "deadly");
    expect_events(&fixture->log, "+1-3 ");
    expect_log("*Nobody*");
    expect_log("*Nobody*");
    fixture->usb->ops->check(fixture->usb);
    wait_until(fixture->usb->ops->is_empty(fixture->usb));
    g_assert_cmpuint(fixture->log.events->len, ==, strlen("-1-2 -1-3 "));
    assert_error(fixture, SERVICE_ERROR_FAILED, "can't be reached");
    g_test_assert_expected_messages();
}

static void test_left_alone(Fixture *fixture, gconstpointer bare)
{
    attach(fixture, "1-2", 3, "");
    expect_events(&fixture->log, "+1-2 ");
    fixture->usb->ops->check(fixture->usb);
    detach(fixture, "1-2");
    expect_events(&fixture->log, "-1-2 ");
    assert_given_back(fixture, 3, TRUE);
    attach(fixture, "1-2", 3, "");
    expect_events(&fixture->log, "+1-2 ");
    fixture->usb->ops->check(fixture->usb);
    attach(fixture, "1-3", 4, "");
    expect_events(&fixture->log, "+1-3 ");
    g_assert_true(fixture->usb->ops->holds(fixture->usb, "1-2"));
}

static void test_detach_all(Fixture *fixture, gconstpointer bare)
{
    attach(fixture, "1-2", 3, "");
    expect_events(&fixture->log, "+1-2 ");
    attach(fixture, "1-3", 4, "");
    expect_events(&fixture->log, "+1-3 ");
    fixture->usb->ops->detach_all(fixture->usb);
    wait_until(fixture->usb->ops->is_empty(fixture->usb));
    g_assert_cmpuint(fixture->log.events->len, ==, strlen("-1-2 -1-3 "));
    g_assert_no_error(fixture->log.error);
    assert_given_back(fixture, 3, TRUE);
}

/* ---- Over a restart of the service ---- */

static void start_anew(Fixture *fixture)
{
    fixture->usb->ops->free(fixture->usb);
    fixture->usb = qemu_usb_new(&fixture->backend, "pc", 7, &channel_events, &fixture->log, &times);
}

static void test_adopted(Fixture *fixture, gconstpointer bare)
{
    attach(fixture, "1-2", 3, "");
    expect_events(&fixture->log, "+1-2 ");
    attach(fixture, "1-2.1", 4, "");
    expect_events(&fixture->log, "+1-2.1 ");
    attach(fixture, "1-3", 51, "");
    expect_events(&fixture->log, "+1-3 ");
    start_anew(fixture);
    assert_given_back(fixture, 3, FALSE);
    fixture->usb->ops->adopt(fixture->usb, "1-2", 3);
    fixture->usb->ops->adopt(fixture->usb, "1-2.1", 4);
    /* Another one of its name is there; it never got there. */
    fixture->usb->ops->adopt(fixture->usb, "1-3", 5);
    fixture->usb->ops->adopt(fixture->usb, "1-4", 3);
    wait_until(fixture->log.events->len >= strlen("-1-3 -1-4 "));
    g_assert_cmpuint(fixture->log.events->len, ==, strlen("-1-3 -1-4 "));
    g_string_truncate(fixture->log.events, 0);
    g_assert_true(fixture->usb->ops->holds(fixture->usb, "1-2"));
    g_assert_true(fixture->usb->ops->holds(fixture->usb, "1-2.1"));
    detach(fixture, "1-2");
    expect_events(&fixture->log, "-1-2 ");
    assert_given_back(fixture, 3, TRUE);
    assert_given_back(fixture, 4, FALSE);
}

/* Taken back before the device model has said whether it has it. */
static void test_adopted_and_withdrawn(Fixture *fixture, gconstpointer bare)
{
    attach(fixture, "1-2", 3, "");
    expect_events(&fixture->log, "+1-2 ");
    start_anew(fixture);
    fixture->usb->ops->adopt(fixture->usb, "1-2", 3);
    detach(fixture, "1-2");
    expect_events(&fixture->log, "-1-2 ");
    assert_given_back(fixture, 3, TRUE);
}

/* Nobody is told of what comes when nobody asks any more. */
static void test_freed(Fixture *fixture, gconstpointer bare)
{
    attach(fixture, "1-2", 3, "late");
    wait_until(was_asked(fixture, "port=2"));
    fixture->usb->ops->free(g_steal_pointer(&fixture->usb));
    g_usleep(600000);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmpuint(fixture->log.events->len, ==, 0);
}

static void add(const char *path, void (*test)(Fixture *fixture, gconstpointer bare),
                const char *bare)
{
    g_test_add(path, Fixture, bare, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/qemu-usb/attach", test_attach, NULL);
    add("/qemu-usb/full", test_full, NULL);
    add("/qemu-usb/no-controller", test_no_controller, "bare");
    add("/qemu-usb/failures", test_failures, NULL);
    add("/qemu-usb/hostile", test_hostile, NULL);
    add("/qemu-usb/late", test_late, NULL);
    add("/qemu-usb/withdrawn", test_withdrawn, NULL);
    add("/qemu-usb/silent", test_silent, NULL);
    add("/qemu-usb/clinging", test_clinging, NULL);
    add("/qemu-usb/kept", test_kept, NULL);
    add("/qemu-usb/ended", test_ended, NULL);
    add("/qemu-usb/checked", test_checked, NULL);
    add("/qemu-usb/left-alone", test_left_alone, NULL);
    add("/qemu-usb/detach-all", test_detach_all, NULL);
    add("/qemu-usb/adopted", test_adopted, NULL);
    add("/qemu-usb/adopted-and-withdrawn", test_adopted_and_withdrawn, NULL);
    add("/qemu-usb/freed", test_freed, NULL);
    return g_test_run();
}
