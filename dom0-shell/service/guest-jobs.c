/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be done with a guest, as tables of steps. */
#include "guest-private.h"

#include <string.h>

#include "error.h"
#include "template.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)
/* A desktop takes its time, more so under emulation. */
#define STOP_TIMEOUT_S 180

/* One job's own state. The worker's steps and the main thread's never run at the same time; only
 * `domid` is looked at in between. */
typedef struct {
    Guest *guest;
    Service *service; /* borrowed */
    char *name;       /* copies, for the worker's thread */
    char *config_path;
    char *disk_path;
    GuestPlan plan; /* of a create */
    BackendConfig config;
    gint domid;              /* atomic */
    gboolean waiting;        /* for the guest to stop */
    guint timer;             /* of that wait */
    gboolean until_gone;     /* another's domain: wait until that other has destroyed it */
    gboolean crashed;        /* the clearing up is of a crash */
    char *problem;           /* what to show of it afterwards */
    const char *final_state; /* after a success */
} Op;

void guest_plan_clear(GuestPlan *plan)
{
    g_clear_pointer(&plan->template, g_free);
    g_clear_pointer(&plan->color, g_free);
}

static Backend *op_backend(const Op *op)
{
    return service_backend(op->service);
}

static void op_set_domid(Op *op, int domid)
{
    g_atomic_int_set(&op->domid, domid);
}

int guest_job_domid(Guest *guest)
{
    Op *op = job_data(guest->job);

    return g_atomic_int_get(&op->domid);
}

/* ---- Steps on the worker's thread ---- */

static gboolean check_room(Op *op, guint64 memory, GError **error)
{
    BackendHost host;

    if (!op_backend(op)->ops->host(op_backend(op), &host, error))
        return FALSE;
    if (memory <= host.free_memory)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_MEMORY,
                "Not enough memory: the guest is to have %" G_GUINT64_FORMAT
                " MiB, and %" G_GUINT64_FORMAT " MiB are free. Give it less, or shut down "
                "another guest.",
                memory / MIB, host.free_memory / MIB);
    return FALSE;
}

static gboolean check_template(Job *job, GCancellable *cancellable, GError **error)
{
    Op *op = job_data(job);
    g_autoptr(Template) template =
        template_load(guest_store_templates(service_store(op->service)), op->plan.template);

    return template_check(template, error) &&
           (!op->plan.start || check_room(op, op->plan.memory, error));
}

static gboolean clone_disk(Job *job, GCancellable *cancellable, GError **error)
{
    Op *op = job_data(job);
    g_autoptr(Template) template =
        template_load(guest_store_templates(service_store(op->service)), op->plan.template);

    return op_backend(op)->ops->clone_disk(op_backend(op), template->disk, op->disk_path,
                                           template->disk_size, job_step_progress, job,
                                           cancellable, error);
}

static void remove_disk(Job *job)
{
    Op *op = job_data(job);
    g_autoptr(GError) error = NULL;

    if (!guest_store_remove_disk(service_store(op->service), op->name, &error))
        g_warning("%s: %s", op->name, error->message);
}

static void remove_files(Job *job)
{
    Op *op = job_data(job);
    g_autoptr(GError) error = NULL;

    if (!guest_store_remove_files(service_store(op->service), op->name, &error))
        g_warning("%s: %s", op->name, error->message);
}

static gboolean write_files(Job *job, GCancellable *cancellable, GError **error)
{
    Op *op = job_data(job);
    GuestStore *store = service_store(op->service);
    const char *bridge = service_options(op->service)->bridge;
    g_autoptr(Template) template =
        template_load(guest_store_templates(store), op->plan.template);
    GuestConfig config = {
        .name = op->name,
        .kernel = template->kernel,
        .ramdisk = template->ramdisk,
        .cmdline = template->cmdline,
        .disk = op->disk_path,
        .bridge = *bridge ? bridge : NULL,
        .memory = op->plan.memory,
        .vcpus = op->plan.vcpus,
    };
    GuestNotes notes = {.template = op->plan.template, .color = op->plan.color};
    g_autofree char *text = guest_config_write(&config, error);

    return text && guest_store_add(store, op->name, text, &notes, error);
}

