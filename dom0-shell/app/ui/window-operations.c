/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked of the selected guest itself: to start, to stop, to go; after a question where it
 * can't be undone. */
#include "ui/window-private.h"

#include "ui/ask.h"

#include <glib/gi18n.h>

/* The call that is on its way: which guest, which operation. */
typedef struct {
    VitrineWindow *window;
    VitrineOperation operation;
} Call;

static const struct {
    const char *action;
    VitrineOperation operation;
} operation_actions[] = {
    {"win.start", VITRINE_OPERATION_START},
    {"win.shutdown", VITRINE_OPERATION_SHUTDOWN},
    {"win.reboot", VITRINE_OPERATION_REBOOT},
    {"win.force-off", VITRINE_OPERATION_FORCE_OFF},
    {"win.delete", VITRINE_OPERATION_DELETE},
    {"win.pause", VITRINE_OPERATION_PAUSE},
    {"win.resume", VITRINE_OPERATION_UNPAUSE},
    {"win.save", VITRINE_OPERATION_SAVE},
    {"win.discard-saved", VITRINE_OPERATION_DISCARD_SAVED},
};

static void on_operation_done(GObject *source, GAsyncResult *result, gpointer data)
{
    Call *call = data;
    VitrineGuest *guest = VITRINE_GUEST(source);
    g_autoptr(GError) error = NULL;

    if (!vitrine_guest_run_finish(guest, result, NULL, &error))
        vitrine_window_toast_failure(call->window, vitrine_operation_get_failure(call->operation),
                                     vitrine_guest_get_name(guest), error->message);
    g_object_unref(call->window);
    g_free(call);
}

static void run(VitrineWindow *self, VitrineGuest *guest, VitrineOperation operation)
{
    Call *call = g_new0(Call, 1);

    call->window = g_object_ref(self);
    call->operation = operation;
    if (operation == VITRINE_OPERATION_START || operation == VITRINE_OPERATION_UNPAUSE) {
        g_free(self->focus_guest);
        self->focus_guest = g_strdup(vitrine_guest_get_name(guest));
    }
    vitrine_guest_run_async(guest, operation, NULL, on_operation_done, call);
}

static void on_confirmed(AdwMessageDialog *dialog, const char *response, VitrineWindow *self)
{
    VitrineGuest *guest = g_object_get_data(G_OBJECT(dialog), "guest");
    VitrineOperation operation = GPOINTER_TO_UINT(g_object_get_data(G_OBJECT(dialog), "operation"));

    if (g_str_equal(response, "confirm"))
        run(self, guest, operation);
}

/* Asks first. @heading has one %s for the guest's name; Enter means no. */
static void run_confirmed(VitrineWindow *self, VitrineOperation operation, const char *heading,
                          const char *body, const char *label)
{
    g_autofree char *text = g_strdup_printf(heading, vitrine_guest_get_name(self->guest));
    AdwMessageDialog *dialog = vitrine_ask_new(GTK_WINDOW(self), text, body, "confirm", label);

    g_object_set_data_full(G_OBJECT(dialog), "guest", g_object_ref(self->guest), g_object_unref);
    g_object_set_data(G_OBJECT(dialog), "operation", GUINT_TO_POINTER(operation));
    g_signal_connect_object(dialog, "response", G_CALLBACK(on_confirmed), self, 0);
    gtk_window_present(GTK_WINDOW(dialog));
}

static void operation_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineWindow *self = VITRINE_WINDOW(widget);

    if (!self->guest)
        return;
    for (guint i = 0; i < G_N_ELEMENTS(operation_actions); i++) {
        if (g_str_equal(operation_actions[i].action, name))
            run(self, self->guest, operation_actions[i].operation);
    }
}

static void delete_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineWindow *self = VITRINE_WINDOW(widget);

    if (self->guest)
        run_confirmed(
            self, VITRINE_OPERATION_DELETE, _("Delete “%s”?"),
            _("Its disk and all that is on it, its snapshots and its settings are removed for "
              "good."),
            _("_Delete"));
}

static void force_off_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineWindow *self = VITRINE_WINDOW(widget);

    if (self->guest)
        run_confirmed(self, VITRINE_OPERATION_FORCE_OFF, _("Force “%s” off?"),
                      _("This is like pulling the plug: what is not saved in the guest is lost."),
                      _("_Force Off"));
}

static void discard_saved_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineWindow *self = VITRINE_WINDOW(widget);

    if (self->guest)
        run_confirmed(self, VITRINE_OPERATION_DISCARD_SAVED, _("Discard what was saved of “%s”?"),
                      _("This is like pulling the plug: what was open in the guest when it was "
                        "saved is lost. Its disk stays."),
                      _("_Discard"));
}

/* From an offer to make room. */
static void shutdown_other_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
    VitrineWindow *self = VITRINE_WINDOW(widget);
    VitrineGuest *guest = vitrine_guest_list_find(vitrine_connection_get_guests(self->connection),
                                                  g_variant_get_string(parameter, NULL));

    if (guest)
        run(self, guest, VITRINE_OPERATION_SHUTDOWN);
}

/* Declares the actions. */
void vitrine_window_operations_class_init(GtkWidgetClass *widget_class)
{
    static const struct {
        const char *name;
        GtkWidgetActionActivateFunc activate;
    } actions[] = {
        {"win.start", operation_action},
        {"win.shutdown", operation_action},
        {"win.reboot", operation_action},
        {"win.pause", operation_action},
        {"win.resume", operation_action},
        {"win.save", operation_action},
        {"win.discard-saved", discard_saved_action},
        {"win.force-off", force_off_action},
        {"win.delete", delete_action},
    };

    for (guint i = 0; i < G_N_ELEMENTS(actions); i++)
        gtk_widget_class_install_action(widget_class, actions[i].name, NULL, actions[i].activate);
    gtk_widget_class_install_action(widget_class, "win.shutdown-other", "s", shutdown_other_action);
}

/* Enables those that the selected guest allows now; none if @guest is NULL. */
void vitrine_window_update_operations(VitrineWindow *self, VitrineGuest *guest)
{
    for (guint i = 0; i < G_N_ELEMENTS(operation_actions); i++)
        gtk_widget_action_set_enabled(
            GTK_WIDGET(self), operation_actions[i].action,
            guest && vitrine_guest_allows(guest, operation_actions[i].operation));
}
