/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Knows how QEMU is asked for its SPICE server. */
#include "qemu-spice.h"

/* The socket is a file that nobody but root reaches: a password would protect from nobody. What is
 * compressed would be so for a reader on the same computer, and a picture that is guessed to be a
 * film would lose its colours. */
#define SERVER                                                                             \
    "unix=on,addr=%s,disable-ticketing=on,playback-compression=off,image-compression=off," \
    "streaming-video=off,agent-mouse=off"

static const char *const sound_card[] = {
    "-audiodev", "spice,id=vitrine", "-device",
    "intel-hda", "-device",          "hda-duplex,audiodev=vitrine",
    NULL,
};

/* A comma ends a value of QEMU's, and two are one. */
static char *write_server(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, ",", -1);
    g_autofree char *address = g_strjoinv(",,", parts);

    return g_strdup_printf(SERVER, address);
}

char **qemu_spice_arguments(const QemuSpice *spice)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();

    if (spice->use != QEMU_SPICE_UNUSED) {
        g_autofree char *server = write_server(spice->path);

        g_strv_builder_add_many(builder, "-spice", server, NULL);
    }
    if (spice->use == QEMU_SPICE_SOUND)
        g_strv_builder_addv(builder, (const char **)sound_card);
    return g_strv_builder_end(builder);
}
