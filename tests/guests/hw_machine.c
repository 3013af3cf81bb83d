/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hardware guest with a whole machine, in the place of its firmware: the devices that the hypervisor
 * has, as they are and under nonsense; the device model's, by single accesses and by strings; and what a PC
 * has that this machine has not (the gate of A20, system management mode). */
#include "hw.h"

#define RTC_INDEX    0x70
#define RTC_DATA     0x71
#define PIT_COUNTER  0x40
#define PIT_COMMAND  0x43
#define PIC_MASK     0x21
#define PM_BASES     {0x1f40, 0xb000} /* xen/hvm/ioreq.h: where ACPI's ports are, or were */
#define PM_CONTROL   4
#define PM_TIMER     8
#define PM_SLEEP     0x20 /* of the control word's upper byte */
#define IO_APIC      0xfec00000UL
#define HPET         0xfed00000UL
#define PCI_ADDRESS  0xcf8
#define PCI_DATA     0xcfc
#define PLATFORM_ID  0x00015853
#define UNPLUG_PORT  0x10
#define UNPLUG_MAGIC 0x49d2
#define VGA_MEMORY   0xa0000UL
#define VGA_SIZE     0x10000UL
#define SHORT        300 /* each byte asks the device model twice */
#define MANY         1000

static uint32_t seed = 12345;

static uint32_t dice(void)
{
    seed = seed * 1664525 + 1013904223;
    return seed >> 8;
}

