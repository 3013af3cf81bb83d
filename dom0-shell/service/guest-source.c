/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks files that new guests are made of. */
#include "guest-source.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "kernel-image.h"

/* What images begin with that hold a disk in a form of their own. */
static const struct {
    guint offset;
    const char *mark;
    const char *format;
} foreign[] = {
    {0, "QFI\xfb", "QCOW2"},
    {0, "KDMV", "VMDK"},
    {0, "# Disk DescriptorFile", "VMDK"},
    {0, "vhdxfile", "VHDX"},
    {0, "conectix", "VHD"},
    {0x40, "\x7f\x10\xda\xbe", "VDI"},
    {0, "\x1f\x8b", "gzip"},
    {0,
     "\xfd"
     "7zXZ",
     "xz"},
    {0, "PK\x03\x04", "ZIP"},
};

#define HEADER_MAX 128
/* More than this is no guest's file. */
#define CONFIG_MAX (1 << 20)

static gboolean refuse(GError **error, const char *path, const char *why)
{
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION, N_("“%s” can't be used: %s"),
                path, why);
    return FALSE;
}

gboolean guest_source_check_kernel(const NamedFile *file, GError **error)
{
    g_autoptr(GError) failure = NULL;

    return kernel_image_check_open(file->fd, &failure) ||
           refuse(error, file->path, failure->message);
}

/* The name of the format that the file is of, or NULL. */
static const char *find_format(int fd)
{
    char header[HEADER_MAX] = {0};
    ssize_t got = pread(fd, header, sizeof header, 0);

    for (guint i = 0; i < G_N_ELEMENTS(foreign); i++) {
        gsize length = strlen(foreign[i].mark);

        if (got >= (ssize_t)(foreign[i].offset + length) &&
            memcmp(header + foreign[i].offset, foreign[i].mark, length) == 0)
            return foreign[i].format;
    }
    return NULL;
}

gboolean guest_source_check_image(const NamedFile *file, GError **error)
{
    const char *format = find_format(file->fd);

    if (!format)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                N_("“%s” holds a disk in the form %s, and only raw images can be taken. Convert it "
                   "where there is a program for that, as by “qemu-img convert -O raw”, or unpack "
                   "it."),
                file->path, format);
    return FALSE;
}

char *guest_source_read_config(const NamedFile *file, gsize *ret_length, GError **error)
{
    g_autofree char *text = g_malloc(CONFIG_MAX + 1);
    gsize length = 0;
    ssize_t got;

    do {
        got = read(file->fd, text + length, CONFIG_MAX + 1 - length);
        length += got > 0 ? (gsize)got : 0;
    } while (got > 0 && length <= CONFIG_MAX);
    if (got < 0 || length > CONFIG_MAX) {
        refuse(error, file->path,
               got < 0 ? g_strerror(errno) : N_("it is too long to be a guest's. Write it anew."));
        return NULL;
    }
    text[length] = '\0';
    *ret_length = length;
    return g_steal_pointer(&text);
}
