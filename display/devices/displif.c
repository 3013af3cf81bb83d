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

/* Buffers to map and sizes to change to are work for dom0: so many times a second. */
#define CHANGES_PER_WINDOW 64
#define CHANGES_WINDOW_US  (1000 * 1000)

struct displif;

struct connector {
    struct displif *displif;
    unsigned index;
    struct head *head;
    struct displif_kept_connector *kept; /* what it shows */

    /* While connected: */
    unsigned width, height; /* of its one mode */
    struct packet_ring ring;
    struct packet_events events;
    struct event_port *request_port, *event_port;
    guint flip_timer, rest_timer;
};

struct displif {
    struct xenbus_device device;
    struct displif_keep *keep;
    struct displif_objects *objects; /* in there */
    size_t limit;                    /* pages of all buffers */
    struct throttle changes;
    struct connector connectors[DISPLIF_MAX_CONNECTORS];
    unsigned connector_count; /* while connected */
};

_Static_assert(DISPLIF_MAX_CONNECTORS <= HEADS_MAX_CONNECTORS, "each connector has a head");

/* Keys of a front end are constant text. */
static const struct {
    const char *unique_id, *resolution;
} connector_keys[DISPLIF_MAX_CONNECTORS] = {
    {"0/" XENDISPL_FIELD_UNIQUE_ID, "0/" XENDISPL_FIELD_RESOLUTION},
    {"1/" XENDISPL_FIELD_UNIQUE_ID, "1/" XENDISPL_FIELD_RESOLUTION},
    {"2/" XENDISPL_FIELD_UNIQUE_ID, "2/" XENDISPL_FIELD_RESOLUTION},
    {"3/" XENDISPL_FIELD_UNIQUE_ID, "3/" XENDISPL_FIELD_RESOLUTION},
};

static void add_key(struct xenbus_class *class, const char *name, const char *value)
{
    struct xenbus_key *key = &class->front_keys[class->front_key_count++];

    key->name = name;
    g_strlcpy(key->value, value, sizeof(key->value));
}

struct xenbus_class displif_class(const struct displif_mode *modes, unsigned count)
{
    struct xenbus_class class = {
        .type = XENDISPL_DRIVER_NAME,
        .adopted = true,
        .keys = {{XENDISPL_FIELD_BE_VERSIONS, "1"}},
        .key_count = 1,
    };

    add_key(&class, XENDISPL_FIELD_BE_ALLOC, "0");
    for (unsigned i = 0; i < count; i++) {
        char id[12], resolution[32];

        g_snprintf(id, sizeof(id), "%u", i);
        g_snprintf(resolution, sizeof(resolution), "%u" XENDISPL_RESOLUTION_SEPARATOR "%u",
                   modes[i].width, modes[i].height);
        add_key(&class, connector_keys[i].unique_id, id);
        add_key(&class, connector_keys[i].resolution, resolution);
    }
    return class;
}

/* --- what is shown --- */

static void switch_off(struct connector *connector)
{
    head_set_source(connector->head, NULL);
    connector->kept->shown = 0;
    connector->kept->area = (struct rect){0};
}

/* @area of framebuffer @cookie. */
static int show(struct connector *connector, uint64_t cookie, const struct rect *area)
{
    struct pixel_source source;

    if (!displif_framebuffer_source(connector->displif->objects, cookie, &source))
        return -XEN_ENOENT;
    if (!pixel_source_crop(&source, area))
        return -XEN_EINVAL;
    head_set_source(connector->head, &source);
    connector->kept->shown = cookie;
    connector->kept->area = *area;
    return 0;
}

static bool may_change(struct displif *displif)
{
    return throttle_take(&displif->changes, g_get_monotonic_time()) == 0;
}

static int set_config(struct connector *connector, const struct xendispl_set_config_req *request)
{
    struct rect area;

    if (request->fb_cookie == 0) {
        switch_off(connector);
        return 0;
    }
    if (!may_change(connector->displif))
        return -XEN_EBUSY;
    area = displif_area(request, connector->width, connector->height);
    return show(connector, request->fb_cookie, &area);
}

