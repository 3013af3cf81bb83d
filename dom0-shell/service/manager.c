/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers for the machine as a whole. */
#include "manager.h"

#include <string.h>

#include "error.h"
#include "guest-name.h"
#include "guest-private.h"
#include "guest-settings.h"
#include "template.h"

/* Told apart at a glance, also by most people who see colours differently. */
static const char *const palette[] = {
    "#3584e4", "#e66100", "#2ec27e", "#9141ac", "#f5c211", "#e01b24", "#986a44", "#77767b",
};

struct Manager {
    Service *service;
    VitrineManager1 *skeleton;
    guint next_color;
};

typedef struct {
    Manager *manager;
    GDBusMethodInvocation *invocation; /* answering it gives it up */
} Call;

void manager_update(Manager *manager, const Snapshot *snapshot)
{
    vitrine_manager1_set_hypervisor_version(manager->skeleton, snapshot->host.hypervisor);
    vitrine_manager1_set_cpu_count(manager->skeleton, snapshot->host.cpus);
    vitrine_manager1_set_total_memory(manager->skeleton, snapshot->host.total_memory);
    vitrine_manager1_set_free_memory(manager->skeleton, snapshot->host.free_memory);
    vitrine_manager1_set_free_disk(manager->skeleton, snapshot->free_disk);
    vitrine_manager1_set_templates(manager->skeleton, snapshot->templates);
}

static gboolean name_taken(const char *name, gpointer data)
{
    Service *service = data;

    return service_find_guest(service, name) || guest_store_taken(service_store(service), name);
}

static Template *find_template(Service *service, const char *id, GError **error)
{
    g_autoptr(GPtrArray) templates = template_list(guest_store_templates(service_store(service)));

    for (guint i = 0; i < templates->len; i++) {
        if (strcmp(((Template *)templates->pdata[i])->id, id) == 0)
            return template_load(guest_store_templates(service_store(service)), id);
    }
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_UNKNOWN_TEMPLATE,
                "There is no template “%s”. Choose one of those in the list.", id);
    return NULL;
}

static gboolean handle_suggest_name(VitrineManager1 *skeleton, GDBusMethodInvocation *invocation,
                                    const char *template, gpointer data)
{
    Manager *manager = data;
    g_autofree char *name = guest_name_suggest(template, name_taken, manager->service);

    vitrine_manager1_complete_suggest_name(skeleton, invocation, name);
    return TRUE;
}

static gboolean take_memory(GVariant *value, guint64 total, gpointer target, GError **error)
{
    return settings_take_memory(value, total, &((GuestPlan *)target)->memory, error);
}

static gboolean take_vcpus(GVariant *value, guint64 total, gpointer target, GError **error)
{
    return settings_take_vcpus(value, &((GuestPlan *)target)->vcpus, error);
}

static gboolean take_start(GVariant *value, guint64 total, gpointer target, GError **error)
{
    ((GuestPlan *)target)->start = g_variant_get_boolean(value);
    return TRUE;
}

static gboolean take_color(GVariant *value, guint64 total, gpointer target, GError **error)
{
    return settings_take_color(value, &((GuestPlan *)target)->color, error);
}

static const SettingOption create_options[] = {
    {"memory", "t", take_memory},
    {"vcpus", "u", take_vcpus},
    {"start", "b", take_start},
    {"color", "s", take_color},
};

guint64 manager_total_memory(Manager *manager)
{
    return vitrine_manager1_get_total_memory(manager->skeleton);
}

/* Checks everything that can be told at once. PLAN is to be cleared either way. */
static gboolean make_plan(Manager *manager, const char *template_id, const char *name,
                          GVariant *options, GuestPlan *plan, GError **error)
{
    g_autoptr(Template) template = NULL;

    if (!guest_name_check(name, error))
        return FALSE;
    if (name_taken(name, manager->service)) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NAME_TAKEN,
                    "There is a guest “%s” already: choose another name.", name);
        return FALSE;
    }
    template = find_template(manager->service, template_id, error);
    if (!template || !template_check(template, error))
        return FALSE;
    plan->template = g_strdup(template_id);
    plan->color = g_strdup(palette[manager->next_color % G_N_ELEMENTS(palette)]);
    plan->memory = template->memory;
    plan->vcpus = template->vcpus;
    plan->start = TRUE;
    return settings_take(create_options, G_N_ELEMENTS(create_options), options,
                         manager_total_memory(manager), plan, error);
}

static void create(Manager *manager, GDBusMethodInvocation *invocation)
{
    GVariant *parameters = g_dbus_method_invocation_get_parameters(invocation);
    g_autoptr(GVariant) options = NULL;
    g_autoptr(GError) error = NULL;
    GuestPlan plan = {0};
    const char *template;
    const char *name;
    Guest *guest;

    g_variant_get(parameters, "(&s&s@a{sv})", &template, &name, &options);
    if (!make_plan(manager, template, name, options, &plan, &error)) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        guest_plan_clear(&plan);
        return;
    }
    manager->next_color++;
    guest = service_add_guest(manager->service, name);
    guest_create(guest, &plan);
    guest_export(guest);
    vitrine_manager1_complete_create(
        manager->skeleton, invocation,
        g_dbus_interface_skeleton_get_object_path(G_DBUS_INTERFACE_SKELETON(guest->last_job)));
}

static void create_decided(const GError *error, gpointer data)
{
    Call *call = data;

    if (error)
        g_dbus_method_invocation_return_gerror(call->invocation, error);
    else
        create(call->manager, call->invocation);
    g_free(call);
}

static gboolean handle_create(VitrineManager1 *skeleton, GDBusMethodInvocation *invocation,
                              const char *template, const char *name, GVariant *options,
                              gpointer data)
{
    Call *call = g_new0(Call, 1);

    call->manager = data;
    call->invocation = invocation;
    authority_check(service_authority(call->manager->service), invocation, create_decided, call);
    return TRUE;
}

Manager *manager_new(Service *service)
{
    Manager *manager = g_new0(Manager, 1);
    g_autoptr(VitrineObjectSkeleton) object = vitrine_object_skeleton_new(SERVICE_PATH "/Manager");

    manager->service = service;
    manager->skeleton = vitrine_manager1_skeleton_new();
    g_signal_connect(manager->skeleton, "handle-suggest-name", G_CALLBACK(handle_suggest_name),
                     manager);
    g_signal_connect(manager->skeleton, "handle-create", G_CALLBACK(handle_create), manager);
    vitrine_object_skeleton_set_manager1(object, manager->skeleton);
    g_dbus_object_manager_server_export(service_objects(service), G_DBUS_OBJECT_SKELETON(object));
    return manager;
}

void manager_free(Manager *manager)
{
    if (!manager)
        return;
    g_signal_handlers_disconnect_by_data(manager->skeleton, manager);
    g_object_unref(manager->skeleton);
    g_free(manager);
}
