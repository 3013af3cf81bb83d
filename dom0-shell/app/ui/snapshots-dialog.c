/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the snapshots of a guest's disk, and asks the service for what is done with them. */
#include "ui/snapshots-dialog.h"

#include "ui/ask.h"
#include "sentence.h"

#include <glib/gi18n.h>

#define CALL_FLAGS G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION
/* A person may have to type a password meanwhile. */
#define CALL_TIMEOUT_MS (5 * 60 * 1000)

struct _VitrineSnapshotsDialog {
    AdwWindow parent_instance;

    VitrineGuest *guest;
    GCancellable *cancellable; /* of looking; what changes something goes on without the window */
    AdwEntryRow *label;
    GtkWidget *take;
    AdwPreferencesGroup *group;
    GtkLabel *problem;
    GPtrArray *rows; /* in the group */
};

G_DEFINE_FINAL_TYPE(VitrineSnapshotsDialog, vitrine_snapshots_dialog, ADW_TYPE_WINDOW)

static void load(VitrineSnapshotsDialog *self);

static void show_problem(VitrineSnapshotsDialog *self, GError *error)
{
    if (error)
        sentence_localise_error(error);
    gtk_label_set_text(self->problem, error ? error->message : "");
    gtk_widget_set_visible(GTK_WIDGET(self->problem), error != NULL);
}

/* Whether the disk can be copied now: the service has the last word. */
static gboolean is_free(VitrineSnapshotsDialog *self)
{
    return !vitrine_guest_get_job(self->guest) &&
           vitrine_guest_state_frees_disk(vitrine_guest_get_state(self->guest));
}

static void on_taken(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineSnapshotsDialog) self = data;
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_take_snapshot_finish(VITRINE_GUEST1(source), NULL, NULL, result, &error);
    show_problem(self, error);
    if (!error)
        gtk_editable_set_text(GTK_EDITABLE(self->label), "");
}

static void on_take(VitrineSnapshotsDialog *self)
{
    if (is_free(self))
        vitrine_guest1_call_take_snapshot(
            vitrine_guest_get_proxy(self->guest), gtk_editable_get_text(GTK_EDITABLE(self->label)),
            CALL_FLAGS, CALL_TIMEOUT_MS, NULL, on_taken, g_object_ref(self));
}

static void on_rolled_back(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineSnapshotsDialog) self = data;
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_roll_back_finish(VITRINE_GUEST1(source), NULL, result, &error);
    show_problem(self, error);
}

static void on_deleted(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineSnapshotsDialog) self = data;
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_delete_snapshot_finish(VITRINE_GUEST1(source), result, &error);
    show_problem(self, error);
    load(self);
}

static void on_confirmed(AdwMessageDialog *dialog, const char *response,
                         VitrineSnapshotsDialog *self)
{
    VitrineGuest1 *proxy = vitrine_guest_get_proxy(self->guest);
    const char *id = g_object_get_data(G_OBJECT(dialog), "id");

    if (g_str_equal(response, "roll-back"))
        vitrine_guest1_call_roll_back(proxy, id, CALL_FLAGS, CALL_TIMEOUT_MS, NULL, on_rolled_back,
                                      g_object_ref(self));
    else if (g_str_equal(response, "delete"))
        vitrine_guest1_call_delete_snapshot(proxy, id, CALL_FLAGS, CALL_TIMEOUT_MS, NULL,
                                            on_deleted, g_object_ref(self));
}

/* Asks first. HEADING has one %s for the snapshot's title; ID is what RESPONSE is done with. */
static void confirm(VitrineSnapshotsDialog *self, const char *heading, const char *body,
                    const char *response, const char *label, AdwActionRow *row)
{
    const char *title = adw_preferences_row_get_title(ADW_PREFERENCES_ROW(row));
    g_autofree char *id = g_strdup(g_object_get_data(G_OBJECT(row), "id"));
    g_autofree char *text = g_strdup_printf(heading, title);
    AdwMessageDialog *dialog = vitrine_ask_new(GTK_WINDOW(self), text, body, response, label);

    g_object_set_data_full(G_OBJECT(dialog), "id", g_steal_pointer(&id), g_free);
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_confirmed), self, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}

