/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks, snapshots, duplicates and templates by the window's menu, against the stand-in. */
#include "harness.h"
#include "ui/new-template-dialog.h"
#include "ui/window-private.h"

static GtkWidget *find_window(GType type)
{
    GListModel *windows = gtk_window_get_toplevels();

    for (guint i = 0; i < g_list_model_get_n_items(windows); i++) {
        g_autoptr(GtkWidget) window = g_list_model_get_item(windows, i);

        if (g_type_is_a(G_OBJECT_TYPE(window), type) && gtk_widget_get_visible(window) &&
            gtk_window_get_transient_for(GTK_WINDOW(window)))
            return window;
    }
    return NULL;
}

static gboolean matches(GtkWidget *widget, const char *text)
{
    const char *found = NULL;

    if (ADW_IS_ENTRY_ROW(widget))
        found = adw_preferences_row_get_title(ADW_PREFERENCES_ROW(widget));
    else if (GTK_IS_BUTTON(widget))
        found = gtk_button_get_label(GTK_BUTTON(widget)) ? gtk_button_get_label(GTK_BUTTON(widget))
                                                         : gtk_widget_get_tooltip_text(widget);
    else if (GTK_IS_LABEL(widget))
        found = gtk_label_get_text(GTK_LABEL(widget));
    return g_strcmp0(found, text) == 0;
}

/* The first shown button, entry or label of TEXT, from WIDGET down. */
static GtkWidget *find(GtkWidget *widget, const char *text)
{
    return harness_search(widget, matches, text);
}

static gboolean is_spin_button(GtkWidget *widget, const char *unused)
{
    return GTK_IS_SPIN_BUTTON(widget);
}

/* The first shown field for a number, likewise. */
static GtkSpinButton *find_number(GtkWidget *widget)
{
    return GTK_SPIN_BUTTON(harness_search(widget, is_spin_button, NULL));
}

static GtkWidget *dialog(void)
{
    GtkWidget *window = find_window(ADW_TYPE_WINDOW);

    return window ? window : find_window(ADW_TYPE_MESSAGE_DIALOG);
}

static void click(const char *text)
{
    harness_await(find(dialog(), text) && gtk_widget_is_sensitive(find(dialog(), text)));
    g_signal_emit_by_name(find(dialog(), text), "clicked");
}

/* As a button of the question does, which also closes it. */
static void answer(const char *response)
{
    GtkWidget *question;

    harness_await((question = find_window(ADW_TYPE_MESSAGE_DIALOG)));
    adw_message_dialog_response(ADW_MESSAGE_DIALOG(question), response);
    gtk_window_destroy(GTK_WINDOW(question));
    harness_await(!find_window(ADW_TYPE_MESSAGE_DIALOG));
}

static void enter(const char *field, const char *text)
{
    harness_await(find(dialog(), field));
    gtk_editable_set_text(GTK_EDITABLE(find(dialog(), field)), text);
}

static void test_snapshots(void)
{
    harness_add_guest("desk", "stopped");
    harness_activate("win.snapshots");
    harness_await(find(dialog(), "There is none yet."));
    enter("New Snapshot's Label", "before");
    click("_Take");
    harness_await(find(dialog(), "before"));
    harness_await(find(dialog(), "They are of the guest's disk, not of its settings."));
    harness_save_picture("snapshots");
    click("Roll Back");
    answer("cancel");
    harness_settle(200);
    click("Roll Back");
    harness_await(find_window(ADW_TYPE_MESSAGE_DIALOG));
    harness_await(find(find_window(ADW_TYPE_MESSAGE_DIALOG), "Roll Back to “before”?"));
    answer("roll-back");
    click("Delete");
    answer("delete");
    harness_await(find(dialog(), "There is none yet."));
    gtk_window_close(GTK_WINDOW(dialog()));
    harness_await(!dialog());
    harness_await(harness_shows("Rolled back to 0"));
}

static void test_disks(void)
{
    harness_add_guest("desk", "stopped");
    harness_activate("win.disks");
    harness_await(find(dialog(), "16 GiB, of which 4 GiB take up room\n/disks/<desk>.img"));
    g_assert_null(find(dialog(), "Remove"));
    harness_await(find(dialog(), "8 GiB are free on this computer. A guest with more than one disk "
                                 "has no snapshots."));
    gtk_spin_button_set_value(find_number(dialog()), 4);
    click("_Add");
    harness_await(find(dialog(), "4 GiB, of which 1 GiB take up room\n/disks/<desk>.img"));
    harness_settle(300);
    harness_save_picture("disks");
    click("Enlarge");
    harness_await(find_window(ADW_TYPE_MESSAGE_DIALOG));
    gtk_spin_button_set_value(find_number(find_window(ADW_TYPE_MESSAGE_DIALOG)), 32);
    harness_settle(200);
    harness_save_picture("disk-enlarge");
    answer("enlarge");
    harness_await(find(dialog(), "32 GiB, of which 8 GiB take up room\n/disks/<desk>.img"));
    click("Remove");
    answer("cancel");
    harness_settle(200);
    click("Remove");
    harness_await(find(find_window(ADW_TYPE_MESSAGE_DIALOG), "All that is on it is lost."));
    answer("remove");
    harness_await(!find(dialog(), "Remove"));
    harness_set_guest("desk", "{'State': <'running'>}");
    harness_await(find(dialog(), "Shut the guest down to enlarge the disk"));
    g_assert_false(
        gtk_widget_is_sensitive(find(dialog(), "Shut the guest down to enlarge the disk")));
    click("_Add");
    harness_await(find(dialog(), "Remove"));
    click("Remove");
    harness_await(find(find_window(ADW_TYPE_MESSAGE_DIALOG),
                       "All that is on it is lost. Unmount it in the guest first."));
    answer("cancel");
}

