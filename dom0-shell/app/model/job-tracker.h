/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Follows the service's jobs, ties each to its guest, and reports how those of ours ended. */
#pragma once

#include "model/guest-list.h"

G_BEGIN_DECLS

#define VITRINE_TYPE_JOB_TRACKER (vitrine_job_tracker_get_type())
G_DECLARE_FINAL_TYPE(VitrineJobTracker, vitrine_job_tracker, VITRINE, JOB_TRACKER, GObject)

VitrineJobTracker *vitrine_job_tracker_new(VitrineGuestList *guests);
void vitrine_job_tracker_set_manager(VitrineJobTracker *self, GDBusObjectManager *manager);
VitrineJob *vitrine_job_tracker_find(VitrineJobTracker *self, const char *guest_name);

G_END_DECLS
