/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a fuzz target provides. The entry point has libFuzzer's name and shape, so that a target
 * can be linked with either; our own driver (fuzz_main.c) makes short runs that repeat exactly.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define FUZZ_INPUT_MAX 65536

/* Tries one input; data has no byte to spare behind it. Wrong behaviour must end the process. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/*
 * Optional: writes sound input number n (from 0) to data, at most FUZZ_INPUT_MAX bytes, and returns
 * its length; 0 when there are no more. Seeds may also be files, named on the command line.
 */
size_t fuzz_seed(unsigned int n, uint8_t *data);

/* Seeds of a target whose input is a script of steps, a byte each: long ones, so that mutations
 * have something to work on. As fuzz_seed(). */
static inline size_t fuzz_seed_script(unsigned int n, uint8_t *data)
{
    const size_t length = 600;
    uint32_t state = n + 1;

    if (n >= 32)
        return 0;
    for (size_t i = 0; i < length; i++) {
        state = state * 1664525 + 1013904223;
        data[i] = (uint8_t)(state >> 24);
    }
    return length;
}

/* A promise that must hold whatever the input is. */
#define FUZZ_ASSERT(condition)                                                      \
    do {                                                                            \
        if (!(condition)) {                                                         \
            fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                \
        }                                                                           \
    } while (0)

#endif
