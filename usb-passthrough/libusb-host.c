/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices that somebody else has opened, by libusb in the main loop. */
#include "libusb-host.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <libusb.h>
#include <linux/usb/ch9.h>

#include <glib-unix.h>

struct libusb_host {
    libusb_context *context;
    GHashTable *sources; /* descriptor -> number of its source in the main loop */
};

struct handle {
    libusb_device_handle *usb;
    uint8_t *descriptors;
    guint gone_source;
    void (*gone)(void *data);
    void *data;
};

/* --- errors --- */

static int error_of(int result)
{
    switch (result) {
    case LIBUSB_SUCCESS:
        return 0;
    case LIBUSB_ERROR_NO_DEVICE:
        return -ENODEV;
    case LIBUSB_ERROR_BUSY:
        return -EBUSY;
    case LIBUSB_ERROR_NO_MEM:
        return -ENOMEM;
    case LIBUSB_ERROR_INVALID_PARAM:
    case LIBUSB_ERROR_NOT_SUPPORTED:
        return -EINVAL;
    case LIBUSB_ERROR_NOT_FOUND:
    case LIBUSB_ERROR_PIPE:
        return -EPIPE;
    case LIBUSB_ERROR_TIMEOUT:
        return -ETIMEDOUT;
    default:
        return -EIO;
    }
}

/* What Linux's own host controllers say of a transfer that ended so. */
static int32_t status_of(enum libusb_transfer_status status)
{
    switch (status) {
    case LIBUSB_TRANSFER_COMPLETED:
        return 0;
    case LIBUSB_TRANSFER_TIMED_OUT:
        return -ETIMEDOUT;
    case LIBUSB_TRANSFER_CANCELLED:
        return -ECONNRESET;
    case LIBUSB_TRANSFER_STALL:
        return -EPIPE;
    case LIBUSB_TRANSFER_NO_DEVICE:
        return -ESHUTDOWN;
    case LIBUSB_TRANSFER_OVERFLOW:
        return -EOVERFLOW;
    default:
        return -EPROTO;
    }
}

/* --- interfaces and settings --- */

static int host_claim(void *data, unsigned interface)
{
    struct handle *handle = data;

    libusb_set_auto_detach_kernel_driver(handle->usb, 1);
    return error_of(libusb_claim_interface(handle->usb, (int)interface));
}

static int host_release(void *data, unsigned interface, bool give_back)
{
    struct handle *handle = data;

    libusb_set_auto_detach_kernel_driver(handle->usb, give_back);
    return error_of(libusb_release_interface(handle->usb, (int)interface));
}

static int host_set_configuration(void *data, unsigned value)
{
    struct handle *handle = data;

    return error_of(libusb_set_configuration(handle->usb, value ? (int)value : -1));
}

static int host_set_interface(void *data, unsigned interface, unsigned alternate)
{
    struct handle *handle = data;

    return error_of(libusb_set_interface_alt_setting(handle->usb, (int)interface, (int)alternate));
}

static int host_clear_halt(void *data, uint8_t endpoint)
{
    struct handle *handle = data;

    return error_of(libusb_clear_halt(handle->usb, endpoint));
}

static int host_reset(void *data)
{
    struct handle *handle = data;
    int result = libusb_reset_device(handle->usb);

    return result == LIBUSB_ERROR_NOT_FOUND ? -ENODEV : error_of(result);
}

/* --- transfers --- */

static void LIBUSB_CALL on_done(struct libusb_transfer *usb)
{
    struct host_transfer *transfer = usb->user_data;

    transfer->status = status_of(usb->status);
    transfer->actual = (uint32_t)usb->actual_length;
    for (uint32_t i = 0; i < transfer->packets; i++) {
        transfer->packet[i].status = status_of(usb->iso_packet_desc[i].status);
        transfer->packet[i].actual = usb->iso_packet_desc[i].actual_length;
    }
    libusb_free_transfer(usb);
    transfer->done(transfer);
}

