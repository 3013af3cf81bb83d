/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One side of the vchan: frames in and out, channels, and how much may be under way on each. */
#include "link.h"

#include <stdlib.h>

/* Of one call: so much is read, and so many frames are written, before others have their turn. */
#define READ_MAX  (256 * 1024)
#define WRITE_MAX 32

/* What is read and written at a time, about as much as the stream holds: each time the other side
 * may be woken, and on a busy CPU run at once, which costs more than all the rest. */
#define PIECE (64 * 1024)

/* As long as so much waits to be written, nothing is read: what is read may need an answer. */
#define WIRE_MAX (2 * PIECE)

/* Credit is given in pieces of this size. */
#define CREDIT_PIECE (FRAME_WINDOW / 8)

enum channel_state { FREE, OFFERED, OPEN, LEAVING };

struct channel {
    enum channel_state state;
    struct octets in, out;
    uint32_t may_send;
    uint32_t may_come;
    uint32_t owed; /* used up, but no credit given for it yet */
};

struct link {
    bool guest;
    bool met;
    const struct link_stream *ops;
    void *stream;
    const struct link_owner *owner;
    void *data;
    uint8_t piece[PIECE];   /* just read */
    struct octets received; /* less than a frame, between two calls */
    struct octets wire;     /* frames to be written */
    struct channel channels[FRAME_CHANNELS];
    unsigned turn; /* the channel that may write next */
};

static void put(struct link *link, const struct frame *frame)
{
    uint8_t octets[FRAME_SIZE_MAX];

    octets_append(&link->wire, octets, frame_encode(frame, octets));
}

static void put_hello(struct link *link)
{
    const struct frame hello = {.type = FRAME_HELLO, .hello = {FRAME_MAGIC, FRAME_VERSION}};

    put(link, &hello);
}

static void put_detach(struct link *link, unsigned channel)
{
    const struct frame detach = {.type = FRAME_DETACH, .channel = channel};

    put(link, &detach);
}

static void start_channel(struct channel *channel, enum channel_state state)
{
    channel->state = state;
    channel->may_send = FRAME_WINDOW;
    channel->may_come = FRAME_WINDOW;
    channel->owed = 0;
}

static void clear_channel(struct channel *channel, enum channel_state state)
{
    octets_clear(&channel->in);
    octets_clear(&channel->out);
    channel->state = state;
}

static void forget_all(struct link *link)
{
    for (unsigned i = 0; i < FRAME_CHANNELS; i++)
        clear_channel(&link->channels[i], FREE);
    octets_clear(&link->wire);
    link->met = false;
}

void link_reset(struct link *link)
{
    forget_all(link);
    octets_clear(&link->received);
    if (link->guest)
        put_hello(link);
}

struct link *link_new(bool guest, const struct link_stream *ops, void *stream,
                      const struct link_owner *owner, void *data)
{
    struct link *link = calloc(1, sizeof(*link));

    if (!link)
        abort();
    link->guest = guest;
    link->ops = ops;
    link->stream = stream;
    link->owner = owner;
    link->data = data;
    link_reset(link);
    return link;
}

void link_free(struct link *link)
{
    if (!link)
        return;
    forget_all(link);
    octets_clear(&link->received);
    free(link);
}

/* --- what comes --- */

/* A channel of which we have not said that it is over. */
static bool in_use(const struct channel *channel)
{
    return channel->state == OFFERED || channel->state == OPEN;
}

static bool on_hello(struct link *link, const struct frame *frame)
{
    if (frame->hello.magic != FRAME_MAGIC || frame->hello.version != FRAME_VERSION)
        return false;
    if (link->guest && link->met)
        return false;
    if (!link->guest) {
        /* Another program than before may say it: it knows nothing of what was. */
        for (unsigned i = 0; i < FRAME_CHANNELS; i++) {
            bool was_in_use = in_use(&link->channels[i]);

            clear_channel(&link->channels[i], FREE);
            if (was_in_use)
                link->owner->left(link->data, i);
        }
        octets_clear(&link->wire);
        put_hello(link);
    }
    link->met = true;
    link->owner->met(link->data);
    return true;
}

