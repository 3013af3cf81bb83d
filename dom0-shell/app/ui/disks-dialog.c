/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the disks of a guest, and asks the service for more, for larger ones, and for fewer. */
#include "ui/disks-dialog.h"

#include "model/memory-text.h"
#include "ui/ask.h"
#include "sentence.h"

#include <glib/gi18n.h>

#define CALL_FLAGS G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION
/* A person may have to type a password meanwhile. */
#define CALL_TIMEOUT_MS (5 * 60 * 1000)
#define GIB             (1024ull * 1024 * 1024)
#define DISK_MAX_GIB    8192
#define NEW_DISK_GIB    16

struct _VitrineDisksDialog {
    AdwWindow parent_instance;

    VitrineConnection *connection;
    VitrineGuest *guest;
    GCancellable *cancellable; /* of looking; what changes something goes on without the window */
    GtkSpinButton *size;       /* of a new disk */
    GtkWidget *add;
    AdwPreferencesGroup *new_group;
    AdwPreferencesGroup *group;
    GtkLabel *problem;
    GPtrArray *rows; /* in the group */
};

G_DEFINE_FINAL_TYPE(VitrineDisksDialog, vitrine_disks_dialog, ADW_TYPE_WINDOW)

static void load(VitrineDisksDialog *self);

static void show_problem(VitrineDisksDialog *self, GError *error)
{
    if (error)
        sentence_localise_error(error);
    gtk_label_set_text(self->problem, error ? error->message : "");
    gtk_widget_set_visible(GTK_WIDGET(self->problem), error != NULL);
}

/* Whether disks can be changed now: the service has the last word. */
static gboolean is_free(VitrineDisksDialog *self)
{
    VitrineGuestState state = vitrine_guest_get_state(self->guest);

    return !vitrine_guest_get_job(self->guest) && state != VITRINE_GUEST_STATE_SAVED &&
           vitrine_guest_state_is_lasting(state);
}

/* ---- What is asked of the service ---- */

static void on_added(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineDisksDialog) self = data;
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_add_disk_finish(VITRINE_GUEST1(source), NULL, result, &error);
    show_problem(self, error);
    load(self);
}

static void on_add(VitrineDisksDialog *self)
{
    gtk_spin_button_update(self->size);
    if (is_free(self))
        vitrine_guest1_call_add_disk(vitrine_guest_get_proxy(self->guest),
                                     (guint64)gtk_spin_button_get_value_as_int(self->size) * GIB,
                                     CALL_FLAGS, CALL_TIMEOUT_MS, NULL, on_added,
                                     g_object_ref(self));
}

static void on_resized(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineDisksDialog) self = data;
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_resize_disk_finish(VITRINE_GUEST1(source), result, &error);
    show_problem(self, error);
    load(self);
}

static void on_size_chosen(AdwMessageDialog *dialog, const char *response, VitrineDisksDialog *self)
{
    GtkSpinButton *size = g_object_get_data(G_OBJECT(dialog), "size");

    if (!g_str_equal(response, "enlarge"))
        return;
    gtk_spin_button_update(size);
    vitrine_guest1_call_resize_disk(
        vitrine_guest_get_proxy(self->guest), g_object_get_data(G_OBJECT(dialog), "name"),
        (guint64)gtk_spin_button_get_value_as_int(size) * GIB, CALL_FLAGS, CALL_TIMEOUT_MS, NULL,
        on_resized, g_object_ref(self));
}

static void on_removed(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineDisksDialog) self = data;
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_remove_disk_finish(VITRINE_GUEST1(source), result, &error);
    show_problem(self, error);
    load(self);
}

static void on_confirmed(AdwMessageDialog *dialog, const char *response, VitrineDisksDialog *self)
{
    if (g_str_equal(response, "remove"))
        vitrine_guest1_call_remove_disk(vitrine_guest_get_proxy(self->guest),
                                        g_object_get_data(G_OBJECT(dialog), "name"), CALL_FLAGS,
                                        CALL_TIMEOUT_MS, NULL, on_removed, g_object_ref(self));
}

/* ---- The rows ---- */

