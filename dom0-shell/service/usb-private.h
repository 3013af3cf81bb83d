/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The inside of USB: the devices that usb.c sees come and go, usb-object.c shows on the bus,
 * usb-assign.c gives away, and usb-process.c gets back. */
#pragma once

#include <gio/gunixmounts.h>

#include "guest-private.h"
#include "usb-channel.h"
#include "usb-concern.h"
#include "usb-return.h"
#include "usb-rules.h"
#include "usb-watch.h"
#include "usb.h"

typedef enum {
    USB_HERE,
    USB_CHECKING, /* whether it can be given away: still here */
    USB_ATTACHING,
    USB_ATTACHED,
    USB_DETACHING,
    USB_STATES,
} UsbState;

/* Who wants a device given to which guest, and how. */
typedef struct {
    GDBusMethodInvocation *invocation; /* answering it gives it up; NULL: it is remembered */
    char *guest;
    gboolean confirmed;
    gboolean remember;
    UsbScope scope;
} UsbRequest;

/* A device on the bus. Counted: work on the worker's thread may outlast its being plugged in. */
typedef struct {
    Usb *usb;
    UsbDevice *device;
    VitrineUsbDevice1 *skeleton;
    VitrineObjectSkeleton *object;
    UsbState state;
    char *guest;         /* which has it, or will; NULL while it is here */
    gboolean gone;       /* it was unplugged, and is off the bus */
    gboolean declined;   /* a person has taken it back: it goes to no guest by itself */
    guint attempts;      /* how often it went by itself; like that, until its guest starts again */
    UsbRequest *request; /* to be answered when it has got to a guest, or not; or NULL */
    gboolean ended;      /* it comes back because its guest has ended */
    gboolean returning;  /* no process holds it any more: dom0's drivers are taking it up */
    GError *loss;        /* why; NULL if that was asked for */
    GPtrArray *releases; /* calls of Release, waiting */
} UsbObject;

/* What serves a guest's USB devices: its USB process, or its device model. */
typedef struct {
    Usb *usb;
    char *guest;
    int domid;
    UsbChannel *channel;
    gboolean ending; /* its guest is gone, and it gives back what it holds */
} UsbProcess;

struct Usb {
    Service *service;
    const UsbOptions *options;
    char *notes;    /* directory: which devices are away */
    Worker *worker; /* NULL once stopped */
    UsbRules *rules;
    UsbWatch *watch; /* NULL if nobody tells of changes */
    GUnixMountMonitor *mounts;
    GHashTable *objects;   /* key -> UsbObject */
    GHashTable *processes; /* guest's name -> UsbProcess */
    GPtrArray *ending;     /* UsbProcess of guests that are gone */
    GHashTable *kept; /* key -> UsbNote: what device models had when this began; NULL: sorted out */
    guint sweep;      /* source: some of these may be done */
    gboolean looked;  /* all that was plugged in is known */
    gboolean guests_known; /* and all that runs */
    gboolean looking;      /* a look is under way */
    gboolean again;        /* and another is wanted after it */
};

/* ---- usb.c ---- */

/* Looks soon what is plugged in. */
void usb_look(Usb *usb);
/* The keys of all devices that are not here, with a NULL at the end; to be freed. */
char **usb_keys_away(Usb *usb);

/* ---- usb-object.c ---- */

/* DEVICE (taken over) on the bus, with CONCERN (NULL: none). */
UsbObject *usb_object_new(Usb *usb, UsbDevice *device, const char *concern);
UsbObject *usb_object_ref(UsbObject *object);
void usb_object_unref(UsbObject *object);
/* Takes it off the bus; calls that wait are answered: it was unplugged. */
void usb_object_withdraw(UsbObject *object);
/* What is found of it now. Of one that is not here nothing new is shown: dom0 sees less of it. */
void usb_object_update(UsbObject *object, UsbDevice *device, const char *concern);
/* Shows the state, and the guest in question (copied; NULL: none). */
void usb_object_set_state(UsbObject *object, UsbState state, const char *guest);
/* Shows why it is not where it was to be; empty: it is. */
void usb_object_set_problem(UsbObject *object, const char *problem);
/* Shows what the rules say. */
void usb_object_show_rule(UsbObject *object);
/* Answers the request, if there is one, with ERROR or (NULL) success, and forgets it. */
void usb_object_answer(UsbObject *object, const GError *error);
void usb_request_free(UsbRequest *request);
void usb_object_answer_releases(UsbObject *object, const GError *error);

/* ---- usb-process.c ---- */

/* The running guest NAME, or NULL and a sentence. */
Guest *usb_find_guest(Usb *usb, const char *name, GError **error);
/* Whether devices can get to GUEST; FALSE and a sentence if not. */
gboolean usb_can_reach(Usb *usb, Guest *guest, GError **error);
/* What serves GUEST, which may not be started yet; NULL and a sentence if nothing can. */
UsbProcess *usb_process_get(Usb *usb, Guest *guest, GError **error);
/* Notes that PROCESS is to have DEVICE. */
void usb_process_note(const UsbProcess *process, const UsbDevice *device);
/* Its guest is gone: it is freed (taken over) when it holds nothing more. */
void usb_process_end(UsbProcess *process);
/* At once: what it holds is taken from it, unless it is kept for the next service. */
void usb_process_free(UsbProcess *process);
/* Whether any process has the device KEY. One that was unplugged, or whose guest has ended, may
 * still be another's than the bus shows. */
gboolean usb_is_held(Usb *usb, const char *key);
/* Devices have changed: finds out what guests have lost without a word. */
void usb_processes_check(Usb *usb);
/* What NOTE says was with a device model: it still is, or comes back. */
void usb_take_up(Usb *usb, const UsbNote *note);
/* Begins to take back a device that is not here. */
void usb_release(UsbObject *object);
/* A device that was unplugged: no process is to hold it. */
void usb_abandon(UsbObject *object);

/* ---- usb-assign.c ---- */

/* Begins to give a device that is here to REQUEST's guest, and takes REQUEST over: it is answered
 * when that has come about, or not. */
void usb_assign(UsbObject *object, UsbRequest *request);
/* Gives a device to the guest that is remembered for it, if both are here. */
void usb_follow_rule(UsbObject *object);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(UsbObject, usb_object_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(UsbRequest, usb_request_free)
