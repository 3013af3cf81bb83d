/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A USB device in a list. Its menu is made when it is opened, so that it has the guests that run
 * then; what it does are actions of the row: "usb.give" with the guest's name (empty: this
 * computer), which is its state too, "usb.remember" with a scope, "usb.never", "usb.forget".
 */
#include "ui/usb-row.h"

#include "ui/menu-text.h"

#include <glib/gi18n.h>

struct _VitrineUsbRow {
    AdwActionRow parent_instance;

    GtkImage *icon;
    GtkMenuButton *button;
    GSimpleAction *give;

    VitrineUsbDevice *device;
    VitrineGuestList *guests;
    VitrineUsbSay say;
};

G_DEFINE_FINAL_TYPE(VitrineUsbRow, vitrine_usb_row, ADW_TYPE_ACTION_ROW)

static GtkWindow *get_window(VitrineUsbRow *self)
{
    return GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(self)));
}

static void on_give(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    VitrineUsbRow *self = VITRINE_USB_ROW(data);
    const char *guest = g_variant_get_string(parameter, NULL);

    if (!g_str_equal(guest, vitrine_usb_device_get_guest(self->device)))
        vitrine_usb_give(get_window(self), self->device, *guest ? guest : NULL, self->say);
}

static void on_remember(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    VitrineUsbRow *self = VITRINE_USB_ROW(data);

    vitrine_usb_remember(get_window(self), self->device, vitrine_usb_device_get_guest(self->device),
                         g_variant_get_string(parameter, NULL), self->say);
}

static void on_never(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    VitrineUsbRow *self = VITRINE_USB_ROW(data);

    vitrine_usb_remember(get_window(self), self->device, VITRINE_USB_NEVER, "device", self->say);
}

static void on_forget(GSimpleAction *action, GVariant *parameter, gpointer data)
{
    VitrineUsbRow *self = VITRINE_USB_ROW(data);

    vitrine_usb_remember(get_window(self), self->device, NULL, NULL, self->say);
}

/* "On this computer · storage, 16 GB", and each sentence there is on a line of its own. */
static char *dup_subtitle(VitrineUsbDevice *device)
{
    const char *remembered = vitrine_usb_device_get_remembered(device);
    const char *concern = vitrine_usb_device_get_concern(device);
    const char *problem = vitrine_usb_device_get_problem(device);
    g_autofree char *place = vitrine_usb_device_dup_place(device);
    GString *text = g_string_new(place);

    g_string_append_printf(text, " · %s", vitrine_usb_device_get_description(device));
    if (g_str_equal(remembered, VITRINE_USB_NEVER))
        g_string_append_printf(text, "\n%s", _("No guest gets it, and nobody is asked."));
    else if (*remembered)
        g_string_append_printf(text, _("\nGoes to “%s” by itself."), remembered);
    if (*concern)
        g_string_append_printf(text, "\n%s", concern);
    if (*problem)
        g_string_append_printf(text, "\n⚠ %s", problem);
    return g_string_free(text, FALSE);
}

static void update(VitrineUsbRow *self)
{
    VitrineUsbDevice *device = self->device;
    const char *name = vitrine_usb_device_get_name(device);
    const char *guest = vitrine_usb_device_get_guest(device);
    g_autofree char *subtitle = dup_subtitle(device);
    g_autofree char *spoken = g_strdup_printf(_("Who gets “%s”"), name);

    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(self), name);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(self), subtitle);
    gtk_image_set_from_icon_name(self->icon, vitrine_usb_device_get_icon(device));
    gtk_menu_button_set_label(self->button, *guest ? guest : _("This Computer"));
    gtk_widget_set_sensitive(GTK_WIDGET(self->button), !vitrine_usb_device_is_moving(device));
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   spoken, -1);
    g_simple_action_set_state(self->give, g_variant_new_string(guest));
}

static GMenuModel *build_give_section(VitrineUsbRow *self)
{
    const char *owner = vitrine_usb_device_get_guest(self->device);
    g_auto(GStrv) running = vitrine_guest_list_dup_running(self->guests);
    GMenu *menu = g_menu_new();

    vitrine_menu_append(menu, _("This Computer"), "usb.give", g_variant_new_string(""));
    for (char **name = running; *name; name++)
        vitrine_menu_append(menu, *name, "usb.give", g_variant_new_string(*name));
    if (*owner && !g_strv_contains((const char *const *)running, owner))
        vitrine_menu_append(menu, owner, "usb.give", g_variant_new_string(owner));
    return G_MENU_MODEL(menu);
}

