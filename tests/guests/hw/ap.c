/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A second vCPU, started as a PC's processors are (SDM vol. 3, 8.4). */
#include "hw.h"

#include "private.h"

#define AP_PAGE     0x8000UL
#define ICR_INIT    0x4500
#define ICR_STARTUP 0x4600
#define MOMENT      200000

extern const char hw_ap_code[], hw_ap_code_end[];

static void (*ap_function)(void);

void hw_ap_start_here(void)
{
    hw_traps_load();
    apic_write(APIC_SVR, 0x1ff);
    ap_function();
    for (;;)
        __asm__ volatile("cli; hlt");
}

static void wait_a_moment(void)
{
    for (unsigned int i = 0; i < MOMENT; i++)
        __asm__ volatile("pause");
}

static void send(uint32_t apic_id, uint32_t message)
{
    apic_write(APIC_ICR2, apic_id << 24);
    apic_write(APIC_ICR, message);
    wait_a_moment();
}

void hw_ap_start(uint32_t apic_id, void (*function)(void))
{
    ap_function = function;
    memcpy((void *)AP_PAGE, hw_ap_code, (size_t)(hw_ap_code_end - hw_ap_code));
    send(apic_id, ICR_INIT);
    send(apic_id, ICR_STARTUP | AP_PAGE >> PAGE_SHIFT);
}
