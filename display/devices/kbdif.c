/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back end of the guest's PV keyboard, pointer and touch screen: puts input into the guest's ring.
 */
#include "devices/kbdif.h"

#include <sys/mman.h>

#include <glib.h>

#include "devices/input-queue.h"
#include "devices/kbdif-ring.h"

#define MAX_FRAME_NUMBER ((UINT64_C(1) << 40) - 1)

/* Wide enough for any screen; keeps the products below far from overflow. */
#define MAX_RANGE 65535

#define FINE_RANGE 32767

/* What a finger does is an event, and one that says that this was all of it. */
#define EVENTS_MAX 2

struct kbdif {
    struct xenbus_device device;
    struct input_queue queue;
    int x, y; /* where the guest's pointer is, in its units */

    /* While connected: */
    struct kbdif_ring ring;
    bool granted; /* the page is mapped by grant, not by frame number */
    bool absolute;
    unsigned range_x, range_y; /* the guest's units: what it read when it made its device */
    unsigned touch_range_x, touch_range_y;
    unsigned contacts; /* that its touch screen takes; 0: it has none */
    struct event_port *port;

    void (*touch_changed)(void *data, unsigned contacts); /* may be missing */
    void *touch_data;
};

static void add_number(struct xenbus_class *class, const char *name, unsigned value)
{
    struct xenbus_key *key = &class->keys[class->key_count++];

    key->name = name;
    g_snprintf(key->value, sizeof(key->value), "%u", value);
}

/* As the front end has said it, where it was before. */
static void add_requests(struct xenbus_class *class)
{
    static const struct xenbus_key requests[] = {{XENKBD_FIELD_REQ_ABS_POINTER, "1"},
                                                 {XENKBD_FIELD_REQ_MTOUCH, "1"}};

    memcpy(class->front_keys, requests, sizeof(requests));
    class->front_key_count = G_N_ELEMENTS(requests);
}

struct xenbus_class kbdif_class(unsigned width, unsigned height, unsigned contacts, bool restored)
{
    struct xenbus_class class = {.type = "vkbd"};

    width = width ? width : FINE_RANGE;
    height = height ? height : FINE_RANGE;
    add_number(&class, XENKBD_FIELD_FEAT_ABS_POINTER, 1);
    add_number(&class, XENKBD_FIELD_WIDTH, width);
    add_number(&class, XENKBD_FIELD_HEIGHT, height);
    if (restored)
        add_requests(&class);
    if (contacts == 0)
        return class;
    add_number(&class, XENKBD_FIELD_FEAT_MTOUCH, 1);
    add_number(&class, XENKBD_FIELD_MT_NUM_CONTACTS, contacts);
    add_number(&class, XENKBD_FIELD_MT_WIDTH, width);
    add_number(&class, XENKBD_FIELD_MT_HEIGHT, height);
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

static void encode_touch(const struct input_event *from, union xenkbd_in_event to[EVENTS_MAX])
{
    static const uint8_t types[] = {[TOUCH_DOWN] = XENKBD_MT_EV_DOWN,
                                    [TOUCH_MOTION] = XENKBD_MT_EV_MOTION,
                                    [TOUCH_UP] = XENKBD_MT_EV_UP};

    to[0].mtouch = (struct xenkbd_mtouch){.type = XENKBD_TYPE_MTOUCH,
                                          .event_type = types[from->phase],
                                          .contact_id = (uint8_t)from->contact};
    if (from->phase != TOUCH_UP) {
        to[0].mtouch.u.pos.abs_x = from->x;
        to[0].mtouch.u.pos.abs_y = from->y;
    }
    /* Of the same finger: Linux makes the one that an event names the current one. */
    to[1].mtouch = (struct xenkbd_mtouch){.type = XENKBD_TYPE_MTOUCH,
                                          .event_type = XENKBD_MT_EV_SYN,
                                          .contact_id = (uint8_t)from->contact};
}

/* How many events it becomes. */
static unsigned encoded_length(const struct input_event *event)
{
    return event->kind == INPUT_TOUCH ? 2 : 1;
}

static void encode(struct kbdif *kbdif, const struct input_event *from,
                   union xenkbd_in_event to[EVENTS_MAX])
{
    int dx = from->x - kbdif->x, dy = from->y - kbdif->y;

    memset(to, 0, EVENTS_MAX * sizeof(*to));
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
    case INPUT_TOUCH:
        encode_touch(from, to);
        break;
    }
}

