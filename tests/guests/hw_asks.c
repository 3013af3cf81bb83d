/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hardware guest with a whole machine, in the place of its firmware, that asks its device models
 * without end: of a device that the real one has, and where nobody is, or a stand-in that answers
 * nonsense (tests/boot/client/nonsense-model.c). It does not care what it is told. */
#include "hw.h"

#define SCREEN  0x3cc /* a register of VGA's */
#define NOBODYS 0x5000
#define STRING  64

static uint8_t bytes[PAGE_SIZE];

static void ask_by_port(uint16_t port)
{
    uint8_t byte = 0;
    uint16_t word = 0;
    uint32_t value = 0;

    __asm__ volatile("inb %1, %0" : "+a"(byte) : "d"(port));
    __asm__ volatile("inw %1, %0" : "+a"(word) : "d"(port));
    __asm__ volatile("inl %1, %0" : "+a"(value) : "d"(port));
    __asm__ volatile("outl %0, %1" ::"a"(value), "d"(port));
}

static void ask_by_string(uint16_t port)
{
    const void *from = bytes;
    uint64_t count = STRING;
    void *to = bytes;

    __asm__ volatile("rep insb" : "+D"(to), "+c"(count) : "d"(port) : "memory");
    count = STRING;
    __asm__ volatile("rep outsb" : "+S"(from), "+c"(count) : "d"(port) : "memory");
}

static void ask_by_memory(volatile uint64_t *there)
{
    const void *from = (const void *)(there + 1);
    uint64_t count = STRING;
    void *to = bytes;

    there[0] = there[1] + *(volatile uint8_t *)there;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count)::"memory");
    __atomic_fetch_add((uint64_t *)there, 1, __ATOMIC_SEQ_CST);
}

void micro_main(void)
{
    print("asks\n");
    for (;;) {
        ask_by_port(SCREEN);
        ask_by_port(NOBODYS);
        ask_by_string(NOBODYS);
        ask_by_memory((volatile uint64_t *)HOLE);
    }
}
