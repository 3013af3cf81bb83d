/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices in the window: the notice of a new one, the list of all, the guest's menu. */
#include "harness.h"

#include "model/connection.h"
#include "ui/usb-row.h"

static void plug(const char *key, const char *name, const char *kind, const char *properties)
{
    harness_tell("AddUsb",
                 g_variant_new("(sss@a{sv})", key, name, kind, g_variant_new_parsed(properties)));
}

static void set(const char *key, const char *properties)
{
    harness_tell("SetUsb", g_variant_new("(s@a{sv})", key, g_variant_new_parsed(properties)));
}

static void unplug(const char *key)
{
    harness_tell("RemoveUsb", g_variant_new("(s)", key));
}

/* Whether exactly the calls @wanted, "; " between them, came since the last time. */
static void expect_calls(const char *wanted)
{
    g_autoptr(GString) all = g_string_new(NULL);
    gint64 deadline = g_get_monotonic_time() + 5 * G_USEC_PER_SEC;

    while (all->len < strlen(wanted) && g_get_monotonic_time() < deadline) {
        g_autoptr(GVariant) answer = harness_ask("TakeUsbCalls", NULL);
        g_autofree const char **calls = NULL;

        g_variant_get(answer, "(^a&s)", &calls);
        for (guint i = 0; calls[i]; i++)
            g_string_append_printf(all, "%s%s", all->len ? "; " : "", calls[i]);
        harness_turn();
    }
    g_assert_cmpstr(all->str, ==, wanted);
}

static gboolean matches(GtkWidget *widget, const char *text)
{
    if (GTK_IS_BUTTON(widget))
        return g_strcmp0(gtk_button_get_label(GTK_BUTTON(widget)), text) == 0;
    if (VITRINE_IS_USB_ROW(widget))
        return g_strcmp0(adw_preferences_row_get_title(ADW_PREFERENCES_ROW(widget)), text) == 0;
    return FALSE;
}

static GtkWidget *find_button(const char *text)
{
    return harness_search(GTK_WIDGET(harness_window), matches, text);
}

static GtkWidget *find_row(const char *name)
{
    return harness_search(GTK_WIDGET(harness_dialog()), matches, name);
}

static const char *subtitle(const char *name)
{
    GtkWidget *row = find_row(name);

    return row ? adw_action_row_get_subtitle(ADW_ACTION_ROW(row)) : "";
}

static void open_dialog(void)
{
    harness_press("Control_L+u");
    harness_await(harness_dialog() && gtk_window_is_active(harness_dialog()));
}

static void give(const char *name, const char *guest)
{
    gtk_widget_activate_action(find_row(name), "usb.give", "s", guest);
}

static AdwMessageDialog *find_question(void)
{
    GListModel *windows = gtk_window_get_toplevels();

    for (guint i = 0; i < g_list_model_get_n_items(windows); i++) {
        g_autoptr(GtkWidget) window = g_list_model_get_item(windows, i);

        if (ADW_IS_MESSAGE_DIALOG(window) && gtk_widget_get_mapped(window))
            return ADW_MESSAGE_DIALOG(window);
    }
    return NULL;
}

static void answer(const char *response)
{
    AdwMessageDialog *question = find_question();

    adw_message_dialog_response(question, response);
    gtk_window_destroy(GTK_WINDOW(question));
    harness_await(!find_question());
}

/* ---- The list ---- */

static void test_list(void)
{
    harness_add_guest("web", "running");
    plug("1-1", "Old_Keys", "keyboard",
         "{'Concern': <'This computer has no other keyboard.'>, 'Remembered': <'never'>}");
    plug("1-2", "Stick <b>", "storage", "{'Remembered': <'web'>}");
    plug("1-3", "Cam", "camera",
         "{'Guest': <'web'>, 'State': <'attached'>, 'Problem': <'It is slow.'>}");
    open_dialog();
    harness_await(find_row("Stick <b>") && find_row("Cam") && find_row("Old_Keys"));
    /* What one looks for comes first. */
    g_assert_true(gtk_widget_get_next_sibling(find_row("Stick <b>")) == find_row("Cam"));
    g_assert_true(gtk_widget_get_next_sibling(find_row("Cam")) == find_row("Old_Keys"));
    g_assert_cmpstr(subtitle("Stick <b>"), ==,
                    "On this computer · storage\nGoes to “web” by itself.");
    g_assert_cmpstr(subtitle("Cam"), ==, "In “web” · camera\n⚠ It is slow.");
    g_assert_cmpstr(subtitle("Old_Keys"), ==,
                    "On this computer · keyboard\nNo guest gets it, and nobody is asked.\n"
                    "This computer has no other keyboard.");
    harness_save_picture("usb-list");
    set("1-2", "{'State': <'attaching'>, 'Guest': <'web'>}");
    harness_await(g_str_has_prefix(subtitle("Stick <b>"), "Going to “web”…"));
    unplug("1-2");
    harness_await(!find_row("Stick <b>"));
    unplug("1-1");
    unplug("1-3");
    harness_await(harness_shows("No USB Devices"));
    harness_save_picture("usb-none");
    harness_press("Escape");
    harness_await(!harness_dialog());
}

