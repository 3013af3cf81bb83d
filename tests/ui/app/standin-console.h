/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's text console for tests: a terminal that says back what is typed, and what it is told
 * to. */
#pragma once

#include <glib.h>

int standin_console_open(void);
void standin_console_say(const char *text, guint times);
void standin_console_hang_up(void);
guint standin_console_count_waiting(void);
char *standin_console_take_typed(void);
