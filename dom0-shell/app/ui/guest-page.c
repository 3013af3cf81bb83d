/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page of the selected guest: its screen while it has one, else a face with what can be done;
 * or its text console. */
#include "ui/guest-page-private.h"

#include "model/preferences.h"

#include <glib/gi18n.h>

enum {
    PROP_0,
    PROP_CONSOLE,
    PROP_ZOOM,
    PROP_MONITOR,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE(VitrineGuestPage, vitrine_guest_page, GTK_TYPE_WIDGET)

static void update_display_note(VitrineGuestPage *self)
{
    VitrineDisplay *display = VITRINE_DISPLAY(self->display);
    const char *problem = vitrine_display_get_problem(display);
    g_autofree char *text = NULL;

    gtk_widget_set_visible(self->display_note, !vitrine_display_get_connected(display));
    if (vitrine_display_is_dark(display))
        text = g_strdup(_("The guest does not use this monitor."));
    else if (problem)
        text = g_strdup_printf(_("%s Trying again…"), problem);
    else
        text = g_strdup(_("Connecting to the screen…"));
    gtk_label_set_text(GTK_LABEL(self->display_note), text);
}

/* One window at a time has a guest's screen and its console. */
static void set_views(VitrineGuestPage *self)
{
    VitrineGuest *guest = self->elsewhere ? NULL : self->guest;

    vitrine_display_set_guest(VITRINE_DISPLAY(self->display), guest);
    vitrine_console_set_guest(VITRINE_CONSOLE(self->console), guest);
}

static guint get_zoom(VitrineGuestPage *self)
{
    return self->guest ? vitrine_preferences_get_zoom(vitrine_guest_get_name(self->guest)) : 0;
}

/* What does not fit can be reached by scroll bars. */
static void update_zoom(VitrineGuestPage *self)
{
    guint zoom = get_zoom(self);
    GtkPolicyType policy = zoom ? GTK_POLICY_AUTOMATIC : GTK_POLICY_NEVER;

    gtk_scrolled_window_set_policy(self->scroller, policy, policy);
    vitrine_display_set_zoom(VITRINE_DISPLAY(self->display), zoom);
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_ZOOM]);
}

static void on_job_notify(VitrineGuestPage *self)
{
    vitrine_guest_page_set_job(self, vitrine_guest_get_job(self->guest));
}

static void vitrine_guest_page_dispose(GObject *object)
{
    VitrineGuestPage *self = VITRINE_GUEST_PAGE(object);

    if (self->stack)
        vitrine_guest_page_set_guest(self, NULL);
    self->stack = NULL;
    g_clear_pointer(&self->box, gtk_widget_unparent);
    G_OBJECT_CLASS(vitrine_guest_page_parent_class)->dispose(object);
}

static void vitrine_guest_page_get_property(GObject *object, guint id, GValue *value,
                                            GParamSpec *pspec)
{
    if (id == PROP_CONSOLE)
        g_value_set_boolean(value, vitrine_guest_page_shows_console(VITRINE_GUEST_PAGE(object)));
    else if (id == PROP_ZOOM)
        g_value_set_uint(value, get_zoom(VITRINE_GUEST_PAGE(object)));
    else if (id == PROP_MONITOR)
        g_value_set_uint(value, vitrine_guest_page_get_monitor(VITRINE_GUEST_PAGE(object)));
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
}

static void vitrine_guest_page_set_property(GObject *object, guint id, const GValue *value,
                                            GParamSpec *pspec)
{
    VitrineGuestPage *self = VITRINE_GUEST_PAGE(object);

    if (id == PROP_MONITOR)
        vitrine_guest_page_set_monitor(self, g_value_get_uint(value));
    else if (id != PROP_ZOOM)
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    else if (self->guest)
        vitrine_preferences_set_zoom(vitrine_guest_get_name(self->guest), g_value_get_uint(value));
}

static void on_monitor(VitrineGuestPage *self)
{
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_MONITOR]);
}

static void on_shown(VitrineGuestPage *self)
{
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_CONSOLE]);
}

