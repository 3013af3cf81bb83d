/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB processes of guests: which there are, what they tell, and how devices come back. */
#include "usb-private.h"

#include <string.h>

#include "error.h"
#include "usb-return.h"

static const UsbRoute routes[GUEST_KINDS] = {
    [GUEST_PV] = {.attach = guest_usb_attach, .detach = guest_usb_detach},
    [GUEST_PVH] = {.attach = guest_usb_attach, .detach = guest_usb_detach},
    [GUEST_HVM] = {.refusal = "USB devices can't be given to HVM guests yet, but to PV and PVH "
                              "ones."},
};

/* ---- Guests and their processes ---- */

Guest *usb_find_guest(Usb *usb, const char *name, GError **error)
{
    Guest *guest = service_find_guest(usb->service, name);
    const char *state = guest ? vitrine_guest1_get_state(guest->skeleton) : NULL;

    if (!guest)
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_GUEST_GONE,
                    "There is no guest “%s”. Choose one of those in the list.", name);
    else if (guest->domid == DOMID_NONE || g_strcmp0(state, "running") != 0)
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
                    "“%s” does not run now (it is %s): start it, or let it go on, first.", name,
                    state);
    else
        return guest;
    return NULL;
}

const UsbRoute *usb_find_route(Usb *usb, Guest *guest, GError **error)
{
    const UsbRoute *route = &routes[guest->config.facts.kind];
    const char *refusal = route->refusal;

    if (!refusal && *usb->options->program == '\0')
        refusal = "This computer's service is set up without USB for guests.";
    if (refusal)
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED, refusal);
    return refusal ? NULL : route;
}

static const GuestUsbEvents process_events;

UsbProcess *usb_process_get(Usb *usb, Guest *guest, GError **error)
{
    UsbProcess *process = g_hash_table_lookup(usb->processes, guest->name);
    const UsbRoute *route = usb_find_route(usb, guest, error);

    if (!route)
        return NULL;
    if (!process || process->domid != guest->domid) {
        process = g_new0(UsbProcess, 1);
        process->usb = usb;
        process->guest = g_strdup(guest->name);
        process->domid = guest->domid;
        process->route = route;
        process->channel = guest_usb_new(usb->options->program, guest->name, guest->domid,
                                         &process_events, process, &guest_usb_times);
        g_hash_table_replace(usb->processes, g_strdup(guest->name), process);
    }
    return process;
}

gboolean usb_is_held(Usb *usb, const char *key)
{
    GHashTableIter iter;
    gpointer value;

    for (guint i = 0; i < usb->ending->len; i++) {
        const UsbProcess *process = usb->ending->pdata[i];

        if (guest_usb_holds(process->channel, key))
            return TRUE;
    }
    g_hash_table_iter_init(&iter, usb->processes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const UsbProcess *process = value;

        if (guest_usb_holds(process->channel, key))
            return TRUE;
    }
    return FALSE;
}

/* ---- Coming back ---- */

typedef struct {
    UsbObject *object;
    char *sysfs;
    char *key;
} Return;

static void return_free(gpointer data)
{
    Return *back = data;

    usb_object_unref(back->object);
    g_free(back->sysfs);
    g_free(back->key);
    g_free(back);
}

static void return_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    const Return *back = data;

    usb_return(back->sysfs, back->key);
    g_task_return_boolean(task, TRUE);
}

static GError *taken_back(UsbObject *object)
{
    return g_error_new(SERVICE_ERROR, SERVICE_ERROR_FAILED,
                       "The device was taken back before “%s” had it.", object->guest);
}

static void returned(GObject *source, GAsyncResult *result, gpointer data)
{
    const Return *back = g_task_get_task_data(G_TASK(result));
    UsbObject *object = back->object;
    g_autoptr(GError) loss = g_steal_pointer(&object->loss);
    g_autoptr(GError) error = loss ? g_error_copy(loss) : taken_back(object);

    object->returning = FALSE;
    usb_return_forget(object->usb->notes, back->key);
    usb_object_set_problem(object, loss ? loss->message : "");
    usb_object_set_state(object, USB_HERE, NULL);
    usb_object_answer(object, error);
    usb_object_answer_releases(object, NULL);
    if (object->gone || !object->usb->worker)
        return;
    usb_look(object->usb);
    /* Its guest may run again already. One that runs on has let go of it, or could not have it. */
    if (object->ended)
        usb_follow_rule(object);
}

/* No process holds it any more: its guest has ENDED, or else there is a LOSS, which is copied, or
 * (NULL) it was asked for. */
static void come_back(UsbObject *object, gboolean ended, const GError *loss)
{
    g_autoptr(GTask) task = NULL;
    Return *back;

    if (object->returning || object->state < USB_ATTACHING || !object->usb->worker)
        return;
    object->returning = TRUE;
    object->ended = ended;
    object->loss = loss && !ended ? g_error_copy(loss) : NULL;
    usb_object_set_state(object, USB_DETACHING, object->guest);
    back = g_new0(Return, 1);
    back->object = usb_object_ref(object);
    back->sysfs = g_strdup(object->usb->options->sysfs);
    back->key = g_strdup(object->device->key);
    task = g_task_new(NULL, NULL, returned, NULL);
    g_task_set_task_data(task, back, return_free);
    worker_run(object->usb->worker, G_PRIORITY_DEFAULT, task, return_thread);
}

