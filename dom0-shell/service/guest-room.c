/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds running guests while the disk is full: their disks grow as they are filled, and a guest
 * whose writes fail takes its disk for broken. */
#include <string.h>

#include "guest-private.h"

#define SENTENCE                                                                                  \
    "This computer's disk is full. The guest stands still, so that it loses nothing. When there " \
    "is room again, it goes on by itself."

typedef struct {
    int domid;
    gboolean hold;
} Switch;

static void switch_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Guest *guest = source;
    const Switch *wanted = data;
    Backend *backend = service_backend(guest->service);
    GError *error = NULL;

    if ((wanted->hold ? backend->ops->pause : backend->ops->unpause)(backend, wanted->domid,
                                                                     &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static gboolean is_in(Guest *guest, const char *state)
{
    return strcmp(vitrine_guest1_get_state(guest->skeleton), state) == 0;
}

static void switched(GObject *source, GAsyncResult *result, gpointer data)
{
    Guest *guest = SERVICE_GUEST(source);
    const Switch *wanted = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;

    guest->holding = FALSE;
    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        g_warning("%s: %s", guest->name, error->message);
        return;
    }
    /* Something else may have begun with it meanwhile. */
    if (guest->job || guest->domid != wanted->domid)
        return;
    if (wanted->hold) {
        guest_set_problem(guest, SENTENCE);
        guest_set_state(guest, GUEST_OUT_OF_DISK);
    } else {
        guest_set_paused(guest, FALSE);
        guest_show_running(guest);
    }
}

static void begin(Guest *guest, gboolean hold)
{
    g_autoptr(GTask) task = g_task_new(guest, NULL, switched, NULL);
    Switch *wanted = g_new0(Switch, 1);

    wanted->domid = guest->domid;
    wanted->hold = hold;
    guest->holding = TRUE;
    g_task_set_task_data(task, wanted, g_free);
    worker_run(service_worker(guest->service), G_PRIORITY_HIGH, task, switch_thread);
}

/* Only a guest whose disk is among ours writes to where the room is. */
static gboolean writes_here(Guest *guest)
{
    g_autofree char *path = guest_store_disk_path(service_store(guest->service), guest->name);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

void guest_mind_room(Guest *guest, DiskRoom room)
{
    if (room != DISK_ROOM_FULL)
        guest->runs_without_room = FALSE;
    if (guest->job || guest->holding || guest->domid == DOMID_NONE)
        return;
    if (room == DISK_ROOM_FULL && is_in(guest, "running") && !guest->runs_without_room &&
        writes_here(guest))
        begin(guest, TRUE);
    else if (room != DISK_ROOM_FULL && is_in(guest, GUEST_OUT_OF_DISK))
        begin(guest, FALSE);
}
