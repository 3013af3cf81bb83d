/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest has, on the dialog of its settings. */
#include "ui/settings-dialog-private.h"

#include "model/memory-text.h"
#include "ui/color-buttons.h"
#include "ui/network-row.h"
#include "sentence.h"

#include <glib/gi18n.h>

#define MIN_MEMORY_MIB 64

/* What the guest has already is allowed, whatever the machine is like. */
void vitrine_settings_set_limits(VitrineSettingsDialog *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);
    guint64 memory, total = manager ? vitrine_manager1_get_total_memory(manager) : 0;
    guint vcpus, n_cpus = manager ? vitrine_manager1_get_cpu_count(manager) : 0;
    double mib;

    g_object_get(self->guest, "memory", &memory, "vcpus", &vcpus, NULL);
    mib = memory / VITRINE_MIB;
    gtk_spin_button_set_range(self->memory, MIN(MIN_MEMORY_MIB, mib),
                              MAX(total / VITRINE_MIB, mib));
    gtk_spin_button_set_range(self->vcpus, 1, MAX(MAX(n_cpus, vcpus), 1));
}

/* The choices of a table, and one more for a guest that has none of them. */
static void load_choice(AdwComboRow *row, const char *const *labels, guint n_labels, guint selected,
                        const char *other)
{
    g_autoptr(GtkStringList) list = gtk_string_list_new(NULL);

    for (guint i = 0; i < n_labels; i++)
        gtk_string_list_append(list, _(labels[i]));
    if (selected == n_labels)
        gtk_string_list_append(list, other);
    adw_combo_row_set_model(row, G_LIST_MODEL(list));
    adw_combo_row_set_selected(row, selected);
}

static void load_share(VitrineSettingsDialog *self, guint weight)
{
    guint n_choices;
    const VitrineShareChoice *choices = vitrine_share_choices_get(&n_choices);
    g_autofree const char **labels = g_new0(const char *, n_choices);
    /* Translators: a share of the CPU that is neither low, normal nor high. */
    g_autofree char *other = g_strdup_printf(_("Custom (%u)"), weight);

    for (guint i = 0; i < n_choices; i++)
        labels[i] = choices[i].label;
    load_choice(self->share, labels, n_choices, vitrine_share_choices_find(weight), other);
}

static void load_network(VitrineSettingsDialog *self, const char *network)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);

    vitrine_network_row_load(
        self->network, network,
        manager ? sentence_localise_for(G_OBJECT(manager), "bridged-problem",
                                        vitrine_manager1_get_bridged_problem(manager))
                : NULL);
}

static gboolean is_pc(VitrineSettingsDialog *self)
{
    return g_strcmp0(vitrine_guest1_get_kind(vitrine_guest_get_proxy(self->guest)), "hvm") == 0;
}

/* The sizes that there are in a list, and @size, if that is another one. */
static void load_size(AdwComboRow *row, const char *size)
{
    guint n_sizes, selected = vitrine_monitor_sizes_find(size);
    const char *const *sizes = vitrine_monitor_sizes_get(&n_sizes);
    g_autoptr(GtkStringList) list = gtk_string_list_new(NULL);

    for (guint i = 0; i < n_sizes; i++)
        gtk_string_list_take(list, vitrine_monitor_size_label(sizes[i]));
    if (selected == n_sizes)
        gtk_string_list_take(list, vitrine_monitor_size_label(size));
    adw_combo_row_set_model(row, G_LIST_MODEL(list));
    adw_combo_row_set_selected(row, selected);
}

static void load_sizes(VitrineSettingsDialog *self, char **monitors)
{
    guint n_monitors = monitors ? g_strv_length(monitors) : 0;

    for (guint i = 0; i < G_N_ELEMENTS(self->sizes); i++) {
        if (i < n_monitors)
            load_size(self->sizes[i], monitors[i]);
        gtk_widget_set_visible(GTK_WIDGET(self->sizes[i]), i < n_monitors);
    }
    g_strfreev(self->screen_sizes);
    self->screen_sizes = g_strdupv(monitors);
}

/* A PC's emulated graphics card has one, which nobody can change. */
static void load_monitors(VitrineSettingsDialog *self, char **monitors)
{
    guint n_choices;
    const VitrineMonitorChoice *choices = vitrine_monitor_choices_get(&n_choices);
    g_autofree const char **labels = g_new0(const char *, n_choices);

    for (guint i = 0; i < n_choices; i++)
        labels[i] = choices[i].label;
    load_choice(self->monitors, labels, n_choices, vitrine_monitor_choices_find(monitors),
                _("As in the guest’s file"));
    load_sizes(self, monitors);
    gtk_widget_set_visible(GTK_WIDGET(self->screens), !is_pc(self));
}

