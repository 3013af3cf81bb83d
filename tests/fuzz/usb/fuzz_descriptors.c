/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A device that says anything of itself. */
#include <string.h>

#include <linux/usb/ch9.h>

#include "descriptors.h"
#include "fuzz.h"
#include "unit/usb/fake-host.h"

static void check_type(uint8_t type)
{
    FUZZ_ASSERT(type <= USB_ENDPOINT_XFER_INT || type == ENDPOINT_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const struct descriptors descriptors = {data, len};
    uint8_t alternates[DESCRIPTORS_INTERFACES];
    struct endpoints endpoints;

    if (!descriptors_check(&descriptors))
        return 0;
    memset(alternates, data[len - 1] % 3, sizeof(alternates));
    for (unsigned value = 0; value < 4; value++) {
        uint32_t interfaces = descriptors_interfaces(&descriptors, value);

        descriptors_endpoints(&descriptors, value, alternates, &endpoints);
        FUZZ_ASSERT(endpoints.in[0] == USB_ENDPOINT_XFER_CONTROL);
        for (unsigned i = 0; i < DESCRIPTORS_ENDPOINTS; i++) {
            check_type(endpoints.in[i]);
            check_type(endpoints.out[i]);
            /* Without an interface there is none. */
            FUZZ_ASSERT(interfaces || i == 0 || endpoints.in[i] == ENDPOINT_NONE);
        }
    }
    return 0;
}

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    struct descriptors descriptors = fake_host_descriptors(n == 1);

    if (n > 1)
        return 0;
    memcpy(data, descriptors.octets, descriptors.length);
    return descriptors.length;
}
