/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots of a guest's disk, and what is made of a guest. */
#include <stdio.h>

#include "commands.h"
#include "follow.h"
#include "text.h"

int command_snapshot(Client *client, const char *method, char **arguments,
                     const CreateOptions *options)
{
    g_autoptr(GDBusProxy) guest = client_guest(client, arguments[0]);
    const char *label = arguments[1] ? arguments[1] : "";
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;
    const char *id, *path;
    int status;

    if (!guest)
        return CTL_EXIT_NO_GUEST;
    answer = client_call(guest, "TakeSnapshot", g_variant_new("(s)", label), &error);
    if (!answer)
        return client_complain_of(error);
    if (!g_variant_is_of_type(answer, G_VARIANT_TYPE("(so)")))
        return client_complain_version();
    g_variant_get(answer, "(&s&o)", &id, &path);
    status = follow_job(client, path);
    if (status == CTL_EXIT_OK)
        puts(id); /* which the caller does not know */
    return status;
}

static void print_row(GVariant *snapshot)
{
    const char *id = "", *label = "";
    guint64 taken = 0, size = 0;
    g_autoptr(GDateTime) date = NULL;
    g_autofree char *date_text = NULL, *size_text = NULL, *clean = NULL;

    g_variant_lookup(snapshot, "id", "&s", &id);
    g_variant_lookup(snapshot, "label", "&s", &label);
    g_variant_lookup(snapshot, "taken", "t", &taken);
    g_variant_lookup(snapshot, "size", "t", &size);
    date = g_date_time_new_from_unix_local((gint64)MIN(taken, (guint64)G_MAXINT64));
    date_text = date ? g_date_time_format(date, "%Y-%m-%d %H:%M") : g_strdup("?");
    size_text = text_size(size);
    clean = text_clean(label);
    printf("%-20s %-16s %10s  %s\n", id, date_text, size_text, clean);
}

static void print_heading(void)
{
    printf("%-20s %-16s %10s  %s\n", "ID", "TAKEN", "SIZE", "LABEL");
}

int command_snapshots(Client *client, const char *method, char **arguments,
                      const CreateOptions *options)
{
    return command_list(client, arguments[0], "ListSnapshots", print_heading, print_row);
}

int command_roll_back(Client *client, const char *method, char **arguments,
                      const CreateOptions *options)
{
    g_autoptr(GDBusProxy) guest = client_guest(client, arguments[0]);
    g_autoptr(GError) error = NULL;
    GVariant *answer;

    if (!guest)
        return CTL_EXIT_NO_GUEST;
    answer = client_call(guest, "RollBack", g_variant_new("(s)", arguments[1]), &error);
    return command_follow(client, answer, error);
}

int command_delete_snapshot(Client *client, const char *method, char **arguments,
                            const CreateOptions *options)
{
    g_autoptr(GDBusProxy) guest = client_guest(client, arguments[0]);
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;

    if (!guest)
        return CTL_EXIT_NO_GUEST;
    answer = client_call(guest, "DeleteSnapshot", g_variant_new("(s)", arguments[1]), &error);
    return answer ? CTL_EXIT_OK : client_complain_of(error);
}

/* METHOD of the manager on the guest arguments[0]; PARAMETERS (floating) are taken over. */
static int make(Client *client, const char *method, char **arguments, GVariant *parameters)
{
    g_autoptr(GVariant) own = g_variant_ref_sink(parameters);
    g_autoptr(GDBusProxy) guest = client_guest(client, arguments[0]);
    g_autoptr(GDBusProxy) manager = guest ? client_manager(client) : NULL;
    g_autoptr(GError) error = NULL;
    GVariant *answer;

    if (!manager)
        return guest ? CTL_EXIT_NO_SERVICE : CTL_EXIT_NO_GUEST;
    answer = client_call(manager, method, own, &error);
    return command_follow(client, answer, error);
}

int command_clone(Client *client, const char *method, char **arguments,
                  const CreateOptions *options)
{
    return make(client, "CloneGuest", arguments,
                g_variant_new("(ssa{sv})", arguments[0], arguments[1], NULL));
}

int command_make_template(Client *client, const char *method, char **arguments,
                          const CreateOptions *options)
{
    const char *description = arguments[2] ? arguments[2] : "";

    return make(client, "MakeTemplate", arguments,
                g_variant_new("(sss)", arguments[0], arguments[1], description));
}

int command_delete_template(Client *client, const char *method, char **arguments,
                            const CreateOptions *options)
{
    g_autoptr(GDBusProxy) manager = client_manager(client);
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;

    if (!manager)
        return CTL_EXIT_NO_SERVICE;
    answer = client_call(manager, "DeleteTemplate", g_variant_new("(s)", arguments[0]), &error);
    return answer ? CTL_EXIT_OK : client_complain_of(error);
}
