/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of the window need. The program runs in the test's own process, so that it can be
 * looked into; the stand-in is a process of its own, as the service is. Keys and clicks take the
 * whole way: X server, compositor, toolkit, widget.
 */
#include "harness.h"

#include "application.h"
#include "model/preferences.h"
#include "ui/guest-row.h"

#include <X11/Xlib.h>
#include <X11/Xutil.h>
#include <X11/extensions/XTest.h>
#include <signal.h>

VitrineWindow *harness_window;
StandinBusStandin1 *harness_standin;

static GTestDBus *bus;
static VitrineApplication *application;
static GSubprocess *standin;
static Display *x_display;
static GtkWindow *front;
static GPtrArray *heard; /* input that the stand-in has handed over */

static gboolean wake(gpointer data)
{
    *(gboolean *)data = TRUE;
    return G_SOURCE_REMOVE;
}

/* One turn of the main loop; it ends soon even if nothing happens, for time is a condition too. */
void harness_turn(void)
{
    gboolean woken = FALSE;
    guint timer = g_timeout_add(20, wake, &woken);

    g_main_context_iteration(NULL, TRUE);
    if (!woken)
        g_source_remove(timer);
}

/* Lets @milliseconds pass: only for "nothing happens", which can't be waited for. */
void harness_settle(guint milliseconds)
{
    gint64 deadline = g_get_monotonic_time() + milliseconds * 1000;

    while (g_get_monotonic_time() < deadline)
        harness_turn();
}

void harness_give_up(const char *file, int line, const char *condition)
{
    harness_save_picture("failed");
    g_printerr("%s:%d: still not true: %s\n", file, line, condition);
    for (guint i = 0; i < heard->len; i++)
        g_printerr("  heard: %s\n", (const char *)heard->pdata[i]);
    abort();
}

static gboolean standin_answers(void)
{
    g_autofree char *owner = g_dbus_proxy_get_name_owner(G_DBUS_PROXY(harness_standin));

    return owner != NULL;
}

void harness_start_standin(void)
{
    g_autoptr(GError) error = NULL;

    standin = g_subprocess_new(G_SUBPROCESS_FLAGS_NONE, &error, g_getenv("VITRINE_STANDIN"), NULL);
    g_assert_no_error(error);
    if (!harness_standin)
        harness_standin = standin_bus_standin1_proxy_new_for_bus_sync(
            G_BUS_TYPE_SESSION, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, "org.vitrine.Vitrine1",
            "/org/vitrine/Standin", NULL, &error);
    g_assert_no_error(error);
    harness_await(standin_answers());
}

void harness_stop_standin(void)
{
    g_subprocess_force_exit(standin);
    g_subprocess_wait(standin, NULL, NULL);
    g_clear_object(&standin);
}

/* A bus of our own. It takes the screen's variables away, so that tests can't use one by mistake.
 */
static void start_bus(void)
{
    g_autofree char *display = g_strdup(g_getenv("DISPLAY"));
    g_autofree char *runtime_dir = g_strdup(g_getenv("XDG_RUNTIME_DIR"));
    g_autoptr(GDBusConnection) connection = NULL;

    bus = g_test_dbus_new(G_TEST_DBUS_NONE);
    g_test_dbus_up(bus);
    g_setenv("DISPLAY", display, TRUE);
    g_setenv("XDG_RUNTIME_DIR", runtime_dir, TRUE);
    connection = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
    g_assert_nonnull(connection);
    g_dbus_connection_set_exit_on_close(connection, FALSE);
}

static void move_to(int x, int y)
{
    XTestFakeMotionEvent(x_display, -1, x, y, CurrentTime);
    XFlush(x_display);
    harness_settle(60);
}

/*
 * Weston on X adds up the way the pointer goes, and sometimes begins from a wrong place. Pushed
 * into two opposite corners it agrees with the X server about where that is.
 */
