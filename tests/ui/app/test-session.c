/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a display server tells of its picture, as it may be a hostile guest's: sizes and monitors.
 */
#include "viewer/part.h"
#include "viewer/session.h"
#include "viewer/spice-picture.h"

/* A session whose server is the test. */
#define TEST_TYPE_SESSION (test_session_get_type())
G_DECLARE_FINAL_TYPE(TestSession, test_session, TEST, SESSION, VitrineSession)

struct _TestSession {
    VitrineSession parent_instance;
};

G_DEFINE_FINAL_TYPE(TestSession, test_session, VITRINE_TYPE_SESSION)

static guint n_sent;

static void test_session_close(VitrineSession *session)
{
}

static void test_session_send_key(VitrineSession *session, gboolean down, guint keysym,
                                  guint16 xt_code)
{
    n_sent++;
}

static void test_session_class_init(TestSessionClass *klass)
{
    VITRINE_SESSION_CLASS(klass)->close = test_session_close;
    VITRINE_SESSION_CLASS(klass)->send_key = test_session_send_key;
}

static void test_session_init(TestSession *self)
{
}

static void count(VitrineSession *session, gpointer data)
{
    ++*(guint *)data;
}

static void test_sizes(void)
{
    static const int bad[][2] = {
        {0, 10},       {10, 0}, {-1, 10}, {10, -1}, {8193, 10}, {10, 8193}, {G_MAXINT, G_MAXINT},
        {G_MININT, 10}};
    g_autoptr(VitrineSession) session = g_object_new(TEST_TYPE_SESSION, NULL);
    const char *problem = NULL;
    cairo_surface_t *surface;

    vitrine_session_send_key(session, TRUE, 97, 30);
    g_assert_cmpuint(n_sent, ==, 0); /* there is nothing that it could be about */
    surface = vitrine_session_make_surface(session, 8192, 3, &problem);
    g_assert_nonnull(surface);
    g_assert_null(problem);
    vitrine_session_send_key(session, TRUE, 97, 30);
    g_assert_cmpuint(n_sent, ==, 1);
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        problem = NULL;
        g_assert_null(vitrine_session_make_surface(session, bad[i][0], bad[i][1], &problem));
        g_assert_nonnull(problem);
        g_assert_true(vitrine_session_get_surface(session) == surface);
    }
}

static void test_monitors(void)
{
    const VitrineRect told[] = {
        {0, 0, 640, 480},      {640, 0, 400, 300},    {640, 0, 401, 300}, /* past the edge */
        {-1, 0, 10, 10},       {0, 479, 10, 2},       {0, 0, 0, 480},
        {0, 0, 640, -1},       {G_MAXINT, 0, 10, 10}, {10, 10, G_MAXINT, G_MAXINT},
        {G_MININT, 0, 10, 10},
    };
    g_autoptr(VitrineSession) session = g_object_new(TEST_TYPE_SESSION, NULL);
    const char *problem = NULL;
    guint n_told = 0;
    VitrineRect rect;

    g_signal_connect(session, "arranged", G_CALLBACK(count), &n_told);
    vitrine_session_set_monitors(session, told, G_N_ELEMENTS(told));
    g_assert_cmpuint(n_told, ==, 1);
    g_assert_cmpuint(vitrine_session_get_n_monitors(session), ==, G_N_ELEMENTS(told));
    g_assert_false(vitrine_session_get_monitor(session, 1, &rect)); /* of which picture? */
    g_assert_nonnull(vitrine_session_make_surface(session, 1040, 480, &problem));
    g_assert_true(vitrine_session_get_monitor(session, 1, &rect));
    g_assert_cmpmem(&rect, sizeof(rect), &told[0], sizeof(told[0]));
    g_assert_true(vitrine_session_get_monitor(session, 2, &rect));
    g_assert_cmpmem(&rect, sizeof(rect), &told[1], sizeof(told[1]));
    g_assert_false(vitrine_session_get_monitor(session, 0, &rect));
    for (guint number = 3; number <= G_N_ELEMENTS(told) + 1; number++)
        g_assert_false(vitrine_session_get_monitor(session, number, &rect));
    g_assert_false(vitrine_session_get_monitor(session, G_MAXUINT, &rect));
    /* A smaller picture comes before it is told what is on it. */
    g_assert_nonnull(vitrine_session_make_surface(session, 800, 480, &problem));
    g_assert_true(vitrine_session_get_monitor(session, 1, &rect));
    g_assert_false(vitrine_session_get_monitor(session, 2, &rect));
    /* One that was switched off is not where it was. */
    vitrine_session_set_monitors(session, told, 2);
    g_assert_nonnull(vitrine_session_make_surface(session, 1040, 480, &problem));
    vitrine_session_set_monitors(session, told, 1);
    g_assert_false(vitrine_session_get_monitor(session, 2, &rect));
}

