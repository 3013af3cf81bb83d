/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of a guest's monitors is shown: a button with a menu of them, where there are several. What
 * is chosen is the window's action win.monitor; win.each-monitor gives each a window.
 */
#include "ui/monitor-button.h"

#include <glib/gi18n.h>

struct _VitrineMonitorButton {
    AdwBin parent_instance;

    GtkMenuButton *button;
    VitrineDisplay *display; /* not referenced: part of the same window */
};

G_DEFINE_FINAL_TYPE(VitrineMonitorButton, vitrine_monitor_button, ADW_TYPE_BIN)

static void append_choice(GMenu *menu, const char *label, guint number)
{
    g_autoptr(GMenuItem) item = g_menu_item_new(label, NULL);

    g_menu_item_set_action_and_target(item, "win.monitor", "u", number);
    g_menu_append_item(menu, item);
}

static GMenuModel *make_menu(guint n_monitors)
{
    g_autoptr(GMenu) choices = g_menu_new();
    g_autoptr(GMenu) windows = g_menu_new();
    GMenu *menu = g_menu_new();

    append_choice(choices, _("_All Monitors"), 0);
    for (guint i = 1; i <= n_monitors; i++) {
        /* Translators: the number of one of a guest's monitors. */
        g_autofree char *label = g_strdup_printf(_("Monitor _%u"), i);

        append_choice(choices, label, i);
    }
    g_menu_append(windows, _("A _Window for Each"), "win.each-monitor");
    g_menu_append_section(menu, NULL, G_MENU_MODEL(choices));
    g_menu_append_section(menu, NULL, G_MENU_MODEL(windows));
    return G_MENU_MODEL(menu);
}

/* One that is chosen, but is off, must not be there for good. */
static void update(VitrineMonitorButton *self)
{
    guint n_monitors = MAX(vitrine_display_get_n_monitors(self->display),
                           vitrine_display_get_monitor(self->display));
    gboolean is_wanted = n_monitors > 1 || vitrine_display_get_monitor(self->display);
    g_autoptr(GMenuModel) menu = is_wanted ? make_menu(n_monitors) : NULL;

    gtk_menu_button_set_menu_model(self->button, menu);
    gtk_widget_set_visible(GTK_WIDGET(self), menu != NULL);
}

static void vitrine_monitor_button_class_init(VitrineMonitorButtonClass *klass)
{
}

static void vitrine_monitor_button_init(VitrineMonitorButton *self)
{
    GtkWidget *button = gtk_menu_button_new();

    self->button = GTK_MENU_BUTTON(button);
    gtk_menu_button_set_icon_name(self->button, "video-display-symbolic");
    gtk_widget_set_tooltip_text(button, _("Monitors of the guest"));
    gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Monitors of the guest"), -1);
    adw_bin_set_child(ADW_BIN(self), button);
    gtk_widget_set_visible(GTK_WIDGET(self), FALSE);
}

/* Is about what @display, of the same window, shows. Once. */
void vitrine_monitor_button_set_display(VitrineMonitorButton *self, VitrineDisplay *display)
{
    g_return_if_fail(VITRINE_IS_MONITOR_BUTTON(self) && !self->display);

    self->display = display;
    g_signal_connect_object(display, "notify::n-monitors", G_CALLBACK(update), self,
                            G_CONNECT_SWAPPED);
    g_signal_connect_object(display, "notify::monitor", G_CALLBACK(update), self,
                            G_CONNECT_SWAPPED);
    update(self);
}
