/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be done with a guest, as tables of steps, and what becomes of it afterwards. */
#include <glib/gi18n.h>
#include <string.h>

#include "guest-steps.h"
#include "saved-store.h"

void guest_plan_clear(GuestPlan *plan)
{
    g_clear_pointer(&plan->template, g_free);
    g_clear_pointer(&plan->color, g_free);
    g_clear_pointer(&plan->iso, g_free);
    g_clear_pointer(&plan->kernel, g_free);
    g_clear_pointer(&plan->ramdisk, g_free);
    g_clear_pointer(&plan->extra, g_free);
    g_clear_pointer(&plan->image, g_free);
    g_clear_pointer(&plan->config, g_free);
    g_clear_pointer(&plan->caller, caller_unref);
    g_clear_pointer(&plan->kernel_file, named_file_free);
    g_clear_pointer(&plan->ramdisk_file, named_file_free);
    g_clear_pointer(&plan->image_file, named_file_free);
    g_clear_pointer(&plan->iso_file, named_file_free);
    g_clear_pointer(&plan->disk_files, g_ptr_array_unref);
    g_clear_pointer(&plan->config_text, g_free);
}

/* A create that does not start ends after CREATE_ONLY of these. The file comes before the disk: if
 * the service is killed in between, there is a guest to be seen and deleted. */
#define CREATE_ONLY 3
/* The same of those that are made of files that a person names. */
#define CREATE_NAMED_ONLY 4
static const JobStage create_stages[] = {
    {&guest_step_check_template, 0.05},
    {&guest_step_write_files, 0.1},
    {&guest_step_fill_disk, 0.4},
    {&guest_step_build, 0.8},
    {&guest_step_watch, 0.8},
    {&guest_step_limit_network, 0.82},
    {&guest_step_connect_display, 0.95},
    {&guest_step_unpause, 1.0},
};
/* The same with an empty disk. */
static const JobStage create_empty_stages[] = {
    {&guest_step_check_source, 0.05},  {&guest_step_write_files, 0.1},
    {&guest_step_bring_files, 0.3},    {&guest_step_make_disk, 0.4},
    {&guest_step_build, 0.8},          {&guest_step_watch, 0.8},
    {&guest_step_limit_network, 0.82}, {&guest_step_connect_display, 0.95},
    {&guest_step_unpause, 1.0},
};
/* The same with a copy of an image. */
static const JobStage create_image_stages[] = {
    {&guest_step_check_source, 0.05},  {&guest_step_write_files, 0.1},
    {&guest_step_bring_files, 0.2},    {&guest_step_copy_image, 0.7},
    {&guest_step_build, 0.8},          {&guest_step_watch, 0.8},
    {&guest_step_limit_network, 0.82}, {&guest_step_connect_display, 0.95},
    {&guest_step_unpause, 1.0},
};
/* The same of a person's xl.cfg. */
#define IMPORT_ONLY 5
static const JobStage import_stages[] = {
    {&guest_step_check_config, 0.05},
    {&guest_step_write_config, 0.1},
    {&guest_step_bring_files, 0.2},
    {&guest_step_bring_disks, 0.65},
    {&guest_step_remove_originals, 0.7},
    {&guest_step_build, 0.8},
    {&guest_step_watch, 0.8},
    {&guest_step_limit_network, 0.82},
    {&guest_step_connect_display, 0.95},
    {&guest_step_unpause, 1.0},
};
static const JobStage start_stages[] = {
    {&guest_step_check_room, 0.05},
    {&guest_step_build, 0.7},
    {&guest_step_watch, 0.7},
    {&guest_step_limit_network, 0.82},
    {&guest_step_connect_display, 0.95},
    {&guest_step_unpause, 1.0},
};
static const JobStage shutdown_stages[] = {
    {&guest_step_ask_to_shut_down, 0.1},
    {&guest_step_wait_for_stop, 0.8},
    {&guest_step_display_off, 0.85},
    {&guest_step_destroy, 1.0},
};
static const JobStage reboot_stages[] = {
    {&guest_step_ask_to_reboot, 0.05}, {&guest_step_wait_for_stop, 0.4},
    {&guest_step_display_off, 0.45},   {&guest_step_destroy, 0.5},
    {&guest_step_build, 0.8},          {&guest_step_watch, 0.8},
    {&guest_step_limit_network, 0.82}, {&guest_step_connect_display, 0.95},
    {&guest_step_unpause, 1.0},
};
/* A domain of `xl create` is built again by the xl that waits for it. */
static const JobStage reboot_foreign_stages[] = {
    {&guest_step_ask_to_reboot, 0.1},
    {&guest_step_wait_for_stop, 1.0},
};
static const JobStage restart_stages[] = {
    {&guest_step_last_words, 0.05},
    {&guest_step_display_off, 0.1},
    {&guest_step_destroy, 0.2},
    {&guest_step_build, 0.7},
    {&guest_step_watch, 0.7},
    {&guest_step_limit_network, 0.82},
    {&guest_step_connect_display, 0.95},
    {&guest_step_unpause, 1.0},
};
static const JobStage clear_up_stages[] = {
    {&guest_step_last_words, 0.2},
    {&guest_step_note_installed, 0.2},
    {&guest_step_display_off, 0.3},
    {&guest_step_destroy, 1.0},
};
/* Preserved, for whoever wants to look at the domain. */
static const JobStage preserve_stages[] = {
    {&guest_step_last_words, 1.0},
};
static const JobStage force_off_stages[] = {
    {&guest_step_display_off, 0.2},
    {&guest_step_destroy, 1.0},
};
static const JobStage delete_stages[] = {
    {&guest_step_delete_files, 1.0},
};

