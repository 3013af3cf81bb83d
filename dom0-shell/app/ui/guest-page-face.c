/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the page of a guest says where there is no screen to be seen: the guest's state, what goes
 * on, what it said last, and what can be done. */
#include "ui/guest-page-private.h"

#include "model/console-tail.h"
#include "model/guest-face.h"
#include "ui/button-name.h"

/* As much as can be seen at a glance. */
#define TAIL_LINES 8

static void update_job(VitrineGuestPage *self)
{
    const char *phase = self->job ? vitrine_job_get_phase(self->job) : NULL;
    double progress = self->job ? vitrine_job_get_progress(self->job) : -1;

    gtk_label_set_text(GTK_LABEL(self->phase), phase ? phase : "");
    gtk_widget_set_visible(self->phase, phase && *phase);
    gtk_widget_set_visible(self->progress, progress >= 0);
    if (progress >= 0)
        gtk_progress_bar_set_fraction(GTK_PROGRESS_BAR(self->progress), progress);
    gtk_widget_set_visible(self->cancel_button,
                           self->job && vitrine_job_get_cancellable(self->job));
}

/* Follows @job, which may be NULL, and shows how far it is. */
void vitrine_guest_page_set_job(VitrineGuestPage *self, VitrineJob *job)
{
    if (self->job)
        g_signal_handlers_disconnect_by_data(self->job, self);
    g_set_object(&self->job, job);
    if (job)
        g_signal_connect_swapped(job, "changed", G_CALLBACK(update_job), self);
    update_job(self);
}

/* Dresses the status page. Both sentences may come from outside, and the page reads markup. */
static void show_face(VitrineGuestPage *self, const VitrineGuestFace *face, const char *problem)
{
    g_autofree char *title = NULL, *safe_title = NULL, *description = NULL;
    const char *sentence = problem ? problem : face->description;

    title = g_strdup_printf(face->title, vitrine_guest_get_name(self->guest));
    safe_title = g_markup_escape_text(title, -1);
    description = sentence ? g_markup_escape_text(sentence, -1) : NULL;
    adw_status_page_set_icon_name(self->status, face->icon);
    adw_status_page_set_title(self->status, safe_title);
    adw_status_page_set_description(self->status, description);
    gtk_widget_set_visible(self->action_button, face->action != NULL);
    if (face->action) {
        gtk_actionable_set_action_name(GTK_ACTIONABLE(self->action_button), face->action);
        vitrine_button_set_label(GTK_BUTTON(self->action_button), face->action_label);
    }
    gtk_widget_set_visible(self->other_button, face->other_action != NULL);
    if (face->other_action) {
        gtk_actionable_set_action_name(GTK_ACTIONABLE(self->other_button), face->other_action);
        vitrine_button_set_label(GTK_BUTTON(self->other_button), face->other_label);
    }
}

static void on_tail_read(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineGuestPage) self = data;
    g_autofree char *text =
        vitrine_guest_read_console_log_finish(VITRINE_GUEST(source), result, NULL);
    g_autofree char *tail = text ? vitrine_console_tail(text, TAIL_LINES) : NULL;

    if (g_cancellable_is_cancelled(g_task_get_cancellable(G_TASK(result))) || !tail || !*tail)
        return;
    gtk_label_set_text(GTK_LABEL(self->tail), tail);
    gtk_widget_set_visible(self->tail, TRUE);
}

/* Of a guest that has crashed, shows what it said last; once for each crash. */
static void update_tail(VitrineGuestPage *self)
{
    gboolean is_wanted = self->guest && !self->elsewhere &&
                         vitrine_guest_get_state(self->guest) == VITRINE_GUEST_STATE_CRASHED;

    if (is_wanted == (self->tail_reading != NULL))
        return;
    gtk_widget_set_visible(self->tail, FALSE);
    g_cancellable_cancel(self->tail_reading);
    g_clear_object(&self->tail_reading);
    if (!is_wanted)
        return;
    self->tail_reading = g_cancellable_new();
    vitrine_guest_read_console_log_async(self->guest, FALSE, self->tail_reading, on_tail_read,
                                         g_object_ref(self));
}

/* What the last guest said is not the next one's. */
void vitrine_guest_page_forget_tail(VitrineGuestPage *self)
{
    g_cancellable_cancel(self->tail_reading);
    g_clear_object(&self->tail_reading);
    gtk_widget_set_visible(self->tail, FALSE);
}

static gboolean wants_console(VitrineGuestPage *self)
{
    if (self->choice != CHOICE_NONE)
        return self->choice == CHOICE_CONSOLE;
    return vitrine_guest_face_is_console(vitrine_guest_get_state(self->guest),
                                         vitrine_guest_get_has_display(self->guest),
                                         vitrine_guest_get_problem(self->guest) != NULL);
}

/* Turns to what there is to be seen of the guest now: its screen, its console, or a face. */
void vitrine_guest_page_update_face(VitrineGuestPage *self)
{
    const char *problem = vitrine_guest_get_problem(self->guest);
    const char *shown = wants_console(self) ? "console" : "display";
    VitrineGuestFace face;

    update_tail(self);
    if (self->elsewhere) {
        vitrine_guest_face_get_elsewhere(&face);
        show_face(self, &face, NULL);
        gtk_stack_set_visible_child_name(GTK_STACK(self->stack), "status");
        return;
    }
    if (!problem && vitrine_guest_has_installed(self->guest)) {
        vitrine_guest_face_get_installed(&face);
        show_face(self, &face, NULL);
        if (!wants_console(self))
            shown = "status";
    } else if (vitrine_guest_face_get(vitrine_guest_get_state(self->guest),
                                      vitrine_guest_get_has_display(self->guest), problem != NULL,
                                      &face)) {
        show_face(self, &face, problem);
        if (!wants_console(self))
            shown = "status";
    }
    gtk_stack_set_visible_child_name(GTK_STACK(self->stack), shown);
}

/* The page's place for offers to shut down others. */
GtkWidget *vitrine_guest_page_get_offers(VitrineGuestPage *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST_PAGE(self), NULL);
    return self->offers;
}
