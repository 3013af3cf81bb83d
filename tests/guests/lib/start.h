/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MICRO_START_H
#define MICRO_START_H

/* Called by head.S. Does not return. */
void micro_start(struct start_info *info);

#endif
