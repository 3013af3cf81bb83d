/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's file says of a touch screen. */
#include "guest-config.h"
#include "touch-screen.h"

static void test_scan(void)
{
    static const struct {
        const char *value;
        int contacts; /* -1: nothing is said */
    } cases[] = {
        {NULL, -1},
        {"[ ]", -1},
        {"[ '' ]", 0},
        {"[ 'backend-type=linux' ]", 0},
        {"[ 'feature-multi-touch=0' ]", 0},
        {"[ 'feature-multi-touch=1' ]", 10},
        {"[ \"backend-type=linux, feature-multi-touch=1, multi-touch-num-contacts=5\" ]", 5},
        {"[ 'multi-touch-num-contacts=5' ]", 0},
        {"[ 'feature-multi-touch=1,multi-touch-num-contacts=0' ]", 1},
        {"[ 'feature-multi-touch=1,multi-touch-num-contacts=4000000000' ]", 10},
        {"[ 'feature-multi-touch=1,multi-touch-num-contacts=-1' ]", 10},
        {"[ 'feature-multi-touch=1,multi-touch-num-contacts=' ]", 10},
        {"[ 'feature-multi-touch=2' ]", 0},
        {"[ 'feature-multi-touch' ]", 0},
        {"[ 'xfeature-multi-touch=1' ]", 0},
        {"[ 'feature-multi-touch=0', 'feature-multi-touch=1' ]", 0}, /* the first counts */
        {"[ 'feature-multi-touch=1", 10},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        TouchScreen screen;

        g_test_message("%zu", i);
        touch_screen_scan(cases[i].value, &screen);
        g_assert_cmpint(screen.said ? (int)screen.contacts : -1, ==, cases[i].contacts);
    }
}

static void test_file(void)
{
    GuestFacts facts = {0};

    guest_config_scan("name = 'a'\nvkb = [ 'feature-multi-touch=1,multi-touch-num-contacts=3' ]\n",
                      &facts);
    g_assert_true(facts.touch.said);
    g_assert_cmpuint(facts.touch.contacts, ==, 3);
    guest_config_scan("name = 'a'\n", &facts);
    g_assert_false(facts.touch.said);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/touch-screen/scan", test_scan);
    g_test_add_func("/touch-screen/file", test_file);
    return g_test_run();
}