static gboolean on_flip_over(gpointer data)
{
    struct connector *connector = data;
    struct xendispl_evt event = {.type = XENDISPL_EVT_PG_FLIP,
                                 .op.pg_flip.fb_cookie = connector->kept->flipped};

    connector->flip_timer = 0;
    connector->kept->flipped = 0;
    if (packet_events_push(&connector->events, &event))
        event_port_notify(connector->event_port);
    else
        xenbus_device_complain(&connector->displif->device, "it does not take its events");
    return G_SOURCE_REMOVE;
}

/* The front end does not say where: at the place of the one before. */
static int flip(struct connector *connector, uint64_t cookie)
{
    struct displif_kept_connector *kept = connector->kept;
    int error;

    if (kept->shown == 0)
        return -XEN_EINVAL;
    if (kept->flipped != 0)
        return -XEN_EBUSY;
    error = show(connector, cookie, &kept->area);
    if (error)
        return error;
    kept->flipped = cookie;
    connector->flip_timer = g_timeout_add(FLIP_MS, on_flip_over, connector);
    return 0;
}

/* What is shown must still be there. */
static void check_shown(struct displif *displif)
{
    for (unsigned i = 0; i < displif->connector_count; i++) {
        struct connector *connector = &displif->connectors[i];
        struct pixel_source source;

        if (connector->kept->shown != 0 &&
            !displif_framebuffer_source(displif->objects, connector->kept->shown, &source))
            switch_off(connector);
    }
}

/* --- buffers --- */

static int create_buffer(struct displif *displif, const struct xendispl_dbuf_create_req *request)
{
    struct displif_buffer buffer;
    int error = displif_buffer_parse(displif->objects, request, &buffer);

    if (!error && !may_change(displif))
        error = -XEN_EBUSY;
    if (error)
        return error;
    buffer.memory =
        page_directory_map(displif->device.guest, buffer.directory, buffer.pages, PROT_READ);
    if (!buffer.memory)
        return -XEN_EINVAL;
    displif_buffer_add(displif->objects, &buffer);
    return 0;
}

static void destroy_buffer(struct displif *displif, struct displif_buffer *buffer)
{
    void *memory = buffer->memory;
    size_t pages = buffer->pages;

    displif_buffer_remove(displif->objects, buffer);
    check_shown(displif); /* before its pages go */
    xengnttab_unmap(displif->device.guest->grants, memory, (uint32_t)pages);
}

static int destroy_named(struct displif *displif, uint64_t cookie)
{
    struct displif_buffer *buffer = displif_buffer_find(displif->objects, cookie);

    if (!buffer)
        return -XEN_ENOENT;
    destroy_buffer(displif, buffer);
    return 0;
}

static int detach(struct displif *displif, uint64_t cookie)
{
    int error = displif_framebuffer_detach(displif->objects, cookie);

    check_shown(displif);
    return error;
}

/* --- requests --- */

static int obey(struct connector *connector, const struct xendispl_req *request)
{
    struct displif *displif = connector->displif;

    switch (request->operation) {
    case XENDISPL_OP_DBUF_CREATE:
        return create_buffer(displif, &request->op.dbuf_create);
    case XENDISPL_OP_DBUF_DESTROY:
        return destroy_named(displif, request->op.dbuf_destroy.dbuf_cookie);
    case XENDISPL_OP_FB_ATTACH:
        return displif_framebuffer_attach(displif->objects, &request->op.fb_attach);
    case XENDISPL_OP_FB_DETACH:
        return detach(displif, request->op.fb_detach.fb_cookie);
    case XENDISPL_OP_SET_CONFIG:
        return set_config(connector, &request->op.set_config);
    case XENDISPL_OP_PG_FLIP:
        return flip(connector, request->op.pg_flip.fb_cookie);
    default:
        return -XEN_EOPNOTSUPP;
    }
}

static gboolean on_rested(gpointer data)
{
    struct connector *connector = data;

    connector->rest_timer = 0;
    event_port_resume(connector->request_port);
    return G_SOURCE_REMOVE;
}

