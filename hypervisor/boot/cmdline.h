/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's command line: words of the form name, no-name or name=value, by a table. */
#ifndef BOOT_CMDLINE_H
#define BOOT_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cmdline_type {
    CMDLINE_BOOL,     /* bool: name, no-name, name=yes|no|on|off|true|false|1|0 */
    CMDLINE_UNSIGNED, /* uint64_t: decimal, or hexadecimal behind 0x */
    CMDLINE_SIZE,     /* uint64_t, bytes: a number with K, M, G or T behind it; bytes if none */
    CMDLINE_MEMORY,   /* struct cmdline_memory: SIZE, min:SIZE and max:SIZE with commas */
    CMDLINE_TEXT,     /* char[size]: as it stands, at most size - 1 characters */
};

/* How much memory dom0 gets, in Xen's words. Bytes; 0: not given. (A min: is accepted, and no more
 * than a hint: dom0 starts with what SIZE says.) */
struct cmdline_memory {
    uint64_t size, max;
};

/* One known option and where its value goes. */
struct cmdline_option {
    const char *name;
    enum cmdline_type type;
    void *value;
    size_t size;  /* CMDLINE_TEXT: of the buffer */
    uint64_t min; /* numbers: what is allowed, both ends included; max 0 means no bound */
    uint64_t max;
};

/* A table of options, and who hears of words that it has no use for. */
struct cmdline {
    const struct cmdline_option *options;
    size_t option_count;
    /* Called for each such word, cut to a printable length, with what is wrong with it. */
    void (*complain)(void *context, const char *word, const char *why);
    void *context;
};

/*
 * Reads the command line that the boot loader handed over: its first word, the file name (or
 * GRUB's "placeholder"), is passed over, unless it is missing and the line begins with a blank.
 * Values are written as the options come; the last one wins, and one with a mistake changes
 * nothing. Returns how many complaints there were.
 */
unsigned int cmdline_parse(const struct cmdline *cmdline, const char *line);

/* What comes after the first word: the command line of a boot module. Points into line. */
const char *cmdline_skip_file(const char *line);

#endif
