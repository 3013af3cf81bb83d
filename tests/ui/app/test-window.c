/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shell against the stand-in: list, creation, failures, confirmation. */
#include "harness.h"
#include "ui/file-row.h"
#include "ui/settings-dialog-private.h"

static void set_job_time(guint milliseconds)
{
    standin_bus_standin1_set_job_milliseconds(harness_standin, milliseconds);
}

static void test_service_lost(void)
{
    harness_await(harness_shows("No Connection to the Service"));
    g_assert_false(harness_can("win.new"));
    harness_save_picture("service-lost");

    harness_start_standin();
    harness_await(harness_shows("No Guests Yet"));
    g_assert_true(harness_can("win.new"));

    harness_add_guest("web", "stopped");
    harness_stop_standin();
    harness_await(harness_shows("No Connection to the Service"));
    g_assert_false(harness_shows("web"));
    g_assert_false(harness_can("win.start"));

    harness_start_standin();
    harness_await(harness_shows("No Guests Yet"));
}

static void test_list(void)
{
    harness_add_guest("beta", "stopped");
    harness_add_guest("alpha", "paused");
    g_assert_true(harness_shows("Stopped"));
    g_assert_true(harness_shows("Paused"));

    harness_set_guest("beta", "{'State': <'running'>, 'CpuUsage': <0.25>,"
                              " 'MemoryUsed': <uint64 268435456>}");
    harness_await(harness_shows("Running"));
    harness_await(harness_shows("25 % CPU · 256 MiB"));
    g_assert_false(harness_shows("Stopped"));
    harness_save_picture("list");

    standin_bus_standin1_call_remove_guest_sync(harness_standin, "beta", NULL, NULL);
    harness_await(!harness_shows("beta"));
    g_assert_true(harness_shows("alpha"));
}

/* Which guests may be told what; the header's button follows. */
static void test_actions(void)
{
    harness_add_guest("web", "stopped");
    harness_await(harness_can("win.start"));
    g_assert_false(harness_can("win.shutdown"));
    g_assert_false(harness_can("win.screenshot"));
    g_assert_true(harness_can("win.delete"));
    g_assert_nonnull(harness_find("start_button"));

    harness_set_guest("web", "{'State': <'running'>, 'HasDisplay': <true>}");
    harness_await(harness_can("win.shutdown"));
    g_assert_false(harness_can("win.start"));
    g_assert_false(harness_can("win.delete"));
    g_assert_true(harness_can("win.screenshot"));
    g_assert_null(harness_find("start_button"));

    harness_set_guest("web", "{'State': <'crashed'>, 'HasDisplay': <false>,"
                             " 'Problem': <'The kernel <b>panicked</b>.'>}");
    harness_await(harness_shows("“web” has crashed"));
    g_assert_true(harness_shows("The kernel <b>panicked</b>."));
    harness_save_picture("crashed");
    g_assert_true(harness_can("win.start"));
    g_assert_false(harness_can("win.force-off"));

    /* Its file has it kept, for a look at it. */
    harness_set_guest("web", "{'State': <'running'>}");
    harness_await(harness_can("win.shutdown"));
    harness_set_guest("web", "{'State': <'crashed'>, 'Domid': <7>}");
    harness_await(harness_shows("“web” has crashed"));
    harness_await(harness_can("win.force-off"));
    g_assert_false(harness_can("win.start"));
    g_assert_false(harness_can("win.delete"));
}

static GtkEditable *get_name_field(void)
{
    GtkWidget *field = harness_find("name");

    return field ? GTK_EDITABLE(field) : NULL;
}

static void open_new_dialog(void)
{
    harness_press("Control_L+n");
    harness_await(harness_dialog() && gtk_window_is_active(harness_dialog()));
    harness_await(get_name_field() && *gtk_editable_get_text(get_name_field()));
}

static void replace_name(const char *name)
{
    harness_press("Alt_L+n");
    harness_press("Control_L+a");
    harness_type(name);
    harness_await(g_str_equal(gtk_editable_get_text(get_name_field()), name));
}

static void test_create(void)
{
    harness_add_guest("web", "stopped");
    set_job_time(1500);
    open_new_dialog();
    g_assert_cmpstr(gtk_editable_get_text(get_name_field()), ==, "debian-12-desktop");
    harness_save_picture("new");

    replace_name("my web");
    harness_await(harness_shows("A name can’t hold a space"));
    g_assert_false(harness_can("dialog.create"));
    harness_press("Return");
    g_assert_nonnull(harness_dialog());
    replace_name("web");
    harness_await(harness_shows("There is a guest called “web” already"));
    g_assert_false(harness_can("dialog.create"));
    harness_save_picture("new-name-taken");

    replace_name("web2");
    harness_await(harness_can("dialog.create"));
    harness_press("Return");
    harness_await(!harness_dialog());
    harness_await(harness_shows("Creating “web2”"));
    harness_await(harness_shows("Doing part 2 of 10"));
    g_assert_cmpstr(vitrine_guest_get_name(vitrine_window_get_guest(harness_window)), ==, "web2");
    harness_save_picture("creating");

    /* The screen opens by itself, and what is typed lands in it. */
    harness_await(harness_find("display"));
    harness_await(vitrine_display_get_captured(VITRINE_DISPLAY(harness_find("display"))));
    harness_type("a");
    harness_await(harness_heard("key 97 down"));
    harness_save_picture("created");
}

/* All that has to be clicked for a desktop: New, and Create. */
static void test_two_clicks(void)
{
    set_job_time(300);
    harness_click(harness_find("new_button"));
    harness_await(harness_dialog() && gtk_window_is_active(harness_dialog()));
    /* A window of its own is where the compositor likes it: here it is where it can be clicked. */
    gtk_window_fullscreen(harness_dialog());
    harness_await(gtk_window_is_fullscreen(harness_dialog()));
    harness_await(harness_can("dialog.create"));
    harness_click(harness_find("create_button"));
    harness_await(!harness_dialog());
    harness_await(harness_find("display"));
    g_assert_cmpstr(vitrine_guest_get_name(vitrine_window_get_guest(harness_window)), ==,
                    "debian-12-desktop");
    harness_await(vitrine_display_get_captured(VITRINE_DISPLAY(harness_find("display"))));
}

