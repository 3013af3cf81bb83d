/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks files that new guests are made of. */
#include "guest-source.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
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

static gboolean refuse(GError **error, const char *path, const char *why)
{
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION, "“%s” can't be used: %s", path,
                why);
    return FALSE;
}

gboolean guest_source_check_file(const char *path, GError **error)
{
    GStatBuf st;

    if (!g_path_is_absolute(path))
        return refuse(error, path, "name it by its whole path.");
    if (g_stat(path, &st) != 0)
        return refuse(error, path, "there is no such file, or it can't be read.");
    if (!S_ISREG(st.st_mode))
        return refuse(error, path, "it is not a file.");
    return TRUE;
}

gboolean guest_source_check_kernel(const char *path, GError **error)
{
    g_autoptr(GError) failure = NULL;

    if (!guest_source_check_file(path, error))
        return FALSE;
    return kernel_image_check(path, &failure) || refuse(error, path, failure->message);
}

/* The name of the format that the file is of, or NULL. */
static const char *find_format(const char *path)
{
    char header[HEADER_MAX] = {0};
    int fd = g_open(path, O_RDONLY | O_CLOEXEC, 0);
    ssize_t got = fd >= 0 ? pread(fd, header, sizeof header, 0) : -1;

    if (fd >= 0)
        close(fd);
    for (guint i = 0; i < G_N_ELEMENTS(foreign); i++) {
        gsize length = strlen(foreign[i].mark);

        if (got >= (ssize_t)(foreign[i].offset + length) &&
            memcmp(header + foreign[i].offset, foreign[i].mark, length) == 0)
            return foreign[i].format;
    }
    return NULL;
}

gboolean guest_source_check_image(const char *path, GError **error)
{
    const char *format;

    if (!guest_source_check_file(path, error))
        return FALSE;
    format = find_format(path);
    if (!format)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                "“%s” holds a disk in the form %s, and only raw images can be taken. Convert it "
                "where there is a program for that, as by “qemu-img convert -O raw”, or unpack "
                "it.",
                path, format);
    return FALSE;
}
