/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file that keeps an imagined machine's HVM domains, so that they outlive the service as real
 * ones do. */
#pragma once

#include <glib.h>

typedef struct {
    int domid;
    char *name;
    guint64 memory;          /* bytes */
    gboolean has_controller; /* for USB devices */
    char **held;             /* its device model's names of those */
    char *settings;          /* that are kept with it, as guest_settings_to_text() writes them */
} SimulateRecord;

/* Elements are SimulateRecord, owned by the array; none if there is no file PATH. */
GPtrArray *simulate_record_read(const char *path);
void simulate_record_write(const char *path, const GPtrArray *records);

SimulateRecord *simulate_record_new(int domid, const char *name);
void simulate_record_free(SimulateRecord *record);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SimulateRecord, simulate_record_free)
