/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of saved guests' memory, saved/NAME.state. Any thread may ask; one at a time changes.
 */
#pragma once

#include "guest-store.h"

/* Where the memory of the guest NAME is kept, and where it is put together; owned by the caller. */
char *saved_store_path(const GuestStore *store, const char *name);
char *saved_store_making_path(const GuestStore *store, const char *name);

/* Whether the guest is saved. */
gboolean saved_store_has(const GuestStore *store, const char *name);

/* Gives what was put together its name, and keeps it so after a power cut. */
gboolean saved_store_commit(const GuestStore *store, const char *name, GError **error);

/* Notes that nothing writes to the guest's disk any more: what is written later is a change. */
void saved_store_seal(const GuestStore *store, const char *name);

/* FALSE and a sentence if the disk that the service made for the guest was written to since. */
gboolean saved_store_check_disk(const GuestStore *store, const char *name, GError **error);

/* Removes what was saved; what is half put together. Nothing there is no error. */
gboolean saved_store_remove(const GuestStore *store, const char *name, GError **error);
void saved_store_remove_making(const GuestStore *store, const char *name);

/* Removes what a killed service left half put together. */
void saved_store_sweep(const GuestStore *store);