static GtkWidget *get_tile(guint index)
{
    return GTK_WIDGET(gtk_flow_box_get_child_at_index(GTK_FLOW_BOX(harness_find("tiles")), index));
}

static void test_create_choices(void)
{
    open_new_dialog();
    g_assert_true(gtk_widget_get_sensitive(get_tile(0)));
    g_assert_false(gtk_widget_get_sensitive(get_tile(2)));
    g_assert_true(harness_shows("Its disk image is missing"));
    g_assert_true(harness_shows("2 GiB free now"));

    gtk_widget_activate(get_tile(1));
    harness_await(g_str_equal(gtk_editable_get_text(get_name_field()), "debian-12-minimal"));
    g_assert_cmpint(gtk_spin_button_get_value_as_int(GTK_SPIN_BUTTON(harness_find("memory"))), ==,
                    256);

    /* A name that was typed stays when the template changes. */
    replace_name("mine");
    gtk_widget_activate(get_tile(0));
    harness_settle(100);
    g_assert_cmpstr(gtk_editable_get_text(get_name_field()), ==, "mine");

    standin_bus_standin1_call_set_free_memory_sync(harness_standin, 200 * 1024 * 1024, NULL, NULL);
    harness_await(harness_shows("Only 200 MiB is free"));
    harness_save_picture("new-memory");
    standin_bus_standin1_call_set_free_memory_sync(harness_standin, 2048ull * 1024 * 1024, NULL,
                                                   NULL);
    harness_await(!harness_shows("Only 200 MiB is free"));
    harness_press("Escape");
    harness_await(!harness_dialog());
}

#define ISOS                                                                                  \
    "[{'path': <'/i/a.iso'>, 'name': <'a.iso'>, 'size': <uint64 1>}, {'path': <'/i/b.iso'>, " \
    "'name': <'b.iso'>, 'size': <uint64 2>}]"

static void set_isos(const char *isos)
{
    standin_bus_standin1_call_set_isos_sync(harness_standin, isos, NULL, NULL);
}

static void set_kinds(const char *const *kinds)
{
    standin_bus_standin1_call_set_kinds_sync(harness_standin, kinds, NULL, NULL);
    harness_settle(200);
}

/* Whether the last guest was asked for with OPTIONS among others. */
static gboolean was_created(const char *options)
{
    g_autoptr(GVariant) answer = harness_ask("TakeCreated", NULL);
    const char *said = "";

    g_variant_get(answer, "(&s)", &said);
    g_test_message("created: %s", said);
    return strstr(said, options) != NULL;
}

static void test_create_iso(void)
{
    set_isos(ISOS);
    open_new_dialog();
    g_assert_false(harness_shows("ISO Image"));
    gtk_widget_activate(get_tile(3));
    harness_await(harness_shows("b.iso") || harness_shows("a.iso"));
    harness_await(g_str_equal(gtk_editable_get_text(get_name_field()), "pc"));
    g_assert_false(harness_shows("Advanced"));
    /* No more than there is room for. */
    g_assert_cmpint(gtk_spin_button_get_value_as_int(GTK_SPIN_BUTTON(harness_find("disk"))), ==, 8);
    adw_combo_row_set_selected(ADW_COMBO_ROW(harness_find("iso")), 1);
    harness_save_picture("new-iso");
    harness_await(harness_can("dialog.create"));
    harness_press("Control_L+Return");
    harness_await(!harness_dialog());
    g_assert_true(was_created("'iso': <'/i/b.iso'>, 'disk-size': <uint64 8589934592>"));
}

/* An installer that is a kernel; what is wrong with a file is said in the dialog. */
static void test_create_kernel(void)
{
    open_new_dialog();
    gtk_widget_activate(get_tile(4));
    harness_await(harness_shows("Initial Ramdisk"));
    harness_await(g_str_equal(gtk_editable_get_text(get_name_field()), "pc"));
    g_assert_false(harness_can("dialog.create"));
    g_assert_false(harness_shows("Disk Image or xl.cfg"));
    vitrine_file_row_set_path(VITRINE_FILE_ROW(harness_find("ramdisk")), "/home/me/notes.txt");
    vitrine_file_row_set_path(VITRINE_FILE_ROW(harness_find("kernel")), "/home/me/linux");
    harness_await(harness_can("dialog.create"));
    vitrine_file_row_set_path(VITRINE_FILE_ROW(harness_find("ramdisk")), NULL);
    harness_await(harness_shows("None, or a file that is copied too"));
    gtk_editable_set_text(GTK_EDITABLE(harness_find("extra")), "priority=low");
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(harness_find("disk")), 4);
    harness_settle(200);
    harness_save_picture("new-kernel");
    harness_tell("RefuseNextCall", g_variant_new("(s)", "“linux” is no kernel."));
    harness_press("Control_L+Return");
    harness_await(harness_shows("“linux” is no kernel."));
    harness_save_picture("new-kernel-refused");
    harness_await(harness_can("dialog.create"));
    vitrine_file_row_set_path(VITRINE_FILE_ROW(harness_find("ramdisk")), "/home/me/initrd.gz");
    harness_press("Control_L+Return");
    harness_await(!harness_dialog());
    g_assert_true(
        was_created("'kernel': <'/home/me/linux'>, 'ramdisk': <'/home/me/initrd.gz'>, 'extra': "
                    "<'priority=low'>, 'disk-size': <uint64 4294967296>}"));
}

