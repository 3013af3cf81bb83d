/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest said on its console, from xenconsoled's log. */
#pragma once

#include <glib.h>

/* The line of the guest NAME's log that tells best why it stopped (a panic's own, else the last
 * one), cleaned of everything a terminal or a label could take for more than text; NULL if there
 * is none. The caller owns it. */
char *console_log_last_words(const char *directory, const char *name);

/* What is read of a log to show it. */
#define CONSOLE_LOG_BYTES (64 * 1024)

/* The last SIZE bytes of the guest NAME's log as they are, NULs among them; NULL if there is none.
 * The caller owns it. */
GString *console_log_tail(const char *directory, const char *name, gsize size);

/* RAW without all but letters, lines and tabs: a terminal would answer some sequences, to a guest
 * that has asked long ago, and others could have it hide what follows. The caller owns it. */
char *console_log_clean(const GString *raw);

/* The end of the guest NAME's log, cleaned; empty if there is none. The caller owns it. */
char *console_log_text(const char *directory, const char *name);

/* What comes behind the escape sequence (ESC [ ... letter, or a bare ESC) that starts at TEXT. */
const char *console_log_skip_escape(const char *text);

/* Gives the log of NAME's last run another name, in place of the one before, so that the next run's
 * words are not mixed up with it. */
void console_log_set_aside(const char *directory, const char *name);

/* Removes all logs of NAME. */
void console_log_remove(const char *directory, const char *name);
