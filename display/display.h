/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows the screen of one guest, from its birth to its end: puts the parts together. */
#ifndef DISPLAY_DISPLAY_H
#define DISPLAY_DISPLAY_H

/* All that the program does, in GLib's default main context. Returns its exit status. */
int display_main(int argc, char **argv);

#endif
