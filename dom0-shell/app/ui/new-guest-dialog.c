/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dialog that makes a new guest. Everything is filled in when it opens, so that Create is the
 * only thing one has to press; whatever is wrong is said in place, while it is being typed.
 */
#include "ui/new-guest-dialog-private.h"

#include "model/guest-name.h"
#include "model/memory-text.h"
#include "ui/template-tile.h"
#include "sentence.h"

#include <glib/gi18n.h>

enum {
    CREATED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(VitrineNewGuestDialog, vitrine_new_guest_dialog, ADW_TYPE_WINDOW)

static guint64 get_free_memory(VitrineNewGuestDialog *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);

    return manager ? vitrine_manager1_get_free_memory(manager) : 0;
}

static VitrineGuestNameVerdict check_name(VitrineNewGuestDialog *self)
{
    const char *name = gtk_editable_get_text(self->name);
    VitrineGuestNameVerdict verdict = vitrine_guest_name_check(name);

    if (verdict == VITRINE_GUEST_NAME_GOOD &&
        vitrine_guest_list_find(vitrine_connection_get_guests(self->connection), name))
        return VITRINE_GUEST_NAME_TAKEN;
    return verdict;
}

static void update_name_problem(VitrineNewGuestDialog *self, VitrineGuestNameVerdict verdict)
{
    g_autofree char *sentence =
        vitrine_guest_name_explain(verdict, gtk_editable_get_text(self->name));

    gtk_label_set_text(GTK_LABEL(self->name_problem), sentence ? sentence : "");
    gtk_widget_set_visible(self->name_problem, sentence != NULL);
    if (sentence)
        gtk_widget_add_css_class(GTK_WIDGET(self->name), "error");
    else
        gtk_widget_remove_css_class(GTK_WIDGET(self->name), "error");
    gtk_accessible_update_state(
        GTK_ACCESSIBLE(self->name), GTK_ACCESSIBLE_STATE_INVALID,
        sentence ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE, -1);
}

static void update_memory(VitrineNewGuestDialog *self)
{
    guint64 free_memory = get_free_memory(self);
    gboolean fits = vitrine_new_guest_get_memory(self) <= free_memory;
    g_autofree char *free_text = vitrine_memory_text(free_memory);
    g_autofree char *subtitle = g_strdup_printf(_("%s free now"), free_text);
    g_autofree char *warning =
        g_strdup_printf(_("Only %s is free: shut down another guest, or choose less."), free_text);

    adw_action_row_set_subtitle(self->memory_row, subtitle);
    gtk_label_set_text(GTK_LABEL(self->memory_warning), fits ? "" : warning);
    gtk_widget_set_visible(self->memory_warning, !fits && !vitrine_new_guest_is_config(self));
}

/* Each source has fields of its own. */
static void update_groups(VitrineNewGuestDialog *self)
{
    VitrineSource source = vitrine_new_guest_get_source(self);
    gboolean has_kernel = source == VITRINE_SOURCE_TEMPLATE || source == VITRINE_SOURCE_KERNEL;

    gtk_widget_set_visible(self->iso_group, source == VITRINE_SOURCE_ISO);
    gtk_widget_set_visible(self->kernel_group, source == VITRINE_SOURCE_KERNEL);
    gtk_widget_set_visible(self->disk_group,
                           source == VITRINE_SOURCE_ISO || source == VITRINE_SOURCE_KERNEL);
    gtk_widget_set_visible(self->image_group, source == VITRINE_SOURCE_IMAGE);
    gtk_widget_set_visible(GTK_WIDGET(self->disks), vitrine_new_guest_is_config(self));
    adw_action_row_set_subtitle(ADW_ACTION_ROW(self->disks),
                                vitrine_new_guest_get_disks_warning(self));
    gtk_widget_set_visible(self->size_group, !vitrine_new_guest_is_config(self));
    gtk_widget_set_visible(self->advanced_group, has_kernel);
}

/* The one place that decides what the dialog says and whether Create can be pressed. */
static void update(VitrineNewGuestDialog *self)
{
    VitrineGuestNameVerdict verdict = check_name(self);
    gboolean ready = vitrine_connection_get_state(self->connection) == VITRINE_CONNECTION_READY;

    /* An empty name while the suggestion is on its way is no mistake of the person's. */
    update_name_problem(self, verdict == VITRINE_GUEST_NAME_EMPTY && self->name_is_ours
                                  ? VITRINE_GUEST_NAME_GOOD
                                  : verdict);
    update_memory(self);
    update_groups(self);
    gtk_widget_set_visible(self->spinner, self->busy);
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "dialog.create",
                                  ready && !self->busy && vitrine_new_guest_has_source(self) &&
                                      verdict == VITRINE_GUEST_NAME_GOOD);
}

