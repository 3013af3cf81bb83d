/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tie to the service. It watches the bus name; when the name has an owner it loads all objects
 * in one go, and when the owner goes away it forgets them, so that the rest of the program only
 * ever sees a list of guests and one state.
 */
#include "model/connection.h"

#include <glib/gi18n.h>

#include "sentence.h"

#define BUS_NAME     "org.vitrine.Vitrine1"
#define ROOT_PATH    "/org/vitrine/Vitrine1"
#define MANAGER_PATH ROOT_PATH "/Manager"

struct _VitrineConnection {
    GObject parent_instance;

    GBusType bus_type;
    guint watch;
    GCancellable *loading;
    GDBusObjectManager *objects;
    VitrineManager1 *manager;
    VitrineGuestList *guests;
    VitrineJobTracker *jobs;
    VitrineUsbList *usb;
    VitrineConnectionState state;
    char *problem;
};

enum {
    PROP_0,
    PROP_STATE,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE(VitrineConnection, vitrine_connection, G_TYPE_OBJECT)

static void set_state(VitrineConnection *self, VitrineConnectionState state, const char *problem)
{
    g_autofree char *old_problem = self->problem;

    self->problem = g_strdup(problem);
    self->state = state;
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_STATE]);
}

static void drop_objects(VitrineConnection *self)
{
    g_cancellable_cancel(self->loading);
    g_clear_object(&self->loading);
    vitrine_usb_list_set_manager(self->usb, NULL);
    vitrine_job_tracker_set_manager(self->jobs, NULL);
    vitrine_guest_list_set_manager(self->guests, NULL);
    g_clear_object(&self->manager);
    g_clear_object(&self->objects);
}

static void use_objects(VitrineConnection *self, GDBusObjectManager *objects)
{
    g_autoptr(GDBusInterface) manager =
        g_dbus_object_manager_get_interface(objects, MANAGER_PATH, "org.vitrine.Manager1");

    if (!VITRINE_IS_MANAGER1(manager)) {
        set_state(self, VITRINE_CONNECTION_LOST,
                  _("The service that answers is not the one this program needs: update both."));
        return;
    }
    self->objects = g_object_ref(objects);
    self->manager = VITRINE_MANAGER1(g_steal_pointer(&manager));
    vitrine_guest_list_set_manager(self->guests, objects);
    vitrine_job_tracker_set_manager(self->jobs, objects);
    vitrine_usb_list_set_manager(self->usb, objects);
    set_state(self, VITRINE_CONNECTION_READY, NULL);
}

static void on_objects_loaded(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineConnection) self = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusObjectManager) objects =
        vitrine_object_manager_client_new_finish(result, &error);

    if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return;
    g_clear_object(&self->loading);
    if (objects) {
        use_objects(self, objects);
        return;
    }
    sentence_localise_error(error);
    set_state(self, VITRINE_CONNECTION_LOST, error->message);
}

static void on_name_appeared(GDBusConnection *bus, const char *name, const char *owner,
                             gpointer data)
{
    VitrineConnection *self = VITRINE_CONNECTION(data);

    drop_objects(self);
    set_state(self, VITRINE_CONNECTION_CONNECTING, NULL);
    self->loading = g_cancellable_new();
    vitrine_object_manager_client_new(bus, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START,
                                      BUS_NAME, ROOT_PATH, self->loading, on_objects_loaded,
                                      g_object_ref(self));
}

static void on_name_vanished(GDBusConnection *bus, const char *name, gpointer data)
{
    VitrineConnection *self = VITRINE_CONNECTION(data);

    drop_objects(self);
    if (bus)
        set_state(self, VITRINE_CONNECTION_LOST,
                  _("The Vitrine service is not running. This window connects by itself as soon "
                    "as it is started."));
    else
        set_state(self, VITRINE_CONNECTION_LOST,
                  _("There is no message bus to reach the Vitrine service on. Start it, then "
                    "try again."));
}

