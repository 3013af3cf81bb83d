/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows the screen of one guest, from its birth to its end: puts the parts together. */
#include "display.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <glib-unix.h>

#include "backend/sandbox.h"
#include "backend/syscall-filter.h"
#include "devices/displif.h"
#include "devices/fbif.h"
#include "devices/kbdif.h"
#include "heads.h"
#include "listener.h"
#include "local/front.h"
#include "options.h"
#include "passwords.h"
#include "session.h"
#include "spice/front.h"
#include "syscalls.h"
#include "vnc/server.h"

#define EXIT_USAGE 2

/* What viewers see before the guest has a picture. */
#define BLANK_WIDTH  800
#define BLANK_HEIGHT 600

enum { DEVICE_VFB, DEVICE_VKBD, DEVICE_VDISPL, DEVICE_MAX };

enum {
    LISTENER_VNC,
    LISTENER_VNC_TCP,
    LISTENER_SPICE,
    LISTENER_SPICE_TCP,
    LISTENER_LOCAL,
    LISTENER_COUNT
};

struct display {
    struct options options;
    GMainLoop *loop;
    bool guest_gone;

    struct guest *guest;
    struct xenbus_class devices[DEVICE_MAX];
    unsigned device_count;
    struct session *session;
    struct heads *heads;
    struct vnc_server *vnc;
    struct spice_front *spice;
    struct local_front *local;
    struct listener *listeners[LISTENER_COUNT];
    struct fbif *fbif;
    struct displif_keep *keep; /* as displif, NULL if the guest has no graphics card */
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

static void describe_devices(struct display *display)
{
    const struct options *options = &display->options;

    display->devices[DEVICE_VFB] = fbif_class(options->videoram_kib);
    display->devices[DEVICE_VKBD] =
        kbdif_class(options->width, options->height, options->contacts, options->restored);
    display->devices[DEVICE_VDISPL] = displif_class(options->monitors, options->monitor_count);
    /* A guest that was given a card has it until its end, whatever is said of the next one. */
    display->device_count =
        options->monitor_count > 0 ||
                xenbus_has_nodes(display->guest, &display->devices[DEVICE_VDISPL])
            ? DEVICE_MAX
            : DEVICE_VDISPL;
}

static bool check_password(const char *protocol, bool wanted, const char *password,
                           char **ret_problem)
{
    if (!wanted || password)
        return true;
    *ret_problem = g_strdup_printf("Viewers that come through the network need a password for %s, "
                                   "and there is none.",
                                   protocol);
    return false;
}

/* At @path and at @place, of which each may be missing. */
static bool listen_at(struct listener *listeners[2], const char *path,
                      const struct tcp_place *place, void (*accepted)(void *data, int fd),
                      void (*accepted_stranger)(void *data, int fd), void *data, char **ret_problem)
{
    if (path) {
        listeners[0] = listener_new(path, accepted, data, ret_problem);
        if (!listeners[0])
            return false;
    }
    if (place->address) {
        listeners[1] = listener_new_tcp(place, accepted_stranger, data, ret_problem);
        if (!listeners[1])
            return false;
    }
    return true;
}

static bool set_up_vnc(struct display *display, const char *password, char **ret_problem)
{
    const struct options *options = &display->options;

    if (!options->vnc_socket && !options->vnc_place.address)
        return true;
    if (!check_password("VNC", options->vnc_place.address != NULL, password, ret_problem))
        return false;
    display->vnc = vnc_server_new(display->session, options->name, password);
    return listen_at(&display->listeners[LISTENER_VNC], options->vnc_socket, &options->vnc_place,
                     vnc_server_accept, vnc_server_accept_stranger, display->vnc, ret_problem);
}

static bool set_up_spice(struct display *display, const char *password, char **ret_problem)
{
    const struct options *options = &display->options;
    const struct spice_strangers strangers = {password, options->spice_tls_place,
                                              options->tls_directory};
    bool through_network = options->spice_place.address || options->spice_tls_place.address;

    if (!options->spice_socket && !through_network)
        return true;
    if (!check_password("SPICE", through_network, password, ret_problem))
        return false;
    display->spice = spice_front_new(display->session, options->name, &strangers, ret_problem);
    return display->spice && listen_at(&display->listeners[LISTENER_SPICE], options->spice_socket,
                                       &options->spice_place, spice_front_accept,
                                       spice_front_accept_stranger, display->spice, ret_problem);
}

static bool set_up_local(struct display *display, char **ret_problem)
{
    const char *path = display->options.local_socket;

    if (!path)
        return true;
    display->local = local_front_new(display->session);
    display->listeners[LISTENER_LOCAL] =
        listener_new(path, local_front_accept, display->local, ret_problem);
    return display->listeners[LISTENER_LOCAL] != NULL;
}

static bool set_up_fronts(struct display *display, char **ret_problem)
{
    struct passwords passwords = {0};
    bool done = display->options.passwords < 0 ||
                passwords_read(display->options.passwords, &passwords, ret_problem);

    done = done && set_up_vnc(display, passwords.vnc, ret_problem) &&
           set_up_spice(display, passwords.spice, ret_problem) &&
           set_up_local(display, ret_problem);
    passwords_clear(&passwords);
    return done;
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
    display->heads = heads_new(display->session);
    if (!set_up_fronts(display, ret_problem))
        return false;
    describe_devices(display);
    if (display->device_count > DEVICE_VDISPL) {
        display->keep = displif_keep_open(options->keep, options->domid, ret_problem);
        if (!display->keep)
            return false;
    }
    if (!xenbus_create_nodes(display->guest, display->devices, display->device_count)) {
        *ret_problem =
            g_strdup_printf("Can't make the devices' nodes in xenstore: %s.", g_strerror(errno));
        return false;
    }
    return true;
}

/* What is drawn, what is shown, and one more of each: for all monitors. */
#define PICTURES_AT_LEAST 4

static unsigned card_videoram_kib(const struct options *options)
{
    size_t bytes = 0;

    for (unsigned i = 0; i < options->monitor_count; i++)
        bytes += (size_t)options->monitors[i].width * options->monitors[i].height *
                 sizeof(uint32_t) * PICTURES_AT_LEAST;
    return MAX(options->videoram_kib, (unsigned)(bytes / 1024));
}

/* How many fingers the guest's touch screen takes. */
static void on_touch_changed(void *data, unsigned contacts)
{
    struct display *display = data;

    session_set_contacts(display->session, contacts);
}

/* False with errno set on failure. */
static bool start_devices(struct display *display)
{
    unsigned videoram_kib = display->options.videoram_kib;

    display->fbif = fbif_start(display->guest, heads_console(display->heads), videoram_kib);
    if (!display->fbif)
        return false;
    if (display->keep) {
        display->displif = displif_start(display->guest, display->heads, display->keep,
                                         card_videoram_kib(&display->options));
        if (!display->displif)
            return false;
    }
    display->kbdif = kbdif_start(display->guest, on_touch_changed, display);
    return display->kbdif != NULL;
}

static bool start(struct display *display, char **ret_problem)
{
    if (display->spice)
        spice_front_start(display->spice);
    if (start_devices(display))
        display->release_watch =
            store_watch_new(display->guest->store, "@releaseDomain", on_release, display);
    if (!display->release_watch) {
        *ret_problem = g_strdup_printf("Can't watch xenstore: %s.", g_strerror(errno));
        return false;
    }
    heads_set_input(display->heads, &kbdif_sink, display->kbdif);
    return true;
}

/* In the order in which one thing leans on another; each may be missing. */
static void tear_down(struct display *display)
{
    for (unsigned i = 0; i < LISTENER_COUNT; i++)
        listener_free(display->listeners[i]);
    vnc_server_free(display->vnc);
    spice_front_free(display->spice);
    local_front_free(display->local);
    store_watch_free(display->release_watch);
    kbdif_stop(display->kbdif);
    fbif_stop(display->fbif);
    displif_stop(display->displif);
    displif_keep_close(display->keep);
    heads_free(display->heads);
    session_free(display->session);
    /* While the guest lives, the nodes stay for a process after us. */
    if (display->guest_gone) {
        xenbus_remove_nodes(display->guest, display->devices, display->device_count);
        if (display->options.keep)
            unlink(display->options.keep);
    }
    guest_close(display->guest);
    options_clear(&display->options);
}

/* Where viewers can come to through the network: the service shows that to people. */
static void tell_place(const char *scheme, const struct listener *listener)
{
    if (listener)
        printf("at %s://%s\n", scheme, listener_name(listener));
}

static void tell_ready(const struct display *display)
{
    const struct tcp_place *tls = &display->options.spice_tls_place;

    puts("ready");
    tell_place("vnc", display->listeners[LISTENER_VNC_TCP]);
    tell_place("spice", display->listeners[LISTENER_SPICE_TCP]);
    if (tls->address) {
        g_autofree char *name = tcp_socket_name(tls->address, tls->first);

        printf("at spice+tls://%s\n", name);
    }
    fflush(stdout);
}

static void give_up_rights(unsigned uid, const char *const sockets[SANDBOX_MAX_REMOVABLE])
{
    sandbox_enter_as(uid, sockets);
    if (!syscall_filter_enter(display_syscalls))
        g_warning("Can't give up system calls: %s", g_strerror(errno));
}

static bool run(struct display *display, char **ret_problem)
{
    bool started = set_up(display, ret_problem);
    const char *const sockets[SANDBOX_MAX_REMOVABLE] = {
        display->options.vnc_socket, display->options.spice_socket, display->options.local_socket,
        display->options.keep};

    if (started) {
        give_up_rights(display->options.uid, sockets);
        started = start(display, ret_problem);
    }
    if (started) {
        tell_ready(display);
        g_main_loop_run(display->loop);
    }
    return started;
}

int display_main(int argc, char **argv)
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
