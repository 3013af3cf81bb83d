/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers for the machine as a whole. */
#include "manager.h"

#include <string.h>

#include "bus-methods.h"
#include "error.h"
#include "guest-name.h"
#include "guest-private.h"
#include "guest-settings.h"
#include "iso-image.h"
#include "manager-copies.h"
#include "manager-ending.h"
#include "manager-recipes.h"
#include "network-bridge.h"
#include "manager-templates.h"
#include "plan-files.h"
#include "template.h"

/* Told apart at a glance, also by most people who see colours differently. */
static const char *const palette[] = {
    "#3584e4", "#e66100", "#2ec27e", "#9141ac", "#f5c211", "#e01b24", "#986a44", "#77767b",
};

#define MIB (G_GUINT64_CONSTANT(1) << 20)
#define GIB (G_GUINT64_CONSTANT(1) << 30)
/* What a guest without a template has, unless it is told otherwise: enough for an installer. */
#define EMPTY_MEMORY (2 * GIB)
#define EMPTY_VCPUS  2
#define EMPTY_DISK   (16 * GIB)

struct Manager {
    Service *service;
    VitrineManager1 *skeleton;
    guint kinds; /* of guests that this machine can run */
    guint next_color;
    ManagerEnding *ending;
    ManagerRecipes *recipes;
};

void manager_update(Manager *manager, const Snapshot *snapshot)
{
    const ServiceOptions *options = service_options(manager->service);
    g_autofree const char **kinds = guest_kind_names(snapshot->host.kinds);
    g_autofree char *problem = network_bridge_problem(options->interfaces, options->lan_bridge);

    vitrine_manager1_set_hypervisor_version(manager->skeleton, snapshot->host.hypervisor);
    vitrine_manager1_set_cpu_count(manager->skeleton, snapshot->host.cpus);
    vitrine_manager1_set_total_memory(manager->skeleton, snapshot->host.total_memory);
    vitrine_manager1_set_free_memory(manager->skeleton, snapshot->host.free_memory);
    manager->kinds = snapshot->host.kinds;
    vitrine_manager1_set_kinds(manager->skeleton, kinds);
    vitrine_manager1_set_bridged_problem(manager->skeleton, problem ? problem : "");
    vitrine_manager1_set_templates(manager->skeleton, snapshot->templates);
}

void manager_show_room(Manager *manager, guint64 free_disk, DiskRoom room)
{
    vitrine_manager1_set_free_disk(manager->skeleton, free_disk);
    vitrine_manager1_set_disk_state(manager->skeleton, disk_room_name(room));
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
                N_("There is no template “%s”. Choose one of those in the list."), id);
    return NULL;
}

static void suggest_name(Manager *manager, GDBusMethodInvocation *invocation)
{
    g_autofree char *name = NULL;
    const char *template;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s)", &template);
    name = guest_name_suggest(template, name_taken, manager->service);
    vitrine_manager1_complete_suggest_name(manager->skeleton, invocation, name);
}

static void list_isos(Manager *manager, GDBusMethodInvocation *invocation)
{
    const char *directory = guest_store_isos(service_store(manager->service));

    vitrine_manager1_complete_list_isos(manager->skeleton, invocation, iso_image_list(directory));
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

static gboolean bad_option(GError **error, const char *sentence)
{
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION, sentence);
    return FALSE;
}

static gboolean take_kind(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestPlan *plan = target;

    plan->kind_given = TRUE;
    return guest_kind_parse(g_variant_get_string(value, NULL), &plan->kind) ||
           bad_option(error, N_("A guest's kind is “pv”, “pvh” or “hvm”."));
}

/* It is looked for when all of the options are known. */
static gboolean take_iso(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestPlan *plan = target;

    g_free(plan->iso);
    plan->iso = g_variant_dup_string(value, NULL);
    return TRUE;
}

static gboolean take_string(GVariant *value, char **string)
{
    g_free(*string);
    *string = g_variant_dup_string(value, NULL);
    return TRUE;
}

