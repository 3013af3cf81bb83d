/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hardware domains and vCPUs as a kind of guests: made, loaded, entered, taken down. */
#include "hvm/hvm.h"

#include "domain/context.h"
#include "domain/shared_page.h"
#include "hvm/platform/platform.h"
#include "lib/bits.h"
#include "lib/print.h"
#include "lib/string.h"
#include "machine/cpu.h"
#include "machine/cpu_features.h"
#include "machine/descriptors.h"
#include "memory/allocator.h"
#include "memory/flush.h"
#include "memory/map.h"
#include "schedule/softirq.h"

#define DR6_RESET 0xffff0ff0UL

const struct hvm_backend *hvm_backend;
long (*hvm_hypercall)(struct cpu_user_regs *regs);
long (*hvm_hypercall_compat)(struct cpu_user_regs *regs);

static int domain_init(struct domain *d)
{
    struct hvm_domain *hvm;
    int error;

    if (d->max_vcpus > HVM_MAX_VCPUS)
        return -XEN_EINVAL;
    hvm = hv_alloc(sizeof(*hvm));
    if (!hvm)
        return -XEN_ENOMEM;
    d->hvm = hvm;
    hvm->params[HVM_PARAM_TRIPLE_FAULT_REASON] = SHUTDOWN_reboot;
    spin_init(&hvm->share_lock);
    ioreq_domain_init(d);
    error = p2m_init(&hvm->p2m, hvm_backend->p2m_format);
    if (!error && d->emulation_flags != XEN_X86_EMU_LAPIC)
        error = hvm_platform_create(d);
    return error;
}

static void domain_free(struct domain *d)
{
    hvm_platform_free(d);
    p2m_free(&d->hvm->p2m);
    hv_free(d->hvm, sizeof(*d->hvm));
    d->hvm = NULL;
}

static void apic_timer_fired(void *data)
{
    struct vcpu *v = data;

    atomic_bit_set(&v->hvm->requests, HVM_REQUEST_TIMER);
    vcpu_kick(v);
}

static int vcpu_init(struct vcpu *v)
{
    struct hvm_vcpu *hvm = hv_alloc(sizeof(*hvm));
    int error;

    if (!hvm)
        return -XEN_ENOMEM;
    v->hvm = hvm;
    timer_init(&hvm->timer, apic_timer_fired, v, v->id % cpu_count);
    hvm->lapic.owner = &hvm_lapic_owner;
    hvm->lapic.ctx = v;
    lapic_reset(&hvm->lapic, hvm_apic_id(v), v->id == 0);
    hvm->waits_for_startup = v->id != 0;
    error = hvm_backend->vcpu_init(v);
    if (error) {
        hv_free(hvm, sizeof(*hvm));
        v->hvm = NULL;
    }
    return error;
}

static void vcpu_free(struct vcpu *v)
{
    hvm_backend->vcpu_free(v);
    hv_free(v->hvm->window, HVM_WINDOW_SIZE);
    hv_free(v->hvm, sizeof(*v->hvm));
}

static int relinquish(struct domain *d)
{
    struct vcpu *v;
    int error;

    for_each_vcpu(d, v) timer_kill(&v->hvm->timer);
    ioreq_domain_close(d);
    hvm_platform_stop(d);
    error = hvm_borrowed_release(d);
    return error ? error : p2m_release(&d->hvm->p2m, hypercall_should_yield);
}

static void save(struct vcpu *v)
{
    if (cpu_features.rdtscp)
        v->tsc_aux = (uint32_t)msr_read(MSR_TSC_AUX);
    hvm_xcr_update(v);
    if (hvm_backend->save)
        hvm_backend->save(v);
    dr6_write(DR6_RESET); /* the next guest must not find what this one's breakpoints left */
}

