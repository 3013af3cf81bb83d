/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen of a guest with several monitors, by the protocol that SCREEN_PROTOCOL names: the
 * window, the service's stand-in, the display server as it is, and a guest that is played in that
 * server's process.
 */
#include "harness-screen.h"

#include "model/preferences.h"
#include "ui/guest-window.h"
#include "viewer/local-session.h"

#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#define RED     0xff0000
#define GREEN   0x00ff00
#define BLUE    0x0000ff
#define WHITE   0xffffff
#define YELLOW  0xffff00
#define MAGENTA 0xff00ff

/* The guest's monitors, side by side. */
#define WIDTH  1040.0
#define HEIGHT 480.0

static const char *protocol; /* "spice" or "local" */
static char *folder, *vnc_path, *path;
static GSubprocess *server;
static GPtrArray *said;    /* lines of the server's and its guest's */
static gboolean has_touch; /* the next server's guest has a touch screen */

static gboolean is_local(void)
{
    return g_str_equal(protocol, "local");
}

/* --- the display server --- */

static void on_line(GObject *source, GAsyncResult *result, gpointer data)
{
    GDataInputStream *stream = G_DATA_INPUT_STREAM(source);
    char *line = g_data_input_stream_read_line_finish(stream, result, NULL, NULL);

    if (!line)
        return;
    g_test_message("%s", line);
    g_ptr_array_add(said, line);
    g_data_input_stream_read_line_async(stream, G_PRIORITY_DEFAULT, NULL, on_line, NULL);
}

static gboolean has_said(const char *line)
{
    return g_ptr_array_find_with_equal_func(said, line, g_str_equal, NULL);
}

/* Whose guest has its graphics card at work, or shows its framebuffer only. */
static void start_server_with(gboolean has_card)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    g_autoptr(GDataInputStream) lines = NULL;
    g_autoptr(GError) error = NULL;

    harness_tie_server(launcher);
    if (has_card)
        g_subprocess_launcher_setenv(launcher, "STAND_IN_MONITORS", "1", TRUE);
    if (has_touch)
        g_subprocess_launcher_setenv(launcher, "STAND_IN_TOUCH", "1", TRUE);
    server = g_subprocess_launcher_spawn(launcher, &error, g_getenv("DISPLAY_STAND_IN"), "--domid",
                                         "7", "--name", "web", "--vnc-socket", vnc_path,
                                         is_local() ? "--local-socket" : "--spice-socket", path,
                                         "--monitors", "640x480,400x300", NULL);
    g_assert_no_error(error);
    g_ptr_array_set_size(said, 0);
    lines = g_data_input_stream_new(g_subprocess_get_stdout_pipe(server));
    g_data_input_stream_read_line_async(lines, G_PRIORITY_DEFAULT, NULL, on_line, NULL);
    harness_await(has_said(has_card ? "guest shows" : "ready"));
}

static void start_server(void)
{
    start_server_with(TRUE);
}

static void kill_server(void)
{
    if (!server)
        return;
    g_subprocess_force_exit(server);
    g_subprocess_wait(server, NULL, NULL);
    g_clear_object(&server);
    g_unlink(vnc_path);
    g_unlink(path);
}

/* The protocol that is not tested is refused, as by a display server of before. */
static void serve(const char *vnc, const char *place)
{
    g_autoptr(GVariant) protocols = NULL;

    harness_tell("ServeScreens", g_variant_new("(sss)", vnc, is_local() ? "refused" : place,
                                               is_local() ? place : "refused"));
    protocols = harness_ask("TakeProtocols", NULL);
}

/* By which protocols screens were opened, or tried to be, since they were last served, or this was
 * asked. */
static char **take_opened(void)
{
    g_autoptr(GVariant) answer = harness_ask("TakeProtocols", NULL);
    char **protocols;

    g_variant_get(answer, "(^as)", &protocols);
    return protocols;
}

/* How often that was @name. */
static guint count_opened(const char *name)
{
    g_auto(GStrv) protocols = take_opened();
    guint count = 0;

    for (guint i = 0; protocols && protocols[i]; i++)
        count += g_str_equal(protocols[i], name);
    return count;
}

/* --- what is shown --- */

/* A guest with two monitors. */
static void add_guest(void)
{
    harness_tell("AddGuest", g_variant_new("(ss)", "web", "stopped"));
    harness_set_guest("web", "{'Monitors': <['640x480', '400x300']>}");
    harness_set_guest("web", "{'State': <'running'>, 'HasDisplay': <true>}");
    harness_await(harness_shows("web"));
    harness_await(harness_screen());
}

