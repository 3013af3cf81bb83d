/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a viewer on this computer has sent, in whatever pieces it came: cut into requests, checked.
 */
#ifndef DISPLAY_LOCAL_INBOX_H
#define DISPLAY_LOCAL_INBOX_H

#include <stddef.h>

#include "local/protocol.h"

/* The most requests that are taken at once: others are to have their turn, too. */
#define INBOX_REQUESTS 32

/* Begins as zeros. */
struct inbox {
    size_t begin, end; /* of what has not been taken */
    uint8_t bytes[INBOX_REQUESTS * sizeof(struct local_request)];
};

/*
 * Where *@ret_size bytes that are received next are to be put; never none once inbox_take() has
 * returned INBOX_EMPTY.
 */
uint8_t *inbox_room(struct inbox *inbox, size_t *ret_size);

/* @size bytes were put there. */
void inbox_received(struct inbox *inbox, size_t size);

enum inbox_result { INBOX_EMPTY, INBOX_REQUEST, INBOX_NONSENSE };

/* Takes the next whole request, which is of a known type then, and of a finger that there can be.
 */
enum inbox_result inbox_take(struct inbox *inbox, struct local_request *ret_request);

#endif
