/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last lines of what a guest said on its console. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *vitrine_console_tail(const char *text, guint n_lines);

G_END_DECLS
