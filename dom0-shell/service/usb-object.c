/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows one USB device on the bus and answers its methods. */
#include "usb-private.h"

#include <string.h>

#include "bus-methods.h"
#include "error.h"
#include "guest-name.h"
#include "guest-settings.h"

/* As in the contract. */
static const char *const state_names[USB_STATES] = {
    [USB_HERE] = "here",         [USB_CHECKING] = "here",       [USB_ATTACHING] = "attaching",
    [USB_ATTACHED] = "attached", [USB_DETACHING] = "detaching",
};

void usb_request_free(UsbRequest *request)
{
    if (!request)
        return;
    g_free(request->guest);
    g_free(request);
}

UsbObject *usb_object_ref(UsbObject *object)
{
    return g_rc_box_acquire(object);
}

static void clear(gpointer data)
{
    UsbObject *object = data;

    usb_device_free(object->device);
    g_object_unref(object->skeleton);
    g_object_unref(object->object);
    g_ptr_array_unref(object->releases);
    usb_request_free(object->request);
    g_clear_error(&object->loss);
    g_free(object->guest);
}

void usb_object_unref(UsbObject *object)
{
    if (object)
        g_rc_box_release_full(object, clear);
}

/* ---- Properties ---- */

static void show(UsbObject *object, const char *concern)
{
    const UsbDevice *device = object->device;
    g_autofree char *description = usb_device_describe(device);

    vitrine_usb_device1_set_key(object->skeleton, device->key);
    vitrine_usb_device1_set_name(object->skeleton, device->name);
    vitrine_usb_device1_set_kind(object->skeleton, usb_kind_name(usb_kind_main(device->kinds)));
    vitrine_usb_device1_set_description(object->skeleton, description);
    vitrine_usb_device1_set_vendor_id(object->skeleton, device->vendor);
    vitrine_usb_device1_set_product_id(object->skeleton, device->product);
    vitrine_usb_device1_set_speed(object->skeleton, device->speed);
    vitrine_usb_device1_set_concern(object->skeleton, concern ? concern : "");
    usb_object_show_rule(object);
}

void usb_object_show_rule(UsbObject *object)
{
    vitrine_usb_device1_set_remembered(object->skeleton,
                                       usb_rules_find(object->usb->rules, object->device));
}

void usb_object_update(UsbObject *object, UsbDevice *device, const char *concern)
{
    if (object->state != USB_HERE) {
        usb_device_free(device);
        usb_object_show_rule(object);
        return;
    }
    usb_device_free(object->device);
    object->device = device;
    show(object, concern);
}

void usb_object_set_state(UsbObject *object, UsbState state, const char *guest)
{
    g_autofree char *old = object->guest; /* which may be what GUEST is */
    gboolean is_shown = guest && state != USB_CHECKING;

    object->state = state;
    object->guest = g_strdup(guest);
    vitrine_usb_device1_set_guest(object->skeleton, is_shown ? guest : "");
    vitrine_usb_device1_set_state(object->skeleton, state_names[state]);
}

void usb_object_set_problem(UsbObject *object, const char *problem)
{
    vitrine_usb_device1_set_problem(object->skeleton, problem);
}

/* ---- Answers ---- */

static void answer_one(GDBusMethodInvocation *invocation, const GError *error)
{
    if (error)
        g_dbus_method_invocation_return_gerror(invocation, error);
    else
        g_dbus_method_invocation_return_value(invocation, NULL);
}

void usb_object_answer(UsbObject *object, const GError *error)
{
    g_autoptr(UsbRequest) request = g_steal_pointer(&object->request);

    /* Whoever is answered is to find the properties as they are now. */
    g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(object->skeleton));
    if (request && request->invocation)
        answer_one(request->invocation, error);
}

void usb_object_answer_releases(UsbObject *object, const GError *error)
{
    g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(object->skeleton));
    for (guint i = 0; i < object->releases->len; i++)
        answer_one(object->releases->pdata[i], error);
    g_ptr_array_set_size(object->releases, 0);
}

/* ---- Methods ---- */

static void refuse(GDBusMethodInvocation *invocation, ServiceError code, const char *sentence)
{
    g_dbus_method_invocation_return_error_literal(invocation, SERVICE_ERROR, (gint)code, sentence);
}

static gboolean parse_scope(const char *name, UsbScope *scope, GError **error)
{
    if (usb_scope_parse(name, scope))
        return TRUE;
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
                        N_("It can be remembered for the “device”, the “port” or the “kind”."));
    return FALSE;
}

static gboolean take_confirmed(GVariant *value, guint64 total, gpointer target, GError **error)
{
    ((UsbRequest *)target)->confirmed = g_variant_get_boolean(value);
    return TRUE;
}

static gboolean take_remember(GVariant *value, guint64 total, gpointer target, GError **error)
{
    const char *name = g_variant_get_string(value, NULL);
    UsbRequest *request = target;

    request->remember = *name != '\0';
    return !request->remember || parse_scope(name, &request->scope, error);
}

static const SettingOption assign_options[] = {
    {"confirmed", "b", take_confirmed},
    {"remember", "s", take_remember},
};

