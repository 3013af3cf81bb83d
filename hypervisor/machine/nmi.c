/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Non-maskable interrupts; see nmi.h. (ICH9 data sheet, 13.7.1: NMI_SC, port 0x61.) */
#include "machine/nmi.h"
#include "lib/print.h"
#include "machine/cpu.h"
#include "machine/percpu.h"
#include "machine/spinlock.h"

#define STATUS_PORT 0x61
#define PCI_ERROR   0x80
#define BUS_ERROR   0x40

/* A line that is stuck must not drown everything else. */
#define MOST_REPORTS 16

bool nmi_is_fatal;

static struct spinlock lock = SPINLOCK_INIT; /* taken in NMI context only */
static unsigned int reports;

static const char *reason(uint8_t status)
{
    if (status & PCI_ERROR)
        return "the PCI bus reports an error (SERR)";
    if (status & BUS_ERROR)
        return "a device or memory reports an error (IOCHK)";
    return "its cause is not known: perhaps somebody asked for it";
}

static void report(const struct cpu_user_regs *regs, const char *why)
{
    printk("\nNMI on CPU %u: %s. It was doing this:\n", this_cpu(), why);
    registers_show(regs);
    if (regs->cs & 3)
        printk("That is a guest's code.\n");
    else
        trace_show(regs->rbp, regs->rip);
}

void nmi_handle(const struct cpu_user_regs *regs)
{
    const char *why = reason(port_in8(STATUS_PORT));
    bool emergency;

    spin_lock(&lock);
    emergency = print_emergency;
    WRITE_ONCE(print_emergency, true);
    if (reports < MOST_REPORTS)
        report(regs, why);
    if (++reports == MOST_REPORTS)
        printk("There have been %u NMIs: no more of them are reported.\n", reports);
    WRITE_ONCE(print_emergency, emergency);
    spin_unlock(&lock);
    if (nmi_is_fatal)
        panic("NMI: %s (nmi=fatal)", why);
}
