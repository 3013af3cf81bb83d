/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One device of the guest in xenstore: its nodes, and the handshake with its front end. */
#ifndef BACKEND_XENBUS_H
#define BACKEND_XENBUS_H

#include "backend/guest.h"
#include "backend/throttle.h"
#include "backend/xenbus-state.h"

struct xenbus_key {
    const char *name;
    char value[80];
};

#define XENBUS_MAX_KEYS 12

/* What a device is called, and what it tells its front end before that sets itself up. */
struct xenbus_class {
    const char *type; /* "vfb", "vkbd", "vdispl", "vsnd" */
    bool adopted;     /* nodes that a toolstack made before us are taken as they are */
    struct xenbus_key keys[XENBUS_MAX_KEYS];
    unsigned key_count;
    struct xenbus_key front_keys[XENBUS_MAX_KEYS]; /* in the front end's own directory */
    unsigned front_key_count;
};

struct xenbus_ops {
    /* Maps what the front end offers. Returns NULL, or half a sentence that says what is wrong. */
    const char *(*connect)(void *data);
    /* Lets go of everything. Called only after a successful connect. */
    void (*disconnect)(void *data);
};

struct xenbus_device {
    struct guest *guest;
    const char *type;
    char *front, *back; /* paths of the two directories */

    /* The rest is xenbus.c's own. */
    const struct xenbus_ops *ops;
    void *data;
    struct store_watch *watch;
    enum xenbus_state front_last, back_state;
    bool connected;
    struct throttle steps, complaints;
    unsigned retry_timer;
};

void xenbus_device_init(struct xenbus_device *device, struct guest *guest, const char *type);

/*
 * Makes the nodes of @count devices of @guest in one transaction: the front end's directory is the
 * guest's, the back end's ours, each can be read by the other. Nodes that a process before us
 * made for the same device stay as they are, with the keys that the front end has read. Those of a
 * toolstack (still in the state Initialising) are made anew, unless the class adopts them: then
 * only the back end's keys are added. Returns false with errno set on failure.
 */
bool xenbus_create_nodes(struct guest *guest, const struct xenbus_class *classes, unsigned count);

/* Whether such a device of @guest has nodes that a process before us has made or taken over. */
bool xenbus_has_nodes(struct guest *guest, const struct xenbus_class *class);

/* Removes our directories of @count devices, which nobody else does when the guest is gone. */
void xenbus_remove_nodes(struct guest *guest, const struct xenbus_class *classes, unsigned count);

/*
 * Begins the handshake; @ops and @data must live until xenbus_device_stop(). Returns false with
 * errno set on failure.
 */
bool xenbus_device_start(struct xenbus_device *device, const struct xenbus_ops *ops, void *data);

/*
 * Logs half a sentence about what the guest does with the device; a guest that makes us do so
 * without end is not heard any more for a while.
 */
void xenbus_device_complain(struct xenbus_device *device, const char *what);

/* Disconnects and leaves the nodes as they are, so that a process after us can take over. */
void xenbus_device_stop(struct xenbus_device *device);

#endif
