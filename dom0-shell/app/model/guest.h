/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest as the windows see it: properties to bind to, operations to run. */
#pragma once

#include "model/guest-state.h"
#include "model/job.h"
#include "model/load-history.h"
#include "model/screen-protocol.h"
#include "vitrine-dbus.h"

#include <gdk/gdk.h>

G_BEGIN_DECLS

#define VITRINE_TYPE_GUEST (vitrine_guest_get_type())
G_DECLARE_FINAL_TYPE(VitrineGuest, vitrine_guest, VITRINE, GUEST, GObject)

VitrineGuest *vitrine_guest_new(VitrineGuest1 *proxy);
VitrineGuest1 *vitrine_guest_get_proxy(VitrineGuest *self);
const char *vitrine_guest_get_path(VitrineGuest *self);
const char *vitrine_guest_get_name(VitrineGuest *self);
VitrineGuestState vitrine_guest_get_state(VitrineGuest *self);
const char *vitrine_guest_get_problem(VitrineGuest *self);
gboolean vitrine_guest_get_has_display(VitrineGuest *self);
VitrineScreenProtocol vitrine_guest_get_screen_protocol(VitrineGuest *self, guint without);
gboolean vitrine_guest_has_domain(VitrineGuest *self);
gboolean vitrine_guest_allows(VitrineGuest *self, VitrineOperation operation);
const VitrineLoadHistory *vitrine_guest_get_load_history(VitrineGuest *self);
const VitrineLoadHistory *vitrine_guest_get_memory_history(VitrineGuest *self);
GdkPaintable *vitrine_guest_get_thumbnail(VitrineGuest *self);
const char *vitrine_guest_get_group(VitrineGuest *self);
void vitrine_guest_set_heading(VitrineGuest *self, const char *heading);
void vitrine_guest_set_thumbnail(VitrineGuest *self, GdkPaintable *thumbnail);
gboolean vitrine_guest_has_installed(VitrineGuest *self);
gboolean vitrine_guest_has_drive(VitrineGuest *self);
const char *vitrine_guest_get_iso(VitrineGuest *self);
VitrineJob *vitrine_guest_get_job(VitrineGuest *self);
void vitrine_guest_set_job(VitrineGuest *self, VitrineJob *job);

void vitrine_guest_run_async(VitrineGuest *self, VitrineOperation operation,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);
gboolean vitrine_guest_run_finish(VitrineGuest *self, GAsyncResult *result, char **ret_job,
                                  GError **error);
void vitrine_guest_configure_async(VitrineGuest *self, GVariant *options, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
gboolean vitrine_guest_configure_finish(VitrineGuest *self, GAsyncResult *result, GError **error);
void vitrine_guest_change_iso_async(VitrineGuest *self, const char *path, GCancellable *cancellable,
                                    GAsyncReadyCallback callback, gpointer user_data);
gboolean vitrine_guest_change_iso_finish(VitrineGuest *self, GAsyncResult *result, GError **error);
void vitrine_guest_open_display_async(VitrineGuest *self, VitrineScreenProtocol protocol,
                                      gboolean may_ask, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
int vitrine_guest_open_display_finish(VitrineGuest *self, GAsyncResult *result, GError **error);
void vitrine_guest_open_console_async(VitrineGuest *self, GCancellable *cancellable,
                                      GAsyncReadyCallback callback, gpointer user_data);
int vitrine_guest_open_console_finish(VitrineGuest *self, GAsyncResult *result, char **ret_history,
                                      GError **error);
void vitrine_guest_read_console_log_async(VitrineGuest *self, gboolean may_ask,
                                          GCancellable *cancellable, GAsyncReadyCallback callback,
                                          gpointer user_data);
char *vitrine_guest_read_console_log_finish(VitrineGuest *self, GAsyncResult *result,
                                            GError **error);

G_END_DECLS
