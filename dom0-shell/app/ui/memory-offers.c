/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Buttons that offer to shut guests down, to make room in the memory: the same wherever it lacks.
 */
#include "ui/memory-offers.h"

#include "model/memory-text.h"
#include "ui/button-name.h"

#include <glib/gi18n.h>

static GtkWidget *make_offer(const VitrineMemoryUser *user)
{
    GtkWidget *button = gtk_button_new();
    g_autofree char *memory = vitrine_memory_text(user->memory);
    /* Translators: a guest's name, and how much memory that makes free. */
    g_autofree char *label = g_strdup_printf(_("Shut Down “%s” (%s)"), user->name, memory);

    vitrine_button_set_label(GTK_BUTTON(button), label);
    gtk_actionable_set_action_name(GTK_ACTIONABLE(button), "win.shutdown-other");
    gtk_actionable_set_action_target(GTK_ACTIONABLE(button), "s", user->name);
    gtk_widget_add_css_class(button, "pill");
    gtk_widget_set_halign(button, GTK_ALIGN_CENTER);
    return button;
}

/* Puts an offer for each of @users into @box, in place of what was there; none: @n_users is 0. */
void vitrine_memory_offers_show(GtkWidget *box, const VitrineMemoryUser *users, guint n_users)
{
    GtkWidget *child;

    g_return_if_fail(GTK_IS_BOX(box));

    while ((child = gtk_widget_get_first_child(box)))
        gtk_box_remove(GTK_BOX(box), child);
    for (guint i = 0; i < n_users; i++)
        gtk_box_append(GTK_BOX(box), make_offer(&users[i]));
    gtk_widget_set_visible(box, n_users > 0);
}