static gboolean shows_both(void)
{
    static const struct {
        double x, y;
        guint32 color;
    } points[] = {
        {5, 5, RED},        {635, 5, GREEN},    {5, 475, BLUE},      {635, 475, WHITE},
        {645, 150, YELLOW}, {835, 150, YELLOW}, {845, 150, MAGENTA}, {1035, 295, MAGENTA},
        {315, 235, RED},    {325, 245, WHITE},
    };

    for (guint i = 0; i < G_N_ELEMENTS(points); i++)
        if (harness_screen_pixel(WIDTH, HEIGHT, points[i].x, points[i].y) != points[i].color)
            return FALSE;
    return TRUE;
}

static gboolean shows_first(void)
{
    return harness_screen_pixel(640, 480, 5, 5) == RED &&
           harness_screen_pixel(640, 480, 635, 5) == GREEN &&
           harness_screen_pixel(640, 480, 5, 475) == BLUE &&
           harness_screen_pixel(640, 480, 635, 475) == WHITE;
}

static gboolean shows_second(void)
{
    return harness_screen_pixel(400, 300, 5, 5) == YELLOW &&
           harness_screen_pixel(400, 300, 195, 295) == YELLOW &&
           harness_screen_pixel(400, 300, 205, 5) == MAGENTA &&
           harness_screen_pixel(400, 300, 395, 295) == MAGENTA;
}

/* The stand-in's own screen, by VNC. */
static gboolean shows_own(void)
{
    return shows_first();
}

static void show_guest(void)
{
    start_server();
    serve(vnc_path, path);
    add_guest();
    harness_await(shows_both());
}

static void move_to(double x, double y)
{
    harness_screen_move(WIDTH, HEIGHT, x, y);
}

/* Whether the last place that the guest heard of is that one of the picture. */
static gboolean is_at(double x, double y)
{
    int at_x = -1, at_y = -1;

    for (guint i = 0; i < said->len; i++)
        sscanf(said->pdata[i], "guest @%d,%d", &at_x, &at_y);
    return ABS(at_x / 32767.0 * WIDTH - x) < 3 && ABS(at_y / 32767.0 * HEIGHT - y) < 3;
}

/* --- tests --- */

static void test_picture(void)
{
    show_guest();
    /* A connection for each of the channels that are used, and none by VNC beside. */
    g_assert_cmpuint(count_opened("vnc"), ==, 0);
    harness_save_picture(protocol);
}

/* A guest that was given no monitors: it is VNC if the picture's own memory is not to be had. */
static void test_protocol(void)
{
    start_server();
    serve(vnc_path, path);
    harness_tell("AddGuest", g_variant_new("(ss)", "web", "running"));
    harness_await(harness_screen());
    harness_await(shows_both());
    g_assert_cmpuint(count_opened(protocol), ==, is_local() ? 1 : 0);
}

static void test_input(void)
{
    show_guest();
    move_to(940, 150);
    harness_await(is_at(940, 150));
    harness_button(1, TRUE);
    harness_await(has_said("guest +272"));
    harness_button(3, TRUE);
    harness_await(has_said("guest +273"));
    harness_button(1, FALSE);
    harness_await(has_said("guest -272"));
    g_assert_false(has_said("guest -273"));
    harness_button(3, FALSE);
    harness_await(has_said("guest -273"));
    harness_button(2, TRUE);
    harness_button(2, FALSE);
    harness_await(has_said("guest -274"));
    harness_button(4, TRUE);
    harness_button(4, FALSE);
    harness_await(has_said("guest ~-1"));
    harness_button(5, TRUE);
    harness_button(5, FALSE);
    harness_await(has_said("guest ~1"));
    harness_type("a");
    harness_await(has_said("guest +30"));
    harness_await(has_said("guest -30"));
    harness_press("Delete"); /* one of those with an 0xe0 before them */
    harness_await(has_said("guest -111"));
    g_assert_true(has_said("guest +111"));
    g_assert_false(has_said("guest +83")); /* the same without */

    /* A key held while the keyboard goes elsewhere comes up in the guest. */
    harness_key("c", TRUE);
    harness_await(has_said("guest +46"));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.force-off", NULL);
    harness_await(harness_dialog() && gtk_window_is_active(harness_dialog()));
    harness_await(has_said("guest -46"));
    harness_key("c", FALSE);
}

static void touch(const char *finger, VitrineTouchPhase phase, double x, double y)
{
    harness_screen_touch(finger, phase, WIDTH, HEIGHT, x, y);
}

