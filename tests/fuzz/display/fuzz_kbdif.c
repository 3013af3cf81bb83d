/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A keyboard front end that moves the indices of its page about while somebody types. */
#include <string.h>

#include "backend/number.h"
#include "backend/xenbus-state.h"
#include "devices/input-queue.h"
#include "devices/kbdif-ring.h"
#include "fuzz.h"

/* One step of the play: what is done, and two numbers for it. */
struct step {
    uint8_t what;
    uint8_t code;
    uint16_t low;
    uint32_t value;
};

#define STEPS_MAX 512

static union {
    struct xenkbd_page page;
    uint8_t bytes[4096];
} shared;

static struct kbdif_ring ring;
static struct input_queue queue;

static void flush(void)
{
    struct input_event event;
    unsigned pushed = 0;

    /* As many places as a finger takes, always. */
    while (kbdif_ring_has_space(&ring, 2) && input_queue_take(&queue, &event)) {
        uint32_t before = ring.prod;

        FUZZ_ASSERT(event.kind <= INPUT_TOUCH && event.contact < INPUT_MAX_CONTACTS);
        for (unsigned i = 0; i < 2; i++)
            kbdif_ring_push(&ring, &(union xenkbd_in_event){.type = XENKBD_TYPE_KEY});
        FUZZ_ASSERT(ring.prod == before + 2);
        FUZZ_ASSERT(shared.page.in_prod == ring.prod);
        pushed += 2;
    }
    FUZZ_ASSERT(pushed <= XENKBD_IN_RING_LEN);
}

static void check_queue(void)
{
    unsigned held = 0;

    held += (unsigned)__builtin_popcount(queue.touching);
    for (size_t i = 0; i < sizeof(queue.held) / sizeof(queue.held[0]); i++)
        held += (unsigned)__builtin_popcountll(queue.held[i]);
    FUZZ_ASSERT(held == queue.held_count);
    FUZZ_ASSERT(queue.count + queue.held_count <= INPUT_QUEUE_LENGTH);
    FUZZ_ASSERT(queue.first < INPUT_QUEUE_LENGTH);
}

static void take_step(const struct step *step)
{
    switch (step->what % 11) {
    case 0: /* the guest takes some */
        shared.page.in_cons += step->low % 4;
        break;
    case 1:
        shared.page.in_cons = step->value;
        break;
    case 2:
        shared.page.in_prod = step->value;
        break;
    case 3:
        shared.page.out_prod = step->value;
        kbdif_ring_discard_out(&ring);
        FUZZ_ASSERT(shared.page.out_cons == step->value);
        break;
    case 4: /* a process after us */
        kbdif_ring_attach(&ring, &shared.page);
        FUZZ_ASSERT(ring.prod - shared.page.in_cons <= XENKBD_IN_RING_LEN);
        break;
    case 5:
        input_queue_key(&queue, step->low % KEY_CNT, true);
        break;
    case 6:
        input_queue_key(&queue, step->low % KEY_CNT, false);
        break;
    case 7:
        input_queue_position(&queue, step->code, step->low);
        break;
    case 8:
        input_queue_wheel(&queue, (int8_t)step->code);
        break;
    case 9:
        input_queue_touch(&queue, step->code % INPUT_MAX_CONTACTS,
                          (enum touch_phase)(step->low % 3), step->low, (int)step->value);
        break;
    case 10:
        input_queue_lift(&queue, step->code % INPUT_MAX_CONTACTS);
        break;
    }
}

/* The text that the guest put where a number or a state should be. */
static void check_text(const uint8_t *data, size_t len)
{
    char text[32] = "";
    uint64_t number = 0;

    memcpy(text, data, len < sizeof(text) - 1 ? len : sizeof(text) - 1);
    FUZZ_ASSERT(!number_parse(text, 1000, &number) || number <= 1000);
    FUZZ_ASSERT(xenbus_state_parse(text) <= XenbusStateReconfigured);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct step step;

    memset(&shared, 0, sizeof(shared));
    input_queue_reset(&queue);
    kbdif_ring_attach(&ring, &shared.page);
    check_text(data, len);
    for (size_t i = 0; i < STEPS_MAX && (i + 1) * sizeof(step) <= len; i++) {
        memcpy(&step, data + i * sizeof(step), sizeof(step));
        take_step(&step);
        check_queue();
        flush();
    }
    return 0;
}

/* One text, and plays: all presses at a guest that takes nothing, then ever more going on. */
size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const char text[] = "4194303";
    struct step step = {0};

    if (n == 0) {
        memcpy(data, text, sizeof(text));
        return sizeof(text);
    }
    if (n > 5)
        return 0;
    for (unsigned i = 0; i < STEPS_MAX; i++) {
        step.what = (uint8_t)(n == 5 ? 9 : n == 4 ? i * 5 : 5 + i % n);
        step.code = (uint8_t)(i / 3);
        step.low = (uint16_t)i;
        memcpy(data + i * sizeof(step), &step, sizeof(step));
    }
    return STEPS_MAX * sizeof(step);
}
