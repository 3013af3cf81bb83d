/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's page shows instead of its screen, as a table. */
#include "model/guest-face.h"

#include <glib/gi18n.h>

static const VitrineGuestFace faces[VITRINE_GUEST_N_STATES] = {
    [VITRINE_GUEST_STATE_UNKNOWN] = {"vitrine-state-unknown-symbolic", N_("“%s”"),
                                     N_("The service says nothing that this program "
                                        "understands about the guest’s state: update both."),
                                     NULL, NULL},
    [VITRINE_GUEST_STATE_STOPPED] = {"vitrine-state-stopped-symbolic", N_("“%s” is off"), NULL,
                                     "win.start", N_("_Start")},
    [VITRINE_GUEST_STATE_CREATING] = {"vitrine-state-busy-symbolic", N_("Creating “%s”"), NULL,
                                      NULL, NULL},
    [VITRINE_GUEST_STATE_STARTING] = {"vitrine-state-busy-symbolic", N_("Starting “%s”"), NULL,
                                      NULL, NULL},
    [VITRINE_GUEST_STATE_RUNNING] = {"vitrine-state-running-symbolic", N_("“%s” is running"),
                                     N_("Its screen is not there yet. It opens by itself."), NULL,
                                     NULL},
    [VITRINE_GUEST_STATE_PAUSED] = {"vitrine-state-paused-symbolic", N_("“%s” is paused"),
                                    N_("It keeps its memory and stands still."), "win.resume",
                                    N_("_Resume")},
    [VITRINE_GUEST_STATE_OUT_OF_DISK] = {"vitrine-state-paused-symbolic",
                                         N_("“%s” waits for room on the disk"),
                                         N_("It goes on by itself when there is some."),
                                         "win.make-room", N_("_Make Room…"), "win.resume",
                                         N_("_Resume Anyway")},
    [VITRINE_GUEST_STATE_NOT_RESPONDING] = {"vitrine-state-crashed-symbolic",
                                            N_("“%s” is not responding"),
                                            N_("It was asked to shut down, and does not."),
                                            "win.force-off", N_("_Force Off…"), "win.console",
                                            N_("Open the _Console")},
    [VITRINE_GUEST_STATE_SAVING] = {"vitrine-state-busy-symbolic", N_("Saving “%s”"), NULL, NULL,
                                    NULL},
    [VITRINE_GUEST_STATE_SAVED] = {"vitrine-state-saved-symbolic", N_("“%s” is saved"),
                                   N_("It goes on where it was, with all that was open."),
                                   "win.start", N_("_Resume")},
    [VITRINE_GUEST_STATE_STOPPING] = {"vitrine-state-busy-symbolic", N_("“%s” is shutting down"),
                                      NULL, NULL, NULL},
    [VITRINE_GUEST_STATE_CRASHED] = {"vitrine-state-crashed-symbolic", N_("“%s” has crashed"),
                                     N_("The guest’s kernel gave up. Its disk is as it left it."),
                                     "win.start", N_("_Restart"), "win.console",
                                     N_("Open the _Console")},
    [VITRINE_GUEST_STATE_DELETING] = {"vitrine-state-busy-symbolic", N_("Deleting “%s”"), NULL,
                                      NULL, NULL},
};

/* A guest that should run and does not, for a reason that it can tell. */
static const VitrineGuestFace failed_face = {
    .icon = "vitrine-state-crashed-symbolic",
    .title = N_("“%s” could not be started"),
    .action = "win.start",
    .action_label = N_("_Try Again"),
};

/* A guest that was made to run an installer, which is done. */
static const VitrineGuestFace installed_face = {
    .icon = "vitrine-state-stopped-symbolic",
    .title = N_("“%s” is off"),
    .description = N_("Its installer has ended. What it has installed starts from the disk."),
    .action = "win.start-disk",
    .action_label = N_("Start from Its _Disk"),
    .other_action = "win.start",
    .other_label = N_("Start the _Installer Again"),
};

/* A guest that somebody looks at in another window. */
static const VitrineGuestFace elsewhere_face = {
    .icon = "vitrine-state-running-symbolic",
    .title = N_("“%s” is in a window of its own"),
    .action = "win.show-here",
    .action_label = N_("_Show It Here"),
};

/* A paused guest's screen would look alive and answer nothing, so it has a face all the same. */
static gboolean shows_screen(VitrineGuestState state)
{
    return state == VITRINE_GUEST_STATE_STARTING || state == VITRINE_GUEST_STATE_RUNNING ||
           state == VITRINE_GUEST_STATE_STOPPING;
}

static VitrineGuestFace translate(const VitrineGuestFace *face)
{
    return (VitrineGuestFace){
        .icon = face->icon,
        .title = _(face->title),
        .description = face->description ? _(face->description) : NULL,
        .action = face->action,
        .action_label = face->action_label ? _(face->action_label) : NULL,
        .other_action = face->other_action,
        .other_label = face->other_label ? _(face->other_label) : NULL,
    };
}

/* FALSE if the guest's screen is to be shown; else @ret_face gets what to show, its texts static.
 */
gboolean vitrine_guest_face_get(VitrineGuestState state, gboolean has_display, gboolean has_problem,
                                VitrineGuestFace *ret_face)
{
    const VitrineGuestFace *face;

    g_return_val_if_fail(state < VITRINE_GUEST_N_STATES, FALSE);

    if (has_display && shows_screen(state))
        return FALSE;
    face = state == VITRINE_GUEST_STATE_STOPPED && has_problem ? &failed_face : &faces[state];
    *ret_face = translate(face);
    return TRUE;
}

/* Whether a guest in whose view nobody has chosen anything shows its text console: it runs, and
 * there is a reason why it has no screen. */
gboolean vitrine_guest_face_is_console(VitrineGuestState state, gboolean has_display,
                                       gboolean has_problem)
{
    return !has_display && has_problem &&
           (state == VITRINE_GUEST_STATE_RUNNING || state == VITRINE_GUEST_STATE_STOPPING);
}

/* What to show of a guest whose installer is done. */
void vitrine_guest_face_get_installed(VitrineGuestFace *ret_face)
{
    *ret_face = translate(&installed_face);
}

/* What to show of a guest that has a window of its own. */
void vitrine_guest_face_get_elsewhere(VitrineGuestFace *ret_face)
{
    *ret_face = translate(&elsewhere_face);
}
