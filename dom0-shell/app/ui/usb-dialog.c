/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB devices of this computer, a row each, as they come and go. */
#include "ui/usb-dialog.h"

#include "ui/usb-row.h"

#include <glib/gi18n.h>

struct _VitrineUsbDialog {
    AdwWindow parent_instance;

    AdwToastOverlay *toasts;
    GtkStack *stack;
    GtkListBox *list;

    VitrineConnection *connection;
};

G_DEFINE_FINAL_TYPE(VitrineUsbDialog, vitrine_usb_dialog, ADW_TYPE_WINDOW)

static void say(GtkWindow *window, const char *sentence)
{
    VitrineUsbDialog *self = VITRINE_USB_DIALOG(window);
    g_autofree char *safe = g_markup_escape_text(sentence, -1);

    adw_toast_overlay_add_toast(self->toasts, adw_toast_new(safe));
}

static GtkWidget *create_row(gpointer item, gpointer data)
{
    VitrineUsbDialog *self = VITRINE_USB_DIALOG(data);

    return GTK_WIDGET(vitrine_usb_row_new(VITRINE_USB_DEVICE(item),
                                          vitrine_connection_get_guests(self->connection), say));
}

static void on_devices_changed(VitrineUsbDialog *self)
{
    GListModel *devices = G_LIST_MODEL(vitrine_connection_get_usb(self->connection));

    gtk_stack_set_visible_child_name(self->stack,
                                     g_list_model_get_n_items(devices) ? "devices" : "none");
}

static void vitrine_usb_dialog_dispose(GObject *object)
{
    VitrineUsbDialog *self = VITRINE_USB_DIALOG(object);

    if (self->list)
        gtk_list_box_bind_model(self->list, NULL, NULL, NULL, NULL);
    self->list = NULL;
    g_clear_object(&self->connection);
    G_OBJECT_CLASS(vitrine_usb_dialog_parent_class)->dispose(object);
}

static void vitrine_usb_dialog_class_init(VitrineUsbDialogClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_usb_dialog_dispose;
    gtk_widget_class_add_binding_action(GTK_WIDGET_CLASS(klass), GDK_KEY_Escape, 0, "window.close",
                                        NULL);
}

static GtkWidget *build_devices(VitrineUsbDialog *self)
{
    GtkWidget *page = adw_preferences_page_new();
    GtkWidget *group = adw_preferences_group_new();

    self->list = GTK_LIST_BOX(gtk_list_box_new());
    gtk_list_box_set_selection_mode(self->list, GTK_SELECTION_NONE);
    gtk_widget_add_css_class(GTK_WIDGET(self->list), "boxed-list");
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("USB devices"), -1);
    adw_preferences_group_set_description(
        ADW_PREFERENCES_GROUP(group),
        _("A guest that has a device uses it as if it were plugged in there. Only guests that run "
          "can get one."));
    adw_preferences_group_add(ADW_PREFERENCES_GROUP(group), GTK_WIDGET(self->list));
    adw_preferences_page_add(ADW_PREFERENCES_PAGE(page), ADW_PREFERENCES_GROUP(group));
    return page;
}

static GtkWidget *build_nothing(void)
{
    GtkWidget *page = adw_status_page_new();

    adw_status_page_set_icon_name(ADW_STATUS_PAGE(page), "vitrine-usb-symbolic");
    adw_status_page_set_title(ADW_STATUS_PAGE(page), _("No USB Devices"));
    adw_status_page_set_description(ADW_STATUS_PAGE(page),
                                    _("What is plugged in now appears here."));
    return page;
}

static void vitrine_usb_dialog_init(VitrineUsbDialog *self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

    self->toasts = ADW_TOAST_OVERLAY(adw_toast_overlay_new());
    self->stack = GTK_STACK(gtk_stack_new());
    gtk_stack_add_named(self->stack, build_devices(self), "devices");
    gtk_stack_add_named(self->stack, build_nothing(), "none");
    gtk_widget_set_vexpand(GTK_WIDGET(self->stack), TRUE);
    adw_toast_overlay_set_child(self->toasts, GTK_WIDGET(self->stack));
    gtk_box_append(GTK_BOX(box), adw_header_bar_new());
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->toasts));
    adw_window_set_content(ADW_WINDOW(self), box);
    gtk_window_set_default_size(GTK_WINDOW(self), 560, 520);
    gtk_window_set_title(GTK_WINDOW(self), _("USB Devices"));
}

/* A window with the devices that @connection knows. */
VitrineUsbDialog *vitrine_usb_dialog_new(GtkWindow *parent, VitrineConnection *connection)
{
    VitrineUsbDialog *self =
        g_object_new(VITRINE_TYPE_USB_DIALOG, "transient-for", parent, "modal", TRUE, NULL);
    GListModel *devices = G_LIST_MODEL(vitrine_connection_get_usb(connection));

    self->connection = g_object_ref(connection);
    gtk_list_box_bind_model(self->list, devices, create_row, self, NULL);
    g_signal_connect_object(devices, "items-changed", G_CALLBACK(on_devices_changed), self,
                            G_CONNECT_SWAPPED);
    on_devices_changed(self);
    return self;
}