static gboolean check_start(Job *job, GCancellable *cancellable, GError **error)
{
    Op *op = job_data(job);

    return check_room(op, op->config.facts.memory, error);
}

static gboolean build_domain(Job *job, GCancellable *cancellable, GError **error)
{
    Op *op = job_data(job);
    int domid;

    if (!op_backend(op)->ops->create(op_backend(op), op->config_path, cancellable, &op->config,
                                     &domid, error))
        return FALSE;
    op_set_domid(op, domid);
    return TRUE;
}

static gboolean destroy_domain(Job *job, GCancellable *cancellable, GError **error)
{
    Op *op = job_data(job);
    int domid = g_atomic_int_get(&op->domid);

    if (domid == DOMID_NONE)
        return TRUE;
    /* First, so that its going is not taken for somebody else's doing. */
    op_set_domid(op, DOMID_NONE);
    if (op_backend(op)->ops->destroy(op_backend(op), domid, error))
        return TRUE;
    op_set_domid(op, domid);
    return FALSE;
}

static void undo_domain(Job *job)
{
    Op *op = job_data(job);
    g_autoptr(GError) error = NULL;

    if (!destroy_domain(job, NULL, &error))
        g_warning("%s: %s", op->name, error->message);
}

static gboolean unpause(Job *job, GCancellable *cancellable, GError **error)
{
    Op *op = job_data(job);

    return op_backend(op)->ops->unpause(op_backend(op), g_atomic_int_get(&op->domid), error);
}

static gboolean request_shutdown(Job *job, GCancellable *cancellable, GError **error)
{
    Op *op = job_data(job);

    return op_backend(op)->ops->shutdown(op_backend(op), g_atomic_int_get(&op->domid), error);
}

static gboolean request_reboot(Job *job, GCancellable *cancellable, GError **error)
{
    Op *op = job_data(job);

    return op_backend(op)->ops->reboot(op_backend(op), g_atomic_int_get(&op->domid), error);
}

/* Why it crashed, while its console's log is still this one. */
static gboolean hear_last_words(Job *job, GCancellable *cancellable, GError **error)
{
    Op *op = job_data(job);
    g_autofree char *words = NULL;

    if (op->crashed)
        words = op_backend(op)->ops->last_words(op_backend(op), op->name);
    if (words) {
        g_free(op->problem);
        op->problem = g_strdup_printf("The guest crashed. It said: %s", words);
    }
    return TRUE;
}

static gboolean delete_files(Job *job, GCancellable *cancellable, GError **error)
{
    Op *op = job_data(job);

    /* The disk first: a guest with a file and no disk can be deleted again, the other way round
     * the space would be lost unseen. */
    return guest_store_remove_disk(service_store(op->service), op->name, error) &&
           guest_store_remove_files(service_store(op->service), op->name, error);
}

/* ---- Steps on the main thread ---- */

static void display_ready(const GError *error, gpointer data)
{
    Guest *guest = data;

    job_step_finish(guest->job, error ? g_error_copy(error) : NULL);
}

static void connect_display(Job *job)
{
    Op *op = job_data(job);

    if (op->config.facts.has_display)
        guest_connect_display(op->guest, g_atomic_int_get(&op->domid), display_ready);
    else
        job_step_finish(job, NULL);
}

static void disconnect_display(Job *job)
{
    guest_disconnect_display(((Op *)job_data(job))->guest);
}

static void take_display_off(Job *job)
{
    Op *op = job_data(job);

    disconnect_display(job);
    if (g_strcmp0(op->final_state, "running") == 0)
        guest_set_state(op->guest, "starting");
    job_step_finish(job, NULL);
}

static void stop_waiting(Job *job)
{
    Op *op = job_data(job);

    op->waiting = FALSE;
    g_clear_handle_id(&op->timer, g_source_remove);
}

