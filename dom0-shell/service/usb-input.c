/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells keyboards and pointers by what the kernel says they can send. */
#include "usb-input.h"

#include <linux/input-event-codes.h>
#include <stdlib.h>
#include <string.h>

#include "usb-sysfs.h"

/* A set of codes is written as words of that many bits, the highest first. */
#define WORD_BITS 64
/* Escape to S, which everything that can be typed at has. */
#define TYPED_KEYS G_GUINT64_CONSTANT(0xfffffffe)

/* The Nth word from the end. */
static guint64 word_of(char **words, guint n)
{
    guint count = g_strv_length(words);

    return n < count ? g_ascii_strtoull(words[count - 1 - n], NULL, 16) : 0;
}

static gboolean has(char **words, guint code)
{
    return (word_of(words, code / WORD_BITS) >> (code % WORD_BITS)) & 1;
}

/* Never NULL. */
static char **read_codes(const char *input, const char *file)
{
    g_autofree char *text = usb_sysfs_read(input, file);

    return g_strsplit(text ? text : "", " ", 0);
}

static guint judge(const char *input)
{
    g_auto(GStrv) keys = read_codes(input, "capabilities/key");
    g_auto(GStrv) relative = read_codes(input, "capabilities/rel");
    g_auto(GStrv) absolute = read_codes(input, "capabilities/abs");
    guint is = 0;

    if ((word_of(keys, 0) & TYPED_KEYS) == TYPED_KEYS)
        is |= USB_INPUT_KEYBOARD;
    if (has(relative, REL_X) && has(relative, REL_Y) && has(keys, BTN_LEFT))
        is |= USB_INPUT_POINTER;
    if (has(absolute, ABS_X) && has(absolute, ABS_Y) &&
        (has(keys, BTN_LEFT) || has(keys, BTN_TOUCH)))
        is |= USB_INPUT_POINTER;
    return is;
}

/* Whether PATH, with no link in it, is of the device KEY. */
static gboolean is_of(const char *sysfs, const char *key, const char *path)
{
    g_autofree char *device = usb_sysfs_device(sysfs, key);
    char *real = realpath(device, NULL);
    gsize length = real ? strlen(real) : 0;
    gboolean is = real && strncmp(path, real, length) == 0 && path[length] == '/';

    free(real);
    return is;
}

static gboolean is_of_any(const char *sysfs, const char *const *keys, const char *path)
{
    for (; keys && *keys; keys++) {
        if (is_of(sysfs, *keys, path))
            return TRUE;
    }
    /* What a program has made up is nothing that a person could use. */
    return strstr(path, "/devices/virtual/") != NULL;
}

guint usb_input_find(const char *sysfs, const char *key, const char *const *away, guint *ret_others)
{
    g_autofree char *class = g_build_filename(sysfs, "class", "input", NULL);
    g_autoptr(GPtrArray) names = usb_sysfs_names(class, "input");
    guint own = 0;
    guint others = 0;

    for (guint i = 0; i < names->len; i++) {
        g_autofree char *link = g_build_filename(class, names->pdata[i], NULL);
        char *path = realpath(link, NULL);

        if (path && is_of(sysfs, key, path))
            own |= judge(path);
        else if (path && !is_of_any(sysfs, away, path))
            others |= judge(path);
        free(path);
    }
    if (ret_others)
        *ret_others = others;
    return own;
}
