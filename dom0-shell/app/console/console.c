/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The widget that shows a guest's text console in a terminal. It is opened when it is first looked
 * at, for what is read here no other program gets to read, and stays open until another guest is
 * shown. The terminal draws what the guest says, and answers when asked what it is; it sets no
 * title and no clipboard, and follows no links.
 */
#include "console/console.h"

#include "console/console-link.h"
#include "viewer/keyboard.h"

#include <glib/gi18n.h>
#include <vte/vte.h>

#define SCROLLBACK_LINES 5000
/* What a guest that has gone may have switched on: another screen and character set, colours,
 * margins, reports of the mouse and of pastes. */
#define CALM "\033[!p\033[?1049l\033[?1000;1002;1003;1004;1006;2004l\017\033(B\033[0m"

struct _VitrineConsole {
    GtkWidget parent_instance;

    GtkWidget *scroller;
    VteTerminal *terminal;
    VitrineConsoleLink *link; /* NULL without a guest */
    VitrineKeyboard keyboard;
    char *notice; /* the last one shown, until the guest says something */
    gboolean captured;
};

enum {
    PROP_0,
    PROP_CAPTURED,
    PROP_CONNECTED,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_FINAL_TYPE(VitrineConsole, vitrine_console, GTK_TYPE_WIDGET)

static void show_text(VitrineConsole *self, const char *text)
{
    vte_terminal_feed(self->terminal, text, (gssize)strlen(text));
}

/* A sentence of ours on a line of its own, once. */
static void on_notice(VitrineConsole *self, const char *sentence)
{
    g_autofree char *line = NULL;
    long column;

    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_CONNECTED]);
    if (g_strcmp0(self->notice, sentence) == 0)
        return;
    g_free(self->notice);
    self->notice = g_strdup(sentence);
    vte_terminal_get_cursor_position(self->terminal, &column, NULL);
    line = g_strdup_printf(CALM "%s\033[7m %s \033[0m\r\n", column > 0 ? "\r\n" : "", sentence);
    show_text(self, line);
}

static void on_opened(VitrineConsole *self, const char *history)
{
    g_clear_pointer(&self->notice, g_free);
    show_text(self, CALM);
    show_text(self, history);
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_CONNECTED]);
}

static void on_received(VitrineConsole *self, const char *bytes, guint length)
{
    g_clear_pointer(&self->notice, g_free);
    vte_terminal_feed(self->terminal, bytes, length);
}

static void on_commit(VteTerminal *terminal, const char *text, guint length, VitrineConsole *self)
{
    VitrineConsoleStream *stream = self->link ? vitrine_console_link_get_stream(self->link) : NULL;

    if (!stream || !vitrine_console_stream_send(stream, text, length))
        gtk_widget_error_bell(GTK_WIDGET(self));
}

/* Nobody is to be told to press keys that do nothing. */
static void update_captured(VitrineConsole *self)
{
    gboolean captured = gtk_widget_has_focus(GTK_WIDGET(self->terminal));

    if (captured == self->captured)
        return;
    self->captured = captured;
    if (!captured)
        self->keyboard = (VitrineKeyboard){0};
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_CAPTURED]);
}

static gboolean copy(GtkWidget *widget, GVariant *arguments, gpointer data)
{
    vte_terminal_copy_clipboard_format(VITRINE_CONSOLE(widget)->terminal, VTE_FORMAT_TEXT);
    return TRUE;
}

static gboolean paste(GtkWidget *widget, GVariant *arguments, gpointer data)
{
    vte_terminal_paste_clipboard(VITRINE_CONSOLE(widget)->terminal);
    return TRUE;
}

/* The terminal's keys that are not the guest's. The window's come after the terminal has had them,
 * and so do not come at all, but for the one that leads away from here. */
