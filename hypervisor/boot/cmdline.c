/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hypervisor's command line. The person at the boot prompt hears of every mistake. */
#include "boot/cmdline.h"
#include "lib/string.h"

#define WORD_SHOWN_MAX 64

/* A word of the line, in place: not terminated. */
struct word {
    const char *text;
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_blanks(const char *at)
{
    while (is_blank(*at))
        at++;
    return at;
}

/* The next word, at *line, which moves behind it; empty at the end. */
static struct word take_word(const char **line)
{
    struct word word = {.text = skip_blanks(*line)};

    while (word.text[word.len] && !is_blank(word.text[word.len]))
        word.len++;
    *line = word.text + word.len;
    return word;
}

static bool word_is(struct word word, const char *text)
{
    return strlen(text) == word.len && memcmp(word.text, text, word.len) == 0;
}

/* Multiplies by base and adds; false if that does not fit. */
static bool append_digit(uint64_t *value, unsigned int base, unsigned int digit)
{
    return !__builtin_mul_overflow(*value, (uint64_t)base, value) &&
           !__builtin_add_overflow(*value, (uint64_t)digit, value);
}

static unsigned int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned int)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned int)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned int)(c - 'A') + 10;
    return 255;
}

/* Takes the number that the word begins with off it; false without one, or if it is too large. */
static bool take_number(struct word *word, uint64_t *value)
{
    unsigned int base = 10;
    size_t n = 0, first;

    if (word->len > 2 && word->text[0] == '0' && (word->text[1] | 0x20) == 'x') {
        base = 16;
        n = 2;
    }
    first = n;
    *value = 0;
    for (; n < word->len && digit_value(word->text[n]) < base; n++)
        if (!append_digit(value, base, digit_value(word->text[n])))
            return false;
    word->text += n;
    word->len -= n;
    return n > first;
}

/* How far a size suffix shifts; 64 for what is none. */
static unsigned int suffix_shift(char c)
{
    switch (c | 0x20) {
    case 'k':
        return 10;
    case 'm':
        return 20;
    case 'g':
        return 30;
    case 't':
        return 40;
    default:
        return 64;
    }
}

static const char *read_number(const struct cmdline_option *option, struct word word)
{
    unsigned int shift = 0;
    uint64_t value;

    if (!take_number(&word, &value))
        return "its value is not a number, or too large";
    if (word.len == 1 && option->type == CMDLINE_SIZE) {
        shift = suffix_shift(word.text[0]);
        word.len = 0;
    }
    if (word.len || shift == 64)
        return option->type == CMDLINE_SIZE ? "its value is not a size like 512M or 2G"
                                            : "its value is not a number";
    if (value > UINT64_MAX >> shift)
        return "its value is too large";
    value <<= shift;
    if (value < option->min)
        return "its value is too small";
    if (option->max && value > option->max)
        return "its value is too large";
    *(uint64_t *)option->value = value;
    return NULL;
}

static bool word_starts(struct word word, const char *text)
{
    size_t len = strlen(text);

    return word.len >= len && memcmp(word.text, text, len) == 0;
}

/* SIZE, min:SIZE and max:SIZE, separated by commas. */
static const char *read_memory(const struct cmdline_option *option, struct word word)
{
    struct cmdline_memory memory = {0}, *out = option->value;
    uint64_t ignored;

    while (word.len) {
        const char *comma = memchr(word.text, ',', word.len);
        struct word part = {word.text, comma ? (size_t)(comma - word.text) : word.len};
        struct cmdline_option size = {.type = CMDLINE_SIZE, .value = &memory.size};
        const char *wrong;

        word.text += part.len + (comma != NULL);
        word.len -= part.len + (comma != NULL);
        if (word_starts(part, "max:") || word_starts(part, "min:")) {
            size.value = word_starts(part, "max:") ? &memory.max : &ignored;
            part = (struct word){part.text + 4, part.len - 4};
        }
        wrong = read_number(&size, part);
        if (wrong)
            return wrong;
    }
    *out = memory;
    return NULL;
}

static const char *read_bool(const struct cmdline_option *option, struct word word)
{
    static const char *const yes[] = {"yes", "on", "true", "enable", "1"};
    static const char *const no[] = {"no", "off", "false", "disable", "0"};

    for (size_t n = 0; n < sizeof(yes) / sizeof(yes[0]); n++) {
        if (word_is(word, yes[n]) || word_is(word, no[n])) {
            *(bool *)option->value = word_is(word, yes[n]);
            return NULL;
        }
    }
    return "its value is neither yes nor no";
}

static const char *read_text(const struct cmdline_option *option, struct word word)
{
    if (word.len >= option->size)
        return "its value is too long";
    memcpy(option->value, word.text, word.len);
    ((char *)option->value)[word.len] = '\0';
    return NULL;
}

static const char *read_value(const struct cmdline_option *option, struct word value)
{
    switch (option->type) {
    case CMDLINE_BOOL:
        return read_bool(option, value);
    case CMDLINE_TEXT:
        return read_text(option, value);
    case CMDLINE_MEMORY:
        return read_memory(option, value);
    case CMDLINE_UNSIGNED:
    case CMDLINE_SIZE:
        break;
    }
    return read_number(option, value);
}

static const struct cmdline_option *find_option(const struct cmdline *cmdline, struct word name)
{
    for (size_t n = 0; n < cmdline->option_count; n++)
        if (word_is(name, cmdline->options[n].name))
            return &cmdline->options[n];
    return NULL;
}

/* A word with no "=": a switch, set or, with "no-" in front, cleared. */
static const char *read_switch(const struct cmdline *cmdline, struct word word)
{
    const struct cmdline_option *option = find_option(cmdline, word);
    bool value = true;

    if (!option && word.len > 3 && memcmp(word.text, "no-", 3) == 0) {
        option = find_option(cmdline, (struct word){word.text + 3, word.len - 3});
        value = false;
    }
    if (!option)
        return "there is no such option";
    if (option->type != CMDLINE_BOOL)
        return value ? "it needs a value: name=value" : "it can't be switched off";
    *(bool *)option->value = value;
    return NULL;
}

/* What is wrong with the word; NULL if it was understood. */
static const char *read_word(const struct cmdline *cmdline, struct word word)
{
    const char *equals = memchr(word.text, '=', word.len);
    const struct cmdline_option *option;
    struct word name, value;

    if (!equals)
        return read_switch(cmdline, word);

    name = (struct word){word.text, (size_t)(equals - word.text)};
    value = (struct word){equals + 1, word.len - name.len - 1};
    option = find_option(cmdline, name);
    return option ? read_value(option, value) : "there is no such option";
}

static void complain(const struct cmdline *cmdline, struct word word, const char *why)
{
    char shown[WORD_SHOWN_MAX];
    size_t n;

    for (n = 0; n < word.len && n < sizeof(shown) - 1; n++)
        shown[n] = word.text[n] >= ' ' && word.text[n] < 0x7f ? word.text[n] : '?';
    shown[n] = '\0';
    cmdline->complain(cmdline->context, shown, why);
}

const char *cmdline_skip_file(const char *line)
{
    if (!is_blank(*line))
        take_word(&line);
    return skip_blanks(line);
}

unsigned int cmdline_parse(const struct cmdline *cmdline, const char *line)
{
    unsigned int complaints = 0;
    struct word word;

    line = cmdline_skip_file(line);
    for (word = take_word(&line); word.len; word = take_word(&line)) {
        const char *why = read_word(cmdline, word);

        if (why) {
            complain(cmdline, word, why);
            complaints++;
        }
    }
    return complaints;
}
