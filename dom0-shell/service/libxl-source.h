/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libxl's wishes for descriptors and timers, as sources of a GLib main context. */
#pragma once

#include <glib.h>
#include <libxl.h>

#include <libxl_event.h>

typedef struct LibxlSources LibxlSources;

/* Has CTX's events dispatched in CONTEXT. The thread that runs CONTEXT must be the only one that
 * calls into CTX: then no call into libxl can happen inside another. Call before any operation
 * on CTX. */
LibxlSources *libxl_sources_new(libxl_ctx *ctx, GMainContext *context);

/* After libxl_ctx_free(); destroys what is left. */
void libxl_sources_free(LibxlSources *sources);