static void test_import(void)
{
    VitrineGuest *guest;

    open_new_dialog();
    gtk_widget_activate(get_tile(5));
    harness_await(harness_shows("Disk Image or xl.cfg"));
    harness_await(g_str_equal(gtk_editable_get_text(get_name_field()), "pc"));
    g_assert_false(harness_can("dialog.create"));
    g_assert_false(harness_shows("ISO Image"));
    vitrine_file_row_set_path(VITRINE_FILE_ROW(harness_find("image")), "/home/me/<old>.img");
    harness_await(harness_shows("/home/me/<old>.img"));
    harness_save_picture("new-import");
    harness_await(harness_can("dialog.create"));
    harness_press("Control_L+Return");
    harness_await(!harness_dialog());
    g_assert_false(was_created("disk-size"));
    harness_await((guest = vitrine_window_get_guest(harness_window)));
    g_assert_cmpstr(vitrine_guest1_get_template(vitrine_guest_get_proxy(guest)), ==,
                    "/home/me/<old>.img");
}

/* The file of a guest of Xen's says by itself what that is to be, but for its disks. */
static void test_import_config(void)
{
    open_new_dialog();
    gtk_widget_activate(get_tile(5));
    harness_await(harness_shows("Disk Image or xl.cfg"));
    g_assert_null(harness_find("disks"));
    vitrine_file_row_set_path(VITRINE_FILE_ROW(harness_find("image")), "/home/me/old.cfg");
    harness_await(harness_find("disks"));
    g_assert_null(harness_find("memory"));
    adw_combo_row_set_selected(ADW_COMBO_ROW(harness_find("disks")), 2);
    harness_await(harness_shows("Who removes the files, or uses them elsewhere, breaks the guest. "
                                "It has no snapshots"));
    harness_await(g_str_equal(gtk_editable_get_text(get_name_field()), "pc"));
    harness_settle(200);
    harness_save_picture("new-import-config");
    harness_await(harness_can("dialog.create"));
    harness_press("Control_L+Return");
    harness_await(!harness_dialog());
    g_assert_true(was_created("{'color': <'#3584e4'>, 'disks': <'keep'>}"));
}

static void test_create_no_iso(void)
{
    set_isos("@aa{sv} []");
    open_new_dialog();
    gtk_widget_activate(get_tile(3));
    harness_await(harness_shows("put one into /var/lib/vitrine/iso"));
    g_assert_false(harness_can("dialog.create"));
    gtk_widget_activate(get_tile(0));
    harness_await(harness_can("dialog.create"));
    harness_press("Escape");
    harness_await(!harness_dialog());
}

static void test_create_kind(void)
{
    open_new_dialog();
    adw_expander_row_set_expanded(ADW_EXPANDER_ROW(harness_find("advanced")), TRUE);
    harness_await(harness_find("kind"));
    adw_combo_row_set_selected(ADW_COMBO_ROW(harness_find("kind")), 2);
    harness_save_picture("new-kind");
    harness_press("Control_L+Return");
    harness_await(!harness_dialog());
    g_assert_true(was_created("'kind': <'pvh'>"));
}

/* A CPU that can't virtualise has no use for an image, and the rest is as ever. */
static void test_create_pv_only(void)
{
    static const char *const pv[] = {"pv", NULL};
    static const char *const all[] = {"pv", "pvh", "hvm", NULL};

    set_kinds(pv);
    open_new_dialog();
    g_assert_true(gtk_widget_get_sensitive(get_tile(0)));
    g_assert_false(gtk_widget_get_sensitive(get_tile(3)));
    g_assert_true(harness_shows("no AMD-V or VT-x"));
    set_kinds(all);
    harness_press("Control_L+Return");
    harness_await(!harness_dialog());
    g_assert_false(was_created("kind"));
}

static void test_drive(void)
{
    set_isos(ISOS);
    harness_add_guest("pc", "stopped");
    harness_await(harness_can("win.settings"));
    g_assert_false(harness_can("win.insert-iso"));
    harness_set_guest("pc", "{'Kind': <'hvm'>}");
    harness_await(harness_can("win.insert-iso"));
    g_assert_false(harness_can("win.eject-iso"));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.insert-iso", NULL);
    harness_await(harness_dialog() && gtk_window_is_active(harness_dialog()));
    harness_await(harness_shows("a.iso"));
    harness_save_picture("insert-iso");
    harness_press("Alt_L+i");
    harness_await(!harness_dialog());
    harness_await(harness_can("win.eject-iso"));
    g_assert_cmpstr(vitrine_guest_get_iso(vitrine_window_get_guest(harness_window)), ==,
                    "/i/a.iso");
    standin_bus_standin1_call_refuse_next_call_sync(harness_standin, "The drive is stuck.", NULL,
                                                    NULL);
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.eject-iso", NULL);
    harness_await(harness_shows("The drive is stuck."));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.eject-iso", NULL);
    harness_await(!harness_can("win.eject-iso"));
}

static void test_create_refused(void)
{
    open_new_dialog();
    standin_bus_standin1_call_refuse_next_call_sync(
        harness_standin, "The disk is full: delete a guest first.", NULL, NULL);
    harness_press("Return");
    harness_await(harness_shows("The disk is full: delete a guest first."));
    g_assert_nonnull(harness_dialog());
    g_assert_true(harness_can("dialog.create"));
    harness_save_picture("new-refused");
}

static void test_create_fails(void)
{
    set_job_time(100);
    standin_bus_standin1_call_fail_next_job_sync(
        harness_standin, "The template’s kernel is missing: install it again.", NULL, NULL);
    open_new_dialog();
    harness_press("Return");
    harness_await(harness_shows("“debian-12-desktop” could not be created"));
    harness_await(harness_find("failed_page"));
    g_assert_true(harness_shows("The template’s kernel is missing: install it again."));
    harness_save_picture("create-failed");
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.dismiss-failure", NULL);
    harness_await(harness_shows("No Guests Yet"));
}

