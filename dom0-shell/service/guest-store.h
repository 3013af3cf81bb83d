/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of guests: NAME.cfg for xl, NAME.ini for what xl.cfg has no word for, and the
 * disks that were cloned for them, and copies of other files that a person named for them. The
 * files are the truth; nothing is kept besides. */
#pragma once

#include <glib.h>

#include "guest-notes.h"

typedef struct GuestStore GuestStore;

/* What copies of a guest's kernel and initial RAM disk are called in files/NAME/. */
#define GUEST_FILE_KERNEL  "kernel"
#define GUEST_FILE_RAMDISK "ramdisk"

/* What is to become of a guest's two files. Borrowed. */
typedef struct {
    const char *config; /* all of NAME.cfg; NULL leaves it as it is */
    GuestNotesChange notes;
} GuestFilesChange;

/* Says whether the file PATH, which is to be a guest's NAME.cfg, is one. */
typedef gboolean (*GuestStoreCheck)(const char *path, gpointer data, GError **error);

/* A store below STATE_DIRECTORY (guests/, disks/, templates/, iso/, snapshots/, saved/,
 * files/), which are
 * made if missing. NULL and ERROR if they can't be. */
GuestStore *guest_store_new(const char *state_directory, GError **error);
void guest_store_free(GuestStore *store);

const char *guest_store_templates(const GuestStore *store);
const char *guest_store_disks(const GuestStore *store);
const char *guest_store_guests(const GuestStore *store);
const char *guest_store_isos(const GuestStore *store); /* images of CDs */
const char *guest_store_snapshots(const GuestStore *store);
const char *guest_store_saved(const GuestStore *store); /* memory of saved guests */
/* The file of what is set for all guests, whether or not it is there. */
const char *guest_store_settings(const GuestStore *store);

/* In guest-store-room.c. Bytes that the disks' file system has free. If they seem fewer than
 * `wanted`, what was deleted lately is given back first, which may take seconds. */
guint64 guest_store_free_disk(const GuestStore *store, guint64 wanted);

/* Bytes that it has free, and in all. */
void guest_store_measure(const GuestStore *store, guint64 *ret_free, guint64 *ret_total);

/* From now on, the file PATH says how many MiB are free, for trying what happens then. */
void guest_store_make_up_room(GuestStore *store, const char *path);

/* Bytes that a guest's disks, its snapshots, its saved memory and its other files take up. */
guint64 guest_store_used(const GuestStore *store, const char *name);

/* Paths of a guest's files, whether or not they exist; owned by the caller. */
char *guest_store_config_path(const GuestStore *store, const char *name);
char *guest_store_notes_path(const GuestStore *store, const char *name);
char *guest_store_disk_path(const GuestStore *store, const char *name);
/* That of another disk of the guest's, which the guest calls VDEV. NULL and a sentence if it can't
 * be called that. */
char *guest_store_more_disk_path(const GuestStore *store, const char *name, const char *vdev,
                                 GError **error);
/* Where a copy that is to be the guest's disk is put together, on the disks' file system. */
char *guest_store_making_path(const GuestStore *store, const char *name);

/* In guest-store-files.c. Copies of files that a person named for a guest, and that could not stay
 * where they were: in files/NAME/, where only root puts anything.
 *
 * The path of one that is called FILE; one for a CD's image, of the file name of ISO or much the
 * same, that is not there. Owned by the caller. */
char *guest_store_file_path(const GuestStore *store, const char *name, const char *file);
char *guest_store_new_cd_path(const GuestStore *store, const char *name, const char *iso);
/* Makes the directory, if it is missing. */
gboolean guest_store_make_files(const GuestStore *store, const char *name, GError **error);
/* Removes all of a guest's; those that are CDs' images, but for that at the path KEPT. */
gboolean guest_store_remove_copies(const GuestStore *store, const char *name, GError **error);
void guest_store_remove_cds(const GuestStore *store, const char *name, const char *kept);
/* Gives the guest TO, which has none, those of the guest NAME; and TEXT of NAME's that names them,
 * as one of TO's, to be freed. */
gboolean guest_store_share_files(const GuestStore *store, const char *name, const char *to,
                                 GError **error);
char *guest_store_name_files(const GuestStore *store, const char *name, const char *to,
                             const char *text);

/* Names of all guests that have a NAME.cfg, sorted; files that no guest can be named after are
 * left out. The array owns its elements. */
GPtrArray *guest_store_list(const GuestStore *store);

/* True if any file of a guest NAME is there. */
gboolean guest_store_taken(const GuestStore *store, const char *name);

/* Writes both files of a new guest. Fails, and leaves nothing, if there is one of that name. */
gboolean guest_store_add(GuestStore *store, const char *name, const char *config,
                         const GuestNotes *notes, GError **error);

/* Changes the files of the guest NAME, each in one step; what a person wrote into NAME.ini besides
 * stays. CHECK sees a new NAME.cfg before it is in place. FALSE, with nothing changed, if CHECK
 * says no or a file can't be replaced. */
gboolean guest_store_change(GuestStore *store, const char *name, const GuestFilesChange *change,
                            GuestStoreCheck check, gpointer data, GError **error);

/* Reads NAME.ini, as guest_notes_read() does. */
void guest_store_read_notes(const GuestStore *store, const char *name, GuestNotes *ret_notes);

/* Remove a guest's two files; its disks below disks/. Files that are not there are no error. */
gboolean guest_store_remove_files(GuestStore *store, const char *name, GError **error);
gboolean guest_store_remove_disk(GuestStore *store, const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GuestStore, guest_store_free)
