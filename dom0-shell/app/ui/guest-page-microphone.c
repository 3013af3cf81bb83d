/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two lines above a guest's screen about the microphone: it hears, or asks whether it may. */
#include "ui/guest-page-private.h"

#include "model/guest-sound.h"

#include <glib/gi18n.h>

/* Says that the guest hears, if it does. */
void vitrine_guest_page_update_microphone(VitrineGuestPage *self)
{
    g_autofree char *text = vitrine_guest_dup_hearing_text(self->guest);

    gtk_widget_set_visible(self->microphone_banner, vitrine_guest_hears(self->guest));
    gtk_label_set_text(self->microphone_label, text);
    gtk_actionable_set_action_target(GTK_ACTIONABLE(self->microphone_button), "s",
                                     vitrine_guest_get_name(self->guest));
}

/* Says that the guest asks, if it does. */
void vitrine_guest_page_update_asking(VitrineGuestPage *self)
{
    g_autofree char *text =
        g_strdup_printf(_("“%s” asks for the microphone."), vitrine_guest_get_name(self->guest));

    gtk_widget_set_visible(self->asking_banner, vitrine_guest_asks(self->guest));
    gtk_label_set_text(self->asking_label, text);
}

/* "Not now", which holds until it asks anew. */
void vitrine_guest_page_dismiss_asking(VitrineGuestPage *self)
{
    gtk_widget_set_visible(self->asking_banner, FALSE);
}