/* Whether the guest has heard that of the finger, last of all that it heard of it: "down" or
 * "motion" at that place of the picture, or "up". */
static gboolean has_felt(guint finger, const char *what, double x, double y)
{
    char last[32] = "";
    int last_x = 0, last_y = 0;

    for (guint i = 0; i < said->len; i++) {
        char word[32];
        guint number;
        int at_x = 0, at_y = 0;

        if (sscanf(said->pdata[i], "guest %u %31s %d,%d", &number, word, &at_x, &at_y) >= 2 &&
            number == finger) {
            g_strlcpy(last, word, sizeof(last));
            last_x = at_x;
            last_y = at_y;
        }
    }
    return g_str_equal(last, what) &&
           (g_str_equal(what, "up") ||
            (ABS(last_x / 32767.0 * WIDTH - x) < 3 && ABS(last_y / 32767.0 * HEIGHT - y) < 3));
}

/* Nothing was heard of a pointer. */
static gboolean has_heard_no_pointer(void)
{
    for (guint i = 0; i < said->len; i++)
        if (g_str_has_prefix(said->pdata[i], "guest @"))
            return FALSE;
    return !has_said("guest +272");
}

/* Fingers on the guest's touch screen: where they are, and up when the keyboard goes elsewhere. */
static void test_touch(void)
{
    has_touch = TRUE;
    show_guest();
    g_ptr_array_set_size(said, 0);
    touch("one", VITRINE_TOUCH_DOWN, 940, 150);
    harness_await(has_felt(0, "down", 940, 150));
    touch("two", VITRINE_TOUCH_DOWN, 100, 300);
    touch("one", VITRINE_TOUCH_MOTION, 900, 200);
    harness_await(has_felt(1, "down", 100, 300));
    harness_await(has_felt(0, "motion", 900, 200));
    touch("two", VITRINE_TOUCH_MOTION, 110, 310);
    touch("one", VITRINE_TOUCH_UP, 900, 200);
    harness_await(has_felt(1, "motion", 110, 310));
    harness_await(has_felt(0, "up", 0, 0));
    touch("three", VITRINE_TOUCH_DOWN, 300, 20); /* takes the place of the first */
    harness_await(has_felt(0, "down", 300, 20));

    harness_await(vitrine_display_get_captured(harness_screen()));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.force-off", NULL);
    harness_await(harness_dialog() && gtk_window_is_active(harness_dialog()));
    harness_await(has_felt(0, "up", 0, 0));
    harness_await(has_felt(1, "up", 0, 0));
    /* What they do from then on is nothing to the guest, until they come down again. */
    touch("two", VITRINE_TOUCH_MOTION, 1, 1);
    touch("two", VITRINE_TOUCH_UP, 1, 1);
    touch("four", VITRINE_TOUCH_DOWN, 500, 50);
    harness_await(has_felt(0, "down", 500, 50));
    g_assert_true(has_felt(1, "up", 0, 0));
    g_assert_true(has_heard_no_pointer());
    /* One that came where the keyboard is elsewhere is lifted when the screen is hidden. */
    harness_set_guest("web", "{'State': <'paused'>}");
    harness_await(has_felt(0, "up", 0, 0));
}

/* A finger whose guest is not shown any more is lifted. */
static void test_touch_hidden(void)
{
    has_touch = TRUE;
    show_guest();
    g_ptr_array_set_size(said, 0);
    touch("one", VITRINE_TOUCH_DOWN, 940, 150);
    harness_await(has_felt(0, "down", 940, 150));
    harness_set_guest("web", "{'State': <'paused'>}");
    harness_await(has_felt(0, "up", 0, 0));
}

/* In a guest that has no touch screen, one finger is the pointer with its button. */
static void test_touch_as_pointer(void)
{
    show_guest();
    touch("one", VITRINE_TOUCH_DOWN, 940, 150);
    harness_await(has_said("guest +272"));
    g_assert_true(is_at(940, 150));
    touch("two", VITRINE_TOUCH_DOWN, 100, 100); /* nothing */
    touch("two", VITRINE_TOUCH_MOTION, 110, 110);
    touch("one", VITRINE_TOUCH_MOTION, 900, 200);
    harness_await(is_at(900, 200));
    touch("two", VITRINE_TOUCH_UP, 110, 110);
    harness_settle(100);
    g_assert_false(has_said("guest -272"));
    touch("one", VITRINE_TOUCH_UP, 0, 0);
    harness_await(has_said("guest -272"));
    g_assert_true(is_at(900, 200));
    /* It comes up when the keyboard goes elsewhere, too. */
    g_ptr_array_set_size(said, 0);
    touch("three", VITRINE_TOUCH_DOWN, 300, 20);
    harness_await(has_said("guest +272"));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.force-off", NULL);
    harness_await(harness_dialog() && gtk_window_is_active(harness_dialog()));
    harness_await(has_said("guest -272"));
}

