/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes, words for a terminal, JSON. */
#include <math.h>

#include "text.h"

static void test_parse_size(void)
{
    static const struct {
        const char *text;
        guint64 bytes;
    } good[] = {
        {"1", 1 << 20},
        {"512M", 512 << 20},
        {"2G", G_GUINT64_CONSTANT(2) << 30},
        {"16777216G", G_GUINT64_CONSTANT(1) << 54},
    };
    static const char *const bad[] = {"",    "0",  "-1", "G",   "1.5G",     "1K",
                                      "1GB", "1g", " 1", "1 M", "16777217", "99999999999999999999"};
    guint64 bytes = 42;

    for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
        g_assert_true(text_parse_size(good[i].text, &bytes));
        g_assert_cmpuint(bytes, ==, good[i].bytes);
    }
    bytes = 42;
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(text_parse_size(bad[i], &bytes));
    g_assert_cmpuint(bytes, ==, 42);
}

static void assert_size(guint64 bytes, const char *expected)
{
    g_autofree char *text = text_size(bytes);

    g_assert_cmpstr(text, ==, expected);
}

static void test_size(void)
{
    assert_size(0, "0 MiB");
    assert_size(512 << 20, "512 MiB");
    assert_size(1 << 30, "1 GiB");
    assert_size(G_GUINT64_CONSTANT(3) << 29, "1.5 GiB");
}

static void assert_plain_size(guint64 bytes, const char *expected)
{
    g_autofree char *text = text_plain_size(bytes);
    guint64 back = 0;

    g_assert_cmpstr(text, ==, expected);
    g_assert_true(text_parse_size(text, &back));
    g_assert_cmpuint(back, ==, bytes);
}

static void test_plain_size(void)
{
    assert_plain_size(1 << 20, "1M");
    assert_plain_size(G_GUINT64_CONSTANT(3) << 29, "1536M");
    assert_plain_size(G_GUINT64_CONSTANT(2) << 30, "2G");
}

static void test_clean(void)
{
    g_autofree char *plain = text_clean("häuser");
    g_autofree char *nasty = text_clean("a\033[2J\nb\xff");

    g_assert_cmpstr(plain, ==, "häuser");
    g_assert_null(strpbrk(nasty, "\033\n"));
    g_assert_true(g_utf8_validate(nasty, -1, NULL));
}

static void assert_json(const char *variant, const char *expected)
{
    g_autoptr(GVariant) value = g_variant_parse(NULL, variant, NULL, NULL, NULL);
    g_autoptr(GString) json = g_string_new(NULL);

    text_append_json(json, value);
    g_assert_cmpstr(json->str, ==, expected);
}

static void test_json(void)
{
    g_autoptr(GString) json = g_string_new(NULL);
    g_autoptr(GVariant) nan = g_variant_ref_sink(g_variant_new_double(NAN));

    assert_json("'a\"b\\\\c\\n\\u007f'", "\"a\\\"b\\\\c\\u000a\\u007f\"");
    assert_json("true", "true");
    assert_json("int32 -1", "-1");
    assert_json("uint32 7", "7");
    assert_json("uint64 18446744073709551615", "18446744073709551615");
    assert_json("0.25", "0.25");
    assert_json("@as []", "[]");
    assert_json("[{'disk-size': <uint64 5>, 'Id': <'x'>}, {}]",
                "[{\"disk_size\": 5, \"id\": \"x\"}, {}]");
    assert_json("{'MemoryUsed': <1.0>}", "{\"memory_used\": 1}");
    text_append_json(json, nan);
    g_assert_cmpstr(json->str, ==, "null");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/text/parse-size", test_parse_size);
    g_test_add_func("/text/size", test_size);
    g_test_add_func("/text/plain-size", test_plain_size);
    g_test_add_func("/text/clean", test_clean);
    g_test_add_func("/text/json", test_json);
    return g_test_run();
}
