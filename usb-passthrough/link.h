/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One side of the vchan: frames in and out, channels, and how much may be under way on each. Built
 * into both programs, so it knows nothing of either: no main loop, no vchan, no USB.
 *
 *   FREE --offer-> OFFERED --answer-> OPEN --leave-> LEAVING --the other side leaves-> FREE
 *
 * The other side's leaving ends a channel from any state; if we had not left we do so then.
 */
#ifndef USB_PASSTHROUGH_LINK_H
#define USB_PASSTHROUGH_LINK_H

#include <stdbool.h>

#include "frame.h"
#include "octets.h"

/* What carries the octets: neither waits. Both return how many, which may be 0, or -1: it is gone.
 */
struct link_stream {
    int (*read)(void *stream, void *to, size_t size);
    int (*write)(void *stream, const void *from, size_t size);
};

/* What is told of the other side, from within link_run(). Of the two that only one side hears of,
 * the other may have none. */
struct link_owner {
    /* It is there. In dom0 it may say so again: then all channels have ended before. */
    void (*met)(void *data);
    /* The guest only: it offers a device. Answered by link_answer(), perhaps at once. */
    void (*offered)(void *data, unsigned channel, uint32_t devid, uint32_t speed);
    /* dom0 only: what became of an offer. If it was refused, the channel has ended. */
    void (*answered)(void *data, unsigned channel, enum frame_result result);
    /* There is something new in link_in(). */
    void (*arrived)(void *data, unsigned channel);
    /* It has left. The channel has ended, and its octets are gone. */
    void (*left)(void *data, unsigned channel);
};

enum link_state {
    LINK_IDLE,   /* nothing to do until the stream can be read or written again */
    LINK_BUSY,   /* there is more to do: call again, when others have had their turn */
    LINK_BROKEN, /* the stream is gone, or the other side does not keep to the rules */
};

struct link;

/* @guest: we are the guest's side, and say hello first. @stream and @data stay the caller's. */
struct link *link_new(bool guest, const struct link_stream *ops, void *stream,
                      const struct link_owner *owner, void *data);

/* Accepts NULL. Nobody is told. */
void link_free(struct link *link);

/* As if it were new: the other side is gone. Nobody is told. */
void link_reset(struct link *link);

/* Reads and writes what can be read and written now, but not without end. */
enum link_state link_run(struct link *link);

/* dom0 only: offers a device. Returns its channel, or -1 if none is free or nobody there. */
int link_offer(struct link *link, uint32_t devid, uint32_t speed);

/* The guest only: what has become of an offer. */
void link_answer(struct link *link, unsigned channel, enum frame_result result);

/* What has come on the channel. */
const struct octets *link_in(const struct link *link, unsigned channel);

/* @length octets of that were used up. */
void link_used(struct link *link, unsigned channel, size_t length);

/* To be sent on an open channel by the next link_run(); on any other it is thrown away. */
void link_send(struct link *link, unsigned channel, const void *octets, size_t length);

/* How much waits to be sent on the channel. */
size_t link_backlog(const struct link *link, unsigned channel);

/* We say no more on the channel, and hear no more. */
void link_leave(struct link *link, unsigned channel);

#endif
