/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * USB in the main window: the dialog, the notice of what was plugged in, and the menu of the
 * selected guest, where each device is an action of the group "usb-device" that is on while the
 * guest has it.
 */
#include "ui/window-private.h"

#include "ui/menu-text.h"
#include "ui/usb-dialog.h"
#include "ui/usb-move.h"

#include <glib/gi18n.h>

/* Of the notification; there is one at a time, as there is one notice. */
#define NOTIFICATION "usb-plugged"

static void say(GtkWindow *window, const char *sentence)
{
    vitrine_window_toast(VITRINE_WINDOW(window), sentence);
}

void vitrine_window_show_usb(VitrineWindow *self)
{
    gtk_window_present(GTK_WINDOW(vitrine_usb_dialog_new(GTK_WINDOW(self), self->connection)));
}

/* Gives the device of that key to the guest; with NULL, takes it back. */
void vitrine_window_give_usb(VitrineWindow *self, const char *key, const char *guest)
{
    VitrineUsbDevice *device =
        vitrine_usb_list_find(vitrine_connection_get_usb(self->connection), key);

    if (device)
        vitrine_usb_give(GTK_WINDOW(self), device, guest, say);
}

void vitrine_window_keep_usb(VitrineWindow *self, const char *key)
{
    vitrine_usb_notice_dismiss(self->usb_notice, key);
}

/* ---- The guest's menu ---- */

static gboolean has_selected(VitrineWindow *self, VitrineUsbDevice *device)
{
    return self->guest &&
           g_str_equal(vitrine_usb_device_get_guest(device), vitrine_guest_get_name(self->guest));
}

static void on_toggled(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    VitrineWindow *self = VITRINE_WINDOW(data);
    VitrineUsbDevice *device = vitrine_usb_list_find(vitrine_connection_get_usb(self->connection),
                                                     g_action_get_name(G_ACTION(action)));

    if (device && self->guest)
        vitrine_usb_give(GTK_WINDOW(self), device,
                         has_selected(self, device) ? NULL : vitrine_guest_get_name(self->guest),
                         say);
}

/* "Stick", or "Stick (in “web”)" if another guest has it. */
static char *dup_label(VitrineWindow *self, VitrineUsbDevice *device)
{
    const char *name = vitrine_usb_device_get_name(device);
    const char *guest = vitrine_usb_device_get_guest(device);

    if (!*guest || has_selected(self, device))
        return g_strdup(name);
    return g_strdup_printf(_("%s (in “%s”)"), name, guest);
}

static void add_device(VitrineWindow *self, GSimpleActionGroup *group, VitrineUsbDevice *device)
{
    const char *key = vitrine_usb_device_get_key(device);
    g_autofree char *name = g_strconcat("usb-device.", key, NULL);
    g_autofree char *label = dup_label(self, device);
    g_autoptr(GSimpleAction) action =
        g_simple_action_new_stateful(key, NULL, g_variant_new_boolean(has_selected(self, device)));
    gboolean runs =
        self->guest && vitrine_guest_get_state(self->guest) == VITRINE_GUEST_STATE_RUNNING;

    g_simple_action_set_enabled(action, runs && !vitrine_usb_device_is_moving(device));
    g_signal_connect_object(action, "activate", G_CALLBACK(on_toggled), self, 0);
    g_action_map_add_action(G_ACTION_MAP(group), G_ACTION(action));
    vitrine_menu_append(self->usb_menu, label, name, NULL);
}

/* Makes the menu anew, for the selected guest and the devices as they are now. */
void vitrine_window_update_usb(VitrineWindow *self)
{
    GListModel *devices = G_LIST_MODEL(vitrine_connection_get_usb(self->connection));
    g_autoptr(GSimpleActionGroup) group = g_simple_action_group_new();

    g_menu_remove_all(self->usb_menu);
    for (guint i = 0; i < g_list_model_get_n_items(devices); i++) {
        g_autoptr(VitrineUsbDevice) device = g_list_model_get_item(devices, i);

        add_device(self, group, device);
    }
    vitrine_menu_append(self->usb_menu, _("All Devices…"), "win.usb", NULL);
    gtk_widget_insert_action_group(GTK_WIDGET(self), "usb-device", G_ACTION_GROUP(group));
}

/* ---- What was plugged in ---- */

static GNotification *build_notification(VitrineWindow *self, VitrineUsbDevice *device)
{
    const char *name = vitrine_usb_device_get_name(device);
    const char *key = vitrine_usb_device_get_key(device);
    g_autofree char *title = g_strdup_printf(_("“%s” was plugged in"), name);
    g_auto(GStrv) running =
        vitrine_guest_list_dup_running(vitrine_connection_get_guests(self->connection));
    GNotification *notification = g_notification_new(title);

    g_notification_set_body(notification, vitrine_usb_device_get_description(device));
    for (guint i = 0; i < 3 && running[i]; i++) {
        g_autofree char *label = g_strdup_printf(_("Give to “%s”"), running[i]);

        g_notification_add_button_with_target(notification, label, "app.usb-give", "(ss)", key,
                                              running[i]);
    }
    return notification;
}

/* A person who looks elsewhere is told by the desktop. */
static void on_notice(VitrineWindow *self)
{
    VitrineUsbDevice *device = vitrine_usb_notice_get_device(self->usb_notice);
    GApplication *application = G_APPLICATION(gtk_window_get_application(GTK_WINDOW(self)));
    g_autoptr(GNotification) notification = NULL;

    if (!application)
        return;
    if (device && !gtk_window_is_active(GTK_WINDOW(self))) {
        notification = build_notification(self, device);
        g_application_send_notification(application, NOTIFICATION, notification);
    } else {
        g_application_withdraw_notification(application, NOTIFICATION);
    }
}

/* To be called once the window has its connection. */
void vitrine_window_usb_init(VitrineWindow *self)
{
    g_signal_connect_object(vitrine_connection_get_usb(self->connection), "changed",
                            G_CALLBACK(vitrine_window_update_usb), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(self->usb_notice, "notify::device", G_CALLBACK(on_notice), self,
                            G_CONNECT_SWAPPED);
    vitrine_usb_notice_set_connection(self->usb_notice, self->connection);
    vitrine_window_update_usb(self);
}