static GtkEventController *make_shortcuts(void)
{
    static const struct {
        const char *keys;
        GtkShortcutFunc run;
    } functions[] = {
        {"<Control><Shift>c", copy},
        {"<Control><Shift>v", paste},
    };
    GtkEventController *controller = gtk_shortcut_controller_new();
    GtkShortcutController *shortcuts = GTK_SHORTCUT_CONTROLLER(controller);

    gtk_event_controller_set_propagation_phase(controller, GTK_PHASE_CAPTURE);
    for (guint i = 0; i < G_N_ELEMENTS(functions); i++)
        gtk_shortcut_controller_add_shortcut(
            shortcuts, gtk_shortcut_new(gtk_shortcut_trigger_parse_string(functions[i].keys),
                                        gtk_callback_action_new(functions[i].run, NULL, NULL)));
    gtk_shortcut_controller_add_shortcut(
        shortcuts, gtk_shortcut_new(gtk_shortcut_trigger_parse_string("<Control><Shift>t"),
                                    gtk_named_action_new("win.console")));
    return controller;
}

static gboolean on_key_pressed(GtkEventControllerKey *controller, guint keyval, guint keycode,
                               GdkModifierType state, VitrineConsole *self)
{
    vitrine_keyboard_press(&self->keyboard, keycode, keyval);
    return GDK_EVENT_PROPAGATE;
}

static void on_key_released(GtkEventControllerKey *controller, guint keyval, guint keycode,
                            GdkModifierType state, VitrineConsole *self)
{
    VitrineHeldKey key;
    gboolean leave;

    if (vitrine_keyboard_release(&self->keyboard, keycode, &key, &leave) && leave)
        g_signal_emit_by_name(self, "leave");
}

static void add_controllers(VitrineConsole *self)
{
    GtkEventController *keys = gtk_event_controller_key_new();

    gtk_event_controller_set_propagation_phase(keys, GTK_PHASE_CAPTURE);
    g_signal_connect(keys, "key-pressed", G_CALLBACK(on_key_pressed), self);
    g_signal_connect(keys, "key-released", G_CALLBACK(on_key_released), self);
    gtk_widget_add_controller(GTK_WIDGET(self), keys);
    gtk_widget_add_controller(GTK_WIDGET(self), make_shortcuts());
}

static void vitrine_console_map(GtkWidget *widget)
{
    VitrineConsole *self = VITRINE_CONSOLE(widget);

    GTK_WIDGET_CLASS(vitrine_console_parent_class)->map(widget);
    if (self->link)
        vitrine_console_link_start(self->link);
}

/* A terminal that is out of sight must not go on swallowing what is typed. */
static void vitrine_console_unmap(GtkWidget *widget)
{
    if (gtk_widget_is_focus(GTK_WIDGET(VITRINE_CONSOLE(widget)->terminal)))
        gtk_root_set_focus(gtk_widget_get_root(widget), NULL);
    GTK_WIDGET_CLASS(vitrine_console_parent_class)->unmap(widget);
}

static gboolean vitrine_console_grab_focus(GtkWidget *widget)
{
    return gtk_widget_grab_focus(GTK_WIDGET(VITRINE_CONSOLE(widget)->terminal));
}

static void vitrine_console_get_property(GObject *object, guint id, GValue *value,
                                         GParamSpec *pspec)
{
    VitrineConsole *self = VITRINE_CONSOLE(object);

    switch (id) {
    case PROP_CAPTURED:
        g_value_set_boolean(value, self->captured);
        break;
    case PROP_CONNECTED:
        g_value_set_boolean(value, vitrine_console_get_connected(self));
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID(object, id, pspec);
    }
}

static void vitrine_console_dispose(GObject *object)
{
    VitrineConsole *self = VITRINE_CONSOLE(object);

    if (self->scroller)
        vitrine_console_set_guest(self, NULL);
    g_clear_pointer(&self->scroller, gtk_widget_unparent);
    g_clear_pointer(&self->notice, g_free);
    G_OBJECT_CLASS(vitrine_console_parent_class)->dispose(object);
}

