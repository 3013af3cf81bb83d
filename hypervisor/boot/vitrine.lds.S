/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Link script of the hypervisor: linked at IMAGE_BASE + IMAGE_LOAD, loaded at IMAGE_LOAD, one
 * contiguous block so that multiboot 1's address fields describe the file as it is. */
#include "machine/layout.h"

OUTPUT_FORMAT("elf64-x86-64")
OUTPUT_ARCH(i386:x86-64)
ENTRY(boot_entry_physical)

PHDRS
{
    image PT_LOAD FILEHDR PHDRS;
}

boot_entry_physical = boot_entry - IMAGE_BASE;

SECTIONS
{
    /* The file's own headers are loaded too: a Multiboot 1 loader looks for its header in the
     * first 8 KiB of the file. */
    image_start = IMAGE_BASE + IMAGE_LOAD;
    . = image_start + SIZEOF_HEADERS;

    .text : AT(ADDR(.text) - IMAGE_BASE) {
        *(.multiboot)
        *(.text.entry)
        *(.text .text.*)
        *(.init.text)
        . = ALIGN(PAGE_SIZE);
        syscall_stubs = .;
        . += PAGE_SIZE * 2;
        text_end = .;
    } :image

    . = ALIGN(PAGE_SIZE);
    .rodata : AT(ADDR(.rodata) - IMAGE_BASE) {
        rodata_start = .;
        *(.rodata .rodata.*)
        . = ALIGN(8);
        fixups_start = .;
        *(.fixups)
        fixups_end = .;
        *(.symbols .symbols.names)
        *(.eh_frame)
    } :image

    . = ALIGN(PAGE_SIZE);
    .data : AT(ADDR(.data) - IMAGE_BASE) {
        data_start = .;
        *(.data .data.*)
        *(.got .got.plt)
        . = ALIGN(PAGE_SIZE);
        load_end = .;
    } :image

    .bss : AT(ADDR(.bss) - IMAGE_BASE) {
        *(.bss.page_aligned)
        *(.bss .bss.*)
        *(COMMON)
        . = ALIGN(PAGE_SIZE);
    } :image

    image_end = .;

    /DISCARD/ : {
        *(.comment)
        *(.note.*)
        *(.interp)
    }
}
