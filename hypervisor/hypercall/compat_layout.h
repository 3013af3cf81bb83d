/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Structures of 32-bit guests, as tables of where each field is there and here. */
#ifndef HYPERCALL_COMPAT_LAYOUT_H
#define HYPERCALL_COMPAT_LAYOUT_H

#include "lib/compiler.h"

/* A number, or an address: the shorter one's bytes are the low ones of the longer one. */
struct compat_field {
    uint8_t there, there_size; /* in the guest's structure */
    uint8_t here, here_size;   /* in ours */
    bool back;                 /* the hypervisor writes it */
};

struct compat_layout {
    const struct compat_field *fields;
    unsigned int count;
    uint8_t there_size, here_size;
};

#define COMPAT_SIZE_MAX 64 /* of any structure in the tables, there or here */

/* Makes a structure over; what ours has besides is zero. */
void compat_to_native(const struct compat_layout *layout, void *here, const void *there);
/* Writes the fields that go back. */
void compat_from_native(const struct compat_layout *layout, void *there, const void *here);

/* NULL: that operation has none. */
const struct compat_layout *compat_memory_layout(uint32_t op);
const struct compat_layout *compat_sched_layout(uint32_t op);
const struct compat_layout *compat_vcpu_layout(uint32_t op);

#endif
