/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps what libxl says during an operation, and makes a sentence of it when that fails. */
#pragma once

#include <glib.h>
#include <xentoollog.h>

typedef struct LibxlLog LibxlLog;

LibxlLog *libxl_log_new(void);
void libxl_log_free(LibxlLog *log);

/* To be given to libxl; lives as long as LOG. */
xentoollog_logger *libxl_log_logger(LibxlLog *log);

/* An operation begins: what was said before is not about it. */
void libxl_log_begin(LibxlLog *log);

/* Sets ERROR to "WHAT: why. What to do.", from the line libxl said since libxl_log_begin() that
 * tells most; STATUS is libxl's own error code. Always returns FALSE. */
gboolean libxl_log_fail(LibxlLog *log, int status, const char *what, GError **error);
