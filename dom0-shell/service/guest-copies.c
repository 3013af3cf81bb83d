/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers what is asked of a guest's snapshots and copies. */
#include <string.h>

#include "error.h"
#include "guest-name.h"
#include "guest-steps.h"
#include "snapshot-store.h"

/* Bytes of a snapshot's label and of a template's description. */
#define LABEL_MAX 200

static const JobStage snapshot_stages[] = {
    {&guest_step_check_copy, 0.05},
    {&guest_step_copy_snapshot, 0.95},
    {&guest_step_commit_snapshot, 1.0},
};
static const JobStage back_stages[] = {
    {&guest_step_check_copy, 0.05},
    {&guest_step_copy_back, 0.95},
    {&guest_step_commit_back, 1.0},
};
static const JobStage clone_stages[] = {
    {&guest_step_check_copy, 0.05},
    {&guest_step_copy_clone, 0.95},
    {&guest_step_commit_clone, 1.0},
};
static const JobStage template_stages[] = {
    {&guest_step_check_copy, 0.05},
    {&guest_step_copy_template, 0.95},
    {&guest_step_commit_template, 1.0},
};

static const JobKind snapshot_kind = {"snapshot", snapshot_stages, G_N_ELEMENTS(snapshot_stages),
                                      TRUE};
static const JobKind back_kind = {"roll-back", back_stages, G_N_ELEMENTS(back_stages), TRUE};
static const JobKind clone_kind = {"clone", clone_stages, G_N_ELEMENTS(clone_stages), TRUE};
static const JobKind template_kind = {"make-template", template_stages,
                                      G_N_ELEMENTS(template_stages), TRUE};

void guest_copy_clear(GuestCopy *copy)
{
    g_clear_pointer(&copy->id, g_free);
    g_clear_pointer(&copy->name, g_free);
    g_clear_pointer(&copy->label, g_free);
    g_clear_pointer(&copy->color, g_free);
}

gboolean guest_copy_check_label(const char *label, GError **error)
{
    gboolean plain = strlen(label) <= LABEL_MAX;

    for (const char *p = label; plain && *p; p = g_utf8_next_char(p))
        plain = !g_unichar_iscntrl(g_utf8_get_char(p));
    if (!plain)
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
                    N_("A label or description is one line of at most %d bytes."), LABEL_MAX);
    return plain;
}

/* What a running guest has in its memory is not on its disk: a copy would be as after a power cut,
 * and one taken back would change the disk under it. */
gboolean guest_copy_check(Guest *guest, GError **error)
{
    if (!guest_check_idle(guest, error) || !guest_check_not_saved(guest, error))
        return FALSE;
    if (guest->domid == DOMID_NONE)
        return TRUE;
    g_set_error_literal(
        error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
        N_("The guest is running, and its disk can only be copied or rolled back while "
           "it is not: shut it down first."));
    return FALSE;
}

static const char *begin(Guest *guest, const JobKind *kind, GuestCopy *copy)
{
    gboolean crashed = strcmp(vitrine_guest1_get_state(guest->skeleton), "crashed") == 0;
    GuestOp *op = guest_op_new(guest, crashed ? "crashed" : "stopped");

    op->copies = TRUE;
    op->copy = *copy;
    memset(copy, 0, sizeof *copy);
    guest_run(op, kind, op->final_state);
    return g_dbus_interface_skeleton_get_object_path(G_DBUS_INTERFACE_SKELETON(guest->last_job));
}

const char *guest_clone(Guest *guest, GuestCopy *copy)
{
    return begin(guest, &clone_kind, copy);
}

const char *guest_make_template(Guest *guest, GuestCopy *copy)
{
    return begin(guest, &template_kind, copy);
}

void guest_take_snapshot(Guest *guest, GDBusMethodInvocation *invocation)
{
    g_autoptr(GError) error = NULL;
    GuestCopy copy = {0};
    g_autofree char *id = NULL;
    const char *label;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s)", &label);
    if (!guest_copy_check(guest, &error) || !guest_copy_check_label(label, &error)) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    id = snapshot_store_new_id(service_store(guest->service), guest->name);
    copy.id = g_strdup(id);
    copy.label = g_strdup(label);
    vitrine_guest1_complete_take_snapshot(guest->skeleton, invocation, id,
                                          begin(guest, &snapshot_kind, &copy));
}

void guest_roll_back(Guest *guest, GDBusMethodInvocation *invocation)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *disk = NULL;
    GuestCopy copy = {0};
    const char *id;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(&s)", &id);
    if (guest_copy_check(guest, &error))
        disk = snapshot_store_find(service_store(guest->service), guest->name, id, &error);
    if (!disk) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    copy.id = g_strdup(id);
    vitrine_guest1_complete_roll_back(guest->skeleton, invocation, begin(guest, &back_kind, &copy));
}

/* ---- Without a job ---- */

static void delete_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Guest *guest = source;
    GError *error = NULL;

    if (snapshot_store_remove(service_store(guest->service), guest->name, data, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void deleted(GObject *source, GAsyncResult *result, gpointer data)
{
    Guest *guest = SERVICE_GUEST(source);
    g_autoptr(GError) error = NULL;

    if (g_task_propagate_boolean(G_TASK(result), &error))
        vitrine_guest1_complete_delete_snapshot(guest->skeleton, data);
    else
        g_dbus_method_invocation_return_gerror(data, error);
    service_refresh(guest->service);
}

/* A snapshot is apart from the disk: the guest may run. */
void guest_delete_snapshot(Guest *guest, GDBusMethodInvocation *invocation)
{
    g_autoptr(GTask) task = NULL;
    g_autoptr(GError) error = NULL;
    char *id;

    if (!guest_check_idle(guest, &error)) {
        g_dbus_method_invocation_return_gerror(invocation, error);
        return;
    }
    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(s)", &id);
    task = g_task_new(guest, NULL, deleted, invocation);
    g_task_set_task_data(task, id, g_free);
    worker_run(service_worker(guest->service), G_PRIORITY_DEFAULT, task, delete_thread);
}

void guest_list_snapshots(Guest *guest, GDBusMethodInvocation *invocation)
{
    vitrine_guest1_complete_list_snapshots(
        guest->skeleton, invocation,
        snapshot_store_list(service_store(guest->service), guest->name));
}
