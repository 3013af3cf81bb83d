/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One guest in a window of its own: its page, and of what the main window can do what one wants
 * while looking at the guest. The guest stays the same for the life of the window. What the page
 * offers beyond that is done by the main window.
 */
#include "ui/guest-window.h"

#include "model/guest-sound.h"
#include "ui/color-dot.h"
#include "ui/monitor-button.h"
#include "ui/screenshot.h"
#include "ui/sound-button.h"

#include <glib/gi18n.h>

struct _VitrineGuestWindow {
    AdwApplicationWindow parent_instance;

    AdwToastOverlay *toasts;
    GtkWidget *header;
    AdwWindowTitle *title;
    GtkWidget *dot;
    GtkWidget *menu_button;
    VitrineMonitorButton *monitor_button;
    VitrineSoundButton *sound_button;
    VitrineGuestPage *page;

    VitrineGuest *guest;
};

G_DEFINE_FINAL_TYPE(VitrineGuestWindow, vitrine_guest_window, ADW_TYPE_APPLICATION_WINDOW)

static const struct {
    const char *action;
    VitrineOperation operation;
} operations[] = {
    {"win.start", VITRINE_OPERATION_START},
    {"win.shutdown", VITRINE_OPERATION_SHUTDOWN},
    {"win.pause", VITRINE_OPERATION_PAUSE},
    {"win.resume", VITRINE_OPERATION_UNPAUSE},
};

/* What a page may offer, and only the main window does. */
static const char *const remedies[] = {"win.force-off", "win.make-room", "win.start-disk"};

static const struct {
    const char *action;
    guint key;
    GdkModifierType modifiers;
} bindings[] = {
    {"win.send-ctrl-alt-del", GDK_KEY_End, GDK_CONTROL_MASK},
    {"win.screenshot", GDK_KEY_s, GDK_CONTROL_MASK | GDK_SHIFT_MASK},
    {"win.console", GDK_KEY_t, GDK_CONTROL_MASK | GDK_SHIFT_MASK},
    {"win.focus-screen", GDK_KEY_g, GDK_CONTROL_MASK},
    {"win.volume", GDK_KEY_l, GDK_CONTROL_MASK},
    {"win.each-monitor", GDK_KEY_o, GDK_CONTROL_MASK | GDK_SHIFT_MASK},
    {"win.fullscreen", GDK_KEY_F11, 0},
    {"win.cancel-job", GDK_KEY_Escape, 0},
    {"window.close", GDK_KEY_w, GDK_CONTROL_MASK},
    {"app.quit", GDK_KEY_q, GDK_CONTROL_MASK},
};

static void toast(VitrineGuestWindow *self, const char *text)
{
    g_autofree char *safe = g_markup_escape_text(text, -1);

    adw_toast_overlay_add_toast(self->toasts, adw_toast_new(safe));
}

/* After its guest, and the monitor if it shows only one. */
static char *dup_title(VitrineGuestWindow *self)
{
    const char *name = vitrine_guest_get_name(self->guest);
    guint monitor = vitrine_guest_page_get_monitor(self->page);

    /* Translators: a guest's name, and the number of one of its monitors. */
    return monitor ? g_strdup_printf(_("%s – Monitor %u"), name, monitor) : g_strdup(name);
}

static void update(VitrineGuestWindow *self)
{
    VitrineGuestState state = vitrine_guest_get_state(self->guest);
    VitrineJob *job = vitrine_guest_get_job(self->guest);
    gboolean has_display = vitrine_guest_get_has_display(self->guest);
    g_autofree char *title = dup_title(self);
    const char *subtitle = vitrine_guest_page_get_captured(self->page)
                               ? _("Ctrl+Alt gives the keyboard back")
                               : vitrine_guest_state_get_label(state);

    gtk_window_set_title(GTK_WINDOW(self), title);
    adw_window_title_set_title(self->title, title);
    adw_window_title_set_subtitle(self->title, subtitle);
    for (guint i = 0; i < G_N_ELEMENTS(operations); i++)
        gtk_widget_action_set_enabled(GTK_WIDGET(self), operations[i].action,
                                      vitrine_guest_allows(self->guest, operations[i].operation));
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "win.force-off",
                                  vitrine_guest_allows(self->guest, VITRINE_OPERATION_FORCE_OFF));
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "win.start-disk",
                                  vitrine_guest_has_installed(self->guest));
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "win.cancel-job", job != NULL);
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "win.send-ctrl-alt-del", has_display);
    gtk_widget_action_set_enabled(GTK_WIDGET(self), "win.screenshot", has_display);
    gtk_widget_action_set_enabled(
        GTK_WIDGET(self), "win.each-monitor",
        vitrine_display_get_n_monitors(vitrine_guest_page_get_display(self->page)) > 1);
}

static void on_monitors(VitrineGuestWindow *self)
{
    /* The page outlives what it was about. */
    if (self->guest)
        update(self);
}