static void vitrine_guest_page_class_init(VitrineGuestPageClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = vitrine_guest_page_dispose;
    G_OBJECT_CLASS(klass)->get_property = vitrine_guest_page_get_property;
    G_OBJECT_CLASS(klass)->set_property = vitrine_guest_page_set_property;

    /* Whether it shows the text console. */
    properties[PROP_CONSOLE] = g_param_spec_boolean("console", NULL, NULL, FALSE,
                                                    G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    /* How large the guest's screen is, in percent; 0: as there is room. Remembered by its name. */
    properties[PROP_ZOOM] =
        g_param_spec_uint("zoom", NULL, NULL, 0, G_MAXUINT, 0,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
    /* Which of the guest's monitors is shown alone, from 1; 0: all. Until another guest is shown.
     */
    properties[PROP_MONITOR] =
        g_param_spec_uint("monitor", NULL, NULL, 0, G_MAXUINT, 0,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);
    g_object_class_install_properties(G_OBJECT_CLASS(klass), N_PROPS, properties);

    g_type_ensure(VITRINE_TYPE_CONSOLE);
    g_type_ensure(VITRINE_TYPE_DISPLAY);
    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/vitrine/Shell/ui/guest-page.ui");
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, box);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, microphone_banner);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, microphone_label);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, microphone_button);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, asking_banner);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, asking_label);
    gtk_widget_class_bind_template_callback_full(widget_class, "on_not_now",
                                                 G_CALLBACK(vitrine_guest_page_dismiss_asking));
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, stack);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, scroller);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, display);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, display_note);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, console);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, status);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, progress);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, phase);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, tail);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, action_button);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, other_button);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, offers);
    gtk_widget_class_bind_template_child(widget_class, VitrineGuestPage, cancel_button);
}

static void vitrine_guest_page_init(VitrineGuestPage *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
    g_signal_connect_swapped(self->display, "notify::connected", G_CALLBACK(update_display_note),
                             self);
    g_signal_connect_swapped(self->display, "notify::monitor", G_CALLBACK(on_monitor), self);
    g_signal_connect_swapped(self->stack, "notify::visible-child", G_CALLBACK(on_shown), self);
    if (vitrine_preferences_get())
        g_signal_connect_object(vitrine_preferences_get(), "changed::zoom", G_CALLBACK(update_zoom),
                                self, G_CONNECT_SWAPPED);
}

/* Shows @guest from now on, in whatever state it is and comes to; NULL for none. */
void vitrine_guest_page_set_guest(VitrineGuestPage *self, VitrineGuest *guest)
{
    g_return_if_fail(VITRINE_IS_GUEST_PAGE(self));

    if (self->guest == guest)
        return;
    if (self->guest)
        g_signal_handlers_disconnect_by_data(self->guest, self);
    g_set_object(&self->guest, guest);
    vitrine_guest_page_set_job(self, guest ? vitrine_guest_get_job(guest) : NULL);
    self->choice = CHOICE_NONE;
    vitrine_guest_page_forget_tail(self);
    vitrine_display_set_monitor(VITRINE_DISPLAY(self->display), 0);
    /* Turned to first: a console that is in sight would be opened. */
    if (guest)
        vitrine_guest_page_update_face(self);
    set_views(self);
    update_zoom(self);
    if (!guest) {
        gtk_stack_set_visible_child_name(GTK_STACK(self->stack), "status");
        gtk_widget_set_visible(self->microphone_banner, FALSE);
        gtk_widget_set_visible(self->asking_banner, FALSE);
        return;
    }
    g_signal_connect_swapped(guest, "notify::job", G_CALLBACK(on_job_notify), self);
    g_signal_connect_swapped(guest, "notify::state", G_CALLBACK(vitrine_guest_page_update_face),
                             self);
    g_signal_connect_swapped(guest, "notify::has-display",
                             G_CALLBACK(vitrine_guest_page_update_face), self);
    g_signal_connect_swapped(guest, "notify::problem", G_CALLBACK(vitrine_guest_page_update_face),
                             self);
    g_signal_connect_swapped(guest, "notify::name", G_CALLBACK(vitrine_guest_page_update_face),
                             self);
    g_signal_connect_swapped(guest, "notify::installer-ended",
                             G_CALLBACK(vitrine_guest_page_update_face), self);
    g_signal_connect_swapped(guest, "notify::hears",
                             G_CALLBACK(vitrine_guest_page_update_microphone), self);
    g_signal_connect_swapped(guest, "notify::hearing-text",
                             G_CALLBACK(vitrine_guest_page_update_microphone), self);
    g_signal_connect_swapped(guest, "notify::asks", G_CALLBACK(vitrine_guest_page_update_asking),
                             self);
    vitrine_guest_page_update_microphone(self);
    vitrine_guest_page_update_asking(self);
    update_display_note(self);
}