static void test_many_monitors(void)
{
    g_autoptr(VitrineSession) session = g_object_new(TEST_TYPE_SESSION, NULL);
    g_autofree VitrineRect *told = g_new0(VitrineRect, 1000);

    vitrine_session_set_monitors(session, told, 1000);
    g_assert_cmpuint(vitrine_session_get_n_monitors(session), ==, VITRINE_SESSION_MAX_MONITORS);
}

/* A part is its pixels of the whole, and stays when the whole has been let go. */
static void test_part(void)
{
    cairo_surface_t *whole = cairo_image_surface_create(CAIRO_FORMAT_RGB24, 7, 5);
    guint32 *pixels = (guint32 *)cairo_image_surface_get_data(whole);
    int stride = cairo_image_surface_get_stride(whole) / 4;
    cairo_surface_t *part = vitrine_part_new(whole, &(VitrineRect){5, 2, 2, 3});
    g_autoptr(GdkTexture) texture = NULL;
    guint32 seen[6];

    for (int i = 0; i < 5 * stride; i++)
        pixels[i] = i;
    cairo_surface_destroy(whole);
    texture = vitrine_part_dup_texture(part);
    gdk_texture_download(texture, (guchar *)seen, 8);
    for (int i = 0; i < 6; i++)
        g_assert_cmphex(seen[i], ==, 0xff000000 | ((2 + i / 2) * stride + 5 + i % 2));
    cairo_surface_destroy(part);
}

/* --- SPICE --- */

static void note_damage(VitrineSession *session, const VitrineRect *rect, gpointer data)
{
    *(VitrineRect *)data = *rect;
}

/* The pixel of the session's surface. */
static guint32 look(VitrineSession *session, int x, int y)
{
    cairo_surface_t *surface = vitrine_session_get_surface(session);
    const guint8 *line =
        cairo_image_surface_get_data(surface) + y * cairo_image_surface_get_stride(surface);

    return ((const guint32 *)line)[x];
}

/* Of the library's picture that is copied which changed, and no more, from lines of its length. */
static void test_spice_copy(void)
{
    g_autoptr(VitrineSession) session = g_object_new(TEST_TYPE_SESSION, NULL);
    VitrineSpicePicture picture = {.session = session};
    VitrineRect damaged = {0, 0, 0, 0};
    guint32 pixels[3][5]; /* two pixels a line are none of the picture's */
    const char *problem = NULL;

    for (guint i = 0; i < 15; i++)
        pixels[i / 5][i % 5] = 0x100 + i;
    g_signal_connect(session, "damaged", G_CALLBACK(note_damage), &damaged);
    vitrine_spice_picture_copy(&picture, &(VitrineRect){0, 0, 3, 3}); /* there is none yet */
    g_assert_true(vitrine_spice_picture_set(&picture, SPICE_SURFACE_FMT_32_xRGB, 3, 3, 20,
                                            (const guint8 *)pixels, &problem));
    g_assert_cmpint(damaged.width * damaged.height, ==, 9);
    g_assert_cmphex(look(session, 2, 2), ==, 0x100 + 12);
    for (guint i = 0; i < 15; i++)
        pixels[i / 5][i % 5] = 0x200 + i;
    vitrine_spice_picture_copy(&picture, &(VitrineRect){1, 1, G_MAXINT, 1});
    g_assert_true(damaged.x == 1 && damaged.y == 1 && damaged.width == 2 && damaged.height == 1);
    g_assert_cmphex(look(session, 0, 1), ==, 0x100 + 5);
    g_assert_cmphex(look(session, 1, 1), ==, 0x200 + 6);
    g_assert_cmphex(look(session, 2, 1), ==, 0x200 + 7);
    g_assert_cmphex(look(session, 1, 2), ==, 0x100 + 11);
    damaged = (VitrineRect){0, 0, 0, 0};
    vitrine_spice_picture_copy(&picture, &(VitrineRect){-3, -3, 3, 9});
    vitrine_spice_picture_copy(&picture, &(VitrineRect){3, 0, 1, 1});
    vitrine_spice_picture_copy(&picture, &(VitrineRect){0, 0, -1, 3});
    g_assert_cmpint(damaged.width, ==, 0);
    /* What the library takes away is not looked at any more. */
    vitrine_spice_picture_clear(&picture);
    vitrine_spice_picture_copy(&picture, &(VitrineRect){0, 0, 3, 3});
    g_assert_cmphex(look(session, 0, 0), ==, 0x100);
}