static bool on_requests(void *data)
{
    struct connector *connector = data;
    bool notify = false;
    unsigned taken = 0;

    for (; taken < PACKET_RING_LENGTH; taken++) {
        struct xendispl_req request;
        struct xendispl_resp response = {0};
        enum packet_take take = packet_ring_take(&connector->ring, &request);

        if (take == PACKET_TAKE_BROKEN)
            xenbus_device_complain(&connector->displif->device, "its ring index makes no sense");
        if (take != PACKET_TAKE_REQUEST)
            break;
        response.id = request.id;
        response.operation = request.operation;
        response.status = obey(connector, &request);
        notify |= packet_ring_answer(&connector->ring, &response);
    }
    if (notify)
        event_port_notify(connector->request_port);
    if (taken < PACKET_RING_LENGTH)
        return true;
    /* There may be more, of which we are not notified. */
    connector->rest_timer = g_timeout_add(REST_MS, on_rested, connector);
    return false;
}

static bool on_event_port(void *data)
{
    return true;
}

/* --- connecting --- */

static bool read_front(struct connector *connector, const char *key, uint64_t *ret)
{
    const struct xenbus_device *device = &connector->displif->device;
    g_autofree char *directory = g_strdup_printf("%s/%u", device->front, connector->index);

    return store_read_number(device->guest->store, directory, key, UINT32_MAX, ret);
}

static void *map_page(struct connector *connector, const char *key)
{
    struct guest *guest = connector->displif->device.guest;
    uint64_t ref;

    return read_front(connector, key, &ref)
               ? xengnttab_map_grant_ref(guest->grants, guest->domid, (uint32_t)ref,
                                         PROT_READ | PROT_WRITE)
               : NULL;
}

static struct event_port *bind_port(struct connector *connector, const char *key,
                                    bool (*fired)(void *data))
{
    struct guest *guest = connector->displif->device.guest;
    uint64_t remote;

    return read_front(connector, key, &remote)
               ? event_port_bind(guest->events, guest->domid, (uint32_t)remote, fired, connector)
               : NULL;
}

static void unmap_page(struct displif *displif, void *page)
{
    if (page)
        xengnttab_unmap(displif->device.guest->grants, page, 1);
}

static void quiet(struct connector *connector)
{
    g_clear_handle_id(&connector->flip_timer, g_source_remove);
    g_clear_handle_id(&connector->rest_timer, g_source_remove);
    g_clear_pointer(&connector->request_port, event_port_free);
    g_clear_pointer(&connector->event_port, event_port_free);
}

static void let_go_of(struct connector *connector)
{
    switch_off(connector);
    unmap_page(connector->displif, connector->ring.page);
    connector->ring.page = NULL;
    unmap_page(connector->displif, connector->events.page);
    connector->events.page = NULL;
}

static void let_go(struct displif *displif)
{
    for (unsigned i = 0; i < displif->connector_count; i++)
        quiet(&displif->connectors[i]);
    for (unsigned i = 0; i < DISPLIF_MAX_BUFFERS; i++)
        if (displif->objects->buffers[i].cookie != 0)
            destroy_buffer(displif, &displif->objects->buffers[i]);
    for (unsigned i = 0; i < displif->connector_count; i++)
        let_go_of(&displif->connectors[i]);
    displif->connector_count = 0;
    displif_keep_clear(displif->keep);
}

/* False if there is no such connector; that ends the list of them. */
static bool read_resolution(struct connector *connector)
{
    const struct xenbus_device *device = &connector->displif->device;
    g_autofree char *text = store_read(device->guest->store, XBT_NULL, device->front,
                                       connector_keys[connector->index].resolution);

    return displif_resolution_parse(text, &connector->width, &connector->height);
}

static const char *set_up_connector(struct connector *connector)
{
    void *requests, *events;

    requests = map_page(connector, XENDISPL_FIELD_REQ_RING_REF);
    if (requests)
        packet_ring_attach(&connector->ring, requests);
    events = map_page(connector, XENDISPL_FIELD_EVT_RING_REF);
    if (events)
        packet_events_attach(&connector->events, events);
    if (!requests || !events)
        return "its shared pages can't be mapped";
    connector->request_port = bind_port(connector, XENDISPL_FIELD_REQ_CHANNEL, on_requests);
    connector->event_port = bind_port(connector, XENDISPL_FIELD_EVT_CHANNEL, on_event_port);
    return connector->request_port && connector->event_port ? NULL
                                                            : "its event channels can't be bound";
}

static const char *set_up(struct displif *displif)
{
    while (displif->connector_count < DISPLIF_MAX_CONNECTORS &&
           read_resolution(&displif->connectors[displif->connector_count])) {
        const char *wrong = set_up_connector(&displif->connectors[displif->connector_count++]);

        if (wrong)
            return wrong;
    }
    return displif->connector_count > 0 ? NULL : "its connector has no resolution";
}