static void show_error(VitrineNewGuestDialog *self, const char *sentence)
{
    gtk_label_set_text(GTK_LABEL(self->error), sentence ? sentence : "");
    gtk_widget_set_visible(self->error, sentence != NULL);
}

static void on_name_suggested(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineNewGuestDialog) self = data;
    g_autoptr(GError) error = NULL;
    g_autofree char *name = NULL;

    if (!vitrine_manager1_call_suggest_name_finish(VITRINE_MANAGER1(source), &name, result,
                                                   &error)) {
        /* A name can be typed as well: nothing to complain about. */
        g_debug("no name suggested: %s", error->message);
        return;
    }
    if (!self->name_is_ours || g_cancellable_is_cancelled(self->cancellable))
        return;
    gtk_editable_set_text(self->name, name);
    gtk_editable_select_region(self->name, 0, -1);
    self->name_is_ours = TRUE;
    update(self);
}

static void suggest_name(VitrineNewGuestDialog *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);

    if (manager && self->name_is_ours)
        vitrine_manager1_call_suggest_name(manager, *self->template->id ? self->template->id : "pc",
                                           G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable,
                                           on_name_suggested, g_object_ref(self));
}

static void on_name_changed(VitrineNewGuestDialog *self)
{
    self->name_is_ours = FALSE;
    update(self);
}

static void on_tile_selected(VitrineNewGuestDialog *self)
{
    GList *children = gtk_flow_box_get_selected_children(self->tiles);

    self->template =
        children ? vitrine_template_tile_get_template(VITRINE_TEMPLATE_TILE(children->data)) : NULL;
    g_list_free(children);
    if (self->template) {
        gtk_spin_button_set_value(self->memory, self->template->memory / VITRINE_MIB);
        gtk_spin_button_set_value(self->vcpus, self->template->vcpus);
        suggest_name(self);
    }
    update(self);
}

static void set_busy(VitrineNewGuestDialog *self, gboolean busy)
{
    self->busy = busy;
    /* A text field that is made insensitive while it has the focus would not notice. */
    gtk_window_set_focus(GTK_WINDOW(self), NULL);
    gtk_widget_set_sensitive(self->form, !busy);
    if (!busy)
        gtk_widget_grab_focus(GTK_WIDGET(self->name));
    update(self);
}

static void on_created(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineNewGuestDialog) self = data;
    g_autoptr(GError) error = NULL;
    g_autofree char *job = NULL;

    if (!vitrine_new_guest_finish(self, VITRINE_MANAGER1(source), &job, result, &error)) {
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            return;
        sentence_localise_error(error);
        set_busy(self, FALSE);
        show_error(self, error->message);
        return;
    }
    g_signal_emit(self, signals[CREATED], 0, gtk_editable_get_text(self->name),
                  vitrine_new_guest_is_config(self) ? (guint64)0
                                                    : vitrine_new_guest_get_memory(self),
                  vitrine_new_guest_get_room(self));
    gtk_window_destroy(GTK_WINDOW(self));
}

static void create_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineNewGuestDialog *self = VITRINE_NEW_GUEST_DIALOG(widget);
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);

    if (!manager || !self->template || !vitrine_new_guest_has_source(self))
        return;
    gtk_spin_button_update(self->memory);
    gtk_spin_button_update(self->vcpus);
    gtk_spin_button_update(self->disk);
    show_error(self, NULL);
    set_busy(self, TRUE);
    vitrine_new_guest_order(self, manager, on_created, g_object_ref(self));
}

/* The main window's dialog for it takes this one's place. */
static void on_new_template(VitrineNewGuestDialog *self)
{
    g_autoptr(GtkWindow) parent = g_object_ref(gtk_window_get_transient_for(GTK_WINDOW(self)));

    gtk_window_close(GTK_WINDOW(self));
    gtk_widget_activate_action(GTK_WIDGET(parent), "win.new-template", NULL);
}

