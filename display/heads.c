/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The heads of a guest's graphics devices, and which of them make up the picture. */
#include "heads.h"

#include <glib.h>

#include "look.h"

/* How long until the next look: from a little more than a frame, doubled each time in vain. */
#define LOOK_SOON_MS   20
#define LOOK_SELDOM_MS 320

/* All looks together take no more than this part of the time. */
#define LOOK_SHARE 8

struct head {
    struct heads *heads;
    struct look *look; /* NULL: it says itself what it draws */
    struct pixel_source source;
    bool lit;
    bool shown, seen; /* part of the picture; and somebody looks on */
    int x;            /* where in the picture */
    void (*watched)(void *data, bool watched);
    void *watched_data;
};

struct heads {
    struct session *session;
    struct head console;
    struct head connectors[HEADS_MAX_CONNECTORS];
    bool watched;
    guint look_timer;
    guint look_ms;     /* what the timer was set to */
    gint64 rest_until; /* no look before, by the monotonic clock */
    const struct input_sink *sink;
    void *sink_data;
};

/* --- looking --- */

static void on_difference(void *data, const struct rect *rect)
{
    const struct head *head = data;
    struct rect moved = {rect->x + head->x, rect->y, rect->width, rect->height};

    session_damage(head->heads->session, &moved);
}

static bool look_at_all(struct heads *heads)
{
    bool any = false;

    for (unsigned i = 0; i < HEADS_MAX_CONNECTORS; i++) {
        struct head *head = &heads->connectors[i];

        if (head->seen)
            any |= look_at(head->look, &head->source, on_difference, head);
    }
    return any;
}

static bool has_to_look(const struct heads *heads)
{
    for (unsigned i = 0; i < HEADS_MAX_CONNECTORS; i++)
        if (heads->connectors[i].seen)
            return true;
    return false;
}

static gboolean on_look(gpointer data);

static void look_in(struct heads *heads, guint ms)
{
    gint64 rest_ms = (heads->rest_until - g_get_monotonic_time()) / 1000;

    g_clear_handle_id(&heads->look_timer, g_source_remove);
    heads->look_ms = ms;
    heads->look_timer = g_timeout_add((guint)MAX((gint64)ms, rest_ms), on_look, heads);
}

static gboolean on_look(gpointer data)
{
    struct heads *heads = data;
    gint64 began = g_get_monotonic_time();
    bool any = look_at_all(heads);
    gint64 ended = g_get_monotonic_time();

    heads->look_timer = 0;
    heads->rest_until = ended + (ended - began) * LOOK_SHARE;
    look_in(heads, any ? LOOK_SOON_MS : MIN(heads->look_ms * 2, LOOK_SELDOM_MS));
    return G_SOURCE_REMOVE;
}

/* Something may have changed. A look that is due soon anyway is not put off again and again. */
static void look_soon(struct heads *heads)
{
    if (has_to_look(heads) && heads->look_ms > LOOK_SOON_MS)
        look_in(heads, LOOK_SOON_MS);
}

/* --- what is shown --- */

/*
 * All of the picture is new to its viewers, and is copied for them with the next frame: what is
 * there before that counts as seen.
 */
static void look_anew(struct head *head)
{
    if (!head->look)
        return;
    look_forget(head->look);
    if (head->seen)
        look_at(head->look, &head->source, on_difference, head);
}

static void tell_watched(struct head *head)
{
    bool seen = head->shown && head->heads->watched;

    if (seen == head->seen)
        return;
    head->seen = seen;
    look_anew(head);
    if (head->watched)
        head->watched(head->watched_data, seen);
}

static void tell_all_watched(struct heads *heads)
{
    tell_watched(&heads->console);
    for (unsigned i = 0; i < HEADS_MAX_CONNECTORS; i++)
        tell_watched(&heads->connectors[i]);
    g_clear_handle_id(&heads->look_timer, g_source_remove);
    if (has_to_look(heads))
        look_in(heads, LOOK_SOON_MS);
}

static void add_part(struct head *head, struct session_part *parts, unsigned *count, int x)
{
    head->shown = true;
    head->x = x;
    parts[(*count)++] = (struct session_part){.source = head->source, .x = x};
}

