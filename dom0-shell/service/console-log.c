/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the end of a guest's console log, which is guest input and treated so. */
#include "console-log.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAIL_BYTES     8192
#define LINE_MAX_CHARS 200
#define OLD_SUFFIX     ".old"

/* What Linux and its early boot say when they give up. */
static const char *const signs[] = {
    "Kernel panic", "Kernel Panic", "BUG:", "Oops:", "Attempted to kill init",
};

static char *log_path(const char *directory, const char *name, const char *suffix)
{
    g_autofree char *file = g_strdup_printf("guest-%s.log%s", name, suffix);

    return g_build_filename(directory, file, NULL);
}

GString *console_log_tail(const char *directory, const char *name, gsize size)
{
    g_autofree char *path = log_path(directory, name, "");
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    g_autoptr(GString) tail = g_string_sized_new(size);
    struct stat st;
    ssize_t got = -1;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        got = pread(fd, tail->str, size, MAX(st.st_size - (off_t)size, 0));
    close(fd);
    if (got <= 0)
        return NULL;
    g_string_set_size(tail, (gsize)got);
    return g_steal_pointer(&tail);
}

const char *console_log_skip_escape(const char *text)
{
    text++;
    if (*text != '[')
        return text;
    for (text++; *text && !g_ascii_isalpha(*text); text++)
        continue;
    return *text ? text + 1 : text;
}

char *console_log_clean(const GString *raw)
{
    g_autofree char *text = g_utf8_make_valid(raw->str, (gssize)raw->len);
    g_autoptr(GString) cleaned = g_string_sized_new(raw->len);
    const char *c = text;

    while (*c) {
        gunichar character = g_utf8_get_char(c);

        if (character == '\033')
            c = console_log_skip_escape(c);
        else
            c = g_utf8_next_char(c);
        if (!g_unichar_iscntrl(character) || strchr("\b\t\r\n", (int)character))
            g_string_append_unichar(cleaned, character);
    }
    return g_string_free(g_steal_pointer(&cleaned), FALSE);
}

char *console_log_text(const char *directory, const char *name)
{
    g_autoptr(GString) log = console_log_tail(directory, name, CONSOLE_LOG_BYTES);

    return log ? console_log_clean(log) : g_strdup("");
}

/* LINE as plain printable ASCII of at most LINE_MAX_CHARS, without a kernel's time stamp. */
static char *clean(const char *line)
{
    g_autoptr(GString) text = g_string_new(NULL);

    while (*line && text->len < LINE_MAX_CHARS) {
        if (*line == '\033') {
            line = console_log_skip_escape(line);
            continue;
        }
        if (g_ascii_isprint(*line))
            g_string_append_c(text, *line);
        line++;
    }
    if (text->str[0] == '[' && strstr(text->str, "] "))
        g_string_erase(text, 0, strstr(text->str, "] ") + 2 - text->str);
    return g_strstrip(g_string_free(g_steal_pointer(&text), FALSE));
}

static gboolean is_sign(const char *line)
{
    for (guint i = 0; i < G_N_ELEMENTS(signs); i++) {
        if (strstr(line, signs[i]))
            return TRUE;
    }
    return FALSE;
}

char *console_log_last_words(const char *directory, const char *name)
{
    g_autoptr(GString) tail = console_log_tail(directory, name, TAIL_BYTES);
    g_autofree char *best = NULL;
    gboolean found = FALSE;
    g_auto(GStrv) lines = NULL;

    if (!tail)
        return NULL;
    /* A NUL must not hide what comes behind it. */
    for (gsize i = 0; i < tail->len; i++)
        tail->str[i] = tail->str[i] ? tail->str[i] : ' ';
    lines = g_strsplit(tail->str, "\n", -1);
    for (char **line = lines; *line; line++) {
        g_autofree char *text = clean(*line);
        gboolean sign = is_sign(text);

        if (*text == '\0' || (found && !sign) || strstr(text, "end Kernel panic"))
            continue;
        found |= sign;
        g_free(best);
        best = g_steal_pointer(&text);
    }
    return g_steal_pointer(&best);
}

void console_log_set_aside(const char *directory, const char *name)
{
    g_autofree char *path = log_path(directory, name, "");
    g_autofree char *old = log_path(directory, name, OLD_SUFFIX);

    /* There is none at a first run. */
    rename(path, old);
}

void console_log_remove(const char *directory, const char *name)
{
    g_autofree char *path = log_path(directory, name, "");
    g_autofree char *old = log_path(directory, name, OLD_SUFFIX);

    unlink(path);
    unlink(old);
}