static gboolean wait_timed_out(gpointer data)
{
    Job *job = data;
    Op *op = job_data(job);

    op->timer = 0;
    stop_waiting(job);
    job_step_finish(job, g_error_new(SERVICE_ERROR, SERVICE_ERROR_TIMED_OUT,
                                     "The guest has not shut down within %d seconds. It may still "
                                     "do so; Force Off ends it at once.",
                                     STOP_TIMEOUT_S));
    return G_SOURCE_REMOVE;
}

static void wait_for_stop(Job *job)
{
    Op *op = job_data(job);

    op->until_gone = !op->guest->ours;
    if (g_atomic_int_get(&op->domid) == DOMID_NONE || op->guest->stop_pending) {
        /* It was faster than the answer to the request. */
        op->guest->stop_pending = FALSE;
        job_step_finish(job, NULL);
        return;
    }
    op->waiting = TRUE;
    op->timer = g_timeout_add_seconds(STOP_TIMEOUT_S, wait_timed_out, job);
}

gboolean guest_job_stopped(Guest *guest, StopReason reason)
{
    Op *op = job_data(guest->job);

    if (!op->waiting || op->until_gone)
        return op->until_gone;
    stop_waiting(guest->job);
    if (reason == STOP_CRASH || reason == STOP_WATCHDOG) {
        guest->stop_pending = TRUE;
        guest->stop_reason = reason;
        job_step_finish(guest->job,
                        g_error_new_literal(SERVICE_ERROR, SERVICE_ERROR_FAILED,
                                            "The guest crashed while it was shutting down."));
        return TRUE;
    }
    job_step_finish(guest->job, NULL);
    return TRUE;
}

gboolean guest_job_gone(Guest *guest)
{
    Op *op = job_data(guest->job);
    g_autoptr(GError) error = NULL;

    op_set_domid(op, DOMID_NONE);
    if (op->waiting) {
        stop_waiting(guest->job);
        job_step_finish(guest->job, NULL);
        return TRUE;
    }
    error = g_error_new_literal(SERVICE_ERROR, SERVICE_ERROR_GUEST_GONE,
                                "The guest was destroyed from outside while it was being worked "
                                "on. Start it again.");
    job_fail(guest->job, error);
    return TRUE;
}

void guest_job_stop_waiting(Guest *guest)
{
    Op *op = job_data(guest->job);

    if (op->waiting)
        job_cancel(guest->job);
}

/* ---- The jobs ---- */

#define CHECK_TEMPLATE(to) {.phase = "Checking the template", .until = to, .work = check_template}
#define CLONE_DISK(to) \
    {.phase = "Cloning the template's disk", .until = to, .work = clone_disk, .undo = remove_disk}
#define WRITE_FILES(to) \
    {.phase = "Writing the guest's file", .until = to, .work = write_files, .undo = remove_files}
#define CHECK_START(to) {.phase = "Checking that there is room", .until = to, .work = check_start}
#define BUILD(to) \
    {.phase = "Building the guest", .until = to, .work = build_domain, .undo = undo_domain}
#define CONNECT_DISPLAY(to)                                                                        \
    {.phase = "Connecting its display",                                                            \
     .until = to,                                                                                  \
     .begin = connect_display,                                                                     \
     .abandon = disconnect_display,                                                                \
     .undo_main = disconnect_display}
#define UNPAUSE(to) {.phase = "Starting it", .until = to, .work = unpause}
#define ASK_TO_STOP(to, how) {.phase = "Asking the guest to shut down", .until = to, .work = how}
#define WAIT_FOR_STOP(to)                                                                          \
    {.phase = "Waiting for the guest to shut down",                                                \
     .until = to,                                                                                  \
     .begin = wait_for_stop,                                                                       \
     .abandon = stop_waiting}
#define LAST_WORDS(to) {.phase = "Reading its console", .until = to, .work = hear_last_words}
#define DISPLAY_OFF(to) \
    {.phase = "Closing its display", .until = to, .begin = take_display_off}
#define DESTROY(to) {.phase = "Clearing up", .until = to, .work = destroy_domain}
#define DELETE_FILES(to) {.phase = "Removing its files", .until = to, .work = delete_files}

