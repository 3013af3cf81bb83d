/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a process must know that goes on with a guest's graphics card where one before it has ended,
 * perhaps by being killed: the guest tells of its buffers only once.
 *
 * It lies in a file that is mapped, so that it costs nothing to keep, and is believed no more than
 * what a guest says: whoever takes over puts it through the same checks.
 */
#ifndef DISPLAY_DEVICES_DISPLIF_KEEP_H
#define DISPLAY_DEVICES_DISPLIF_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/displif-objects.h"

struct displif_kept_connector {
    uint32_t ring;    /* the grant of its requests' ring: 0 while the guest is not connected */
    struct rect area; /* of the framebuffer, that it shows */
    uint64_t shown;   /* framebuffer; 0: switched off */
    uint64_t flipped; /* framebuffer of a flip that is not over; 0: none */
};

struct displif_keep {
    uint32_t magic, size; /* of a structure that was written by this very program */
    uint32_t domid;       /* for this guest */
    struct displif_kept_connector connectors[DISPLIF_MAX_CONNECTORS];
    struct displif_objects objects;
};

/*
 * Maps the file @path, which is made if it is not there, and emptied if it holds anything else than
 * what belongs to the guest @domid. Without a path it is memory, for nobody after us. NULL and
 * *@ret_problem, a sentence to be freed with g_free(), on failure.
 */
struct displif_keep *displif_keep_open(const char *path, uint32_t domid, char **ret_problem);

/* Leaves the file. Accepts NULL. */
void displif_keep_close(struct displif_keep *keep);

/* Forgets all that belongs to one connection of the guest's. */
void displif_keep_clear(struct displif_keep *keep);

#endif
