/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of a guest, for the files guest-*.c that it is made of. */
#pragma once

#include "config-import.h"
#include "display-server.h"
#include "disk-room.h"
#include "guest.h"
#include "named-file.h"

/* The state of a guest that is held while the disk is full. */
#define GUEST_OUT_OF_DISK "out-of-disk"
/* That of one that was asked to shut down and does not. */
#define GUEST_NOT_RESPONDING "not-responding"

struct _Guest {
    GObject parent;

    Service *service; /* borrowed */
    char *name;
    VitrineObjectSkeleton *object;
    VitrineGuest1 *skeleton;
    int domid;
    gboolean ours;  /* the domain was made by this service */
    gboolean saved; /* its memory is in a file, as of the last look */
    BackendConfig config;
    gboolean settings_known; /* of the domain: they are `settings` */
    GuestFacts settings;
    DeviceChoice display_choice; /* of its NAME.ini */
    DeviceChoice sound_choice;
    MonitorChoice monitors;       /* likewise */
    MonitorList shown_monitors;   /* that its display server was started for */
    GuestLoudness loudness;       /* as it is now */
    GuestLoudness noted_loudness; /* as its NAME.ini has it, when that was seen or written last */
    NetworkAccess access;         /* likewise */
    FirewallPort port;            /* where its domain's interface is */
    char *file_problem;           /* the guest's file can't be used, or NULL */
    Job *job;
    VitrineJob1 *last_job;      /* the job begun last, over or not */
    DisplayServer *display;     /* NULL when there is none to be */
    Helper *sound;              /* NULL when it has no sound card */
    HelperReady sound_settled;  /* who waits for that; NULL: nobody */
    guint sound_patience;       /* source: nobody waits for it any longer */
    guint microphone_idle;      /* the timer of a microphone that was given once */
    gboolean on_qemu;           /* its screen is QEMU's, if there is any */
    gboolean ignored;           /* it heard a request to shut down, and is there all the same */
    gboolean holding;           /* it is being stopped for want of room on the disk, or let go on */
    gboolean runs_without_room; /* a person wants it to run all the same */
    gboolean stop_pending;      /* it stopped while a job was at work */
    StopReason stop_reason;
    guint64 cpu_time; /* at `measured`, ns; µs */
    gint64 measured;
};

/* What a new guest is to be, beside its name. */
typedef struct {
    char *template; /* id; empty: none, a disk of its own and `iso` or `kernel` */
    GuestKind kind;
    gboolean kind_given;
    char *kernel; /* paths, and words for the kernel; NULL: none */
    char *ramdisk;
    char *extra;
    char *image;  /* path of an image that the disk is a copy of, or NULL */
    char *iso;    /* path of the image in its CD drive, or NULL */
    char *config; /* path of an xl.cfg that the guest is made of, or NULL */
    ImportWay import_way;
    guint64 disk_size; /* bytes, of an empty disk */
    char *color;
    guint64 memory; /* bytes */
    guint vcpus;
    gboolean start;
    /* What it names of a person's, opened by plan_files_open(); NULL: nothing of the kind. */
    Caller *caller;
    NamedFile *kernel_file;
    NamedFile *ramdisk_file;
    NamedFile *image_file;
    NamedFile *iso_file;
    GPtrArray *disk_files; /* NamedFile, of `config_text` */
    char *config_text;     /* what is in the file `config` */
    gsize config_length;
} GuestPlan;

void guest_plan_clear(GuestPlan *plan);

/* What is to be made of a guest's disk. */
typedef struct {
    char *id;    /* of a snapshot */
    char *name;  /* of a new guest or template */
    char *label; /* a snapshot's, or a template's description */
    char *color; /* of a new guest; NULL: that of the one copied */
} GuestCopy;

void guest_copy_clear(GuestCopy *copy);
/* Whether the guest can be copied now; whether LABEL is fit to be one. FALSE and a sentence if not.
 */
gboolean guest_copy_check(Guest *guest, GError **error);
gboolean guest_copy_check_label(const char *label, GError **error);
/* Start a job, whose path they return; take COPY's strings over. GUEST must have been checked. */
const char *guest_clone(Guest *guest, GuestCopy *copy);
const char *guest_make_template(Guest *guest, GuestCopy *copy);

/* Answer Guest1.TakeSnapshot, RollBack and DeleteSnapshot, once they are allowed. */
void guest_take_snapshot(Guest *guest, GDBusMethodInvocation *invocation);
void guest_roll_back(Guest *guest, GDBusMethodInvocation *invocation);
void guest_delete_snapshot(Guest *guest, GDBusMethodInvocation *invocation);
/* Answers Guest1.ListSnapshots, which everybody may call. */
void guest_list_snapshots(Guest *guest, GDBusMethodInvocation *invocation);

/* Starts a job; GUEST must have none. The job is the guest's until it is over. */
void guest_create(Guest *guest, GuestPlan *plan); /* takes PLAN's strings over */
void guest_start(Guest *guest);
void guest_shutdown(Guest *guest);
void guest_reboot(Guest *guest);
void guest_force_off(Guest *guest);
void guest_delete(Guest *guest);
/* In guest-save.c. guest_restore() is a saved guest's start; guest_finish_save() ends the domain of
 * one that a killed service had saved. */
void guest_save(Guest *guest);
void guest_restore(Guest *guest);
void guest_discard_saved(Guest *guest);
void guest_finish_save(Guest *guest);
/* What was saved of a guest that runs is worth nothing. */
void guest_drop_stale_save(Guest *guest);
/* FALSE and a sentence if something else is being done with the guest. */
gboolean guest_check_idle(Guest *guest, GError **error);
/* FALSE and a sentence if the guest is saved, and so has to stay as it is. */
gboolean guest_check_not_saved(Guest *guest, GError **error);
/* What a guest without a domain is in: "stopped" or "saved". */
const char *guest_resting_state(const Guest *guest);
/* Clears up after a guest that stopped by itself, and starts it again if its file says so. */
void guest_clear_up(Guest *guest, StopReason reason);

