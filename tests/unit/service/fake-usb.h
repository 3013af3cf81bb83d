/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tree of devices like the kernel's, in a directory of a test's own. */
#pragma once

#include <unistd.h>

#include "scratch.h"

#define USB_DEVICES "bus/usb/devices/"
/* What a keyboard with all keys can send, and a mouse. */
#define KEYBOARD_KEYS "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"
#define MOUSE_KEYS    "1f0000 0 0 0 0"
#define MOUSE_AXES    "903"

/* Makes parents as needed. */
static inline void usb_file(const char *root, const char *path, const char *text)
{
    g_autofree char *whole = g_build_filename(root, path, NULL);
    g_autofree char *parent = g_path_get_dirname(whole);

    g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
    scratch_write(whole, text, -1);
}

static inline void usb_link(const char *root, const char *path, const char *target)
{
    g_autofree char *whole = g_build_filename(root, path, NULL);
    g_autofree char *parent = g_path_get_dirname(whole);

    g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
    g_assert_cmpint(symlink(target, whole), ==, 0);
}

/* An attribute of the device KEY. */
static inline void usb_attribute(const char *root, const char *key, const char *name,
                                 const char *text)
{
    g_autofree char *path = g_strdup_printf(USB_DEVICES "%s/%s", key, name);

    usb_file(root, path, text);
}

/* A device of IDS, as 046d:c31c, with no interface yet: the first bus's of that NUMBER. */
static inline void usb_plug(const char *root, const char *key, const char *ids, guint number)
{
    g_auto(GStrv) parts = g_strsplit(ids, ":", 2);
    g_autofree char *devnum = g_strdup_printf("%u\n", number);
    g_autofree char *dev = g_strdup_printf("189:%u\n", number - 1);

    usb_attribute(root, key, "idVendor", parts[0]);
    usb_attribute(root, key, "idProduct", parts[1]);
    usb_attribute(root, key, "bDeviceClass", "00\n");
    usb_attribute(root, key, "busnum", "1\n");
    usb_attribute(root, key, "devnum", devnum);
    usb_attribute(root, key, "dev", dev);
}

/* Its interface N of CLASS, as 08:06:50. */
static inline void usb_interface(const char *root, const char *key, guint n, const char *class)
{
    static const char *const names[] = {"bInterfaceClass", "bInterfaceSubClass",
                                        "bInterfaceProtocol"};
    g_auto(GStrv) numbers = g_strsplit(class, ":", 3);

    for (guint i = 0; i < 3; i++) {
        g_autofree char *name = g_strdup_printf("%s:1.%u/%s", key, n, names[i]);

        usb_attribute(root, key, name, numbers[i]);
    }
}

/* A storage interface with the disk NAME; FILE is of the disk's directory, as "size". */
static inline void usb_disk_file(const char *root, const char *key, const char *name,
                                 const char *file, const char *text)
{
    g_autofree char *path =
        g_strdup_printf("%s:1.0/host7/target7:0:0/7:0:0:0/block/%s/%s", key, name, file);

    usb_attribute(root, key, path, text);
}

/* An input device NAME of the device KEY's first interface, or (NULL) of the computer's own. */
static inline void usb_input(const char *root, const char *key, const char *name, const char *keys,
                             const char *relative)
{
    g_autofree char *directory =
        key ? g_strdup_printf(USB_DEVICES "%s/%s:1.0/input/%s", key, key, name)
            : g_strdup_printf("devices/platform/%s", name);
    g_autofree char *key_file = g_strconcat(directory, "/capabilities/key", NULL);
    g_autofree char *rel_file = g_strconcat(directory, "/capabilities/rel", NULL);
    g_autofree char *link = g_strconcat("class/input/", name, NULL);
    g_autofree char *target = g_strconcat("../../", directory, NULL);

    usb_file(root, key_file, keys);
    usb_file(root, rel_file, relative);
    usb_link(root, link, target);
}
