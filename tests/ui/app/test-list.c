/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of guests: what a row shows of its guest. */
#include "harness.h"

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

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*test)(void);
    } tests[] = {
        {"/list/load", test_load},
        {"/list/load-idle", test_load_idle},
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