/* Whether another window shows the guest, of now or the one that is set next. */
void vitrine_guest_page_set_elsewhere(VitrineGuestPage *self, gboolean elsewhere)
{
    g_return_if_fail(VITRINE_IS_GUEST_PAGE(self));

    if (self->elsewhere == elsewhere)
        return;
    self->elsewhere = elsewhere;
    set_views(self);
    if (self->guest)
        vitrine_guest_page_update_face(self);
}

/* Which of the guest's monitors is shown alone, from 1; 0: all of them. */
guint vitrine_guest_page_get_monitor(VitrineGuestPage *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST_PAGE(self), 0);
    return vitrine_display_get_monitor(VITRINE_DISPLAY(self->display));
}

/* The same; it stays until another guest is shown. */
void vitrine_guest_page_set_monitor(VitrineGuestPage *self, guint number)
{
    g_return_if_fail(VITRINE_IS_GUEST_PAGE(self));
    vitrine_display_set_monitor(VITRINE_DISPLAY(self->display), number);
}

/* Gives the page's window actions for how it shows the guest: "zoom" and "monitor". */
void vitrine_guest_page_add_actions(VitrineGuestPage *self, GActionMap *window)
{
    static const char *const names[] = {"zoom", "monitor"};

    g_return_if_fail(VITRINE_IS_GUEST_PAGE(self));

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GPropertyAction) action = g_property_action_new(names[i], self, names[i]);

        g_action_map_add_action(window, G_ACTION(action));
    }
}

VitrineDisplay *vitrine_guest_page_get_display(VitrineGuestPage *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST_PAGE(self), NULL);
    return VITRINE_DISPLAY(self->display);
}

VitrineConsole *vitrine_guest_page_get_console(VitrineGuestPage *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST_PAGE(self), NULL);
    return VITRINE_CONSOLE(self->console);
}

/* Shows the guest's text console, or its screen or face, until another guest is shown. */
void vitrine_guest_page_show_console(VitrineGuestPage *self, gboolean shown)
{
    g_return_if_fail(VITRINE_IS_GUEST_PAGE(self));

    if (!self->guest || shown == vitrine_guest_page_shows_console(self))
        return;
    self->choice = shown ? CHOICE_CONSOLE : CHOICE_SCREEN;
    vitrine_guest_page_update_face(self);
}

gboolean vitrine_guest_page_shows_console(VitrineGuestPage *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST_PAGE(self), FALSE);
    return gtk_stack_get_visible_child(GTK_STACK(self->stack)) == self->console;
}

/* Whether the keyboard goes to the guest. */
gboolean vitrine_guest_page_get_captured(VitrineGuestPage *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST_PAGE(self), FALSE);
    return vitrine_display_get_captured(VITRINE_DISPLAY(self->display)) ||
           vitrine_console_get_captured(VITRINE_CONSOLE(self->console));
}

/*
 * Hands the keyboard to the guest: to its console if that is shown, else to its screen. FALSE if
 * there is no picture of it (yet).
 */
gboolean vitrine_guest_page_focus_guest(VitrineGuestPage *self)
{
    g_return_val_if_fail(VITRINE_IS_GUEST_PAGE(self), FALSE);

    if (vitrine_guest_page_shows_console(self))
        return gtk_widget_get_mapped(self->console) && gtk_widget_grab_focus(self->console);
    return vitrine_display_get_connected(VITRINE_DISPLAY(self->display)) &&
           gtk_widget_get_mapped(self->display) && gtk_widget_grab_focus(self->display);
}
