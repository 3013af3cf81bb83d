/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes of a person's xl.cfg the file of a guest here. */
#pragma once

#include <glib.h>

#include "guest-store.h"

/* What becomes of the files that the guest's disks are. */
typedef enum {
    IMPORT_COPY, /* the guest has copies of them */
    IMPORT_MOVE,
    IMPORT_KEEP, /* it has them where they are */
    IMPORT_WAYS,
} ImportWay;

/* The name that the bus has for it, as "copy"; FALSE if there is none. */
gboolean import_way_parse(const char *name, ImportWay *ret_way);

/* A disk's file, and where it is to be. */
typedef struct {
    char *from;
    char *to;
    gboolean renamed; /* it is there, and gone from where it was */
} ImportedDisk;

/* TEXT, of LENGTH bytes, as the file of the guest NAME of STORE, whose screen, if it is QEMU's, is
 * served at the socket SCREEN. RET_DISKS gets what is to be brought, ImportedDisk, owned by the
 * array; nothing, if WAY is to keep them. NULL and a sentence if something in it can't be had
 * here. The files that it names are not looked at. The caller owns the text. */
char *config_import(const char *text, gsize length, const GuestStore *store, const char *name,
                    const char *screen, ImportWay way, GPtrArray **ret_disks, GError **error);
