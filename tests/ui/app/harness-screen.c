/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's screen in the window under test, and those who serve it. */
#include "harness-screen.h"

#include "viewer/display-private.h"
#include "viewer/viewport.h"

#include <signal.h>
#include <sys/prctl.h>

typedef struct {
    double x, y; /* fractions of the widget */
} Point;

VitrineDisplay *harness_screen(void)
{
    GtkWidget *display = harness_find("display");

    return display ? VITRINE_DISPLAY(display) : NULL;
}

static Point find_point(GtkWidget *display, int width, int height, double x, double y)
{
    double room_x = gtk_widget_get_width(display), room_y = gtk_widget_get_height(display);
    VitrineViewport viewport = vitrine_viewport_fit(width, height, (int)room_x, (int)room_y);

    return (Point){(viewport.place.x + x / width * viewport.place.width) / room_x,
                   (viewport.place.y + y / height * viewport.place.height) / room_y};
}

guint32 harness_screen_pixel(int width, int height, double x, double y)
{
    VitrineDisplay *display = harness_screen();
    Point point;

    if (!display || gtk_widget_get_width(GTK_WIDGET(display)) == 0) /* it has no place yet */
        return G_MAXUINT32;
    point = find_point(GTK_WIDGET(display), width, height, x, y);
    return harness_pixel(GTK_WIDGET(display), point.x, point.y);
}

void harness_screen_move(int width, int height, double x, double y)
{
    GtkWidget *display = GTK_WIDGET(harness_screen());
    Point point = find_point(display, width, height, x, y);

    harness_move(display, point.x, point.y);
}

void harness_screen_touch(gconstpointer finger, VitrineTouchPhase phase, int width, int height,
                          double x, double y)
{
    /* Also behind a dialog. */
    VitrineDisplay *display =
        vitrine_guest_page_get_display(vitrine_window_get_page(harness_window));
    Point point = find_point(GTK_WIDGET(display), width, height, x, y);

    vitrine_display_touch(display, finger, phase,
                          point.x * gtk_widget_get_width(GTK_WIDGET(display)),
                          point.y * gtk_widget_get_height(GTK_WIDGET(display)));
}

static gboolean is_fatal(const char *domain, GLogLevelFlags level, const char *message,
                         gpointer data)
{
    return g_strcmp0(domain, "GSpice") != 0;
}

void harness_tolerate_spice(void)
{
    g_test_log_set_fatal_handler(is_fatal, NULL);
}

/* In the child. */
static void tie_to_parent(gpointer data)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

void harness_tie_server(GSubprocessLauncher *launcher)
{
    g_subprocess_launcher_set_child_setup(launcher, tie_to_parent, NULL, NULL);
}
