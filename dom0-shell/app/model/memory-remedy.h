/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which guests to shut down to make room for another one. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    const char *name;
    guint64 memory; /* bytes that it would give back */
} VitrineMemoryUser;

void vitrine_memory_remedy_sort(VitrineMemoryUser *users, guint n_users, guint64 missing);

G_END_DECLS
