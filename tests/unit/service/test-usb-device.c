/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read of USB devices out of a tree like the kernel's. */
#include "fake-usb.h"
#include "usb-device.h"
#include "usb-sysfs.h"

static void test_key(void)
{
    static const char *const good[] = {"1-1", "3-1.2", "10-4.3.2.1", "1-999"};
    static const char *const bad[] = {"",       "usb1",
                                      "1",      "1-",
                                      "-1",     "1-1.",
                                      "1-1..2", "1-1:1.0",
                                      "1-1/..", "../1-1",
                                      "1-1 2",  "1-1\n",
                                      "0x1-1",  "1-1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1"};

    for (guint i = 0; i < G_N_ELEMENTS(good); i++)
        g_assert_true(usb_key_check(good[i]));
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(usb_key_check(bad[i]));
}

static void test_kinds(void)
{
    static const struct {
        guint class, subclass, protocol;
        UsbKind kind;
    } cases[] = {
        {0x08, 6, 0x50, USB_KIND_STORAGE}, {0x03, 1, 1, USB_KIND_KEYBOARD},
        {0x03, 1, 2, USB_KIND_POINTER},    {0x03, 0, 0, USB_KIND_OTHER},
        {0x0e, 1, 0, USB_KIND_CAMERA},     {0x01, 1, 0, USB_KIND_SOUND},
        {0x02, 2, 1, USB_KIND_SERIAL},     {0x02, 6, 0, USB_KIND_NETWORK},
        {0x02, 1, 0, USB_KIND_OTHER},      {0x07, 1, 2, USB_KIND_PRINTER},
        {0xff, 0, 0, USB_KIND_OTHER},      {0xe0, 1, 3, USB_KIND_NETWORK},
        {0xe0, 1, 1, USB_KIND_OTHER},      {0x09, 0, 0, USB_KIND_HUB},
    };
    UsbKind kind;

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmpint(usb_kind_of_interface(cases[i].class, cases[i].subclass, cases[i].protocol),
                        ==, cases[i].kind);
    for (guint i = 0; i < USB_KINDS; i++)
        g_assert_true(usb_kind_parse(usb_kind_name((UsbKind)i), &kind) && kind == (UsbKind)i);
    g_assert_false(usb_kind_parse("", &kind));
    g_assert_cmpint(usb_kind_main(USB_KIND_BIT(USB_KIND_SOUND) | USB_KIND_BIT(USB_KIND_CAMERA)), ==,
                    USB_KIND_CAMERA);
    g_assert_cmpint(usb_kind_main(0), ==, USB_KIND_OTHER);
}

static void test_read(void)
{
    g_autoptr(ScratchDir) root = scratch_new();
    g_autoptr(UsbDevice) device = NULL;
    g_autofree char *description = NULL;
    g_autofree char *node = NULL;

    usb_plug(root, "3-1.2", "0951:1666\n", 17);
    usb_attribute(root, "3-1.2", "dev", "189:272\n");
    usb_attribute(root, "3-1.2", "manufacturer", "Kingston\n");
    usb_attribute(root, "3-1.2", "product", "DataTraveler 3.0\n");
    usb_attribute(root, "3-1.2", "serial", "60A44C\n");
    usb_attribute(root, "3-1.2", "speed", "5000\n");
    usb_interface(root, "3-1.2", 0, "08:06:50");
    usb_disk_file(root, "3-1.2", "sdb", "size", "30310400\n");
    device = usb_device_read(root, "3-1.2");
    g_assert_nonnull(device);
    g_assert_cmpuint(device->vendor, ==, 0x951);
    g_assert_cmpuint(device->product, ==, 0x1666);
    g_assert_cmpstr(device->name, ==, "Kingston DataTraveler 3.0");
    g_assert_cmpstr(device->serial, ==, "60A44C");
    g_assert_cmpstr(device->speed, ==, "5 Gbit/s");
    g_assert_cmpuint(device->size, ==, G_GUINT64_CONSTANT(30310400) * 512);
    description = usb_device_describe(device);
    g_assert_cmpstr(description, ==, "storage, 16 GB");
    node = usb_device_node(device, "/dev/bus/usb");
    g_assert_cmpstr(node, ==, "/dev/bus/usb/003/017");
}

