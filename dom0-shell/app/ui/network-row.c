/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The choices of a guest's network, each with what it means. One that can't be had is there all the
 * same, and says why. */
#include "ui/network-row.h"

#include "model/guest-choice.h"

#include <glib/gi18n.h>

/* Of the row: why there is no bridge, as text. */
#define PROBLEM "bridged-problem"

#define SENTENCE_CHARS 40

static GtkWidget *new_label(const char *css_class)
{
    GtkWidget *label = gtk_label_new(NULL);

    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_max_width_chars(GTK_LABEL(label), SENTENCE_CHARS);
    if (css_class)
        gtk_widget_add_css_class(label, css_class);
    return label;
}

/* A title over a sentence, and the mark of the one that is chosen. */
static void set_up_item(GtkSignalListItemFactory *factory, GtkListItem *item, AdwComboRow *row)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 12);
    GtkWidget *texts = gtk_box_new(GTK_ORIENTATION_VERTICAL, 0);

    gtk_box_append(GTK_BOX(texts), new_label(NULL));
    gtk_box_append(GTK_BOX(texts), new_label("caption"));
    gtk_widget_set_hexpand(texts, TRUE);
    gtk_box_append(GTK_BOX(box), texts);
    gtk_box_append(GTK_BOX(box), gtk_image_new_from_icon_name("object-select-symbolic"));
    gtk_list_item_set_child(item, box);
}

/* What is to be said of the choice at @position; NULL of what only the guest's file has. */
static const char *explain(AdwComboRow *row, guint position, gboolean *ret_available)
{
    guint n_choices;
    const VitrineNetworkChoice *choices = vitrine_network_choices_get(&n_choices);

    *ret_available = TRUE;
    return position < n_choices
               ? vitrine_network_choice_explain(
                     &choices[position], g_object_get_data(G_OBJECT(row), PROBLEM), ret_available)
               : NULL;
}

static void bind_item(GtkSignalListItemFactory *factory, GtkListItem *item, AdwComboRow *row)
{
    GtkWidget *box = gtk_list_item_get_child(item);
    GtkWidget *texts = gtk_widget_get_first_child(box);
    GtkWidget *title = gtk_widget_get_first_child(texts);
    GtkWidget *sentence = gtk_widget_get_last_child(texts);
    guint position = gtk_list_item_get_position(item);
    gboolean available;
    const char *text = explain(row, position, &available);

    gtk_label_set_text(GTK_LABEL(title),
                       gtk_string_object_get_string(gtk_list_item_get_item(item)));
    gtk_label_set_text(GTK_LABEL(sentence), text ? text : "");
    gtk_widget_set_visible(sentence, text != NULL);
    gtk_widget_set_opacity(gtk_widget_get_last_child(box),
                           position == adw_combo_row_get_selected(row) ? 1 : 0);
    gtk_widget_set_sensitive(box, available);
    gtk_list_item_set_selectable(item, available);
    gtk_list_item_set_activatable(item, available);
}

/* What is chosen, in full: the sentence beside it has as many lines as it needs. */
static void set_up_chosen(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    gtk_list_item_set_child(item, gtk_label_new(NULL));
}

static void bind_chosen(GtkSignalListItemFactory *factory, GtkListItem *item)
{
    gtk_label_set_text(GTK_LABEL(gtk_list_item_get_child(item)),
                       gtk_string_object_get_string(gtk_list_item_get_item(item)));
}

static void describe(AdwComboRow *row)
{
    gboolean available;
    const char *text = explain(row, adw_combo_row_get_selected(row), &available);

    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), text ? text : "");
}

/* Once, for a new @row. */
void vitrine_network_row_set_up(AdwComboRow *row)
{
    g_autoptr(GtkListItemFactory) factory = gtk_signal_list_item_factory_new();
    g_autoptr(GtkListItemFactory) chosen = gtk_signal_list_item_factory_new();

    g_signal_connect(factory, "setup", G_CALLBACK(set_up_item), row);
    g_signal_connect(factory, "bind", G_CALLBACK(bind_item), row);
    adw_combo_row_set_list_factory(row, factory);
    g_signal_connect(chosen, "setup", G_CALLBACK(set_up_chosen), NULL);
    g_signal_connect(chosen, "bind", G_CALLBACK(bind_chosen), NULL);
    adw_combo_row_set_factory(row, chosen);
    g_signal_connect(row, "notify::selected", G_CALLBACK(describe), NULL);
}

/* Shows the choices, with that which is @network on the bus chosen. @bridged_problem says why there
 * is no bridge to the network outside; empty: there is one. */
void vitrine_network_row_load(AdwComboRow *row, const char *network, const char *bridged_problem)
{
    g_autoptr(GtkStringList) list = gtk_string_list_new(NULL);
    guint n_choices, selected = vitrine_network_choices_find(network);
    const VitrineNetworkChoice *choices = vitrine_network_choices_get(&n_choices);

    g_object_set_data_full(G_OBJECT(row), PROBLEM, g_strdup(bridged_problem), g_free);
    for (guint i = 0; i < n_choices; i++)
        gtk_string_list_append(list, _(choices[i].label));
    if (selected == n_choices)
        gtk_string_list_append(list, _("As in the guest’s file"));
    adw_combo_row_set_model(row, G_LIST_MODEL(list));
    adw_combo_row_set_selected(row, selected);
    describe(row);
}
