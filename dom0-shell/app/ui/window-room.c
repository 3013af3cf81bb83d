/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Says before the disk is full that it will be, and what can be deleted. */
#include "ui/window-private.h"

#include "model/memory-text.h"
#include "ui/room-dialog.h"

#include <glib/gi18n.h>

static void update(VitrineWindow *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);
    const char *state = manager ? vitrine_manager1_get_disk_state(manager) : NULL;
    gboolean is_full = g_strcmp0(state, "full") == 0;
    g_autofree char *room =
        vitrine_memory_text(manager ? vitrine_manager1_get_free_disk(manager) : 0);
    g_autofree char *text = g_strdup_printf(
        is_full ? _("The disk is full: %s are free. Guests that write to it stand still.")
                : _("The disk is nearly full: %s are free."),
        room);

    gtk_widget_set_visible(self->room_banner, is_full || g_strcmp0(state, "low") == 0);
    gtk_label_set_text(self->room_label, text);
}

/* The service may come and go, and its object with it. */
static void on_connection(VitrineWindow *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);

    if (manager && !g_signal_handler_find(manager, G_SIGNAL_MATCH_FUNC | G_SIGNAL_MATCH_DATA, 0, 0,
                                          NULL, update, self)) {
        g_signal_connect_object(manager, "notify::disk-state", G_CALLBACK(update), self,
                                G_CONNECT_SWAPPED);
        g_signal_connect_object(manager, "notify::free-disk", G_CALLBACK(update), self,
                                G_CONNECT_SWAPPED);
    }
    update(self);
}

void vitrine_window_room_init(VitrineWindow *self)
{
    g_signal_connect_object(self->connection, "notify::state", G_CALLBACK(on_connection), self,
                            G_CONNECT_SWAPPED);
    on_connection(self);
}

static void on_chosen(VitrineRoomDialog *dialog, const char *guest, const char *action,
                      VitrineWindow *self)
{
    vitrine_window_select(self, guest);
    gtk_widget_activate_action(GTK_WIDGET(self), action, NULL);
}

/* Lists what takes up room. */
void vitrine_window_make_room(VitrineWindow *self)
{
    VitrineRoomDialog *dialog = vitrine_room_dialog_new(GTK_WINDOW(self), self->connection);

    g_signal_connect_object(dialog, "chosen", G_CALLBACK(on_chosen), self, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}