static void test_give(void)
{
    harness_add_guest("web", "running");
    harness_add_guest("idle", "stopped");
    plug("1-2", "Stick", "storage", "{'Remembered': <'never'>}");
    open_dialog();
    harness_await(find_row("Stick"));
    give("Stick", "web");
    harness_await(g_str_has_prefix(subtitle("Stick"), "In “web”"));
    give("Stick", "web"); /* it is there */
    expect_calls("Assign 1-2 web");
    gtk_widget_activate_action(find_row("Stick"), "usb.remember", "s", "port");
    harness_await(strstr(subtitle("Stick"), "Goes to “web” by itself."));
    gtk_widget_activate_action(find_row("Stick"), "usb.forget", NULL);
    harness_await(!strstr(subtitle("Stick"), "Goes to"));
    give("Stick", "");
    harness_await(g_str_has_prefix(subtitle("Stick"), "On this computer"));
    gtk_widget_activate_action(find_row("Stick"), "usb.never", NULL);
    harness_await(strstr(subtitle("Stick"), "No guest gets it"));
    expect_calls("Remember 1-2 web port; Forget 1-2; Release 1-2; Remember 1-2 never device");
    harness_tell("RefuseNextCall", g_variant_new("(s)", "Its tool is not installed."));
    give("Stick", "web");
    harness_await(harness_shows("Its tool is not installed."));
    unplug("1-2");
}

/* By the keyboard alone: the row's menu has the guests that run, and no others. */
static void test_menu(void)
{
    harness_add_guest("web_1", "running");
    harness_add_guest("idle", "stopped");
    plug("1-2", "Stick", "storage", "{'Remembered': <'never'>}");
    open_dialog();
    harness_await(find_row("Stick"));
    gtk_widget_child_focus(GTK_WIDGET(harness_dialog()), GTK_DIR_TAB_FORWARD);
    gtk_widget_grab_focus(find_row("Stick"));
    harness_press("Return");
    harness_await(harness_shows("web_1"));
    g_assert_false(harness_shows("idle"));
    harness_settle(200);
    harness_save_picture("usb-menu");
    harness_press("Down");
    harness_press("Return");
    expect_calls("Assign 1-2 web_1");
    unplug("1-2");
}

static void test_concern(void)
{
    harness_add_guest("web", "running");
    plug("1-1", "Keys", "keyboard", "{'Concern': <'This computer has no other keyboard.'>}");
    open_dialog();
    harness_await(find_row("Keys"));
    give("Keys", "web");
    harness_await(find_question());
    g_assert_cmpstr(adw_message_dialog_get_heading(find_question()), ==, "Give “Keys” to “web”?");
    g_assert_cmpstr(adw_message_dialog_get_body(find_question()), ==,
                    "This computer has no other keyboard.");
    harness_save_picture("usb-question");
    answer("cancel");
    harness_settle(200);
    g_assert_true(g_str_has_prefix(subtitle("Keys"), "On this computer"));
    give("Keys", "web");
    harness_await(find_question());
    answer("give");
    harness_await(g_str_has_prefix(subtitle("Keys"), "In “web”"));
    expect_calls("Assign 1-1 web");
    unplug("1-1");
}

/* ---- The notice ---- */

static void test_notice(void)
{
    harness_add_guest("web", "running");
    harness_add_guest("idle", "stopped");
    plug("2-1", "SanDisk Stick", "storage", "{'Description': <'storage, 16 GB'>}");
    harness_await(harness_shows("“SanDisk Stick” was plugged in"));
    g_assert_nonnull(find_button("Give to “web”"));
    g_assert_null(find_button("Give to “idle”"));
    g_assert_null(find_button("Other…"));
    harness_settle(100);
    harness_save_picture("usb-notice");
    harness_click(find_button("Give to “web”"));
    harness_await(!harness_shows("was plugged in"));
    expect_calls("Assign 2-1 web");
    unplug("2-1");

    plug("2-1", "SanDisk Stick", "storage", "@a{sv} {}");
    harness_await(harness_shows("“SanDisk Stick” was plugged in"));
    harness_click(find_button("Keep Here"));
    harness_await(!harness_shows("was plugged in"));
    expect_calls("");
    unplug("2-1");
}

