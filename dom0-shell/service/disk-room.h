/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How much room there is left on the file system of the guests' disks. */
#pragma once

#include <glib.h>

typedef enum {
    DISK_ROOM_OK,
    DISK_ROOM_LOW,  /* a person should know */
    DISK_ROOM_FULL, /* guests' disks, which grow as they are filled, can't any more */
} DiskRoom;

/* What FREE bytes of TOTAL are, after it was BEFORE: a disk that was full is so until there is
 * enough for guests to go on for a while. */
DiskRoom disk_room_tell(guint64 free_bytes, guint64 total, DiskRoom before);

/* The name that the bus has for it. */
const char *disk_room_name(DiskRoom room);
