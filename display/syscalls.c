/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The system calls that a display server makes once it serves its guest: its own, and those of the
 * libraries below it, also on ways that are seldom taken. */
#include "syscalls.h"

#include <stddef.h>

/* clang-format off */
const char *const display_syscalls[] = {
    /* memory: the guest's is mapped too, and viewers map the picture's */
    "brk", "madvise", "memfd_create", "mmap", "mprotect", "mremap", "munmap",
    /* what is open; Xen's devices do all by ioctl() */
    "close", "dup", "dup2", "dup3", "eventfd2", "fcntl", "fstat", "ftruncate", "ioctl", "lseek", "pipe", "pipe2",
    "pread64", "pwrite64", "read", "readv", "write", "writev",
    /* waiting */
    "clock_gettime", "clock_getres", "clock_nanosleep", "epoll_create1", "epoll_ctl", "epoll_pwait",
    "epoll_wait", "gettimeofday", "nanosleep", "poll", "ppoll", "pselect6", "select", "time",
    /* viewers */
    "accept", "accept4", "getpeername", "getsockname", "getsockopt", "recvfrom", "recvmsg",
    "sendmsg", "sendto", "setsockopt", "shutdown", "socketpair",
    /* files, which Landlock refuses all but the removal of its sockets */
    "access", "faccessat", "faccessat2", "getcwd", "getdents64", "lstat", "newfstatat", "open",
    "openat", "readlink", "readlinkat", "stat", "statx", "unlink", "unlinkat",
    /* threads and signals */
    "exit", "exit_group", "futex", "get_robust_list", "getcpu", "getpid", "getppid", "gettid",
    "membarrier", "prctl", "restart_syscall", "rseq", "rt_sigaction", "rt_sigpending",
    "rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "sched_getaffinity",
    "sched_getattr", "sched_getparam", "sched_getscheduler", "sched_setaffinity", "sched_yield",
    "set_robust_list", "set_tid_address", "sigaltstack", "tgkill",
    /* who and where it is */
    "getegid", "geteuid", "getgid", "getpriority", "getrandom", "getresgid", "getresuid", "getrlimit",
    "getrusage", "getuid", "prlimit64", "sysinfo", "times", "uname",
    NULL,
};
/* clang-format on */
