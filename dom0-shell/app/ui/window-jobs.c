/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How jobs ended: what failed is said, also where no guest is left to say it. */
#include "ui/window-private.h"

/* A creation that failed leaves no guest to show it on, so the window itself does. What somebody
 * else has ordered takes nobody's screen away. */
static void show_failed_creation(VitrineWindow *self, VitrineJob *job)
{
    g_autofree char *title =
        g_strdup_printf(vitrine_job_kind_get_failure("create"), vitrine_job_get_guest_name(job));
    g_autofree char *safe_title = g_markup_escape_text(title, -1);
    g_autofree char *reason = g_markup_escape_text(vitrine_job_get_error(job), -1);

    adw_status_page_set_title(self->failed_page, safe_title);
    adw_status_page_set_description(self->failed_page, reason);
    vitrine_window_update_remedy(self);
    gtk_stack_set_visible_child_name(self->content, "failed");
    vitrine_window_update_pages(self);
}

static void on_job_finished(VitrineWindow *self, VitrineJob *job)
{
    const char *error = vitrine_job_get_error(job);
    const char *name = vitrine_job_get_guest_name(job);
    const char *kind = vitrine_job_get_kind(job);

    if (vitrine_window_template_over(self, job) || !error)
        return;
    if (g_strcmp0(kind, "create") == 0 && g_strcmp0(self->awaited_guest, name) == 0)
        g_clear_pointer(&self->awaited_guest, g_free);
    if (g_strcmp0(kind, "create") == 0 && g_strcmp0(self->ordered_guest, name) == 0)
        show_failed_creation(self, job);
    vitrine_window_toast_failure(self, vitrine_job_kind_get_failure(kind), name, error);
}

/* Sets it up, once there is a connection. */
void vitrine_window_jobs_init(VitrineWindow *self)
{
    g_signal_connect_object(vitrine_connection_get_jobs(self->connection), "job-finished",
                            G_CALLBACK(on_job_finished), self, G_CONNECT_SWAPPED);
}
