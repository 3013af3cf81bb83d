/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps small pictures of the screens of the guests that run. One guest is looked at after the
 * other: through the widget that shows it already if there is one, else by a glimpse. How often is
 * in thumbnail-pace.c. Nothing happens while it is not active, or no guest has a screen.
 */
#include "viewer/thumbnailer.h"

#include "viewer/glimpse.h"
#include "viewer/shrink.h"
#include "viewer/thumbnail-pace.h"

#define MAX_WIDTH  128
#define MAX_HEIGHT 80
/* Time for whatever has brought us here to find its end. */
#define DELAY_MS 250

/* What is known of one guest; lives as long as the guest. */
typedef struct {
    VitrineThumbnailPace pace;
    GBytes *pixels;
    guint64 serial; /* of the display that they came from; 0: of none */
    guint without;  /* the set of protocols by which there is nothing to be seen */
} Look;

struct _VitrineThumbnailer {
    GObject parent_instance;

    GListModel *guests;
    GPtrArray *displays; /* not referenced */
    gboolean active;
    guint timer;

    /* the guest that is being looked at */
    VitrineGuest *guest;
    VitrineGlimpse *glimpse;
    VitrineShrink *shrink;
    guint worker;
    guint64 serial;
};

G_DEFINE_FINAL_TYPE(VitrineThumbnailer, vitrine_thumbnailer, G_TYPE_OBJECT)

static void plan(VitrineThumbnailer *self);

static void look_free(gpointer data)
{
    Look *look = data;

    g_clear_pointer(&look->pixels, g_bytes_unref);
    g_free(look);
}

static Look *get_look(VitrineGuest *guest)
{
    Look *look = g_object_get_data(G_OBJECT(guest), "vitrine-look");

    if (!look) {
        look = g_new0(Look, 1);
        g_object_set_data_full(G_OBJECT(guest), "vitrine-look", look, look_free);
    }
    return look;
}

static void forget(VitrineThumbnailer *self)
{
    g_clear_handle_id(&self->worker, g_source_remove);
    g_clear_pointer(&self->shrink, vitrine_shrink_free);
    if (self->glimpse) {
        g_signal_handlers_disconnect_by_data(self->glimpse, self);
        vitrine_glimpse_close(self->glimpse);
        g_clear_object(&self->glimpse);
    }
    g_clear_object(&self->guest);
}

static void end(VitrineThumbnailer *self, VitrineThumbnailOutcome outcome)
{
    vitrine_thumbnail_pace_note(&get_look(self->guest)->pace, g_get_monotonic_time(), outcome);
    forget(self);
    plan(self);
}

/* The picture is small now: keep it if it is another one. A guest may have stopped meanwhile. */
static void keep(VitrineThumbnailer *self)
{
    g_autoptr(GBytes) pixels = vitrine_shrink_dup_pixels(self->shrink);
    g_autoptr(GdkTexture) texture = vitrine_shrink_make_texture(self->shrink, pixels);
    Look *look = get_look(self->guest);
    gboolean is_same = look->pixels && g_bytes_equal(look->pixels, pixels);

    look->serial = self->serial;
    if (!is_same || !vitrine_guest_get_thumbnail(self->guest)) {
        g_clear_pointer(&look->pixels, g_bytes_unref);
        look->pixels = g_bytes_ref(pixels);
        vitrine_guest_set_thumbnail(self->guest, GDK_PAINTABLE(texture));
    }
    end(self, is_same && !self->serial ? VITRINE_THUMBNAIL_UNCHANGED : VITRINE_THUMBNAIL_CHANGED);
}

static gboolean work(gpointer data)
{
    VitrineThumbnailer *self = VITRINE_THUMBNAILER(data);

    if (!vitrine_shrink_step(self->shrink))
        return G_SOURCE_CONTINUE;
    self->worker = 0;
    keep(self);
    return G_SOURCE_REMOVE;
}

/* Begins to shrink @surface, when there is nothing else to do. */
static void shrink(VitrineThumbnailer *self, cairo_surface_t *surface)
{
    self->shrink = vitrine_shrink_new(surface, MAX_WIDTH, MAX_HEIGHT);
    self->worker = g_idle_add_full(G_PRIORITY_LOW, work, self, NULL);
}

static void on_glimpsed(VitrineGlimpse *glimpse, VitrineThumbnailer *self)
{
    cairo_surface_t *surface = vitrine_glimpse_get_surface(glimpse);

    /* When nothing is to be seen at all, what comes next may be another server. */
    get_look(self->guest)->without = surface ? vitrine_glimpse_get_without(glimpse) : 0;
    if (surface)
        shrink(self, surface);
    else
        end(self, VITRINE_THUMBNAIL_FAILED);
}

static VitrineDisplay *find_display(VitrineThumbnailer *self, VitrineGuest *guest)
{
    for (guint i = 0; i < self->displays->len; i++) {
        if (vitrine_display_get_guest(self->displays->pdata[i]) == guest)
            return self->displays->pdata[i];
    }
    return NULL;
}

/* A display that shows the guest has its pixels, and knows whether they are others than before. */
static void look_at_display(VitrineThumbnailer *self, VitrineDisplay *display)
{
    cairo_surface_t *surface = vitrine_display_get_surface(display);
    Look *look = get_look(self->guest);

    self->serial = vitrine_display_get_serial(display);
    if (!surface)
        end(self, VITRINE_THUMBNAIL_CHANGED); /* it is being opened: soon again */
    else if (self->serial == look->serial && vitrine_guest_get_thumbnail(self->guest))
        end(self, VITRINE_THUMBNAIL_CHANGED); /* to ask costs nothing: soon again */
    else
        shrink(self, surface);
}

