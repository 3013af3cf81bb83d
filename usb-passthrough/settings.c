/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration that a device is in, the settings of its interfaces, and its endpoints. */
#include "settings.h"

#include <errno.h>
#include <string.h>

#include <linux/usb/ch9.h>

#include <glib.h>

/* --- interfaces --- */

static void release_all(struct settings *settings, bool give_back)
{
    for (unsigned i = 0; i < DESCRIPTORS_INTERFACES; i++)
        if (settings->claimed & 1u << i)
            settings->host.ops->release(settings->host.handle, i, give_back);
    settings->claimed = 0;
}

static int claim_all(struct settings *settings)
{
    uint32_t interfaces =
        descriptors_interfaces(&settings->host.descriptors, settings->configuration);

    for (unsigned i = 0; i < DESCRIPTORS_INTERFACES; i++) {
        int error = interfaces & 1u << i ? settings->host.ops->claim(settings->host.handle, i) : 0;

        if (error)
            return error;
        settings->claimed |= interfaces & 1u << i;
    }
    return 0;
}

static void find_endpoints(struct settings *settings)
{
    descriptors_endpoints(&settings->host.descriptors, settings->configuration,
                          settings->alternates, &settings->endpoints);
}

/* --- what a guest changes --- */

static int set_configuration(struct settings *settings, unsigned value)
{
    int error, claim_error;

    if (value != 0 && !descriptors_interfaces(&settings->host.descriptors, value))
        return -EPIPE;
    release_all(settings, false);
    error = settings->host.ops->set_configuration(settings->host.handle, value);
    if (!error) {
        settings->configuration = value;
        memset(settings->alternates, 0, sizeof(settings->alternates));
        find_endpoints(settings);
    }
    claim_error = claim_all(settings);
    return error ? error : claim_error;
}

static int set_interface(struct settings *settings, unsigned interface, unsigned alternate)
{
    int error;

    if (interface >= DESCRIPTORS_INTERFACES || alternate > UINT8_MAX ||
        !(settings->claimed & 1u << interface))
        return -EPIPE;
    error = settings->host.ops->set_interface(settings->host.handle, interface, alternate);
    if (!error) {
        settings->alternates[interface] = (uint8_t)alternate;
        find_endpoints(settings);
    }
    return error;
}

uint8_t settings_endpoint(const struct settings *settings, unsigned number, bool in)
{
    return in ? settings->endpoints.in[number] : settings->endpoints.out[number];
}

static int clear_halt(struct settings *settings, unsigned address)
{
    unsigned number = address & USB_ENDPOINT_NUMBER_MASK;

    if (number == 0)
        return 0; /* it is over with the next request */
    if (settings_endpoint(settings, number, address & USB_DIR_IN) == ENDPOINT_NONE)
        return -EPIPE;
    return settings->host.ops->clear_halt(settings->host.handle,
                                          (uint8_t)(number | (address & USB_DIR_IN)));
}

static int reset(struct settings *settings)
{
    int error = settings->host.ops->reset(settings->host.handle);

    if (!error) {
        memset(settings->alternates, 0, sizeof(settings->alternates));
        find_endpoints(settings);
    }
    return error;
}

int settings_obey(struct settings *settings, const struct request *request)
{
    switch (request->kind) {
    case REQUEST_SET_CONFIGURATION:
        return set_configuration(settings, request->value & 0xff);
    case REQUEST_SET_INTERFACE:
        return set_interface(settings, request->index, request->value);
    case REQUEST_CLEAR_HALT:
        return clear_halt(settings, request->index);
    case REQUEST_RESET:
        return reset(settings);
    case REQUEST_REFUSE:
        return -EPIPE;
    default:
        return 1;
    }
}

/* --- from dom0, and back --- */

int settings_take(struct settings *settings, const struct host_device *host)
{
    int error;

    *settings = (struct settings){.host = *host, .configuration = host->configuration};
    find_endpoints(settings);
    error = claim_all(settings);
    if (error)
        release_all(settings, true);
    return error;
}

void settings_give_back(struct settings *settings)
{
    const struct host_ops *ops = settings->host.ops;

    if (ops->reset(settings->host.handle))
        g_message("A device did not want to be reset.");
    if (settings->configuration == settings->host.configuration) {
        release_all(settings, true);
        return;
    }
    release_all(settings, false);
    if (ops->set_configuration(settings->host.handle, settings->host.configuration))
        g_message("A device did not take back its configuration.");
}

void settings_forget(struct settings *settings)
{
    release_all(settings, false);
}
