/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CDs: which images there are, and what is in a guest's drive. */
#include <stdio.h>

#include "commands.h"
#include "text.h"

char *iso_argument(const char *file)
{
    return g_file_test(file, G_FILE_TEST_EXISTS) ? g_canonicalize_filename(file, NULL)
                                                 : g_strdup(file);
}

static void print_row(GVariant *iso)
{
    const char *path = "";
    guint64 size = 0;
    g_autofree char *size_text = NULL, *clean = NULL;

    g_variant_lookup(iso, "path", "&s", &path);
    g_variant_lookup(iso, "size", "t", &size);
    size_text = text_size(size);
    clean = text_clean(path);
    printf("%10s  %s\n", size_text, clean);
}

static void print_heading(void)
{
    printf("%10s  %s\n", "SIZE", "FILE");
}

int command_isos(Client *client, const char *method, char **arguments, const CreateOptions *options)
{
    g_autoptr(GDBusProxy) manager = client_manager(client);
    g_autoptr(GError) error = NULL;

    if (!manager)
        return CTL_EXIT_NO_SERVICE;
    return command_rows(client, client_call(manager, "ListIsos", NULL, &error), error,
                        print_heading, print_row);
}

int command_insert(Client *client, const char *method, char **arguments,
                   const CreateOptions *options)
{
    g_autoptr(GDBusProxy) guest = client_guest(client, arguments[0]);
    g_autofree char *file = iso_argument(arguments[1]);
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;

    if (!guest)
        return CTL_EXIT_NO_GUEST;
    answer = client_call(guest, "InsertIso", g_variant_new("(s)", file), &error);
    return answer ? CTL_EXIT_OK : client_complain_of(error);
}
