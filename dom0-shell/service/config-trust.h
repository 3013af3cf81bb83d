/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What in a person's xl.cfg root would run, or write to, because the file says so: who may manage
 * guests would get more by it than a guest. */
#pragma once

#include <glib.h>

/* Whether the settings of TEXT, of LENGTH bytes, name nothing of that kind, and are written so that
 * it can be told: each once, without escapes. FALSE and a sentence if not. Disks are left to
 * config_trust_disks(). */
gboolean config_trust_settings(const char *text, gsize length, GError **error);

/* The same for what else a disk's line says, beside the disk; DISKS are ConfigDisk. */
gboolean config_trust_disks(const GPtrArray *disks, GError **error);
