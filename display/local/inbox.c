/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a viewer on this computer has sent, in whatever pieces it came: cut into requests, checked.
 */
#include "local/inbox.h"

#include <stdbool.h>
#include <string.h>

uint8_t *inbox_room(struct inbox *inbox, size_t *ret_size)
{
    memmove(inbox->bytes, inbox->bytes + inbox->begin, inbox->end - inbox->begin);
    inbox->end -= inbox->begin;
    inbox->begin = 0;
    *ret_size = sizeof(inbox->bytes) - inbox->end;
    return inbox->bytes + inbox->end;
}

void inbox_received(struct inbox *inbox, size_t size)
{
    inbox->end += size;
}

static bool is_sound(const struct local_request *request)
{
    switch (request->type) {
    case LOCAL_READY:
    case LOCAL_KEY:
    case LOCAL_POINTER:
        return true;
    case LOCAL_TOUCH:
        return request->touch.contact < LOCAL_MAX_CONTACTS &&
               request->touch.phase <= LOCAL_TOUCH_UP;
    default:
        return false;
    }
}

enum inbox_result inbox_take(struct inbox *inbox, struct local_request *ret_request)
{
    if (inbox->end - inbox->begin < sizeof(*ret_request))
        return INBOX_EMPTY;
    memcpy(ret_request, inbox->bytes + inbox->begin, sizeof(*ret_request));
    inbox->begin += sizeof(*ret_request);
    return is_sound(ret_request) ? INBOX_REQUEST : INBOX_NONSENSE;
}
