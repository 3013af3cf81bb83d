/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Task switches of the current guest: its memory for task.c, and what comes of it. */
#include "hvm/task.h"

#include "machine/traps.h"

static void fault_note(struct task_fault *fault, uint64_t linear, bool present, bool write,
                       bool user)
{
    *fault = (struct task_fault){
        .raised = true,
        .vector = TRAP_PF,
        .has_error = true,
        .error = (present ? PF_PRESENT : 0) | (write ? PF_WRITE : 0) | (user ? PF_USER : 0),
        .address = linear,
    };
}

/* Both pages are found before either is touched. */
static bool reach(struct vcpu *v, const struct hvm_registers *r, uint64_t linear, void *buffer,
                  size_t len, bool write, bool user, struct task_fault *fault)
{
    const struct walk_mode mode = {.cr0 = r->cr0, .cr3 = r->cr3, .cr4 = r->cr4, .efer = r->efer};
    size_t first = MIN(len, PAGE_SIZE - (linear & (PAGE_SIZE - 1))), size[2] = {first, len - first};
    uint64_t at[2] = {(uint32_t)linear, (uint32_t)(linear + first)}, gpa[2];
    bool present;

    for (unsigned int i = 0; i < 2 && size[i]; i++)
        if (!hvm_translate_as(v, &mode, at[i], write, user, &gpa[i], &present)) {
            fault_note(fault, at[i], present, write, user);
            return false;
        }
    for (unsigned int i = 0; i < 2 && size[i]; i++)
        if (!hvm_copy_physical(v->domain, gpa[i], (char *)buffer + (i ? first : 0), size[i],
                               write)) {
            domain_crash(v->domain, "a task switch by way of %#lx, where there is no memory",
                         gpa[i]);
            return false;
        }
    return true;
}

static bool read(void *ctx, const struct hvm_registers *r, uint64_t linear, void *to, size_t len,
                 struct task_fault *fault)
{
    return reach(ctx, r, linear, to, len, false, false, fault);
}

/* The source is only read: `write` says so. */
static bool write(void *ctx, const struct hvm_registers *r, uint64_t linear, const void *from,
                  size_t len, bool user, struct task_fault *fault)
{
    return reach(ctx, r, linear, (void *)(uintptr_t)from, len, true, user, fault);
}

bool hvm_exit_task_switch(struct vcpu *v, struct task_switch *t, uint64_t next)
{
    const struct task_memory memory = {read, write, v};
    struct task_fault fault;
    bool switched;

    hvm_backend->registers_get(v, &t->r);
    t->regs = *guest_regs();
    t->regs.rip = next;
    switched = task_switch(t, &memory, &fault);
    if (switched) {
        if (hvm_backend->registers_set(v, &t->r)) {
            domain_crash(v->domain, "a task switch to registers that no CPU takes");
            return true;
        }
        *guest_regs() = t->regs;
        v->hvm->event = (struct hvm_event){0}; /* it came through the gate */
    }
    if (!fault.raised)
        return switched;
    if (fault.vector == TRAP_PF)
        hvm_backend->page_fault(v, fault.address);
    hvm_exception(v, fault.vector, fault.has_error, fault.error);
    return switched;
}
