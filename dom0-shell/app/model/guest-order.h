/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In which order guests are listed. */
#pragma once

#include "model/guest.h"

G_BEGIN_DECLS

/* A list of more guests than these is not taken in at a glance. */
#define VITRINE_GUEST_ORDER_FEW 10

int vitrine_guest_order_compare_names(const char *a, const char *b);
gboolean vitrine_guest_order_is_busy(VitrineGuestState state);
int vitrine_guest_order_compare(VitrineGuest *a, VitrineGuest *b, guint n_guests);

G_END_DECLS
