/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Back end of the guest's PV framebuffer: maps it, and tells its head what changes in it. */
#include "devices/fbif.h"

#include <sys/mman.h>

#include <glib.h>

#include <xen/io/protocols.h>

#include "backend/shared-page.h"
#include "devices/fbif-page.h"

#define MAX_FRAME_NUMBER ((UINT64_C(1) << 40) - 1)

struct fbif {
    struct xenbus_device device;
    struct head *head;
    size_t limit; /* bytes of framebuffer that the guest may have */
    bool watched;

    /* While connected: */
    struct xenfb_page *page; /* shared with the guest */
    enum fbif_abi abi;
    struct fbif_layout layout;
    bool mode_changed; /* layout.mode is not what its head shows */
    void *pixels;      /* layout.frames pages of the guest's, read-only */
    size_t length;
    uint32_t cons;
    struct event_port *port;
};

static void decimal(struct xenbus_key *key, const char *name, unsigned value)
{
    key->name = name;
    g_snprintf(key->value, sizeof(key->value), "%u", value);
}

struct xenbus_class fbif_class(unsigned videoram_kib)
{
    struct xenbus_class class = {.type = "vfb", .key_count = 3};

    decimal(&class.keys[0], "request-update", 1);
    decimal(&class.keys[1], "feature-resize", 1);
    decimal(&class.keys[2], "videoram", (videoram_kib + 1023) / 1024);
    return class;
}

/* --- events --- */

static void show_mode(struct fbif *fbif)
{
    const struct fbif_mode *mode = &fbif->layout.mode;

    fbif->mode_changed = false;
    head_set_source(fbif->head, &(struct pixel_source){
                                    .base = fbif->pixels,
                                    .offset = mode->offset,
                                    .stride = mode->stride,
                                    .width = mode->width,
                                    .height = mode->height,
                                    .depth = mode->depth,
                                });
}

static void damage_all(struct fbif *fbif)
{
    const struct fbif_mode *mode = &fbif->layout.mode;

    head_damage(fbif->head, &(struct rect){0, 0, (int)mode->width, (int)mode->height});
}

static void on_resize(struct fbif *fbif, const struct xenfb_resize *resize)
{
    struct fbif_mode mode;
    const char *wrong = fbif_mode_parse(resize, fbif->length, &mode);

    if (wrong) {
        xenbus_device_complain(&fbif->device, wrong);
        return;
    }
    fbif->layout.mode = mode;
    fbif->mode_changed = true;
}

static void on_event(void *data, const union xenfb_out_event *event)
{
    struct fbif *fbif = data;
    struct rect rect;

    if (event->type == XENFB_TYPE_RESIZE)
        on_resize(fbif, &event->resize);
    else if (event->type != XENFB_TYPE_UPDATE)
        xenbus_device_complain(&fbif->device, "it sends events that do not exist");
    else if (fbif_update_parse(&event->update, &fbif->layout.mode, &rect))
        head_damage(fbif->head, &rect);
}

static bool on_fired(void *data)
{
    struct fbif *fbif = data;
    enum fbif_drain drained;

    if (!fbif->watched)
        return false;
    drained = fbif_ring_drain(fbif->page, &fbif->cons, on_event, fbif);
    /* Once for all that were waiting: a guest could have us make pictures without end. */
    if (fbif->mode_changed)
        show_mode(fbif);
    if (drained == FBIF_DRAIN_BROKEN) {
        xenbus_device_complain(&fbif->device, "its ring index makes no sense");
        damage_all(fbif);
    }
    /* Linux keeps back damage while the ring is full, and looks again when it is notified. */
    if (drained != FBIF_DRAIN_EMPTY)
        event_port_notify(fbif->port);
    return true;
}

static void on_watched(void *data, bool watched)
{
    struct fbif *fbif = data;

    fbif->watched = watched;
    if (watched && fbif->port)
        event_port_resume(fbif->port);
}

/* --- connecting --- */

static enum fbif_abi read_abi(struct fbif *fbif)
{
    g_autofree char *protocol =
        store_read(fbif->device.guest->store, XBT_NULL, fbif->device.front, "protocol");

    return g_strcmp0(protocol, XEN_IO_PROTO_ABI_X86_32) == 0 ? FBIF_ABI_32 : FBIF_ABI_64;
}