static char *describe(const char *root, const char *key)
{
    g_autoptr(UsbDevice) device = usb_device_read(root, key);

    g_assert_nonnull(device);
    return usb_device_describe(device);
}

static void test_describe(void)
{
    g_autoptr(ScratchDir) root = scratch_new();
    g_autofree char *camera = NULL, *tablet = NULL, *serial = NULL, *unknown = NULL, *reader = NULL;

    usb_plug(root, "1-1", "046d:0825", 2);
    usb_interface(root, "1-1", 0, "0e:01:00");
    usb_interface(root, "1-1", 1, "01:01:00");
    camera = describe(root, "1-1");
    g_assert_cmpstr(camera, ==, "camera, sound");
    /* A pointer whose class does not say so. */
    usb_plug(root, "1-2", "0627:0001", 3);
    usb_interface(root, "1-2", 0, "03:00:00");
    usb_input(root, "1-2", "input4", MOUSE_KEYS, MOUSE_AXES);
    tablet = describe(root, "1-2");
    g_assert_cmpstr(tablet, ==, "pointer");
    usb_plug(root, "1-3", "0403:6001", 4);
    usb_interface(root, "1-3", 0, "ff:ff:ff");
    usb_attribute(root, "1-3", "1-3:1.0/ttyUSB0/port_number", "0");
    serial = describe(root, "1-3");
    g_assert_cmpstr(serial, ==, "serial");
    usb_plug(root, "1-4", "1234:5678", 5);
    unknown = describe(root, "1-4");
    g_assert_cmpstr(unknown, ==, "other");
    /* A reader without a card in it. */
    usb_plug(root, "1-5", "1234:5678", 5);
    usb_interface(root, "1-5", 0, "08:06:50");
    usb_disk_file(root, "1-5", "sdc", "size", "0");
    reader = describe(root, "1-5");
    g_assert_cmpstr(reader, ==, "storage");
}

/* Root hubs, hubs, interfaces, and what lacks what every device has. */
static void test_list(void)
{
    g_autoptr(ScratchDir) root = scratch_new();
    g_autoptr(GPtrArray) none = usb_device_list(root);
    g_autoptr(GPtrArray) devices = NULL;

    g_assert_cmpuint(none->len, ==, 0);
    usb_plug(root, "usb1", "1d6b:0002", 1);
    usb_plug(root, "1-1", "05e3:0608", 2);
    usb_attribute(root, "1-1", "bDeviceClass", "09");
    usb_plug(root, "1-1.1", "046d:c31c", 3);
    usb_plug(root, "1-1.2", "046d:c31c", 4);
    usb_attribute(root, "1-1.2", "dev", "189:many");
    usb_plug(root, "1-1.3", "xxxx:c31c", 5);
    usb_plug(root, "1-1.4", "10000:c31c", 6);
    usb_file(root, USB_DEVICES "1-1.1:1.0/bInterfaceClass", "03");
    usb_file(root, USB_DEVICES "1-1.5", "not a directory");
    devices = usb_device_list(root);
    g_assert_cmpuint(devices->len, ==, 1);
    g_assert_cmpstr(((UsbDevice *)devices->pdata[0])->key, ==, "1-1.1");
    g_assert_null(usb_device_read(root, "1-1"));
    g_assert_null(usb_device_read(root, "../../etc"));
}

static void test_hostile(void)
{
    static const struct {
        const char *text;
        const char *clean;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"  two\t\n words ", "two words"},
        {"\x1b[31mred\x07", "[31mred"},
        {"a\xff\xfe"
         "b",
         "a\xef\xbf\xbd\xef\xbf\xbd"
         "b"},
        {"evil\xe2\x80\xaegnp", "evil gnp"}, /* right to left */
        {"\xe2\x80\x8b", ""},                /* of no width */
        {"0123456789x", "0123456789"},
        {"012345678 x", "012345678"},
        {"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4",
         "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *clean = usb_text_clean(cases[i].text, 10);

        g_assert_cmpstr(clean, ==, cases[i].clean);
    }
}

