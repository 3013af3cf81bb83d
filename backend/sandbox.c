/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives up what the process does not need once everything is open. */
#include "backend/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/landlock.h>

#include <glib.h>

/* Everything that the first version of Landlock knows: what is not allowed below is refused. */
#define ALL_FILE_ACCESS                                                                            \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |   \
     LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR |                                 \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | \
     LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |   \
     LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

/* Fails for an ordinary user, who has nothing to drop. */
static void bound_capabilities(void)
{
    for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
        prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

static bool become(uid_t id)
{
    int signal = 0;

    /* Who becomes somebody else does not end with its parent any more. */
    prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0);
    return setgroups(0, NULL) == 0 && setresgid(id, id, id) == 0 && setresuid(id, id, id) == 0 &&
           prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) == 0;
}

static bool drop_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

    return syscall(SYS_capset, &header, none) == 0;
}

/* Lets files be removed in the directory that @path is in. */
static bool allow_removal(int ruleset, const char *path)
{
    g_autofree char *directory = g_path_get_dirname(path);
    struct landlock_path_beneath_attr rule = {
        .allowed_access = LANDLOCK_ACCESS_FS_REMOVE_FILE,
        .parent_fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC),
    };
    bool allowed = rule.parent_fd >= 0 && syscall(SYS_landlock_add_rule, ruleset,
                                                  LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;

    if (rule.parent_fd >= 0)
        close(rule.parent_fd);
    return allowed;
}

static bool allow_removals(int ruleset, const char *const paths[SANDBOX_MAX_REMOVABLE])
{
    for (unsigned i = 0; i < SANDBOX_MAX_REMOVABLE; i++)
        if (paths[i] && !allow_removal(ruleset, paths[i]))
            return false;
    return true;
}

static bool close_file_system(const char *const keep_removable[SANDBOX_MAX_REMOVABLE])
{
    struct landlock_ruleset_attr attributes = {.handled_access_fs = ALL_FILE_ACCESS};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
    bool closed;
    int error;

    if (ruleset < 0)
        return false;
    closed = allow_removals(ruleset, keep_removable) &&
             syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    error = errno;
    close(ruleset);
    errno = error;
    return closed;
}

void sandbox_enter_as(uid_t id, const char *const keep_removable[SANDBOX_MAX_REMOVABLE])
{
    const struct rlimit no_core = {0};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        g_warning("Can't refuse new privileges: %s", g_strerror(errno));
    if (setrlimit(RLIMIT_CORE, &no_core))
        g_warning("Can't forbid core dumps: %s", g_strerror(errno));
    if (!close_file_system(keep_removable))
        g_warning("Can't give up the file system: %s", g_strerror(errno));
    bound_capabilities();
    if (id != 0 && !become(id))
        g_warning("Can't become the user %u: %s", id, g_strerror(errno));
    if (!drop_capabilities())
        g_warning("Can't drop capabilities: %s", g_strerror(errno));
}

void sandbox_enter(const char *const keep_removable[SANDBOX_MAX_REMOVABLE])
{
    sandbox_enter_as(0, keep_removable);
}
