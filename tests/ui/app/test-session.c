/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a display server tells of its picture, as it may be a hostile guest's: sizes and monitors.
 */
#include "viewer/part.h"
#include "viewer/session.h"

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

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/session/sizes", test_sizes);
    g_test_add_func("/session/monitors", test_monitors);
    g_test_add_func("/session/many-monitors", test_many_monitors);
    g_test_add_func("/session/part", test_part);
    return g_test_run();
}
