/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Says that a USB device was plugged in that nobody has chosen anything for, and offers it to the
 * guests that run. It goes by itself when the device has found its place, or is unplugged. Of
 * several the newest is shown. The buttons are actions of the window: "win.usb-give" with the
 * device's key and the guest, "win.usb", "win.usb-keep" with the key.
 */
#include "ui/usb-notice.h"

#include <glib/gi18n.h>

/* More would leave no room for the name of the device. */
#define GUESTS_MAX 3

struct _VitrineUsbNotice {
    GtkWidget parent_instance;

    GtkWidget *revealer;
    GtkImage *icon;
    GtkLabel *label;
    GtkWidget *buttons;

    VitrineConnection *connection;
    GPtrArray *devices; /* of VitrineUsbDevice: those that wait, the newest last */
    VitrineUsbDevice *shown;
};

enum {
    PROP_0,
    PROP_DEVICE,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE(VitrineUsbNotice, vitrine_usb_notice, GTK_TYPE_WIDGET)

/* The name of a guest is no mnemonic. */
static void add_button(VitrineUsbNotice *self, const char *label, const char *action,
                       GVariant *target)
{
    GtkWidget *button = gtk_button_new_with_label(label);
    GtkWidget *child = gtk_button_get_child(GTK_BUTTON(button));

    gtk_label_set_ellipsize(GTK_LABEL(child), PANGO_ELLIPSIZE_MIDDLE);
    gtk_label_set_max_width_chars(GTK_LABEL(child), 16);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(button), action);
    gtk_actionable_set_action_target_value(GTK_ACTIONABLE(button), target);
    gtk_box_append(GTK_BOX(self->buttons), button);
}

static void fill_buttons(VitrineUsbNotice *self)
{
    const char *key = vitrine_usb_device_get_key(self->shown);
    g_auto(GStrv) running =
        vitrine_guest_list_dup_running(vitrine_connection_get_guests(self->connection));
    GtkWidget *child;

    while ((child = gtk_widget_get_first_child(self->buttons)))
        gtk_box_remove(GTK_BOX(self->buttons), child);
    for (guint i = 0; i < GUESTS_MAX && running[i]; i++) {
        g_autofree char *label = g_strdup_printf(_("Give to “%s”"), running[i]);

        add_button(self, label, "win.usb-give", g_variant_new("(ss)", key, running[i]));
    }
    if (g_strv_length(running) > GUESTS_MAX)
        add_button(self, _("Other…"), "win.usb", NULL);
    add_button(self, _("Keep Here"), "win.usb-keep", g_variant_new_string(key));
}

static void show_device(VitrineUsbNotice *self, VitrineUsbDevice *device)
{
    g_autofree char *text = NULL;

    /* Buttons made anew would lose the keyboard. */
    if (!g_set_object(&self->shown, device))
        return;
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_DEVICE]);
    gtk_revealer_set_reveal_child(GTK_REVEALER(self->revealer), device != NULL);
    gtk_widget_set_visible(GTK_WIDGET(self), device != NULL);
    if (!device)
        return;
    text = g_strdup_printf(_("“%s” was plugged in"), vitrine_usb_device_get_name(device));
    gtk_label_set_text(self->label, text);
    gtk_widget_set_tooltip_text(GTK_WIDGET(self->label),
                                vitrine_usb_device_get_description(device));
    gtk_image_set_from_icon_name(self->icon, vitrine_usb_device_get_icon(device));
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
    fill_buttons(self);
}

static gboolean is_plugged_in(VitrineUsbNotice *self, VitrineUsbDevice *device)
{
    VitrineUsbList *usb = vitrine_connection_get_usb(self->connection);

    return vitrine_usb_list_find(usb, vitrine_usb_device_get_key(device)) == device;
}

/* Lets go of what needs no notice any more. What is asked before it is given is still to be. */
static void update(VitrineUsbNotice *self)
{
    for (guint i = self->devices->len; i > 0; i--) {
        VitrineUsbDevice *device = self->devices->pdata[i - 1];

        if (!is_plugged_in(self, device) || *vitrine_usb_device_get_guest(device) ||
            *vitrine_usb_device_get_remembered(device))
            g_ptr_array_remove_index(self->devices, i - 1);
    }
    show_device(self, self->devices->len ? self->devices->pdata[self->devices->len - 1] : NULL);
}

