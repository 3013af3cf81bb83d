/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What dom0 would lose with a device, by made up trees and tables of the kernel's. */
#include "fake-usb.h"
#include "usb-concern.h"

typedef struct {
    char *root;
    char *mountinfo;
    char *swaps;
    char *sentence;
} Fixture;

static void set_tables(Fixture *fixture, const char *mounts, const char *swaps)
{
    scratch_write(fixture->mountinfo, mounts, -1);
    scratch_write(fixture->swaps, swaps, -1);
}

static void set_up(Fixture *fixture, gconstpointer data)
{
    fixture->root = scratch_new();
    fixture->mountinfo = g_build_filename(fixture->root, "mountinfo", NULL);
    fixture->swaps = g_build_filename(fixture->root, "swaps", NULL);
    set_tables(fixture, "22 1 202:0 / / rw - ext4 /dev/xvda rw\n", "Filename Type Size\n");
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
    g_free(fixture->sentence);
    g_free(fixture->mountinfo);
    g_free(fixture->swaps);
    scratch_free(fixture->root);
}

static UsbConcernKind find(Fixture *fixture, const char *key, const char *const *away)
{
    const UsbSources sources = {fixture->root, fixture->mountinfo, fixture->swaps};

    g_clear_pointer(&fixture->sentence, g_free);
    return usb_concern_find(&sources, key, away, &fixture->sentence);
}

#define assert_says(fixture, words) g_assert_nonnull(strstr((fixture)->sentence, words))

static void plug_keyboard(Fixture *fixture, const char *key, const char *input)
{
    usb_plug(fixture->root, key, "046d:c31c", 2);
    usb_interface(fixture->root, key, 0, "03:01:01");
    usb_input(fixture->root, key, input, KEYBOARD_KEYS, "0");
}

static void plug_stick(Fixture *fixture)
{
    usb_plug(fixture->root, "1-4", "0951:1666", 5);
    usb_interface(fixture->root, "1-4", 0, "08:06:50");
    usb_disk_file(fixture->root, "1-4", "sdb", "dev", "8:16\n");
    usb_disk_file(fixture->root, "1-4", "sdb", "sdb1/dev", "8:17\n");
    usb_disk_file(fixture->root, "1-4", "sdb", "sdb2/dev", "8:18\n");
}

static void test_keyboard(Fixture *fixture, gconstpointer data)
{
    const char *const away[] = {"1-2", NULL};

    plug_keyboard(fixture, "1-1", "input1");
    /* A power button is no keyboard, nor is what a program has made. */
    usb_input(fixture->root, NULL, "input2", "10000000000000 0", "0");
    usb_file(fixture->root, "devices/virtual/input/input3/capabilities/key", KEYBOARD_KEYS);
    usb_link(fixture->root, "class/input/input3", "../../devices/virtual/input/input3");
    g_assert_cmpint(find(fixture, "1-1", NULL), ==, USB_CONCERN_ASK);
    assert_says(fixture, "last keyboard");
    g_assert_null(strstr(fixture->sentence, "mouse"));
    plug_keyboard(fixture, "1-2", "input4");
    g_assert_cmpint(find(fixture, "1-1", NULL), ==, USB_CONCERN_NONE);
    g_assert_null(fixture->sentence);
    /* One that a guest is just getting does not count. */
    g_assert_cmpint(find(fixture, "1-1", away), ==, USB_CONCERN_ASK);
    /* The computer's own does. */
    usb_input(fixture->root, NULL, "input5", KEYBOARD_KEYS, "0");
    g_assert_cmpint(find(fixture, "1-1", away), ==, USB_CONCERN_NONE);
}

/* The device 1-1 is not 1-10. */
static void test_prefix(Fixture *fixture, gconstpointer data)
{
    plug_keyboard(fixture, "1-1", "input1");
    plug_keyboard(fixture, "1-10", "input2");
    g_assert_cmpint(find(fixture, "1-1", NULL), ==, USB_CONCERN_NONE);
}

static void test_pointer(Fixture *fixture, gconstpointer data)
{
    usb_plug(fixture->root, "1-3", "046d:c077", 4);
    usb_interface(fixture->root, "1-3", 0, "03:01:02");
    usb_input(fixture->root, "1-3", "input7", MOUSE_KEYS, MOUSE_AXES);
    g_assert_cmpint(find(fixture, "1-3", NULL), ==, USB_CONCERN_ASK);
    assert_says(fixture, "last mouse");
    /* One receiver for both. */
    usb_input(fixture->root, "1-3", "input8", KEYBOARD_KEYS, "0");
    g_assert_cmpint(find(fixture, "1-3", NULL), ==, USB_CONCERN_ASK);
    assert_says(fixture, "last keyboard and the last mouse");
}

