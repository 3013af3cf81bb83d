/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One device of the guest in xenstore: its nodes, and the handshake with its front end. */
#include "backend/xenbus.h"

#include <errno.h>
#include <stdlib.h>

#include <glib.h>

/* Mapping a framebuffer is work for dom0: a guest can have it done so many times a second. */
#define STEPS_PER_WINDOW 20
#define WINDOW_US        (1000 * 1000)

#define COMPLAINTS_PER_WINDOW 5
#define COMPLAINTS_WINDOW_US  (60 * 1000 * 1000)

#define TRANSACTION_TRIES 32

static char *front_path(uint32_t domid, const char *type)
{
    return g_strdup_printf("/local/domain/%u/device/%s/0", domid, type);
}

static char *back_path(uint32_t domid, const char *type)
{
    return g_strdup_printf("/local/domain/0/backend/%s/%u/0", type, domid);
}

void xenbus_device_init(struct xenbus_device *device, struct guest *guest, const char *type)
{
    *device = (struct xenbus_device){
        .guest = guest,
        .type = type,
        .front = front_path(guest->domid, type),
        .back = back_path(guest->domid, type),
        .steps = {.limit = STEPS_PER_WINDOW, .window_us = WINDOW_US},
        .complaints = {.limit = COMPLAINTS_PER_WINDOW, .window_us = COMPLAINTS_WINDOW_US},
    };
}

/* --- nodes --- */

/* A directory of @owner that @reader can read; what is then made below inherits that. */
static bool make_directory(struct store *store, xs_transaction_t t, const char *path,
                           uint32_t owner, uint32_t reader)
{
    struct xs_permissions perms[] = {
        {.id = owner, .perms = XS_PERM_NONE},
        {.id = reader, .perms = XS_PERM_READ},
    };

    return xs_mkdir(store_handle(store), t, path) &&
           xs_set_permissions(store_handle(store), t, path, perms, G_N_ELEMENTS(perms));
}

static bool write_number(struct store *store, xs_transaction_t t, const char *dir, const char *key,
                         unsigned number)
{
    char text[12];

    g_snprintf(text, sizeof(text), "%u", number);
    return store_write(store, t, dir, key, text);
}

static bool write_keys(struct store *store, xs_transaction_t t, const char *dir,
                       const struct xenbus_key *keys, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (!store_write(store, t, dir, keys[i].name, keys[i].value))
            return false;
    return true;
}

static bool make_front(struct guest *guest, xs_transaction_t t, const struct xenbus_class *class,
                       const char *front, const char *back)
{
    struct store *store = guest->store;

    return make_directory(store, t, front, guest->domid, 0) &&
           store_write(store, t, front, "backend", back) &&
           write_number(store, t, front, "backend-id", 0) &&
           write_keys(store, t, front, class->front_keys, class->front_key_count) &&
           write_number(store, t, front, "state", XenbusStateInitialising);
}

/* The keys are there: nothing holds us in state 1. */
static bool tell_front(struct store *store, xs_transaction_t t, const struct xenbus_class *class,
                       const char *back)
{
    return write_keys(store, t, back, class->keys, class->key_count) &&
           write_number(store, t, back, "state", XenbusStateInitWait);
}

static bool make_back(struct guest *guest, xs_transaction_t t, const struct xenbus_class *class,
                      const char *front, const char *back)
{
    struct store *store = guest->store;

    return make_directory(store, t, back, 0, guest->domid) &&
           store_write(store, t, back, "frontend", front) &&
           write_number(store, t, back, "frontend-id", guest->domid) &&
           write_number(store, t, back, "online", 1) && tell_front(store, t, class, back);
}

/*
 * Our state, if the two directories name each other and have not been half removed; Unknown if
 * not.
 */
static enum xenbus_state nodes_state(struct guest *guest, xs_transaction_t t, const char *front,
                                     const char *back)
{
    g_autofree char *named_back = store_read(guest->store, t, front, "backend");
    g_autofree char *named_front = store_read(guest->store, t, back, "frontend");
    g_autofree char *state = store_read(guest->store, t, back, "state");

    return g_strcmp0(named_back, back) == 0 && g_strcmp0(named_front, front) == 0
               ? xenbus_state_parse(state)
               : XenbusStateUnknown;
}

static bool make_nodes(struct guest *guest, xs_transaction_t t, const struct xenbus_class *class)
{
    g_autofree char *front = front_path(guest->domid, class->type);
    g_autofree char *back = back_path(guest->domid, class->type);

    enum xenbus_state state = nodes_state(guest, t, front, back);

    if (state >= XenbusStateInitWait)
        return true;
    if (state == XenbusStateInitialising && class->adopted)
        return tell_front(guest->store, t, class, back);
    xs_rm(store_handle(guest->store), t, front);
    xs_rm(store_handle(guest->store), t, back);
    return make_front(guest, t, class, front, back) && make_back(guest, t, class, front, back);
}