/* Tells the guest's job of an event; TRUE if it was the job's business. */
gboolean guest_job_stopped(Guest *guest, StopReason reason);
gboolean guest_job_gone(Guest *guest);
/* Tells a job that waits for the guest to stop whether the guest has taken that up. */
void guest_job_look(Guest *guest, const BackendDomain *domain);
/* Ends a job that does nothing but wait for the guest to stop. */
void guest_job_stop_waiting(Guest *guest);
/* The domain the guest's job works on, or DOMID_NONE. */
int guest_job_domid(Guest *guest);

/* Answers Guest1.Configure, once it is allowed. */
void guest_configure(Guest *guest, GDBusMethodInvocation *invocation);

/* Answer Guest1.InsertIso and EjectIso, once they are allowed. */
void guest_insert_iso(Guest *guest, GDBusMethodInvocation *invocation);
void guest_eject_iso(Guest *guest, GDBusMethodInvocation *invocation);

/* Answer Guest1.AddDisk, RemoveDisk and ResizeDisk, once they are allowed. */
void guest_add_disk(Guest *guest, GDBusMethodInvocation *invocation);
void guest_remove_disk(Guest *guest, GDBusMethodInvocation *invocation);
void guest_resize_disk(Guest *guest, GDBusMethodInvocation *invocation);
/* Answers Guest1.ListDisks, which everybody may call. */
void guest_list_disks(Guest *guest, GDBusMethodInvocation *invocation);

/* Answer Guest1.OpenConsole and ReadConsoleLog, once they are allowed. */
void guest_open_console(Guest *guest, GDBusMethodInvocation *invocation);
void guest_read_console_log(Guest *guest, GDBusMethodInvocation *invocation);

/* Shows whether the domain has the settings of the guest's file. */
void guest_show_restart(Guest *guest);
/* The domain has SETTINGS. */
void guest_set_settings(Guest *guest, const GuestFacts *settings);

void guest_set_state(Guest *guest, const char *state);
void guest_set_domid(Guest *guest, int domid);
void guest_set_problem(Guest *guest, const char *problem);
/* Leaves what is wrong with the guest's file, if anything. */
void guest_clear_problem(Guest *guest);
/* Says of a running guest, whose display was connected or has none, why it can't be seen. */
void guest_show_running(Guest *guest);
/* Its domain was paused, or goes on. */
void guest_set_paused(Guest *guest, gboolean paused);
/* Whether it was paused: by a person, or for want of room on the disk. */
gboolean guest_is_held(Guest *guest);
/* Makes the display server of the guest's domain; READY as in helper_start(). */
void guest_connect_display(Guest *guest, int domid, const DisplayDevices *devices,
                           HelperReady ready);
void guest_disconnect_display(Guest *guest);
/* Makes the back end of the domain's sound card, and so the card; see guest_await_sound(). */
void guest_connect_sound(Guest *guest, int domid, GuestKind kind);
void guest_disconnect_sound(Guest *guest);
/* SETTLED is called, with no error, when the guest's sound card is there or there is none to come:
 * at once, perhaps, and after some seconds in any case; not at all if it is disconnected before. */
void guest_await_sound(Guest *guest, HelperReady settled);
/* Whether the guest, when it is started, gets a sound card; as its files say now. */
gboolean guest_wants_sound(const Guest *guest);
/* Answers Guest1.SetMicrophone, once it is allowed. */
void guest_set_microphone(Guest *guest, GDBusMethodInvocation *invocation);
/* Tells TEXT to the process of the guest's sound, if there is one. */
void guest_order_sound(Guest *guest, const char *text);

/* How loud the guest is. In guest-loudness.c. Answer Guest1.SetVolume and SetMuted, once they are
 * allowed. */
void guest_set_volume(Guest *guest, GDBusMethodInvocation *invocation);
void guest_set_muted(Guest *guest, GDBusMethodInvocation *invocation);
/* What NAME.ini says. */
void guest_follow_loudness(Guest *guest, const GuestLoudness *noted);
/* Tells the process of the guest's sound, which is new, what there is to be told. */
void guest_tell_loudness(Guest *guest);
/* TRUE if TEXT, which the process said, is about loudness. */
gboolean guest_hear_loudness(Guest *guest, const char *text);
/* Puts in force what the guest may reach in the network, as `access` has it; a guest without a
 * domain has nothing to be limited. In guest-network.c. */
void guest_limit_network(Guest *guest, FirewallDone done, gpointer data);
/* FALSE and a sentence if a guest of these FACTS has an interface that can't be limited to ACCESS.
 */
gboolean guest_check_network(const NetworkAccess *access, const GuestFacts *facts, GError **error);
/* Likewise if one that is on the network outside can't be kept to its own address there. */
gboolean guest_check_port(Guest *guest, const GuestFacts *facts, GError **error);
/* Notes where the interface of a domain that was built of FACTS is, for the next
 * guest_limit_network(); TRUE if something else was noted. */
gboolean guest_note_port(Guest *guest, const GuestFacts *facts);
/* Ends all that serves the domain. */
void guest_disconnect(Guest *guest);
/* The screen of the guest's domain is QEMU's: from now on, and whether it is there by now. */
void guest_connect_qemu(Guest *guest);
void guest_look_for_qemu(Guest *guest);

/* Has the guest's methods on the bus answered. */
void guest_connect_methods(Guest *guest);
/* Handles what came while the job was at work. */
void guest_job_over(Guest *guest);
