/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's CPU load, or its memory, of the last two minutes as a small curve. It is drawn anew
 * when that changes, and with time only for as long as there is something that time moves; never
 * while it is out of sight.
 */
#include "ui/sparkline.h"

#include <glib/gi18n.h>

#define WIDTH  40
#define HEIGHT 14

/* What there are curves of. */
typedef struct {
    const char *name;
    const char *signal; /* of the guest: it is another one now */
    const VitrineLoadHistory *(*get)(VitrineGuest *guest);
    const char *sentence; /* with what it is and what it was at most, in percent */
} Subject;

static const Subject subjects[] = {
    {"cpu", "notify::load", vitrine_guest_get_load_history,
     N_("CPU use %.0f %%, at most %.0f %% in the last two minutes")},
    /* Translators: of the memory that a guest can have. */
    {"memory", "notify::memory-load", vitrine_guest_get_memory_history,
     N_("Memory use %.0f %%, at most %.0f %% in the last two minutes")},
};

struct _VitrineSparkline {
    GtkWidget parent_instance;

    const Subject *subject;
    VitrineGuest *guest;
    guint timer; /* while mapped, and the curve moves */
    guint n_draws;
};

enum {
    PROP_0,
    PROP_GUEST,
    PROP_SUBJECT,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE(VitrineSparkline, vitrine_sparkline, GTK_TYPE_WIDGET)

/* In words: what it is, and what it was. */
static void describe(VitrineSparkline *self, const VitrineLoadHistory *history)
{
    g_autofree char *text =
        g_strdup_printf(_(self->subject->sentence), 100.0 * vitrine_load_history_get(history, 0),
                        100.0 * vitrine_load_history_get_peak(history));

    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
    gtk_widget_set_tooltip_text(GTK_WIDGET(self), text);
}

static void update(VitrineSparkline *self);

static gboolean on_timer(gpointer data)
{
    VitrineSparkline *self = VITRINE_SPARKLINE(data);

    self->timer = 0;
    update(self);
    return G_SOURCE_REMOVE;
}

static void update(VitrineSparkline *self)
{
    const VitrineLoadHistory *history;

    if (!self->guest || !gtk_widget_get_mapped(GTK_WIDGET(self)))
        return;
    history = self->subject->get(self->guest);
    describe(self, history);
    gtk_widget_queue_draw(GTK_WIDGET(self));
    if (!self->timer && !vitrine_load_history_is_flat(history))
        self->timer = g_timeout_add(VITRINE_LOAD_HISTORY_STEP_MS, on_timer, self);
}

static void set_guest(VitrineSparkline *self, VitrineGuest *guest)
{
    if (self->guest == guest)
        return;
    if (self->guest)
        g_signal_handlers_disconnect_by_data(self->guest, self);
    g_set_object(&self->guest, guest);
    if (guest)
        g_signal_connect_swapped(guest, self->subject->signal, G_CALLBACK(update), self);
    update(self);
}

/* Once, before there is a guest. */
static void set_subject(VitrineSparkline *self, const char *name)
{
    for (guint i = 0; name && i < G_N_ELEMENTS(subjects); i++) {
        if (g_str_equal(subjects[i].name, name))
            self->subject = &subjects[i];
    }
}

/* The curve above the base line, oldest load at the left. */
static void draw(cairo_t *cr, const VitrineLoadHistory *history, double width, double height,
                 const GdkRGBA *color)
{
    const guint last = VITRINE_LOAD_HISTORY_SIZE - 1;
    GdkRGBA pale = *color;

    cairo_move_to(cr, 0, height);
    for (guint i = 0; i <= last; i++)
        cairo_line_to(cr, i * width / last,
                      height - 1 - vitrine_load_history_get(history, last - i) * (height - 2));
    cairo_line_to(cr, width, height);
    cairo_close_path(cr);
    pale.alpha = 0.25;
    gdk_cairo_set_source_rgba(cr, &pale);
    cairo_fill_preserve(cr);
    gdk_cairo_set_source_rgba(cr, color);
    cairo_set_line_width(cr, 1);
    cairo_stroke(cr);
}

static void vitrine_sparkline_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    VitrineSparkline *self = VITRINE_SPARKLINE(widget);
    int width = gtk_widget_get_width(widget), height = gtk_widget_get_height(widget);
    GdkRGBA color;
    cairo_t *cr;

    if (!self->guest)
        return;
    self->n_draws++;
    gtk_style_context_get_color(gtk_widget_get_style_context(widget), &color);
    cr = gtk_snapshot_append_cairo(snapshot, &GRAPHENE_RECT_INIT(0, 0, width, height));
    draw(cr, self->subject->get(self->guest), width, height, &color);
    cairo_destroy(cr);
}

static void vitrine_sparkline_measure(GtkWidget *widget, GtkOrientation orientation, int for_size,
                                      int *minimum, int *natural, int *minimum_baseline,
                                      int *natural_baseline)
{
    *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
}

static void vitrine_sparkline_map(GtkWidget *widget)
{
    GTK_WIDGET_CLASS(vitrine_sparkline_parent_class)->map(widget);
    update(VITRINE_SPARKLINE(widget));
}

static void vitrine_sparkline_unmap(GtkWidget *widget)
{
    g_clear_handle_id(&VITRINE_SPARKLINE(widget)->timer, g_source_remove);
    GTK_WIDGET_CLASS(vitrine_sparkline_parent_class)->unmap(widget);
}

static void vitrine_sparkline_set_property(GObject *object, guint id, const GValue *value,
                                           GParamSpec *pspec)
{
    if (id == PROP_GUEST)
        set_guest(VITRINE_SPARKLINE(object), g_value_get_object(value));
    else if (id == PROP_SUBJECT)
        set_subject(VITRINE_SPARKLINE(object), g_value_get_string(value));
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void vitrine_sparkline_dispose(GObject *object)
{
    VitrineSparkline *self = VITRINE_SPARKLINE(object);

    g_clear_handle_id(&self->timer, g_source_remove);
    set_guest(self, NULL);
    G_OBJECT_CLASS(vitrine_sparkline_parent_class)->dispose(object);
}

static void vitrine_sparkline_class_init(VitrineSparklineClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = vitrine_sparkline_dispose;
    G_OBJECT_CLASS(klass)->set_property = vitrine_sparkline_set_property;
    widget_class->snapshot = vitrine_sparkline_snapshot;
    widget_class->measure = vitrine_sparkline_measure;
    widget_class->map = vitrine_sparkline_map;
    widget_class->unmap = vitrine_sparkline_unmap;

    properties[PROP_GUEST] = g_param_spec_object("guest", NULL, NULL, VITRINE_TYPE_GUEST,
                                                 G_PARAM_WRITABLE | G_PARAM_STATIC_STRINGS);
    /* "cpu" or "memory". */
    properties[PROP_SUBJECT] =
        g_param_spec_string("subject", NULL, NULL, NULL,
                            G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(G_OBJECT_CLASS(klass), N_PROPS, properties);
    gtk_widget_class_set_css_name(widget_class, "sparkline");
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void vitrine_sparkline_init(VitrineSparkline *self)
{
    self->subject = &subjects[0];
}

/* How often it was drawn, for who wants to see that nothing is drawn for nothing. */
guint vitrine_sparkline_get_n_draws(VitrineSparkline *self)
{
    g_return_val_if_fail(VITRINE_IS_SPARKLINE(self), 0);
    return self->n_draws;
}