static void on_roll_back(GtkWidget *button, VitrineSnapshotsDialog *self)
{
    confirm(
        self, _("Roll Back to “%s”?"),
        _("Everything that was written to the guest's disk since then is lost. To keep it, take "
          "a snapshot of it first."),
        "roll-back", _("_Roll Back"), g_object_get_data(G_OBJECT(button), "row"));
}

static void on_delete(GtkWidget *button, VitrineSnapshotsDialog *self)
{
    confirm(self, _("Delete “%s”?"),
            _("The guest can't be rolled back to this snapshot any more. Its disk stays as it is."),
            "delete", _("_Delete"), g_object_get_data(G_OBJECT(button), "row"));
}

static void add_button(VitrineSnapshotsDialog *self, AdwActionRow *row, const char *icon,
                       const char *label, GCallback clicked)
{
    const char *title = adw_preferences_row_get_title(ADW_PREFERENCES_ROW(row));
    /* Translators: what a button does, and the title of the snapshot that it does it to. */
    g_autofree char *spoken = g_strdup_printf(_("%s: %s"), label, title);
    GtkWidget *button = gtk_button_new_from_icon_name(icon);

    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(button, "flat");
    gtk_widget_set_tooltip_text(button, label);
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                   -1);
    g_object_set_data(G_OBJECT(button), "row", row);
    g_signal_connect(button, "clicked", clicked, self);
    adw_action_row_add_suffix(row, button);
    if (clicked == G_CALLBACK(on_roll_back))
        gtk_widget_set_sensitive(button, is_free(self));
}

static void add_row(VitrineSnapshotsDialog *self, GVariant *snapshot)
{
    AdwActionRow *row = ADW_ACTION_ROW(adw_action_row_new());
    const char *id = "", *label = "";
    guint64 taken = 0;
    g_autoptr(GDateTime) date = NULL;
    g_autofree char *when = NULL;

    g_variant_lookup(snapshot, "id", "&s", &id);
    g_variant_lookup(snapshot, "label", "&s", &label);
    g_variant_lookup(snapshot, "taken", "t", &taken);
    date = g_date_time_new_from_unix_local((gint64)MIN(taken, (guint64)G_MAXINT64));
    when = date ? g_date_time_format(date, "%x %X") : g_strdup("");
    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), *label ? label : when);
    adw_action_row_set_subtitle(row, *label ? when : "");
    g_object_set_data_full(G_OBJECT(row), "id", g_strdup(id), g_free);
    add_button(self, row, "edit-undo-symbolic", _("Roll Back"), G_CALLBACK(on_roll_back));
    add_button(self, row, "user-trash-symbolic", _("Delete"), G_CALLBACK(on_delete));
    adw_preferences_group_add(self->group, GTK_WIDGET(row));
    g_ptr_array_add(self->rows, row);
}

static void fill(VitrineSnapshotsDialog *self, GVariant *snapshots)
{
    gsize count = g_variant_n_children(snapshots);

    for (guint i = 0; i < self->rows->len; i++)
        adw_preferences_group_remove(self->group, self->rows->pdata[i]);
    g_ptr_array_set_size(self->rows, 0);
    for (gsize i = count; i > 0; i--) { /* the newest on top */
        g_autoptr(GVariant) snapshot = g_variant_get_child_value(snapshots, i - 1);

        add_row(self, snapshot);
    }
    adw_preferences_group_set_description(
        self->group,
        count ? _("They are of the guest's disk, not of its settings.") : _("There is none yet."));
}

static void on_listed(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineSnapshotsDialog) self = data;
    g_autoptr(GVariant) snapshots = NULL;
    g_autoptr(GError) error = NULL;

    if (vitrine_guest1_call_list_snapshots_finish(VITRINE_GUEST1(source), &snapshots, result,
                                                  &error))
        fill(self, snapshots);
    else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        show_problem(self, error);
}

