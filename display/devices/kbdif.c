/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back end of the guest's PV keyboard and pointer: puts input into the guest's ring. */
#include "devices/kbdif.h"

#include <sys/mman.h>

#include <glib.h>

#include "devices/input-queue.h"
#include "devices/kbdif-ring.h"

#define MAX_FRAME_NUMBER ((UINT64_C(1) << 40) - 1)

/* Wide enough for any screen; keeps the products below far from overflow. */
#define MAX_RANGE 65535

#define FINE_RANGE 32767

struct kbdif {
    struct xenbus_device device;
    struct input_queue queue;
    int x, y; /* where the guest's pointer is, in its units */

    /* While connected: */
    struct kbdif_ring ring;
    bool granted; /* the page is mapped by grant, not by frame number */
    bool absolute;
    unsigned range_x, range_y; /* the guest's units: what it read when it made its device */
    struct event_port *port;
};

struct xenbus_class kbdif_class(unsigned width, unsigned height)
{
    struct xenbus_class class = {
        .type = "vkbd",
        .keys = {{XENKBD_FIELD_FEAT_ABS_POINTER, "1"},
                 {XENKBD_FIELD_WIDTH, ""},
                 {XENKBD_FIELD_HEIGHT, ""}},
        .key_count = 3,
    };

    g_snprintf(class.keys[1].value, sizeof(class.keys[1].value), "%u", width ? width : FINE_RANGE);
    g_snprintf(class.keys[2].value, sizeof(class.keys[2].value), "%u",
               height ? height : FINE_RANGE);
    return class;
}

/* --- from the queue into the ring --- */

static void encode_pointer(struct kbdif *kbdif, union xenkbd_in_event *to, int dx, int dy, int dz)
{
    if (kbdif->absolute)
        to->pos = (struct xenkbd_position){
            .type = XENKBD_TYPE_POS, .abs_x = kbdif->x, .abs_y = kbdif->y, .rel_z = dz};
    else
        to->motion = (struct xenkbd_motion){
            .type = XENKBD_TYPE_MOTION, .rel_x = dx, .rel_y = dy, .rel_z = dz};
}

static void encode(struct kbdif *kbdif, const struct input_event *from, union xenkbd_in_event *to)
{
    int dx = from->x - kbdif->x, dy = from->y - kbdif->y;

    memset(to, 0, sizeof(*to));
    switch (from->kind) {
    case INPUT_KEY:
        to->key = (struct xenkbd_key){
            .type = XENKBD_TYPE_KEY, .pressed = from->down, .keycode = from->code};
        break;
    case INPUT_POSITION:
        kbdif->x = from->x;
        kbdif->y = from->y;
        encode_pointer(kbdif, to, dx, dy, 0);
        break;
    case INPUT_WHEEL:
        /* On this ring, positive is towards the person. */
        encode_pointer(kbdif, to, 0, 0, -from->steps);
        break;
    }
}

static void flush(struct kbdif *kbdif)
{
    struct input_event event;
    bool pushed = false;

    while (kbdif_ring_has_space(&kbdif->ring) && input_queue_take(&kbdif->queue, &event)) {
        union xenkbd_in_event encoded;

        encode(kbdif, &event, &encoded);
        kbdif_ring_push(&kbdif->ring, &encoded);
        pushed = true;
    }
    if (pushed)
        event_port_notify(kbdif->port);
}

static bool on_fired(void *data)
{
    struct kbdif *kbdif = data;

    kbdif_ring_discard_out(&kbdif->ring);
    flush(kbdif);
    return true;
}

/* --- the session's side --- */

static void sink_key(void *data, unsigned code, bool down)
{
    struct kbdif *kbdif = data;

    if (kbdif->port && code < KEY_CNT && input_queue_key(&kbdif->queue, code, down))
        flush(kbdif);
}

static void sink_position(void *data, unsigned x, unsigned y, unsigned width, unsigned height)
{
    struct kbdif *kbdif = data;

    if (!kbdif->port)
        return;
    /* A relative device moves by pixels, an absolute one has units of its own. */
    if (kbdif->absolute) {
        x = (unsigned)((uint64_t)x * kbdif->range_x / width);
        y = (unsigned)((uint64_t)y * kbdif->range_y / height);
    }
    if (input_queue_position(&kbdif->queue, (int)x, (int)y))
        flush(kbdif);
}

