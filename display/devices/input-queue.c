/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Input events that wait for a guest which is slow to take them, in bounded space. */
#include "devices/input-queue.h"

#include <stddef.h>
#include <string.h>

void input_queue_reset(struct input_queue *queue)
{
    memset(queue, 0, sizeof(*queue));
}

static bool is_held(const struct input_queue *queue, unsigned code)
{
    return queue->held[code / 64] >> (code % 64) & 1;
}

static void toggle_held(struct input_queue *queue, unsigned code)
{
    queue->held[code / 64] ^= UINT64_C(1) << (code % 64);
}

static struct input_event *last(struct input_queue *queue)
{
    return queue->count == 0
               ? NULL
               : &queue->events[(queue->first + queue->count - 1) % INPUT_QUEUE_LENGTH];
}

/* @places: how many the event takes, with the release that may have to follow it. */
static bool append(struct input_queue *queue, const struct input_event *event, unsigned places)
{
    if (queue->count + queue->held_count + places > INPUT_QUEUE_LENGTH)
        return false;
    queue->events[(queue->first + queue->count++) % INPUT_QUEUE_LENGTH] = *event;
    return true;
}

static bool press(struct input_queue *queue, const struct input_event *event)
{
    if (is_held(queue, event->code))
        return append(queue, event, 1);
    if (!append(queue, event, 2))
        return false;
    toggle_held(queue, event->code);
    queue->held_count++;
    return true;
}

static bool release(struct input_queue *queue, const struct input_event *event)
{
    if (!is_held(queue, event->code))
        return false; /* its press was dropped, or came before the guest connected */
    toggle_held(queue, event->code);
    queue->held_count--;
    return append(queue, event, 1);
}

bool input_queue_key(struct input_queue *queue, unsigned code, bool down)
{
    struct input_event event = {.kind = INPUT_KEY, .code = code, .down = down};

    return down ? press(queue, &event) : release(queue, &event);
}

bool input_queue_position(struct input_queue *queue, int x, int y)
{
    struct input_event event = {.kind = INPUT_POSITION, .x = x, .y = y};
    struct input_event *tail = last(queue);

    /* Only where the pointer came to rest matters. */
    if (tail && tail->kind == INPUT_POSITION) {
        *tail = event;
        return true;
    }
    return append(queue, &event, 1);
}

bool input_queue_wheel(struct input_queue *queue, int steps)
{
    return append(queue, &(struct input_event){.kind = INPUT_WHEEL, .steps = steps}, 1);
}

static bool touch_down(struct input_queue *queue, const struct input_event *event)
{
    if (queue->touching >> event->contact & 1 || !append(queue, event, 2))
        return false;
    queue->touching |= UINT32_C(1) << event->contact;
    queue->held_count++;
    return true;
}

static bool touch_up(struct input_queue *queue, const struct input_event *event)
{
    if (!(queue->touching >> event->contact & 1))
        return false;
    queue->touching &= ~(UINT32_C(1) << event->contact);
    queue->held_count--;
    return append(queue, event, 1);
}

/*
 * The movement of that finger that nothing but other fingers' movements came after; NULL if there
 * is none. Each finger has one of these at most, so the search is short.
 */
static struct input_event *last_motion(struct input_queue *queue, unsigned contact)
{
    for (unsigned i = queue->count; i > 0; i--) {
        struct input_event *event = &queue->events[(queue->first + i - 1) % INPUT_QUEUE_LENGTH];

        if (event->kind != INPUT_TOUCH || event->phase != TOUCH_MOTION)
            return NULL;
        if (event->contact == contact)
            return event;
    }
    return NULL;
}

static bool touch_motion(struct input_queue *queue, const struct input_event *event)
{
    struct input_event *before = last_motion(queue, event->contact);

    if (!(queue->touching >> event->contact & 1))
        return false;
    if (!before)
        return append(queue, event, 1);
    *before = *event;
    return true;
}

bool input_queue_touch(struct input_queue *queue, unsigned contact, enum touch_phase phase, int x,
                       int y)
{
    static bool (*const add[])(struct input_queue * queue, const struct input_event *event) = {
        [TOUCH_DOWN] = touch_down, [TOUCH_MOTION] = touch_motion, [TOUCH_UP] = touch_up};
    struct input_event event = {
        .kind = INPUT_TOUCH, .x = x, .y = y, .contact = contact, .phase = phase};

    return add[phase](queue, &event);
}

void input_queue_lift(struct input_queue *queue, unsigned contact)
{
    struct input_event event = {.kind = INPUT_TOUCH, .contact = contact, .phase = TOUCH_UP};

    if (!touch_up(queue, &event))
        append(queue, &event, 1);
}

const struct input_event *input_queue_first(const struct input_queue *queue)
{
    return queue->count == 0 ? NULL : &queue->events[queue->first];
}

bool input_queue_take(struct input_queue *queue, struct input_event *ret_event)
{
    if (queue->count == 0)
        return false;
    *ret_event = queue->events[queue->first];
    queue->first = (queue->first + 1) % INPUT_QUEUE_LENGTH;
    queue->count--;
    return true;
}
