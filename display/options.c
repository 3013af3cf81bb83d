/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vitrine-display. */
#include "options.h"

#include <limits.h>
#include <string.h>

#include <glib.h>

#include "backend/command-line.h"
#include "input-sink.h"

#define SIDE_MAX             7680
#define DEFAULT_VIDEORAM_KIB (32 * 1024)
#define VIDEORAM_KIB_MIN     1024
#define VIDEORAM_KIB_MAX     (512 * 1024)
#define SOCKETS              3

/* Both or none: a pointer with a range in one direction only is of no use. */
static bool check_size(int width, int height, char **ret_problem)
{
    if (width == 0 && height == 0)
        return true;
    return command_line_check_range("--width", width, 1, SIDE_MAX, ret_problem) &&
           command_line_check_range("--height", height, 1, SIDE_MAX, ret_problem);
}

/* "WIDTHxHEIGHT", as often as there are monitors, with commas between them. */
static bool parse_monitors(const char *text, struct options *options, char **ret_problem)
{
    g_auto(GStrv) words = g_strsplit(text ? text : "", ",", -1);
    unsigned count = g_strv_length(words);

    if (count > DISPLIF_MAX_CONNECTORS) {
        *ret_problem =
            g_strdup_printf("--monitors must not name more than %d.", DISPLIF_MAX_CONNECTORS);
        return false;
    }
    for (unsigned i = 0; i < count; i++) {
        struct displif_mode *mode = &options->monitors[i];

        if (!displif_resolution_parse(words[i], &mode->width, &mode->height)) {
            *ret_problem = g_strdup_printf("--monitors must be WIDTHxHEIGHT,... with sides from 1 "
                                           "to %d.",
                                           DISPLIF_MAX_SIDE);
            return false;
        }
    }
    options->monitor_count = count;
    return true;
}

static bool is_new_path(const char *path, const char *const *others, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (g_strcmp0(path, others[i]) == 0)
            return false;
    return true;
}

/* At least one is given, none is empty, and no two are the same. */
static bool check_sockets(const char *const paths[SOCKETS], char **ret_problem)
{
    unsigned given = 0;

    for (unsigned i = 0; i < SOCKETS; i++) {
        if (!paths[i])
            continue;
        given++;
        if (!*paths[i])
            *ret_problem = g_strdup("The path of a socket must not be empty.");
        else if (!is_new_path(paths[i], paths, i))
            *ret_problem =
                g_strdup_printf("Two sockets must not have the same path: %s.", paths[i]);
        else
            continue;
        return false;
    }
    if (given == 0)
        *ret_problem = g_strdup("--vnc-socket, --spice-socket or --local-socket must be given: the "
                                "path of the socket to make.");
    return given > 0;
}

static bool parse_place(const char *option, const char *text, struct tcp_place *place,
                        char **ret_problem)
{
    return !text || tcp_place_parse(option, text, place, ret_problem);
}

/* Nobody is let in from the network without a password. */
static bool check_places(const struct options *options, char **ret_problem)
{
    bool anywhere = options->vnc_place.address || options->spice_place.address ||
                    options->spice_tls_place.address;

    if (anywhere && options->passwords < 0)
        *ret_problem = g_strdup("--passwords must be given: the descriptor to read the passwords "
                                "of viewers from that come through the network.");
    else if (options->spice_tls_place.address && !options->tls_directory)
        *ret_problem = g_strdup("--tls-directory must be given: where the certificate for "
                                "--spice-tls-listen is.");
    else if (options->spice_tls_place.first != options->spice_tls_place.last)
        *ret_problem = g_strdup("--spice-tls-listen takes one port.");
    else
        return true;
    return false;
}

/* What is told by texts, into @options, which already has the rest. */
static bool parse_places(struct options *options, const char *vnc, const char *spice,
                         const char *spice_tls, char **ret_problem)
{
    return parse_place("--vnc-listen", vnc, &options->vnc_place, ret_problem) &&
           parse_place("--spice-listen", spice, &options->spice_place, ret_problem) &&
           parse_place("--spice-tls-listen", spice_tls, &options->spice_tls_place, ret_problem) &&
           check_places(options, ret_problem);
}

