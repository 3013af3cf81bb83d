/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The PV graphics card against a front end that behaves like Linux's, and some that do not. */
#include <stdint.h>
#include <string.h>

#include <glib.h>
#include <glib/gstdio.h>
#include <xen/errno.h>
#include <xen/xen.h>
#include <xen/io/displif.h>

#include "backend/page-directory.h"
#include "devices/displif-objects.h"
#include "devices/displif.h"
#include "fake-xen.h"

#define FRONT "/local/domain/7/device/vdispl/0"
#define BACK  "/local/domain/0/backend/vdispl/7/0"

#define WIDTH        800
#define HEIGHT       600
#define BYTES        (WIDTH * HEIGHT * 4)
#define PAGES        ((BYTES + FAKE_PAGE_SIZE - 1) / FAKE_PAGE_SIZE)
#define VIDEORAM_KIB 6144 /* three such buffers */

/* Where the guest keeps things: frame numbers, which are its grant references too, and ports. */
#define RING_FRAME   0x1001
#define EVENTS_FRAME 0x1002
#define DIRECTORY    0x1010 /* and the next ones */
#define PIXELS       0x1100
#define OTHER_PIXELS 0x1500
#define RING_PORT    21
#define EVENTS_PORT  22
/* The second connector's come so much later. */
#define NEXT_FRAME 2
#define NEXT_PORT  2

#define XR24 0x34325258

struct fixture {
    struct guest *guest;
    struct session *session;
    struct heads *heads;
    struct displif_keep *keep;
    struct session_link *link;
    struct session_viewer *viewer;
    struct displif *displif;
    struct xenbus_class class;
    uint16_t id;
};

static void ignore_resized(void *data, const struct surface *surface)
{
}

static void ignore_damaged(void *data, const struct rect *rect)
{
}

static void ignore_frame(void *data)
{
}

static const struct session_front onlooker = {
    .resized = ignore_resized, .damaged = ignore_damaged, .frame = ignore_frame};

static void settle(void)
{
    /* Counted, not timed: on a busy machine much time may pass in which we did not run. */
    for (unsigned quiet_ms = 0; quiet_ms < 40;) {
        if (g_main_context_iteration(NULL, FALSE)) {
            quiet_ms = 0;
        } else {
            g_usleep(1000);
            quiet_ms++;
        }
    }
}

/* --- the guest's side --- */

static struct xen_displif_sring *ring_of(unsigned connector)
{
    return fake_frame(RING_FRAME + connector * NEXT_FRAME);
}

static struct xen_displif_sring *ring(void)
{
    return ring_of(0);
}

static void front_says(unsigned connector, const char *key, unsigned value)
{
    g_autofree char *path = g_strdup_printf(FRONT "/%u/%s", connector, key);
    g_autofree char *text = g_strdup_printf("%u", value);

    fake_store_set(path, text);
}

static void guest_sets_up_connector(unsigned i)
{
    fake_grant(RING_FRAME + i * NEXT_FRAME, RING_FRAME + i * NEXT_FRAME);
    fake_grant(EVENTS_FRAME + i * NEXT_FRAME, EVENTS_FRAME + i * NEXT_FRAME);
    ring_of(i)->req_event = 1;
    ring_of(i)->rsp_event = 1;
    front_says(i, "req-ring-ref", RING_FRAME + i * NEXT_FRAME);
    front_says(i, "evt-ring-ref", EVENTS_FRAME + i * NEXT_FRAME);
    front_says(i, "req-event-channel", RING_PORT + i * NEXT_PORT);
    front_says(i, "evt-event-channel", EVENTS_PORT + i * NEXT_PORT);
}

static void guest_connects(void)
{
    for (unsigned i = 0; i < 2; i++)
        guest_sets_up_connector(i);
    fake_store_set(FRONT "/state", "3");
    settle();
    g_assert_cmpstr(fake_store_get(BACK "/state"), ==, "4");
    fake_store_set(FRONT "/state", "4");
    settle();
}

