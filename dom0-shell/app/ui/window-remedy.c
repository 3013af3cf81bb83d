/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest that could not be started, or created, for want of memory: its page offers to shut down
 * others; for want of room on the disk: to delete something. That it was memory, or the disk, is
 * told by the numbers, and not by the words of what went wrong.
 */
#include "ui/window-private.h"

#include "model/memory-remedy.h"
#include "ui/memory-offers.h"

#define MAX_OFFERS 3

/* Bytes that @memory is more than what is free, or 0. */
static guint64 get_missing(VitrineWindow *self, guint64 memory)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);
    guint64 free_memory = manager ? vitrine_manager1_get_free_memory(manager) : G_MAXUINT64;

    return memory > free_memory ? memory - free_memory : 0;
}

/* Bytes that the selected guest was to have, and did not start with; else 0. */
static guint64 get_wanted(VitrineWindow *self)
{
    if (!self->guest || vitrine_guest_get_state(self->guest) != VITRINE_GUEST_STATE_STOPPED ||
        !vitrine_guest_get_problem(self->guest))
        return 0;
    return vitrine_guest1_get_memory(vitrine_guest_get_proxy(self->guest));
}

/* Whether the guest that was ordered last needs room that the disk does not have. */
static gboolean lacks_room(VitrineWindow *self)
{
    VitrineManager1 *manager = vitrine_connection_get_manager(self->connection);

    return manager && (self->ordered_room > vitrine_manager1_get_free_disk(manager) ||
                       g_strcmp0(vitrine_manager1_get_disk_state(manager), "ok") != 0);
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

/* Offers for who lacks @missing bytes, in @box. */
static void show_offers(VitrineWindow *self, GtkWidget *box, guint64 missing)
{
    g_autoptr(GArray) users = list_users(self, missing);

    vitrine_memory_offers_show(box, (VitrineMemoryUser *)(void *)users->data,
                               missing ? MIN(users->len, MAX_OFFERS) : 0);
}

/* Brings the offers on the pages in line with what is. */
void vitrine_window_update_remedy(VitrineWindow *self)
{
    show_offers(self, vitrine_guest_page_get_offers(self->guest_page),
                get_missing(self, get_wanted(self)));
    show_offers(self, self->failed_offers, get_missing(self, self->ordered_memory));
    gtk_widget_set_visible(self->failed_room, lacks_room(self));
}
