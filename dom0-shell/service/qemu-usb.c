/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives orders to a device model, one at a time for each device. It serves the guest, and may be
 * the guest's by now: each order may be answered with anything, late, or never. */
#include "qemu-usb.h"

#include <string.h>
#include <unistd.h>

#include "error.h"
#include "usb-failure.h"
#include "usb-sysfs.h"

const UsbChannelTimes qemu_usb_times = {.attach = 10000, .detach = 5000};

#define BUS "usb.0"
/* QEMU's largest controller has so many. Which are taken (the first is the tablet's), it says
 * itself; left to choose, it would put a slow hub of its own on the last one. */
#define PORTS 15
#define TAKEN "(in use?)"
/* In front of our names of devices, among all others that QEMU has. */
#define PREFIX "usb_"
/* What is logged of an answer. */
#define SHOWN 200

typedef struct QemuUsb QemuUsb;

typedef enum {
    ATTACHING,
    ATTACHED,
    DETACHING,
} EntryState;

/* A device that the device model has, or will. */
typedef struct {
    QemuUsb *usb;
    char *key;
    char *id; /* QEMU's name of it */
    guint bus, number;
    guint port; /* tried last */
    EntryState state;
    gboolean asked; /* an order is under way */
    guint timer;    /* until it has taken too long; 0: nothing is waited for */
    GError *error;  /* why it is DETACHING, unless that was asked for */
} Entry;

/* Counted: orders may be answered when nobody asks any more. */
struct QemuUsb {
    UsbChannel base;
    Backend *backend; /* borrowed; not to be called once `entries` is NULL */
    char *name;
    int domid;
    const UsbChannelEvents *events;
    const UsbChannelTimes *times;
    gpointer data;
    GHashTable *entries; /* key -> Entry; NULL: the channel is no more */
    gboolean ending;
};

static QemuUsb *usb_of(UsbChannel *channel)
{
    return (QemuUsb *)channel;
}

static void entry_free(gpointer data)
{
    Entry *entry = data;

    g_clear_handle_id(&entry->timer, g_source_remove);
    g_clear_error(&entry->error);
    g_free(entry->key);
    g_free(entry->id);
    g_free(entry);
}

static Entry *entry_new(QemuUsb *usb, const char *key, guint number)
{
    Entry *entry = g_new0(Entry, 1);

    g_assert(usb_key_check(key) && !g_hash_table_contains(usb->entries, key));
    entry->usb = usb;
    entry->key = g_strdup(key);
    /* With the number: one that was plugged in again is another one. */
    entry->id = g_strdup_printf(PREFIX "%s_%u", key, number);
    g_hash_table_insert(usb->entries, entry->key, entry);
    return entry;
}

/* The device model has it no more. ERROR (may be NULL) is taken over. */
static void finish(Entry *entry, GError *error)
{
    g_autoptr(GError) own = error;
    g_autofree char *key = g_strdup(entry->key);
    QemuUsb *usb = entry->usb;

    g_hash_table_remove(usb->entries, key);
    usb->events->detached(key, own, usb->data);
}

static void finish_with(Entry *entry, const char *word)
{
    finish(entry, usb_failure(word, entry->usb->name));
}

static void set_timer(Entry *entry, guint ms, GSourceFunc function)
{
    g_clear_handle_id(&entry->timer, g_source_remove);
    entry->timer = g_timeout_add(ms, function, entry);
}

/* ---- Orders ---- */

typedef struct {
    QemuUsb *usb;
    char *key;
    char *command;
    /* TEXT is what QEMU says; NULL: it can't be asked. */
    void (*answered)(Entry *entry, const char *text);
} Order;

static void usb_clear(gpointer data)
{
    g_free(((QemuUsb *)data)->name);
}

static void order_free(gpointer data)
{
    Order *order = data;

    g_atomic_rc_box_release_full(order->usb, usb_clear);
    g_free(order->key);
    g_free(order->command);
    g_free(order);
}

static void ask_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Order *order = data;
    Backend *backend = order->usb->backend;

    backend->ops->ask_model(backend, order->usb->domid, order->command, task);
}

/* That a port is taken is to be expected. */
static void log_answer(const Order *order, const char *text, const GError *error)
{
    g_autofree char *line = usb_text_clean(text ? text : error->message, SHOWN);

    if (error || (strstr(text, "Error:") && !strstr(text, TAKEN)))
        g_message("%s: “%s”: %s", order->usb->name, order->command, line);
}

