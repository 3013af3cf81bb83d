/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How loud a guest is: a button with a slider and mute behind it. */
#pragma once

#include "model/guest.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_SOUND_BUTTON (vitrine_sound_button_get_type())
G_DECLARE_FINAL_TYPE(VitrineSoundButton, vitrine_sound_button, VITRINE, SOUND_BUTTON, AdwBin)

void vitrine_sound_button_set_guest(VitrineSoundButton *self, VitrineGuest *guest);
void vitrine_sound_button_popup(VitrineSoundButton *self);

G_END_DECLS