static const char *name_of(GtkWidget *button)
{
    return adw_preferences_row_get_title(
        ADW_PREFERENCES_ROW(g_object_get_data(G_OBJECT(button), "row")));
}

/* Asks, and keeps which disk is meant. */
static void present(GtkWidget *dialog, const char *name)
{
    g_object_set_data_full(G_OBJECT(dialog), "name", g_strdup(name), g_free);
    gtk_window_present(GTK_WINDOW(dialog));
}

/* A Linux of today gives away also a disk that it uses. */
static char *what_removing_means(VitrineDisksDialog *self, gboolean deletes)
{
    VitrineGuestState state = vitrine_guest_get_state(self->guest);
    gboolean is_in_use =
        state == VITRINE_GUEST_STATE_RUNNING || state == VITRINE_GUEST_STATE_NOT_RESPONDING;
    const char *what = deletes ? _("All that is on it is lost.")
                               : _("The guest has it no more. Its file stays where it is.");

    return is_in_use ? g_strdup_printf("%s %s", what, _("Unmount it in the guest first."))
                     : g_strdup(what);
}

static void on_remove(GtkWidget *button, VitrineDisksDialog *self)
{
    GtkWidget *row = g_object_get_data(G_OBJECT(button), "row");
    gboolean deletes = GPOINTER_TO_INT(g_object_get_data(G_OBJECT(row), "deletes"));
    g_autofree char *heading = g_strdup_printf(_("Remove the Disk “%s”?"), name_of(button));
    g_autofree char *body = what_removing_means(self, deletes);
    AdwMessageDialog *dialog =
        vitrine_ask_new(GTK_WINDOW(self), heading, body, "remove", _("_Remove"));

    g_signal_connect_object(dialog, "response", G_CALLBACK(on_confirmed), self, 0);
    present(GTK_WIDGET(dialog), name_of(button));
}

static GtkWidget *make_size_field(guint minimum, guint value)
{
    GtkWidget *field = gtk_spin_button_new_with_range(minimum, DISK_MAX_GIB, 1);

    gtk_spin_button_set_value(GTK_SPIN_BUTTON(field), value);
    gtk_spin_button_set_numeric(GTK_SPIN_BUTTON(field), TRUE);
    gtk_widget_set_valign(field, GTK_ALIGN_CENTER);
    gtk_accessible_update_property(GTK_ACCESSIBLE(field), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Size in GiB"), -1);
    return field;
}

static void on_enlarge(GtkWidget *button, VitrineDisksDialog *self)
{
    GtkWidget *row = g_object_get_data(G_OBJECT(button), "row");
    guint gib = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(row), "gib"));
    g_autofree char *heading = g_strdup_printf(_("Enlarge the Disk “%s”"), name_of(button));
    GtkWidget *dialog = adw_message_dialog_new(
        GTK_WINDOW(self), heading,
        _("Its new size in GiB. The system in the guest has to make use of it by itself."));
    GtkWidget *size = make_size_field(gib + 1, gib + 1);

    adw_message_dialog_set_extra_child(ADW_MESSAGE_DIALOG(dialog), size);
    gtk_widget_set_halign(size, GTK_ALIGN_CENTER);
    adw_message_dialog_add_responses(ADW_MESSAGE_DIALOG(dialog), "cancel", _("_Cancel"), "enlarge",
                                     _("_Enlarge"), NULL);
    adw_message_dialog_set_response_appearance(ADW_MESSAGE_DIALOG(dialog), "enlarge",
                                               ADW_RESPONSE_SUGGESTED);
    adw_message_dialog_set_default_response(ADW_MESSAGE_DIALOG(dialog), "enlarge");
    adw_message_dialog_set_close_response(ADW_MESSAGE_DIALOG(dialog), "cancel");
    g_object_set_data(G_OBJECT(dialog), "size", size);
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_size_chosen), self, 0);
    present(dialog, name_of(button));
}

