/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps that jobs on guests are made of, and what a job keeps while it is at work. */
#pragma once

#include "guest-private.h"

/* One job's own state. The worker's steps and the main thread's never run at the same time; only
 * `domid` is looked at in between. */
typedef struct {
    Guest *guest;
    Service *service; /* borrowed */
    char *name;       /* copies, for the worker's thread */
    char *config_path;
    char *disk_path;
    GuestPlan plan;    /* of a create */
    GuestCopy copy;    /* of what copies the disk */
    gboolean copies;   /* and leaves the guest what it was */
    char *import_text; /* what the guest's file is to be, and what is brought with it */
    GPtrArray *import_disks;
    BackendConfig config;
    DeviceChoice display_choice;
    DeviceChoice sound_choice;
    gboolean screen_by_spice; /* of an HVM guest, as its file says */
    MonitorChoice monitors;
    gint domid;              /* atomic */
    gboolean waiting;        /* for the guest to stop */
    guint timer;             /* of that wait */
    gint64 asked_at;         /* when it began, monotonic, µs */
    guint answer_timer;      /* until which the guest should have heard */
    gboolean unanswered;     /* it has not */
    gboolean until_gone;     /* another's domain: wait until that other has destroyed it */
    gboolean paused;         /* it can't hear a request unless it goes on */
    gboolean crashed;        /* the clearing up is of a crash */
    gboolean ended_itself;   /* and this one of a guest that is done, or restarts */
    NetworkAccess access;    /* that the domain gets */
    gboolean limiting;       /* the firewall is at work for this step */
    gboolean restores;       /* the domain is made of what was saved, not of the guest's file */
    char *problem;           /* what to show of it afterwards */
    const char *final_state; /* after a success */
} GuestOp;

/* An operation that leaves the guest in FINAL_STATE (static; NULL: no guest); the job that does
 * it, which shows the guest in STATE meanwhile and frees the operation in the end. */
GuestOp *guest_op_new(Guest *guest, const char *final_state);
void guest_run(GuestOp *op, const JobKind *kind, const char *state);

/* What an operation's steps work with. */
static inline Backend *op_backend(const GuestOp *op)
{
    return service_backend(op->service);
}

static inline GuestStore *op_store(const GuestOp *op)
{
    return service_store(op->service);
}

/* The domain that it works on, or DOMID_NONE; from either thread. */
static inline int op_domid(const GuestOp *op)
{
    return g_atomic_int_get(&op->domid);
}

static inline void op_set_domid(GuestOp *op, int domid)
{
    g_atomic_int_set(&op->domid, domid);
}

/* In guest-file-steps.c: a new guest's files and disk. */
extern const JobStep guest_step_check_template;
extern const JobStep guest_step_fill_disk;
extern const JobStep guest_step_check_source;
extern const JobStep guest_step_copy_image;
extern const JobStep guest_step_make_disk;
extern const JobStep guest_step_write_files;
extern const JobStep guest_step_bring_files;
extern const JobStep guest_step_delete_files;
/* FALSE and a sentence if the disk is full. */
gboolean guest_check_disk_room(GuestOp *op, GError **error);
void guest_undo_files(Job *job);
/* Makes TO a copy of the plain file FROM, of ours, of SIZE bytes at least. */
gboolean guest_copy_disk(Job *job, const char *from, const char *to, guint64 size,
                         GCancellable *cancellable, GError **error);

/* In guest-import.c: the same of a person's xl.cfg. */
extern const JobStep guest_step_check_config;
extern const JobStep guest_step_write_config;
extern const JobStep guest_step_bring_disks;
extern const JobStep guest_step_remove_originals;

/* In guest-start-steps.c: its domain, until it runs. guest-save.c does some of it likewise. */
extern const JobStep guest_step_check_room;
extern const JobStep guest_step_build;
extern const JobStep guest_step_watch;
extern const JobStep guest_step_connect_display;
extern const JobStep guest_step_unpause;
/* FALSE and a sentence if there is not so much MEMORY, in bytes. */
gboolean guest_check_room(GuestOp *op, guint64 memory, GError **error);
/* Before a domain is made, of whatever: learns what NAME.ini says that it gets. */
void guest_prepare_domain(GuestOp *op);
gboolean guest_unpause_domain(Job *job, GCancellable *cancellable, GError **error);

/* In guest-network.c. */
extern const JobStep guest_step_limit_network;

/* In guest-stop-steps.c: a stop that is asked for, and the end of a domain. */
extern const JobStep guest_step_ask_to_shut_down;
extern const JobStep guest_step_ask_to_reboot;
extern const JobStep guest_step_last_words;
extern const JobStep guest_step_note_installed;
extern const JobStep guest_step_display_off;
extern const JobStep guest_step_destroy;
void guest_undo_domain(Job *job);

/* In guest-stop-wait.c. */
extern const JobStep guest_step_wait_for_stop;

/* In guest-copy-steps.c. */
extern const JobStep guest_step_check_copy;
extern const JobStep guest_step_copy_snapshot;
extern const JobStep guest_step_commit_snapshot;
extern const JobStep guest_step_copy_back;
extern const JobStep guest_step_commit_back;
extern const JobStep guest_step_copy_clone;
extern const JobStep guest_step_commit_clone;
extern const JobStep guest_step_copy_template;
extern const JobStep guest_step_commit_template;