void usb_release(UsbObject *object)
{
    const UsbProcess *process = g_hash_table_lookup(object->usb->processes, object->guest);

    object->declined = TRUE;
    if (object->state == USB_DETACHING || !process)
        return;
    usb_object_set_state(object, USB_DETACHING, object->guest);
    process->route->detach(process->channel, object->device->key);
}

void usb_abandon(UsbObject *object)
{
    const UsbProcess *process =
        object->guest ? g_hash_table_lookup(object->usb->processes, object->guest) : NULL;

    if (process)
        process->route->detach(process->channel, object->device->key);
}

/* ---- What processes tell ---- */

/* The device KEY, if it is PROCESS's; else it was unplugged, and is another one by now. */
static UsbObject *find_mine(UsbProcess *process, const char *key)
{
    UsbObject *object = g_hash_table_lookup(process->usb->objects, key);

    return object && object->state >= USB_ATTACHING && !object->returning &&
                   g_strcmp0(object->guest, process->guest) == 0
               ? object
               : NULL;
}

static void remember(UsbObject *object)
{
    const UsbRequest *request = object->request;
    g_autoptr(GError) error = NULL;

    if (!request || !request->remember)
        return;
    if (!usb_rules_remember(object->usb->rules, object->device, request->scope, request->guest,
                            &error))
        usb_object_set_problem(object, error->message);
    usb_object_show_rule(object);
    usb_look(object->usb);
}

static void on_attached(const char *key, gpointer data)
{
    UsbObject *object = find_mine(data, key);

    if (!object || object->state != USB_ATTACHING)
        return;
    usb_object_set_state(object, USB_ATTACHED, object->guest);
    remember(object);
    usb_object_answer(object, NULL);
    usb_look(object->usb); /* others may be the last of their kind now */
}

/* Frees the processes that hold nothing more. */
static gboolean sweep(gpointer data)
{
    Usb *usb = data;

    usb->sweep = 0;
    for (guint i = usb->ending->len; i-- > 0;) {
        const UsbProcess *process = usb->ending->pdata[i];

        if (guest_usb_is_empty(process->channel))
            g_ptr_array_remove_index(usb->ending, i);
    }
    return G_SOURCE_REMOVE;
}

static void on_detached(const char *key, const GError *error, gpointer data)
{
    UsbProcess *process = data;
    UsbObject *object = find_mine(process, key);

    if (process->ending && process->usb->sweep == 0)
        process->usb->sweep = g_idle_add(sweep, process->usb);
    if (object) {
        come_back(object, process->ending, error);
        return;
    }
    usb_return_forget(process->usb->notes, key);
    object = g_hash_table_lookup(process->usb->objects, key);
    if (object)
        usb_follow_rule(object);
}

static void on_present(gpointer data)
{
    UsbProcess *process = data;
    GHashTableIter iter;
    gpointer object;

    g_hash_table_iter_init(&iter, process->usb->objects);
    while (g_hash_table_iter_next(&iter, NULL, &object))
        usb_follow_rule(object);
}

static const GuestUsbEvents process_events = {
    .attached = on_attached,
    .detached = on_detached,
    .present = on_present,
};

/* Of PROCESS, which holds it. */
static gboolean is_mine(const UsbProcess *process, const UsbObject *object)
{
    return g_strcmp0(object->guest, process->guest) == 0 &&
           guest_usb_holds(process->channel, object->device->key);
}

/* The array holds references. */
static GPtrArray *find_all_mine(const UsbProcess *process)
{
    GPtrArray *mine = g_ptr_array_new_with_free_func((GDestroyNotify)usb_object_unref);
    GHashTableIter iter;
    gpointer object;

    g_hash_table_iter_init(&iter, process->usb->objects);
    while (g_hash_table_iter_next(&iter, NULL, &object)) {
        if (is_mine(process, object))
            g_ptr_array_add(mine, usb_object_ref(object));
    }
    return mine;
}

void usb_process_end(UsbProcess *process)
{
    g_autoptr(GPtrArray) mine = find_all_mine(process);

    for (guint i = 0; i < mine->len; i++)
        usb_object_set_state(mine->pdata[i], USB_DETACHING, process->guest);
    process->ending = TRUE;
    guest_usb_detach_all(process->channel);
    if (guest_usb_is_empty(process->channel))
        usb_process_free(process);
    else
        g_ptr_array_add(process->usb->ending, process);
}

void usb_process_free(UsbProcess *process)
{
    g_autoptr(GPtrArray) mine = find_all_mine(process);

    /* Dom0's drivers can have them only when the process has let go. */
    guest_usb_free(process->channel);
    for (guint i = 0; i < mine->len; i++)
        come_back(mine->pdata[i], TRUE, NULL);
    g_free(process->guest);
    g_free(process);
}
