/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listens for changes of devices. libudev and not its GObject wrapper: dom0 has libudev for
 * systemd's sake, and of what is said here only that it was said is used. */
#include "usb-watch.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <libudev.h>

#include "error.h"

/* A device comes with a dozen events: its interfaces, its disks and their partitions. */
#define SETTLE_MS 100

struct UsbWatch {
    UsbWatchChanged changed;
    gpointer data;
    guint timer; /* until it is told */
    guint source;
    struct udev *udev;
    struct udev_monitor *udev_monitor;
    GFileMonitor *monitor; /* of a made up tree */
};

/* Devices, and what they are for dom0, which comes somewhat later; interfaces that a program lets
 * go of, as one does that dies. */
static const struct {
    const char *subsystem;
    const char *type; /* NULL: any */
} watched[] = {{"usb", "usb_device"}, {"usb", "usb_interface"}, {"block", NULL}, {"input", NULL}};

static gboolean settled(gpointer data)
{
    UsbWatch *watch = data;

    watch->timer = 0;
    watch->changed(watch->data);
    return G_SOURCE_REMOVE;
}

static void tell(UsbWatch *watch)
{
    if (watch->timer == 0)
        watch->timer = g_timeout_add(SETTLE_MS, settled, watch);
}

static gboolean receive(gint fd, GIOCondition condition, gpointer data)
{
    UsbWatch *watch = data;
    struct udev_device *device = udev_monitor_receive_device(watch->udev_monitor);

    /* Events that were too many to be kept are a change, too. */
    tell(watch);
    if (device)
        udev_device_unref(device);
    return G_SOURCE_CONTINUE;
}

static UsbWatch *watch_new(UsbWatchChanged changed, gpointer data)
{
    UsbWatch *watch = g_new0(UsbWatch, 1);

    watch->changed = changed;
    watch->data = data;
    return watch;
}

static gboolean listen_to_udev(UsbWatch *watch)
{
    watch->udev = udev_new();
    /* By udev's word, not the kernel's: then the device's node is there. */
    watch->udev_monitor = watch->udev ? udev_monitor_new_from_netlink(watch->udev, "udev") : NULL;
    if (!watch->udev_monitor)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(watched); i++)
        udev_monitor_filter_add_match_subsystem_devtype(watch->udev_monitor, watched[i].subsystem,
                                                        watched[i].type);
    return udev_monitor_enable_receiving(watch->udev_monitor) >= 0;
}

UsbWatch *usb_watch_new(UsbWatchChanged changed, gpointer data, GError **error)
{
    g_autoptr(UsbWatch) watch = watch_new(changed, data);

    if (!listen_to_udev(watch)) {
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                            "udev, which tells of devices that are plugged in, can't be heard.");
        return NULL;
    }
    watch->source =
        g_unix_fd_add(udev_monitor_get_fd(watch->udev_monitor), G_IO_IN, receive, watch);
    return g_steal_pointer(&watch);
}

UsbWatch *usb_watch_new_directory(const char *directory, UsbWatchChanged changed, gpointer data,
                                  GError **error)
{
    g_autoptr(UsbWatch) watch = watch_new(changed, data);
    g_autoptr(GFile) file = g_file_new_for_path(directory);

    watch->monitor = g_file_monitor_directory(file, G_FILE_MONITOR_WATCH_MOVES, NULL, error);
    if (!watch->monitor)
        return NULL;
    g_file_monitor_set_rate_limit(watch->monitor, SETTLE_MS);
    g_signal_connect_swapped(watch->monitor, "changed", G_CALLBACK(tell), watch);
    return g_steal_pointer(&watch);
}

void usb_watch_free(UsbWatch *watch)
{
    if (!watch)
        return;
    g_clear_handle_id(&watch->timer, g_source_remove);
    g_clear_handle_id(&watch->source, g_source_remove);
    g_clear_pointer(&watch->udev_monitor, udev_monitor_unref);
    g_clear_pointer(&watch->udev, udev_unref);
    if (watch->monitor)
        g_signal_handlers_disconnect_by_data(watch->monitor, watch);
    g_clear_object(&watch->monitor);
    g_free(watch);
}
