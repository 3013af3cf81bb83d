/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers of a vCPU that begins (SDM vol. 3, 9.1.1 and 8.4.4). */
#include "hvm/hvm.h"

#include "lib/string.h"
#include "machine/cpu.h"

#define ATTR_CODE  0x9b /* present, accessed, readable */
#define ATTR_DATA  0x93
#define ATTR_LDT   0x82
#define ATTR_TSS32 0x8b

#define PAT_RESET 0x0007040600070406ULL
#define DR6_RESET 0xffff0ff0
#define DR7_RESET 0x400

static struct hvm_segment real_mode(uint16_t selector, uint16_t attributes)
{
    return (struct hvm_segment){selector, attributes, 0xffff, (uint64_t)selector << 4};
}

void hvm_registers_startup(struct hvm_registers *r, uint8_t vector)
{
    memset(r, 0, sizeof(*r));
    for (unsigned int i = 0; i < HVM_SEGMENTS; i++)
        r->segment[i] = real_mode(0, ATTR_DATA);
    r->segment[HVM_CS] = real_mode((uint16_t)(vector << 8), ATTR_CODE);
    r->segment[HVM_LDTR].attributes = ATTR_LDT;
    r->segment[HVM_TR].attributes = ATTR_TSS32;
    r->segment[HVM_GDTR].attributes = r->segment[HVM_IDTR].attributes = 0;
    r->cr0 = CR0_ET;
    r->dr6 = DR6_RESET;
    r->dr7 = DR7_RESET;
    r->pat = PAT_RESET;
}

void hvm_registers_reset(struct hvm_registers *r)
{
    hvm_registers_startup(r, 0);
    r->segment[HVM_CS].selector = 0xf000;
    r->segment[HVM_CS].base = 0xffff0000;
}
