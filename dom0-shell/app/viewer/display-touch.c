/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fingers on the display widget. Each is a contact on the guest's touch screen, from when it comes
 * down to when it goes up or the widget loses the keyboard. In a guest without such a screen, or
 * seen by a protocol that knows none, the first finger is the pointer with its left button.
 */
#include "viewer/display-private.h"

static VitrineFinger *find_finger(VitrineDisplay *self, gconstpointer sequence)
{
    for (guint i = 0; i < self->n_fingers; i++) {
        if (self->fingers[i].sequence == sequence)
            return &self->fingers[i];
    }
    return NULL;
}

static void touch_down(VitrineDisplay *self, gconstpointer sequence, int x, int y)
{
    VitrineSession *session = self->session;
    guint contact;

    if (self->n_fingers == VITRINE_DISPLAY_MAX_FINGERS || find_finger(self, sequence) ||
        !vitrine_session_touch_down(session, x, y, &contact))
        return;
    /* It may have ended by that. */
    if (session == self->session)
        self->fingers[self->n_fingers++] = (VitrineFinger){sequence, contact};
}

static void touch_move(VitrineDisplay *self, gconstpointer sequence, int x, int y)
{
    VitrineFinger *finger = find_finger(self, sequence);

    if (finger)
        vitrine_session_touch_move(self->session, finger->contact, x, y);
}

static void touch_up(VitrineDisplay *self, gconstpointer sequence)
{
    VitrineFinger *finger = find_finger(self, sequence);
    guint contact;

    if (!finger)
        return;
    contact = finger->contact;
    *finger = self->fingers[--self->n_fingers];
    if (self->session)
        vitrine_session_touch_up(self->session, contact);
}

static void point(VitrineDisplay *self, VitrineTouchPhase phase, int x, int y)
{
    guint others = self->buttons & ~VITRINE_BUTTON_LEFT;

    /* Where it is lifted is where it was last. */
    if (phase == VITRINE_TOUCH_UP)
        vitrine_display_input_point(self, self->pointer_x, self->pointer_y, others);
    else
        vitrine_display_input_point(self, x, y, others | VITRINE_BUTTON_LEFT);
}

/* Whether the finger is the pointer. */
static gboolean takes_pointer(VitrineDisplay *self, gconstpointer sequence, VitrineTouchPhase phase)
{
    if (phase == VITRINE_TOUCH_DOWN && !self->pointing && self->n_fingers == 0 &&
        vitrine_session_get_n_contacts(self->session) == 0)
        self->pointing = sequence;
    return self->pointing == sequence;
}

/* What the finger that GDK calls @sequence does at that point of the widget. */
void vitrine_display_touch(VitrineDisplay *self, gconstpointer sequence, VitrineTouchPhase phase,
                           double x, double y)
{
    int guest_x, guest_y;

    if (!self->session || !self->view)
        return;
    vitrine_display_input_locate(self, x, y, &guest_x, &guest_y);
    if (phase == VITRINE_TOUCH_DOWN)
        gtk_widget_grab_focus(GTK_WIDGET(self));
    if (takes_pointer(self, sequence, phase)) {
        if (phase == VITRINE_TOUCH_UP)
            self->pointing = NULL;
        point(self, phase, guest_x, guest_y);
    } else if (phase == VITRINE_TOUCH_DOWN) {
        touch_down(self, sequence, guest_x, guest_y);
    } else if (phase == VITRINE_TOUCH_MOTION) {
        touch_move(self, sequence, guest_x, guest_y);
    } else {
        touch_up(self, sequence);
    }
}

/* Lifts, for the guest, all fingers; what they do from then on is nothing to it. */
void vitrine_display_touch_release(VitrineDisplay *self)
{
    while (self->n_fingers > 0)
        touch_up(self, self->fingers[0].sequence);
    if (!self->pointing)
        return;
    self->pointing = NULL;
    if (self->session)
        point(self, VITRINE_TOUCH_UP, 0, 0);
}

static gboolean get_phase(GdkEvent *event, VitrineTouchPhase *ret_phase)
{
    switch (gdk_event_get_event_type(event)) {
    case GDK_TOUCH_BEGIN:
        *ret_phase = VITRINE_TOUCH_DOWN;
        return TRUE;
    case GDK_TOUCH_UPDATE:
        *ret_phase = VITRINE_TOUCH_MOTION;
        return TRUE;
    case GDK_TOUCH_END:
    case GDK_TOUCH_CANCEL:
        *ret_phase = VITRINE_TOUCH_UP;
        return TRUE;
    default:
        return FALSE;
    }
}

/* Where an event, which is told in its surface, is in the widget. */
static void locate_event(VitrineDisplay *self, GdkEvent *event, double *ret_x, double *ret_y)
{
    GtkNative *native = gtk_widget_get_native(GTK_WIDGET(self));
    double x = 0, y = 0, inset_x, inset_y;

    gdk_event_get_position(event, &x, &y);
    gtk_native_get_surface_transform(native, &inset_x, &inset_y);
    gtk_widget_translate_coordinates(GTK_WIDGET(native), GTK_WIDGET(self), x - inset_x, y - inset_y,
                                     ret_x, ret_y);
}

/* From the bare events, as no gesture follows all fingers. */
static gboolean on_event(GtkEventControllerLegacy *controller, GdkEvent *event,
                         VitrineDisplay *self)
{
    VitrineTouchPhase phase;
    double x, y;

    if (!get_phase(event, &phase))
        return GDK_EVENT_PROPAGATE;
    locate_event(self, event, &x, &y);
    vitrine_display_touch(self, gdk_event_get_event_sequence(event), phase, x, y);
    return GDK_EVENT_STOP;
}

/* Sets the controller up, once for the life of the widget. */
void vitrine_display_touch_init(VitrineDisplay *self)
{
    GtkEventController *controller = gtk_event_controller_legacy_new();

    g_signal_connect(controller, "event", G_CALLBACK(on_event), self);
    gtk_widget_add_controller(GTK_WIDGET(self), controller);
    /* Fingers on what is not to be seen any more are told to nobody. */
    g_signal_connect(self, "unmap", G_CALLBACK(vitrine_display_touch_release), NULL);
}
