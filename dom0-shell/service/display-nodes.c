/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clears up dom0's end of paravirtual displays and sound cards. libxl does not: it has not made
 * these nodes. */
#include "display-nodes.h"

#include <glib.h>
#include <stdlib.h>

#define BACKENDS "/local/domain/0/backend/"

static const char *const classes[] = {"vfb", "vkbd", "vdispl", "vsnd"};

void display_nodes_remove(struct xs_handle *store, int domid)
{
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        g_autofree char *path = g_strdup_printf(BACKENDS "%s/%d", classes[i], domid);

        /* Not being there is fine. */
        xs_rm(store, XBT_NULL, path);
    }
}

static gboolean exists(libxl_ctx *ctx, guint64 domid)
{
    return libxl_domain_info(ctx, NULL, (uint32_t)domid) == 0;
}

static void sweep_class(struct xs_handle *store, libxl_ctx *ctx, const char *class)
{
    g_autofree char *path = g_strconcat(BACKENDS, class, NULL);
    unsigned int count = 0;
    /* xs_directory() gives one allocation of malloc(). */
    char **names = xs_directory(store, XBT_NULL, path, &count);

    for (unsigned int i = 0; i < count; i++) {
        guint64 domid;

        if (g_ascii_string_to_unsigned(names[i], 10, 1, G_MAXUINT16, &domid, NULL) &&
            !exists(ctx, domid))
            display_nodes_remove(store, (int)domid);
    }
    free(names);
}

void display_nodes_sweep(struct xs_handle *store, libxl_ctx *ctx)
{
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++)
        sweep_class(store, ctx, classes[i]);
}
