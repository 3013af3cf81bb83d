/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small objects: a free list for each power of two up to half a page, filled a page at a time;
 * whole pages above that. */
#include "lib/bits.h"
#include "lib/string.h"
#include "machine/spinlock.h"
#include "memory/allocator.h"

#define MIN_ORDER 5  /* 32 bytes */
#define MAX_ORDER 11 /* 2 KiB */

struct free_object {
    struct free_object *next;
};

static struct free_object *free_objects[MAX_ORDER + 1];
static struct spinlock lock = SPINLOCK_INIT;

static unsigned int class_of(size_t size)
{
    return MAX(order_of(size), (unsigned int)MIN_ORDER);
}

static unsigned int page_order_of(size_t size)
{
    return order_of(DIV_ROUND_UP(size, PAGE_SIZE));
}

static struct free_object *pop(unsigned int class)
{
    uint64_t flags = spin_lock_irqsave(&lock);
    struct free_object *object = free_objects[class];

    if (object)
        free_objects[class] = object->next;
    spin_unlock_irqrestore(&lock, flags);
    return object;
}

static void push(unsigned int class, void *ptr)
{
    struct free_object *object = ptr;
    uint64_t flags = spin_lock_irqsave(&lock);

    object->next = free_objects[class];
    free_objects[class] = object;
    spin_unlock_irqrestore(&lock, flags);
}

/* Cuts a new page into objects and returns one of them. */
static void *refill(unsigned int class)
{
    char *page = pages_alloc(0);

    for (size_t at = 1UL << class; page && at < PAGE_SIZE; at += 1UL << class)
        push(class, page + at);
    return page;
}

void *hv_alloc(size_t size)
{
    unsigned int class = class_of(size);
    void *object;

    if (class > MAX_ORDER)
        return pages_alloc(page_order_of(size));
    object = pop(class);
    if (!object)
        object = refill(class);
    if (object)
        memset(object, 0, 1UL << class);
    return object;
}

void hv_free(void *ptr, size_t size)
{
    unsigned int class = class_of(size);

    if (!ptr)
        return;
    if (class > MAX_ORDER)
        pages_free(ptr, page_order_of(size));
    else
        push(class, ptr);
}
