/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Accesses to guest-physical memory that is no memory: the local APIC's page, or nothing, which
 * reads as all ones and takes no writes. */
#include "hvm/hvm.h"

#include "hvm/mmio_insn.h"
#include "lib/print.h"
#include "machine/cpu.h"

static uint64_t apic_read(void *ctx, uint64_t gpa, unsigned int size)
{
    struct vcpu *v = ctx;
    uint32_t offset = gpa & (PAGE_SIZE - 1);
    uint32_t value = lapic_mmio_read(&v->hvm->lapic, offset & ~15U);

    /* Only the first four bytes of each 16 are there. */
    return (offset & 15) < 4 ? value >> (offset & 3) * 8 : 0;
}

static void apic_write(void *ctx, uint64_t gpa, unsigned int size, uint64_t value)
{
    struct vcpu *v = ctx;
    uint32_t offset = gpa & (PAGE_SIZE - 1);

    if (!(offset & 15) && size == 4)
        lapic_mmio_write(&v->hvm->lapic, offset, (uint32_t)value);
}

static uint64_t nothing_read(void *ctx, uint64_t gpa, unsigned int size)
{
    return ~0ULL;
}

static void nothing_write(void *ctx, uint64_t gpa, unsigned int size, uint64_t value)
{
}

static bool is_apic(const struct vcpu *v, uint64_t gpa)
{
    const struct lapic *apic = &v->hvm->lapic;

    return lapic_enabled(apic) && !lapic_is_x2apic(apic) &&
           gpa >> PAGE_SHIFT == (apic->base & ~(PAGE_SIZE - 1ULL)) >> PAGE_SHIFT;
}

static enum mmio_mode mode_of(const struct vcpu *v)
{
    struct hvm_registers r;

    if (hvm_backend->is_64bit(v))
        return MMIO_MODE_64;
    hvm_backend->registers_get(v, &r);
    return r.segment[HVM_CS].attributes & 1U << 10 ? MMIO_MODE_32 : MMIO_MODE_16;
}

/* The rest of a page may be missing behind a short instruction. */
static size_t fetch(const struct vcpu *v, uint8_t bytes[HVM_INSN_MAX])
{
    return HVM_INSN_MAX - hvm_copy_from(bytes, hvm_backend->linear_rip(v), HVM_INSN_MAX);
}

static void complain(struct vcpu *v, uint64_t gpa, bool write, const uint8_t *bytes, size_t count)
{
    char text[HVM_INSN_MAX * 3 + 1] = "";

    for (size_t i = 0; i < count; i++)
        format_text(text + i * 3, 4, " %02x", bytes[i]);
    domain_crash(v->domain, "%s %#lx, where there is no memory, by an instruction not known:%s",
                 write ? "write to" : "read of", gpa, text);
}

void hvm_memory_fault(struct vcpu *v, uint64_t gpa, bool write, bool fetched)
{
    struct mmio_device device = {nothing_read, nothing_write, v};
    uint8_t bytes[HVM_INSN_MAX];
    struct mmio_insn insn;
    size_t count;

    if (fetched) {
        domain_crash(v->domain, "it runs at %#lx, where there is no memory", gpa);
        return;
    }
    if (v->hvm->event.type) {
        domain_crash(v->domain, "an event could not be delivered, for lack of memory at %#lx", gpa);
        return;
    }
    count = fetch(v, bytes);
    if (!mmio_decode(&insn, bytes, count, mode_of(v))) {
        complain(v, gpa, write, bytes, count);
        return;
    }
    if (is_apic(v, gpa))
        device = (struct mmio_device){apic_read, apic_write, v};
    mmio_execute(&insn, guest_regs(), gpa, &device);
}
