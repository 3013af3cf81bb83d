/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a guest's linear address to a guest-physical one, through the guest's own page tables, as
 * its CPU would (APM vol. 2, chapter 5). Pure: the tables are read by a function. */
#ifndef HVM_WALK_H
#define HVM_WALK_H

#include "lib/compiler.h"

/* The guest's registers that decide how it translates. */
struct walk_mode {
    uint64_t cr0, cr3, cr4, efer;
};

/* How the walk gets at the guest's tables. */
struct walk_memory {
    /* Reads an entry of `size` bytes (4 or 8) at a guest-physical address; false: nothing there. */
    bool (*read)(void *ctx, uint64_t gpa, unsigned int size, uint64_t *entry);
    /* Sets bits (accessed, dirty) of that entry, if it is still `old`. */
    void (*mark)(void *ctx, uint64_t gpa, unsigned int size, uint64_t old, uint64_t bits);
    void *ctx;
};

/* Translates one address as in ring 0; false: the guest's tables do not allow it (or have reserved bits set). */
bool walk(const struct walk_mode *mode, const struct walk_memory *memory, uint64_t linear,
          bool write, uint64_t *gpa);

/* As walk, also for code of ring 3. False: *present tells whether the page is there. */
bool walk_checked(const struct walk_mode *mode, const struct walk_memory *memory, uint64_t linear,
                  bool write, bool user, uint64_t *gpa, bool *present);
#endif
