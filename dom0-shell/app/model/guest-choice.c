/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings that are chosen from a few, as tables. */
#include "model/guest-choice.h"

#include <glib/gi18n.h>

/* What the hypervisor gives a guest that no weight was chosen for. */
#define USUAL_WEIGHT 256

/* How large a monitor is that somebody asked for by number. */
#define USUAL_MONITOR "1280x800"

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

/* As people have them; the service takes up to 4095x2047. */
static const char *const monitor_sizes[] = {
    "800x600",   "1024x768",  "1280x720",  "1280x800",  "1366x768",  "1440x900",  "1600x900",
    "1680x1050", "1920x1080", "1920x1200", "2560x1080", "2560x1440", "2560x1600", "3440x1440",
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

/* The index of the choice that is as many as @monitors; the number of choices if there is none. */
guint vitrine_monitor_choices_find(char *const *monitors)
{
    guint count = monitors ? g_strv_length((char **)monitors) : 0;

    return MIN(count, G_N_ELEMENTS(monitor_choices));
}

/* So many monitors: those of @monitors, each "WIDTHxHEIGHT", as they are, and others of the usual
 * size. To be freed. */
char **vitrine_monitor_choice_apply(const VitrineMonitorChoice *choice, char *const *monitors)
{
    char **list = g_new0(char *, choice->count + 1);
    guint known = monitors ? g_strv_length((char **)monitors) : 0;

    for (guint i = 0; i < choice->count; i++)
        list[i] = g_strdup(i < known ? monitors[i] : USUAL_MONITOR);
    return list;
}

const char *const *vitrine_monitor_sizes_get(guint *n_sizes)
{
    *n_sizes = G_N_ELEMENTS(monitor_sizes);
    return monitor_sizes;
}

/* The index of @size, "WIDTHxHEIGHT"; the number of sizes if it is none of them. */
guint vitrine_monitor_sizes_find(const char *size)
{
    guint i = 0;

    while (i < G_N_ELEMENTS(monitor_sizes) && g_strcmp0(monitor_sizes[i], size) != 0)
        i++;
    return i;
}

/* @size for a person: "1280 × 800". To be freed. */
char *vitrine_monitor_size_label(const char *size)
{
    g_auto(GStrv) sides = g_strsplit(size, "x", -1);

    return g_strjoinv(" × ", sides);
}
