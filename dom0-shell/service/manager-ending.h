/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Manager1's methods on what becomes of guests when the computer is switched off. */
#pragma once

#include "service.h"

typedef struct ManagerEnding ManagerEnding;

/* Answers SetWhenSwitchedOff and EndGuests of SKELETON, and shows WhenSwitchedOff. */
ManagerEnding *manager_ending_new(VitrineManager1 *skeleton, Service *service);
void manager_ending_free(ManagerEnding *ending);

/* Gives up an EndGuests that is under way; who called is told. */
void manager_ending_stop(ManagerEnding *ending);
