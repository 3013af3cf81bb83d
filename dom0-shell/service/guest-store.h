/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory of guests: NAME.cfg for xl, NAME.ini for what xl.cfg has no word for, and the
 * disks that were cloned for them. The files are the truth; nothing is kept besides. */
#pragma once

#include <glib.h>

#include "guest-config.h"
#include "network-access.h"

typedef struct GuestStore GuestStore;

/* Whether a guest has a device of ours. xl.cfg's own words for them are not for what the service
 * writes: for a `vfb` xl starts QEMU, and for a `vsnd` it waits for a back end that nobody starts.
 */
typedef enum {
    DEVICE_AS_IN_CFG, /* no word in NAME.ini: with that word in NAME.cfg */
    DEVICE_YES,
    DEVICE_NO,
} DeviceChoice;

/* A guest that was made to run an installer. */
typedef enum {
    INSTALLER_NONE,
    INSTALLER_BEGUN,
    INSTALLER_ENDED, /* it has switched itself off, or restarted */
} InstallerState;

/* What NAME.ini has on what the guest starts from. The kernel is the one that it started from
 * before, as xl.cfg would have it; strings are owned, or NULL. */
typedef struct {
    char *kernel;
    char *ramdisk;
    char *cmdline;
    InstallerState installer;
} GuestStartNotes;

/* How loud a guest is, and whether anybody has ever said so: if not, at 100 %. */
typedef struct {
    gboolean said;
    gboolean muted;
    guint percent; /* 0 to 100 */
} GuestLoudness;

#define GUEST_LOUDNESS_MAX 100

/* What NAME.ini holds. A guest whose file a person wrote has none of it (all empty). */
typedef struct {
    char *template; /* id; owned */
    char *color;    /* "#rrggbb"; owned */
    char *group;    /* that it is listed in; owned */
    DeviceChoice display;
    DeviceChoice sound;
    MonitorChoice monitors;
    GuestLoudness loudness;
    gboolean autostart; /* is started with the computer */
    NetworkAccess access;
    GuestStartNotes start;
} GuestNotes;

/* What is to become of a guest's two files; NULL leaves a thing as it is. Borrowed. */
typedef struct {
    const char *config; /* all of NAME.cfg */
    const char *color;
    const char *group;
    const gboolean *autostart;
    const gboolean *sound;
    const char *monitors; /* monitor-list.h */
    const GuestLoudness *loudness;
    const NetworkAccessKind *access;
    const char *const *hosts; /* that it may reach */
    const GuestStartNotes *start;
} GuestFilesChange;

/* Says whether the file PATH, which is to be a guest's NAME.cfg, is one. */
typedef gboolean (*GuestStoreCheck)(const char *path, gpointer data, GError **error);

/* A store below STATE_DIRECTORY (guests/, disks/, templates/, iso/, snapshots/, saved/), which are
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

/* Bytes that the disks' file system has free. If they seem fewer than `wanted`, what was deleted
 * lately is given back first, which may take seconds. */
guint64 guest_store_free_disk(const GuestStore *store, guint64 wanted);

/* Bytes that it has free, and in all. */
void guest_store_measure(const GuestStore *store, guint64 *ret_free, guint64 *ret_total);

/* From now on, the file PATH says how many MiB are free, for trying what happens then. */
void guest_store_make_up_room(GuestStore *store, const char *path);

/* Bytes that a guest's disks, its snapshots and its saved memory take up. */
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

/* Reads NAME.ini; what is missing is empty. Release with guest_notes_clear(). */
void guest_store_read_notes(const GuestStore *store, const char *name, GuestNotes *ret_notes);
void guest_notes_clear(GuestNotes *notes);
void guest_start_notes_clear(GuestStartNotes *notes);
void guest_start_notes_copy(const GuestStartNotes *notes, GuestStartNotes *ret_notes);

/* The monitors of a graphics card of ours (monitor-list.h) that a guest of this choice and these
 * facts gets. Borrowed. */
const char *guest_store_monitors(const MonitorChoice *choice, const GuestFacts *facts);

/* Whether a guest of this choice and these facts gets a display server of ours. */
gboolean guest_store_shows(DeviceChoice choice, const GuestFacts *facts);
/* Whether it gets a sound card of ours. */
gboolean guest_store_sounds(DeviceChoice choice, const GuestFacts *facts);

/* Remove a guest's two files; its disks below disks/. Files that are not there are no error. */
gboolean guest_store_remove_files(GuestStore *store, const char *name, GError **error);
gboolean guest_store_remove_disk(GuestStore *store, const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(GuestStore, guest_store_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(GuestNotes, guest_notes_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(GuestStartNotes, guest_start_notes_clear)
