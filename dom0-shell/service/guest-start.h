/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest starts from: its disk, the CD in its drive, or a kernel of dom0's. */
#pragma once

#include "guest-config.h"
#include "guest-notes.h"

/* The name that the bus and NAME.ini have for it, and back; FALSE if there is none. */
const char *guest_start_name(GuestStart start);
gboolean guest_start_parse(const char *name, GuestStart *ret_start);

/* What a file of these words starts from; each may be NULL. BOOT is xl.cfg's order of devices. */
GuestStart guest_start_find(GuestKind kind, const char *kernel, const char *bootloader,
                            const char *boot);

/* The names of what a guest of these FACTS and NOTES can be made to start from. Release with
 * g_free(); the strings are static. */
const char **guest_start_choices(const GuestFacts *facts, const GuestStartNotes *notes);

/* The file TEXT of LENGTH bytes, which says NOW, made to start from WANTED. RET_NOTES gets what is
 * to be kept of that in NAME.ini, where NOTES are now; release with guest_start_notes_clear(). NULL
 * and a sentence if that can't be, as where the boot loader's image is missing in GRUB_DIRECTORY.
 * The caller owns the result. */
char *guest_start_edit(GuestStart wanted, const char *grub_directory, const GuestFacts *now,
                       const GuestStartNotes *notes, const char *text, gsize length,
                       GuestStartNotes *ret_notes, GError **error);
