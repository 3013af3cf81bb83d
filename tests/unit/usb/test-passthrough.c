/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All of it: from the service's orders to the guest's kernel, with a vchan and the tool between. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/usb/ch9.h>

#include <glib.h>

#include "device.h"
#include "fake-host.h"
#include "fake-vchan.h"
#include "fake-vhci.h"
#include "guest-tools/usb/bridge.h"
#include "guest-words.h"
#include "passthrough.h"
#include "usbip.h"
#include "vchan.h"

#define HOSTS (FRAME_CHANNELS + 2)

struct fixture {
    struct fake_host hosts[HOSTS];
    unsigned opened;
    int fds[HOSTS];
    struct vchan *vchan;
    struct passthrough *passthrough;
    GString *said; /* sentences with a full stop behind each */
    bool ended;

    struct libxenvchan *client;
    struct bridge *bridge;
    bool broken;
};

/* --- dom0 --- */

static int open_next(void *data, int fd, void (*gone)(void *data), void *gone_data,
                     struct host_device *ret_device)
{
    struct fixture *fixture = data;

    g_assert_cmpuint(fixture->opened, <, HOSTS);
    fixture->fds[fixture->opened] = fd;
    return fake_host_open(&fixture->hosts[fixture->opened++], fd, gone, gone_data, ret_device);
}

static void on_say(void *data, const char *first, const char *second, const char *third)
{
    struct fixture *fixture = data;

    g_string_append_printf(fixture->said, "%s %s%s%s.", first, second, third ? " " : "",
                           third ? third : "");
}

static void on_ended(void *data)
{
    ((struct fixture *)data)->ended = true;
}

static void on_changed(void *data)
{
    struct fixture *fixture = data;

    passthrough_run(fixture->passthrough);
}

static bool line_is_open(void *line)
{
    return vchan_is_open(line);
}

static void line_hang_up(void *line)
{
    vchan_hang_up(line);
}

static void line_renew(void *line)
{
    vchan_renew(line);
}

static const struct passthrough_owner owner = {on_say, on_ended};

/* --- the guest --- */

static int client_read(void *stream, void *to, size_t size)
{
    return libxenvchan_read(stream, to, size);
}

static int client_write(void *stream, const void *from, size_t size)
{
    return libxenvchan_write(stream, from, size);
}

static void start_tool(struct fixture *fixture)
{
    static const struct link_stream stream = {client_read, client_write};

    fixture->client = libxenvchan_client_init(NULL, 0, fake_vchan_path());
    fixture->client->blocking = 0;
    fixture->bridge = bridge_new("", &stream, fixture->client);
    fixture->broken = bridge_run(fixture->bridge) == LINK_BROKEN;
}

static void stop_tool(struct fixture *fixture)
{
    g_clear_pointer(&fixture->bridge, bridge_free);
    g_clear_pointer(&fixture->client, libxenvchan_close);
}

/* As the tool's own loop does: only what is ready, or was left undone, is looked at. */
static bool tool_turn(struct fixture *fixture)
{
    struct pollfd fds[1 + FRAME_CHANNELS];
    unsigned count = 1;

    if (!fixture->bridge || fixture->broken)
        return false;
    fds[0] = (struct pollfd){libxenvchan_fd_for_select(fixture->client), POLLIN, 0};
    count += bridge_poll(fixture->bridge, fds + 1);
    if (poll(fds, count, 0) <= 0)
        return false;
    if (fds[0].revents)
        libxenvchan_wait(fixture->client);
    for (enum link_state state = LINK_BUSY; state == LINK_BUSY;)
        state = bridge_run(fixture->bridge), fixture->broken = state == LINK_BROKEN;
    fixture->broken = fixture->broken || !libxenvchan_is_open(fixture->client);
    return true;
}

/* Until nothing happens any more. */
static void settle(struct fixture *fixture)
{
    for (unsigned quiet = 0; quiet < 3; quiet++)
        if (g_main_context_iteration(NULL, FALSE) | tool_turn(fixture))
            quiet = 0;
}

/* --- what is said --- */

static void check_said(struct fixture *fixture, const char *wanted)
{
    settle(fixture);
    g_assert_cmpstr(fixture->said->str, ==, wanted);
    g_string_truncate(fixture->said, 0);
}