static void level_pointer(void)
{
    int screen = DefaultScreen(x_display);

    move_to(0, 0);
    move_to(DisplayWidth(x_display, screen) - 1, DisplayHeight(x_display, screen) - 1);
    move_to(DisplayWidth(x_display, screen) / 2, DisplayHeight(x_display, screen) / 2);
}

/* Brings up the bus and the program; the stand-in not yet. */
void harness_init(int *argc, char ***argv)
{
    g_autoptr(GError) error = NULL;

    g_test_init(argc, argv, NULL);
    start_bus();
    x_display = XOpenDisplay(NULL);
    g_assert_nonnull(x_display);
    heard = g_ptr_array_new_with_free_func(g_free);
    /* They would open screens at times that no test knows of; the test of them wants them. */
    g_settings_set_boolean(vitrine_preferences_get(), "thumbnails", FALSE);
    application = vitrine_application_new(G_BUS_TYPE_SESSION);
    g_application_register(G_APPLICATION(application), NULL, &error);
    g_assert_no_error(error);
    g_object_set(gtk_settings_get_default(), "gtk-enable-animations", FALSE, NULL);
    g_application_activate(G_APPLICATION(application));
    harness_window =
        VITRINE_WINDOW(gtk_application_get_active_window(GTK_APPLICATION(application)));
    harness_await(gtk_window_is_active(GTK_WINDOW(harness_window)));
    harness_await(gtk_window_is_maximized(GTK_WINDOW(harness_window)));
    level_pointer();
}

void harness_finish(void)
{
    gtk_window_destroy(GTK_WINDOW(harness_window));
    if (standin)
        harness_stop_standin();
    g_clear_object(&harness_standin);
    g_clear_object(&application);
    g_ptr_array_unref(heard);
    XCloseDisplay(x_display);
    /* Only stopped: freed, it would wait for the program's connection, which nobody closes. */
    g_test_dbus_stop(bus);
}

/* The window that the person deals with: what was said to be it, the dialog if there is one. */
static GtkWidget *get_front(void)
{
    GtkWindow *dialog = harness_dialog();

    if (front)
        return GTK_WIDGET(front);
    return GTK_WIDGET(dialog ? dialog : GTK_WINDOW(harness_window));
}

/* From now on @window, which is no dialog, is looked at and gets the keys; NULL: no special one. */
void harness_set_front(GtkWindow *window)
{
    front = window;
}

GtkWindow *harness_dialog(void)
{
    GListModel *windows = gtk_window_get_toplevels();

    for (guint i = 0; i < g_list_model_get_n_items(windows); i++) {
        g_autoptr(GtkWindow) window = g_list_model_get_item(windows, i);

        if (gtk_window_get_transient_for(window) && gtk_widget_get_visible(GTK_WIDGET(window)))
            return window;
    }
    return NULL;
}

/* The first widget, from @widget down, that is on screen and matches; NULL for none, or of NULL. */
GtkWidget *harness_search(GtkWidget *widget, HarnessMatch match, const char *wanted)
{
    if (!widget || !gtk_widget_get_mapped(widget))
        return NULL;
    if (match(widget, wanted))
        return widget;
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child)) {
        GtkWidget *found = harness_search(child, match, wanted);

        if (found)
            return found;
    }
    return NULL;
}

static gboolean has_id(GtkWidget *widget, const char *id)
{
    return g_strcmp0(gtk_buildable_get_buildable_id(GTK_BUILDABLE(widget)), id) == 0;
}

static gboolean is_row_of(GtkWidget *widget, const char *name)
{
    g_autoptr(VitrineGuest) guest = NULL;

    if (!VITRINE_IS_GUEST_ROW(widget))
        return FALSE;
    g_object_get(widget, "guest", &guest, NULL);
    return guest && g_str_equal(vitrine_guest_get_name(guest), name);
}

