/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of guests when the computer is switched off: a choice in the menu, kept by the
 * service. */
#include "ui/window-private.h"

#include "sentence.h"

#define ACTION "switched-off"
/* A person may have to type a password meanwhile. */
#define CALL_TIMEOUT_MS (5 * 60 * 1000)

/* The action has the service's word as its state: what could not be changed shows as it was. */
static void update(VitrineWindow *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);
    const char *how = manager ? vitrine_manager1_get_when_switched_off(manager) : NULL;
    GAction *action = g_action_map_lookup_action(G_ACTION_MAP(self), ACTION);

    g_simple_action_set_enabled(G_SIMPLE_ACTION(action), how != NULL);
    g_simple_action_set_state(G_SIMPLE_ACTION(action), g_variant_new_string(how ? how : ""));
}

static void on_chosen(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineWindow) self = data;
    g_autoptr(GError) error = NULL;

    if (vitrine_manager1_call_set_when_switched_off_finish(VITRINE_MANAGER1(source), result,
                                                           &error))
        return;
    sentence_localise_error(error);
    vitrine_window_toast(self, error->message);
}

static void on_change(VitrineWindow *self, GVariant *how)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);

    if (manager)
        vitrine_manager1_call_set_when_switched_off(
            manager, g_variant_get_string(how, NULL),
            G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, CALL_TIMEOUT_MS, NULL, on_chosen,
            g_object_ref(self));
}

/* The service may come and go, and its object with it. */
static void on_connection(VitrineWindow *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);

    if (manager && !g_signal_handler_find(manager, G_SIGNAL_MATCH_FUNC | G_SIGNAL_MATCH_DATA, 0, 0,
                                          NULL, update, self))
        g_signal_connect_object(manager, "notify::when-switched-off", G_CALLBACK(update), self,
                                G_CONNECT_SWAPPED);
    update(self);
}

void vitrine_window_ending_init(VitrineWindow *self)
{
    g_autoptr(GSimpleAction) action =
        g_simple_action_new_stateful(ACTION, G_VARIANT_TYPE_STRING, g_variant_new_string(""));

    g_signal_connect_object(action, "change-state", G_CALLBACK(on_change), self, G_CONNECT_SWAPPED);
    g_action_map_add_action(G_ACTION_MAP(self), G_ACTION(action));
    g_signal_connect_object(self->connection, "notify::state", G_CALLBACK(on_connection), self,
                            G_CONNECT_SWAPPED);
    on_connection(self);
}
