/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The states a guest can be in: how each is called, shown, and what may be done in it. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    VITRINE_GUEST_STATE_UNKNOWN,
    VITRINE_GUEST_STATE_STOPPED,
    VITRINE_GUEST_STATE_CREATING,
    VITRINE_GUEST_STATE_STARTING,
    VITRINE_GUEST_STATE_RUNNING,
    VITRINE_GUEST_STATE_PAUSED,
    VITRINE_GUEST_STATE_OUT_OF_DISK,
    VITRINE_GUEST_STATE_NOT_RESPONDING,
    VITRINE_GUEST_STATE_SAVING,
    VITRINE_GUEST_STATE_SAVED,
    VITRINE_GUEST_STATE_STOPPING,
    VITRINE_GUEST_STATE_CRASHED,
    VITRINE_GUEST_STATE_DELETING,
    VITRINE_GUEST_N_STATES,
} VitrineGuestState;

/* What a person can ask of a guest; the service has a method for each. */
typedef enum {
    VITRINE_OPERATION_START,
    VITRINE_OPERATION_SHUTDOWN,
    VITRINE_OPERATION_REBOOT,
    VITRINE_OPERATION_FORCE_OFF,
    VITRINE_OPERATION_DELETE,
    VITRINE_OPERATION_PAUSE,
    VITRINE_OPERATION_UNPAUSE,
    VITRINE_OPERATION_SAVE,
    VITRINE_OPERATION_DISCARD_SAVED,
    VITRINE_N_OPERATIONS,
} VitrineOperation;

VitrineGuestState vitrine_guest_state_from_string(const char *text);
const char *vitrine_guest_state_get_label(VitrineGuestState state);
const char *vitrine_guest_state_get_icon(VitrineGuestState state);
gboolean vitrine_guest_state_is_lasting(VitrineGuestState state);
gboolean vitrine_guest_state_frees_disk(VitrineGuestState state);
gboolean vitrine_guest_state_allows(VitrineGuestState state, VitrineOperation operation);

const char *vitrine_operation_get_method(VitrineOperation operation);
gboolean vitrine_operation_has_job(VitrineOperation operation);
const char *vitrine_operation_get_failure(VitrineOperation operation);
const char *vitrine_job_kind_get_failure(const char *kind);

G_END_DECLS
