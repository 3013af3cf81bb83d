/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the boot loader handed over; see boot_info.h. (Multiboot 0.6.96, 3.3; Multiboot 2.0, 3.6.) */
#include "boot/boot_info.h"
#include "lib/string.h"
#include "machine/layout.h"
#include "memory/e820.h"

struct boot_info boot_info;

enum { MB1_MAGIC = 0x2badb002, MB2_MAGIC = 0x36d76289 };

struct packed mb1_info {
    uint32_t flags, mem_lower, mem_upper, boot_device, cmdline, mods_count, mods_addr, syms[4],
        mmap_length, mmap_addr;
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

enum { TAG_END = 0, TAG_CMDLINE = 1, TAG_MODULE = 3, TAG_MMAP = 6, TAG_RSDP_OLD = 14, TAG_RSDP_NEW = 15 };

static void add_module(uint64_t start, uint64_t end, const char *string)
{
    struct boot_module *m = &boot_info.module[boot_info.nr_modules];

    if (boot_info.nr_modules == BOOT_MAX_MODULES)
        return;
    boot_info.nr_modules++;
    m->start = start;
    m->end = end;
    string_copy(m->string, string, sizeof(m->string));
}

static void read_mb1(const struct mb1_info *info)
{
    if (info->flags & MB1_CMDLINE)
        string_copy(boot_info.command_line, maddr_to_virt(info->cmdline),
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

            e820_add(&machine_e820, e->addr, e->len, e->type);
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
        e820_add(&machine_e820, entry[0], entry[1], type);
    }
}

static void read_mb2_tag(const struct mb2_tag *tag)
{
    switch (tag->type) {
    case TAG_CMDLINE:
        string_copy(boot_info.command_line, (const char *)(tag + 1),
                    sizeof(boot_info.command_line));
        break;
    case TAG_MODULE: {
        const struct mb2_module *m = (const struct mb2_module *)tag;

        add_module(m->start, m->end, m->string);
        break;
    }
    case TAG_MMAP:
        read_mb2_mmap((const struct mb2_mmap *)tag);
        break;
    case TAG_RSDP_OLD:
        if (!boot_info.rsdp)
            boot_info.rsdp = virt_to_maddr(tag + 1);
        break;
    case TAG_RSDP_NEW:
        boot_info.rsdp = virt_to_maddr(tag + 1);
        break;
    default:
        break;
    }
}

static void read_mb2(const uint32_t *info)
{
    const char *at = (const char *)info + 8, *end = (const char *)info + info[0];

    while (at + sizeof(struct mb2_tag) <= end) {
        const struct mb2_tag *tag = (const struct mb2_tag *)at;

        if (tag->type == TAG_END || tag->size < sizeof(*tag))
            break;
        read_mb2_tag(tag);
        at += ROUND_UP(tag->size, 8);
    }
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