/* Puts a request on a connector's ring, and returns the status that it is answered with. */
static int ask_of(struct fixture *f, unsigned connector, struct xendispl_req request)
{
    struct xen_displif_sring *ring = ring_of(connector);
    uint32_t port = RING_PORT + connector * NEXT_PORT;
    uint32_t at = ring->req_prod;
    struct xendispl_resp *response = &ring->ring[at % 32].rsp;
    unsigned notified = fake_notified(port);

    request.id = ++f->id;
    ring->ring[at % 32].req = request;
    ring->rsp_event = at + 1;
    ring->req_prod = at + 1;
    fake_guest_notifies(port);
    /* Not at once if the guest was heard too often already. */
    for (unsigned ms = 0; ring->rsp_prod != at + 1 && ms < 5000;)
        if (!g_main_context_iteration(NULL, FALSE)) {
            g_usleep(1000);
            ms++;
        }
    g_assert_cmpuint(ring->rsp_prod, ==, at + 1);
    g_assert_cmpuint(response->id, ==, f->id);
    g_assert_cmpuint(response->operation, ==, request.operation);
    g_assert_cmpuint(fake_notified(port), ==, notified + 1);
    return response->status;
}

static int ask(struct fixture *f, struct xendispl_req request)
{
    return ask_of(f, 0, request);
}

/* Fills in a directory for a buffer whose frames rise from @first. */
static void grant_buffer(uint32_t directory, uint32_t first)
{
    for (uint32_t i = 0; i < PAGES; i++) {
        uint32_t *page = fake_frame(directory + i / PAGE_DIRECTORY_LENGTH);

        fake_grant(directory + i / PAGE_DIRECTORY_LENGTH, directory + i / PAGE_DIRECTORY_LENGTH);
        page[1 + i % PAGE_DIRECTORY_LENGTH] = first + i;
        fake_grant(first + i, first + i);
    }
}

static struct xendispl_req create_request(uint64_t cookie, uint32_t directory)
{
    return (struct xendispl_req){
        .operation = XENDISPL_OP_DBUF_CREATE,
        .op.dbuf_create = {.dbuf_cookie = cookie,
                           .width = WIDTH,
                           .height = HEIGHT,
                           .bpp = 32,
                           .buffer_sz = BYTES,
                           .gref_directory = directory},
    };
}

static struct xendispl_req attach_request(uint64_t cookie, uint64_t buffer)
{
    return (struct xendispl_req){
        .operation = XENDISPL_OP_FB_ATTACH,
        .op.fb_attach = {.dbuf_cookie = buffer,
                         .fb_cookie = cookie,
                         .width = WIDTH,
                         .height = HEIGHT,
                         .pixel_format = XR24},
    };
}

static struct xendispl_req config_request(uint64_t cookie)
{
    return (struct xendispl_req){
        .operation = XENDISPL_OP_SET_CONFIG,
        .op.set_config = {.fb_cookie = cookie,
                          .width = cookie ? WIDTH : 0,
                          .height = cookie ? HEIGHT : 0,
                          .bpp = cookie ? 32 : 0},
    };
}

static struct xendispl_req flip_request(uint64_t cookie)
{
    return (struct xendispl_req){.operation = XENDISPL_OP_PG_FLIP, .op.pg_flip.fb_cookie = cookie};
}

static struct xendispl_req detach_request(uint64_t cookie)
{
    return (struct xendispl_req){.operation = XENDISPL_OP_FB_DETACH,
                                 .op.fb_detach.fb_cookie = cookie};
}

static struct xendispl_req destroy_request(uint64_t cookie)
{
    return (struct xendispl_req){.operation = XENDISPL_OP_DBUF_DESTROY,
                                 .op.dbuf_destroy.dbuf_cookie = cookie};
}

static void guest_paints(uint32_t first, unsigned x, unsigned y, uint32_t colour)
{
    size_t at = ((size_t)y * WIDTH + x) * 4;
    uint8_t *page = fake_frame(first + at / FAKE_PAGE_SIZE);

    memcpy(page + at % FAKE_PAGE_SIZE, &colour, sizeof(colour));
}

static uint32_t shown(struct fixture *f, unsigned x, unsigned y)
{
    const struct surface *surface = session_surface(f->session);

    return surface->pixels[y * surface->width + x];
}

/* Two buffers with a framebuffer each; the first one is shown. */
static void guest_sets_up(struct fixture *f)
{
    guest_connects();
    grant_buffer(DIRECTORY, PIXELS);
    grant_buffer(DIRECTORY + 4, OTHER_PIXELS);
    g_assert_cmpint(ask(f, create_request(1, DIRECTORY)), ==, 0);
    g_assert_cmpint(ask(f, create_request(2, DIRECTORY + 4)), ==, 0);
    g_assert_cmpint(ask(f, attach_request(11, 1)), ==, 0);
    g_assert_cmpint(ask(f, attach_request(12, 2)), ==, 0);
    g_assert_cmpint(ask(f, config_request(11)), ==, 0);
}