static unsigned char libusb_type(uint8_t type)
{
    static const unsigned char types[] = {
        [USB_ENDPOINT_XFER_CONTROL] = LIBUSB_TRANSFER_TYPE_CONTROL,
        [USB_ENDPOINT_XFER_ISOC] = LIBUSB_TRANSFER_TYPE_ISOCHRONOUS,
        [USB_ENDPOINT_XFER_BULK] = LIBUSB_TRANSFER_TYPE_BULK,
        [USB_ENDPOINT_XFER_INT] = LIBUSB_TRANSFER_TYPE_INTERRUPT,
    };

    return types[type];
}

static int host_submit(void *data, struct host_transfer *transfer)
{
    struct handle *handle = data;
    struct libusb_transfer *usb = libusb_alloc_transfer((int)transfer->packets);
    int result;

    if (!usb)
        return -ENOMEM;
    usb->dev_handle = handle->usb;
    usb->endpoint = transfer->endpoint;
    usb->type = libusb_type(transfer->type);
    usb->buffer = transfer->data;
    usb->length = (int)transfer->length;
    usb->num_iso_packets = (int)transfer->packets;
    usb->flags = transfer->zero_packet ? LIBUSB_TRANSFER_ADD_ZERO_PACKET : 0;
    usb->callback = on_done;
    usb->user_data = transfer;
    for (uint32_t i = 0; i < transfer->packets; i++)
        usb->iso_packet_desc[i].length = transfer->packet[i].length;
    transfer->host = usb;
    result = libusb_submit_transfer(usb);
    if (result)
        libusb_free_transfer(usb);
    return error_of(result);
}

static void host_cancel(void *data, struct host_transfer *transfer)
{
    /* If it is over already, done() is on its way. */
    libusb_cancel_transfer(transfer->host);
}

/* --- opening and closing --- */

static void host_close(void *data)
{
    struct handle *handle = data;

    g_clear_handle_id(&handle->gone_source, g_source_remove);
    libusb_close(handle->usb);
    g_free(handle->descriptors);
    g_free(handle);
}

static const struct host_ops libusb_ops = {
    .claim = host_claim,
    .release = host_release,
    .set_configuration = host_set_configuration,
    .set_interface = host_set_interface,
    .clear_halt = host_clear_halt,
    .reset = host_reset,
    .submit = host_submit,
    .cancel = host_cancel,
    .close = host_close,
};

/* The kernel ends all transfers of a device that was unplugged; but there may be none. */
static gboolean on_gone(gint fd, GIOCondition condition, gpointer data)
{
    struct handle *handle = data;

    handle->gone_source = 0;
    handle->gone(handle->data);
    return G_SOURCE_REMOVE;
}

/* The kernel's number for libusb's; 0 if it is none that a guest's vhci_hcd knows. */
static unsigned kernel_speed(int speed)
{
    switch (speed) {
    case LIBUSB_SPEED_LOW:
        return USB_SPEED_LOW;
    case LIBUSB_SPEED_FULL:
        return USB_SPEED_FULL;
    case LIBUSB_SPEED_HIGH:
        return USB_SPEED_HIGH;
    case LIBUSB_SPEED_SUPER:
        return USB_SPEED_SUPER;
    case LIBUSB_SPEED_SUPER_PLUS:
        return USB_SPEED_SUPER_PLUS;
    default:
        return USB_SPEED_UNKNOWN;
    }
}

/* All that usbfs has of them; it leaves holes where a device has fewer than it says. */
static struct descriptors read_descriptors(int fd)
{
    uint8_t *octets = g_malloc0(DESCRIPTORS_MAX);
    size_t length = 0;

    while (length < DESCRIPTORS_MAX) {
        ssize_t count = pread(fd, octets + length, DESCRIPTORS_MAX - length, (off_t)length);

        if (count <= 0)
            break;
        length += (size_t)count;
    }
    return (struct descriptors){.octets = octets, .length = length};
}

