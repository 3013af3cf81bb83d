/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which system calls the process may still make. */
#ifndef BACKEND_SYSCALL_FILTER_H
#define BACKEND_SYSCALL_FILTER_H

#include <stdbool.h>

/*
 * From now on this thread, and those that it starts, may make the system calls of the list
 * @allowed, which ends with NULL, and start threads. What would open a way out, and libraries try
 * and can do without, fails: another socket, another program. Any other call ends the process
 * (SIGSYS), with a line in the kernel's log. Comes after no_new_privs was set. Returns false with
 * errno set if the kernel can't, and then nothing has changed.
 */
bool syscall_filter_enter(const char *const *allowed);

#endif