static void load(struct vcpu *v)
{
    gdt_use_window(this_cpu(), 0);
    ldt_use(this_cpu(), 0, 0);
    tlb_switch_root(hv_cr3);
    hvm_backend->load(v);
    if (cpu_features.rdtscp)
        msr_write(MSR_TSC_AUX, v->tsc_aux);
}

static noreturn void resume(void)
{
    hvm_backend->resume();
}

static void show(const struct vcpu *v)
{
    const struct cpu_user_regs *regs = v == current_vcpu() ? guest_regs() : &v->regs;
    struct hvm_registers r;

    hvm_backend->registers_get(v, &r);
    printk("vCPU %u of a hardware guest, last hypercall %u\n", v->id, v->hvm->last_hypercall);
    printk("rip %04x:%016lx  rsp %016lx  rflags %016lx\n", r.segment[HVM_CS].selector, regs->rip,
           regs->rsp, regs->rflags);
    printk("rax %016lx  rbx %016lx  rcx %016lx  rdx %016lx\n", regs->rax, regs->rbx, regs->rcx,
           regs->rdx);
    printk("rsi %016lx  rdi %016lx  rbp %016lx  r8  %016lx\n", regs->rsi, regs->rdi, regs->rbp,
           regs->r8);
    printk("cr0 %016lx  cr2 %016lx  cr3 %016lx  cr4 %016lx  efer %lx\n", r.cr0, r.cr2, r.cr3, r.cr4,
           r.efer);
    for (unsigned int i = 0; i < HVM_SEGMENTS; i++)
        printk(
            "  %s %04x  %03x  base %016lx  limit %08x\n",
            (const char *const[]){"es", "cs", "ss", "ds", "fs", "gs", "gdt", "ldt", "idt", "tr"}[i],
            r.segment[i].selector, r.segment[i].attributes, r.segment[i].base, r.segment[i].limit);
}

void hvm_prepare_entry(struct vcpu *v)
{
    for (;;) {
        irq_disable();
        if (unlikely(softirq_pending())) {
            irq_enable();
            softirq_process();
        } else if (unlikely(hvm_io_is_due(&v->hvm->ioreq))) {
            irq_enable();
            hvm_io_resume(v);
        } else if (unlikely(hvm_requests_due(v))) {
            irq_enable();
            hvm_requests_handle(v);
        } else {
            break;
        }
    }
    hvm_deliver_pending(v);
}

void hvm_halt(struct vcpu *v)
{
    bool last;

    if (guest_regs()->rflags & EFLAGS_IF) {
        vcpu_block(v);
        return;
    }
    vcpu_down(v, &last);
    if (last)
        domain_shutdown(v->domain, SHUTDOWN_poweroff);
}

/* Where the guest's own tables, and then its map, lead from a linear address. */
static void show_translation(struct vcpu *v, const char *name, uint64_t linear)
{
    uint64_t gpa, mfn;
    bool present;

    if (!hvm_translate(v, linear, false, false, &gpa, &present))
        printk("%s: %s the guest's page tables\n", name, present ? "denied by" : "not in");
    else if (p2m_lookup(&v->domain->hvm->p2m, gpa >> PAGE_SHIFT, &mfn) == P2M_HOLE)
        printk("%s: guest-physical %016lx, where nothing is\n", name, gpa);
    else
        printk("%s: guest-physical %016lx, frame %lx\n", name, gpa, mfn);
}

void hvm_words_latch(struct vcpu *v)
{
    shared_layout_set(v->domain, !hvm_backend->is_64bit(v));
}

void hvm_triple_fault(struct vcpu *v)
{
    uint64_t reason = READ_ONCE(v->domain->hvm->params[HVM_PARAM_TRIPLE_FAULT_REASON]);
    struct hvm_registers r;

    printk("d%u vCPU %u: triple fault\n", v->domain->domid, v->id);
    show(v);
    hvm_backend->registers_get(v, &r);
    show_translation(v, "rip", hvm_backend->linear_rip(v));
    show_translation(v, "cr2", r.cr2);
    show_translation(v, "idt", r.segment[HVM_IDTR].base);
    domain_shutdown(v->domain, (uint8_t)reason);
}

