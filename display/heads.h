/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heads of a guest's graphics devices, and which of them make up the picture.
 *
 *   devices/fbif    -- the console head ------+
 *                                             +-- heads --> session
 *   devices/displif -- one head a connector --+
 *
 * The console is what a guest has from its first moment to its last. While its graphics card has a
 * picture on one connector or more, these are shown instead, side by side in their order.
 *
 * A console says what it draws. A connector does not: its painter may flip from one buffer to
 * another, or just draw. So what lies there is looked at: at once after a flip, and now and then
 * while somebody looks on, more seldom the longer nothing has changed.
 */
#ifndef DISPLAY_HEADS_H
#define DISPLAY_HEADS_H

#include <stdbool.h>

#include "input-sink.h"
#include "session.h"

struct heads;
struct head;

#define HEADS_MAX_CONNECTORS SESSION_MAX_PARTS

/* Takes the session's watched hook and its input. The session must outlive it. */
struct heads *heads_new(struct session *session);

/* All heads must be dark. Accepts NULL. */
void heads_free(struct heads *heads);

struct head *heads_console(struct heads *heads);

/* @index is less than HEADS_MAX_CONNECTORS. */
struct head *heads_connector(struct heads *heads, unsigned index);

/* As session_set_input(): where input goes. What a viewer does makes heads look soon. */
void heads_set_input(struct heads *heads, const struct input_sink *sink, void *data);

/*
 * The head's picture is @source (copied) from now on; NULL: it is dark. Returns when nobody reads
 * the old one any more. A picture of the same size is a flip: only what differs counts as changed.
 */
void head_set_source(struct head *head, const struct pixel_source *source);

/* @rect of the console has changed. */
void head_damage(struct head *head, const struct rect *rect);

/* @watched is called when somebody begins to see this head, and when the last one ceases to. */
void head_set_watched_hook(struct head *head, void (*watched)(void *data, bool watched),
                           void *data);

#endif
