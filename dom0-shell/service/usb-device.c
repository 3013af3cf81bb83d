/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads devices out of the kernel's tree. Their makers' strings are as hostile as the devices. */
#include "usb-device.h"

#include <string.h>

#include "usb-block.h"
#include "usb-sysfs.h"

/* A string descriptor has at most 126 characters; fewer are enough for a name. */
#define NAME_MAX_CHARS   80
#define SERIAL_MAX_CHARS 126
#define CLASS_HUB        0x09
/* Of the kernel's minor numbers of devices so many belong to each bus. */
#define BUS_NUMBERS 128
#define BUSES_MAX   999
/* As disks are sold. */
#define MB G_GUINT64_CONSTANT(1000000)
#define GB (1000 * MB)
#define TB (1000 * GB)

/* The kernel's words, in Mbit/s. */
static const struct {
    const char *attribute;
    const char *text;
} speeds[] = {
    {"1.5", "1.5 Mbit/s"}, {"12", "12 Mbit/s"},    {"480", "480 Mbit/s"},
    {"5000", "5 Gbit/s"},  {"10000", "10 Gbit/s"}, {"20000", "20 Gbit/s"},
};

char *usb_text_clean(const char *text, guint length)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *clean = g_string_new(NULL);
    guint blank = 0; /* a blank is due before the next character */
    guint count = 0;

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);

        if (g_unichar_isspace(c) || !g_unichar_isprint(c)) {
            blank = count > 0;
            continue;
        }
        if (count + blank + 1 > length)
            break;
        if (blank)
            g_string_append_c(clean, ' ');
        g_string_append_unichar(clean, c);
        count += blank + 1;
        blank = 0;
    }
    return g_string_free(clean, FALSE);
}

static char *read_clean(const char *directory, const char *file, guint length)
{
    g_autofree char *text = usb_sysfs_read(directory, file);

    return usb_text_clean(text ? text : "", length);
}

/* Many a product's name begins with its maker's. */
static char *make_name(const char *directory, guint16 vendor, guint16 product)
{
    g_autofree char *maker = read_clean(directory, "manufacturer", NAME_MAX_CHARS / 2);
    g_autofree char *model = read_clean(directory, "product", NAME_MAX_CHARS / 2);

    if (*maker && *model && !g_str_has_prefix(model, maker))
        return g_strdup_printf("%s %s", maker, model);
    if (*model || *maker)
        return g_strdup(*model ? model : maker);
    return g_strdup_printf("USB device %04x:%04x", vendor, product);
}

static const char *find_speed(const char *directory)
{
    g_autofree char *text = usb_sysfs_read(directory, "speed");

    for (guint i = 0; text && i < G_N_ELEMENTS(speeds); i++) {
        if (strcmp(text, speeds[i].attribute) == 0)
            return speeds[i].text;
    }
    return "";
}

static guint64 find_size(const char *sysfs, const char *key)
{
    g_autoptr(GPtrArray) disks = usb_block_disks(sysfs, key);

    return usb_block_size(disks);
}

/*
 * The bus, and the number that the device has there. The kernel's attribute "devnum" is 0 while the
 * device is reset, as it has no address then; "dev" (189:130, say), which belongs to its node,
 * stays what it is until it is unplugged.
 */
static gboolean read_place(const char *directory, guint *ret_bus, guint *ret_number)
{
    g_autofree char *text = usb_sysfs_read(directory, "dev");
    const char *colon = text ? strchr(text, ':') : NULL;
    guint64 minor;

    if (!colon ||
        !g_ascii_string_to_unsigned(colon + 1, 10, 0, BUSES_MAX * BUS_NUMBERS - 1, &minor, NULL))
        return FALSE;
    *ret_bus = (guint)minor / BUS_NUMBERS + 1;
    *ret_number = (guint)minor % BUS_NUMBERS + 1;
    return TRUE;
}

UsbDevice *usb_device_read(const char *sysfs, const char *key)
{
    g_autofree char *directory = usb_sysfs_device(sysfs, key);
    guint64 vendor, product, class;
    guint bus, number;
    UsbDevice *device;

    if (!usb_key_check(key) || !usb_sysfs_number(directory, "idVendor", 16, 0xffff, &vendor) ||
        !usb_sysfs_number(directory, "idProduct", 16, 0xffff, &product) ||
        !usb_sysfs_number(directory, "bDeviceClass", 16, 0xff, &class) || class == CLASS_HUB ||
        !read_place(directory, &bus, &number))
        return NULL;
    device = g_new0(UsbDevice, 1);
    device->key = g_strdup(key);
    device->vendor = (guint16)vendor;
    device->product = (guint16)product;
    device->name = make_name(directory, device->vendor, device->product);
    device->serial = read_clean(directory, "serial", SERIAL_MAX_CHARS);
    device->kinds = usb_kinds_find(sysfs, key);
    device->size = find_size(sysfs, key);
    device->speed = find_speed(directory);
    device->bus = bus;
    device->number = number;
    return device;
}

GPtrArray *usb_device_list(const char *sysfs)
{
    GPtrArray *devices = g_ptr_array_new_with_free_func((GDestroyNotify)usb_device_free);
    g_autofree char *directory = g_build_filename(sysfs, "bus", "usb", "devices", NULL);
    g_autoptr(GPtrArray) names = usb_sysfs_names(directory, "");

    for (guint i = 0; i < names->len; i++) {
        UsbDevice *device = usb_device_read(sysfs, names->pdata[i]);

        if (device)
            g_ptr_array_add(devices, device);
    }
    return devices;
}

void usb_device_free(UsbDevice *device)
{
    if (!device)
        return;
    g_free(device->key);
    g_free(device->name);
    g_free(device->serial);
    g_free(device);
}

gboolean usb_device_is_same(const UsbDevice *a, const UsbDevice *b)
{
    return strcmp(a->key, b->key) == 0 && a->bus == b->bus && a->number == b->number &&
           a->vendor == b->vendor && a->product == b->product && strcmp(a->serial, b->serial) == 0;
}

static void append_size(GString *text, guint64 size)
{
    guint64 unit = size >= TB ? TB : size >= GB ? GB : MB;
    const char *word = size >= TB ? "TB" : size >= GB ? "GB" : "MB";

    if (size > 0)
        g_string_append_printf(text, ", %" G_GUINT64_FORMAT " %s", (size + unit / 2) / unit, word);
}

char *usb_device_describe(const UsbDevice *device)
{
    GString *text = g_string_new(NULL);

    for (guint kind = USB_KINDS - 1; kind > USB_KIND_OTHER; kind--) {
        if (!(device->kinds & USB_KIND_BIT(kind)))
            continue;
        if (text->len > 0)
            g_string_append(text, ", ");
        g_string_append(text, usb_kind_name(kind));
        if (kind == USB_KIND_STORAGE)
            append_size(text, device->size);
    }
    if (text->len == 0)
        g_string_append(text, usb_kind_name(USB_KIND_OTHER));
    return g_string_free(text, FALSE);
}

char *usb_device_node(const UsbDevice *device, const char *nodes)
{
    return g_strdup_printf("%s/%03u/%03u", nodes, device->bus, device->number);
}
