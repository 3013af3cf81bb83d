/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The devices of one guest. */
#include "passthrough.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <linux/usb/ch9.h>

#include <glib.h>

#include "control.h"
#include "device.h"

#define NO_CHANNEL (-1)

/* By which the guest's kernel calls a device: a bus number, and a number on it. */
#define DEVID_BUS (1u << 16)

struct slot {
    struct passthrough *passthrough;
    char key[CONTROL_KEY_MAX + 1]; /* empty: the slot is free */
    int fd;
    int channel;
    struct device *device;
    bool attached;
    bool closing;
    const char *failure; /* what is said in the end, if it never was attached */
    guint answer_timer;
};

struct passthrough {
    passthrough_open open;
    void *host;
    const struct passthrough_line *line;
    void *line_data;
    const struct passthrough_owner *owner;
    void *data;

    struct link *link;
    struct device_budget budget;
    struct slot slots[FRAME_CHANNELS];
    bool met;      /* the tool has said hello */
    bool present;  /* and the service knows */
    bool has_left; /* but it does not know yet that the tool has gone since */
    bool hung_up;  /* we want this tool to go */
    bool ending;
    guint run_source;
    guint ended_source;
};

static void say(struct passthrough *passthrough, const char *first, const char *second,
                const char *third)
{
    passthrough->owner->say(passthrough->data, first, second, third);
}

static bool any_device(const struct passthrough *passthrough)
{
    for (unsigned i = 0; i < FRAME_CHANNELS; i++)
        if (passthrough->slots[i].key[0])
            return true;
    return false;
}

static struct slot *find_slot(struct passthrough *passthrough, const char *key)
{
    for (unsigned i = 0; i < FRAME_CHANNELS; i++)
        if (strcmp(passthrough->slots[i].key, key) == 0)
            return &passthrough->slots[i];
    return NULL;
}

static struct slot *slot_of_channel(struct passthrough *passthrough, unsigned channel)
{
    for (unsigned i = 0; i < FRAME_CHANNELS; i++)
        if (passthrough->slots[i].key[0] && passthrough->slots[i].channel == (int)channel)
            return &passthrough->slots[i];
    return NULL;
}

static gboolean on_run(gpointer data)
{
    struct passthrough *passthrough = data;

    passthrough->run_source = 0;
    passthrough_run(passthrough);
    return G_SOURCE_REMOVE;
}

static void run_soon(struct passthrough *passthrough)
{
    if (!passthrough->run_source && !passthrough->ending)
        passthrough->run_source = g_idle_add_full(G_PRIORITY_DEFAULT, on_run, passthrough, NULL);
}

/* --- is the tool there? --- */

static gboolean on_ended(gpointer data)
{
    struct passthrough *passthrough = data;

    passthrough->ended_source = 0;
    passthrough->owner->ended(passthrough->data);
    return G_SOURCE_REMOVE;
}

/* Says what has changed. That a tool has gone is not said before all devices were given back. */
static void tell_presence(struct passthrough *passthrough)
{
    if (any_device(passthrough))
        return;
    if (passthrough->has_left) {
        passthrough->has_left = false;
        passthrough->present = false;
        say(passthrough, "guest", "absent", NULL);
    }
    if (passthrough->ending && !passthrough->ended_source)
        passthrough->ended_source = g_idle_add(on_ended, passthrough);
    if (!passthrough->present && passthrough->met && !passthrough->ending) {
        passthrough->present = true;
        say(passthrough, "guest", "present", NULL);
    }
}

/* --- a device's way --- */

/* Begins its end. @failure: what is said if it never was the guest's, or NULL if that was asked
 * for. */
static void close_slot(struct slot *slot, const char *failure, bool gone)
{
    struct passthrough *passthrough = slot->passthrough;

    if (slot->channel != NO_CHANNEL) {
        link_leave(passthrough->link, (unsigned)slot->channel);
        run_soon(passthrough);
    }
    slot->channel = NO_CHANNEL;
    g_clear_handle_id(&slot->answer_timer, g_source_remove);
    if (!slot->closing)
        slot->failure = failure;
    slot->closing = true;
    device_close(slot->device, gone);
}

static void free_slot(struct slot *slot)
{
    close(slot->fd);
    slot->key[0] = '\0';
}