/* --- the server's side --- */

static void start(struct fixture *f)
{
    f->displif = displif_start(f->guest, f->heads, f->keep, VIDEORAM_KIB);
    g_assert_nonnull(f->displif);
}

/* @data: how many connectors there are, the second of which is smaller. */
static void fixture_set_up(struct fixture *f, gconstpointer data)
{
    const struct displif_mode modes[] = {{WIDTH, HEIGHT}, {WIDTH / 2, HEIGHT / 2}};
    g_autofree char *problem = NULL;

    fake_xen_reset();
    f->guest = guest_open(FAKE_DOMID, &problem);
    g_assert_null(problem);
    f->class = displif_class(modes, GPOINTER_TO_UINT(data));
    g_assert_true(xenbus_create_nodes(f->guest, &f->class, 1));
    f->session = session_new(640, 480);
    f->link = session_add_front(f->session, &onlooker, NULL);
    f->heads = heads_new(f->session);
    f->viewer = session_viewer_new(f->link);
    f->keep = displif_keep_open(NULL, FAKE_DOMID, &problem);
    start(f);
}

static void fixture_tear_down(struct fixture *f, gconstpointer data)
{
    displif_stop(f->displif);
    displif_keep_close(f->keep);
    session_viewer_free(f->viewer);
    heads_free(f->heads);
    session_free(f->session);
    guest_close(f->guest);
    g_assert_cmpuint(fake_mapped_pages(), ==, 0);
    for (unsigned i = 0; i < 2; i++) {
        g_assert_false(fake_port_is_bound(RING_PORT + i * NEXT_PORT));
        g_assert_false(fake_port_is_bound(EVENTS_PORT + i * NEXT_PORT));
    }
}

/* --- tests --- */

static void test_nodes(struct fixture *f, gconstpointer data)
{
    g_assert_cmpstr(fake_store_get(BACK "/versions"), ==, "1");
    g_assert_cmpstr(fake_store_get(BACK "/state"), ==, "2");
    g_assert_cmpstr(fake_store_get(FRONT "/be-alloc"), ==, "0");
    g_assert_cmpstr(fake_store_get(FRONT "/0/resolution"), ==, "800x600");
    g_assert_cmpstr(fake_store_permissions(FRONT "/0/resolution"), ==, "n7,r0");
}

static void test_picture(struct fixture *f, gconstpointer data)
{
    guest_paints(PIXELS, 0, 0, 0x111111);
    guest_paints(PIXELS, WIDTH - 1, HEIGHT - 1, 0x222222);
    guest_sets_up(f);
    settle();
    g_assert_cmpuint(session_surface(f->session)->width, ==, WIDTH);
    g_assert_cmphex(shown(f, 0, 0), ==, 0x111111);
    g_assert_cmphex(shown(f, WIDTH - 1, HEIGHT - 1), ==, 0x222222);
}

static void test_flip(struct fixture *f, gconstpointer data)
{
    struct xendispl_event_page *events = fake_frame(EVENTS_FRAME);

    guest_sets_up(f);
    guest_paints(OTHER_PIXELS, 3, 4, 0x333333);
    g_assert_cmpint(ask(f, flip_request(12)), ==, 0);
    /* It takes as long as on a screen; until then there is no next one. */
    g_assert_cmpuint(events->in_prod, ==, 0);
    g_assert_cmpint(ask(f, flip_request(11)), ==, -XEN_EBUSY);
    settle();
    g_assert_cmphex(shown(f, 3, 4), ==, 0x333333);
    g_assert_cmpuint(events->in_prod, ==, 1);
    g_assert_cmpuint(XENDISPL_IN_RING_REF(events, 0).type, ==, XENDISPL_EVT_PG_FLIP);
    g_assert_cmpuint(XENDISPL_IN_RING_REF(events, 0).op.pg_flip.fb_cookie, ==, 12);
    g_assert_cmpuint(fake_notified(EVENTS_PORT), ==, 1);
    g_assert_cmpint(ask(f, flip_request(11)), ==, 0);
    settle();
    g_assert_cmphex(shown(f, 3, 4), ==, 0);
    g_assert_cmpuint(events->in_prod, ==, 2);
    /* Linux hears those only that are numbered in order. */
    g_assert_cmpuint(XENDISPL_IN_RING_REF(events, 0).id, ==, 0);
    g_assert_cmpuint(XENDISPL_IN_RING_REF(events, 1).id, ==, 1);
}

