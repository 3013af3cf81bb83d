/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much sound is kept on its way to the ear. */
#include "lead.h"

#define BEGINNING_US (200 * 1000)
#define CALM_US      (60 * 1000 * 1000)

void lead_init(struct lead *lead, uint64_t buffer_us)
{
    *lead = (struct lead){.us = LEAD_LEAST_US, .most_us = LEAD_MOST_US};
    if (buffer_us / 2 < lead->most_us)
        lead->most_us = (uint32_t)(buffer_us / 2);
    if (lead->most_us < LEAD_LEAST_US)
        lead->most_us = LEAD_LEAST_US;
}

void lead_start(struct lead *lead, int64_t now_us)
{
    lead->since_us = now_us;
}

static bool set(struct lead *lead, uint32_t us, int64_t now_us)
{
    bool changes = us != lead->us;

    lead->us = us;
    lead->since_us = now_us;
    return changes;
}

bool lead_ran_out(struct lead *lead, int64_t now_us)
{
    if (now_us - lead->since_us < BEGINNING_US)
        return false;
    return set(lead, lead->us * 2 < lead->most_us ? lead->us * 2 : lead->most_us, now_us);
}

bool lead_look(struct lead *lead, int64_t now_us)
{
    if (lead->us == LEAD_LEAST_US || now_us - lead->since_us < CALM_US)
        return false;
    return set(lead, lead->us / 2 > LEAD_LEAST_US ? lead->us / 2 : LEAD_LEAST_US, now_us);
}
