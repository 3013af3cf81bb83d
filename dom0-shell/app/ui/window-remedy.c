/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that could not be started for want of memory: its page offers to shut down others. That
 * it was memory is told by the numbers, and not by the words of what went wrong.
 */
#include "ui/window-private.h"

#include "model/memory-remedy.h"

#define MAX_OFFERS 3

/* Bytes that the selected guest lacks, or 0. */
static guint64 get_missing(VitrineWindow *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);
    guint64 memory, free_memory;

    if (!manager || !self->guest ||
        vitrine_guest_get_state(self->guest) != VITRINE_GUEST_STATE_STOPPED ||
        !vitrine_guest_get_problem(self->guest))
        return 0;
    memory = vitrine_guest1_get_memory(vitrine_guest_get_proxy(self->guest));
    free_memory = vitrine_manager1_get_free_memory(manager);
    return memory > free_memory ? memory - free_memory : 0;
}

/* The guests that can be shut down, the best first. */
static GArray *list_users(VitrineWindow *self, guint64 missing)
{
    GListModel *guests = G_LIST_MODEL(vitrine_connection_get_guests(self->connection));
    GArray *users = g_array_new(FALSE, FALSE, sizeof(VitrineMemoryUser));

    for (guint i = 0; i < g_list_model_get_n_items(guests); i++) {
        g_autoptr(VitrineGuest) guest = g_list_model_get_item(guests, i);
        VitrineMemoryUser user = {
            vitrine_guest_get_name(guest),
            vitrine_guest1_get_memory_used(vitrine_guest_get_proxy(guest)),
        };

        if (vitrine_guest_state_allows(vitrine_guest_get_state(guest), VITRINE_OPERATION_SHUTDOWN))
            g_array_append_val(users, user);
    }
    vitrine_memory_remedy_sort((VitrineMemoryUser *)(void *)users->data, users->len, missing);
    return users;
}

/* Brings the offers on the page in line with what is. */
void vitrine_window_update_remedy(VitrineWindow *self)
{
    guint64 missing = get_missing(self);
    g_autoptr(GArray) users = list_users(self, missing);

    vitrine_guest_page_set_offers(self->guest_page, (VitrineMemoryUser *)(void *)users->data,
                                  missing ? MIN(users->len, MAX_OFFERS) : 0);
}
