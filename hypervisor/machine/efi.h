/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hypervisor keeps of EFI firmware, for dom0: where its tables are (UEFI 2.9, chapter 4).
 * The firmware's code is never called after the boot loader has left it. */
#ifndef MACHINE_EFI_H
#define MACHINE_EFI_H

#include "lib/compiler.h"

struct efi_facts {
    uint64_t tables; /* machine address of the configuration tables; 0: no EFI */
    uint32_t nr_tables;
    uint32_t revision; /* of the specification */
    uint32_t firmware_revision;
    uint16_t vendor[64]; /* who made it, UCS-2, ends with a zero */
};

extern struct efi_facts efi;

/* Reads the system table at a machine address, 0 when there is none; a table that is damaged is
 * taken as none. Boot only. */
void efi_init(uint64_t system_table);

#endif
