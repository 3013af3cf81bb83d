/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Damage never loses a pixel, and never takes more room than it has. */
#include <glib.h>

#include "damage.h"

static bool covers(const struct damage *damage, int x, int y)
{
    for (unsigned i = 0; i < damage->count; i++)
        if (rect_contains(&damage->rects[i], &(struct rect){x, y, 1, 1}))
            return true;
    return false;
}

static int damaged_area(const struct damage *damage)
{
    int sum = 0;

    for (unsigned i = 0; i < damage->count; i++)
        sum += damage->rects[i].width * damage->rects[i].height;
    return sum;
}

static void test_empty(void)
{
    struct damage damage = {0};

    damage_add(&damage, &(struct rect){5, 5, 0, 3});
    damage_add(&damage, &(struct rect){5, 5, 3, -1});
    g_assert_true(damage_is_empty(&damage));
}

static void test_contained(void)
{
    struct damage damage = {0};

    damage_add(&damage, &(struct rect){0, 0, 100, 100});
    damage_add(&damage, &(struct rect){10, 10, 5, 5});
    g_assert_cmpuint(damage.count, ==, 1);
    g_assert_cmpint(damaged_area(&damage), ==, 100 * 100);
}

/* A console writes line after line: neighbours become one, distant ones stay apart. */
static void test_join(void)
{
    struct damage damage = {0};

    damage_add(&damage, &(struct rect){0, 0, 80, 16});
    damage_add(&damage, &(struct rect){0, 32, 80, 16});
    g_assert_cmpuint(damage.count, ==, 2);
    damage_add(&damage, &(struct rect){0, 16, 80, 16});
    g_assert_cmpuint(damage.count, ==, 1);
    g_assert_cmpint(damaged_area(&damage), ==, 80 * 48);
}

static void test_overflow(void)
{
    struct damage damage = {0};

    for (int i = 0; i <= DAMAGE_MAX_RECTS; i++)
        damage_add(&damage, &(struct rect){i * 10, i * 10, 1, 1});
    g_assert_cmpuint(damage.count, ==, 1);
    g_assert_cmpint(damage.rects[0].width, ==, DAMAGE_MAX_RECTS * 10 + 1);
}

static void test_random(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);

    for (int round = 0; round < 200; round++) {
        struct damage damage = {0};
        bool touched[64][64] = {0};

        for (int n = g_rand_int_range(rand, 1, 60); n > 0; n--) {
            struct rect r = {g_rand_int_range(rand, 0, 60), g_rand_int_range(rand, 0, 60),
                             g_rand_int_range(rand, 1, 5), g_rand_int_range(rand, 1, 5)};

            damage_add(&damage, &r);
            for (int y = r.y; y < r.y + r.height; y++)
                for (int x = r.x; x < r.x + r.width; x++)
                    touched[y][x] = true;
        }
        g_assert_cmpuint(damage.count, <=, DAMAGE_MAX_RECTS);
        for (int y = 0; y < 64; y++)
            for (int x = 0; x < 64; x++)
                g_assert_true(!touched[y][x] || covers(&damage, x, y));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/damage/empty", test_empty);
    g_test_add_func("/damage/contained", test_contained);
    g_test_add_func("/damage/join", test_join);
    g_test_add_func("/damage/overflow", test_overflow);
    g_test_add_func("/damage/random", test_random);
    return g_test_run();
}
