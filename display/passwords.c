/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What viewers that come through the network have to know. */
#include "passwords.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#define TEXT_MAX 1024

static char **place_of(struct passwords *passwords, const char *kind)
{
    if (strcmp(kind, "vnc") == 0)
        return &passwords->vnc;
    return strcmp(kind, "spice") == 0 ? &passwords->spice : NULL;
}

static bool take_line(struct passwords *passwords, char *line)
{
    char *password = strchr(line, ' ');
    char **place;

    if (!password)
        return false;
    *password++ = '\0';
    place = place_of(passwords, line);
    if (!place || *place || *password == '\0' || strlen(password) > PASSWORD_MAX)
        return false;
    *place = g_strdup(password);
    return true;
}

/* Reads to the end; -1 if that is too far, or can't be done. */
static ssize_t read_all(int fd, char *text, size_t size)
{
    size_t length = 0;
    ssize_t got;

    do {
        got = read(fd, text + length, size - length);
        if (got > 0)
            length += (size_t)got;
    } while ((got > 0 && length < size) || (got < 0 && errno == EINTR));
    return got < 0 || length == size ? -1 : (ssize_t)length;
}

static bool take_lines(struct passwords *passwords, char *text)
{
    char *next = text;

    while (*next) {
        char *line = next;

        next = strchr(line, '\n');
        if (!next)
            return false;
        *next++ = '\0';
        if (!take_line(passwords, line))
            return false;
    }
    return true;
}

bool passwords_read(int fd, struct passwords *ret_passwords, char **ret_problem)
{
    struct passwords passwords = {0};
    char text[TEXT_MAX + 1];
    ssize_t length = read_all(fd, text, TEXT_MAX);
    bool taken = length >= 0 && !memchr(text, '\0', (size_t)length);

    if (taken) {
        text[length] = '\0';
        taken = take_lines(&passwords, text);
    }
    explicit_bzero(text, sizeof(text));
    if (taken) {
        *ret_passwords = passwords;
        return true;
    }
    passwords_clear(&passwords);
    *ret_problem = g_strdup_printf("The descriptor of --passwords must give lines “vnc PASSWORD” "
                                   "and “spice PASSWORD”, with 1 to %d bytes in each password.",
                                   PASSWORD_MAX);
    return false;
}

static void clear(char **password)
{
    if (*password)
        explicit_bzero(*password, strlen(*password));
    g_clear_pointer(password, g_free);
}

void passwords_clear(struct passwords *passwords)
{
    clear(&passwords->vnc);
    clear(&passwords->spice);
}
