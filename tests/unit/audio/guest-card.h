/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's half of a sound card, on the stand-in for Xen: behaves as Linux's snd-xen-front. */
#ifndef TESTS_AUDIO_GUEST_CARD_H
#define TESTS_AUDIO_GUEST_CARD_H

#include <stdint.h>

#include <xen/xen.h>
#include <xen/io/sndif.h>

#include "fake-xen.h"

#define FRONT "/local/domain/7/device/vsnd/0"
#define BACK  "/local/domain/0/backend/vsnd/7/0"

/* Stream n of device 0. Its pages are grant references of their own numbers. */
#define PLAYBACK       0
#define CAPTURE        1
#define RING_FRAME(n)  (0x1001 + 2 * (n))
#define EVENT_FRAME(n) (0x1002 + 2 * (n))
#define RING_PORT(n)   (1 + 2 * (n))
#define EVENT_PORT(n)  (2 + 2 * (n))

/* The buffer of stream n, whose directory is filled in by guest_grants_buffer(). */
#define DIRECTORY(n)    (0x1100 + 4 * (n))
#define BUFFER_FRAME(n) (0x1200 + 0x200 * (n))

/* Runs the main loop until nothing has happened for a while. */
void guest_waits(void);

/* Offers pages and event channels of the first @streams streams, and says so. */
void guest_connects(unsigned streams);

/* Puts a request on the ring of @stream, and waits for its answer, whose status is returned. */
int guest_asks(unsigned stream, struct xensnd_req request, struct xensnd_resp *ret_response);

/* The same without waiting. */
void guest_puts(unsigned stream, const struct xensnd_req *request);
struct xen_sndif_sring *guest_ring(unsigned stream);

/* Fills in the directory of a buffer of @pages pages, and grants them. */
void guest_grants_buffer(unsigned stream, unsigned pages);

/* An octet of the buffer. */
uint8_t *guest_buffer(unsigned stream, uint32_t offset);

struct xensnd_req guest_open_request(unsigned stream, uint32_t octets, uint32_t period);
struct xensnd_req guest_rw_request(uint8_t operation, uint32_t offset, uint32_t length);
struct xensnd_req guest_trigger_request(uint8_t type);

/*
 * Takes the events that are there, as Linux does: those that are not numbered as they should be are
 * not heard. Returns how many were heard, and the last position in @ret_position.
 */
unsigned guest_takes_events(unsigned stream, uint64_t *ret_position);

#endif
