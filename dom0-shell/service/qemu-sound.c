/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows where QEMU's sound is, and how QEMU is asked for it. */
#include "qemu-sound.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

/* Beside the screen's; no guest's name ends so by itself. */
#define SUFFIX "-qemu.spice"

char *qemu_sound_path(const char *run_directory, const char *name)
{
    g_autofree char *file = g_strconcat(name, SUFFIX, NULL);

    return g_build_filename(run_directory, "display", file, NULL);
}

gboolean qemu_sound_is_there(const char *run_directory, const char *name)
{
    g_autofree char *path = qemu_sound_path(run_directory, name);
    GStatBuf st;

    return g_lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

void qemu_sound_remove(const char *run_directory, const char *name)
{
    g_autofree char *path = qemu_sound_path(run_directory, name);

    g_unlink(path);
}

/* The socket is a file that nobody but root reaches: a password would protect from nobody. What is
 * compressed would be so for a reader on the same computer. */
char **qemu_sound_arguments(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, ",", -1);
    g_autofree char *address = g_strjoinv(",,", parts);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autofree char *server = g_strdup_printf(
        "unix=on,addr=%s,disable-ticketing=on,playback-compression=off,agent-mouse=off", address);

    g_strv_builder_add_many(builder, "-spice", server, "-audiodev", "spice,id=vitrine", "-device",
                            "intel-hda", "-device", "hda-duplex,audiodev=vitrine", NULL);
    return g_strv_builder_end(builder);
}
