/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a made up tree of USB devices.
 *
 * What a device's node says, the stand-in of the USB process does with it: see usb-simulated.c. */
#include "simulate-usb.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define DEVICES "sys/bus/usb/devices/"
#define DISK    ":1.0/host0/target0:0:0/0:0:0:0/block/"
#define INPUT   "bus/usb/devices/1-1/1-1:1.0/input/input0"

static const struct {
    const char *key;
    const char *vendor;
    const char *product;
    const char *maker;
    const char *model;
    const char *interfaces[2]; /* class:subclass:protocol */
} devices[] = {
    {"1-1", "046d", "c31c", "Logitech", "USB Keyboard", {"03:01:01"}},
    {"1-2", "046d", "0825", "Logitech", "Webcam C270", {"0e:01:00", "01:01:00"}},
    {"1-3", "0951", "1666", "Kingston", "DataTraveler 3.0", {"08:06:50"}},
    {"1-4", "0781", "5567", "SanDisk", "Cruzer Blade", {"08:06:50"}},
};

/* What the kernel has made of them, and what it tells besides. The second stick is mounted. */
static const struct {
    const char *path;
    const char *text;
} files[] = {
    {"sys/" INPUT "/capabilities/key",
     "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"},
    {DEVICES "1-3/serial", "60A44C413FAE"},
    {DEVICES "1-3/1-3" DISK "sdb/size", "30310400"},
    {DEVICES "1-3/1-3" DISK "sdb/dev", "8:16"},
    {DEVICES "1-4/1-4" DISK "sdc/size", "62530624"},
    {DEVICES "1-4/1-4" DISK "sdc/dev", "8:32"},
    {DEVICES "1-4/1-4" DISK "sdc/sdc1/dev", "8:33"},
    {"sys/bus/usb/drivers_probe", ""},
    {"proc/mountinfo",
     "22 1 0:20 / / rw,relatime - ext4 /dev/xvda rw\n"
     "40 22 8:33 / /media/holiday\\040photos rw,relatime shared:9 - vfat /dev/sdc1 rw\n"},
    {"proc/swaps", "Filename Type Size Used Priority\n"},
};

static gboolean fail(const char *path, GError **error)
{
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", path,
                g_strerror(errno));
    return FALSE;
}

/* Makes parents as needed. */
static gboolean write_file(const char *root, const char *path, const char *text, GError **error)
{
    g_autofree char *whole = g_build_filename(root, path, NULL);
    g_autofree char *parent = g_path_get_dirname(whole);

    if (g_mkdir_with_parents(parent, 0755) != 0)
        return fail(parent, error);
    return g_file_set_contents(whole, text, -1, error);
}

/* An attribute of the device KEY or, by its place below it, of an interface. */
static gboolean write_attribute(const char *root, const char *key, const char *name,
                                const char *text, GError **error)
{
    g_autofree char *path = g_strdup_printf(DEVICES "%s/%s", key, name);

    return write_file(root, path, text, error);
}

static gboolean write_interface(const char *root, const char *key, guint n, const char *class,
                                GError **error)
{
    static const char *const names[] = {"bInterfaceClass", "bInterfaceSubClass",
                                        "bInterfaceProtocol"};
    g_auto(GStrv) numbers = g_strsplit(class, ":", 3);

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *name = g_strdup_printf("%s:1.%u/%s", key, n, names[i]);

        if (!write_attribute(root, key, name, numbers[i], error))
            return FALSE;
    }
    return TRUE;
}

/* The first device is number 2: the root hub was there before. */
static gboolean write_device(const char *root, guint i, GError **error)
{
    g_autofree char *number = g_strdup_printf("%u", i + 2);
    g_autofree char *place = g_strdup_printf("189:%u", i + 1);
    g_autofree char *node = g_strdup_printf("dev/001/%03u", i + 2);
    const struct {
        const char *name, *text;
    } attributes[] = {
        {"idVendor", devices[i].vendor},
        {"idProduct", devices[i].product},
        {"manufacturer", devices[i].maker},
        {"product", devices[i].model},
        {"bDeviceClass", "00"},
        {"busnum", "1"},
        {"devnum", number},
        {"dev", place},
        {"speed", "480"},
    };

    for (guint n = 0; n < G_N_ELEMENTS(attributes); n++) {
        if (!write_attribute(root, devices[i].key, attributes[n].name, attributes[n].text, error))
            return FALSE;
    }
    for (guint n = 0; n < G_N_ELEMENTS(devices[i].interfaces) && devices[i].interfaces[n]; n++) {
        if (!write_interface(root, devices[i].key, n, devices[i].interfaces[n], error))
            return FALSE;
    }
    return write_file(root, node, "", error);
}

/* The keyboard among the input devices. */
static gboolean link_input(const char *root, GError **error)
{
    g_autofree char *class = g_build_filename(root, "sys", "class", "input", NULL);
    g_autofree char *link = g_build_filename(class, "input0", NULL);

    return (g_mkdir_with_parents(class, 0755) == 0 && symlink("../../" INPUT, link) == 0) ||
           fail(link, error);
}

gboolean simulate_usb_write(SimulateUsb *ret_usb, const char *directory, GError **error)
{
    g_autofree char *root = g_build_filename(directory, "usb", NULL);

    ret_usb->sysfs = g_build_filename(root, "sys", NULL);
    ret_usb->nodes = g_build_filename(root, "dev", NULL);
    ret_usb->mountinfo = g_build_filename(root, "proc", "mountinfo", NULL);
    ret_usb->swaps = g_build_filename(root, "proc", "swaps", NULL);
    if (g_file_test(root, G_FILE_TEST_EXISTS))
        return TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(devices); i++) {
        if (!write_device(root, i, error))
            return FALSE;
    }
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        if (!write_file(root, files[i].path, files[i].text, error))
            return FALSE;
    }
    return link_input(root, error);
}

void simulate_usb_clear(SimulateUsb *usb)
{
    g_free(usb->sysfs);
    g_free(usb->nodes);
    g_free(usb->mountinfo);
    g_free(usb->swaps);
}
