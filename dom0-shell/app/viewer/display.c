/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The widget that shows a guest's screen: a link that keeps a session, a viewport that places the
 * picture, tiles that hold it. Sizes are in device pixels throughout, so that a guest's pixel is
 * one of the screen's also where the desktop is scaled.
 */
#include "viewer/display-private.h"

#include "viewer/part.h"

#include <glib/gi18n.h>

#define SMALLEST 64

enum {
    PROP_0,
    PROP_GUEST,
    PROP_CAPTURED,
    PROP_CONNECTED,
    PROP_MONITOR,
    PROP_N_MONITORS,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE(VitrineDisplay, vitrine_display, GTK_TYPE_WIDGET)

static cairo_surface_t *get_surface(VitrineDisplay *self)
{
    return self->session ? vitrine_session_get_surface(self->session) : NULL;
}

/* Finds the part of the surface that is to be shown. FALSE: there is none. */
static gboolean find_area(VitrineDisplay *self, cairo_surface_t *surface)
{
    self->area = (VitrineRect){0, 0, cairo_image_surface_get_width(surface),
                               cairo_image_surface_get_height(surface)};
    return self->monitor == 0 || vitrine_session_get_n_monitors(self->session) == 0 ||
           vitrine_session_get_monitor(self->session, self->monitor, &self->area);
}

static void update_view(VitrineDisplay *self)
{
    cairo_surface_t *surface = get_surface(self);

    g_clear_pointer(&self->view, cairo_surface_destroy);
    if (surface && find_area(self, surface))
        self->view = vitrine_part_new(surface, &self->area);
}

/* Places the picture for the sizes of now. */
static void update_viewport(VitrineDisplay *self)
{
    GtkWidget *widget = GTK_WIDGET(self);
    GtkNative *native = gtk_widget_get_native(widget);
    int scale = gtk_widget_get_scale_factor(widget);

    self->viewport = vitrine_viewport_zoom(
        self->view ? self->area.width : 0, self->view ? self->area.height : 0,
        gtk_widget_get_width(widget) * scale, gtk_widget_get_height(widget) * scale, self->zoom);
    vitrine_tiles_set_viewport(self->tiles, &self->viewport,
                               native ? gtk_native_get_renderer(native) : NULL);
    gtk_widget_queue_draw(widget);
}

/* Shows what there is to be shown now, from its first pixel. */
static void renew(VitrineDisplay *self)
{
    update_view(self);
    update_viewport(self);
    if (self->zoom)
        gtk_widget_queue_resize(GTK_WIDGET(self));
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_CONNECTED]);
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_N_MONITORS]);
}

static void on_resized(VitrineSession *session, VitrineDisplay *self)
{
    self->update_due = FALSE;
    renew(self);
}

static void on_arranged(VitrineSession *session, VitrineDisplay *self)
{
    renew(self);
}

static void on_damaged(VitrineSession *session, const VitrineRect *rect, VitrineDisplay *self)
{
    VitrineRect mine = vitrine_rect_intersect(rect, &self->area);

    self->update_due = TRUE;
    if (self->view)
        cairo_surface_mark_dirty(self->view);
    mine.x -= self->area.x;
    mine.y -= self->area.y;
    vitrine_tiles_damage(self->tiles, &mine);
    gtk_widget_queue_draw(GTK_WIDGET(self));
}

/* A dot, for guests that paint a pointer of their own or have none: one must see where it is. */
static GdkCursor *make_dot_cursor(void)
{
    static const char dot[] = "....."
                              ".###."
                              ".###."
                              ".###."
                              ".....";
    guint32 pixels[25];
    g_autoptr(GBytes) bytes = NULL;
    g_autoptr(GdkTexture) texture = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(pixels); i++)
        pixels[i] = dot[i] == '#' ? 0xff202020 : 0xc0c0c0c0;
    bytes = g_bytes_new(pixels, sizeof(pixels));
    texture = gdk_memory_texture_new(5, 5, GDK_MEMORY_DEFAULT, bytes, 5 * sizeof(*pixels));
    return gdk_cursor_new_from_texture(texture, 2, 2, NULL);
}

