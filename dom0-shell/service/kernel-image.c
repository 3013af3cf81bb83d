/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the setup header of a bzImage, as the x86 boot protocol describes it, or ELF headers. */
#include "kernel-image.h"

#include <elf.h>
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

#define SECTOR 512
/* More program headers than any kernel has. */
#define SEGMENTS_MAX        64
#define DEFAULT_SETUP_SECTS 4
/* The first version whose header says where the packed kernel is. */
#define VERSION_PAYLOAD 0x0208

#define NOT_A_KERNEL N_("Its kernel is not a Linux kernel (a bzImage, or an x86-64 ELF).")
#define CUT_OFF      N_("Its kernel is cut off: the file is shorter than it says itself.")

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

static gboolean check_bzimage(const guint8 *header, guint64 file_size, GError **error)
{
    guint64 setup_sects = header[SETUP_SECTS] ? header[SETUP_SECTS] : DEFAULT_SETUP_SECTS;
    guint64 end;

    if (read_le(header + BOOT_FLAG, 2) != 0xaa55 || memcmp(header + HEADER_MAGIC, "HdrS", 4) != 0)
        return fail(error, NOT_A_KERNEL);
    if (read_le(header + VERSION, 2) < VERSION_PAYLOAD)
        return fail(error, N_("Its kernel is too old to be started as a guest."));
    end = (setup_sects + 1) * SECTOR + read_le(header + PAYLOAD_OFFSET, 4) +
          (guint64)read_le(header + PAYLOAD_LENGTH, 4);
    if (file_size < end)
        return fail(error, CUT_OFF);
    return TRUE;
}

/* Whether LENGTH bytes at OFFSET lie within a file of SIZE bytes. */
static gboolean fits(guint64 offset, guint64 length, guint64 size)
{
    return offset <= size && length <= size - offset;
}

static gboolean read_segments(int fd, const Elf64_Ehdr *header, Elf64_Phdr *segments)
{
    size_t length = header->e_phnum * sizeof *segments;

    return header->e_phnum > 0 && header->e_phnum <= SEGMENTS_MAX &&
           header->e_phentsize == sizeof *segments && header->e_phoff <= G_MAXINT64 &&
           pread(fd, segments, length, (off_t)header->e_phoff) == (ssize_t)length;
}

static gboolean check_elf(int fd, const Elf64_Ehdr *header, guint64 file_size, GError **error)
{
    Elf64_Phdr segments[SEGMENTS_MAX];
    gboolean whole;

    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_machine != EM_X86_64 ||
        !read_segments(fd, header, segments))
        return fail(error, NOT_A_KERNEL);
    /* The section headers come last in the file: with them there, nothing is cut off. */
    whole = fits(header->e_shoff, (guint64)header->e_shnum * header->e_shentsize, file_size);
    for (guint i = 0; i < header->e_phnum; i++)
        whole = whole && fits(segments[i].p_offset, segments[i].p_filesz, file_size);
    return whole || fail(error, CUT_OFF);
}

gboolean kernel_image_check_open(int fd, GError **error)
{
    union {
        guint8 bytes[HEADER_END];
        Elf64_Ehdr elf;
    } header;
    struct stat st;
    ssize_t got = fstat(fd, &st) == 0 ? pread(fd, &header, sizeof header, 0) : -1;

    if (got == 0)
        return fail(error, N_("Its kernel is an empty file."));
    if (got != (ssize_t)sizeof header)
        return fail(error, NOT_A_KERNEL);
    if (memcmp(header.elf.e_ident, ELFMAG, SELFMAG) == 0)
        return check_elf(fd, &header.elf, (guint64)st.st_size, error);
    return check_bzimage(header.bytes, (guint64)st.st_size, error);
}

gboolean kernel_image_check(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    gboolean good;

    if (fd < 0 && errno == ENOENT)
        return fail(error, N_("Its kernel is missing."));
    if (fd < 0) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_TEMPLATE_BROKEN,
                    N_("Its kernel can't be read: %s."), g_strerror(errno));
        return FALSE;
    }
    good = kernel_image_check_open(fd, error);
    close(fd);
    return good;
}
