/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for code addresses; see symbols.h. The table is sorted; the build's first link has an
 * empty one (boot/symbols.sh). */
#include "boot/symbols.h"
#include "lib/print.h"

struct symbol {
    uint64_t address;
    const char *name;
};

extern const struct symbol symbol_table[];
extern const uint64_t symbol_count;
extern const char image_start[], text_end[];

static int name_of(char *buf, size_t size, uint64_t address)
{
    uint64_t low = 0, high = symbol_count;

    if (!symbol_count || address < (uint64_t)image_start || address >= (uint64_t)text_end)
        return 0;
    while (high - low > 1) {
        uint64_t middle = (low + high) / 2;

        if (symbol_table[middle].address <= address)
            low = middle;
        else
            high = middle;
    }
    return format_text(buf, size, "%#lx %s+%#lx", address, symbol_table[low].name,
                       address - symbol_table[low].address);
}

void symbols_init(void)
{
    print_symbol = name_of;
}