/* A guest that does not take its events gets no more of them than there is room for. */
static void test_events_full(struct fixture *f, gconstpointer data)
{
    struct xendispl_event_page *events = fake_frame(EVENTS_FRAME);

    guest_sets_up(f);
    events->in_cons = 0u - (uint32_t)XENDISPL_IN_RING_LEN;
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*does not take its events*");
    g_assert_cmpint(ask(f, flip_request(12)), ==, 0);
    settle();
    g_test_assert_expected_messages();
    g_assert_cmpuint(events->in_prod, ==, 0);
}

static void test_destroy_shown(struct fixture *f, gconstpointer data)
{
    unsigned mapped;

    guest_sets_up(f);
    mapped = fake_mapped_pages();
    g_assert_cmpint(ask(f, destroy_request(1)), ==, 0);
    g_assert_cmpuint(fake_mapped_pages(), ==, mapped - PAGES);
    settle(); /* nothing reads what is gone */
    g_assert_cmpint(ask(f, flip_request(11)), ==, -XEN_EINVAL);
    g_assert_cmpint(ask(f, config_request(11)), ==, -XEN_ENOENT);
    g_assert_cmpint(ask(f, detach_request(11)), ==, -XEN_ENOENT);
    g_assert_cmpint(ask(f, destroy_request(1)), ==, -XEN_ENOENT);
    g_assert_cmpint(ask(f, config_request(12)), ==, 0);
    g_assert_cmpint(ask(f, detach_request(12)), ==, 0);
    g_assert_cmpint(ask(f, flip_request(12)), ==, -XEN_EINVAL);
    g_assert_cmpint(ask(f, config_request(0)), ==, 0);
}

static void test_bad_requests(struct fixture *f, gconstpointer data)
{
    struct xendispl_req request;

    guest_sets_up(f);
    g_assert_cmpint(ask(f, create_request(1, DIRECTORY)), ==, -XEN_EEXIST);
    g_assert_cmpint(ask(f, create_request(0, DIRECTORY)), ==, -XEN_EINVAL);
    g_assert_cmpint(ask(f, attach_request(11, 1)), ==, -XEN_EEXIST);
    g_assert_cmpint(ask(f, attach_request(13, 9)), ==, -XEN_ENOENT);
    g_assert_cmpint(ask(f, attach_request(0, 1)), ==, -XEN_EINVAL);
    request = attach_request(13, 1);
    request.op.fb_attach.width = WIDTH + 1;
    g_assert_cmpint(ask(f, request), ==, -XEN_EINVAL);
    request = attach_request(13, 1);
    request.op.fb_attach.pixel_format = 0x36314752; /* 16 bits on a buffer of 32 */
    g_assert_cmpint(ask(f, request), ==, -XEN_EINVAL);
    for (uint32_t y = 0; y < 2; y++) { /* outside of the framebuffer */
        request = config_request(11);
        request.op.set_config.x = y ? 0 : WIDTH;
        request.op.set_config.y = y ? UINT32_MAX : 0;
        g_assert_cmpint(ask(f, request), ==, -XEN_EINVAL);
    }
    request = config_request(11);
    request.op.set_config.width = UINT32_MAX;
    g_assert_cmpint(ask(f, request), ==, -XEN_EINVAL);
    request.op.set_config.width = WIDTH + 1;
    request.op.set_config.x = 2; /* so that the width alone is not too large */
    g_assert_cmpint(ask(f, request), ==, -XEN_EINVAL);
    g_assert_cmpint(ask(f, (struct xendispl_req){.operation = 3}), ==, -XEN_EOPNOTSUPP);
    g_assert_cmpint(ask(f, (struct xendispl_req){.operation = XENDISPL_OP_GET_EDID}), ==,
                    -XEN_EOPNOTSUPP);
}