static gboolean take_kernel(GVariant *value, guint64 total, gpointer target, GError **error)
{
    return take_string(value, &((GuestPlan *)target)->kernel);
}

static gboolean take_ramdisk(GVariant *value, guint64 total, gpointer target, GError **error)
{
    return take_string(value, &((GuestPlan *)target)->ramdisk);
}

static gboolean take_extra(GVariant *value, guint64 total, gpointer target, GError **error)
{
    return take_string(value, &((GuestPlan *)target)->extra);
}

static gboolean take_disk_size(GVariant *value, guint64 total, gpointer target, GError **error)
{
    guint64 bytes = g_variant_get_uint64(value) / MIB * MIB;

    ((GuestPlan *)target)->disk_size = bytes;
    return settings_check_disk_size(bytes, error);
}

static const SettingOption create_options[] = {
    {"memory", "t", take_memory},       {"vcpus", "u", take_vcpus},
    {"start", "b", take_start},         {"color", "s", take_color},
    {"kind", "s", take_kind},           {"iso", "s", take_iso},
    {"disk-size", "t", take_disk_size}, {"kernel", "s", take_kernel},
    {"ramdisk", "s", take_ramdisk},     {"extra", "s", take_extra},
};

static gboolean take_disks(GVariant *value, guint64 total, gpointer target, GError **error)
{
    return import_way_parse(g_variant_get_string(value, NULL),
                            &((GuestPlan *)target)->import_way) ||
           bad_option(error,
                      N_("The disks of a guest are brought by “copy” or “move”, or left where "
                         "they are by “keep”."));
}

static const SettingOption import_options[] = {
    {"disks", "s", take_disks},
    {"start", "b", take_start},
    {"color", "s", take_color},
};

guint64 manager_total_memory(Manager *manager)
{
    return vitrine_manager1_get_total_memory(manager->skeleton);
}

/* What a guest of the template ID is, or one without a template, unless the options say otherwise.
 */
static gboolean plan_defaults(Manager *manager, const char *id, GuestPlan *plan, GError **error)
{
    g_autoptr(Template) template =
        id[0] != '\0' ? find_template(manager->service, id, error) : NULL;

    if (id[0] != '\0' && (!template || !template_check(template, error)))
        return FALSE;
    plan->template = g_strdup(id);
    plan->color = g_strdup(palette[manager->next_color % G_N_ELEMENTS(palette)]);
    plan->kind = template ? template->kind : GUEST_HVM;
    plan->memory = template ? template->memory : EMPTY_MEMORY;
    plan->vcpus = template ? template->vcpus : EMPTY_VCPUS;
    plan->start = TRUE;
    return TRUE;
}

/* What a guest without a template boots: its disk, a CD, or a kernel. */
static gboolean plan_boot(Manager *manager, GuestPlan *plan, GError **error)
{
    gboolean has_pvh = (manager->kinds & GUEST_KIND_BIT(GUEST_PVH)) != 0;

    if (plan->kernel && plan->iso)
        return bad_option(error,
                          N_("A guest starts from a kernel or from an ISO image: name one."));
    if (!plan->kernel && (plan->ramdisk || plan->extra))
        return bad_option(error,
                          N_("An initial ramdisk and words for the kernel go with a kernel."));
    if (plan->kernel && !plan->kind_given)
        plan->kind = has_pvh ? GUEST_PVH : GUEST_PV;
    if (plan->kernel && plan->kind == GUEST_HVM)
        return bad_option(error,
                          N_("An HVM guest starts from its disk or an ISO image, and not from "
                             "a kernel of its own."));
    if (!plan->kernel && plan->kind != GUEST_HVM)
        return bad_option(error,
                          N_("Only an HVM guest can start from an ISO image or a disk: name a "
                             "kernel."));
    return TRUE;
}

