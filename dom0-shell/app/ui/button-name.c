/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What buttons are called when they are read aloud. GTK (4.8) makes a button's name of its label
 * with the underline that marks a key, and of the label's text once more: "_Retry Retry". Without
 * the first, the second is the name.
 */
#include "ui/button-name.h"

static void mend(GtkButton *button)
{
    if (gtk_button_get_label(button))
        gtk_accessible_reset_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL);
}

static void mend_all(GtkWidget *widget)
{
    if (GTK_IS_BUTTON(widget))
        mend(GTK_BUTTON(widget));
    for (GtkWidget *child = gtk_widget_get_first_child(widget); child;
         child = gtk_widget_get_next_sibling(child))
        mend_all(child);
}

/* A window with all that is in it, pages too that nobody has turned to; a button that came later.
 */
static gboolean on_mapped(GSignalInvocationHint *hint, guint n_values, const GValue *values,
                          gpointer data)
{
    GtkWidget *widget = g_value_get_object(&values[0]);

    if (GTK_IS_WINDOW(widget) || GTK_IS_BUTTON(widget))
        mend_all(widget);
    return G_SOURCE_CONTINUE;
}

/* Sees to all buttons of the program as they appear, those of its libraries too. Once. */
void vitrine_button_name_init(void)
{
    g_autoptr(GTypeClass) widget_class = g_type_class_ref(GTK_TYPE_WIDGET);

    g_signal_add_emission_hook(g_signal_lookup("map", GTK_TYPE_WIDGET), 0, on_mapped, NULL, NULL);
}

/* For a button that may be there already. */
void vitrine_button_set_label(GtkButton *button, const char *label)
{
    gtk_button_set_label(button, label);
    mend(button);
}
