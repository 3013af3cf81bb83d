/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests in windows of their own, and how large their screens are shown. */
#include "harness.h"

#include "model/preferences.h"
#include "ui/guest-window.h"

#define RED   0xff0000
#define WHITE 0xffffff

/* The own window of the guest called @name, or NULL. */
static GtkWindow *find_own(const char *name)
{
    GListModel *windows = gtk_window_get_toplevels();

    for (guint i = 0; i < g_list_model_get_n_items(windows); i++) {
        g_autoptr(GtkWindow) window = g_list_model_get_item(windows, i);

        if (VITRINE_IS_GUEST_WINDOW(window) &&
            g_str_equal(vitrine_guest_get_name(
                            vitrine_guest_window_get_guest(VITRINE_GUEST_WINDOW(window))),
                        name))
            return window;
    }
    return NULL;
}

static void select_guest(const char *name)
{
    GtkSelectionModel *model = gtk_list_view_get_model(GTK_LIST_VIEW(harness_find("list")));

    for (guint i = 0; i < g_list_model_get_n_items(G_LIST_MODEL(model)); i++) {
        g_autoptr(VitrineGuest) guest = g_list_model_get_item(G_LIST_MODEL(model), i);

        if (g_str_equal(vitrine_guest_get_name(guest), name))
            gtk_selection_model_select_item(model, i, TRUE);
    }
}

static GtkWidget *get_display(void)
{
    return harness_find("display");
}

static gboolean is_connected(void)
{
    return get_display() && vitrine_display_get_connected(VITRINE_DISPLAY(get_display()));
}

/* Opens the guest's own window and turns to it. */
static GtkWindow *open_own(const char *name)
{
    harness_set_front(NULL);
    select_guest(name);
    harness_await(harness_can("win.own-window"));
    /* A window behind another one can't be given keys. */
    if (gtk_window_is_active(GTK_WINDOW(harness_window)))
        harness_press("Control_L+o");
    else
        gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.own-window", NULL);
    harness_await(find_own(name));
    harness_set_front(find_own(name));
    harness_await(is_connected());
    return find_own(name);
}

static void test_own(void)
{
    GtkWindow *window;

    harness_tell("Resize", g_variant_new("(uu)", 640, 480));
    harness_add_guest("web", "running");
    harness_await(is_connected());
    window = open_own("web");
    harness_await(harness_pixel(get_display(), 0.45, 0.45) == RED);
    harness_save_picture("own-window");
    g_assert_cmpstr(gtk_window_get_title(window), ==, "web");
    /* One viewer, not two: the main window says where the screen is. */
    harness_await(harness_count_viewers() == 1);
    harness_set_front(NULL);
    harness_await(harness_shows("“web” is in a window of its own"));
    g_assert_false(harness_can("win.screenshot"));
    harness_save_picture("own-window-main");

    /* What is typed in the window goes to the guest. */
    harness_set_front(window);
    gtk_window_present(window);
    harness_press("Control_L+g");
    harness_await(vitrine_display_get_captured(VITRINE_DISPLAY(get_display())));
    harness_type("a");
    harness_await(harness_heard("key 97 down"));
    harness_press("Control_L+Alt_L");
    harness_await(!vitrine_display_get_captured(VITRINE_DISPLAY(get_display())));

    /* Closed, it leaves the guest where it was. */
    harness_press("Control_L+w");
    harness_await(!find_own("web"));
    harness_set_front(NULL);
    harness_await(is_connected());
    g_assert_true(harness_can("win.screenshot"));
    harness_await(harness_count_viewers() == 1);
}

/* What a guest's page offers there is to be had. */
static void test_own_remedy(void)
{
    harness_add_guest("web", "running");
    harness_await(is_connected());
    open_own("web");
    harness_set_guest("web", "{'State': <'not-responding'>}");
    harness_await(harness_find("action_button"));
    harness_save_picture("own-remedy");
    gtk_widget_activate(harness_find("action_button"));
    harness_set_front(NULL);
    harness_await(harness_dialog() && gtk_window_is_active(harness_dialog()));
    harness_press("Alt_L+f");
    harness_set_front(find_own("web"));
    harness_await(harness_shows("“web” is off"));
}

/* Several at once; each follows its guest, and goes with it. */
static void test_own_several(void)
{
    harness_add_guest("bank", "running");
    harness_add_guest("web", "running");
    open_own("bank");
    open_own("web");
    harness_await(harness_count_viewers() == 2);
    harness_set_guest("bank", "{'State': <'stopped'>, 'HasDisplay': <false>}");
    harness_set_front(find_own("bank"));
    harness_await(harness_shows("“bank” is off"));
    g_assert_true(harness_can("win.start"));
    gtk_widget_activate_action(GTK_WIDGET(find_own("bank")), "win.start", NULL);
    harness_await(harness_shows("Starting “bank”") || is_connected());
    harness_await(is_connected());

    /* Again for the same guest: the same window. */
    harness_set_front(NULL);
    select_guest("web");
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.own-window", NULL);
    harness_settle(100);
    g_assert_cmpuint(harness_count_viewers(), ==, 2);
    /* Brought back from the main window. */
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.show-here", NULL);
    harness_await(!find_own("web"));
    harness_await(is_connected());
    harness_tell("RemoveGuest", g_variant_new("(s)", "bank"));
    harness_await(!find_own("bank"));
}

