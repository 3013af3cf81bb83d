/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-display: shows the screen of one guest, from its birth to its end. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <glib-unix.h>

#include "backend/sandbox.h"
#include "devices/displif.h"
#include "devices/fbif.h"
#include "devices/kbdif.h"
#include "listener.h"
#include "options.h"
#include "session.h"
#include "spice/front.h"
#include "vnc/server.h"

#define EXIT_USAGE 2

/* What viewers see before the guest has a picture. */
#define BLANK_WIDTH  800
#define BLANK_HEIGHT 600

/* A connector has a size before the guest has a say. */
#define CONNECTOR_WIDTH  1280
#define CONNECTOR_HEIGHT 800

enum { DEVICE_GRAPHICS, DEVICE_VKBD, DEVICE_COUNT };

struct display {
    struct options options;
    GMainLoop *loop;
    bool guest_gone;

    struct guest *guest;
    struct xenbus_class devices[DEVICE_COUNT];
    struct session *session;
    struct vnc_server *vnc;
    struct spice_front *spice;
    struct listener *vnc_listener, *spice_listener;
    struct fbif *fbif; /* one of the two */
    struct displif *displif;
    struct kbdif *kbdif;
    struct store_watch *release_watch;
};

static gboolean on_signal(gpointer data)
{
    struct display *display = data;

    g_main_loop_quit(display->loop);
    return G_SOURCE_CONTINUE;
}

/* Some domain has died, or changed otherwise; perhaps ours. */
static void on_release(void *data)
{
    struct display *display = data;

    if (guest_is_alive(display->guest))
        return;
    g_message("The guest is gone.");
    display->guest_gone = true;
    g_main_loop_quit(display->loop);
}

static struct xenbus_class graphics_class(const struct options *options)
{
    if (options->graphics == GRAPHICS_VFB)
        return fbif_class(options->videoram_kib);
    return displif_class(options->width ? options->width : CONNECTOR_WIDTH,
                         options->height ? options->height : CONNECTOR_HEIGHT);
}

static bool set_up_vnc(struct display *display, char **ret_problem)
{
    display->vnc = vnc_server_new(display->session, display->options.name);
    display->vnc_listener =
        listener_new(display->options.vnc_socket, vnc_server_accept, display->vnc, ret_problem);
    return display->vnc_listener != NULL;
}

static bool set_up_spice(struct display *display, char **ret_problem)
{
    display->spice = spice_front_new(display->session, display->options.name, ret_problem);
    if (!display->spice)
        return false;
    display->spice_listener = listener_new(display->options.spice_socket, spice_front_accept,
                                           display->spice, ret_problem);
    return display->spice_listener != NULL;
}

/* Everything that a viewer or a front end may meet, but nothing that runs yet. */
static bool set_up(struct display *display, char **ret_problem)
{
    const struct options *options = &display->options;

    display->guest = guest_open(options->domid, ret_problem);
    if (!display->guest)
        return false;
    display->session = session_new(options->width ? options->width : BLANK_WIDTH,
                                   options->height ? options->height : BLANK_HEIGHT);
    if (options->vnc_socket && !set_up_vnc(display, ret_problem))
        return false;
    if (options->spice_socket && !set_up_spice(display, ret_problem))
        return false;
    display->devices[DEVICE_GRAPHICS] = graphics_class(options);
    display->devices[DEVICE_VKBD] = kbdif_class(options->width, options->height);
    if (!xenbus_create_nodes(display->guest, display->devices, DEVICE_COUNT)) {
        *ret_problem =
            g_strdup_printf("Can't make the devices' nodes in xenstore: %s.", g_strerror(errno));
        return false;
    }
    return true;
}

static void start_graphics(struct display *display)
{
    unsigned videoram_kib = display->options.videoram_kib;

    if (display->options.graphics == GRAPHICS_VDISPL) {
        display->displif = displif_start(display->guest, display->session, videoram_kib);
        return;
    }
    display->fbif = fbif_start(display->guest, display->session, videoram_kib);
    if (display->fbif)
        session_set_watched_hook(display->session, fbif_set_watched, display->fbif);
}

static bool start(struct display *display, char **ret_problem)
{
    if (display->spice)
        spice_front_start(display->spice);
    start_graphics(display);
    display->kbdif = kbdif_start(display->guest);
    display->release_watch =
        store_watch_new(display->guest->store, "@releaseDomain", on_release, display);
    if ((!display->fbif && !display->displif) || !display->kbdif || !display->release_watch) {
        *ret_problem = g_strdup_printf("Can't watch xenstore: %s.", g_strerror(errno));
        return false;
    }
    session_set_input(display->session, &kbdif_sink, display->kbdif);
    return true;
}

/* In the order in which one thing leans on another; each may be missing. */
static void tear_down(struct display *display)
{
    listener_free(display->vnc_listener);
    listener_free(display->spice_listener);
    vnc_server_free(display->vnc);
    spice_front_free(display->spice);
    store_watch_free(display->release_watch);
    kbdif_stop(display->kbdif);
    fbif_stop(display->fbif);
    displif_stop(display->displif);
    session_free(display->session);
    /* While the guest lives, the nodes stay for a process after us. */
    if (display->guest_gone)
        xenbus_remove_nodes(display->guest, display->devices, DEVICE_COUNT);
    guest_close(display->guest);
    options_clear(&display->options);
}

static bool run(struct display *display, char **ret_problem)
{
    bool started = set_up(display, ret_problem);
    const char *const sockets[SANDBOX_MAX_REMOVABLE] = {display->options.vnc_socket,
                                                        display->options.spice_socket};

    if (started) {
        sandbox_enter(sockets);
        started = start(display, ret_problem);
    }
    if (started) {
        puts("ready");
        fflush(stdout);
        g_main_loop_run(display->loop);
    }
    return started;
}

int main(int argc, char **argv)
{
    struct display display = {0};
    g_autofree char *problem = NULL;
    bool ran;

    g_set_prgname("vitrine-display");
    if (!options_parse(argc, argv, &display.options, &problem)) {
        fprintf(stderr, "vitrine-display: %s\n", problem);
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);
    display.loop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGTERM, on_signal, &display);
    g_unix_signal_add(SIGINT, on_signal, &display);
    ran = run(&display, &problem);
    if (!ran)
        fprintf(stderr, "vitrine-display: %s\n", problem);
    tear_down(&display);
    g_main_loop_unref(display.loop);
    return ran ? EXIT_SUCCESS : EXIT_FAILURE;
}
