/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vchan that a guest's tool finds in its own part of xenstore, offered once for the life of the
 * process. When a tool has gone the next one finds the same pages: new ones would be taken from all
 * guests' share, and a guest that never lets go of the old ones could take all of it.
 */
#ifndef USB_PASSTHROUGH_VCHAN_H
#define USB_PASSTHROUGH_VCHAN_H

#include <stdbool.h>
#include <stdint.h>

#include "link.h"

struct vchan;

/* Reads and writes a vchan. */
extern const struct link_stream vchan_stream;

/*
 * Offers it. @changed is called from the main loop when the tool has come, gone, written or read; a
 * guest has no say in how often. NULL and *@ret_problem, a sentence to be freed with g_free(), on
 * failure.
 */
struct vchan *vchan_new(uint32_t domid, void (*changed)(void *data), void *data,
                        char **ret_problem);

/* Takes the offer back. Accepts NULL. */
void vchan_free(struct vchan *vchan);

/* False once the tool has gone. */
bool vchan_is_open(const struct vchan *vchan);

/* Lets the tool know that it is not wanted. It goes, or changed() is not called any more. */
void vchan_hang_up(struct vchan *vchan);

/* For the next tool, after one has gone. */
void vchan_renew(struct vchan *vchan);

#endif