static void vitrine_new_guest_dialog_dispose(GObject *object)
{
    VitrineNewGuestDialog *self = VITRINE_NEW_GUEST_DIALOG(object);

    g_cancellable_cancel(self->cancellable);
    g_clear_object(&self->connection);
    G_OBJECT_CLASS(vitrine_new_guest_dialog_parent_class)->dispose(object);
}

static void vitrine_new_guest_dialog_finalize(GObject *object)
{
    VitrineNewGuestDialog *self = VITRINE_NEW_GUEST_DIALOG(object);

    g_clear_pointer(&self->templates, g_ptr_array_unref);
    g_clear_object(&self->cancellable);
    G_OBJECT_CLASS(vitrine_new_guest_dialog_parent_class)->finalize(object);
}

static void bind_template(GtkWidgetClass *widget_class)
{
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/vitrine/Shell/ui/new-guest-dialog.ui");
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, form);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, no_templates);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, tiles);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, name);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, name_problem);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, memory);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, memory_row);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, memory_warning);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, vcpus);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, colors);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, iso_group);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, iso);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, kernel_group);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, kernel);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, ramdisk);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, extra);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, disk_group);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, disk);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, image_group);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, image);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, disks);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, size_group);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, advanced_group);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, kind);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, error);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, create_button);
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, spinner);
    gtk_widget_class_bind_template_callback(widget_class, on_name_changed);
    gtk_widget_class_bind_template_callback(widget_class, on_tile_selected);
    gtk_widget_class_bind_template_callback(widget_class, on_new_template);
    gtk_widget_class_bind_template_callback(widget_class, update);
}

static void vitrine_new_guest_dialog_class_init(VitrineNewGuestDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = vitrine_new_guest_dialog_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_new_guest_dialog_finalize;

    /* The service has taken the order for a guest of this name, with so much memory and room on the
     * disk, in bytes; 0 where that is not known here. */
    signals[CREATED] =
        g_signal_new("created", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                     G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_UINT64, G_TYPE_UINT64);

    g_type_ensure(VITRINE_TYPE_FILE_ROW);
    g_type_ensure(VITRINE_TYPE_ISO_ROW);
    bind_template(widget_class);
    gtk_widget_class_install_action(widget_class, "dialog.create", NULL, create_action);
    gtk_widget_class_add_binding_action(widget_class, GDK_KEY_Escape, 0, "window.close", NULL);
    gtk_widget_class_add_binding_action(widget_class, GDK_KEY_Return, GDK_CONTROL_MASK,
                                        "dialog.create", NULL);
}

static void vitrine_new_guest_dialog_init(VitrineNewGuestDialog *self)
{
    self->cancellable = g_cancellable_new();
    self->name_is_ours = TRUE;
    gtk_widget_init_template(GTK_WIDGET(self));
}

/* A dialog over @parent, ready to be presented. It closes and frees itself. */
VitrineNewGuestDialog *vitrine_new_guest_dialog_new(GtkWindow *parent,
                                                    VitrineConnection *connection)
{
    VitrineNewGuestDialog *self =
        g_object_new(VITRINE_TYPE_NEW_GUEST_DIALOG, "transient-for", parent, NULL);
    VitrineManager1 *manager = vitrine_connection_get_manager(connection);
    const char *const *kinds = manager ? vitrine_manager1_get_kinds(manager) : NULL;

    self->connection = g_object_ref(connection);
    self->templates =
        vitrine_templates_parse(manager ? vitrine_manager1_get_templates(manager) : NULL);
    g_ptr_array_add(self->templates, vitrine_template_new_iso(kinds));
    g_ptr_array_add(self->templates, vitrine_template_new_kernel(kinds));
    g_ptr_array_add(self->templates, vitrine_template_new_image());
    g_signal_connect_object(connection, "notify::state", G_CALLBACK(update), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(vitrine_connection_get_guests(connection), "items-changed",
                            G_CALLBACK(update), self, G_CONNECT_SWAPPED);
    if (manager)
        g_signal_connect_object(manager, "notify::free-memory", G_CALLBACK(update), self,
                                G_CONNECT_SWAPPED);
    vitrine_new_guest_fill_kinds(self, kinds);
    vitrine_new_guest_fill_drive(self);
    vitrine_new_guest_fill_limits(self);
    vitrine_new_guest_fill_colors(self);
    vitrine_new_guest_fill_tiles(self);
    update(self);
    gtk_widget_grab_focus(GTK_WIDGET(self->name));
    return self;
}
