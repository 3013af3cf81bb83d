/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text console of an imagined guest: a terminal that says back what is typed. */
#pragma once

#include <glib.h>

typedef struct SimulateConsole SimulateConsole;

/* A console of the guest NAME that answers in CONTEXT; NULL and ERROR if there is no terminal. */
SimulateConsole *simulate_console_new(GMainContext *context, const char *name, GError **error);

/* Hangs up on all who have it open. Not while CONTEXT is dispatched on another thread; NULL is
 * fine.
 */
void simulate_console_free(SimulateConsole *console);

/* As BackendOps.open_console. */
int simulate_console_open(SimulateConsole *console, char **ret_history, GError **error);