static const JobKind create_only = {"create", create_stages, CREATE_ONLY, TRUE};
static const JobKind create = {"create", create_stages, G_N_ELEMENTS(create_stages), TRUE};
static const JobKind create_empty_only = {"create", create_empty_stages, CREATE_NAMED_ONLY, TRUE};
static const JobKind create_empty = {"create", create_empty_stages,
                                     G_N_ELEMENTS(create_empty_stages), TRUE};
static const JobKind create_image_only = {"create", create_image_stages, CREATE_NAMED_ONLY, TRUE};
static const JobKind create_image = {"create", create_image_stages,
                                     G_N_ELEMENTS(create_image_stages), TRUE};
static const JobKind import_only = {"create", import_stages, IMPORT_ONLY, TRUE};
static const JobKind import = {"create", import_stages, G_N_ELEMENTS(import_stages), TRUE};
static const JobKind start = {"start", start_stages, G_N_ELEMENTS(start_stages), TRUE};
static const JobKind shut_down = {"shutdown", shutdown_stages, G_N_ELEMENTS(shutdown_stages), TRUE};
static const JobKind reboot = {"reboot", reboot_stages, G_N_ELEMENTS(reboot_stages), TRUE};
static const JobKind reboot_foreign = {"reboot", reboot_foreign_stages,
                                       G_N_ELEMENTS(reboot_foreign_stages), TRUE};
static const JobKind restart = {"reboot", restart_stages, G_N_ELEMENTS(restart_stages), FALSE};
static const JobKind clear_up = {"shutdown", clear_up_stages, G_N_ELEMENTS(clear_up_stages), FALSE};
static const JobKind preserve = {"shutdown", preserve_stages, G_N_ELEMENTS(preserve_stages), FALSE};
static const JobKind force_off = {"force-off", force_off_stages, G_N_ELEMENTS(force_off_stages),
                                  FALSE};
static const JobKind delete = {"delete", delete_stages, G_N_ELEMENTS(delete_stages), FALSE};

int guest_job_domid(Guest *guest)
{
    GuestOp *op = job_data(guest->job);

    return op_domid(op);
}

GuestOp *guest_op_new(Guest *guest, const char *final_state)
{
    GuestStore *store = service_store(guest->service);
    const char *state = vitrine_guest1_get_state(guest->skeleton);
    GuestOp *op = g_new0(GuestOp, 1);

    op->guest = g_object_ref(guest);
    op->service = guest->service;
    op->name = g_strdup(guest->name);
    op->config_path = guest_store_config_path(store, guest->name);
    op->disk_path = guest_store_disk_path(store, guest->name);
    op->config = guest->config;
    op->domid = guest->domid;
    op->paused = strcmp(state, "paused") == 0 || strcmp(state, GUEST_OUT_OF_DISK) == 0;
    op->final_state = final_state;
    return op;
}

static void op_free(GuestOp *op)
{
    g_clear_handle_id(&op->timer, g_source_remove);
    g_clear_handle_id(&op->answer_timer, g_source_remove);
    guest_plan_clear(&op->plan);
    guest_copy_clear(&op->copy);
    network_access_clear(&op->access);
    g_free(op->import_text);
    g_clear_pointer(&op->import_disks, g_ptr_array_unref);
    g_free(op->problem);
    g_free(op->config_path);
    g_free(op->disk_path);
    g_free(op->name);
    g_object_unref(op->guest);
    g_free(op);
}

/* What the guest is now, by whether it has a domain, and whether that does what it is asked. */
static const char *settled_state(const GuestOp *op, const GError *error)
{
    if (!error)
        return op->final_state;
    if (op->domid == DOMID_NONE)
        return guest_resting_state(op->guest);
    return op->unanswered || op->guest->ignored ? GUEST_NOT_RESPONDING : "running";
}

static void settle(GuestOp *op, const GError *error)
{
    Guest *guest = op->guest;
    gboolean built = op->domid != DOMID_NONE && op->domid != guest->domid;

    if (op->domid != guest->domid)
        guest_set_domid(guest, op->domid);
    guest->saved = saved_store_has(op_store(op), guest->name);
    if (built) {
        guest->ours = TRUE;
        if (!op->restores)
            guest->config = op->config;
        guest->display_choice = op->display_choice;
        guest->sound_choice = op->sound_choice;
        guest->monitors = op->monitors;
        guest_set_settings(guest, &op->config.facts);
    }
    if (op->domid == DOMID_NONE)
        guest_disconnect(guest);
    if (op->copies) {
        guest_set_state(guest, op->final_state);
        return;
    }
    if (op->problem)
        guest_set_problem(guest, op->problem);
    else if (error && op->domid == DOMID_NONE &&
             !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        guest_set_problem(guest, error->message);
    else if (!error && op->domid == DOMID_NONE)
        guest_clear_problem(guest);
    else if (!error)
        guest_show_running(guest);
    guest_set_state(guest, settled_state(op, error));
    if (built)
        usb_guest_started(service_usb(op->service), guest->name);
    g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(guest->skeleton));
}

