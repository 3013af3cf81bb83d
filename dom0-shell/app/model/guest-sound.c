/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest is heard of, and what it hears. */
#include "model/guest-sound.h"

#include <glib/gi18n.h>

#include "sentence.h"

/* A person may be typing a password. */
#define CALL_TIMEOUT_MS (120 * 1000)

/* Whether it has a sound card that works now. */
gboolean vitrine_guest_has_sound(VitrineGuest *self)
{
    const char *state = vitrine_guest1_get_sound_state(vitrine_guest_get_proxy(self));

    return state && *state && !g_str_equal(state, "none");
}

/* How the microphone is granted to it: "off", "once" or "running". */
const char *vitrine_guest_get_microphone(VitrineGuest *self)
{
    const char *how = vitrine_guest1_get_microphone(vitrine_guest_get_proxy(self));

    return how && *how ? how : VITRINE_MICROPHONE_OFF;
}

/* Whether it may hear the microphone. */
gboolean vitrine_guest_hears(VitrineGuest *self)
{
    return !g_str_equal(vitrine_guest_get_microphone(self), VITRINE_MICROPHONE_OFF);
}

/* Whether it would like to hear it. */
gboolean vitrine_guest_asks(VitrineGuest *self)
{
    return vitrine_guest1_get_asks_for_microphone(vitrine_guest_get_proxy(self));
}

gboolean vitrine_guest_is_muted(VitrineGuest *self)
{
    return vitrine_guest1_get_muted(vitrine_guest_get_proxy(self));
}

/* Of what it plays, 0 to 100. */
guint vitrine_guest_get_volume(VitrineGuest *self)
{
    return vitrine_guest1_get_volume(vitrine_guest_get_proxy(self));
}

/* How loud it would be if it played. */
const char *vitrine_guest_get_volume_icon(VitrineGuest *self)
{
    guint percent = vitrine_guest_get_volume(self);

    if (vitrine_guest_is_muted(self) || percent == 0)
        return "audio-volume-muted-symbolic";
    if (percent <= 33)
        return "audio-volume-low-symbolic";
    return percent <= 66 ? "audio-volume-medium-symbolic" : "audio-volume-high-symbolic";
}

/* That it plays, or is muted; NULL if there is nothing to show. */
const char *vitrine_guest_get_sound_icon(VitrineGuest *self)
{
    const char *state = vitrine_guest1_get_sound_state(vitrine_guest_get_proxy(self));

    if (!vitrine_guest_has_sound(self))
        return NULL;
    if (vitrine_guest_is_muted(self))
        return "audio-volume-muted-symbolic";
    return g_str_equal(state, "playing") ? "audio-volume-high-symbolic" : NULL;
}

/* That it may hear the microphone, or does, as a sentence; to be freed. */
char *vitrine_guest_dup_hearing_text(VitrineGuest *self)
{
    const char *words = vitrine_guest1_get_recording(vitrine_guest_get_proxy(self))
                            ? _("“%s” is listening to the microphone.")
                            : _("“%s” can listen to the microphone.");

    return g_strdup_printf(words, vitrine_guest_get_name(self));
}

static void on_called(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(GTask) task = data;
    GError *error = NULL;
    g_autoptr(GVariant) reply = g_dbus_proxy_call_finish(G_DBUS_PROXY(source), result, &error);

    if (reply) {
        g_task_return_boolean(task, TRUE);
        return;
    }
    sentence_localise_error(error);
    g_task_return_error(task, error);
}

static void call(VitrineGuest *self, const char *method, GVariant *parameters,
                 GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new(self, NULL, callback, user_data);

    g_task_set_source_tag(task, call);
    g_dbus_proxy_call(G_DBUS_PROXY(vitrine_guest_get_proxy(self)), method, parameters,
                      G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, CALL_TIMEOUT_MS, NULL,
                      on_called, task);
}

/* Grants the microphone as vitrine_guest_get_microphone() has it, or takes it away. */
void vitrine_guest_set_microphone_async(VitrineGuest *self, const char *how,
                                        GAsyncReadyCallback callback, gpointer user_data)
{
    call(self, "SetMicrophone", g_variant_new("(s)", how), callback, user_data);
}

void vitrine_guest_set_muted_async(VitrineGuest *self, gboolean muted, GAsyncReadyCallback callback,
                                   gpointer user_data)
{
    call(self, "SetMuted", g_variant_new("(b)", muted), callback, user_data);
}

/* @percent as vitrine_guest_get_volume() has it. */
void vitrine_guest_set_volume_async(VitrineGuest *self, guint percent, GAsyncReadyCallback callback,
                                    gpointer user_data)
{
    call(self, "SetVolume", g_variant_new("(u)", percent), callback, user_data);
}

/* Of all three. FALSE with @error set to the service's sentence if it refused. */
gboolean vitrine_guest_sound_finish(VitrineGuest *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail(g_task_is_valid(result, self), FALSE);
    return g_task_propagate_boolean(G_TASK(result), error);
}
