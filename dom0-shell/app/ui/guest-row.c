/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest in the sidebar: all of it is bound in guest-row.ui. */
#include "ui/guest-row.h"

#include "ui/sparkline.h"
#include "ui/thumbnail.h"

#include <glib/gi18n.h>

struct _VitrineGuestRow {
    GtkWidget parent_instance;

    VitrineGuest *guest;
};

enum {
    PROP_0,
    PROP_GUEST,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE(VitrineGuestRow, vitrine_guest_row, GTK_TYPE_WIDGET)

static void vitrine_guest_row_get_property(GObject *object, guint id, GValue *value,
                                           GParamSpec *pspec)
{
    if (id == PROP_GUEST)
        g_value_set_object(value, VITRINE_GUEST_ROW(object)->guest);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

/* A reader of the screen reads the list's item, which GTK made around this row. */
static void update_item_name(VitrineGuestRow *self)
{
    GtkWidget *item = gtk_widget_get_parent(GTK_WIDGET(self));
    g_autofree char *state = NULL, *text = NULL;
    const char *group;

    if (!item || !self->guest)
        return;
    g_object_get(self->guest, "state-label", &state, NULL);
    group = vitrine_guest_get_group(self->guest);
    /* Translators: a guest's name and its state, to be read aloud; with them, the group it is in.
     */
    text = *group == '\0' ? g_strdup_printf(_("%s, %s"), vitrine_guest_get_name(self->guest), state)
                          : g_strdup_printf(_("%s, %s, in %s"), vitrine_guest_get_name(self->guest),
                                            state, group);
    gtk_accessible_update_property(GTK_ACCESSIBLE(item), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
}

static void set_guest(VitrineGuestRow *self, VitrineGuest *guest)
{
    if (self->guest)
        g_signal_handlers_disconnect_by_data(self->guest, self);
    g_set_object(&self->guest, guest);
    if (!guest)
        return;
    g_signal_connect_swapped(guest, "notify::name", G_CALLBACK(update_item_name), self);
    g_signal_connect_swapped(guest, "notify::group", G_CALLBACK(update_item_name), self);
    g_signal_connect_swapped(guest, "notify::state-label", G_CALLBACK(update_item_name), self);
    update_item_name(self);
}

static void vitrine_guest_row_set_property(GObject *object, guint id, const GValue *value,
                                           GParamSpec *pspec)
{
    if (id == PROP_GUEST)
        set_guest(VITRINE_GUEST_ROW(object), g_value_get_object(value));
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void on_microphone_clicked(VitrineGuestRow *self)
{
    gtk_widget_activate_action(GTK_WIDGET(self), "win.take-microphone", "s",
                               vitrine_guest_get_name(self->guest));
}

static gboolean has_text(VitrineGuestRow *self, const char *text)
{
    return text && *text;
}

static void vitrine_guest_row_dispose(GObject *object)
{
    VitrineGuestRow *self = VITRINE_GUEST_ROW(object);
    GtkWidget *child = gtk_widget_get_first_child(GTK_WIDGET(self));

    g_clear_pointer(&child, gtk_widget_unparent);
    set_guest(self, NULL);
    G_OBJECT_CLASS(vitrine_guest_row_parent_class)->dispose(object);
}

static void vitrine_guest_row_class_init(VitrineGuestRowClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->dispose = vitrine_guest_row_dispose;
    object_class->get_property = vitrine_guest_row_get_property;
    object_class->set_property = vitrine_guest_row_set_property;

    properties[PROP_GUEST] = g_param_spec_object("guest", NULL, NULL, VITRINE_TYPE_GUEST,
                                                 G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, properties);

    g_type_ensure(VITRINE_TYPE_SPARKLINE);
    g_type_ensure(VITRINE_TYPE_THUMBNAIL);
    gtk_widget_class_set_template_from_resource(widget_class, "/org/vitrine/Shell/ui/guest-row.ui");
    gtk_widget_class_bind_template_callback(widget_class, on_microphone_clicked);
    gtk_widget_class_bind_template_callback(widget_class, has_text);
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
}

static void vitrine_guest_row_init(VitrineGuestRow *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    g_signal_connect(self, "notify::parent", G_CALLBACK(update_item_name), NULL);
}
