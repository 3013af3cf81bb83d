/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's methods on the bus: who may call them, and what answers each. */
#include "guest-private.h"

#include <gio/gunixfdlist.h>
#include <string.h>

#include "bus-methods.h"
#include "display-socket.h"
#include "error.h"
#include "qemu-socket.h"

static void refuse(GDBusMethodInvocation *invocation, const char *sentence)
{
    g_dbus_method_invocation_return_error_literal(invocation, SERVICE_ERROR,
                                                  SERVICE_ERROR_WRONG_STATE, sentence);
}

/* A method that starts a job, and when it may. */
typedef struct {
    const char *name;
    gboolean running;   /* the guest must have a domain; else must not */
    const char *state;  /* and must be in this state; NULL: any */
    gboolean impatient; /* ends a job that only waits for the guest to stop */
    const char *refusal;
    void (*start)(Guest *guest);
} JobMethod;

static const JobMethod job_methods[] = {
    {"Start", FALSE, NULL, FALSE, N_("The guest is running already."), guest_start},
    {"Shutdown", TRUE, NULL, FALSE, N_("The guest is not running."), guest_shutdown},
    {"Reboot", TRUE, NULL, FALSE, N_("The guest is not running."), guest_reboot},
    {"ForceOff", TRUE, NULL, TRUE, N_("The guest is not running."), guest_force_off},
    {"Save", TRUE, "running", FALSE,
     N_("Only a running guest can be saved. If it is paused, let it go on first."), guest_save},
    {"DiscardSaved", FALSE, "saved", FALSE, N_("Nothing is saved of this guest."),
     guest_discard_saved},
    {"Delete", FALSE, NULL, FALSE, N_("The guest is running: shut it down or force it off first."),
     guest_delete},
};

static const JobMethod *find_job_method(GDBusMethodInvocation *invocation)
{
    const char *name = g_dbus_method_invocation_get_method_name(invocation);

    for (guint i = 0; i < G_N_ELEMENTS(job_methods); i++) {
        if (strcmp(job_methods[i].name, name) == 0)
            return &job_methods[i];
    }
    g_assert_not_reached();
}

gboolean guest_check_idle(Guest *guest, GError **error)
{
    if (!guest->job)
        return TRUE;
    g_set_error_literal(
        error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
        N_("Something else is being done with this guest. Wait until it is finished, "
           "or cancel it."));
    return FALSE;
}

static void act_job(Guest *guest, GDBusMethodInvocation *invocation)
{
    g_autoptr(GError) error = NULL;
    const JobMethod *method = find_job_method(invocation);
    const char *state = vitrine_guest1_get_state(guest->skeleton);
    GDBusInterfaceSkeleton *job;

    if (guest->job && method->impatient)
        guest_job_stop_waiting(guest);
    if (!guest_check_idle(guest, &error)) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    if (method->running != (guest->domid != DOMID_NONE) ||
        (method->state && g_strcmp0(method->state, state) != 0)) {
        refuse(invocation, method->refusal);
        return;
    }
    method->start(guest);
    /* A job stays on the bus for a while even if it is over by now. */
    job = G_DBUS_INTERFACE_SKELETON(guest->last_job);
    g_dbus_method_invocation_return_value(
        invocation, g_variant_new("(o)", g_dbus_interface_skeleton_get_object_path(job)));
}

static void switch_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Guest *guest = source;
    Backend *backend = service_backend(guest->service);
    gboolean pause = GPOINTER_TO_INT(data);
    GError *error = NULL;

    if (pause ? backend->ops->pause(backend, guest->domid, &error)
              : backend->ops->unpause(backend, guest->domid, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void switched(GObject *source, GAsyncResult *result, gpointer data)
{
    GDBusMethodInvocation *invocation = data;
    Guest *guest = SERVICE_GUEST(source);
    gboolean pause = GPOINTER_TO_INT(g_task_get_task_data(G_TASK(result)));
    g_autoptr(GError) error = NULL;

    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    if (!guest->job && guest->domid != DOMID_NONE) {
        guest_set_paused(guest, pause);
        guest->runs_without_room = !pause;
        if (!pause)
            guest_show_running(guest);
    }
    g_dbus_method_invocation_return_value(invocation, NULL);
}

static void act_switch(Guest *guest, GDBusMethodInvocation *invocation)
{
    gboolean pause = strcmp(g_dbus_method_invocation_get_method_name(invocation), "Pause") == 0;
    gboolean running = strcmp(vitrine_guest1_get_state(guest->skeleton), "running") == 0;
    g_autoptr(GTask) task = NULL;

    if (guest->job || guest->holding || !(pause ? running : guest_is_held(guest))) {
        refuse(invocation, pause ? N_("Only a running guest can be paused.")
                                 : N_("Only a paused guest can go on."));
        return;
    }
    task = g_task_new(guest, NULL, switched, invocation);
    g_task_set_task_data(task, GINT_TO_POINTER(pause), NULL);
    worker_run(service_worker(guest->service), G_PRIORITY_DEFAULT, task, switch_thread);
}

/* FALSE and ERROR if an HVM guest's display is not to be had by PROTOCOL, at SOCKET. */
static gboolean check_qemu(const Guest *guest, DisplayProtocol protocol, QemuSocket socket,
                           GError **error)
{
    const char *run_directory = service_options(guest->service)->run_directory;

    if (protocol == DISPLAY_LOCAL)
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                            N_("An HVM guest's display is served as “vnc” and “spice” only."));
    else if (!vitrine_guest1_get_has_display(guest->skeleton))
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISPLAY,
                            N_("The guest has no display now."));
    else if (protocol == DISPLAY_SPICE && !qemu_socket_is_there(socket, run_directory, guest->name))
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                            N_("An HVM guest's display is served as “spice” only if its file has "
                               "“spice = 1” when it starts, and it has no sound card."));
    else
        return TRUE;
    return FALSE;
}