/* Whether the oldest event that waits fits into the ring, all of it. */
static bool can_push(struct kbdif *kbdif)
{
    const struct input_event *event = input_queue_first(&kbdif->queue);

    return event && kbdif_ring_has_space(&kbdif->ring, encoded_length(event));
}

static void flush(struct kbdif *kbdif)
{
    struct input_event event;
    bool pushed = false;

    while (can_push(kbdif) && input_queue_take(&kbdif->queue, &event)) {
        union xenkbd_in_event encoded[EVENTS_MAX];

        encode(kbdif, &event, encoded);
        for (unsigned i = 0; i < encoded_length(&event); i++)
            kbdif_ring_push(&kbdif->ring, &encoded[i]);
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

static void sink_touch(void *data, unsigned contact, enum touch_phase phase, unsigned x, unsigned y,
                       unsigned width, unsigned height)
{
    struct kbdif *kbdif = data;

    if (!kbdif->port || contact >= kbdif->contacts)
        return;
    x = (unsigned)((uint64_t)x * kbdif->touch_range_x / width);
    y = (unsigned)((uint64_t)y * kbdif->touch_range_y / height);
    if (input_queue_touch(&kbdif->queue, contact, phase, (int)x, (int)y))
        flush(kbdif);
}

const struct input_sink kbdif_sink = {
    .key = sink_key,
    .position = sink_position,
    .wheel = sink_wheel,
    .touch = sink_touch,
};

/* --- connecting --- */

static bool read_front(struct kbdif *kbdif, const char *key, uint64_t max, uint64_t *ret)
{
    return store_read_number(kbdif->device.guest->store, kbdif->device.front, key, max, ret);
}

/* What the front end was told of it, by us or by a process before us; 0: nothing. */
static unsigned read_back(struct kbdif *kbdif, const char *key, uint64_t max)
{
    uint64_t value = 0;

    store_read_number(kbdif->device.guest->store, kbdif->device.back, key, max, &value);
    return (unsigned)value;
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

static void set_contacts(struct kbdif *kbdif, unsigned contacts)
{
    if (kbdif->contacts == 0 && contacts == 0)
        return;
    kbdif->contacts = contacts;
    if (kbdif->touch_changed)
        kbdif->touch_changed(kbdif->touch_data, contacts);
}

/*
 * What the guest's device takes, if it wants to have one. The process before us may have gone, or
 * the guest been saved, with fingers down, which Linux keeps so: all are lifted.
 */
static void connect_touch(struct kbdif *kbdif)
{
    unsigned offered = read_back(kbdif, XENKBD_FIELD_MT_NUM_CONTACTS, INPUT_MAX_CONTACTS);
    uint64_t wanted = 0;

    read_front(kbdif, XENKBD_FIELD_REQ_MTOUCH, 1, &wanted);
    kbdif->touch_range_x = read_back(kbdif, XENKBD_FIELD_MT_WIDTH, MAX_RANGE);
    kbdif->touch_range_y = read_back(kbdif, XENKBD_FIELD_MT_HEIGHT, MAX_RANGE);
    set_contacts(kbdif, wanted == 1 ? offered : 0);
    for (unsigned i = 0; i < kbdif->contacts; i++)
        input_queue_lift(&kbdif->queue, i);
    flush(kbdif);
}

static void let_go(struct kbdif *kbdif)
{
    set_contacts(kbdif, 0);
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
    kbdif->range_x = read_back(kbdif, XENKBD_FIELD_WIDTH, MAX_RANGE);
    kbdif->range_y = read_back(kbdif, XENKBD_FIELD_HEIGHT, MAX_RANGE);
    if (read_front(kbdif, XENKBD_FIELD_EVT_CHANNEL, UINT32_MAX, &remote))
        kbdif->port =
            event_port_bind(guest->events, guest->domid, (uint32_t)remote, on_fired, kbdif);
    if (!kbdif->port) {
        let_go(kbdif);
        return "its event channel can't be bound";
    }
    connect_touch(kbdif);
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

struct kbdif *kbdif_start(struct guest *guest, void (*touch_changed)(void *data, unsigned contacts),
                          void *data)
{
    struct kbdif *kbdif = g_new0(struct kbdif, 1);

    kbdif->touch_changed = touch_changed;
    kbdif->touch_data = data;
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