static void on_answer(GObject *source, GAsyncResult *result, gpointer data)
{
    const Order *order = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;
    g_autofree char *text = g_task_propagate_pointer(G_TASK(result), &error);
    Entry *entry =
        order->usb->entries ? g_hash_table_lookup(order->usb->entries, order->key) : NULL;

    if (!entry)
        return;
    log_answer(order, text, error);
    entry->asked = FALSE;
    order->answered(entry, text);
}

/* COMMAND is taken over. */
static void ask(Entry *entry, char *command, void (*answered)(Entry *entry, const char *text))
{
    g_autoptr(GTask) task = g_task_new(NULL, NULL, on_answer, NULL);
    Order *order = g_new0(Order, 1);

    order->usb = g_atomic_rc_box_acquire(entry->usb);
    order->key = g_strdup(entry->key);
    order->command = command;
    order->answered = answered;
    entry->asked = TRUE;
    g_task_set_task_data(task, order, order_free);
    worker_run(entry->usb->backend->worker, G_PRIORITY_DEFAULT, task, ask_thread);
}

/* ---- Back ---- */

/* Also of one that was unplugged: QEMU keeps it, without a device behind it. */
static void on_removed(Entry *entry, const char *text)
{
    g_autoptr(GError) error = NULL;

    /* A device model that can't be asked has ended, and all that it had is free. */
    if (!text && !entry->error && !entry->usb->ending)
        entry->error = usb_failure("no-model", entry->usb->name);
    if (!text || entry->usb->ending || !strstr(text, "Error:") || strstr(text, "not found")) {
        finish(entry, g_steal_pointer(&entry->error));
        return;
    }
    g_clear_handle_id(&entry->timer, g_source_remove);
    error = usb_failure("kept", entry->usb->name);
    entry->usb->events->stuck(entry->key, error, entry->usb->data);
}

static void remove_device(Entry *entry)
{
    ask(entry, g_strdup_printf("device_del %s", entry->id), on_removed);
}

/* A device model can't be ended without its guest, so that the device stays where it is. */
static gboolean detach_timed_out(gpointer data)
{
    Entry *entry = data;
    g_autoptr(GError) error = NULL;

    entry->timer = 0;
    if (entry->usb->ending) {
        finish(entry, NULL);
        return G_SOURCE_REMOVE;
    }
    error = usb_failure("hangs", entry->usb->name);
    entry->usb->events->stuck(entry->key, error, entry->usb->data);
    return G_SOURCE_REMOVE;
}

/* ERROR (may be NULL) is taken over. */
static void begin_detach(Entry *entry, GError *error)
{
    entry->state = DETACHING;
    entry->error = error;
    set_timer(entry, entry->usb->times->detach, detach_timed_out);
    if (!entry->asked)
        remove_device(entry);
}

/* ---- Away ---- */

/* Pieces of what QEMU says, and the word for usb_failure(). The names in it are the device's own:
 * they may lead to another sentence, and to nothing else. */
static const struct {
    const char *piece;
    const char *word;
} complaints[] = {
    {"Bus '" BUS "' not found", "no-controller"},
    {"speed mismatch", "speed"},
    {"failed to find host usb device", "unplugged"},
};

static const char *word_of(const char *text)
{
    for (guint i = 0; i < G_N_ELEMENTS(complaints); i++) {
        if (strstr(text, complaints[i].piece))
            return complaints[i].word;
    }
    return "model-error";
}

static void try_port(Entry *entry);

static void on_added(Entry *entry, const char *text)
{
    gboolean failed = !text || strstr(text, "Error:") != NULL;

    if (entry->state == DETACHING) {
        /* Given up, or taken back, before it was there. */
        if (failed)
            finish(entry, g_steal_pointer(&entry->error));
        else
            remove_device(entry);
    } else if (!text) {
        finish_with(entry, "no-model");
    } else if (strstr(text, TAKEN) && entry->port < PORTS) {
        try_port(entry);
    } else if (failed) {
        finish_with(entry, strstr(text, TAKEN) ? "full" : word_of(text));
    } else {
        g_clear_handle_id(&entry->timer, g_source_remove);
        entry->state = ATTACHED;
        entry->usb->events->attached(entry->key, entry->usb->data);
    }
}