static void on_closed(void *data)
{
    struct slot *slot = data;

    if (!slot->attached && slot->failure)
        say(slot->passthrough, "failed", slot->key, slot->failure);
    else
        say(slot->passthrough, "detached", slot->key, NULL);
    free_slot(slot);
    tell_presence(slot->passthrough);
}

static void on_gone(void *data)
{
    struct slot *slot = data;

    close_slot(slot, "unplugged", true);
}

static void on_reply(void *data, const void *octets, size_t length)
{
    struct slot *slot = data;

    if (slot->channel == NO_CHANNEL)
        return;
    link_send(slot->passthrough->link, (unsigned)slot->channel, octets, length);
    run_soon(slot->passthrough);
}

static size_t on_backlog(void *data)
{
    struct slot *slot = data;

    return slot->channel == NO_CHANNEL
               ? 0
               : link_backlog(slot->passthrough->link, (unsigned)slot->channel);
}

static const struct device_owner device_owner = {
    .reply = on_reply,
    .backlog = on_backlog,
    .closed = on_closed,
};

static gboolean on_no_answer(gpointer data)
{
    struct slot *slot = data;

    slot->answer_timer = 0;
    close_slot(slot, "error", false);
    return G_SOURCE_REMOVE;
}

/* --- attaching --- */

static const char *word_for(int error)
{
    switch (error) {
    case -ENODEV:
        return "unplugged";
    case -EBUSY:
        return "busy";
    case -EOPNOTSUPP:
        return "unsupported";
    default:
        return "error";
    }
}

/* A hub is not given away: what is plugged into it would still be dom0's. */
static int check_device(const struct host_device *host)
{
    if (descriptors_class(&host->descriptors) == USB_CLASS_HUB ||
        !descriptors_interfaces(&host->descriptors, host->configuration))
        return -EOPNOTSUPP;
    return 0;
}

/* Opens it and takes it from dom0; the guest does not know yet. */
static int take_device(struct slot *slot)
{
    struct passthrough *passthrough = slot->passthrough;
    struct host_device host;
    unsigned number = (unsigned)(slot - passthrough->slots);
    int error = passthrough->open(passthrough->host, slot->fd, on_gone, slot, &host);

    if (error)
        return error;
    error = check_device(&host);
    if (!error)
        error = device_new(&host, DEVID_BUS | (number + 1), &passthrough->budget, &device_owner,
                           slot, &slot->device);
    if (error) {
        host.ops->close(host.handle);
        return error;
    }
    slot->channel = link_offer(passthrough->link, DEVID_BUS | (number + 1), host.speed);
    return 0;
}

/* Why @key can't be attached whatever it is, or NULL and a slot that is free. */
static const char *find_obstacle(struct passthrough *passthrough, const char *key,
                                 struct slot **ret_slot)
{
    if (!passthrough->present || passthrough->has_left || passthrough->ending)
        return "no-tool";
    if (find_slot(passthrough, key))
        return "busy";
    *ret_slot = find_slot(passthrough, "");
    return *ret_slot ? NULL : "limit";
}

void passthrough_attach(struct passthrough *passthrough, const char *key, int fd)
{
    struct slot *slot = NULL;
    const char *obstacle = find_obstacle(passthrough, key, &slot);
    int error;

    if (obstacle) {
        say(passthrough, "failed", key, obstacle);
        close(fd);
        return;
    }
    *slot = (struct slot){.passthrough = passthrough, .fd = fd, .channel = NO_CHANNEL};
    g_strlcpy(slot->key, key, sizeof(slot->key));
    error = take_device(slot);
    if (error) {
        say(passthrough, "failed", key, word_for(error));
        free_slot(slot);
    } else if (slot->channel == NO_CHANNEL) {
        close_slot(slot, "limit", false);
    } else {
        slot->answer_timer = g_timeout_add(PASSTHROUGH_ANSWER_MS, on_no_answer, slot);
        run_soon(passthrough);
    }
}

void passthrough_detach(struct passthrough *passthrough, const char *key)
{
    struct slot *slot = find_slot(passthrough, key);

    if (!slot)
        say(passthrough, "detached", key, NULL);
    else if (!slot->closing)
        close_slot(slot, NULL, false);
}

/* --- what the tool says --- */

static void on_met(void *data)
{
    struct passthrough *passthrough = data;

    passthrough->met = true;
    tell_presence(passthrough);
}