static GMenuModel *build_remember_section(VitrineUsbRow *self)
{
    static const struct {
        const char *scope;
        const char *words; /* %s is the guest */
    } scopes[] = {
        {"device", N_("Give This Device to “%s” by Itself")},
        {"port", N_("Give What Is in This Port to “%s” by Itself")},
        {"kind", N_("Give All of This Kind to “%s” by Itself")},
    };
    const char *owner = vitrine_usb_device_get_guest(self->device);
    const char *remembered = vitrine_usb_device_get_remembered(self->device);
    GMenu *menu = g_menu_new();

    for (guint i = 0; *owner && i < G_N_ELEMENTS(scopes); i++) {
        g_autofree char *label = g_strdup_printf(_(scopes[i].words), owner);

        vitrine_menu_append(menu, label, "usb.remember", g_variant_new_string(scopes[i].scope));
    }
    if (!*owner && !g_str_equal(remembered, VITRINE_USB_NEVER))
        vitrine_menu_append(menu, _("Never Ask about This Device"), "usb.never", NULL);
    if (*remembered)
        vitrine_menu_append(menu, _("Forget What Was Chosen"), "usb.forget", NULL);
    return G_MENU_MODEL(menu);
}

static void build_menu(GtkMenuButton *button, gpointer data)
{
    VitrineUsbRow *self = VITRINE_USB_ROW(data);
    g_autoptr(GMenu) menu = g_menu_new();
    g_autoptr(GMenuModel) give = build_give_section(self);
    g_autoptr(GMenuModel) remember = build_remember_section(self);

    g_menu_append_section(menu, _("Give To"), give);
    g_menu_append_section(menu, _("Remember"), remember);
    gtk_menu_button_set_menu_model(button, G_MENU_MODEL(menu));
}

static void vitrine_usb_row_dispose(GObject *object)
{
    VitrineUsbRow *self = VITRINE_USB_ROW(object);

    g_clear_object(&self->device);
    g_clear_object(&self->guests);
    g_clear_object(&self->give);
    G_OBJECT_CLASS(vitrine_usb_row_parent_class)->dispose(object);
}

static void vitrine_usb_row_class_init(VitrineUsbRowClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_usb_row_dispose;
}

static void add_actions(VitrineUsbRow *self)
{
    static const GActionEntry entries[] = {
        {.name = "give", .activate = on_give, .parameter_type = "s", .state = "''"},
        {.name = "remember", .activate = on_remember, .parameter_type = "s"},
        {.name = "never", .activate = on_never},
        {.name = "forget", .activate = on_forget},
    };
    g_autoptr(GSimpleActionGroup) group = g_simple_action_group_new();

    g_action_map_add_action_entries(G_ACTION_MAP(group), entries, G_N_ELEMENTS(entries), self);
    self->give =
        g_object_ref(G_SIMPLE_ACTION(g_action_map_lookup_action(G_ACTION_MAP(group), "give")));
    gtk_widget_insert_action_group(GTK_WIDGET(self), "usb", G_ACTION_GROUP(group));
}

static void vitrine_usb_row_init(VitrineUsbRow *self)
{
    self->icon = GTK_IMAGE(gtk_image_new());
    self->button = GTK_MENU_BUTTON(gtk_menu_button_new());
    add_actions(self);
    gtk_widget_set_valign(GTK_WIDGET(self->button), GTK_ALIGN_CENTER);
    gtk_menu_button_set_always_show_arrow(self->button, TRUE);
    gtk_menu_button_set_create_popup_func(self->button, build_menu, self, NULL);
    /* What a device says of itself is no markup. */
    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(self), FALSE);
    adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(self), 0);
    adw_action_row_add_prefix(ADW_ACTION_ROW(self), GTK_WIDGET(self->icon));
    adw_action_row_add_suffix(ADW_ACTION_ROW(self), GTK_WIDGET(self->button));
    adw_action_row_set_activatable_widget(ADW_ACTION_ROW(self), GTK_WIDGET(self->button));
}

/* A row of @device, to be had by @guests; @say tells in the row's window what was refused. */
VitrineUsbRow *vitrine_usb_row_new(VitrineUsbDevice *device, VitrineGuestList *guests,
                                   VitrineUsbSay say)
{
    VitrineUsbRow *self = g_object_new(VITRINE_TYPE_USB_ROW, NULL);

    self->device = g_object_ref(device);
    self->guests = g_object_ref(guests);
    self->say = say;
    g_signal_connect_object(device, "changed", G_CALLBACK(update), self, G_CONNECT_SWAPPED);
    update(self);
    return self;
}