/* The guest draws, and what changed is seen; what did not, is as it was. */
static void test_damage(void)
{
    show_guest();
    gtk_widget_grab_focus(GTK_WIDGET(harness_screen()));
    harness_type("p");
    harness_await(harness_screen_pixel(WIDTH, HEIGHT, 690, 50) == 0);
    g_assert_cmphex(harness_screen_pixel(WIDTH, HEIGHT, 645, 5), ==, 0);
    g_assert_cmphex(harness_screen_pixel(WIDTH, HEIGHT, 735, 95), ==, 0);
    g_assert_cmphex(harness_screen_pixel(WIDTH, HEIGHT, 745, 50), ==, YELLOW);
    g_assert_cmphex(harness_screen_pixel(WIDTH, HEIGHT, 635, 5), ==, GREEN);
}

static void test_reconnect(void)
{
    show_guest();
    serve("refused", "refused");
    kill_server();
    harness_await(harness_shows("The guest has no display now. Trying again…"));
    harness_await(!vitrine_display_get_connected(harness_screen()));
    start_server();
    serve(vnc_path, path);
    harness_await(shows_both());
    g_assert_cmpuint(count_opened("vnc"), ==, 0);
}

/* While somebody looks on, it ends as it should, and leaves no socket. */
static void test_end(void)
{
    show_guest();
    serve("refused", "refused");
    g_subprocess_send_signal(server, SIGTERM);
    g_assert_true(g_subprocess_wait(server, NULL, NULL));
    g_assert_true(g_subprocess_get_if_exited(server));
    g_assert_cmpint(g_subprocess_get_exit_status(server), ==, 0);
    g_clear_object(&server);
    g_assert_false(g_file_test(vnc_path, G_FILE_TEST_EXISTS));
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* --- monitors --- */

/* The window of that title, or NULL. */
static GtkWindow *find_window(const char *title)
{
    GListModel *windows = gtk_window_get_toplevels();

    for (guint i = 0; i < g_list_model_get_n_items(windows); i++) {
        g_autoptr(GtkWindow) window = g_list_model_get_item(windows, i);

        if (VITRINE_IS_GUEST_WINDOW(window) && g_strcmp0(gtk_window_get_title(window), title) == 0)
            return window;
    }
    return NULL;
}

/* Chosen in the menu: the picture, the pointer and the screenshot are that monitor's. */
static void test_choose(void)
{
    g_autoptr(GdkTexture) screen = NULL;

    show_guest();
    harness_click(harness_find("monitor_button"));
    harness_await(harness_shows("Monitor 2"));
    g_assert_true(harness_shows("All Monitors"));
    g_assert_false(harness_shows("Monitor 3"));
    harness_save_picture("monitor-menu");
    harness_press("2");
    harness_await(shows_second());
    harness_save_picture("monitor-second");
    harness_screen_move(400, 300, 300, 150);
    harness_await(is_at(940, 150));
    gtk_test_accessible_assert_property(GTK_ACCESSIBLE(harness_screen()),
                                        GTK_ACCESSIBLE_PROPERTY_LABEL, "Monitor 2 of the guest");
    screen = vitrine_display_dup_screen(harness_screen());
    g_assert_cmpint(gdk_texture_get_width(screen), ==, 400);
    g_assert_cmpint(gdk_texture_get_height(screen), ==, 300);
    /* What it draws there is seen there. */
    gtk_widget_grab_focus(GTK_WIDGET(harness_screen()));
    harness_type("p");
    harness_await(harness_screen_pixel(400, 300, 95, 95) == 0);
    g_assert_cmphex(harness_screen_pixel(400, 300, 105, 105), ==, YELLOW);
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.monitor", "u", 1);
    harness_await(shows_first());
    harness_screen_move(640, 480, 320, 240);
    harness_await(is_at(320, 240));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.monitor", "u", 0);
    harness_await(harness_screen_pixel(WIDTH, HEIGHT, 5, 5) == RED);
    harness_await(harness_screen_pixel(WIDTH, HEIGHT, 1035, 295) == MAGENTA);
}

/* A guest with one picture has nothing to choose. */
static void test_no_choice(void)
{
    start_server_with(FALSE);
    serve(vnc_path, path);
    add_guest();
    harness_await(shows_first());
    g_assert_cmpuint(count_opened("vnc"), ==, 0);
    g_assert_null(harness_find("monitor_button"));
    g_assert_false(harness_can("win.each-monitor"));
}

static void open_each(void)
{
    show_guest();
    serve(vnc_path, path);
    gtk_widget_grab_focus(harness_find("list"));
    harness_press("Control_L+Shift_L+o");
    harness_await(find_window("web – Monitor 1") && find_window("web – Monitor 2"));
    harness_set_front(find_window("web – Monitor 2"));
    harness_await(harness_screen() && shows_second());
    harness_set_front(find_window("web – Monitor 1"));
    harness_await(harness_screen() && shows_first());
}

/* Selects the guest of that name in the main window, if it is there. */
static gboolean select_guest(const char *name)
{
    VitrineGuest *guest;

    harness_set_front(NULL);
    for (guint i = 0; i < 2; i++) {
        GtkWidget *list = harness_find("list");

        gtk_selection_model_select_item(gtk_list_view_get_model(GTK_LIST_VIEW(list)), i, TRUE);
        guest = vitrine_window_get_guest(harness_window);
        if (guest && g_str_equal(vitrine_guest_get_name(guest), name))
            return TRUE;
    }
    return FALSE;
}

/* A window for each, on one connection, and the main window has none of them. */
static void test_each(void)
{
    open_each();
    harness_save_picture("monitor-window-1");
    g_assert_cmpuint(count_opened(protocol), ==, 0);
    harness_set_front(NULL);
    harness_await(harness_shows("“web” is in a window of its own"));

    /* In full screen, each is as the other. */
    harness_set_front(find_window("web – Monitor 2"));
    gtk_window_present(find_window("web – Monitor 2"));
    harness_press("F11");
    harness_await(!harness_find("header"));
    harness_await(vitrine_display_get_captured(harness_screen()));
    harness_await(gtk_widget_get_width(GTK_WIDGET(harness_screen())) == 1024);
    harness_screen_move(400, 300, 300, 150);
    harness_await(is_at(940, 150));
    harness_type("p");
    harness_await(has_said("guest +25"));
    harness_await(harness_screen_pixel(400, 300, 95, 95) == 0);
    harness_save_picture("monitor-fullscreen");
    harness_press("Control_L+Alt_L");
    harness_await(harness_find("header"));

    /* Closed, one by one: only the last brings the guest back. */
    harness_tell("AddGuest", g_variant_new("(ss)", "bank", "stopped"));
    harness_await(select_guest("bank"));
    harness_set_front(find_window("web – Monitor 2"));
    harness_press("Control_L+w");
    harness_await(!find_window("web – Monitor 2"));
    g_assert_nonnull(find_window("web – Monitor 1"));
    harness_set_front(NULL);
    harness_settle(100);
    g_assert_true(harness_shows("“bank” is off"));
    g_assert_true(select_guest("web"));
    harness_await(harness_shows("“web” is in a window of its own"));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.show-here", NULL);
    harness_await(!find_window("web – Monitor 1"));
    harness_await(harness_screen() && harness_screen_pixel(WIDTH, HEIGHT, 635, 5) == GREEN);
}

/* One window becomes the first's, and those that are there are not opened again. */
static void test_each_from_one(void)
{
    GtkWindow *window;

    show_guest();
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.own-window", NULL);
    harness_await(find_window("web"));
    window = find_window("web");
    harness_set_front(window);
    harness_await(shows_both());
    gtk_widget_activate_action(GTK_WIDGET(window), "win.each-monitor", NULL);
    harness_await(find_window("web – Monitor 2"));
    g_assert_true(window == find_window("web – Monitor 1"));
    harness_await(shows_first());
    gtk_window_close(find_window("web – Monitor 2"));
    harness_await(!find_window("web – Monitor 2"));
    gtk_widget_activate_action(GTK_WIDGET(window), "win.each-monitor", NULL);
    harness_await(find_window("web – Monitor 2"));
    g_assert_true(window == find_window("web – Monitor 1"));
    harness_set_front(NULL);
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.show-here", NULL);
    harness_await(!find_window("web – Monitor 1") && !find_window("web – Monitor 2"));
}

/* With the server killed, both windows get their pictures back; a guest that has left its graphics
 * card has none for the second. */
static void test_each_reconnect(void)
{
    open_each();
    serve("refused", "refused");
    kill_server();
    harness_await(harness_shows("Trying again"));
    start_server();
    serve(vnc_path, path);
    harness_await(shows_first());
    harness_set_front(find_window("web – Monitor 2"));
    harness_await(shows_second());
    kill_server();
    harness_set_guest("web", "{'HasDisplay': <false>}");
    start_server_with(FALSE);
    harness_set_guest("web", "{'HasDisplay': <true>}");
    harness_await(harness_shows("The guest does not use this monitor."));
    harness_save_picture("monitor-dark");
    g_assert_nonnull(harness_find("monitor_button")); /* the way back from there */
    g_assert_false(harness_can("win.each-monitor"));
    harness_set_front(find_window("web – Monitor 1"));
    harness_await(shows_first());
}

/* --- without it --- */

/* Whatever comes in its place, the picture is there, and nobody hears of it. */
static void check_without(const char *place)
{
    serve("", place);
    add_guest();
    harness_await(shows_own());
    g_assert_false(harness_shows("Trying again"));
    g_assert_cmpuint(count_opened(protocol), ==, 1);
}

static void test_refused(void)
{
    check_without("refused");
}

/* Who may not see the guest is told so once, and not asked by VNC what was denied by that. */
static void test_denied(void)
{
    serve("", "denied");
    add_guest();
    harness_await(harness_shows("You may not see it. Trying again…"));
    g_assert_cmpuint(count_opened("vnc"), ==, 0);
}

/* What answers speaks VNC. */
static void test_nonsense(void)
{
    check_without("");
}

static void test_silent(void)
{
    check_without("silent");
}

/* Somebody else looks on by SPICE, which takes it away from us; who does so again keeps it. */
static void test_taken(void)
{
    show_guest();
    for (guint i = 0; i < 2; i++) {
        g_autofree char *picture = g_build_filename(folder, "picture", NULL);
        g_autoptr(GSubprocess) viewer = NULL;
        g_autoptr(GError) error = NULL;

        serve(vnc_path, path);
        viewer = g_subprocess_new(G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE,
                                  &error, g_getenv("SPICE_VIEWER"), path, picture, NULL);
        g_assert_no_error(error);
        if (i == 0)
            harness_await(count_opened(protocol) > 0);
        else
            harness_await(count_opened("vnc") > 0);
        harness_await(shows_both());
        g_subprocess_force_exit(viewer);
        g_unlink(picture);
    }
}

/* --- small pictures --- */

static void show_small_pictures(gboolean shown)
{
    g_settings_set_boolean(vitrine_preferences_get(), "thumbnails", shown);
}

/* A guest that is in the list only, while another one is shown, which is off. */
static void list_guest(const char *properties)
{
    harness_add_guest("bank", "stopped");
    harness_add_guest("web", "stopped");
    harness_set_guest("web", properties);
    show_small_pictures(TRUE);
    harness_set_guest("web", "{'State': <'running'>, 'HasDisplay': <true>}");
}

static void list_monitors(void)
{
    list_guest("{'Monitors': <['640x480', '400x300']>}");
}

/* The small picture's point that is that one of a picture of that size. */
static guint32 small_pixel(double width, double height, double x, double y)
{
    GtkWidget *thumbnail = harness_find_in_row("web", "thumbnail");
    double room_x = thumbnail ? gtk_widget_get_width(thumbnail) : 0;
    double room_y = thumbnail ? gtk_widget_get_height(thumbnail) : 0;
    double scale = MIN(room_x / width, room_y / height);

    if (scale == 0)
        return G_MAXUINT32;
    return harness_pixel(thumbnail, 0.5 + (x - width / 2) * scale / room_x,
                         0.5 + (y - height / 2) * scale / room_y);
}

/* Both monitors, and nothing below the second. */
static gboolean has_small_picture(void)
{
    static const struct {
        double x, y;
        guint32 color;
    } points[] = {
        {160, 120, RED},    {480, 120, GREEN},   {160, 360, BLUE}, {480, 360, WHITE},
        {790, 250, YELLOW}, {940, 150, MAGENTA}, {840, 420, 0},
    };

    for (guint i = 0; i < G_N_ELEMENTS(points); i++)
        if (small_pixel(WIDTH, HEIGHT, points[i].x, points[i].y) != points[i].color)
            return FALSE;
    return TRUE;
}

/* The stand-in's own screen. */
static gboolean has_own_small_picture(void)
{
    return small_pixel(640, 480, 160, 120) == RED && small_pixel(640, 480, 480, 120) == GREEN &&
           small_pixel(640, 480, 160, 360) == BLUE && small_pixel(640, 480, 480, 360) == WHITE;
}

/* Whether the guest has drawn on its second monitor. */
static gboolean has_small_square(void)
{
    return small_pixel(WIDTH, HEIGHT, 690, 50) == 0;
}

/* A guest that goes on is looked at at once. */
static void look_again(void)
{
    harness_set_guest("web", "{'State': <'paused'>}");
    harness_set_guest("web", "{'State': <'running'>}");
}

static void assert_opened(const char *wanted)
{
    g_auto(GStrv) protocols = take_opened();
    g_autofree char *text = g_strjoinv(" ", protocols);

    g_assert_cmpstr(text, ==, wanted);
}

/* How many files and sockets the display server has open. */
static guint count_descriptors(void)
{
    g_autofree char *name = g_strdup_printf("/proc/%s/fd", g_subprocess_get_identifier(server));
    g_autoptr(GDir) dir = g_dir_open(name, 0, NULL);
    guint count = 0;

    while (g_dir_read_name(dir))
        count++;
    return count;
}

/* Whether a display server's picture is in our memory. */
static gboolean is_mapped(void)
{
    g_autofree char *maps = NULL;

    g_assert_true(g_file_get_contents("/proc/self/maps", &maps, NULL, NULL));
    return strstr(maps, "vitrine-picture") != NULL;
}

/* The picture's own memory if there is that, else VNC, and never SPICE. Nothing of it stays. */
static void test_glimpse(void)
{
    guint n_descriptors;

    start_server();
    serve(vnc_path, path);
    n_descriptors = count_descriptors();
    list_monitors();
    harness_await(has_small_picture());
    assert_opened(is_local() ? "local" : "local vnc");
    harness_save_picture("monitor-glimpse");
    harness_await(count_descriptors() == n_descriptors);
    harness_await(!is_mapped());
}

/* What somebody else is told who looks on by the picture's own memory. */
typedef struct {
    VitrineSession *session;
    guint n_resized;
    gboolean is_closed;
    VitrineRect damage;
} Other;

static void on_other_resized(VitrineSession *session, Other *other)
{
    other->n_resized++;
}

static void on_other_damaged(VitrineSession *session, const VitrineRect *rect, Other *other)
{
    other->damage = *rect;
}

static void on_other_closed(VitrineSession *session, const char *problem, Other *other)
{
    other->is_closed = TRUE;
}

static void look_as_other(Other *other)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
    *other = (Other){.session = vitrine_local_session_new(fd)};
    g_signal_connect(other->session, "resized", G_CALLBACK(on_other_resized), other);
    g_signal_connect(other->session, "damaged", G_CALLBACK(on_other_damaged), other);
    g_signal_connect(other->session, "closed", G_CALLBACK(on_other_closed), other);
    harness_await(other->damage.width == WIDTH);
}

