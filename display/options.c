/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vitrine-display. */
#include "options.h"

#include <string.h>

#include <glib.h>

#include "backend/command-line.h"

#define SIDE_MAX             7680
#define DEFAULT_VIDEORAM_KIB (32 * 1024)
#define VIDEORAM_KIB_MIN     1024
#define VIDEORAM_KIB_MAX     (512 * 1024)

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

/* At least one is given, none is empty, and they are not the same. */
static bool check_sockets(const char *vnc, const char *spice, char **ret_problem)
{
    if (!vnc && !spice)
        *ret_problem = g_strdup("--vnc-socket or --spice-socket must be given: the path of the "
                                "socket to make.");
    else if ((vnc && !*vnc) || (spice && !*spice))
        *ret_problem = g_strdup("The path of a socket must not be empty.");
    else if (g_strcmp0(vnc, spice) == 0)
        *ret_problem = g_strdup("--vnc-socket and --spice-socket must not be the same path.");
    else
        return true;
    return false;
}

bool options_parse(int argc, char **argv, struct options *ret_options, char **ret_problem)
{
    g_autofree char *name = NULL, *vnc = NULL, *spice = NULL;
    g_autofree char *monitors = NULL, *keep = NULL;
    struct options options = {0};
    int domid = -1, width = 0, height = 0, videoram = DEFAULT_VIDEORAM_KIB;
    const GOptionEntry entries[] = {
        {"domid", 0, 0, G_OPTION_ARG_INT, &domid, "The guest's domain number", "N"},
        {"name", 0, 0, G_OPTION_ARG_STRING, &name, "The title that viewers show", "NAME"},
        {"vnc-socket", 0, 0, G_OPTION_ARG_FILENAME, &vnc, "Listen for VNC viewers here", "PATH"},
        {"spice-socket", 0, 0, G_OPTION_ARG_FILENAME, &spice, "Listen for SPICE viewers here",
         "PATH"},
        {"width", 0, 0, G_OPTION_ARG_INT, &width, "Width of the guest's screen", "PIXELS"},
        {"height", 0, 0, G_OPTION_ARG_INT, &height, "Height of the guest's screen", "PIXELS"},
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
        !command_line_check_range("--videoram", videoram, VIDEORAM_KIB_MIN, VIDEORAM_KIB_MAX,
                                  ret_problem) ||
        !parse_monitors(monitors, &options, ret_problem) ||
        !command_line_check_name("--name", name, ret_problem) ||
        !check_sockets(vnc, spice, ret_problem))
        return false;
    options.domid = (unsigned)domid;
    options.name = g_steal_pointer(&name);
    options.vnc_socket = g_steal_pointer(&vnc);
    options.spice_socket = g_steal_pointer(&spice);
    options.width = (unsigned)width;
    options.height = (unsigned)height;
    options.videoram_kib = (unsigned)videoram;
    options.keep = g_steal_pointer(&keep);
    *ret_options = options;
    return true;
}

void options_clear(struct options *options)
{
    g_clear_pointer(&options->name, g_free);
    g_clear_pointer(&options->vnc_socket, g_free);
    g_clear_pointer(&options->spice_socket, g_free);
    g_clear_pointer(&options->keep, g_free);
}
