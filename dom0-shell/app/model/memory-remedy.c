/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which guests to shut down to make room for another one. */
#include "model/memory-remedy.h"

static int compare(gconstpointer a, gconstpointer b, gpointer data)
{
    const VitrineMemoryUser *user_a = a, *user_b = b;
    guint64 missing = *(const guint64 *)data;
    gboolean suffices_a = user_a->memory >= missing, suffices_b = user_b->memory >= missing;

    if (suffices_a != suffices_b)
        return suffices_b - suffices_a;
    if (user_a->memory == user_b->memory)
        return g_strcmp0(user_a->name, user_b->name);
    /* Of those that do it alone, the smallest; of the others, the largest. */
    return (user_a->memory < user_b->memory) == suffices_a ? -1 : 1;
}

/* Puts the best first, if @missing bytes are to become free. */
void vitrine_memory_remedy_sort(VitrineMemoryUser *users, guint n_users, guint64 missing)
{
    g_qsort_with_data(users, n_users, sizeof(*users), compare, &missing);
}
