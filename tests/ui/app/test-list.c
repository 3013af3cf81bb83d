/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of guests: what a row shows of its guest. */
#include "harness.h"

#include "model/preferences.h"
#include "ui/sparkline.h"

static VitrineSparkline *get_sparkline(void)
{
    GtkWidget *sparkline = harness_find("sparkline");

    return sparkline ? VITRINE_SPARKLINE(sparkline) : NULL;
}

/* Whether the curve reaches up at its newest end, and not in its middle. */
static gboolean is_high(void)
{
    GtkWidget *sparkline = GTK_WIDGET(get_sparkline());

    return harness_pixel(sparkline, 1, 0.4) != 0 && harness_pixel(sparkline, 0.5, 0.4) == 0;
}

/* A load is seen where it is newest, and said in words. */
static void test_load(void)
{
    harness_add_guest("web", "stopped");
    g_assert_null(get_sparkline());
    harness_set_guest("web", "{'State': <'running'>}");
    harness_await(get_sparkline());
    g_assert_false(is_high());
    harness_set_guest("web", "{'Vcpus': <uint32 2>, 'CpuUsage': <2.0>}");
    harness_await(is_high());
    g_assert_true(gtk_test_accessible_has_property(GTK_ACCESSIBLE(get_sparkline()),
                                                   GTK_ACCESSIBLE_PROPERTY_LABEL));
    g_assert_cmpstr(gtk_widget_get_tooltip_text(GTK_WIDGET(get_sparkline())), ==,
                    "CPU use 100 %, at most 100 % in the last two minutes");
    harness_set_guest("web", "{'CpuUsage': <0.5>}");
    harness_await(!is_high());
    harness_settle(50);
    harness_save_picture("sparkline");
    harness_set_guest("web", "{'State': <'stopped'>}");
    harness_await(!get_sparkline());
}

/* Nothing is drawn for a load that stays, nor where nobody looks. */
static void test_load_idle(void)
{
    VitrineSparkline *sparkline;
    guint n_draws;

    harness_add_guest("web", "running");
    harness_await(get_sparkline());
    sparkline = get_sparkline();
    harness_settle(200);
    n_draws = vitrine_sparkline_get_n_draws(sparkline);
    g_assert_cmpuint(n_draws, >, 0);
    harness_settle(VITRINE_LOAD_HISTORY_STEP_MS + 200);
    g_assert_cmpuint(vitrine_sparkline_get_n_draws(sparkline), ==, n_draws);

    harness_press("F9");
    harness_await(!get_sparkline());
    harness_set_guest("web", "{'CpuUsage': <0.5>}");
    harness_settle(200);
    g_assert_cmpuint(vitrine_sparkline_get_n_draws(sparkline), ==, n_draws);
    harness_press("F9");
    harness_await(get_sparkline());
    harness_await(vitrine_sparkline_get_n_draws(sparkline) > n_draws);
    /* Now time moves the curve. */
    harness_settle(200);
    n_draws = vitrine_sparkline_get_n_draws(sparkline);
    harness_await(vitrine_sparkline_get_n_draws(sparkline) > n_draws);
}

static void show_thumbnails(gboolean shown)
{
    g_settings_set_boolean(vitrine_preferences_get(), "thumbnails", shown);
}

/* How many connections were opened to screens since the last time. */
static guint take_opened(void)
{
    g_autoptr(GVariant) answer = harness_ask("TakeOpened", NULL);
    const char *guest;
    guint n_opened;

    g_variant_get(answer, "(u&s)", &n_opened, &guest);
    return n_opened;
}

static guint32 thumbnail_pixel(const char *name, double x, double y)
{
    return harness_pixel(harness_find_in_row(name, "thumbnail"), x, y);
}

/* The four quarters of the stand-in's screen, small. */
static gboolean has_picture(const char *name)
{
    return thumbnail_pixel(name, 0.3, 0.3) == 0xff0000 &&
           thumbnail_pixel(name, 0.7, 0.3) == 0x00ff00 &&
           thumbnail_pixel(name, 0.3, 0.7) == 0x0000ff &&
           thumbnail_pixel(name, 0.7, 0.7) == 0xffffff;
}

/* A guest that is shown lends its pixels; another one is looked at; one that is off has an icon. */
static void test_thumbnails(void)
{
    harness_tell("Resize", g_variant_new("(uu)", 640, 480));
    take_opened();
    harness_add_guest("alpha", "running");
    harness_add_guest("beta", "running");
    harness_add_guest("gamma", "stopped");
    harness_settle(500);
    g_assert_cmpuint(take_opened(), ==, 1);
    g_assert_false(has_picture("alpha"));
    show_thumbnails(TRUE);
    harness_await(has_picture("alpha"));
    harness_await(has_picture("beta"));
    g_assert_cmpuint(take_opened(), ==, 1);
    harness_settle(50);
    harness_save_picture("thumbnails");

    harness_set_guest("beta", "{'State': <'stopped'>, 'HasDisplay': <false>}");
    harness_await(!has_picture("beta"));
    harness_set_guest("beta", "{'State': <'running'>, 'HasDisplay': <true>}");
    harness_await(has_picture("beta"));
    /* What changes is seen, and not at the price of a connection more. */
    g_assert_cmpuint(take_opened(), ==, 1);
    harness_tell("Paint", g_variant_new("(uuuuu)", 0, 0, 320, 240, 0x808000));
    harness_await(thumbnail_pixel("alpha", 0.3, 0.3) == 0x808000);
    show_thumbnails(FALSE);
    harness_await(!has_picture("beta"));
}

/* Nobody is looked at for a list that is out of sight. */
static void test_thumbnails_hidden(void)
{
    harness_tell("Resize", g_variant_new("(uu)", 640, 480));
    harness_add_guest("alpha", "stopped");
    show_thumbnails(TRUE);
    harness_press("F9");
    harness_await(!harness_find("list"));
    take_opened();
    harness_tell("AddGuest", g_variant_new("(ss)", "beta", "running"));
    harness_settle(800);
    g_assert_cmpuint(take_opened(), ==, 0);
    harness_press("F9");
    harness_await(has_picture("beta"));
    show_thumbnails(FALSE);
}

/* A screen that says nothing is left alone, and the others get their turn. */
static void test_thumbnails_silent(void)
{
    harness_tell("Resize", g_variant_new("(uu)", 640, 480));
    harness_add_guest("alpha", "stopped");
    harness_tell("SetSilent", g_variant_new("(b)", TRUE));
    harness_add_guest("beta", "running");
    take_opened();
    show_thumbnails(TRUE);
    harness_await(take_opened() == 1);
    harness_tell("SetSilent", g_variant_new("(b)", FALSE));
    harness_add_guest("gamma", "running");
    harness_await(has_picture("gamma"));
    g_assert_false(has_picture("beta"));
    g_assert_cmpuint(take_opened(), ==, 1);
    show_thumbnails(FALSE);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(void);
    } tests[] = {
        {"/list/load", test_load},
        {"/list/load-idle", test_load_idle},
        {"/list/thumbnails", test_thumbnails},
        {"/list/thumbnails-hidden", test_thumbnails_hidden},
        {"/list/thumbnails-silent", test_thumbnails_silent},
    };
    int result;

    g_test_init(&argc, &argv, NULL);
    harness_init();
    for (guint i = 0; i < G_N_ELEMENTS(tests); i++)
        g_test_add_data_func(tests[i].path, &tests[i].test, harness_run_clean);
    result = g_test_run();
    harness_finish();
    return result;
}
