/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers for what becomes of guests when the computer is switched off. */
#include "manager-ending.h"

#include "bus-methods.h"
#include "ending.h"
#include "error.h"

struct ManagerEnding {
    VitrineManager1 *skeleton; /* borrowed */
    Service *service;          /* likewise */
    Ending *ending;            /* under way, or NULL */
    GDBusMethodInvocation *invocation;
};

/* ---- The choice ---- */

static void set_way(ManagerEnding *self, GDBusMethodInvocation *invocation)
{
    g_autoptr(GError) error = NULL;
    const char *name;
    SwitchOffWay way;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s)", &name);
    if (!switch_off_parse(name, &way)) {
        g_dbus_method_invocation_return_error_literal(
            invocation, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
            N_("When the computer is switched off, guests are ended by “shut-down” or “save”."));
        return;
    }
    if (!switch_off_write(service_store(self->service), way, &error)) {
        g_dbus_method_invocation_return_error(invocation, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                                              N_("The choice can't be kept: %s"), error->message);
        return;
    }
    vitrine_manager1_set_when_switched_off(self->skeleton, name);
    g_dbus_method_invocation_return_value(invocation, NULL);
}

/* ---- The end ---- */

/* Who was saved goes on with the next start of the computer. */
static void note_saved(ManagerEnding *self, const GPtrArray *ended)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < ended->len; i++) {
        const EndedGuest *guest = ended->pdata[i];

        if (guest->how == ENDED_SAVED)
            g_ptr_array_add(names, guest->name);
    }
    g_ptr_array_add(names, NULL);
    if (!switch_off_note(service_store(self->service), (const char *const *)names->pdata, &error))
        g_warning("%s", error->message);
}

static void ended(const GPtrArray *guests, gpointer data)
{
    ManagerEnding *self = data;
    GVariantBuilder builder;

    note_saved(self, guests);
    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < guests->len; i++) {
        const EndedGuest *guest = guests->pdata[i];

        g_variant_builder_open(&builder, G_VARIANT_TYPE_VARDICT);
        g_variant_builder_add(&builder, "{sv}", "name", g_variant_new_string(guest->name));
        g_variant_builder_add(&builder, "{sv}", "how",
                              g_variant_new_string(ended_name(guest->how)));
        g_variant_builder_close(&builder);
    }
    vitrine_manager1_complete_end_guests(self->skeleton, g_steal_pointer(&self->invocation),
                                         g_variant_builder_end(&builder));
    g_clear_pointer(&self->ending, ending_free);
}

static void end_guests(ManagerEnding *self, GDBusMethodInvocation *invocation)
{
    guint seconds;

    if (self->ending) {
        g_dbus_method_invocation_return_error_literal(invocation, SERVICE_ERROR,
                                                      SERVICE_ERROR_WRONG_STATE,
                                                      N_("The guests are being ended already."));
        return;
    }
    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(u)", &seconds);
    self->invocation = invocation;
    /* The file may have been edited by hand. */
    self->ending = ending_new(self->service, switch_off_read(service_store(self->service)), seconds,
                              ended, self);
}

static const BusMethod methods[] = {
    {"SetWhenSwitchedOff", BUS_MANAGERS, G_CALLBACK(set_way)},
    {"EndGuests", BUS_MANAGERS, G_CALLBACK(end_guests)},
};

static const BusTarget keeping = {NULL, NULL, NULL};

ManagerEnding *manager_ending_new(VitrineManager1 *skeleton, Service *service)
{
    ManagerEnding *self = g_new0(ManagerEnding, 1);
    SwitchOffWay way = switch_off_read(service_store(service));

    self->skeleton = skeleton;
    self->service = service;
    vitrine_manager1_set_when_switched_off(skeleton, switch_off_name(way));
    bus_methods_connect(G_DBUS_INTERFACE_SKELETON(skeleton), methods, G_N_ELEMENTS(methods),
                        &keeping, self, service_authority(service));
    return self;
}

void manager_ending_stop(ManagerEnding *self)
{
    if (!self->ending)
        return;
    g_clear_pointer(&self->ending, ending_free);
    g_dbus_method_invocation_return_error_literal(
        g_steal_pointer(&self->invocation), SERVICE_ERROR, SERVICE_ERROR_FAILED,
        N_("The service ends: guests that still run go on."));
}

void manager_ending_free(ManagerEnding *self)
{
    manager_ending_stop(self);
    g_signal_handlers_disconnect_by_data(self->skeleton, self);
    g_free(self);
}
