/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes guests and templates out of guests. */
#include "manager-copies.h"

#include "bus-methods.h"
#include "error.h"
#include "guest-name.h"
#include "guest-private.h"
#include "guest-settings.h"
#include "template-name.h"

static gboolean take_color(GVariant *value, guint64 total, gpointer target, GError **error)
{
    return settings_take_color(value, &((GuestCopy *)target)->color, error);
}

static const SettingOption clone_options[] = {
    {"color", "s", take_color},
};

/* The guest NAME, if it can be copied now. */
static Guest *find_source(Service *service, const char *name, GError **error)
{
    Guest *guest = service_find_guest(service, name);

    if (guest)
        return guest_copy_check(guest, error) ? guest : NULL;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_GUEST_GONE, N_("There is no guest “%s”."),
                name);
    return NULL;
}

static gboolean check_guest_name(Service *service, const char *name, GError **error)
{
    if (!guest_name_check(name, error))
        return FALSE;
    if (!service_find_guest(service, name) && !guest_store_taken(service_store(service), name))
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NAME_TAKEN,
                N_("There is a guest “%s” already: choose another name."), name);
    return FALSE;
}

static void answer_job(GDBusMethodInvocation *invocation, const char *job)
{
    g_dbus_method_invocation_return_value(invocation, g_variant_new("(o)", job));
}

static void clone_guest(Service *service, GDBusMethodInvocation *invocation)
{
    g_autoptr(GVariant) options = NULL;
    g_autoptr(GError) error = NULL;
    GuestCopy copy = {0};
    const char *source, *name;
    Guest *guest;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s&s@a{sv})", &source,
                  &name, &options);
    guest = find_source(service, source, &error);
    if (guest && check_guest_name(service, name, &error) &&
        settings_take(clone_options, G_N_ELEMENTS(clone_options), options, 0, &copy, &error)) {
        copy.name = g_strdup(name);
        answer_job(invocation, guest_clone(guest, &copy));
    } else {
        g_dbus_method_invocation_return_gerror(invocation, error);
    }
    guest_copy_clear(&copy);
}

static void make_template(Service *service, GDBusMethodInvocation *invocation)
{
    g_autoptr(GError) error = NULL;
    GuestCopy copy = {0};
    const char *source, *name, *description;
    Guest *guest;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s&s&s)", &source, &name,
                  &description);
    guest = find_source(service, source, &error);
    if (!guest || !template_name_check(service_store(service), name, &error) ||
        !guest_copy_check_label(description, &error)) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    copy.name = g_strdup(name);
    copy.label = g_strdup(description);
    answer_job(invocation, guest_make_template(guest, &copy));
}

static const BusMethod methods[] = {
    {"CloneGuest", BUS_MANAGERS, G_CALLBACK(clone_guest)},
    {"MakeTemplate", BUS_MANAGERS, G_CALLBACK(make_template)},
};

static const BusTarget keeping = {NULL, NULL, NULL};

void manager_copies_connect(VitrineManager1 *skeleton, Service *service)
{
    bus_methods_connect(G_DBUS_INTERFACE_SKELETON(skeleton), methods, G_N_ELEMENTS(methods),
                        &keeping, service, service_authority(service));
}
