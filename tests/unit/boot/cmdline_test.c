/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Command lines, right ones and wrong ones, and what is said about the wrong ones. */
#include <stdint.h>

#include "boot/cmdline.h"
#include "check.h"

static uint64_t memory, cpus, number, size;
static bool reboot, noreboot_given;
static char console[8];
static char heard[512];

static const struct cmdline_option options[] = {
    {.name = "dom0_mem", .type = CMDLINE_SIZE, .value = &memory, .min = 64 << 20},
    {.name = "maxcpus", .type = CMDLINE_UNSIGNED, .value = &cpus, .min = 1, .max = 64},
    {.name = "number", .type = CMDLINE_UNSIGNED, .value = &number},
    {.name = "size", .type = CMDLINE_SIZE, .value = &size},
    {.name = "reboot", .type = CMDLINE_BOOL, .value = &reboot},
    {.name = "noreboot", .type = CMDLINE_BOOL, .value = &noreboot_given},
    {.name = "console", .type = CMDLINE_TEXT, .value = console, .size = sizeof(console)},
};

static void hear(void *context, const char *word, const char *why)
{
    size_t len = strlen(heard);

    CHECK(context == heard);
    CHECK(strlen(why) > 10);
    snprintf(heard + len, sizeof(heard) - len, "%s;", word);
}

static const struct cmdline known = {
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .complain = hear,
    .context = heard,
};

/* Parses a copy without a byte to spare, from a clean start. */
static unsigned int parse(const char *line)
{
    char *copy = strdup(line);
    unsigned int complaints;

    memory = cpus = number = size = 7;
    reboot = noreboot_given = false;
    strcpy(console, "none");
    heard[0] = '\0';
    complaints = cmdline_parse(&known, copy);
    free(copy);
    return complaints;
}

static void test_all_kinds(void)
{
    CHECK_EQ(parse("vitrine dom0_mem=768M maxcpus=2 noreboot console=com1"), 0);
    CHECK_EQ(memory, 768ull << 20);
    CHECK_EQ(cpus, 2);
    CHECK(noreboot_given);
    CHECK_STR(console, "com1");
    CHECK_STR(heard, "");
}

static void test_first_word(void)
{
    CHECK_EQ(parse(""), 0);
    CHECK_EQ(parse("   "), 0);
    CHECK_EQ(parse("placeholder"), 0);
    CHECK_EQ(parse("maxcpus=3"), 0);
    CHECK_EQ(cpus, 7);
    CHECK_EQ(parse(" maxcpus=3"), 0);
    CHECK_EQ(cpus, 3);
    CHECK_EQ(parse("/boot/vitrine\t maxcpus=4\n"), 0);
    CHECK_EQ(cpus, 4);
    CHECK_STR(cmdline_skip_file("vmlinuz root=/dev/sda  quiet"), "root=/dev/sda  quiet");
    CHECK_STR(cmdline_skip_file("vmlinuz"), "");
    CHECK_STR(cmdline_skip_file(""), "");
    CHECK_STR(cmdline_skip_file(" root=/dev/sda"), "root=/dev/sda");
}

static void test_numbers(void)
{
    static const struct {
        const char *line;
        unsigned int complaints;
        uint64_t number;
    } cases[] = {
        {"v number=0", 0, 0},
        {"v number=0x", 1, 7},
        {"v number=0x1F", 0, 0x1f},
        {"v number=18446744073709551615", 0, UINT64_MAX},
        {"v number=18446744073709551616", 1, 7},
        {"v number=0x10000000000000000", 1, 7},
        {"v number=", 1, 7},
        {"v number=-1", 1, 7},
        {"v number=1a", 1, 7},
        {"v number=1K", 1, 7},
        {"v number=1 number=2", 0, 2},
        {"v number=1 number=x", 1, 1},
    };

    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        if (!CHECK_EQ(parse(cases[n].line), cases[n].complaints))
            fprintf(stderr, "    %s\n", cases[n].line);
        CHECK_EQ(number, cases[n].number);
    }
}

