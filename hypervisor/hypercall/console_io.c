/* SPDX-License-Identifier: GPL-2.0-or-later */
/* HYPERVISOR_console_io: every domain may write lines to the hypervisor's console; dom0, whose
 * terminal it is, may read what was typed. */
#include "hypercall/hypercall.h"

#include "domain/console.h"

#define PIECE 128

static long console_write(uint32_t count, uint64_t address)
{
    char text[PIECE];

    while (count) {
        uint32_t part = MIN(count, (uint32_t)PIECE);

        if (copy_from_guest(text, address, part))
            return -XEN_EFAULT;
        console_write_guest(current_domain(), text, part);
        count -= part;
        address += part;
        if (count && hypercall_should_yield())
            return hypercall_again(__HYPERVISOR_console_io, 3, (uint64_t)CONSOLEIO_write,
                                   (uint64_t)count, address);
    }
    return 0;
}

static long console_read(uint32_t count, uint64_t address)
{
    char text[PIECE];
    uint32_t done = 0;

    while (done < count) {
        size_t n = console_read_input(text, MIN(count - done, (uint32_t)PIECE));

        if (!n)
            break;
        if (copy_to_guest(address + done, text, n))
            return -XEN_EFAULT;
        done += (uint32_t)n;
    }
    return done;
}

HYPERCALL(console_io)
{
    int command = (int)a1, count = (int)a2;

    if (count < 0)
        return -XEN_EINVAL;
    switch (command) {
    case CONSOLEIO_write:
        return console_write((uint32_t)count, a3);
    case CONSOLEIO_read:
        return current_domain()->hardware ? console_read((uint32_t)count, a3) : -XEN_EPERM;
    default:
        return -XEN_ENOSYS;
    }
}