static gboolean has_text(GtkWidget *widget, const char *text)
{
    return GTK_IS_LABEL(widget) && strstr(gtk_label_get_text(GTK_LABEL(widget)), text);
}

/* The visible widget of that id in the front window, or NULL. */
GtkWidget *harness_find(const char *id)
{
    return harness_search(get_front(), has_id, id);
}

/* The widget of that id in the row of the guest called @name, or NULL. */
GtkWidget *harness_find_in_row(const char *name, const char *id)
{
    return harness_search(harness_search(GTK_WIDGET(harness_window), is_row_of, name), has_id, id);
}

/* Whether a visible label of the front window holds @text. */
gboolean harness_shows(const char *text)
{
    return harness_search(get_front(), has_text, text) != NULL;
}

/* Whether the window's action can be activated now: a button on it tells. */
gboolean harness_can(const char *action)
{
    GtkWidget *probe = gtk_button_new();
    GtkWidget *parent = gtk_widget_get_first_child(get_front());
    gboolean sensitive;

    gtk_widget_set_parent(probe, parent);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(probe), action);
    sensitive = gtk_widget_get_sensitive(probe);
    gtk_widget_unparent(probe);
    return sensitive;
}

static GskRenderNode *snapshot_widget(GtkWidget *widget)
{
    g_autoptr(GdkPaintable) paintable = gtk_widget_paintable_new(widget);
    GtkSnapshot *snapshot = gtk_snapshot_new();

    gdk_paintable_snapshot(paintable, snapshot, gtk_widget_get_width(widget),
                           gtk_widget_get_height(widget));
    return gtk_snapshot_free_to_node(snapshot);
}

/* The widget as it was last drawn; NULL if it never is. A widget about to be drawn has to wait. */
static GdkTexture *render(GtkWidget *widget)
{
    g_autoptr(GskRenderNode) node = NULL;

    for (guint tries = 0; !node && tries < 20; tries++) {
        harness_settle(20);
        node = snapshot_widget(widget);
    }
    return node
               ? gsk_renderer_render_texture(gtk_native_get_renderer(gtk_widget_get_native(widget)),
                                             node,
                                             &GRAPHENE_RECT_INIT(0, 0, gtk_widget_get_width(widget),
                                                                 gtk_widget_get_height(widget)))
               : NULL;
}

/* 0xrrggbb of the widget's point at the fractions @x and @y of its size; G_MAXUINT32 for none. */
guint32 harness_pixel(GtkWidget *widget, double x, double y)
{
    g_autoptr(GdkTexture) texture = widget ? render(widget) : NULL;
    g_autofree guint32 *pixels = NULL;
    int width, height;

    if (!texture)
        return G_MAXUINT32;
    width = gdk_texture_get_width(texture);
    height = gdk_texture_get_height(texture);
    pixels = g_new(guint32, width * height);
    gdk_texture_download(texture, (guchar *)pixels, width * 4);
    return pixels[(int)(y * (height - 1)) * width + (int)(x * (width - 1))] & 0xffffff;
}

/* Whether @length pixels of the screen itself, in a row from x, y, are all 0xrrggbb @color. */
gboolean harness_screen_has(int x, int y, guint length, guint32 color)
{
    XImage *image =
        XGetImage(x_display, DefaultRootWindow(x_display), x, y, length, 1, AllPlanes, ZPixmap);
    gboolean alike = image != NULL;

    for (guint i = 0; alike && i < length; i++)
        alike = (XGetPixel(image, (int)i, 0) & 0xffffff) == color;
    if (image)
        XDestroyImage(image);
    return alike;
}

/* Leaves a picture of the front window in $VITRINE_PICTURES, for a person to look at. */
void harness_save_picture(const char *name)
{
    const char *folder = g_getenv("VITRINE_PICTURES");
    g_autoptr(GdkTexture) texture = folder ? render(get_front()) : NULL;
    g_autofree char *path = folder ? g_strdup_printf("%s/%s.png", folder, name) : NULL;

    if (texture)
        gdk_texture_save_to_png(texture, path);
}