static void add_button(VitrineDisksDialog *self, AdwActionRow *row, const char *icon,
                       const char *label, gboolean enabled, GCallback clicked)
{
    /* Translators: what a button does, and the name of the disk that it does it to. */
    g_autofree char *spoken = g_strdup_printf(
        _("%s: %s"), label, adw_preferences_row_get_title(ADW_PREFERENCES_ROW(row)));
    GtkWidget *button = gtk_button_new_from_icon_name(icon);

    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(button, "flat");
    gtk_widget_set_tooltip_text(button, label);
    gtk_widget_set_sensitive(button, enabled && is_free(self));
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                   -1);
    g_object_set_data(G_OBJECT(button), "row", row);
    g_signal_connect(button, "clicked", clicked, self);
    adw_action_row_add_suffix(row, button);
}

/* "16 GiB, of which 3 GiB take up room", and the file. */
static char *describe(gboolean answers, guint64 size, guint64 used, const char *path)
{
    g_autofree char *size_text = vitrine_memory_text(size);
    g_autofree char *used_text = vitrine_memory_text(used);

    if (!answers)
        /* Translators: of a disk; behind it comes its file. */
        return g_strdup_printf(_("Its size is not known: the file system does not answer\n%s"),
                               path);
    if (size == 0)
        return g_strdup(path);
    /* Translators: the size of a disk, how much of it takes up room, and its file. */
    return g_strdup_printf(_("%s, of which %s take up room\n%s"), size_text, used_text, path);
}

static void add_row(VitrineDisksDialog *self, GVariant *disk)
{
    AdwActionRow *row = ADW_ACTION_ROW(adw_action_row_new());
    gboolean stopped = !vitrine_guest_has_domain(self->guest);
    gboolean removable = FALSE, deletes = FALSE, answers = TRUE;
    const char *name = "", *path = "";
    guint64 size = 0, used = 0;
    g_autofree char *text = NULL;

    g_variant_lookup(disk, "name", "&s", &name);
    g_variant_lookup(disk, "path", "&s", &path);
    g_variant_lookup(disk, "size", "t", &size);
    g_variant_lookup(disk, "used", "t", &used);
    g_variant_lookup(disk, "removable", "b", &removable);
    g_variant_lookup(disk, "deletes", "b", &deletes);
    g_variant_lookup(disk, "answers", "b", &answers);
    text = describe(answers, size, used, path);
    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), name);
    adw_action_row_set_subtitle(row, text);
    adw_action_row_set_subtitle_lines(row, 3);
    g_object_set_data(G_OBJECT(row), "gib", GUINT_TO_POINTER((guint)(size / GIB)));
    g_object_set_data(G_OBJECT(row), "deletes", GINT_TO_POINTER(deletes));
    add_button(self, row, "value-increase-symbolic",
               stopped ? _("Enlarge") : _("Shut the guest down to enlarge the disk"),
               stopped && size > 0, G_CALLBACK(on_enlarge));
    if (removable)
        add_button(self, row, "user-trash-symbolic", _("Remove"), TRUE, G_CALLBACK(on_remove));
    adw_preferences_group_add(self->group, GTK_WIDGET(row));
    g_ptr_array_add(self->rows, row);
}

static void fill(VitrineDisksDialog *self, GVariant *disks)
{
    for (guint i = 0; i < self->rows->len; i++)
        adw_preferences_group_remove(self->group, self->rows->pdata[i]);
    g_ptr_array_set_size(self->rows, 0);
    for (gsize i = 0; i < g_variant_n_children(disks); i++) {
        g_autoptr(GVariant) disk = g_variant_get_child_value(disks, i);

        add_row(self, disk);
    }
}

static void on_listed(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineDisksDialog) self = data;
    g_autoptr(GVariant) disks = NULL;
    g_autoptr(GError) error = NULL;

    if (vitrine_guest1_call_list_disks_finish(VITRINE_GUEST1(source), &disks, result, &error))
        fill(self, disks);
    else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        show_problem(self, error);
}

static void show_room(VitrineDisksDialog *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);
    g_autofree char *room =
        vitrine_memory_text(manager ? vitrine_manager1_get_free_disk(manager) : 0);
    g_autofree char *text = g_strdup_printf(
        _("%s are free on this computer. A guest with more than one disk has no snapshots."), room);

    adw_preferences_group_set_description(self->new_group, text);
}

