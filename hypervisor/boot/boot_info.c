/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the boot loader handed over; see boot_info.h. (Multiboot 0.6.96, 3.3; Multiboot 2.0, 3.6.)
 */
#include "boot/boot_info.h"
#include "lib/print.h"
#include "lib/string.h"
#include "machine/layout.h"
#include "memory/e820.h"

struct boot_info boot_info;

enum { MB1_MAGIC = 0x2badb002, MB2_MAGIC = 0x36d76289 };

struct packed mb1_info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4],
        mmap_length, mmap_addr, drives[2], config_table, loader_name;
};

struct packed mb1_module {
    uint32_t start, end, string, reserved;
};

struct packed mb1_mmap {
    uint32_t size;
    uint64_t addr, len;
    uint32_t type;
};

#define MB1_CMDLINE (1U << 2)
#define MB1_MODULES (1U << 3)
#define MB1_MMAP    (1U << 6)
#define MB1_LOADER  (1U << 9)

struct packed mb2_tag {
    uint32_t type, size;
};

struct packed mb2_module {
    struct mb2_tag tag;
    uint32_t start, end;
    char string[];
};

struct packed mb2_mmap {
    struct mb2_tag tag;
    uint32_t entry_size, entry_version;
    struct packed {
        uint64_t addr, len;
        uint32_t type, reserved;
    } entry[];
};

struct packed mb2_screen {
    struct mb2_tag tag;
    uint64_t address;
    uint32_t pitch, width, height;
    uint8_t bits, kind, reserved[2];
    uint8_t red_pos, red_size, green_pos, green_size, blue_pos, blue_size;
};

#define MB2_SCREEN_RGB 1

enum {
    TAG_END = 0,
    TAG_CMDLINE = 1,
    TAG_LOADER = 2,
    TAG_MODULE = 3,
    TAG_MMAP = 6,
    TAG_SCREEN = 8,
    TAG_EFI64 = 12,
    TAG_RSDP_OLD = 14,
    TAG_RSDP_NEW = 15,
};

/* The loader gives the RSDP itself, in its own memory, which is used for something else before the
 * tables are read. */
static char rsdp_copy[64];

/* GRUB has types of its own, such as one for the code of EFI's run-time services. */
static void add_memory(uint64_t addr, uint64_t size, uint32_t type)
{
    if (type > E820_UNUSABLE)
        type = E820_RESERVED;
    if (!e820_add(&machine_e820, addr, size, type))
        log_at(LOG_WARNING, "The memory map has more than %u entries: %#lx-%#lx is left out\n",
               E820_MAX, addr, addr + size);
}

/* GRUB 2 gives a file's arguments alone, where every other loader has its name in front. */
static bool names_are_missing;

static void read_loader_name(const char *name)
{
    names_are_missing = !memcmp(name, "GRUB 2", MIN(strlen(name) + 1, 6UL));
}

/* Copies a command line such that its first word is the file's name, or it begins with a blank.
 * Debian's GRUB menu writes the word "placeholder" where the name is missing. */
static void copy_line(char *to, const char *from, size_t size)
{
    static const char placeholder[] = "placeholder";
    size_t len = sizeof(placeholder) - 1;
    bool named = !names_are_missing || (strlen(from) >= len && !memcmp(from, placeholder, len) &&
                                        (!from[len] || from[len] == ' '));

    if (strlen(from) >= size - !named)
        log_at(LOG_WARNING, "A command line is too long, and is cut after %zu characters\n", size - 1);
    if (!named)
        *to = ' ';
    string_copy(to + !named, from, size - !named);
}

static void add_module(uint64_t start, uint64_t end, const char *string)
{
    struct boot_module *m = &boot_info.module[boot_info.nr_modules];

    if (boot_info.nr_modules == BOOT_MAX_MODULES) {
        log_at(LOG_WARNING, "The boot loader gave more than %u modules: \"%.40s\" is left out\n",
               BOOT_MAX_MODULES, string);
        return;
    }
    boot_info.nr_modules++;
    m->start = start;
    m->end = end;
    copy_line(m->string, string, sizeof(m->string));
}

