/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a disk is nearly full, and when it is full. */
#include "disk-room.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)
#define GIB (G_GUINT64_CONSTANT(1) << 30)

/* The first is for what guests write between two looks; with the second a new one can be made
 * again. */
#define FULL_BELOW   (128 * MIB)
#define OK_AGAIN     (256 * MIB)
#define LOW_LEAST    (2 * GIB)
#define LOW_MOST     (16 * GIB)
#define LOW_FRACTION 20 /* one in so many */

DiskRoom disk_room_tell(guint64 free_bytes, guint64 total, DiskRoom before)
{
    if (free_bytes < (before == DISK_ROOM_FULL ? OK_AGAIN : FULL_BELOW))
        return DISK_ROOM_FULL;
    return free_bytes < CLAMP(total / LOW_FRACTION, LOW_LEAST, LOW_MOST) ? DISK_ROOM_LOW
                                                                         : DISK_ROOM_OK;
}

const char *disk_room_name(DiskRoom room)
{
    static const char *const names[] = {
        [DISK_ROOM_OK] = "ok", [DISK_ROOM_LOW] = "low", [DISK_ROOM_FULL] = "full"};

    return names[room];
}
