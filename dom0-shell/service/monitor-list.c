/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitors of a guest's PV graphics card: "1280x800;1024x768". */
#include "monitor-list.h"

#include <stdio.h>
#include <string.h>

#include "error.h"

#define SEPARATOR ";"

/* Linux's driver takes no more; with less nobody sees anything. */
#define WIDTH_MIN  320
#define WIDTH_MAX  4095
#define HEIGHT_MIN 200
#define HEIGHT_MAX 2047

static gboolean parse_side(const char *text, guint least, guint most, guint *ret_side)
{
    guint64 side;

    if (!g_ascii_string_to_unsigned(text, 10, least, most, &side, NULL))
        return FALSE;
    *ret_side = (guint)side;
    return TRUE;
}

static gboolean parse_monitor(const char *word, guint *ret_width, guint *ret_height)
{
    g_auto(GStrv) sides = g_strsplit(word, "x", -1);

    return g_strv_length(sides) == 2 && parse_side(sides[0], WIDTH_MIN, WIDTH_MAX, ret_width) &&
           parse_side(sides[1], HEIGHT_MIN, HEIGHT_MAX, ret_height);
}

static guint count_of(const char *list)
{
    g_auto(GStrv) words = monitor_list_words(list);

    return g_strv_length(words);
}

void monitor_list_add(MonitorList list, guint width, guint height)
{
    char word[24];

    if (width < 1 || width > WIDTH_MAX || height < 1 || height > HEIGHT_MAX ||
        count_of(list) == MONITORS_MAX)
        return;
    g_snprintf(word, sizeof word, "%s%ux%u", *list ? SEPARATOR : "", width, height);
    g_strlcat(list, word, MONITORS_TEXT_MAX);
}

gboolean monitor_list_take(const char *const *words, MonitorList list, GError **error)
{
    MonitorList taken = "";

    if (g_strv_length((char **)words) > MONITORS_MAX) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
                    N_("A guest can have up to %d monitors."), MONITORS_MAX);
        return FALSE;
    }
    for (; *words; words++) {
        guint width, height;

        if (!parse_monitor(*words, &width, &height)) {
            g_set_error(
                error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
                N_("“%s” is no size of a monitor: say its width and height, as 1280x800, from "
                   "%dx%d to %dx%d."),
                *words, WIDTH_MIN, HEIGHT_MIN, WIDTH_MAX, HEIGHT_MAX);
            return FALSE;
        }
        monitor_list_add(taken, width, height);
    }
    g_strlcpy(list, taken, MONITORS_TEXT_MAX);
    return TRUE;
}

GStrv monitor_list_words(const char *list)
{
    return g_strsplit(list, SEPARATOR, -1);
}

/* xl.cfg has "connectors=ID:WIDTHxHEIGHT;ID:WIDTHxHEIGHT", up to a comma or the string's end. */
void monitor_list_scan(const char *value, MonitorList list)
{
    const char *start = value ? strstr(value, "connectors=") : NULL;
    g_autofree char *text = NULL;
    g_auto(GStrv) words = NULL;

    *list = '\0';
    if (!start)
        return;
    start += strlen("connectors=");
    text = g_strndup(start, strcspn(start, ",\"'"));
    words = g_strsplit(text, SEPARATOR, -1);
    for (char **word = words; *word; word++) {
        const char *size = strchr(*word, ':');
        guint width, height;

        if (size && sscanf(size, ":%5ux%5u", &width, &height) == 2)
            monitor_list_add(list, width, height);
    }
}