static void out1(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static void out4(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" ::"a"(value), "Nd"(port));
}

static uint8_t in1(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static uint16_t in2(uint16_t port)
{
    uint16_t value;

    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static uint32_t in4(uint16_t port)
{
    uint32_t value;

    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void pause_for(uint64_t ns)
{
    uint64_t end = time_ns() + ns;

    while (time_ns() < end)
        __asm__ volatile("pause");
}

static unsigned int pit_now(void)
{
    unsigned int low;

    out1(PIT_COMMAND, 0);
    low = in1(PIT_COUNTER);
    return low | (unsigned int)in1(PIT_COUNTER) << 8;
}

static void check_timer(void)
{
    unsigned int first;

    for (unsigned int i = 0; i < MANY; i++)
        out1((uint16_t)(PIT_COUNTER + dice() % 4), (uint8_t)dice());
    out1(0x61, (uint8_t)(in1(0x61) ^ 3));
    out1(PIT_COMMAND, 0x34); /* channel 0, a rate */
    out1(PIT_COUNTER, 0xff);
    out1(PIT_COUNTER, 0xff);
    first = pit_now();
    pause_for(2000000);
    check(pit_now() != first, "the timer counts, after much nonsense");
}

static void check_clock(void)
{
    for (unsigned int i = 0; i < MANY; i++) {
        out1(RTC_INDEX, (uint8_t)dice());
        if (i % 2)
            (void)in1(RTC_DATA);
        else
            out1(RTC_DATA, (uint8_t)dice());
    }
    out1(RTC_INDEX, 0x0d);
    check(in1(RTC_DATA) & 0x80, "the clock's battery is good");
    out1(RTC_INDEX, 0x7f);
    out1(RTC_DATA, 0x5a);
    out1(RTC_INDEX, 0x7f);
    expect(in1(RTC_DATA), 0x5a, "its memory keeps a byte");
}

static void check_interrupt_controllers(void)
{
    static const uint16_t ports[] = {0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x4d1};
    volatile uint32_t *select = (uint32_t *)IO_APIC, *window = (uint32_t *)(IO_APIC + 0x10);

    for (unsigned int i = 0; i < MANY; i++) {
        out1(ports[dice() % ARRAY_SIZE(ports)], (uint8_t)dice());
        (void)in1(ports[dice() % ARRAY_SIZE(ports)]);
    }
    out1(0x20, 0x11);
    out1(0x21, 0x20);
    out1(0x21, 4);
    out1(0x21, 1);
    out1(PIC_MASK, 0xa5);
    expect(in1(PIC_MASK), 0xa5, "the old interrupt controller can be set up anew");
    out1(PIC_MASK, 0xff);
    for (unsigned int i = 0; i < MANY; i++) {
        *select = dice() % 300;
        *window = dice() | 0x10000; /* masked */
    }
    *select = 1;
    check((*window & 0xff) >= 0x10 && *window >> 16 < 240, "the IO-APIC has a version: %x", *window);
    *select = 0x10;
    *window = ~0U;
    check((*window & 0xffff0000) == 0x10000, "an entry of it has no bits that are none: %x", *window);
}

static void check_event_timer(void)
{
    volatile uint64_t *capabilities = (uint64_t *)HPET, *on = (uint64_t *)(HPET + 0x10),
                      *counter = (uint64_t *)(HPET + 0xf0);
    uint64_t before = *capabilities, first;

    for (unsigned int i = 0; i < MANY; i++) {
        uint64_t offset = dice() % 0x400;

        if (i % 3 == 0)
            *(volatile uint64_t *)(HPET + (offset & ~7UL)) = dice();
        else if (i % 3 == 1)
            *(volatile uint32_t *)(HPET + (offset & ~3UL)) = dice();
        else
            *(volatile uint8_t *)(HPET + offset) = (uint8_t)dice();
    }
    check(*capabilities == before, "what the HPET can do stays");
    *on = 1;
    first = *counter;
    pause_for(1000000);
    check(*counter != first, "and it counts");
    *on = 0;
}

/* All but falling asleep. */
static void check_power_block(void)
{
    static const uint16_t bases[] = PM_BASES;
    unsigned int counting = 0;

    for (unsigned int b = 0; b < ARRAY_SIZE(bases); b++) {
        uint32_t first;

        for (unsigned int i = 0; i < MANY; i++) {
            unsigned int offset = dice() % 12;
            uint8_t value = (uint8_t)dice();

            out1((uint16_t)(bases[b] + offset),
                 offset == PM_CONTROL + 1 ? value & (uint8_t)~PM_SLEEP : value);
        }
        first = in4((uint16_t)(bases[b] + PM_TIMER));
        pause_for(1000000);
        counting += in4((uint16_t)(bases[b] + PM_TIMER)) != first;
    }
    expect(counting, 1, "ACPI's timer is at one of its places, and counts");
}

static void check_no_gate(void)
{
    volatile uint32_t *low = (uint32_t *)0x5000, *high = (uint32_t *)0x105000;
    uint32_t kept = *high;

    *low = 0x11111111;
    for (unsigned int way = 0; way < 4; way++) {
        if (way % 2)
            out1(0x92, way & 2);
        out1(0x64, 0xd1);
        out1(0x60, way & 1 ? 0xdd : 0xdf);
        *low = 0x11111111 + way;
        check(*high == kept, "with A20 at %u, 1 MiB is not 0", way);
    }
    out1(0x92, 2);
}

static void check_no_smm(void)
{
    uint32_t code = *(volatile uint32_t *)0x38000;

    for (unsigned int value = 0; value < 256; value++)
        out1(0xb2, (uint8_t)value);
    check(*(volatile uint32_t *)0x38000 == code, "nobody saves a state at 0x38000");
    expect(execute_text("\x0f\xaa", NULL), TRAP_UD, "RSM");
}

static uint32_t pci_read(unsigned int slot, unsigned int offset)
{
    out4(PCI_ADDRESS, 0x80000000 | slot << 11 | offset);
    return in4(PCI_DATA);
}

static void check_devices(void)
{
    unsigned int platform = 0, others = 0;

    for (unsigned int slot = 0; slot < 32; slot++) {
        uint32_t id = pci_read(slot, 0);

        platform += id == PLATFORM_ID;
        others += id != ~0U && id != PLATFORM_ID;
    }
    expect(platform, 1, "the platform device is on the bus");
    check(others >= 2, "with others");
    expect(in2(UNPLUG_PORT), UNPLUG_MAGIC, "emulated devices can be unplugged");
    for (uint16_t port = 0; port < 0x400; port++)
        (void)in1(port);
    check(true, "any port can be read");
}

static void vga_set(uint16_t port, uint8_t index, uint8_t value)
{
    out1(port, index);
    out1((uint16_t)(port + 1), value);
}

/* Its memory, as bytes one after another. */
static void vga_prepare(void)
{
    out1(0x3c2, 0x63);
    vga_set(0x3c4, 0, 3);
    vga_set(0x3c4, 2, 0x0f);
    vga_set(0x3c4, 4, 0x0e);
    vga_set(0x3ce, 3, 0);
    vga_set(0x3ce, 5, 0x40);
    vga_set(0x3ce, 6, 5);
    vga_set(0x3ce, 8, 0xff);
}

static void move(void *to, const void *from, uint64_t count, bool down)
{
    if (down)
        __asm__ volatile("std; rep movsb; cld" : "+D"(to), "+S"(from), "+c"(count)::"memory");
    else
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count)::"memory");
}

static void check_strings(void)
{
    static uint8_t there[3 * PAGE_SIZE], back[3 * PAGE_SIZE];
    uint8_t *vga = (uint8_t *)VGA_MEMORY;
    uint64_t count = PAGE_SIZE / 4;
    void *at = vga;

    vga_prepare();
    for (size_t i = 0; i < sizeof(there); i++)
        there[i] = (uint8_t)dice();
    move(vga + 5, there, sizeof(there), false);
    move(back, vga + 5, sizeof(back), false);
    check(!memcmp(there, back, sizeof(there)), "a long string goes to the screen's memory and back");
    memset(back, 0, sizeof(back));
    move(vga + VGA_SIZE - 1, there + sizeof(there) - 1, sizeof(there), true);
    move(back + sizeof(back) - 1, vga + VGA_SIZE - 1, sizeof(back), true);
    check(!memcmp(there, back, sizeof(there)), "and downwards");
    move(vga + 0x4ff0, vga + VGA_SIZE - sizeof(there), SHORT, false);
    move(back, vga + 0x4ff0, SHORT, false);
    check(!memcmp(there, back, SHORT), "within that memory as well");
    move(vga + 1, vga, SHORT, false);
    check(vga[SHORT] == vga[0] && vga[SHORT / 2] == vga[0], "over itself byte by byte");
    __asm__ volatile("rep stosl" : "+D"(at), "+c"(count) : "a"(0x04030201) : "memory");
    check(*(volatile uint64_t *)(vga + 8) == 0x0403020104030201 && vga[PAGE_SIZE - 1] == 4,
          "a filling string");
    *(volatile uint64_t *)(vga + 0x2ffd) = 0x1122334455667788;
    check(*(volatile uint64_t *)(vga + 0x2ffd) == 0x1122334455667788, "eight bytes over a page's end");
}

void micro_main(void)
{
    check_devices();
    check_strings();
    check_timer();
    check_clock();
    check_interrupt_controllers();
    check_event_timer();
    check_power_block();
    check_no_gate();
    check_no_smm();
}
