/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes in xl.cfg files: nothing but the value moves, and xl's own parser finds the new one. */
#include <libxl.h>
#include <libxlutil.h>
#include <string.h>

#include "config-edit.h"
#include "error.h"

static const struct {
    const char *text;
    const char *key;
    const char *value;
    const char *result; /* NULL: refused */
} edits[] = {
    {"", "memory", "512", "memory = 512\n"},
    {"vcpus = 1\n", "memory", "512", "vcpus = 1\nmemory = 512\n"},
    {"vcpus = 1", "memory", "512", "vcpus = 1\nmemory = 512\n"},
    {"memory=1\n", "memory", "512", "memory=512\n"},
    {"memory = 1", "memory", "512", "memory = 512"},
    {"# mine\n  memory\t=  '1'  # why\nvcpus = 2\n", "memory", "512",
     "# mine\n  memory\t=  512  # why\nvcpus = 2\n"},
    {"# memory = 1\n", "memory", "512", "# memory = 1\nmemory = 512\n"},
    {"# memory = 1", "memory", "512", "# memory = 1\nmemory = 512\n"},
    {"a = \"memory = 1\"\nmemory = 2\n", "memory", "512", "a = \"memory = 1\"\nmemory = 512\n"},
    {"a = [\n'memory = 1', # memory = 2\n]\nmemory = 3\n", "memory", "512",
     "a = [\n'memory = 1', # memory = 2\n]\nmemory = 512\n"},
    {"memory = 1;vcpus = 2 ; c = 3\n", "vcpus", "8", "memory = 1;vcpus = 8 ; c = 3\n"},
    {"memory = 1\nmemory = 2\n", "memory", "512", "memory = 1\nmemory = 512\n"},
    {"memory2 = 1\nmemor = 2\n", "memory", "512", "memory2 = 1\nmemor = 2\nmemory = 512\n"},
    {"vif = [ 'a', # one\n \"b]\" ,\n]\nx = 1\n", "vif", "[ ]", "vif = [ ]\nx = 1\n"},
    {"vif = ['a']\nvif += ['b']\n", "vif", "[ ]", "vif = ['a']\nvif = [ ]\n"},
    {"vif = [['a',['b']],1]\n", "vif", "[ ]", "vif = [ ]\n"},
    {"x = 1\nmaxmem = 5\ny = 2\n", "maxmem", NULL, "x = 1\ny = 2\n"},
    {"maxmem = 5", "maxmem", NULL, ""},
    {"x = 1\n\tmaxmem = 5 \t", "maxmem", NULL, "x = 1\n"},
    {"maxmem = 5 # why\n", "maxmem", NULL, " # why\n"},
    {"x = 1;maxmem = 5;maxmem = 6;y = 2\n", "maxmem", NULL, "x = 1;;;y = 2\n"},
    {"maxmem = 5\nmaxmem = 6\n", "maxmem", NULL, ""},
    {"maxmem = [\n'1',\n'2']\nx = 1\n", "maxmem", NULL, "x = 1\n"},
    {"x = 1\n", "maxmem", NULL, "x = 1\n"},
    {"a = 'é\x01\xff'\n#\xff\n", "b", "1", "a = 'é\x01\xff'\n#\xff\nb = 1\n"},
    /* Windows' line ends, which xl does not take either. */
    {"memory = 1\r\nvcpus = 2\r\n", "memory", "512", NULL},
    {"memory = 1\n\r", "memory", "512", NULL},
    {"a = 'open\n'\nmemory = 1\n", "memory", "512", NULL},
    {"a = 'open", "memory", "512", NULL},
    /* xl's string goes on behind the quote, up to the next. */
    {"a = \"\\\" # \" ; memory = 1\n", "memory", "512", NULL},
    {"a = [ 'b\\' ]\n", "memory", "512", NULL},
    {"a = [ 'x'\nmemory = 1\n", "memory", "512", NULL},
    {"a = [ 'x' 'y' ]\n", "memory", "512", NULL},
    {"a = [ , ]\n", "memory", "512", NULL},
    {"a = [", "memory", "512", NULL},
    {"a = [[[[[[[[[[[[[[[[", "memory", "512", NULL},
    {"a = 1 b = 2\n", "memory", "512", NULL},
    {"a = b\n", "memory", "512", NULL},
    {"a =\n1\n", "memory", "512", NULL},
    {"a + = 1\n", "memory", "512", NULL},
    {"a\n", "memory", "512", NULL},
    {"Memory = 1\n", "memory", "512", NULL},
    {"memory = 1M\n", "memory", "512", NULL},
    {"memory = -1\n", "memory", "512", NULL},
    {"import os\n", "memory", "512", NULL},
    {"a = 1 \\\n", "memory", "512", NULL},
    {"=", "memory", "512", NULL},
    {"]", "memory", "512", NULL},
};

/* What xl finds in TEXT under KEY; NULL if nothing. Fails if xl can't read the text. */
static char *ask_xl(const char *text, const char *key)
{
    XLU_Config *config = xlu_cfg_init(stderr, "test");
    const char *value = NULL;
    char *copy;

    g_assert_cmpint(xlu_cfg_readdata(config, text, (int)strlen(text)), ==, 0);
    xlu_cfg_get_string(config, key, &value, 1);
    copy = g_strdup(value);
    xlu_cfg_destroy(config);
    return copy;
}

