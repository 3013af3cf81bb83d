/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input events that wait for a guest which is slow to take them, in bounded space.
 *
 * What must never be lost is a release: the guest would go on with a key held down. So the queue
 * keeps a place for the release of every key that it let through:
 *
 *     events waiting + keys held + fingers down <= INPUT_QUEUE_LENGTH
 *
 * The same goes for fingers on a touch screen. A press, a repetition or a movement for which there
 * is no place is dropped.
 */
#ifndef DISPLAY_DEVICES_INPUT_QUEUE_H
#define DISPLAY_DEVICES_INPUT_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#include <linux/input-event-codes.h>

#include "input-sink.h"

#define INPUT_QUEUE_LENGTH 256

enum input_kind { INPUT_KEY, INPUT_POSITION, INPUT_WHEEL, INPUT_TOUCH };

struct input_event {
    enum input_kind kind;
    unsigned code; /* INPUT_KEY: Linux key code */
    bool down;     /* INPUT_KEY */
    int x, y;      /* INPUT_POSITION, INPUT_TOUCH: in the units of the guest's device */
    int steps;     /* INPUT_WHEEL: positive is away from the person */

    unsigned contact; /* INPUT_TOUCH: the finger */
    enum touch_phase phase;
};

struct input_queue {
    unsigned first, count;
    unsigned held_count; /* keys and fingers that are down once all waiting events are taken */
    struct input_event events[INPUT_QUEUE_LENGTH];
    uint64_t held[(KEY_CNT + 63) / 64]; /* the keys */
    uint32_t touching;                  /* the fingers */
};

/* Empties the queue and forgets all held keys and fingers: a guest that connects anew has none. */
void input_queue_reset(struct input_queue *queue);

/* Return false if the event was dropped. @code is below KEY_CNT. */
bool input_queue_key(struct input_queue *queue, unsigned code, bool down);
bool input_queue_position(struct input_queue *queue, int x, int y);
bool input_queue_wheel(struct input_queue *queue, int steps);

/* The same. @contact is below INPUT_MAX_CONTACTS; where it goes up does not matter. */
bool input_queue_touch(struct input_queue *queue, unsigned contact, enum touch_phase phase, int x,
                       int y);

/* Has the guest told that a finger is up, which it need not have been told is down. */
void input_queue_lift(struct input_queue *queue, unsigned contact);

/* The oldest event, until something is done with the queue; NULL if there is none. */
const struct input_event *input_queue_first(const struct input_queue *queue);

/* Takes the oldest event; false if there is none. */
bool input_queue_take(struct input_queue *queue, struct input_event *ret_event);

#endif
