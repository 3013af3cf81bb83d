/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitors of a guest's PV graphics card: as a person says them, and as xl.cfg has them. */
#pragma once

#include <glib.h>

/* The most that a guest can have. */
#define MONITORS_MAX 4

/* "WIDTHxHEIGHT" of each, in their order, with ";" between; empty: the guest has no graphics card.
 * With its NUL. */
#define MONITORS_TEXT_MAX 48

typedef char MonitorList[MONITORS_TEXT_MAX];

/* What a person has chosen, if anything. */
typedef struct {
    gboolean said;
    MonitorList list;
} MonitorChoice;

/* Checks WORDS, each "WIDTHxHEIGHT". FALSE and a sentence if they can't be had; LIST is untouched
 * then. */
gboolean monitor_list_take(const char *const *words, MonitorList list, GError **error);

/* The words again; the caller owns them. */
GStrv monitor_list_words(const char *list);

/* Reads the first card of VALUE, that of `vdispl` in an xl.cfg, as written; NULL if there is none.
 * What is no monitor in there is passed over. */
void monitor_list_scan(const char *value, MonitorList list);

/* Adds a monitor of a card, as libxl has read it; more than fit are passed over. */
void monitor_list_add(MonitorList list, guint width, guint height);
