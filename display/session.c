/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One guest's desktop, whatever the protocol: picture, damage, viewers, input. */
#include "session.h"

#include <string.h>

#include <linux/input-event-codes.h>

#include <glib.h>

#include "damage.h"

/* Frames are not sent closer together than this: the guest's own refresh is 50 ms. */
#define FRAME_INTERVAL_MS 16

#define KEY_WORDS ((KEY_CNT + 63) / 64)

/* One front end, and what it has not been told yet. */
struct session_link {
    struct session *session;
    const struct session_front *ops;
    void *data;
    unsigned viewers;
    struct damage damage; /* of the surface; empty while nobody looks on through it */
    bool due;             /* a frame: it was not ready for one */
};

/* A finger on the guest's touch screen: whose it is. */
struct session_contact {
    const struct session_viewer *viewer; /* NULL: none */
    unsigned finger;                     /* of that viewer's */
};

struct session {
    struct surface *surface;
    struct session_part parts[SESSION_MAX_PARTS];
    unsigned part_count;
    /*
     * What the guest tells of and nobody has looked at. While there is some, the timer runs, or
     * every link that somebody looks on through is due.
     */
    struct damage told;
    guint frame_timer;

    struct session_link links[SESSION_MAX_FRONTS];
    unsigned link_count;

    const struct input_sink *sink;
    void *sink_data;
    unsigned contact_count; /* that the guest takes */
    struct session_contact contacts[INPUT_MAX_CONTACTS];
    void (*watched)(void *data, bool watched);
    void *watched_data;

    GPtrArray *viewers;
};

struct session_viewer {
    struct session *session;
    struct session_link *link;
    guint64 held[KEY_WORDS];
};

static bool is_watched(const struct session *session)
{
    return session->viewers->len > 0;
}

struct session *session_new(unsigned width, unsigned height)
{
    struct session *session = g_new0(struct session, 1);

    session->surface = surface_new(width, height);
    if (!session->surface)
        g_error("There is no memory for a picture of %u x %u pixels.", width, height);
    session->viewers = g_ptr_array_new();
    return session;
}

void session_free(struct session *session)
{
    if (!session)
        return;
    g_assert(!is_watched(session));
    g_clear_handle_id(&session->frame_timer, g_source_remove);
    g_ptr_array_unref(session->viewers);
    surface_free(session->surface);
    g_free(session);
}

struct session_link *session_add_front(struct session *session, const struct session_front *front,
                                       void *data)
{
    struct session_link *link = &session->links[session->link_count];

    g_assert(session->link_count < SESSION_MAX_FRONTS);
    *link = (struct session_link){.session = session, .ops = front, .data = data};
    session->link_count++;
    return link;
}

static void ignore_resized(void *data, const struct surface *surface)
{
}

void session_remove_front(struct session_link *link)
{
    static const struct session_front nobody = {.resized = ignore_resized};

    if (!link)
        return;
    /* Nothing else is told without viewers. */
    g_assert(link->viewers == 0);
    link->ops = &nobody;
}

void session_set_input(struct session *session, const struct input_sink *sink, void *data)
{
    session->sink = sink;
    session->sink_data = data;
}

void session_set_watched_hook(struct session *session, void (*watched)(void *data, bool watched),
                              void *data)
{
    session->watched = watched;
    session->watched_data = data;
}

const struct surface *session_surface(const struct session *session)
{
    return session->surface;
}

/* --- the picture --- */

static struct rect place_of(const struct session_part *part)
{
    return (struct rect){part->x, part->y, (int)part->source.width, (int)part->source.height};
}

/* Of every front end that somebody looks on through. */
static void add_damage(struct session *session, const struct rect *rect)
{
    for (unsigned i = 0; i < session->link_count; i++)
        if (session->links[i].viewers > 0)
            damage_add(&session->links[i].damage, rect);
}

/* Copies what is new of @part in @rect of the picture. */
static void look_at_part(struct session *session, const struct session_part *part,
                         const struct rect *rect)
{
    struct rect own = {rect->x - part->x, rect->y - part->y, rect->width, rect->height};
    /* Linux tells of whole lines where a program draws into mapped memory. */
    struct rect new = surface_update(session->surface, part->x, part->y, &part->source, &own);

    add_damage(session, &new);
}

/* Brings the surface up to what the guest has told of. */
static void look(struct session *session)
{
    for (unsigned i = 0; i < session->told.count; i++)
        for (unsigned j = 0; j < session->part_count; j++)
            look_at_part(session, &session->parts[j], &session->told.rects[i]);
    damage_clear(&session->told);
}

static bool is_ready(const struct session_link *link)
{
    return !link->ops->ready || link->ops->ready(link->data);
}

static void tell(struct session_link *link)
{
    look(link->session);
    for (unsigned i = 0; i < link->damage.count; i++)
        link->ops->damaged(link->data, &link->damage.rects[i]);
    damage_clear(&link->damage);
}

