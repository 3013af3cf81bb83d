/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dialog with the settings of one guest. There is nothing to confirm: what was changed is asked
 * of the service at once, or after a moment where a person may still be typing. What the service
 * refuses is said in its words, and the dialog shows again what the guest has.
 */
#include "ui/settings-dialog.h"

#include "model/guest-choice.h"
#include "model/memory-text.h"
#include "ui/color-buttons.h"

#include <glib/gi18n.h>

#define MIN_MEMORY_MIB 64
/* Long enough to press a button of a number field again. */
#define TYPING_MS 700

struct _VitrineSettingsDialog {
    AdwWindow parent_instance;

    GtkWidget *spinner;
    GtkWidget *restart_banner;
    GtkWidget *error;
    AdwActionRow *memory_row;
    GtkSpinButton *memory;
    GtkSpinButton *vcpus;
    AdwComboRow *share;
    AdwComboRow *network;
    AdwComboRow *access;
    AdwEntryRow *hosts;
    AdwComboRow *start;
    AdwComboRow *monitors;
    GtkSwitch *autostart;
    GtkSwitch *sound;
    GtkBox *colors;

    VitrineConnection *connection;
    VitrineGuest *guest;
    char **starts;        /* what the choices of `start` are on the bus */
    GVariantDict *wanted; /* changed here and not asked for yet */
    guint timer;          /* until it will be */
    gboolean loading;     /* the fields change by our own hand */
    gboolean busy;        /* a call is on its way */
    gboolean closed;
};

enum {
    FAILED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(VitrineSettingsDialog, vitrine_settings_dialog, ADW_TYPE_WINDOW)

/* What of the guest the dialog follows. */
static const char *const shown[] = {
    "notify::memory",     "notify::maximum-memory", "notify::vcpus",
    "notify::weight",     "notify::color",          "notify::network",
    "notify::autostart",  "notify::needs-restart",  "notify::sound",
    "notify::monitors",   "notify::network-access", "notify::network-hosts",
    "notify::start-from", "notify::start-choices",
};

static void apply(VitrineSettingsDialog *self);

static void show_error(VitrineSettingsDialog *self, const char *sentence)
{
    gtk_label_set_text(GTK_LABEL(self->error), sentence ? sentence : "");
    gtk_widget_set_visible(self->error, sentence != NULL);
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
    guint n_choices;
    const VitrineNetworkChoice *choices = vitrine_network_choices_get(&n_choices);
    g_autofree const char **labels = g_new0(const char *, n_choices);

    for (guint i = 0; i < n_choices; i++)
        labels[i] = choices[i].label;
    load_choice(self->network, labels, n_choices, vitrine_network_choices_find(network),
                _("As in the guest’s file"));
}

static gboolean is_pc(VitrineSettingsDialog *self)
{
    return g_strcmp0(vitrine_guest1_get_kind(vitrine_guest_get_proxy(self->guest)), "hvm") == 0;
}

/* A PC's emulated graphics card has one, which nobody can change. */
static void load_monitors(VitrineSettingsDialog *self, char **monitors)
{
    guint n_choices;
    const VitrineMonitorChoice *choices = vitrine_monitor_choices_get(&n_choices);
    g_autofree const char **labels = g_new0(const char *, n_choices);
    g_autofree char *other = g_strjoinv(", ", monitors);

    for (guint i = 0; i < n_choices; i++)
        labels[i] = choices[i].label;
    load_choice(self->monitors, labels, n_choices, vitrine_monitor_choices_find(monitors), other);
    gtk_widget_set_visible(GTK_WIDGET(self->monitors), !is_pc(self));
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
static void describe_start(VitrineSettingsDialog *self, const char *start)
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
    describe_start(self, start);
}

static void load_memory(VitrineSettingsDialog *self, guint64 memory, guint64 maximum)
{
    g_autofree char *text = vitrine_memory_text(maximum);
    g_autofree char *subtitle =
        maximum > memory ? g_strdup_printf(_("Up to %s without a restart"), text) : NULL;

    gtk_spin_button_set_value(self->memory, memory / VITRINE_MIB);
    adw_action_row_set_subtitle(self->memory_row, subtitle ? subtitle : "");
}

/* Shows what the guest has; not while a person changes it, and not over what is asked for. */
static void load(VitrineSettingsDialog *self)
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
    vitrine_color_buttons_select(self->colors, color);
    self->loading = FALSE;
}

/* Whoever has closed the dialog is told by the window. */
static void on_configured(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineSettingsDialog) self = data;
    g_autoptr(GError) error = NULL;

    self->busy = FALSE;
    vitrine_guest_configure_finish(VITRINE_GUEST(source), result, &error);
    if (self->closed) {
        if (error)
            g_signal_emit(self, signals[FAILED], 0, error->message);
        return;
    }
    gtk_widget_set_visible(self->spinner, FALSE);
    show_error(self, error ? error->message : NULL);
    if (self->wanted && !self->timer)
        apply(self);
    load(self);
}

