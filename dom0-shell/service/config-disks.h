/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disks in the `disk` setting of an xl.cfg file, as xl-disk-configuration(5) has them. */
#pragma once

#include <glib.h>

/* One of them. Strings are owned; what the file does not say is as xl takes it. */
typedef struct {
    char *target; /* a file, a device, or what a script makes of it; empty: none */
    char *format; /* "raw", "qcow2", … */
    char *vdev;   /* what the guest calls it, as "xvda" */
    char *others; /* parameters that are none of these, each with a comma in front */
    gboolean is_cdrom;
    gboolean is_readonly;
    gboolean is_foreign; /* another domain serves it */
    gsize begin;         /* where its string, with the quotes, is in the value of `disk` */
    gsize end;
} ConfigDisk;

/* The disks in TEXT, a whole file: ConfigDisk, owned by the array. NULL and a sentence if one can't
 * be understood. */
GPtrArray *config_disks_read(const char *text, GError **error);

/* DISK as a line of the language; NULL and a sentence if its target can't be written there. The
 * caller owns it. */
char *config_disk_line(const ConfigDisk *disk, GError **error);

/* The value of `disk` in TEXT with LINE in place of DISK, or behind all others (DISK is NULL), or
 * without DISK (LINE is NULL), and all else as it was. The caller owns it. */
char *config_disks_edit(const char *text, const ConfigDisk *disk, const char *line);
