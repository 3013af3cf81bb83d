/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's console is opened as what it has to be, and its history has every word once and in
 * order. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "console-terminal.h"
#include "error.h"
#include "scratch.h"

/* A pseudo-terminal as xenconsoled makes one; its path is PATH's, of 64 bytes. */
static int make_terminal(char *path)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    g_assert_cmpint(master, >=, 0);
    g_assert_cmpint(grantpt(master), ==, 0);
    g_assert_cmpint(unlockpt(master), ==, 0);
    g_assert_cmpint(ptsname_r(master, path, 64), ==, 0);
    return master;
}

static void test_open(void)
{
    g_autoptr(GError) error = NULL;
    struct termios mode;
    char path[64], letter;
    int master = make_terminal(path);
    int fd = console_terminal_open(path, &error);

    g_assert_no_error(error);
    g_assert_cmpint(fcntl(fd, F_GETFL) & O_NONBLOCK, !=, 0);
    g_assert_cmpint(fcntl(fd, F_GETFD) & FD_CLOEXEC, !=, 0);
    g_assert_cmpint(tcgetattr(fd, &mode), ==, 0);
    g_assert_cmpuint(mode.c_lflag & (ECHO | ICANON | ISIG), ==, 0);
    /* Raw both ways: Ctrl-C and Return are as they are. */
    g_assert_cmpint(write(master, "\003", 1), ==, 1);
    g_assert_cmpint(read(fd, &letter, 1), ==, 1);
    g_assert_cmpint(letter, ==, 3);
    g_assert_cmpint(write(fd, "\r", 1), ==, 1);
    g_assert_cmpint(read(master, &letter, 1), ==, 1);
    g_assert_cmpint(letter, ==, '\r');
    close(fd);
    close(master);
}

static void test_no_terminal(void)
{
    static const char *const paths[] = {
        "",
        "/dev/null",
        "/dev/pts/",
        "/dev/pts/../null",
        "/dev/pts/ptmx",
        "/dev/pts/99999999",
        "/etc/passwd",
    };

    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_cmpint(console_terminal_open(paths[i], &error), ==, -1);
        g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_CONSOLE);
    }
}

static const struct {
    const char *log;     /* NULL: there is none */
    const char *waiting; /* in the terminal */
    const char *history;
} cases[] = {
    {NULL, "", ""},
    {NULL, "only here\r\n", "only here\r\n"},
    {"all of it\r\n", "", "all of it\r\n"},
    /* What waits is the log's end. */
    {"booting\r\nlogin: ", "login: ", "booting\r\nlogin: "},
    {"booting\r\nlogin: ", "booting\r\nlogin: ", "booting\r\nlogin: "},
    /* Of what waits only the beginning fits into the terminal: the rest comes by it. */
    {"booting\r\none\r\ntwo\r\nthree\r\n", "one\r\ntwo", "booting\r\none\r\ntwo"},
    /* The last of two that look the same. */
    {"a\r\nlogin: x\r\nlogin: ", "login: ", "a\r\nlogin: x\r\nlogin: "},
    /* A log with the time in it. */
    {"[12:00] booting\r\n[12:01] login: ", "booting\r\nlogin: ", "booting\r\nlogin: "},
    /* Nothing but text: no colours, questions to the terminal, other screens, broken letters. */
    {"\033[31mred\033[0m \033[6n\033[c\033[?1049h\x9b"
     "2J\302\2332Jgrün\033",
     "", "red \357\277\2752J2Jgrün"},
};

static void test_history(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(ScratchDir) directory = scratch_new();
        g_autofree char *log = g_build_filename(directory, "guest-g.log", NULL);
        g_autofree char *history = NULL;
        gsize length = strlen(cases[i].waiting);
        char path[64], letter;
        int master = make_terminal(path);
        int fd = console_terminal_open(path, NULL);

        if (cases[i].log)
            scratch_write(log, cases[i].log, -1);
        g_assert_cmpint(write(master, cases[i].waiting, length), ==, length);
        history = console_terminal_history(fd, directory, "g");
        g_assert_cmpstr(history, ==, cases[i].history);
        g_assert_cmpint(read(fd, &letter, 1), ==, -1); /* it was taken */
        g_assert_cmpint(errno, ==, EAGAIN);
        close(fd);
        close(master);
    }
}

static void test_long_log(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *log = g_build_filename(directory, "guest-g.log", NULL);
    g_autofree char *text = g_strnfill(1 << 20, 'x');
    g_autofree char *history = NULL;
    char path[64];
    int master = make_terminal(path);
    int fd = console_terminal_open(path, NULL);

    memcpy(text + (1 << 20) - 4, "end.", 4);
    scratch_write(log, text, -1);
    history = console_terminal_history(fd, directory, "g");
    g_assert_cmpuint(strlen(history), ==, 64 * 1024);
    g_assert_true(g_str_has_suffix(history, "xxend."));
    close(fd);
    close(master);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/console-terminal/open", test_open);
    g_test_add_func("/console-terminal/no-terminal", test_no_terminal);
    g_test_add_func("/console-terminal/history", test_history);
    g_test_add_func("/console-terminal/long-log", test_long_log);
    return g_test_run();
}
