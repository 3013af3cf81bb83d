/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The main window: which page it shows, and which guest is selected. */
#include "ui/window-private.h"

#include "model/guest-sound.h"
#include "ui/guest-row.h"

enum {
    PROP_0,
    PROP_CONSOLE,
    PROP_MICROPHONE,
    PROP_MUTED,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE(VitrineWindow, vitrine_window, ADW_TYPE_APPLICATION_WINDOW)

static void on_selected(VitrineWindow *self)
{
    VitrineGuest *guest = gtk_single_selection_get_selected_item(self->selection);

    if (guest || !vitrine_window_search_hides_guest(self))
        vitrine_window_set_guest(self, guest);
}

static void on_row_activated(VitrineWindow *self)
{
    gtk_widget_activate_action(GTK_WIDGET(self), "win.dismiss-failure", NULL);
    vitrine_guest_page_focus_guest(self->guest_page);
}

/* Chooses between the guests and what there is to say when there are none. */
void vitrine_window_update_pages(VitrineWindow *self)
{
    VitrineConnectionState state = vitrine_connection_get_state(self->connection);
    guint n_guests =
        g_list_model_get_n_items(G_LIST_MODEL(vitrine_connection_get_guests(self->connection)));
    gboolean has_failure =
        g_strcmp0(gtk_stack_get_visible_child_name(self->content), "failed") == 0;
    const char *page = "guests";

    if (state == VITRINE_CONNECTION_CONNECTING)
        page = "connecting";
    else if (state == VITRINE_CONNECTION_LOST)
        page = "lost";
    else if (n_guests == 0 && !has_failure)
        page = "empty";
    if (g_strcmp0(gtk_stack_get_visible_child_name(self->pages), page) == 0)
        return;
    gtk_stack_set_visible_child_name(self->pages, page);
    /*
     * Enter does what the page is for, and not what some button of the header bar does. Among
     * guests that is for the person to choose, for it could be the screen that takes the keyboard.
     */
    gtk_window_set_focus(GTK_WINDOW(self), NULL);
    if (g_strcmp0(page, "guests") != 0)
        gtk_widget_child_focus(gtk_stack_get_visible_child(self->pages), GTK_DIR_TAB_FORWARD);
}

/* At the start: a guest that runs, for that is what one wants to see; else the first. */
static void select_first(VitrineWindow *self)
{
    GListModel *model = G_LIST_MODEL(self->selection);
    guint position = 0;

    for (guint i = g_list_model_get_n_items(model); i > 0; i--) {
        g_autoptr(VitrineGuest) guest = g_list_model_get_item(model, i - 1);

        if (vitrine_guest_get_state(guest) == VITRINE_GUEST_STATE_RUNNING)
            position = i - 1;
    }
    gtk_single_selection_set_selected(self->selection, position);
}

/* A service that came has another manager. */
static void follow_room(VitrineWindow *self)
{
    static const char *const signals[] = {"notify::free-memory", "notify::free-disk",
                                          "notify::disk-state"};
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);

    for (guint i = 0; manager && i < G_N_ELEMENTS(signals); i++)
        g_signal_connect_object(manager, signals[i], G_CALLBACK(vitrine_window_update_remedy), self,
                                G_CONNECT_SWAPPED);
}

static void on_connection_state(VitrineWindow *self)
{
    const char *problem = vitrine_connection_get_problem(self->connection);
    g_autofree char *description = problem ? g_markup_escape_text(problem, -1) : NULL;

    adw_status_page_set_description(self->lost_page, description);
    if (vitrine_connection_get_state(self->connection) == VITRINE_CONNECTION_READY) {
        select_first(self);
        follow_room(self);
    }
    vitrine_window_update_pages(self);
    vitrine_window_update_actions(self);
}

/* The guest that was just ordered is shown as soon as the service has an object for it. */
static void on_guests_changed(VitrineWindow *self)
{
    g_autofree char *awaited = NULL;

    if (self->awaited_guest &&
        vitrine_guest_list_find(vitrine_connection_get_guests(self->connection),
                                self->awaited_guest)) {
        awaited = g_steal_pointer(&self->awaited_guest);
        vitrine_window_select(self, awaited);
    }
    vitrine_window_update_own(self);
    on_selected(self);
    vitrine_window_update_pages(self);
}

