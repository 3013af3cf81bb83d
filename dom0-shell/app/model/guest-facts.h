/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's properties say, beside what windows ask for by model/guest.h. */
#pragma once

#include "model/guest.h"

G_BEGIN_DECLS

double vitrine_guest_get_load(VitrineGuest *self);
double vitrine_guest_get_memory_load(VitrineGuest *self);
gboolean vitrine_guest_is_up(VitrineGuest *self);
char *vitrine_guest_dup_load_label(VitrineGuest *self);
char *vitrine_guest_dup_memory_text(VitrineGuest *self);
char *vitrine_guest_dup_status_text(VitrineGuest *self);
char **vitrine_guest_dup_words(VitrineGuest *self, const char *property);

G_END_DECLS
