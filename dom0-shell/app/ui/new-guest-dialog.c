/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dialog that makes a new guest. Everything is filled in when it opens, so that Create is the
 * only thing one has to press; whatever is wrong is said in place, while it is being typed.
 */
#include "ui/new-guest-dialog.h"

#include "model/guest-color.h"
#include "model/guest-name.h"
#include "model/memory-text.h"
#include "model/template.h"
#include "ui/color-buttons.h"
#include "ui/file-row.h"
#include "ui/iso-row.h"
#include "ui/template-tile.h"

#include <glib/gi18n.h>

#define MIN_MEMORY_MIB 64
#define GIB            (1024ull * 1024 * 1024)
#define DISK_GIB       16 /* if there is so much room */
#define N_SOURCES      3  /* beside the templates */

struct _VitrineNewGuestDialog {
    AdwWindow parent_instance;

    GtkWidget *stack;
    GtkFlowBox *tiles;
    GtkEditable *name;
    GtkWidget *name_problem;
    GtkSpinButton *memory;
    AdwActionRow *memory_row;
    GtkWidget *memory_warning;
    GtkSpinButton *vcpus;
    GtkBox *colors;
    GtkWidget *iso_group;
    VitrineIsoRow *iso;
    GtkWidget *kernel_group;
    VitrineFileRow *kernel;
    VitrineFileRow *ramdisk;
    GtkEditable *extra;
    GtkWidget *disk_group;
    GtkSpinButton *disk;
    GtkWidget *image_group;
    VitrineFileRow *image;
    AdwComboRow *disks;
    GtkWidget *size_group;
    GtkWidget *advanced_group;
    AdwComboRow *kind;
    GtkWidget *error;
    GtkWidget *create_button;
    GtkWidget *spinner;

    VitrineConnection *connection;
    GPtrArray *templates;
    const VitrineTemplate *template; /* the chosen one, of the array */
    const char *color;
    GCancellable *cancellable; /* of every call; closing the dialog cancels */
    gboolean name_is_ours;     /* suggested, not typed: may be replaced */
    gboolean busy;
};