static void look_at(VitrineThumbnailer *self, VitrineGuest *guest)
{
    VitrineDisplay *display = find_display(self, guest);

    self->guest = g_object_ref(guest);
    if (display) {
        look_at_display(self, display);
        return;
    }
    self->serial = 0;
    self->glimpse = vitrine_glimpse_new(guest, get_look(guest)->without);
    g_signal_connect(self->glimpse, "done", G_CALLBACK(on_glimpsed), self);
}

/* A paused guest's screen stands still, so what there was of it will do. */
static gboolean has_screen(VitrineGuest *guest)
{
    return vitrine_guest_get_has_display(guest) &&
           vitrine_guest_get_state(guest) == VITRINE_GUEST_STATE_RUNNING;
}

/* The guest whose turn comes first, to be unreferenced; NULL if none has a screen. */
static VitrineGuest *find_next(VitrineThumbnailer *self)
{
    g_autoptr(VitrineGuest) next = NULL;

    for (guint i = 0; i < g_list_model_get_n_items(self->guests); i++) {
        g_autoptr(VitrineGuest) guest = g_list_model_get_item(self->guests, i);

        if (has_screen(guest) && (!next || get_look(guest)->pace.due < get_look(next)->pace.due))
            g_set_object(&next, guest);
    }
    return g_steal_pointer(&next);
}

static gboolean on_timer(gpointer data)
{
    VitrineThumbnailer *self = VITRINE_THUMBNAILER(data);
    g_autoptr(VitrineGuest) guest = find_next(self);

    self->timer = 0;
    if (guest && get_look(guest)->pace.due <= g_get_monotonic_time())
        look_at(self, guest);
    else
        plan(self);
    return G_SOURCE_REMOVE;
}

/* Sets the clock for the next look, if there is one to come and none is under way. */
static void plan(VitrineThumbnailer *self)
{
    g_autoptr(VitrineGuest) next = self->active ? find_next(self) : NULL;
    gint64 wait;

    g_clear_handle_id(&self->timer, g_source_remove);
    if (!next || self->guest)
        return;
    wait = (get_look(next)->pace.due - g_get_monotonic_time()) / 1000 + 1;
    self->timer = g_timeout_add(CLAMP(wait, DELAY_MS, G_MAXINT), on_timer, self);
}

/* A guest that has got a screen, or lost it, begins anew. */
static void on_screen(VitrineGuest *guest, GParamSpec *pspec, VitrineThumbnailer *self)
{
    Look *look = get_look(guest);

    look->pace = (VitrineThumbnailPace){0};
    look->without = 0;
    if (self->guest == guest && !has_screen(guest))
        forget(self);
    plan(self);
}

static void on_guests_changed(GListModel *guests, guint position, guint n_removed, guint n_added,
                              VitrineThumbnailer *self)
{
    for (guint i = position; i < position + n_added; i++) {
        g_autoptr(VitrineGuest) guest = g_list_model_get_item(guests, i);

        g_signal_connect_object(guest, "notify::has-display", G_CALLBACK(on_screen), self, 0);
        g_signal_connect_object(guest, "notify::state", G_CALLBACK(on_screen), self, 0);
    }
    plan(self);
}

static void on_display_gone(gpointer data, GObject *display)
{
    g_ptr_array_remove(VITRINE_THUMBNAILER(data)->displays, display);
}

static void vitrine_thumbnailer_dispose(GObject *object)
{
    VitrineThumbnailer *self = VITRINE_THUMBNAILER(object);

    vitrine_thumbnailer_set_active(self, FALSE);
    while (self->displays->len) {
        g_object_weak_unref(self->displays->pdata[0], on_display_gone, self);
        g_ptr_array_remove_index(self->displays, 0);
    }
    G_OBJECT_CLASS(vitrine_thumbnailer_parent_class)->dispose(object);
}

static void vitrine_thumbnailer_finalize(GObject *object)
{
    VitrineThumbnailer *self = VITRINE_THUMBNAILER(object);

    g_clear_object(&self->guests);
    g_ptr_array_unref(self->displays);
    G_OBJECT_CLASS(vitrine_thumbnailer_parent_class)->finalize(object);
}

static void vitrine_thumbnailer_class_init(VitrineThumbnailerClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_thumbnailer_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_thumbnailer_finalize;
}

static void vitrine_thumbnailer_init(VitrineThumbnailer *self)
{
    self->displays = g_ptr_array_new();
}

/* For @guests, a list of VitrineGuest, which is kept. Not active yet. */
VitrineThumbnailer *vitrine_thumbnailer_new(GListModel *guests)
{
    VitrineThumbnailer *self = g_object_new(VITRINE_TYPE_THUMBNAILER, NULL);

    self->guests = g_object_ref(guests);
    g_signal_connect_object(guests, "items-changed", G_CALLBACK(on_guests_changed), self, 0);
    on_guests_changed(guests, 0, 0, g_list_model_get_n_items(guests), self);
    return self;
}

/* Whether somebody could see the pictures now. */
void vitrine_thumbnailer_set_active(VitrineThumbnailer *self, gboolean active)
{
    g_return_if_fail(VITRINE_IS_THUMBNAILER(self));

    if (self->active == active)
        return;
    self->active = active;
    if (!active)
        forget(self);
    plan(self);
}

/* @display has a guest's pixels already while it shows one. */
void vitrine_thumbnailer_add_display(VitrineThumbnailer *self, VitrineDisplay *display)
{
    g_return_if_fail(VITRINE_IS_THUMBNAILER(self));
    g_ptr_array_add(self->displays, display);
    g_object_weak_ref(G_OBJECT(display), on_display_gone, self);
}
