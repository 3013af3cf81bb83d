/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What libxl keeps with a domain for us until it is destroyed. */
#include "backend-libxl-private.h"

#include <glib/gi18n.h>
#include <stdlib.h>
#include <string.h>

#include "guest-settings.h"

/* Tells our domains from xl's. */
#define USERDATA_ID "vitrine"
#define USERDATA    "service"
/* A line of guest_settings_to_text(). */
#define SETTINGS_ID "vitrine-settings"

gboolean machine_mark(Machine *machine, uint32_t domid, GError **error)
{
    int status = libxl_userdata_store(machine->build_ctx, domid, USERDATA_ID,
                                      (const uint8_t *)USERDATA, strlen(USERDATA));

    return status == 0 || libxl_log_fail(machine->build_log, status,
                                         N_("The guest can't be marked as ours"), error);
}

gboolean machine_is_ours(Machine *machine, int domid)
{
    uint8_t *data = NULL;
    int length = 0;
    gboolean ours;

    if (libxl_userdata_retrieve(machine->ctx, (uint32_t)domid, USERDATA_ID, &data, &length) != 0)
        return FALSE;
    ours = length == strlen(USERDATA) && memcmp(data, USERDATA, strlen(USERDATA)) == 0;
    free(data);
    return ours;
}

/* That they can't be kept is for the journal: the guest is whole. */
void machine_keep(libxl_ctx *ctx, int domid, const GuestFacts *facts)
{
    g_autofree char *text = guest_settings_to_text(facts);

    if (libxl_userdata_store(ctx, (uint32_t)domid, SETTINGS_ID, (const uint8_t *)text,
                             (int)strlen(text)) != 0)
        g_warning("The settings of domain %d can't be kept.", domid);
}

void machine_keep_settings(Backend *backend, int domid, const GuestFacts *facts)
{
    machine_keep(machine_of(backend)->ctx, domid, facts);
}

gboolean machine_kept_settings(Backend *backend, int domid, GuestFacts *ret_facts)
{
    Machine *machine = machine_of(backend);
    g_autofree char *text = NULL;
    uint8_t *data = NULL;
    int length = 0;

    if (libxl_userdata_retrieve(machine->ctx, (uint32_t)domid, SETTINGS_ID, &data, &length) != 0)
        return FALSE;
    text = length > 0 ? g_strndup((const char *)data, (gsize)length) : g_strdup("");
    free(data);
    return guest_settings_from_text(text, ret_facts);
}
