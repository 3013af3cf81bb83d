/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of the guest that builder.c makes. */
#ifndef MICRO_BUILDER_H
#define MICRO_BUILDER_H

#include "micro.h"

#include <xen/arch-x86/hvm/start_info.h>

extern domid_t guest;

/* Maps a frame of the guest's at a page of ours. */
bool builder_map(void *page, uint64_t gfn);
/* Copies to guest-physical memory. */
bool builder_copy(uint64_t to, const void *from, size_t count);
/* Copies a part of the module there. */
bool builder_copy_module(uint64_t to, uint64_t offset, uint64_t count);
/* Loads the module, an ELF file, to where it wants to be; *entry is what its note names. */
bool builder_load(uint32_t *entry);

#endif
