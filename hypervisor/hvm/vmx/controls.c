/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which controls are used; see controls.h. */
#include "hvm/vmx/controls.h"

#include "lib/compiler.h"

/* Controls that have to be there. */
static const struct {
    enum vmx_word word;
    uint32_t bits;
    const char *missing;
} needed[] = {
    {VMX_PRIMARY, PRIMARY_SECONDARY, "the CPU's VMX has no secondary controls"},
    {VMX_SECONDARY, SECONDARY_EPT, "the CPU's VMX has no extended page tables"},
    {VMX_SECONDARY, SECONDARY_UNRESTRICTED,
     "the CPU's VMX can't run real mode (unrestricted guest)"},
    {VMX_PIN, PIN_INTERRUPT | PIN_NMI, "the CPU's VMX can't exit for interrupts"},
    {VMX_PIN, PIN_OWN_NMIS, "the CPU's VMX has no virtual NMIs"},
    {VMX_PRIMARY, PRIMARY_HLT | PRIMARY_MWAIT | PRIMARY_RDPMC | PRIMARY_MONITOR,
     "the CPU's VMX can't exit for HLT and its kin"},
    {VMX_PRIMARY, PRIMARY_CR8_LOAD | PRIMARY_CR8_STORE | PRIMARY_DR,
     "the CPU's VMX can't exit for CR8 and debug registers"},
    {VMX_PRIMARY, PRIMARY_TSC_OFFSET, "the CPU's VMX has no offset of the TSC"},
    {VMX_PRIMARY, PRIMARY_IO, "the CPU's VMX can't exit for ports"},
    {VMX_PRIMARY, PRIMARY_MSR_MAP, "the CPU's VMX has no map of MSRs"},
    {VMX_EXIT, EXIT_CONTROL_64BIT, "the CPU's VMX can't return to 64-bit code"},
    {VMX_EXIT, EXIT_CONTROL_SAVE_PAT | EXIT_CONTROL_LOAD_PAT, "the CPU's VMX does not switch PAT"},
    {VMX_EXIT, EXIT_CONTROL_SAVE_EFER | EXIT_CONTROL_LOAD_EFER,
     "the CPU's VMX does not switch EFER"},
    {VMX_ENTRY, ENTRY_CONTROL_DEBUG, "the CPU's VMX does not switch DR7"},
    {VMX_ENTRY, ENTRY_CONTROL_LOAD_PAT, "the CPU's VMX does not switch PAT"},
    {VMX_ENTRY, ENTRY_CONTROL_LOAD_EFER, "the CPU's VMX does not switch EFER"},
};

/* Those that come and go while a guest runs: a CPU has to have them, too. */
static const struct {
    enum vmx_word word;
    uint32_t bits;
    const char *missing;
} changing[] = {
    {VMX_PRIMARY, PRIMARY_INTERRUPT_WINDOW | PRIMARY_NMI_WINDOW,
     "the CPU's VMX can't tell when a guest takes interrupts"},
    {VMX_PRIMARY, PRIMARY_RDTSC, "the CPU's VMX can't exit for RDTSC"},
    {VMX_ENTRY, ENTRY_CONTROL_LONG_MODE, "the CPU's VMX can't enter 64-bit code"},
};

/* Those that are used where they are. The preemption timer is not among them: a vCPU runs no longer
 * than the scheduler's slice (schedule.c) since the machine's own timer ends its run as any
 * interrupt does, whatever the guest thinks of interrupts (PIN_INTERRUPT). What holds an interrupt
 * off would hold that timer off as well: exceptions in a loop, for which #AC and #DB exit
 * (state.c). */
static const uint32_t wanted[VMX_WORDS] = {
    [VMX_SECONDARY] = SECONDARY_VPID | SECONDARY_WBINVD | SECONDARY_RDTSCP | SECONDARY_INVPCID |
                      SECONDARY_TSC_SCALING,
};

static uint32_t must(const struct vmx_capabilities *caps, enum vmx_word word)
{
    return (uint32_t)caps->word[word];
}

static uint32_t may(const struct vmx_capabilities *caps, enum vmx_word word)
{
    return (uint32_t)(caps->word[word] >> 32);
}

const char *vmx_controls_choose(const struct vmx_capabilities *caps, uint32_t controls[VMX_WORDS])
{
    for (unsigned int word = 0; word < VMX_WORDS; word++)
        controls[word] = must(caps, word) | (wanted[word] & may(caps, word));
    for (unsigned int i = 0; i < ARRAY_SIZE(needed); i++) {
        if ((needed[i].bits & may(caps, needed[i].word)) != needed[i].bits)
            return needed[i].missing;
        controls[needed[i].word] |= needed[i].bits;
    }
    for (unsigned int i = 0; i < ARRAY_SIZE(changing); i++)
        if ((changing[i].bits & may(caps, changing[i].word)) != changing[i].bits ||
            (changing[i].bits & must(caps, changing[i].word)))
            return changing[i].missing;
    if (must(caps, VMX_PRIMARY) & (PRIMARY_CR3_LOAD | PRIMARY_CR3_STORE))
        return "the CPU's VMX exits for CR3 even with extended page tables";
    return NULL;
}