static int describe(struct handle *handle, int fd, struct host_device *device)
{
    int configuration = 0;
    int error = error_of(libusb_get_configuration(handle->usb, &configuration));

    if (error)
        return error;
    device->ops = &libusb_ops;
    device->handle = handle;
    device->configuration = (unsigned)configuration;
    device->speed = kernel_speed(libusb_get_device_speed(libusb_get_device(handle->usb)));
    device->descriptors = read_descriptors(fd);
    handle->descriptors = (uint8_t *)device->descriptors.octets;
    if (device->speed == USB_SPEED_UNKNOWN || !descriptors_check(&device->descriptors))
        return -EOPNOTSUPP;
    return 0;
}

int libusb_host_open(struct libusb_host *host, int fd, void (*gone)(void *data), void *data,
                     struct host_device *ret_device)
{
    struct handle *handle = g_new0(struct handle, 1);
    int error = error_of(libusb_wrap_sys_device(host->context, fd, &handle->usb));

    if (error) {
        g_free(handle);
        return error;
    }
    error = describe(handle, fd, ret_device);
    if (error) {
        host_close(handle);
        return error;
    }
    handle->gone = gone;
    handle->data = data;
    handle->gone_source = g_unix_fd_add(fd, G_IO_HUP | G_IO_ERR, on_gone, handle);
    return 0;
}

/* --- libusb in the main loop --- */

static gboolean on_event(gint fd, GIOCondition condition, gpointer data)
{
    struct libusb_host *host = data;
    struct timeval none = {0};

    libusb_handle_events_timeout_completed(host->context, &none, NULL);
    return G_SOURCE_CONTINUE;
}

static void LIBUSB_CALL on_descriptor_added(int fd, short events, void *data)
{
    struct libusb_host *host = data;
    GIOCondition condition = 0;
    guint source;

    if (events & POLLIN)
        condition |= G_IO_IN;
    if (events & POLLOUT)
        condition |= G_IO_OUT;
    source = g_unix_fd_add(fd, condition, on_event, host);
    g_hash_table_insert(host->sources, GINT_TO_POINTER(fd), GUINT_TO_POINTER(source));
}

static void LIBUSB_CALL on_descriptor_removed(int fd, void *data)
{
    struct libusb_host *host = data;
    guint source = GPOINTER_TO_UINT(g_hash_table_lookup(host->sources, GINT_TO_POINTER(fd)));

    if (source)
        g_source_remove(source);
    g_hash_table_remove(host->sources, GINT_TO_POINTER(fd));
}

static void watch_descriptors(struct libusb_host *host)
{
    const struct libusb_pollfd **descriptors = libusb_get_pollfds(host->context);

    for (unsigned i = 0; descriptors && descriptors[i]; i++)
        on_descriptor_added(descriptors[i]->fd, descriptors[i]->events, host);
    libusb_free_pollfds(descriptors);
    libusb_set_pollfd_notifiers(host->context, on_descriptor_added, on_descriptor_removed, host);
}

struct libusb_host *libusb_host_new(char **ret_problem)
{
    struct libusb_host *host = g_new0(struct libusb_host, 1);
    int result = libusb_set_option(NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY);

    if (!result)
        result = libusb_init(&host->context);
    if (result) {
        *ret_problem = g_strdup_printf("Can't start libusb: %s.", libusb_strerror(result));
        g_free(host);
        return NULL;
    }
    host->sources = g_hash_table_new(NULL, NULL);
    watch_descriptors(host);
    return host;
}

void libusb_host_free(struct libusb_host *host)
{
    GHashTableIter iter;
    gpointer source;

    if (!host)
        return;
    libusb_set_pollfd_notifiers(host->context, NULL, NULL, NULL);
    g_hash_table_iter_init(&iter, host->sources);
    while (g_hash_table_iter_next(&iter, NULL, &source))
        g_source_remove(GPOINTER_TO_UINT(source));
    g_hash_table_unref(host->sources);
    libusb_exit(host->context);
    g_free(host);
}