static void send_frame(struct session_link *link)
{
    link->due = link->viewers > 0;
    if (!link->due || !is_ready(link))
        return;
    link->due = false;
    tell(link);
    link->ops->frame(link->data);
}

static gboolean on_frame_timer(gpointer data)
{
    struct session *session = data;

    session->frame_timer = 0;
    for (unsigned i = 0; i < session->link_count; i++)
        send_frame(&session->links[i]);
    return G_SOURCE_REMOVE;
}

static void schedule_frame(struct session *session)
{
    if (!session->frame_timer)
        session->frame_timer = g_timeout_add(FRAME_INTERVAL_MS, on_frame_timer, session);
}

void session_link_ready(struct session_link *link)
{
    if (link->due)
        send_frame(link);
}

void session_link_ask(struct session_link *link)
{
    send_frame(link);
}

/* Everybody who looks on is to say when he is ready: until then there is nothing to do. */
static bool all_are_due(const struct session *session)
{
    for (unsigned i = 0; i < session->link_count; i++)
        if (session->links[i].viewers > 0 && !session->links[i].due)
            return false;
    return true;
}

void session_damage(struct session *session, const struct rect *rect)
{
    if (session->part_count == 0 || !is_watched(session) || rect_is_empty(rect))
        return;
    damage_add(&session->told, rect);
    if (!all_are_due(session))
        schedule_frame(session);
}

static struct rect whole(const struct session *session)
{
    return (struct rect){0, 0, (int)session->surface->width, (int)session->surface->height};
}

static void resize(struct session *session, unsigned width, unsigned height)
{
    struct surface *old = session->surface;
    struct surface *surface = surface_new(width, height);

    if (!surface) {
        g_warning("There is no memory for a picture of %u x %u pixels; the old one stays.", width,
                  height);
        return;
    }
    session->surface = surface;
    for (unsigned i = 0; i < session->link_count; i++) {
        damage_clear(&session->links[i].damage);
        session->links[i].ops->resized(session->links[i].data, surface);
    }
    surface_free(old);
}

void session_damage_all(struct session *session)
{
    struct rect all = whole(session);

    session_damage(session, &all);
}

static bool lie_as_before(const struct session *session, const struct session_part *parts,
                          unsigned count)
{
    if (count != session->part_count)
        return false;
    for (unsigned i = 0; i < count; i++) {
        struct rect old = place_of(&session->parts[i]), new = place_of(&parts[i]);

        if (!rect_contains(&old, &new) || !rect_contains(&new, &old))
            return false;
    }
    return true;
}

static void tell_arrangement(struct session *session)
{
    struct rect places[SESSION_MAX_PARTS];

    for (unsigned i = 0; i < session->part_count; i++)
        places[i] = place_of(&session->parts[i]);
    for (unsigned i = 0; i < session->link_count; i++)
        if (session->links[i].ops->arranged)
            session->links[i].ops->arranged(session->links[i].data, places, session->part_count);
}

/* The picture becomes as large as its parts need. */
static void arrange(struct session *session)
{
    unsigned width = 0, height = 0;

    for (unsigned i = 0; i < session->part_count; i++) {
        const struct session_part *part = &session->parts[i];

        width = MAX(width, (unsigned)part->x + part->source.width);
        height = MAX(height, (unsigned)part->y + part->source.height);
    }
    if (width != session->surface->width || height != session->surface->height)
        resize(session, width, height);
    tell_arrangement(session);
}

void session_set_parts(struct session *session, const struct session_part *parts, unsigned count)
{
    bool same = lie_as_before(session, parts, count);

    g_assert(count <= SESSION_MAX_PARTS);
    for (unsigned i = 0; i < count; i++)
        session->parts[i] = parts[i];
    session->part_count = count;
    if (same)
        return;
    damage_clear(&session->told);
    if (count == 0)
        return;
    arrange(session);
    session_damage_all(session);
}

void session_set_source(struct session *session, const struct pixel_source *source)
{
    struct session_part part = {0};

    if (source)
        part.source = *source;
    session_set_parts(session, &part, source ? 1 : 0);
    session_damage_all(session);
}

void session_set_contacts(struct session *session, unsigned contacts)
{
    g_assert(contacts <= INPUT_MAX_CONTACTS);
    memset(session->contacts, 0, sizeof(session->contacts));
    session->contact_count = contacts;
    for (unsigned i = 0; i < session->link_count; i++)
        if (session->links[i].ops->touch)
            session->links[i].ops->touch(session->links[i].data, contacts);
}

/* --- viewers and what they type --- */

/*
 * The first viewer of a front end: nothing was told to it while nobody looked on. The surface has
 * to be what the guest shows before the viewer asks for it: what was there when somebody looked on
 * last would be sent first, and the picture a second time.
 */
static void wake(struct session_link *link)
{
    struct rect all = whole(link->session);

    damage_add(&link->damage, &all);
    if (is_ready(link))
        tell(link);
    schedule_frame(link->session);
}