static void load(VitrineDisksDialog *self)
{
    show_room(self);
    gtk_widget_set_sensitive(self->add, is_free(self));
    vitrine_guest1_call_list_disks(vitrine_guest_get_proxy(self->guest), G_DBUS_CALL_FLAGS_NONE, -1,
                                   self->cancellable, on_listed, g_object_ref(self));
}

static void vitrine_disks_dialog_dispose(GObject *object)
{
    VitrineDisksDialog *self = VITRINE_DISKS_DIALOG(object);

    g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->guest);
    g_clear_object(&self->connection);
    G_OBJECT_CLASS(vitrine_disks_dialog_parent_class)->dispose(object);
}

static void vitrine_disks_dialog_finalize(GObject *object)
{
    VitrineDisksDialog *self = VITRINE_DISKS_DIALOG(object);

    g_ptr_array_unref(self->rows);
    g_object_unref(self->cancellable);
    G_OBJECT_CLASS(vitrine_disks_dialog_parent_class)->finalize(object);
}

static void vitrine_disks_dialog_class_init(VitrineDisksDialogClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_disks_dialog_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_disks_dialog_finalize;
    gtk_widget_class_add_binding_action(GTK_WIDGET_CLASS(klass), GDK_KEY_Escape, 0, "window.close",
                                        NULL);
}

static void build_new_group(VitrineDisksDialog *self)
{
    GtkWidget *row = adw_action_row_new();

    self->new_group = ADW_PREFERENCES_GROUP(adw_preferences_group_new());
    self->size = GTK_SPIN_BUTTON(make_size_field(1, NEW_DISK_GIB));
    self->add = gtk_button_new_with_mnemonic(_("_Add"));
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), _("New Disk (GiB)"));
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), _("Takes room as it is filled"));
    gtk_widget_set_valign(self->add, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(self->add, "suggested-action");
    g_signal_connect_swapped(self->add, "clicked", G_CALLBACK(on_add), self);
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), GTK_WIDGET(self->size));
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), self->add);
    adw_preferences_group_add(self->new_group, row);
}

static void vitrine_disks_dialog_init(VitrineDisksDialog *self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);
    AdwPreferencesPage *page = ADW_PREFERENCES_PAGE(adw_preferences_page_new());

    self->rows = g_ptr_array_new();
    self->cancellable = g_cancellable_new();
    self->problem = GTK_LABEL(gtk_label_new(""));
    self->group = ADW_PREFERENCES_GROUP(adw_preferences_group_new());
    build_new_group(self);
    gtk_label_set_wrap(self->problem, TRUE);
    gtk_widget_add_css_class(GTK_WIDGET(self->problem), "error");
    gtk_widget_set_visible(GTK_WIDGET(self->problem), FALSE);
    adw_preferences_page_add(page, self->group);
    adw_preferences_page_add(page, self->new_group);
    gtk_widget_set_vexpand(GTK_WIDGET(page), TRUE);
    gtk_box_append(GTK_BOX(box), adw_header_bar_new());
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->problem));
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(page));
    adw_window_set_content(ADW_WINDOW(self), box);
    gtk_window_set_default_size(GTK_WINDOW(self), 480, 460);
}

/* A window with the disks of @guest. */
VitrineDisksDialog *vitrine_disks_dialog_new(GtkWindow *parent, VitrineConnection *connection,
                                             VitrineGuest *guest)
{
    VitrineDisksDialog *self =
        g_object_new(VITRINE_TYPE_DISKS_DIALOG, "transient-for", parent, "modal", TRUE, NULL);
    /* Translators: the title of a window; %s is the name of a guest. */
    g_autofree char *title = g_strdup_printf(_("Disks of “%s”"), vitrine_guest_get_name(guest));

    self->connection = g_object_ref(connection);
    self->guest = g_object_ref(guest);
    gtk_window_set_title(GTK_WINDOW(self), title);
    g_signal_connect_object(guest, "notify::job", G_CALLBACK(load), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(guest, "notify::state", G_CALLBACK(load), self, G_CONNECT_SWAPPED);
    load(self);
    return self;
}
