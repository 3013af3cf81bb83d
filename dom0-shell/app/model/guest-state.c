/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The states a guest can be in and the operations they allow, as two tables. */
#include "model/guest-state.h"

#include <glib/gi18n.h>

#define ALLOW(operation) (1u << VITRINE_OPERATION_##operation)

static const struct {
    const char *nick; /* on the bus */
    const char *label;
    const char *icon;
    guint allowed;
} states[VITRINE_GUEST_N_STATES] = {
    [VITRINE_GUEST_STATE_UNKNOWN] = {"", N_("Unknown"), "vitrine-state-unknown-symbolic", 0},
    [VITRINE_GUEST_STATE_STOPPED] = {"stopped", N_("Stopped"), "vitrine-state-stopped-symbolic",
                                     ALLOW(START) | ALLOW(DELETE)},
    [VITRINE_GUEST_STATE_CREATING] = {"creating", N_("Being created"),
                                      "vitrine-state-busy-symbolic", 0},
    [VITRINE_GUEST_STATE_STARTING] = {"starting", N_("Starting"), "vitrine-state-busy-symbolic",
                                      ALLOW(FORCE_OFF)},
    [VITRINE_GUEST_STATE_RUNNING] = {"running", N_("Running"), "vitrine-state-running-symbolic",
                                     ALLOW(SHUTDOWN) | ALLOW(REBOOT) | ALLOW(FORCE_OFF) |
                                         ALLOW(PAUSE) | ALLOW(SAVE)},
    [VITRINE_GUEST_STATE_PAUSED] = {"paused", N_("Paused"), "vitrine-state-paused-symbolic",
                                    ALLOW(FORCE_OFF) | ALLOW(UNPAUSE)},
    [VITRINE_GUEST_STATE_OUT_OF_DISK] = {"out-of-disk", N_("Disk full"),
                                         "vitrine-state-paused-symbolic",
                                         ALLOW(SHUTDOWN) | ALLOW(FORCE_OFF) | ALLOW(UNPAUSE)},
    [VITRINE_GUEST_STATE_NOT_RESPONDING] = {"not-responding", N_("Not responding"),
                                            "vitrine-state-crashed-symbolic",
                                            ALLOW(SHUTDOWN) | ALLOW(REBOOT) | ALLOW(FORCE_OFF)},
    [VITRINE_GUEST_STATE_SAVING] = {"saving", N_("Being saved"), "vitrine-state-busy-symbolic", 0},
    [VITRINE_GUEST_STATE_SAVED] = {"saved", N_("Saved"), "vitrine-state-saved-symbolic",
                                   ALLOW(START) | ALLOW(DELETE) | ALLOW(DISCARD_SAVED)},
    [VITRINE_GUEST_STATE_STOPPING] = {"stopping", N_("Shutting down"),
                                      "vitrine-state-busy-symbolic", ALLOW(FORCE_OFF)},
    [VITRINE_GUEST_STATE_CRASHED] = {"crashed", N_("Crashed"), "vitrine-state-crashed-symbolic",
                                     ALLOW(START) | ALLOW(FORCE_OFF) | ALLOW(DELETE)},
    [VITRINE_GUEST_STATE_DELETING] = {"deleting", N_("Being deleted"),
                                      "vitrine-state-busy-symbolic", 0},
};

static const struct {
    const char *method;
    const char *job_kind; /* NULL: the call itself is the whole operation */
    /* Translators: %s is the name of a guest; a reason follows as a sentence of its own. */
    const char *failure;
} operations[VITRINE_N_OPERATIONS] = {
    [VITRINE_OPERATION_START] = {"Start", "start", N_("“%s” could not be started")},
    [VITRINE_OPERATION_SHUTDOWN] = {"Shutdown", "shutdown", N_("“%s” could not be shut down")},
    [VITRINE_OPERATION_REBOOT] = {"Reboot", "reboot", N_("“%s” could not be restarted")},
    [VITRINE_OPERATION_FORCE_OFF] = {"ForceOff", "force-off", N_("“%s” could not be forced off")},
    [VITRINE_OPERATION_DELETE] = {"Delete", "delete", N_("“%s” could not be deleted")},
    [VITRINE_OPERATION_PAUSE] = {"Pause", NULL, N_("“%s” could not be paused")},
    [VITRINE_OPERATION_UNPAUSE] = {"Unpause", NULL, N_("“%s” could not be resumed")},
    [VITRINE_OPERATION_SAVE] = {"Save", "save", N_("“%s” could not be saved")},
    [VITRINE_OPERATION_DISCARD_SAVED] = {"DiscardSaved", "discard",
                                         N_("What was saved of “%s” could not be discarded")},
};

