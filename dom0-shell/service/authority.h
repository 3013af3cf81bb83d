/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may change something: asks polkit, or nobody in development. */
#pragma once

#include <gio/gio.h>

typedef struct Authority Authority;

/* Called on the main thread with the decision; ERROR (borrowed) is set if it is no. */
typedef void (*AuthorityDecided)(const GError *error, gpointer data);

/* The decisions of polkit; NULL and ERROR if there is no polkit. */
Authority *authority_new_polkit(GError **error);

/* Says yes to everybody who can reach the bus: a session bus is one person's own. */
Authority *authority_new_open(void);

void authority_free(Authority *authority);

/* Decides whether the caller of INVOCATION may do org.vitrine.manage. The person may be asked for
 * a password if the call allows that. */
void authority_check(Authority *authority, GDBusMethodInvocation *invocation,
                     AuthorityDecided decided, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Authority, authority_free)
