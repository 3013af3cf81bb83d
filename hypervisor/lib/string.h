/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory and string functions of the C library that the compiler and the hypervisor need.
 * On the host the C library's own take their place: the prototypes are the same. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stddef.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strstr(const char *haystack, const char *needle);

/* Copies at most size - 1 characters and always ends the copy with a NUL.
 * Returns the length of src, so that a result >= size tells of a cut. */
size_t string_copy(char *dst, const char *src, size_t size);

#endif
