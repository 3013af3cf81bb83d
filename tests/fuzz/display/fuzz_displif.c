/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A graphics front end that asks for anything, on a ring whose indices it moves about. */
#include <stdlib.h>
#include <string.h>

#include <xen/errno.h>

#include "backend/packet-ring.h"
#include "backend/page-directory.h"
#include "devices/displif-objects.h"
#include "fuzz.h"

#define PAGE      4096
#define LIMIT     64 /* pages: small, so that it is met */
#define STEPS_MAX 64

/* One step of the play: what happens to an index, and the request that lies next on the ring. */
struct step {
    uint8_t what;
    uint8_t low;
    uint16_t pad;
    uint32_t value;
    struct xendispl_req request;
};

static union {
    struct xen_displif_sring ring;
    uint8_t bytes[PAGE];
} shared;

static union {
    struct xendispl_event_page page;
    uint8_t bytes[PAGE];
} events_page;

static uint8_t memory[LIMIT * PAGE];
static struct displif_objects objects;

/* What a buffer says about itself must be within what it was allowed, whatever was asked. */
static void check_objects(void)
{
    size_t pages = 0;

    for (unsigned i = 0; i < DISPLIF_MAX_BUFFERS; i++)
        pages += objects.buffers[i].pages;
    FUZZ_ASSERT(pages == objects.pages && pages <= LIMIT);
    for (unsigned i = 0; i < DISPLIF_MAX_FRAMEBUFFERS; i++) {
        struct pixel_source source;
        const struct displif_buffer *buffer;

        if (objects.framebuffers[i].cookie == 0)
            continue;
        buffer = displif_buffer_find(&objects, objects.framebuffers[i].buffer);
        FUZZ_ASSERT(buffer);
        FUZZ_ASSERT(displif_framebuffer_source(&objects, objects.framebuffers[i].cookie, &source));
        FUZZ_ASSERT(source.width >= 1 && source.height >= 1);
        FUZZ_ASSERT(source.offset + source.stride * (source.height - 1) +
                        (size_t)source.width * source.depth / 8 <=
                    buffer->pages * PAGE);
    }
}

static int create(const struct xendispl_dbuf_create_req *request)
{
    struct displif_buffer buffer;
    int error = displif_buffer_parse(&objects, request, &buffer);

    if (error)
        return error;
    buffer.memory = memory;
    displif_buffer_add(&objects, &buffer);
    FUZZ_ASSERT(displif_buffer_find(&objects, request->dbuf_cookie));
    return 0;
}

static int destroy(uint64_t cookie)
{
    struct displif_buffer *buffer = displif_buffer_find(&objects, cookie);

    if (!buffer)
        return -XEN_ENOENT;
    displif_buffer_remove(&objects, buffer);
    FUZZ_ASSERT(!displif_buffer_find(&objects, cookie));
    return 0;
}

static int obey(const struct xendispl_req *request)
{
    switch (request->operation) {
    case XENDISPL_OP_DBUF_CREATE:
        return create(&request->op.dbuf_create);
    case XENDISPL_OP_DBUF_DESTROY:
        return destroy(request->op.dbuf_destroy.dbuf_cookie);
    case XENDISPL_OP_FB_ATTACH:
        return displif_framebuffer_attach(&objects, &request->op.fb_attach);
    case XENDISPL_OP_FB_DETACH:
        return displif_framebuffer_detach(&objects, request->op.fb_detach.fb_cookie);
    default:
        return -XEN_EOPNOTSUPP;
    }
}

static void drain(struct packet_ring *ring)
{
    for (unsigned taken = 0; taken < PACKET_RING_LENGTH; taken++) {
        struct xendispl_resp response = {0};
        struct xendispl_req request;
        enum packet_take take = packet_ring_take(ring, &request);

        FUZZ_ASSERT(ring->prod == ring->cons || take == PACKET_TAKE_REQUEST);
        if (take == PACKET_TAKE_BROKEN)
            FUZZ_ASSERT(shared.ring.rsp_prod == shared.ring.req_prod);
        if (take != PACKET_TAKE_REQUEST)
            return;
        response.status = obey(&request);
        FUZZ_ASSERT(response.status <= 0);
        packet_ring_answer(ring, &response);
        FUZZ_ASSERT(ring->prod == ring->cons);
        check_objects();
    }
}

