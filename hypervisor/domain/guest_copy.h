/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading and writing memory of the guest that is running on this CPU, at its own virtual
 * addresses. Everything that comes in is a copy: check the copy, use the copy. */
#ifndef DOMAIN_GUEST_COPY_H
#define DOMAIN_GUEST_COPY_H

#include "lib/errno.h"

/* Copies between the hypervisor and the current guest. 0, or -XEN_EFAULT when a part of the
 * guest's range is not mapped, not allowed, or is the hypervisor's. What was copied before the
 * fault stays copied. */
must_check int copy_from_guest(void *dst, uint64_t src, size_t len);
must_check int copy_to_guest(uint64_t dst, const void *src, size_t len);
/* As copy_from_guest, but tells how many bytes at the end could not be copied. */
must_check size_t copy_from_guest_partial(void *dst, uint64_t src, size_t len);
/* Writes zeros. */
must_check int clear_guest(uint64_t dst, size_t len);

/* Is the range outside the hypervisor's part of the address space? (A non-canonical address
 * faults like any other that is not mapped.) */
bool guest_range_ok(uint64_t address, size_t len);

/* The address of element `index` of an array of the ABI, behind a handle's pointer. */
#define guest_element(handle, index) ((uint64_t)((handle).p + (index)))
#define guest_address(handle)        ((uint64_t)(handle).p)

/* One structure at a guest address. */
#define get_from_guest(dst, address) copy_from_guest(dst, address, sizeof(*(dst)))
#define put_to_guest(address, src)   copy_to_guest(address, src, sizeof(*(src)))

#endif