/* All is as it was after each of them. */
static void test_bad_buffers(struct fixture *f, gconstpointer data)
{
    static const struct {
        uint32_t width, height, bpp, size, flags, offset;
        int error;
    } cases[] = {
        {0, 1, 32, 4096, 0, 0, -XEN_EINVAL},
        {7681, 1, 32, 40960, 0, 0, -XEN_EINVAL},
        {1, 7681, 32, 40960, 0, 0, -XEN_EINVAL},
        {UINT32_MAX, UINT32_MAX, 32, UINT32_MAX, 0, 0, -XEN_EINVAL},
        {0x8000, 0x8000, 32, 4096, 0, 0, -XEN_EINVAL}, /* whose product overflows */
        {32, 32, 24, 4096, 0, 0, -XEN_EINVAL},
        {32, 32, 32, 4095, 0, 0, -XEN_EINVAL},
        {32, 32, 32, 4096, 0, 1, -XEN_EINVAL},
        {32, 32, 32, 4096, 0, UINT32_MAX, -XEN_EINVAL},
        {32, 32, 32, 4096, XENDISPL_DBUF_FLG_REQ_ALLOC, 0, -XEN_EOPNOTSUPP},
        {32, 32, 32, VIDEORAM_KIB * 1024 + 1, 0, 0, -XEN_ENOMEM},
        {32, 32, 32, UINT32_MAX, 0, 0, -XEN_ENOMEM},
    };

    guest_connects();
    grant_buffer(DIRECTORY, PIXELS); /* so that the request alone is at fault */
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct xendispl_req request = create_request(1, DIRECTORY);

        request.op.dbuf_create.width = cases[i].width;
        request.op.dbuf_create.height = cases[i].height;
        request.op.dbuf_create.bpp = cases[i].bpp;
        request.op.dbuf_create.buffer_sz = cases[i].size;
        request.op.dbuf_create.flags = cases[i].flags;
        request.op.dbuf_create.data_ofs = cases[i].offset;
        g_test_message("%zu", i);
        g_assert_cmpint(ask(f, request), ==, cases[i].error);
        g_assert_cmpuint(fake_mapped_pages(), ==, 2);
    }
}

/* Directories that are not there, end early, go in circles, or name pages that were not granted. */
static void test_bad_directories(struct fixture *f, gconstpointer data)
{
    uint32_t *page = fake_frame(DIRECTORY);
    struct xendispl_req request = create_request(1, DIRECTORY);

    guest_connects();
    grant_buffer(DIRECTORY, PIXELS);
    g_assert_cmpint(ask(f, create_request(1, 0)), ==, -XEN_EINVAL);
    g_assert_cmpint(ask(f, create_request(1, 9999)), ==, -XEN_EINVAL);
    page[1] = 9999;
    g_assert_cmpint(ask(f, request), ==, -XEN_EINVAL);
    page[1] = PIXELS;
    request.op.dbuf_create.buffer_sz = VIDEORAM_KIB * 1024; /* 1536 pages, of 1023 that are named */
    g_assert_cmpint(ask(f, request), ==, -XEN_EINVAL);
    g_assert_cmpuint(fake_mapped_pages(), ==, 2);
    for (unsigned i = 0; i < PAGE_DIRECTORY_LENGTH; i++)
        page[1 + i] = PIXELS;
    page[0] = DIRECTORY; /* its own successor: as good as any other that names granted pages */
    g_assert_cmpint(ask(f, request), ==, 0);
    g_assert_cmpuint(fake_mapped_pages(), ==, 2 + 1536);
}

static void test_limits(struct fixture *f, gconstpointer data)
{
    struct xendispl_req request = create_request(1, DIRECTORY);
    unsigned made = 0;

    guest_connects();
    grant_buffer(DIRECTORY, PIXELS);
    while (ask(f, request) == 0) {
        request.op.dbuf_create.dbuf_cookie++;
        made++;
    }
    g_assert_cmpuint(made, ==, VIDEORAM_KIB * 1024 / FAKE_PAGE_SIZE / PAGES);
    request.op.dbuf_create.buffer_sz = 4096;
    request.op.dbuf_create.width = 32;
    request.op.dbuf_create.height = 32;
    while (ask(f, request) == 0) {
        request.op.dbuf_create.dbuf_cookie++;
        made++;
    }
    g_assert_cmpuint(made, ==, DISPLIF_MAX_BUFFERS);
    g_assert_cmpint(ask(f, request), ==, -XEN_ENOSPC);
    for (uint64_t i = 1; i <= DISPLIF_MAX_FRAMEBUFFERS; i++)
        g_assert_cmpint(ask(f, attach_request(100 + i, 1)), ==, 0);
    g_assert_cmpint(ask(f, attach_request(999, 1)), ==, -XEN_ENOSPC);
}

