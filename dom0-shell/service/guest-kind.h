/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of guests there are, and whether a machine can run one. */
#pragma once

#include <glib.h>

typedef enum {
    GUEST_PV,  /* a kernel that knows the hypervisor; needs nothing of the CPU */
    GUEST_PVH, /* such a kernel on the CPU's own virtualisation */
    GUEST_HVM, /* anything that runs on a PC, firmware and emulated devices included */
    GUEST_KINDS,
} GuestKind;

/* KIND as a member of a set of kinds. */
#define GUEST_KIND_BIT(kind) (1U << (kind))
#define GUEST_KINDS_ALL      (GUEST_KIND_BIT(GUEST_KINDS) - 1)

/* The kind's name, as xl.cfg's `type` has it. */
const char *guest_kind_name(GuestKind kind);

/* The kind called NAME; FALSE if there is none. */
gboolean guest_kind_parse(const char *name, GuestKind *ret_kind);

/* FALSE, and a sentence on what to use instead, if KIND is not among KINDS. */
gboolean guest_kind_check(GuestKind kind, guint kinds, GError **error);

/* The names of KINDS. Release with g_free(); the strings are static. */
const char **guest_kind_names(guint kinds);
