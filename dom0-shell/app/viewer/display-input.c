/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keyboard and pointer of the display widget. Nothing is grabbed: while the widget has the focus
 * every key is the guest's, the compositor's own shortcuts too where it lets us, and Control and
 * Alt pressed and let go together give the keyboard back.
 */
#include "viewer/display-private.h"
#include "viewer/keymap.h"

#include <linux/input-event-codes.h>

static void send_key(VitrineDisplay *self, gboolean down, const VitrineHeldKey *key)
{
    if (self->session)
        vitrine_session_send_key(self->session, down, key->keysym,
                                 vitrine_keymap_to_xt(key->keycode));
}

static void send_pointer(VitrineDisplay *self, guint extra_buttons)
{
    if (self->session && self->pointer_x >= 0)
        vitrine_session_send_pointer(self->session, self->buttons | extra_buttons, self->pointer_x,
                                     self->pointer_y);
}

/* Lets go, for the guest, of all that is still held down. */
void vitrine_display_input_release(VitrineDisplay *self)
{
    VitrineHeldKey key;

    vitrine_display_touch_release(self);
    while (vitrine_keyboard_take(&self->keyboard, &key))
        send_key(self, FALSE, &key);
    if (self->buttons) {
        self->buttons = 0;
        send_pointer(self, 0);
    }
}

/* Forgets where the pointer was: a new display server does not know. */
void vitrine_display_input_reset(VitrineDisplay *self)
{
    self->pointer_x = self->pointer_y = -1;
    self->scroll_x = self->scroll_y = 0;
}

static GdkToplevel *get_toplevel(VitrineDisplay *self)
{
    GtkNative *native = gtk_widget_get_native(GTK_WIDGET(self));
    GdkSurface *surface = native ? gtk_native_get_surface(native) : NULL;

    return GDK_IS_TOPLEVEL(surface) ? GDK_TOPLEVEL(surface) : NULL;
}

/* The keyboard is the guest's while the widget has the focus of an active window. */
static void update_captured(VitrineDisplay *self)
{
    GdkToplevel *toplevel = get_toplevel(self);
    gboolean captured = gtk_widget_has_focus(GTK_WIDGET(self)) && self->window &&
                        gtk_window_is_active(self->window);

    if (captured == self->captured)
        return;
    self->captured = captured;
    if (!captured)
        vitrine_display_input_release(self);
    if (toplevel && captured)
        gdk_toplevel_inhibit_system_shortcuts(toplevel, NULL);
    else if (toplevel)
        gdk_toplevel_restore_system_shortcuts(toplevel);
    vitrine_display_notify_captured(self);
}

static gboolean on_key_pressed(GtkEventControllerKey *controller, guint keyval, guint keycode,
                               GdkModifierType state, VitrineDisplay *self)
{
    VitrineHeldKey key = {keycode, keyval};

    if (!self->session)
        return GDK_EVENT_PROPAGATE;
    if (vitrine_keyboard_press(&self->keyboard, keycode, keyval))
        send_key(self, TRUE, &key);
    return GDK_EVENT_STOP;
}

static void on_key_released(GtkEventControllerKey *controller, guint keyval, guint keycode,
                            GdkModifierType state, VitrineDisplay *self)
{
    VitrineHeldKey key;
    gboolean leave;

    if (!vitrine_keyboard_release(&self->keyboard, keycode, &key, &leave))
        return;
    send_key(self, FALSE, &key);
    if (leave)
        g_signal_emit_by_name(self, "leave");
}

/* The pixel of the guest's screen at a point of the widget; there must be a view. */
void vitrine_display_input_locate(VitrineDisplay *self, double x, double y, int *ret_x, int *ret_y)
{
    int scale = gtk_widget_get_scale_factor(GTK_WIDGET(self));

    vitrine_viewport_to_guest(&self->viewport, x * scale, y * scale, ret_x, ret_y);
    *ret_x += self->area.x;
    *ret_y += self->area.y;
}

/* The guest's pointer is at that pixel of its screen, with these buttons down. */
void vitrine_display_input_point(VitrineDisplay *self, int x, int y, guint buttons)
{
    self->pointer_x = x;
    self->pointer_y = y;
    self->buttons = buttons;
    send_pointer(self, 0);
}

static void on_motion(GtkEventControllerMotion *controller, double x, double y,
                      VitrineDisplay *self)
{
    int guest_x, guest_y;

    /* GTK tells of a mouse that rests, too: that does not take what a finger drags. */
    if (!self->view || self->pointing)
        return;
    vitrine_display_input_locate(self, x, y, &guest_x, &guest_y);
    if (guest_x == self->pointer_x && guest_y == self->pointer_y)
        return;
    vitrine_display_input_point(self, guest_x, guest_y, self->buttons);
}

static void on_enter(GtkEventControllerMotion *controller, double x, double y, VitrineDisplay *self)
{
    on_motion(controller, x, y, self);
}

