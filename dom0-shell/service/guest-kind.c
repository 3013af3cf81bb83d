/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of kinds, and why a machine can't run one. */
#include "guest-kind.h"

#include <string.h>

#include "error.h"

static const struct {
    const char *name;
    const char *refusal; /* what the machine lacks, and what to do about it */
} kinds_table[GUEST_KINDS] = {
    [GUEST_PV] = {"pv", N_("This computer's hypervisor runs no PV guests. Use the kind “pvh”.")},
    [GUEST_PVH] = {"pvh",
                   N_("This computer's CPU has no AMD-V or VT-x with nested paging that can be "
                      "used, or it is switched off in the firmware's setup, and a PVH guest "
                      "needs it. Use the kind “pv”, which runs on every CPU.")},
    [GUEST_HVM] = {"hvm",
                   N_("This computer's CPU has no AMD-V or VT-x that can be used, or it is "
                      "switched off in the firmware's setup, and an HVM guest, as one from an "
                      "ISO image is, needs it. Use a template with the kind “pv”, which runs "
                      "on every CPU.")},
};

const char *guest_kind_name(GuestKind kind)
{
    return kinds_table[kind].name;
}

gboolean guest_kind_parse(const char *name, GuestKind *ret_kind)
{
    for (guint i = 0; i < GUEST_KINDS; i++) {
        if (strcmp(kinds_table[i].name, name) == 0) {
            *ret_kind = (GuestKind)i;
            return TRUE;
        }
    }
    return FALSE;
}

gboolean guest_kind_check(GuestKind kind, guint kinds, GError **error)
{
    if (kinds & GUEST_KIND_BIT(kind))
        return TRUE;
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED, kinds_table[kind].refusal);
    return FALSE;
}

const char **guest_kind_names(guint kinds)
{
    const char **names = g_new0(const char *, GUEST_KINDS + 1);
    guint count = 0;

    for (guint i = 0; i < GUEST_KINDS; i++) {
        if (kinds & GUEST_KIND_BIT(i))
            names[count++] = kinds_table[i].name;
    }
    return names;
}
