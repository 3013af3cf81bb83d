/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates: a whole one is read, and each way of being broken is told by its own sentence. */
#include <elf.h>
#include <string.h>

#include "error.h"
#include "scratch.h"
#include "template.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)

/* A kernel of 8 KiB whose payload ends with the file. */
static void make_kernel(guint8 kernel[8192])
{
    memset(kernel, 0, 8192);
    kernel[0x1f1] = 3;
    memcpy(kernel + 0x1fe, "\x55\xaa", 2);
    memcpy(kernel + 0x202, "HdrS\x0f\x02", 6);
    kernel[0x249] = 2;    /* payload_offset 0x200 */
    kernel[0x24d] = 0x16; /* payload_length 0x1600 */
}

static const char description[] = "[template]\ntitle=Desk\ndescription=For work\nmemory=512\n"
                                  "vcpus=2\ncmdline=quiet\n";

static void put(const char *directory, const char *file, const void *data, gssize length)
{
    g_autofree char *path = g_build_filename(directory, "t", file, NULL);

    scratch_write(path, data, length);
}

static char *make_template(void)
{
    char *directory = scratch_new();
    g_autofree char *path = g_build_filename(directory, "t", NULL);
    guint8 kernel[8192];

    make_kernel(kernel);
    g_assert_cmpint(g_mkdir(path, 0755), ==, 0);
    put(directory, "template.ini", description, -1);
    put(directory, "disk.img", "disk", -1);
    put(directory, "initrd.img", "ramdisk", -1);
    put(directory, "vmlinuz", kernel, sizeof kernel);
    return directory;
}

static void assert_fault(const char *directory, const char *piece)
{
    g_autoptr(Template) template = template_load(directory, "t");
    g_autoptr(GError) error = NULL;

    g_test_message("%s", template->broken);
    g_assert_nonnull(strstr(template->broken, piece));
    g_assert_false(template_check(template, &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_TEMPLATE_BROKEN);
    g_assert_nonnull(strstr(error->message, piece));
}

static void test_whole(void)
{
    g_autoptr(ScratchDir) directory = make_template();
    g_autoptr(Template) template = template_load(directory, "t");

    g_assert_cmpstr(template->broken, ==, "");
    g_assert_true(template_check(template, NULL));
    g_assert_cmpstr(template->title, ==, "Desk");
    g_assert_cmpuint(template->memory, ==, 512 * MIB);
    g_assert_cmpuint(template->vcpus, ==, 2);
    g_assert_cmpuint(template->disk_size, ==, 4);
    g_assert_cmpstr(template->cmdline, ==, "quiet");
}

static void test_disk_size(void)
{
    g_autoptr(ScratchDir) directory = make_template();
    g_autofree char *text = g_strconcat(description, "disk-size=64\n", NULL);
    g_autoptr(Template) template = NULL;

    put(directory, "template.ini", text, -1);
    template = template_load(directory, "t");
    g_assert_cmpstr(template->broken, ==, "");
    g_assert_cmpuint(template->disk_size, ==, 64 * MIB);
}

static const struct {
    const char *file;
    const char *missing;
    const char *empty;
} faults[] = {
    {"disk.img", "disk image is missing", "disk image is an empty file"},
    {"vmlinuz", "kernel is missing", "kernel is an empty file"},
    {"initrd.img", "initial ramdisk is missing", "initial ramdisk is an empty file"},
    {"template.ini", "template.ini", "no usable memory"},
};

static void test_missing_and_empty(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(ScratchDir) directory = make_template();
        g_autofree char *path = g_build_filename(directory, "t", faults[i].file, NULL);

        put(directory, faults[i].file, "", 0);
        assert_fault(directory, faults[i].empty);
        g_unlink(path);
        assert_fault(directory, faults[i].missing);
    }
}

static void test_kernel(void)
{
    g_autoptr(ScratchDir) directory = make_template();
    g_autoptr(Template) template = NULL;
    guint8 kernel[8192];

    make_kernel(kernel);
    put(directory, "vmlinuz", kernel, sizeof kernel - 1);
    assert_fault(directory, "cut off");
    put(directory, "vmlinuz", kernel, 0x200);
    assert_fault(directory, "not a Linux kernel");
    kernel[0x203] = 'x';
    put(directory, "vmlinuz", kernel, sizeof kernel);
    assert_fault(directory, "not a Linux kernel");
    make_kernel(kernel);
    kernel[0x206] = 7;
    put(directory, "vmlinuz", kernel, sizeof kernel);
    assert_fault(directory, "too old");
    make_kernel(kernel);
    memset(kernel + 0x248, 0xff, 8);
    put(directory, "vmlinuz", kernel, sizeof kernel);
    assert_fault(directory, "cut off");
}