/* Gives the session its parts. True if other heads than before are shown. */
static bool compose(struct heads *heads)
{
    struct session_part parts[SESSION_MAX_PARTS];
    unsigned count = 0;
    bool other = false;
    int x = 0;

    for (unsigned i = 0; i < HEADS_MAX_CONNECTORS; i++) {
        struct head *head = &heads->connectors[i];

        other |= head->shown != head->lit;
        head->shown = false;
        if (!head->lit)
            continue;
        add_part(head, parts, &count, x);
        x += (int)head->source.width;
    }
    other |= heads->console.shown != (count == 0 && heads->console.lit);
    heads->console.shown = false;
    if (count == 0 && heads->console.lit)
        add_part(&heads->console, parts, &count, 0);
    session_set_parts(heads->session, parts, count);
    return other;
}

static bool is_as_large(const struct pixel_source *a, const struct pixel_source *b)
{
    return a->width == b->width && a->height == b->height && a->depth == b->depth;
}

/* Another picture of a head that was shown before, and still is. */
static void show_other(struct head *head, bool as_large)
{
    if (!head->look)
        session_damage_all(head->heads->session);
    else if (!as_large)
        look_anew(head);
    else
        look_soon(head->heads);
}

void head_set_source(struct head *head, const struct pixel_source *source)
{
    struct heads *heads = head->heads;
    bool as_large = source && is_as_large(&head->source, source);

    head->lit = source != NULL;
    if (source)
        head->source = *source;
    if (compose(heads)) {
        tell_all_watched(heads);
        session_damage_all(heads->session);
    } else if (head->shown) {
        show_other(head, as_large);
    }
}

void head_damage(struct head *head, const struct rect *rect)
{
    if (head->shown)
        session_damage(head->heads->session, rect);
}

/* --- what viewers do --- */

static void on_watched(void *data, bool watched)
{
    struct heads *heads = data;

    heads->watched = watched;
    tell_all_watched(heads);
}

static void sink_key(void *data, unsigned code, bool down)
{
    struct heads *heads = data;

    look_soon(heads);
    if (heads->sink)
        heads->sink->key(heads->sink_data, code, down);
}

static void sink_position(void *data, unsigned x, unsigned y, unsigned width, unsigned height)
{
    struct heads *heads = data;

    look_soon(heads);
    if (heads->sink)
        heads->sink->position(heads->sink_data, x, y, width, height);
}

static void sink_wheel(void *data, int steps)
{
    struct heads *heads = data;

    look_soon(heads);
    if (heads->sink)
        heads->sink->wheel(heads->sink_data, steps);
}

static void sink_touch(void *data, unsigned contact, enum touch_phase phase, unsigned x, unsigned y,
                       unsigned width, unsigned height)
{
    struct heads *heads = data;

    look_soon(heads);
    if (heads->sink)
        heads->sink->touch(heads->sink_data, contact, phase, x, y, width, height);
}

static const struct input_sink heads_sink = {
    .key = sink_key,
    .position = sink_position,
    .wheel = sink_wheel,
    .touch = sink_touch,
};

/* --- their owner --- */

struct heads *heads_new(struct session *session)
{
    struct heads *heads = g_new0(struct heads, 1);

    heads->session = session;
    heads->console.heads = heads;
    for (unsigned i = 0; i < HEADS_MAX_CONNECTORS; i++) {
        heads->connectors[i].heads = heads;
        heads->connectors[i].look = look_new();
        if (!heads->connectors[i].look)
            g_error("There is no memory to look at a picture.");
    }
    session_set_watched_hook(session, on_watched, heads);
    session_set_input(session, &heads_sink, heads);
    return heads;
}

void heads_free(struct heads *heads)
{
    if (!heads)
        return;
    session_set_watched_hook(heads->session, NULL, NULL);
    session_set_input(heads->session, NULL, NULL);
    g_clear_handle_id(&heads->look_timer, g_source_remove);
    for (unsigned i = 0; i < HEADS_MAX_CONNECTORS; i++)
        look_free(heads->connectors[i].look);
    g_free(heads);
}

struct head *heads_console(struct heads *heads)
{
    return &heads->console;
}

struct head *heads_connector(struct heads *heads, unsigned index)
{
    g_assert(index < HEADS_MAX_CONNECTORS);
    return &heads->connectors[index];
}

void heads_set_input(struct heads *heads, const struct input_sink *sink, void *data)
{
    heads->sink = sink;
    heads->sink_data = data;
}

void head_set_watched_hook(struct head *head, void (*watched)(void *data, bool watched), void *data)
{
    head->watched = watched;
    head->watched_data = data;
}