/* Has the guest draw. */
static void type_as_other(Other *other)
{
    vitrine_session_send_key(other->session, TRUE, 'p', 25);
    vitrine_session_send_key(other->session, FALSE, 'p', 25);
}

/* Somebody else who looks on is told of what the guest draws, no more and no less, whoever else
 * looks meanwhile. */
static void test_glimpse_beside(void)
{
    Other other;

    start_server();
    serve(vnc_path, path);
    look_as_other(&other);
    vitrine_session_request_update(other.session);
    list_monitors();
    harness_await(has_small_picture());
    g_assert_cmpint(other.damage.width, ==, WIDTH);
    type_as_other(&other);
    harness_await(other.damage.width != WIDTH);
    g_assert_cmpmem(&other.damage, sizeof(other.damage), (&(VitrineRect){640, 0, 100, 100}),
                    sizeof(VitrineRect));
    look_again();
    harness_await(has_small_square());
    g_assert_cmpuint(other.n_resized, ==, 1);
    g_assert_false(other.is_closed);
    assert_opened("local local");
    g_object_unref(other.session);
}

/* What the guest draws while nobody looks on is seen at the next look. */
static void test_glimpse_new(void)
{
    Other other;

    start_server();
    serve(vnc_path, path);
    list_monitors();
    harness_await(has_small_picture());
    look_as_other(&other);
    type_as_other(&other);
    harness_await(has_said("guest +25"));
    g_object_unref(other.session);
    g_assert_false(has_small_square());
    look_again();
    harness_await(has_small_square());
    assert_opened("local local");
}

