/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest is heard of, and what it hears. */
#pragma once

#include "model/guest.h"

G_BEGIN_DECLS

#define VITRINE_MICROPHONE_OFF "off"

gboolean vitrine_guest_has_sound(VitrineGuest *self);
const char *vitrine_guest_get_microphone(VitrineGuest *self);
gboolean vitrine_guest_hears(VitrineGuest *self);
gboolean vitrine_guest_asks(VitrineGuest *self);
gboolean vitrine_guest_is_muted(VitrineGuest *self);
guint vitrine_guest_get_volume(VitrineGuest *self);
const char *vitrine_guest_get_volume_icon(VitrineGuest *self);
const char *vitrine_guest_get_sound_icon(VitrineGuest *self);
char *vitrine_guest_dup_hearing_text(VitrineGuest *self);

void vitrine_guest_set_microphone_async(VitrineGuest *self, const char *how,
                                        GAsyncReadyCallback callback, gpointer user_data);
void vitrine_guest_set_muted_async(VitrineGuest *self, gboolean muted, GAsyncReadyCallback callback,
                                   gpointer user_data);
void vitrine_guest_set_volume_async(VitrineGuest *self, guint percent, GAsyncReadyCallback callback,
                                    gpointer user_data);
gboolean vitrine_guest_sound_finish(VitrineGuest *self, GAsyncResult *result, GError **error);

G_END_DECLS
