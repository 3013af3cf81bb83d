/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How loud a guest is: a button with a slider and mute behind it. */
#include "ui/sound-button.h"

#include "model/guest-sound.h"

struct _VitrineSoundButton {
    AdwBin parent_instance;

    GtkMenuButton *volume_button;
    GtkAdjustment *adjustment;
    GtkToggleButton *mute;

    VitrineGuest *guest;
    gboolean is_showing; /* what changes now is not a person's doing */
    gboolean is_asking;  /* the service has not answered yet */
    guint asked;         /* percent that it was told then */
};

enum {
    REFUSED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE(VitrineSoundButton, vitrine_sound_button, ADW_TYPE_BIN)

static guint chosen(VitrineSoundButton *self)
{
    return (guint)(gtk_adjustment_get_value(self->adjustment) + 0.5);
}

/* A slider that a person moves stays where it is until the service has been told all. */
static void show(VitrineSoundButton *self)
{
    gtk_widget_set_visible(GTK_WIDGET(self), self->guest && vitrine_guest_has_sound(self->guest));
    if (!self->guest)
        return;
    self->is_showing = TRUE;
    if (!self->is_asking)
        gtk_adjustment_set_value(self->adjustment, vitrine_guest_get_volume(self->guest));
    gtk_toggle_button_set_active(self->mute, vitrine_guest_is_muted(self->guest));
    gtk_menu_button_set_icon_name(self->volume_button, vitrine_guest_get_volume_icon(self->guest));
    self->is_showing = FALSE;
}

static void ask(VitrineSoundButton *self);

static void on_asked(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineSoundButton) self = data;
    g_autoptr(GError) error = NULL;
    gboolean done = vitrine_guest_sound_finish(VITRINE_GUEST(source), result, &error);

    if (!done)
        g_signal_emit(self, signals[REFUSED], 0, error->message);
    if (VITRINE_GUEST(source) != self->guest)
        return;
    self->is_asking = FALSE;
    if (done && chosen(self) != self->asked)
        ask(self);
    else
        show(self);
}

/* One call at a time, however fast the slider moves. */
static void ask(VitrineSoundButton *self)
{
    self->is_asking = TRUE;
    self->asked = chosen(self);
    vitrine_guest_set_volume_async(self->guest, self->asked, on_asked, g_object_ref(self));
}

static void on_moved(VitrineSoundButton *self)
{
    if (self->guest && !self->is_showing && !self->is_asking)
        ask(self);
}

static void on_muted(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineSoundButton) self = data;
    g_autoptr(GError) error = NULL;

    if (!vitrine_guest_sound_finish(VITRINE_GUEST(source), result, &error))
        g_signal_emit(self, signals[REFUSED], 0, error->message);
    show(self);
}

static void on_mute_toggled(VitrineSoundButton *self)
{
    if (self->guest && !self->is_showing)
        vitrine_guest_set_muted_async(self->guest, gtk_toggle_button_get_active(self->mute),
                                      on_muted, g_object_ref(self));
}

static void vitrine_sound_button_dispose(GObject *object)
{
    VitrineSoundButton *self = VITRINE_SOUND_BUTTON(object);

    if (self->guest)
        g_signal_handlers_disconnect_by_data(self->guest, self);
    g_clear_object(&self->guest);
    G_OBJECT_CLASS(vitrine_sound_button_parent_class)->dispose(object);
}

static void vitrine_sound_button_class_init(VitrineSoundButtonClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    G_OBJECT_CLASS(klass)->dispose = vitrine_sound_button_dispose;

    /* The service refused; the sentence says why. */
    signals[REFUSED] = g_signal_new("refused", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);

    gtk_widget_class_set_template_from_resource(widget_class,
                                                "/org/vitrine/Shell/ui/sound-button.ui");
    gtk_widget_class_bind_template_child(widget_class, VitrineSoundButton, volume_button);
    gtk_widget_class_bind_template_child(widget_class, VitrineSoundButton, adjustment);
    gtk_widget_class_bind_template_child(widget_class, VitrineSoundButton, mute);
    gtk_widget_class_bind_template_callback(widget_class, on_moved);
    gtk_widget_class_bind_template_callback(widget_class, on_mute_toggled);
}

static void vitrine_sound_button_init(VitrineSoundButton *self)
{
    gtk_widget_init_template(GTK_WIDGET(self));
}

/* Without a guest, or if it has no sound, the button is not there. */
void vitrine_sound_button_set_guest(VitrineSoundButton *self, VitrineGuest *guest)
{
    g_return_if_fail(VITRINE_IS_SOUND_BUTTON(self));
    if (self->guest)
        g_signal_handlers_disconnect_by_data(self->guest, self);
    if (g_set_object(&self->guest, guest))
        self->is_asking = FALSE; /* what is on its way concerns another guest */
    if (guest) {
        g_signal_connect_swapped(guest, "notify::has-sound", G_CALLBACK(show), self);
        g_signal_connect_swapped(guest, "notify::volume", G_CALLBACK(show), self);
        g_signal_connect_swapped(guest, "notify::muted", G_CALLBACK(show), self);
    }
    show(self);
}

/* As if the button had been clicked: the keyboard is at the slider then. */
void vitrine_sound_button_popup(VitrineSoundButton *self)
{
    g_return_if_fail(VITRINE_IS_SOUND_BUTTON(self));
    if (gtk_widget_get_visible(GTK_WIDGET(self)))
        gtk_menu_button_popup(self->volume_button);
}