/* An empty disk has to be filled from somewhere; an image is full already. */
static gboolean plan_own_disk(Manager *manager, GuestPlan *plan, GError **error)
{
    if (plan->image && (plan->iso || plan->disk_size != 0))
        return bad_option(error, N_("A guest of a disk image has that disk, and no ISO image."));
    if (!plan->image && !plan->iso && !plan->kernel)
        return bad_option(error,
                          N_("Name a template, or with the option “iso” an ISO image, or with "
                             "“kernel” a kernel."));
    if (!plan->image && plan->disk_size == 0)
        plan->disk_size = EMPTY_DISK;
    return plan_boot(manager, plan, error);
}

static gboolean plan_disk(Manager *manager, GuestPlan *plan, GError **error)
{
    if (plan->template[0] == '\0')
        return plan_own_disk(manager, plan, error);
    return (!plan->iso && !plan->kernel && !plan->ramdisk && !plan->extra &&
            plan->disk_size == 0) ||
           bad_option(error, N_("A guest of a template has the template's disk and kernel. For one "
                                "from an ISO image or a kernel, name no template."));
}

static gboolean check_new_name(Manager *manager, const char *name, GError **error)
{
    if (!guest_name_check(name, error))
        return FALSE;
    if (name_taken(name, manager->service)) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NAME_TAKEN,
                    N_("There is a guest “%s” already: choose another name."), name);
        return FALSE;
    }
    return TRUE;
}

/* Checks everything that can be told at once. PLAN is to be cleared either way. */
static gboolean make_plan(Manager *manager, const char *template_id, const char *name,
                          GVariant *options, GuestPlan *plan, GError **error)
{
    return check_new_name(manager, name, error) &&
           plan_defaults(manager, template_id, plan, error) &&
           settings_take(create_options, G_N_ELEMENTS(create_options), options,
                         manager_total_memory(manager), plan, error) &&
           plan_disk(manager, plan, error) && guest_kind_check(plan->kind, manager->kinds, error);
}

/* The same of a person's xl.cfg, PATH; of which kind it is, is known when it was read. */
static gboolean make_import_plan(Manager *manager, const char *path, const char *name,
                                 GVariant *options, GuestPlan *plan, GError **error)
{
    plan->config = g_strdup(path);
    return check_new_name(manager, name, error) && plan_defaults(manager, "", plan, error) &&
           settings_take(import_options, G_N_ELEMENTS(import_options), options,
                         manager_total_memory(manager), plan, error);
}

static gboolean plan_by_method(Manager *manager, const char *method, const char *source,
                               const char *name, GVariant *options, GuestPlan *plan, GError **error)
{
    if (strcmp(method, "ImportConfig") == 0)
        return make_import_plan(manager, source, name, options, plan, error);
    if (strcmp(method, "Create") == 0)
        return make_plan(manager, source, name, options, plan, error);
    plan->image = g_strdup(source);
    return make_plan(manager, "", name, options, plan, error);
}

/* A call while the files that it names are opened. */
typedef struct {
    Manager *manager;
    GDBusMethodInvocation *invocation; /* answering it gives it up */
    char *name;
    PlanFiles files;
} Creation;

static void free_creation(Creation *creation)
{
    guest_plan_clear(&creation->files.plan);
    g_free(creation->files.isos);
    g_free(creation->name);
    g_free(creation);
}

static void begin_create(Creation *creation)
{
    Manager *manager = creation->manager;
    Guest *guest;

    manager->next_color++;
    guest = service_add_guest(manager->service, creation->name);
    guest_create(guest, &creation->files.plan);
    guest_export(guest);
    g_dbus_method_invocation_return_value(
        creation->invocation,
        g_variant_new("(o)", g_dbus_interface_skeleton_get_object_path(
                                 G_DBUS_INTERFACE_SKELETON(guest->last_job))));
}

/* Whether it can still be made: others were heard while its files were opened. */
static gboolean check_opened(const Creation *creation, GError **error)
{
    Manager *manager = creation->manager;

    if (service_worker(manager->service))
        return check_new_name(manager, creation->name, error) &&
               guest_kind_check(creation->files.plan.kind, manager->kinds, error);
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
                        N_("The service is being stopped: try again when it is there."));
    return FALSE;
}

