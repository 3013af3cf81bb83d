/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back end of the guest's PV graphics card: maps its buffers, and shows the one that it flips to.
 */
#include "devices/displif.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <glib.h>
#include <xen/errno.h>

#include "backend/packet-ring.h"
#include "backend/page-directory.h"
#include "backend/shared-page.h"
#include "devices/displif-objects.h"

/* A flip is over when a screen of 60 Hz would have shown it: this is what paces the guest. */
#define FLIP_MS 16

/* After a ring full of requests that came while we were at it. */
#define REST_MS 10

/* Mapping a buffer is work for dom0: a guest can have it done so many times a second. */
#define MAPS_PER_WINDOW 64
#define MAPS_WINDOW_US  (1000 * 1000)

#define CONNECTOR "0"

struct displif {
    struct xenbus_device device;
    struct session *session;
    struct displif_objects objects;
    struct throttle maps;

    /* While connected: */
    unsigned width, height; /* the connector's */
    struct packet_ring ring;
    struct packet_events events;
    struct event_port *request_port, *event_port;
    unsigned shown_width, shown_height; /* of the configuration; 0: switched off */
    uint64_t shown;                     /* framebuffer */
    uint64_t flipped;                   /* framebuffer of a flip that is not over; 0: none */
    guint flip_timer, rest_timer;
};

struct xenbus_class displif_class(unsigned width, unsigned height)
{
    struct xenbus_class class = {
        .type = XENDISPL_DRIVER_NAME,
        .keys = {{XENDISPL_FIELD_BE_VERSIONS, "1"}},
        .key_count = 1,
        .front_keys = {{XENDISPL_FIELD_BE_ALLOC, "0"},
                       {CONNECTOR "/" XENDISPL_FIELD_UNIQUE_ID, "0"},
                       {CONNECTOR "/" XENDISPL_FIELD_RESOLUTION, ""}},
        .front_key_count = 3,
    };

    g_snprintf(class.front_keys[2].value, sizeof(class.front_keys[2].value),
               "%u" XENDISPL_RESOLUTION_SEPARATOR "%u", width, height);
    return class;
}

/* --- what is shown --- */

static void switch_off(struct displif *displif)
{
    session_set_source(displif->session, NULL);
    displif->shown = 0;
    displif->shown_width = 0;
    displif->shown_height = 0;
}

/* The configured size of framebuffer @cookie, from its upper left corner. */
static int show(struct displif *displif, uint64_t cookie, unsigned width, unsigned height)
{
    struct pixel_source source;

    if (!displif_framebuffer_source(&displif->objects, cookie, &source))
        return -XEN_ENOENT;
    if (width < 1 || height < 1 || width > source.width || height > source.height)
        return -XEN_EINVAL;
    source.width = width;
    source.height = height;
    session_set_source(displif->session, &source);
    displif->shown = cookie;
    displif->shown_width = width;
    displif->shown_height = height;
    return 0;
}

static int set_config(struct displif *displif, const struct xendispl_set_config_req *request)
{
    if (request->fb_cookie == 0) {
        switch_off(displif);
        return 0;
    }
    if (request->x != 0 || request->y != 0 || request->width > displif->width ||
        request->height > displif->height)
        return -XEN_EINVAL;
    return show(displif, request->fb_cookie, request->width, request->height);
}

static gboolean on_flip_over(gpointer data)
{
    struct displif *displif = data;
    struct xendispl_evt event = {.type = XENDISPL_EVT_PG_FLIP,
                                 .op.pg_flip.fb_cookie = displif->flipped};

    displif->flip_timer = 0;
    displif->flipped = 0;
    if (packet_events_push(&displif->events, &event))
        event_port_notify(displif->event_port);
    else
        xenbus_device_complain(&displif->device, "it does not take its events");
    return G_SOURCE_REMOVE;
}

static int flip(struct displif *displif, uint64_t cookie)
{
    int error;

    if (displif->shown == 0)
        return -XEN_EINVAL;
    if (displif->flipped != 0)
        return -XEN_EBUSY;
    error = show(displif, cookie, displif->shown_width, displif->shown_height);
    if (error)
        return error;
    displif->flipped = cookie;
    displif->flip_timer = g_timeout_add(FLIP_MS, on_flip_over, displif);
    return 0;
}