static void test_spice_bad_pictures(void)
{
    static const struct {
        int format, width, height, stride;
    } cases[] = {
        {SPICE_SURFACE_FMT_16_555, 3, 3, 20},
        {SPICE_SURFACE_FMT_8_A, 3, 3, 20},
        {12345, 3, 3, 20},
        {SPICE_SURFACE_FMT_32_xRGB, 3, 3, 11},
        {SPICE_SURFACE_FMT_32_xRGB, 3, 3, -20},
        {SPICE_SURFACE_FMT_32_xRGB, 0, 3, 20},
        {SPICE_SURFACE_FMT_32_xRGB, 3, -3, 20},
        {SPICE_SURFACE_FMT_32_xRGB, -3, 3, 20},
        {SPICE_SURFACE_FMT_32_xRGB, 3, 8193, 20},
        {SPICE_SURFACE_FMT_32_ARGB, 0x40000003, 3, 20}, /* four times which is 12 */
    };
    g_autoptr(VitrineSession) session = g_object_new(TEST_TYPE_SESSION, NULL);
    VitrineSpicePicture picture = {.session = session};
    guint32 pixels[15] = {0};
    const guint8 *data = (const guint8 *)pixels;
    const char *problem = NULL;

    g_assert_false(
        vitrine_spice_picture_set(&picture, SPICE_SURFACE_FMT_32_xRGB, 3, 3, 20, NULL, &problem));
    g_assert_nonnull(problem);
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        problem = NULL;
        picture.pixels = data; /* as if there had been one before */
        g_assert_false(vitrine_spice_picture_set(&picture, cases[i].format, cases[i].width,
                                                 cases[i].height, cases[i].stride, data, &problem));
        g_assert_nonnull(problem);
        g_assert_null(picture.pixels);
    }
}

static void test_spice_monitors(void)
{
    static const SpiceDisplayMonitorConfig told[] = {
        {.id = 0, .width = 640, .height = 480},
        {.id = 1, .x = 640, .width = 400, .height = 300},
        {.id = 2, .surface_id = 1, .width = 400, .height = 300},
        {.id = 3, .x = G_MAXUINT, .width = 1, .height = 300},
        {.id = 4, .width = 640, .height = G_MAXUINT},
    };
    g_autoptr(VitrineSession) session = g_object_new(TEST_TYPE_SESSION, NULL);
    g_autoptr(GArray) monitors = g_array_new(FALSE, TRUE, sizeof(told[0]));
    VitrineSpicePicture picture = {.session = session};
    const char *problem = NULL;
    VitrineRect rect;

    g_array_append_vals(monitors, told, G_N_ELEMENTS(told));
    vitrine_spice_picture_arrange(&picture, monitors);
    g_assert_nonnull(vitrine_session_make_surface(session, 1040, 480, &problem));
    g_assert_cmpuint(vitrine_session_get_n_monitors(session), ==, G_N_ELEMENTS(told));
    g_assert_true(vitrine_session_get_monitor(session, 1, &rect));
    g_assert_true(vitrine_session_get_monitor(session, 2, &rect));
    g_assert_true(rect.x == 640 && rect.y == 0 && rect.width == 400 && rect.height == 300);
    for (guint number = 3; number <= G_N_ELEMENTS(told); number++)
        g_assert_false(vitrine_session_get_monitor(session, number, &rect));
    vitrine_spice_picture_arrange(&picture, NULL);
    g_assert_cmpuint(vitrine_session_get_n_monitors(session), ==, 0);
    g_array_set_size(monitors, 100000); /* more than has room anywhere */
    vitrine_spice_picture_arrange(&picture, monitors);
    g_assert_cmpuint(vitrine_session_get_n_monitors(session), ==, VITRINE_SESSION_MAX_MONITORS);
}

static void test_spice_cursor(void)
{
    g_autoptr(VitrineSession) session = g_object_new(TEST_TYPE_SESSION, NULL);
    g_autofree guint32 *rgba = g_new0(guint32, 256 * 256);
    g_autoptr(GdkTexture) texture = vitrine_spice_picture_make_cursor(256, 256, rgba);
    int x, y;

    g_assert_cmpint(gdk_texture_get_width(texture), ==, 256);
    g_assert_null(vitrine_spice_picture_make_cursor(257, 1, rgba));
    g_assert_null(vitrine_spice_picture_make_cursor(1, 257, rgba));
    g_assert_null(vitrine_spice_picture_make_cursor(0, 1, rgba));
    g_assert_null(vitrine_spice_picture_make_cursor(1, -1, rgba));
    g_assert_null(vitrine_spice_picture_make_cursor(1, 1, NULL));
    /* The point of it is on it. */
    vitrine_session_set_cursor(session, texture, 256, -1);
    g_assert_true(vitrine_session_get_cursor(session, &x, &y) == texture);
    g_assert_true(x == 255 && y == 0);
    vitrine_session_set_cursor(session, NULL, 5, 5);
    g_assert_null(vitrine_session_get_cursor(session, &x, &y));
    g_assert_true(x == 0 && y == 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/session/sizes", test_sizes);
    g_test_add_func("/session/monitors", test_monitors);
    g_test_add_func("/session/many-monitors", test_many_monitors);
    g_test_add_func("/session/part", test_part);
    g_test_add_func("/session/spice-copy", test_spice_copy);
    g_test_add_func("/session/spice-bad-pictures", test_spice_bad_pictures);
    g_test_add_func("/session/spice-monitors", test_spice_monitors);
    g_test_add_func("/session/spice-cursor", test_spice_cursor);
    return g_test_run();
}
