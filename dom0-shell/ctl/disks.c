/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disks of a guest. */
#include <glib/gi18n.h>
#include <stdio.h>

#include "commands.h"
#include "text.h"

static char *size_or_unknown(gboolean known, guint64 size)
{
    return known ? text_size(size) : g_strdup("unknown");
}

static void print_row(GVariant *disk)
{
    const char *name = "", *path = "";
    guint64 size = 0, used = 0;
    gboolean answers = TRUE;
    g_autofree char *size_text = NULL, *used_text = NULL, *clean = NULL;

    g_variant_lookup(disk, "name", "&s", &name);
    g_variant_lookup(disk, "path", "&s", &path);
    g_variant_lookup(disk, "size", "t", &size);
    g_variant_lookup(disk, "used", "t", &used);
    g_variant_lookup(disk, "answers", "b", &answers);
    size_text = size_or_unknown(answers, size);
    used_text = size_or_unknown(answers, used);
    clean = text_clean(path);
    printf("%-8s %10s %10s  %s\n", name, size_text, used_text, clean);
}

static void print_heading(void)
{
    printf("%-8s %10s %10s  %s\n", "NAME", "SIZE", "TAKES UP", "FILE");
}

int command_disks(Client *client, const char *method, char **arguments,
                  const CreateOptions *options)
{
    return command_list(client, arguments[0], "ListDisks", print_heading, print_row);
}

/* FALSE after a complaint. */
static gboolean parse_size(const char *text, guint64 *bytes)
{
    if (text_parse_size(text, bytes))
        return TRUE;
    client_complain(_("“%s” is no size of a disk. Say 512M, 2G, or a number of MiB."), text);
    return FALSE;
}

int command_add_disk(Client *client, const char *method, char **arguments,
                     const CreateOptions *options)
{
    g_autoptr(GDBusProxy) guest = NULL;
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;
    const char *name;
    guint64 size;

    if (!parse_size(arguments[1], &size))
        return CTL_EXIT_USAGE;
    guest = client_guest(client, arguments[0]);
    if (!guest)
        return CTL_EXIT_NO_GUEST;
    answer = client_call(guest, "AddDisk", g_variant_new("(t)", size), &error);
    if (!answer)
        return client_complain_of(error);
    if (!g_variant_is_of_type(answer, G_VARIANT_TYPE("(s)")))
        return client_complain_version();
    g_variant_get(answer, "(&s)", &name);
    puts(name); /* which the caller does not know */
    return CTL_EXIT_OK;
}

int command_remove_disk(Client *client, const char *method, char **arguments,
                        const CreateOptions *options)
{
    g_autoptr(GDBusProxy) guest = client_guest(client, arguments[0]);
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;

    if (!guest)
        return CTL_EXIT_NO_GUEST;
    answer = client_call(guest, "RemoveDisk", g_variant_new("(s)", arguments[1]), &error);
    return answer ? CTL_EXIT_OK : client_complain_of(error);
}

int command_resize_disk(Client *client, const char *method, char **arguments,
                        const CreateOptions *options)
{
    g_autoptr(GDBusProxy) guest = NULL;
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;
    guint64 size;

    if (!parse_size(arguments[2], &size))
        return CTL_EXIT_USAGE;
    guest = client_guest(client, arguments[0]);
    if (!guest)
        return CTL_EXIT_NO_GUEST;
    answer = client_call(guest, "ResizeDisk", g_variant_new("(st)", arguments[1], size), &error);
    return answer ? CTL_EXIT_OK : client_complain_of(error);
}
