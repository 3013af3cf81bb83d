/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dates; see calendar.h. Years are counted from March here, so that the odd day comes last, and the
 * lengths of months follow one formula. */
#include "hvm/platform/calendar.h"

#define DAY              86400U
#define DAYS_OF_400YEARS 146097U
#define DAYS_BEFORE_1970 719468U /* since the first of March of year 0 */

/* Days of the year before the first of that month, 0 being March. */
static unsigned int days_before(unsigned int month)
{
    return (153 * month + 2) / 5;
}

void calendar_of(uint64_t seconds, struct calendar *out)
{
    uint64_t days = seconds / DAY + DAYS_BEFORE_1970;
    unsigned int in_day = (unsigned int)(seconds % DAY);
    unsigned int left = (unsigned int)(days % DAYS_OF_400YEARS);
    /* Of these, the last day of each 4 years, but not of each 100, is no part of a year of 365. */
    unsigned int year = (left - left / 1460 + left / 36524 - left / 146096) / 365;
    unsigned int in_year = left - (365 * year + year / 4 - year / 100);
    unsigned int month = (5 * in_year + 2) / 153;

    out->second = in_day % 60;
    out->minute = in_day / 60 % 60;
    out->hour = in_day / 3600;
    out->weekday = (unsigned int)((seconds / DAY + 4) % 7) + 1;
    out->day = in_year - days_before(month) + 1;
    out->month = month < 10 ? month + 3 : month - 9;
    out->year = (unsigned int)(days / DAYS_OF_400YEARS) * 400 + year + (month >= 10);
}

uint64_t calendar_seconds(const struct calendar *date)
{
    unsigned int months = date->month + 9; /* since March of the year before */
    uint64_t year = date->year - 1 + months / 12;
    uint64_t days = year * 365 + year / 4 - year / 100 + year / 400 + days_before(months % 12) +
                    date->day - 1 - DAYS_BEFORE_1970;

    return days * DAY + date->hour * 3600 + date->minute * 60 + date->second;
}