static void test_names(void)
{
    g_autoptr(ScratchDir) root = scratch_new();
    g_autofree char *huge = g_strnfill(100000, 'x');
    g_autoptr(UsbDevice) nameless = NULL, same = NULL, long_one = NULL;

    usb_plug(root, "1-1", "046d:c31c", 2);
    usb_attribute(root, "1-1", "product", "\x01\x02\n");
    nameless = usb_device_read(root, "1-1");
    g_assert_cmpstr(nameless->name, ==, "USB device 046d:c31c");
    usb_attribute(root, "1-1", "manufacturer", "Acme");
    usb_attribute(root, "1-1", "product", "Acme Phone");
    same = usb_device_read(root, "1-1");
    g_assert_cmpstr(same->name, ==, "Acme Phone");
    usb_attribute(root, "1-1", "product", huge);
    usb_attribute(root, "1-1", "serial", huge);
    long_one = usb_device_read(root, "1-1");
    g_assert_cmpuint(strlen(long_one->name), <, 100);
    g_assert_cmpuint(strlen(long_one->serial), ==, 126);
}

/* A driver is a link out of the device: what is behind it is not the device's. */
static void test_links(void)
{
    g_autoptr(ScratchDir) root = scratch_new();
    g_autoptr(UsbDevice) device = NULL;

    usb_plug(root, "1-1", "0951:1666", 2);
    usb_interface(root, "1-1", 0, "08:06:50");
    usb_plug(root, "1-2", "0951:1666", 3);
    usb_interface(root, "1-2", 0, "08:06:50");
    usb_disk_file(root, "1-2", "sdb", "size", "1000");
    usb_link(root, USB_DEVICES "1-1/1-1:1.0/driver", "../../1-2/1-2:1.0");
    usb_link(root, USB_DEVICES "1-1/1-1:1.0/self", ".");
    device = usb_device_read(root, "1-1");
    g_assert_cmpuint(device->size, ==, 0);
}

static void test_same(void)
{
    g_autoptr(ScratchDir) root = scratch_new();
    g_autoptr(UsbDevice) first = NULL, second = NULL, again = NULL;

    usb_plug(root, "1-1", "046d:c31c", 2);
    first = usb_device_read(root, "1-1");
    second = usb_device_read(root, "1-1");
    g_assert_true(usb_device_is_same(first, second));
    usb_plug(root, "1-1", "046d:c31c", 3);
    again = usb_device_read(root, "1-1");
    g_assert_false(usb_device_is_same(first, again));
}

/* A device that is just reset has no address, so that the kernel shows 0 for its number; it is
 * still the one that it was. */
static void test_reset(void)
{
    g_autoptr(ScratchDir) root = scratch_new();
    g_autoptr(UsbDevice) before = NULL, meanwhile = NULL;

    usb_plug(root, "1-1", "046d:c31c", 2);
    before = usb_device_read(root, "1-1");
    usb_attribute(root, "1-1", "devnum", "0\n");
    meanwhile = usb_device_read(root, "1-1");
    g_assert_nonnull(meanwhile);
    g_assert_cmpuint(meanwhile->number, ==, 2);
    g_assert_true(usb_device_is_same(before, meanwhile));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usb-device/key", test_key);
    g_test_add_func("/usb-device/kinds", test_kinds);
    g_test_add_func("/usb-device/read", test_read);
    g_test_add_func("/usb-device/describe", test_describe);
    g_test_add_func("/usb-device/list", test_list);
    g_test_add_func("/usb-device/hostile", test_hostile);
    g_test_add_func("/usb-device/names", test_names);
    g_test_add_func("/usb-device/links", test_links);
    g_test_add_func("/usb-device/same", test_same);
    g_test_add_func("/usb-device/reset", test_reset);
    return g_test_run();
}
