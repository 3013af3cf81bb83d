/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-usb-guest: hands the USB devices that dom0 gives this guest to its kernel. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libxenvchan.h>
#include <xenstore.h>

#include "bridge.h"
#include "vhci.h"

/* Who offers the vchan. */
#define DOM0 0

/* Between two attempts to connect; it lets dom0 notice that we had gone. */
#define RETRY_MS 2000

/* How long dom0 may take to answer our hello. */
#define HELLO_MS 5000

/* Of the vchan, in this domain's part of xenstore: a guest that is saved and restored, or moved, is
 * another domain then. */
#define OFFER "data/vitrine/usb"

struct tool {
    struct xs_handle *xs;
    bool offered; /* there is one there */
    char *offer;  /* the one that we are connected to */
    struct libxenvchan *ends;
    struct bridge *bridge;
    int64_t since_ms;      /* when we connected */
    int64_t not_before_ms; /* when to try again */
};

static volatile sig_atomic_t stopped;

static void on_signal(int number)
{
    stopped = 1;
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- xenstore --- */

static char *read_key(struct tool *tool, const char *path)
{
    unsigned length;

    return xs_read(tool->xs, XBT_NULL, path, &length);
}

/* What tells one offer of dom0's from another, or NULL if there is none; to be freed. */
static char *read_offer(struct tool *tool)
{
    char *domid = read_key(tool, "domid");
    char *ring = read_key(tool, OFFER "/ring-ref");
    char *event = read_key(tool, OFFER "/event-channel");
    char *offer = NULL;

    if (domid && ring && event && asprintf(&offer, "%s %s %s", domid, ring, event) < 0)
        abort();
    free(domid);
    free(ring);
    free(event);
    return offer;
}

static bool open_store(struct tool *tool)
{
    tool->xs = xs_open(0);
    return tool->xs && xs_watch(tool->xs, OFFER, "offer");
}

/* --- the vchan --- */

static int vchan_read(void *stream, void *to, size_t size)
{
    return libxenvchan_read(stream, to, size);
}

static int vchan_write(void *stream, const void *from, size_t size)
{
    return libxenvchan_write(stream, from, size);
}

static const struct link_stream vchan_stream = {.read = vchan_read, .write = vchan_write};

static void disconnect(struct tool *tool)
{
    if (!tool->ends)
        return;
    if (bridge_is_met(tool->bridge))
        fprintf(stderr, "Dom0 is not there any more.\n");
    bridge_free(tool->bridge);
    libxenvchan_close(tool->ends);
    free(tool->offer);
    tool->bridge = NULL;
    tool->ends = NULL;
    tool->offer = NULL;
    tool->not_before_ms = now_ms() + RETRY_MS;
}

static void try_connect(struct tool *tool)
{
    char *offer = read_offer(tool);

    tool->not_before_ms = now_ms() + RETRY_MS;
    tool->offered = offer != NULL;
    if (offer)
        tool->ends = libxenvchan_client_init(NULL, DOM0, OFFER);
    if (!tool->ends) {
        free(offer);
        return;
    }
    tool->ends->blocking = 0;
    fcntl(libxenvchan_fd_for_select(tool->ends), F_SETFL, O_NONBLOCK);
    tool->offer = offer;
    tool->since_ms = now_ms();
    tool->bridge = bridge_new(VHCI_DIRECTORY, &vchan_stream, tool->ends);
}

/* Another offer is there, or none: the one that we know is of no use. */
static void check_offer(struct tool *tool)
{
    char *offer = read_offer(tool);

    tool->offered = offer != NULL;
    if (tool->ends && (!offer || strcmp(offer, tool->offer) != 0)) {
        disconnect(tool);
        tool->not_before_ms = 0;
    } else if (!tool->ends && offer) {
        tool->not_before_ms = 0;
    }
    free(offer);
}

static void take_watch_events(struct tool *tool)
{
    char **event;
    bool any = false;

    while ((event = xs_check_watch(tool->xs))) {
        free(event);
        any = true;
    }
    if (any)
        check_offer(tool);
}

/* --- round and round --- */

enum { FD_STORE, FD_VCHAN, FD_DEVICES };

/* Waits until there is something to do. Signals come while it does, and at no other time. */
static void wait_for_work(struct tool *tool, bool busy, const sigset_t *signals)
{
    const struct timespec at_once = {0}, retry = {.tv_sec = RETRY_MS / 1000};
    const struct timespec *timeout = busy ? &at_once : NULL;
    struct pollfd fds[FD_DEVICES + FRAME_CHANNELS] = {
        [FD_STORE] = {.fd = xs_fileno(tool->xs), .events = POLLIN},
        [FD_VCHAN] = {.fd = -1, .events = POLLIN},
    };
    unsigned count = FD_DEVICES;

    if (tool->ends) {
        fds[FD_VCHAN].fd = libxenvchan_fd_for_select(tool->ends);
        count += bridge_poll(tool->bridge, fds + FD_DEVICES);
    }
    /* Time matters only while dom0 offers something and does not answer. */
    if (!busy && tool->offered && (!tool->ends || !bridge_is_met(tool->bridge)))
        timeout = &retry;
    if (ppoll(fds, count, timeout, signals) <= 0)
        return;
    if (fds[FD_VCHAN].revents)
        libxenvchan_wait(tool->ends);
    if (fds[FD_STORE].revents)
        take_watch_events(tool);
}

/* True if there is more to do at once. */
static bool work(struct tool *tool)
{
    enum link_state state;

    if (!tool->ends && now_ms() >= tool->not_before_ms)
        try_connect(tool);
    if (!tool->ends)
        return false;
    state = bridge_run(tool->bridge);
    if (state == LINK_BROKEN || !libxenvchan_is_open(tool->ends) ||
        (!bridge_is_met(tool->bridge) && now_ms() - tool->since_ms > HELLO_MS))
        disconnect(tool);
    return state == LINK_BUSY;
}

/* Writes to @before what is let through while we wait. */
static void catch_signals(sigset_t *before)
{
    const struct sigaction stop = {.sa_handler = on_signal};
    sigset_t caught;

    sigemptyset(&caught);
    sigaddset(&caught, SIGTERM);
    sigaddset(&caught, SIGINT);
    sigprocmask(SIG_BLOCK, &caught, before);
    sigaction(SIGTERM, &stop, NULL);
    sigaction(SIGINT, &stop, NULL);
    signal(SIGPIPE, SIG_IGN);
}

int main(void)
{
    struct tool tool = {0};
    sigset_t signals;

    catch_signals(&signals);
    if (!open_store(&tool)) {
        fprintf(stderr, "vitrine-usb-guest: can't reach xenstore: %s. Is this a Xen guest?\n",
                strerror(errno));
        return EXIT_FAILURE;
    }
    while (!stopped) {
        bool busy = work(&tool);

        wait_for_work(&tool, busy, &signals);
    }
    disconnect(&tool);
    xs_close(tool.xs);
    return EXIT_SUCCESS;
}