/* A create that does not start ends after CREATE_ONLY of these. */
#define CREATE_ONLY 3
static const JobStep create_steps[] = {
    CHECK_TEMPLATE(0.05), CLONE_DISK(0.35),      WRITE_FILES(0.4),
    BUILD(0.8),           CONNECT_DISPLAY(0.95), UNPAUSE(1.0),
};
static const JobStep start_steps[] = {
    CHECK_START(0.1),
    BUILD(0.7),
    CONNECT_DISPLAY(0.95),
    UNPAUSE(1.0),
};
static const JobStep shutdown_steps[] = {
    ASK_TO_STOP(0.1, request_shutdown),
    WAIT_FOR_STOP(0.8),
    DISPLAY_OFF(0.85),
    DESTROY(1.0),
};
static const JobStep reboot_steps[] = {
    ASK_TO_STOP(0.05, request_reboot), WAIT_FOR_STOP(0.4),    DISPLAY_OFF(0.45), DESTROY(0.5),
    BUILD(0.8),                        CONNECT_DISPLAY(0.95), UNPAUSE(1.0),
};
/* A domain of `xl create` is built again by the xl that waits for it. */
static const JobStep reboot_foreign_steps[] = {
    ASK_TO_STOP(0.1, request_reboot),
    WAIT_FOR_STOP(1.0),
};
static const JobStep restart_steps[] = {
    LAST_WORDS(0.05), DISPLAY_OFF(0.1),      DESTROY(0.2),
    BUILD(0.7),       CONNECT_DISPLAY(0.95), UNPAUSE(1.0),
};
static const JobStep clear_up_steps[] = {
    LAST_WORDS(0.2),
    DISPLAY_OFF(0.3),
    DESTROY(1.0),
};
/* Preserved, for whoever wants to look at the domain. */
static const JobStep preserve_steps[] = {
    LAST_WORDS(1.0),
};
static const JobStep force_off_steps[] = {
    DISPLAY_OFF(0.2),
    DESTROY(1.0),
};
static const JobStep delete_steps[] = {
    DELETE_FILES(1.0),
};

static const JobKind create_only = {"create", create_steps, CREATE_ONLY, TRUE};
static const JobKind create = {"create", create_steps, G_N_ELEMENTS(create_steps), TRUE};
static const JobKind start = {"start", start_steps, G_N_ELEMENTS(start_steps), TRUE};
static const JobKind shut_down = {"shutdown", shutdown_steps, G_N_ELEMENTS(shutdown_steps), TRUE};
static const JobKind reboot = {"reboot", reboot_steps, G_N_ELEMENTS(reboot_steps), TRUE};
static const JobKind reboot_foreign = {"reboot", reboot_foreign_steps,
                                       G_N_ELEMENTS(reboot_foreign_steps), TRUE};
static const JobKind restart = {"reboot", restart_steps, G_N_ELEMENTS(restart_steps), FALSE};
static const JobKind clear_up = {"shutdown", clear_up_steps, G_N_ELEMENTS(clear_up_steps), FALSE};
static const JobKind preserve = {"shutdown", preserve_steps, G_N_ELEMENTS(preserve_steps), FALSE};
static const JobKind force_off = {"force-off", force_off_steps, G_N_ELEMENTS(force_off_steps),
                                  FALSE};
static const JobKind delete = {"delete", delete_steps, G_N_ELEMENTS(delete_steps), FALSE};

static Op *op_new(Guest *guest, const char *final_state)
{
    GuestStore *store = service_store(guest->service);
    Op *op = g_new0(Op, 1);

    op->guest = g_object_ref(guest);
    op->service = guest->service;
    op->name = g_strdup(guest->name);
    op->config_path = guest_store_config_path(store, guest->name);
    op->disk_path = guest_store_disk_path(store, guest->name);
    op->config = guest->config;
    op->domid = guest->domid;
    op->final_state = final_state;
    return op;
}

static void op_free(Op *op)
{
    g_clear_handle_id(&op->timer, g_source_remove);
    guest_plan_clear(&op->plan);
    g_free(op->problem);
    g_free(op->config_path);
    g_free(op->disk_path);
    g_free(op->name);
    g_object_unref(op->guest);
    g_free(op);
}

