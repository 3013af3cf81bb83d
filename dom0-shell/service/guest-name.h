/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest may be called. */
#pragma once

#include <glib.h>

#define GUEST_NAME_MAX 64

/* True if NAME may be a guest's name: a letter or digit, then letters, digits, '.', '_', '-',
 * at most GUEST_NAME_MAX in all, and not the name of dom0. Otherwise ERROR says what is wrong
 * with it. The same rule keeps the name harmless as a file name and as a bus path. */
gboolean guest_name_check(const char *name, GError **error);

/* Whether a name is in use already; for guest_name_suggest(). */
typedef gboolean (*GuestNameTaken)(const char *name, gpointer data);

/* A free name made from BASE: BASE itself, else BASE-2, BASE-3, ... The caller owns it. */
char *guest_name_suggest(const char *base, GuestNameTaken taken, gpointer data);
