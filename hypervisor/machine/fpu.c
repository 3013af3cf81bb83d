/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FPU state; see fpu.h. (SDM vol. 1, chapter 13: the XSAVE feature set.) */
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/fpu.h"

#define XCR0_X87       (1UL << 0)
#define XCR0_SSE       (1UL << 1)
#define XCR0_AVX       (1UL << 2)
#define XCR0_AVX512    (7UL << 5)
#define XCR0_KNOWN     (XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512)
#define FXSAVE_SIZE    512
#define MXCSR_OFFSET   24
#define FCW_RESET      0x37f
#define MXCSR_RESET    0x1f80

uint64_t fpu_features;
uint32_t fpu_area_size;
static bool has_xsave;

void fpu_init_cpu(void)
{
    struct cpuid_regs leaf1 = cpuid(1, 0);
    uint64_t cr4 = cr4_read() | CR4_OSFXSR | CR4_OSXMMEXCPT;

    has_xsave = leaf1.c & (1U << 26);
    if (has_xsave)
        cr4 |= CR4_OSXSAVE;
    cr4_write(cr4);
    cr0_write((cr0_read() | CR0_MP | CR0_NE) & ~(CR0_EM | CR0_TS));
    fpu_features = XCR0_X87 | XCR0_SSE;
    fpu_area_size = FXSAVE_SIZE;
    if (has_xsave) {
        fpu_features = cpuid(0xd, 0).a & XCR0_KNOWN;
        xcr_write(0, fpu_features);
        fpu_area_size = cpuid(0xd, 0).b;
    }
    fpu_init();
}

void fpu_area_reset(void *area)
{
    memset(area, 0, fpu_area_size);
    *(uint16_t *)area = FCW_RESET;
    *(uint32_t *)((char *)area + MXCSR_OFFSET) = MXCSR_RESET;
    if (has_xsave) /* XSTATE_BV: so that the two values above count */
        *(uint64_t *)((char *)area + FXSAVE_SIZE) = XCR0_X87 | XCR0_SSE;
}

void fpu_area_set_legacy(void *area, const void *legacy)
{
    memcpy(area, legacy, FXSAVE_SIZE);
    if (has_xsave)
        *(uint64_t *)((char *)area + FXSAVE_SIZE) |= XCR0_X87 | XCR0_SSE;
}

void fpu_save(void *area)
{
    if (has_xsave) {
        xcr_write(0, fpu_features);
        fpu_save_xsave(area, fpu_features);
    } else {
        fpu_save_fxsave(area);
    }
}

void fpu_load(void *area, uint64_t xcr0)
{
    int error = has_xsave ? xrstor_safe(area, fpu_features) : fxrstor_safe(area);

    if (error) {
        fpu_area_reset(area); /* which can't fault again */
        (void)(has_xsave ? xrstor_safe(area, fpu_features) : fxrstor_safe(area));
    }
    if (has_xsave)
        xcr_write(0, xcr0);
}

bool fpu_xcr0_valid(uint64_t xcr0)
{
    return has_xsave && (xcr0 & XCR0_X87) && !(xcr0 & ~fpu_features) &&
           (!(xcr0 & XCR0_AVX) || (xcr0 & XCR0_SSE)) &&
           (!(xcr0 & XCR0_AVX512) || ((xcr0 & XCR0_AVX512) == XCR0_AVX512 && (xcr0 & XCR0_AVX)));
}

/* Instructions name their registers themselves: one case for each. */
#define FOR_EACH_XMM(apply)                                                                       \
    apply(0) apply(1) apply(2) apply(3) apply(4) apply(5) apply(6) apply(7) apply(8) apply(9)     \
        apply(10) apply(11) apply(12) apply(13) apply(14) apply(15)

void fpu_xmm_read(unsigned int number, uint8_t value[16])
{
#define READ(n)                                                                                   \
    case n:                                                                                       \
        asm volatile("movups %%xmm" #n ", %0" : "=m"(*(uint8_t(*)[16])value));                    \
        break;

    switch (number) {
        FOR_EACH_XMM(READ)
    }
}

void fpu_xmm_write(unsigned int number, const uint8_t value[16])
{
#define WRITE(n)                                                                                  \
    case n:                                                                                       \
        asm volatile("movups %0, %%xmm" #n : : "m"(*(const uint8_t(*)[16])value));                \
        break;

    switch (number) {
        FOR_EACH_XMM(WRITE)
    }
}
