/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls that a display server makes once it serves its guest. */
#ifndef DISPLAY_SYSCALLS_H
#define DISPLAY_SYSCALLS_H

/* For syscall_filter_enter(). */
extern const char *const display_syscalls[];

#endif
