/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ends guests: each is looked at again and again, and what comes next for it is begun, until it has
 * no domain any more. */
#include "ending.h"

#include <string.h>

#include "guest-private.h"

#define LOOK_INTERVAL_MS 200

/* How far it has come with one guest. */
typedef struct {
    gboolean tried_save;
    gboolean tried_shutdown;
    gboolean forced;
} Progress;

struct Ending {
    Service *service;
    SwitchOffWay way;
    GHashTable *guests; /* name -> Progress, of those that had a domain */
    gboolean late;      /* the time is up */
    guint deadline;     /* sources */
    guint looks;
    EndingDone done;
    gpointer data;
};

static const char *const how_names[] = {
    [ENDED_SHUT_DOWN] = "shut-down",
    [ENDED_SAVED] = "saved",
    [ENDED_FORCED_OFF] = "forced-off",
    [ENDED_NOT] = "running",
};

const char *ended_name(EndedHow how)
{
    return how_names[how];
}

/* Jobs that bring a guest to its end anyway. */
static gboolean is_an_end(Job *job)
{
    static const char *const kinds[] = {"shutdown", "force-off", "save", "discard", "delete", NULL};

    return g_strv_contains(kinds, vitrine_job1_get_kind(job_skeleton(job)));
}

/* The guest runs, and so will have been ended. */
static void note(Ending *ending, Guest *guest)
{
    if (!g_hash_table_contains(ending->guests, guest->name))
        g_hash_table_insert(ending->guests, g_strdup(guest->name), g_new0(Progress, 1));
}

static Progress *progress_of(Ending *ending, Guest *guest)
{
    note(ending, guest);
    return g_hash_table_lookup(ending->guests, guest->name);
}

static gboolean is_in(Guest *guest, const char *state)
{
    return strcmp(vitrine_guest1_get_state(guest->skeleton), state) == 0;
}

/* While the disk is full neither can a guest be saved, nor can it write what it has to. */
static gboolean needs_force(Ending *ending, Guest *guest, const Progress *progress)
{
    return ending->late || progress->tried_shutdown || is_in(guest, GUEST_OUT_OF_DISK);
}

/* Begins what comes next for a guest that has a domain and no job; FALSE if nothing helps. */
static gboolean go_on(Ending *ending, Guest *guest)
{
    Progress *progress = progress_of(ending, guest);

    if (progress->forced)
        return FALSE;
    /* The xl that waits for a domain of its own is ended with the computer too. */
    guest->ours = TRUE;
    if (needs_force(ending, guest, progress)) {
        progress->forced = TRUE;
        guest_force_off(guest);
    } else if (ending->way == SWITCH_OFF_SAVE && !progress->tried_save &&
               !is_in(guest, GUEST_NOT_RESPONDING)) {
        progress->tried_save = TRUE;
        guest_save(guest);
    } else {
        progress->tried_shutdown = TRUE;
        guest_shutdown(guest);
    }
    return TRUE;
}

static void look_at_job(Ending *ending, Guest *guest)
{
    if (!is_an_end(guest->job)) {
        job_cancel(guest->job);
        return;
    }
    if (guest->domid != DOMID_NONE)
        note(ending, guest);
    if (ending->late)
        guest_job_stop_waiting(guest);
}

/* Does what there is to do for GUEST; FALSE if that is at its end. */
static gboolean look_at(Ending *ending, Guest *guest)
{
    if (guest->job)
        look_at_job(ending, guest);
    else if (guest->domid == DOMID_NONE)
        return FALSE;
    else if (!guest->holding)
        return go_on(ending, guest);
    return TRUE;
}

static void ended_guest_free(gpointer data)
{
    EndedGuest *guest = data;

    g_free(guest->name);
    g_free(guest);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    const EndedGuest *const *of_a = a;
    const EndedGuest *const *of_b = b;

    return strcmp((*of_a)->name, (*of_b)->name);
}

static EndedHow how_it_ended(Ending *ending, const char *name, const Progress *progress)
{
    const Guest *guest = service_find_guest(ending->service, name);

    if (guest && guest->domid != DOMID_NONE)
        return ENDED_NOT;
    if (progress->forced)
        return ENDED_FORCED_OFF;
    return guest && guest->saved ? ENDED_SAVED : ENDED_SHUT_DOWN;
}

/* What became of whom, by name. */
static GPtrArray *tell(Ending *ending)
{
    GPtrArray *ended = g_ptr_array_new_with_free_func(ended_guest_free);
    GHashTableIter iter;
    gpointer name, progress;

    g_hash_table_iter_init(&iter, ending->guests);
    while (g_hash_table_iter_next(&iter, &name, &progress)) {
        EndedGuest *guest = g_new0(EndedGuest, 1);

        guest->name = g_strdup(name);
        guest->how = how_it_ended(ending, name, progress);
        g_ptr_array_add(ended, guest);
    }
    g_ptr_array_sort(ended, compare_names);
    return ended;
}

/* TRUE if no guest runs any more. */
static gboolean look_at_all(Ending *ending)
{
    g_autoptr(GPtrArray) guests = service_guests(ending->service);
    gboolean over = TRUE;

    for (guint i = 0; i < guests->len; i++) {
        if (look_at(ending, guests->pdata[i]))
            over = FALSE;
    }
    return over;
}

static void look(Ending *ending)
{
    g_autoptr(GPtrArray) ended = NULL;

    if (!look_at_all(ending))
        return;
    g_clear_handle_id(&ending->deadline, g_source_remove);
    g_clear_handle_id(&ending->looks, g_source_remove);
    ended = tell(ending);
    ending->done(ended, ending->data);
}

static gboolean look_again(gpointer data)
{
    look(data);
    return G_SOURCE_CONTINUE;
}

static gboolean time_is_up(gpointer data)
{
    Ending *ending = data;

    ending->deadline = 0;
    ending->late = TRUE;
    look(ending);
    return G_SOURCE_REMOVE;
}

Ending *ending_new(Service *service, SwitchOffWay way, guint seconds, EndingDone done,
                   gpointer data)
{
    Ending *ending = g_new0(Ending, 1);

    ending->service = service;
    ending->way = way;
    ending->guests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    ending->done = done;
    ending->data = data;
    ending->deadline = g_timeout_add_seconds(seconds, time_is_up, ending);
    ending->looks = g_timeout_add(LOOK_INTERVAL_MS, look_again, ending);
    return ending;
}

void ending_free(Ending *ending)
{
    if (!ending)
        return;
    g_clear_handle_id(&ending->deadline, g_source_remove);
    g_clear_handle_id(&ending->looks, g_source_remove);
    g_hash_table_unref(ending->guests);
    g_free(ending);
}