/* An ELF of 8 KiB: one segment, and section headers up to its end. */
static void make_elf(guint8 kernel[8192])
{
    Elf64_Ehdr *header = (Elf64_Ehdr *)kernel;
    Elf64_Phdr *segment = (Elf64_Phdr *)(kernel + sizeof *header);

    memset(kernel, 0, 8192);
    memcpy(header->e_ident, ELFMAG, SELFMAG);
    header->e_ident[EI_CLASS] = ELFCLASS64;
    header->e_machine = EM_X86_64;
    header->e_phoff = sizeof *header;
    header->e_phentsize = sizeof *segment;
    header->e_phnum = 1;
    header->e_shentsize = sizeof(Elf64_Shdr);
    header->e_shnum = 2;
    header->e_shoff = 8192 - 2 * sizeof(Elf64_Shdr);
    segment->p_type = PT_LOAD;
    segment->p_offset = 4096;
    segment->p_filesz = 2048;
}

static void test_elf(void)
{
    g_autoptr(ScratchDir) directory = make_template();
    g_autoptr(Template) template = NULL;
    _Alignas(8) guint8 kernel[8192];
    Elf64_Ehdr *header = (Elf64_Ehdr *)kernel;
    Elf64_Phdr *segment = (Elf64_Phdr *)(kernel + sizeof *header);

    make_elf(kernel);
    put(directory, "vmlinuz", kernel, sizeof kernel);
    template = template_load(directory, "t");
    g_assert_cmpstr(template->broken, ==, "");
    put(directory, "vmlinuz", kernel, sizeof kernel - 1);
    assert_fault(directory, "cut off");
    segment->p_filesz = 4097;
    put(directory, "vmlinuz", kernel, sizeof kernel);
    assert_fault(directory, "cut off");
    segment->p_filesz = G_MAXUINT64;
    put(directory, "vmlinuz", kernel, sizeof kernel);
    assert_fault(directory, "cut off");
    make_elf(kernel);
    header->e_machine = EM_386;
    put(directory, "vmlinuz", kernel, sizeof kernel);
    assert_fault(directory, "not a Linux kernel");
    make_elf(kernel);
    header->e_phnum = 65535;
    put(directory, "vmlinuz", kernel, sizeof kernel);
    assert_fault(directory, "not a Linux kernel");
    make_elf(kernel);
    header->e_phoff = G_MAXUINT64;
    put(directory, "vmlinuz", kernel, sizeof kernel);
    assert_fault(directory, "not a Linux kernel");
}

static const struct {
    const char *line;
    const char *piece;
} bad_lines[] = {
    {"memory=0", "memory"},
    {"memory=-1", "memory"},
    {"memory=lots", "memory"},
    {"memory=99999999999999999999", "memory"},
    {"vcpus=0", "vcpus"},
    {"vcpus=4000", "vcpus"},
    {"kernel=../../etc/passwd", "kernel outside"},
    {"kernel=.", "kernel outside"},
    {"disk=/dev/sda", "disk image outside"},
    {"ramdisk=", "initial ramdisk outside"},
};

static void test_bad_lines(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(bad_lines); i++) {
        g_autoptr(ScratchDir) directory = make_template();
        g_autofree char *text = g_strconcat(description, bad_lines[i].line, "\n", NULL);

        put(directory, "template.ini", text, -1);
        assert_fault(directory, bad_lines[i].piece);
    }
}

static void test_list(void)
{
    g_autoptr(ScratchDir) directory = make_template();
    g_autofree char *hidden = g_build_filename(directory, ".work", NULL);
    g_autofree char *other = g_build_filename(directory, "a", NULL);
    g_autofree char *file = g_build_filename(directory, "file", NULL);
    g_autoptr(GPtrArray) templates = NULL;

    g_mkdir(hidden, 0755);
    g_mkdir(other, 0755);
    scratch_write(file, "", 0);
    templates = template_list(directory);
    g_assert_cmpuint(templates->len, ==, 2);
    g_assert_cmpstr(((Template *)templates->pdata[0])->id, ==, "a");
    g_assert_cmpstr(((Template *)templates->pdata[1])->id, ==, "t");
    g_assert_cmpstr(((Template *)templates->pdata[0])->broken, !=, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/template/whole", test_whole);
    g_test_add_func("/template/disk-size", test_disk_size);
    g_test_add_func("/template/missing-and-empty", test_missing_and_empty);
    g_test_add_func("/template/kernel", test_kernel);
    g_test_add_func("/template/elf", test_elf);
    g_test_add_func("/template/bad-lines", test_bad_lines);
    g_test_add_func("/template/list", test_list);
    return g_test_run();
}
