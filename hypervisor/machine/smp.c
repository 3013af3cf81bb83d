/* SPDX-License-Identifier: GPL-2.0-or-later */
/* More than one CPU; see smp.h. (SDM vol. 3, 9.4.4: the INIT-SIPI-SIPI sequence.) */
#include "lib/print.h"
#include "lib/string.h"
#include "machine/acpi.h"
#include "machine/apic.h"
#include "machine/cpu.h"
#include "machine/smp.h"
#include "machine/spinlock.h"
#include "machine/stack.h"
#include "machine/time.h"
#include "machine/traps.h"

#define START_TIMEOUT_NS 1000000000ULL

extern const char trampoline_start[], trampoline_end[], trampoline_l4[], trampoline_stack[],
    trampoline_entry[];

void *(*smp_stack_alloc)(void);
uint64_t smp_trampoline_l4;
unsigned int smp_trampoline_frame;

static volatile unsigned int ready_cpu;

static struct {
    struct spinlock lock;
    void (*fn)(void *data);
    void *data;
    cpumask_t todo;
} call = {.lock = SPINLOCK_INIT};

static void poked(void *unused)
{
    /* Nothing here: the way out of the interrupt looks at softirqs and events. */
}

static void called(void *unused)
{
    if (!(READ_ONCE(call.todo) & CPUMASK_OF(this_cpu())))
        return;
    call.fn(call.data);
    __atomic_fetch_and(&call.todo, ~CPUMASK_OF(this_cpu()), __ATOMIC_SEQ_CST);
}

void smp_init(void)
{
    vector_handler_set(VECTOR_POKE, poked, NULL);
    vector_handler_set(VECTOR_CALL, called, NULL);
}

void cpu_poke(unsigned int cpu)
{
    apic_send(cpu_apic_id(cpu), VECTOR_POKE);
}

void cpus_call(cpumask_t mask, void (*fn)(void *data), void *data)
{
    unsigned int cpu, self = this_cpu();
    cpumask_t others = mask & cpus_online & ~CPUMASK_OF(self);

    if (others) {
        /* Interrupts stay on while this CPU waits for its turn: it may be called itself. */
        spin_lock(&call.lock);
        call.fn = fn;
        call.data = data;
        __atomic_store_n(&call.todo, others, __ATOMIC_SEQ_CST);
        for_each_cpu(cpu, others)
            apic_send(cpu_apic_id(cpu), VECTOR_CALL);
    }
    if (mask & CPUMASK_OF(self)) {
        uint64_t flags = irq_save();

        fn(data);
        irq_restore(flags);
    }
    if (others) {
        while (__atomic_load_n(&call.todo, __ATOMIC_ACQUIRE))
            cpu_relax();
        spin_unlock(&call.lock);
    }
}

static void stop(void *unused)
{
    cpu_stop();
}

void cpus_stop_others(void)
{
    unsigned int cpu;

    vector_handler_set(VECTOR_POKE, stop, NULL);
    for_each_cpu(cpu, cpus_online & ~CPUMASK_OF(this_cpu()))
        cpu_poke(cpu);
}

static void delay(uint64_t ns)
{
    uint64_t end = system_time() + ns;

    while (system_time() < end)
        cpu_relax();
}

static void trampoline_patch(char *copy, const char *variable, uint64_t value)
{
    memcpy(copy + (variable - trampoline_start), &value, sizeof(value));
}

static bool start(unsigned int cpu, uint32_t id, unsigned int page)
{
    uint64_t end;

    ready_cpu = 0;
    apic_send_init(id);
    delay(10000000);
    for (int i = 0; i < 2 && !ready_cpu; i++) {
        apic_send_startup(id, page);
        delay(200000);
    }
    for (end = system_time() + START_TIMEOUT_NS; ready_cpu != cpu && system_time() < end;)
        cpu_relax();
    return ready_cpu == cpu;
}

void smp_cpu_ready(void)
{
    unsigned int cpu = this_cpu();

    __atomic_fetch_or(&cpus_online, CPUMASK_OF(cpu), __ATOMIC_SEQ_CST);
    __atomic_store_n(&ready_cpu, cpu, __ATOMIC_SEQ_CST);
}

void smp_start_all(unsigned int limit, void (*entry)(void))
{
    static char saved[PAGE_SIZE];
    char *copy = mfn_to_virt(smp_trampoline_frame);
    uint32_t self = apic_id();

    memcpy(saved, copy, PAGE_SIZE);
    memcpy(copy, trampoline_start, (size_t)(trampoline_end - trampoline_start));
    trampoline_patch(copy, trampoline_l4, smp_trampoline_l4);
    trampoline_patch(copy, trampoline_entry, (uint64_t)entry);

    cpu_apic_id_set(0, self);
    for (unsigned int i = 0; i < acpi.nr_cpus && cpu_count < limit; i++) {
        unsigned int cpu = cpu_count;
        void *stack;

        if (acpi.cpu[i].apic_id == self)
            continue;
        stack = smp_stack_alloc();
        if (!stack)
            break;
        cpu_stack_set(cpu, stack);
        cpu_apic_id_set(cpu, acpi.cpu[i].apic_id);
        trampoline_patch(copy, trampoline_stack, (uint64_t)cpu_info_of(cpu));
        cpu_count++;
        if (!start(cpu, acpi.cpu[i].apic_id, smp_trampoline_frame)) {
            log_at(LOG_WARNING, "CPU with APIC id %u did not start\n", acpi.cpu[i].apic_id);
            cpu_count--;
        }
    }
    memcpy(copy, saved, PAGE_SIZE);
}
