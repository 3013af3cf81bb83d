/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A picture of a guest's screen, and keys that are pressed there. */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "text.h"
#include "viewer.h"

/* Keys by name, as X11 numbers them. A key that is a letter or a digit is called that. */
static const struct {
    const char *name;
    guint key;
} keys[] = {
    {"ctrl", 0xffe3},  {"alt", 0xffe9},   {"shift", 0xffe1},  {"super", 0xffeb},
    {"altgr", 0xfe03}, {"del", 0xffff},   {"delete", 0xffff}, {"ins", 0xff63},
    {"home", 0xff50},  {"end", 0xff57},   {"pageup", 0xff55}, {"pagedown", 0xff56},
    {"left", 0xff51},  {"up", 0xff52},    {"right", 0xff53},  {"down", 0xff54},
    {"esc", 0xff1b},   {"tab", 0xff09},   {"enter", 0xff0d},  {"backspace", 0xff08},
    {"space", 0x0020}, {"print", 0xff61}, {"menu", 0xff67},   {"minus", 0x002d},
};

#define KEY_F1     0xffbe
#define F_KEYS     12
#define AT_ONE_MAX 8 /* keys that are held together */

/* 0 if there is no key of that NAME. */
static guint find_key(const char *name)
{
    guint64 number;

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (g_ascii_strcasecmp(keys[i].name, name) == 0)
            return keys[i].key;
    }
    if (strlen(name) == 1 && g_ascii_isgraph(*name))
        return (guint)g_ascii_tolower(*name);
    if (g_ascii_tolower(*name) == 'f' &&
        g_ascii_string_to_unsigned(name + 1, 10, 1, F_KEYS, &number, NULL))
        return KEY_F1 + (guint)number - 1;
    return 0;
}

/* How many keys WORD, as ctrl-alt-del, names; 0 after a complaint. */
static guint read_keys(const char *word, guint *ret_keys)
{
    g_auto(GStrv) names = g_strsplit(word, "-", -1);
    guint count = g_strv_length(names);

    if (count == 0 || count > AT_ONE_MAX) {
        client_complain(_("“%s” are no keys, or too many. Say it like ctrl-alt-del."), word);
        return 0;
    }
    for (guint i = 0; i < count; i++) {
        ret_keys[i] = find_key(names[i]);
        if (ret_keys[i] == 0) {
            client_complain(_("There is no key “%s”. Say it like ctrl-alt-del, f2 or a; see "
                              "vitrinectl(1)."),
                            names[i]);
            return 0;
        }
    }
    return count;
}

/* Presses the keys of WORD one after the other, and releases them the other way round. */
static void press(Viewer *viewer, const char *word)
{
    guint held[AT_ONE_MAX];
    guint count = read_keys(word, held);

    for (guint i = 0; i < count; i++)
        viewer_press(viewer, held[i], TRUE);
    for (guint i = count; i > 0; i--)
        viewer_press(viewer, held[i - 1], FALSE);
}

/* Nothing is pressed if one is not known. */
int command_send_keys(Client *client, const char *method, char **arguments,
                      const CreateOptions *options)
{
    g_autoptr(Viewer) viewer = NULL;
    guint unused[AT_ONE_MAX];
    int status;

    for (char **word = arguments + 1; *word; word++) {
        if (read_keys(*word, unused) == 0)
            return CTL_EXIT_USAGE;
    }
    viewer = viewer_open(client, arguments[0], &status);
    if (!viewer)
        return status;
    for (char **word = arguments + 1; *word; word++)
        press(viewer, *word);
    return viewer_settle(viewer) ? CTL_EXIT_OK : CTL_EXIT_FAILED;
}

static void show_size(Client *client, cairo_surface_t *picture)
{
    if (client->json)
        printf("{\"width\": %d, \"height\": %d}\n", cairo_image_surface_get_width(picture),
               cairo_image_surface_get_height(picture));
}

int command_screenshot(Client *client, const char *method, char **arguments,
                       const CreateOptions *options)
{
    cairo_surface_t *picture;
    cairo_status_t written;
    int status;
    g_autoptr(Viewer) viewer = viewer_open(client, arguments[0], &status);

    if (!viewer)
        return status;
    picture = viewer_look(viewer);
    if (!picture)
        return CTL_EXIT_FAILED;
    written = cairo_surface_write_to_png(picture, arguments[1]);
    if (written == CAIRO_STATUS_SUCCESS) {
        show_size(client, picture);
        return CTL_EXIT_OK;
    }
    client_complain(_("The picture can't be written to “%s”: %s."), arguments[1],
                    cairo_status_to_string(written));
    return CTL_EXIT_FAILED;
}
