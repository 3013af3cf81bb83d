/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB devices that the service knows: a live, sorted list over the D-Bus object manager. */
#include "model/usb-list.h"

struct _VitrineUsbList {
    GObject parent_instance;

    GDBusObjectManager *manager;
    GPtrArray *devices; /* of VitrineUsbDevice, sorted */
};

enum {
    PLUGGED,
    CHANGED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void vitrine_usb_list_model_init(GListModelInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE(VitrineUsbList, vitrine_usb_list, G_TYPE_OBJECT,
                              G_IMPLEMENT_INTERFACE(G_TYPE_LIST_MODEL, vitrine_usb_list_model_init))

static GType vitrine_usb_list_get_item_type(GListModel *model)
{
    return VITRINE_TYPE_USB_DEVICE;
}

static guint vitrine_usb_list_get_n_items(GListModel *model)
{
    return VITRINE_USB_LIST(model)->devices->len;
}

static gpointer vitrine_usb_list_get_item(GListModel *model, guint position)
{
    VitrineUsbList *self = VITRINE_USB_LIST(model);

    return position < self->devices->len ? g_object_ref(self->devices->pdata[position]) : NULL;
}

static void vitrine_usb_list_model_init(GListModelInterface *iface)
{
    iface->get_item_type = vitrine_usb_list_get_item_type;
    iface->get_n_items = vitrine_usb_list_get_n_items;
    iface->get_item = vitrine_usb_list_get_item;
}

static void on_device_changed(VitrineUsbList *self)
{
    g_signal_emit(self, signals[CHANGED], 0);
}

static void announce(VitrineUsbList *self, guint position, guint removed, guint added)
{
    g_list_model_items_changed(G_LIST_MODEL(self), position, removed, added);
    g_signal_emit(self, signals[CHANGED], 0);
}

/* The new device of @object, not referenced, or NULL if it is none. */
static VitrineUsbDevice *add(VitrineUsbList *self, GDBusObject *object)
{
    g_autoptr(VitrineUsbDevice1) proxy = vitrine_object_get_usb_device1(VITRINE_OBJECT(object));
    VitrineUsbDevice *device;
    guint position = 0;

    if (!proxy)
        return NULL;
    device = vitrine_usb_device_new(proxy);
    while (position < self->devices->len &&
           vitrine_usb_device_compare(self->devices->pdata[position], device) <= 0)
        position++;
    g_ptr_array_insert(self->devices, (int)position, device);
    g_signal_connect_object(device, "changed", G_CALLBACK(on_device_changed), self,
                            G_CONNECT_SWAPPED);
    announce(self, position, 0, 1);
    return device;
}

static void on_object_added(GDBusObjectManager *manager, GDBusObject *object, gpointer data)
{
    VitrineUsbList *self = VITRINE_USB_LIST(data);
    VitrineUsbDevice *device = add(self, object);

    if (device)
        g_signal_emit(self, signals[PLUGGED], 0, device);
}

static void on_object_removed(GDBusObjectManager *manager, GDBusObject *object, gpointer data)
{
    VitrineUsbList *self = VITRINE_USB_LIST(data);
    const char *path = g_dbus_object_get_object_path(object);

    for (guint i = 0; i < self->devices->len; i++) {
        if (g_str_equal(vitrine_usb_device_get_path(self->devices->pdata[i]), path)) {
            g_ptr_array_remove_index(self->devices, i);
            announce(self, i, 1, 0);
            return;
        }
    }
}

static void vitrine_usb_list_dispose(GObject *object)
{
    VitrineUsbList *self = VITRINE_USB_LIST(object);

    if (self->manager)
        g_signal_handlers_disconnect_by_data(self->manager, self);
    g_clear_object(&self->manager);
    G_OBJECT_CLASS(vitrine_usb_list_parent_class)->dispose(object);
}

static void vitrine_usb_list_finalize(GObject *object)
{
    g_ptr_array_unref(VITRINE_USB_LIST(object)->devices);
    G_OBJECT_CLASS(vitrine_usb_list_parent_class)->finalize(object);
}

static void vitrine_usb_list_class_init(VitrineUsbListClass *klass)
{
    G_OBJECT_CLASS(klass)->dispose = vitrine_usb_list_dispose;
    G_OBJECT_CLASS(klass)->finalize = vitrine_usb_list_finalize;
    /* A device has come; not for those that were there when the service was found. */
    signals[PLUGGED] = g_signal_new("plugged", VITRINE_TYPE_USB_LIST, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 1, VITRINE_TYPE_USB_DEVICE);
    /* The list or anything that is said of one of its devices is another now. */
    signals[CHANGED] = g_signal_new("changed", VITRINE_TYPE_USB_LIST, G_SIGNAL_RUN_LAST, 0, NULL,
                                    NULL, NULL, G_TYPE_NONE, 0);
}

static void vitrine_usb_list_init(VitrineUsbList *self)
{
    self->devices = g_ptr_array_new_with_free_func(g_object_unref);
}

VitrineUsbList *vitrine_usb_list_new(void)
{
    return g_object_new(VITRINE_TYPE_USB_LIST, NULL);
}

/* Shows the devices of @manager from now on; with NULL (service lost) there are none. */
void vitrine_usb_list_set_manager(VitrineUsbList *self, GDBusObjectManager *manager)
{
    guint n_devices;

    g_return_if_fail(VITRINE_IS_USB_LIST(self));

    if (self->manager)
        g_signal_handlers_disconnect_by_data(self->manager, self);
    n_devices = self->devices->len;
    g_ptr_array_set_size(self->devices, 0);
    if (n_devices)
        announce(self, 0, n_devices, 0);
    g_set_object(&self->manager, manager);
    if (!manager)
        return;

    g_signal_connect(manager, "object-added", G_CALLBACK(on_object_added), self);
    g_signal_connect(manager, "object-removed", G_CALLBACK(on_object_removed), self);
    g_autolist(GDBusObject) objects = g_dbus_object_manager_get_objects(manager);
    for (GList *l = objects; l; l = l->next)
        add(self, l->data);
}

/* The device of that key, not referenced, or NULL. */
VitrineUsbDevice *vitrine_usb_list_find(VitrineUsbList *self, const char *key)
{
    g_return_val_if_fail(VITRINE_IS_USB_LIST(self), NULL);

    for (guint i = 0; i < self->devices->len; i++) {
        if (g_strcmp0(vitrine_usb_device_get_key(self->devices->pdata[i]), key) == 0)
            return self->devices->pdata[i];
    }
    return NULL;
}
