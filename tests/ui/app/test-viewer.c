/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's screen in the window: pixels, pointer, keys, full screen, a server that dies. */
#include "harness-screen.h"

#include "viewer/viewport.h"

#define RED   0xff0000
#define GREEN 0x00ff00
#define BLUE  0x0000ff
#define WHITE 0xffffff

static GtkWidget *get_display(void)
{
    return harness_find("display");
}

static gboolean is_captured(void)
{
    return get_display() && vitrine_display_get_captured(VITRINE_DISPLAY(get_display()));
}

static void paint(guint x, guint y, guint width, guint height, guint color)
{
    harness_tell("Paint", g_variant_new("(uuuuu)", x, y, width, height, color));
}

static void resize(guint width, guint height)
{
    harness_tell("Resize", g_variant_new("(uu)", width, height));
}

/* A guest with a fresh screen of 640 by 480, shown. */
static void show_guest(void)
{
    resize(640, 480);
    harness_add_guest("web", "running");
    harness_await(get_display() && vitrine_display_get_connected(VITRINE_DISPLAY(get_display())));
    harness_await(harness_pixel(get_display(), 0.4, 0.4) == RED);
}

static void focus_screen(void)
{
    harness_click(get_display());
    harness_await(is_captured());
}

/* The picture's point at the fractions @x and @y of a guest's screen of that size. */
static guint32 guest_pixel(int width, int height, double x, double y)
{
    return harness_screen_pixel(width, height, x * width, y * height);
}

