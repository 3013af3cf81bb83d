/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's file says of a guest that is to be copied, and the file of the copy. */
#pragma once

#include <glib.h>

/* Whether DISK is the only disk of the guest whose file is TEXT, CD drives aside: another one
 * would be left out of a copy, or be shared by two guests. FALSE and a sentence if not. */
gboolean guest_clone_check(const char *text, const char *disk, GError **error);

/* What is another's in the file of a copy. */
typedef struct {
    const char *name;
    const char *disk;     /* path */
    const char *old_disk; /* that of the guest copied */
    const char *screen;   /* HVM: path of QEMU's socket */
} GuestCloneFile;

/* TEXT, of LENGTH bytes, as the file of a copy: with a UUID and a MAC address of its own. NULL and
 * a sentence if that can't be. The caller owns it. */
char *guest_clone_write(const char *text, gsize length, const GuestCloneFile *file, GError **error);
