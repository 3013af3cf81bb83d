/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's monitors: in words, and in an xl.cfg. */
#include <string.h>

#include "error.h"
#include "monitor-list.h"

static void test_take(void)
{
    static const char *const words[] = {"1280x800", "4095x2047", "320x200", "1024x768", NULL};
    MonitorList list = "old";
    g_auto(GStrv) back = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_true(monitor_list_take(words, list, &error));
    g_assert_cmpstr(list, ==, "1280x800;4095x2047;320x200;1024x768");
    back = monitor_list_words(list);
    g_assert_cmpstrv(back, words);
    g_assert_true(monitor_list_take(words + 4, list, &error));
    g_assert_cmpstr(list, ==, "");
}

static void test_bad(void)
{
    static const char *const bad[] = {
        "",        "x",         "1280",      "1280x",     "x800",      "1280x800x1", "319x200",
        "320x199", "4096x2047", "4095x2048", "-1280x800", " 1280x800", "1280x800;",  NULL};
    static const char *const many[] = {"640x480", "640x480", "640x480", "640x480", "640x480", NULL};
    MonitorList list = "old";

    for (guint i = 0; bad[i]; i++) {
        const char *const words[] = {"1280x800", bad[i], NULL};
        g_autoptr(GError) error = NULL;

        g_test_message("%s", bad[i]);
        g_assert_false(monitor_list_take(words, list, &error));
        g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION);
        g_assert_nonnull(strstr(error->message, "as 1280x800"));
    }
    {
        g_autoptr(GError) error = NULL;

        g_assert_false(monitor_list_take(many, list, &error));
        g_assert_nonnull(strstr(error->message, "up to 4"));
    }
    g_assert_cmpstr(list, ==, "old");
}

static void test_scan(void)
{
    static const struct {
        const char *value, *list;
    } cases[] = {
        {NULL, ""},
        {"[ ]", ""},
        {"[ \"backend=0\" ]", ""},
        {"[ \"connectors=0:1280x800;1:1024x768\" ]", "1280x800;1024x768"},
        {"[ 'backend=0,connectors=left:1280x800,be-alloc=0' ]", "1280x800"},
        {"[ 'connectors=0:640x480', 'connectors=0:800x600' ]", "640x480"},
        {"[ 'connectors=0:640x480;1:x;2;3:0x5;:800x600' ]", "640x480;800x600"},
        {"[ 'connectors=0:1x1;1:2x2;2:3x3;3:4x4;4:5x5' ]", "1x1;2x2;3x3;4x4"},
        {"[ 'connectors=0:99999x99999;1:640x480' ]", "640x480"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        MonitorList list = "old";

        monitor_list_scan(cases[i].value, list);
        g_assert_cmpstr(list, ==, cases[i].list);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/monitor-list/take", test_take);
    g_test_add_func("/monitor-list/bad", test_bad);
    g_test_add_func("/monitor-list/scan", test_scan);
    return g_test_run();
}
