/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes a template of a recipe. All is filled in, with what this computer has; while it is made,
 * the window shows how far that is, also if it was closed and opened again meanwhile. */
#include "ui/new-template-dialog.h"

#include "model/guest-name.h"
#include "sentence.h"

#include <glib/gi18n.h>
#include <string.h>

#define CALL_FLAGS G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION
/* A person may have to type a password meanwhile. */
#define CALL_TIMEOUT_MS (5 * 60 * 1000)

/* What is typed: the option of BuildTemplate, and the label. */
typedef enum { NAME, TITLE, PACKAGES, USER, LOCALE, KEYBOARD, N_FIELDS } Field;

static const struct {
    const char *option; /* NULL: not one */
    const char *label;
} fields[N_FIELDS] = {
    [NAME] = {NULL, N_("Name")},
    [TITLE] = {"title", N_("Title")},
    [PACKAGES] = {NULL, N_("More Debian Packages")},
    [USER] = {"user", N_("User")},
    [LOCALE] = {"locale", N_("Language")},
    [KEYBOARD] = {"keyboard", N_("Keyboard")},
};

struct _VitrineNewTemplateDialog {
    AdwWindow parent_instance;

    GtkStack *stack;
    GtkLabel *problem;
    AdwComboRow *recipe;
    GtkEditable *entries[N_FIELDS];
    GtkWidget *make;
    GtkLabel *phase;
    GtkProgressBar *bar;
    GtkWidget *cancel;

    VitrineConnection *connection;
    GVariant *recipes; /* NULL until they are known */
    VitrineJob *job;   /* NULL while nothing is made */
    GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE(VitrineNewTemplateDialog, vitrine_new_template_dialog, ADW_TYPE_WINDOW)

gboolean vitrine_job_makes_template(VitrineJob *job)
{
    return g_strcmp0(vitrine_job_get_kind(job), "build-template") == 0;
}

static void show_problem(VitrineNewTemplateDialog *self, const char *sentence)
{
    gtk_label_set_text(self->problem, sentence ? sentence : "");
    gtk_widget_set_visible(GTK_WIDGET(self->problem), sentence != NULL);
}

/* ---- While it is made ---- */

static void update_progress(VitrineNewTemplateDialog *self)
{
    double fraction = vitrine_job_get_progress(self->job);
    g_autofree char *text = NULL;

    /* Translators: how much of something is done. */
    text = fraction < 0 ? g_strdup("") : g_strdup_printf(_("%.0f %%"), fraction * 100);
    gtk_label_set_text(self->phase, vitrine_job_get_phase(self->job));
    gtk_progress_bar_set_fraction(self->bar, MAX(fraction, 0));
    gtk_progress_bar_set_text(self->bar, text);
    gtk_widget_set_sensitive(self->cancel, vitrine_job_get_cancellable(self->job));
}

static void update_page(VitrineNewTemplateDialog *self)
{
    gtk_stack_set_visible_child_name(self->stack, self->job ? "progress" : "form");
    gtk_widget_set_visible(self->make, self->job == NULL);
}

static void leave_job(VitrineNewTemplateDialog *self)
{
    if (self->job)
        g_signal_handlers_disconnect_by_data(self->job, self);
    g_clear_object(&self->job);
}

static void on_finished(VitrineNewTemplateDialog *self)
{
    g_autofree char *error = g_strdup(vitrine_job_get_error(self->job));
    gboolean made = !error && !vitrine_job_was_cancelled(self->job);

    leave_job(self);
    if (made) {
        gtk_window_close(GTK_WINDOW(self));
        return;
    }
    show_problem(self, error);
    update_page(self);
}

static void follow(VitrineNewTemplateDialog *self, VitrineJob *job)
{
    self->job = g_object_ref(job);
    g_signal_connect_object(job, "changed", G_CALLBACK(update_progress), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(job, "finished", G_CALLBACK(on_finished), self, G_CONNECT_SWAPPED);
    update_progress(self);
    update_page(self);
    gtk_widget_grab_focus(self->cancel);
    if (!vitrine_job_is_running(job))
        on_finished(self);
}

static void on_job(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineNewTemplateDialog) self = data;
    g_autoptr(VitrineJob1) proxy = vitrine_job1_proxy_new_finish(result, NULL);
    g_autoptr(VitrineJob) job = proxy ? vitrine_job_new(proxy) : NULL;

    if (job && !self->job)
        follow(self, job);
}

static void on_cancel(VitrineNewTemplateDialog *self)
{
    vitrine_job_cancel(self->job);
    gtk_widget_set_sensitive(self->cancel, FALSE);
}

/* ---- Making it ---- */

static const char *text_of(VitrineNewTemplateDialog *self, Field field)
{
    return gtk_editable_get_text(self->entries[field]);
}

static GVariant *packages_of(VitrineNewTemplateDialog *self)
{
    g_auto(GStrv) parts = g_strsplit_set(text_of(self, PACKAGES), ", ", -1);
    GVariantBuilder words;

    g_variant_builder_init(&words, G_VARIANT_TYPE_STRING_ARRAY);
    for (guint i = 0; parts[i]; i++) {
        if (*parts[i] != '\0')
            g_variant_builder_add(&words, "s", parts[i]);
    }
    return g_variant_builder_end(&words);
}

static GVariant *wishes_of(VitrineNewTemplateDialog *self)
{
    GVariantDict wishes;

    g_variant_dict_init(&wishes, NULL);
    g_variant_dict_insert_value(&wishes, "packages", packages_of(self));
    for (guint i = 0; i < N_FIELDS; i++) {
        if (fields[i].option && *text_of(self, i) != '\0')
            g_variant_dict_insert(&wishes, fields[i].option, "s", text_of(self, i));
    }
    return g_variant_dict_end(&wishes);
}

static void on_begun(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineNewTemplateDialog) self = data;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;