/* The page has turned to the text console, or away from it. */
static void on_console(VitrineWindow *self)
{
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_CONSOLE]);
    if (self->connection)
        vitrine_window_update_actions(self);
}

static void on_n_monitors(VitrineWindow *self)
{
    if (self->connection)
        vitrine_window_update_actions(self);
}

static gboolean is_muted(VitrineGuest *guest)
{
    return vitrine_guest_is_muted(guest);
}

static void vitrine_window_get_property(GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    VitrineWindow *self = VITRINE_WINDOW(object);

    /* The button for it asks before there is a page. */
    if (id == PROP_CONSOLE)
        g_value_set_boolean(value,
                            self->guest_page && vitrine_guest_page_shows_console(self->guest_page));
    else if (id == PROP_MICROPHONE)
        g_value_set_string(value, self->guest ? vitrine_guest_get_microphone(self->guest)
                                              : VITRINE_MICROPHONE_OFF);
    else if (id == PROP_MUTED)
        g_value_set_boolean(value, self->guest && is_muted(self->guest));
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

/* The person turns to the console, or away from it, in order to type there. */
static void vitrine_window_set_property(GObject *object, guint id, const GValue *value,
                                        GParamSpec *pspec)
{
    VitrineWindow *self = VITRINE_WINDOW(object);

    if (id == PROP_CONSOLE) {
        vitrine_guest_page_show_console(self->guest_page, g_value_get_boolean(value));
        vitrine_guest_page_focus_guest(self->guest_page);
    } else if (id == PROP_MICROPHONE) {
        vitrine_window_set_microphone(self, g_value_get_string(value));
    } else if (id == PROP_MUTED) {
        vitrine_window_set_muted(self, g_value_get_boolean(value));
    } else {
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void vitrine_window_dispose(GObject *object)
{
    VitrineWindow *self = VITRINE_WINDOW(object);

    vitrine_window_destroy_own(self);
    if (self->connection && self->selection)
        vitrine_window_set_guest(self, NULL);
    if (self->selection)
        g_signal_handlers_disconnect_by_data(self->selection, self);
    g_clear_object(&self->thumbnailer);
    g_clear_object(&self->guest);
    g_clear_object(&self->connection);
    G_OBJECT_CLASS(vitrine_window_parent_class)->dispose(object);
}

static void vitrine_window_finalize(GObject *object)
{
    VitrineWindow *self = VITRINE_WINDOW(object);

    g_free(self->awaited_guest);
    g_free(self->ordered_guest);
    g_free(self->focus_guest);
    G_OBJECT_CLASS(vitrine_window_parent_class)->finalize(object);
}

static void bind_template(GtkWidgetClass *widget_class)
{
    gtk_widget_class_set_template_from_resource(widget_class, "/org/vitrine/Shell/ui/window.ui");
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, toasts);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, header);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, title);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, pages);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, lost_page);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, flap);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, list);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, selection);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, sorted);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, filtered);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, name_filter);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, search_bar);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, search_entry);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, no_match);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, content);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, guest_page);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, failed_page);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, failed_offers);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, failed_room);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, leave_revealer);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, leave_title);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, leave_button);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, start_button);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, shutdown_button);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, monitor_button);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, sound_button);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, usb_notice);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, room_banner);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, room_label);
    gtk_widget_class_bind_template_child(widget_class, VitrineWindow, usb_menu);
    gtk_widget_class_bind_template_callback(widget_class, vitrine_window_toast);
    gtk_widget_class_bind_template_callback(widget_class, on_selected);
    gtk_widget_class_bind_template_callback(widget_class, on_row_activated);
}

