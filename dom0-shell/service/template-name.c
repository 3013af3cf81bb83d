/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks whether a template can have a name. */
#include "template-name.h"

#include "error.h"
#include "guest-name.h"
#include "snapshot-store.h"

static gboolean is_there(const char *directory, const char *prefix, const char *name)
{
    g_autofree char *entry = g_strconcat(prefix, name, NULL);
    g_autofree char *path = g_build_filename(directory, entry, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

gboolean template_name_check(const GuestStore *store, const char *name, GError **error)
{
    const char *directory = guest_store_templates(store);

    if (!guest_name_check(name, error))
        return FALSE;
    if (!is_there(directory, "", name) && !is_there(directory, COPY_PREFIX, name))
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NAME_TAKEN,
                N_("There is a template “%s” already: choose another name."), name);
    return FALSE;
}
