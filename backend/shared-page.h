/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading and writing a page that a guest writes to at the same time.
 *
 * Whatever is looked at is copied first, once, and only the copy is checked and used. These are
 * the only functions that touch such a page; they keep the compiler from reading it twice.
 */
#ifndef BACKEND_SHARED_PAGE_H
#define BACKEND_SHARED_PAGE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SHARED_PAGE_SIZE 4096

/* An index written by the other side: what it published before it is visible afterwards. */
static inline uint32_t shared_index_read(const uint32_t *index)
{
    return __atomic_load_n(index, __ATOMIC_ACQUIRE);
}

/* Publishes an index of ours, after everything that was read or written before it. */
static inline void shared_index_write(uint32_t *index, uint32_t value)
{
    __atomic_store_n(index, value, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void shared_read(void *to, const void *shared, size_t size)
{
    memcpy(to, shared, size);
    __asm__ volatile("" : : : "memory");
}

static inline void shared_write(void *shared, const void *from, size_t size)
{
    __asm__ volatile("" : : : "memory");
    memcpy(shared, from, size);
}

#endif