static void load(VitrineSnapshotsDialog *self)
{
    gboolean stopped = vitrine_guest_state_frees_disk(vitrine_guest_get_state(self->guest));

    gtk_widget_set_sensitive(self->take, is_free(self));
    gtk_widget_set_tooltip_text(self->take,
                                stopped ? NULL : _("Shut the guest down to take a snapshot."));
    vitrine_guest1_call_list_snapshots(vitrine_guest_get_proxy(self->guest), G_DBUS_CALL_FLAGS_NONE,
                                       -1, self->cancellable, on_listed, g_object_ref(self));
}

static void vitrine_snapshots_dialog_dispose(GObject *object)
{
    VitrineSnapshotsDialog *self = VITRINE_SNAPSHOTS_DIALOG(object);

    g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->guest);
    G_OBJECT_CLASS(vitrine_snapshots_dialog_parent_class)->dispose(object);
}

static void vitrine_snapshots_dialog_finalize(GObject *object)
{
    VitrineSnapshotsDialog *self = VITRINE_SNAPSHOTS_DIALOG(object);

    g_ptr_array_unref(self->rows);
    g_object_unref(self->cancellable);
    G_OBJECT_CLASS(vitrine_snapshots_dialog_parent_class)->finalize(object);
}

static void vitrine_snapshots_dialog_class_init(VitrineSnapshotsDialogClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_snapshots_dialog_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_snapshots_dialog_finalize;
    gtk_widget_class_add_binding_action(GTK_WIDGET_CLASS(klass), GDK_KEY_Escape, 0, "window.close",
                                        NULL);
}

static GtkWidget *build_new_group(VitrineSnapshotsDialog *self)
{
    GtkWidget *group = adw_preferences_group_new();

    self->label = ADW_ENTRY_ROW(adw_entry_row_new());
    self->take = gtk_button_new_with_mnemonic(_("_Take"));
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(self->label), _("New Snapshot's Label"));
    gtk_widget_set_valign(self->take, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(self->take, "suggested-action");
    g_signal_connect_swapped(self->take, "clicked", G_CALLBACK(on_take), self);
    g_signal_connect_swapped(self->label, "entry-activated", G_CALLBACK(on_take), self);
    adw_entry_row_add_suffix(self->label, self->take);
    adw_preferences_group_add(ADW_PREFERENCES_GROUP(group), GTK_WIDGET(self->label));
    return group;
}

static void vitrine_snapshots_dialog_init(VitrineSnapshotsDialog *self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    AdwPreferencesPage *page = ADW_PREFERENCES_PAGE(adw_preferences_page_new());

    self->rows = g_ptr_array_new();
    self->cancellable = g_cancellable_new();
    self->problem = GTK_LABEL(gtk_label_new(""));
    self->group = ADW_PREFERENCES_GROUP(adw_preferences_group_new());
    gtk_label_set_wrap(self->problem, TRUE);
    gtk_widget_add_css_class(GTK_WIDGET(self->problem), "error");
    gtk_widget_set_visible(GTK_WIDGET(self->problem), FALSE);
    adw_preferences_page_add(page, ADW_PREFERENCES_GROUP(build_new_group(self)));
    adw_preferences_page_add(page, self->group);
    gtk_widget_set_vexpand(GTK_WIDGET(page), TRUE);
    gtk_box_append(GTK_BOX(box), adw_header_bar_new());
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->problem));
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(page));
    adw_window_set_content(ADW_WINDOW(self), box);
    gtk_window_set_default_size(GTK_WINDOW(self), 460, 480);
}

/* A window with the snapshots of @guest. */
VitrineSnapshotsDialog *vitrine_snapshots_dialog_new(GtkWindow *parent, VitrineGuest *guest)
{
    VitrineSnapshotsDialog *self =
        g_object_new(VITRINE_TYPE_SNAPSHOTS_DIALOG, "transient-for", parent, "modal", TRUE, NULL);
    /* Translators: the title of a window; %s is the name of a guest. */
    g_autofree char *title = g_strdup_printf(_("Snapshots of “%s”"), vitrine_guest_get_name(guest));

    self->guest = g_object_ref(guest);
    gtk_window_set_title(GTK_WINDOW(self), title);
    g_signal_connect_object(guest, "notify::job", G_CALLBACK(load), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(guest, "notify::state", G_CALLBACK(load), self, G_CONNECT_SWAPPED);
    load(self);
    return self;
}
