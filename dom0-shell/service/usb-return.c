/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Binds interfaces to dom0's drivers again, by the kernel's attribute drivers_probe. */
#include "usb-return.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "usb-sysfs.h"

/* How often it is looked whether a device is free. */
#define LOOK_MS 50

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

/* A program that has claimed an interface is the driver "usbfs" to the kernel. */
static gboolean is_claimed(const char *sysfs, const char *key)
{
    g_autoptr(GPtrArray) interfaces = usb_sysfs_interfaces(sysfs, key);

    for (guint i = 0; i < interfaces->len; i++) {
        g_autofree char *driver = g_build_filename(interfaces->pdata[i], "driver", NULL);
        g_autofree char *target = g_file_read_link(driver, NULL);
        g_autofree char *name = target ? g_path_get_basename(target) : NULL;

        if (g_strcmp0(name, "usbfs") == 0)
            return TRUE;
    }
    return FALSE;
}

void usb_return_wait(const char *sysfs, const char *key, guint patience)
{
    for (guint waited = 0; waited < patience && is_claimed(sysfs, key); waited += LOOK_MS)
        g_usleep(LOOK_MS * 1000);
}

/* ---- Notes ---- */

void usb_note_free(UsbNote *note)
{
    if (!note)
        return;
    g_free(note->key);
    g_free(note->guest);
    g_free(note);
}

void usb_return_note(const char *directory, const UsbNote *note)
{
    g_autofree char *path = g_build_filename(directory, note->key, NULL);
    g_autofree char *text =
        note->guest ? g_strdup_printf("%d %u %s", note->domid, note->number, note->guest)
                    : g_strdup("");
    g_autoptr(GError) error = NULL;

    if (g_mkdir_with_parents(directory, 0700) != 0 ||
        !g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
        g_message("%s: %s: if the service is killed, the device has to be plugged in again.", path,
                  error ? error->message : g_strerror(errno));
}

/* NULL if the file KEY says nothing of a device model. */
static UsbNote *read_note(const char *directory, const char *key)
{
    g_autofree char *text = usb_sysfs_read(directory, key);
    g_auto(GStrv) words = text ? g_strsplit(text, " ", 3) : NULL;
    gint64 domid, number;
    UsbNote *note;

    if (!usb_key_check(key) || !words || g_strv_length(words) != 3 ||
        !g_ascii_string_to_signed(words[0], 10, 1, G_MAXINT, &domid, NULL) ||
        !g_ascii_string_to_signed(words[1], 10, 1, G_MAXINT, &number, NULL))
        return NULL;
    note = g_new0(UsbNote, 1);
    note->key = g_strdup(key);
    note->domid = (int)domid;
    note->number = (guint)number;
    note->guest = g_strdup(words[2]);
    return note;
}

GPtrArray *usb_return_kept(const char *directory)
{
    GPtrArray *kept = g_ptr_array_new_with_free_func((GDestroyNotify)usb_note_free);
    g_autoptr(GPtrArray) keys = usb_sysfs_names(directory, "");

    for (guint i = 0; i < keys->len; i++) {
        UsbNote *note = read_note(directory, keys->pdata[i]);

        if (note)
            g_ptr_array_add(kept, note);
    }
    return kept;
}

void usb_return_forget(const char *directory, const char *key)
{
    g_autofree char *path = g_build_filename(directory, key, NULL);

    g_unlink(path);
}

static gboolean is_kept(const char *directory, const char *key)
{
    UsbNote *note = read_note(directory, key);
    gboolean kept = note != NULL;

    usb_note_free(note);
    return kept;
}

void usb_return_all(const char *sysfs, const char *directory)
{
    g_autoptr(GPtrArray) keys = usb_sysfs_names(directory, "");

    for (guint i = 0; i < keys->len; i++) {
        if (is_kept(directory, keys->pdata[i]))
            continue;
        if (usb_key_check(keys->pdata[i]))
            usb_return(sysfs, keys->pdata[i]);
        usb_return_forget(directory, keys->pdata[i]);
    }
}
