/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The controls of VMX: which are wanted, and which this CPU has (SDM vol. 3, 24.6 to 24.8, appendix
 * A). */
#ifndef HVM_VMX_CONTROLS_H
#define HVM_VMX_CONTROLS_H

#include <stdbool.h>
#include <stdint.h>

/* The words of controls, in the order of their capability MSRs. */
enum vmx_word { VMX_PIN, VMX_PRIMARY, VMX_EXIT, VMX_ENTRY, VMX_SECONDARY, VMX_WORDS };

#define PIN_INTERRUPT (1U << 0)
#define PIN_NMI       (1U << 3)
#define PIN_OWN_NMIS  (1U << 5) /* "virtual NMIs": the guest has its own blocking of them */

#define PRIMARY_INTERRUPT_WINDOW (1U << 2)
#define PRIMARY_TSC_OFFSET       (1U << 3)
#define PRIMARY_HLT              (1U << 7)
#define PRIMARY_MWAIT            (1U << 10)
#define PRIMARY_RDPMC            (1U << 11)
#define PRIMARY_RDTSC            (1U << 12)
#define PRIMARY_CR3_LOAD         (1U << 15)
#define PRIMARY_CR3_STORE        (1U << 16)
#define PRIMARY_CR8_LOAD         (1U << 19)
#define PRIMARY_CR8_STORE        (1U << 20)
#define PRIMARY_NMI_WINDOW       (1U << 22)
#define PRIMARY_DR               (1U << 23)
#define PRIMARY_IO               (1U << 24)
#define PRIMARY_MSR_MAP          (1U << 28)
#define PRIMARY_MONITOR          (1U << 29)
#define PRIMARY_SECONDARY        (1U << 31)

#define SECONDARY_EPT          (1U << 1)
#define SECONDARY_RDTSCP       (1U << 3)
#define SECONDARY_VPID         (1U << 5)
#define SECONDARY_WBINVD       (1U << 6)
#define SECONDARY_UNRESTRICTED (1U << 7)
#define SECONDARY_INVPCID      (1U << 12)
#define SECONDARY_TSC_SCALING  (1U << 25)

#define EXIT_CONTROL_64BIT     (1U << 9)
#define EXIT_CONTROL_SAVE_PAT  (1U << 18)
#define EXIT_CONTROL_LOAD_PAT  (1U << 19)
#define EXIT_CONTROL_SAVE_EFER (1U << 20)
#define EXIT_CONTROL_LOAD_EFER (1U << 21)

#define ENTRY_CONTROL_DEBUG     (1U << 2)
#define ENTRY_CONTROL_LONG_MODE (1U << 9) /* the guest's; it changes with it */
#define ENTRY_CONTROL_LOAD_PAT  (1U << 14)
#define ENTRY_CONTROL_LOAD_EFER (1U << 15)

/* What a capability MSR says: bits that have to be set (its lower half) and that may be (its
 * upper). */
struct vmx_capabilities {
    uint64_t word[VMX_WORDS];
};

/* Chooses the controls of all words. NULL; or why this CPU will not do, as the end of a sentence.
 */
const char *vmx_controls_choose(const struct vmx_capabilities *caps, uint32_t controls[VMX_WORDS]);

#endif
