/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how QEMU is asked for a SPICE server, and for a sound card behind it. */
#include "qemu-spice.h"

/* The socket is a file that nobody but root reaches: a password would protect from nobody. What is
 * compressed would be so for a reader on the same computer, and a picture that is guessed to be a
 * film would lose its colours. */
#define SERVER                                                                             \
    "unix=on,addr=%s,disable-ticketing=on,playback-compression=off,image-compression=off," \
    "streaming-video=off,agent-mouse=off"

void qemu_spice_prepare(void)
{
    /* By itself libspice-server hangs up on the client that it has, who plays the sound, for one
     * that comes later to see the screen. */
    g_setenv("SPICE_DEBUG_ALLOW_MC", "1", TRUE);
}

char **qemu_spice_arguments(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, ",", -1);
    g_autofree char *address = g_strjoinv(",,", parts);
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    g_autofree char *server = g_strdup_printf(SERVER, address);

    g_strv_builder_add_many(builder, "-spice", server, "-audiodev", "spice,id=vitrine", "-device",
                            "intel-hda", "-device", "hda-duplex,audiodev=vitrine", NULL);
    return g_strv_builder_end(builder);
}
