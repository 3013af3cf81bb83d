/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guest names: what passes, what does not and with which error, what is suggested. */
#include "error.h"
#include "guest-name.h"

#define A16 "aaaaaaaaaaaaaaaa"

static const struct {
    const char *name;
    int code; /* -1: it passes */
} cases[] = {
    {"a", -1},
    {"0", -1},
    {"debian-12-desktop", -1},
    {"A.b_c-D9", -1},
    {A16 A16 A16 A16, -1},
    {A16 A16 A16 A16 "a", SERVICE_ERROR_INVALID_NAME},
    {"", SERVICE_ERROR_INVALID_NAME},
    {".hidden", SERVICE_ERROR_INVALID_NAME},
    {"..", SERVICE_ERROR_INVALID_NAME},
    {"-n", SERVICE_ERROR_INVALID_NAME},
    {"_x", SERVICE_ERROR_INVALID_NAME},
    {"a b", SERVICE_ERROR_INVALID_NAME},
    {"a/b", SERVICE_ERROR_INVALID_NAME},
    {"a\nb", SERVICE_ERROR_INVALID_NAME},
    {"a\"b", SERVICE_ERROR_INVALID_NAME},
    {"a%sb", SERVICE_ERROR_INVALID_NAME},
    {"größe", SERVICE_ERROR_INVALID_NAME},
    {"a\x80", SERVICE_ERROR_INVALID_NAME},
    {"Domain-0", SERVICE_ERROR_NAME_TAKEN},
};

static void test_check(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        gboolean passes = guest_name_check(cases[i].name, &error);

        g_autofree char *shown = g_strescape(cases[i].name, NULL);

        g_test_message("%s", shown);
        g_assert_cmpint(passes, ==, cases[i].code < 0);
        if (cases[i].code < 0)
            g_assert_no_error(error);
        else
            g_assert_error(error, SERVICE_ERROR, cases[i].code);
    }
}

static gboolean is_one_of(const char *name, gpointer data)
{
    return g_strv_contains(data, name);
}

static void test_suggest(void)
{
    const char *taken[] = {"x", "x-2", "x-4", NULL};
    const char *nothing[] = {NULL};
    g_autofree char *third = guest_name_suggest("x", is_one_of, taken);
    g_autofree char *first = guest_name_suggest("y", is_one_of, taken);
    g_autofree char *cleaned = guest_name_suggest("../Möbel & Co", is_one_of, nothing);
    g_autofree char *empty = guest_name_suggest("///", is_one_of, nothing);

    g_assert_cmpstr(third, ==, "x-3");
    g_assert_cmpstr(first, ==, "y");
    g_assert_true(guest_name_check(cleaned, NULL));
    g_assert_cmpstr(empty, ==, "guest");
}

static void test_suggest_long(void)
{
    const char *taken[] = {NULL, NULL};
    g_autofree char *base = g_strnfill(100, 'a');
    g_autofree char *first = guest_name_suggest(base, is_one_of, taken);
    g_autofree char *second = NULL;

    taken[0] = first;
    second = guest_name_suggest(base, is_one_of, taken);
    g_assert_true(guest_name_check(first, NULL));
    g_assert_true(guest_name_check(second, NULL));
    g_assert_cmpstr(first, !=, second);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/guest-name/check", test_check);
    g_test_add_func("/guest-name/suggest", test_suggest);
    g_test_add_func("/guest-name/suggest-long", test_suggest_long);
    return g_test_run();
}
