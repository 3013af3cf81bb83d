/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program that makes something for a long time, and says on its standard output how far it is:
 *
 *   progress FRACTION PHASE
 *   vitrine: SENTENCE          what is wrong, before it ends with another status than 0
 *
 * It, and all that it has started, is one process group. */
#pragma once

#include <gio/gio.h>

typedef struct Maker Maker;

/* Both on the main thread. */
typedef struct {
    void (*progress)(double fraction, const char *phase, gpointer data);
    /* Once, the last thing that is heard: ERROR (borrowed) is NULL after a success. MAKER is freed
     * when this returns. */
    void (*over)(const GError *error, gpointer data);
} MakerEvents;

/* Starts ARGV. EVENTS and DATA outlive the maker. NULL and ERROR if it can't be started. */
Maker *maker_start(const char *const *argv, const MakerEvents *events, gpointer data,
                   GError **error);

/* Asks it to stop and to clean up behind itself; `over` says when it has. */
void maker_stop(Maker *maker);
