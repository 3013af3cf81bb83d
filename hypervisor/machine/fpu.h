/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FPU, SSE and AVX state of guests: always saved and loaded whole on a context switch. */
#ifndef MACHINE_FPU_H
#define MACHINE_FPU_H

#include "lib/compiler.h"

/* State components (XCR0 bits) that guests may use: what the CPU has of x87, SSE, AVX, AVX-512. */
extern uint64_t fpu_features;
/* Bytes that the state of one vCPU takes. */
extern uint32_t fpu_area_size;

/* Finds out what there is (boot CPU), turns it on (every CPU). */
void fpu_init_cpu(void);
/* Fills an area with the state after reset. */
void fpu_area_reset(void *area);
/* Replaces the x87 and SSE state in an area; the rest stays. `legacy` is FXSAVE's format, 512 bytes. */
void fpu_area_set_legacy(void *area, const void *legacy);
/* Stores the CPU's state; `area` is 64-byte aligned. */
void fpu_save(void *area);
/* Loads it and the vCPU's XCR0. A state the CPU refuses is replaced by the reset one. */
void fpu_load(void *area, uint64_t xcr0);
/* One of the XMM registers 0 to 15 of whoever's state is loaded: its 16 bytes. */
void fpu_xmm_read(unsigned int number, uint8_t value[16]);
void fpu_xmm_write(unsigned int number, const uint8_t value[16]);
/* Is that value one that XSETBV takes? */
bool fpu_xcr0_valid(uint64_t xcr0);

#endif