/* What another one orders, and does not get, is said; the guest that is in use stays on the screen.
 */
static void test_create_of_another_fails(void)
{
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    g_autoptr(GVariant) path = NULL;

    harness_add_guest("web", "running");
    harness_await(harness_find("display"));
    set_job_time(100);
    harness_tell("FailNextJob", g_variant_new("(s)", "There is no kernel."));
    path = g_dbus_connection_call_sync(
        bus, "org.vitrine.Vitrine1", "/org/vitrine/Vitrine1/Manager", "org.vitrine.Manager1",
        "Create", g_variant_new_parsed("('debian-12-desktop', 'other', @a{sv} {})"), NULL,
        G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
    g_assert_nonnull(path);
    harness_await(harness_shows("“other” could not be created: There is no kernel."));
    g_assert_null(harness_find("failed_page"));
    g_assert_nonnull(harness_find("display"));
    harness_await(harness_shows("web") && !harness_shows("other"));
}

static void test_no_templates(void)
{
    open_new_dialog();
    g_assert_null(harness_find("new_template_button"));
    harness_press("Escape");
    harness_await(!harness_dialog());
    harness_tell("SetTemplates", g_variant_new("(u)", 0));
    open_new_dialog();
    harness_settle(300);
    harness_save_picture("no-templates");
    harness_click(harness_find("new_template_button"));
    harness_await(harness_shows("New Template"));
    harness_tell("SetTemplates", g_variant_new("(u)", 3));
}

static void test_start_fails(void)
{
    harness_add_guest("web", "stopped");
    set_job_time(100);
    standin_bus_standin1_call_fail_next_job_sync(
        harness_standin, "Not enough memory: shut down another guest.", NULL, NULL);
    harness_click(harness_find("action_button"));
    harness_await(harness_shows("“web” could not be started: Not enough memory"));
    harness_await(harness_find("status") && harness_shows("Try Again"));
    harness_save_picture("start-failed");

    standin_bus_standin1_call_refuse_next_call_sync(harness_standin, "Not now.", NULL, NULL);
    harness_click(harness_find("action_button"));
    harness_await(harness_shows("“web” could not be started: Not now."));
}

/* A crash shows what the guest said last, and leads to the rest of it, or to a new start. */
static void test_crash(void)
{
    harness_add_guest("web", "running");
    harness_await(harness_find("display"));
    harness_set_guest("web", "{'State': <'crashed'>, 'HasDisplay': <false>,"
                             " 'Problem': <'The kernel panicked.'>}");
    harness_await(harness_shows("“web” has crashed"));
    harness_await(harness_shows("what was said in the last run"));
    g_assert_true(harness_shows("Restart"));
    harness_settle(50);
    harness_save_picture("crash-tail");
    harness_click(harness_find("other_button"));
    harness_await(harness_find("console"));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.console", NULL);
    harness_await(harness_find("action_button"));
    set_job_time(100);
    harness_click(harness_find("action_button"));
    harness_await(harness_find("display"));
    /* What was said before is not said of the next state. */
    harness_set_guest("web", "{'State': <'stopped'>, 'HasDisplay': <false>, 'Problem': <''>}");
    harness_await(harness_shows("“web” is off"));
    g_assert_null(harness_find("tail"));
    g_assert_null(harness_find("other_button"));
}

/* Too little memory: who could be shut down for it, the best first, and that does it. */
static void test_memory_remedy(void)
{
    harness_add_guest("bank", "running");
    harness_set_guest("bank", "{'MemoryUsed': <uint64 268435456>}");
    harness_add_guest("mail", "running");
    harness_set_guest("mail", "{'MemoryUsed': <uint64 1073741824>}");
    harness_add_guest("web", "stopped");
    gtk_widget_grab_focus(harness_find("list"));
    harness_press("End");
    harness_await(harness_shows("“web” is off"));
    standin_bus_standin1_call_set_free_memory_sync(harness_standin, 100 * 1024 * 1024, NULL, NULL);
    harness_settle(100);
    g_assert_null(harness_find("offers"));
    set_job_time(100);
    standin_bus_standin1_call_fail_next_job_sync(harness_standin, "There was no room for it.", NULL,
                                                 NULL);
    harness_click(harness_find("action_button"));
    harness_await(harness_shows("“web” could not be started"));
    harness_await(harness_shows("Shut Down “mail” (1 GiB)"));
    g_assert_true(harness_shows("Shut Down “bank” (256 MiB)"));
    harness_settle(50);
    harness_save_picture("memory-remedy");
    harness_click(gtk_widget_get_first_child(harness_find("offers")));
    harness_await(!harness_shows("Shut Down “mail” (1 GiB)"));
    standin_bus_standin1_call_set_free_memory_sync(harness_standin, 2048ull * 1024 * 1024, NULL,
                                                   NULL);
    harness_await(!harness_find("offers"));
    g_assert_true(harness_shows("Try Again"));
}

/* As above, of a guest that could not even be created. */
static void test_create_memory_remedy(void)
{
    harness_add_guest("mail", "running");
    harness_set_guest("mail", "{'MemoryUsed': <uint64 1073741824>}");
    set_job_time(100);
    standin_bus_standin1_call_set_free_memory_sync(harness_standin, 100 * 1024 * 1024, NULL, NULL);
    standin_bus_standin1_call_fail_next_job_sync(harness_standin, "There was no room for it.", NULL,
                                                 NULL);
    open_new_dialog();
    harness_press("Return");
    harness_await(harness_find("failed_page"));
    g_assert_true(harness_shows("Shut Down “mail” (1 GiB)"));
    g_assert_null(harness_find("failed_room"));
    harness_settle(50);
    harness_save_picture("create-memory-remedy");
    harness_click(gtk_widget_get_first_child(harness_find("failed_offers")));
    harness_await(!harness_shows("Shut Down “mail” (1 GiB)"));
    g_assert_nonnull(harness_find("failed_page"));
    standin_bus_standin1_call_set_free_memory_sync(harness_standin, 4096ull * 1024 * 1024, NULL,
                                                   NULL);
    harness_await(!harness_find("failed_offers"));
    g_assert_true(harness_shows("Try Again…"));
    /* Whoever turns to another guest has done with it, also if that one is selected already. */
    gtk_widget_grab_focus(harness_find("list"));
    harness_press("Return");
    harness_await(!harness_find("failed_page"));
}

/* Too little room on the disk: what can be deleted is a click away. */
static void test_create_room_remedy(void)
{
    harness_add_guest("mail", "stopped");
    set_job_time(100);
    harness_tell("SetDisk", g_variant_new("(st)", "full", (guint64)200 << 20));
    standin_bus_standin1_call_fail_next_job_sync(harness_standin, "There was no room for it.", NULL,
                                                 NULL);
    open_new_dialog();
    harness_press("Return");
    harness_await(harness_find("failed_page"));
    g_assert_nonnull(harness_find("failed_room"));
    g_assert_null(harness_find("failed_offers"));
    harness_settle(50);
    harness_save_picture("create-room-remedy");
    harness_click(harness_find("failed_room"));
    harness_await(harness_dialog() && harness_shows("What Takes Up Room"));
    harness_press("Escape");
    harness_await(!harness_dialog());
    harness_tell("SetDisk", g_variant_new("(st)", "ok", (guint64)100 << 30));
    harness_await(!harness_find("failed_room"));
}

static void test_cancel(void)
{
    harness_add_guest("slow", "stopped");
    set_job_time(60000);
    harness_click(harness_find("action_button"));
    harness_await(harness_shows("Starting “slow”"));
    harness_await(harness_find("cancel_button"));
    harness_click(harness_find("cancel_button"));
    harness_await(harness_shows("Try Again") || harness_shows("“slow” is off"));
    /* Somebody who cancels knows: nothing is reported. */
    harness_settle(100);
    g_assert_false(harness_shows("“slow” could not be started: "));
    set_job_time(100);
}

static void test_delete(void)
{
    harness_add_guest("web", "stopped");
    harness_press("Control_L+Delete");
    harness_await(harness_dialog() && gtk_window_is_active(harness_dialog()));
    g_assert_true(harness_shows("Delete “web”?"));
    harness_save_picture("delete");

    /* Enter is the safe answer. */
    harness_press("Return");
    harness_await(!harness_dialog());
    harness_settle(200);
    g_assert_true(harness_shows("web"));

    harness_press("Control_L+Delete");
    harness_await(harness_dialog() && gtk_window_is_active(harness_dialog()));
    harness_press("Alt_L+d");
    harness_await(harness_shows("No Guests Yet"));
}

static void open_settings(void)
{
    harness_press("Control_L+comma");
    harness_await(harness_dialog() && gtk_window_is_active(harness_dialog()));
    harness_await(harness_find("memory"));
}

/* Whether the stand-in was asked for exactly @options since the last time. */
static gboolean was_asked(const char *options)
{
    g_autoptr(GVariant) answer = harness_ask("TakeSettings", NULL);
    g_auto(GStrv) calls = NULL;

    g_variant_get(answer, "(^as)", &calls);
    for (guint i = 0; calls && calls[i]; i++)
        g_test_message("asked: %s", calls[i]);
    return calls && calls[0] && !calls[1] && g_str_equal(calls[0], options);
}

/* Whether that was the last of what it was asked for since then. */
static gboolean was_asked_last(const char *options)
{
    g_autoptr(GVariant) answer = harness_ask("TakeSettings", NULL);
    g_auto(GStrv) calls = NULL;
    guint n_calls;

    g_variant_get(answer, "(^as)", &calls);
    n_calls = calls ? g_strv_length(calls) : 0;
    return n_calls > 0 && g_str_equal(calls[n_calls - 1], options);
}

/* Since the last look. */
static gboolean was_asked_nothing(void)
{
    g_autoptr(GVariant) answer = harness_ask("TakeSettings", NULL);
    g_auto(GStrv) calls = NULL;

    g_variant_get(answer, "(^as)", &calls);
    for (guint i = 0; calls && calls[i]; i++)
        g_test_message("asked: %s", calls[i]);
    return !calls || !calls[0];
}

static void test_settings(void)
{
    g_assert_false(harness_can("win.settings"));
    harness_add_guest("web", "running");
    harness_await(harness_can("win.settings"));
    open_settings();
    g_assert_cmpint(gtk_spin_button_get_value_as_int(GTK_SPIN_BUTTON(harness_find("memory"))), ==,
                    512);
    g_assert_true(harness_shows("Normal"));
    g_assert_true(harness_shows("Through this computer"));
    g_assert_false(harness_shows("Takes effect when the guest restarts"));
    harness_settle(200);
    g_assert_true(was_asked_nothing());

    /* What is typed is asked for when the person has stopped to type. */
    harness_press("Control_L+a");
    harness_type("768");
    harness_press("Tab");
    harness_await(was_asked("{'memory': <uint64 805306368>}"));
    harness_set_guest("web", "{'NeedsRestart': <true>}");
    harness_await(harness_shows("Takes effect when the guest restarts"));
    harness_save_picture("settings");
    harness_set_guest("web", "{'NeedsRestart': <false>, 'Weight': <uint32 77>,"
                             " 'Network': <'custom'>}");
    harness_await(!harness_shows("Takes effect when the guest restarts"));
    harness_await(harness_shows("Custom (77)"));
    harness_await(harness_shows("As in the guest’s file"));
    harness_settle(200);
    g_assert_true(was_asked_nothing());
}

static void test_settings_choices(void)
{
    harness_add_guest("web", "stopped");
    open_settings();
    adw_combo_row_set_selected(ADW_COMBO_ROW(harness_find("share")), 2);
    harness_await(was_asked("{'weight': <uint32 512>}"));
    adw_combo_row_set_selected(ADW_COMBO_ROW(harness_find("network")), 2);
    harness_await(was_asked("{'network': <'none'>}"));
    gtk_widget_activate(harness_find("autostart"));
    harness_await(was_asked("{'autostart': <true>}"));
    gtk_widget_activate(gtk_widget_get_first_child(harness_find("colors")));
    harness_await(was_asked("{'color': <'#3584e4'>}"));
    harness_await(harness_shows("High"));
    harness_await(!harness_shows("Through this computer"));
    gtk_editable_set_text(GTK_EDITABLE(harness_find("group")), "Work");
    g_signal_emit_by_name(harness_find("group"), "apply");
    harness_await(was_asked("{'group': <'Work'>}"));
    /* The dialog is closed while a number is still being typed. */
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(harness_find("vcpus")), 3);
    harness_press("Escape");
    harness_await(!harness_dialog());
    harness_await(was_asked("{'vcpus': <uint32 3>}"));
}