enum {
    CREATED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(VitrineNewGuestDialog, vitrine_new_guest_dialog, ADW_TYPE_WINDOW)

static guint64 get_memory(VitrineNewGuestDialog *self)
{
    return (guint64)gtk_spin_button_get_value_as_int(self->memory) * (guint64)VITRINE_MIB;
}

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

static VitrineSource get_source(VitrineNewGuestDialog *self)
{
    return self->template ? self->template->source : VITRINE_SOURCE_TEMPLATE;
}

static gboolean is_image(VitrineNewGuestDialog *self)
{
    return get_source(self) == VITRINE_SOURCE_IMAGE;
}

/* Whether what is imported is an xl.cfg, which says by itself what the guest is to be. */
static gboolean is_config(VitrineNewGuestDialog *self)
{
    const char *path = is_image(self) ? vitrine_file_row_get_path(self->image) : NULL;

    return path && g_str_has_suffix(path, ".cfg");
}

static void update_memory(VitrineNewGuestDialog *self)
{
    guint64 free_memory = get_free_memory(self);
    gboolean fits = get_memory(self) <= free_memory;
    g_autofree char *free_text = vitrine_memory_text(free_memory);
    g_autofree char *subtitle = g_strdup_printf(_("%s free now"), free_text);
    g_autofree char *warning =
        g_strdup_printf(_("Only %s is free: shut down another guest, or choose less."), free_text);

    adw_action_row_set_subtitle(self->memory_row, subtitle);
    gtk_label_set_text(GTK_LABEL(self->memory_warning), fits ? "" : warning);
    gtk_widget_set_visible(self->memory_warning, !fits && !is_config(self));
}

/* A template has all that it needs; without one there has to be a file. */
static gboolean has_source(VitrineNewGuestDialog *self)
{
    switch (get_source(self)) {
    case VITRINE_SOURCE_ISO:
        return vitrine_iso_row_get_path(self->iso) != NULL;
    case VITRINE_SOURCE_KERNEL:
        return vitrine_file_row_get_path(self->kernel) != NULL;
    case VITRINE_SOURCE_IMAGE:
        return vitrine_file_row_get_path(self->image) != NULL;
    default:
        return self->template != NULL;
    }
}

/* What can become of an xl.cfg's disks, in the order of the choices. */
static const struct {
    const char *way; /* on the bus */
    const char *warning;
} ways[] = {
    {"copy", N_("The files stay as they are, and what the guest writes is not in them")},
    {"move", N_("The files are gone from where they were")},
    {"keep", N_("Who removes the files, or uses them elsewhere, breaks the guest. It has no "
                "snapshots")},
};

/* Each source has fields of its own. */
static void update_groups(VitrineNewGuestDialog *self)
{
    VitrineSource source = get_source(self);
    gboolean has_kernel = source == VITRINE_SOURCE_TEMPLATE || source == VITRINE_SOURCE_KERNEL;

    gtk_widget_set_visible(self->iso_group, source == VITRINE_SOURCE_ISO);
    gtk_widget_set_visible(self->kernel_group, source == VITRINE_SOURCE_KERNEL);
    gtk_widget_set_visible(self->disk_group,
                           source == VITRINE_SOURCE_ISO || source == VITRINE_SOURCE_KERNEL);
    gtk_widget_set_visible(self->image_group, source == VITRINE_SOURCE_IMAGE);
    gtk_widget_set_visible(GTK_WIDGET(self->disks), is_config(self));
    adw_action_row_set_subtitle(ADW_ACTION_ROW(self->disks),
                                _(ways[adw_combo_row_get_selected(self->disks)].warning));
    gtk_widget_set_visible(self->size_group, !is_config(self));
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
                                  ready && !self->busy && has_source(self) &&
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

static void fill_tiles(VitrineNewGuestDialog *self)
{
    GtkWidget *first_good = NULL;

    for (guint i = 0; i < self->templates->len; i++) {
        const VitrineTemplate *template = self->templates->pdata[i];
        GtkWidget *tile = vitrine_template_tile_new(template);

        gtk_flow_box_append(self->tiles, tile);
        if (!first_good && !*template->broken)
            first_good = tile;
    }
    gtk_stack_set_visible_child_name(
        GTK_STACK(self->stack),
        self->templates->len > N_SOURCES || first_good ? "form" : "no-templates");
    if (first_good)
        gtk_flow_box_select_child(self->tiles, GTK_FLOW_BOX_CHILD(first_good));
}

static void on_color_chosen(const char *rgb, gpointer data)
{
    VITRINE_NEW_GUEST_DIALOG(data)->color = rgb;
}

/* The first colour that no guest wears yet, or just the first. */
static guint choose_color(VitrineNewGuestDialog *self)
{
    GListModel *guests = G_LIST_MODEL(vitrine_connection_get_guests(self->connection));
    guint n_colors;
    const VitrineGuestColor *colors = vitrine_guest_colors_get(&n_colors);

    for (guint i = 0; i < n_colors; i++) {
        gboolean taken = FALSE;

        for (guint j = 0; j < g_list_model_get_n_items(guests); j++) {
            g_autoptr(VitrineGuest) guest = g_list_model_get_item(guests, j);
            g_autofree char *color = NULL;

            g_object_get(guest, "color", &color, NULL);
            taken |= g_ascii_strcasecmp(color ? color : "", colors[i].rgb) == 0;
        }
        if (!taken)
            return i;
    }
    return 0;
}

static void fill_colors(VitrineNewGuestDialog *self)
{
    guint n_colors, chosen = choose_color(self);
    const VitrineGuestColor *colors = vitrine_guest_colors_get(&n_colors);

    vitrine_color_buttons_fill(self->colors, on_color_chosen, self);
    vitrine_color_buttons_select(self->colors, colors[chosen].rgb);
}

static void fill_limits(VitrineNewGuestDialog *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);
    guint64 total = manager ? vitrine_manager1_get_total_memory(manager) : 0;
    guint n_cpus = manager ? vitrine_manager1_get_cpu_count(manager) : 0;

    gtk_spin_button_set_range(self->memory, MIN_MEMORY_MIB,
                              MAX(total / VITRINE_MIB, MIN_MEMORY_MIB));
    gtk_spin_button_set_range(self->vcpus, 1, MAX(n_cpus, 1));
}

/* The first is to leave the choice to the template. */
static void fill_kinds(VitrineNewGuestDialog *self, const char *const *kinds)
{
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);

    gtk_string_list_append(names, _("Chosen for You"));
    for (guint i = 0; kinds && kinds[i]; i++) {
        g_autofree char *name = g_ascii_strup(kinds[i], -1);

        gtk_string_list_append(names, name);
    }
    adw_combo_row_set_model(self->kind, G_LIST_MODEL(names));
}

static void fill_drive(VitrineNewGuestDialog *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);
    guint64 room = manager ? vitrine_manager1_get_free_disk(manager) / GIB : 0;

    gtk_spin_button_set_range(self->disk, 1, MAX(room, 1));
    gtk_spin_button_set_value(self->disk, MIN(MAX(room, 1), DISK_GIB));
    vitrine_iso_row_load(self->iso, manager);
}

static void set_busy(VitrineNewGuestDialog *self, gboolean busy)
{
    self->busy = busy;
    /* A text field that is made insensitive while it has the focus would not notice. */
    gtk_window_set_focus(GTK_WINDOW(self), NULL);
    gtk_widget_set_sensitive(self->stack, !busy);
    if (!busy)
        gtk_widget_grab_focus(GTK_WIDGET(self->name));
    update(self);
}

static gboolean finish(VitrineNewGuestDialog *self, VitrineManager1 *manager, char **job,
                       GAsyncResult *result, GError **error)
{
    if (is_config(self))
        return vitrine_manager1_call_import_config_finish(manager, job, result, error);
    return (is_image(self) ? vitrine_manager1_call_import_finish
                           : vitrine_manager1_call_create_finish)(manager, job, result, error);
}