static void take_step(const struct step *step, struct packet_ring *ring,
                      struct packet_events *events)
{
    union xen_displif_sring_entry *entries = shared.ring.ring;
    struct xendispl_evt event = {.id = step->pad};

    entries[shared.ring.req_prod % PACKET_RING_LENGTH].req = step->request;
    switch (step->what % 6) {
    case 0:
    case 1:
        shared.ring.req_prod++;
        break;
    case 2:
        shared.ring.req_prod = step->value;
        break;
    case 3:
        shared.ring.rsp_prod = step->value;
        packet_ring_attach(ring, &shared.ring); /* a process after us */
        break;
    case 4:
        events_page.page.in_cons = step->value;
        break;
    case 5:
        packet_events_attach(events, &events_page.page);
        break;
    }
    drain(ring);
    if (packet_events_push(events, &event))
        FUZZ_ASSERT(events_page.page.in_prod == events->prod);
}

static void check_directory(const uint8_t *data, size_t len)
{
    static uint8_t page[PAGE];
    static uint32_t refs[PAGE_DIRECTORY_LENGTH];
    grant_ref_t next;
    size_t wanted = len * 7;

    memcpy(page, data, len < PAGE ? len : PAGE);
    FUZZ_ASSERT(page_directory_read(page, wanted, refs, &next) <= PAGE_DIRECTORY_LENGTH);
}

static void check_text(const uint8_t *data, size_t len)
{
    char text[24] = "";
    unsigned width, height;

    memcpy(text, data, len < sizeof(text) - 1 ? len : sizeof(text) - 1);
    if (displif_resolution_parse(text, &width, &height))
        FUZZ_ASSERT(width >= 1 && width <= DISPLIF_MAX_SIDE && height >= 1 &&
                    height <= DISPLIF_MAX_SIDE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct packet_ring ring = {0};
    struct packet_events events = {0};
    struct step step;

    memset(&shared, 0, sizeof(shared));
    memset(&events_page, 0, sizeof(events_page));
    objects = (struct displif_objects){.limit = LIMIT};
    packet_ring_attach(&ring, &shared.ring);
    packet_events_attach(&events, &events_page.page);
    check_text(data, len);
    check_directory(data, len);
    for (size_t i = 0; i < STEPS_MAX && (i + 1) * sizeof(step) <= len; i++) {
        memcpy(&step, data + i * sizeof(step), sizeof(step));
        take_step(&step, &ring, &events);
    }
    return 0;
}

/* As Linux does it: buffers, framebuffers on them, and away again. */
size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const uint8_t operations[] = {XENDISPL_OP_DBUF_CREATE, XENDISPL_OP_FB_ATTACH,
                                         XENDISPL_OP_FB_DETACH, XENDISPL_OP_DBUF_DESTROY};
    static const char text[] = "1920x1080";

    if (n == 0) {
        memcpy(data, text, sizeof(text));
        return sizeof(text);
    }
    if (n > 3)
        return 0;
    for (unsigned i = 0; i < 4 * n; i++) {
        struct step step = {.request.operation = operations[i % 4]};

        if (i % 4 == 0)
            step.request.op.dbuf_create = (struct xendispl_dbuf_create_req){.dbuf_cookie = i + 4,
                                                                            .width = 32,
                                                                            .height = 32 * n,
                                                                            .bpp = 32,
                                                                            .buffer_sz = 4096 * n};
        else if (i % 4 == 1)
            step.request.op.fb_attach = (struct xendispl_fb_attach_req){.dbuf_cookie = i + 3,
                                                                        .fb_cookie = i + 3,
                                                                        .width = 32,
                                                                        .height = 32,
                                                                        .pixel_format = 0x34325258};
        else
            step.request.op.fb_detach.fb_cookie = n > 1 ? 0 : i + 2 - (i % 4 == 3);
        memcpy(data + i * sizeof(step), &step, sizeof(step));
    }
    return 4 * n * sizeof(struct step);
}
