/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Orders to device models, through libxl, which keep nobody waiting. */
#pragma once

#include <gio/gio.h>
#include <libxl.h>

typedef struct LibxlMonitor LibxlMonitor;

/* All calls, and the answers' arrival, are on the thread that CTX (borrowed) is called by. */
LibxlMonitor *libxl_monitor_new(libxl_ctx *ctx);
void libxl_monitor_free(LibxlMonitor *monitor);

/* As BackendOps.ask_model. */
void libxl_monitor_ask(LibxlMonitor *monitor, int domid, const char *command, GTask *task);

/* Whether a device model owes an answer: then libxl may not be closed. */
gboolean libxl_monitor_is_waiting(const LibxlMonitor *monitor);
