/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-usb: the USB devices that one guest has been given, from its birth to its end. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <glib-unix.h>

#include "backend/sandbox.h"
#include "backend/store.h"
#include "control.h"
#include "libusb-host.h"
#include "options.h"
#include "passthrough.h"
#include "vchan.h"

#define EXIT_USAGE 2

/* How long the end waits for devices that do not let go of their transfers. */
#define END_WAIT_MS 8000

struct usb {
    struct options options;
    GMainLoop *loop;
    struct store *store;
    struct store_watch *release_watch;
    struct libusb_host *host;
    struct vchan *vchan;
    struct passthrough *passthrough;
    struct control *control;
};

/* --- the end --- */

static gboolean on_end_timer(gpointer data)
{
    struct usb *usb = data;

    g_warning("A device does not let go.");
    g_main_loop_quit(usb->loop);
    return G_SOURCE_CONTINUE;
}

static void begin_end(struct usb *usb)
{
    g_timeout_add(END_WAIT_MS, on_end_timer, usb);
    passthrough_end(usb->passthrough);
}

static void on_ended(void *data)
{
    struct usb *usb = data;

    g_main_loop_quit(usb->loop);
}

static gboolean on_signal(gpointer data)
{
    begin_end(data);
    return G_SOURCE_CONTINUE;
}

static bool guest_is_alive(struct usb *usb)
{
    return xs_is_domain_introduced(store_handle(usb->store), usb->options.domid);
}

/* Some domain has died, or changed otherwise; perhaps ours. */
static void on_release(void *data)
{
    struct usb *usb = data;

    if (guest_is_alive(usb))
        return;
    g_message("The guest %s is gone.", usb->options.name);
    begin_end(usb);
}

/* --- who talks to whom --- */

static int open_device(void *host, int fd, void (*gone)(void *data), void *data,
                       struct host_device *ret_device)
{
    return libusb_host_open(host, fd, gone, data, ret_device);
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

static void on_vchan_changed(void *data)
{
    struct usb *usb = data;

    if (usb->passthrough)
        passthrough_run(usb->passthrough);
}

static void on_say(void *data, const char *first, const char *second, const char *third)
{
    struct usb *usb = data;

    control_say(usb->control, first, second, third);
}

static void on_attach(void *data, const char *key, int fd)
{
    struct usb *usb = data;

    passthrough_attach(usb->passthrough, key, fd);
}

static void on_detach(void *data, const char *key)
{
    struct usb *usb = data;

    passthrough_detach(usb->passthrough, key);
}

static void on_control_ended(void *data)
{
    begin_end(data);
}

/* --- the beginning --- */

/* All that needs files; nothing that listens to the guest yet. */
static bool set_up(struct usb *usb, char **ret_problem)
{
    usb->store = store_open();
    if (!usb->store) {
        *ret_problem = g_strdup_printf("Can't reach xenstored: %s.", g_strerror(errno));
        return false;
    }
    if (!guest_is_alive(usb)) {
        *ret_problem =
            g_strdup_printf("There is no domain %u. See \"xl list\".", usb->options.domid);
        return false;
    }
    usb->host = libusb_host_new(ret_problem);
    if (usb->host)
        usb->vchan = vchan_new(usb->options.domid, on_vchan_changed, usb, ret_problem);
    return usb->vchan != NULL;
}

static bool start(struct usb *usb, char **ret_problem)
{
    static const struct passthrough_line line = {
        .stream = &vchan_stream,
        .is_open = line_is_open,
        .hang_up = line_hang_up,
        .renew = line_renew,
    };
    static const struct passthrough_owner owner = {.say = on_say, .ended = on_ended};
    static const struct control_owner control_owner = {
        .attach = on_attach,
        .detach = on_detach,
        .ended = on_control_ended,
    };

    usb->passthrough = passthrough_new(open_device, usb->host, &line, usb->vchan, &owner, usb);
    usb->control = control_new(STDIN_FILENO, &control_owner, usb);
    usb->release_watch = store_watch_new(usb->store, "@releaseDomain", on_release, usb);
    if (usb->release_watch)
        return true;
    *ret_problem = g_strdup_printf("Can't watch xenstore: %s.", g_strerror(errno));
    return false;
}

/* In the order in which one thing leans on another; each may be missing. */
static void tear_down(struct usb *usb)
{
    store_watch_free(usb->release_watch);
    control_free(usb->control);
    passthrough_free(usb->passthrough);
    vchan_free(usb->vchan);
    libusb_host_free(usb->host);
    store_close(usb->store);
    options_clear(&usb->options);
}

static bool run(struct usb *usb, char **ret_problem)
{
    const char *const nothing[SANDBOX_MAX_REMOVABLE] = {NULL};
    bool started = set_up(usb, ret_problem);

    if (started) {
        sandbox_enter(nothing);
        started = start(usb, ret_problem);
    }
    if (started) {
        control_say(usb->control, "ready", NULL, NULL);
        g_main_loop_run(usb->loop);
    }
    return started;
}

int main(int argc, char **argv)
{
    struct usb usb = {0};
    g_autofree char *problem = NULL;
    bool ran;

    g_set_prgname("vitrine-usb");
    if (!options_parse(argc, argv, &usb.options, &problem)) {
        fprintf(stderr, "vitrine-usb: %s\n", problem);
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    usb.loop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGTERM, on_signal, &usb);
    g_unix_signal_add(SIGINT, on_signal, &usb);
    ran = run(&usb, &problem);
    if (!ran)
        fprintf(stderr, "vitrine-usb: %s\n", problem);
    tear_down(&usb);
    g_main_loop_unref(usb.loop);
    return ran ? EXIT_SUCCESS : EXIT_FAILURE;
}