static void vitrine_connection_get_property(GObject *object, guint id, GValue *value,
                                            GParamSpec *pspec)
{
    if (id == PROP_STATE)
        g_value_set_uint(value, VITRINE_CONNECTION(object)->state);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void vitrine_connection_dispose(GObject *object)
{
    VitrineConnection *self = VITRINE_CONNECTION(object);

    g_clear_handle_id(&self->watch, g_bus_unwatch_name);
    drop_objects(self);
    G_OBJECT_CLASS(vitrine_connection_parent_class)->dispose(object);
}

static void vitrine_connection_finalize(GObject *object)
{
    VitrineConnection *self = VITRINE_CONNECTION(object);

    g_object_unref(self->usb);
    g_object_unref(self->jobs);
    g_object_unref(self->guests);
    g_free(self->problem);
    G_OBJECT_CLASS(vitrine_connection_parent_class)->finalize(object);
}

static void vitrine_connection_class_init(VitrineConnectionClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);

    object_class->dispose = vitrine_connection_dispose;
    object_class->finalize = vitrine_connection_finalize;
    object_class->get_property = vitrine_connection_get_property;

    properties[PROP_STATE] = g_param_spec_uint("state", NULL, NULL, 0, VITRINE_CONNECTION_LOST, 0,
                                               G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, properties);
}

static void vitrine_connection_init(VitrineConnection *self)
{
    self->guests = vitrine_guest_list_new();
    self->jobs = vitrine_job_tracker_new(self->guests);
    self->usb = vitrine_usb_list_new();
}

/* Starts to look for the service on the bus of that type, and never stops to. */
VitrineConnection *vitrine_connection_new(GBusType bus_type)
{
    VitrineConnection *self = g_object_new(VITRINE_TYPE_CONNECTION, NULL);

    self->bus_type = bus_type;
    vitrine_connection_retry(self);
    return self;
}

/* Looks again now, asking the bus to start the service if it knows how. */
void vitrine_connection_retry(VitrineConnection *self)
{
    g_return_if_fail(VITRINE_IS_CONNECTION(self));

    g_clear_handle_id(&self->watch, g_bus_unwatch_name);
    drop_objects(self);
    set_state(self, VITRINE_CONNECTION_CONNECTING, NULL);
    self->watch = g_bus_watch_name(self->bus_type, BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_AUTO_START,
                                   on_name_appeared, on_name_vanished, self, NULL);
}

VitrineConnectionState vitrine_connection_get_state(VitrineConnection *self)
{
    g_return_val_if_fail(VITRINE_IS_CONNECTION(self), VITRINE_CONNECTION_LOST);
    return self->state;
}

/* Why it is lost and what to do, as sentences; NULL unless LOST. */
const char *vitrine_connection_get_problem(VitrineConnection *self)
{
    g_return_val_if_fail(VITRINE_IS_CONNECTION(self), NULL);
    return self->problem;
}

/* The same list for the whole life of the connection; empty while the service is not there. */
VitrineGuestList *vitrine_connection_get_guests(VitrineConnection *self)
{
    g_return_val_if_fail(VITRINE_IS_CONNECTION(self), NULL);
    return self->guests;
}

VitrineJobTracker *vitrine_connection_get_jobs(VitrineConnection *self)
{
    g_return_val_if_fail(VITRINE_IS_CONNECTION(self), NULL);
    return self->jobs;
}

/* The USB devices; as with the guests, one list for good. */
VitrineUsbList *vitrine_connection_get_usb(VitrineConnection *self)
{
    g_return_val_if_fail(VITRINE_IS_CONNECTION(self), NULL);
    return self->usb;
}

/* The host's side: templates, free memory, Create. NULL unless READY. */
VitrineManager1 *vitrine_connection_get_manager(VitrineConnection *self)
{
    g_return_val_if_fail(VITRINE_IS_CONNECTION(self), NULL);
    return self->manager;
}
