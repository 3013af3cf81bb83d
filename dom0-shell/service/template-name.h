/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a template may be called. */
#pragma once

#include "guest-store.h"

/* True if a template of STORE may be made as NAME: it is as a guest's may be, and there is none,
 * nor one that is being made. Otherwise ERROR says what is wrong with it. */
gboolean template_name_check(const GuestStore *store, const char *name, GError **error);