static void job_done(Job *job, const GError *error, gpointer data)
{
    GuestOp *op = data;
    Guest *guest = op->guest;
    Service *service = op->service;
    gboolean vanishes = op->final_state == NULL ? !error : error && op->plan.template;

    g_clear_object(&guest->job);
    if (vanishes) {
        usb_guest_deleted(service_usb(service), guest->name);
        service_remove_guest(service, guest);
    } else {
        settle(op, error);
        guest_job_over(guest);
    }
    service_job_over(service, job);
    op_free(op);
}

void guest_run(GuestOp *op, const JobKind *kind, const char *state)
{
    Guest *guest = op->guest;

    g_assert(!guest->job);
    guest->job =
        job_new(kind, guest->name, service_worker(op->service), service_builder(op->service), op);
    g_set_object(&guest->last_job, job_skeleton(guest->job));
    service_add_job(op->service, guest->job);
    guest_set_state(guest, state);
    job_start(guest->job, job_done);
}

void guest_create(Guest *guest, GuestPlan *plan)
{
    GuestOp *op = guest_op_new(guest, plan->start ? "running" : "stopped");

    /* What an earlier guest of its name was to have is not for this one. */
    usb_guest_deleted(service_usb(op->service), guest->name);
    op->plan = *plan;
    memset(plan, 0, sizeof *plan);
    vitrine_guest1_set_template(guest->skeleton, op->plan.template);
    vitrine_guest1_set_color(guest->skeleton, op->plan.color);
    vitrine_guest1_set_memory(guest->skeleton, op->plan.memory);
    vitrine_guest1_set_maximum_memory(guest->skeleton, op->plan.memory);
    vitrine_guest1_set_vcpus(guest->skeleton, op->plan.vcpus);
    vitrine_guest1_set_kind(guest->skeleton, guest_kind_name(op->plan.kind));
    vitrine_guest1_set_iso(guest->skeleton, op->plan.iso ? op->plan.iso : "");
    if (op->plan.template[0] != '\0')
        guest_run(op, op->plan.start ? &create : &create_only, "creating");
    else if (op->plan.config)
        guest_run(op, op->plan.start ? &import : &import_only, "creating");
    else if (op->plan.image)
        guest_run(op, op->plan.start ? &create_image : &create_image_only, "creating");
    else
        guest_run(op, op->plan.start ? &create_empty : &create_empty_only, "creating");
}

void guest_start(Guest *guest)
{
    if (guest->saved) {
        guest_restore(guest);
        return;
    }
    guest_set_problem(guest, "");
    guest_run(guest_op_new(guest, "running"), &start, "starting");
}

/* It is given another chance. */
static void forget_silence(Guest *guest)
{
    if (strcmp(vitrine_guest1_get_state(guest->skeleton), GUEST_NOT_RESPONDING) == 0)
        guest_clear_problem(guest);
}

void guest_shutdown(Guest *guest)
{
    forget_silence(guest);
    guest_run(guest_op_new(guest, "stopped"), &shut_down, "stopping");
}

void guest_reboot(Guest *guest)
{
    const JobKind *kind = guest->ours ? &reboot : &reboot_foreign;

    forget_silence(guest);
    guest_run(guest_op_new(guest, guest->ours ? "running" : "stopped"), kind, "stopping");
}

void guest_force_off(Guest *guest)
{
    guest_set_problem(guest, "");
    guest_run(guest_op_new(guest, "stopped"), &force_off, "stopping");
}

void guest_delete(Guest *guest)
{
    guest_run(guest_op_new(guest, NULL), &delete, "deleting");
}

void guest_clear_up(Guest *guest, StopReason reason)
{
    GuestOp *op = guest_op_new(guest, "stopped");
    gboolean crashed = reason == STOP_CRASH || reason == STOP_WATCHDOG;
    StopAction action = guest->config.on[reason];

    op->crashed = crashed;
    op->ended_itself = !crashed;
    if (crashed) {
        op->final_state = "crashed";
        op->problem =
            g_strdup(reason == STOP_CRASH ? N_("The guest crashed. Its console says more.")
                                          : N_("The guest's watchdog found that it hung."));
    }
    if (action == STOP_ACTION_RESTART) {
        op->final_state = "running";
        guest_run(op, &restart, "starting");
    } else if (action == STOP_ACTION_PRESERVE) {
        if (!op->problem)
            op->problem = g_strdup(N_("The guest has stopped, and is kept for a look at it, as its "
                                      "file says. Force it off to clear it away."));
        guest_run(op, &preserve, "stopping");
    } else {
        guest_run(op, &clear_up, "stopping");
    }
}
