/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command lines. */
#include <string.h>

#include "boot/cmdline.h"
#include "fuzz.h"

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const char *const lines[] = {
        "vitrine dom0_mem=768M maxcpus=2 noreboot console=com1,vga loglvl=all",
        "placeholder no-switch switch=on dom0_mem=0x40000000 text=12345678 number=99",
        " text= number=18446744073709551615 dom0_mem=16777215T",
    };

    if (n >= sizeof(lines) / sizeof(lines[0]))
        return 0;
    memcpy(data, lines[n], strlen(lines[n]));
    return strlen(lines[n]);
}

static unsigned int heard;

static void hear(void *context, const char *word, const char *why)
{
    FUZZ_ASSERT(strlen(word) < 64);
    for (; *word; word++)
        FUZZ_ASSERT(*word >= ' ' && *word < 0x7f);
    FUZZ_ASSERT(why && *why);
    heard++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static uint64_t memory, number;
    static bool on;
    static char text[8];
    static const struct cmdline_option options[] = {
        {.name = "dom0_mem", .type = CMDLINE_SIZE, .value = &memory, .min = 4096},
        {.name = "number", .type = CMDLINE_UNSIGNED, .value = &number, .max = 100},
        {.name = "switch", .type = CMDLINE_BOOL, .value = &on},
        {.name = "text", .type = CMDLINE_TEXT, .value = text, .size = sizeof(text)},
    };
    const struct cmdline known = {options, sizeof(options) / sizeof(options[0]), hear, NULL};
    char *line = malloc(len + 1);

    if (!line)
        return 0;
    memcpy(line, data, len);
    line[len] = '\0';

    memory = 4096;
    number = 0;
    heard = 0;
    FUZZ_ASSERT(cmdline_parse(&known, line) == heard);
    FUZZ_ASSERT(memory >= 4096 && number <= 100);
    FUZZ_ASSERT(strnlen(text, sizeof(text)) < sizeof(text));
    free(line);
    return 0;
}
