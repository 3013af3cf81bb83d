/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much sound is kept on its way to the ear. */
#include <glib.h>

#include "lead.h"

#define SECOND_US (1000 * 1000)
#define MINUTE_US (60 * SECOND_US)

static void test_more(void)
{
    struct lead lead;
    int64_t now_us = 7;

    lead_init(&lead, SECOND_US);
    lead_start(&lead, now_us);
    g_assert_cmpuint(lead.us, ==, LEAD_LEAST_US);
    for (uint32_t wanted_us = 2 * LEAD_LEAST_US; wanted_us <= LEAD_MOST_US; wanted_us *= 2) {
        now_us += SECOND_US;
        g_assert_true(lead_ran_out(&lead, now_us));
        g_assert_cmpuint(lead.us, ==, wanted_us);
    }
    g_assert_false(lead_ran_out(&lead, now_us + SECOND_US));
    g_assert_cmpuint(lead.us, ==, LEAD_MOST_US);
}

/* There is nothing on its way when a stream begins, nor all of a larger lead just after it was
 * asked for. */
static void test_beginning(void)
{
    struct lead lead;

    lead_init(&lead, SECOND_US);
    lead_start(&lead, 0);
    g_assert_false(lead_ran_out(&lead, 0));
    g_assert_false(lead_ran_out(&lead, SECOND_US / 10));
    g_assert_cmpuint(lead.us, ==, LEAD_LEAST_US);
    g_assert_true(lead_ran_out(&lead, SECOND_US));
    g_assert_false(lead_ran_out(&lead, SECOND_US + SECOND_US / 10));
    /* What was found out once is kept when it stops and plays again. */
    lead_start(&lead, 2 * SECOND_US);
    g_assert_cmpuint(lead.us, ==, 2 * LEAD_LEAST_US);
}

static void test_less(void)
{
    struct lead lead;

    lead_init(&lead, SECOND_US);
    lead_start(&lead, 0);
    g_assert_false(lead_look(&lead, 10 * (int64_t)MINUTE_US));
    g_assert_true(lead_ran_out(&lead, SECOND_US));
    g_assert_true(lead_ran_out(&lead, 2 * SECOND_US));
    g_assert_false(lead_look(&lead, MINUTE_US));
    g_assert_true(lead_look(&lead, MINUTE_US + 2 * SECOND_US));
    g_assert_cmpuint(lead.us, ==, 2 * LEAD_LEAST_US);
    g_assert_false(lead_look(&lead, MINUTE_US + 3 * SECOND_US));
    g_assert_true(lead_look(&lead, 2 * MINUTE_US + 2 * SECOND_US));
    g_assert_false(lead_look(&lead, 9 * (int64_t)MINUTE_US));
    g_assert_cmpuint(lead.us, ==, LEAD_LEAST_US);
}

/* A guest that has little at once is not asked for more than half of it. */
static void test_small_buffer(void)
{
    static const struct {
        uint32_t buffer_us, most_us;
    } rows[] = {
        {0, LEAD_LEAST_US},
        {30 * 1000, LEAD_LEAST_US},
        {100 * 1000, 50 * 1000},
        {1000 * 1000, LEAD_MOST_US},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct lead lead;

        lead_init(&lead, rows[i].buffer_us);
        g_assert_cmpuint(lead.us, ==, LEAD_LEAST_US);
        for (int64_t second = 1; second < 10; second++)
            lead_ran_out(&lead, second * SECOND_US);
        g_assert_cmpuint(lead.us, ==, rows[i].most_us);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lead/more", test_more);
    g_test_add_func("/lead/beginning", test_beginning);
    g_test_add_func("/lead/less", test_less);
    g_test_add_func("/lead/small-buffer", test_small_buffer);
    return g_test_run();
}