static void load_access(VitrineSettingsDialog *self, const char *access, char **hosts)
{
    guint n_choices;
    const VitrineAccessChoice *choices = vitrine_access_choices_get(&n_choices);
    g_autofree const char **labels = g_new0(const char *, n_choices);
    g_autofree char *text = hosts ? g_strjoinv(" ", hosts) : g_strdup("");
    guint selected = vitrine_access_choices_find(access);

    for (guint i = 0; i < n_choices; i++)
        labels[i] = choices[i].label;
    load_choice(self->access, labels, n_choices, selected, _("As in the guest’s file"));
    gtk_widget_set_visible(GTK_WIDGET(self->hosts),
                           selected < n_choices && choices[selected].has_list);
    if (g_strcmp0(gtk_editable_get_text(GTK_EDITABLE(self->hosts)), text) != 0)
        gtk_editable_set_text(GTK_EDITABLE(self->hosts), text);
}

/* What is known of the choice that is shown in the row. */
void vitrine_settings_describe_start(VitrineSettingsDialog *self, const char *start)
{
    const VitrineStartChoice *choice = vitrine_start_choices_find(start);
    const char *sentence = NULL;

    if (choice)
        sentence = is_pc(self) ? choice->sentence_pc : choice->sentence;
    adw_action_row_set_subtitle(ADW_ACTION_ROW(self->start), sentence ? _(sentence) : "");
}

static void load_start(VitrineSettingsDialog *self, const char *start, char **starts)
{
    g_autoptr(GPtrArray) labels = g_ptr_array_new();
    guint n_starts = starts ? g_strv_length(starts) : 0, selected = n_starts;

    for (guint i = 0; i < n_starts; i++) {
        const VitrineStartChoice *choice = vitrine_start_choices_find(starts[i]);

        g_ptr_array_add(labels, (gpointer)(choice ? choice->label : starts[i]));
        if (g_strcmp0(starts[i], start) == 0)
            selected = i;
    }
    g_strfreev(self->starts);
    self->starts = g_strdupv(starts);
    load_choice(self->start, (const char *const *)labels->pdata, n_starts, selected,
                _("As in the guest’s file"));
    vitrine_settings_describe_start(self, start);
}

static void load_memory(VitrineSettingsDialog *self, guint64 memory, guint64 maximum)
{
    double mib = memory / VITRINE_MIB, most, upper;

    gtk_spin_button_get_range(self->memory, NULL, &upper);
    most = MAX(maximum / VITRINE_MIB, mib);
    gtk_spin_button_set_value(self->memory, mib);
    gtk_spin_button_set_range(self->maximum, mib, MAX(upper, most));
    gtk_spin_button_set_value(self->maximum, most);
}

/* Shows what the guest has; not while a person changes it, and not over what is asked for. */
void vitrine_settings_show(VitrineSettingsDialog *self)
{
    g_autofree char *network = NULL, *color = NULL, *access = NULL, *start = NULL;
    g_auto(GStrv) hosts = NULL, starts = NULL, monitors = NULL;
    guint64 memory, maximum;
    guint vcpus, weight;
    gboolean autostart, sound, needs_restart;

    g_object_get(self->guest, "memory", &memory, "maximum-memory", &maximum, "vcpus", &vcpus,
                 "weight", &weight, "network", &network, "color", &color, "autostart", &autostart,
                 "sound", &sound, "needs-restart", &needs_restart, "network-access", &access,
                 "network-hosts", &hosts, "start-from", &start, "start-choices", &starts,
                 "monitors", &monitors, NULL);
    gtk_widget_set_visible(self->restart_banner, needs_restart);
    if (self->wanted || self->busy)
        return;
    self->loading = TRUE;
    load_memory(self, memory, maximum);
    gtk_spin_button_set_value(self->vcpus, vcpus);
    load_share(self, weight);
    load_network(self, network);
    load_access(self, access, hosts);
    load_start(self, start, starts);
    load_monitors(self, monitors);
    gtk_switch_set_active(self->autostart, autostart);
    gtk_switch_set_active(self->sound, sound);
    gtk_editable_set_text(self->group, vitrine_guest_get_group(self->guest));
    vitrine_color_buttons_select(self->colors, color);
    self->loading = FALSE;
}