/* The guest's pointer where it has one of its own. */
static void update_cursor(VitrineDisplay *self)
{
    int hot_x = 0, hot_y = 0;
    GdkTexture *texture =
        self->session ? vitrine_session_get_cursor(self->session, &hot_x, &hot_y) : NULL;
    g_autoptr(GdkCursor) cursor =
        texture ? gdk_cursor_new_from_texture(texture, hot_x, hot_y, NULL) : make_dot_cursor();

    gtk_widget_set_cursor(GTK_WIDGET(self), cursor);
}

static void set_session(VitrineDisplay *self, VitrineSession *session)
{
    if (self->session == session)
        return;
    if (self->session) {
        vitrine_display_input_release(self);
        g_signal_handlers_disconnect_by_data(self->session, self);
        g_clear_object(&self->session);
    }
    if (session) {
        self->session = g_object_ref(session);
        g_signal_connect(session, "resized", G_CALLBACK(on_resized), self);
        g_signal_connect(session, "damaged", G_CALLBACK(on_damaged), self);
        g_signal_connect(session, "arranged", G_CALLBACK(on_arranged), self);
        g_signal_connect_swapped(session, "cursor", G_CALLBACK(update_cursor), self);
        update_cursor(self);
        vitrine_display_input_reset(self);
    }
    /* Who showed it before may have left without asking for more. */
    self->update_due = get_surface(self) != NULL;
    renew(self);
}

static void on_link_changed(VitrineDisplayLink *link, VitrineDisplay *self)
{
    set_session(self, vitrine_display_link_get_session(link));
    /* Also when there is none as before, but for another reason. */
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_CONNECTED]);
}

static void vitrine_display_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    VitrineDisplay *self = VITRINE_DISPLAY(widget);
    float scale = 1.0f / gtk_widget_get_scale_factor(widget);

    if (!self->view)
        return;
    gtk_snapshot_save(snapshot);
    if (scale < 1)
        gtk_snapshot_scale(snapshot, scale, scale);
    vitrine_tiles_snapshot(self->tiles, snapshot, self->view);
    gtk_snapshot_restore(snapshot);

    /* Not sooner: a guest that draws faster than this machine paints must not flood it. */
    if (self->update_due) {
        self->update_due = FALSE;
        vitrine_session_request_update(self->session);
    }
}

static void vitrine_display_size_allocate(GtkWidget *widget, int width, int height, int baseline)
{
    update_viewport(VITRINE_DISPLAY(widget));
}

static void vitrine_display_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                    int *minimum, int *natural, int *minimum_baseline,
                                    int *natural_baseline)
{
    VitrineDisplay *self = VITRINE_DISPLAY(widget);
    gboolean is_width = orientation == GTK_ORIENTATION_HORIZONTAL;
    int scale = gtk_widget_get_scale_factor(widget);
    int guest = is_width ? self->viewport.guest_width : self->viewport.guest_height;
    /* All that it is zoomed to; or, if that is too much, what the smallest view has room for. */
    VitrineViewport wanted = vitrine_viewport_zoom(
        self->viewport.guest_width, self->viewport.guest_height, SMALLEST, SMALLEST, self->zoom);
    int place = is_width ? wanted.place.width : wanted.place.height;

    *minimum = MAX(self->zoom ? (place + scale - 1) / scale : 0, SMALLEST);
    *natural = MAX(guest / scale, *minimum);
    *minimum_baseline = *natural_baseline = -1;
}

static void vitrine_display_realize(GtkWidget *widget)
{
    GTK_WIDGET_CLASS(vitrine_display_parent_class)->realize(widget);
    vitrine_display_input_realize(VITRINE_DISPLAY(widget));
}

static void vitrine_display_unrealize(GtkWidget *widget)
{
    vitrine_display_input_unrealize(VITRINE_DISPLAY(widget));
    GTK_WIDGET_CLASS(vitrine_display_parent_class)->unrealize(widget);
}

/* A screen that is out of sight must not go on swallowing what is typed. */
static void vitrine_display_unmap(GtkWidget *widget)
{
    if (gtk_widget_is_focus(widget))
        gtk_root_set_focus(gtk_widget_get_root(widget), NULL);
    GTK_WIDGET_CLASS(vitrine_display_parent_class)->unmap(widget);
}

