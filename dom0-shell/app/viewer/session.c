/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What sessions of all protocols have: the picture in one surface, and how the guest's pointer
 * looks. The server may be a hostile guest's, so sizes are checked here, for all of them.
 */
#include "viewer/session.h"

#include <glib/gi18n.h>

typedef struct {
    cairo_surface_t *surface;
    guint64 serial;
    VitrineRect monitors[VITRINE_SESSION_MAX_MONITORS]; /* as they were told */
    guint n_monitors;
    guint n_contacts; /* fingers that the guest tells apart; 0: it has no touch screen */
    guint32 contacts; /* those that are down */
    GdkTexture *cursor;
    int hot_x, hot_y;
} VitrineSessionPrivate;

enum {
    RESIZED,
    DAMAGED,
    ARRANGED,
    CURSOR,
    CLOSED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE(VitrineSession, vitrine_session, G_TYPE_OBJECT)

static VitrineSessionPrivate *get_private(VitrineSession *self)
{
    return vitrine_session_get_instance_private(self);
}

static void vitrine_session_dispose(GObject *object)
{
    vitrine_session_close(VITRINE_SESSION(object));
    G_OBJECT_CLASS(vitrine_session_parent_class)->dispose(object);
}

static void vitrine_session_finalize(GObject *object)
{
    VitrineSessionPrivate *priv = get_private(VITRINE_SESSION(object));

    g_clear_pointer(&priv->surface, cairo_surface_destroy);
    g_clear_object(&priv->cursor);
    G_OBJECT_CLASS(vitrine_session_parent_class)->finalize(object);
}

static guint new_signal(VitrineSessionClass *klass, const char *name, guint n_args,
                        const GType *args)
{
    return g_signal_newv(name, G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, NULL, NULL, NULL, NULL,
                         G_TYPE_NONE, n_args, (GType *)args);
}

static void vitrine_session_class_init(VitrineSessionClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_session_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_session_finalize;

    /* There is a new surface, of another size maybe, with nothing on it yet. */
    signals[RESIZED] = new_signal(klass, "resized", 0, NULL);
    /* A VitrineRect of the surface has new pixels. */
    signals[DAMAGED] = new_signal(klass, "damaged", 1, (GType[]){G_TYPE_POINTER});
    /* The guest's monitors are others, or elsewhere on the surface. */
    signals[ARRANGED] = new_signal(klass, "arranged", 0, NULL);
    /* The guest's pointer looks otherwise. */
    signals[CURSOR] = new_signal(klass, "cursor", 0, NULL);
    /* The connection is gone; a sentence says why. */
    signals[CLOSED] = new_signal(klass, "closed", 1, (GType[]){G_TYPE_STRING});
}

static void vitrine_session_init(VitrineSession *self)
{
}

/* Ends the connection without a "closed". The surface stays until the last reference goes. */
void vitrine_session_close(VitrineSession *self)
{
    g_return_if_fail(VITRINE_IS_SESSION(self));
    VITRINE_SESSION_GET_CLASS(self)->close(self);
}

/* The guest's screen as an RGB24 image surface, still owned by @self; NULL before "resized". */
cairo_surface_t *vitrine_session_get_surface(VitrineSession *self)
{
    g_return_val_if_fail(VITRINE_IS_SESSION(self), NULL);
    return get_private(self)->surface;
}

/* Another number after each change of the pixels; 0 before the first. */
guint64 vitrine_session_get_serial(VitrineSession *self)
{
    g_return_val_if_fail(VITRINE_IS_SESSION(self), 0);
    return get_private(self)->serial;
}

/* How many monitors the surface consists of; 0: that is not known. */
guint vitrine_session_get_n_monitors(VitrineSession *self)
{
    g_return_val_if_fail(VITRINE_IS_SESSION(self), 0);
    return get_private(self)->n_monitors;
}

/* Where on the surface the monitor of that number, from 1, is. FALSE if it is not there: it is off,
 * or what was told of it is not true of the surface that there is now. */
gboolean vitrine_session_get_monitor(VitrineSession *self, guint number, VitrineRect *ret_rect)
{
    VitrineSessionPrivate *priv;
    const VitrineRect *rect;
    VitrineRect inside, all;

    g_return_val_if_fail(VITRINE_IS_SESSION(self), FALSE);

    priv = get_private(self);
    if (!priv->surface || number == 0 || number > priv->n_monitors)
        return FALSE;
    rect = &priv->monitors[number - 1];
    all = (VitrineRect){0, 0, cairo_image_surface_get_width(priv->surface),
                        cairo_image_surface_get_height(priv->surface)};
    inside = vitrine_rect_intersect(rect, &all);
    if (rect->width <= 0 || rect->height <= 0 || memcmp(&inside, rect, sizeof(inside)) != 0)
        return FALSE;
    *ret_rect = *rect;
    return TRUE;
}

/* How the guest's pointer looks, not referenced, and which of its pixels points; NULL: the guest
 * has none, or paints it itself. */
GdkTexture *vitrine_session_get_cursor(VitrineSession *self, int *hot_x, int *hot_y)
{
    g_return_val_if_fail(VITRINE_IS_SESSION(self), NULL);
    *hot_x = get_private(self)->hot_x;
    *hot_y = get_private(self)->hot_y;
    return get_private(self)->cursor;
}

/* Asks for what changes from now on: once for each picture painted. */
void vitrine_session_request_update(VitrineSession *self)
{
    g_return_if_fail(VITRINE_IS_SESSION(self));
    if (get_private(self)->surface)
        VITRINE_SESSION_GET_CLASS(self)->request_update(self);
}

/* @keysym as in X11; @xt_code from vitrine_keymap_to_xt(), which is used if it can be. */
void vitrine_session_send_key(VitrineSession *self, gboolean down, guint keysym, guint16 xt_code)
{
    g_return_if_fail(VITRINE_IS_SESSION(self));
    if (get_private(self)->surface)
        VITRINE_SESSION_GET_CLASS(self)->send_key(self, down, keysym, xt_code);
}

/* @buttons: which are down; @x and @y in pixels of the surface. */
void vitrine_session_send_pointer(VitrineSession *self, guint buttons, int x, int y)
{
    g_return_if_fail(VITRINE_IS_SESSION(self));
    if (get_private(self)->surface)
        VITRINE_SESSION_GET_CLASS(self)->send_pointer(self, buttons, x, y);
}

/* How many fingers the guest tells apart; 0: it has no touch screen, or the protocol none. */
guint vitrine_session_get_n_contacts(VitrineSession *self)
{
    g_return_val_if_fail(VITRINE_IS_SESSION(self), 0);
    return get_private(self)->n_contacts;
}

/*
 * A finger comes down at that pixel of the surface: what its contact is called until it goes up, by
 * whomever of those who show the guest. FALSE if the guest takes no more, or has no picture.
 */
gboolean vitrine_session_touch_down(VitrineSession *self, int x, int y, guint *ret_contact)
{
    VitrineSessionPrivate *priv;
    guint contact = 0;

    g_return_val_if_fail(VITRINE_IS_SESSION(self), FALSE);

    priv = get_private(self);
    while (contact < priv->n_contacts && priv->contacts >> contact & 1)
        contact++;
    if (!priv->surface || contact == priv->n_contacts)
        return FALSE;
    priv->contacts |= 1u << contact;
    *ret_contact = contact;
    VITRINE_SESSION_GET_CLASS(self)->send_touch(self, contact, VITRINE_TOUCH_DOWN, x, y);
    return TRUE;
}

void vitrine_session_touch_move(VitrineSession *self, guint contact, int x, int y)
{
    g_return_if_fail(VITRINE_IS_SESSION(self));
    VITRINE_SESSION_GET_CLASS(self)->send_touch(self, contact, VITRINE_TOUCH_MOTION, x, y);
}

void vitrine_session_touch_up(VitrineSession *self, guint contact)
{
    g_return_if_fail(VITRINE_IS_SESSION(self));
    get_private(self)->contacts &= ~(1u << contact);
    VITRINE_SESSION_GET_CLASS(self)->send_touch(self, contact, VITRINE_TOUCH_UP, 0, 0);
}

/* Whether a picture of that size can be shown; if not, a sentence in @ret_problem says so. */
gboolean vitrine_session_check_size(gint64 width, gint64 height, const char **ret_problem)
{
    if (width > 0 && height > 0 && width <= VITRINE_SESSION_MAX_SIDE &&
        height <= VITRINE_SESSION_MAX_SIDE)
        return TRUE;
    *ret_problem = _("The guest’s display has a size that can’t be shown.");
    return FALSE;
}

/* The picture is @surface from now on, an RGB24 image that is @self's, in place of the one before.
 * vitrine_session_tell_resized() is to follow. */
void vitrine_session_take_surface(VitrineSession *self, cairo_surface_t *surface)
{
    VitrineSessionPrivate *priv = get_private(self);

    g_clear_pointer(&priv->surface, cairo_surface_destroy);
    priv->surface = surface;
}

/*
 * The server's picture has this size from now on: makes a black surface of it, owned by @self,
 * which replaces the one before. vitrine_session_tell_resized() is to follow. NULL, and a sentence
 * in @ret_problem, if that can't be; the one before stays.
 */
cairo_surface_t *vitrine_session_make_surface(VitrineSession *self, int width, int height,
                                              const char **ret_problem)
{
    cairo_surface_t *surface;

    if (!vitrine_session_check_size(width, height, ret_problem))
        return NULL;
    surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    if (cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(surface);
        *ret_problem = _("There is not enough memory for the guest’s display.");
        return NULL;
    }
    vitrine_session_take_surface(self, surface);
    return surface;
}

/* Says so, once the new surface can be drawn on. */
void vitrine_session_tell_resized(VitrineSession *self)
{
    g_signal_emit(self, signals[RESIZED], 0);
}

/* Never the same one twice, in no session. */
static guint64 next_serial(void)
{
    static guint64 serial;

    return ++serial;
}

/* The pixels of @rect, which may be anything, were drawn on the surface, if there is one. */
void vitrine_session_damage(VitrineSession *self, const VitrineRect *rect)
{
    VitrineSessionPrivate *priv = get_private(self);

    if (!priv->surface)
        return;
    cairo_surface_mark_dirty(priv->surface);
    priv->serial = next_serial();
    g_signal_emit(self, signals[DAMAGED], 0, rect);
}

/* The surface consists of these monitors, which may be anything, from now on; those beyond
 * VITRINE_SESSION_MAX_MONITORS are left out. */
void vitrine_session_set_monitors(VitrineSession *self, const VitrineRect *monitors,
                                  guint n_monitors)
{
    VitrineSessionPrivate *priv = get_private(self);

    priv->n_monitors = MIN(n_monitors, VITRINE_SESSION_MAX_MONITORS);
    for (guint i = 0; i < priv->n_monitors; i++)
        priv->monitors[i] = monitors[i];
    g_signal_emit(self, signals[ARRANGED], 0);
}

/* The guest tells @n_contacts fingers apart from now on, VITRINE_SESSION_MAX_CONTACTS - 1 at most.
 * Those that are down stay so for who put them there. */
void vitrine_session_set_n_contacts(VitrineSession *self, guint n_contacts)
{
    get_private(self)->n_contacts = MIN(n_contacts, VITRINE_SESSION_MAX_CONTACTS - 1);
}

/* The guest's pointer looks like @texture from now on; NULL: none is to be seen. */
void vitrine_session_set_cursor(VitrineSession *self, GdkTexture *texture, int hot_x, int hot_y)
{
    VitrineSessionPrivate *priv = get_private(self);

    g_set_object(&priv->cursor, texture);
    priv->hot_x = texture ? CLAMP(hot_x, 0, gdk_texture_get_width(texture) - 1) : 0;
    priv->hot_y = texture ? CLAMP(hot_y, 0, gdk_texture_get_height(texture) - 1) : 0;
    g_signal_emit(self, signals[CURSOR], 0);
}

/* The connection is gone, because of @problem, a sentence. */
void vitrine_session_end(VitrineSession *self, const char *problem)
{
    g_signal_emit(self, signals[CLOSED], 0, problem);
}
