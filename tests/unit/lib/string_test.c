/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's memory and string functions (here own_NAME) against the C library's. */
#include <stdint.h>

#include "check.h"

void *own_memcpy(void *dst, const void *src, size_t n);
void *own_memmove(void *dst, const void *src, size_t n);
void *own_memset(void *dst, int c, size_t n);
int own_memcmp(const void *a, const void *b, size_t n);
void *own_memchr(const void *s, int c, size_t n);
size_t own_strlen(const char *s);
size_t own_strnlen(const char *s, size_t max);
int own_strcmp(const char *a, const char *b);
int own_strncmp(const char *a, const char *b, size_t n);
char *own_strchr(const char *s, int c);
char *own_strstr(const char *haystack, const char *needle);
size_t own_string_copy(char *dst, const char *src, size_t size);

#define LEN 80

static uint8_t pattern[LEN];

static void fill(uint8_t *data)
{
    for (unsigned int n = 0; n < LEN; n++)
        data[n] = (uint8_t)(n * 7 + 1);
}

static void test_memcpy_and_memset(void)
{
    for (size_t at = 0; at < 10; at++) {
        for (size_t len = 0; len < LEN - 20; len++) {
            uint8_t own[LEN], libc[LEN];

            memset(own, 0xee, LEN);
            memset(libc, 0xee, LEN);
            CHECK(own_memcpy(own + at, pattern + 3, len) == own + at);
            memcpy(libc + at, pattern + 3, len);
            CHECK(memcmp(own, libc, LEN) == 0);
            CHECK(own_memset(own + at, 0x1a5, len) == own + at);
            memset(libc + at, 0xa5, len);
            CHECK(memcmp(own, libc, LEN) == 0);
        }
    }
}

/* Every overlap of two stretches. */
static void test_memmove(void)
{
    for (size_t to = 0; to < 24; to++) {
        for (size_t from = 0; from < 24; from++) {
            for (size_t len = 0; len < 40; len += 3) {
                uint8_t own[LEN], libc[LEN];

                fill(own);
                fill(libc);
                CHECK(own_memmove(own + to, own + from, len) == own + to);
                memmove(libc + to, libc + from, len);
                CHECK(memcmp(own, libc, LEN) == 0);
            }
        }
    }
}

static int sign(int number)
{
    return (number > 0) - (number < 0);
}

static void test_comparisons(void)
{
    static const char *const texts[] = {"", "a", "b", "ab", "abc", "abd", "\xff", "a\x80", "A"};
    unsigned int count = sizeof(texts) / sizeof(texts[0]);

    for (unsigned int i = 0; i < count; i++) {
        for (unsigned int j = 0; j < count; j++) {
            const char *a = texts[i], *b = texts[j];
            size_t shorter = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

            CHECK_EQ(sign(own_strcmp(a, b)), sign(strcmp(a, b)));
            CHECK_EQ(sign(own_memcmp(a, b, shorter + 1)), sign(memcmp(a, b, shorter + 1)));
            for (size_t n = 0; n < 5; n++)
                CHECK_EQ(sign(own_strncmp(a, b, n)), sign(strncmp(a, b, n)));
            CHECK(own_strstr(a, b) == strstr(a, b));
        }
    }
}

static void test_searches(void)
{
    static const char text[] = "a guest, a frame, a port";

    for (int c = 0; c < 256; c++) {
        CHECK(own_strchr(text, c) == strchr(text, c));
        CHECK(own_memchr(text, c, sizeof(text)) == memchr(text, c, sizeof(text)));
        CHECK(own_memchr(text, c, 5) == memchr(text, c, 5));
        CHECK(own_memchr(text, c, 0) == NULL);
    }
    CHECK(own_strstr(text, "a port") == strstr(text, "a port"));
    CHECK(own_strstr(text, "ports") == NULL);
    CHECK(own_strstr(text, "") == text);
}

static void test_lengths(void)
{
    CHECK_EQ(own_strlen(""), 0);
    CHECK_EQ(own_strlen("seven..") + 0, 7);
    for (size_t max = 0; max < 10; max++)
        CHECK_EQ(own_strnlen("seven..", max), max < 7 ? max : 7);
}

static void test_copies_with_bounds(void)
{
    for (size_t size = 0; size < 10; size++) {
        char copy[10];

        memset(copy, '!', sizeof(copy));
        CHECK_EQ(own_string_copy(copy, "seven..", size), 7);
        if (size) {
            CHECK_EQ(strlen(copy), size > 7 ? 7 : size - 1);
            CHECK(strncmp(copy, "seven..", strlen(copy)) == 0);
        }
        CHECK_EQ(copy[size > 7 ? 8 : size], '!');
    }
}

int main(void)
{
    fill(pattern);
    RUN(test_memcpy_and_memset);
    RUN(test_memmove);
    RUN(test_comparisons);
    RUN(test_searches);
    RUN(test_lengths);
    RUN(test_copies_with_bounds);
    return check_done();
}