/* It goes by itself; of two the newest is shown first. */
static void test_notice_goes(void)
{
    harness_add_guest("web", "running");
    plug("2-1", "One", "storage", "@a{sv} {}");
    harness_await(harness_shows("“One” was plugged in"));
    plug("2-2", "Two", "camera", "@a{sv} {}");
    harness_await(harness_shows("“Two” was plugged in"));
    unplug("2-2");
    harness_await(harness_shows("“One” was plugged in"));
    set("2-1", "{'Guest': <'web'>, 'State': <'attaching'>}");
    harness_await(!harness_shows("was plugged in"));
    unplug("2-1");
}

/* Nobody is asked about what was chosen for, what this computer needs, or when no guest runs. */
static void test_no_notice(void)
{
    harness_add_guest("idle", "stopped");
    plug("2-1", "Nobody's", "storage", "@a{sv} {}");
    harness_await(harness_can("win.usb"));
    harness_settle(200);
    g_assert_false(harness_shows("was plugged in"));
    harness_set_guest("idle", "{'State': <'running'>}");
    harness_await(harness_shows("Running"));
    plug("2-2", "Remembered", "storage", "{'Remembered': <'idle'>}");
    plug("2-3", "Keys", "keyboard", "{'Concern': <'There is no other keyboard.'>}");
    harness_settle(200);
    g_assert_false(harness_shows("was plugged in"));
    plug("2-4", "Asked for", "storage", "@a{sv} {}");
    harness_await(harness_shows("“Asked for” was plugged in"));
    for (guint i = 1; i <= 4; i++) {
        g_autofree char *key = g_strdup_printf("2-%u", i);

        unplug(key);
    }
    harness_await(!harness_shows("was plugged in"));
}

static void on_plugged(VitrineUsbList *list, VitrineUsbDevice *device, guint *count)
{
    ++*count;
}

/* What was there before the service was found is no news, as for a window just opened. */
static void test_no_old_news(void)
{
    g_autoptr(VitrineConnection) connection = NULL;
    VitrineUsbList *usb;
    guint count = 0;

    plug("2-1", "Old", "storage", "@a{sv} {}");
    connection = vitrine_connection_new(G_BUS_TYPE_SESSION);
    usb = vitrine_connection_get_usb(connection);
    g_signal_connect(usb, "plugged", G_CALLBACK(on_plugged), &count);
    harness_await(vitrine_usb_list_find(usb, "2-1"));
    g_assert_cmpuint(count, ==, 0);
    plug("2-2", "New", "storage", "@a{sv} {}");
    harness_await(vitrine_usb_list_find(usb, "2-2"));
    g_assert_cmpuint(count, ==, 1);
    unplug("2-1");
    unplug("2-2");
    harness_await(g_list_model_get_n_items(G_LIST_MODEL(usb)) == 0);
}

