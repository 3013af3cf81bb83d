/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the boot loader handed over, Multiboot 1 or 2, in one form. */
#ifndef BOOT_BOOT_INFO_H
#define BOOT_BOOT_INFO_H

#include "lib/compiler.h"

#define BOOT_MAX_MODULES 8

struct boot_module {
    uint64_t start, end; /* machine addresses */
    char string[1024];   /* file name and arguments */
};

/* A linear frame buffer that the loader set up. */
struct boot_screen {
    uint64_t address;              /* machine address; 0: there is none */
    uint32_t pitch, width, height; /* bytes a line, pixels, pixels */
    uint8_t bits;                  /* a pixel */
    uint8_t red_pos, red_size, green_pos, green_size, blue_pos, blue_size;
};

struct boot_info {
    const char *loader; /* "Multiboot 1" or "2" */
    char command_line[1024];
    unsigned int nr_modules;
    struct boot_module module[BOOT_MAX_MODULES];
    uint64_t rsdp;             /* machine address, 0: not told */
    uint64_t efi_system_table; /* machine address, 0: the firmware is a BIOS */
    struct boot_screen screen;
};

extern struct boot_info boot_info;

/* Copies everything out of the loader's memory, which may be used for something else afterwards;
 * fills machine_e820. False when the magic number is not a loader's, or there is no memory map.
 * Runs while the first 4 GiB are mapped. */
bool boot_info_read(uint32_t magic, uint64_t address);

#endif
