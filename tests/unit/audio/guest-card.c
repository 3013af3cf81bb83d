/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's half of a sound card, on the stand-in for Xen. */
#include "guest-card.h"

#include <string.h>

#include <glib.h>

#include "backend/page-directory.h"

#define RING_LENGTH 32

static uint16_t request_id;

void guest_waits(void)
{
    /* Counted, not timed: on a busy machine much time may pass in which we did not run. */
    for (unsigned quiet_ms = 0; quiet_ms < 20;) {
        if (g_main_context_iteration(NULL, FALSE)) {
            quiet_ms = 0;
        } else {
            g_usleep(1000);
            quiet_ms++;
        }
    }
}

struct xen_sndif_sring *guest_ring(unsigned stream)
{
    return fake_frame(RING_FRAME(stream));
}

static void offer(unsigned stream, const char *key, unsigned value)
{
    g_autofree char *path = g_strdup_printf(FRONT "/0/%u/%s", stream, key);
    g_autofree char *text = g_strdup_printf("%u", value);

    fake_store_set(path, text);
}

void guest_connects(unsigned streams)
{
    for (unsigned i = 0; i < streams; i++) {
        fake_grant(RING_FRAME(i), RING_FRAME(i));
        fake_grant(EVENT_FRAME(i), EVENT_FRAME(i));
        guest_ring(i)->req_event = 1;
        guest_ring(i)->rsp_event = 1;
        offer(i, XENSND_FIELD_RING_REF, RING_FRAME(i));
        offer(i, XENSND_FIELD_EVT_RING_REF, EVENT_FRAME(i));
        offer(i, XENSND_FIELD_EVT_CHNL, RING_PORT(i));
        offer(i, XENSND_FIELD_EVT_EVT_CHNL, EVENT_PORT(i));
    }
    fake_store_set(FRONT "/state", "3");
    guest_waits();
}

void guest_puts(unsigned stream, const struct xensnd_req *request)
{
    struct xen_sndif_sring *ring = guest_ring(stream);
    uint32_t at = ring->req_prod;

    ring->ring[at % RING_LENGTH].req = *request;
    ring->rsp_event = at + 1;
    __atomic_store_n(&ring->req_prod, at + 1, __ATOMIC_RELEASE);
}

int guest_asks(unsigned stream, struct xensnd_req request, struct xensnd_resp *ret_response)
{
    struct xen_sndif_sring *ring = guest_ring(stream);
    uint32_t at = ring->req_prod;
    const struct xensnd_resp *response = &ring->ring[at % RING_LENGTH].rsp;
    unsigned notified = fake_notified(RING_PORT(stream));

    request.id = ++request_id;
    guest_puts(stream, &request);
    fake_guest_notifies(RING_PORT(stream));
    /* Not at once if the guest was heard too often already. */
    for (unsigned ms = 0; ring->rsp_prod != at + 1 && ms < 5000;)
        if (!g_main_context_iteration(NULL, FALSE)) {
            g_usleep(1000);
            ms++;
        }
    g_assert_cmpuint(ring->rsp_prod, ==, at + 1);
    g_assert_cmpuint(response->id, ==, request.id);
    g_assert_cmpuint(response->operation, ==, request.operation);
    g_assert_cmpuint(fake_notified(RING_PORT(stream)), ==, notified + 1);
    if (ret_response)
        *ret_response = *response;
    return response->status;
}

void guest_grants_buffer(unsigned stream, unsigned pages)
{
    for (unsigned i = 0; i < pages; i++) {
        uint32_t directory = DIRECTORY(stream) + i / PAGE_DIRECTORY_LENGTH;
        uint32_t *page = fake_frame(directory);

        fake_grant(directory, directory);
        page[1 + i % PAGE_DIRECTORY_LENGTH] = BUFFER_FRAME(stream) + i;
        fake_grant(BUFFER_FRAME(stream) + i, BUFFER_FRAME(stream) + i);
    }
}

uint8_t *guest_buffer(unsigned stream, uint32_t offset)
{
    return (uint8_t *)fake_frame(BUFFER_FRAME(stream) + offset / FAKE_PAGE_SIZE) +
           offset % FAKE_PAGE_SIZE;
}

struct xensnd_req guest_open_request(unsigned stream, uint32_t octets, uint32_t period)
{
    return (struct xensnd_req){
        .operation = XENSND_OP_OPEN,
        .op.open = {.pcm_rate = 48000,
                    .pcm_format = XENSND_PCM_FORMAT_S16_LE,
                    .pcm_channels = 2,
                    .buffer_sz = octets,
                    .gref_directory = DIRECTORY(stream),
                    .period_sz = period},
    };
}

struct xensnd_req guest_rw_request(uint8_t operation, uint32_t offset, uint32_t length)
{
    return (struct xensnd_req){.operation = operation, .op.rw = {offset, length}};
}

struct xensnd_req guest_trigger_request(uint8_t type)
{
    return (struct xensnd_req){.operation = XENSND_OP_TRIGGER, .op.trigger.type = type};
}

unsigned guest_takes_events(unsigned stream, uint64_t *ret_position)
{
    struct xensnd_event_page *page = fake_frame(EVENT_FRAME(stream));
    unsigned heard = 0;

    while (page->in_cons != page->in_prod) {
        const struct xensnd_evt *event = &XENSND_IN_RING_REF(page, page->in_cons);

        if (event->id == (uint16_t)page->in_cons && event->type == XENSND_EVT_CUR_POS) {
            *ret_position = event->op.cur_pos.position;
            heard++;
        }
        page->in_cons++;
    }
    return heard;
}