static void check_glimpse_without(const char *place)
{
    serve("", place);
    list_monitors();
    harness_await(has_own_small_picture());
    assert_opened("local vnc");
}

/* What can't be had is not asked for at each look, but again when the guest's screen is another. */
static void test_glimpse_refused(void)
{
    check_glimpse_without("refused");
    harness_tell("Paint", g_variant_new("(uuuuu)", 0, 0, 320, 240, YELLOW));
    harness_await(small_pixel(640, 480, 160, 120) == YELLOW);
    assert_opened("vnc");
    harness_tell("Paint", g_variant_new("(uuuuu)", 0, 0, 320, 240, RED));
    look_again();
    harness_await(has_own_small_picture());
    assert_opened("local vnc");
}

/* What answers speaks VNC. */
static void test_glimpse_nonsense(void)
{
    check_glimpse_without("");
}

static void test_glimpse_silent(void)
{
    check_glimpse_without("silent");
}

/* Who may not see the guest may not by another protocol either. */
static void test_glimpse_denied(void)
{
    serve("", "denied");
    list_monitors();
    harness_await(count_opened("local") == 1);
    harness_settle(500);
    assert_opened("");
    g_assert_false(has_own_small_picture());
}

/* When nothing was to be seen at all, the best is tried again. */
static void test_glimpse_after_failure(void)
{
    start_server();
    serve("refused", "refused");
    list_monitors();
    harness_await(count_opened("vnc") == 1);
    serve(vnc_path, path);
    harness_await(has_small_picture());
    assert_opened("local");
}

