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

#define CONNECTOR_WIDTH  24
#define CONNECTOR_HEIGHT 20

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

/* What a connector shows is what it was told to, and lies within the framebuffer. */
static int configure(const struct xendispl_set_config_req *request)
{
    struct rect area = displif_area(request, CONNECTOR_WIDTH, CONNECTOR_HEIGHT);
    struct pixel_source whole, part;

    if (!displif_framebuffer_source(&objects, request->fb_cookie, &whole))
        return -XEN_ENOENT;
    part = whole;
    if (!pixel_source_crop(&part, &area))
        return -XEN_EINVAL;
    FUZZ_ASSERT(part.width <= CONNECTOR_WIDTH && part.height <= CONNECTOR_HEIGHT);
    FUZZ_ASSERT(request->x + part.width <= whole.width && request->y + part.height <= whole.height);
    FUZZ_ASSERT(part.offset + part.stride * (part.height - 1) +
                    (size_t)part.width * part.depth / 8 <=
                whole.offset + whole.stride * whole.height);
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
    case XENDISPL_OP_SET_CONFIG:
        return configure(&request->op.set_config);
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

/* What a process before us has left may be anything, and is asked for as a guest would. */
static void check_kept(const uint8_t *data, size_t len)
{
    static struct displif_objects kept;

    memset(&kept, 0, sizeof(kept));
    memcpy(&kept, data, len < sizeof(kept) ? len : sizeof(kept));
    objects = (struct displif_objects){.limit = LIMIT};
    for (unsigned i = 0; i < DISPLIF_MAX_BUFFERS; i++) {
        struct xendispl_dbuf_create_req request;

        if (displif_buffer_request(&kept, i, &request))
            create(&request);
    }
    for (unsigned i = 0; i < DISPLIF_MAX_FRAMEBUFFERS; i++) {
        struct xendispl_fb_attach_req request;

        if (displif_framebuffer_request(&kept, i, &request))
            displif_framebuffer_attach(&objects, &request);
    }
    check_objects();
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
    check_kept(data, len);
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

#define SEED_STEPS 5

/* The buffer and the framebuffer have the same @cookie. */
static void fill(struct xendispl_req *request, uint64_t cookie, unsigned pages)
{
    switch (request->operation) {
    case XENDISPL_OP_DBUF_CREATE:
        request->op.dbuf_create = (struct xendispl_dbuf_create_req){.dbuf_cookie = cookie,
                                                                    .width = 32,
                                                                    .height = 32 * pages,
                                                                    .bpp = 32,
                                                                    .buffer_sz = 4096 * pages};
        break;
    case XENDISPL_OP_FB_ATTACH:
        request->op.fb_attach = (struct xendispl_fb_attach_req){.dbuf_cookie = cookie,
                                                                .fb_cookie = cookie,
                                                                .width = 32,
                                                                .height = 32,
                                                                .pixel_format = 0x34325258};
        break;
    case XENDISPL_OP_SET_CONFIG:
        request->op.set_config = (struct xendispl_set_config_req){
            .fb_cookie = cookie, .x = 8, .y = 12, .width = 32, .height = 32, .bpp = 32};
        break;
    case XENDISPL_OP_FB_DETACH:
        request->op.fb_detach.fb_cookie = cookie;
        break;
    default:
        request->op.dbuf_destroy.dbuf_cookie = cookie;
        break;
    }
}

/* As Linux does it: buffers, framebuffers on them, and away again. */
size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const uint8_t operations[SEED_STEPS] = {XENDISPL_OP_DBUF_CREATE, XENDISPL_OP_FB_ATTACH,
                                                   XENDISPL_OP_SET_CONFIG, XENDISPL_OP_FB_DETACH,
                                                   XENDISPL_OP_DBUF_DESTROY};
    static const char text[] = "1920x1080";

    if (n == 0) {
        memcpy(data, text, sizeof(text));
        return sizeof(text);
    }
    if (n > 3)
        return 0;
    for (unsigned i = 0; i < SEED_STEPS * n; i++) {
        struct step step = {.request.operation = operations[i % SEED_STEPS]};

        fill(&step.request, i / SEED_STEPS + 1, n);
        memcpy(data + i * sizeof(step), &step, sizeof(step));
    }
    return SEED_STEPS * n * sizeof(struct step);
}
