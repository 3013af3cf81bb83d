/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells when domains come and go, whoever makes and ends them. */
#pragma once

#include <glib.h>

typedef struct DomainWatch DomainWatch;

/* Calls CHANGED in CONTEXT once soon, and whenever xenstored has met a new domain or lost one.
 * NULL, with errno set, if xenstored can't be reached. */
DomainWatch *domain_watch_new(GMainContext *context, void (*changed)(gpointer data), gpointer data);

/* On CONTEXT's thread. */
void domain_watch_free(DomainWatch *watch);
