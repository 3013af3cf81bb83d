/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The USB processes of guests, or the device models in their place: which there are, what they
 * tell, and how devices come back. */
#include "usb-private.h"

#include <string.h>

#include "error.h"
#include "guest-usb.h"
#include "qemu-usb.h"

/* How long a device model that was ended may take over what it had, in ms. */
#define PATIENCE 5000

static const UsbChannelEvents process_events;

static UsbChannel *open_process(Usb *usb, Guest *guest, UsbProcess *process)
{
    return guest_usb_new(usb->options->program, guest->name, guest->domid, &process_events, process,
                         &guest_usb_times);
}

static UsbChannel *open_model(Usb *usb, Guest *guest, UsbProcess *process)
{
    return qemu_usb_new(service_backend(usb->service), guest->name, guest->domid, &process_events,
                        process, &qemu_usb_times);
}

/* How devices get to guests of each kind. */
static const struct {
    gboolean by_program; /* which may not be there */
    UsbChannel *(*open)(Usb *usb, Guest *guest, UsbProcess *process);
} routes[GUEST_KINDS] = {
    [GUEST_PV] = {TRUE, open_process},
    [GUEST_PVH] = {TRUE, open_process},
    [GUEST_HVM] = {FALSE, open_model},
};

/* ---- Guests and their processes ---- */

Guest *usb_find_guest(Usb *usb, const char *name, GError **error)
{
    Guest *guest = service_find_guest(usb->service, name);
    const char *state = guest ? vitrine_guest1_get_state(guest->skeleton) : NULL;

    if (!guest)
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_GUEST_GONE,
                    N_("There is no guest “%s”. Choose one of those in the list."), name);
    else if (guest->domid == DOMID_NONE || g_strcmp0(state, "running") != 0)
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
                    N_("“%s” does not run now (it is %s): start it, or let it go on, first."), name,
                    state);
    else
        return guest;
    return NULL;
}

gboolean usb_can_reach(Usb *usb, Guest *guest, GError **error)
{
    if (!routes[guest->config.facts.kind].by_program || *usb->options->program != '\0')
        return TRUE;
    g_set_error_literal(
        error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
        N_("This computer's service is set up without USB for guests of this kind."));
    return FALSE;
}

/* Takes the one of an earlier domain, if it is still there, away. */
static void end_earlier(Usb *usb, Guest *guest)
{
    const UsbProcess *process = g_hash_table_lookup(usb->processes, guest->name);

    if (process && process->domid != guest->domid)
        usb_guest_stopped(usb, guest->name);
}

UsbProcess *usb_process_get(Usb *usb, Guest *guest, GError **error)
{
    UsbProcess *process;

    if (!usb_can_reach(usb, guest, error))
        return NULL;
    end_earlier(usb, guest);
    process = g_hash_table_lookup(usb->processes, guest->name);
    if (!process) {
        process = g_new0(UsbProcess, 1);
        process->usb = usb;
        process->guest = g_strdup(guest->name);
        process->domid = guest->domid;
        process->channel = routes[guest->config.facts.kind].open(usb, guest, process);
        g_hash_table_insert(usb->processes, g_strdup(guest->name), process);
    }
    return process;
}

static gboolean holds(const UsbProcess *process, const char *key)
{
    return process->channel->ops->holds(process->channel, key);
}

/* Whether what it holds outlives this service. */
static gboolean is_lasting(const UsbProcess *process)
{
    return process->channel->ops->adopt != NULL;
}

void usb_process_note(const UsbProcess *process, const UsbDevice *device)
{
    const UsbNote note = {
        .key = device->key,
        .guest = is_lasting(process) ? process->guest : NULL,
        .domid = process->domid,
        .number = device->number,
    };

    usb_return_note(process->usb->notes, &note);
}

gboolean usb_is_held(Usb *usb, const char *key)
{
    GHashTableIter iter;
    gpointer value;

    if (usb->kept && g_hash_table_contains(usb->kept, key))
        return TRUE;
    for (guint i = 0; i < usb->ending->len; i++) {
        if (holds(usb->ending->pdata[i], key))
            return TRUE;
    }
    g_hash_table_iter_init(&iter, usb->processes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        if (holds(value, key))
            return TRUE;
    }
    return FALSE;
}

/* ---- Coming back ---- */

typedef struct {
    UsbObject *object;
    char *sysfs;
    char *key;
    guint patience; /* ms */
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

    usb_return_wait(back->sysfs, back->key, back->patience);
    usb_return(back->sysfs, back->key);
    g_task_return_boolean(task, TRUE);
}

