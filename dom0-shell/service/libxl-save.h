/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of saved domains, in the format of `xl save`: what the domain was built of, as libxl's
 * JSON, and libxl's stream. `xl restore` takes them too. */
#pragma once

#include <gio/gio.h>
#include <libxl.h>

#include "backend.h"
#include "libxl-log.h"

/* Writes DOMID to the file PATH, which must not exist, and returns when all of it is on the disk;
 * the domain stands still then. PROGRESS is told how much of EXPECTED bytes is written, from this
 * thread; CANCELLABLE is heard. After a failure there is no PATH; whether the domain stands still
 * has to be looked at. */
gboolean libxl_save_domain(libxl_ctx *ctx, LibxlLog *log, uint32_t domid, const char *path,
                           guint64 expected, BackendProgress progress, gpointer data,
                           GCancellable *cancellable, GError **error);

/* Opens such a file at the place where libxl's stream begins, and reads what the domain was built
 * of: to be disposed, but not after a failure. A descriptor, the caller's to close, or -1. */
int libxl_save_open(libxl_ctx *ctx, const char *path, libxl_domain_config *ret_config,
                    GError **error);

/* Makes a domain, paused, of CONFIG and of what FD reads. */
gboolean libxl_save_restore(libxl_ctx *ctx, LibxlLog *log, libxl_domain_config *config, int fd,
                            GCancellable *cancellable, uint32_t *ret_domid, GError **error);
