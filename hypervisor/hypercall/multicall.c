/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_multicall: a list of calls in one entry to the hypervisor. Each result goes into its
 * entry; the multicall itself fails only when the list can't be read or written. */
#include "hypercall/multicall.h"

#include "hypercall/hypercall.h"
#include "machine/percpu.h"

#define ARGS 5 /* that a handler takes; an entry has room for six */

/* The entry that a CPU is at work on. A hypercall never leaves its CPU before it returns. */
static struct progress {
    bool active; /* a multicall is being worked on */
    bool again;  /* its current entry wants to go on later, as: */
    unsigned int nr;
    uint64_t args[ARGS];
} progress_of[MAX_CPUS];

_Static_assert(sizeof(struct multicall_entry) == 64, "ABI");

bool multicall_again(unsigned int nr, unsigned int nr_args, const uint64_t *args)
{
    struct progress *progress = &progress_of[this_cpu()];

    if (!progress->active)
        return false;
    progress->again = true;
    progress->nr = nr;
    for (unsigned int i = 0; i < nr_args && i < ARGS; i++)
        progress->args[i] = args[i];
    return true;
}

/* Makes the call of one entry. Whether it is done; if not, the entry is what is left of it. */
static bool run_entry(struct progress *progress, struct multicall_entry *entry)
{
    long result;

    progress->again = false;
    for (unsigned int i = 0; i < ARGS; i++)
        progress->args[i] = entry->args[i];
    /* A list in a list could nest without end. */
    if (entry->op == __HYPERVISOR_multicall)
        result = -XEN_EINVAL;
    else
        result =
            hypercall_dispatch((unsigned int)MIN(entry->op, (uint64_t)UINT32_MAX), entry->args[0],
                               entry->args[1], entry->args[2], entry->args[3], entry->args[4]);
    if (!progress->again) {
        entry->result = (uint64_t)result;
        return true;
    }
    entry->op = progress->nr;
    for (unsigned int i = 0; i < ARGS; i++)
        entry->args[i] = progress->args[i];
    return false;
}

/* Works on entries until they are done (0), somebody else is due (1), or an error. */
static int run_list(struct progress *progress, uint64_t *address, uint32_t *count)
{
    struct multicall_entry entry;

    for (; *count; *address += sizeof(entry), (*count)--) {
        if (get_from_guest(&entry, *address))
            return -XEN_EFAULT;
        if (!run_entry(progress, &entry)) {
            if (put_to_guest(*address, &entry))
                return -XEN_EFAULT;
            return 1;
        }
        if (copy_to_guest(*address + offsetof(struct multicall_entry, result), &entry.result,
                          sizeof(entry.result)))
            return -XEN_EFAULT;
        if (*count > 1 && hypercall_should_yield()) {
            *address += sizeof(entry);
            (*count)--;
            return 1;
        }
    }
    return 0;
}

HYPERCALL(multicall)
{
    struct progress *progress = &progress_of[this_cpu()];
    uint64_t address = a1;
    uint32_t count = (uint32_t)a2;
    int status;

    progress->active = true;
    status = run_list(progress, &address, &count);
    progress->active = false;
    if (status == 1)
        return hypercall_again(__HYPERVISOR_multicall, 2, address, (uint64_t)count);
    return status;
}
