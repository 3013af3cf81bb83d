/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions and interrupts; see traps.h. (SDM vol. 3, chapter 6.) */
#include "lib/bits.h"
#include "lib/print.h"
#include "lib/string.h"
#include "machine/apic.h"
#include "machine/cpu.h"
#include "machine/entry-offsets.h"
#include "machine/fixup.h"
#include "machine/nmi.h"
#include "machine/shutdown.h"
#include "machine/spinlock.h"
#include "machine/stack.h"
#include "machine/traps.h"

_Static_assert(offsetof(struct cpu_user_regs, rax) == REGS_RAX, "entry-offsets.h");
_Static_assert(offsetof(struct cpu_user_regs, entry_vector) == REGS_VECTOR, "entry-offsets.h");
_Static_assert(offsetof(struct cpu_user_regs, rip) == REGS_RIP, "entry-offsets.h");
_Static_assert(offsetof(struct cpu_user_regs, cs) == REGS_CS, "entry-offsets.h");
_Static_assert(offsetof(struct cpu_user_regs, rflags) == REGS_RFLAGS, "entry-offsets.h");
_Static_assert(offsetof(struct cpu_user_regs, rsp) == REGS_RSP, "entry-offsets.h");
_Static_assert(offsetof(struct cpu_user_regs, es) == REGS_ES, "entry-offsets.h");
_Static_assert(sizeof(struct cpu_info) == CPU_INFO_SIZE, "entry-offsets.h");

/* Entry points that assembly calls. */
bool trap_entry(struct cpu_user_regs *regs);
void syscall_entry(struct cpu_user_regs *regs);
void syscall_entry_compat(struct cpu_user_regs *regs);
void sysenter_dispatch(struct cpu_user_regs *regs);
int guest_exit_work(void);

extern const char guest_iret[], image_start[], text_end[];

const struct trap_hooks *trap_hooks;

static struct {
    irq_handler fn;
    void *data;
} handlers[256];

static struct spinlock vector_lock = SPINLOCK_INIT;
static uint64_t vectors_used[256 / 64];

static const char *const trap_names[] = {
    "divide error", "debug", "NMI", "breakpoint", "overflow", "bound range", "invalid opcode",
    "no FPU", "double fault", "coprocessor overrun", "invalid TSS", "segment not present",
    "stack fault", "general protection", "page fault", "reserved", "FPU error", "alignment check",
    "machine check", "SIMD error",
};

const char *trap_name(unsigned int vector)
{
    return vector < ARRAY_SIZE(trap_names) ? trap_names[vector] : "reserved";
}

void vector_handler_set(unsigned int vector, irq_handler handler, void *data)
{
    handlers[vector].data = data;
    handlers[vector].fn = handler;
}

unsigned int vector_alloc(irq_handler handler, void *data)
{
    uint64_t flags = spin_lock_irqsave(&vector_lock);
    unsigned int vector = VECTOR_DYNAMIC_FIRST;

    bit_set(vectors_used, 0x80); /* INT 0x80 is the guests' */
    vector = bitmap_next_clear(vectors_used, VECTOR_DYNAMIC_LAST + 1, VECTOR_DYNAMIC_FIRST);
    if (vector <= VECTOR_DYNAMIC_LAST) {
        bit_set(vectors_used, vector);
        vector_handler_set(vector, handler, data);
    } else {
        vector = 0;
    }
    spin_unlock_irqrestore(&vector_lock, flags);
    return vector;
}

void vector_free(unsigned int vector)
{
    uint64_t flags = spin_lock_irqsave(&vector_lock);

    handlers[vector].fn = NULL;
    bit_clear(vectors_used, vector);
    spin_unlock_irqrestore(&vector_lock, flags);
}

static bool in_code(uint64_t ip)
{
    return ip >= (uint64_t)image_start && ip < (uint64_t)text_end;
}

void trace_show(uint64_t frame_pointer, uint64_t ip)
{
    uint64_t block = frame_pointer & ~(STACK_SIZE - 1UL);

    printk("Call trace:\n   %pS\n", (void *)ip);
    for (int depth = 0; depth < 24 && frame_pointer; depth++) {
        uint64_t frame[2];

        if (frame_pointer % 8 || (frame_pointer & ~(STACK_SIZE - 1UL)) != block ||
            copy_faultable(frame, (void *)frame_pointer, sizeof(frame)) || !in_code(frame[1]))
            break;
        printk("   %pS\n", (void *)frame[1]);
        frame_pointer = frame[0];
    }
}

void registers_show(const struct cpu_user_regs *regs)
{
    printk("rip %04x:%016lx  rflags %016lx  %s, vector %u, error %x\n", regs->cs, regs->rip,
           regs->rflags, trap_name(regs->entry_vector & 0xff), regs->entry_vector & 0xff,
           regs->error_code);
    printk("rax %016lx  rbx %016lx  rcx %016lx\n", regs->rax, regs->rbx, regs->rcx);
    printk("rdx %016lx  rsi %016lx  rdi %016lx\n", regs->rdx, regs->rsi, regs->rdi);
    printk("rbp %016lx  rsp %04x:%016lx\n", regs->rbp, regs->ss, regs->rsp);
    printk("r8  %016lx  r9  %016lx  r10 %016lx\n", regs->r8, regs->r9, regs->r10);
    printk("r11 %016lx  r12 %016lx  r13 %016lx\n", regs->r11, regs->r12, regs->r13);
    printk("r14 %016lx  r15 %016lx\n", regs->r14, regs->r15);
    printk("cr0 %016lx  cr2 %016lx  cr3 %016lx  cr4 %016lx\n", cr0_read(), cr2_read(), cr3_read(),
           cr4_read());
}

