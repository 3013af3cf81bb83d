/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the dialog for a new guest is filled with when it opens. */
#include "ui/new-guest-dialog-private.h"

#include "model/guest-color.h"
#include "model/memory-text.h"
#include "ui/color-buttons.h"
#include "ui/template-tile.h"

#include <glib/gi18n.h>

#define MIN_MEMORY_MIB 64
#define DISK_GIB       16 /* if there is so much room */
#define N_SOURCES      3  /* beside the templates */

/* A tile for each template and source; the first that is whole is chosen. */
void vitrine_new_guest_fill_tiles(VitrineNewGuestDialog *self)
{
    GtkWidget *first_good = NULL;

    for (guint i = 0; i < self->templates->len; i++) {
        const VitrineTemplate *template = self->templates->pdata[i];
        GtkWidget *tile = vitrine_template_tile_new(template);

        gtk_flow_box_append(self->tiles, tile);
        if (!first_good && !*template->broken)
            first_good = tile;
    }
    gtk_widget_set_visible(self->no_templates, self->templates->len == N_SOURCES);
    if (first_good)
        gtk_flow_box_select_child(self->tiles, GTK_FLOW_BOX_CHILD(first_good));
}

static void on_color_chosen(const char *rgb, gpointer data)
{
    VITRINE_NEW_GUEST_DIALOG(data)->color = rgb;
}

/* The first colour that no guest wears yet, or just the first. */
static guint choose_color(VitrineNewGuestDialog *self)
{
    GListModel *guests = G_LIST_MODEL(vitrine_connection_get_guests(self->connection));
    guint n_colors;
    const VitrineGuestColor *colors = vitrine_guest_colors_get(&n_colors);

    for (guint i = 0; i < n_colors; i++) {
        gboolean taken = FALSE;

        for (guint j = 0; j < g_list_model_get_n_items(guests); j++) {
            g_autoptr(VitrineGuest) guest = g_list_model_get_item(guests, j);
            g_autofree char *color = NULL;

            g_object_get(guest, "color", &color, NULL);
            taken |= g_ascii_strcasecmp(color ? color : "", colors[i].rgb) == 0;
        }
        if (!taken)
            return i;
    }
    return 0;
}

/* All colours; one is chosen. */
void vitrine_new_guest_fill_colors(VitrineNewGuestDialog *self)
{
    guint n_colors, chosen = choose_color(self);
    const VitrineGuestColor *colors = vitrine_guest_colors_get(&n_colors);

    vitrine_color_buttons_fill(self->colors, on_color_chosen, self);
    vitrine_color_buttons_select(self->colors, colors[chosen].rgb);
}

/* As much as the machine has. */
void vitrine_new_guest_fill_limits(VitrineNewGuestDialog *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);
    guint64 total = manager ? vitrine_manager1_get_total_memory(manager) : 0;
    guint n_cpus = manager ? vitrine_manager1_get_cpu_count(manager) : 0;

    gtk_spin_button_set_range(self->memory, MIN_MEMORY_MIB,
                              MAX(total / VITRINE_MIB, MIN_MEMORY_MIB));
    gtk_spin_button_set_range(self->vcpus, 1, MAX(n_cpus, 1));
}

/* The first is to leave the choice to the template. */
void vitrine_new_guest_fill_kinds(VitrineNewGuestDialog *self, const char *const *kinds)
{
    g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);

    gtk_string_list_append(names, _("Chosen for You"));
    for (guint i = 0; kinds && kinds[i]; i++) {
        g_autofree char *name = g_ascii_strup(kinds[i], -1);

        gtk_string_list_append(names, name);
    }
    adw_combo_row_set_model(self->kind, G_LIST_MODEL(names));
}

/* What there is for a guest that is installed: room for its disk, and images of CDs. */
void vitrine_new_guest_fill_drive(VitrineNewGuestDialog *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);
    guint64 room = manager ? vitrine_manager1_get_free_disk(manager) / GIB : 0;

    gtk_spin_button_set_range(self->disk, 1, MAX(room, 1));
    gtk_spin_button_set_value(self->disk, MIN(MAX(room, 1), DISK_GIB));
    vitrine_iso_row_load(self->iso, manager);
}
