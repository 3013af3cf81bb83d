/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Talks to the USB process of a guest, a message a datagram: attach KEY (with the device's node),
 * detach KEY; and back: guest present, guest absent, attached KEY, detached KEY, failed KEY WORD.
 */
#include "guest-usb.h"

#include <string.h>
#include <unistd.h>

#include "error.h"
#include "helper.h"
#include "usb-failure.h"
#include "usb-sysfs.h"

const UsbChannelTimes guest_usb_times = {.attach = 10000, .detach = 5000, .present = 5000};

static const HelperKind kind = {
    .what = N_("USB process"),
    .error = SERVICE_ERROR_FAILED,
    .problem = N_("The guest runs, but its USB process keeps failing and was given up."),
};

typedef struct GuestUsb GuestUsb;

typedef enum {
    WAITING, /* for the process, and the guest's tool */
    ATTACHING,
    ATTACHED,
    DETACHING,
} EntryState;

/* A device that the process holds, or will. */
typedef struct {
    GuestUsb *usb;
    char *key;
    EntryState state;
    int fd;        /* while WAITING */
    guint timer;   /* until it has taken too long; 0: nothing is waited for */
    GError *error; /* why it is DETACHING, unless that was asked for */
} Entry;

struct GuestUsb {
    UsbChannel base;
    Helper *helper;
    char *name;
    const UsbChannelEvents *events;
    const UsbChannelTimes *times;
    gpointer data;
    GHashTable *entries; /* key -> Entry */
    gboolean running;
    gboolean present;
};

static void entry_free(gpointer data)
{
    Entry *entry = data;

    g_clear_handle_id(&entry->timer, g_source_remove);
    if (entry->fd >= 0)
        close(entry->fd);
    g_clear_error(&entry->error);
    g_free(entry->key);
    g_free(entry);
}

/* The process holds it no more. ERROR (may be NULL) is taken over. */
static void finish(Entry *entry, GError *error)
{
    g_autoptr(GError) own = error;
    g_autofree char *key = g_strdup(entry->key);
    GuestUsb *usb = entry->usb;

    g_hash_table_remove(usb->entries, key);
    usb->events->detached(key, own, usb->data);
}

/* The process is gone, or has to go, and with it all that it held. */
static void lose_all(GuestUsb *usb, const char *why)
{
    g_autoptr(GPtrArray) entries = g_ptr_array_new();
    GHashTableIter iter;
    gpointer entry;

    helper_stop(usb->helper);
    usb->running = FALSE;
    usb->present = FALSE;
    g_hash_table_iter_init(&iter, usb->entries);
    while (g_hash_table_iter_next(&iter, NULL, &entry))
        g_ptr_array_add(entries, entry);
    for (guint i = 0; i < entries->len; i++)
        finish(entries->pdata[i], g_error_new_literal(SERVICE_ERROR, SERVICE_ERROR_FAILED, why));
}

/* ---- Requests ---- */

static gboolean say(Entry *entry, const char *verb, int fd)
{
    g_autofree char *text = g_strdup_printf("%s %s", verb, entry->key);

    return helper_send(entry->usb->helper, text, fd);
}

static void set_timer(Entry *entry, guint ms, GSourceFunc function)
{
    g_clear_handle_id(&entry->timer, g_source_remove);
    entry->timer = g_timeout_add(ms, function, entry);
}

static gboolean detach_timed_out(gpointer data)
{
    Entry *entry = data;

    entry->timer = 0;
    g_warning("%s: the USB process does not give %s back, and is ended.", entry->usb->name,
              entry->key);
    lose_all(entry->usb, N_("The guest's USB process did not answer, and was ended. The device is "
                            "this computer's again."));
    return G_SOURCE_REMOVE;
}

/* ERROR (may be NULL) is taken over. */
static void begin_detach(Entry *entry, GError *error)
{
    entry->state = DETACHING;
    entry->error = error;
    set_timer(entry, entry->usb->times->detach, detach_timed_out);
    if (!say(entry, "detach", -1))
        g_message("%s: the USB process does not listen.", entry->usb->name);
}

static gboolean attach_timed_out(gpointer data)
{
    Entry *entry = data;

    entry->timer = 0;
    begin_detach(entry,
                 g_error_new(SERVICE_ERROR, SERVICE_ERROR_TIMED_OUT,
                             N_("“%s” did not take the device within %u seconds. Look whether "
                                "it hangs, and try again."),
                             entry->usb->name, entry->usb->times->attach / 1000));
    return G_SOURCE_REMOVE;
}

static gboolean never_present(gpointer data)
{
    Entry *entry = data;

    entry->timer = 0;
    finish(entry, usb_failure("no-tool", entry->usb->name));
    return G_SOURCE_REMOVE;
}

static gboolean never_sent(gpointer data)
{
    Entry *entry = data;

    entry->timer = 0;
    finish(entry, usb_failure("error", entry->usb->name));
    return G_SOURCE_REMOVE;
}

/* Sends what waits, or lets it wait for the guest's tool, but not for ever. */
static void proceed(Entry *entry)
{
    if (entry->state != WAITING || !helper_is_available(entry->usb->helper))
        return;
    if (!entry->usb->present) {
        set_timer(entry, entry->usb->times->present, never_present);
        return;
    }
    if (!say(entry, "attach", entry->fd)) {
        entry->state = DETACHING;
        set_timer(entry, 0, never_sent);
        return;
    }
    close(entry->fd);
    entry->fd = -1;
    entry->state = ATTACHING;
    set_timer(entry, entry->usb->times->attach, attach_timed_out);
}

static void proceed_all(GuestUsb *usb)
{
    GHashTableIter iter;
    gpointer entry;

    g_hash_table_iter_init(&iter, usb->entries);
    while (g_hash_table_iter_next(&iter, NULL, &entry))
        proceed(entry);
}

/* ---- What the process says ---- */

static void on_present(GuestUsb *usb)
{
    if (usb->present)
        return;
    usb->present = TRUE;
    proceed_all(usb);
    usb->events->present(usb->data);
}

static void on_attached(Entry *entry)
{
    /* One that is asked for again already is not told of. */
    if (entry->state != ATTACHING)
        return;
    g_clear_handle_id(&entry->timer, g_source_remove);
    entry->state = ATTACHED;
    entry->usb->events->attached(entry->key, entry->usb->data);
}

/* A guest may let go of what it has at any time: that is its own affair. */
static void on_detached(Entry *entry)
{
    if (entry->state == ATTACHING)
        finish(entry, usb_failure("refused", entry->usb->name));
    else if (entry->state != WAITING)
        finish(entry, g_steal_pointer(&entry->error));
}

static void on_failed(Entry *entry, const char *word)
{
    if (entry->state == ATTACHING)
        finish(entry, usb_failure(word, entry->usb->name));
    else if (entry->state == DETACHING)
        finish(entry, g_steal_pointer(&entry->error));
}

/* What makes no sense at this point says nothing: the process may be the guest's by now. */
static void on_message(const char *text, gpointer data)
{
    GuestUsb *usb = data;
    g_auto(GStrv) words = g_strsplit(text, " ", 4);
    guint count = g_strv_length(words);
    Entry *entry = count >= 2 ? g_hash_table_lookup(usb->entries, words[1]) : NULL;

    if (strcmp(text, "guest present") == 0)
        on_present(usb);
    else if (strcmp(text, "guest absent") == 0)
        usb->present = FALSE;
    else if (entry && count == 2 && strcmp(words[0], "attached") == 0)
        on_attached(entry);
    else if (entry && count == 2 && strcmp(words[0], "detached") == 0)
        on_detached(entry);
    else if (entry && count == 3 && strcmp(words[0], "failed") == 0)
        on_failed(entry, words[2]);
}

/* ---- The process ---- */

static void on_ready(const GError *error, gpointer data)
{
    if (error)
        lose_all(data, error->message);
}

static void on_changed(gboolean available, const char *problem, gpointer data)
{
    GuestUsb *usb = data;

    if (available)
        proceed_all(usb);
    else
        lose_all(usb, N_("The guest's USB process ended. The device is this computer's again."));
}

static GuestUsb *usb_of(UsbChannel *channel)
{
    return (GuestUsb *)channel;
}

static void start_process(GuestUsb *usb)
{
    if (usb->running)
        return;
    usb->running = TRUE;
    helper_start(usb->helper, on_ready, on_changed, usb);
}

/* ---- The channel ---- */

static void free_channel(UsbChannel *channel)
{
    GuestUsb *usb = usb_of(channel);

    if (!usb)
        return;
    helper_end(usb->helper);
    g_object_unref(usb->helper);
    g_hash_table_unref(usb->entries);
    g_free(usb->name);
    g_free(usb);
}

static void start(UsbChannel *channel)
{
    start_process(usb_of(channel));
}

static gboolean is_present(UsbChannel *channel)
{
    return usb_of(channel)->present;
}

static gboolean holds(UsbChannel *channel, const char *key)
{
    return g_hash_table_contains(usb_of(channel)->entries, key);
}

static gboolean is_empty(UsbChannel *channel)
{
    return g_hash_table_size(usb_of(channel)->entries) == 0;
}

static gboolean start_later(gpointer data)
{
    Entry *entry = data;

    entry->timer = 0;
    start_process(entry->usb);
    return G_SOURCE_REMOVE;
}

static void attach(UsbChannel *channel, const UsbDevice *device, int fd)
{
    GuestUsb *usb = usb_of(channel);
    Entry *entry = g_new0(Entry, 1);

    g_assert(usb_key_check(device->key) && !holds(channel, device->key));
    entry->usb = usb;
    entry->key = g_strdup(device->key);
    entry->fd = fd;
    g_hash_table_insert(usb->entries, entry->key, entry);
    if (usb->running)
        proceed(entry);
    else
        set_timer(entry, 0, start_later);
}

static gboolean withdraw(gpointer data)
{
    Entry *entry = data;

    entry->timer = 0;
    finish(entry, NULL);
    return G_SOURCE_REMOVE;
}

static void detach(UsbChannel *channel, const char *key)
{
    Entry *entry = g_hash_table_lookup(usb_of(channel)->entries, key);

    if (!entry || entry->state == DETACHING)
        return;
    if (entry->state != WAITING) {
        begin_detach(entry, NULL);
        return;
    }
    entry->state = DETACHING;
    set_timer(entry, 0, withdraw);
}

static void detach_all(UsbChannel *channel)
{
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, usb_of(channel)->entries);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        detach(channel, key);
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
};

UsbChannel *guest_usb_new(const char *program, const char *name, int domid,
                          const UsbChannelEvents *events, gpointer data,
                          const UsbChannelTimes *times)
{
    GuestUsb *usb = g_new0(GuestUsb, 1);
    g_autofree char *domain = g_strdup_printf("%d", domid);
    const char *const argv[] = {program, "--domid", domain, "--name", name, NULL};

    usb->base.ops = &ops;
    usb->name = g_strdup(name);
    usb->events = events;
    usb->times = times;
    usb->data = data;
    usb->entries = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
    usb->helper = helper_new(&kind, name, argv, NULL, NULL);
    helper_open_channel(usb->helper, on_message);
    return &usb->base;
}
