/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the main window is called: after the selected guest, and what goes on with it. */
#include "ui/window-private.h"

#include <glib/gi18n.h>

/* "Starting · Loading the kernel" while something goes on, else the state alone. */
static char *dup_subtitle(VitrineWindow *self)
{
    VitrineJob *job = vitrine_guest_get_job(self->guest);
    const char *phase = job ? vitrine_job_get_phase(job) : NULL;
    const char *state = vitrine_guest_state_get_label(vitrine_guest_get_state(self->guest));
    const char *way_out = _("Ctrl+Alt gives the keyboard back");

    /* Who types may not see the list: what is not as usual is said here, too. */
    if (vitrine_guest_page_get_captured(self->guest_page))
        return vitrine_guest_get_state(self->guest) == VITRINE_GUEST_STATE_RUNNING
                   ? g_strdup(way_out)
                   : g_strdup_printf("%s · %s", state, way_out);
    return phase && *phase ? g_strdup_printf("%s · %s", state, phase) : g_strdup(state);
}

/* Also of what is shown in full screen. */
void vitrine_window_update_title(VitrineWindow *self)
{
    g_autofree char *subtitle = self->guest ? dup_subtitle(self) : NULL;
    const char *title = self->guest ? vitrine_guest_get_name(self->guest) : _("Vitrine");

    adw_window_title_set_title(self->title, title);
    adw_window_title_set_subtitle(self->title, subtitle ? subtitle : "");
    gtk_window_set_title(GTK_WINDOW(self), title);
    gtk_label_set_text(self->leave_title, title);
}