/* Asks for what was changed, or leaves that to the call that is on its way. */
static void apply(VitrineSettingsDialog *self)
{
    GVariant *options;

    g_clear_handle_id(&self->timer, g_source_remove);
    if (!self->wanted || self->busy)
        return;
    options = g_variant_dict_end(self->wanted);
    g_clear_pointer(&self->wanted, g_variant_dict_unref);
    self->busy = TRUE;
    gtk_widget_set_visible(self->spinner, TRUE);
    vitrine_guest_configure_async(self->guest, options, NULL, on_configured, g_object_ref(self));
}

static gboolean on_timeout(gpointer data)
{
    VitrineSettingsDialog *self = data;

    self->timer = 0;
    apply(self);
    return G_SOURCE_REMOVE;
}

/* Remembers the change; asks for it after @delay. */
static void want(VitrineSettingsDialog *self, const char *option, GVariant *value, guint delay)
{
    if (!self->wanted)
        self->wanted = g_variant_dict_new(NULL);
    g_variant_dict_insert_value(self->wanted, option, value);
    g_clear_handle_id(&self->timer, g_source_remove);
    if (delay)
        self->timer = g_timeout_add(delay, on_timeout, self);
    else
        apply(self);
}

/* With a maximum of its own, the memory may push that up, but not drag it along. */
static void on_memory_changed(VitrineSettingsDialog *self)
{
    guint64 wanted = (guint64)gtk_spin_button_get_value_as_int(self->memory) * (guint64)VITRINE_MIB;
    guint64 memory, maximum;

    if (self->loading)
        return;
    g_object_get(self->guest, "memory", &memory, "maximum-memory", &maximum, NULL);
    want(self, "memory", g_variant_new_uint64(wanted), TYPING_MS);
    if (maximum > memory)
        want(self, "maximum-memory", g_variant_new_uint64(MAX(wanted, maximum)), TYPING_MS);
}

static void on_vcpus_changed(VitrineSettingsDialog *self)
{
    if (!self->loading)
        want(self, "vcpus",
             g_variant_new_uint32((guint)gtk_spin_button_get_value_as_int(self->vcpus)), TYPING_MS);
}

static void on_share_selected(VitrineSettingsDialog *self)
{
    guint n_choices, selected = adw_combo_row_get_selected(self->share);
    const VitrineShareChoice *choices = vitrine_share_choices_get(&n_choices);

    if (!self->loading && selected < n_choices)
        want(self, "weight", g_variant_new_uint32(choices[selected].weight), 0);
}

static void on_network_selected(VitrineSettingsDialog *self)
{
    guint n_choices, selected = adw_combo_row_get_selected(self->network);
    const VitrineNetworkChoice *choices = vitrine_network_choices_get(&n_choices);

    if (!self->loading && selected < n_choices)
        want(self, "network", g_variant_new_string(choices[selected].network), 0);
}

static void on_access_selected(VitrineSettingsDialog *self)
{
    guint n_choices, selected = adw_combo_row_get_selected(self->access);
    const VitrineAccessChoice *choices = vitrine_access_choices_get(&n_choices);

    if (!self->loading && selected < n_choices)
        want(self, "network-access", g_variant_new_string(choices[selected].access), 0);
}

/* However they were typed one after the other. */
static void on_hosts_entered(VitrineSettingsDialog *self)
{
    g_auto(GStrv) words =
        g_strsplit_set(gtk_editable_get_text(GTK_EDITABLE(self->hosts)), " ,;\t", -1);
    g_autoptr(GStrvBuilder) list = g_strv_builder_new();
    g_auto(GStrv) hosts = NULL;

    for (char **word = words; *word; word++) {
        if (**word != '\0')
            g_strv_builder_add(list, *word);
    }
    hosts = g_strv_builder_end(list);
    want(self, "network-hosts", g_variant_new_strv((const char *const *)hosts, -1), 0);
}

static void on_start_selected(VitrineSettingsDialog *self)
{
    guint selected = adw_combo_row_get_selected(self->start);

    if (self->loading || !self->starts || selected >= g_strv_length(self->starts))
        return;
    describe_start(self, self->starts[selected]);
    want(self, "start-from", g_variant_new_string(self->starts[selected]), 0);
}

static void on_autostart_changed(VitrineSettingsDialog *self)
{
    if (!self->loading)
        want(self, "autostart", g_variant_new_boolean(gtk_switch_get_active(self->autostart)), 0);
}

static void on_monitors_selected(VitrineSettingsDialog *self)
{
    guint n_choices, selected = adw_combo_row_get_selected(self->monitors);
    const VitrineMonitorChoice *choices = vitrine_monitor_choices_get(&n_choices);

    if (!self->loading && selected < n_choices)
        want(self, "monitors", vitrine_monitor_choice_value(&choices[selected]), 0);
}

static void on_sound_changed(VitrineSettingsDialog *self)
{
    if (!self->loading)
        want(self, "sound", g_variant_new_boolean(gtk_switch_get_active(self->sound)), 0);
}

