/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the display server's stand-in guest keeps things: nodes, frame numbers and ports. */
#pragma once

#define FRONT(type) "/local/domain/7/device/" type "/0"

#define FB_PAGE      0x1001
#define FB_DIRECTORY 0x1002
#define KBD_PAGE     0x1003
#define FB_PIXELS    0x1010
#define FB_PORT      11
#define KBD_PORT     12

/* Pixels of its screen. */
#define WIDTH  640
#define HEIGHT 480
