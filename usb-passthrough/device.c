/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One device that a guest has. */
#include "device.h"

#include <errno.h>
#include <string.h>

#include <linux/usb/ch9.h>

#include <glib.h>

#include "request.h"
#include "settings.h"
#include "urb.h"

struct device {
    struct settings settings;
    uint32_t devid;
    struct device_budget *budget;
    const struct device_owner *owner;
    void *data;

    GHashTable *urbs; /* seqnum -> struct urb, under way */
    size_t octets;    /* that they take */
    size_t charged;   /* to the budget, for them and for replies */

    /* A command whose header was taken, but not all that follows it. */
    struct urb *urb;
    uint32_t data_at, data_size;
    bool wants_packets;

    bool closing, gone;
    guint finish_source;
};

/* --- replies --- */

static unsigned in_flight(const struct device *device)
{
    return g_hash_table_size(device->urbs);
}

/* What the device takes of the guest's memory with us has changed. */
static void account(struct device *device)
{
    size_t now = device->octets + (device->closing ? 0 : device->owner->backlog(device->data));

    device->budget->used = device->budget->used - device->charged + now;
    device->charged = now;
}

static bool can_afford(struct device *device, size_t cost)
{
    account(device);
    return in_flight(device) < DEVICE_URBS_MAX && device->charged + cost <= DEVICE_OCTETS_MAX &&
           device->budget->used + cost <= device->budget->limit;
}

static void reply_unlink(struct device *device, uint32_t seqnum, int32_t status)
{
    uint8_t octets[USBIP_HEADER_SIZE];

    usbip_encode_unlink(seqnum, status, octets);
    device->owner->reply(device->data, octets, sizeof(octets));
}

static void reply_submit(struct device *device, const struct urb *urb, bool done, int32_t status)
{
    urb_reply(urb, done, status, device->owner->reply, device->data);
}

/*
 * Of a transfer that was taken back the guest hears that, and no more. If it was over before it
 * could be, the guest gets what came of it, as if its wish had come too late.
 */
static void reply_done(struct device *device, const struct urb *urb)
{
    int32_t status = urb->transfer.status;

    if (urb->unlinked && status == -ECONNRESET) {
        reply_unlink(device, urb->unlink_seqnum, status);
        return;
    }
    /* Taken back by ourselves, because of another configuration, say. */
    reply_submit(device, urb, true, status == -ECONNRESET ? -ESHUTDOWN : status);
    if (urb->unlinked)
        reply_unlink(device, urb->unlink_seqnum, 0);
}

static void finish_when_idle(struct device *device);

static void on_done(struct host_transfer *transfer)
{
    struct urb *urb = transfer->owner;
    struct device *device = urb->device;

    g_hash_table_remove(device->urbs, GUINT_TO_POINTER(urb->seqnum));
    device->octets -= urb->cost;
    if (device->closing)
        finish_when_idle(device);
    else
        reply_done(device, urb);
    account(device);
    urb_free(urb);
}

/* --- what the guest asks for --- */

/* All of it is there. */
static void execute(struct device *device, struct urb *urb)
{
    struct request request = request_read(urb->command.setup);
    int32_t status = urb->refusal;

    if (!status)
        status =
            urb->type == USB_ENDPOINT_XFER_CONTROL ? settings_obey(&device->settings, &request) : 1;

    if (status <= 0) {
        reply_submit(device, urb, false, status);
        urb_free(urb);
        return;
    }
    urb->transfer.done = on_done;
    status = device->settings.host.ops->submit(device->settings.host.handle, &urb->transfer);
    if (status) {
        reply_submit(device, urb, false, status);
        urb_free(urb);
        return;
    }
    g_hash_table_insert(device->urbs, GUINT_TO_POINTER(urb->seqnum), urb);
    device->octets += urb->cost;
    account(device);
}

/* Why the device is not asked for a transfer, as its status; or 0. */
static int32_t refusal(struct device *device, const struct usbip_command *command, uint8_t type)
{
    if (type == ENDPOINT_NONE || (type == USB_ENDPOINT_XFER_CONTROL && command->endpoint != 0))
        return -EPIPE;
    if (command->submit.length > USBIP_TRANSFER_MAX)
        return -EMSGSIZE;
    return can_afford(device, urb_cost(command)) ? 0 : -ENOMEM;
}

static bool start_submit(struct device *device, struct usbip_command *command)
{
    uint8_t type = settings_endpoint(&device->settings, command->endpoint, command->in);

    if (g_hash_table_contains(device->urbs, GUINT_TO_POINTER(command->seqnum)))
        return false;
    /* The number of packets means something to an isochronous endpoint only. */
    if (type != USB_ENDPOINT_XFER_ISOC && type != ENDPOINT_NONE)
        command->submit.packets = 0;
    device->urb = urb_new(command, type, refusal(device, command, type));
    device->urb->device = device;
    device->data_at = 0;
    device->data_size = usbip_data_size(command);
    device->wants_packets = command->submit.packets > 0;
    return true;
}

