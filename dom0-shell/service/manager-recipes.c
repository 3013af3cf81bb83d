/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes templates of recipes, one at a time. */
#include "manager-recipes.h"

#include "bus-methods.h"
#include "error.h"
#include "template-build.h"
#include "template-name.h"

struct ManagerRecipes {
    VitrineManager1 *skeleton; /* borrowed */
    Service *service;          /* likewise */
    TemplateBuild *build;      /* under way, or NULL */
};

static void list_recipes(ManagerRecipes *self, GDBusMethodInvocation *invocation)
{
    const ServiceOptions *options = service_options(self->service);

    vitrine_manager1_complete_list_recipes(
        self->skeleton, invocation,
        recipe_list(options->recipes_directory, options->settings_directory));
}

static void build_over(gpointer data)
{
    ManagerRecipes *self = data;

    self->build = NULL;
}

static gboolean check_free(const ManagerRecipes *self, GError **error)
{
    if (!self->build)
        return TRUE;
    g_set_error_literal(
        error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
        N_("Another template is being made: wait until it is there, or cancel that."));
    return FALSE;
}

static void build_template(ManagerRecipes *self, GDBusMethodInvocation *invocation)
{
    const ServiceOptions *options = service_options(self->service);
    g_autoptr(GVariant) wishes = NULL;
    g_autoptr(GError) error = NULL;
    g_auto(RecipeChoice) choice = {0};
    const char *recipe, *name;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s&s@a{sv})", &recipe,
                  &name, &wishes);
    if (!recipe_choose(options->recipes_directory, options->settings_directory, recipe, wishes,
                       &choice, &error) ||
        !template_name_check(service_store(self->service), name, &error) ||
        !check_free(self, &error)) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    self->build = template_build_start(self->service, name, &choice, build_over, self);
    vitrine_manager1_complete_build_template(self->skeleton, invocation,
                                             template_build_job(self->build));
}

static const BusMethod methods[] = {
    {"ListRecipes", BUS_ALL, G_CALLBACK(list_recipes)},
    {"BuildTemplate", BUS_MANAGERS, G_CALLBACK(build_template)},
};

static const BusTarget keeping = {NULL, NULL, NULL};

ManagerRecipes *manager_recipes_new(VitrineManager1 *skeleton, Service *service)
{
    ManagerRecipes *self = g_new0(ManagerRecipes, 1);

    self->skeleton = skeleton;
    self->service = service;
    template_build_sweep(service);
    bus_methods_connect(G_DBUS_INTERFACE_SKELETON(skeleton), methods, G_N_ELEMENTS(methods),
                        &keeping, self, service_authority(service));
    return self;
}

void manager_recipes_stop(ManagerRecipes *self)
{
    if (self->build)
        template_build_cancel(self->build);
}

void manager_recipes_free(ManagerRecipes *self)
{
    g_signal_handlers_disconnect_by_data(self->skeleton, self);
    g_free(self);
}