noreturn void panic(const char *why, ...)
{
    static bool panicking;
    char text[200];
    va_list args;

    irq_disable();
    if (__atomic_exchange_n(&panicking, true, __ATOMIC_SEQ_CST))
        cpu_stop();
    WRITE_ONCE(print_emergency, true);
    va_start(args, why);
    format_text_va(text, sizeof(text), why, args);
    va_end(args);

    printk("\nPANIC on CPU %u: %s\n", this_cpu(), text);
    trace_show((uint64_t)__builtin_frame_address(0), (uint64_t)__builtin_return_address(0));
    printk("The hypervisor can't go on. Please report the lines above.\n");
    machine_restart_after_panic();
}

static noreturn void crash(const struct cpu_user_regs *regs, unsigned int vector)
{
    irq_disable();
    printk("\nCPU %u: the hypervisor met a %s\n", this_cpu(), trap_name(vector));
    registers_show(regs);
    trace_show(regs->rbp, regs->rip);
    panic("unexpected %s", trap_name(vector));
}

static bool in_window(uint64_t address)
{
    return address >= DOMAIN_AREA_START && address < IMAGE_BASE;
}

/* The frame that IRET was to leave with still lies in guest_regs; only the registers have been
 * taken from there already, and the fault's own frame has been pushed over them. They are put back,
 * by way of a copy, and either the fault is mended or it becomes the guest's. */
static noreturn void iret_faulted(const struct cpu_user_regs *fault, unsigned int vector)
{
    uint64_t address = vector == TRAP_PF ? cr2_read() : 0;
    struct cpu_user_regs *regs = guest_regs(), copy = *fault;

    memcpy(regs, &copy, offsetof(struct cpu_user_regs, error_code));
    irq_enable();
    if (vector != TRAP_PF || !in_window(address) || !trap_hooks->window_fault(address))
        /* Who left for a guest has set them. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
        trap_hooks->bad_iret(regs, vector, copy.error_code, address);
    resume_guest(regs);
}

/* Mending takes locks whose holders may wait for this CPU to answer an interrupt, so it is done
 * with interrupts on; whoever loads a guest's selectors does that with interrupts on, too. */
static bool window_mended(const struct cpu_user_regs *regs, uint64_t address)
{
    bool mended;

    if (!in_window(address) || !trap_hooks || !(regs->rflags & EFLAGS_IF))
        return false;
    irq_enable();
    mended = trap_hooks->window_fault(address);
    irq_disable();
    return mended;
}

static void hv_exception(struct cpu_user_regs *regs, unsigned int vector)
{
    uint64_t go_on;

    /* A guest's breakpoint on an address that we touched, or that waited for SYSCALL. It comes
     * behind what met it, which is done, so that none of the fixups is meant. */
    if (vector == TRAP_DB) {
        dr6_write(0);
        regs->rflags &= ~EFLAGS_TF;
        return;
    }
    if (regs->rip == (uint64_t)guest_iret)
        iret_faulted(regs, vector);
    if (vector == TRAP_PF && window_mended(regs, cr2_read()))
        return;
    go_on = fixup_find(regs->rip);
    if (go_on) {
        regs->rip = go_on;
        return;
    }
    crash(regs, vector);
}

static void irq_dispatch(unsigned int vector)
{
    if (handlers[vector].fn)
        handlers[vector].fn(handlers[vector].data);
    else
        log_at(LOG_WARNING, "interrupt vector %#x has no handler\n", vector);
    if (vector != VECTOR_SPURIOUS)
        apic_eoi();
}

/* Returns whether to leave by way of guest_exit_work: for what came from a guest, but an NMI. */
bool trap_entry(struct cpu_user_regs *regs)
{
    unsigned int vector = regs->entry_vector & 0xff;

    if (vector == TRAP_NMI) { /* on a stack of its own */
        nmi_handle(regs);
        return false;
    }
    if (vector == TRAP_MC || vector == TRAP_DF)
        crash(regs, vector);
    if (vector >= TRAP_FIRST_IRQ && vector != 0x80)
        irq_dispatch(vector);
    else if (regs->cs & 3)
        trap_hooks->guest_exception(regs, vector);
    else
        hv_exception(regs, vector);
    return regs->cs & 3;
}

void syscall_entry(struct cpu_user_regs *regs)
{
    trap_hooks->syscall(regs);
}

void syscall_entry_compat(struct cpu_user_regs *regs)
{
    trap_hooks->syscall_compat(regs);
}

void sysenter_dispatch(struct cpu_user_regs *regs)
{
    trap_hooks->sysenter(regs);
}

int guest_exit_work(void)
{
    return trap_hooks->exit_work();
}
