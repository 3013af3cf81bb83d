/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turning the machine off; see shutdown.h. */
#include "lib/compiler.h"

#include <xen/errno.h>
#include <xen/sched.h>

#include "lib/print.h"
#include "machine/acpi.h"
#include "machine/cpu.h"
#include "machine/device_map.h"
#include "machine/shutdown.h"
#include "machine/smp.h"
#include "machine/time.h"

bool machine_no_reboot;

static void delay_ms(uint64_t ms)
{
    uint64_t end = tsc_read() + ms * MAX(tsc_khz, 1000000U);

    while (tsc_read() < end)
        cpu_relax();
}

static void reset_by_acpi(void)
{
    if (acpi.reset_space == 1)
        port_out8((uint16_t)acpi.reset_address, acpi.reset_value);
}

static void reset_by_port_cf9(void)
{
    port_out8(0xcf9, 0x02);
    port_out8(0xcf9, 0x06);
}

static void reset_by_keyboard_controller(void)
{
    port_out8(0x64, 0xfe);
}

static void reset_by_triple_fault(void)
{
    idt_load(0, 0);
    __builtin_trap();
}

noreturn void machine_restart(void)
{
    static void (*const ways[])(void) = {
        reset_by_acpi, reset_by_port_cf9, reset_by_keyboard_controller, reset_by_triple_fault,
    };

    irq_disable();
    cpus_stop_others();
    vmx_leave();
    for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
        ways[i]();
        delay_ms(100);
    }
    cpu_stop();
}

noreturn void machine_restart_after_panic(void)
{
    cpus_stop_others();
    if (machine_no_reboot) {
        printk("Halted, since noreboot was given.\n");
        cpu_stop();
    }
    printk("Restarting in five seconds.\n");
    delay_ms(5000);
    machine_restart();
}

static noreturn void dom0_failed(const char *what)
{
    printk("\n%s The machine can't be used without it.\n", what);
    irq_disable();
    machine_restart_after_panic();
}

noreturn void machine_shutdown(uint8_t reason)
{
    switch (reason) {
    case SHUTDOWN_poweroff:
        printk("dom0 has shut down: stopping. The machine may be turned off.\n");
        irq_disable();
        cpus_stop_others();
        cpu_stop();
    case SHUTDOWN_reboot:
        printk("dom0 asked for a restart.\n");
        machine_restart();
    case SHUTDOWN_watchdog:
        dom0_failed("dom0 no longer answers: its watchdog ran out.");
    default:
        dom0_failed("dom0 has crashed: the lines above are its own last words.");
    }
}

#define PM1_SLEEP_ENABLE (1U << 13)
#define ACPI_STATE_S5    5

int machine_acpi_sleep(uint16_t pm1a, uint16_t pm1b, unsigned int state)
{
    if (state != ACPI_STATE_S5 || !acpi.pm1a_control)
        return -XEN_EINVAL;
    printk("Turning the machine off.\n");
    irq_disable();
    cpus_stop_others();
    port_out16(acpi.pm1a_control, (uint16_t)(pm1a | PM1_SLEEP_ENABLE));
    if (acpi.pm1b_control)
        port_out16(acpi.pm1b_control, (uint16_t)(pm1b | PM1_SLEEP_ENABLE));
    delay_ms(1000);
    cpu_stop();
}
