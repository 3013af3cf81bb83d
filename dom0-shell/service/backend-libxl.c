/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real machine, through libxl. */
#include "backend.h"

#include "error.h"

Backend *backend_libxl_open(Worker *worker, GMainContext *context, const BackendEvents *events,
                            GError **error)
{
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                        "This build serves simulated guests only: use --simulate.");
    return NULL;
}