/* What the guest is now, by whether it has a domain. */
static const char *settled_state(const Op *op, const GError *error)
{
    if (!error)
        return op->final_state;
    return op->domid == DOMID_NONE ? "stopped" : "running";
}

static void settle(Op *op, const GError *error)
{
    Guest *guest = op->guest;
    gboolean built = op->domid != DOMID_NONE && op->domid != guest->domid;

    if (op->domid != guest->domid)
        guest_set_domid(guest, op->domid);
    if (built) {
        guest->ours = TRUE;
        guest->config = op->config;
    }
    if (op->domid == DOMID_NONE)
        guest_disconnect_display(guest);
    if (op->problem)
        guest_set_problem(guest, op->problem);
    else if (error && op->domid == DOMID_NONE &&
             !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        guest_set_problem(guest, error->message);
    guest_set_state(guest, settled_state(op, error));
    g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(guest->skeleton));
}

static void job_done(Job *job, const GError *error, gpointer data)
{
    Op *op = data;
    Guest *guest = op->guest;
    Service *service = op->service;
    gboolean vanishes = op->final_state == NULL ? !error : error && op->plan.template;

    g_clear_object(&guest->job);
    if (vanishes) {
        service_remove_guest(service, guest);
    } else {
        settle(op, error);
        guest_job_over(guest);
    }
    service_job_over(service, job);
    op_free(op);
}

static void run(Op *op, const JobKind *kind, const char *state)
{
    Guest *guest = op->guest;

    g_assert(!guest->job);
    guest->job = job_new(kind, guest->name, service_worker(op->service), op);
    g_set_object(&guest->last_job, job_skeleton(guest->job));
    service_add_job(op->service, guest->job);
    guest_set_state(guest, state);
    job_start(guest->job, job_done);
}

void guest_create(Guest *guest, GuestPlan *plan)
{
    Op *op = op_new(guest, plan->start ? "running" : "stopped");

    op->plan = *plan;
    memset(plan, 0, sizeof *plan);
    vitrine_guest1_set_template(guest->skeleton, op->plan.template);
    vitrine_guest1_set_color(guest->skeleton, op->plan.color);
    vitrine_guest1_set_memory(guest->skeleton, op->plan.memory);
    vitrine_guest1_set_vcpus(guest->skeleton, op->plan.vcpus);
    run(op, op->plan.start ? &create : &create_only, "creating");
}

void guest_start(Guest *guest)
{
    guest_set_problem(guest, "");
    run(op_new(guest, "running"), &start, "starting");
}

void guest_shutdown(Guest *guest)
{
    run(op_new(guest, "stopped"), &shut_down, "stopping");
}

void guest_reboot(Guest *guest)
{
    const JobKind *kind = guest->ours ? &reboot : &reboot_foreign;

    run(op_new(guest, guest->ours ? "running" : "stopped"), kind, "stopping");
}

void guest_force_off(Guest *guest)
{
    guest_set_problem(guest, "");
    run(op_new(guest, "stopped"), &force_off, "stopping");
}

void guest_delete(Guest *guest)
{
    run(op_new(guest, NULL), &delete, "deleting");
}

void guest_clear_up(Guest *guest, StopReason reason)
{
    Op *op = op_new(guest, "stopped");
    gboolean crashed = reason == STOP_CRASH || reason == STOP_WATCHDOG;
    StopAction action = guest->config.on[reason];

    op->crashed = crashed;
    if (crashed) {
        op->final_state = "crashed";
        op->problem = g_strdup(reason == STOP_CRASH
                                   ? "The guest crashed. Its console says more."
                                   : "The guest's watchdog found that it hung.");
    }
    if (action == STOP_ACTION_RESTART) {
        op->final_state = "running";
        run(op, &restart, "starting");
    } else if (action == STOP_ACTION_PRESERVE) {
        run(op, &preserve, "stopping");
    } else {
        run(op, &clear_up, "stopping");
    }
}