/* The next one. */
static void try_port(Entry *entry)
{
    entry->port++;
    ask(entry,
        g_strdup_printf("device_add usb-host,bus=" BUS ",port=%u,hostbus=%u,hostaddr=%u,id=%s",
                        entry->port, entry->bus, entry->number, entry->id),
        on_added);
}

static gboolean attach_timed_out(gpointer data)
{
    Entry *entry = data;

    entry->timer = 0;
    begin_detach(entry, usb_failure("hangs", entry->usb->name));
    return G_SOURCE_REMOVE;
}

/* ---- What it should have: of an earlier service, or unless it has died ---- */

/* Among QEMU's devices, one a line: NAME (TYPE). */
static gboolean is_listed(const char *text, const char *id)
{
    g_autofree char *line = g_strdup_printf("\n%s (", id);
    g_autofree char *whole = g_strconcat("\n", text, NULL);

    return strstr(whole, line) != NULL;
}

static void on_listed(Entry *entry, const char *text)
{
    if (entry->state == DETACHING)
        remove_device(entry);
    else if (!text)
        finish_with(entry, "no-model");
    else if (!is_listed(text, entry->id))
        finish(entry, NULL);
}

static void look_for(Entry *entry)
{
    ask(entry, g_strdup("qom-list /machine/peripheral"), on_listed);
}

/* ---- The channel ---- */

static void free_channel(UsbChannel *channel)
{
    QemuUsb *usb = usb_of(channel);

    if (!usb)
        return;
    g_clear_pointer(&usb->entries, g_hash_table_unref);
    g_atomic_rc_box_release_full(usb, usb_clear);
}

static void start(UsbChannel *channel)
{
}

static gboolean is_present(UsbChannel *channel)
{
    return TRUE;
}

static gboolean holds(UsbChannel *channel, const char *key)
{
    return g_hash_table_contains(usb_of(channel)->entries, key);
}

static gboolean is_empty(UsbChannel *channel)
{
    return g_hash_table_size(usb_of(channel)->entries) == 0;
}

/* That the node could be opened has shown that there is a device; QEMU finds it by its numbers. */
static void attach(UsbChannel *channel, const UsbDevice *device, int fd)
{
    Entry *entry = entry_new(usb_of(channel), device->key, device->number);

    close(fd);
    entry->bus = device->bus;
    entry->number = device->number;
    set_timer(entry, entry->usb->times->attach, attach_timed_out);
    try_port(entry);
}

static void detach(UsbChannel *channel, const char *key)
{
    Entry *entry = g_hash_table_lookup(usb_of(channel)->entries, key);

    if (entry && (entry->state != DETACHING || entry->timer == 0))
        begin_detach(entry, g_steal_pointer(&entry->error));
}

static void detach_all(UsbChannel *channel)
{
    QemuUsb *usb = usb_of(channel);
    GHashTableIter iter;
    gpointer key;

    usb->ending = TRUE;
    g_hash_table_iter_init(&iter, usb->entries);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        detach(channel, key);
}

static void adopt(UsbChannel *channel, const char *key, guint number)
{
    Entry *entry = entry_new(usb_of(channel), key, number);

    entry->state = ATTACHED;
    look_for(entry);
}

static void check(UsbChannel *channel)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, usb_of(channel)->entries);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        Entry *entry = value;

        if (entry->state == ATTACHED && !entry->asked)
            look_for(entry);
    }
}

static const UsbChannelOps ops = {
    .free = free_channel,
    .start = start,
    .is_present = is_present,
    .holds = holds,
    .is_empty = is_empty,
    .attach = attach,
    .detach = detach,
    .detach_all = detach_all,
    .adopt = adopt,
    .check = check,
};

UsbChannel *qemu_usb_new(Backend *backend, const char *name, int domid,
                         const UsbChannelEvents *events, gpointer data,
                         const UsbChannelTimes *times)
{
    QemuUsb *usb = g_atomic_rc_box_new0(QemuUsb);

    usb->base.ops = &ops;
    usb->backend = backend;
    usb->name = g_strdup(name);
    usb->domid = domid;
    usb->events = events;
    usb->times = times;
    usb->data = data;
    usb->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
    return &usb->base;
}
