/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How loud a guest is: its volume and whether it is muted, as a person says here or in the
 * desktop's mixer; kept in NAME.ini. */
#include "guest-private.h"

#include <string.h>

#include "error.h"

/* A loudness on its way into NAME.ini. */
typedef struct {
    GDBusMethodInvocation *invocation; /* NULL: nobody waits; answering it gives it up */
    Service *service;                  /* borrowed */
    char *name;
    GuestLoudness loudness;
} Note;

static void note_free(gpointer data)
{
    Note *note = data;

    g_free(note->name);
    g_free(note);
}

/* ---- Into the file ---- */

/* A guest that was deleted meanwhile does not get a file anew. */
static gboolean write_note(const Note *note, GError **error)
{
    GuestStore *store = service_store(note->service);
    g_autofree char *config = guest_store_config_path(store, note->name);
    GuestFilesChange change = {.notes.loudness = &note->loudness};

    if (g_file_test(config, G_FILE_TEST_EXISTS))
        return guest_store_change(store, note->name, &change, NULL, NULL, error);
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_GUEST_GONE,
                N_("There is no guest “%s” any more."), note->name);
    return FALSE;
}

static void write_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    GError *error = NULL;

    if (write_note(data, &error))
        g_task_return_boolean(task, TRUE);
    else
        g_task_return_error(task, error);
}

static void written(GObject *source, GAsyncResult *result, gpointer data)
{
    Guest *guest = SERVICE_GUEST(source);
    const Note *note = g_task_get_task_data(G_TASK(result));
    g_autoptr(GError) error = NULL;

    if (g_task_propagate_boolean(G_TASK(result), &error))
        guest->noted_loudness = note->loudness;
    else
        g_warning("%s: its volume is not remembered: %s", guest->name, error->message);
    if (note->invocation && error)
        g_dbus_method_invocation_return_gerror(note->invocation, error);
    else if (note->invocation)
        g_dbus_method_invocation_return_value(note->invocation, NULL);
}

static void remember(Guest *guest, GDBusMethodInvocation *invocation)
{
    g_autoptr(GTask) task = g_task_new(guest, NULL, written, NULL);
    Note *note = g_new0(Note, 1);

    note->invocation = invocation;
    note->service = guest->service;
    note->name = g_strdup(guest->name);
    note->loudness = guest->loudness;
    g_task_set_task_data(task, note, note_free);
    worker_run(service_worker(guest->service), G_PRIORITY_DEFAULT, task, write_thread);
}

/* ---- What it is now ---- */

static gboolean is_same(const GuestLoudness *a, const GuestLoudness *b)
{
    return a->said == b->said && a->muted == b->muted && a->percent == b->percent;
}

static void show(Guest *guest, const GuestLoudness *loudness)
{
    guest->loudness = *loudness;
    vitrine_guest1_set_volume(guest->skeleton, loudness->percent);
    vitrine_guest1_set_muted(guest->skeleton, loudness->muted);
}

static void tell_volume(Guest *guest)
{
    g_autofree char *text = g_strdup_printf("volume %u", guest->loudness.percent);

    guest_order_sound(guest, text);
}

static void tell_muted(Guest *guest)
{
    guest_order_sound(guest, guest->loudness.muted ? "mute on" : "mute off");
}

/* Of a guest that nobody has ever set, the sound server may remember something. */
void guest_tell_loudness(Guest *guest)
{
    if (!guest->loudness.said)
        return;
    tell_volume(guest);
    tell_muted(guest);
}

/* A person may have changed the file by hand. What was seen or written last says nothing new: by
 * now the guest may be at something else, which is on its way into the file. */
void guest_follow_loudness(Guest *guest, const GuestLoudness *noted)
{
    if (is_same(&guest->noted_loudness, noted))
        return;
    guest->noted_loudness = *noted;
    if (is_same(&guest->loudness, noted))
        return;
    show(guest, noted);
    guest_tell_loudness(guest);
}

/* ---- What the process says ---- */

static gboolean parse(const char *text, GuestLoudness *loudness)
{
    guint64 percent;

    if (strcmp(text, "mute on") == 0 || strcmp(text, "mute off") == 0)
        loudness->muted = strcmp(text, "mute on") == 0;
    else if (g_str_has_prefix(text, "volume ") &&
             g_ascii_string_to_unsigned(text + strlen("volume "), 10, 0, GUEST_LOUDNESS_MAX,
                                        &percent, NULL))
        loudness->percent = (guint)percent;
    else
        return FALSE;
    loudness->said = TRUE;
    return TRUE;
}

gboolean guest_hear_loudness(Guest *guest, const char *text)
{
    GuestLoudness loudness = guest->loudness;

    if (!parse(text, &loudness))
        return FALSE;
    if (is_same(&loudness, &guest->loudness))
        return TRUE;
    show(guest, &loudness);
    remember(guest, NULL);
    return TRUE;
}

/* ---- Methods ---- */

static void set(Guest *guest, GDBusMethodInvocation *invocation, const GuestLoudness *loudness,
                void (*tell)(Guest *guest))
{
    show(guest, loudness);
    tell(guest);
    /* Whoever is answered is to find the properties as they are now. */
    g_dbus_interface_skeleton_flush(G_DBUS_INTERFACE_SKELETON(guest->skeleton));
    remember(guest, invocation);
}

void guest_set_volume(Guest *guest, GDBusMethodInvocation *invocation)
{
    GuestLoudness loudness = guest->loudness;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(u)", &loudness.percent);
    if (loudness.percent > GUEST_LOUDNESS_MAX) {
        g_dbus_method_invocation_return_error_literal(invocation, SERVICE_ERROR,
                                                      SERVICE_ERROR_INVALID_OPTION,
                                                      N_("A volume is between 0 and 100 percent."));
        return;
    }
    loudness.said = TRUE;
    set(guest, invocation, &loudness, tell_volume);
}

void guest_set_muted(Guest *guest, GDBusMethodInvocation *invocation)
{
    GuestLoudness loudness = guest->loudness;

    g_variant_get(g_dbus_method_invocation_get_parameters(invocation), "(b)", &loudness.muted);
    loudness.said = TRUE;
    set(guest, invocation, &loudness, tell_muted);
}