static void test_sizes(void)
{
    static const struct {
        const char *line;
        unsigned int complaints;
        uint64_t memory;
    } cases[] = {
        {"v dom0_mem=104857600", 0, 104857600},
        {"v dom0_mem=65536K", 0, 64 << 20},
        {"v dom0_mem=65535k", 1, 7},
        {"v dom0_mem=2g", 0, 2ull << 30},
        {"v dom0_mem=1T", 0, 1ull << 40},
        {"v dom0_mem=0x100M", 0, 256 << 20},
        {"v dom0_mem=16777216T", 1, 7},
        {"v dom0_mem=16777215T", 0, 16777215ull << 40},
        {"v dom0_mem=1P", 1, 7},
        {"v dom0_mem=100MB", 1, 7},
        {"v dom0_mem=M", 1, 7},
    };

    for (size_t n = 0; n < sizeof(cases) / sizeof(cases[0]); n++) {
        if (!CHECK_EQ(parse(cases[n].line), cases[n].complaints))
            fprintf(stderr, "    %s\n", cases[n].line);
        CHECK_EQ(memory, cases[n].memory);
    }
}

static void test_bounds(void)
{
    CHECK_EQ(parse("v size=16777216T"), 1);
    CHECK_EQ(size, 7);
    CHECK_EQ(parse("v maxcpus=0"), 1);
    CHECK_EQ(parse("v maxcpus=65"), 1);
    CHECK_EQ(cpus, 7);
    CHECK_EQ(parse("v maxcpus=64"), 0);
    CHECK_EQ(cpus, 64);
}

static void test_switches(void)
{
    CHECK_EQ(parse("v reboot"), 0);
    CHECK(reboot);
    CHECK_EQ(parse("v reboot no-reboot"), 0);
    CHECK(!reboot);
    CHECK_EQ(parse("v reboot=yes"), 0);
    CHECK(reboot);
    CHECK_EQ(parse("v reboot=1 reboot=off"), 0);
    CHECK(!reboot);
    CHECK_EQ(parse("v reboot=perhaps"), 1);
    CHECK(!reboot);
    CHECK_EQ(parse("v no-maxcpus"), 1);
    CHECK_EQ(parse("v maxcpus"), 1);
    CHECK_EQ(parse("v no-"), 1);
}

static void test_text(void)
{
    CHECK_EQ(parse("v console=1234567"), 0);
    CHECK_STR(console, "1234567");
    CHECK_EQ(parse("v console=12345678"), 1);
    CHECK_STR(console, "none");
    CHECK_EQ(parse("v console="), 0);
    CHECK_STR(console, "");
    CHECK_EQ(parse("v console=a=b"), 0);
    CHECK_STR(console, "a=b");
}

static void test_unknown_words_are_named(void)
{
    CHECK_EQ(parse("v domo_mem=1G maxcpus=2 dom0_mem2 =3 reboots maxcpu=1"), 5);
    CHECK_STR(heard, "domo_mem=1G;dom0_mem2;=3;reboots;maxcpu=1;");
    CHECK_EQ(cpus, 2);
}

/* However long or odd the word is, what is shown is short and printable. */
static void test_odd_words(void)
{
    char line[300] = "v ";

    memset(line + 2, 'x', 200);
    line[4] = '\x1b';
    line[5] = '\xff';
    CHECK_EQ(parse(line), 1);
    CHECK_EQ(strlen(heard), 64);
    CHECK(strncmp(heard, "xx??xx", 6) == 0);
}

int main(void)
{
    RUN(test_all_kinds);
    RUN(test_first_word);
    RUN(test_numbers);
    RUN(test_sizes);
    RUN(test_bounds);
    RUN(test_switches);
    RUN(test_text);
    RUN(test_unknown_words_are_named);
    RUN(test_odd_words);
    return check_done();
}
