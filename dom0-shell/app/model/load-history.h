/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's load was in the last two minutes, in bounded memory. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define VITRINE_LOAD_HISTORY_SIZE 60
/* How long one of its values stands for: as often as the service measures. */
#define VITRINE_LOAD_HISTORY_STEP_MS 2000

typedef struct {
    float values[VITRINE_LOAD_HISTORY_SIZE]; /* 0 to 1; a ring */
    guint newest;                            /* index of the value of @time */
    gint64 time;                             /* in steps */
} VitrineLoadHistory;

void vitrine_load_history_add(VitrineLoadHistory *self, gint64 now_us, double load);
void vitrine_load_history_advance(VitrineLoadHistory *self, gint64 now_us);
void vitrine_load_history_clear(VitrineLoadHistory *self);
float vitrine_load_history_get(const VitrineLoadHistory *self, guint age);
float vitrine_load_history_get_peak(const VitrineLoadHistory *self);
gboolean vitrine_load_history_is_flat(const VitrineLoadHistory *self);

G_END_DECLS