static void vitrine_window_class_init(VitrineWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = vitrine_window_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_window_finalize;
    G_OBJECT_CLASS(klass)->get_property = vitrine_window_get_property;
    G_OBJECT_CLASS(klass)->set_property = vitrine_window_set_property;

    /* Whether the guest's text console is shown. */
    properties[PROP_CONSOLE] =
        g_param_spec_boolean("console", NULL, NULL, FALSE,
                             G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
    /* How the selected guest may hear the microphone; whether it is kept silent. */
    properties[PROP_MICROPHONE] =
        g_param_spec_string("microphone", NULL, NULL, VITRINE_MICROPHONE_OFF,
                            G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
    properties[PROP_MUTED] =
        g_param_spec_boolean("muted", NULL, NULL, FALSE,
                             G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
    g_object_class_install_properties(G_OBJECT_CLASS(klass), N_PROPS, properties);

    g_type_ensure(VITRINE_TYPE_GUEST);
    g_type_ensure(VITRINE_TYPE_GUEST_ROW);
    g_type_ensure(VITRINE_TYPE_GUEST_PAGE);
    g_type_ensure(VITRINE_TYPE_MONITOR_BUTTON);
    g_type_ensure(VITRINE_TYPE_SOUND_BUTTON);
    g_type_ensure(VITRINE_TYPE_USB_NOTICE);
    bind_template(widget_class);
    vitrine_window_actions_class_init(widget_class);
}

static void vitrine_window_init(VitrineWindow *self)
{
    VitrineDisplay *display;

    self->sidebar_wanted = TRUE;
    self->own_windows = g_ptr_array_new();
    gtk_widget_init_template(GTK_WIDGET(self));
    display = vitrine_guest_page_get_display(self->guest_page);
    vitrine_guest_page_add_actions(self->guest_page, G_ACTION_MAP(self));
    vitrine_monitor_button_set_display(self->monitor_button, display);
    g_signal_connect_object(display, "notify::n-monitors", G_CALLBACK(on_n_monitors), self,
                            G_CONNECT_SWAPPED);
    vitrine_window_follow_view(self, display);
    vitrine_window_follow_view(self, vitrine_guest_page_get_console(self->guest_page));
    g_signal_connect_object(self->guest_page, "notify::console", G_CALLBACK(on_console), self,
                            G_CONNECT_SWAPPED);
    vitrine_window_fullscreen_init(self);
}

/* Shows what @connection has, from now on. */
VitrineWindow *vitrine_window_new(GtkApplication *application, VitrineConnection *connection)
{
    VitrineWindow *self = g_object_new(VITRINE_TYPE_WINDOW, "application", application, NULL);
    GListModel *guests = G_LIST_MODEL(vitrine_connection_get_guests(connection));

    self->connection = g_object_ref(connection);
    g_signal_connect_object(guests, "items-changed", G_CALLBACK(on_guests_changed), self,
                            G_CONNECT_SWAPPED | G_CONNECT_AFTER);
    g_signal_connect_object(connection, "notify::state", G_CALLBACK(on_connection_state), self,
                            G_CONNECT_SWAPPED);
    vitrine_window_jobs_init(self);
    vitrine_window_usb_init(self);
    vitrine_window_room_init(self);
    vitrine_window_ending_init(self);
    vitrine_window_list_init(self);
    vitrine_window_search_init(self);
    on_connection_state(self);
    on_selected(self);
    vitrine_window_update_title(self);
    return self;
}

/* The selected guest, not referenced, or NULL. */
VitrineGuest *vitrine_window_get_guest(VitrineWindow *self)
{
    g_return_val_if_fail(VITRINE_IS_WINDOW(self), NULL);
    return self->guest;
}

VitrineGuestPage *vitrine_window_get_page(VitrineWindow *self)
{
    g_return_val_if_fail(VITRINE_IS_WINDOW(self), NULL);
    return self->guest_page;
}

/* Selects the guest of that name now, or when it appears. */
void vitrine_window_select(VitrineWindow *self, const char *guest_name)
{
    GListModel *model = G_LIST_MODEL(self->selection);

    vitrine_window_end_search(self);
    for (guint i = 0; i < g_list_model_get_n_items(model); i++) {
        g_autoptr(VitrineGuest) guest = g_list_model_get_item(model, i);

        if (g_str_equal(vitrine_guest_get_name(guest), guest_name)) {
            gtk_single_selection_set_selected(self->selection, i);
            return;
        }
    }
    g_free(self->awaited_guest);
    self->awaited_guest = g_strdup(guest_name);
}
