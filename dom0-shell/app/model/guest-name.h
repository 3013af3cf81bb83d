/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest may be called. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define VITRINE_GUEST_NAME_MAX 64

typedef enum {
    VITRINE_GUEST_NAME_GOOD,
    VITRINE_GUEST_NAME_EMPTY,
    VITRINE_GUEST_NAME_TOO_LONG,
    VITRINE_GUEST_NAME_BAD_START,
    VITRINE_GUEST_NAME_BAD_CHARACTER,
    VITRINE_GUEST_NAME_TAKEN,
} VitrineGuestNameVerdict;

VitrineGuestNameVerdict vitrine_guest_name_check(const char *name);
char *vitrine_guest_name_explain(VitrineGuestNameVerdict verdict, const char *name);

G_END_DECLS