static void on_color_chosen(const char *rgb, gpointer data)
{
    VitrineSettingsDialog *self = data;

    if (!self->loading)
        want(self, "color", g_variant_new_string(rgb), 0);
}

/* A number that was typed counts, even if the dialog is closed before its field is left. */
static gboolean vitrine_settings_dialog_close_request(GtkWindow *window)
{
    VitrineSettingsDialog *self = VITRINE_SETTINGS_DIALOG(window);

    gtk_spin_button_update(self->memory);
    gtk_spin_button_update(self->vcpus);
    self->busy = FALSE; /* There is no time to wait for the answer to another call. */
    apply(self);
    self->closed = TRUE;
    return GTK_WINDOW_CLASS(vitrine_settings_dialog_parent_class)->close_request(window);
}

static void on_guests_changed(VitrineSettingsDialog *self)
{
    if (vitrine_guest_list_find(vitrine_connection_get_guests(self->connection),
                                vitrine_guest_get_name(self->guest)) != self->guest)
        gtk_window_destroy(GTK_WINDOW(self));
}

static void vitrine_settings_dialog_dispose(GObject *object)
{
    VitrineSettingsDialog *self = VITRINE_SETTINGS_DIALOG(object);

    self->closed = TRUE;
    self->loading = TRUE; /* Fields may still speak up while they go. */
    g_clear_handle_id(&self->timer, g_source_remove);
    g_clear_pointer(&self->wanted, g_variant_dict_unref);
    g_clear_pointer(&self->starts, g_strfreev);
    if (self->guest)
        g_signal_handlers_disconnect_by_data(self->guest, self);
    g_clear_object(&self->guest);
    g_clear_object(&self->connection);
    G_OBJECT_CLASS(vitrine_settings_dialog_parent_class)->dispose(object);
}

static void bind_template(GtkWidgetClass *widget_class)
{
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/vitrine/Shell/ui/settings-dialog.ui");
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, spinner);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, restart_banner);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, error);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, memory_row);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, memory);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, vcpus);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, share);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, network);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, access);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, hosts);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, start);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, autostart);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, monitors);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, sound);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, colors);
    gtk_widget_class_bind_template_callback(widget_class, on_memory_changed);
    gtk_widget_class_bind_template_callback(widget_class, on_vcpus_changed);
    gtk_widget_class_bind_template_callback(widget_class, on_share_selected);
    gtk_widget_class_bind_template_callback(widget_class, on_network_selected);
    gtk_widget_class_bind_template_callback(widget_class, on_access_selected);
    gtk_widget_class_bind_template_callback(widget_class, on_hosts_entered);
    gtk_widget_class_bind_template_callback(widget_class, on_start_selected);
    gtk_widget_class_bind_template_callback(widget_class, on_autostart_changed);
    gtk_widget_class_bind_template_callback(widget_class, on_monitors_selected);
    gtk_widget_class_bind_template_callback(widget_class, on_sound_changed);
}

static void vitrine_settings_dialog_class_init(VitrineSettingsDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = vitrine_settings_dialog_dispose;
    GTK_WINDOW_CLASS(klass)->close_request = vitrine_settings_dialog_close_request;

    /* The service has refused what was changed last, and nobody was there to be told. */
    signals[FAILED] = g_signal_new("failed", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

    bind_template(widget_class);
    gtk_widget_class_add_binding_action(widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
    gtk_widget_class_add_binding_action(widget_class, GDK_KEY_w, GDK_CONTROL_MASK, "window.close",
                                        NULL);
}

static void vitrine_settings_dialog_init(VitrineSettingsDialog *self)
{
    self->loading = TRUE;
    gtk_widget_init_template(GTK_WIDGET(self));
    vitrine_color_buttons_fill(self->colors, on_color_chosen, self);
}

/* What the guest has already is allowed, whatever the machine is like. */
static void set_limits(VitrineSettingsDialog *self)
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

/* A dialog over @parent, ready to be presented. It closes with the guest, and frees itself. */
VitrineSettingsDialog *vitrine_settings_dialog_new(GtkWindow *parent, VitrineConnection *connection,
                                                   VitrineGuest *guest)
{
    VitrineSettingsDialog *self =
        g_object_new(VITRINE_TYPE_SETTINGS_DIALOG, "transient-for", parent, NULL);
    g_autofree char *title = g_strdup_printf(_("Settings of “%s”"), vitrine_guest_get_name(guest));

    self->connection = g_object_ref(connection);
    self->guest = g_object_ref(guest);
    gtk_window_set_title(GTK_WINDOW(self), title);
    for (guint i = 0; i < G_N_ELEMENTS(shown); i++)
        g_signal_connect_swapped(guest, shown[i], G_CALLBACK(load), self);
    g_signal_connect_object(vitrine_connection_get_guests(connection), "items-changed",
                            G_CALLBACK(on_guests_changed), self,
                            G_CONNECT_SWAPPED | G_CONNECT_AFTER);
    set_limits(self);
    load(self);
    gtk_widget_grab_focus(GTK_WIDGET(self->memory));
    return self;
}