static void test_many_guests(void)
{
    static const char *const names[] = {"a", "b", "c", "d"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        harness_add_guest(names[i], "running");
    plug("2-1", "Stick", "storage", "@a{sv} {}");
    harness_await(find_button("Give to “c”"));
    g_assert_null(find_button("Give to “d”"));
    harness_settle(100);
    harness_save_picture("usb-notice-many");
    harness_click(find_button("Other…"));
    harness_await(find_row("Stick"));
    harness_press("Escape");
    harness_await(!harness_dialog());
    unplug("2-1");
    harness_await(!harness_shows("was plugged in"));
}

/* ---- The desktop's notification ---- */

static char *notified;     /* title and actions of the last one */
static char *first_button; /* how its first button is called back */
static gboolean withdrawn;

/* By which the desktop knows it. */
#define NOTIFICATION_ID 7

/* Of pairs of an action and a label: the action of the first that is a button of its own. */
static const char *find_button_action(const char *const *actions)
{
    for (guint i = 0; actions[i] && actions[i + 1]; i += 2) {
        if (!g_str_equal(actions[i], "default"))
            return actions[i];
    }
    return NULL;
}

/* As the desktop does when the person presses the notification's first button. */
static void press_first_button(void)
{
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    g_autoptr(GError) error = NULL;

    g_dbus_connection_emit_signal(bus, NULL, "/org/freedesktop/Notifications",
                                  "org.freedesktop.Notifications", "ActionInvoked",
                                  g_variant_new("(us)", NOTIFICATION_ID, first_button), &error);
    g_assert_no_error(error);
}

static void on_desktop_called(GDBusConnection *bus, const char *sender, const char *path,
                              const char *interface, const char *method, GVariant *parameters,
                              GDBusMethodInvocation *invocation, gpointer data)
{
    g_autofree const char **actions = NULL;
    g_autofree char *joined = NULL;
    const char *title;

    if (g_str_equal(method, "CloseNotification")) {
        withdrawn = TRUE;
        g_dbus_method_invocation_return_value(invocation, NULL);
        return;
    }
    g_variant_get(parameters, "(&su&s&s&s^a&s@a{sv}i)", NULL, NULL, NULL, &title, NULL, &actions,
                  NULL, NULL);
    joined = g_strjoinv("|", (char **)actions);
    g_free(notified);
    notified = g_strdup_printf("%s|%s", title, joined);
    g_free(first_button);
    first_button = g_strdup(find_button_action((const char *const *)actions));
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(u)", NOTIFICATION_ID));
}

static const GDBusInterfaceVTable desktop = {.method_call = on_desktop_called};

/* A desktop's server of notifications, for as long as the test runs. */
static void become_desktop(void)
{
    static const char xml[] =
        "<node><interface name='org.freedesktop.Notifications'><method name='Notify'>"
        "<arg type='s' direction='in'/><arg type='u' direction='in'/>"
        "<arg type='s' direction='in'/><arg type='s' direction='in'/>"
        "<arg type='s' direction='in'/><arg type='as' direction='in'/>"
        "<arg type='a{sv}' direction='in'/><arg type='i' direction='in'/>"
        "<arg type='u' direction='out'/></method><method name='CloseNotification'>"
        "<arg type='u' direction='in'/></method></interface></node>";
    g_autoptr(GDBusNodeInfo) node = g_dbus_node_info_new_for_xml(xml, NULL);
    g_autoptr(GDBusConnection) bus = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    g_autoptr(GError) error = NULL;

    g_dbus_connection_register_object(bus, "/org/freedesktop/Notifications", node->interfaces[0],
                                      &desktop, NULL, NULL, &error);
    g_assert_no_error(error);
    g_bus_own_name_on_connection(bus, "org.freedesktop.Notifications", G_BUS_NAME_OWNER_FLAGS_NONE,
                                 NULL, NULL, NULL, NULL);
}

/* A person who looks at another window is told by the desktop, whose button does the same. */
static void test_notification(void)
{
    GtkWidget *other = gtk_window_new();

    become_desktop();
    harness_add_guest("web", "running");
    plug("2-1", "Seen", "storage", "@a{sv} {}");
    harness_await(harness_shows("“Seen” was plugged in"));
    unplug("2-1");
    harness_await(!harness_shows("was plugged in"));
    g_assert_null(notified);

    gtk_window_present(GTK_WINDOW(other));
    harness_await(!gtk_window_is_active(GTK_WINDOW(harness_window)));
    plug("2-2", "Stick", "storage", "@a{sv} {}");
    harness_await(notified);
    g_assert_true(g_str_has_prefix(notified, "“Stick” was plugged in|"));
    g_assert_nonnull(strstr(notified, "Give to “web”"));
    press_first_button();
    expect_calls("Assign 2-2 web");
    unplug("2-2");

    /* One that nobody pressed anything in goes when it says nothing true any more. */
    plug("2-3", "Cam", "camera", "@a{sv} {}");
    harness_await(g_str_has_prefix(notified, "“Cam” was plugged in|"));
    withdrawn = FALSE;
    unplug("2-3");
    harness_await(withdrawn);
    gtk_window_destroy(GTK_WINDOW(other));
    g_free(first_button);
    g_free(notified);
}

/* ---- The guest's menu ---- */

static void test_guest_menu(void)
{
    harness_add_guest("web", "running");
    plug("2-1.4", "Stick", "storage", "{'Remembered': <'never'>}");
    harness_await(harness_can("usb-device.2-1.4"));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "usb-device.2-1.4", NULL);
    expect_calls("Assign 2-1.4 web");
    harness_await(harness_can("usb-device.2-1.4"));
    harness_settle(100);
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "usb-device.2-1.4", NULL);
    expect_calls("Release 2-1.4");
    harness_set_guest("web", "{'State': <'stopped'>}");
    harness_await(!harness_can("usb-device.2-1.4"));
    unplug("2-1.4");
}

int main(int argc, char **argv)
{
    static const HarnessTest tests[] = {
        {"/usb/list", test_list},
        {"/usb/give", test_give},
        {"/usb/menu", test_menu},
        {"/usb/concern", test_concern},
        {"/usb/notice", test_notice},
        {"/usb/notice-goes", test_notice_goes},
        {"/usb/no-notice", test_no_notice},
        {"/usb/no-old-news", test_no_old_news},
        {"/usb/many-guests", test_many_guests},
        {"/usb/guest-menu", test_guest_menu},
        {"/usb/notification", test_notification},
    };

    harness_init(&argc, &argv);
    harness_add(tests, G_N_ELEMENTS(tests));
    return harness_run();
}
