/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text: formatting, and the few functions that the compiler takes for granted. */
#include "micro.h"

#include <stdarg.h>

#include "text.h"

struct out {
    char *at, *end;
};

static void put(struct out *out, char c)
{
    if (out->at < out->end)
        *out->at++ = c;
}

static void put_number(struct out *out, uint64_t value, unsigned int base, unsigned int width)
{
    char digits[24];
    unsigned int count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    for (; width > count; width--)
        put(out, '0');
    while (count)
        put(out, digits[--count]);
}

static void put_signed(struct out *out, int64_t value, unsigned int width)
{
    if (value < 0)
        put(out, '-');
    put_number(out, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, width);
}

static void put_text(struct out *out, const char *text)
{
    for (; *text; text++)
        put(out, *text);
}

/* One conversion, behind its %; returns what follows it. */
static const char *convert(struct out *out, const char *format, va_list *args)
{
    unsigned int width = 0;
    bool wide = false;

    for (; *format >= '0' && *format <= '9'; format++)
        width = width * 10 + (unsigned int)(*format - '0');
    for (; *format == 'l'; format++)
        wide = true;
    switch (*format) {
    case 'd':
        put_signed(out, wide ? va_arg(*args, long) : va_arg(*args, int), width);
        break;
    case 'u':
    case 'x':
        put_number(out, wide ? va_arg(*args, unsigned long) : va_arg(*args, unsigned int),
                   *format == 'x' ? 16 : 10, width);
        break;
    case 's':
        put_text(out, va_arg(*args, const char *));
        break;
    case 'c':
        put(out, (char)va_arg(*args, int));
        break;
    default:
        put(out, *format);
    }
    return format + 1;
}

size_t format_text(char *text, size_t size, const char *format, va_list *args)
{
    struct out out = {text, text + size};

    while (*format) {
        if (*format == '%')
            format = convert(&out, format + 1, args);
        else
            put(&out, *format++);
    }
    return (size_t)(out.at - text);
}

void *memcpy(void *to, const void *from, size_t count)
{
    void *result = to;

    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count)::"memory");
    return result;
}

void *memset(void *to, int byte, size_t count)
{
    void *result = to;

    __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(byte) : "memory");
    return result;
}

int memcmp(const void *a, const void *b, size_t count)
{
    const uint8_t *x = a, *y = b;

    for (; count; count--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;

    while (text[length])
        length++;
    return length;
}