static int null_fd(void)
{
    return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static void attach(struct fixture *fixture, const char *key, const char *wanted)
{
    passthrough_attach(fixture->passthrough, key, null_fd());
    check_said(fixture, wanted);
}

static void set_up(struct fixture *fixture, gconstpointer data)
{
    static const struct passthrough_line line = {
        &vchan_stream,
        line_is_open,
        line_hang_up,
        line_renew,
    };
    char *problem = NULL;

    fake_vhci_reset();
    fixture->said = g_string_new(NULL);
    fixture->vchan = vchan_new(7, on_changed, fixture, &problem);
    fixture->passthrough =
        passthrough_new(open_next, fixture, &line, fixture->vchan, &owner, fixture);
    g_assert_cmpstr(fake_vchan_path(), ==, "/local/domain/7/data/vitrine/usb");
    settle(fixture);
    start_tool(fixture);
    check_said(fixture, "guest present.");
}

static void tear_down(struct fixture *fixture, gconstpointer data)
{
    passthrough_end(fixture->passthrough);
    for (unsigned i = 0; i < HOSTS; i++)
        fake_host_drain(&fixture->hosts[i]);
    settle(fixture);
    g_assert_true(fixture->ended);
    for (unsigned i = 0; i < HOSTS; i++)
        g_assert_cmpuint(fixture->hosts[i].opened, ==, fixture->hosts[i].closed);
    passthrough_free(fixture->passthrough);
    stop_tool(fixture);
    vchan_free(fixture->vchan);
    g_string_free(fixture->said, TRUE);
    fake_vhci_reset();
}

/* --- the guest's kernel --- */

static void kernel_says(struct fixture *fixture, unsigned port, const uint8_t *octets,
                        size_t length)
{
    while (length > 0) {
        ssize_t count = send(fake_vhci.ports[port].socket, octets, length, MSG_NOSIGNAL);

        if (count > 0) {
            octets += count;
            length -= (size_t)count;
        }
        settle(fixture);
    }
}

static void kernel_hears(struct fixture *fixture, unsigned port, uint8_t *octets, size_t length)
{
    for (unsigned idle = 0; length > 0; idle++) {
        ssize_t count = recv(fake_vhci.ports[port].socket, octets, length, 0);

        if (count > 0) {
            octets += count;
            length -= (size_t)count;
            idle = 0;
        }
        settle(fixture);
        g_assert_cmpuint(idle, <, 10);
    }
}

static void kernel_submits(struct fixture *fixture, unsigned port, uint32_t seqnum, bool in,
                           unsigned endpoint, uint32_t length)
{
    uint8_t header[WORDS_HEADER];

    words_submit(header, seqnum, fake_vhci.ports[port].devid, in, endpoint, length, 0);
    kernel_says(fixture, port, header, sizeof(header));
}

static void kernel_hears_reply(struct fixture *fixture, unsigned port, uint32_t seqnum,
                               uint32_t actual)
{
    uint8_t header[WORDS_HEADER];

    kernel_hears(fixture, port, header, sizeof(header));
    g_assert_cmpuint(words_get(header), ==, 3);
    g_assert_cmpuint(words_get(header + 4), ==, seqnum);
    g_assert_cmpint((int32_t)words_get(header + 20), ==, 0);
    g_assert_cmpuint(words_get(header + 24), ==, actual);
}

/* --- tests --- */

/* Large transfers there and back, on two devices. */
static void test_transfers(struct fixture *fixture, gconstpointer data)
{
    g_autofree uint8_t *octets = g_malloc(USBIP_TRANSFER_MAX);

    attach(fixture, "1-1", "attached 1-1.");
    fixture->hosts[1].speed = USB_SPEED_SUPER;
    attach(fixture, "2-1.3", "attached 2-1.3.");
    g_assert_cmpuint(fake_vhci.ports[0].speed, ==, USB_SPEED_HIGH);
    g_assert_cmpuint(fake_vhci.ports[1].speed, ==, USB_SPEED_SUPER);
    g_assert_cmphex(fake_vhci.ports[0].devid, !=, fake_vhci.ports[1].devid);
    for (unsigned i = 0; i < USBIP_TRANSFER_MAX; i++)
        octets[i] = (uint8_t)(i * 13 + i / 509);
    for (unsigned port = 0; port < 2; port++) {
        struct fake_host *host = &fixture->hosts[port];

        kernel_submits(fixture, port, 1, false, 2, USBIP_TRANSFER_MAX);
        kernel_says(fixture, port, octets, USBIP_TRANSFER_MAX);
        g_assert_cmpuint(host->count, ==, 1);
        g_assert_cmpmem(host->transfers[0]->data, host->transfers[0]->length, octets,
                        USBIP_TRANSFER_MAX);
        kernel_submits(fixture, port, 2, true, 1, USBIP_TRANSFER_MAX);
        fake_host_complete(host, 0, 0, USBIP_TRANSFER_MAX, 0);
        kernel_hears_reply(fixture, port, 1, USBIP_TRANSFER_MAX);
        fake_host_complete(host, 0, 0, USBIP_TRANSFER_MAX, (uint8_t)(40 + port));
        kernel_hears_reply(fixture, port, 2, USBIP_TRANSFER_MAX);
        kernel_hears(fixture, port, octets, USBIP_TRANSFER_MAX);
        for (unsigned i = 0; i < USBIP_TRANSFER_MAX; i++)
            g_assert_cmpuint(octets[i], ==, 40 + port);
        for (unsigned i = 0; i < USBIP_TRANSFER_MAX; i++)
            octets[i] = (uint8_t)(i * 13 + i / 509);
    }
}

/* The kernel does not take the replies of one device: the other goes on. */
static void test_no_blocking(struct fixture *fixture, gconstpointer data)
{
    uint8_t octets[64];

    attach(fixture, "1-1", "attached 1-1.");
    attach(fixture, "1-2", "attached 1-2.");
    for (unsigned i = 0; i < 4; i++)
        kernel_submits(fixture, 0, i, true, 1, USBIP_TRANSFER_MAX);
    while (fixture->hosts[0].count)
        fake_host_complete(&fixture->hosts[0], 0, 0, USBIP_TRANSFER_MAX, 1);
    settle(fixture);
    kernel_submits(fixture, 1, 9, true, 1, 64);
    fake_host_complete(&fixture->hosts[1], 0, 0, 64, 2);
    kernel_hears_reply(fixture, 1, 9, 64);
    kernel_hears(fixture, 1, octets, 64);
    g_assert_cmpuint(octets[63], ==, 2);
}

/* What devices have sent of their memory's worth is there for others again. */
static void test_memory(struct fixture *fixture, gconstpointer data)
{
    g_autofree uint8_t *octets = g_malloc(USBIP_TRANSFER_MAX);
    const unsigned devices = PASSTHROUGH_OCTETS_MAX / DEVICE_OCTETS_MAX + 1;

    for (unsigned port = 0; port < devices; port++) {
        g_autofree char *key = g_strdup_printf("1-%u", port);
        g_autofree char *wanted = g_strdup_printf("attached %s.", key);
        struct fake_host *host = &fixture->hosts[port];

        attach(fixture, key, wanted);
        for (unsigned i = 0; i < 7; i++)
            kernel_submits(fixture, port, i, true, 1, USBIP_TRANSFER_MAX);
        g_assert_cmpuint(host->count, ==, 7);
        while (host->count > 0)
            fake_host_complete(host, 0, 0, USBIP_TRANSFER_MAX, 1);
        for (unsigned i = 0; i < 7; i++) {
            kernel_hears_reply(fixture, port, i, USBIP_TRANSFER_MAX);
            kernel_hears(fixture, port, octets, USBIP_TRANSFER_MAX);
        }
    }
}

static void test_detach(struct fixture *fixture, gconstpointer data)
{
    int fd;

    attach(fixture, "1-1", "attached 1-1.");
    fd = fixture->fds[0];
    kernel_submits(fixture, 0, 1, true, 1, 512);
    passthrough_detach(fixture->passthrough, "1-1");
    check_said(fixture, ""); /* the device still has our memory */
    g_assert_false(fake_vhci.ports[0].attached);
    g_assert_cmpint(fcntl(fd, F_GETFD), !=, -1);
    passthrough_detach(fixture->passthrough, "1-1");
    fake_host_drain(&fixture->hosts[0]);
    check_said(fixture, "detached 1-1.");
    g_assert_cmphex(fixture->hosts[0].given_back, ==, 3);
    g_assert_cmpint(fcntl(fd, F_GETFD), ==, -1);
    passthrough_detach(fixture->passthrough, "9-9");
    check_said(fixture, "detached 9-9.");
    attach(fixture, "1-1", "attached 1-1.");
}

static void test_guest_lets_go(struct fixture *fixture, gconstpointer data)
{
    attach(fixture, "1-1", "attached 1-1.");
    fake_vhci_let_go(0);
    check_said(fixture, "detached 1-1.");
    attach(fixture, "1-1", "attached 1-1.");
}

static void test_unplugged(struct fixture *fixture, gconstpointer data)
{
    attach(fixture, "1-1", "attached 1-1.");
    kernel_submits(fixture, 0, 1, true, 1, 512);
    fixture->hosts[0].gone(fixture->hosts[0].gone_data);
    fake_host_drain(&fixture->hosts[0]);
    check_said(fixture, "detached 1-1.");
    g_assert_false(fake_vhci.ports[0].attached);
    g_assert_cmpuint(fixture->hosts[0].resets, ==, 0);
}

/* Each way in which an attach does not happen, and that the device is dom0's again. */
static void test_failures(struct fixture *fixture, gconstpointer data)
{
    fixture->hosts[0].open_error = -ENODEV;
    attach(fixture, "1-1", "failed 1-1 unplugged.");
    fixture->hosts[1].open_error = -EIO;
    attach(fixture, "1-1", "failed 1-1 error.");
    fixture->hosts[2].claim_error = -EBUSY;
    attach(fixture, "1-1", "failed 1-1 busy.");
    fixture->hosts[3].hub = true;
    attach(fixture, "1-1", "failed 1-1 unsupported.");
    fake_vhci.error = -ENOENT;
    attach(fixture, "1-1", "failed 1-1 refused.");
    g_assert_cmphex(fixture->hosts[4].given_back, ==, 3);
    fake_vhci.error = -ENOSPC;
    attach(fixture, "1-1", "failed 1-1 full.");
    fixture->hosts[6].speed = 99;
    fake_vhci.error = 0;
    attach(fixture, "1-1", "failed 1-1 refused.");
    attach(fixture, "1-1", "attached 1-1.");
    attach(fixture, "1-1", "failed 1-1 busy.");
}

static void test_limit(struct fixture *fixture, gconstpointer data)
{
    for (unsigned i = 0; i < FRAME_CHANNELS; i++) {
        g_autofree char *key = g_strdup_printf("1-%u", i);
        g_autofree char *wanted = g_strdup_printf("attached %s.", key);

        attach(fixture, key, wanted);
    }
    attach(fixture, "2-1", "failed 2-1 limit.");
}

static void test_unplugged_while_offered(struct fixture *fixture, gconstpointer data)
{
    passthrough_attach(fixture->passthrough, "1-1", null_fd());
    fixture->hosts[0].gone(fixture->hosts[0].gone_data);
    check_said(fixture, "failed 1-1 unplugged.");
    passthrough_attach(fixture->passthrough, "1-1", null_fd());
    passthrough_detach(fixture->passthrough, "1-1");
    check_said(fixture, "detached 1-1.");
    g_assert_false(fake_vhci.ports[0].attached);
    attach(fixture, "1-1", "attached 1-1.");
}

/* The tool ends or dies, and another comes. */
static void test_tool_restarts(struct fixture *fixture, gconstpointer data)
{
    for (unsigned i = 0; i < 3; i++) {
        attach(fixture, "1-1", "attached 1-1.");
        kernel_submits(fixture, 0, 1, true, 1, 512);
        stop_tool(fixture);
        settle(fixture);
        attach(fixture, "1-2", "failed 1-2 no-tool.");
        fake_host_drain(&fixture->hosts[i]);
        check_said(fixture, "detached 1-1.guest absent.");
        start_tool(fixture);
        check_said(fixture, "guest present.");
    }
}

/* Another comes before the device of the first was given back. */
static void test_tool_restarts_at_once(struct fixture *fixture, gconstpointer data)
{
    attach(fixture, "1-1", "attached 1-1.");
    kernel_submits(fixture, 0, 1, true, 1, 512);
    stop_tool(fixture);
    settle(fixture);
    start_tool(fixture);
    check_said(fixture, "");
    fake_host_drain(&fixture->hosts[0]);
    check_said(fixture, "detached 1-1.guest absent.guest present.");
    attach(fixture, "1-1", "attached 1-1.");
}

/* The guest's kernel was replaced: the first tool has gone without a word. */
static void test_tool_replaced(struct fixture *fixture, gconstpointer data)
{
    attach(fixture, "1-1", "attached 1-1.");
    fake_vchan_forget_client(g_steal_pointer(&fixture->client));
    fake_vhci_reset();
    /* Its memory goes, too, but not by a word to dom0. */
    bridge_free(g_steal_pointer(&fixture->bridge));
    start_tool(fixture);
    settle(fixture);
    if (fixture->broken) {
        stop_tool(fixture);
        settle(fixture);
        start_tool(fixture);
    }
    settle(fixture);
    g_assert_true(g_str_has_prefix(fixture->said->str, "detached 1-1."));
    g_assert_true(bridge_is_met(fixture->bridge));
    g_string_truncate(fixture->said, 0);
    attach(fixture, "1-1", "attached 1-1.");
}

/* A tool that talks nonsense is sent away; the next one is welcome. */
static void test_nonsense(struct fixture *fixture, gconstpointer data)
{
    attach(fixture, "1-1", "attached 1-1.");
    libxenvchan_write(fixture->client, "nonsense", 8);
    settle(fixture);
    g_assert_cmpstr(fixture->said->str, ==, "detached 1-1.guest absent.");
    g_string_truncate(fixture->said, 0);
    g_assert_true(fixture->broken);
    attach(fixture, "1-1", "failed 1-1 no-tool.");
    stop_tool(fixture);
    settle(fixture);
    start_tool(fixture);
    check_said(fixture, "guest present.");
    attach(fixture, "1-1", "attached 1-1.");
}

/* A kernel that talks nonsense loses that device, and no other. */
static void test_kernel_nonsense(struct fixture *fixture, gconstpointer data)
{
    uint8_t header[WORDS_HEADER] = {9};

    attach(fixture, "1-1", "attached 1-1.");
    attach(fixture, "1-2", "attached 1-2.");
    kernel_says(fixture, 0, header, sizeof(header));
    check_said(fixture, "detached 1-1.");
    kernel_submits(fixture, 1, 1, true, 1, 512);
    g_assert_cmpuint(fixture->hosts[1].count, ==, 1);
}

/* The page says things that the library's functions would never write there. */
static void test_hostile_page(struct fixture *fixture, gconstpointer data)
{
    struct vchan_interface *page = fixture->client->ring;

    attach(fixture, "1-1", "attached 1-1.");
    page->left.prod += 0x80000000;
    xenevtchn_notify(fixture->client->event, 0);
    check_said(fixture, "");
    page->cli_live = 0;
    page->right.cons += 12345;
    xenevtchn_notify(fixture->client->event, 0);
    check_said(fixture, "detached 1-1.guest absent.");
    g_assert_cmpuint(page->cli_live, ==, 2);
    g_assert_cmpuint(page->left.prod, ==, 0);
    stop_tool(fixture);
    settle(fixture);
    start_tool(fixture);
    check_said(fixture, "guest present.");
    attach(fixture, "1-1", "attached 1-1.");
}

/* The process is to end: devices are given back first. */
static void test_end(struct fixture *fixture, gconstpointer data)
{
    attach(fixture, "1-1", "attached 1-1.");
    kernel_submits(fixture, 0, 1, true, 1, 512);
    passthrough_end(fixture->passthrough);
    settle(fixture);
    g_assert_false(fixture->ended);
    attach(fixture, "1-2", "failed 1-2 no-tool.");
    fake_host_drain(&fixture->hosts[0]);
    check_said(fixture, "detached 1-1.guest absent.");
    g_assert_true(fixture->ended);
    g_assert_cmphex(fixture->hosts[0].given_back, ==, 3);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*test)(struct fixture *, gconstpointer);
    } tests[] = {
        {"/usb/passthrough/transfers", test_transfers},
        {"/usb/passthrough/no-blocking", test_no_blocking},
        {"/usb/passthrough/memory", test_memory},
        {"/usb/passthrough/detach", test_detach},
        {"/usb/passthrough/guest-lets-go", test_guest_lets_go},
        {"/usb/passthrough/unplugged", test_unplugged},
        {"/usb/passthrough/failures", test_failures},
        {"/usb/passthrough/limit", test_limit},
        {"/usb/passthrough/unplugged-while-offered", test_unplugged_while_offered},
        {"/usb/passthrough/tool-restarts", test_tool_restarts},
        {"/usb/passthrough/tool-restarts-at-once", test_tool_restarts_at_once},
        {"/usb/passthrough/tool-replaced", test_tool_replaced},
        {"/usb/passthrough/nonsense", test_nonsense},
        {"/usb/passthrough/kernel-nonsense", test_kernel_nonsense},
        {"/usb/passthrough/hostile-page", test_hostile_page},
        {"/usb/passthrough/end", test_end},
    };

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add(tests[i].name, struct fixture, NULL, set_up, tests[i].test, tear_down);
    return g_test_run();
}
