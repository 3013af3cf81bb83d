/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that keeps its display server as busy as it can, for the display server's stand-in. */
#pragma once

#include <stdbool.h>

/* Does all of it once more: draws and tells of all of its picture until the ring is full, or flips
 * if it has a graphics card, writes rubbish for the keyboard's back end to read, and changes its
 * devices' nodes. To be done again and again once the devices are connected. */
void stand_in_flood(bool has_card);

/* Says "guest flooded N times in M ms, screen heard H, keyboard heard H": how often the server took
 * up what was on each ring. */
void stand_in_flood_tell(void);
