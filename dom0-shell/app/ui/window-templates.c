/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates, in the window's menu: the list of them, and those that are made of recipes. */
#include "ui/window-private.h"

#include "ui/new-template-dialog.h"
#include "ui/templates-dialog.h"

#include <glib/gi18n.h>

void vitrine_window_new_template(VitrineWindow *self)
{
    gtk_window_present(
        GTK_WINDOW(vitrine_new_template_dialog_new(GTK_WINDOW(self), self->connection)));
}

void vitrine_window_show_templates(VitrineWindow *self)
{
    if (vitrine_connection_get_manager(self->connection))
        gtk_window_present(
            GTK_WINDOW(vitrine_templates_dialog_new(GTK_WINDOW(self), self->connection)));
}

gboolean vitrine_window_template_over(VitrineWindow *self, VitrineJob *job)
{
    const char *error = vitrine_job_get_error(job);

    if (!vitrine_job_makes_template(job))
        return FALSE;
    if (error)
        vitrine_window_toast(self, error);
    else if (!vitrine_job_was_cancelled(job))
        vitrine_window_toast(self, _("The template is there: “New” makes guests of it."));
    return TRUE;
}
