/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows where QEMU's sockets are. */
#include "qemu-socket.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

/* No guest's name ends so by itself and has the display server's ".sock", too. */
static const char *const suffixes[] = {
    [QEMU_SCREEN] = "-qemu.vnc",
    [QEMU_SOUND] = "-qemu.spice",
    [QEMU_SCREEN_BY_SPICE] = "-screen.spice",
};

char *qemu_socket_path(QemuSocket which, const char *run_directory, const char *name)
{
    g_autofree char *file = g_strconcat(name, suffixes[which], NULL);

    return g_build_filename(run_directory, "display", file, NULL);
}

gboolean qemu_socket_is_there(QemuSocket which, const char *run_directory, const char *name)
{
    g_autofree char *path = qemu_socket_path(which, run_directory, name);
    GStatBuf st;

    return g_lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

void qemu_sockets_remove(const char *run_directory, const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *path = qemu_socket_path(i, run_directory, name);

        g_unlink(path);
    }
}
