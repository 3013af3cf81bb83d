/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service, as this program sees it: its objects, by what the D-Bus contract says of them. */
#include "client.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "sentence.h"

void client_complain(const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    fprintf(stderr, "vitrinectl: %s\n", text);
}

static gboolean is_unreachable(const GError *error)
{
    return g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
           g_error_matches(error, G_DBUS_ERROR, G_DBUS_ERROR_DISCONNECTED);
}

static int complain_of_service(const char *why)
{
    client_complain(_("The Vitrine service can't be reached: %s. It runs in dom0: see "
                      "“systemctl status vitrine-service”."),
                    why);
    return CTL_EXIT_NO_SERVICE;
}

int client_complain_of(const GError *error)
{
    g_autoptr(GError) copy = g_error_copy(error);

    sentence_localise_error(copy);
    if (is_unreachable(error))
        return complain_of_service(copy->message);
    client_complain("%s", copy->message);
    return CTL_EXIT_FAILED;
}

int client_complain_version(void)
{
    client_complain(_("The service answers otherwise than it should: it is of another version."));
    return CTL_EXIT_NO_SERVICE;
}

static gboolean has_owner(GDBusObjectManager *objects)
{
    g_autofree char *owner =
        g_dbus_object_manager_client_get_name_owner(G_DBUS_OBJECT_MANAGER_CLIENT(objects));

    return owner != NULL;
}

int client_open(Client *client)
{
    g_autoptr(GError) error = NULL;

    client->connection =
        g_bus_get_sync(client->session ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, NULL, &error);
    if (client->connection)
        client->objects = g_dbus_object_manager_client_new_sync(
            client->connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_NONE, CTL_BUS_NAME, CTL_PATH,
            NULL, NULL, NULL, NULL, &error);
    if (error)
        return complain_of_service(error->message);
    if (!has_owner(client->objects))
        return complain_of_service(_("nobody answers to its name"));
    return CTL_EXIT_OK;
}

void client_close(Client *client)
{
    g_clear_object(&client->objects);
    g_clear_object(&client->connection);
}

static int compare_paths(gconstpointer a, gconstpointer b)
{
    return strcmp(g_dbus_proxy_get_object_path(*(GDBusProxy *const *)a),
                  g_dbus_proxy_get_object_path(*(GDBusProxy *const *)b));
}

GPtrArray *client_proxies(Client *client, const char *interface)
{
    GPtrArray *proxies = g_ptr_array_new_with_free_func(g_object_unref);
    GList *objects = g_dbus_object_manager_get_objects(client->objects);

    for (GList *link = objects; link; link = link->next) {
        GDBusInterface *found = g_dbus_object_get_interface(link->data, interface);

        if (found)
            g_ptr_array_add(proxies, found);
    }
    g_list_free_full(objects, g_object_unref);
    g_ptr_array_sort(proxies, compare_paths);
    return proxies;
}

GDBusProxy *client_guest(Client *client, const char *name)
{
    g_autoptr(GPtrArray) guests = client_proxies(client, CTL_GUEST_IFACE);

    for (guint i = 0; i < guests->len; i++) {
        g_autofree char *keep = NULL;
        GDBusProxy *guest = guests->pdata[i];

        if (strcmp(client_string(guest, "Name", &keep), name) == 0)
            return g_object_ref(guest);
    }
    client_complain(_("There is no guest “%s”. See “vitrinectl list”."), name);
    return NULL;
}

GDBusProxy *client_manager(Client *client)
{
    GDBusInterface *manager =
        g_dbus_object_manager_get_interface(client->objects, CTL_MANAGER_PATH, CTL_MANAGER_IFACE);

    if (!manager)
        client_complain(_("The service has no manager: it is of another version."));
    return manager ? G_DBUS_PROXY(manager) : NULL;
}

GVariant *client_call(GDBusProxy *proxy, const char *method, GVariant *parameters, GError **error)
{
    return g_dbus_proxy_call_sync(proxy, method, parameters,
                                  G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT, NULL,
                                  error);
}

const char *client_string(GDBusProxy *proxy, const char *property, char **keep)
{
    g_autoptr(GVariant) value = g_dbus_proxy_get_cached_property(proxy, property);

    *keep = value && g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)
                ? g_variant_dup_string(value, NULL)
                : g_strdup("");
    return *keep;
}

const char *client_phase(GDBusProxy *job, char **keep)
{
    const char *phase = client_string(job, "Phase", keep);

    return *phase ? _(phase) : phase;
}

guint64 client_number(GDBusProxy *proxy, const char *property)
{
    g_autoptr(GVariant) value = g_dbus_proxy_get_cached_property(proxy, property);

    if (value && g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64))
        return g_variant_get_uint64(value);
    if (value && g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32))
        return g_variant_get_uint32(value);
    if (value && g_variant_is_of_type(value, G_VARIANT_TYPE_UINT16))
        return g_variant_get_uint16(value);
    if (value && g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN))
        return g_variant_get_boolean(value);
    return 0;
}

double client_real(GDBusProxy *proxy, const char *property)
{
    g_autoptr(GVariant) value = g_dbus_proxy_get_cached_property(proxy, property);

    return value && g_variant_is_of_type(value, G_VARIANT_TYPE_DOUBLE) ? g_variant_get_double(value)
                                                                       : 0;
}
