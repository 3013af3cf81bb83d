/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formatted text; see print.h. */
#include "lib/print.h"
#include "lib/string.h"

enum log_level log_threshold = LOG_INFO;
bool print_emergency;
void (*print_sink)(const char *text, size_t len);
int (*print_symbol)(char *buf, size_t size, uint64_t address);

/* Where the next character goes; `len` counts on after the buffer is full. */
struct output {
    char *buf;
    size_t size, len;
};

struct spec {
    bool left, zero, alternate, upper;
    int width, precision; /* precision -1: none given */
};

static void put(struct output *out, char c)
{
    if (out->len < out->size)
        out->buf[out->len] = c;
    out->len++;
}

static void pad(struct output *out, char c, int n)
{
    for (; n > 0; n--)
        put(out, c);
}

static void put_text(struct output *out, const struct spec *spec, const char *s)
{
    size_t len = spec->precision >= 0 ? strnlen(s, (size_t)spec->precision) : strlen(s);
    int fill = spec->width - (int)len;

    if (!spec->left)
        pad(out, ' ', fill);
    for (size_t i = 0; i < len; i++)
        put(out, s[i]);
    if (spec->left)
        pad(out, ' ', fill);
}

static void put_number(struct output *out, const struct spec *spec, uint64_t value, bool negative,
                       unsigned int base)
{
    const char *digits = spec->upper ? "0123456789ABCDEF" : "0123456789abcdef";
    const char *prefix = negative ? "-" : spec->alternate && base == 16 ? "0x" : "";
    char text[24];
    int n = 0, zeros, fill;

    do {
        text[n++] = digits[value % base];
        value /= base;
    } while (value);

    zeros = spec->precision - n;
    if (zeros < 0)
        zeros = 0;
    if (spec->zero && !spec->left && spec->precision < 0)
        zeros = MAX(spec->width - n - (int)strlen(prefix), 0);
    fill = spec->width - n - zeros - (int)strlen(prefix);

    if (!spec->left)
        pad(out, ' ', fill);
    for (; *prefix; prefix++)
        put(out, *prefix);
    pad(out, '0', zeros);
    while (n)
        put(out, text[--n]);
    if (spec->left)
        pad(out, ' ', fill);
}

static void put_pointer(struct output *out, struct spec *spec, const char **fmt, uint64_t value)
{
    char text[96];

    if (**fmt == 'S') {
        (*fmt)++;
        if (print_symbol && print_symbol(text, sizeof(text), value) > 0) {
            put_text(out, spec, text);
            return;
        }
    }
    spec->alternate = true;
    put_number(out, spec, value, false, 16);
}

static const char *parse_number(const char *fmt, int *number, va_list *args)
{
    if (*fmt == '*') {
        *number = va_arg(*args, int);
        return fmt + 1;
    }
    for (*number = 0; *fmt >= '0' && *fmt <= '9'; fmt++)
        *number = *number * 10 + (*fmt - '0');
    return fmt;
}

static const char *parse_spec(const char *fmt, struct spec *spec, va_list *args)
{
    *spec = (struct spec){.precision = -1};
    for (;; fmt++) {
        if (*fmt == '-')
            spec->left = true;
        else if (*fmt == '0')
            spec->zero = true;
        else if (*fmt == '#')
            spec->alternate = true;
        else
            break;
    }
    fmt = parse_number(fmt, &spec->width, args);
    if (spec->width < 0) {
        spec->left = true;
        spec->width = -spec->width;
    }
    if (*fmt == '.')
        fmt = parse_number(fmt + 1, &spec->precision, args);
    return fmt;
}

static int64_t next_signed(int longs, va_list *args)
{
    return longs ? va_arg(*args, long) : va_arg(*args, int);
}

static uint64_t next_unsigned(int longs, va_list *args)
{
    return longs ? va_arg(*args, unsigned long) : va_arg(*args, unsigned int);
}

static const char *convert(struct output *out, const char *fmt, va_list *args)
{
    const char *start = fmt;
    struct spec spec;
    int longs = 0;
    int64_t number;

    fmt = parse_spec(fmt, &spec, args);
    for (; *fmt == 'l' || *fmt == 'z' || *fmt == 'h'; fmt++)
        longs += *fmt != 'h';

    switch (*fmt) {
    case 'd':
    case 'i':
        number = next_signed(longs, args);
        put_number(out, &spec, number < 0 ? -(uint64_t)number : (uint64_t)number, number < 0, 10);
        break;
    case 'u':
        put_number(out, &spec, next_unsigned(longs, args), false, 10);
        break;
    case 'X':
        spec.upper = true;
        /* fall through */
    case 'x':
        put_number(out, &spec, next_unsigned(longs, args), false, 16);
        break;
    case 'c':
        put(out, (char)va_arg(*args, int));
        break;
    case 's': {
        const char *text = va_arg(*args, const char *);

        put_text(out, &spec, text ? text : "(null)");
        break;
    }
    case 'p':
        fmt++;
        put_pointer(out, &spec, &fmt, (uint64_t)va_arg(*args, void *));
        return fmt;
    case '%':
        put(out, '%');
        break;
    default: /* not ours: show it as it stands, and do not run past the end */
        put(out, '%');
        return start;
    }
    return fmt + 1;
}

int format_text_va(char *buf, size_t size, const char *fmt, va_list args)
{
    struct output out = {.buf = buf, .size = size};
    va_list copy;

    va_copy(copy, args);
    while (*fmt) {
        if (*fmt == '%')
            fmt = convert(&out, fmt + 1, &copy);
        else
            put(&out, *fmt++);
    }
    va_end(copy);
    if (size)
        buf[MIN(out.len, size - 1)] = '\0';
    return (int)out.len;
}

int format_text(char *buf, size_t size, const char *fmt, ...)
{
    va_list args;
    int len;

    va_start(args, fmt);
    len = format_text_va(buf, size, fmt, args);
    va_end(args);
    return len;
}

static void print_va(const char *fmt, va_list args)
{
    char line[256];
    int len = format_text_va(line, sizeof(line), fmt, args);

    if (print_sink)
        print_sink(line, MIN((size_t)len, sizeof(line) - 1));
}

void printk(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    print_va(fmt, args);
    va_end(args);
}

void log_at(enum log_level level, const char *fmt, ...)
{
    va_list args;

    if (level > log_threshold)
        return;
    va_start(args, fmt);
    print_va(fmt, args);
    va_end(args);
}
