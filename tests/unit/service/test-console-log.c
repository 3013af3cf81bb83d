/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's last words: the telling line is found, and nothing but text comes out. */
#include <string.h>

#include "console-log.h"
#include "scratch.h"

static const struct {
    const char *log;
    gssize length; /* -1: a string */
    const char *words;
} cases[] = {
    {"", 0, NULL},
    {"\n\n \r\n", -1, NULL},
    {"booting\nlogin:\n", -1, "login:"},
    {"[    1.0] Kernel panic - not syncing: no init\n[    1.1] CPU: 0\n"
     "[    1.2] ---[ end Kernel panic - not syncing: no init ]---\n",
     -1, "Kernel panic - not syncing: no init"},
    {"Kernel panic - not syncing: first boot\nKernel panic - not syncing: second boot\nrest\n", -1,
     "Kernel panic - not syncing: second boot"},
    {"\033[31;1mred\033[0m \033]0;title\007<b>text</b>\x80\xff\n", -1, "red ]0;title<b>text</b>"},
    {"hidden\0Kernel panic: behind a NUL\n", 35, "hidden Kernel panic: behind a NUL"},
    {"\033[", -1, NULL},
    {"\033", -1, NULL},
};

static void test_cases(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(ScratchDir) directory = scratch_new();
        g_autofree char *path = g_build_filename(directory, "guest-g.log", NULL);
        g_autofree char *words = NULL;

        scratch_write(path, cases[i].log, cases[i].length);
        words = console_log_last_words(directory, "g");
        g_assert_cmpstr(words, ==, cases[i].words);
    }
}

static void test_long(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *path = g_build_filename(directory, "guest-g.log", NULL);
    g_autofree char *log = g_strnfill(1 << 20, 'x');
    g_autofree char *words = NULL;

    scratch_write(path, log, -1);
    words = console_log_last_words(directory, "g");
    g_assert_nonnull(words);
    g_assert_cmpuint(strlen(words), <=, 200);
}

static void test_text(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *path = g_build_filename(directory, "guest-g.log", NULL);
    g_autofree char *text = NULL;

    scratch_write(path, "a\0b\033[2J\tgrün\r\n", 15);
    text = console_log_text(directory, "g");
    g_assert_cmpstr(text, ==, "a\357\277\275b\tgrün\r\n");
}

static void test_missing(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *text = console_log_text(directory, "g");

    g_assert_cmpstr(text, ==, "");
    g_assert_null(console_log_last_words(directory, "g"));
}

/* A run that ended without a word does not show those of the run before. */
static void test_next_run(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *path = g_build_filename(directory, "guest-g.log", NULL);

    scratch_write(path, "Kernel panic\n", -1);
    console_log_set_aside(directory, "g");
    g_assert_null(console_log_last_words(directory, "g"));
    g_assert_cmpuint(scratch_count(directory), ==, 1);
    scratch_write(path, "login:\n", -1);
    console_log_set_aside(directory, "g");
    g_assert_cmpuint(scratch_count(directory), ==, 1);
    scratch_write(path, "login:\n", -1);
    console_log_remove(directory, "g");
    g_assert_cmpuint(scratch_count(directory), ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/console-log/cases", test_cases);
    g_test_add_func("/console-log/long", test_long);
    g_test_add_func("/console-log/text", test_text);
    g_test_add_func("/console-log/missing", test_missing);
    g_test_add_func("/console-log/next-run", test_next_run);
    return g_test_run();
}