static void vitrine_console_class_init(VitrineConsoleClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS(klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

    object_class->dispose = vitrine_console_dispose;
    object_class->get_property = vitrine_console_get_property;
    widget_class->map = vitrine_console_map;
    widget_class->unmap = vitrine_console_unmap;
    widget_class->grab_focus = vitrine_console_grab_focus;

    properties[PROP_CAPTURED] = g_param_spec_boolean("captured", NULL, NULL, FALSE,
                                                     G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    properties[PROP_CONNECTED] = g_param_spec_boolean("connected", NULL, NULL, FALSE,
                                                      G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties(object_class, N_PROPS, properties);

    /* The person asked for the keyboard back: the focus should go elsewhere. */
    g_signal_new("leave", G_TYPE_FROM_CLASS(klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                 G_TYPE_NONE, 0);

    gtk_widget_class_set_css_name(widget_class, "console");
    gtk_widget_class_set_layout_manager_type(widget_class, GTK_TYPE_BIN_LAYOUT);
    gtk_widget_class_set_accessible_role(widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void set_up_terminal(VitrineConsole *self)
{
    static const GdkRGBA foreground = {0.87f, 0.87f, 0.85f, 1},
                         background = {0.12f, 0.12f, 0.12f, 1};

    self->terminal = VTE_TERMINAL(vte_terminal_new());
    vte_terminal_set_scrollback_lines(self->terminal, SCROLLBACK_LINES);
    vte_terminal_set_scroll_on_keystroke(self->terminal, TRUE);
    vte_terminal_set_scroll_on_output(self->terminal, FALSE);
    vte_terminal_set_mouse_autohide(self->terminal, TRUE);
    vte_terminal_set_cursor_blink_mode(self->terminal, VTE_CURSOR_BLINK_OFF);
    vte_terminal_set_colors(self->terminal, &foreground, &background, NULL, 0);
    /* What a guest should not be able to do: noise, and links that are opened here. */
    vte_terminal_set_audible_bell(self->terminal, FALSE);
    vte_terminal_set_allow_hyperlink(self->terminal, FALSE);
    gtk_accessible_update_property(GTK_ACCESSIBLE(self->terminal), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Text console of the guest"), -1);
    g_signal_connect(self->terminal, "commit", G_CALLBACK(on_commit), self);
    g_signal_connect_swapped(self->terminal, "notify::has-focus", G_CALLBACK(update_captured),
                             self);
}

static void vitrine_console_init(VitrineConsole *self)
{
    set_up_terminal(self);
    self->scroller = gtk_scrolled_window_new();
    gtk_scrolled_window_set_policy(GTK_SCROLLED_WINDOW(self->scroller), GTK_POLICY_NEVER,
                                   GTK_POLICY_ALWAYS);
    gtk_scrolled_window_set_child(GTK_SCROLLED_WINDOW(self->scroller), GTK_WIDGET(self->terminal));
    gtk_widget_set_parent(self->scroller, GTK_WIDGET(self));
    gtk_accessible_update_property(GTK_ACCESSIBLE(self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   _("Text console of the guest"), -1);
    add_controllers(self);
}

/* Shows the console of @guest from now on, whenever it runs; NULL for nobody's. */
void vitrine_console_set_guest(VitrineConsole *self, VitrineGuest *guest)
{
    g_return_if_fail(VITRINE_IS_CONSOLE(self));

    if (self->link) {
        g_signal_handlers_disconnect_by_data(self->link, self);
        vitrine_console_link_close(self->link);
        g_clear_object(&self->link);
    }
    g_clear_pointer(&self->notice, g_free);
    vte_terminal_reset(self->terminal, TRUE, TRUE);
    vte_terminal_unselect_all(self->terminal);
    if (guest) {
        self->link = vitrine_console_link_new(guest);
        g_signal_connect_swapped(self->link, "opened", G_CALLBACK(on_opened), self);
        g_signal_connect_swapped(self->link, "received", G_CALLBACK(on_received), self);
        g_signal_connect_swapped(self->link, "notice", G_CALLBACK(on_notice), self);
        if (gtk_widget_get_mapped(GTK_WIDGET(self)))
            vitrine_console_link_start(self->link);
    }
    g_object_notify_by_pspec(G_OBJECT(self), properties[PROP_CONNECTED]);
}

/* Whether the keyboard goes to the guest's console. */
gboolean vitrine_console_get_captured(VitrineConsole *self)
{
    g_return_val_if_fail(VITRINE_IS_CONSOLE(self), FALSE);
    return self->captured;
}

/* Whether what is typed gets to the guest. */
gboolean vitrine_console_get_connected(VitrineConsole *self)
{
    g_return_val_if_fail(VITRINE_IS_CONSOLE(self), FALSE);
    return self->link && vitrine_console_link_get_stream(self->link);
}
