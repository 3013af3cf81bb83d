/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is kept of a guest beside its xl.cfg, which has no word for it: the file NAME.ini. */
#pragma once

#include <glib.h>

#include "guest-config.h"
#include "network-access.h"

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

/* What is to become of it; NULL leaves a thing as it is. Borrowed. */
typedef struct {
    const char *color;
    const char *group;
    const gboolean *autostart;
    const gboolean *sound;
    const char *monitors; /* monitor-list.h */
    const GuestLoudness *loudness;
    const NetworkAccessKind *access;
    const char *const *hosts; /* that it may reach */
    const GuestStartNotes *start;
} GuestNotesChange;

/* Reads the file PATH; what is missing, or makes no sense, is empty. Release with
 * guest_notes_clear(). */
void guest_notes_read(const char *path, GuestNotes *ret_notes);

/* A new file of NOTES; owned by the caller. */
char *guest_notes_to_text(const GuestNotes *notes);

/* Whether CHANGE changes anything. */
gboolean guest_notes_has_change(const GuestNotesChange *change);

/* The file PATH, which may be missing, with CHANGE in it; what a person wrote there besides stays.
 * NULL and ERROR if it can't be kept as it is. Owned by the caller. */
char *guest_notes_edit(const char *path, const GuestNotesChange *change, GError **error);

void guest_notes_clear(GuestNotes *notes);
void guest_start_notes_clear(GuestStartNotes *notes);
void guest_start_notes_copy(const GuestStartNotes *notes, GuestStartNotes *ret_notes);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(GuestNotes, guest_notes_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(GuestStartNotes, guest_start_notes_clear)
