/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Amounts of memory as text. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define VITRINE_MIB (1024.0 * 1024.0)

char *vitrine_memory_text(guint64 bytes);

G_END_DECLS
