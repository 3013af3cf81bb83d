/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest said on its console, from xenconsoled's log. */
#pragma once

#include <glib.h>

/* The line of the guest NAME's log that tells best why it stopped (a panic's own, else the last
 * one), cleaned of everything a terminal or a label could take for more than text; NULL if there
 * is none. The caller owns it. */
char *console_log_last_words(const char *directory, const char *name);

/* The last SIZE bytes of the guest NAME's log as they are, NULs among them; NULL if there is none.
 * The caller owns it. */
GString *console_log_tail(const char *directory, const char *name, gsize size);

/* What comes behind the escape sequence (ESC [ ... letter, or a bare ESC) that starts at TEXT. */
const char *console_log_skip_escape(const char *text);

/* Gives the log of NAME's last run another name, in place of the one before, so that the next run's
 * words are not mixed up with it. */
void console_log_set_aside(const char *directory, const char *name);

/* Removes all logs of NAME. */
void console_log_remove(const char *directory, const char *name);
