/* SPDX-License-Identifier: GPL-2.0-or-later */
/* May the guest's code use a port? By its privilege, or by the map in its task's TSS (SDM vol. 1,
 * 19.5; APM vol. 2, 12.2.4). */
#include "hvm/io.h"

#include "hvm/hvm.h"
#include "machine/cpu.h"
#include "machine/traps.h"

#define TSS_TYPE      0xfU
#define TSS_TYPE_32   0x9U /* or of 64 bits */
#define TSS_TYPE_BUSY 0x2U
#define TSS_LIMIT_MIN 103U
#define TSS_MAP_AT    102U /* where it has the offset of the map */

static bool is_free(const struct vcpu *v)
{
    uint64_t flags = guest_regs()->rflags;

    return !(flags & EFLAGS_VM) && hvm_backend->privilege(v) <= (flags & EFLAGS_IOPL) >> 12;
}

/* Reads two bytes of the TSS, as the CPU does whatever the privilege is. Of a page each, perhaps.
 */
static enum emulate_result tss_read(struct vcpu *v, const struct hvm_registers *r, uint32_t offset,
                                    uint32_t *word)
{
    *word = 0;
    for (unsigned int i = 0; i < 2; i++) {
        uint64_t linear = r->segment[HVM_TR].base + offset + i, gpa;
        uint8_t byte = 0xff; /* where there is no memory */
        bool present;

        if (!(r->efer & EFER_LMA))
            linear = (uint32_t)linear;
        if (!hvm_translate(v, linear, false, false, &gpa, &present)) {
            hvm_backend->page_fault(v, linear);
            hvm_exception(v, TRAP_PF, true, present ? PF_PRESENT : 0);
            return EMULATE_FAULT;
        }
        (void)hvm_copy_physical(v->domain, gpa, &byte, 1, false);
        *word |= (uint32_t)byte << i * 8;
    }
    return EMULATE_OK;
}

/* Two bytes of the map that begin with the port's; all ones where the TSS does not have both. */
static enum emulate_result map_read(struct vcpu *v, uint16_t port, uint32_t *word)
{
    const struct hvm_segment *tss;
    enum emulate_result result;
    struct hvm_registers r;
    uint32_t at;

    hvm_backend->registers_get(v, &r);
    tss = &r.segment[HVM_TR];
    *word = ~0U;
    if ((tss->attributes & TSS_TYPE & ~TSS_TYPE_BUSY) != TSS_TYPE_32 || tss->limit < TSS_LIMIT_MIN)
        return EMULATE_OK;
    result = tss_read(v, &r, TSS_MAP_AT, &at);
    at += port / 8;
    if (result != EMULATE_OK || at + 1 > tss->limit)
        return result;
    return tss_read(v, &r, at, word);
}

enum emulate_result hvm_io_permission(struct vcpu *v, uint16_t port, unsigned int size)
{
    enum emulate_result result;
    uint32_t word;

    if (is_free(v))
        return EMULATE_OK;
    result = map_read(v, port, &word);
    if (result != EMULATE_OK || !(word >> port % 8 & ((1U << size) - 1)))
        return result;
    hvm_exception(v, TRAP_GP, true, 0);
    return EMULATE_FAULT;
}