static int connect_qemu(const Guest *guest, DisplayProtocol protocol, GError **error)
{
    const QemuSocket socket = protocol == DISPLAY_SPICE ? QEMU_SCREEN_BY_SPICE : QEMU_SCREEN;
    g_autofree char *path =
        qemu_socket_path(socket, service_options(guest->service)->run_directory, guest->name);

    return check_qemu(guest, protocol, socket, error) ? display_socket_connect(path, error) : -1;
}

/* A descriptor connected to the guest's display, or -1 and ERROR. */
static int connect_display(Guest *guest, DisplayProtocol protocol, GError **error)
{
    if (guest->on_qemu)
        return connect_qemu(guest, protocol, error);
    if (guest->display && display_server_is_available(guest->display))
        return display_server_connect(guest->display, protocol, error);
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISPLAY,
                        N_("The guest has no display now."));
    return -1;
}

static void act_open_display(Guest *guest, GDBusMethodInvocation *invocation)
{
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GError) error = NULL;
    DisplayProtocol protocol;
    const char *name;
    int fd;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s)", &name);
    if (!display_protocol_parse(name, &protocol)) {
        g_dbus_method_invocation_return_error(
            invocation, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
            N_("Displays are served as “vnc”, “spice” and “local”."));
        return;
    }
    fd = connect_display(guest, protocol, &error);
    if (fd < 0) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    fds = g_unix_fd_list_new_from_array(&fd, 1);
    g_dbus_method_invocation_return_value_with_unix_fd_list(invocation, g_variant_new("(h)", 0),
                                                            fds);
}

static const BusMethod methods[] = {
    {"Start", BUS_MANAGERS, G_CALLBACK(act_job)},
    {"Shutdown", BUS_MANAGERS, G_CALLBACK(act_job)},
    {"Reboot", BUS_MANAGERS, G_CALLBACK(act_job)},
    {"ForceOff", BUS_MANAGERS, G_CALLBACK(act_job)},
    {"Save", BUS_MANAGERS, G_CALLBACK(act_job)},
    {"DiscardSaved", BUS_MANAGERS, G_CALLBACK(act_job)},
    {"Delete", BUS_MANAGERS, G_CALLBACK(act_job)},
    {"Pause", BUS_MANAGERS, G_CALLBACK(act_switch)},
    {"Unpause", BUS_MANAGERS, G_CALLBACK(act_switch)},
    {"Configure", BUS_MANAGERS, G_CALLBACK(guest_configure)},
    {"SetMicrophone", BUS_MANAGERS, G_CALLBACK(guest_set_microphone)},
    {"SetMuted", BUS_MANAGERS, G_CALLBACK(guest_set_muted)},
    {"SetVolume", BUS_MANAGERS, G_CALLBACK(guest_set_volume)},
    {"InsertIso", BUS_MANAGERS, G_CALLBACK(guest_insert_iso)},
    {"EjectIso", BUS_MANAGERS, G_CALLBACK(guest_eject_iso)},
    {"AddDisk", BUS_MANAGERS, G_CALLBACK(guest_add_disk)},
    {"RemoveDisk", BUS_MANAGERS, G_CALLBACK(guest_remove_disk)},
    {"ResizeDisk", BUS_MANAGERS, G_CALLBACK(guest_resize_disk)},
    {"ListDisks", BUS_ALL, G_CALLBACK(guest_list_disks)},
    {"TakeSnapshot", BUS_MANAGERS, G_CALLBACK(guest_take_snapshot)},
    {"RollBack", BUS_MANAGERS, G_CALLBACK(guest_roll_back)},
    {"DeleteSnapshot", BUS_MANAGERS, G_CALLBACK(guest_delete_snapshot)},
    {"ListSnapshots", BUS_ALL, G_CALLBACK(guest_list_snapshots)},
    {"OpenDisplay", BUS_MANAGERS, G_CALLBACK(act_open_display)},
    {"OpenConsole", BUS_MANAGERS, G_CALLBACK(guest_open_console)},
    {"ReadConsoleLog", BUS_MANAGERS, G_CALLBACK(guest_read_console_log)},
};

/* A guest may be deleted while polkit asks for a password. */
static const BusTarget keeping = {g_object_ref, g_object_unref, NULL};

void guest_connect_methods(Guest *guest)
{
    bus_methods_connect(G_DBUS_INTERFACE_SKELETON(guest->skeleton), methods, G_N_ELEMENTS(methods),
                        &keeping, guest, service_authority(guest->service));
}
