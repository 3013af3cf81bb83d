/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service says, a line at a time, and what it is told. */
#include "control.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib-unix.h>

#include "backend/number.h"

struct control {
    int fd;
    struct sound *sound;
    bool microphone;
    guint source;
    char line[64]; /* what has come of it */
    size_t length;
    bool too_long;
};

bool control_parse_switch(const char *text, bool *ret_on)
{
    if (strcmp(text, "on") != 0 && strcmp(text, "off") != 0)
        return false;
    *ret_on = strcmp(text, "on") == 0;
    return true;
}

static bool parse_volume(const char *text, struct control_order *order)
{
    uint64_t percent;

    if (!number_parse(text, 100, &percent))
        return false;
    order->percent = (unsigned)percent;
    return true;
}

bool control_parse(const char *line, struct control_order *ret_order)
{
    static const char *const verbs[] = {
        [CONTROL_MICROPHONE] = "microphone ",
        [CONTROL_VOLUME] = "volume ",
        [CONTROL_MUTE] = "mute ",
    };

    for (unsigned verb = 0; verb < G_N_ELEMENTS(verbs); verb++) {
        struct control_order order = {.verb = verb};
        const char *rest = line + strlen(verbs[verb]);

        if (!g_str_has_prefix(line, verbs[verb]))
            continue;
        if (!(verb == CONTROL_VOLUME ? parse_volume(rest, &order)
                                     : control_parse_switch(rest, &order.on)))
            return false;
        *ret_order = order;
        return true;
    }
    return false;
}

void control_obey(const struct control_order *order, struct sound *sound)
{
    switch (order->verb) {
    case CONTROL_MICROPHONE:
        sound_set_microphone(sound, order->on);
        break;
    case CONTROL_VOLUME:
        sound_set_volume(sound, order->percent);
        break;
    case CONTROL_MUTE:
        sound_set_muted(sound, order->on);
        break;
    }
}

static void end_line(struct control *control)
{
    struct control_order order;

    control->line[control->length] = '\0';
    if (!control->too_long && control_parse(control->line, &order))
        control_obey(&order, control->sound);
    else
        g_warning("No order: \"%s\".", control->line);
    control->length = 0;
    control->too_long = false;
}

static void add(struct control *control, char c)
{
    if (c == '\n')
        end_line(control);
    else if (control->length < sizeof(control->line) - 1)
        control->line[control->length++] = c;
    else
        control->too_long = true;
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct control *control = data;
    char octets[256];
    ssize_t count = read(fd, octets, sizeof(octets));

    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return G_SOURCE_CONTINUE;
    if (count <= 0) {
        control->source = 0;
        sound_set_microphone(control->sound, control->microphone);
        return G_SOURCE_REMOVE;
    }
    for (ssize_t i = 0; i < count; i++)
        add(control, octets[i]);
    return G_SOURCE_CONTINUE;
}

struct control *control_new(int fd, struct sound *sound, bool microphone)
{
    struct control *control = g_new0(struct control, 1);

    control->fd = fd;
    control->sound = sound;
    control->microphone = microphone;
    control->source =
        g_unix_fd_add(fd, G_IO_IN | G_IO_HUP | G_IO_ERR | G_IO_NVAL, on_readable, control);
    return control;
}

void control_free(struct control *control)
{
    if (!control)
        return;
    g_clear_handle_id(&control->source, g_source_remove);
    g_free(control);
}

void control_print_state(enum sound_state state, bool now)
{
    static const char *const names[SOUND_STATES] = {
        [SOUND_PLAYING] = "playing",       [SOUND_RECORDING] = "recording",
        [SOUND_MICROPHONE] = "microphone", [SOUND_ASKING] = "asking",
        [SOUND_SERVER] = "server",
    };

    printf("%s %s\n", names[state], now ? "on" : "off");
    fflush(stdout);
}

void control_print_volume(unsigned percent, bool muted)
{
    printf("volume %u\nmute %s\n", percent, muted ? "on" : "off");
    fflush(stdout);
}