static void on_created(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineNewGuestDialog) self = data;
    g_autoptr(GError) error = NULL;
    g_autofree char *job = NULL;

    if (!finish(self, VITRINE_MANAGER1(source), &job, result, &error)) {
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            return;
        g_dbus_error_strip_remote_error(error);
        set_busy(self, FALSE);
        show_error(self, error->message);
        return;
    }
    g_signal_emit(self, signals[CREATED], 0, gtk_editable_get_text(self->name));
    gtk_window_destroy(GTK_WINDOW(self));
}

/* What was not filled in is not asked for. */
static void add_text(GVariantBuilder *options, const char *name, const char *text)
{
    if (text && *text != '\0')
        g_variant_builder_add(options, "{sv}", name, g_variant_new_string(text));
}

static void add_disk(VitrineNewGuestDialog *self, GVariantBuilder *options)
{
    guint64 size = (guint64)gtk_spin_button_get_value_as_int(self->disk) * GIB;

    g_variant_builder_add(options, "{sv}", "disk-size", g_variant_new_uint64(size));
}

/* The first choice is to leave it to the service. */
static void add_kind(VitrineNewGuestDialog *self, GVariantBuilder *options)
{
    GtkStringObject *kind = adw_combo_row_get_selected_item(self->kind);
    g_autofree char *name = NULL;

    if (!kind || adw_combo_row_get_selected(self->kind) == 0)
        return;
    name = g_ascii_strdown(gtk_string_object_get_string(kind), -1);
    add_text(options, "kind", name);
}

static void add_kernel(VitrineNewGuestDialog *self, GVariantBuilder *options)
{
    add_text(options, "kernel", vitrine_file_row_get_path(self->kernel));
    add_text(options, "ramdisk", vitrine_file_row_get_path(self->ramdisk));
    add_text(options, "extra", gtk_editable_get_text(self->extra));
}

/* The options that only a guest of this source has. */
static void add_source(VitrineNewGuestDialog *self, GVariantBuilder *options)
{
    switch (get_source(self)) {
    case VITRINE_SOURCE_ISO:
        add_text(options, "iso", vitrine_iso_row_get_path(self->iso));
        add_disk(self, options);
        break;
    case VITRINE_SOURCE_KERNEL:
        add_kernel(self, options);
        add_disk(self, options);
        add_kind(self, options);
        break;
    case VITRINE_SOURCE_IMAGE:
        break;
    default:
        add_kind(self, options);
        break;
    }
}

static void add_size(VitrineNewGuestDialog *self, GVariantBuilder *options)
{
    g_variant_builder_add(options, "{sv}", "memory", g_variant_new_uint64(get_memory(self)));
    g_variant_builder_add(options, "{sv}", "vcpus",
                          g_variant_new_uint32(gtk_spin_button_get_value_as_int(self->vcpus)));
}

/* All of them take a source, a name and options, and answer with a job. */
static typeof(&vitrine_manager1_call_create) choose_call(VitrineNewGuestDialog *self)
{
    if (is_config(self))
        return vitrine_manager1_call_import_config;
    return is_image(self) ? vitrine_manager1_call_import : vitrine_manager1_call_create;
}

static void create_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineNewGuestDialog *self = VITRINE_NEW_GUEST_DIALOG(widget);
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);
    GVariantBuilder options;

    if (!manager || !self->template || !has_source(self))
        return;
    gtk_spin_button_update(self->memory);
    gtk_spin_button_update(self->vcpus);
    gtk_spin_button_update(self->disk);
    g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&options, "{sv}", "color", g_variant_new_string(self->color));
    if (is_config(self)) {
        add_text(&options, "disks", ways[adw_combo_row_get_selected(self->disks)].way);
    } else {
        add_size(self, &options);
        add_source(self, &options);
    }
    show_error(self, NULL);
    set_busy(self, TRUE);
    choose_call(self)(manager,
                      is_image(self) ? vitrine_file_row_get_path(self->image) : self->template->id,
                      gtk_editable_get_text(self->name), g_variant_builder_end(&options),
                      G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT,
                      self->cancellable, on_created, g_object_ref(self));
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
    gtk_widget_class_bind_template_child(widget_class, VitrineNewGuestDialog, stack);
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
    gtk_widget_class_bind_template_callback(widget_class, update);
}

static void vitrine_new_guest_dialog_class_init(VitrineNewGuestDialogClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = vitrine_new_guest_dialog_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_new_guest_dialog_finalize;

    /* The service has taken the order for a guest of this name. */
    signals[CREATED] = g_signal_new("created", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

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
    fill_kinds(self, kinds);
    fill_drive(self);
    fill_limits(self);
    fill_colors(self);
    fill_tiles(self);
    update(self);
    gtk_widget_grab_focus(GTK_WIDGET(self->name));
    return self;
}
