/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest kernel writes to one of its page tables as if it were plain memory: the table is mapped
 * read-only, so the write faults, and is carried out here as a checked update. Only L1 tables. */
#include "domain/guest_copy.h"
#include "machine/cpu.h"
#include "machine/traps.h"
#include "memory/frame_type.h"
#include "pv/page_table.h"
#include "pv/pte_write.h"
#include "pv/pv.h"

/* The table's own page, held, if the address is mapped read-only to an L1 table of the guest. */
static struct page_info *written_table(struct vcpu *v, uint64_t address)
{
    const pte_t *mapping = pt_walk(v->pv->kernel_root, address);
    pte_t entry = mapping ? READ_ONCE(*mapping) : 0;
    struct page_info *page;

    if (!(entry & PTE_P) || (entry & PTE_RW))
        return NULL;
    page = frame_get_mfn(pte_mfn(entry), v->domain);
    if (!page)
        return NULL;
    if ((page->type & (TYPE_MASK | TYPE_VALIDATED)) == (TYPE_L1 | TYPE_VALIDATED) &&
        !frame_type_get(page, TYPE_L1))
        return page;
    frame_put(page);
    return NULL;
}

static size_t fetch(void *ctx, uint64_t address, uint8_t *bytes, size_t count)
{
    return count - copy_from_guest_partial(bytes, address, count);
}

static bool decode(const struct cpu_user_regs *regs, struct insn *insn)
{
    size_t fetched;

    return insn_fetch(insn, fetch, NULL, regs->rip, INSN_MODE_64, &fetched) == INSN_DECODED;
}

/* Does the write, again whenever the CPU or somebody else changed the entry meanwhile. */
static int carry_out(struct vcpu *v, const struct pte_write *write, pte_t *entry, uint64_t *old)
{
    uint64_t value;
    int error;

    *old = READ_ONCE(*entry);
    do {
        if (!pte_write_apply(write, *old, &value))
            return 0; /* a comparison failed: there is nothing to store */
        error = pt_exchange_l1(v->domain, entry, old, value);
    } while (error == -XEN_EAGAIN);
    return error;
}

bool pv_emulate_pte_write(struct vcpu *v, struct cpu_user_regs *regs, uint64_t address)
{
    struct domain *d = v->domain;
    struct insn_bases bases = {.fs = msr_read(MSR_FS_BASE), .gs = msr_read(MSR_GS_BASE)};
    struct page_info *table;
    struct pte_write write;
    struct insn insn;
    int error = -XEN_EINVAL;
    uint64_t old = 0;

    spin_lock(&d->mm_lock);
    table = written_table(v, address);
    if (table) {
        pte_t *content = page_to_virt(table);

        if (decode(regs, &insn) && !pte_write_prepare(&write, &insn, regs, &bases, address))
            error = carry_out(v, &write, &content[write.entry % PAGE_SIZE / sizeof(pte_t)], &old);
        frame_put_and_type(table);
    }
    spin_unlock(&d->mm_lock);
    if (error == -XEN_ERESTART)
        return true; /* the guest tries again, after what made us stop */
    if (!error && pte_write_commit(&write, old, regs))
        pv_deliver_trap(v, TRAP_DB, 0);
    return !error;
}
