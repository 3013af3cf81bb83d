/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's side of a PV graphics card with two monitors, for the display server's stand-in. */
#include "stand-in-card.h"

#include <stdint.h>
#include <string.h>

#include <glib.h>
#include <xen/xen.h>
#include <xen/io/displif.h>

#include "fake-xen.h"

#define FRONT "/local/domain/7/device/vdispl/0"
#define BACK  "/local/domain/0/backend/vdispl/7/0"

#define XR24 0x34325258

/* Where the guest keeps things: frame numbers, which are its grant references too, and ports. */
static const struct monitor {
    unsigned width, height;
    uint32_t ring, events, directory, pixels;
    unsigned ring_port, events_port;
    uint32_t fields[2][2];
} monitors[] = {
    {640,
     480,
     0x1150,
     0x1151,
     0x1160,
     0x1200,
     21,
     22,
     {{0xff0000, 0x00ff00}, {0x0000ff, 0xffffff}}},
    {400,
     300,
     0x1152,
     0x1153,
     0x1161,
     0x1400,
     23,
     24,
     {{0xffff00, 0xff00ff}, {0xffff00, 0xff00ff}}},
};

static size_t bytes_of(const struct monitor *monitor)
{
    return (size_t)monitor->width * monitor->height * 4;
}

static void set_pixel(const struct monitor *monitor, unsigned x, unsigned y, uint32_t colour)
{
    size_t at = ((size_t)y * monitor->width + x) * 4;
    uint8_t *page = fake_frame(monitor->pixels + at / FAKE_PAGE_SIZE);

    memcpy(page + at % FAKE_PAGE_SIZE, &colour, sizeof(colour));
}

static void paint(const struct monitor *monitor)
{
    for (unsigned y = 0; y < monitor->height; y++)
        for (unsigned x = 0; x < monitor->width; x++)
            set_pixel(monitor, x, y,
                      monitor->fields[y >= monitor->height / 2][x >= monitor->width / 2]);
}

static void say(unsigned index, const char *key, unsigned value)
{
    g_autofree char *path = g_strdup_printf(FRONT "/%u/%s", index, key);
    g_autofree char *text = g_strdup_printf("%u", value);

    fake_store_set(path, text);
}

static void offer(unsigned index)
{
    const struct monitor *monitor = &monitors[index];
    struct xen_displif_sring *ring = fake_frame(monitor->ring);

    fake_grant(monitor->ring, monitor->ring);
    fake_grant(monitor->events, monitor->events);
    ring->req_event = ring->rsp_event = 1;
    say(index, "req-ring-ref", monitor->ring);
    say(index, "evt-ring-ref", monitor->events);
    say(index, "req-event-channel", monitor->ring_port);
    say(index, "evt-event-channel", monitor->events_port);
}

static void grant_pixels(const struct monitor *monitor)
{
    uint32_t *directory = fake_frame(monitor->directory);

    fake_grant(monitor->directory, monitor->directory);
    for (uint32_t i = 0; i < (bytes_of(monitor) + FAKE_PAGE_SIZE - 1) / FAKE_PAGE_SIZE; i++) {
        directory[1 + i] = monitor->pixels + i; /* the first word is the next directory */
        fake_grant(monitor->pixels + i, monitor->pixels + i);
    }
}

/* A buffer, a framebuffer of all of it, and that on the monitor, all of them asked for at once. */
static void show(unsigned index)
{
    const struct monitor *monitor = &monitors[index];
    struct xen_displif_sring *ring = fake_frame(monitor->ring);
    uint64_t cookie = index + 1;
    struct xendispl_req requests[] = {
        {.operation = XENDISPL_OP_DBUF_CREATE,
         .op.dbuf_create = {.dbuf_cookie = cookie,
                            .width = monitor->width,
                            .height = monitor->height,
                            .bpp = 32,
                            .buffer_sz = (uint32_t)bytes_of(monitor),
                            .gref_directory = monitor->directory}},
        {.operation = XENDISPL_OP_FB_ATTACH,
         .op.fb_attach = {.dbuf_cookie = cookie,
                          .fb_cookie = cookie,
                          .width = monitor->width,
                          .height = monitor->height,
                          .pixel_format = XR24}},
        {.operation = XENDISPL_OP_SET_CONFIG,
         .op.set_config =
             {.fb_cookie = cookie, .width = monitor->width, .height = monitor->height, .bpp = 32}},
    };

    grant_pixels(monitor);
    for (uint32_t i = 0; i < G_N_ELEMENTS(requests); i++)
        ring->ring[i].req = requests[i];
    ring->rsp_event = ring->req_prod = G_N_ELEMENTS(requests);
    fake_guest_notifies(monitor->ring_port);
}

/* Whether all that the monitor needs was granted. */
static bool is_shown(const struct monitor *monitor)
{
    struct xen_displif_sring *ring = fake_frame(monitor->ring);

    for (uint32_t i = 0; i < ring->rsp_prod; i++)
        if (ring->ring[i].rsp.status)
            g_error("The card refuses request %u: %d", i, ring->ring[i].rsp.status);
    return ring->rsp_prod == 3;
}

static bool back_is(const char *state)
{
    return g_strcmp0(fake_store_get(BACK "/state"), state) == 0;
}

bool stand_in_card_step(void)
{
    static enum { ABSENT, OFFERED, ASKED } step;

    if (step == ABSENT && back_is("2")) {
        for (unsigned i = 0; i < G_N_ELEMENTS(monitors); i++) {
            paint(&monitors[i]);
            offer(i);
        }
        fake_store_set(FRONT "/state", "3");
        step = OFFERED;
    } else if (step == OFFERED && back_is("4")) {
        fake_store_set(FRONT "/state", "4");
        for (unsigned i = 0; i < G_N_ELEMENTS(monitors); i++)
            show(i);
        step = ASKED;
    }
    return step == ASKED && is_shown(&monitors[0]) && is_shown(&monitors[1]);
}

void stand_in_card_draw(void)
{
    for (unsigned y = 0; y < 100; y++)
        for (unsigned x = 0; x < 100; x++)
            set_pixel(&monitors[1], x, y, 0);
}

uint32_t stand_in_card_flip(void)
{
    const struct monitor *monitor = &monitors[0];
    struct xen_displif_sring *ring = fake_frame(monitor->ring);
    const uint32_t size = __RING_SIZE(ring, FAKE_PAGE_SIZE);

    if (ring->req_prod - ring->rsp_prod < size) {
        ring->ring[ring->req_prod % size].req =
            (struct xendispl_req){.operation = XENDISPL_OP_PG_FLIP, .op.pg_flip = {.fb_cookie = 1}};
        ring->rsp_event = ++ring->req_prod;
    }
    fake_guest_notifies(monitor->ring_port);
    return ring->rsp_prod;
}
