/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The application: options, the connection to the service, the window, About and Quit. */
#include "application.h"

#include "config.h"
#include "ui/button-name.h"
#include "ui/window.h"

#include <glib/gi18n.h>

struct _VitrineApplication {
    AdwApplication parent_instance;

    VitrineConnection *connection;
    GBusType bus_type;
};

G_DEFINE_FINAL_TYPE(VitrineApplication, vitrine_application, ADW_TYPE_APPLICATION)

static const GOptionEntry options[] = {
    {"session", 0, 0, G_OPTION_ARG_NONE, NULL,
     N_("Look for the service on the session bus, for development"), NULL},
    {"version", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Print the version and exit"), NULL},
    {NULL},
};

/* The main window, or NULL: guests may have windows of their own beside it. */
static GtkWindow *find_main_window(GtkApplication *application)
{
    for (GList *l = gtk_application_get_windows(application); l; l = l->next) {
        if (VITRINE_IS_WINDOW(l->data))
            return l->data;
    }
    return NULL;
}

static void on_about(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    GtkWindow *window = gtk_application_get_active_window(GTK_APPLICATION(data));

    adw_show_about_window(
        window, "application-name", _("Vitrine"), "application-icon", VITRINE_APPLICATION_ID,
        "version", VITRINE_VERSION, "developer-name", _("The Vitrine developers"), "comments",
        _("Isolated desktops, as easy as windows."), "license-type", GTK_LICENSE_GPL_2_0, NULL);
}

static void on_quit(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    g_application_quit(G_APPLICATION(data));
}

/* From a notification: the window does it. */
static void on_usb_give(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    GtkWindow *window = find_main_window(GTK_APPLICATION(data));
    const char *key, *guest;

    g_variant_get(parameter, "(&s&s)", &key, &guest);
    if (window)
        vitrine_window_give_usb(VITRINE_WINDOW(window), key, guest);
}

static const GActionEntry actions[] = {
    {.name = "about", .activate = on_about},
    {.name = "quit", .activate = on_quit},
    {.name = "usb-give", .activate = on_usb_give, .parameter_type = "(ss)"},
};

static int vitrine_application_handle_local_options(GApplication *application, GVariantDict *given)
{
    VitrineApplication *self = VITRINE_APPLICATION(application);

    if (g_variant_dict_contains(given, "version")) {
        g_print("vitrine-shell %s\n", VITRINE_VERSION);
        return 0;
    }
    if (g_variant_dict_contains(given, "session"))
        self->bus_type = G_BUS_TYPE_SESSION;
    return -1;
}

static void vitrine_application_startup(GApplication *application)
{
    VitrineApplication *self = VITRINE_APPLICATION(application);

    G_APPLICATION_CLASS(vitrine_application_parent_class)->startup(application);
    vitrine_button_name_init();
    self->connection = vitrine_connection_new(self->bus_type);
}

/* A small screen, as that of an emulated machine, has no room for a window with a border. */
static gboolean is_small_screen(GtkWidget *window)
{
    GListModel *monitors = gdk_display_get_monitors(gtk_widget_get_display(window));
    g_autoptr(GdkMonitor) monitor = g_list_model_get_item(monitors, 0);
    GdkRectangle geometry;

    if (!monitor)
        return FALSE;
    gdk_monitor_get_geometry(monitor, &geometry);
    return geometry.width <= 1280 && geometry.height <= 800;
}

/* Only now: Weston 10 gives a window that was maximized before it was there a size of nothing. */
static void on_mapped(GtkWindow *window)
{
    g_signal_handlers_disconnect_by_func(window, on_mapped, NULL);
    if (is_small_screen(GTK_WIDGET(window)))
        gtk_window_maximize(window);
}

static void vitrine_application_activate(GApplication *application)
{
    VitrineApplication *self = VITRINE_APPLICATION(application);
    GtkWindow *window = find_main_window(GTK_APPLICATION(application));

    if (!window) {
        window = GTK_WINDOW(vitrine_window_new(GTK_APPLICATION(application), self->connection));
        g_signal_connect_after(window, "map", G_CALLBACK(on_mapped), NULL);
    }
    gtk_window_present(window);
}

static void vitrine_application_dispose(GObject *object)
{
    g_clear_object(&VITRINE_APPLICATION(object)->connection);
    G_OBJECT_CLASS(vitrine_application_parent_class)->dispose(object);
}

static void vitrine_application_class_init(VitrineApplicationClass *klass)
{
    GApplicationClass *application_class = G_APPLICATION_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = vitrine_application_dispose;
    application_class->handle_local_options = vitrine_application_handle_local_options;
    application_class->startup = vitrine_application_startup;
    application_class->activate = vitrine_application_activate;
}

static void vitrine_application_init(VitrineApplication *self)
{
    g_application_add_main_option_entries(G_APPLICATION(self), options);
    g_action_map_add_action_entries(G_ACTION_MAP(self), actions, G_N_ELEMENTS(actions), self);
}

/* @bus_type: where to look for the service, unless the command line says otherwise. */
VitrineApplication *vitrine_application_new(GBusType bus_type)
{
    VitrineApplication *self =
        g_object_new(VITRINE_TYPE_APPLICATION, "application-id", VITRINE_APPLICATION_ID,
                     "resource-base-path", "/org/vitrine/Shell", NULL);

    self->bus_type = bus_type;
    return self;
}