static void read_mb1(const struct mb1_info *info)
{
    if (info->flags & MB1_LOADER)
        read_loader_name(maddr_to_virt(info->loader_name));
    if (info->flags & MB1_CMDLINE)
        copy_line(boot_info.command_line, maddr_to_virt(info->cmdline),
                  sizeof(boot_info.command_line));
    if (info->flags & MB1_MODULES) {
        const struct mb1_module *m = maddr_to_virt(info->mods_addr);

        for (uint32_t i = 0; i < info->mods_count; i++)
            add_module(m[i].start, m[i].end, m[i].string ? maddr_to_virt(m[i].string) : "");
    }
    if (info->flags & MB1_MMAP) {
        const char *at = maddr_to_virt(info->mmap_addr), *end = at + info->mmap_length;

        while (at + sizeof(struct mb1_mmap) <= end) {
            const struct mb1_mmap *e = (const struct mb1_mmap *)at;

            add_memory(e->addr, e->len, e->type);
            at += e->size + sizeof(e->size);
        }
    }
}

static void read_mb2_mmap(const struct mb2_mmap *map)
{
    const char *at = (const char *)map->entry, *end = (const char *)map + map->tag.size;

    for (; map->entry_size >= sizeof(map->entry[0]) && at + map->entry_size <= end;
         at += map->entry_size) {
        uint64_t entry[2];
        uint32_t type;

        memcpy(entry, at, sizeof(entry));
        memcpy(&type, at + sizeof(entry), sizeof(type));
        add_memory(entry[0], entry[1], type);
    }
}

static void read_rsdp(const struct mb2_tag *tag)
{
    memset(rsdp_copy, 0, sizeof(rsdp_copy));
    memcpy(rsdp_copy, tag + 1, MIN(tag->size - sizeof(*tag), sizeof(rsdp_copy)));
    boot_info.rsdp = virt_to_maddr(rsdp_copy);
}

/* Text modes and palettes are of no use to dom0. */
static void read_screen(const struct mb2_screen *in)
{
    if (in->tag.size < sizeof(*in) || in->kind != MB2_SCREEN_RGB)
        return;
    boot_info.screen = (struct boot_screen){
        .address = in->address,
        .pitch = in->pitch,
        .width = in->width,
        .height = in->height,
        .bits = in->bits,
        .red_pos = in->red_pos,
        .red_size = in->red_size,
        .green_pos = in->green_pos,
        .green_size = in->green_size,
        .blue_pos = in->blue_pos,
        .blue_size = in->blue_size,
    };
}

static void read_mb2_tag(const struct mb2_tag *tag)
{
    switch (tag->type) {
    case TAG_CMDLINE:
        copy_line(boot_info.command_line, (const char *)(tag + 1), sizeof(boot_info.command_line));
        break;
    case TAG_MODULE: {
        const struct mb2_module *m = (const struct mb2_module *)tag;

        add_module(m->start, m->end, m->string);
        break;
    }
    case TAG_MMAP:
        read_mb2_mmap((const struct mb2_mmap *)tag);
        break;
    case TAG_SCREEN:
        read_screen((const struct mb2_screen *)tag);
        break;
    case TAG_EFI64:
        memcpy(&boot_info.efi_system_table, tag + 1, sizeof(boot_info.efi_system_table));
        break;
    case TAG_RSDP_OLD:
        if (!boot_info.rsdp)
            read_rsdp(tag);
        break;
    case TAG_RSDP_NEW:
        read_rsdp(tag);
        break;
    default:
        break;
    }
}

static void read_mb2_loader(const struct mb2_tag *tag)
{
    if (tag->type == TAG_LOADER)
        read_loader_name((const char *)(tag + 1));
}

static void for_each_tag(const uint32_t *info, void (*fn)(const struct mb2_tag *tag))
{
    const char *at = (const char *)info + 8, *end = (const char *)info + info[0];

    while (at + sizeof(struct mb2_tag) <= end) {
        const struct mb2_tag *tag = (const struct mb2_tag *)at;

        if (tag->type == TAG_END || tag->size < sizeof(*tag))
            break;
        fn(tag);
        at += ROUND_UP(tag->size, 8);
    }
}

/* The loader's name first: how command lines are read depends on it. */
static void read_mb2(const uint32_t *info)
{
    for_each_tag(info, read_mb2_loader);
    for_each_tag(info, read_mb2_tag);
}

bool boot_info_read(uint32_t magic, uint64_t address)
{
    if (magic == MB1_MAGIC) {
        boot_info.loader = "Multiboot 1";
        read_mb1(maddr_to_virt(address));
    } else if (magic == MB2_MAGIC) {
        boot_info.loader = "Multiboot 2";
        read_mb2(maddr_to_virt(address));
    } else {
        return false;
    }
    e820_tidy(&machine_e820);
    return machine_e820.count > 0;
}
