/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notes who calls, and forgets who leaves. */
#include "client-watch.h"

struct ClientWatch {
    GDBusConnection *connection;
    ClientWatchChanged changed;
    gpointer data;
    GMainContext *context;
    guint filter;
    GHashTable *clients; /* unique name -> watch id; main thread only */
    GMutex lock;
    GHashTable *seen; /* unique names already handed to the main thread */
};

typedef struct {
    ClientWatch *watch;
    char *name;
} Arrival;

static void vanished(GDBusConnection *connection, const char *name, gpointer data)
{
    ClientWatch *watch = data;
    guint id = GPOINTER_TO_UINT(g_hash_table_lookup(watch->clients, name));

    g_mutex_lock(&watch->lock);
    g_hash_table_remove(watch->seen, name);
    g_mutex_unlock(&watch->lock);
    g_hash_table_remove(watch->clients, name);
    g_bus_unwatch_name(id);
    if (g_hash_table_size(watch->clients) == 0)
        watch->changed(FALSE, watch->data);
}

static gboolean arrived(gpointer data)
{
    Arrival *arrival = data;
    ClientWatch *watch = arrival->watch;
    guint id;

    id = g_bus_watch_name_on_connection(watch->connection, arrival->name,
                                        G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, vanished, watch, NULL);
    g_hash_table_insert(watch->clients, g_strdup(arrival->name), GUINT_TO_POINTER(id));
    if (g_hash_table_size(watch->clients) == 1)
        watch->changed(TRUE, watch->data);
    return G_SOURCE_REMOVE;
}

static void arrival_free(gpointer data)
{
    Arrival *arrival = data;

    g_free(arrival->name);
    g_free(arrival);
}

/* On GDBus's own thread. */
static GDBusMessage *filter(GDBusConnection *connection, GDBusMessage *message, gboolean incoming,
                            gpointer data)
{
    ClientWatch *watch = data;
    const char *sender = g_dbus_message_get_sender(message);
    gboolean new;

    if (!incoming || !sender ||
        g_dbus_message_get_message_type(message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
        return message;
    g_mutex_lock(&watch->lock);
    new = g_hash_table_add(watch->seen, g_strdup(sender));
    g_mutex_unlock(&watch->lock);
    if (new) {
        Arrival *arrival = g_new0(Arrival, 1);

        arrival->watch = watch;
        arrival->name = g_strdup(sender);
        g_main_context_invoke_full(watch->context, G_PRIORITY_DEFAULT, arrived, arrival,
                                   arrival_free);
    }
    return message;
}

ClientWatch *client_watch_new(GDBusConnection *connection, ClientWatchChanged changed,
                              gpointer data)
{
    ClientWatch *watch = g_new0(ClientWatch, 1);

    g_mutex_init(&watch->lock);
    watch->connection = g_object_ref(connection);
    watch->changed = changed;
    watch->data = data;
    watch->context = g_main_context_ref_thread_default();
    watch->clients = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    watch->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    watch->filter = g_dbus_connection_add_filter(connection, filter, watch, NULL);
    return watch;
}

void client_watch_free(ClientWatch *watch)
{
    GHashTableIter iter;
    gpointer id;

    if (!watch)
        return;
    /* Waits for a filter that is at work. */
    g_dbus_connection_remove_filter(watch->connection, watch->filter);
    g_hash_table_iter_init(&iter, watch->clients);
    while (g_hash_table_iter_next(&iter, NULL, &id))
        g_bus_unwatch_name(GPOINTER_TO_UINT(id));
    g_hash_table_unref(watch->clients);
    g_hash_table_unref(watch->seen);
    g_main_context_unref(watch->context);
    g_object_unref(watch->connection);
    g_mutex_clear(&watch->lock);
    g_free(watch);
}
