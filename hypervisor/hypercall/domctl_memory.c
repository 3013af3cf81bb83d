/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A domain's frames: the hypercall page of older kernels, and what frames are used as. */
#include "hypercall/domctl-private.h"

#include "lib/string.h"
#include "memory/frame_type.h"

#define HYPERCALLS   128
#define STUB_SIZE    32
#define FRAMES_LIMIT 1024 /* of one getpageframeinfo3 call; ABI */

/* push %rcx; push %r11; mov $nr, %eax; syscall; pop %r11; pop %rcx; ret */
static const uint8_t stub[] = {0x51, 0x41, 0x53, 0xb8, 0,    0,    0,
                               0,    0x0f, 0x05, 0x41, 0x5b, 0x59, 0xc3};
#define STUB_NR 4
/* iret does not come back: push %rcx; push %r11; push %rax; mov $nr, %eax; syscall */
static const uint8_t iret_stub[] = {0x51, 0x41, 0x53, 0x50, 0xb8, __HYPERVISOR_iret,
                                    0,    0,    0,    0x0f, 0x05};

static void fill_hypercall_page(uint8_t *page)
{
    memset(page, 0xcc, PAGE_SIZE);
    for (uint32_t nr = 0; nr < HYPERCALLS; nr++) {
        uint8_t *at = page + nr * STUB_SIZE;

        memcpy(at, stub, sizeof(stub));
        memcpy(at + STUB_NR, &nr, sizeof(nr));
    }
    memset(page + __HYPERVISOR_iret * STUB_SIZE, 0xcc, STUB_SIZE);
    memcpy(page + __HYPERVISOR_iret * STUB_SIZE, iret_stub, sizeof(iret_stub));
}

long domctl_hypercall_init(struct domain *d, struct xen_domctl *op)
{
    struct page_info *page;

    if (!d->pv)
        return -XEN_EOPNOTSUPP;
    page = frame_get_mfn(op->u.hypercall_init.gmfn, d);
    if (!page)
        return -XEN_EACCES;
    if (frame_type_get(page, TYPE_WRITABLE)) {
        frame_put(page);
        return -XEN_EACCES;
    }
    fill_hypercall_page(page_to_virt(page));
    frame_put_and_type(page);
    return 0;
}

/* The ABI's word for what a frame, by the domain's own number of it, is. */
static uint64_t info_of(struct domain *d, uint64_t gfn)
{
    struct page_info *page = guest_frame_get(d, gfn);
    uint64_t type, info = XEN_DOMCTL_PFINFO_NOTAB;

    if (!page)
        return XEN_DOMCTL_PFINFO_XTAB;
    type = READ_ONCE(page->type);
    if (type_is_table(type) && (type & TYPE_COUNT_MASK)) {
        info = (uint64_t)type_level(type) << XEN_DOMCTL_PFINFO_LTAB_SHIFT;
        if (type & TYPE_PINNED)
            info |= XEN_DOMCTL_PFINFO_LPINTAB;
    }
    frame_put(page);
    return info;
}

long domctl_getpageframeinfo3(struct domain *d, struct xen_domctl *op)
{
    const struct xen_domctl_getpageframeinfo3 *in = &op->u.getpageframeinfo3;

    if (in->num > FRAMES_LIMIT)
        return -XEN_E2BIG;
    for (uint64_t i = 0; i < in->num; i++) {
        uint64_t at = guest_element(in->array, i), entry;

        if (get_from_guest(&entry, at))
            return -XEN_EFAULT;
        entry = info_of(d, entry);
        if (put_to_guest(at, &entry))
            return -XEN_EFAULT;
    }
    return 0;
}
