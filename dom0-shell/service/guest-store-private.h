/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of the store of guests, for the files guest-store*.c. */
#pragma once

#include "guest-store.h"

struct GuestStore {
    char *guests;
    char *disks;
    char *templates;
    char *isos;
    char *snapshots;
    char *saved;
    char *files;
    char *settings;
    char *room; /* see guest_store_make_up_room(), or NULL */
};

/* What the files of a guest's other disks in disks/ begin with, and those of no other guest; owned
 * by the caller. */
char *guest_store_more_disks_prefix(const char *name);