/* With no guest that runs there is nothing to choose. */
static void on_plugged(VitrineUsbNotice *self, VitrineUsbDevice *device)
{
    g_auto(GStrv) running =
        vitrine_guest_list_dup_running(vitrine_connection_get_guests(self->connection));

    if (!*running || !vitrine_usb_device_is_open(device))
        return;
    g_ptr_array_add(self->devices, g_object_ref(device));
    update(self);
}

static void vitrine_usb_notice_get_property(GObject *object, guint id, GValue *value,
                                            GParamSpec *pspec)
{
    if (id == PROP_DEVICE)
        g_value_set_object(value, VITRINE_USB_NOTICE(object)->shown);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void vitrine_usb_notice_dispose(GObject *object)
{
    VitrineUsbNotice *self = VITRINE_USB_NOTICE(object);

    if (self->connection)
        g_signal_handlers_disconnect_by_data(vitrine_connection_get_usb(self->connection), self);
    g_clear_object(&self->shown);
    g_clear_object(&self->connection);
    g_clear_pointer(&self->revealer, gtk_widget_unparent);
    G_OBJECT_CLASS(vitrine_usb_notice_parent_class)->dispose(object);
}

static void vitrine_usb_notice_finalize(GObject *object)
{
    g_ptr_array_unref(VITRINE_USB_NOTICE(object)->devices);
    G_OBJECT_CLASS(vitrine_usb_notice_parent_class)->finalize(object);
}

static void vitrine_usb_notice_class_init(VitrineUsbNoticeClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);

    object_class->dispose = vitrine_usb_notice_dispose;
    object_class->finalize = vitrine_usb_notice_finalize;
    object_class->get_property = vitrine_usb_notice_get_property;
    /* The device that it speaks of; NULL while it is not shown. */
    properties[PROP_DEVICE] = g_param_spec_object("device", NULL, NULL, VITRINE_TYPE_USB_DEVICE,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, properties);
    gtk_widget_class_set_layout_manager_type(GTK_WIDGET_CLASS(klass), GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_accessible_role(GTK_WIDGET_CLASS(klass), GTK_ACCESSIBLE_ROLE_ALERT);
}

static void vitrine_usb_notice_init(VitrineUsbNotice *self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 9);

    self->devices = g_ptr_array_new_with_free_func(g_object_unref);
    self->revealer = gtk_revealer_new();
    self->icon = GTK_IMAGE(gtk_image_new());
    self->label = GTK_LABEL(gtk_label_new(NULL));
    self->buttons = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 6);
    gtk_label_set_xalign(self->label, 0);
    gtk_label_set_ellipsize(self->label, PANGO_ELLIPSIZE_MIDDLE);
    gtk_widget_set_hexpand(GTK_WIDGET(self->label), TRUE);
    gtk_widget_add_css_class(box, "banner");
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->icon));
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->label));
    gtk_box_append(GTK_BOX(box), self->buttons);
    gtk_revealer_set_child(GTK_REVEALER(self->revealer), box);
    gtk_widget_set_parent(self->revealer, GTK_WIDGET(self));
    gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
}

/* To be called once. */
void vitrine_usb_notice_set_connection(VitrineUsbNotice *self, VitrineConnection *connection)
{
    VitrineUsbList *usb = vitrine_connection_get_usb(connection);

    g_return_if_fail(VITRINE_IS_USB_NOTICE(self) && !self->connection);

    self->connection = g_object_ref(connection);
    g_signal_connect_swapped(usb, "plugged", G_CALLBACK(on_plugged), self);
    g_signal_connect_swapped(usb, "changed", G_CALLBACK(update), self);
}

/* Not referenced; NULL while it is not shown. */
VitrineUsbDevice *vitrine_usb_notice_get_device(VitrineUsbNotice *self)
{
    g_return_val_if_fail(VITRINE_IS_USB_NOTICE(self), NULL);
    return self->shown;
}

/* The person does not want to give away the device @key. */
void vitrine_usb_notice_dismiss(VitrineUsbNotice *self, const char *key)
{
    g_return_if_fail(VITRINE_IS_USB_NOTICE(self));

    for (guint i = self->devices->len; i > 0; i--) {
        if (g_str_equal(vitrine_usb_device_get_key(self->devices->pdata[i - 1]), key))
            g_ptr_array_remove_index(self->devices, i - 1);
    }
    update(self);
}
