/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for the compiler features that the hypervisor's code relies on. */
#ifndef LIB_COMPILER_H
#define LIB_COMPILER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define likely(x)        __builtin_expect(!!(x), 1)
#define unlikely(x)      __builtin_expect(!!(x), 0)
#define noreturn         __attribute__((noreturn))
#define packed           __attribute__((packed))
#define aligned(n)       __attribute__((aligned(n)))
#define printf_like(f,a) __attribute__((format(printf, f, a)))
#define must_check       __attribute__((warn_unused_result))
#define init_section     __attribute__((section(".init.text"), noinline))

#define ARRAY_SIZE(a)    (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)        ((a) < (b) ? (a) : (b))
#define MAX(a, b)        ((a) > (b) ? (a) : (b))
#define DIV_ROUND_UP(n, d) (((n) + (d) - 1) / (d))
#define ROUND_UP(n, a)   (((n) + (a) - 1) & ~((uint64_t)(a) - 1))
#define ROUND_DOWN(n, a) ((n) & ~((uint64_t)(a) - 1))

#define container_of(ptr, type, member) \
    ((type *)((char *)(ptr) - offsetof(type, member)))

/* One read or write of a variable that another CPU or a guest changes meanwhile. */
#define READ_ONCE(x)     (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

/* Keeps the compiler, not the CPU, from moving memory accesses across. */
#define compiler_barrier() __asm__ volatile("" ::: "memory")

#endif
