/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MICRO_START_H
#define MICRO_START_H

/* Called by head.S. Does not return. */
void micro_start(struct start_info *info);
/* With a console and traps at hand: runs the kernel and reports. `words` is its command line. */
_Noreturn void micro_run(const char *words);

#endif
