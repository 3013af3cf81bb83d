/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends all guests, as the computer is about to be switched off: all at once, and in bounded time.
 */
#pragma once

#include "service.h"
#include "switch-off.h"

typedef struct Ending Ending;

/* What became of the guest NAME. */
typedef enum {
    ENDED_SHUT_DOWN,
    ENDED_SAVED,
    ENDED_FORCED_OFF,
    ENDED_NOT, /* it can't be ended */
} EndedHow;

/* "shut-down", "saved", "forced-off", "running". */
const char *ended_name(EndedHow how);

typedef struct {
    char *name;
    EndedHow how;
} EndedGuest;

/* Called once, when no guest runs any more. ENDED has an EndedGuest for each that did. */
typedef void (*EndingDone)(const GPtrArray *ended, gpointer data);

/* Begins to end the guests of SERVICE in this WAY. Who has not shut down after so many SECONDS is
 * forced off; a save is waited for. What else is being done with guests is cancelled. */
Ending *ending_new(Service *service, SwitchOffWay way, guint seconds, EndingDone done,
                   gpointer data);

/* Frees ENDING (NULL is nothing), whether it is over or not. Guests go on as they are by then. */
void ending_free(Ending *ending);
