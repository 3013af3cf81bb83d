/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One running operation of the service, as an object to bind to. */
#pragma once

#include "vitrine-dbus.h"

G_BEGIN_DECLS

#define VITRINE_TYPE_JOB (vitrine_job_get_type())
G_DECLARE_FINAL_TYPE(VitrineJob, vitrine_job, VITRINE, JOB, GObject)

VitrineJob *vitrine_job_new(VitrineJob1 *proxy);
const char *vitrine_job_get_path(VitrineJob *self);
const char *vitrine_job_get_kind(VitrineJob *self);
const char *vitrine_job_get_guest_name(VitrineJob *self);
const char *vitrine_job_get_phase(VitrineJob *self);
double vitrine_job_get_progress(VitrineJob *self);
gboolean vitrine_job_get_cancellable(VitrineJob *self);
gboolean vitrine_job_is_running(VitrineJob *self);
const char *vitrine_job_get_error(VitrineJob *self);
gboolean vitrine_job_was_cancelled(VitrineJob *self);
void vitrine_job_cancel(VitrineJob *self);

G_END_DECLS
