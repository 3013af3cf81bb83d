/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of guests when the computer is switched off: a person's choice, and which guests
 * are to go on when it is switched on again. Both are in the file STATE/service.ini. */
#pragma once

#include "guest-store.h"

typedef enum {
    SWITCH_OFF_SHUT_DOWN, /* guests are asked to shut down */
    SWITCH_OFF_SAVE,      /* their memory is saved; who can't be saved is shut down */
} SwitchOffWay;

/* Their words on the bus, "shut-down" and "save"; FALSE if NAME is neither. */
const char *switch_off_name(SwitchOffWay way);
gboolean switch_off_parse(const char *name, SwitchOffWay *ret_way);

/* The choice; without a file, or with one that makes no sense, guests are shut down. */
SwitchOffWay switch_off_read(const GuestStore *store);

/* Keeps the choice; what else is in the file stays. FALSE and a sentence if it can't be. */
gboolean switch_off_write(const GuestStore *store, SwitchOffWay way, GError **error);

/* Keeps the NAMES (NULL-terminated) of guests that are to go on when the computer is switched on
 * again. */
gboolean switch_off_note(const GuestStore *store, const char *const *names, GError **error);

/* The names that were noted last, which are forgotten by that; to be freed. */
char **switch_off_take_noted(const GuestStore *store);