/* Whether the keyboard is with a list of choices that is open. */
static gboolean is_choosing(void)
{
    GtkWidget *focus = gtk_window_get_focus(harness_dialog());

    return focus && gtk_widget_get_ancestor(focus, GTK_TYPE_POPOVER) &&
           gtk_widget_get_ancestor(focus, GTK_TYPE_LIST_VIEW);
}

/* Opens the choices of the guest's network, where SENTENCE is said, and takes the second of them by
 * the keyboard. */
static void choose_bridged(const char *sentence)
{
    gtk_widget_grab_focus(harness_find("network"));
    gtk_widget_activate(harness_find("network"));
    harness_await(harness_shows(sentence) && is_choosing());
    harness_settle(300);
    harness_press("Home");
    harness_press("Down");
    harness_press("Return");
    harness_settle(200);
}

/* Without a bridge the choice is there, says why it can't be had, and can't be chosen. */
static void test_settings_bridged(void)
{
    harness_add_guest("web", "running");
    open_settings();
    harness_await(harness_shows("It reaches other computers"));
    choose_bridged("Like a computer of its own");
    harness_await(was_asked("{'network': <'bridged'>}"));
    harness_await(harness_shows("On this computer’s network"));
    harness_tell("SetBridgedProblem", g_variant_new("(s)", "There is no bridge."));
    harness_await(harness_shows("There is no bridge."));
    harness_save_picture("settings-no-bridge");
    harness_press("Escape");
    harness_await(!harness_dialog());
    harness_set_guest("web", "{'Network': <'nat'>}");
    open_settings();
    harness_await(harness_shows("It reaches other computers"));
    choose_bridged("There is no bridge.");
    g_assert_true(was_asked_nothing());
    harness_tell("SetBridgedProblem", g_variant_new("(s)", ""));
}

