/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bzImage headers: where a payload may be said to be. */
#include <string.h>

#include "boot/bzimage.h"
#include "fuzz.h"

#define SEED_LEN 1200

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const uint8_t payload[] = {0xfd, '7', 'z', 'X', 'Z', 0, 0, 1};
    const uint32_t offset = 8, length = sizeof(payload) + 4;

    if (n > 0)
        return 0;
    memset(data, 0, SEED_LEN);
    data[0x1f1] = 1;
    data[0x1fe] = 0x55;
    data[0x1ff] = 0xaa;
    memcpy(data + 0x202, "HdrS\x0f\x02", 6);
    data[0x211] = 1;
    memcpy(data + 0x248, &offset, 4);
    memcpy(data + 0x24c, &length, 4);
    memcpy(data + 1024 + offset, payload, sizeof(payload));
    return SEED_LEN;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    volatile uint8_t sink = 0;
    struct bzimage bz;
    const char *why = NULL;

    if (bzimage_parse(data, len, &bz, &why) != 0) {
        FUZZ_ASSERT(why != NULL);
        return 0;
    }
    FUZZ_ASSERT(bz.payload >= data && bz.payload_len + 4 <= len);
    for (size_t n = 0; n < bz.payload_len + 4; n++)
        sink ^= bz.payload[n];
    return 0;
}
