/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dialog with the settings of one guest. There is nothing to confirm: what was changed is asked
 * of the service at once, or after a moment where a person may still be typing. What the service
 * refuses is said in its words, and the dialog shows again what the guest has.
 */
#include "ui/settings-dialog-private.h"

#include "model/memory-text.h"
#include "ui/color-buttons.h"
#include "ui/network-row.h"

#include <glib/gi18n.h>

/* Long enough to press a button of a number field again. */
#define TYPING_MS 700

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
    "notify::start-from", "notify::start-choices",  "notify::group",
};

static void apply(VitrineSettingsDialog *self);

static void show_error(VitrineSettingsDialog *self, const char *sentence)
{
    gtk_label_set_text(GTK_LABEL(self->error), sentence ? sentence : "");
    gtk_widget_set_visible(self->error, sentence != NULL);
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
    vitrine_settings_show(self);
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

static void on_maximum_changed(VitrineSettingsDialog *self)
{
    if (!self->loading)
        want(self, "maximum-memory",
             g_variant_new_uint64((guint64)gtk_spin_button_get_value_as_int(self->maximum) *
                                  (guint64)VITRINE_MIB),
             TYPING_MS);
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
static char **read_hosts(VitrineSettingsDialog *self)
{
    g_auto(GStrv) words =
        g_strsplit_set(gtk_editable_get_text(GTK_EDITABLE(self->hosts)), " ,;\t", -1);
    g_autoptr(GStrvBuilder) list = g_strv_builder_new();

    for (char **word = words; *word; word++) {
        if (**word != '\0')
            g_strv_builder_add(list, *word);
    }
    return g_strv_builder_end(list);
}

static void on_hosts_entered(VitrineSettingsDialog *self)
{
    g_auto(GStrv) hosts = read_hosts(self);

    want(self, "network-hosts", g_variant_new_strv((const char *const *)hosts, -1), 0);
}

/* Those that were typed, and not entered. */
static void take_typed_hosts(VitrineSettingsDialog *self)
{
    g_auto(GStrv) typed = read_hosts(self);
    g_auto(GStrv) known = NULL;

    g_object_get(self->guest, "network-hosts", &known, NULL);
    if (gtk_widget_get_visible(GTK_WIDGET(self->hosts)) &&
        !g_strv_equal((const char *const *)typed, (const char *const *)known))
        on_hosts_entered(self);
}

static void on_start_selected(VitrineSettingsDialog *self)
{
    guint selected = adw_combo_row_get_selected(self->start);

    if (self->loading || !self->starts || selected >= g_strv_length(self->starts))
        return;
    vitrine_settings_describe_start(self, self->starts[selected]);
    want(self, "start-from", g_variant_new_string(self->starts[selected]), 0);
}

static void on_autostart_changed(VitrineSettingsDialog *self)
{
    if (!self->loading)
        want(self, "autostart", g_variant_new_boolean(gtk_switch_get_active(self->autostart)), 0);
}

/* Asks for monitors of these sizes; @sizes is taken over, and may be NULL: nothing is asked. */
static void want_screens(VitrineSettingsDialog *self, char **sizes)
{
    if (!sizes)
        return;
    g_strfreev(self->screen_sizes);
    self->screen_sizes = sizes;
    want(self, "monitors", g_variant_new_strv((const char *const *)sizes, -1), 0);
}

static void on_monitors_selected(VitrineSettingsDialog *self)
{
    guint n_choices, selected = adw_combo_row_get_selected(self->monitors);
    const VitrineMonitorChoice *choices = vitrine_monitor_choices_get(&n_choices);

    if (!self->loading && selected < n_choices)
        want_screens(self, vitrine_monitor_choice_apply(&choices[selected], self->screen_sizes));
}

/* One more that is in the list is what the guest has. */
static void on_size_selected(VitrineSettingsDialog *self, GParamSpec *pspec, AdwComboRow *row)
{
    guint n_sizes, selected = adw_combo_row_get_selected(row), index = 0;
    const char *const *sizes = vitrine_monitor_sizes_get(&n_sizes);
    char **screens;

    if (self->loading || selected >= n_sizes)
        return;
    while (self->sizes[index] != row)
        index++;
    screens = g_strdupv(self->screen_sizes);
    if (screens && index < g_strv_length(screens)) {
        g_free(screens[index]);
        screens[index] = g_strdup(sizes[selected]);
    }
    want_screens(self, screens);
}

/* A row for the size of each monitor that a guest may have. */
static void add_size_rows(VitrineSettingsDialog *self)
{
    for (guint i = 0; i < VITRINE_MONITORS_MAX; i++) {
        g_autofree char *title = g_strdup_printf(_("Size of Monitor %u"), i + 1);

        self->sizes[i] = ADW_COMBO_ROW(adw_combo_row_new());
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(self->sizes[i]), title);
        g_signal_connect_swapped(self->sizes[i], "notify::selected", G_CALLBACK(on_size_selected),
                                 self);
        adw_preferences_group_add(self->screens, GTK_WIDGET(self->sizes[i]));
    }
}

static void on_sound_changed(VitrineSettingsDialog *self)
{
    if (!self->loading)
        want(self, "sound", g_variant_new_boolean(gtk_switch_get_active(self->sound)), 0);
}

static void on_group_typed(VitrineSettingsDialog *self)
{
    const char *typed = gtk_editable_get_text(self->group);

    if (!self->loading && g_strcmp0(typed, vitrine_guest_get_group(self->guest)) != 0)
        want(self, "group", g_variant_new_string(typed), 0);
}

static void on_color_chosen(const char *rgb, gpointer data)
{
    VitrineSettingsDialog *self = data;

    if (!self->loading)
        want(self, "color", g_variant_new_string(rgb), 0);
}

/* What was typed counts, even if the dialog is closed before its field is left. */
static gboolean vitrine_settings_dialog_close_request(GtkWindow *window)
{
    VitrineSettingsDialog *self = VITRINE_SETTINGS_DIALOG(window);

    gtk_spin_button_update(self->memory);
    gtk_spin_button_update(self->maximum);
    gtk_spin_button_update(self->vcpus);
    on_group_typed(self);
    take_typed_hosts(self);
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
    g_clear_pointer(&self->screen_sizes, g_strfreev);
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
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, maximum);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, memory);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, vcpus);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, share);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, network);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, access);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, hosts);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, start);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, autostart);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, group);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, screens);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, monitors);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, sound);
    gtk_widget_class_bind_template_child(widget_class, VitrineSettingsDialog, colors);
    gtk_widget_class_bind_template_callback(widget_class, on_memory_changed);
    gtk_widget_class_bind_template_callback(widget_class, on_maximum_changed);
    gtk_widget_class_bind_template_callback(widget_class, on_vcpus_changed);
    gtk_widget_class_bind_template_callback(widget_class, on_share_selected);
    gtk_widget_class_bind_template_callback(widget_class, on_network_selected);
    gtk_widget_class_bind_template_callback(widget_class, on_access_selected);
    gtk_widget_class_bind_template_callback(widget_class, on_hosts_entered);
    gtk_widget_class_bind_template_callback(widget_class, on_start_selected);
    gtk_widget_class_bind_template_callback(widget_class, on_autostart_changed);
    gtk_widget_class_bind_template_callback(widget_class, on_group_typed);
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
    add_size_rows(self);
    vitrine_color_buttons_fill(self->colors, on_color_chosen, self);
    vitrine_network_row_set_up(self->network);
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
        g_signal_connect_swapped(guest, shown[i], G_CALLBACK(vitrine_settings_show), self);
    if (vitrine_connection_get_manager(connection))
        g_signal_connect_object(vitrine_connection_get_manager(connection),
                                "notify::bridged-problem", G_CALLBACK(vitrine_settings_show), self,
                                G_CONNECT_SWAPPED);
    g_signal_connect_object(vitrine_connection_get_guests(connection), "items-changed",
                            G_CALLBACK(on_guests_changed), self,
                            G_CONNECT_SWAPPED | G_CONNECT_AFTER);
    vitrine_settings_set_limits(self);
    vitrine_settings_show(self);
    gtk_widget_grab_focus(GTK_WIDGET(self->memory));
    return self;
}
