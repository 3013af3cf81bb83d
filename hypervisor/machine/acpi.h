/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hypervisor reads of the ACPI tables (ACPI 6.4, chapter 5): which CPUs and IO-APICs
 * there are, where the timers are, how the machine is turned off. */
#ifndef MACHINE_ACPI_H
#define MACHINE_ACPI_H

#include "machine/percpu.h"

#define ACPI_MAX_IOAPICS 8
#define ACPI_MAX_MCFG    8

struct acpi_info {
    unsigned int nr_cpus;
    struct {
        uint32_t apic_id, acpi_id;
    } cpu[MAX_CPUS];
    uint64_t lapic_address;

    unsigned int nr_ioapics;
    struct {
        uint32_t id, gsi_base;
        uint64_t address;
    } ioapic[ACPI_MAX_IOAPICS];

    /* Where the 16 ISA interrupts arrive. */
    struct {
        uint32_t gsi;
        bool level, low;
    } isa[16];

    uint16_t pm_timer_port; /* 0: none */
    uint16_t pm1a_control, pm1b_control;
    uint16_t sci;
    uint64_t hpet_address;  /* 0: none */
    uint8_t reset_space;    /* 1: port; 0xff: no reset register */
    uint64_t reset_address;
    uint8_t reset_value;

    unsigned int nr_mcfg;
    struct {
        uint64_t address;
        uint16_t segment;
        uint8_t first_bus, last_bus;
    } mcfg[ACPI_MAX_MCFG];
};

extern struct acpi_info acpi;

/* Reads the tables, from the RSDP at that machine address or, when it is 0, from where the
 * firmware leaves it. False when there are none. Boot only. */
bool acpi_init(uint64_t rsdp);

#endif