    gtk_widget_set_sensitive(self->make, TRUE);
    if (!vitrine_manager1_call_build_template_finish(VITRINE_MANAGER1(source), &path, result,
                                                     &error)) {
        sentence_localise_error(error);
        show_problem(self, error->message);
        return;
    }
    show_problem(self, NULL);
    vitrine_job1_proxy_new(g_dbus_proxy_get_connection(G_DBUS_PROXY(source)),
                           G_DBUS_PROXY_FLAGS_NONE, g_dbus_proxy_get_name(G_DBUS_PROXY(source)),
                           path, NULL, on_job, g_object_ref(self));
}

static const char *word_of(VitrineNewTemplateDialog *self, const char *key)
{
    guint chosen = adw_combo_row_get_selected(self->recipe);
    g_autoptr(GVariant) recipe = NULL;
    const char *word = "";

    if (!self->recipes || chosen >= g_variant_n_children(self->recipes))
        return word;
    recipe = g_variant_get_child_value(self->recipes, chosen);
    /* It is part of what `recipes` holds. */
    g_variant_lookup(recipe, key, "&s", &word);
    return word;
}

static void on_make(VitrineNewTemplateDialog *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);

    if (!manager || !gtk_widget_get_sensitive(self->make))
        return;
    gtk_widget_set_sensitive(self->make, FALSE);
    vitrine_manager1_call_build_template(manager, word_of(self, "id"), text_of(self, NAME),
                                         wishes_of(self), CALL_FLAGS, CALL_TIMEOUT_MS, NULL,
                                         on_begun, g_object_ref(self));
}

/* ---- What it is to have ---- */

static void update_make(VitrineNewTemplateDialog *self)
{
    gboolean good = vitrine_guest_name_check(text_of(self, NAME)) == VITRINE_GUEST_NAME_GOOD;

    gtk_widget_set_sensitive(self->make, good && *word_of(self, "id") != '\0');
}

static gboolean is_template(VitrineNewTemplateDialog *self, const char *name)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);
    GVariant *templates = manager ? vitrine_manager1_get_templates(manager) : NULL;

    for (gsize i = 0; templates && i < g_variant_n_children(templates); i++) {
        g_autoptr(GVariant) template = g_variant_get_child_value(templates, i);
        const char *id;

        if (g_variant_lookup(template, "id", "&s", &id) && strcmp(id, name) == 0)
            return TRUE;
    }
    return FALSE;
}

/* The recipe's own, or that with the first number that is free. */
static char *suggest_name(VitrineNewTemplateDialog *self)
{
    char *name = g_strdup(word_of(self, "id"));

    for (guint i = 2; is_template(self, name); i++) {
        g_free(name);
        name = g_strdup_printf("%s-%u", word_of(self, "id"), i);
    }
    return name;
}

