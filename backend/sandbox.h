/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives up what the process does not need once everything is open. */
#ifndef BACKEND_SANDBOX_H
#define BACKEND_SANDBOX_H

#include <sys/types.h>

/* The most directories that sandbox_enter() takes. */
#define SANDBOX_MAX_REMOVABLE 4

/*
 * No new privileges, no capabilities, no core dump (it would hold the guest's screen), and of the
 * file system only the right to remove files in the directories of the paths @keep_removable, of
 * which each may be NULL. Applies to this thread and those that it starts from now on, so it comes
 * before any other thread. What the kernel does not have is left out with a warning. System calls
 * are not filtered: that is syscall_filter_enter().
 */
void sandbox_enter(const char *const keep_removable[SANDBOX_MAX_REMOVABLE]);

/*
 * The same, and the process is the user and the group @id from then on, and of no other group; 0:
 * it stays who it is. It still ends with its parent if it was to.
 */
void sandbox_enter_as(uid_t id, const char *const keep_removable[SANDBOX_MAX_REMOVABLE]);

#endif