static void test_own_fullscreen(void)
{
    GtkWindow *window;

    harness_add_guest("web", "running");
    window = open_own("web");
    harness_press("F11");
    harness_await(!harness_find("header"));
    harness_await(harness_shows("Ctrl+Alt leaves full screen"));
    harness_await(vitrine_display_get_captured(VITRINE_DISPLAY(get_display())));
    harness_press("Control_L+Alt_L");
    harness_await(harness_find("header"));
    gtk_window_close(window);
    harness_await(!find_own("web"));
}

/* The guest's pixels across, of its 640, that the widget has room for. */
static gboolean is_zoomed(guint percent)
{
    GtkWidget *display = get_display();
    double width = gtk_widget_get_width(display), height = gtk_widget_get_height(display);
    double x = MAX((width - 6.4 * percent) / 2, 0), y = MAX((height - 4.8 * percent) / 2, 0);

    return harness_pixel(display, (x + 3.19 * percent) / width, (y + 2.39 * percent) / height) ==
               RED &&
           harness_pixel(display, (x + 3.22 * percent) / width, (y + 2.42 * percent) / height) ==
               WHITE;
}

/* Zoomed by key, remembered for the guest, and only for it. */
static void test_zoom(void)
{
    harness_tell("Resize", g_variant_new("(uu)", 640, 480));
    harness_add_guest("bank", "running");
    harness_add_guest("web", "running");
    select_guest("web");
    harness_await(is_connected());
    harness_await(is_zoomed(100));
    g_assert_cmpint(gtk_widget_get_width(get_display()), <, 1024);
    harness_press("Control_L+2");
    harness_await(gtk_widget_get_width(get_display()) == 1280);
    harness_await(is_zoomed(200));
    harness_save_picture("zoom");
    select_guest("bank");
    harness_await(is_connected() && is_zoomed(100));
    select_guest("web");
    harness_await(is_connected() && gtk_widget_get_width(get_display()) == 1280);
    harness_await(is_zoomed(200));
    /* A screen that would be fitted larger stays as it is at 100 %. */
    harness_tell("Resize", g_variant_new("(uu)", 320, 240));
    harness_press("Control_L+1");
    harness_await(gtk_widget_get_width(get_display()) < 1024);
    harness_await(is_zoomed(50));
    harness_press("Control_L+0");
    harness_await(is_zoomed(100));
    g_assert_cmpuint(vitrine_preferences_get_zoom("web"), ==, 0);
    harness_tell("Resize", g_variant_new("(uu)", 640, 480));
}

/* The scroll bars' part of the guest gets the pointer where it is. */
static void test_zoom_pointer(void)
{
    harness_tell("Resize", g_variant_new("(uu)", 640, 480));
    harness_add_guest("web", "running");
    harness_await(is_connected());
    harness_press("Control_L+2");
    harness_await(gtk_widget_get_width(get_display()) == 1280);
    harness_move(get_display(), 401.0 / 1280, 201.0 / 960);
    harness_await(harness_heard("pointer 0 200 100"));
    harness_press("Control_L+0");
    harness_await(gtk_widget_get_width(get_display()) < 1024);
}

/* What is remembered is bounded, and nonsense in it does no harm. */
static void test_zoom_remembered(void)
{
    GSettings *settings = vitrine_preferences_get();
    g_autoptr(GVariant) zooms = NULL;

    g_settings_set_value(settings, "zoom", g_variant_new_parsed("{'web': @u 12345}"));
    g_assert_cmpuint(vitrine_preferences_get_zoom("web"), ==, 0);
    for (guint i = 0; i < 600; i++) {
        g_autofree char *name = g_strdup_printf("guest-%u", i);

        vitrine_preferences_set_zoom(name, 100);
    }
    g_assert_cmpuint(vitrine_preferences_get_zoom("guest-599"), ==, 100);
    g_assert_cmpuint(vitrine_preferences_get_zoom("guest-400"), ==, 100);
    g_assert_cmpuint(vitrine_preferences_get_zoom("guest-300"), ==, 0);
    zooms = g_settings_get_value(settings, "zoom");
    g_assert_cmpuint(g_variant_n_children(zooms), <=, 256);
    g_settings_reset(settings, "zoom");
}

int main(int argc, char **argv)
{
    static const HarnessTest tests[] = {
        {"/windows/own", test_own},
        {"/windows/own-remedy", test_own_remedy},
        {"/windows/own-several", test_own_several},
        {"/windows/own-fullscreen", test_own_fullscreen},
        {"/windows/zoom", test_zoom},
        {"/windows/zoom-pointer", test_zoom_pointer},
        {"/windows/zoom-remembered", test_zoom_remembered},
    };

    harness_init(&argc, &argv);
    harness_add(tests, G_N_ELEMENTS(tests));
    return harness_run();
}