/* Who works at this computer works in the guest. */
static const char *suggest_user(VitrineNewTemplateDialog *self)
{
    const char *name = g_get_user_name();
    gboolean is_plain = g_regex_match_simple("^[a-z][a-z0-9_-]*$", name, 0, 0);

    return is_plain && strcmp(name, "root") != 0 ? name : word_of(self, "user");
}

static void fill_in(VitrineNewTemplateDialog *self)
{
    g_autofree char *name = suggest_name(self);

    gtk_editable_set_text(self->entries[NAME], name);
    gtk_editable_set_text(self->entries[TITLE], word_of(self, "title"));
    gtk_editable_set_text(self->entries[USER], suggest_user(self));
    gtk_editable_set_text(self->entries[LOCALE], word_of(self, "locale"));
    gtk_editable_set_text(self->entries[KEYBOARD], word_of(self, "keyboard"));
    update_make(self);
}

static void show_recipes(VitrineNewTemplateDialog *self)
{
    g_autoptr(GtkStringList) titles = gtk_string_list_new(NULL);

    for (gsize i = 0; i < g_variant_n_children(self->recipes); i++) {
        g_autoptr(GVariant) recipe = g_variant_get_child_value(self->recipes, i);
        const char *title = "";

        g_variant_lookup(recipe, "title", "&s", &title);
        gtk_string_list_append(titles, title);
    }
    adw_combo_row_set_model(self->recipe, G_LIST_MODEL(titles));
    if (g_variant_n_children(self->recipes) == 0)
        show_problem(self, _("This computer has no recipes: they come with the package "
                             "vitrine-service."));
    fill_in(self);
}

static void on_recipes(GObject *source, GAsyncResult *result, gpointer data)
{
    VitrineNewTemplateDialog *self = data;
    g_autoptr(GVariant) recipes = NULL;
    g_autoptr(GError) error = NULL;

    if (!vitrine_manager1_call_list_recipes_finish(VITRINE_MANAGER1(source), &recipes, result,
                                                   &error)) {
        /* The window may be gone then. */
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            return;
        sentence_localise_error(error);
        show_problem(self, error->message);
        return;
    }
    self->recipes = g_steal_pointer(&recipes);
    show_recipes(self);
}

/* ---- The window ---- */

static GtkWidget *build_form(VitrineNewTemplateDialog *self)
{
    AdwPreferencesPage *page = ADW_PREFERENCES_PAGE(adw_preferences_page_new());
    AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP(adw_preferences_group_new());

    adw_preferences_group_set_description(
        group, _("Debian's packages are fetched and set up. That takes some minutes, and 5 GiB of "
                 "the guests' disk for as long."));
    self->recipe = ADW_COMBO_ROW(adw_combo_row_new());
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(self->recipe), _("Made of"));
    g_signal_connect_object(self->recipe, "notify::selected", G_CALLBACK(fill_in), self,
                            G_CONNECT_SWAPPED);
    adw_preferences_group_add(group, GTK_WIDGET(self->recipe));
    for (guint i = 0; i < N_FIELDS; i++) {
        GtkWidget *row = adw_entry_row_new();

        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), _(fields[i].label));
        adw_preferences_group_add(group, row);
        g_signal_connect_object(row, "entry-activated", G_CALLBACK(on_make), self,
                                G_CONNECT_SWAPPED);
        self->entries[i] = GTK_EDITABLE(row);
    }
    g_signal_connect_object(self->entries[NAME], "changed", G_CALLBACK(update_make), self,
                            G_CONNECT_SWAPPED);
    adw_preferences_page_add(page, group);
    return GTK_WIDGET(page);
}

static GtkWidget *build_progress(VitrineNewTemplateDialog *self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 18);
    GtkWidget *hint = gtk_label_new(_("It goes on when this window is closed."));

    self->phase = GTK_LABEL(gtk_label_new(""));
    self->bar = GTK_PROGRESS_BAR(gtk_progress_bar_new());
    self->cancel = gtk_button_new_with_mnemonic(_("_Cancel"));
    gtk_progress_bar_set_show_text(self->bar, TRUE);
    gtk_label_set_wrap(self->phase, TRUE);
    gtk_widget_add_css_class(GTK_WIDGET(self->phase), "title-4");
    gtk_widget_add_css_class(hint, "dim-label");
    gtk_widget_set_halign(self->cancel, GTK_ALIGN_CENTER);
    gtk_widget_set_valign(box, GTK_ALIGN_CENTER);
    gtk_widget_set_margin_start(box, 36);
    gtk_widget_set_margin_end(box, 36);
    g_signal_connect_object(self->cancel, "clicked", G_CALLBACK(on_cancel), self,
                            G_CONNECT_SWAPPED);
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->phase));
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->bar));
    gtk_box_append(GTK_BOX(box), hint);
    gtk_box_append(GTK_BOX(box), self->cancel);
    return box;
}

