/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Amounts of memory as text: MiB below one GiB, else GiB with a decimal where it matters. */
#include "model/memory-text.h"

#include <glib/gi18n.h>

/* @bytes as "768 MiB" or "1.5 GiB"; to be freed. */
char *vitrine_memory_text(guint64 bytes)
{
    double mib = bytes / VITRINE_MIB;

    if (mib < 1024)
        return g_strdup_printf(_("%.0f MiB"), mib);
    if ((guint64)mib % 1024 == 0)
        return g_strdup_printf(_("%.0f GiB"), mib / 1024);
    return g_strdup_printf(_("%.1f GiB"), mib / 1024);
}
