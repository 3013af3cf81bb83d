/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Binds interfaces to dom0's drivers again, by the kernel's attribute drivers_probe. */
#include "usb-return.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "usb-sysfs.h"

static gboolean probe(const char *sysfs, const char *interface)
{
    g_autofree char *path = g_build_filename(sysfs, "bus", "usb", "drivers_probe", NULL);
    g_autofree char *name = g_path_get_basename(interface);
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    gsize length = strlen(name);
    gboolean written;

    if (fd < 0)
        return FALSE;
    /* An interface that no driver wants is answered with an error, and is as it should be. */
    written = write(fd, name, length) == (ssize_t)length;
    close(fd);
    return written;
}

guint usb_return(const char *sysfs, const char *key)
{
    g_autoptr(GPtrArray) interfaces = usb_sysfs_interfaces(sysfs, key);
    guint count = 0;

    for (guint i = 0; i < interfaces->len; i++) {
        g_autofree char *driver = g_build_filename(interfaces->pdata[i], "driver", NULL);

        if (g_file_test(driver, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK))
            continue;
        if (probe(sysfs, interfaces->pdata[i]))
            count++;
    }
    return count;
}

void usb_return_note(const char *directory, const char *key)
{
    g_autofree char *path = g_build_filename(directory, key, NULL);
    int fd = -1;

    if (g_mkdir_with_parents(directory, 0700) == 0)
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        g_message("%s: %s: if the service is killed, the device has to be plugged in again.", path,
                  g_strerror(errno));
    else
        close(fd);
}

void usb_return_forget(const char *directory, const char *key)
{
    g_autofree char *path = g_build_filename(directory, key, NULL);

    g_unlink(path);
}

void usb_return_all(const char *sysfs, const char *directory)
{
    g_autoptr(GPtrArray) keys = usb_sysfs_names(directory, "");

    for (guint i = 0; i < keys->len; i++) {
        if (usb_key_check(keys->pdata[i]))
            usb_return(sysfs, keys->pdata[i]);
        usb_return_forget(directory, keys->pdata[i]);
    }
}
