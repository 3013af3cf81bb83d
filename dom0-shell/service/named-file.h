/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of this computer's that a person names for a guest: opened once, with that person's rights,
 * and used by the descriptor from then on. */
#pragma once

#include "caller.h"

/* Each of these is called on a thread that is CALLER (caller_become()), and answers NULL or FALSE
 * and a sentence for that person if the file can't be used. */

typedef struct {
    char *path;    /* as it was named */
    int fd;        /* a plain file, open for reading */
    int directory; /* which the file is in, if it is to go from there; else -1 */
    /* The path may be used later, as root: it leads to this file until root changes that. Always
     * so for root, who named what root reads anyway. */
    gboolean stays;
} NamedFile;

/* Opens the plain file PATH. If it GOES, it must be no link, and one that CALLER may remove. */
NamedFile *named_file_open(const Caller *caller, const char *path, gboolean goes, GError **error);
void named_file_free(NamedFile *file);

/* Removes a file that goes, if it is still where it was. */
gboolean named_file_remove(const NamedFile *file, GError **error);

/* Whether the disk PATH, a file or a device, can be left where it is, for root to open by its path:
 * CALLER may read it, and, if the guest WRITES, write to it, and its path stays. ADVICE is what to
 * do if only the last is not so. */
gboolean named_file_check_kept(const Caller *caller, const char *path, gboolean writes,
                               const char *advice, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(NamedFile, named_file_free)