void harness_key(const char *keysym, gboolean down)
{
    KeyCode code = XKeysymToKeycode(x_display, XStringToKeysym(keysym));

    g_assert_cmpint(code, !=, 0);
    XTestFakeKeyEvent(x_display, code, down, CurrentTime);
    XFlush(x_display);
    harness_settle(30);
}

/*
 * Presses the keys of "Control_L+Alt_L+F2" in order and lets them go in reverse, once the front
 * window has the keyboard: after a dialog closed that takes a moment.
 */
void harness_press(const char *keys)
{
    g_auto(GStrv) names = g_strsplit(keys, "+", -1);
    guint n_names = g_strv_length(names);

    harness_await(gtk_window_is_active(GTK_WINDOW(get_front())));
    for (guint i = 0; i < n_names; i++)
        harness_key(names[i], TRUE);
    for (guint i = n_names; i > 0; i--)
        harness_key(names[i - 1], FALSE);
}

/* Small letters, digits, space, "-" and "/". */
void harness_type(const char *text)
{
    static const struct {
        char character;
        const char *keysym;
    } names[] = {{' ', "space"}, {'-', "minus"}, {'/', "slash"}};

    for (const char *c = text; *c; c++) {
        char keysym[] = {*c, '\0'};
        const char *name = keysym;

        for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
            if (names[i].character == *c)
                name = names[i].keysym;
        }
        harness_press(name);
    }
}

static gboolean note_frame(GtkWidget *widget, GdkFrameClock *clock, gpointer n_frames)
{
    ++*(guint *)n_frames;
    return G_SOURCE_CONTINUE;
}

/* Until what changed has found its place: sizes are given out as part of a frame. */
static void await_layout(void)
{
    guint n_frames = 0;
    guint callback =
        gtk_widget_add_tick_callback(GTK_WIDGET(harness_window), note_frame, &n_frames, NULL);

    harness_await(n_frames >= 3);
    gtk_widget_remove_tick_callback(GTK_WIDGET(harness_window), callback);
}

/* To the fractions @x and @y of the widget. Only in a window that is at the screen's 0,0, as the
 * main window is, and one in full screen. */
void harness_move(GtkWidget *widget, double x, double y)
{
    graphene_point_t point;
    float scale;

    await_layout();
    g_assert_true(gtk_widget_compute_point(
        widget, GTK_WIDGET(gtk_widget_get_root(widget)),
        &GRAPHENE_POINT_INIT(x * gtk_widget_get_width(widget), y * gtk_widget_get_height(widget)),
        &point));
    scale = gtk_widget_get_scale_factor(GTK_WIDGET(harness_window));
    move_to((int)(point.x * scale), (int)(point.y * scale));
}

void harness_button(guint button, gboolean down)
{
    XTestFakeButtonEvent(x_display, button, down, CurrentTime);
    XFlush(x_display);
    harness_settle(30);
}

void harness_click(GtkWidget *widget)
{
    g_assert_nonnull(widget);
    harness_move(widget, 0.5, 0.5);
    harness_button(1, TRUE);
    harness_button(1, FALSE);
}

/* Activates an action of the main window, as soon as it can be. */
void harness_activate(const char *action)
{
    harness_await(harness_can(action));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), action, NULL);
}

static void on_answer(GObject *source, GAsyncResult *result, gpointer data)
{
    *(GAsyncResult **)data = g_object_ref(result);
}

/* Calls a method of the stand-in's while the main loop runs on: the stand-in may be in the middle
 * of what the viewer in this process is about to say, and hears nothing else until it has been
 * said. */