/* Jobs that no operation of the table begins. */
static const struct {
    const char *kind, *failure;
} other_jobs[] = {
    {"snapshot", N_("No snapshot of “%s” could be taken")},
    {"roll-back", N_("“%s” could not be rolled back")},
    {"clone", N_("“%s” could not be duplicated")},
    {"make-template", N_("No template of “%s” could be made")},
};

/* The state named @text on the bus; UNKNOWN for NULL and for what a newer service may send. */
VitrineGuestState vitrine_guest_state_from_string(const char *text)
{
    for (guint i = 1; text && i < G_N_ELEMENTS(states); i++) {
        if (g_str_equal(states[i].nick, text))
            return i;
    }
    return VITRINE_GUEST_STATE_UNKNOWN;
}

/* The state in one or two translated words. */
const char *vitrine_guest_state_get_label(VitrineGuestState state)
{
    g_return_val_if_fail(state < VITRINE_GUEST_N_STATES, "");
    return _(states[state].label);
}

/* The name of the symbolic icon that stands for the state. */
const char *vitrine_guest_state_get_icon(VitrineGuestState state)
{
    g_return_val_if_fail(state < VITRINE_GUEST_N_STATES, NULL);
    return states[state].icon;
}

/* Whether the guest is there to stay, and not on its way into the world or out of it. */
gboolean vitrine_guest_state_is_lasting(VitrineGuestState state)
{
    return state != VITRINE_GUEST_STATE_UNKNOWN && state != VITRINE_GUEST_STATE_CREATING &&
           state != VITRINE_GUEST_STATE_DELETING;
}

/* Whether the guest's disk can be copied or rolled back: a saved guest's memory expects it
 * unchanged. */
gboolean vitrine_guest_state_frees_disk(VitrineGuestState state)
{
    return state != VITRINE_GUEST_STATE_SAVED &&
           vitrine_guest_state_allows(state, VITRINE_OPERATION_START);
}

/* Whether it makes sense to offer @operation; the service has the last word. */
gboolean vitrine_guest_state_allows(VitrineGuestState state, VitrineOperation operation)
{
    g_return_val_if_fail(state < VITRINE_GUEST_N_STATES, FALSE);
    return (states[state].allowed & (1u << operation)) != 0;
}

/* The D-Bus method of org.vitrine.Guest1 that does @operation. */
const char *vitrine_operation_get_method(VitrineOperation operation)
{
    g_return_val_if_fail(operation < VITRINE_N_OPERATIONS, NULL);
    return operations[operation].method;
}

/* Whether the method answers with the path of a job. */
gboolean vitrine_operation_has_job(VitrineOperation operation)
{
    g_return_val_if_fail(operation < VITRINE_N_OPERATIONS, FALSE);
    return operations[operation].job_kind != NULL;
}

/* The headline for a failure of @operation, with one %s for the guest's name. */
const char *vitrine_operation_get_failure(VitrineOperation operation)
{
    g_return_val_if_fail(operation < VITRINE_N_OPERATIONS, NULL);
    return _(operations[operation].failure);
}

/* The same for a job of the given kind, which includes "create". */
const char *vitrine_job_kind_get_failure(const char *kind)
{
    for (guint i = 0; i < G_N_ELEMENTS(operations); i++) {
        if (operations[i].job_kind && g_strcmp0(operations[i].job_kind, kind) == 0)
            return _(operations[i].failure);
    }
    for (guint i = 0; i < G_N_ELEMENTS(other_jobs); i++) {
        if (g_strcmp0(other_jobs[i].kind, kind) == 0)
            return _(other_jobs[i].failure);
    }
    return _("“%s” could not be created");
}
