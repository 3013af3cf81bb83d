/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells what a USB device is out of the classes of its interfaces. */
#include "usb-kind.h"

#include <string.h>

#include "usb-input.h"
#include "usb-sysfs.h"

#define ANY (-1)

static const char *const names[USB_KINDS] = {
    [USB_KIND_OTHER] = "other",       [USB_KIND_NETWORK] = "network",
    [USB_KIND_SERIAL] = "serial",     [USB_KIND_POINTER] = "pointer",
    [USB_KIND_KEYBOARD] = "keyboard", [USB_KIND_SOUND] = "sound",
    [USB_KIND_CAMERA] = "camera",     [USB_KIND_STORAGE] = "storage",
    [USB_KIND_PRINTER] = "printer",   [USB_KIND_HUB] = "hub",
};

/* The first that fits. */
static const struct {
    int class, subclass, protocol;
    UsbKind kind;
} classes[] = {
    {0x01, ANY, ANY, USB_KIND_SOUND},      {0x02, 0x02, ANY, USB_KIND_SERIAL},
    {0x02, 0x06, ANY, USB_KIND_NETWORK}, /* Ethernet */
    {0x02, 0x0d, ANY, USB_KIND_NETWORK}, /* NCM */
    {0x02, 0x0e, ANY, USB_KIND_NETWORK}, /* mobile broadband */
    {0x03, 0x01, 0x01, USB_KIND_KEYBOARD}, {0x03, 0x01, 0x02, USB_KIND_POINTER},
    {0x06, ANY, ANY, USB_KIND_CAMERA},     {0x07, ANY, ANY, USB_KIND_PRINTER},
    {0x08, ANY, ANY, USB_KIND_STORAGE},    {0x09, ANY, ANY, USB_KIND_HUB},
    {0x0e, ANY, ANY, USB_KIND_CAMERA},     {0xe0, 0x01, 0x03, USB_KIND_NETWORK}, /* RNDIS */
    {0xef, 0x04, 0x01, USB_KIND_NETWORK},                                        /* RNDIS */
};

/* What a driver makes below an interface whose class says nothing. */
static const struct {
    const char *prefix;
    UsbKind kind;
} makings[] = {
    {"net", USB_KIND_NETWORK},
    {"ttyUSB", USB_KIND_SERIAL},
    {"video4linux", USB_KIND_CAMERA},
    {"sound", USB_KIND_SOUND},
};

const char *usb_kind_name(UsbKind kind)
{
    return names[kind];
}

gboolean usb_kind_parse(const char *name, UsbKind *ret_kind)
{
    for (guint i = 0; i < USB_KINDS; i++) {
        if (strcmp(name, names[i]) != 0)
            continue;
        *ret_kind = (UsbKind)i;
        return TRUE;
    }
    return FALSE;
}

static gboolean fits(int wanted, guint number)
{
    return wanted == ANY || (guint)wanted == number;
}

UsbKind usb_kind_of_interface(guint class, guint subclass, guint protocol)
{
    for (guint i = 0; i < G_N_ELEMENTS(classes); i++) {
        if (fits(classes[i].class, class) && fits(classes[i].subclass, subclass) &&
            fits(classes[i].protocol, protocol))
            return classes[i].kind;
    }
    return USB_KIND_OTHER;
}

static guint number_of(const char *interface, const char *file)
{
    guint64 number = 0;

    /* 0x00 is no class of an interface. */
    usb_sysfs_number(interface, file, 16, 0xff, &number);
    return (guint)number;
}

static UsbKind kind_of_makings(const char *interface)
{
    for (guint i = 0; i < G_N_ELEMENTS(makings); i++) {
        g_autoptr(GPtrArray) found = usb_sysfs_names(interface, makings[i].prefix);

        if (found->len > 0)
            return makings[i].kind;
    }
    return USB_KIND_OTHER;
}

static UsbKind kind_of(const char *interface)
{
    UsbKind kind = usb_kind_of_interface(number_of(interface, "bInterfaceClass"),
                                         number_of(interface, "bInterfaceSubClass"),
                                         number_of(interface, "bInterfaceProtocol"));

    return kind == USB_KIND_OTHER ? kind_of_makings(interface) : kind;
}

guint usb_kinds_find(const char *sysfs, const char *key)
{
    g_autoptr(GPtrArray) interfaces = usb_sysfs_interfaces(sysfs, key);
    guint input = usb_input_find(sysfs, key, NULL, NULL);
    guint kinds = USB_KIND_BIT(USB_KIND_OTHER);

    for (guint i = 0; i < interfaces->len; i++)
        kinds |= USB_KIND_BIT(kind_of(interfaces->pdata[i]));
    if (input & USB_INPUT_KEYBOARD)
        kinds |= USB_KIND_BIT(USB_KIND_KEYBOARD);
    if (input & USB_INPUT_POINTER)
        kinds |= USB_KIND_BIT(USB_KIND_POINTER);
    return kinds;
}

UsbKind usb_kind_main(guint kinds)
{
    return (UsbKind)(g_bit_storage(kinds | USB_KIND_BIT(USB_KIND_OTHER)) - 1);
}
