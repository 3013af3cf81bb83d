/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal that a guest's console is on in dom0, and what was said there before. */
#pragma once

#include <glib.h>

/* Opens the terminal PATH, which must be a pseudo-terminal's below /dev/pts, without blocking and
 * in raw mode; it never becomes this process's own. The descriptor is the caller's; -1 and ERROR if
 * that can't be. */
int console_terminal_open(const char *path, GError **error);

/* What the guest has said so far, as text that changes nothing but the lines it is written to: the
 * end of the log of NAME in LOG_DIRECTORY (which may be NULL), up to what is read next from the
 * terminal FD. What waited there already is taken. The caller owns it; it may be empty. */
char *console_terminal_history(int fd, const char *log_directory, const char *name);
