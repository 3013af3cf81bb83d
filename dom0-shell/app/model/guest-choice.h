/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings that are chosen from a few: which there are, and which one a guest has. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    const char *label; /* for a person, to be translated */
    guint weight;
} VitrineShareChoice;

typedef struct {
    const char *label;
    const char *network;   /* on the bus */
    const char *sentence;  /* for a person: what it means */
    gboolean needs_bridge; /* to the network outside */
} VitrineNetworkChoice;

typedef struct {
    const char *label;
    const char *access; /* on the bus */
    gboolean has_list;  /* it goes by the guest's list of hosts */
} VitrineAccessChoice;

typedef struct {
    const char *start;       /* on the bus */
    const char *label;       /* for a person, to be translated */
    const char *sentence;    /* likewise: what else happens */
    const char *sentence_pc; /* the same of a guest with a PC's firmware */
} VitrineStartChoice;

/* The most that a guest can have. */
#define VITRINE_MONITORS_MAX 4

typedef struct {
    const char *label;
    guint count; /* of monitors; 0: no graphics card */
} VitrineMonitorChoice;

const VitrineShareChoice *vitrine_share_choices_get(guint *n_choices);
guint vitrine_share_choices_find(guint weight);
const VitrineNetworkChoice *vitrine_network_choices_get(guint *n_choices);
guint vitrine_network_choices_find(const char *network);
const char *vitrine_network_choice_explain(const VitrineNetworkChoice *choice,
                                           const char *bridged_problem, gboolean *ret_available);
const VitrineAccessChoice *vitrine_access_choices_get(guint *n_choices);
guint vitrine_access_choices_find(const char *access);
const VitrineStartChoice *vitrine_start_choices_find(const char *start);
const VitrineMonitorChoice *vitrine_monitor_choices_get(guint *n_choices);
guint vitrine_monitor_choices_find(char *const *monitors);
char **vitrine_monitor_choice_apply(const VitrineMonitorChoice *choice, char *const *monitors);
const char *const *vitrine_monitor_sizes_get(guint *n_sizes);
guint vitrine_monitor_sizes_find(const char *size);
char *vitrine_monitor_size_label(const char *size);

G_END_DECLS