bool xenbus_create_nodes(struct guest *guest, const struct xenbus_class *classes, unsigned count)
{
    struct xs_handle *xs = store_handle(guest->store);

    for (unsigned try = 0; try < TRANSACTION_TRIES; try++) {
        xs_transaction_t t = xs_transaction_start(xs);
        bool made = t != XBT_NULL;
        int error;

        for (unsigned i = 0; made && i < count; i++)
            made = make_nodes(guest, t, &classes[i]);
        error = errno;
        if (t != XBT_NULL && xs_transaction_end(xs, t, !made) && made)
            return true;
        if (!made)
            errno = error;
        if (!made || errno != EAGAIN)
            return false;
    }
    errno = EAGAIN;
    return false;
}

bool xenbus_has_nodes(struct guest *guest, const struct xenbus_class *class)
{
    g_autofree char *front = front_path(guest->domid, class->type);
    g_autofree char *back = back_path(guest->domid, class->type);

    return nodes_state(guest, XBT_NULL, front, back) >= XenbusStateInitWait;
}

void xenbus_remove_nodes(struct guest *guest, const struct xenbus_class *classes, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        /* The level above is this guest's too, and holds only this one device. */
        g_autofree char *path =
            g_strdup_printf("/local/domain/0/backend/%s/%u", classes[i].type, guest->domid);

        xs_rm(store_handle(guest->store), XBT_NULL, path);
    }
}

/* --- the handshake --- */

void xenbus_device_complain(struct xenbus_device *device, const char *what)
{
    if (throttle_take(&device->complaints, g_get_monotonic_time()) == 0)
        g_warning("The guest's %s is wrong: %s.", device->type, what);
}

static void set_state(struct xenbus_device *device, enum xenbus_state state)
{
    if (device->back_state == state)
        return;
    device->back_state = state;
    write_number(device->guest->store, XBT_NULL, device->back, "state", state);
}

static void disconnect(struct xenbus_device *device)
{
    if (device->connected)
        device->ops->disconnect(device->data);
    device->connected = false;
}

static void connect(struct xenbus_device *device)
{
    const char *wrong = device->ops->connect(device->data);

    device->connected = !wrong;
    if (wrong)
        xenbus_device_complain(device, wrong);
    else if (throttle_take(&device->complaints, g_get_monotonic_time()) == 0)
        g_message("The guest's %s is connected.", device->type);
    set_state(device, wrong ? XenbusStateClosing : XenbusStateConnected);
}

static void take_step(struct xenbus_device *device, enum xenbus_step step)
{
    switch (step) {
    case XENBUS_STAY:
        break;
    case XENBUS_WAIT:
        disconnect(device);
        set_state(device, XenbusStateInitWait);
        break;
    case XENBUS_CONNECT:
    case XENBUS_RECONNECT:
        disconnect(device);
        connect(device);
        break;
    case XENBUS_CLOSING:
        disconnect(device);
        set_state(device, XenbusStateClosing);
        break;
    case XENBUS_CLOSED:
        disconnect(device);
        set_state(device, XenbusStateClosed);
        break;
    case XENBUS_DISCONNECT:
        disconnect(device);
        break;
    }
}

static void look(void *data);

static gboolean on_retry(gpointer data)
{
    struct xenbus_device *device = data;

    device->retry_timer = 0;
    look(device);
    return G_SOURCE_REMOVE;
}

static void look(void *data)
{
    struct xenbus_device *device = data;
    g_autofree char *text = store_read(device->guest->store, XBT_NULL, device->front, "state");
    struct xenbus_view view = {
        .front = xenbus_state_parse(text),
        .front_last = device->front_last,
        .back = device->back_state,
        .connected = device->connected,
    };
    enum xenbus_step step = xenbus_next_step(&view);
    int64_t wait_us;

    wait_us = step == XENBUS_STAY ? 0 : throttle_take(&device->steps, g_get_monotonic_time());
    if (wait_us > 0) {
        g_clear_handle_id(&device->retry_timer, g_source_remove);
        device->retry_timer = g_timeout_add((guint)(wait_us / 1000 + 1), on_retry, device);
        return;
    }
    device->front_last = view.front;
    take_step(device, step);
}

bool xenbus_device_start(struct xenbus_device *device, const struct xenbus_ops *ops, void *data)
{
    g_autofree char *path = g_strdup_printf("%s/state", device->front);
    g_autofree char *text = store_read(device->guest->store, XBT_NULL, device->back, "state");

    device->ops = ops;
    device->data = data;
    device->back_state = xenbus_state_parse(text);
    device->watch = store_watch_new(device->guest->store, path, look, device);
    return device->watch != NULL;
}

void xenbus_device_stop(struct xenbus_device *device)
{
    g_clear_handle_id(&device->retry_timer, g_source_remove);
    g_clear_pointer(&device->watch, store_watch_free);
    disconnect(device);
    g_clear_pointer(&device->front, g_free);
    g_clear_pointer(&device->back, g_free);
}