static bool on_attach(struct link *link, const struct frame *frame)
{
    struct channel *channel = &link->channels[frame->channel];

    if (!link->guest || channel->state != FREE)
        return false;
    start_channel(channel, OFFERED);
    link->owner->offered(link->data, frame->channel, frame->attach.devid, frame->attach.speed);
    return true;
}

static bool on_result(struct link *link, const struct frame *frame)
{
    struct channel *channel = &link->channels[frame->channel];
    bool leaving = channel->state == LEAVING;

    if (link->guest || (channel->state != OFFERED && !leaving))
        return false;
    /* We may have left while it was answering. After a refusal it does not leave as well. */
    if (frame->result != FRAME_ATTACHED)
        clear_channel(channel, FREE);
    else if (!leaving)
        channel->state = OPEN;
    if (!leaving)
        link->owner->answered(link->data, frame->channel, (enum frame_result)frame->result);
    return true;
}

static bool on_data(struct link *link, const struct frame *frame)
{
    struct channel *channel = &link->channels[frame->channel];

    if (channel->state == LEAVING)
        return true;
    if (channel->state != OPEN || frame->data.length > channel->may_come)
        return false;
    channel->may_come -= frame->data.length;
    octets_append(&channel->in, frame->data.octets, frame->data.length);
    link->owner->arrived(link->data, frame->channel);
    return true;
}

static bool on_credit(struct link *link, const struct frame *frame)
{
    struct channel *channel = &link->channels[frame->channel];

    if (channel->state == LEAVING)
        return true;
    if (channel->state != OPEN || frame->credit > FRAME_WINDOW - channel->may_send)
        return false;
    channel->may_send += frame->credit;
    return true;
}

static bool on_detach(struct link *link, const struct frame *frame)
{
    struct channel *channel = &link->channels[frame->channel];
    bool was_in_use = in_use(channel);

    /* On a free channel it is late news of an offer that was refused. */
    clear_channel(channel, FREE);
    if (!was_in_use)
        return true;
    put_detach(link, frame->channel);
    link->owner->left(link->data, frame->channel);
    return true;
}

static bool obey(struct link *link, const struct frame *frame)
{
    static bool (*const handlers[FRAME_TYPE_END])(struct link *, const struct frame *) = {
        [FRAME_HELLO] = on_hello, [FRAME_ATTACH] = on_attach, [FRAME_RESULT] = on_result,
        [FRAME_DATA] = on_data,   [FRAME_CREDIT] = on_credit, [FRAME_DETACH] = on_detach,
    };

    if (!link->met && frame->type != FRAME_HELLO)
        return false;
    return handlers[frame->type](link, frame);
}

static bool obey_all(struct link *link)
{
    struct frame frame;
    int size;

    while ((size = frame_decode(octets_front(&link->received), link->received.used, &frame)) > 0) {
        bool obeyed = obey(link, &frame);

        octets_drop(&link->received, (size_t)size);
        if (!obeyed)
            return false;
    }
    return size == 0;
}

/* LINK_BUSY if it stopped before there was nothing left to read. */
static enum link_state receive(struct link *link)
{
    for (size_t total = 0; total < READ_MAX && link->wire.used < WIRE_MAX;) {
        int count = link->ops->read(link->stream, link->piece, PIECE);

        if (count <= 0)
            return count < 0 ? LINK_BROKEN : LINK_IDLE;
        octets_append(&link->received, link->piece, (size_t)count);
        if (!obey_all(link))
            return LINK_BROKEN;
        total += (size_t)count;
    }
    return LINK_BUSY;
}

/* --- what goes --- */

