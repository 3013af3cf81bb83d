/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints what changes, a line each, until Ctrl-C. */
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "text.h"

typedef struct {
    Client *client;
    GMainLoop *loop;
    GHashTable *lines; /* object path -> the last line about it */
    int status;
} Watch;

static char *line_of_guest(GDBusProxy *guest)
{
    g_autofree char *name = NULL, *state = NULL, *problem = NULL, *clean = NULL;

    client_string(guest, "Name", &name);
    client_string(guest, "State", &state);
    clean = text_clean(client_string(guest, "Problem", &problem));
    return g_strdup_printf("guest %s: %s%s%s", name, state, *clean ? ": " : "", clean);
}

static char *line_of_job(GDBusProxy *job)
{
    g_autofree char *kind = NULL, *name = NULL, *state = NULL, *phase = NULL, *error = NULL;
    g_autofree char *text = NULL, *clean = NULL;
    double progress = client_real(job, "Progress");

    client_string(job, "Kind", &kind);
    client_string(job, "GuestName", &name);
    client_string(job, "State", &state);
    client_string(job, "Phase", &phase);
    client_string(job, "Error", &error);
    if (strcmp(state, "running") != 0)
        text = g_strdup_printf("%s%s%s", state, *error ? ": " : "", error);
    else if (progress < 0)
        text = g_strdup(phase);
    else
        text = g_strdup_printf("%.0f %% %s", progress * 100, phase);
    clean = text_clean(text);
    return g_strdup_printf("job %s %s: %s", kind, name, clean);
}

static char *line_of(Watch *watch, GDBusProxy *proxy)
{
    gboolean is_job = strcmp(g_dbus_proxy_get_interface_name(proxy), CTL_JOB_IFACE) == 0;
    GString *json;
    g_autofree char *members = NULL;

    if (!watch->client->json)
        return is_job ? line_of_job(proxy) : line_of_guest(proxy);
    members = text_json_of(proxy);
    json = g_string_new(is_job ? "{\"job\": " : "{\"guest\": ");
    g_string_append_printf(json, "%s}", members);
    return g_string_free(json, FALSE);
}

/* Load changes all the time, and shows in JSON only: a line that says the same is not said again.
 */
static void tell(Watch *watch, GDBusProxy *proxy)
{
    const char *path = g_dbus_proxy_get_object_path(proxy);
    g_autofree char *line = line_of(watch, proxy);

    if (g_strcmp0(line, g_hash_table_lookup(watch->lines, path)) == 0)
        return;
    puts(line);
    fflush(stdout);
    g_hash_table_insert(watch->lines, g_strdup(path), g_steal_pointer(&line));
}

static gboolean is_told(GDBusProxy *proxy)
{
    const char *interface = g_dbus_proxy_get_interface_name(proxy);

    return strcmp(interface, CTL_GUEST_IFACE) == 0 || strcmp(interface, CTL_JOB_IFACE) == 0;
}

static void on_changed(GDBusObjectManagerClient *objects, GDBusObjectProxy *object,
                       GDBusProxy *proxy, GVariant *changed, const char *const *invalidated,
                       gpointer data)
{
    if (is_told(proxy))
        tell(data, proxy);
}

static void on_added(GDBusObjectManager *objects, GDBusObject *object, gpointer data)
{
    GList *interfaces = g_dbus_object_get_interfaces(object);

    for (GList *link = interfaces; link; link = link->next)
        if (is_told(link->data))
            tell(data, link->data);
    g_list_free_full(interfaces, g_object_unref);
}

static void on_removed(GDBusObjectManager *objects, GDBusObject *object, gpointer data)
{
    g_autoptr(GDBusInterface) guest = g_dbus_object_get_interface(object, CTL_GUEST_IFACE);
    g_autofree char *name = NULL;
    g_autoptr(GString) json = NULL;
    Watch *watch = data;

    g_hash_table_remove(watch->lines, g_dbus_object_get_object_path(object));
    if (!guest)
        return;
    client_string(G_DBUS_PROXY(guest), "Name", &name);
    if (watch->client->json) {
        json = g_string_new("{");
        text_append_member(json, "removed", g_variant_new_string(name));
        printf("%s}\n", json->str);
    } else {
        printf("guest %s: gone\n", name);
    }
    fflush(stdout);
}

static void on_owner(GDBusObjectManagerClient *objects, GParamSpec *spec, gpointer data)
{
    g_autofree char *owner = g_dbus_object_manager_client_get_name_owner(objects);
    Watch *watch = data;

    if (owner)
        return;
    client_complain(_("The service has gone away."));
    watch->status = CTL_EXIT_NO_SERVICE;
    g_main_loop_quit(watch->loop);
}

static gboolean on_interrupt(gpointer data)
{
    Watch *watch = data;

    g_main_loop_quit(watch->loop);
    return G_SOURCE_CONTINUE;
}

static void tell_all(Watch *watch)
{
    GList *objects = g_dbus_object_manager_get_objects(watch->client->objects);

    for (GList *link = objects; link; link = link->next)
        on_added(watch->client->objects, link->data, watch);
    g_list_free_full(objects, g_object_unref);
}

int command_watch(Client *client, const char *method, char **arguments,
                  const CreateOptions *options)
{
    Watch watch = {.client = client, .loop = g_main_loop_new(NULL, FALSE)};
    guint interrupt = g_unix_signal_add(SIGINT, on_interrupt, &watch);
    guint terminate = g_unix_signal_add(SIGTERM, on_interrupt, &watch);

    watch.lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    tell_all(&watch);
    g_signal_connect(client->objects, "interface-proxy-properties-changed", G_CALLBACK(on_changed),
                     &watch);
    g_signal_connect(client->objects, "object-added", G_CALLBACK(on_added), &watch);
    g_signal_connect(client->objects, "object-removed", G_CALLBACK(on_removed), &watch);
    g_signal_connect(client->objects, "notify::name-owner", G_CALLBACK(on_owner), &watch);
    g_main_loop_run(watch.loop);
    g_signal_handlers_disconnect_by_data(client->objects, &watch);
    g_source_remove(interrupt);
    g_source_remove(terminate);
    g_hash_table_unref(watch.lines);
    g_main_loop_unref(watch.loop);
    return watch.status;
}