/* QEMU's screen, by VNC whatever else there is. */
static void test_glimpse_hvm(void)
{
    start_server();
    serve("", path);
    list_guest("{'Kind': <'hvm'>}");
    harness_await(has_own_small_picture());
    assert_opened("vnc");
}

/* The library's complaints, which harness_tolerate_spice() is about, are the test's notes. */
static void on_complaint(const char *domain, GLogLevelFlags level, const char *message,
                         gpointer data)
{
    g_test_message("%s", message);
}

/* Every test has a server of its own, and leaves the stand-in as it was. */
static void run(gconstpointer test)
{
    harness_tolerate_spice();
    harness_run_clean(test);
    show_small_pictures(FALSE);
    harness_clear_guests();
    kill_server();
    has_touch = FALSE;
    serve("", "refused");
}

int main(int argc, char **argv)
{
    static const struct {
        HarnessTest test; /* its path goes below the protocol's */
        const char *only;
    } tests[] = {
        {{"picture", test_picture}, NULL},
        {{"protocol", test_protocol}, NULL},
        {{"input", test_input}, NULL},
        {{"touch", test_touch}, "local"},
        {{"touch-hidden", test_touch_hidden}, "local"},
        {{"touch-as-pointer", test_touch_as_pointer}, NULL},
        {{"damage", test_damage}, NULL},
        {{"reconnect", test_reconnect}, NULL},
        {{"end", test_end}, NULL},
        {{"refused", test_refused}, NULL},
        {{"nonsense", test_nonsense}, NULL},
        {{"denied", test_denied}, NULL},
        {{"silent", test_silent}, NULL},
        {{"taken", test_taken}, "spice"},
        {{"choose", test_choose}, NULL},
        {{"no-choice", test_no_choice}, NULL},
        {{"each", test_each}, NULL},
        {{"each-from-one", test_each_from_one}, NULL},
        {{"each-reconnect", test_each_reconnect}, NULL},
        {{"glimpse", test_glimpse}, NULL},
        {{"glimpse-hvm", test_glimpse_hvm}, NULL},
        {{"glimpse-beside", test_glimpse_beside}, "local"},
        {{"glimpse-new", test_glimpse_new}, "local"},
        {{"glimpse-refused", test_glimpse_refused}, "local"},
        {{"glimpse-nonsense", test_glimpse_nonsense}, "local"},
        {{"glimpse-silent", test_glimpse_silent}, "local"},
        {{"glimpse-denied", test_glimpse_denied}, "local"},
        {{"glimpse-after-failure", test_glimpse_after_failure}, "local"},
    };
    int result;

    harness_init(&argc, &argv);
    protocol = g_getenv("SCREEN_PROTOCOL");
    folder = g_dir_make_tmp("screens-XXXXXX", NULL);
    vnc_path = g_build_filename(folder, "screen", NULL);
    path = g_build_filename(folder, "screen.best", NULL);
    said = g_ptr_array_new_with_free_func(g_free);
    g_log_set_handler("GSpice", G_LOG_LEVEL_WARNING | G_LOG_FLAG_FATAL, on_complaint, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *name = g_strconcat("/", protocol, "/", tests[i].test.path, NULL);

        if (!tests[i].only || g_str_equal(tests[i].only, protocol))
            g_test_add_data_func(name, &tests[i].test, run);
    }
    result = g_test_run();
    kill_server();
    g_rmdir(folder);
    harness_finish();
    return result;
}