/* The list is asked for when it is confirmed, and only there where it counts. */
static void test_settings_access(void)
{
    GtkWidget *hosts;

    harness_add_guest("web", "running");
    open_settings();
    harness_await(harness_shows("Everything"));
    g_assert_null(harness_find("hosts"));
    adw_combo_row_set_selected(ADW_COMBO_ROW(harness_find("access")), 2);
    harness_await(was_asked("{'network-access': <'hosts'>}"));
    harness_await((hosts = harness_find("hosts")));
    gtk_editable_set_text(GTK_EDITABLE(hosts), "192.0.2.7,  10.0.0.0/8:443");
    harness_settle(200);
    harness_save_picture("settings-access");
    g_assert_true(was_asked_nothing());
    g_signal_emit_by_name(hosts, "apply");
    harness_await(was_asked("{'network-hosts': <['192.0.2.7', '10.0.0.0/8:443']>}"));
    harness_await(
        g_str_equal(gtk_editable_get_text(GTK_EDITABLE(hosts)), "192.0.2.7 10.0.0.0/8:443"));
    harness_tell("RefuseNextCall", g_variant_new("(s)", "“example.org” is no host."));
    gtk_editable_set_text(GTK_EDITABLE(hosts), "example.org");
    g_signal_emit_by_name(hosts, "apply");
    harness_await(harness_shows("“example.org” is no host."));
    harness_save_picture("settings-access-refused");
    /* What was typed counts, if the dialog is closed without Enter, too. */
    gtk_editable_set_text(GTK_EDITABLE(hosts), "192.0.2.9");
    harness_press("Escape");
    harness_await(was_asked("{'network-hosts': <['192.0.2.9']>}"));
}

/* The choices are the guest's; another way of starting is a person's and stays as it is. */
static void test_settings_start(void)
{
    harness_add_guest("web", "stopped");
    harness_set_guest("web", "{'Kind': <'hvm'>, 'StartChoices': <['disk', 'cd']>}");
    open_settings();
    harness_await(harness_shows("While the disk is empty, the CD in the drive"));
    harness_settle(200);
    g_assert_true(was_asked_nothing());
    adw_combo_row_set_selected(ADW_COMBO_ROW(harness_find("start")), 1);
    harness_await(was_asked("{'start-from': <'cd'>}"));
    harness_await(harness_shows("If there is none, its disk"));
    harness_save_picture("settings-start");
    harness_set_guest("web", "{'Kind': <'pv'>, 'StartFrom': <'custom'>, "
                             "'StartChoices': <['disk']>}");
    harness_await(harness_shows("As in the guest’s file"));
    /* What there is to choose from may change alone: a kernel was noted. */
    harness_set_guest("web", "{'StartChoices': <['disk', 'kernel']>}");
    harness_await(g_list_model_get_n_items(
                      adw_combo_row_get_model(ADW_COMBO_ROW(harness_find("start")))) == 3);
    harness_settle(200);
    g_assert_true(was_asked_nothing());
}

