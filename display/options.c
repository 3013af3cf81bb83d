/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of vitrine-display. */
#include "options.h"

#include <string.h>

#include <glib.h>

/* Domain 0 has no back end here, and numbers from 0x7FF0 on mean something else. */
#define DOMID_MAX 0x7fef

#define SIDE_MAX             7680
#define DEFAULT_VIDEORAM_KIB (32 * 1024)
#define VIDEORAM_KIB_MIN     1024
#define VIDEORAM_KIB_MAX     (512 * 1024)

static bool check_range(const char *option, int value, int min, int max, char **ret_problem)
{
    if (value >= min && value <= max)
        return true;
    *ret_problem = g_strdup_printf("%s must be a number from %d to %d.", option, min, max);
    return false;
}

/* What is shown as a title must not be able to play tricks on a terminal or a title bar. */
static bool is_printable(const char *text)
{
    if (!*text || !g_utf8_validate(text, -1, NULL))
        return false;
    for (; *text; text = g_utf8_next_char(text))
        if (!g_unichar_isprint(g_utf8_get_char(text)))
            return false;
    return true;
}

/* Both or none: a pointer with a range in one direction only is of no use. */
static bool check_size(int width, int height, char **ret_problem)
{
    if (width == 0 && height == 0)
        return true;
    return check_range("--width", width, 1, SIDE_MAX, ret_problem) &&
           check_range("--height", height, 1, SIDE_MAX, ret_problem);
}

static bool parse_graphics(const char *text, enum graphics *ret_graphics, char **ret_problem)
{
    if (!text || strcmp(text, "vfb") == 0)
        *ret_graphics = GRAPHICS_VFB;
    else if (strcmp(text, "vdispl") == 0)
        *ret_graphics = GRAPHICS_VDISPL;
    else
        *ret_problem = g_strdup("--graphics must be vfb or vdispl.");
    return !*ret_problem;
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

static bool check_name(const char *name, char **ret_problem)
{
    if (name && is_printable(name))
        return true;
    *ret_problem = g_strdup("--name must be given, as printable text.");
    return false;
}

bool options_parse(int argc, char **argv, struct options *ret_options, char **ret_problem)
{
    g_autofree char *name = NULL, *vnc = NULL, *spice = NULL;
    g_autofree char *graphics_text = NULL;
    enum graphics graphics = GRAPHICS_VFB;
    int domid = -1, width = 0, height = 0, videoram = DEFAULT_VIDEORAM_KIB;
    const GOptionEntry entries[] = {
        {"domid", 0, 0, G_OPTION_ARG_INT, &domid, "The guest's domain number", "N"},
        {"name", 0, 0, G_OPTION_ARG_STRING, &name, "The title that viewers show", "NAME"},
        {"vnc-socket", 0, 0, G_OPTION_ARG_FILENAME, &vnc, "Listen for VNC viewers here", "PATH"},
        {"spice-socket", 0, 0, G_OPTION_ARG_FILENAME, &spice, "Listen for SPICE viewers here",
         "PATH"},
        {"width", 0, 0, G_OPTION_ARG_INT, &width, "Width of the guest's screen", "PIXELS"},
        {"height", 0, 0, G_OPTION_ARG_INT, &height, "Height of the guest's screen", "PIXELS"},
        {"graphics", 0, 0, G_OPTION_ARG_STRING, &graphics_text,
         "The guest's device: vfb (default) or vdispl", "DEVICE"},
        {"videoram", 0, 0, G_OPTION_ARG_INT, &videoram, "Largest framebuffer (32768)", "KiB"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- shows a guest's screen");
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        *ret_problem = g_strdup_printf("%s. See --help.", error->message);
        return false;
    }
    if (argc > 1) {
        *ret_problem = g_strdup_printf("\"%s\" is no option. See --help.", argv[1]);
        return false;
    }
    if (!check_range("--domid", domid, 1, DOMID_MAX, ret_problem) ||
        !check_size(width, height, ret_problem) ||
        !check_range("--videoram", videoram, VIDEORAM_KIB_MIN, VIDEORAM_KIB_MAX, ret_problem) ||
        !parse_graphics(graphics_text, &graphics, ret_problem) || !check_name(name, ret_problem) ||
        !check_sockets(vnc, spice, ret_problem))
        return false;
    *ret_options = (struct options){
        .domid = (unsigned)domid,
        .graphics = graphics,
        .name = g_steal_pointer(&name),
        .vnc_socket = g_steal_pointer(&vnc),
        .spice_socket = g_steal_pointer(&spice),
        .width = (unsigned)width,
        .height = (unsigned)height,
        .videoram_kib = (unsigned)videoram,
    };
    return true;
}

void options_clear(struct options *options)
{
    g_clear_pointer(&options->name, g_free);
    g_clear_pointer(&options->vnc_socket, g_free);
    g_clear_pointer(&options->spice_socket, g_free);
}