static void vitrine_display_get_property(GObject *object, guint id, GValue *value,
                                         GParamSpec *pspec)
{
    VitrineDisplay *self = VITRINE_DISPLAY(object);

    switch (id) {
    case PROP_CAPTURED:
        g_value_set_boolean(value, self->captured);
        break;
    case PROP_CONNECTED:
        g_value_set_boolean(value, vitrine_display_get_connected(self));
        break;
    case PROP_MONITOR:
        g_value_set_uint(value, self->monitor);
        break;
    case PROP_N_MONITORS:
        g_value_set_uint(value, vitrine_display_get_n_monitors(self));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void vitrine_display_set_property(GObject *object, guint id, const GValue *value,
                                         GParamSpec *pspec)
{
    if (id == PROP_GUEST)
        vitrine_display_set_guest(VITRINE_DISPLAY(object), g_value_get_object(value));
    else if (id == PROP_MONITOR)
        vitrine_display_set_monitor(VITRINE_DISPLAY(object), g_value_get_uint(value));
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void vitrine_display_dispose(GObject *object)
{
    VitrineDisplay *self = VITRINE_DISPLAY(object);

    vitrine_display_set_guest(self, NULL);
    g_clear_pointer(&self->tiles, vitrine_tiles_free);
    G_OBJECT_CLASS(vitrine_display_parent_class)->dispose(object);
}

static void vitrine_display_class_init(VitrineDisplayClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->dispose = vitrine_display_dispose;
    object_class->get_property = vitrine_display_get_property;
    object_class->set_property = vitrine_display_set_property;
    widget_class->snapshot = vitrine_display_snapshot;
    widget_class->size_allocate = vitrine_display_size_allocate;
    widget_class->measure = vitrine_display_measure;
    widget_class->realize = vitrine_display_realize;
    widget_class->unrealize = vitrine_display_unrealize;
    widget_class->unmap = vitrine_display_unmap;

    properties[PROP_GUEST] =
        g_param_spec_object("guest", NULL, NULL, VITRINE_TYPE_GUEST,
                            G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
    properties[PROP_CAPTURED] = g_param_spec_boolean("captured", NULL, NULL, FALSE,
                                                     G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    properties[PROP_CONNECTED] = g_param_spec_boolean("connected", NULL, NULL, FALSE,
                                                      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    properties[PROP_MONITOR] =
        g_param_spec_uint("monitor", NULL, NULL, 0, G_MAXUINT, 0,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
    properties[PROP_N_MONITORS] = g_param_spec_uint("n-monitors", NULL, NULL, 0, G_MAXUINT, 0,
                                                    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, properties);

    /* The person asked for the keyboard back: the focus should go elsewhere. */
    g_signal_new("leave", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                 G_TYPE_NONE, 0);

    gtk_widget_class_set_css_name(widget_class, "display");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

/* As a reader of the screen says it. */
static void update_name(VitrineDisplay *self)
{
    /* Translators: the number of one of a guest's monitors. */
    g_autofree char *name = self->monitor
                                ? g_strdup_printf(_("Monitor %u of the guest"), self->monitor)
                                : g_strdup(_("Screen of the guest"));

    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void vitrine_display_init(VitrineDisplay *self)
{
    GtkWidget *widget = GTK_WIDGET(self);

    self->tiles = vitrine_tiles_new();
    gtk_widget_set_focusable(widget, TRUE);
    gtk_widget_set_overflow(widget, GTK_OVERFLOW_HIDDEN);
    update_name(self);
    g_signal_connect(self, "notify::scale-factor", G_CALLBACK(update_viewport), NULL);
    vitrine_display_input_init(self);
}

/* Shows the screen of @guest from now on, whenever it has one; NULL for nobody's. */
void vitrine_display_set_guest(VitrineDisplay *self, VitrineGuest *guest)
{
    g_return_if_fail(VITRINE_IS_DISPLAY(self));

    if (self->link) {
        g_signal_handlers_disconnect_by_data(self->link, self);
        set_session(self, NULL);
        g_clear_pointer(&self->link, vitrine_display_link_leave);
    }
    g_set_object(&self->guest, guest);
    if (guest) {
        self->link = vitrine_display_link_join(guest);
        g_signal_connect(self->link, "changed", G_CALLBACK(on_link_changed), self);
        set_session(self, vitrine_display_link_get_session(self->link));
    }
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_CONNECTED]);
}

/* How large the guest's screen is to be, in percent, in pixels of the screen; 0: as there is room.
 */
void vitrine_display_set_zoom(VitrineDisplay *self, guint percent)
{
    g_return_if_fail(VITRINE_IS_DISPLAY(self));

    if (self->zoom == percent)
        return;
    self->zoom = percent;
    update_viewport(self);
    gtk_widget_queue_resize(GTK_WIDGET(self));
}

/* Shows the guest's monitor of that number, from 1, alone; 0: all of them. */
void vitrine_display_set_monitor(VitrineDisplay *self, guint number)
{
    g_return_if_fail(VITRINE_IS_DISPLAY(self));

    if (self->monitor == number)
        return;
    self->monitor = number;
    update_name(self);
    vitrine_display_input_reset(self);
    renew(self);
    gtk_widget_queue_resize(GTK_WIDGET(self));
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_MONITOR]);
}

/* The same. */
guint vitrine_display_get_monitor(VitrineDisplay *self)
{
    g_return_val_if_fail(VITRINE_IS_DISPLAY(self), 0);
    return self->monitor;
}

/* How many monitors the guest shows something on; 0: that is not known. */
guint vitrine_display_get_n_monitors(VitrineDisplay *self)
{
    g_return_val_if_fail(VITRINE_IS_DISPLAY(self), 0);
    return get_surface(self) ? vitrine_session_get_n_monitors(self->session) : 0;
}

/* Whether the guest shows something, but not on the monitor that is to be shown. */
gboolean vitrine_display_is_dark(VitrineDisplay *self)
{
    g_return_val_if_fail(VITRINE_IS_DISPLAY(self), FALSE);
    return get_surface(self) && !self->view;
}

/* Whether the keyboard goes to the guest. */
gboolean vitrine_display_get_captured(VitrineDisplay *self)
{
    g_return_val_if_fail(VITRINE_IS_DISPLAY(self), FALSE);
    return self->captured;
}

void vitrine_display_notify_captured(VitrineDisplay *self)
{
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_CAPTURED]);
}

/* Whether there is a picture of what is to be shown. */
gboolean vitrine_display_get_connected(VitrineDisplay *self)
{
    g_return_val_if_fail(VITRINE_IS_DISPLAY(self), FALSE);
    return self->view != NULL;
}

/* The guest that it is to show, not referenced, or NULL. */
VitrineGuest *vitrine_display_get_guest(VitrineDisplay *self)
{
    g_return_val_if_fail(VITRINE_IS_DISPLAY(self), NULL);
    return self->guest;
}

/* The guest's screen, all of it, as RGB24, not referenced; NULL when there is none. */
cairo_surface_t *vitrine_display_get_surface(VitrineDisplay *self)
{
    g_return_val_if_fail(VITRINE_IS_DISPLAY(self), NULL);
    return get_surface(self);
}

/* Another number after each change of that; 0 before the first. */
guint64 vitrine_display_get_serial(VitrineDisplay *self)
{
    g_return_val_if_fail(VITRINE_IS_DISPLAY(self), 0);
    return self->session ? vitrine_session_get_serial(self->session) : 0;
}

/* Why there is no picture; NULL if there is one, or none is to be expected. */
const char *vitrine_display_get_problem(VitrineDisplay *self)
{
    g_return_val_if_fail(VITRINE_IS_DISPLAY(self), NULL);
    return self->link ? vitrine_display_link_get_problem(self->link) : NULL;
}

/* What is shown as it is now, to be unreferenced; NULL when there is nothing. */
GdkTexture *vitrine_display_dup_screen(VitrineDisplay *self)
{
    g_return_val_if_fail(VITRINE_IS_DISPLAY(self), NULL);
    return self->view ? vitrine_part_dup_texture(self->view) : NULL;
}
