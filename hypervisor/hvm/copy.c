/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory of hardware guests. Their pointers are linear addresses in the guest's own paging, so each
 * page is looked up twice: in the guest's tables, and in its guest-physical map. */
#include "hvm/hvm.h"

#include "lib/string.h"
#include "machine/cpu.h"
#include "memory/allocator.h"

/* A page of a guest's memory while the hypervisor reads it, or writes to it. */
struct page_use {
    char *at;
    enum { PAGE_PINNED, PAGE_HELD, PAGE_BORROWED } how;
    uint64_t flags;         /* pinned: interrupts were like that, and are off */
    struct page_info *page; /* held: by a reference */
};

/* The running guest's own pages, which is what is looked at again and again, need no reference: a
 * frame that is given up meanwhile gets another owner, or zeros, only after this CPU was flushed
 * (memory/allocator.c), and it takes no interrupt for that before it is done. */
static bool own_open(struct domain *d, uint64_t gfn, bool write, struct page_use *use)
{
    enum p2m_type type;
    uint64_t mfn, flags;

    if (d != current_domain())
        return false;
    flags = irq_save();
    type = p2m_lookup(&d->hvm->p2m, gfn, &mfn);
    if (!p2m_is(type, P2M_OWN) || (write && !p2m_is(type, P2M_WRITABLE))) {
        irq_restore(flags);
        return false;
    }
    *use = (struct page_use){.at = mfn_to_virt(mfn), .how = PAGE_PINNED, .flags = flags};
    return true;
}

/* A borrowed page may be given back at any time, and its owner may then do with it as it likes. So
 * nobody is to take it out meanwhile: the entry's references are those that we need. The map's lock
 * is held. */
static bool borrowed_open(struct domain *d, uint64_t gfn, bool write, struct page_use *use)
{
    struct p2m *p2m = &d->hvm->p2m;
    enum p2m_type type;
    uint64_t mfn;

    spin_lock(&p2m->lock);
    type = p2m_lookup(p2m, gfn, &mfn);
    if (!p2m_is(type, P2M_BORROWED) || (write && !p2m_is(type, P2M_WRITABLE))) {
        spin_unlock(&p2m->lock);
        return false;
    }
    *use = (struct page_use){.at = mfn_to_virt(mfn), .how = PAGE_BORROWED};
    return true;
}

/* False: there is nothing, or nothing that the guest itself can write to. */
static bool page_open(struct domain *d, uint64_t gfn, bool write, struct page_use *use)
{
    struct page_info *page;
    enum p2m_type type;
    uint64_t mfn;

    if (own_open(d, gfn, write, use))
        return true;
    type = hvm_gfn_lookup(d, gfn, &mfn);
    if (p2m_is(type, P2M_BORROWED))
        return borrowed_open(d, gfn, write, use);
    if (type == P2M_HOLE || (write && !p2m_is(type, P2M_WRITABLE)))
        return false;
    page = hvm_gfn_hold(d, gfn, type, mfn);
    if (!page)
        return false;
    *use = (struct page_use){.at = page_to_virt(page), .how = PAGE_HELD, .page = page};
    return true;
}

static void page_close(struct domain *d, uint64_t gfn, bool written, const struct page_use *use)
{
    if (use->how == PAGE_BORROWED) {
        spin_unlock(&d->hvm->p2m.lock);
        return;
    }
    if (use->how == PAGE_PINNED)
        irq_restore(use->flags);
    if (written)
        hvm_gfn_written(d, gfn);
    if (use->how == PAGE_HELD)
        frame_put(use->page);
}

/* `buffer` NULL: zeros are written. */
bool hvm_copy_physical(struct domain *d, uint64_t gpa, void *buffer, size_t len, bool write)
{
    struct page_use use;
    char *at;

    if (!page_open(d, gpa >> PAGE_SHIFT, write, &use))
        return false;
    at = use.at + (gpa & (PAGE_SIZE - 1));
    if (!write)
        memcpy(buffer, at, len);
    else if (buffer)
        memcpy(at, buffer, len);
    else
        memset(at, 0, len);
    page_close(d, gpa >> PAGE_SHIFT, write, &use);
    return true;
}

static bool table_read(void *ctx, uint64_t gpa, unsigned int size, uint64_t *entry)
{
    *entry = 0;
    return hvm_copy_physical(ctx, gpa, entry, size, false);
}

static void table_mark(void *ctx, uint64_t gpa, unsigned int size, uint64_t old, uint64_t bits)
{
    struct page_use use;
    void *at;

    if (!page_open(ctx, gpa >> PAGE_SHIFT, true, &use))
        return;
    at = use.at + (gpa & (PAGE_SIZE - 1));
    if (size == 8) {
        (void)__atomic_compare_exchange_n((uint64_t *)at, &old, old | bits, false, __ATOMIC_SEQ_CST,
                                          __ATOMIC_SEQ_CST);
    } else {
        uint32_t was = (uint32_t)old;

        (void)__atomic_compare_exchange_n((uint32_t *)at, &was, was | (uint32_t)bits, false,
                                          __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    }
    page_close(ctx, gpa >> PAGE_SHIFT, true, &use);
}

bool hvm_translate_as(struct vcpu *v, const struct walk_mode *mode, uint64_t linear, bool write,
                      bool user, uint64_t *gpa, bool *present)
{
    const struct walk_memory memory = {table_read, table_mark, v->domain};

    return walk_checked(mode, &memory, linear, write, user, gpa, present);
}

bool hvm_translate(struct vcpu *v, uint64_t linear, bool write, bool user, uint64_t *gpa,
                   bool *present)
{
    struct walk_mode mode;

    hvm_backend->walk_mode(v, &mode);
    return hvm_translate_as(v, &mode, linear, write, user, gpa, present);
}

bool hvm_window_make(struct vcpu *v)
{
    if (!v->hvm->window)
        v->hvm->window = hv_alloc(HVM_WINDOW_SIZE);
    return v->hvm->window;
}

/* As copy_linear, in the window. */
static size_t copy_window(struct vcpu *v, uint64_t offset, void *buffer, size_t len, bool write)
{
    void *at = v->hvm->window + offset;

    if (offset > HVM_WINDOW_SIZE || len > HVM_WINDOW_SIZE - offset)
        return len;
    if (!write)
        memcpy(buffer, at, len);
    else if (buffer)
        memcpy(at, buffer, len);
    else
        memset(at, 0, len);
    return 0;
}

/* Of the current vCPU. */
static size_t copy_linear(uint64_t linear, void *buffer, size_t len, bool write)
{
    struct vcpu *v = current_vcpu();
    const struct walk_memory memory = {table_read, table_mark, v->domain};
    struct walk_mode mode;
    char *at = buffer;

    if (v->hvm->window_open && linear >= HVM_WINDOW)
        return copy_window(v, linear - HVM_WINDOW, buffer, len, write);
    hvm_backend->walk_mode(v, &mode);
    while (len) {
        size_t part = MIN(len, PAGE_SIZE - (linear & (PAGE_SIZE - 1)));
        uint64_t gpa;

        if (!walk(&mode, &memory, linear, write, &gpa) ||
            !hvm_copy_physical(v->domain, gpa, at, part, write))
            break;
        linear += part;
        len -= part;
        at = at ? at + part : NULL;
    }
    return len;
}

size_t hvm_copy_from(void *dst, uint64_t src, size_t len)
{
    return copy_linear(src, dst, len, false);
}

/* The source is only read: `write` says so. */
size_t hvm_copy_to(uint64_t dst, const void *src, size_t len)
{
    return copy_linear(dst, (void *)(uintptr_t)src, len, true);
}
