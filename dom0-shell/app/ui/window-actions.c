/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything the main window can be told to do, as actions with a key each. The keys are bindings
 * of the window's class and not accelerators of the application, because those would be taken
 * before the guest's screen sees the key.
 */
#include "ui/window-private.h"

#include "ui/new-guest-dialog.h"
#include "ui/screenshot.h"
#include "ui/settings-dialog.h"

static const struct {
    const char *action;
    guint key;
    GdkModifierType modifiers;
} bindings[] = {
    {"win.new", GDK_KEY_n, GDK_CONTROL_MASK},
    {"win.start", GDK_KEY_Return, GDK_CONTROL_MASK},
    {"win.shutdown", GDK_KEY_d, GDK_CONTROL_MASK},
    {"win.reboot", GDK_KEY_r, GDK_CONTROL_MASK},
    {"win.force-off", GDK_KEY_d, GDK_CONTROL_MASK | GDK_SHIFT_MASK},
    {"win.pause", GDK_KEY_p, GDK_CONTROL_MASK},
    {"win.resume", GDK_KEY_p, GDK_CONTROL_MASK | GDK_SHIFT_MASK},
    {"win.save", GDK_KEY_s, GDK_CONTROL_MASK},
    {"win.settings", GDK_KEY_comma, GDK_CONTROL_MASK},
    {"win.delete", GDK_KEY_Delete, GDK_CONTROL_MASK},
    {"win.send-ctrl-alt-del", GDK_KEY_End, GDK_CONTROL_MASK},
    {"win.screenshot", GDK_KEY_s, GDK_CONTROL_MASK | GDK_SHIFT_MASK},
    {"win.console", GDK_KEY_t, GDK_CONTROL_MASK | GDK_SHIFT_MASK},
    {"win.focus-screen", GDK_KEY_g, GDK_CONTROL_MASK},
    {"win.usb", GDK_KEY_u, GDK_CONTROL_MASK},
    {"win.own-window", GDK_KEY_o, GDK_CONTROL_MASK},
    {"win.each-monitor", GDK_KEY_o, GDK_CONTROL_MASK | GDK_SHIFT_MASK},
    {"win.find", GDK_KEY_f, GDK_CONTROL_MASK},
    {"win.mute", GDK_KEY_m, GDK_CONTROL_MASK},
    {"win.volume", GDK_KEY_l, GDK_CONTROL_MASK},
    {"win.fullscreen", GDK_KEY_F11, 0},
    {"win.show-sidebar", GDK_KEY_F9, 0},
    {"win.cancel-job", GDK_KEY_Escape, 0},
    {"win.retry", GDK_KEY_F5, 0},
    {"win.show-shortcuts", GDK_KEY_question, GDK_CONTROL_MASK},
    {"win.show-shortcuts", GDK_KEY_question, GDK_CONTROL_MASK | GDK_SHIFT_MASK},
    {"app.quit", GDK_KEY_q, GDK_CONTROL_MASK},
    {"window.close", GDK_KEY_w, GDK_CONTROL_MASK},
};

/* What other files of the window do, by the action that it is done for. */
static const struct {
    const char *action;
    void (*act)(VitrineWindow *self);
} plain_actions[] = {
    {"win.start-disk", vitrine_window_start_disk},
    {"win.insert-iso", vitrine_window_insert_iso},
    {"win.eject-iso", vitrine_window_eject_iso},
    {"win.disks", vitrine_window_show_disks},
    {"win.snapshots", vitrine_window_show_snapshots},
    {"win.duplicate", vitrine_window_duplicate},
    {"win.make-template", vitrine_window_make_template},
    {"win.own-window", vitrine_window_open_own},
    {"win.each-monitor", vitrine_window_open_each},
    {"win.show-here", vitrine_window_close_own},
    {"win.make-room", vitrine_window_make_room},
    {"win.find", vitrine_window_search},
    {"win.usb", vitrine_window_show_usb},
    {"win.new-template", vitrine_window_new_template},
    {"win.templates", vitrine_window_show_templates},
};

static void plain_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    for (guint i = 0; i < G_N_ELEMENTS(plain_actions); i++) {
        if (g_str_equal(plain_actions[i].action, name))
            plain_actions[i].act(VITRINE_WINDOW(widget));
    }
}

static void on_created(VitrineWindow *self, const char *name, guint64 memory, guint64 room)
{
    g_free(self->focus_guest);
    self->focus_guest = g_strdup(name);
    g_free(self->ordered_guest);
    self->ordered_guest = g_strdup(name);
    self->ordered_memory = memory;
    self->ordered_room = room;
    if (g_strcmp0(gtk_stack_get_visible_child_name(self->content), "failed") == 0)
        gtk_stack_set_visible_child_name(self->content, self->guest ? "guest" : "nothing");
    vitrine_window_select(self, name);
}

static void new_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineWindow *self = VITRINE_WINDOW(widget);
    VitrineNewGuestDialog *dialog =
        vitrine_new_guest_dialog_new(GTK_WINDOW(self), self->connection);

    g_signal_connect_object(dialog, "created", G_CALLBACK(on_created), self, G_CONNECT_SWAPPED);
    gtk_window_present(GTK_WINDOW(dialog));
}

static void on_settings_failed(VitrineSettingsDialog *dialog, const char *sentence,
                               VitrineWindow *self)
{
    vitrine_window_toast(self, sentence);
}

static void settings_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineWindow *self = VITRINE_WINDOW(widget);
    VitrineSettingsDialog *dialog;

    if (!self->guest)
        return;
    dialog = vitrine_settings_dialog_new(GTK_WINDOW(self), self->connection, self->guest);
    g_signal_connect_object(dialog, "failed", G_CALLBACK(on_settings_failed), self, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}