/* What is shown must still be there. */
static void check_shown(struct displif *displif)
{
    struct pixel_source source;

    if (displif->shown != 0 &&
        !displif_framebuffer_source(&displif->objects, displif->shown, &source))
        switch_off(displif);
}

/* --- buffers --- */

static int create_buffer(struct displif *displif, const struct xendispl_dbuf_create_req *request)
{
    struct displif_buffer buffer;
    int error = displif_buffer_parse(&displif->objects, request, &buffer);

    if (!error && throttle_take(&displif->maps, g_get_monotonic_time()) > 0)
        error = -XEN_EBUSY;
    if (error)
        return error;
    buffer.memory =
        page_directory_map(displif->device.guest, buffer.directory, buffer.pages, PROT_READ);
    if (!buffer.memory)
        return -XEN_EINVAL;
    displif_buffer_add(&displif->objects, &buffer);
    return 0;
}

static void destroy_buffer(struct displif *displif, struct displif_buffer *buffer)
{
    void *memory = buffer->memory;
    size_t pages = buffer->pages;

    displif_buffer_remove(&displif->objects, buffer);
    check_shown(displif); /* before its pages go */
    xengnttab_unmap(displif->device.guest->grants, memory, (uint32_t)pages);
}

static int destroy_named(struct displif *displif, uint64_t cookie)
{
    struct displif_buffer *buffer = displif_buffer_find(&displif->objects, cookie);

    if (!buffer)
        return -XEN_ENOENT;
    destroy_buffer(displif, buffer);
    return 0;
}

static int detach(struct displif *displif, uint64_t cookie)
{
    int error = displif_framebuffer_detach(&displif->objects, cookie);

    check_shown(displif);
    return error;
}

/* --- requests --- */

static int obey(struct displif *displif, const struct xendispl_req *request)
{
    switch (request->operation) {
    case XENDISPL_OP_DBUF_CREATE:
        return create_buffer(displif, &request->op.dbuf_create);
    case XENDISPL_OP_DBUF_DESTROY:
        return destroy_named(displif, request->op.dbuf_destroy.dbuf_cookie);
    case XENDISPL_OP_FB_ATTACH:
        return displif_framebuffer_attach(&displif->objects, &request->op.fb_attach);
    case XENDISPL_OP_FB_DETACH:
        return detach(displif, request->op.fb_detach.fb_cookie);
    case XENDISPL_OP_SET_CONFIG:
        return set_config(displif, &request->op.set_config);
    case XENDISPL_OP_PG_FLIP:
        return flip(displif, request->op.pg_flip.fb_cookie);
    default:
        return -XEN_EOPNOTSUPP;
    }
}

static gboolean on_rested(gpointer data)
{
    struct displif *displif = data;

    displif->rest_timer = 0;
    event_port_resume(displif->request_port);
    return G_SOURCE_REMOVE;
}

static bool on_requests(void *data)
{
    struct displif *displif = data;
    bool notify = false;
    unsigned taken = 0;

    for (; taken < PACKET_RING_LENGTH; taken++) {
        struct xendispl_req request;
        struct xendispl_resp response = {0};
        enum packet_take take = packet_ring_take(&displif->ring, &request);

        if (take == PACKET_TAKE_BROKEN)
            xenbus_device_complain(&displif->device, "its ring index makes no sense");
        if (take != PACKET_TAKE_REQUEST)
            break;
        response.id = request.id;
        response.operation = request.operation;
        response.status = obey(displif, &request);
        notify |= packet_ring_answer(&displif->ring, &response);
    }
    if (notify)
        event_port_notify(displif->request_port);
    if (taken < PACKET_RING_LENGTH)
        return true;
    /* There may be more, of which we are not notified. */
    displif->rest_timer = g_timeout_add(REST_MS, on_rested, displif);
    return false;
}

static bool on_event_port(void *data)
{
    return true;
}

/* --- connecting --- */