static void test_disk_does_not_answer(void)
{
    harness_add_guest("far", "stopped");
    harness_activate("win.disks");
    harness_await(find(dialog(), "Its size is not known: the file system does not answer\n"
                                 "/disks/<desk>.img"));
    g_assert_false(gtk_widget_is_sensitive(find(dialog(), "Enlarge")));
    harness_settle(300);
    harness_save_picture("disk-does-not-answer");
}

/* How many shown buttons or labels have TEXT, from WIDGET down. */
static guint count(GtkWidget *widget, const char *text)
{
    guint found = 0;

    if (!widget || !gtk_widget_get_mapped(widget))
        return 0;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child))
        found += matches(child, text) ? 1 : count(child, text);
    return found;
}

/* How far down in the dialog a label is. */
static double height_of(const char *text)
{
    graphene_rect_t bounds;

    g_assert_true(gtk_widget_compute_bounds(find(dialog(), text), dialog(), &bounds));
    return graphene_rect_get_y(&bounds);
}

static void set_disk(const char *state, guint64 mib)
{
    harness_tell("SetDisk", g_variant_new("(st)", state, mib << 20));
}

/* It is said before the disk is full, with what can be deleted. */
static void test_room(void)
{
    harness_add_guest("desk", "running");
    harness_add_guest("large", "stopped");
    harness_set_guest("large", "{'DiskUsed': <uint64 8589934592>}");
    harness_set_guest("desk", "{'DiskUsed': <uint64 1073741824>}");
    g_assert_null(harness_find("room_banner"));
    set_disk("low", 1536);
    harness_await(harness_shows("The disk is nearly full: 1.5 GiB are free."));
    set_disk("full", 100);
    harness_await(
        harness_shows("The disk is full: 100 MiB are free. Guests that write to it stand still."));
    harness_set_guest("desk", "{'State': <'out-of-disk'>, 'HasDisplay': <true>}");
    vitrine_window_select(harness_window, "desk");
    harness_await(harness_shows("“desk” waits for room on the disk"));
    harness_settle(300);
    harness_save_picture("out-of-disk");
    harness_activate("win.make-room");
    harness_await(find(dialog(), "8 GiB · Stopped"));
    g_assert_nonnull(find(dialog(), "1 GiB · Disk full"));
    harness_settle(300);
    harness_save_picture("make-room");
    /* Who takes up most comes first; who runs can't be deleted. */
    g_assert_cmpfloat(height_of("large"), <, height_of("desk"));
    g_assert_cmpuint(count(dialog(), "Snapshots…"), ==, 2);
    g_assert_cmpuint(count(dialog(), "Delete…"), ==, 1);
    click("Delete…");
    harness_await(find(find_window(ADW_TYPE_MESSAGE_DIALOG), "Delete “large”?"));
    answer("cancel");
    set_disk("ok", 8192);
    harness_await(!harness_find("room_banner"));
}

static void test_running(void)
{
    harness_add_guest("desk", "running");
    g_assert_false(harness_can("win.duplicate"));
    g_assert_false(harness_can("win.make-template"));
    harness_activate("win.snapshots");
    harness_await(find(dialog(), "_Take"));
    g_assert_false(gtk_widget_is_sensitive(find(dialog(), "_Take")));
    harness_set_guest("desk", "{'State': <'stopped'>}");
    harness_await(gtk_widget_is_sensitive(find(dialog(), "_Take")));
}

static void test_duplicate(void)
{
    harness_add_guest("desk", "stopped");
    harness_activate("win.duplicate");
    harness_await(dialog());
    g_assert_false(
        adw_message_dialog_get_response_enabled(ADW_MESSAGE_DIALOG(dialog()), "duplicate"));
    enter("Name", "second");
    g_assert_true(
        adw_message_dialog_get_response_enabled(ADW_MESSAGE_DIALOG(dialog()), "duplicate"));
    answer("duplicate");
    harness_await(harness_shows("second"));
}

static void test_template(void)
{
    harness_add_guest("desk", "stopped");
    harness_activate("win.make-template");
    enter("Name", "mine");
    enter("Description", "words");
    answer("make");
    harness_await(harness_shows("mine-words"));
}