static void test_edit(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(edits); i++) {
        ConfigChange change = {edits[i].key, edits[i].value};
        g_autoptr(GError) error = NULL;
        g_autofree char *result =
            config_edit(edits[i].text, strlen(edits[i].text), &change, 1, &error);
        g_autofree char *found = NULL;

        g_test_message("%u", i);
        g_assert_cmpstr(result, ==, edits[i].result);
        if (!result) {
            g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG);
            continue;
        }
        found = ask_xl(result, edits[i].key);
        if (edits[i].value && *edits[i].value != '[')
            g_assert_cmpstr(found, ==, edits[i].value);
        else
            g_assert_null(found);
    }
}

static void test_many(void)
{
    static const ConfigChange changes[] = {
        {"vcpus", "2"}, {"memory", "512"}, {"maxmem", NULL}, {"vif", "[ \"bridge=b\" ]"}};
    static const char text[] = "maxmem = 7\nmemory = 1 # m\n\n# v\nvcpus = 1\nname = 'x'";
    g_autofree char *result = config_edit(text, strlen(text), changes, G_N_ELEMENTS(changes), NULL);

    g_assert_cmpstr(result, ==,
                    "memory = 512 # m\n\n# v\nvcpus = 2\nname = 'x'\nvif = [ \"bridge=b\" ]\n");
}

/* The line that is told is the one that a person has to look at. */
static void test_sentence(void)
{
    static const char text[] = "a = 1\n\nb = [\n1\n]\nc = what\n";
    static const char zero[] = "a = 1 # \0\nmemory = 2\n";
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) binary = NULL;

    g_assert_null(config_edit(text, strlen(text), NULL, 0, &error));
    g_assert_nonnull(strstr(error->message, "Line 6 "));
    g_assert_null(config_edit(zero, sizeof zero - 1, NULL, 0, &binary));
    g_assert_error(binary, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG);
    g_assert_nonnull(strstr(binary->message, "zero byte"));
}

/* A megabyte in one line, and in one list. */
static void test_long(void)
{
    g_autoptr(GString) text = g_string_new("a = '");
    ConfigChange change = {"memory", "512"};
    g_autofree char *result = NULL;

    while (text->len < 1 << 20)
        g_string_append_c(text, 'x');
    g_string_append(text, "'\nlist = [");
    while (text->len < 1 << 21)
        g_string_append(text, "1,");
    g_string_append(text, "]");
    result = config_edit(text->str, text->len, &change, 1, NULL);
    g_assert_true(g_str_has_prefix(result, text->str));
    g_assert_cmpstr(result + text->len, ==, "\nmemory = 512\n");
}

static void test_find(void)
{
    static const char text[] = "a = 1; a = 'two'\nb += [ 1,\n2 ]\n# a = 3\n";
    g_autofree char *a = config_edit_find(text, "a");
    g_autofree char *b = config_edit_find(text, "b");

    g_assert_cmpstr(a, ==, "'two'");
    g_assert_cmpstr(b, ==, "[ 1,\n2 ]");
    g_assert_null(config_edit_find(text, "c"));
    g_assert_null(config_edit_find("a = 1\n!", "a"));
}

static void assert_setting(const GPtrArray *list, guint i, const char *key, const char *value)
{
    const ConfigSetting *setting = list->pdata[i];

    g_assert_cmpstr(setting->key, ==, key);
    g_assert_cmpstr(setting->value, ==, value);
}

static void test_list(void)
{
    static const char text[] = "a = 1; a = 'two'\nb += [ 1,\n2 ]\n# a = 3\n";
    g_autoptr(GPtrArray) list = config_edit_list(text, strlen(text), NULL);
    g_autoptr(GError) error = NULL;

    g_assert_cmpuint(list->len, ==, 3);
    assert_setting(list, 0, "a", "1");
    assert_setting(list, 1, "a", "'two'");
    assert_setting(list, 2, "b", "[ 1,\n2 ]");
    g_assert_null(config_edit_list("a\n", 2, &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG);
}

static void test_words(void)
{
    g_autoptr(GPtrArray) words = config_edit_words("[ 'a,b', # 'no'\n [ 12, \"\" ], \"'c'\" ]");

    g_assert_cmpuint(words->len, ==, 4);
    g_assert_cmpstr(words->pdata[0], ==, "a,b");
    g_assert_cmpstr(words->pdata[1], ==, "12");
    g_assert_cmpstr(words->pdata[2], ==, "");
    g_assert_cmpstr(words->pdata[3], ==, "'c'");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config-edit/edit", test_edit);
    g_test_add_func("/config-edit/many", test_many);
    g_test_add_func("/config-edit/sentence", test_sentence);
    g_test_add_func("/config-edit/long", test_long);
    g_test_add_func("/config-edit/find", test_find);
    g_test_add_func("/config-edit/list", test_list);
    g_test_add_func("/config-edit/words", test_words);
    return g_test_run();
}
