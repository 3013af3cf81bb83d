/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Gives USB devices to guests: by a person's word, and by what is remembered. */
#include "usb-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "error.h"

/* A guest that keeps losing a device does not get it for ever by itself. */
#define ATTEMPTS_MAX 3

/* What is found out about a device on the worker's thread, before it is given away. */
typedef struct {
    UsbObject *object; /* not for that thread */
    const UsbOptions *options;
    char *key;
    char **away;
    UsbDevice *device; /* NULL: it is gone */
    UsbConcernKind kind;
    char *concern;
    int fd; /* its node, opened; or -1 */
    int failure;
} Check;

static void check_free(gpointer data)
{
    Check *check = data;

    if (check->fd >= 0)
        close(check->fd);
    usb_object_unref(check->object);
    usb_device_free(check->device);
    g_strfreev(check->away);
    g_free(check->concern);
    g_free(check->key);
    g_free(check);
}

static void check_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Check *check = data;
    const UsbSources sources = {check->options->sysfs, check->options->mountinfo,
                                check->options->swaps};
    g_autofree char *node = NULL;

    check->device = usb_device_read(check->options->sysfs, check->key);
    if (check->device) {
        check->kind = usb_concern_find(&sources, check->key, (const char *const *)check->away,
                                       &check->concern);
        node = usb_device_node(check->device, check->options->nodes);
        check->fd = open(node, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        check->failure = check->fd < 0 ? errno : 0;
    }
    g_task_return_boolean(task, TRUE);
}

/* What speaks against it; NULL if nothing does. */
static GError *judge(const UsbObject *object, const Check *check)
{
    const UsbRequest *request = object->request;

    if (!check->device || !usb_device_is_same(check->device, object->device))
        return g_error_new_literal(SERVICE_ERROR, SERVICE_ERROR_FAILED,
                                   N_("The device has been unplugged."));
    if (check->kind == USB_CONCERN_REFUSED)
        return g_error_new_literal(SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE, check->concern);
    if (check->kind == USB_CONCERN_ASK && !request->confirmed)
        return g_error_new_literal(SERVICE_ERROR, SERVICE_ERROR_NEEDS_CONFIRMATION, check->concern);
    if (check->fd < 0)
        return g_error_new(SERVICE_ERROR, SERVICE_ERROR_FAILED,
                           N_("The device can't be opened: %s. Plug it in again."),
                           g_strerror(check->failure));
    if (usb_is_held(object->usb, check->key))
        return g_error_new_literal(
            SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
            N_("The guest that had the device before it was unplugged is just "
               "giving it back. Try again in a moment."));
    return NULL;
}

/* It stays here. Who has asked is told; of what is remembered the device tells. */
static void stay(UsbObject *object, const GError *error)
{
    if (!object->request->invocation)
        usb_object_set_problem(object, error->message);
    usb_object_set_state(object, USB_HERE, NULL);
    usb_object_answer(object, error);
}

static void give(UsbObject *object, Check *check)
{
    const char *name = object->request->guest;
    g_autoptr(GError) error = NULL;
    Guest *guest = usb_find_guest(object->usb, name, &error);
    UsbProcess *process = guest ? usb_process_get(object->usb, guest, &error) : NULL;

    if (!process) {
        stay(object, error);
        return;
    }
    usb_object_set_problem(object, "");
    usb_object_set_state(object, USB_ATTACHING, name);
    usb_process_note(process, check->device);
    process->channel->ops->attach(process->channel, check->device, check->fd);
    check->fd = -1;
}

static void checked(GObject *source, GAsyncResult *result, gpointer data)
{
    Check *check = g_task_get_task_data(G_TASK(result));
    /* The worker's thread may be the last to drop the task, and counts no references of objects. */
    g_autoptr(UsbObject) object = g_steal_pointer(&check->object);
    g_autoptr(GError) error = NULL;

    /* Unplugged meanwhile: that was answered. */
    if (object->gone || !object->usb->worker)
        return;
    error = judge(object, check);
    if (error)
        stay(object, error);
    else
        give(object, check);
}

static gboolean is_never(UsbObject *object)
{
    return strcmp(usb_rules_find(object->usb->rules, object->device), USB_NEVER) == 0;
}

/* What can be told without a look. */
static GError *refusal_of(UsbObject *object, const UsbRequest *request)
{
    GError *error = NULL;
    Guest *guest;

    if (is_never(object))
        return g_error_new_literal(SERVICE_ERROR, SERVICE_ERROR_WRONG_STATE,
                                   N_("It is remembered that this device goes to no guest. Forget "
                                      "that first."));
    guest = usb_find_guest(object->usb, request->guest, &error);
    if (guest)
        usb_can_reach(object->usb, guest, &error);
    return error;
}

void usb_assign(UsbObject *object, UsbRequest *request)
{
    g_autoptr(GError) error = refusal_of(object, request);
    g_autoptr(GTask) task = NULL;
    Check *check;

    object->request = request;
    if (error) {
        stay(object, error);
        return;
    }
    usb_object_set_state(object, USB_CHECKING, request->guest);
    check = g_new0(Check, 1);
    check->object = usb_object_ref(object);
    check->options = object->usb->options;
    check->key = g_strdup(object->device->key);
    check->away = usb_keys_away(object->usb);
    check->fd = -1;
    task = g_task_new(NULL, NULL, checked, NULL);
    g_task_set_task_data(task, check, check_free);
    worker_run(object->usb->worker, G_PRIORITY_DEFAULT, task, check_thread);
}

void usb_follow_rule(UsbObject *object)
{
    const char *choice = usb_rules_find(object->usb->rules, object->device);
    g_autoptr(GError) error = NULL;
    UsbProcess *process;
    UsbRequest *request;
    Guest *guest;

    if (*choice == '\0' || strcmp(choice, USB_NEVER) == 0 || object->state != USB_HERE ||
        object->declined || object->attempts >= ATTEMPTS_MAX)
        return;
    guest = usb_find_guest(object->usb, choice, NULL);
    process = guest ? usb_process_get(object->usb, guest, &error) : NULL;
    if (error)
        usb_object_set_problem(object, error->message);
    if (!process || usb_is_held(object->usb, object->device->key))
        return;
    process->channel->ops->start(process->channel);
    if (!process->channel->ops->is_present(process->channel))
        return; /* on_present() comes back to it */
    object->attempts++;
    request = g_new0(UsbRequest, 1);
    request->guest = g_strdup(choice);
    usb_assign(object, request);
}