/* GDK numbers the wheel's old buttons 4 to 7 too, so the ones beyond a mouse's three start at 8. */
static guint button_bit(guint button)
{
    static const guint bits[] = {
        [1] = VITRINE_BUTTON_LEFT, [2] = VITRINE_BUTTON_MIDDLE,  [3] = VITRINE_BUTTON_RIGHT,
        [8] = VITRINE_BUTTON_BACK, [9] = VITRINE_BUTTON_FORWARD,
    };

    return button < G_N_ELEMENTS(bits) ? bits[button] : 0;
}

/*
 * Buttons come from the bare events: a click gesture follows only one button at a time, and a guest
 * must see them all.
 */
static gboolean on_event(GtkEventControllerLegacy *controller, GdkEvent *event,
                         VitrineDisplay *self)
{
    switch (gdk_event_get_event_type(event)) {
    case GDK_BUTTON_PRESS:
        gtk_widget_grab_focus(GTK_WIDGET(self));
        self->buttons |= button_bit(gdk_button_event_get_button(event));
        break;
    case GDK_BUTTON_RELEASE:
        self->buttons &= ~button_bit(gdk_button_event_get_button(event));
        break;
    default:
        return GDK_EVENT_PROPAGATE;
    }
    send_pointer(self, 0);
    return GDK_EVENT_STOP;
}

/* Sends the whole clicks in *@amount and keeps the rest for the next time. */
static void scroll_axis(VitrineDisplay *self, double *amount, guint back, guint forth)
{
    /* More than a hand turns at once is a broken device. */
    int clicks = CLAMP((int)*amount, -32, 32);

    *amount -= (int)*amount;
    for (int i = 0; i < ABS(clicks); i++) {
        send_pointer(self, clicks < 0 ? back : forth);
        send_pointer(self, 0);
    }
}

static gboolean on_scroll(GtkEventControllerScroll *controller, double dx, double dy,
                          VitrineDisplay *self)
{
    self->scroll_x += dx;
    self->scroll_y += dy;
    scroll_axis(self, &self->scroll_x, VITRINE_WHEEL_LEFT, VITRINE_WHEEL_RIGHT);
    scroll_axis(self, &self->scroll_y, VITRINE_WHEEL_UP, VITRINE_WHEEL_DOWN);
    return GDK_EVENT_STOP;
}

static void add_key_controller(VitrineDisplay *self)
{
    GtkEventController *controller = gtk_event_controller_key_new();

    g_signal_connect(controller, "key-pressed", G_CALLBACK(on_key_pressed), self);
    g_signal_connect(controller, "key-released", G_CALLBACK(on_key_released), self);
    gtk_widget_add_controller(GTK_WIDGET(self), controller);
}

static void add_pointer_controllers(VitrineDisplay *self)
{
    GtkEventController *motion = gtk_event_controller_motion_new();
    GtkEventController *buttons = gtk_event_controller_legacy_new();
    GtkEventController *wheel =
        gtk_event_controller_scroll_new(GTK_EVENT_CONTROLLER_SCROLL_BOTH_AXES);

    g_signal_connect(motion, "enter", G_CALLBACK(on_enter), self);
    g_signal_connect(motion, "motion", G_CALLBACK(on_motion), self);
    g_signal_connect(buttons, "event", G_CALLBACK(on_event), self);
    g_signal_connect(wheel, "scroll", G_CALLBACK(on_scroll), self);
    gtk_widget_add_controller(GTK_WIDGET(self), motion);
    gtk_widget_add_controller(GTK_WIDGET(self), buttons);
    gtk_widget_add_controller(GTK_WIDGET(self), wheel);
}

/* Sets the controllers up, once for the life of the widget. */
void vitrine_display_input_init(VitrineDisplay *self)
{
    add_key_controller(self);
    add_pointer_controllers(self);
    vitrine_display_touch_init(self);
    g_signal_connect(self, "notify::has-focus", G_CALLBACK(update_captured), NULL);
}

/* There is a window now: follow whether it has the keyboard. */
void vitrine_display_input_realize(VitrineDisplay *self)
{
    GtkRoot *root = gtk_widget_get_root(GTK_WIDGET(self));

    if (!GTK_IS_WINDOW(root))
        return;
    self->window = GTK_WINDOW(root);
    g_signal_connect_object(self->window, "notify::is-active", G_CALLBACK(update_captured), self,
                            G_CONNECT_SWAPPED);
    update_captured(self);
}

void vitrine_display_input_unrealize(VitrineDisplay *self)
{
    if (!self->window)
        return;
    g_signal_handlers_disconnect_by_func(self->window, update_captured, self);
    self->window = NULL;
    update_captured(self);
}

/* Ctrl+Alt+Del, which no desktop lets through, however hard one presses it. */
void vitrine_display_send_ctrl_alt_del(VitrineDisplay *self)
{
    static const VitrineHeldKey keys[] = {
        {KEY_LEFTCTRL + 8, GDK_KEY_Control_L},
        {KEY_LEFTALT + 8, GDK_KEY_Alt_L},
        {KEY_DELETE + 8, GDK_KEY_Delete},
    };

    g_return_if_fail(VITRINE_IS_DISPLAY(self));

    for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
        send_key(self, TRUE, &keys[i]);
    for (guint i = G_N_ELEMENTS(keys); i > 0; i--)
        send_key(self, FALSE, &keys[i - 1]);
}
