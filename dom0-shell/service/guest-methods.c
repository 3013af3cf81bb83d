/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's methods on the bus: who may call them, and what answers each. */
#include "guest-private.h"

#include <gio/gunixfdlist.h>
#include <string.h>

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
    {"Start", FALSE, NULL, FALSE, "The guest is running already.", guest_start},
    {"Shutdown", TRUE, NULL, FALSE, "The guest is not running.", guest_shutdown},
    {"Reboot", TRUE, NULL, FALSE, "The guest is not running.", guest_reboot},
    {"ForceOff", TRUE, NULL, TRUE, "The guest is not running.", guest_force_off},
    {"Save", TRUE, "running", FALSE,
     "Only a running guest can be saved. If it is paused, let it go on first.", guest_save},
    {"DiscardSaved", FALSE, "saved", FALSE, "Nothing is saved of this guest.", guest_discard_saved},
    {"Delete", FALSE, NULL, FALSE, "The guest is running: shut it down or force it off first.",
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

static void act_job(Guest *guest, GDBusMethodInvocation *invocation)
{
    const JobMethod *method = find_job_method(invocation);
    const char *state = vitrine_guest1_get_state(guest->skeleton);
    GDBusInterfaceSkeleton *job;

    if (guest->job && method->impatient)
        guest_job_stop_waiting(guest);
    if (guest->job) {
        refuse(invocation, "Something else is being done with this guest. Wait until it is "
                           "finished, or cancel it.");
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
        refuse(invocation,
               pause ? "Only a running guest can be paused." : "Only a paused guest can go on.");
        return;
    }
    task = g_task_new(guest, NULL, switched, invocation);
    g_task_set_task_data(task, GINT_TO_POINTER(pause), NULL);
    worker_run(service_worker(guest->service), G_PRIORITY_DEFAULT, task, switch_thread);
}

/* A descriptor connected to the guest's display, or -1 and ERROR. */
static int connect_display(Guest *guest, DisplayProtocol protocol, GError **error)
{
    g_autofree char *qemu =
        qemu_socket_path(QEMU_SCREEN, service_options(guest->service)->run_directory, guest->name);

    if (guest->on_qemu && protocol != DISPLAY_VNC)
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                            "An HVM guest's display is served as “vnc” only.");
    else if (guest->on_qemu ? !vitrine_guest1_get_has_display(guest->skeleton)
                            : !guest->display || !display_server_is_available(guest->display))
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISPLAY,
                            "The guest has no display now.");
    else if (guest->on_qemu)
        return display_socket_connect(qemu, error);
    else
        return display_server_connect(guest->display, protocol, error);
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
        g_dbus_method_invocation_return_error(invocation, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                                              "Displays are served as “vnc” and “spice”.");
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

/* Who may call a method: all only what changes nothing and shows no more than the properties. */
typedef enum { MANAGERS, ALL } Callers;

typedef struct {
    const char *name;
    Callers callers;
    void (*act)(Guest *guest, GDBusMethodInvocation *invocation);
} Method;

static const Method methods[] = {
    {"Start", MANAGERS, act_job},
    {"Shutdown", MANAGERS, act_job},
    {"Reboot", MANAGERS, act_job},
    {"ForceOff", MANAGERS, act_job},
    {"Save", MANAGERS, act_job},
    {"DiscardSaved", MANAGERS, act_job},
    {"Delete", MANAGERS, act_job},
    {"Pause", MANAGERS, act_switch},
    {"Unpause", MANAGERS, act_switch},
    {"Configure", MANAGERS, guest_configure},
    {"SetMicrophone", MANAGERS, guest_set_microphone},
    {"SetMuted", MANAGERS, guest_set_muted},
    {"SetVolume", MANAGERS, guest_set_volume},
    {"InsertIso", MANAGERS, guest_insert_iso},
    {"EjectIso", MANAGERS, guest_eject_iso},
    {"AddDisk", MANAGERS, guest_add_disk},
    {"RemoveDisk", MANAGERS, guest_remove_disk},
    {"ResizeDisk", MANAGERS, guest_resize_disk},
    {"ListDisks", ALL, guest_list_disks},
    {"TakeSnapshot", MANAGERS, guest_take_snapshot},
    {"RollBack", MANAGERS, guest_roll_back},
    {"DeleteSnapshot", MANAGERS, guest_delete_snapshot},
    {"ListSnapshots", ALL, guest_list_snapshots},
    {"OpenDisplay", MANAGERS, act_open_display},
    {"OpenConsole", MANAGERS, guest_open_console},
    {"ReadConsoleLog", MANAGERS, guest_read_console_log},
};

/* A method call between its arrival and polkit's word. */
typedef struct {
    Guest *guest;
    GDBusMethodInvocation *invocation; /* answering it gives it up */
    const Method *method;
} Call;

static void decided(const GError *error, gpointer data)
{
    Call *call = data;

    if (error)
        g_dbus_method_invocation_return_gerror(call->invocation, error);
    else
        call->method->act(call->guest, call->invocation);
    g_object_unref(call->guest);
    g_free(call);
}

static void authorize(Guest *guest, GDBusMethodInvocation *invocation, const Method *method)
{
    Call *call = g_new0(Call, 1);

    call->guest = g_object_ref(guest);
    call->invocation = invocation;
    call->method = method;
    authority_check(service_authority(guest->service), invocation, decided, call);
}

static void called(Guest *guest, GDBusMethodInvocation *invocation, const Method *method)
{
    if (method->callers == ALL)
        method->act(guest, invocation);
    else
        authorize(guest, invocation, method);
}

/* The generated signals differ in the parameters that they take out of the invocation beforehand.
 * Nobody here wants those, so that one marshaller serves all of them: it takes the invocation,
 * which comes after the skeleton, and says that the method is answered. */
static void marshal(GClosure *closure, GValue *answered, guint count, const GValue *parameters,
                    gpointer hint, gpointer method)
{
    called(closure->data, g_value_get_object(&parameters[1]), method);
    g_value_set_boolean(answered, TRUE);
}

/* The name of gdbus-codegen's signal: "handle-roll-back" of "RollBack". */
static char *signal_name(const char *method)
{
    GString *name = g_string_new("handle");

    for (const char *c = method; *c; c++) {
        if (g_ascii_isupper(*c))
            g_string_append_c(name, '-');
        g_string_append_c(name, g_ascii_tolower(*c));
    }
    return g_string_free(name, FALSE);
}

void guest_connect_methods(Guest *guest)
{
    for (guint i = 0; i < G_N_ELEMENTS(methods); i++) {
        GClosure *closure = g_closure_new_simple(sizeof(GClosure), guest);
        g_autofree char *name = signal_name(methods[i].name);

        g_closure_set_meta_marshal(closure, (gpointer)&methods[i], marshal);
        g_signal_connect_closure(guest->skeleton, name, closure, FALSE);
    }
}
