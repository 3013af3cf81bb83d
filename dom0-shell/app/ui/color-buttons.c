/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row of toggle buttons, one for each colour of the palette, of which one at most is down. */
#include "ui/color-buttons.h"

#include "model/guest-color.h"
#include "ui/color-dot.h"

#include <glib/gi18n.h>

static void on_toggled(GtkToggleButton *button, gpointer data)
{
    VitrineColorChosen chosen = g_object_get_data(G_OBJECT(button), "chosen");

    if (gtk_toggle_button_get_active(button))
        chosen(g_object_get_data(G_OBJECT(button), "color"), data);
}

static GtkWidget *button_new(const VitrineGuestColor *color)
{
    GtkWidget *button = gtk_toggle_button_new();

    gtk_button_set_child(GTK_BUTTON(button), vitrine_color_dot_new(color->rgb));
    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(button, "flat");
    gtk_widget_add_css_class(button, "color-button");
    gtk_widget_set_tooltip_text(button, _(color->label));
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _(color->label), -1);
    g_object_set_data(G_OBJECT(button), "color", (gpointer)color->rgb);
    return button;
}

/* Fills the empty @box; no colour is chosen yet. @chosen gets strings that live as long as the
 * program. */
void vitrine_color_buttons_fill(GtkBox *box, VitrineColorChosen chosen, gpointer data)
{
    guint n_colors;
    const VitrineGuestColor *colors = vitrine_guest_colors_get(&n_colors);
    GtkToggleButton *first = NULL;

    for (guint i = 0; i < n_colors; i++) {
        GtkWidget *button = button_new(&colors[i]);

        g_object_set_data(G_OBJECT(button), "chosen", (gpointer)chosen);
        g_signal_connect(button, "toggled", G_CALLBACK(on_toggled), data);
        if (first)
            gtk_toggle_button_set_group(GTK_TOGGLE_BUTTON(button), first);
        else
            first = GTK_TOGGLE_BUTTON(button);
        gtk_box_append(box, button);
    }
}

/* Puts the button of that colour down; none if @rgb is not of the palette. */
void vitrine_color_buttons_select(GtkBox *box, const char *rgb)
{
    for (GtkWidget *button = gtk_widget_get_first_child(GTK_WIDGET(box)); button;
         button = gtk_widget_get_next_sibling(button)) {
        const char *color = g_object_get_data(G_OBJECT(button), "color");

        gtk_toggle_button_set_active(GTK_TOGGLE_BUTTON(button),
                                     g_ascii_strcasecmp(color, rgb ? rgb : "") == 0);
    }
}