/* Of the usual size by their number; others are shown as they are. A PC has its own. */
/* Chooses the size that a person reads as @label for a monitor, which are counted from 0. */
static void select_size(guint monitor, const char *label)
{
    AdwComboRow *row = VITRINE_SETTINGS_DIALOG(harness_dialog())->sizes[monitor];
    GListModel *labels = adw_combo_row_get_model(row);

    for (guint i = 0; i < g_list_model_get_n_items(labels); i++) {
        g_autoptr(GtkStringObject) item = g_list_model_get_item(labels, i);

        if (g_str_equal(gtk_string_object_get_string(item), label)) {
            adw_combo_row_set_selected(row, i);
            return;
        }
    }
    g_assert_not_reached();
}

static void test_settings_monitors(void)
{
    harness_add_guest("web", "stopped");
    harness_set_guest("web", "{'Kind': <'pv'>}");
    open_settings();
    harness_await(harness_shows("A frame buffer"));
    adw_combo_row_set_selected(ADW_COMBO_ROW(harness_find("monitors")), 2);
    harness_await(was_asked("{'monitors': <['1280x800', '1280x800']>}"));
    harness_await(harness_shows("Two"));
    harness_settle(200);
    harness_save_picture("settings-monitors");
    adw_combo_row_set_selected(ADW_COMBO_ROW(harness_find("monitors")), 0);
    harness_await(was_asked("{'monitors': <@as []>}"));
    harness_set_guest("web", "{'Monitors': <['640x480', '800x600']>}");
    harness_await(harness_shows("Two") && harness_shows("640 × 480") && harness_shows("800 × 600"));
    g_assert_true(harness_shows("Size of Monitor 2"));
    g_assert_false(harness_shows("Size of Monitor 3"));
    /* Two changes at once: the second one knows of the first. */
    select_size(0, "1920 × 1080");
    select_size(1, "1280 × 720");
    harness_await(was_asked_last("{'monitors': <['1920x1080', '1280x720']>}"));
    harness_settle(200);
    harness_save_picture("settings-sizes");
    /* Another number leaves the sizes of those that stay. */
    adw_combo_row_set_selected(ADW_COMBO_ROW(harness_find("monitors")), 3);
    harness_await(was_asked("{'monitors': <['1920x1080', '1280x720', '1280x800']>}"));
    harness_await(harness_shows("Size of Monitor 3"));
    adw_combo_row_set_selected(ADW_COMBO_ROW(harness_find("monitors")), 1);
    harness_await(was_asked("{'monitors': <['1920x1080']>}"));
    harness_await(!harness_shows("Size of Monitor 2"));
    harness_set_guest("web", "{'Kind': <'hvm'>, 'Monitors': <@as []>}");
    harness_await(!harness_find("monitors"));
    harness_settle(200);
    g_assert_false(was_asked(""));
}

/* The guest is off because its installer is done: one button goes on from there. */
static void test_installed(void)
{
    harness_add_guest("web", "stopped");
    harness_await(harness_shows("“web” is off"));
    g_assert_false(harness_can("win.start-disk"));
    harness_set_guest("web", "{'StartFrom': <'kernel'>, 'InstallerEnded': <true>}");
    harness_await(harness_shows("Start from Its Disk"));
    harness_await(harness_can("win.start-disk"));
    harness_settle(300);
    harness_save_picture("installed");
    harness_tell("RefuseNextCall", g_variant_new("(s)", "There is no boot loader."));
    harness_click(harness_find("action_button"));
    harness_await(harness_shows("“web” could not be started: There is no boot loader."));
    harness_click(harness_find("action_button"));
    harness_await(was_asked("{'start-from': <'disk'>}"));
    harness_await(harness_can("win.shutdown"));
}

/* A guest that does not do what it is asked, while somebody waits for it and afterwards. */
static void test_not_responding(void)
{
    harness_add_guest("web", "running");
    harness_await(harness_find("display"));
    harness_set_guest("web", "{'State': <'not-responding'>, 'Problem': <'It has not heard.'>}");
    harness_await(harness_shows("“web” is not responding"));
    harness_await(harness_shows("It has not heard."));
    harness_await(harness_can("win.force-off"));
    g_assert_true(harness_can("win.shutdown"));
    g_assert_false(harness_can("win.save"));
    harness_settle(300);
    harness_save_picture("not-responding");
    harness_click(harness_find("other_button"));
    harness_await(harness_shows("Not responding"));
    harness_await(vitrine_guest_page_shows_console(VITRINE_GUEST_PAGE(harness_find("guest_page"))));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.console", NULL);
    harness_await(harness_shows("“web” is not responding"));
    harness_click(harness_find("action_button"));
    harness_await(harness_dialog() && gtk_window_is_active(harness_dialog()));
    harness_press("Alt_L+f");
    harness_await(harness_shows("“web” is off"));
}

/* A maximum of the guest's own goes up with the memory, and not down with it; it can be set. */
static void test_settings_maximum(void)
{
    GtkSpinButton *maximum;

    harness_add_guest("web", "stopped");
    harness_set_guest("web", "{'MaximumMemory': <uint64 1073741824>}");
    open_settings();
    maximum = GTK_SPIN_BUTTON(harness_find("maximum"));
    g_assert_cmpint(gtk_spin_button_get_value_as_int(maximum), ==, 1024);
    harness_save_picture("settings-maximum");
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(harness_find("memory")), 2048);
    harness_await(was_asked("{'maximum-memory': <uint64 2147483648>, 'memory': "
                            "<uint64 2147483648>}"));
    harness_await(gtk_spin_button_get_value_as_int(maximum) == 2048);
    gtk_spin_button_set_value(maximum, 3072);
    harness_await(was_asked("{'maximum-memory': <uint64 3221225472>}"));
    /* It is the guest's memory at least. */
    gtk_spin_button_set_value(maximum, 100);
    harness_await(was_asked("{'maximum-memory': <uint64 2147483648>}"));
}