static void on_answered(void *data, unsigned channel, enum frame_result result)
{
    struct slot *slot = slot_of_channel(data, channel);

    if (!slot)
        return;
    g_clear_handle_id(&slot->answer_timer, g_source_remove);
    if (result == FRAME_ATTACHED) {
        slot->attached = true;
        say(slot->passthrough, "attached", slot->key, NULL);
        return;
    }
    slot->channel = NO_CHANNEL;
    close_slot(slot, result == FRAME_FULL ? "full" : "refused", false);
}

/* True if something was used up. */
static bool feed(struct slot *slot)
{
    struct link *link = slot->passthrough->link;
    const struct octets *in = link_in(link, (unsigned)slot->channel);
    ssize_t used = in->used ? device_take(slot->device, octets_front(in), in->used) : 0;

    if (used < 0) {
        g_message("The guest's words about %s make no sense.", slot->key);
        close_slot(slot, "error", false);
    } else if (used > 0) {
        link_used(link, (unsigned)slot->channel, (size_t)used);
    }
    return used > 0;
}

static void on_arrived(void *data, unsigned channel)
{
    /* It is looked at after link_run(), when all that has come is there. */
}

static void on_left(void *data, unsigned channel)
{
    struct slot *slot = slot_of_channel(data, channel);

    if (!slot)
        return;
    slot->channel = NO_CHANNEL;
    close_slot(slot, "refused", false);
}

static const struct link_owner link_owner = {
    .met = on_met,
    .answered = on_answered,
    .arrived = on_arrived,
    .left = on_left,
};

/* --- the line --- */

/* The tool has gone, or has to go: dom0 takes its devices back. */
static void end_session(struct passthrough *passthrough)
{
    passthrough->met = false;
    passthrough->has_left = passthrough->present;
    for (unsigned i = 0; i < FRAME_CHANNELS; i++) {
        struct slot *slot = &passthrough->slots[i];

        if (!slot->key[0])
            continue;
        slot->channel = NO_CHANNEL;
        if (!slot->closing)
            close_slot(slot, "no-tool", false);
    }
    link_reset(passthrough->link);
    tell_presence(passthrough);
}

static void serve(struct passthrough *passthrough)
{
    enum link_state state = link_run(passthrough->link);
    bool used = false;

    if (state == LINK_BROKEN) {
        passthrough->hung_up = true;
        passthrough->line->hang_up(passthrough->line_data);
        end_session(passthrough);
        return;
    }
    for (unsigned i = 0; i < FRAME_CHANNELS; i++) {
        struct slot *slot = &passthrough->slots[i];

        if (!slot->key[0] || slot->closing || slot->channel == NO_CHANNEL)
            continue;
        device_sent(slot->device);
        used = feed(slot) || used;
    }
    if (state == LINK_BUSY || used)
        run_soon(passthrough);
}

void passthrough_run(struct passthrough *passthrough)
{
    if (passthrough->ending)
        return;
    if (!passthrough->line->is_open(passthrough->line_data)) {
        end_session(passthrough);
        passthrough->hung_up = false;
        passthrough->line->renew(passthrough->line_data);
    } else if (!passthrough->hung_up) {
        serve(passthrough);
    }
}

struct passthrough *passthrough_new(passthrough_open open, void *host,
                                    const struct passthrough_line *line, void *line_data,
                                    const struct passthrough_owner *owner, void *data)
{
    struct passthrough *passthrough = g_new0(struct passthrough, 1);

    passthrough->open = open;
    passthrough->host = host;
    passthrough->line = line;
    passthrough->line_data = line_data;
    passthrough->owner = owner;
    passthrough->data = data;
    passthrough->budget.limit = PASSTHROUGH_OCTETS_MAX;
    passthrough->link = link_new(false, line->stream, line_data, &link_owner, passthrough);
    return passthrough;
}

void passthrough_free(struct passthrough *passthrough)
{
    if (!passthrough)
        return;
    g_clear_handle_id(&passthrough->run_source, g_source_remove);
    g_clear_handle_id(&passthrough->ended_source, g_source_remove);
    link_free(passthrough->link);
    g_free(passthrough);
}

void passthrough_end(struct passthrough *passthrough)
{
    if (passthrough->ending)
        return;
    passthrough->ending = true;
    g_clear_handle_id(&passthrough->run_source, g_source_remove);
    end_session(passthrough);
}
