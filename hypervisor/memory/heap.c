/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small objects, in a size class for each power of two up to half a page; whole pages above that.
 *
 * A page holds objects of one class. Its page_info has, in `count`, how many of them are in use,
 * and in `type` the first that is not; those are linked through themselves. Pages with something
 * free are in their class's list; a page of which nothing is in use any more goes back to the
 * allocator, so that what a busy time needed is there for guests again after it. */
#include "lib/bits.h"
#include "lib/string.h"
#include "machine/spinlock.h"
#include "memory/allocator.h"

#define MIN_ORDER 5  /* 32 bytes */
#define MAX_ORDER 11 /* 2 KiB */

struct free_object {
    struct free_object *next;
};

/* The first frames of the classes' lists; 0: none. */
static uint32_t pages_with_room[MAX_ORDER + 1];
static struct spinlock lock = SPINLOCK_INIT;

static unsigned int class_of(size_t size)
{
    return MAX(order_of(size), (unsigned int)MIN_ORDER);
}

static unsigned int page_order_of(size_t size)
{
    return order_of(DIV_ROUND_UP(size, PAGE_SIZE));
}

static struct free_object *first_free(const struct page_info *page)
{
    return (struct free_object *)page->type;
}

static void list_add(struct page_info *page, unsigned int class)
{
    uint32_t *head = &pages_with_room[class];

    page->prev = 0;
    page->next = *head;
    if (*head)
        mfn_to_page(*head)->prev = (uint32_t)page_to_mfn(page);
    *head = (uint32_t)page_to_mfn(page);
}

static void list_remove(struct page_info *page, unsigned int class)
{
    if (page->prev)
        mfn_to_page(page->prev)->next = page->next;
    else
        pages_with_room[class] = page->next;
    if (page->next)
        mfn_to_page(page->next)->prev = page->prev;
    page->next = page->prev = 0;
}

/* A new page, cut into free objects, or NULL. It is in no list. */
static struct page_info *page_new(unsigned int class)
{
    char *start = pages_alloc(0);
    struct page_info *page;

    if (!start)
        return NULL;
    for (size_t at = 0; at + (1UL << class) < PAGE_SIZE; at += 1UL << class)
        ((struct free_object *)(start + at))->next =
            (struct free_object *)(start + at + (1UL << class));
    page = mfn_to_page(virt_to_mfn(start));
    page->type = (uint64_t)start;
    return page;
}

/* A free object of a page in its class's list. */
static void *take(struct page_info *page, unsigned int class)
{
    struct free_object *object = first_free(page);

    page->type = (uint64_t)object->next;
    page->count++;
    if (!object->next)
        list_remove(page, class);
    return object;
}

static void *alloc_small(unsigned int class)
{
    uint64_t flags = spin_lock_irqsave(&lock);
    uint32_t mfn = pages_with_room[class];
    void *object = mfn ? take(mfn_to_page(mfn), class) : NULL;
    struct page_info *fresh;

    spin_unlock_irqrestore(&lock, flags);
    if (object)
        return object;

    fresh = page_new(class);
    if (!fresh)
        return NULL;
    flags = spin_lock_irqsave(&lock);
    list_add(fresh, class);
    object = take(fresh, class);
    spin_unlock_irqrestore(&lock, flags);
    return object;
}

/* Gives an object back to its page; returns the page if that was its last. */
static struct page_info *put_back(struct free_object *object, unsigned int class)
{
    struct page_info *page = mfn_to_page(virt_to_mfn(object));

    object->next = first_free(page);
    page->type = (uint64_t)object;
    page->count--;
    if (!object->next)
        list_add(page, class);
    if (page->count)
        return NULL;
    list_remove(page, class);
    return page;
}

static void free_small(void *ptr, unsigned int class)
{
    uint64_t flags = spin_lock_irqsave(&lock);
    struct page_info *empty = put_back(ptr, class);

    spin_unlock_irqrestore(&lock, flags);
    if (empty)
        frames_free(empty, 0);
}

void *hv_alloc(size_t size)
{
    unsigned int class = class_of(size);
    void *object;

    if (class > MAX_ORDER)
        return pages_alloc(page_order_of(size));
    object = alloc_small(class);
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
        free_small(ptr, class);
}