/* --- where a process before us has left the guest --- */

static uint32_t ring_of(struct connector *connector)
{
    uint64_t ref = 0;

    read_front(connector, XENDISPL_FIELD_REQ_RING_REF, &ref);
    return (uint32_t)ref;
}

/* Whether what was kept belongs to the rings that the guest offers now. */
static bool is_of_this_connection(struct displif *displif, const struct displif_keep *kept)
{
    for (unsigned i = 0; i < displif->connector_count; i++)
        if (kept->connectors[i].ring != ring_of(&displif->connectors[i]))
            return false;
    return true;
}

/* The guest is asked nothing, and what it once asked for is done once more. */
static void take_over_objects(struct displif *displif, const struct displif_keep *kept)
{
    for (unsigned i = 0; i < DISPLIF_MAX_BUFFERS; i++) {
        struct xendispl_dbuf_create_req request;

        if (displif_buffer_request(&kept->objects, i, &request))
            create_buffer(displif, &request);
    }
    for (unsigned i = 0; i < DISPLIF_MAX_FRAMEBUFFERS; i++) {
        struct xendispl_fb_attach_req request;

        if (displif_framebuffer_request(&kept->objects, i, &request))
            displif_framebuffer_attach(displif->objects, &request);
    }
}

static void take_over_connector(struct connector *connector,
                                const struct displif_kept_connector *kept)
{
    if (kept->shown == 0 || kept->area.width > (int)connector->width ||
        kept->area.height > (int)connector->height ||
        show(connector, kept->shown, &kept->area) != 0 || kept->flipped == 0)
        return;
    connector->kept->flipped = kept->flipped;
    connector->flip_timer = g_timeout_add(FLIP_MS, on_flip_over, connector);
}

static void take_over(struct displif *displif, const struct displif_keep *kept)
{
    if (is_of_this_connection(displif, kept)) {
        take_over_objects(displif, kept);
        for (unsigned i = 0; i < displif->connector_count; i++)
            take_over_connector(&displif->connectors[i], &kept->connectors[i]);
    }
    for (unsigned i = 0; i < displif->connector_count; i++)
        displif->connectors[i].kept->ring = ring_of(&displif->connectors[i]);
}

static const char *displif_connect(void *data)
{
    struct displif *displif = data;
    const struct displif_keep kept = *displif->keep;
    const char *wrong;

    displif_keep_clear(displif->keep);
    displif->objects->limit = displif->limit;
    wrong = set_up(displif);
    if (wrong) {
        let_go(displif);
        return wrong;
    }
    take_over(displif, &kept);
    for (unsigned i = 0; i < displif->connector_count; i++)
        event_port_resume(displif->connectors[i].request_port);
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

static void init_connectors(struct displif *displif, struct heads *heads)
{
    for (unsigned i = 0; i < DISPLIF_MAX_CONNECTORS; i++)
        displif->connectors[i] = (struct connector){.displif = displif,
                                                    .index = i,
                                                    .head = heads_connector(heads, i),
                                                    .kept = &displif->keep->connectors[i]};
}

struct displif *displif_start(struct guest *guest, struct heads *heads, struct displif_keep *keep,
                              unsigned videoram_kib)
{
    struct displif *displif = g_new0(struct displif, 1);

    displif->keep = keep;
    displif->objects = &keep->objects;
    displif->limit = (size_t)videoram_kib * 1024 / SHARED_PAGE_SIZE;
    displif->changes =
        (struct throttle){.limit = CHANGES_PER_WINDOW, .window_us = CHANGES_WINDOW_US};
    init_connectors(displif, heads);
    xenbus_device_init(&displif->device, guest, XENDISPL_DRIVER_NAME);
    if (!xenbus_device_start(&displif->device, &displif_ops, displif)) {
        displif_stop(displif);
        return NULL;
    }
    return displif;
}

void displif_stop(struct displif *displif)
{
    struct displif_keep kept;

    if (!displif)
        return;
    /* Letting go forgets what is kept. */
    kept = *displif->keep;
    xenbus_device_stop(&displif->device);
    *displif->keep = kept;
    g_free(displif);
}
