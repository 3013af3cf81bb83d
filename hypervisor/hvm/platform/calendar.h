/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seconds since 1970 as a date of the Gregorian calendar, and back. */
#ifndef HVM_PLATFORM_CALENDAR_H
#define HVM_PLATFORM_CALENDAR_H

#include "lib/compiler.h"

struct calendar {
    unsigned int second, minute, hour;
    unsigned int weekday;    /* 1: Sunday */
    unsigned int day, month; /* from 1 */
    unsigned int year;
};

void calendar_of(uint64_t seconds, struct calendar *out);
/* Any numbers: those beyond a unit's end count on into the next. The weekday is not looked at. */
uint64_t calendar_seconds(const struct calendar *date);

#endif