/* Buffers made and destroyed without end: no more than so many in a second. */
static void test_map_flood(struct fixture *f, gconstpointer data)
{
    struct xendispl_req request = create_request(1, DIRECTORY);
    gint64 start = g_get_monotonic_time();
    unsigned made = 0;
    int error = 0;

    request.op.dbuf_create.width = 32; /* one page: it is not the mapping that takes the time */
    request.op.dbuf_create.height = 32;
    request.op.dbuf_create.buffer_sz = 4096;
    guest_connects();
    grant_buffer(DIRECTORY, PIXELS);
    while (error == 0 && g_get_monotonic_time() - start < 5 * G_TIME_SPAN_SECOND) {
        error = ask(f, request);
        if (error)
            break;
        made++;
        g_assert_cmpint(ask(f, destroy_request(1)), ==, 0);
    }
    g_assert_cmpint(error, ==, -XEN_EBUSY);
    g_assert_cmpuint(made, >=, 64);
    g_assert_cmpuint(made, <=, 64 * 5);
}

/* Requests without end, and an index that makes no sense: neither holds us up for long. */
static void test_flood(struct fixture *f, gconstpointer data)
{
    guest_sets_up(f);
    g_test_expect_message(NULL, G_LOG_LEVEL_WARNING, "*ring index makes no sense*");
    ring()->req_prod += 1000;
    fake_guest_notifies(RING_PORT);
    settle();
    g_test_assert_expected_messages();
    g_assert_cmpuint(ring()->rsp_prod, ==, ring()->req_prod);
    for (int i = 0; i < 32; i++)
        ring()->ring[i].req = (struct xendispl_req){.operation = 99};
    ring()->req_prod += 32;
    fake_guest_notifies(RING_PORT);
    while (ring()->rsp_prod != ring()->req_prod)
        g_main_context_iteration(NULL, TRUE);
    /* Without a notification: we look again by ourselves after a ring full. */
    ring()->req_prod += 32;
    settle();
    g_assert_cmpuint(ring()->rsp_prod, ==, ring()->req_prod);
    g_assert_cmpint(ask(f, flip_request(12)), ==, 0);
}

static void test_disconnect(struct fixture *f, gconstpointer data)
{
    guest_sets_up(f);
    g_assert_cmpint(ask(f, flip_request(12)), ==, 0);
    fake_store_set(FRONT "/state", "6");
    settle();
    g_assert_cmpstr(fake_store_get(BACK "/state"), ==, "6");
    g_assert_cmpuint(fake_mapped_pages(), ==, 0);
}

/* --- several connectors --- */

static void test_two_nodes(struct fixture *f, gconstpointer data)
{
    g_assert_cmpstr(fake_store_get(FRONT "/0/resolution"), ==, "800x600");
    g_assert_cmpstr(fake_store_get(FRONT "/1/resolution"), ==, "400x300");
    g_assert_cmpstr(fake_store_get(FRONT "/1/unique-id"), ==, "1");
    g_assert_null(fake_store_get(FRONT "/2/resolution"));
}

static struct xendispl_req small_config_request(uint64_t framebuffer)
{
    struct xendispl_req request = config_request(framebuffer);

    request.op.set_config.width = WIDTH / 2;
    request.op.set_config.height = HEIGHT / 2;
    return request;
}

/* Side by side; each has its own configuration and its own flips, of the buffers of both. */
static void test_two(struct fixture *f, gconstpointer data)
{
    struct xendispl_event_page *events = fake_frame(EVENTS_FRAME + NEXT_FRAME);

    guest_sets_up(f);
    guest_paints(OTHER_PIXELS, 5, 6, 0x444444);
    g_assert_cmpint(ask_of(f, 1, config_request(12)), ==, 0); /* the part that it can show */
    settle();
    g_assert_cmpuint(session_surface(f->session)->width, ==, WIDTH + WIDTH / 2);
    g_assert_cmpuint(session_surface(f->session)->height, ==, HEIGHT);
    g_assert_cmphex(shown(f, WIDTH + 5, 6), ==, 0x444444);
    guest_paints(PIXELS, 5, 6, 0x555555);
    g_assert_cmpint(ask_of(f, 1, flip_request(11)), ==, 0);
    settle();
    g_assert_cmphex(shown(f, WIDTH + 5, 6), ==, 0x555555);
    g_assert_cmphex(shown(f, 5, 6), ==, 0x555555);
    g_assert_cmpuint(events->in_prod, ==, 1);
    g_assert_cmpuint(((struct xendispl_event_page *)fake_frame(EVENTS_FRAME))->in_prod, ==, 0);
    g_assert_cmpint(ask_of(f, 1, config_request(0)), ==, 0);
    settle();
    g_assert_cmpuint(session_surface(f->session)->width, ==, WIDTH);
}

