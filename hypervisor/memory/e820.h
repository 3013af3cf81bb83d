/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The map of machine memory as the firmware tells it (ACPI 6.4, chapter 15). */
#ifndef MEMORY_E820_H
#define MEMORY_E820_H

#include "lib/compiler.h"

#define E820_MAX 128

enum { E820_RAM = 1, E820_RESERVED = 2, E820_ACPI = 3, E820_NVS = 4, E820_UNUSABLE = 5 };

struct packed e820_entry {
    uint64_t addr, size;
    uint32_t type;
};

struct e820_map {
    unsigned int count;
    struct e820_entry entry[E820_MAX];
};

/* The machine's, sorted, without overlaps, as it was before the hypervisor took its part. */
extern struct e820_map machine_e820;

/* Adds an entry; false when the map is full. */
bool e820_add(struct e820_map *map, uint64_t addr, uint64_t size, uint32_t type);
/* Sorts the entries and cuts overlaps: the higher type wins, since it restricts more. */
void e820_tidy(struct e820_map *map);
/* Whole frames of RAM in it. */
uint64_t e820_ram_frames(const struct e820_map *map);
void e820_show(const struct e820_map *map);

#endif
