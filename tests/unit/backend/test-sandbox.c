/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the process can still do once it has given up the rest: tried out in a child. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/landlock.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "backend/sandbox.h"

static void *wait_forever(void *data)
{
    for (;;)
        pause();
    return NULL;
}

/* As libxenstore ends its reader: libc may want a library for this, and must have it. */
static bool can_cancel_a_thread(void)
{
    pthread_t thread;

    return pthread_create(&thread, NULL, wait_forever, NULL) == 0 && pthread_cancel(thread) == 0 &&
           pthread_join(thread, NULL) == 0;
}

static bool can_open(const char *path, int flags)
{
    int fd = open(path, flags, 0600);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Returns which promise is broken, counted from 1; 0 if none. */
static int broken_promise(const char *socket, const char *second, const char *other)
{
    const char *const sockets[SANDBOX_MAX_REMOVABLE] = {socket, second};
    g_autofree char *new_file = g_strdup_printf("%s.new", socket);

    sandbox_enter(sockets);
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 1;
    if (!can_cancel_a_thread())
        return 2;
    if (can_open("/etc/passwd", O_RDONLY) || errno != EACCES)
        return 3;
    if (can_open(new_file, O_WRONLY | O_CREAT))
        return 4;
    if (unlink(other) == 0)
        return 5;
    if (unlink(socket) != 0)
        return 6;
    if (unlink(second) != 0)
        return 7;
    return 0;
}

static bool has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

static void test_promises(void)
{
    g_autofree char *directory = g_dir_make_tmp("display-XXXXXX", NULL);
    g_autofree char *elsewhere = g_dir_make_tmp("display-XXXXXX", NULL);
    g_autofree char *third = g_dir_make_tmp("display-XXXXXX", NULL);
    g_autofree char *socket = g_build_filename(directory, "vnc", NULL);
    g_autofree char *second = g_build_filename(third, "spice", NULL);
    g_autofree char *other = g_build_filename(elsewhere, "file", NULL);
    int status;
    pid_t child;

    if (!has_landlock()) {
        g_test_skip("this kernel has no Landlock");
        return;
    }
    g_assert_true(g_file_set_contents(socket, "", 0, NULL));
    g_assert_true(g_file_set_contents(second, "", 0, NULL));
    g_assert_true(g_file_set_contents(other, "", 0, NULL));
    child = fork();
    if (child == 0)
        _exit(broken_promise(socket, second, other));
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 0);
    g_assert_false(g_file_test(socket, G_FILE_TEST_EXISTS));
    g_remove(other);
    g_rmdir(directory);
    g_rmdir(elsewhere);
    g_rmdir(third);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sandbox/promises", test_promises);
    return g_test_run();
}
