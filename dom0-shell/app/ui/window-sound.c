/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sound of the guests: who may hear the microphone, who is muted. */
#include "ui/window-private.h"

#include "model/guest-sound.h"

static void on_called(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineWindow) self = data;
    g_autoptr(GError) error = NULL;

    if (!vitrine_guest_sound_finish(VITRINE_GUEST(source), result, &error))
        vitrine_window_toast(self, error->message);
}

/* Grants the microphone to the selected guest, or takes it away. */
void vitrine_window_set_microphone(VitrineWindow *self, const char *how)
{
    if (self->guest && how && !g_str_equal(how, vitrine_guest_get_microphone(self->guest)))
        vitrine_guest_set_microphone_async(self->guest, how, on_called, g_object_ref(self));
}

void vitrine_window_set_muted(VitrineWindow *self, gboolean muted)
{
    if (self->guest)
        vitrine_guest_set_muted_async(self->guest, muted, on_called, g_object_ref(self));
}

/* Takes the microphone away from the guest of that name; with an empty one, from all. */
void vitrine_window_take_microphone(VitrineWindow *self, const char *name)
{
    GListModel *guests = G_LIST_MODEL(vitrine_connection_get_guests(self->connection));

    for (guint i = 0; i < g_list_model_get_n_items(guests); i++) {
        g_autoptr(VitrineGuest) guest = g_list_model_get_item(guests, i);

        if (vitrine_guest_hears(guest) &&
            (!*name || g_str_equal(name, vitrine_guest_get_name(guest))))
            vitrine_guest_set_microphone_async(guest, VITRINE_MICROPHONE_OFF, on_called,
                                               g_object_ref(self));
    }
}
