/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a viewer on this computer sends, in any pieces: the same requests come out as went in, up to
 * the first that is none. */
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "local/inbox.h"

static bool is_finger(const struct local_request *request)
{
    return request->type == LOCAL_TOUCH && request->touch.contact <= 9 && request->touch.phase <= 2;
}

/* Takes all that is there; what comes is to be the next of @sent. False after nonsense. */
static bool take_all(struct inbox *inbox, const uint8_t *sent, size_t *taken)
{
    struct local_request request, expected;
    enum inbox_result result;
    unsigned count = 0;

    while ((result = inbox_take(inbox, &request)) != INBOX_EMPTY) {
        memcpy(&expected, sent + *taken, sizeof(expected));
        *taken += sizeof(expected);
        FUZZ_ASSERT(memcmp(&request, &expected, sizeof(request)) == 0);
        FUZZ_ASSERT((result == INBOX_REQUEST) ==
                    (request.type == LOCAL_READY || request.type == LOCAL_KEY ||
                     request.type == LOCAL_POINTER || is_finger(&request)));
        if (result == INBOX_NONSENSE)
            return false;
        count++;
    }
    FUZZ_ASSERT(count <= INBOX_REQUESTS);
    return true;
}

/* The first byte says how large the pieces are. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct inbox inbox = {0};
    size_t received = 0, taken = 0;

    if (len < 1)
        return 0;
    for (size_t piece = 1 + *data++, left = len - 1; left > 0;) {
        size_t size;
        uint8_t *room = inbox_room(&inbox, &size);

        FUZZ_ASSERT(size > 0);
        size = size < piece ? size : piece;
        size = size < left ? size : left;
        memcpy(room, data + received, size);
        inbox_received(&inbox, size);
        received += size;
        left -= size;
        if (!take_all(&inbox, data, &taken))
            return 0;
        FUZZ_ASSERT(received - taken < sizeof(struct local_request));
    }
    return 0;
}

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const struct local_request requests[] = {
        {.type = LOCAL_READY},
        {.type = LOCAL_KEY, .key = {.scancode = 0x1e, .is_down = 1}},
        {.type = LOCAL_POINTER, .pointer = {.x = 1, .y = 2, .buttons = 1}},
        {.type = LOCAL_TOUCH, .touch = {.contact = 9, .phase = LOCAL_TOUCH_UP}},
        {.type = LOCAL_READY},
    };

    if (n > 2)
        return 0;
    data[0] = (uint8_t)(n * 15);
    memcpy(data + 1, requests, sizeof(requests));
    return 1 + sizeof(requests);
}