static void unlink_urb(struct device *device, const struct usbip_command *command)
{
    struct urb *urb = g_hash_table_lookup(device->urbs, GUINT_TO_POINTER(command->unlink_seqnum));

    if (!urb || urb->unlinked) {
        reply_unlink(device, command->seqnum, 0);
        return;
    }
    urb->unlinked = true;
    urb->unlink_seqnum = command->seqnum;
    device->settings.host.ops->cancel(device->settings.host.handle, &urb->transfer);
}

static ssize_t take_header(struct device *device, const uint8_t *octets, size_t length)
{
    struct usbip_command command;

    if (length < USBIP_HEADER_SIZE)
        return 0;
    if (!usbip_decode(octets, &command) || command.devid != device->devid)
        return -1;
    if (command.code == USBIP_CMD_UNLINK)
        unlink_urb(device, &command);
    else if (!start_submit(device, &command))
        return -1;
    return USBIP_HEADER_SIZE;
}

static ssize_t take_data(struct device *device, const uint8_t *octets, size_t length)
{
    uint8_t *to = urb_data(device->urb);

    if (length > device->data_size - device->data_at)
        length = device->data_size - device->data_at;
    if (to)
        memcpy(to + device->data_at, octets, length);
    device->data_at += (uint32_t)length;
    return (ssize_t)length;
}

static ssize_t take_packets(struct device *device, const uint8_t *octets, size_t length)
{
    size_t size = device->urb->command.packets * USBIP_PACKET_SIZE;

    if (length < size)
        return 0;
    if (!urb_take_packets(device->urb, octets))
        return -1;
    device->wants_packets = false;
    return (ssize_t)size;
}

/* One step: a header, some data, packet descriptors, or the transfer that they make up. */
static ssize_t take_step(struct device *device, const uint8_t *octets, size_t length)
{
    struct urb *urb = device->urb;
    ssize_t taken = 0;

    if (!urb)
        taken = take_header(device, octets, length);
    else if (device->data_at < device->data_size)
        taken = take_data(device, octets, length);
    else if (device->wants_packets)
        taken = take_packets(device, octets, length);
    urb = device->urb;
    if (taken >= 0 && urb && device->data_at == device->data_size && !device->wants_packets) {
        device->urb = NULL;
        execute(device, urb);
    }
    return taken;
}

ssize_t device_take(struct device *device, const uint8_t *octets, size_t length)
{
    size_t used = 0;

    while (used < length && device->owner->backlog(device->data) < DEVICE_BACKLOG_MAX) {
        ssize_t taken = take_step(device, octets + used, length - used);

        if (taken < 0)
            return -1;
        if (taken == 0)
            break;
        used += (size_t)taken;
    }
    account(device);
    return (ssize_t)used;
}

void device_sent(struct device *device)
{
    account(device);
}

/* --- its beginning and its end --- */

static void free_device(struct device *device)
{
    device->budget->used -= device->charged;
    g_hash_table_unref(device->urbs);
    urb_free(device->urb);
    g_free(device);
}

int device_new(const struct host_device *host, uint32_t devid, struct device_budget *budget,
               const struct device_owner *owner, void *data, struct device **ret_device)
{
    struct device *device = g_new0(struct device, 1);
    int error;

    device->devid = devid;
    device->budget = budget;
    device->owner = owner;
    device->data = data;
    device->urbs = g_hash_table_new(NULL, NULL);
    error = settings_take(&device->settings, host);
    if (error) {
        free_device(device);
        return error;
    }
    *ret_device = device;
    return 0;
}

static gboolean finish(gpointer data)
{
    struct device *device = data;

    if (device->gone)
        settings_forget(&device->settings);
    else
        settings_give_back(&device->settings);
    device->settings.host.ops->close(device->settings.host.handle);
    device->owner->closed(device->data);
    free_device(device);
    return G_SOURCE_REMOVE;
}

static void finish_when_idle(struct device *device)
{
    if (in_flight(device) == 0 && !device->finish_source)
        device->finish_source = g_idle_add(finish, device);
}

void device_close(struct device *device, bool gone)
{
    GHashTableIter iter;
    gpointer urb;

    device->gone = device->gone || gone;
    device->closing = true;
    account(device);
    g_hash_table_iter_init(&iter, device->urbs);
    while (g_hash_table_iter_next(&iter, NULL, &urb))
        device->settings.host.ops->cancel(device->settings.host.handle,
                                          &((struct urb *)urb)->transfer);
    finish_when_idle(device);
}
