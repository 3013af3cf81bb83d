/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how QEMU is asked for a sound card. */
#include "qemu-sound.h"

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
