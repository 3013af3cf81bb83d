/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Manager object on the bus: the machine, the templates, making new guests. */
#pragma once

#include "disk-room.h"
#include "inventory.h"
#include "service.h"

typedef struct Manager Manager;

/* Puts the object on SERVICE's object manager. */
Manager *manager_new(Service *service);
void manager_free(Manager *manager);

/* Gives up what the manager is at: the service is about to end. */
void manager_quit(Manager *manager);

/* Bytes of memory in the machine. */
guint64 manager_total_memory(Manager *manager);

/* Shows what there is left on the disk. */
void manager_show_room(Manager *manager, guint64 free_disk, DiskRoom room);

/* Shows what the snapshot says of the machine and the templates. */
void manager_update(Manager *manager, const Snapshot *snapshot);
