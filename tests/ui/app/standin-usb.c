/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices of the stand-in. They obey; one with a concern wants to be asked for twice. */
#include "standin-usb.h"

#define ROOT "/org/vitrine/Vitrine1"

static GDBusObjectManagerServer *objects;
static StandinRefuse refuse;
static GPtrArray *calls; /* texts */

static char *usb_path(const char *key)
{
    g_autofree char *id = g_strdup(key);

    return g_strdup_printf(ROOT "/usb/%s",
                           g_strcanon(id, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS, '_'));
}

static VitrineUsbDevice1 *find(const char *key)
{
    g_autofree char *path = usb_path(key);
    g_autoptr(GDBusInterface) device = g_dbus_object_manager_get_interface(
        G_DBUS_OBJECT_MANAGER(objects), path, "org.vitrine.UsbDevice1");

    /* The server keeps it. */
    return device ? VITRINE_USB_DEVICE1(device) : NULL;
}

static void note(VitrineUsbDevice1 *device, const char *call, const char *argument)
{
    g_ptr_array_add(calls, g_strdup_printf("%s %s%s%s", call, vitrine_usb_device1_get_key(device),
                                           *argument ? " " : "", argument));
}

static gboolean on_assign(VitrineUsbDevice1 *device, GDBusMethodInvocation *invocation,
                          const char *guest, GVariant *options, gpointer data)
{
    const char *concern = vitrine_usb_device1_get_concern(device);
    gboolean confirmed = FALSE;

    if (refuse(invocation))
        return TRUE;
    g_variant_lookup(options, "confirmed", "b", &confirmed);
    if (*concern && !confirmed) {
        g_dbus_method_invocation_return_dbus_error(invocation,
                                                   "org.vitrine.Error.NeedsConfirmation", concern);
        return TRUE;
    }
    note(device, "Assign", guest);
    vitrine_usb_device1_set_guest(device, guest);
    vitrine_usb_device1_set_state(device, "attached");
    vitrine_usb_device1_complete_assign(device, invocation);
    return TRUE;
}

static gboolean on_release(VitrineUsbDevice1 *device, GDBusMethodInvocation *invocation,
                           gpointer data)
{
    if (refuse(invocation))
        return TRUE;
    note(device, "Release", "");
    vitrine_usb_device1_set_guest(device, "");
    vitrine_usb_device1_set_state(device, "here");
    vitrine_usb_device1_complete_release(device, invocation);
    return TRUE;
}

static gboolean on_remember(VitrineUsbDevice1 *device, GDBusMethodInvocation *invocation,
                            const char *guest, const char *scope, gpointer data)
{
    g_autofree char *argument = g_strdup_printf("%s %s", guest, scope);

    if (refuse(invocation))
        return TRUE;
    note(device, "Remember", argument);
    vitrine_usb_device1_set_remembered(device, guest);
    vitrine_usb_device1_complete_remember(device, invocation);
    return TRUE;
}

static gboolean on_forget(VitrineUsbDevice1 *device, GDBusMethodInvocation *invocation,
                          gpointer data)
{
    note(device, "Forget", "");
    vitrine_usb_device1_set_remembered(device, "");
    vitrine_usb_device1_complete_forget(device, invocation);
    return TRUE;
}

static void set(VitrineUsbDevice1 *device, GVariant *values)
{
    static const struct {
        const char *property;
        void (*set)(VitrineUsbDevice1 *device, const char *text);
    } setters[] = {
        {"Guest", vitrine_usb_device1_set_guest},
        {"State", vitrine_usb_device1_set_state},
        {"Concern", vitrine_usb_device1_set_concern},
        {"Problem", vitrine_usb_device1_set_problem},
        {"Remembered", vitrine_usb_device1_set_remembered},
        {"Description", vitrine_usb_device1_set_description},
    };

    for (guint i = 0; i < G_N_ELEMENTS(setters); i++) {
        const char *text;

        if (g_variant_lookup(values, setters[i].property, "&s", &text))
            setters[i].set(device, text);
    }
}

static gboolean on_add(StandinBusStandin1 *control, GDBusMethodInvocation *invocation,
                       const char *key, const char *name, const char *kind, GVariant *properties,
                       gpointer data)
{
    g_autoptr(VitrineUsbDevice1) device = vitrine_usb_device1_skeleton_new();
    g_autofree char *path = usb_path(key);
    g_autoptr(GDBusObjectSkeleton) object = g_dbus_object_skeleton_new(path);

    vitrine_usb_device1_set_key(device, key);
    vitrine_usb_device1_set_name(device, name);
    vitrine_usb_device1_set_kind(device, kind);
    vitrine_usb_device1_set_description(device, kind);
    vitrine_usb_device1_set_state(device, "here");
    vitrine_usb_device1_set_guest(device, "");
    vitrine_usb_device1_set_concern(device, "");
    vitrine_usb_device1_set_remembered(device, "");
    set(device, properties);
    g_signal_connect(device, "handle-assign", G_CALLBACK(on_assign), NULL);
    g_signal_connect(device, "handle-release", G_CALLBACK(on_release), NULL);
    g_signal_connect(device, "handle-remember", G_CALLBACK(on_remember), NULL);
    g_signal_connect(device, "handle-forget", G_CALLBACK(on_forget), NULL);
    g_dbus_object_skeleton_add_interface(object, G_DBUS_INTERFACE_SKELETON(device));
    g_dbus_object_manager_server_export(objects, object);
    standin_bus_standin1_complete_add_usb(control, invocation);
    return TRUE;
}

static gboolean on_set(StandinBusStandin1 *control, GDBusMethodInvocation *invocation,
                       const char *key, GVariant *properties, gpointer data)
{
    set(find(key), properties);
    standin_bus_standin1_complete_set_usb(control, invocation);
    return TRUE;
}

static gboolean on_remove(StandinBusStandin1 *control, GDBusMethodInvocation *invocation,
                          const char *key, gpointer data)
{
    g_autofree char *path = usb_path(key);

    g_dbus_object_manager_server_unexport(objects, path);
    standin_bus_standin1_complete_remove_usb(control, invocation);
    return TRUE;
}

static gboolean on_take_calls(StandinBusStandin1 *control, GDBusMethodInvocation *invocation,
                              gpointer data)
{
    g_ptr_array_add(calls, NULL);
    standin_bus_standin1_complete_take_usb_calls(control, invocation,
                                                 (const char *const *)calls->pdata);
    g_ptr_array_set_size(calls, 0);
    return TRUE;
}

void standin_usb_init(GDBusObjectManagerServer *server, StandinBusStandin1 *control,
                      StandinRefuse refuse_call)
{
    objects = server;
    refuse = refuse_call;
    calls = g_ptr_array_new_with_free_func(g_free);
    g_signal_connect(control, "handle-add-usb", G_CALLBACK(on_add), NULL);
    g_signal_connect(control, "handle-set-usb", G_CALLBACK(on_set), NULL);
    g_signal_connect(control, "handle-remove-usb", G_CALLBACK(on_remove), NULL);
    g_signal_connect(control, "handle-take-usb-calls", G_CALLBACK(on_take_calls), NULL);
}