/* NULL and a sentence if it makes no sense. */
static UsbRequest *read_request(GDBusMethodInvocation *invocation, GError **error)
{
    GVariant *parameters = g_dbus_method_invocation_get_parameters(invocation);
    g_autoptr(UsbRequest) request = g_new0(UsbRequest, 1);
    g_autoptr(GVariant) options = NULL;

    g_variant_get(parameters, "(s@a{sv})", &request->guest, &options);
    if (!settings_take(assign_options, G_N_ELEMENTS(assign_options), options, 0, request, error))
        return NULL;
    if (request->remember && strcmp(request->guest, USB_NEVER) == 0) {
        g_set_error(
            error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
            N_("A guest of the name “%s” can't be remembered: that stands for no guest at all."),
            USB_NEVER);
        return NULL;
    }
    return g_steal_pointer(&request);
}

static void act_assign(UsbObject *object, GDBusMethodInvocation *invocation)
{
    g_autoptr(GError) error = NULL;
    UsbRequest *request = read_request(invocation, &error);

    if (request && object->state != USB_HERE) {
        g_set_error(&error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
                    N_("“%s” has the device, or is just getting it or giving it back. Release it "
                       "first."),
                    object->guest ? object->guest : "A guest");
        g_clear_pointer(&request, usb_request_free);
    }
    if (!request) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    request->invocation = invocation;
    usb_assign(object, request);
}

static void act_release(UsbObject *object, GDBusMethodInvocation *invocation)
{
    if (object->state == USB_HERE || object->state == USB_CHECKING) {
        refuse(invocation, SERVICE_ERROR_WRONG_STATE, N_("No guest has the device."));
        return;
    }
    g_ptr_array_add(object->releases, invocation);
    usb_release(object);
}

/* Both end like this: the rules have changed, or not, because of ERROR. A rule can be of several
 * devices. */
static void rules_changed(UsbObject *object, GDBusMethodInvocation *invocation, GError *error)
{
    g_autoptr(GError) own = error;

    usb_object_show_rule(object);
    usb_look(object->usb);
    g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(object->skeleton));
    answer_one(invocation, own);
}

static void act_remember(UsbObject *object, GDBusMethodInvocation *invocation)
{
    GVariant *parameters = g_dbus_method_invocation_get_parameters(invocation);
    GError *error = NULL;
    const char *choice;
    const char *name;
    UsbScope scope;

    g_variant_get(parameters, "(&s&s)", &choice, &name);
    if (guest_name_check(choice, &error) && parse_scope(name, &scope, &error))
        usb_rules_remember(object->usb->rules, object->device, scope, choice, &error);
    rules_changed(object, invocation, error);
}

static void act_forget(UsbObject *object, GDBusMethodInvocation *invocation)
{
    GError *error = NULL;

    usb_rules_forget(object->usb->rules, object->device, &error);
    rules_changed(object, invocation, error);
}

static const BusMethod methods[] = {
    {"Assign", BUS_MANAGERS, G_CALLBACK(act_assign)},
    {"Release", BUS_MANAGERS, G_CALLBACK(act_release)},
    {"Remember", BUS_MANAGERS, G_CALLBACK(act_remember)},
    {"Forget", BUS_MANAGERS, G_CALLBACK(act_forget)},
};

static gpointer hold(gpointer object)
{
    return usb_object_ref(object);
}

static void drop(gpointer object)
{
    usb_object_unref(object);
}

/* It may be unplugged while polkit asks for a password. */
static gboolean refuse_gone(gpointer target, GDBusMethodInvocation *invocation)
{
    UsbObject *object = target;

    if (object->gone)
        refuse(invocation, SERVICE_ERROR_FAILED, N_("The device has been unplugged."));
    return object->gone;
}

static const BusTarget keeping = {hold, drop, refuse_gone};

/* ---- Life ---- */

UsbObject *usb_object_new(Usb *usb, UsbDevice *device, const char *concern)
{
    UsbObject *object = g_rc_box_new0(UsbObject);
    g_autofree char *id = g_dbus_escape_object_path(device->key);
    g_autofree char *path = g_strconcat(SERVICE_PATH "/usb/", id, NULL);

    object->usb = usb;
    object->device = device;
    object->releases = g_ptr_array_new();
    object->skeleton = vitrine_usb_device1_skeleton_new();
    usb_object_set_problem(object, "");
    usb_object_set_state(object, USB_HERE, NULL);
    show(object, concern);
    bus_methods_connect(G_DBUS_INTERFACE_SKELETON(object->skeleton), methods, G_N_ELEMENTS(methods),
                        &keeping, object, service_authority(usb->service));
    object->object = vitrine_object_skeleton_new(path);
    vitrine_object_skeleton_set_usb_device1(object->object, object->skeleton);
    g_dbus_object_manager_server_export(service_objects(usb->service),
                                        G_DBUS_OBJECT_SKELETON(object->object));
    return object;
}

void usb_object_withdraw(UsbObject *object)
{
    const char *path = g_dbus_object_get_object_path(G_DBUS_OBJECT(object->object));
    g_autoptr(GError) error = g_error_new_literal(SERVICE_ERROR, SERVICE_ERROR_FAILED,
                                                  N_("The device has been unplugged."));

    object->gone = TRUE;
    usb_object_answer(object, error);
    /* A device that is not here any more is no guest's, either. */
    usb_object_answer_releases(object, NULL);
    g_signal_handlers_disconnect_by_data(object->skeleton, object);
    g_dbus_object_manager_server_unexport(service_objects(object->usb->service), path);
}