GVariant *harness_ask(const char *method, GVariant *arguments)
{
    g_autoptr(GAsyncResult) result = NULL;
    g_autoptr(GError) error = NULL;
    GVariant *answer;

    g_dbus_proxy_call(G_DBUS_PROXY(harness_standin), method, arguments, G_DBUS_CALL_FLAGS_NONE, -1,
                      NULL, on_answer, &result);
    while (!result)
        harness_turn();
    answer = g_dbus_proxy_call_finish(G_DBUS_PROXY(harness_standin), result, &error);
    g_assert_no_error(error);
    return answer;
}

/* The same, of a method that answers with nothing. */
void harness_tell(const char *method, GVariant *arguments)
{
    g_variant_unref(harness_ask(method, arguments));
}

void harness_add_guest(const char *name, const char *state)
{
    harness_tell("AddGuest", g_variant_new("(ss)", name, state));
    harness_await(harness_shows(name));
}

/* @properties as text: "{'State': <'crashed'>}". */
void harness_set_guest(const char *name, const char *properties)
{
    harness_tell("SetGuest", g_variant_new("(s@a{sv})", name, g_variant_new_parsed(properties)));
}

static GListModel *get_guests(void)
{
    GtkWidget *list = harness_find("list");

    return list ? G_LIST_MODEL(gtk_list_view_get_model(GTK_LIST_VIEW(list))) : NULL;
}

/* Leaves the next test a service with no guest, and the window with no dialog. */
void harness_clear_guests(void)
{
    GtkWindow *dialog;
    GListModel *guests;

    harness_set_front(NULL);
    while ((dialog = harness_dialog()))
        gtk_window_destroy(dialog);
    harness_await(harness_can("win.new"));
    if (harness_find("search_bar"))
        gtk_search_bar_set_search_mode(GTK_SEARCH_BAR(harness_find("search_bar")), FALSE);
    while ((guests = get_guests()) && g_list_model_get_n_items(guests) > 0) {
        g_autoptr(VitrineGuest) guest = g_list_model_get_item(guests, 0);
        guint n_guests = g_list_model_get_n_items(guests);

        harness_tell("RemoveGuest", g_variant_new("(s)", vitrine_guest_get_name(guest)));
        harness_await(!get_guests() || g_list_model_get_n_items(guests) < n_guests);
    }
    if (harness_find("failed_page"))
        gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.dismiss-failure", NULL);
    g_strfreev(harness_take_input());
    g_ptr_array_set_size(heard, 0);
    harness_await(harness_shows("No Guests Yet"));
}

/* Leaves a service that runs and has no guests to the HarnessTest @data. */
void harness_run_clean(gconstpointer data)
{
    const HarnessTest *test = data;

    if (!harness_standin)
        harness_start_standin();
    harness_clear_guests();
    test->test();
}

/* @tests are static. */
void harness_add(const HarnessTest *tests, guint n_tests)
{
    for (guint i = 0; i < n_tests; i++)
        g_test_add_data_func(tests[i].path, &tests[i], harness_run_clean);
}

int harness_run(void)
{
    int result = g_test_run();

    harness_finish();
    return result;
}

/* What the guests' screens have been sent since the last time, to be freed. */
char **harness_take_input(void)
{
    g_autoptr(GVariant) answer = harness_ask("TakeInput", NULL);
    char **events;

    g_variant_get(answer, "(^as)", &events);
    return events;
}

/* Whether a guest's screen has been sent @event since the test began. */
gboolean harness_heard(const char *event)
{
    g_auto(GStrv) events = harness_take_input();

    for (guint i = 0; events && events[i]; i++)
        g_ptr_array_add(heard, g_strdup(events[i]));
    return g_ptr_array_find_with_equal_func(heard, event, g_str_equal, NULL);
}

/* How many look at a guest's screen now. */
guint harness_count_viewers(void)
{
    g_autoptr(GVariant) answer = harness_ask("CountViewers", NULL);
    guint n_viewers;

    g_variant_get(answer, "(u)", &n_viewers);
    return n_viewers;
}
