/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Strings of USB devices that could be anything, as lines to be shown; and as device names of the
 * kernel's, which would be parts of paths. */
#include <string.h>

#include "fuzz.h"
#include "usb-device.h"
#include "usb-sysfs.h"

#define LENGTH 12

size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const char *const texts[] = {
        "Logitech Webcam C270",
        "a\xe2\x80\xae"
        "b\xcc\x81\xf0\x9f\x93\xb7",
        "\x1b[2J \t\n\xc3\xa4\xff",
        "3-1.2",
        "10-4.3.2.1",
    };

    if (n >= sizeof(texts) / sizeof(texts[0]))
        return 0;
    memcpy(data, texts[n], strlen(texts[n]));
    return strlen(texts[n]);
}

static void check_line(const char *line)
{
    gunichar before = ' ';
    glong count = 0;

    FUZZ_ASSERT(g_utf8_validate(line, -1, NULL));
    for (const char *p = line; *p; p = g_utf8_next_char(p), count++) {
        gunichar c = g_utf8_get_char(p);

        FUZZ_ASSERT(g_unichar_isprint(c));
        FUZZ_ASSERT(c != ' ' || before != ' ');
        before = c;
    }
    FUZZ_ASSERT(count <= LENGTH);
    FUZZ_ASSERT(count == 0 || before != ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    g_autofree char *text = g_strndup((const char *)data, len);
    g_autofree char *line = usb_text_clean(text, LENGTH);
    g_autofree char *again = usb_text_clean(line, LENGTH);

    check_line(line);
    FUZZ_ASSERT(strcmp(line, again) == 0);
    if (usb_key_check(text)) {
        FUZZ_ASSERT(strlen(text) <= USB_KEY_MAX);
        FUZZ_ASSERT(strspn(text, "0123456789.-") == strlen(text) && !strstr(text, ".."));
    }
    return 0;
}