/* Copies the frame numbers out of the mapped directory pages, each once. */
static void copy_frame_numbers(const struct fbif *fbif, const uint8_t *directories,
                               xen_pfn_t *frames)
{
    unsigned per_page = fbif_directory_length(fbif->abi);
    uint8_t page[SHARED_PAGE_SIZE];

    for (size_t i = 0; i < fbif->layout.frames; i++) {
        if (i % per_page == 0)
            shared_read(page, directories + i / per_page * SHARED_PAGE_SIZE, sizeof(page));
        frames[i] = fbif_directory_entry(page, fbif->abi, i % per_page);
    }
}

static const char *map_pixels(struct fbif *fbif)
{
    struct guest *guest = fbif->device.guest;
    const struct fbif_layout *layout = &fbif->layout;
    g_autofree xen_pfn_t *frames = g_new(xen_pfn_t, layout->frames);
    void *directories = guest_map(guest, PROT_READ, layout->directory, layout->directories);

    if (!directories)
        return "its page directory can't be mapped";
    copy_frame_numbers(fbif, directories, frames);
    guest_unmap(guest, directories, layout->directories);
    fbif->pixels = guest_map(guest, PROT_READ, frames, layout->frames);
    return fbif->pixels ? NULL : "its memory can't be mapped";
}

static const char *map_page(struct fbif *fbif, xen_pfn_t frame)
{
    uint8_t copy[SHARED_PAGE_SIZE];
    const char *wrong;

    fbif->page = guest_map(fbif->device.guest, PROT_READ | PROT_WRITE, &frame, 1);
    if (!fbif->page)
        return "its shared page can't be mapped";
    shared_read(copy, fbif->page, sizeof(copy));
    wrong = fbif_page_parse(copy, fbif->abi, fbif->limit, &fbif->layout);
    if (wrong)
        return wrong;
    fbif->length = ((const struct xenfb_page *)(const void *)copy)->mem_length;
    return NULL;
}

static void let_go(struct fbif *fbif)
{
    struct guest *guest = fbif->device.guest;

    g_clear_pointer(&fbif->port, event_port_free);
    head_set_source(fbif->head, NULL);
    guest_unmap(guest, fbif->pixels, fbif->layout.frames);
    fbif->pixels = NULL;
    guest_unmap(guest, fbif->page, 1);
    fbif->page = NULL;
}

static const char *set_up(struct fbif *fbif)
{
    struct guest *guest = fbif->device.guest;
    uint64_t frame, remote;
    const char *wrong;

    if (!store_read_number(guest->store, fbif->device.front, "page-ref", MAX_FRAME_NUMBER,
                           &frame) ||
        !store_read_number(guest->store, fbif->device.front, "event-channel", UINT32_MAX, &remote))
        return "it names no page or no event channel";
    fbif->abi = read_abi(fbif);
    wrong = map_page(fbif, frame);
    if (!wrong)
        wrong = map_pixels(fbif);
    if (wrong)
        return wrong;
    fbif->cons = fbif_ring_resume(fbif->page);
    fbif->port = event_port_bind(guest->events, guest->domid, (uint32_t)remote, on_fired, fbif);
    return fbif->port ? NULL : "its event channel can't be bound";
}

static const char *fbif_connect(void *data)
{
    struct fbif *fbif = data;
    const char *wrong = set_up(fbif);

    if (wrong) {
        let_go(fbif);
        return wrong;
    }
    show_mode(fbif);
    /* What was sent before we were bound, perhaps to a process before us, did not wake us. */
    event_port_resume(fbif->port);
    return NULL;
}

static void fbif_disconnect(void *data)
{
    let_go(data);
}

static const struct xenbus_ops fbif_ops = {
    .connect = fbif_connect,
    .disconnect = fbif_disconnect,
};

struct fbif *fbif_start(struct guest *guest, struct head *head, unsigned videoram_kib)
{
    struct fbif *fbif = g_new0(struct fbif, 1);

    fbif->head = head;
    fbif->limit = (size_t)videoram_kib * 1024;
    head_set_watched_hook(head, on_watched, fbif);
    xenbus_device_init(&fbif->device, guest, "vfb");
    if (!xenbus_device_start(&fbif->device, &fbif_ops, fbif)) {
        fbif_stop(fbif);
        return NULL;
    }
    return fbif;
}

void fbif_stop(struct fbif *fbif)
{
    if (!fbif)
        return;
    xenbus_device_stop(&fbif->device);
    head_set_watched_hook(fbif->head, NULL, NULL);
    g_free(fbif);
}
