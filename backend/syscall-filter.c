/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which system calls the process may still make. */
#include "backend/syscall-filter.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>

#include <glib.h>
#include <seccomp.h>

/* GLib's log tries the journal's socket, and says it on standard error if it can't have that. */
static const struct {
    const char *name;
    int error;
} failing[] = {
    {"socket", EPERM},
    {"connect", EPERM},
    {"bind", EPERM},
    {"listen", EPERM},
    {"execve", EPERM},
    /* Its flags are in memory, where they can't be looked at: libc then uses clone(). */
    {"clone3", ENOSYS},
};

static bool add_failing(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < G_N_ELEMENTS(failing); i++) {
        int call = seccomp_syscall_resolve_name(failing[i].name);

        if (seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint32_t)failing[i].error), call, 0))
            return false;
    }
    return true;
}

/* A thread, and no process. */
static bool add_threads(scmp_filter_ctx filter)
{
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                            SCMP_A0_64(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0;
}

static bool add_allowed(scmp_filter_ctx filter, const char *const *allowed)
{
    for (size_t i = 0; allowed[i]; i++) {
        int call = seccomp_syscall_resolve_name(allowed[i]);

        g_assert(call != __NR_SCMP_ERROR);
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0))
            return false;
    }
    return true;
}

bool syscall_filter_enter(const char *const *allowed)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int result = -ENOMEM;

    if (filter && add_failing(filter) && add_threads(filter) && add_allowed(filter, allowed))
        result = seccomp_load(filter);
    if (filter)
        seccomp_release(filter);
    errno = -result;
    return result == 0;
}