/* Puts the next piece of the next channel that has one and may send it; false if there is none. */
static bool put_data(struct link *link)
{
    for (unsigned i = 0; i < FRAME_CHANNELS; i++) {
        unsigned number = (link->turn + i) % FRAME_CHANNELS;
        struct channel *channel = &link->channels[number];
        struct frame frame = {.type = FRAME_DATA, .channel = number};
        size_t length = channel->out.used;

        if (length > channel->may_send)
            length = channel->may_send;
        if (length > FRAME_DATA_MAX)
            length = FRAME_DATA_MAX;
        if (channel->state != OPEN || length == 0)
            continue;
        frame.data.octets = octets_front(&channel->out);
        frame.data.length = (uint32_t)length;
        put(link, &frame);
        octets_drop(&channel->out, length);
        channel->may_send -= (uint32_t)length;
        link->turn = number + 1;
        return true;
    }
    return false;
}

/* Puts as many as are written at a time; how many. None before the other side is known to listen.
 */
static unsigned put_piece(struct link *link)
{
    unsigned frames = 0;

    while (link->met && link->wire.used < PIECE && put_data(link))
        frames++;
    return frames;
}

/* LINK_BUSY if it stopped before the stream was full or there was nothing left to write. */
static enum link_state transmit(struct link *link)
{
    for (unsigned frames = 0; frames < WRITE_MAX;) {
        int count;

        frames += put_piece(link);
        if (link->wire.used == 0)
            return LINK_IDLE;
        count = link->ops->write(link->stream, octets_front(&link->wire), link->wire.used);
        if (count <= 0)
            return count < 0 ? LINK_BROKEN : LINK_IDLE;
        octets_drop(&link->wire, (size_t)count);
    }
    return LINK_BUSY;
}

enum link_state link_run(struct link *link)
{
    enum link_state received = receive(link);
    enum link_state sent = received == LINK_BROKEN ? LINK_BROKEN : transmit(link);

    if (sent == LINK_BROKEN)
        return LINK_BROKEN;
    /* If reading waits for writing, it has nothing to do before the stream has room. */
    if (received == LINK_BUSY && sent == LINK_IDLE && link->wire.used >= WIRE_MAX)
        return LINK_IDLE;
    return received == LINK_BUSY || sent == LINK_BUSY ? LINK_BUSY : LINK_IDLE;
}

/* --- channels --- */

int link_offer(struct link *link, uint32_t devid, uint32_t speed)
{
    for (unsigned i = 0; link->met && i < FRAME_CHANNELS; i++) {
        struct frame attach = {.type = FRAME_ATTACH, .channel = i, .attach = {devid, speed}};

        if (link->channels[i].state != FREE)
            continue;
        start_channel(&link->channels[i], OFFERED);
        put(link, &attach);
        return (int)i;
    }
    return -1;
}

void link_answer(struct link *link, unsigned channel, enum frame_result result)
{
    struct frame frame = {.type = FRAME_RESULT, .channel = channel, .result = result};

    put(link, &frame);
    link->channels[channel].state = result == FRAME_ATTACHED ? OPEN : FREE;
}

const struct octets *link_in(const struct link *link, unsigned channel)
{
    return &link->channels[channel].in;
}

void link_used(struct link *link, unsigned number, size_t length)
{
    struct channel *channel = &link->channels[number];
    struct frame frame = {.type = FRAME_CREDIT, .channel = number};

    octets_drop(&channel->in, length);
    channel->owed += (uint32_t)length;
    if (channel->state != OPEN || channel->owed < CREDIT_PIECE)
        return;
    frame.credit = channel->owed;
    channel->may_come += channel->owed;
    channel->owed = 0;
    put(link, &frame);
}

void link_send(struct link *link, unsigned channel, const void *octets, size_t length)
{
    if (link->channels[channel].state == OPEN)
        octets_append(&link->channels[channel].out, octets, length);
}

size_t link_backlog(const struct link *link, unsigned channel)
{
    return link->channels[channel].out.used;
}

void link_leave(struct link *link, unsigned channel)
{
    if (!in_use(&link->channels[channel]))
        return;
    clear_channel(&link->channels[channel], LEAVING);
    put_detach(link, channel);
}
