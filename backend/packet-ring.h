/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two pages that a front end of displif or sndif shares with us: requests and responses in
 * one, events in the other, all of them packets of 64 octets. Our own indices are kept in our
 * memory; the guest's are checked.
 */
#ifndef BACKEND_PACKET_RING_H
#define BACKEND_PACKET_RING_H

#include <stdbool.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/io/ring.h>

#define PACKET_SIZE 64

/* As many as fit: a power of two (xen/io/ring.h, __RING_SIZE). */
#define PACKET_RING_LENGTH 32

/* Events that fit in a page. */
#define PACKET_EVENTS_LENGTH 63

struct packet {
    uint64_t words[PACKET_SIZE / sizeof(uint64_t)];
};

DEFINE_RING_TYPES(packet, struct packet, struct packet);

struct packet_ring {
    struct packet_sring *page;
    uint32_t cons; /* requests that we have taken */
    uint32_t prod; /* responses that we have given */
};

enum packet_take {
    PACKET_TAKE_EMPTY,   /* and the guest will notify us of the next one */
    PACKET_TAKE_REQUEST, /* one was copied */
    PACKET_TAKE_BROKEN,  /* the guest's index makes no sense: all was skipped */
};

/* Takes up where a process before us may have left @page. */
void packet_ring_attach(struct packet_ring *ring, void *page);

/* @ret_request has PACKET_SIZE octets. */
enum packet_take packet_ring_take(struct packet_ring *ring, void *ret_request);

/*
 * Answers the request taken last with PACKET_SIZE octets: never more answers than requests. True
 * if the guest wants to be notified.
 */
bool packet_ring_answer(struct packet_ring *ring, const void *response);

struct packet_event_page;

struct packet_events {
    struct packet_event_page *page;
    uint32_t prod;
};

void packet_events_attach(struct packet_events *events, void *page);

/*
 * PACKET_SIZE octets, of which the id is filled in: Linux counts the events of a page from 0 and
 * drops one that is numbered otherwise. False if the guest has not taken what is there: then the
 * event is lost.
 */
bool packet_events_push(struct packet_events *events, const void *event);

#endif
