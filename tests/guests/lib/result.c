/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Results, and the end. */
#include "micro.h"

#include <xen/sched.h>

#include "start.h"
#include "text.h"

static const char *command_line;
static unsigned int passed, failed;

static void result(bool good, const char *format, va_list *args)
{
    char text[200];
    size_t length = format_text(text, sizeof(text), format, args);

    print(good ? "pass: " : "FAIL: ");
    console_write(text, length);
    if (good)
        passed++;
    else
        failed++;
}

void check(bool good, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    result(good, format, &args);
    va_end(args);
    print("\n");
}

void expect(long got, long wanted, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    result(got == wanted, format, &args);
    va_end(args);
    if (got == wanted)
        print("\n");
    else
        print(": %ld (%lx), not %ld (%lx)\n", got, (unsigned long)got, wanted,
              (unsigned long)wanted);
}

void skip(const char *format, ...)
{
    char text[200];
    va_list args;

    va_start(args, format);
    print("skip: ");
    console_write(text, format_text(text, sizeof(text), format, &args));
    va_end(args);
    print("\n");
}

const char *option(const char *word)
{
    static char value[64];
    const char *at = command_line;
    size_t length = strlen(word), count = 0;

    value[0] = 0;
    for (; *at; at++)
        if (!memcmp(at, word, length) && at[length] == '=')
            break;
    if (!*at)
        return value;
    for (at += length + 1; *at && *at != ' ' && count < sizeof(value) - 1; at++)
        value[count++] = *at;
    value[count] = 0;
    return value;
}

_Noreturn void micro_run(const char *words)
{
    command_line = words;
    micro_main();
    print("micro: %u passed, %u failed\n", passed, failed);
    finish(SHUTDOWN_poweroff);
}
