/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens the files that a new guest is to be made of, with the rights of who wants it. */
#pragma once

#include "guest-private.h"

typedef struct {
    GuestPlan plan;
    char *isos; /* the service's directory of CDs' images, from which everybody may take */
} PlanFiles;

/* Whether PLAN names any. */
gboolean plan_files_are_named(const GuestPlan *plan);

/* On a thread of CALLER's own (caller_run()): opens what the plan of FILES names, and looks whether
 * it is what it should be. Of an xl.cfg, it reads it, opens the disks that are to be brought, and
 * looks whether CALLER may have the guest use the others where they are; what else is in it is
 * looked at later. FALSE and a sentence if something can't be used. */
gboolean plan_files_open(const Caller *caller, PlanFiles *files, GError **error);

/* Gives PLAN the paths of the copies that STORE is to have, for the guest NAME, of what can't stay
 * where it is. */
void plan_files_settle(GuestPlan *plan, const GuestStore *store, const char *name);

/* The disk PATH of PLAN's xl.cfg, borrowed; NULL if it was not opened. */
const NamedFile *plan_files_find_disk(const GuestPlan *plan, const char *path);