struct session_viewer *session_viewer_new(struct session_link *link)
{
    struct session_viewer *viewer = g_new0(struct session_viewer, 1);
    struct session *session = link->session;

    viewer->session = session;
    viewer->link = link;
    g_ptr_array_add(session->viewers, viewer);
    link->viewers++;
    if (session->viewers->len == 1) {
        session_damage_all(session);
        if (session->watched)
            session->watched(session->watched_data, true);
    }
    if (link->viewers == 1)
        wake(link);
    return viewer;
}

static bool is_held(const struct session_viewer *viewer, unsigned code)
{
    return viewer->held[code / 64] >> (code % 64) & 1;
}

static bool held_by_anyone(const struct session *session, unsigned code)
{
    for (guint i = 0; i < session->viewers->len; i++)
        if (is_held(g_ptr_array_index(session->viewers, i), code))
            return true;
    return false;
}

void session_viewer_key(struct session_viewer *viewer, unsigned code, bool down)
{
    struct session *session = viewer->session;
    guint64 bit = G_GUINT64_CONSTANT(1) << (code % 64);

    if (code == KEY_RESERVED || code >= KEY_CNT || (!down && !is_held(viewer, code)))
        return;
    if (down)
        viewer->held[code / 64] |= bit;
    else
        viewer->held[code / 64] &= ~bit;
    /* A key that two people hold is up when the second lets go. */
    if (session->sink && (down || !held_by_anyone(session, code)))
        session->sink->key(session->sink_data, code, down);
}

/* *@x and *@y become the nearest point that is on the picture. */
static void move_inside(const struct surface *surface, int *x, int *y)
{
    *x = CLAMP(*x, 0, (int)surface->width - 1);
    *y = CLAMP(*y, 0, (int)surface->height - 1);
}

void session_viewer_position(struct session_viewer *viewer, int x, int y)
{
    struct session *session = viewer->session;
    const struct surface *surface = session->surface;

    move_inside(surface, &x, &y);
    if (session->sink)
        session->sink->position(session->sink_data, (unsigned)x, (unsigned)y, surface->width,
                                surface->height);
}

/* The place of that finger, or, with no viewer, the first free one; NULL if there is none. */
static struct session_contact *find_contact(struct session *session,
                                            const struct session_viewer *viewer, unsigned finger)
{
    for (unsigned i = 0; i < session->contact_count; i++) {
        struct session_contact *contact = &session->contacts[i];

        if (contact->viewer == viewer && (!viewer || contact->finger == finger))
            return contact;
    }
    return NULL;
}

/* The place of a finger that comes down: its own, which is none that is down already. */
static struct session_contact *put_down(struct session_viewer *viewer, unsigned finger)
{
    struct session_contact *contact = find_contact(viewer->session, viewer, finger)
                                          ? NULL
                                          : find_contact(viewer->session, NULL, 0);

    if (contact)
        *contact = (struct session_contact){.viewer = viewer, .finger = finger};
    return contact;
}

static void touch(struct session *session, struct session_contact *contact, enum touch_phase phase,
                  int x, int y)
{
    const struct surface *surface = session->surface;

    move_inside(surface, &x, &y);
    if (phase == TOUCH_UP)
        contact->viewer = NULL;
    if (session->sink)
        session->sink->touch(session->sink_data, (unsigned)(contact - session->contacts), phase,
                             (unsigned)x, (unsigned)y, surface->width, surface->height);
}

void session_viewer_touch(struct session_viewer *viewer, unsigned finger, enum touch_phase phase,
                          int x, int y)
{
    struct session_contact *contact = phase == TOUCH_DOWN
                                          ? put_down(viewer, finger)
                                          : find_contact(viewer->session, viewer, finger);

    if (contact)
        touch(viewer->session, contact, phase, x, y);
}

static void lift_all(struct session_viewer *viewer)
{
    struct session *session = viewer->session;

    for (unsigned i = 0; i < session->contact_count; i++)
        if (session->contacts[i].viewer == viewer)
            touch(session, &session->contacts[i], TOUCH_UP, 0, 0);
}

void session_viewer_wheel(struct session_viewer *viewer, int steps)
{
    struct session *session = viewer->session;

    if (session->sink && steps)
        session->sink->wheel(session->sink_data, steps);
}

void session_viewer_free(struct session_viewer *viewer)
{
    struct session *session = viewer->session;

    for (unsigned code = 1; code < KEY_CNT; code++)
        session_viewer_key(viewer, code, false);
    lift_all(viewer);
    if (--viewer->link->viewers == 0) {
        damage_clear(&viewer->link->damage);
        viewer->link->due = false;
    }
    g_ptr_array_remove_fast(session->viewers, viewer);
    g_free(viewer);
    if (is_watched(session))
        return;
    damage_clear(&session->told);
    g_clear_handle_id(&session->frame_timer, g_source_remove);
    if (session->watched)
        session->watched(session->watched_data, false);
}
