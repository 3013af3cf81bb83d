/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One guest on the bus: its state, its methods, its display server. */
#pragma once

#include "disk-room.h"
#include "inventory.h"
#include "service.h"

#define GUEST_TYPE (guest_get_type())
G_DECLARE_FINAL_TYPE(Guest, guest, SERVICE, GUEST, GObject)

/* A stopped guest NAME, not on the bus yet. */
Guest *guest_new(Service *service, const char *name);

/* Puts the guest on the bus; takes it off again. */
void guest_export(Guest *guest);
void guest_withdraw(Guest *guest);

const char *guest_name(Guest *guest);
VitrineGuest1 *guest_skeleton(Guest *guest);

/* The guest's domain, or DOMID_NONE; while a job builds one, that one. */
int guest_domid(Guest *guest);

/* What the guest may reach in the network. */
const NetworkAccess *guest_network_access(Guest *guest);
/* Where the interface of its domain is. */
const FirewallPort *guest_port(Guest *guest);

/* The guest's job, or NULL. */
Job *guest_job(Guest *guest);

/* Compares with a snapshot: what the guest's file says, and its domain (NULL: there is none). */
void guest_update_file(Guest *guest, const InventoryGuest *file);
void guest_update_domain(Guest *guest, const BackendDomain *domain, gint64 now);

/* Holds a running guest while the disk is full, and lets it go on afterwards. */
void guest_mind_room(Guest *guest, DiskRoom room);

/* The domain of this guest stopped by itself; is gone. */
void guest_stopped(Guest *guest, StopReason reason);
void guest_gone(Guest *guest);

/* Starts the guest if it is to start with the computer and does not run. */
void guest_autostart(Guest *guest);

/* Lets the guest go on where it was saved, if it was and does not run. */
void guest_go_on(Guest *guest);

/* Ends what runs in this process for the guest; the guest itself goes on. */
void guest_release(Guest *guest);
