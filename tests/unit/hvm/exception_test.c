/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An exception that comes as another event is delivered: which of the two the guest gets. */
#include "check.h"

#include "hvm/hvm.h"
#include "hvm/platform/platform.h"
#include "machine/traps.h"

static struct hvm_vcpu hvm;
static struct vcpu vcpu = {.hvm = &hvm};
static unsigned int triple_faults, apic_retracts, pic_retracts;
static bool is_apics;

void hvm_triple_fault(struct vcpu *v)
{
    triple_faults++;
}

bool lapic_retract(struct lapic *apic, unsigned int vector)
{
    apic_retracts += is_apics;
    return is_apics;
}

void hvm_platform_extint_retract(struct vcpu *v, uint8_t vector)
{
    pic_retracts++;
}

static uint64_t dr7;

static uint64_t debug_read(const struct vcpu *v, bool seven)
{
    CHECK(seven);
    return dr7;
}

static void debug_write(struct vcpu *v, bool seven, uint64_t value)
{
    CHECK(seven);
    dr7 = value;
}

static const struct hvm_backend backend = {.debug_read = debug_read, .debug_write = debug_write};
const struct hvm_backend *hvm_backend = &backend;

static void deliver(enum hvm_event_type type, uint8_t vector)
{
    hvm.event = (struct hvm_event){type, vector, false, 0};
    triple_faults = apic_retracts = pic_retracts = 0;
}

/* What is delivered after the two; 0xff: a triple fault. */
static unsigned int after(uint8_t first, uint8_t second)
{
    deliver(HVM_EVENT_EXCEPTION, first);
    hvm_exception(&vcpu, second, true, 0x18);
    if (triple_faults)
        return 0xff;
    CHECK(hvm.event.type == HVM_EVENT_EXCEPTION && hvm.event.has_error);
    CHECK_EQ(hvm.event.error, hvm.event.vector == TRAP_DF && second != TRAP_DF ? 0 : 0x18);
    return hvm.event.vector;
}

static void two_faults(void)
{
    static const uint8_t contributory[] = {TRAP_DE, TRAP_TS, TRAP_NP, TRAP_SS, TRAP_GP};
    static const uint8_t benign[] = {TRAP_DB, TRAP_BP, TRAP_UD, TRAP_NM, TRAP_MF, TRAP_AC};

    for (size_t i = 0; i < ARRAY_SIZE(contributory); i++) {
        uint8_t c = contributory[i];

        for (size_t j = 0; j < ARRAY_SIZE(contributory); j++)
            CHECK_EQ(after(c, contributory[j]), TRAP_DF);
        CHECK_EQ(after(c, TRAP_PF), TRAP_PF);
        CHECK_EQ(after(TRAP_PF, c), TRAP_DF);
        CHECK_EQ(after(TRAP_DF, c), 0xff);
        for (size_t j = 0; j < ARRAY_SIZE(benign); j++) {
            CHECK_EQ(after(benign[j], c), c);
            CHECK_EQ(after(c, benign[j]), benign[j]);
        }
    }
    CHECK_EQ(after(TRAP_PF, TRAP_PF), TRAP_DF);
    CHECK_EQ(after(TRAP_DF, TRAP_PF), 0xff);
    for (size_t j = 0; j < ARRAY_SIZE(benign); j++) {
        CHECK_EQ(after(TRAP_PF, benign[j]), benign[j]);
        CHECK_EQ(after(TRAP_DF, benign[j]), benign[j]);
        CHECK_EQ(after(benign[j], TRAP_PF), TRAP_PF);
    }
}

static void an_interrupt_comes_again(void)
{
    is_apics = true;
    deliver(HVM_EVENT_INTERRUPT, 0x51);
    hvm_exception(&vcpu, TRAP_PF, true, 2);
    CHECK(apic_retracts == 1 && pic_retracts == 0 && hvm.event.vector == TRAP_PF);
    is_apics = false;
    deliver(HVM_EVENT_INTERRUPT, 0x0d); /* is no #GP */
    hvm_exception(&vcpu, TRAP_GP, true, 2);
    CHECK(apic_retracts == 0 && pic_retracts == 1 && hvm.event.vector == TRAP_GP);
    deliver(HVM_EVENT_NMI, TRAP_NMI);
    hvm_exception(&vcpu, TRAP_GP, true, 2);
    CHECK(hvm.event.vector == TRAP_GP && hvm.event.error == 2);
    deliver(HVM_EVENT_NONE, 0);
    hvm_exception(&vcpu, TRAP_UD, false, 0);
    CHECK(hvm.event.vector == TRAP_UD && !hvm.event.has_error);
    CHECK_EQ(pic_retracts + triple_faults, 0);
}

static void a_debug_exception_opens_the_registers(void)
{
    dr7 = 0x2400;
    deliver(HVM_EVENT_NONE, 0);
    hvm_exception(&vcpu, TRAP_UD, false, 0);
    CHECK_EQ(dr7, 0x2400);
    deliver(HVM_EVENT_NONE, 0);
    hvm_exception(&vcpu, TRAP_DB, false, 0);
    CHECK_EQ(dr7, 0x400);
}

int main(void)
{
    RUN(two_faults);
    RUN(an_interrupt_comes_again);
    RUN(a_debug_exception_opens_the_registers);
    return check_done();
}
