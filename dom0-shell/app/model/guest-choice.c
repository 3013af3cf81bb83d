/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings that are chosen from a few, as tables. */
#include "model/guest-choice.h"

#include <glib/gi18n.h>
#include <string.h>

/* What the hypervisor gives a guest that no weight was chosen for. */
#define USUAL_WEIGHT 256

/* How large a monitor is that somebody asked for by number. */
#define USUAL_MONITOR "1280x800"
#define MONITORS_MAX  4

static const VitrineShareChoice shares[] = {
    {N_("Low"), USUAL_WEIGHT / 2},
    {N_("Normal"), 0},
    {N_("High"), USUAL_WEIGHT * 2},
};

static const VitrineNetworkChoice networks[] = {
    {N_("Through this computer"), "nat",
     N_("It reaches other computers, which can’t reach it by themselves"), FALSE},
    {N_("On this computer’s network"), "bridged",
     N_("Like a computer of its own, which others there can reach, too"), TRUE},
    {N_("None"), "none", N_("It reaches nothing, and nothing reaches it"), FALSE},
};

static const VitrineAccessChoice accesses[] = {
    {N_("Everything"), "all", FALSE},
    {N_("Nothing"), "none", FALSE},
    {N_("Only these hosts"), "hosts", TRUE},
};

static const VitrineMonitorChoice monitor_choices[] = {
    {N_("A frame buffer"), 0}, {N_("One"), 1}, {N_("Two"), 2}, {N_("Three"), 3}, {N_("Four"), 4},
};

static const VitrineStartChoice starts[] = {
    {"disk", N_("Its disk"), N_("By a boot loader that reads the disk in the guest"),
     N_("While the disk is empty, the CD in the drive")},
    {"cd", N_("The CD in its drive"), N_("If there is none, its disk"),
     N_("If there is none, its disk")},
    {"kernel", N_("A kernel of this computer’s"), N_("As an installer or a template has it"),
     N_("As an installer or a template has it")},
};

const VitrineShareChoice *vitrine_share_choices_get(guint *n_choices)
{
    *n_choices = G_N_ELEMENTS(shares);
    return shares;
}

/* The index of the choice that @weight is; the number of choices if it is none of them. */
guint vitrine_share_choices_find(guint weight)
{
    guint i = 0;

    while (i < G_N_ELEMENTS(shares) && shares[i].weight != (weight == USUAL_WEIGHT ? 0 : weight))
        i++;
    return i;
}

const VitrineNetworkChoice *vitrine_network_choices_get(guint *n_choices)
{
    *n_choices = G_N_ELEMENTS(networks);
    return networks;
}

/* Likewise. */
guint vitrine_network_choices_find(const char *network)
{
    guint i = 0;

    while (i < G_N_ELEMENTS(networks) && g_strcmp0(networks[i].network, network) != 0)
        i++;
    return i;
}

/* A sentence on @choice, in the person's language: what it means, or why it can't be had.
 * @bridged_problem says why there is no bridge; NULL or empty: there is one. */
const char *vitrine_network_choice_explain(const VitrineNetworkChoice *choice,
                                           const char *bridged_problem, gboolean *ret_available)
{
    *ret_available = !choice->needs_bridge || !bridged_problem || *bridged_problem == '\0';
    return *ret_available ? _(choice->sentence) : bridged_problem;
}

const VitrineAccessChoice *vitrine_access_choices_get(guint *n_choices)
{
    *n_choices = G_N_ELEMENTS(accesses);
    return accesses;
}

/* Likewise. */
guint vitrine_access_choices_find(const char *access)
{
    guint i = 0;

    while (i < G_N_ELEMENTS(accesses) && g_strcmp0(accesses[i].access, access) != 0)
        i++;
    return i;
}

/* What is to be said of the choice that is @start on the bus; NULL for what no choice is. */
const VitrineStartChoice *vitrine_start_choices_find(const char *start)
{
    for (guint i = 0; i < G_N_ELEMENTS(starts); i++) {
        if (g_strcmp0(starts[i].start, start) == 0)
            return &starts[i];
    }
    return NULL;
}

const VitrineMonitorChoice *vitrine_monitor_choices_get(guint *n_choices)
{
    *n_choices = G_N_ELEMENTS(monitor_choices);
    return monitor_choices;
}

/* The index of the choice that @monitors, each "WIDTHxHEIGHT", are; the number of choices if they
 * are none of them, being of another size. */
guint vitrine_monitor_choices_find(char *const *monitors)
{
    guint count = 0;

    for (; monitors && monitors[count]; count++) {
        if (strcmp(monitors[count], USUAL_MONITOR) != 0)
            return G_N_ELEMENTS(monitor_choices);
    }
    return MIN(count, G_N_ELEMENTS(monitor_choices));
}

/* As the service wants it. */
GVariant *vitrine_monitor_choice_value(const VitrineMonitorChoice *choice)
{
    const char *words[MONITORS_MAX];

    for (guint i = 0; i < choice->count; i++)
        words[i] = USUAL_MONITOR;
    return g_variant_new_strv(words, choice->count);
}
