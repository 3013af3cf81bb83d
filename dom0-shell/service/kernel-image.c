/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the setup header of a bzImage, as the x86 boot protocol describes it. */
#include "kernel-image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"

/* Offsets in the setup header (Documentation/arch/x86/boot.rst). */
enum {
    SETUP_SECTS = 0x1f1,
    BOOT_FLAG = 0x1fe,
    HEADER_MAGIC = 0x202,
    VERSION = 0x206,
    PAYLOAD_OFFSET = 0x248,
    PAYLOAD_LENGTH = 0x24c,
    HEADER_END = 0x250,
};

#define SECTOR              512
#define DEFAULT_SETUP_SECTS 4
/* The first version whose header says where the packed kernel is. */
#define VERSION_PAYLOAD 0x0208

static guint32 read_le(const guint8 *bytes, guint size)
{
    guint32 value = 0;

    while (size-- > 0)
        value = value << 8 | bytes[size];
    return value;
}

static gboolean fail(GError **error, const char *sentence)
{
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_TEMPLATE_BROKEN, sentence);
    return FALSE;
}

static gboolean check_header(const guint8 *header, guint64 file_size, GError **error)
{
    guint64 setup_sects = header[SETUP_SECTS] ? header[SETUP_SECTS] : DEFAULT_SETUP_SECTS;
    guint64 end;

    if (read_le(header + BOOT_FLAG, 2) != 0xaa55 || memcmp(header + HEADER_MAGIC, "HdrS", 4) != 0)
        return fail(error, "Its kernel is not a Linux kernel image (bzImage).");
    if (read_le(header + VERSION, 2) < VERSION_PAYLOAD)
        return fail(error, "Its kernel is too old to be started as a guest.");
    end = (setup_sects + 1) * SECTOR + read_le(header + PAYLOAD_OFFSET, 4) +
          (guint64)read_le(header + PAYLOAD_LENGTH, 4);
    if (file_size < end)
        return fail(error, "Its kernel is cut off: the file is shorter than it says itself.");
    return TRUE;
}

gboolean kernel_image_check(const char *path, GError **error)
{
    guint8 header[HEADER_END];
    struct stat st;
    ssize_t got;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        if (errno == ENOENT)
            return fail(error, "Its kernel is missing.");
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_TEMPLATE_BROKEN,
                    "Its kernel can't be read: %s.", g_strerror(errno));
        return FALSE;
    }
    got = fstat(fd, &st) == 0 ? pread(fd, header, sizeof header, 0) : -1;
    close(fd);
    if (got == 0)
        return fail(error, "Its kernel is an empty file.");
    if (got != (ssize_t)sizeof header)
        return fail(error, "Its kernel is not a Linux kernel image (bzImage).");
    return check_header(header, (guint64)st.st_size, error);
}
