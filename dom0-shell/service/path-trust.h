/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether what is found at a path is root's to decide, now and later. */
#pragma once

#include <glib.h>

/* Whether nobody but root can change which file the absolute PATH leads to: all directories on the
 * way, also those that symbolic links lead through, are root's, and no others may write to them.
 * Who may write to the file itself is not asked. With the rights of the calling thread; FALSE also
 * if there is no such file. */
gboolean path_trust_is_fixed(const char *path);
