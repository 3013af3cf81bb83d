/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for code addresses in crash reports, from a table that the build makes of the image. */
#ifndef BOOT_SYMBOLS_H
#define BOOT_SYMBOLS_H

/* Has %pS print names. */
void symbols_init(void);

#endif
