/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's screen on a desktop that is drawn twice as large, as on a small screen of many
 * pixels. */
#include "harness-screen.h"

#include "viewer/viewport.h"

#define SCALE 2
#define RED   0xff0000
#define GREEN 0x00ff00
#define BLUE  0x0000ff
#define WHITE 0xffffff

static GtkWidget *get_display(void)
{
    return (GtkWidget *)harness_screen();
}

static void show_guest(guint width, guint height)
{
    harness_tell("Resize", g_variant_new("(uu)", width, height));
    harness_add_guest("web", "running");
    harness_await(harness_screen() && vitrine_display_get_connected(harness_screen()));
    harness_await(harness_pixel(get_display(), 0.4, 0.4) == RED);
}

/* Where the picture is, in the screen's own pixels. */
static VitrineViewport get_viewport(int width, int height, guint zoom)
{
    return vitrine_viewport_zoom(width, height, gtk_widget_get_width(get_display()) * SCALE,
                                 gtk_widget_get_height(get_display()) * SCALE, zoom);
}

/* The colour at a place of the display, in the screen's own pixels. */
static guint32 pixel_at(double x, double y)
{
    return harness_pixel(get_display(), x / SCALE / gtk_widget_get_width(get_display()),
                         y / SCALE / gtk_widget_get_height(get_display()));
}

/* The quarters fill the picture's place, and what is beyond that is dark. */
static gboolean is_placed(const VitrineViewport *viewport)
{
    double left = viewport->place.x, top = viewport->place.y;
    double right = left + viewport->place.width, bottom = top + viewport->place.height;

    return pixel_at(left + 6, top + 6) == RED && pixel_at(right - 6, top + 6) == GREEN &&
           pixel_at(left + 6, bottom - 6) == BLUE && pixel_at(right - 6, bottom - 6) == WHITE &&
           (left < 8 || (pixel_at(left - 6, top + 6) & 0xe0e0e0) == 0) &&
           (top < 8 || (pixel_at(left + 6, top - 6) & 0xe0e0e0) == 0);
}

/* Whether the picture is on the screen with nothing between its parts, in each of its halves. */
static gboolean is_whole(const VitrineViewport *viewport)
{
    const int half = viewport->place.width / 2, height = viewport->place.height;
    graphene_point_t point;
    int left, top;

    if (!gtk_widget_compute_point(get_display(), GTK_WIDGET(harness_window),
                                  &GRAPHENE_POINT_INIT(0, 0), &point))
        return FALSE;
    left = (int)point.x * SCALE + viewport->place.x;
    top = (int)point.y * SCALE + viewport->place.y;
    for (int y = 1; y < height / 2 - 1; y++) {
        if (!harness_screen_has(left + 1, top + y, half - 2, RED) ||
            !harness_screen_has(left + half + 1, top + y, half - 2, GREEN) ||
            !harness_screen_has(left + 1, top + height / 2 + y, half - 2, BLUE) ||
            !harness_screen_has(left + half + 1, top + height / 2 + y, half - 2, WHITE))
            return FALSE;
    }
    return TRUE;
}

/* What fits is as large as there is room for in the screen's pixels, not in the desktop's. */
static void test_pixels(void)
{
    VitrineViewport viewport;

    show_guest(640, 480);
    g_assert_cmpint(gtk_widget_get_scale_factor(get_display()), ==, SCALE);
    viewport = get_viewport(640, 480, 0);
    g_assert_cmpint(viewport.place.width, ==, 1280);
    harness_await(is_placed(&viewport));
    harness_move(harness_find("list"), 0.5, 0.9); /* with the pointer's picture out of the way */
    harness_await(is_whole(&viewport));
    harness_tell("Resize", g_variant_new("(uu)", 1200, 900));
    viewport = get_viewport(1200, 900, 0);
    g_assert_cmpint(viewport.place.width, ==, 1200);
    harness_await(is_placed(&viewport));
}

/* At 100 %, a pixel of the guest's is one of the screen's. */
static void test_zoom(void)
{
    VitrineViewport viewport;

    show_guest(640, 480);
    harness_press("Control_L+1");
    harness_await(pixel_at(get_viewport(640, 480, 0).place.x + 6,
                           get_viewport(640, 480, 0).place.y + 6) != RED);
    viewport = get_viewport(640, 480, 100);
    g_assert_cmpint(viewport.place.width, ==, 640);
    harness_await(is_placed(&viewport));
    harness_press("Control_L+0");
    viewport = get_viewport(640, 480, 0);
    harness_await(is_placed(&viewport));
}

/* The guest hears of the pixel that is under the pointer. */
static void test_pointer(void)
{
    VitrineViewport viewport;
    GtkWidget *display;

    show_guest(640, 480);
    display = get_display();
    viewport = get_viewport(640, 480, 0);
    g_assert_cmpint(viewport.place.width, ==, 1280);
    harness_move(display, (viewport.place.x + 2 * 200.5) / SCALE / gtk_widget_get_width(display),
                 (viewport.place.y + 2 * 300.5) / SCALE / gtk_widget_get_height(display));
    harness_await(harness_heard("pointer 0 200 300"));
    harness_button(1, TRUE);
    harness_await(harness_heard("pointer 1 200 300"));
    harness_button(1, FALSE);
    harness_await(harness_heard("pointer 0 200 300"));
}

int main(int argc, char **argv)
{
    const HarnessTest tests[] = {
        {"/scale/pixels", test_pixels},
        {"/scale/zoom", test_zoom},
        {"/scale/pointer", test_pointer},
    };

    harness_init(&argc, &argv);
    harness_add(tests, G_N_ELEMENTS(tests));
    return harness_run();
}
