/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes are told, several at a time as one. */
#include "scratch.h"
#include "usb-watch.h"

static void on_changed(gpointer data)
{
    (*(guint *)data)++;
}

static void spin(guint ms)
{
    gint64 end = g_get_monotonic_time() + ms * 1000;

    while (g_get_monotonic_time() < end) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
}

static void wait_for(const guint *count, guint least)
{
    gint64 end = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;

    while (*count < least) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
}

static void test_directory(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *device = g_build_filename(directory, "1-1", NULL);
    g_autoptr(GError) error = NULL;
    guint count = 0;
    gint64 begin;
    UsbWatch *watch = usb_watch_new_directory(directory, on_changed, &count, &error);

    g_assert_no_error(error);
    begin = g_get_monotonic_time();
    for (guint i = 0; i < 20; i++) {
        g_autofree char *path = g_strdup_printf("%s.%u", device, i);

        g_assert_cmpint(g_mkdir(path, 0755), ==, 0);
        spin(5);
    }
    wait_for(&count, 1);
    spin(300);
    /* Once in a tenth of a second, however slow the test is. */
    g_assert_cmpint(count, <=, (g_get_monotonic_time() - begin) / 100000 + 1);
    count = 0;
    g_assert_cmpint(g_mkdir(device, 0755), ==, 0);
    wait_for(&count, 1);
    spin(300);
    count = 0;
    g_assert_cmpint(g_rmdir(device), ==, 0);
    wait_for(&count, 1);
    /* Nothing is told of after its end, not even what has happened before. */
    g_assert_cmpint(g_mkdir(device, 0755), ==, 0);
    spin(20);
    usb_watch_free(watch);
    count = 0;
    spin(300);
    g_assert_cmpuint(count, ==, 0);
}

/* Where udev does not run nothing is heard, but listening works; ending it, too. */
static void test_udev(void)
{
    g_autoptr(GError) error = NULL;
    guint count = 0;
    g_autoptr(UsbWatch) watch = usb_watch_new(on_changed, &count, &error);

    if (!watch) {
        g_test_skip(error->message);
        return;
    }
    spin(150);
    usb_watch_free(NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usb-watch/directory", test_directory);
    g_test_add_func("/usb-watch/udev", test_udev);
    return g_test_run();
}
