/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guests that the service knows: a live list over the D-Bus object manager. */
#include "model/guest-list.h"

struct _VitrineGuestList {
    GObject parent_instance;

    GDBusObjectManager *manager;
    GPtrArray *guests; /* of VitrineGuest, in order of arrival */
};

static void vitrine_guest_list_model_init(GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(VitrineGuestList, vitrine_guest_list, G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(G_TYPE_LIST_MODEL,
                                                    vitrine_guest_list_model_init))

static GType vitrine_guest_list_get_item_type(GListModel *model)
{
    return VITRINE_TYPE_GUEST;
}

static guint vitrine_guest_list_get_n_items(GListModel *model)
{
    return VITRINE_GUEST_LIST(model)->guests->len;
}

static gpointer vitrine_guest_list_get_item(GListModel *model, guint position)
{
    VitrineGuestList *self = VITRINE_GUEST_LIST(model);

    return position < self->guests->len ? g_object_ref(self->guests->pdata[position]) : NULL;
}

static void vitrine_guest_list_model_init(GListModelInterface *iface)
{
    iface->get_item_type = vitrine_guest_list_get_item_type;
    iface->get_n_items = vitrine_guest_list_get_n_items;
    iface->get_item = vitrine_guest_list_get_item;
}

static void on_object_added(GDBusObjectManager *manager, GDBusObject *object, gpointer data)
{
    VitrineGuestList *self = VITRINE_GUEST_LIST(data);
    g_autoptr(VitrineGuest1) proxy = vitrine_object_get_guest1(VITRINE_OBJECT(object));

    if (!proxy)
        return;
    g_ptr_array_add(self->guests, vitrine_guest_new(proxy));
    g_list_model_items_changed(G_LIST_MODEL(self), self->guests->len - 1, 0, 1);
}

static void on_object_removed(GDBusObjectManager *manager, GDBusObject *object, gpointer data)
{
    VitrineGuestList *self = VITRINE_GUEST_LIST(data);
    const char *path = g_dbus_object_get_object_path(object);

    for (guint i = 0; i < self->guests->len; i++) {
        if (g_str_equal(vitrine_guest_get_path(self->guests->pdata[i]), path)) {
            g_ptr_array_remove_index(self->guests, i);
            g_list_model_items_changed(G_LIST_MODEL(self), i, 1, 0);
            return;
        }
    }
}

static void vitrine_guest_list_clear(VitrineGuestList *self)
{
    guint n_guests = self->guests->len;

    g_ptr_array_set_size(self->guests, 0);
    if (n_guests)
        g_list_model_items_changed(G_LIST_MODEL(self), 0, n_guests, 0);
}

static void vitrine_guest_list_dispose(GObject *object)
{
    VitrineGuestList *self = VITRINE_GUEST_LIST(object);

    if (self->manager)
        g_signal_handlers_disconnect_by_data(self->manager, self);
    g_clear_object(&self->manager);
    G_OBJECT_CLASS(vitrine_guest_list_parent_class)->dispose(object);
}

static void vitrine_guest_list_finalize(GObject *object)
{
    g_ptr_array_unref(VITRINE_GUEST_LIST(object)->guests);
    G_OBJECT_CLASS(vitrine_guest_list_parent_class)->finalize(object);
}

static void vitrine_guest_list_class_init(VitrineGuestListClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_guest_list_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_guest_list_finalize;
}

static void vitrine_guest_list_init(VitrineGuestList *self)
{
    self->guests = g_ptr_array_new_with_free_func(g_object_unref);
}

VitrineGuestList *vitrine_guest_list_new(void)
{
    return g_object_new(VITRINE_TYPE_GUEST_LIST, NULL);
}

/* Shows the guests of @manager from now on; with NULL (service lost) there are none. */
void vitrine_guest_list_set_manager(VitrineGuestList *self, GDBusObjectManager *manager)
{
    g_return_if_fail(VITRINE_IS_GUEST_LIST(self));

    if (self->manager)
        g_signal_handlers_disconnect_by_data(self->manager, self);
    vitrine_guest_list_clear(self);
    g_set_object(&self->manager, manager);
    if (!manager)
        return;

    g_signal_connect(manager, "object-added", G_CALLBACK(on_object_added), self);
    g_signal_connect(manager, "object-removed", G_CALLBACK(on_object_removed), self);
    g_autolist(GDBusObject) objects = g_dbus_object_manager_get_objects(manager);
    for (GList *l = objects; l; l = l->next)
        on_object_added(manager, l->data, self);
}

/* The guest called @name, not referenced, or NULL. */
VitrineGuest *vitrine_guest_list_find(VitrineGuestList *self, const char *name)
{
    g_return_val_if_fail(VITRINE_IS_GUEST_LIST(self), NULL);

    for (guint i = 0; i < self->guests->len; i++) {
        if (g_strcmp0(vitrine_guest_get_name(self->guests->pdata[i]), name) == 0)
            return self->guests->pdata[i];
    }
    return NULL;
}

static int compare_names(gconstpointer a, gconstpointer b)
{
    return g_utf8_collate(*(const char *const *)a, *(const char *const *)b);
}

/* The names of the guests that run, sorted; to be freed. */
char **vitrine_guest_list_dup_running(VitrineGuestList *self)
{
    GPtrArray *names;

    g_return_val_if_fail(VITRINE_IS_GUEST_LIST(self), NULL);

    names = g_ptr_array_new();
    for (guint i = 0; i < self->guests->len; i++) {
        VitrineGuest *guest = self->guests->pdata[i];

        if (vitrine_guest_get_state(guest) == VITRINE_GUEST_STATE_RUNNING)
            g_ptr_array_add(names, g_strdup(vitrine_guest_get_name(guest)));
    }
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}
