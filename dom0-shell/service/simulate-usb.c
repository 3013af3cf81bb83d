/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes a made up tree of USB devices.
 *
 * What a device's node says, the stand-in of the USB process does with it: see usb-simulated.c. */
#include "simulate-usb.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

/* The text of a file, or where a link leads. */
static const struct {
    const char *path;
    const char *text;
    gboolean is_link;
} files[] = {
#define DEVICES "sys/bus/usb/devices/"
#define DEVICE(key, vendor, product, number, maker, model)                                \
    {DEVICES key "/idVendor", vendor, FALSE}, {DEVICES key "/idProduct", product, FALSE}, \
        {DEVICES key "/bDeviceClass", "00", FALSE}, {DEVICES key "/busnum", "1", FALSE},  \
        {DEVICES key "/devnum", number, FALSE}, {DEVICES key "/speed", "480", FALSE},     \
        {DEVICES key "/manufacturer", maker, FALSE},                                      \
    {                                                                                     \
        DEVICES key "/product", model, FALSE                                              \
    }
#define INTERFACE(key, n, class, subclass, protocol)                          \
    {DEVICES key "/" key ":1." n "/bInterfaceClass", class, FALSE},           \
        {DEVICES key "/" key ":1." n "/bInterfaceSubClass", subclass, FALSE}, \
    {                                                                         \
        DEVICES key "/" key ":1." n "/bInterfaceProtocol", protocol, FALSE    \
    }
#define DISK(key, disk) DEVICES key "/" key ":1.0/host0/target0:0:0/0:0:0:0/block/" disk
#define INPUT           DEVICES "1-1/1-1:1.0/input/input0"
    {"sys/bus/usb/drivers_probe", "", FALSE},
    {"proc/mountinfo",
     "22 1 0:20 / / rw,relatime - ext4 /dev/xvda rw\n"
     "40 22 8:33 / /media/holiday\\040photos rw,relatime shared:9 - vfat /dev/sdc1 rw\n",
     FALSE},
    {"proc/swaps", "Filename Type Size Used Priority\n", FALSE},
    DEVICE("1-1", "046d", "c31c", "2", "Logitech", "USB Keyboard"),
    INTERFACE("1-1", "0", "03", "01", "01"),
    {INPUT "/capabilities/key", "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe",
     FALSE},
    {"sys/class/input/input0", "../../bus/usb/devices/1-1/1-1:1.0/input/input0", TRUE},
    {"dev/001/002", "", FALSE},
    DEVICE("1-2", "046d", "0825", "3", "Logitech", "Webcam C270"),
    INTERFACE("1-2", "0", "0e", "01", "00"),
    INTERFACE("1-2", "2", "01", "01", "00"),
    {"dev/001/003", "", FALSE},
    DEVICE("1-3", "0951", "1666", "4", "Kingston", "DataTraveler 3.0"),
    {DEVICES "1-3/serial", "60A44C413FAE", FALSE},
    INTERFACE("1-3", "0", "08", "06", "50"),
    {DISK("1-3", "sdb/size"), "30310400", FALSE},
    {DISK("1-3", "sdb/dev"), "8:16", FALSE},
    {"dev/001/004", "", FALSE},
    DEVICE("1-4", "0781", "5567", "5", "SanDisk", "Cruzer Blade"),
    INTERFACE("1-4", "0", "08", "06", "50"),
    {DISK("1-4", "sdc/size"), "62530624", FALSE},
    {DISK("1-4", "sdc/dev"), "8:32", FALSE},
    {DISK("1-4", "sdc/sdc1/dev"), "8:33", FALSE},
    {"dev/001/005", "", FALSE},
};

static gboolean fail(const char *path, GError **error)
{
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", path,
                g_strerror(errno));
    return FALSE;
}

static gboolean write_file(const char *root, guint i, GError **error)
{
    g_autofree char *path = g_build_filename(root, files[i].path, NULL);
    g_autofree char *parent = g_path_get_dirname(path);
    const char *text = files[i].text;

    if (g_mkdir_with_parents(parent, 0755) != 0)
        return fail(parent, error);
    if (files[i].is_link)
        return symlink(text, path) == 0 || fail(path, error);
    return g_file_set_contents(path, text, -1, error);
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
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        if (!write_file(root, i, error))
            return FALSE;
    }
    return TRUE;
}

void simulate_usb_clear(SimulateUsb *usb)
{
    g_free(usb->sysfs);
    g_free(usb->nodes);
    g_free(usb->mountinfo);
    g_free(usb->swaps);
}