static void on_operation_done(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineGuestWindow) self = data;
    g_autoptr(GError) error = NULL;

    if (!vitrine_guest_run_finish(VITRINE_GUEST(source), result, NULL, &error))
        toast(self, error->message);
}

static void on_microphone_set(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineGuestWindow) self = data;
    g_autoptr(GError) error = NULL;

    if (!vitrine_guest_sound_finish(VITRINE_GUEST(source), result, &error))
        toast(self, error->message);
}

static void operation_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineGuestWindow *self = VITRINE_GUEST_WINDOW(widget);

    for (guint i = 0; i < G_N_ELEMENTS(operations); i++) {
        if (g_str_equal(operations[i].action, name))
            vitrine_guest_run_async(self->guest, operations[i].operation, NULL, on_operation_done,
                                    g_object_ref(self));
    }
}

static void cancel_job_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineJob *job = vitrine_guest_get_job(VITRINE_GUEST_WINDOW(widget)->guest);

    if (job)
        vitrine_job_cancel(job);
}

static void take_microphone_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineGuestWindow *self = VITRINE_GUEST_WINDOW(widget);

    vitrine_guest_set_microphone_async(self->guest, VITRINE_MICROPHONE_OFF, on_microphone_set,
                                       g_object_ref(self));
}

static void grant_microphone_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineGuestWindow *self = VITRINE_GUEST_WINDOW(widget);

    vitrine_guest_set_microphone_async(self->guest, g_variant_get_string(parameter, NULL),
                                       on_microphone_set, g_object_ref(self));
}

static void send_ctrl_alt_del_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineGuestWindow *self = VITRINE_GUEST_WINDOW(widget);

    vitrine_display_send_ctrl_alt_del(vitrine_guest_page_get_display(self->page));
}

static void screenshot_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineGuestWindow *self = VITRINE_GUEST_WINDOW(widget);

    vitrine_screenshot_take(vitrine_guest_page_get_display(self->page), self->toasts);
}

static void console_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineGuestWindow *self = VITRINE_GUEST_WINDOW(widget);

    vitrine_guest_page_show_console(self->page, !vitrine_guest_page_shows_console(self->page));
    vitrine_guest_page_focus_guest(self->page);
}

static void focus_screen_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    vitrine_guest_page_focus_guest(VITRINE_GUEST_WINDOW(widget)->page);
}

static void volume_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    vitrine_sound_button_popup(VITRINE_GUEST_WINDOW(widget)->sound_button);
}

/* There are other windows then, which are the main window's business. */
static void each_monitor_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    g_signal_emit_by_name(widget, "each-monitor");
}

static void remedy_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    g_signal_emit_by_name(widget, "remedy", name);
}

static void fullscreen_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineGuestWindow *self = VITRINE_GUEST_WINDOW(widget);

    if (gtk_widget_get_visible(self->header))
        gtk_window_fullscreen(GTK_WINDOW(self));
    else
        gtk_window_unfullscreen(GTK_WINDOW(self));
}

/* Without its bar; the keyboard's way back is the way out of it too. */
static void on_fullscreened(VitrineGuestWindow *self)
{
    gboolean fullscreen = gtk_window_is_fullscreen(GTK_WINDOW(self));

    gtk_widget_set_visible(self->header, !fullscreen);
    if (!fullscreen)
        return;
    vitrine_guest_page_focus_guest(self->page);
    toast(self, _("Ctrl+Alt leaves full screen"));
}

static void on_leave(VitrineGuestWindow *self)
{
    if (gtk_window_is_fullscreen(GTK_WINDOW(self)))
        gtk_window_unfullscreen(GTK_WINDOW(self));
    gtk_window_set_focus(GTK_WINDOW(self), NULL);
    gtk_widget_grab_focus(self->menu_button);
}

static void follow_view(VitrineGuestWindow *self, gpointer view)
{
    g_signal_connect_object(view, "notify::captured", G_CALLBACK(update), self, G_CONNECT_SWAPPED);
    g_signal_connect_object(view, "leave", G_CALLBACK(on_leave), self, G_CONNECT_SWAPPED);
}

static void vitrine_guest_window_dispose(GObject *object)
{
    VitrineGuestWindow *self = VITRINE_GUEST_WINDOW(object);

    if (self->guest)
        g_signal_handlers_disconnect_by_data(self->guest, self);
    g_clear_object(&self->guest);
    G_OBJECT_CLASS(vitrine_guest_window_parent_class)->dispose(object);
}

