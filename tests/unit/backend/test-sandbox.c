/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the process can still do once it has given up the rest: tried out in a child. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/landlock.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "backend/sandbox.h"
#include "backend/syscall-filter.h"

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

/* --- another user --- */

#define USER 1900000007

static int broken_promise_of_user(void)
{
    const char *const nothing[SANDBOX_MAX_REMOVABLE] = {0};
    uid_t real, effective, saved;
    int signal = 0;

    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    sandbox_enter_as(USER, nothing);
    if (getresuid(&real, &effective, &saved) || real != USER || effective != USER || saved != USER)
        return 1;
    if (getgid() != USER || getegid() != USER || getgroups(0, NULL) != 0)
        return 2;
    if (setuid(0) == 0 || setgid(0) == 0)
        return 3;
    if (prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0) || signal != SIGKILL)
        return 4;
    return 0;
}

static void test_user(void)
{
    int status;
    pid_t child;

    if (getuid() != 0) {
        g_test_skip("only root can become somebody else");
        return;
    }
    child = fork();
    if (child == 0)
        _exit(broken_promise_of_user());
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 0);
}

/* --- system calls --- */

/* What the sanitizers need at the end is not there: the child goes as it is. */
static const char *const allowed[] = {"exit_group", "getppid", NULL};

static void leave(int status)
{
    syscall(SYS_exit_group, status);
}

static void filtered_child(long call)
{
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!syscall_filter_enter(allowed))
        _exit(1);
    if (syscall(SYS_getppid) <= 0)
        leave(2);
    if (syscall(SYS_socket, AF_INET, SOCK_STREAM, 0) != -1 || errno != EPERM)
        leave(3);
    if (syscall(SYS_clone3, NULL, 0) != -1 || errno != ENOSYS)
        leave(4);
    if (call >= 0)
        syscall(call, 0, 0, 0, 0, 0);
    leave(0);
}

/* Returns how a child ends that makes one more system call; -1: none. */
static int end_with(long call)
{
    int status;
    pid_t child = fork();

    if (child == 0)
        filtered_child(call);
    g_assert_cmpint(waitpid(child, &status, 0), ==, child);
    return status;
}

static void test_system_calls(void)
{
    static const long forbidden[] = {SYS_fork,  SYS_vfork,  SYS_ptrace,
                                     SYS_mount, SYS_setuid, SYS_clone,
                                     SYS_bpf,   SYS_keyctl, SYS_process_vm_readv};
    int status = end_with(-1);

    g_assert_true(WIFEXITED(status));
    g_assert_cmpint(WEXITSTATUS(status), ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(forbidden); i++) {
        status = end_with(forbidden[i]);
        g_test_message("system call %ld", forbidden[i]);
        g_assert_true(WIFSIGNALED(status));
        g_assert_cmpint(WTERMSIG(status), ==, SIGSYS);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sandbox/promises", test_promises);
    g_test_add_func("/sandbox/user", test_user);
    g_test_add_func("/sandbox/system-calls", test_system_calls);
    return g_test_run();
}
