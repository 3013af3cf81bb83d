/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EFI firmware's tables; see efi.h. */
#include "machine/efi.h"
#include "lib/print.h"
#include "machine/device_map.h"

#define SYSTEM_TABLE_SIGNATURE 0x5453595320494249ULL /* "IBI SYST" */
#define MAX_TABLES             256

struct system_table {
    uint64_t signature;
    uint32_t revision, header_size, crc32, reserved;
    uint64_t vendor;
    uint32_t firmware_revision, pad;
    uint64_t console[6], runtime_services, boot_services, nr_tables, tables;
};

_Static_assert(offsetof(struct system_table, nr_tables) == 104, "UEFI 2.9, 4.3");

struct efi_facts efi;

static void vendor_read(uint64_t address)
{
    const uint16_t *name = device_map_cached(address, sizeof(efi.vendor));

    for (size_t i = 0; name && i < ARRAY_SIZE(efi.vendor) - 1 && name[i]; i++)
        efi.vendor[i] = name[i];
}

void efi_init(uint64_t address)
{
    const struct system_table *table = address ? device_map_cached(address, sizeof(*table)) : NULL;

    if (!table)
        return;
    if (table->signature != SYSTEM_TABLE_SIGNATURE || !table->tables ||
        table->nr_tables > MAX_TABLES) {
        log_at(LOG_WARNING, "EFI: there is no system table at %#lx; dom0 will see a BIOS\n",
               address);
        return;
    }
    efi.tables = table->tables;
    efi.nr_tables = (uint32_t)table->nr_tables;
    efi.revision = table->revision;
    efi.firmware_revision = table->firmware_revision;
    if (table->vendor)
        vendor_read(table->vendor);
    log_at(LOG_INFO, "EFI %u.%u, %u tables\n", efi.revision >> 16, (efi.revision & 0xffff) / 10,
           efi.nr_tables);
}