/* As X does it: one framebuffer, of which each connector shows a part. */
static void test_two_on_one(struct fixture *f, gconstpointer data)
{
    struct xendispl_req request = config_request(11);

    guest_sets_up(f);
    guest_paints(PIXELS, 10, 20, 0x111111);
    guest_paints(PIXELS, 13, 20, 0x222222);
    request.op.set_config.x = 10;
    request.op.set_config.y = 20;
    g_assert_cmpint(ask_of(f, 1, request), ==, 0);
    settle();
    g_assert_cmpuint(session_surface(f->session)->width, ==, WIDTH + WIDTH / 2);
    g_assert_cmphex(shown(f, WIDTH, 0), ==, 0x111111);
    g_assert_cmphex(shown(f, WIDTH + 3, 0), ==, 0x222222);
    guest_paints(OTHER_PIXELS, 10, 20, 0x333333);
    g_assert_cmpint(ask_of(f, 1, flip_request(12)), ==, 0); /* at the same place */
    settle();
    g_assert_cmphex(shown(f, WIDTH, 0), ==, 0x333333);
    request.op.set_config.x = WIDTH - 5; /* less than it could show */
    g_assert_cmpint(ask_of(f, 1, request), ==, 0);
    settle();
    g_assert_cmpuint(session_surface(f->session)->width, ==, WIDTH + 5);
}

/* A buffer that both show goes away: both are dark. */
static void test_two_destroyed(struct fixture *f, gconstpointer data)
{
    guest_sets_up(f);
    g_assert_cmpint(ask_of(f, 1, small_config_request(11)), ==, 0);
    g_assert_cmpint(ask_of(f, 1, destroy_request(1)), ==, 0);
    settle();
    g_assert_cmpint(ask(f, flip_request(12)), ==, -XEN_EINVAL);
    g_assert_cmpint(ask_of(f, 1, flip_request(12)), ==, -XEN_EINVAL);
}

/* --- a process after another --- */

/* What a process that is killed leaves: the other side knows nothing of its end. */
static void end_it(struct fixture *f)
{
    const struct displif_keep left = *f->keep;

    displif_stop(f->displif);
    *f->keep = left;
}

static void kill_and_start(struct fixture *f)
{
    end_it(f);
    start(f);
    settle();
}

