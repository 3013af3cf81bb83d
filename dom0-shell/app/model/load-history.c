/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring of loads, one a step of time. The service says a load only when it is another one, so a
 * step in which nothing was said had the load of the step before.
 */
#include "model/load-history.h"

#include <string.h>

/* Moves on to the step of @now_us. Time that goes backwards stands still. */
void vitrine_load_history_advance(VitrineLoadHistory *self, gint64 now_us)
{
    gint64 time = now_us / (VITRINE_LOAD_HISTORY_STEP_MS * (gint64)1000);
    gint64 n_steps = CLAMP(time - self->time, 0, VITRINE_LOAD_HISTORY_SIZE);
    float last = self->values[self->newest];

    for (gint64 i = 0; i < n_steps; i++) {
        self->newest = (self->newest + 1) % VITRINE_LOAD_HISTORY_SIZE;
        self->values[self->newest] = last;
    }
    self->time = MAX(self->time, time);
}

/* Notes that the load is @load, 0 to 1, since the step of @now_us. What is no number is none. */
void vitrine_load_history_add(VitrineLoadHistory *self, gint64 now_us, double load)
{
    vitrine_load_history_advance(self, now_us);
    self->values[self->newest] = load > 0 ? MIN(load, 1) : 0;
}

/* Forgets all loads, and not how late it is. */
void vitrine_load_history_clear(VitrineLoadHistory *self)
{
    memset(self->values, 0, sizeof(self->values));
}

/* The load @age steps before the newest one. */
float vitrine_load_history_get(const VitrineLoadHistory *self, guint age)
{
    g_return_val_if_fail(age < VITRINE_LOAD_HISTORY_SIZE, 0);
    return self
        ->values[(self->newest + VITRINE_LOAD_HISTORY_SIZE - age) % VITRINE_LOAD_HISTORY_SIZE];
}

/* The highest load of all. */
float vitrine_load_history_get_peak(const VitrineLoadHistory *self)
{
    float peak = 0;

    for (guint i = 0; i < VITRINE_LOAD_HISTORY_SIZE; i++)
        peak = MAX(peak, self->values[i]);
    return peak;
}

/* Whether it looks the same however much time passes. */
gboolean vitrine_load_history_is_flat(const VitrineLoadHistory *self)
{
    for (guint i = 1; i < VITRINE_LOAD_HISTORY_SIZE; i++) {
        if (self->values[i] != self->values[0])
            return FALSE;
    }
    return TRUE;
}
