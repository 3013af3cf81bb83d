/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the service says and is told, over one socket that keeps messages apart (SOCK_SEQPACKET): a
 * text of words each, at most CONTROL_MESSAGE_MAX octets, without an end of line. README.md has
 * them all.
 */
#ifndef USB_PASSTHROUGH_CONTROL_H
#define USB_PASSTHROUGH_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

#define CONTROL_MESSAGE_MAX 255

/* A device's bus and ports, as the kernel names it: 3-1.2. */
#define CONTROL_KEY_MAX 31

enum control_verb {
    CONTROL_ATTACH, /* with one descriptor */
    CONTROL_DETACH,
};

struct control_order {
    enum control_verb verb;
    char key[CONTROL_KEY_MAX + 1];
};

/* False, and *@ret_order untouched, if the @length octets of @text are no order. */
bool control_parse(const char *text, size_t length, struct control_order *ret_order);

struct control_owner {
    /* @fd: the device's node, now the owner's. */
    void (*attach)(void *data, const char *key, int fd);
    void (*detach)(void *data, const char *key);
    /* There will be no more. */
    void (*ended)(void *data);
};

struct control;

/* Obeys what comes over @fd, which stays the caller's, from the main loop. */
struct control *control_new(int fd, const struct control_owner *owner, void *data);

/* Accepts NULL. */
void control_free(struct control *control);

/* Says one message of one to three words, NULL where there are fewer. Waits until there is room. */
void control_say(struct control *control, const char *first, const char *second, const char *third);

#endif