static void test_mounted(Fixture *fixture, gconstpointer data)
{
    plug_stick(fixture);
    g_assert_cmpint(find(fixture, "1-4", NULL), ==, USB_CONCERN_NONE);
    set_tables(fixture,
               "22 1 202:0 / / rw - ext4 /dev/xvda rw\n"
               "40 22 8:17 / /media/my\\040photos rw shared:9 - vfat /dev/sdb1 rw\n",
               "");
    g_assert_cmpint(find(fixture, "1-4", NULL), ==, USB_CONCERN_REFUSED);
    assert_says(fixture, "/media/my photos");
    /* A whole disk without partitions. */
    set_tables(fixture, "40 22 8:16 / /mnt rw - vfat /dev/sdb rw\n", "");
    g_assert_cmpint(find(fixture, "1-4", NULL), ==, USB_CONCERN_REFUSED);
    /* A file system with numbers of its own; more fields of the kernel's before the dash. */
    set_tables(fixture, "41 22 0:45 / /srv rw shared:1 master:2 - btrfs /dev/sdb2 rw\n", "");
    g_assert_cmpint(find(fixture, "1-4", NULL), ==, USB_CONCERN_REFUSED);
    assert_says(fixture, "/srv");
    /* Others' disks. */
    set_tables(fixture,
               "41 22 8:1 / / rw - ext4 /dev/sda1 rw\n42 22 8:176 / /x rw - a /dev/sdb16 rw\n", "");
    g_assert_cmpint(find(fixture, "1-4", NULL), ==, USB_CONCERN_NONE);
}

/* Lines that make no sense, and mount points that want to be more than a name. */
static void test_hostile_mounts(Fixture *fixture, gconstpointer data)
{
    plug_stick(fixture);
    set_tables(fixture, "\n \n40\n40 22 8:17\n40 22 8:99 / / rw -\n- - - - - - - -\n\\ \\0 \\04\n",
               "\n\n \n");
    g_assert_cmpint(find(fixture, "1-4", NULL), ==, USB_CONCERN_NONE);
    set_tables(fixture, "40 22 8:17 / /a\\033[2J\\012b rw - vfat /dev/sdb1 rw\n", "");
    g_assert_cmpint(find(fixture, "1-4", NULL), ==, USB_CONCERN_REFUSED);
    assert_says(fixture, "/a [2J b");
}

static void test_swap(Fixture *fixture, gconstpointer data)
{
    plug_stick(fixture);
    scratch_write(fixture->swaps, "Filename\tType\n/dev/sdb2 partition 100 0 -2\n", -1);
    g_assert_cmpint(find(fixture, "1-4", NULL), ==, USB_CONCERN_REFUSED);
    assert_says(fixture, "swap");
    scratch_write(fixture->swaps, "Filename\tType\n/dev/sdb22 partition 100 0 -2\n", -1);
    g_assert_cmpint(find(fixture, "1-4", NULL), ==, USB_CONCERN_NONE);
}

static void test_holder(Fixture *fixture, gconstpointer data)
{
    plug_stick(fixture);
    usb_disk_file(fixture->root, "1-4", "sdb", "sdb2/holders/dm-3/dm/name", "secrets\n");
    g_assert_cmpint(find(fixture, "1-4", NULL), ==, USB_CONCERN_REFUSED);
    assert_says(fixture, "“secrets”");
}

/* What can't be looked at is not taken for unused. */
static void test_no_table(Fixture *fixture, gconstpointer data)
{
    plug_stick(fixture);
    plug_keyboard(fixture, "1-1", "input1");
    usb_input(fixture->root, NULL, "input5", KEYBOARD_KEYS, "0");
    g_unlink(fixture->swaps);
    g_assert_cmpint(find(fixture, "1-4", NULL), ==, USB_CONCERN_NONE);
    g_unlink(fixture->mountinfo);
    g_assert_cmpint(find(fixture, "1-4", NULL), ==, USB_CONCERN_REFUSED);
    g_assert_cmpint(find(fixture, "1-1", NULL), ==, USB_CONCERN_NONE);
}

static void add(const char *path, void (*test)(Fixture *fixture, gconstpointer data))
{
    g_test_add(path, Fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/usb-concern/keyboard", test_keyboard);
    add("/usb-concern/prefix", test_prefix);
    add("/usb-concern/pointer", test_pointer);
    add("/usb-concern/mounted", test_mounted);
    add("/usb-concern/hostile-mounts", test_hostile_mounts);
    add("/usb-concern/swap", test_swap);
    add("/usb-concern/holder", test_holder);
    add("/usb-concern/no-table", test_no_table);
    return g_test_run();
}