static void sink_wheel(void *data, int steps)
{
    struct kbdif *kbdif = data;

    if (kbdif->port && input_queue_wheel(&kbdif->queue, steps))
        flush(kbdif);
}

const struct input_sink kbdif_sink = {
    .key = sink_key,
    .position = sink_position,
    .wheel = sink_wheel,
};

/* --- connecting --- */

static bool read_front(struct kbdif *kbdif, const char *key, uint64_t max, uint64_t *ret)
{
    return store_read_number(kbdif->device.guest->store, kbdif->device.front, key, max, ret);
}

static unsigned read_range(struct kbdif *kbdif, const char *key)
{
    uint64_t range = 0;

    store_read_number(kbdif->device.guest->store, kbdif->device.back, key, MAX_RANGE, &range);
    return (unsigned)range;
}

static struct xenkbd_page *map_page(struct kbdif *kbdif)
{
    struct guest *guest = kbdif->device.guest;
    struct xenkbd_page *page = NULL;
    uint64_t ref;

    if (read_front(kbdif, XENKBD_FIELD_RING_GREF, UINT32_MAX, &ref))
        page = xengnttab_map_grant_ref(guest->grants, guest->domid, (uint32_t)ref,
                                       PROT_READ | PROT_WRITE);
    kbdif->granted = page != NULL;
    if (!page && read_front(kbdif, XENKBD_FIELD_RING_REF, MAX_FRAME_NUMBER, &ref))
        page = guest_map(guest, PROT_READ | PROT_WRITE, &(xen_pfn_t){ref}, 1);
    return page;
}

static void let_go(struct kbdif *kbdif)
{
    g_clear_pointer(&kbdif->port, event_port_free);
    if (kbdif->ring.page && kbdif->granted)
        xengnttab_unmap(kbdif->device.guest->grants, kbdif->ring.page, 1);
    else
        guest_unmap(kbdif->device.guest, kbdif->ring.page, 1);
    kbdif->ring.page = NULL;
    input_queue_reset(&kbdif->queue);
}

static const char *kbdif_connect(void *data)
{
    struct kbdif *kbdif = data;
    struct guest *guest = kbdif->device.guest;
    struct xenkbd_page *page = map_page(kbdif);
    uint64_t remote, absolute = 0;

    if (!page)
        return "its shared page can't be mapped";
    kbdif_ring_attach(&kbdif->ring, page);
    read_front(kbdif, XENKBD_FIELD_REQ_ABS_POINTER, 1, &absolute);
    kbdif->absolute = absolute == 1;
    kbdif->range_x = read_range(kbdif, XENKBD_FIELD_WIDTH);
    kbdif->range_y = read_range(kbdif, XENKBD_FIELD_HEIGHT);
    if (read_front(kbdif, XENKBD_FIELD_EVT_CHANNEL, UINT32_MAX, &remote))
        kbdif->port =
            event_port_bind(guest->events, guest->domid, (uint32_t)remote, on_fired, kbdif);
    if (!kbdif->port) {
        let_go(kbdif);
        return "its event channel can't be bound";
    }
    return NULL;
}

static void kbdif_disconnect(void *data)
{
    let_go(data);
}

static const struct xenbus_ops kbdif_ops = {
    .connect = kbdif_connect,
    .disconnect = kbdif_disconnect,
};

struct kbdif *kbdif_start(struct guest *guest)
{
    struct kbdif *kbdif = g_new0(struct kbdif, 1);

    xenbus_device_init(&kbdif->device, guest, "vkbd");
    if (!xenbus_device_start(&kbdif->device, &kbdif_ops, kbdif)) {
        kbdif_stop(kbdif);
        return NULL;
    }
    return kbdif;
}

void kbdif_stop(struct kbdif *kbdif)
{
    if (!kbdif)
        return;
    xenbus_device_stop(&kbdif->device);
    g_free(kbdif);
}