static bool read_front(struct displif *displif, const char *key, uint64_t *ret)
{
    g_autofree char *directory = g_strdup_printf("%s/" CONNECTOR, displif->device.front);

    return store_read_number(displif->device.guest->store, directory, key, UINT32_MAX, ret);
}

static void *map_page(struct displif *displif, const char *key)
{
    struct guest *guest = displif->device.guest;
    uint64_t ref;

    return read_front(displif, key, &ref)
               ? xengnttab_map_grant_ref(guest->grants, guest->domid, (uint32_t)ref,
                                         PROT_READ | PROT_WRITE)
               : NULL;
}

static struct event_port *bind_port(struct displif *displif, const char *key,
                                    bool (*fired)(void *data))
{
    struct guest *guest = displif->device.guest;
    uint64_t remote;

    return read_front(displif, key, &remote)
               ? event_port_bind(guest->events, guest->domid, (uint32_t)remote, fired, displif)
               : NULL;
}

static void unmap_page(struct displif *displif, void *page)
{
    if (page)
        xengnttab_unmap(displif->device.guest->grants, page, 1);
}

static void let_go(struct displif *displif)
{
    g_clear_handle_id(&displif->flip_timer, g_source_remove);
    g_clear_handle_id(&displif->rest_timer, g_source_remove);
    displif->flipped = 0;
    g_clear_pointer(&displif->request_port, event_port_free);
    g_clear_pointer(&displif->event_port, event_port_free);
    for (unsigned i = 0; i < DISPLIF_MAX_BUFFERS; i++)
        if (displif->objects.buffers[i].cookie != 0)
            destroy_buffer(displif, &displif->objects.buffers[i]);
    switch_off(displif);
    unmap_page(displif, displif->ring.page);
    displif->ring.page = NULL;
    unmap_page(displif, displif->events.page);
    displif->events.page = NULL;
}

static bool read_resolution(struct displif *displif)
{
    g_autofree char *text =
        store_read(displif->device.guest->store, XBT_NULL, displif->device.front,
                   CONNECTOR "/" XENDISPL_FIELD_RESOLUTION);

    return displif_resolution_parse(text, &displif->width, &displif->height);
}

static const char *set_up(struct displif *displif)
{
    void *requests, *events;

    if (!read_resolution(displif))
        return "its connector has no resolution";
    requests = map_page(displif, XENDISPL_FIELD_REQ_RING_REF);
    if (requests)
        packet_ring_attach(&displif->ring, requests);
    events = map_page(displif, XENDISPL_FIELD_EVT_RING_REF);
    if (events)
        packet_events_attach(&displif->events, events);
    if (!requests || !events)
        return "its shared pages can't be mapped";
    displif->request_port = bind_port(displif, XENDISPL_FIELD_REQ_CHANNEL, on_requests);
    displif->event_port = bind_port(displif, XENDISPL_FIELD_EVT_CHANNEL, on_event_port);
    return displif->request_port && displif->event_port ? NULL
                                                        : "its event channels can't be bound";
}

static const char *displif_connect(void *data)
{
    struct displif *displif = data;
    const char *wrong = set_up(displif);

    if (wrong) {
        let_go(displif);
        return wrong;
    }
    event_port_resume(displif->request_port);
    return NULL;
}

static void displif_disconnect(void *data)
{
    let_go(data);
}

static const struct xenbus_ops displif_ops = {
    .connect = displif_connect,
    .disconnect = displif_disconnect,
};

struct displif *displif_start(struct guest *guest, struct session *session, unsigned videoram_kib)
{
    struct displif *displif = g_new0(struct displif, 1);

    displif->session = session;
    displif->objects.limit = (size_t)videoram_kib * 1024 / SHARED_PAGE_SIZE;
    displif->maps = (struct throttle){.limit = MAPS_PER_WINDOW, .window_us = MAPS_WINDOW_US};
    xenbus_device_init(&displif->device, guest, XENDISPL_DRIVER_NAME);
    if (!xenbus_device_start(&displif->device, &displif_ops, displif)) {
        displif_stop(displif);
        return NULL;
    }
    return displif;
}

void displif_stop(struct displif *displif)
{
    if (!displif)
        return;
    xenbus_device_stop(&displif->device);
    g_free(displif);
}