static void cancel_job_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineWindow *self = VITRINE_WINDOW(widget);
    VitrineJob *job = self->guest ? vitrine_guest_get_job(self->guest) : NULL;

    if (job)
        vitrine_job_cancel(job);
}

static void retry_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    vitrine_connection_retry(VITRINE_WINDOW(widget)->connection);
}

static void fullscreen_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineWindow *self = VITRINE_WINDOW(widget);

    vitrine_window_set_fullscreen(self, !self->fullscreen);
}

static void show_sidebar_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineWindow *self = VITRINE_WINDOW(widget);

    self->sidebar_wanted = !self->sidebar_wanted;
    adw_flap_set_reveal_flap(self->flap, self->sidebar_wanted);
}

static void send_ctrl_alt_del_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineWindow *self = VITRINE_WINDOW(widget);

    vitrine_display_send_ctrl_alt_del(vitrine_guest_page_get_display(self->guest_page));
}

static void screenshot_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineWindow *self = VITRINE_WINDOW(widget);

    vitrine_screenshot_take(vitrine_guest_page_get_display(self->guest_page), self->toasts);
}

static void focus_screen_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    vitrine_guest_page_focus_guest(VITRINE_WINDOW(widget)->guest_page);
}

static void volume_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    vitrine_sound_button_popup(VITRINE_WINDOW(widget)->sound_button);
}

static void take_microphone_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    vitrine_window_take_microphone(VITRINE_WINDOW(widget), g_variant_get_string(parameter, NULL));
}

static void grant_microphone_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    vitrine_window_set_microphone(VITRINE_WINDOW(widget), g_variant_get_string(parameter, NULL));
}

static void usb_give_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    const char *key, *guest;

    g_variant_get(parameter, "(&s&s)", &key, &guest);
    vitrine_window_give_usb(VITRINE_WINDOW(widget), key, guest);
}

static void usb_keep_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    vitrine_window_keep_usb(VITRINE_WINDOW(widget), g_variant_get_string(parameter, NULL));
}

static void dismiss_failure_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineWindow *self = VITRINE_WINDOW(widget);

    gtk_stack_set_visible_child_name(self->content, self->guest ? "guest" : "nothing");
    vitrine_window_update_pages(self);
}

static void show_shortcuts_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    g_autoptr(GtkBuilder) builder =
        gtk_builder_new_from_resource("/org/vitrine/Shell/ui/shortcuts.ui");
    GtkWindow *shortcuts = GTK_WINDOW(gtk_builder_get_object(builder, "shortcuts"));

    gtk_window_set_transient_for(shortcuts, GTK_WINDOW(widget));
    gtk_window_present(shortcuts);
}

/* Declares the actions and their keys. */
void vitrine_window_actions_class_init(GtkWidgetClass *widget_class)
{
    static const struct {
        const char *name;
        GtkWidgetActionActivateFunc activate;
    } actions[] = {
        {"win.new", new_action},
        {"win.settings", settings_action},
        {"win.cancel-job", cancel_job_action},
        {"win.retry", retry_action},
        {"win.fullscreen", fullscreen_action},
        {"win.show-sidebar", show_sidebar_action},
        {"win.send-ctrl-alt-del", send_ctrl_alt_del_action},
        {"win.screenshot", screenshot_action},
        {"win.focus-screen", focus_screen_action},
        {"win.dismiss-failure", dismiss_failure_action},
        {"win.volume", volume_action},
        {"win.show-shortcuts", show_shortcuts_action},
    };

    for (guint i = 0; i < G_N_ELEMENTS(actions); i++)
        gtk_widget_class_install_action(widget_class, actions[i].name, NULL, actions[i].activate);
    for (guint i = 0; i < G_N_ELEMENTS(plain_actions); i++)
        gtk_widget_class_install_action(widget_class, plain_actions[i].action, NULL, plain_action);
    vitrine_window_operations_class_init(widget_class);
    gtk_widget_class_install_action(widget_class, "win.usb-give", "(ss)", usb_give_action);
    gtk_widget_class_install_action(widget_class, "win.usb-keep", "s", usb_keep_action);
    gtk_widget_class_install_action(widget_class, "win.take-microphone", "s",
                                    take_microphone_action);
    gtk_widget_class_install_action(widget_class, "win.grant-microphone", "s",
                                    grant_microphone_action);
    /* From all guests, at one stroke. */
    gtk_widget_class_add_binding_action(widget_class, GDK_KEY_m, GDK_CONTROL_MASK | GDK_SHIFT_MASK,
                                        "win.take-microphone", "s", "");
    gtk_widget_class_add_binding_action(widget_class, GDK_KEY_0, GDK_CONTROL_MASK, "win.zoom", "u",
                                        0);
    gtk_widget_class_add_binding_action(widget_class, GDK_KEY_1, GDK_CONTROL_MASK, "win.zoom", "u",
                                        100);
    gtk_widget_class_add_binding_action(widget_class, GDK_KEY_2, GDK_CONTROL_MASK, "win.zoom", "u",
                                        200);
    /* What is asked for by these shows what it is now. */
    gtk_widget_class_install_property_action(widget_class, "win.microphone", "microphone");
    gtk_widget_class_install_property_action(widget_class, "win.mute", "muted");
    gtk_widget_class_install_property_action(widget_class, "win.console", "console");
    for (guint i = 0; i < G_N_ELEMENTS(bindings); i++)
        gtk_widget_class_add_binding_action(widget_class, bindings[i].key, bindings[i].modifiers,
                                            bindings[i].action, NULL);
}