/* The quarters are where they belong, right up to their edges. */
static gboolean shows_quarters(int width, int height)
{
    static const struct {
        double x, y;
        guint32 color;
    } points[] = {
        {0.01, 0.01, RED},  {0.49, 0.49, RED},  {0.51, 0.01, GREEN}, {0.99, 0.49, GREEN},
        {0.01, 0.51, BLUE}, {0.49, 0.99, BLUE}, {0.51, 0.51, WHITE}, {0.99, 0.99, WHITE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(points); i++) {
        if (guest_pixel(width, height, points[i].x, points[i].y) != points[i].color)
            return FALSE;
    }
    return TRUE;
}

static void test_pixels(void)
{
    show_guest();
    harness_await(shows_quarters(640, 480));
    g_assert_cmpuint(harness_count_viewers(), ==, 1);
    harness_save_picture("viewer");

    /* What changes, and only that. */
    paint(100, 100, 10, 10, 0x123456);
    harness_await(guest_pixel(640, 480, 104.5 / 640, 104.5 / 480) == 0x123456);
    g_assert_cmphex(guest_pixel(640, 480, 120.5 / 640, 104.5 / 480), ==, RED);
    paint(104, 104, 1, 1, 0x654321);
    harness_await(guest_pixel(640, 480, 104.5 / 640, 104.5 / 480) == 0x654321);
}

static void test_resize(void)
{
    show_guest();
    resize(1600, 1200); /* larger than the window: shrunk */
    harness_await(shows_quarters(1600, 1200));
    paint(800, 0, 800, 600, 0x808000);
    harness_await(guest_pixel(1600, 1200, 0.75, 0.25) == 0x808000);
    g_assert_cmphex(guest_pixel(1600, 1200, 0.25, 0.25), ==, RED);
    harness_save_picture("viewer-shrunk");
    resize(320, 200); /* magnified by two */
    harness_await(shows_quarters(320, 200));
    resize(640, 480);
    harness_await(shows_quarters(640, 480));
}

static void test_pointer(void)
{
    GtkWidget *display;
    VitrineViewport viewport;
    double x, y;

    show_guest();
    display = get_display();
    viewport = vitrine_viewport_fit(640, 480, gtk_widget_get_width(display),
                                    gtk_widget_get_height(display));
    x = (viewport.place.x + 200.5) / gtk_widget_get_width(display);
    y = (viewport.place.y + 300.5) / gtk_widget_get_height(display);
    harness_move(display, x, y);
    harness_await(harness_heard("pointer 0 200 300"));
    harness_button(1, TRUE);
    harness_await(harness_heard("pointer 1 200 300"));
    harness_button(3, TRUE);
    harness_await(harness_heard("pointer 5 200 300"));
    harness_button(1, FALSE);
    harness_await(harness_heard("pointer 4 200 300"));
    harness_button(3, FALSE);
    harness_button(4, TRUE);
    harness_button(4, FALSE);
    harness_await(harness_heard("pointer 8 200 300"));
    harness_button(5, TRUE);
    harness_button(5, FALSE);
    harness_await(harness_heard("pointer 16 200 300"));
    harness_button(8, TRUE); /* back */
    harness_button(8, FALSE);
    harness_await(harness_heard("pointer 128 200 300"));
    /* Beside the picture, the nearest pixel of it. */
    harness_move(display, 0.999, 0.999);
    harness_await(harness_heard("pointer 0 639 479"));
}

/* By VNC, a finger is the pointer. */
static void test_touch(void)
{
    show_guest();
    harness_screen_touch("one", VITRINE_TOUCH_DOWN, 640, 480, 200.5, 300.5);
    harness_await(harness_heard("pointer 1 200 300"));
    harness_screen_touch("one", VITRINE_TOUCH_MOTION, 640, 480, 210.5, 310.5);
    harness_await(harness_heard("pointer 1 210 310"));
    harness_screen_touch("one", VITRINE_TOUCH_UP, 640, 480, 0, 0);
    harness_await(harness_heard("pointer 0 210 310"));
}

static void test_keys(void)
{
    show_guest();
    focus_screen();
    harness_key("Shift_L", TRUE);
    harness_key("b", TRUE);
    harness_key("Shift_L", FALSE);
    harness_key("b", FALSE);
    harness_await(harness_heard("key 66 up")); /* B, as it went down, although Shift is up */
    g_assert_true(harness_heard("key 66 down"));
    g_assert_true(harness_heard("key 65505 down"));
    g_assert_true(harness_heard("key 65505 up"));

    /* The window's own shortcuts are the guest's now. */
    harness_press("Control_L+n");
    harness_await(harness_heard("key 110 up"));
    harness_press("F11");
    harness_await(harness_heard("key 65480 up"));
    harness_press("Tab");
    harness_await(harness_heard("key 65289 up"));
    g_assert_null(harness_dialog());
    g_assert_true(is_captured());
}

/* Ctrl+Alt gives the keyboard back, and nothing stays down in the guest. */
static void test_leave(void)
{
    show_guest();
    focus_screen();
    harness_press("Control_L+Alt_L");
    harness_await(!is_captured());
    harness_await(harness_heard("key 65507 up"));
    harness_await(harness_heard("key 65513 up"));
    harness_type("a");
    harness_settle(100);
    g_assert_false(harness_heard("key 97 down"));

    harness_press("Control_L+g");
    harness_await(is_captured());
    harness_press("Control_L+Alt_L+t");
    harness_await(harness_heard("key 116 up"));
    g_assert_true(is_captured());
}

/* A key held while the keyboard goes elsewhere comes up in the guest. */
static void test_focus_lost(void)
{
    show_guest();
    focus_screen();
    harness_key("c", TRUE);
    harness_await(harness_heard("key 99 down"));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.force-off", NULL);
    harness_await(harness_dialog() && gtk_window_is_active(harness_dialog()));
    harness_await(harness_heard("key 99 up"));
    g_assert_false(vitrine_display_get_captured(
        vitrine_guest_page_get_display(vitrine_window_get_page(harness_window))));
    harness_key("c", FALSE);
}

/* A screen that is hidden while it has the keyboard, as by a pause, gives it back. */
static void test_hidden(void)
{
    show_guest();
    focus_screen();
    harness_set_guest("web", "{'State': <'paused'>}");
    harness_await(harness_shows("“web” is paused"));
    g_assert_false(is_captured());
    harness_press("Control_L+n");
    harness_await(harness_dialog());
}

static void test_ctrl_alt_del(void)
{
    show_guest();
    harness_press("Control_L+End");
    harness_await(harness_heard("key 65507 up")); /* what went down first comes up last */
    g_assert_true(harness_heard("key 65507 down"));
    g_assert_true(harness_heard("key 65513 down"));
    g_assert_true(harness_heard("key 65535 down"));
    g_assert_true(harness_heard("key 65535 up"));
    g_assert_true(harness_heard("key 65513 up"));
}

static void test_reconnect(void)
{
    show_guest();
    harness_tell("RefuseNextCall", g_variant_new("(s)", "The display server is being restarted."));
    harness_tell("DropScreens", NULL);
    harness_await(harness_shows("The display server is being restarted. Trying again…"));
    harness_save_picture("viewer-lost");
    harness_await(vitrine_display_get_connected(VITRINE_DISPLAY(get_display())));
    harness_await(shows_quarters(640, 480));
    g_assert_cmpuint(harness_count_viewers(), ==, 1);
}

/* A guest that stops, or that is no longer looked at, has no viewer left on its server. */
static void test_disconnect(void)
{
    show_guest();
    harness_add_guest("bank", "stopped");
    harness_set_guest("web", "{'State': <'stopped'>, 'HasDisplay': <false>}");
    harness_await(harness_shows("“web” is off"));
    harness_await(harness_count_viewers() == 0);
    harness_set_guest("web", "{'State': <'running'>, 'HasDisplay': <true>}");
    harness_await(harness_count_viewers() == 1);
    harness_press("Control_L+Alt_L");
    gtk_widget_grab_focus(harness_find("list"));
    harness_press("Up");
    harness_await(harness_shows("“bank” is off"));
    harness_await(harness_count_viewers() == 0);
}

static void test_fullscreen(void)
{
    show_guest();
    harness_press("F11");
    harness_await(!harness_find("header"));
    harness_await(is_captured());
    harness_await(harness_shows("Ctrl+Alt gives the keyboard back"));
    harness_await(gtk_widget_get_width(get_display()) ==
                  gtk_widget_get_width(GTK_WIDGET(harness_window)));
    harness_save_picture("fullscreen");

    harness_press("Control_L+Alt_L");
    harness_await(harness_find("leave_button"));
    harness_save_picture("fullscreen-leave");
    harness_press("Return");
    harness_await(harness_find("header"));
    g_assert_null(harness_find("leave_button"));
}

static void test_screenshot(void)
{
    g_autoptr(GDir) folder = NULL;
    g_autoptr(GdkTexture) picture = NULL;
    g_autofree char *path = NULL;

    show_guest();
    harness_press("Control_L+Shift_L+s");
    harness_await(harness_shows("Saved as"));
    folder = g_dir_open(g_get_home_dir(), 0, NULL);
    for (const char *name; !path && (name = g_dir_read_name(folder));) {
        if (g_str_has_prefix(name, "web ") && g_str_has_suffix(name, ".png"))
            path = g_build_filename(g_get_home_dir(), name, NULL);
    }
    g_assert_nonnull(path);
    picture = gdk_texture_new_from_filename(path, NULL);
    g_assert_nonnull(picture);
    g_assert_cmpint(gdk_texture_get_width(picture), ==, 640);
    g_assert_cmpint(gdk_texture_get_height(picture), ==, 480);
}

int main(int argc, char **argv)
{
    static const HarnessTest tests[] = {
        {"/viewer/pixels", test_pixels},
        {"/viewer/resize", test_resize},
        {"/viewer/pointer", test_pointer},
        {"/viewer/keys", test_keys},
        {"/viewer/touch", test_touch},
        {"/viewer/leave", test_leave},
        {"/viewer/focus-lost", test_focus_lost},
        {"/viewer/hidden", test_hidden},
        {"/viewer/ctrl-alt-del", test_ctrl_alt_del},
        {"/viewer/reconnect", test_reconnect},
        {"/viewer/disconnect", test_disconnect},
        {"/viewer/fullscreen", test_fullscreen},
        {"/viewer/screenshot", test_screenshot},
    };

    harness_init(&argc, &argv);
    harness_add(tests, G_N_ELEMENTS(tests));
    return harness_run();
}