static void test_settings_refused(void)
{
    harness_add_guest("web", "stopped");
    open_settings();
    harness_tell("RefuseNextCall", g_variant_new("(s)", "This computer has 1 CPU."));
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(harness_find("vcpus")), 3);
    harness_await(harness_shows("This computer has 1 CPU."));
    g_assert_cmpint(gtk_spin_button_get_value_as_int(GTK_SPIN_BUTTON(harness_find("vcpus"))), ==,
                    1);
    harness_save_picture("settings-refused");

    harness_tell("RefuseNextCall", g_variant_new("(s)", "Not any more."));
    gtk_spin_button_set_value(GTK_SPIN_BUTTON(harness_find("vcpus")), 2);
    harness_press("Escape");
    harness_await(!harness_dialog());
    harness_await(harness_shows("Not any more."));

    /* With its guest goes the dialog. */
    open_settings();
    harness_tell("RemoveGuest", g_variant_new("(s)", "web"));
    harness_await(!harness_dialog());
}

static void test_pause(void)
{
    harness_add_guest("web", "running");
    harness_await(harness_find("display"));
    harness_press("Control_L+p");
    harness_await(harness_shows("“web” is paused"));
    harness_click(harness_find("action_button"));
    harness_await(harness_find("display"));
}

/* With no guest there is one thing to do, and Enter does it. */
static void test_focus(void)
{
    g_assert_false(harness_can("win.fullscreen"));
    harness_press("Return");
    harness_await(harness_dialog());
    g_assert_true(harness_shows("New Guest"));
    harness_press("Escape");
    harness_await(!harness_dialog());
    /* With one, Enter does nothing that was not asked for. */
    harness_add_guest("alpha", "stopped");
    harness_press("Return");
    harness_settle(200);
    g_assert_true(harness_shows("“alpha” is off"));
    g_assert_null(harness_dialog());
}

static gboolean shows_text(GtkWidget *widget)
{
    if (GTK_IS_LABEL(widget))
        return *gtk_label_get_text(GTK_LABEL(widget)) != '\0';
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child)) {
        if (shows_text(child))
            return TRUE;
    }
    return FALSE;
}

/* Counts the buttons below @widget; each has words on it, or a name for those who can't see it. */
static guint check_names(GtkWidget *widget)
{
    guint n_buttons = 0;

    /* What the libraries bring along is theirs to name. */
    if (GTK_IS_WINDOW_CONTROLS(widget) || !gtk_widget_get_visible(widget) ||
        g_str_equal(G_OBJECT_TYPE_NAME(widget), "AdwToastWidget"))
        return 0;
    if (GTK_IS_BUTTON(widget) || GTK_IS_MENU_BUTTON(widget)) {
        gboolean named =
            gtk_test_accessible_has_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL);

        if (!named && !shows_text(widget))
            g_error("a button without a name: %s in %s",
                    gtk_buildable_get_buildable_id(GTK_BUILDABLE(widget)),
                    G_OBJECT_TYPE_NAME(gtk_widget_get_parent(widget)));
        return 1;
    }
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child))
        n_buttons += GTK_IS_SPIN_BUTTON(child) ? 0 : check_names(child);
    return n_buttons;
}

static void test_names(void)
{
    harness_add_guest("web", "stopped");
    g_assert_cmpuint(check_names(GTK_WIDGET(harness_window)), >=, 5);
    open_settings();
    g_assert_cmpuint(check_names(GTK_WIDGET(harness_dialog())), >=, 8);
    harness_press("Escape");
    harness_await(!harness_dialog());
    open_new_dialog();
    g_assert_cmpuint(check_names(GTK_WIDGET(harness_dialog())), >=, 10);
}

static void test_shortcuts(void)
{
    harness_press("Control_L+Shift_L+question");
    harness_await(harness_dialog());
    harness_await(harness_shows("Take the keyboard back"));
    harness_save_picture("shortcuts");
}

int main(int argc, char **argv)
{
    static const HarnessTest tests[] = {
        {"/window/list", test_list},
        {"/window/actions", test_actions},
        {"/window/create", test_create},
        {"/window/two-clicks", test_two_clicks},
        {"/window/create-choices", test_create_choices},
        {"/window/create-refused", test_create_refused},
        {"/window/create-fails", test_create_fails},
        {"/window/create-of-another-fails", test_create_of_another_fails},
        {"/window/no-templates", test_no_templates},
        {"/window/create-iso", test_create_iso},
        {"/window/create-kernel", test_create_kernel},
        {"/window/import-config", test_import_config},
        {"/window/create-no-iso", test_create_no_iso},
        {"/window/import", test_import},
        {"/window/create-kind", test_create_kind},
        {"/window/create-pv-only", test_create_pv_only},
        {"/window/drive", test_drive},
        {"/window/start-fails", test_start_fails},
        {"/window/cancel", test_cancel},
        {"/window/delete", test_delete},
        {"/window/settings", test_settings},
        {"/window/settings-choices", test_settings_choices},
        {"/window/settings-access", test_settings_access},
        {"/window/settings-bridged", test_settings_bridged},
        {"/window/settings-start", test_settings_start},
        {"/window/settings-monitors", test_settings_monitors},
        {"/window/settings-maximum", test_settings_maximum},
        {"/window/settings-refused", test_settings_refused},
        {"/window/pause", test_pause},
        {"/window/shortcuts", test_shortcuts},
        {"/window/names", test_names},
        {"/window/focus", test_focus},
        {"/window/crash", test_crash},
        {"/window/memory-remedy", test_memory_remedy},
        {"/window/create-memory-remedy", test_create_memory_remedy},
        {"/window/create-room-remedy", test_create_room_remedy},
        {"/window/not-responding", test_not_responding},
        {"/window/installed", test_installed},
    };

    harness_init(&argc, &argv);
    g_test_add_func("/window/service-lost", test_service_lost); /* with no service at first */
    harness_add(tests, G_N_ELEMENTS(tests));
    return harness_run();
}
