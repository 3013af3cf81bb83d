/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formatted text, compared with what the C library makes of the same. */
#include <limits.h>
#include <stdint.h>

#include "check.h"
#include "lib/print.h"

/* The format goes to both, so it must be one that both know. */
#define SAME(...)                                                 \
    do {                                                          \
        char own[128], libc[128];                                 \
        int own_len = format_text(own, sizeof(own), __VA_ARGS__); \
        int libc_len = snprintf(libc, sizeof(libc), __VA_ARGS__); \
                                                                  \
        CHECK_EQ(own_len, libc_len);                              \
        CHECK_STR(own, libc);                                     \
    } while (0)

static void test_numbers(void)
{
    static const long numbers[] = {0, 1, -1, 9, 10, 255, 4096, INT_MAX, INT_MIN};

    for (unsigned int n = 0; n < ARRAY_SIZE(numbers); n++) {
        int number = (int)numbers[n];

        SAME("%d", number);
        SAME("%i|%u|%x|%X", number, (unsigned int)number, (unsigned int)number,
             (unsigned int)number);
        SAME("%8d|%-8d|%08d", number, number, number);
        SAME("%1d|%-1d|%01d", number, number, number);
        SAME("%8x|%-8x|%08x|%016x", (unsigned int)number, (unsigned int)number,
             (unsigned int)number, (unsigned int)number);
        SAME("%.5d|%12.5d|%-12.5d", number, number, number);
    }
}

static void test_long_numbers(void)
{
    static const long numbers[] = {0, -1, LONG_MAX, LONG_MIN, 1L << 40};

    for (unsigned int n = 0; n < ARRAY_SIZE(numbers); n++) {
        long number = numbers[n];

        SAME("%ld %lu %lx %lX", number, (unsigned long)number, (unsigned long)number,
             (unsigned long)number);
        SAME("%lld %llu %llx", (long long)number, (unsigned long long)number,
             (unsigned long long)number);
        SAME("%zu %20ld %-20ld|%020ld", (size_t)number, number, number, number);
    }
}

static void test_prefixes(void)
{
    SAME("%#x %#lx", 255u, 4096ul);
    SAME("%#10x|%-#10x|%#010x", 255u, 255u, 255u);
    SAME("%p", (void *)0x1234abcd);
}

static void test_text(void)
{
    char not_terminated[3] = {'a', 'b', 'c'};

    SAME("%s", "");
    SAME("%s and %s", "one", "another");
    SAME("%10s|%-10s|%2s", "text", "text", "text");
    SAME("%.2s|%10.2s|%-10.2s|%.0s", "text", "text", "text", "text");
    SAME("%.3s", not_terminated);
    SAME("%.*s|%*s|%-*s|%*s", 3, "abcdef", 8, "right", 8, "left", -8, "left");
    SAME("%c%c%c", 'x', 'y', 'z');
    SAME("100%% %s", "sure");
    SAME("nothing to put in");
}

static void test_null_text(void)
{
    /* Hidden from the compiler, which knows better than to print it. */
    char *volatile none = NULL;
    char text[32];

    format_text(text, sizeof(text), "<%s>", none);
    CHECK_STR(text, "<(null)>");
}

/* The C library's compiler warns of it, but it has a meaning: the precision wins. */
static void test_zeros_with_precision(void)
{
    int (*print)(char *buf, size_t size, const char *fmt, ...) = format_text;
    char text[32];

    print(text, sizeof(text), "%08.3d|", 5);
    CHECK_STR(text, "     005|");
}

/* Every size of buffer: cut at the right place, always ended, nothing behind it touched. */
static void test_small_buffers(void)
{
    static const char whole[] = "value 0x001f of guest 7";

    for (size_t size = 0; size <= sizeof(whole) + 2; size++) {
        char *text = malloc(size ? size : 1);
        int len;

        text[0] = '!';
        len = format_text(text, size, "value 0x%04x of %s %d", 31u, "guest", 7);
        CHECK_EQ(len, sizeof(whole) - 1);
        if (size == 0) {
            CHECK_EQ(text[0], '!');
        } else {
            size_t shown = size - 1 < sizeof(whole) - 1 ? size - 1 : sizeof(whole) - 1;

            CHECK(memcmp(text, whole, shown) == 0);
            CHECK_EQ(text[shown], '\0');
        }
        free(text);
    }
}

static int name_of(char *buf, size_t size, uint64_t address)
{
    return address == 0x1000 ? snprintf(buf, size, "start+0x10") : 0;
}

static void test_symbols(void)
{
    char text[64];

    format_text(text, sizeof(text), "at %pS.", (void *)0x1000);
    CHECK_STR(text, "at 0x1000.");
    print_symbol = name_of;
    format_text(text, sizeof(text), "at %pS, %pS.", (void *)0x1000, (void *)0x2000);
    CHECK_STR(text, "at start+0x10, 0x2000.");
    print_symbol = NULL;
}

/* Formats that are wrong must not run away; built at run time, out of the compiler's sight. */
static void test_wrong_formats(void)
{
    static const char *const formats[] = {"%", "%5", "%-", "%l", "%.", "%ll", "%08", "a%"};
    char text[64];

    for (unsigned int n = 0; n < ARRAY_SIZE(formats); n++) {
        char *format = strdup(formats[n]);
        int (*print)(char *buf, size_t size, const char *fmt, ...) = format_text;

        CHECK(print(text, sizeof(text), format) < 10);
        CHECK(strchr(text, '%') != NULL);
        free(format);
    }
}

static char sunk[512];

static void sink(const char *text, size_t len)
{
    strncat(sunk, text, len);
}

static void test_log_levels(void)
{
    printk("into the void\n"); /* no sink yet: nothing happens */
    print_sink = sink;
    printk("%d:", 1);
    log_threshold = LOG_WARNING;
    log_at(LOG_ERROR, "%s:", "error");
    log_at(LOG_WARNING, "warning:");
    log_at(LOG_INFO, "info:");
    log_threshold = LOG_DEBUG;
    log_at(LOG_DEBUG, "debug");
    CHECK_STR(sunk, "1:error:warning:debug");
}

static void test_long_line(void)
{
    char line[400];

    memset(line, 'x', sizeof(line) - 1);
    line[sizeof(line) - 1] = '\0';
    sunk[0] = '\0';
    print_sink = sink;
    printk("%s", line);
    CHECK_EQ(strlen(sunk), 255);
}

int main(void)
{
    RUN(test_numbers);
    RUN(test_long_numbers);
    RUN(test_prefixes);
    RUN(test_text);
    RUN(test_null_text);
    RUN(test_zeros_with_precision);
    RUN(test_small_buffers);
    RUN(test_symbols);
    RUN(test_wrong_formats);
    RUN(test_log_levels);
    RUN(test_long_line);
    return check_done();
}