static void test_take_over(struct fixture *f, gconstpointer data)
{
    struct xendispl_event_page *events = fake_frame(EVENTS_FRAME);
    unsigned mapped;

    guest_sets_up(f);
    g_assert_cmpint(ask_of(f, 1, small_config_request(11)), ==, 0);
    g_assert_cmpint(ask(f, flip_request(12)), ==, 0);
    mapped = fake_mapped_pages();
    kill_and_start(f); /* in the middle of the flip */
    g_assert_cmpuint(fake_mapped_pages(), ==, mapped);
    g_assert_cmpuint(events->in_prod, ==, 1);
    g_assert_cmpuint(XENDISPL_IN_RING_REF(events, 0).op.pg_flip.fb_cookie, ==, 12);
    guest_paints(OTHER_PIXELS, 1, 2, 0x666666);
    guest_paints(PIXELS, 3, 4, 0x777777);
    settle();
    for (unsigned ms = 0; shown(f, WIDTH + 3, 4) != 0x777777 && ms < 5000; ms++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    g_assert_cmphex(shown(f, WIDTH + 3, 4), ==, 0x777777);
    g_assert_cmphex(shown(f, 1, 2), ==, 0x666666);
    /* What there was is still there, and what was not is not. */
    g_assert_cmpint(ask(f, create_request(1, DIRECTORY)), ==, -XEN_EEXIST);
    g_assert_cmpint(ask(f, attach_request(12, 2)), ==, -XEN_EEXIST);
    g_assert_cmpint(ask(f, flip_request(13)), ==, -XEN_ENOENT);
    g_assert_cmpint(ask(f, flip_request(11)), ==, 0);
    g_assert_cmpint(ask(f, destroy_request(2)), ==, 0);
}

/* The guest has connected anew meanwhile: what was kept is none of its. */
static void test_take_over_other(struct fixture *f, gconstpointer data)
{
    guest_sets_up(f);
    f->keep->connectors[0].ring++;
    kill_and_start(f);
    g_assert_cmpuint(fake_mapped_pages(), ==, 4);
    g_assert_cmpint(ask(f, destroy_request(1)), ==, -XEN_ENOENT);
    g_assert_cmpint(ask(f, create_request(1, DIRECTORY)), ==, 0);
}

/* A file that somebody has spoilt is believed no more than a guest is. */
static void test_take_over_spoilt(struct fixture *f, gconstpointer data)
{
    guest_sets_up(f);
    end_it(f);
    f->keep->objects.buffers[0].width = 99999;
    f->keep->objects.buffers[1].pages = 1;
    f->keep->objects.framebuffers[0].width = 99999;
    f->keep->objects.pages = 0;
    start(f);
    settle();
    g_assert_cmpuint(fake_mapped_pages(), ==, 4);
    g_assert_cmpint(ask(f, destroy_request(1)), ==, -XEN_ENOENT);
    g_assert_cmpint(ask(f, flip_request(12)), ==, -XEN_EINVAL);
}

static void test_keep_file(void)
{
    g_autofree char *directory = g_dir_make_tmp("displif-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "keep", NULL);
    g_autofree char *problem = NULL;
    struct displif_keep *keep = displif_keep_open(path, 7, &problem);

    g_assert_nonnull(keep);
    keep->connectors[1].shown = 42;
    displif_keep_close(keep);
    keep = displif_keep_open(path, 7, &problem);
    g_assert_cmpuint(keep->connectors[1].shown, ==, 42);
    keep->magic++; /* another program's */
    displif_keep_close(keep);
    keep = displif_keep_open(path, 7, &problem);
    g_assert_cmpuint(keep->connectors[1].shown, ==, 0);
    keep->connectors[1].shown = 42;
    displif_keep_close(keep);
    keep = displif_keep_open(path, 8, &problem); /* another guest's */
    g_assert_cmpuint(keep->connectors[1].shown, ==, 0);
    displif_keep_close(keep);
    g_assert_null(problem);
    g_assert_cmpint(g_remove(path), ==, 0);
    g_assert_cmpint(g_rmdir(directory), ==, 0);
    g_assert_null(displif_keep_open(path, 7, &problem));
    g_assert_nonnull(strstr(problem, path));
}

static void test_resolution(void)
{
    unsigned width = 0, height = 0;

    g_assert_true(displif_resolution_parse("1920x1080", &width, &height));
    g_assert_cmpuint(width, ==, 1920);
    g_assert_cmpuint(height, ==, 1080);
    for (const char *const *bad =
             (const char *const[]){"", "x", "1x", "x1", "0x1", "1x0", "1 x1", "7681x1", "1x7681",
                                   "1x1x1", "-1x1", "99999999999999999999x1", NULL};
         *bad; bad++)
        g_assert_false(displif_resolution_parse(*bad, &width, &height));
    g_assert_false(displif_resolution_parse(NULL, &width, &height));
}

#define ADD_WITH(connectors, name, test)                                                 \
    g_test_add(name, struct fixture, GUINT_TO_POINTER(connectors), fixture_set_up, test, \
               fixture_tear_down)
#define ADD(name, test) ADD_WITH(1, name, test)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("/displif/nodes", test_nodes);
    ADD("/displif/picture", test_picture);
    ADD("/displif/flip", test_flip);
    ADD("/displif/events-full", test_events_full);
    ADD("/displif/destroy-shown", test_destroy_shown);
    ADD("/displif/bad-requests", test_bad_requests);
    ADD("/displif/bad-buffers", test_bad_buffers);
    ADD("/displif/bad-directories", test_bad_directories);
    ADD("/displif/limits", test_limits);
    ADD("/displif/map-flood", test_map_flood);
    ADD("/displif/flood", test_flood);
    ADD("/displif/disconnect", test_disconnect);
    ADD_WITH(2, "/displif/two-nodes", test_two_nodes);
    ADD_WITH(2, "/displif/two", test_two);
    ADD_WITH(2, "/displif/two-on-one", test_two_on_one);
    ADD_WITH(2, "/displif/two-destroyed", test_two_destroyed);
    ADD_WITH(2, "/displif/take-over", test_take_over);
    ADD_WITH(2, "/displif/take-over-other", test_take_over_other);
    ADD_WITH(2, "/displif/take-over-spoilt", test_take_over_spoilt);
    g_test_add_func("/displif/keep-file", test_keep_file);
    g_test_add_func("/displif/resolution", test_resolution);
    return g_test_run();
}
