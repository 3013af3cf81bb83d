/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libusb in the main loop, as far as it goes without a device. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <glib.h>

#include "libusb-host.h"

static void on_gone(void *data)
{
    g_assert_not_reached();
}

/* What is no device's node is refused, and stays the caller's. */
static void test_no_device(void)
{
    char *problem = NULL;
    struct libusb_host *host = libusb_host_new(&problem);
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    struct host_device device;

    g_assert_null(problem);
    g_assert_nonnull(host);
    g_assert_cmpint(libusb_host_open(host, fd, on_gone, NULL, &device), ==, -EIO);
    g_assert_cmpint(libusb_host_open(host, fd, on_gone, NULL, &device), ==, -EIO);
    g_assert_cmpint(fcntl(fd, F_GETFD), !=, -1);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    libusb_host_free(host);
    close(fd);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usb/libusb/no-device", test_no_device);
    return g_test_run();
}
