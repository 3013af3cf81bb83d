/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of a USB device, from wherever in the program it is asked. */
#include "ui/usb-move.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* A call that is on its way. */
typedef struct {
    GtkWindow *window;
    VitrineUsbDevice *device;
    char *guest; /* NULL: back to this computer */
    VitrineUsbSay say;
} Move;

static Move *move_new(GtkWindow *window, VitrineUsbDevice *device, const char *guest,
                      VitrineUsbSay say)
{
    Move *move = g_new0(Move, 1);

    move->window = g_object_ref(window);
    move->device = g_object_ref(device);
    move->guest = g_strdup(guest);
    move->say = say;
    return move;
}

static void move_free(Move *move)
{
    g_object_unref(move->window);
    g_object_unref(move->device);
    g_free(move->guest);
    g_free(move);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Move, move_free)

static void on_called(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(Move) move = data;
    g_autoptr(GError) error = NULL;

    if (!vitrine_usb_device_call_finish(move->device, result, NULL, &error))
        move->say(move->window, error->message);
}

static void on_response(AdwMessageDialog *dialog, const char *response, Move *move)
{
    if (g_str_equal(response, "give"))
        vitrine_usb_device_assign_async(
            move->device, move->guest, TRUE, on_called,
            move_new(move->window, move->device, move->guest, move->say));
}

/* @consequence is the service's sentence; Enter means no. Takes @move over. */
static void ask(Move *move, const char *consequence)
{
    g_autofree char *heading = g_strdup_printf(
        _("Give “%s” to “%s”?"), vitrine_usb_device_get_name(move->device), move->guest);
    GtkWidget *dialog = adw_message_dialog_new(move->window, heading, consequence);

    adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "cancel", _("_Keep Here"), "give",
                                     _("_Give Anyway"), NULL);
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), "give",
                                               ADW_RESPONSE_DESTRUCTIVE);
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
    adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
    g_signal_connect_data(dialog, "response", G_CALLBACK(on_response), move,
                          (GClosureNotify)(void (*)(void))move_free, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}

static void on_assigned(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(Move) move = data;
    g_autoptr(GError) error = NULL;
    gboolean needs_confirmation;

    if (vitrine_usb_device_call_finish(move->device, result, &needs_confirmation, &error))
        return;
    if (needs_confirmation)
        ask(g_steal_pointer(&move), error->message);
    else
        move->say(move->window, error->message);
}

/* Gives @device to the guest @guest, after a question if this computer would miss it; with NULL,
 * takes it back. */
void vitrine_usb_give(GtkWindow *window, VitrineUsbDevice *device, const char *guest,
                      VitrineUsbSay say)
{
    Move *move = move_new(window, device, guest, say);

    if (guest)
        vitrine_usb_device_assign_async(device, guest, FALSE, on_assigned, move);
    else
        vitrine_usb_device_release_async(device, on_called, move);
}

/* As vitrine_usb_device_remember_async(). */
void vitrine_usb_remember(GtkWindow *window, VitrineUsbDevice *device, const char *guest,
                          const char *scope, VitrineUsbSay say)
{
    vitrine_usb_device_remember_async(device, guest, scope, on_called,
                                      move_new(window, device, guest, say));
}