static GError *taken_back(UsbObject *object)
{
    return g_error_new(SERVICE_ERROR, SERVICE_ERROR_FAILED,
                       N_("The device was taken back before “%s” had it."), object->guest);
}

static void returned(GObject *source, GAsyncResult *result, gpointer data)
{
    Return *back = g_task_get_task_data(G_TASK(result));
    /* The worker's thread may be the last to drop the task, and counts no references of objects. */
    g_autoptr(UsbObject) object = g_steal_pointer(&back->object);
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
 * (NULL) it was asked for. For another program to let go of it there is PATIENCE, in ms. */
static void come_back(UsbObject *object, gboolean ended, const GError *loss, guint patience)
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
    back->patience = patience;
    task = g_task_new(NULL, NULL, returned, NULL);
    g_task_set_task_data(task, back, return_free);
    worker_run(object->usb->worker, G_PRIORITY_DEFAULT, task, return_thread);
}

/* Once more, if it is stuck. */
void usb_release(UsbObject *object)
{
    const UsbProcess *process = g_hash_table_lookup(object->usb->processes, object->guest);

    object->declined = TRUE;
    if (!process || object->returning)
        return;
    usb_object_set_state(object, USB_DETACHING, object->guest);
    process->channel->ops->detach(process->channel, object->device->key);
}

void usb_abandon(UsbObject *object)
{
    const UsbProcess *process =
        object->guest ? g_hash_table_lookup(object->usb->processes, object->guest) : NULL;

    if (process)
        process->channel->ops->detach(process->channel, object->device->key);
}

/* ---- What the last service left with device models ---- */

/* Plugged in as it was then, and not given away since. */
static UsbObject *find_noted(Usb *usb, const UsbNote *note)
{
    UsbObject *object = g_hash_table_lookup(usb->objects, note->key);

    return object && object->device->number == note->number && object->state == USB_HERE ? object
                                                                                         : NULL;
}

/* NULL if its domain is no more. */
static UsbProcess *find_holder(Usb *usb, const UsbNote *note)
{
    Guest *guest = service_find_guest(usb->service, note->guest);
    UsbProcess *process =
        guest && guest->domid == note->domid ? usb_process_get(usb, guest, NULL) : NULL;

    return process && is_lasting(process) && !holds(process, note->key) ? process : NULL;
}

void usb_take_up(Usb *usb, const UsbNote *note)
{
    UsbObject *object = find_noted(usb, note);
    UsbProcess *process = find_holder(usb, note);

    if (process)
        process->channel->ops->adopt(process->channel, note->key, note->number);
    if (process && object) {
        usb_object_set_state(object, USB_ATTACHED, note->guest);
    } else if (process) {
        process->channel->ops->detach(process->channel, note->key);
    } else if (object) {
        usb_object_set_state(object, USB_DETACHING, note->guest);
        come_back(object, TRUE, NULL, PATIENCE);
    } else {
        usb_return_forget(usb->notes, note->key);
    }
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

        if (process->channel->ops->is_empty(process->channel))
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
        come_back(object, process->ending, error, is_lasting(process) ? PATIENCE : 0);
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

/* It stays where it is, for now: who waits for it is told. */
static void on_stuck(const char *key, const GError *error, gpointer data)
{
    UsbObject *object = find_mine(data, key);

    if (!object)
        return;
    usb_object_set_state(object, USB_DETACHING, object->guest);
    usb_object_set_problem(object, error->message);
    usb_object_answer(object, error);
    usb_object_answer_releases(object, error);
}

static const UsbChannelEvents process_events = {
    .attached = on_attached,
    .detached = on_detached,
    .present = on_present,
    .stuck = on_stuck,
};

void usb_processes_check(Usb *usb)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, usb->processes);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const UsbProcess *process = value;

        if (process->channel->ops->check)
            process->channel->ops->check(process->channel);
    }
}

/* Of PROCESS, which holds it. */
static gboolean is_mine(const UsbProcess *process, const UsbObject *object)
{
    return g_strcmp0(object->guest, process->guest) == 0 && holds(process, object->device->key);
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
    process->channel->ops->detach_all(process->channel);
    if (process->channel->ops->is_empty(process->channel))
        usb_process_free(process);
    else
        g_ptr_array_add(process->usb->ending, process);
}

void usb_process_free(UsbProcess *process)
{
    g_autoptr(GPtrArray) mine = find_all_mine(process);
    gboolean lasting = is_lasting(process);

    /* Dom0's drivers can have them only when the process has let go. */
    process->channel->ops->free(process->channel);
    for (guint i = 0; i < mine->len && !lasting; i++)
        come_back(mine->pdata[i], TRUE, NULL, 0);
    g_free(process->guest);
    g_free(process);
}