/* PV's way of giving a vCPU registers. Hardware guests have records for that (context.c); of this only
 * what a toolstack changes in a vCPU that goes on is taken: what a hypercall has returned to it. */
static int set_context(struct vcpu *v, const struct vcpu_guest_context *context)
{
    if (!v->initialised)
        return -XEN_EOPNOTSUPP;
    v->regs.rax = context->user_regs.rax;
    return 0;
}

static void get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
    struct hvm_registers r;

    memset(c, 0, sizeof(*c));
    hvm_backend->registers_get(v, &r);
    memcpy(&c->fpu_ctxt, v->fpu, sizeof(c->fpu_ctxt));
    c->flags = VGCF_I387_VALID | VGCF_in_kernel;
    c->user_regs = v->regs;
    c->user_regs.cs = r.segment[HVM_CS].selector;
    c->user_regs.ss = r.segment[HVM_SS].selector;
    c->ctrlreg[0] = r.cr0;
    c->ctrlreg[2] = r.cr2;
    c->ctrlreg[3] = r.cr3;
    c->ctrlreg[4] = r.cr4;
    c->fs_base = r.segment[HVM_FS].base;
    c->gs_base_kernel = r.segment[HVM_GS].base;
    c->gs_base_user = r.kernel_gs_base;
}

/* The guest is to see its memory as it is now, and so are its device models before it goes on. */
static void gfn_flush(struct domain *d)
{
    tlb_flush_mask(READ_ONCE(d->dirty_cpus));
    if (d == current_domain())
        ioreq_invalidate(current_vcpu());
}

static cpumask_t cpus(void)
{
    return hvm_backend->cpus();
}

static const struct guest_ops ops = {
    .cpus = cpus,
    .domain_init = domain_init,
    .domain_free = domain_free,
    .vcpu_init = vcpu_init,
    .vcpu_free = vcpu_free,
    .relinquish = relinquish,
    .save = save,
    .load = load,
    .resume = resume,
    .set_context = set_context,
    .get_context = get_context,
    .show = show,
    .grant_map = hvm_grant_map,
    .grant_unmap = hvm_grant_unmap,
    .grant_replace = hvm_grant_replace,
    .grant_flush = hvm_grant_flush,
    .interrupt_due = hvm_interrupt_due,
    .copy_from = hvm_copy_from,
    .copy_to = hvm_copy_to,
    .gfn_get = hvm_gfn_get,
    .gfn_fill = hvm_gfn_fill,
    .gfn_drop = hvm_gfn_drop,
    .gfn_share = hvm_gfn_share,
    .gfn_foreign = hvm_gfn_foreign,
    .gfn_move = hvm_gfn_move,
    .gfn_flush = gfn_flush,
    .gfn_highest = hvm_gfn_highest,
    .frame_written = hvm_frame_written,
    .hypercall_length = sizeof(hvm_backend->call_insn),
};

/* Sets hvm_backend; or returns why there is none. */
static const char *find(void)
{
    static const char *(*const kinds[])(const struct hvm_backend **found) = {svm_find, vmx_find};

    for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
        const char *why = kinds[i](&hvm_backend);

        if (why)
            return why;
    }
    return "the CPU has neither SVM nor VMX";
}

void hvm_init(void)
{
    const char *why = find();

    if (!hvm_backend) {
        log_at(LOG_INFO, "Hardware guests: none, since %s\n", why);
        return;
    }
    guest_ops_hvm = &ops;
    ioreq_init();
    log_at(LOG_INFO, "Hardware guests: by %s\n", hvm_backend->name);
}

void hvm_init_cpu(unsigned int cpu)
{
    if (hvm_backend)
        hvm_backend->cpu_init(cpu);
}