/* The first in the list is deleted, once that was confirmed; why one can't be is said. */
static void test_delete_template(void)
{
    harness_activate("win.templates");
    harness_await(find(dialog(), "Debian 12 desktop"));
    g_assert_nonnull(find(dialog(), "Its disk image is missing: install the template again."));
    harness_save_picture("templates");
    click("Delete");
    harness_await(find_window(ADW_TYPE_MESSAGE_DIALOG));
    harness_await(find(find_window(ADW_TYPE_MESSAGE_DIALOG), "Delete “Debian 12 desktop”?"));
    answer("cancel");
    harness_settle(200);
    g_assert_nonnull(find(dialog(), "Debian 12 desktop"));
    harness_tell("RefuseNextCall", g_variant_new("(s)", "“desk” needs it."));
    click("Delete");
    answer("delete");
    harness_await(find(dialog(), "“desk” needs it."));
    click("Delete");
    answer("delete");
    harness_await(!find(dialog(), "Debian 12 desktop"));
    g_assert_nonnull(find(dialog(), "Debian 12 minimal"));
    g_assert_null(find(dialog(), "“desk” needs it."));
    gtk_window_close(GTK_WINDOW(dialog()));
    harness_await(!dialog());
    harness_tell("SetTemplates", g_variant_new("(u)", G_MAXUINT));
}

/* The window that makes one, as it is opened by the menu. */
static GtkWidget *new_template(void)
{
    harness_activate("win.new-template");
    harness_await(find_window(VITRINE_TYPE_NEW_TEMPLATE_DIALOG));
    return find_window(VITRINE_TYPE_NEW_TEMPLATE_DIALOG);
}

/* All is filled in, with a name that is free; what is typed besides is what is asked for. */
static void test_recipe(void)
{
    new_template();
    harness_await(find(dialog(), "Name") &&
                  g_strcmp0(gtk_editable_get_text(GTK_EDITABLE(find(dialog(), "Name"))),
                            "debian-12-desktop-2") == 0);
    harness_save_picture("new-template");
    enter("More Debian Packages", "mc, vim");
    click("_Make");
    harness_await(harness_shows("debian-12-desktop debian-12-desktop-2 mc+vim de_DE.UTF-8 de"));
    harness_await(!find_window(VITRINE_TYPE_NEW_TEMPLATE_DIALOG));
    harness_await(harness_shows("The template is there: “New” makes guests of it."));
}

/* The window that was closed and opened again shows how far it is; cancelled, it asks anew. */
static void test_recipe_cancelled(void)
{
    GtkWidget *window = new_template();

    standin_bus_standin1_set_job_milliseconds(harness_standin, 60000);
    click("_Make");
    harness_await(find(dialog(), "_Cancel"));
    gtk_window_close(GTK_WINDOW(window));
    harness_await(!find_window(VITRINE_TYPE_NEW_TEMPLATE_DIALOG));
    new_template();
    harness_await(find(dialog(), "Looking around"));
    harness_save_picture("new-template-progress");
    click("_Cancel");
    harness_await(find(dialog(), "Name"));
    harness_await(find(dialog(), "_Make") && gtk_widget_get_mapped(find(dialog(), "_Make")));
    gtk_window_close(GTK_WINDOW(dialog()));
    standin_bus_standin1_set_job_milliseconds(harness_standin, 100);
}

static void test_recipe_failed(void)
{
    GtkWidget *window = new_template();

    harness_tell("FailNextJob", g_variant_new("(s)", "There is no network."));
    click("_Make");
    harness_await(find(window, "There is no network."));
    harness_tell("RefuseNextCall", g_variant_new("(s)", "Choose another name."));
    click("_Make");
    harness_await(find(window, "Choose another name."));
    enter("Name", "no good");
    g_assert_false(gtk_widget_get_sensitive(find(window, "_Make")));
    gtk_window_close(GTK_WINDOW(window));
}

static void test_refused(void)
{
    harness_add_guest("desk", "stopped");
    harness_tell("RefuseNextCall", g_variant_new("(s)", "The disk is full."));
    harness_activate("win.duplicate");
    enter("Name", "second");
    answer("duplicate");
    harness_await(harness_shows("The disk is full."));
}

int main(int argc, char **argv)
{
    static const HarnessTest tests[] = {
        {"/copies/snapshots", test_snapshots},
        {"/copies/running", test_running},
        {"/copies/disks", test_disks},
        {"/copies/disk-does-not-answer", test_disk_does_not_answer},
        {"/copies/room", test_room},
        {"/copies/duplicate", test_duplicate},
        {"/copies/template", test_template},
        {"/copies/delete-template", test_delete_template},
        {"/copies/recipe", test_recipe},
        {"/copies/recipe-cancelled", test_recipe_cancelled},
        {"/copies/recipe-failed", test_recipe_failed},
        {"/copies/refused", test_refused},
    };

    harness_init(&argc, &argv);
    harness_add(tests, G_N_ELEMENTS(tests));
    return harness_run();
}
