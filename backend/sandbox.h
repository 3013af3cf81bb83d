/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives up what the process does not need once everything is open. */
#ifndef BACKEND_SANDBOX_H
#define BACKEND_SANDBOX_H

/* The most directories that sandbox_enter() takes. */
#define SANDBOX_MAX_REMOVABLE 3

/*
 * No new privileges, no capabilities, no core dump (it would hold the guest's screen), and of the
 * file system only the right to remove files in the directories of the paths @keep_removable, of
 * which each may be NULL. Applies to this thread and those that it starts from now on, so it comes
 * before any other thread. What the kernel does not have is left out with a warning. System calls
 * are not filtered.
 */
void sandbox_enter(const char *const keep_removable[SANDBOX_MAX_REMOVABLE]);

#endif
