/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory map; see e820.h. */
#include "lib/print.h"
#include "lib/string.h"
#include "machine/layout.h"
#include "memory/e820.h"

struct e820_map machine_e820;

bool e820_add(struct e820_map *map, uint64_t addr, uint64_t size, uint32_t type)
{
    if (!size || addr + size < addr)
        return true; /* nothing that could be used */
    if (map->count == E820_MAX)
        return false;
    map->entry[map->count++] = (struct e820_entry){addr, size, type};
    return true;
}

static void remove_entry(struct e820_map *map, unsigned int i)
{
    map->count--;
    memmove(&map->entry[i], &map->entry[i + 1], (map->count - i) * sizeof(map->entry[0]));
}

static void sort(struct e820_map *map)
{
    for (unsigned int i = 1; i < map->count; i++) {
        struct e820_entry e = map->entry[i];
        unsigned int j = i;

        for (; j && map->entry[j - 1].addr > e.addr; j--)
            map->entry[j] = map->entry[j - 1];
        map->entry[j] = e;
    }
}

/* Resolves one overlap of neighbours i and i + 1. Returns whether it changed anything. */
static bool cut_overlap(struct e820_map *map, unsigned int i)
{
    struct e820_entry *a = &map->entry[i], *b = &map->entry[i + 1];
    uint64_t a_end = a->addr + a->size, b_end = b->addr + b->size;

    if (a_end <= b->addr)
        return false;
    if (a->type >= b->type) { /* b loses what a covers */
        if (b_end <= a_end) {
            remove_entry(map, i + 1);
        } else {
            b->addr = a_end;
            b->size = b_end - a_end;
        }
    } else { /* a loses; its tail, if any, becomes an entry of its own */
        struct e820_entry tail = {b_end, a_end > b_end ? a_end - b_end : 0, a->type};

        a->size = b->addr - a->addr;
        if (!a->size)
            remove_entry(map, i);
        if (tail.size)
            e820_add(map, tail.addr, tail.size, tail.type);
    }
    return true;
}

void e820_tidy(struct e820_map *map)
{
    bool changed;

    do {
        changed = false;
        sort(map);
        for (unsigned int i = 0; i + 1 < map->count && !changed; i++)
            changed = cut_overlap(map, i);
    } while (changed);
}

uint64_t e820_ram_frames(const struct e820_map *map)
{
    uint64_t frames = 0;

    for (unsigned int i = 0; i < map->count; i++) {
        const struct e820_entry *e = &map->entry[i];
        uint64_t first = e->addr / PAGE_SIZE + !!(e->addr % PAGE_SIZE);
        uint64_t end = (e->addr + e->size) / PAGE_SIZE;

        if (e->type == E820_RAM && end > first)
            frames += end - first;
    }
    return frames;
}

void e820_show(const struct e820_map *map)
{
    static const char *const names[] = {"?", "RAM", "reserved", "ACPI", "ACPI NVS", "unusable"};

    for (unsigned int i = 0; i < map->count; i++) {
        const struct e820_entry *e = &map->entry[i];

        log_at(LOG_INFO, " %012lx - %012lx %s\n", e->addr, e->addr + e->size,
               e->type < ARRAY_SIZE(names) ? names[e->type] : names[0]);
    }
}