static gboolean open_files(const Caller *caller, gpointer data, GError **error)
{
    Creation *creation = data;

    return plan_files_open(caller, &creation->files, error);
}

static void files_opened(Caller *caller, const GError *error, gpointer data)
{
    Creation *creation = data;
    g_autoptr(GError) failure = error ? g_error_copy(error) : NULL;

    if (!failure && check_opened(creation, &failure)) {
        plan_files_settle(&creation->files.plan, service_store(creation->manager->service),
                          creation->name);
        begin_create(creation);
    } else {
        g_dbus_method_invocation_return_gerror(creation->invocation, failure);
    }
    free_creation(creation);
}

/* Answers Import and ImportConfig too: SOURCE is a template or a path. */
static void create(Manager *manager, GDBusMethodInvocation *invocation)
{
    GVariant *parameters = g_dbus_method_invocation_get_parameters(invocation);
    const char *method = g_dbus_method_invocation_get_method_name(invocation);
    Creation *creation = g_new0(Creation, 1);
    g_autoptr(GVariant) options = NULL;
    g_autoptr(GError) error = NULL;
    const char *source;
    const char *name;

    g_variant_get(parameters, "(&s&s@a{sv})", &source, &name, &options);
    creation->manager = manager;
    creation->invocation = invocation;
    creation->name = g_strdup(name);
    creation->files.isos = g_strdup(guest_store_isos(service_store(manager->service)));
    if (plan_by_method(manager, method, source, name, options, &creation->files.plan, &error)) {
        if (plan_files_are_named(&creation->files.plan)) {
            caller_run(invocation, open_files, files_opened, creation);
            return;
        }
        begin_create(creation);
    } else {
        g_dbus_method_invocation_return_gerror(invocation, error);
    }
    free_creation(creation);
}

static const BusMethod methods[] = {
    {"SuggestName", BUS_ALL, G_CALLBACK(suggest_name)},
    {"ListIsos", BUS_ALL, G_CALLBACK(list_isos)},
    {"Create", BUS_MANAGERS, G_CALLBACK(create)},
    {"Import", BUS_MANAGERS, G_CALLBACK(create)},
    {"ImportConfig", BUS_MANAGERS, G_CALLBACK(create)},
};

static const BusTarget keeping = {NULL, NULL, NULL};

Manager *manager_new(Service *service)
{
    Manager *manager = g_new0(Manager, 1);
    g_autoptr(VitrineObjectSkeleton) object = vitrine_object_skeleton_new(SERVICE_PATH "/Manager");

    manager->service = service;
    manager->skeleton = vitrine_manager1_skeleton_new();
    vitrine_manager1_set_version(manager->skeleton, VITRINE_VERSION);
    bus_methods_connect(G_DBUS_INTERFACE_SKELETON(manager->skeleton), methods,
                        G_N_ELEMENTS(methods), &keeping, manager, service_authority(service));
    manager_copies_connect(manager->skeleton, service);
    manager_templates_connect(manager->skeleton, service);
    manager->ending = manager_ending_new(manager->skeleton, service);
    manager->recipes = manager_recipes_new(manager->skeleton, service);
    vitrine_object_skeleton_set_manager1(object, manager->skeleton);
    g_dbus_object_manager_server_export(service_objects(service), G_DBUS_OBJECT_SKELETON(object));
    return manager;
}

void manager_quit(Manager *manager)
{
    manager_ending_stop(manager->ending);
    manager_recipes_stop(manager->recipes);
}

void manager_free(Manager *manager)
{
    if (!manager)
        return;
    g_signal_handlers_disconnect_by_data(manager->skeleton, manager);
    g_signal_handlers_disconnect_by_data(manager->skeleton, manager->service);
    manager_ending_free(manager->ending);
    manager_recipes_free(manager->recipes);
    g_object_unref(manager->skeleton);
    g_free(manager);
}