static GtkWidget *build_header(VitrineNewTemplateDialog *self)
{
    GtkWidget *header = adw_header_bar_new();

    self->make = gtk_button_new_with_mnemonic(_("_Make"));
    gtk_widget_add_css_class(self->make, "suggested-action");
    gtk_widget_set_sensitive(self->make, FALSE);
    g_signal_connect_object(self->make, "clicked", G_CALLBACK(on_make), self, G_CONNECT_SWAPPED);
    adw_header_bar_pack_end(ADW_HEADER_BAR(header), self->make);
    return header;
}

static void vitrine_new_template_dialog_dispose(GObject *object)
{
    VitrineNewTemplateDialog *self = VITRINE_NEW_TEMPLATE_DIALOG(object);

    g_cancellable_cancel(self->cancellable);
    leave_job(self);
    G_OBJECT_CLASS(vitrine_new_template_dialog_parent_class)->dispose(object);
}

static void vitrine_new_template_dialog_finalize(GObject *object)
{
    VitrineNewTemplateDialog *self = VITRINE_NEW_TEMPLATE_DIALOG(object);

    g_clear_pointer(&self->recipes, g_variant_unref);
    g_object_unref(self->cancellable);
    g_object_unref(self->connection);
    G_OBJECT_CLASS(vitrine_new_template_dialog_parent_class)->finalize(object);
}

static void vitrine_new_template_dialog_class_init(VitrineNewTemplateDialogClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_new_template_dialog_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_new_template_dialog_finalize;
    gtk_widget_class_add_binding_action(GTK_WIDGET_CLASS(klass), GDK_KEY_Escape, 0, "window.close",
                                        NULL);
}

static void vitrine_new_template_dialog_init(VitrineNewTemplateDialog *self)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

    self->cancellable = g_cancellable_new();
    self->problem = GTK_LABEL(gtk_label_new(""));
    gtk_label_set_wrap(self->problem, TRUE);
    gtk_widget_add_css_class(GTK_WIDGET(self->problem), "error");
    gtk_widget_set_margin_start(GTK_WIDGET(self->problem), 24);
    gtk_widget_set_margin_end(GTK_WIDGET(self->problem), 24);
    gtk_widget_set_visible(GTK_WIDGET(self->problem), FALSE);
    gtk_box_append(GTK_BOX(box), build_header(self));
    self->stack = GTK_STACK(gtk_stack_new());
    gtk_stack_add_named(self->stack, build_form(self), "form");
    gtk_stack_add_named(self->stack, build_progress(self), "progress");
    gtk_widget_set_vexpand(GTK_WIDGET(self->stack), TRUE);
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->problem));
    gtk_box_append(GTK_BOX(box), GTK_WIDGET(self->stack));
    adw_window_set_content(ADW_WINDOW(self), box);
    gtk_window_set_title(GTK_WINDOW(self), _("New Template"));
    gtk_window_set_default_size(GTK_WINDOW(self), 480, 560);
}

/* A window over @parent: what a template is to have, or how far the one is that is being made. */
VitrineNewTemplateDialog *vitrine_new_template_dialog_new(GtkWindow *parent,
                                                          VitrineConnection *connection)
{
    VitrineNewTemplateDialog *self = g_object_new(VITRINE_TYPE_NEW_TEMPLATE_DIALOG, "transient-for",
                                                  parent, "modal", TRUE, NULL);
    VitrineManager1 *manager = vitrine_connection_get_manager(connection);
    VitrineJob *job;

    self->connection = g_object_ref(connection);
    job = vitrine_job_tracker_find(vitrine_connection_get_jobs(connection), "");
    if (job && vitrine_job_makes_template(job))
        follow(self, job);
    if (manager)
        vitrine_manager1_call_list_recipes(manager, G_DBUS_CALL_FLAGS_NONE, -1, self->cancellable,
                                           on_recipes, self);
    return self;
}