bool options_parse(int argc, char **argv, struct options *ret_options, char **ret_problem)
{
    g_autofree char *name = NULL, *vnc = NULL, *spice = NULL, *local = NULL;
    g_autofree char *monitors = NULL, *keep = NULL;
    g_autofree char *vnc_place = NULL, *spice_place = NULL, *tls_place = NULL, *tls = NULL;
    struct options options = {0};
    int domid = -1, width = 0, height = 0, videoram = DEFAULT_VIDEORAM_KIB;
    int passwords = -1, uid = 0, contacts = INPUT_MAX_CONTACTS;
    gboolean restored = FALSE;
    const GOptionEntry entries[] = {
        {"domid", 0, 0, G_OPTION_ARG_INT, &domid, "The guest's domain number", "N"},
        {"name", 0, 0, G_OPTION_ARG_STRING, &name, "The title that viewers show", "NAME"},
        {"vnc-socket", 0, 0, G_OPTION_ARG_FILENAME, &vnc, "Listen for VNC viewers here", "PATH"},
        {"spice-socket", 0, 0, G_OPTION_ARG_FILENAME, &spice, "Listen for SPICE viewers here",
         "PATH"},
        {"local-socket", 0, 0, G_OPTION_ARG_FILENAME, &local,
         "Listen here for viewers that map the picture", "PATH"},
        {"vnc-listen", 0, 0, G_OPTION_ARG_STRING, &vnc_place, "And for those who know a password",
         "ADDRESS:PORT[-LAST]"},
        {"spice-listen", 0, 0, G_OPTION_ARG_STRING, &spice_place, "Likewise",
         "ADDRESS:PORT[-LAST]"},
        {"spice-tls-listen", 0, 0, G_OPTION_ARG_STRING, &tls_place, "Likewise, encrypted",
         "ADDRESS:PORT"},
        {"tls-directory", 0, 0, G_OPTION_ARG_FILENAME, &tls,
         "Holds ca-cert.pem, server-cert.pem and server-key.pem", "PATH"},
        {"passwords", 0, 0, G_OPTION_ARG_INT, &passwords, "The descriptor to read passwords from",
         "FD"},
        {"uid", 0, 0, G_OPTION_ARG_INT, &uid, "Become this user once all is open", "N"},
        {"width", 0, 0, G_OPTION_ARG_INT, &width, "Width of the guest's screen", "PIXELS"},
        {"height", 0, 0, G_OPTION_ARG_INT, &height, "Height of the guest's screen", "PIXELS"},
        {"contacts", 0, 0, G_OPTION_ARG_INT, &contacts,
         "Fingers that the guest's touch screen takes at a time (10); 0: it has none", "N"},
        {"restored", 0, 0, G_OPTION_ARG_NONE, &restored,
         "The guest was saved: what its drivers want they said before", NULL},
        {"monitors", 0, 0, G_OPTION_ARG_STRING, &monitors,
         "The guest has a graphics card with these monitors, too", "WIDTHxHEIGHT,..."},
        {"videoram", 0, 0, G_OPTION_ARG_INT, &videoram,
         "Most memory of the framebuffer, and of the graphics card (32768)", "KiB"},
        {"keep", 0, 0, G_OPTION_ARG_FILENAME, &keep,
         "Keep here what another vitrine-display must know to go on", "FILE"},
        G_OPTION_ENTRY_NULL,
    };

    if (!command_line_parse(argc, argv, "- shows a guest's screen", entries, ret_problem))
        return false;
    if (!command_line_check_domid(domid, ret_problem) || !check_size(width, height, ret_problem) ||
        !command_line_check_range("--contacts", contacts, 0, INPUT_MAX_CONTACTS, ret_problem) ||
        !command_line_check_range("--videoram", videoram, VIDEORAM_KIB_MIN, VIDEORAM_KIB_MAX,
                                  ret_problem) ||
        !parse_monitors(monitors, &options, ret_problem) ||
        !command_line_check_name("--name", name, ret_problem) ||
        !check_sockets((const char *const[SOCKETS]){vnc, spice, local}, ret_problem))
        return false;
    options.domid = (unsigned)domid;
    options.name = g_steal_pointer(&name);
    options.vnc_socket = g_steal_pointer(&vnc);
    options.spice_socket = g_steal_pointer(&spice);
    options.local_socket = g_steal_pointer(&local);
    options.width = (unsigned)width;
    options.height = (unsigned)height;
    options.restored = restored;
    options.contacts = (unsigned)contacts;
    options.videoram_kib = (unsigned)videoram;
    options.keep = g_steal_pointer(&keep);
    options.tls_directory = g_steal_pointer(&tls);
    options.passwords = passwords;
    options.uid = (unsigned)uid;
    if (!parse_places(&options, vnc_place, spice_place, tls_place, ret_problem)) {
        options_clear(&options);
        return false;
    }
    *ret_options = options;
    return true;
}

void options_clear(struct options *options)
{
    g_clear_pointer(&options->name, g_free);
    g_clear_pointer(&options->vnc_socket, g_free);
    g_clear_pointer(&options->spice_socket, g_free);
    g_clear_pointer(&options->local_socket, g_free);
    g_clear_pointer(&options->keep, g_free);
    g_clear_pointer(&options->vnc_place.address, g_free);
    g_clear_pointer(&options->spice_place.address, g_free);
    g_clear_pointer(&options->spice_tls_place.address, g_free);
    g_clear_pointer(&options->tls_directory, g_free);
}