static void install_actions(GtkWidgetClass *widget_class)
{
    static const struct {
        const char *name;
        GtkWidgetActionActivateFunc activate;
    } actions[] = {
        {"win.cancel-job", cancel_job_action},
        {"win.send-ctrl-alt-del", send_ctrl_alt_del_action},
        {"win.screenshot", screenshot_action},
        {"win.console", console_action},
        {"win.focus-screen", focus_screen_action},
        {"win.volume", volume_action},
        {"win.each-monitor", each_monitor_action},
        {"win.fullscreen", fullscreen_action},
    };
    static const guint zooms[][2] = {{GDK_KEY_0, 0}, {GDK_KEY_1, 100}, {GDK_KEY_2, 200}};

    for (guint i = 0; i < G_N_ELEMENTS(operations); i++)
        gtk_widget_class_install_action(widget_class, operations[i].action, NULL, operation_action);
    for (guint i = 0; i < G_N_ELEMENTS(actions); i++)
        gtk_widget_class_install_action(widget_class, actions[i].name, NULL, actions[i].activate);
    for (guint i = 0; i < G_N_ELEMENTS(remedies); i++)
        gtk_widget_class_install_action(widget_class, remedies[i], NULL, remedy_action);
    gtk_widget_class_install_action(widget_class, "win.take-microphone", "s",
                                    take_microphone_action);
    gtk_widget_class_install_action(widget_class, "win.grant-microphone", "s",
                                    grant_microphone_action);
    for (guint i = 0; i < G_N_ELEMENTS(bindings); i++)
        gtk_widget_class_add_binding_action(widget_class, bindings[i].key, bindings[i].modifiers,
                                            bindings[i].action, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(zooms); i++)
        gtk_widget_class_add_binding_action(widget_class, zooms[i][0], GDK_CONTROL_MASK, "win.zoom",
                                            "u", zooms[i][1]);
}

static void vitrine_guest_window_class_init(VitrineGuestWindowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = vitrine_guest_window_dispose;

    /* The person wants a window for each of the guest's monitors. */
    g_signal_new("each-monitor", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                 G_TYPE_NONE, 0);

    /* The person wants what the main window does by the action of that name. */
    g_signal_new("remedy", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                 G_TYPE_NONE, 1, G_TYPE_STRING);

    g_type_ensure(VITRINE_TYPE_COLOR_DOT);
    g_type_ensure(VITRINE_TYPE_GUEST_PAGE);
    g_type_ensure(VITRINE_TYPE_MONITOR_BUTTON);
    g_type_ensure(VITRINE_TYPE_SOUND_BUTTON);
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/vitrine/Shell/ui/guest-window.ui");
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestWindow, toasts);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestWindow, header);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestWindow, title);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestWindow, dot);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestWindow, menu_button);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestWindow, page);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestWindow, monitor_button);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestWindow, sound_button);
    gtk_widget_class_bind_template_callback(widget_class, toast);
    install_actions(widget_class);
}

static void vitrine_guest_window_init(VitrineGuestWindow *self)
{
    VitrineDisplay *display;

    gtk_widget_init_template(GTK_WIDGET(self));
    display = vitrine_guest_page_get_display(self->page);
    vitrine_guest_page_add_actions(self->page, G_ACTION_MAP(self));
    vitrine_monitor_button_set_display(self->monitor_button, display);
    follow_view(self, display);
    follow_view(self, vitrine_guest_page_get_console(self->page));
    g_signal_connect(self, "notify::fullscreened", G_CALLBACK(on_fullscreened), NULL);
}

/* Shows @guest, which is kept: the monitor of that number, from 1, or, with 0, all of it. */
VitrineGuestWindow *vitrine_guest_window_new(GtkApplication *application, VitrineGuest *guest,
                                             guint monitor)
{
    VitrineGuestWindow *self =
        g_object_new(VITRINE_TYPE_GUEST_WINDOW, "application", application, NULL);

    self->guest = g_object_ref(guest);
    g_object_bind_property(guest, "color", self->dot, "color", G_BINDING_SYNC_CREATE);
    g_signal_connect_swapped(guest, "notify::name", G_CALLBACK(update), self);
    g_signal_connect_swapped(guest, "notify::state", G_CALLBACK(update), self);
    g_signal_connect_swapped(guest, "notify::has-display", G_CALLBACK(update), self);
    g_signal_connect_swapped(guest, "notify::job", G_CALLBACK(update), self);
    vitrine_guest_page_set_guest(self->page, guest);
    vitrine_guest_page_set_monitor(self->page, monitor);
    g_signal_connect_swapped(self->page, "notify::monitor", G_CALLBACK(on_monitors), self);
    g_signal_connect_swapped(vitrine_guest_page_get_display(self->page), "notify::n-monitors",
                             G_CALLBACK(on_monitors), self);
    vitrine_sound_button_set_guest(self->sound_button, guest);
    update(self);
    return self;
}

/* Not referenced. */
VitrineGuest *vitrine_guest_window_get_guest(VitrineGuestWindow *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST_WINDOW(self), NULL);
    return self->guest;
}

VitrineGuestPage *vitrine_guest_window_get_page(VitrineGuestWindow *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST_WINDOW(self), NULL);
    return self->page;
}
