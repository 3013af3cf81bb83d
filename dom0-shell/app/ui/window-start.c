/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts what an installer has put on the selected guest's disk. */
#include "ui/window-private.h"

static void complain(VitrineWindow *self, VitrineGuest *guest, const GError *error)
{
    vitrine_window_toast_failure(self, vitrine_operation_get_failure(VITRINE_OPERATION_START),
                                 vitrine_guest_get_name(guest), error->message);
}

static void on_started(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineWindow) self = data;
    g_autoptr(GError) error = NULL;

    if (!vitrine_guest_run_finish(VITRINE_GUEST(source), result, NULL, &error))
        complain(self, VITRINE_GUEST(source), error);
}

static void on_configured(GObject *source, GAsyncResult *result, gpointer data)
{
    g_autoptr(VitrineWindow) self = data;
    VitrineGuest *guest = VITRINE_GUEST(source);
    g_autoptr(GError) error = NULL;

    if (!vitrine_guest_configure_finish(guest, result, &error)) {
        complain(self, guest, error);
        return;
    }
    g_free(self->focus_guest);
    self->focus_guest = g_strdup(vitrine_guest_get_name(guest));
    vitrine_guest_run_async(guest, VITRINE_OPERATION_START, NULL, on_started, g_object_ref(self));
}

void vitrine_window_start_disk(VitrineWindow *self)
{
    GVariantDict options;

    if (!self->guest)
        return;
    g_variant_dict_init(&options, NULL);
    g_variant_dict_insert(&options, "start-from", "s", "disk");
    vitrine_guest_configure_async(self->guest, g_variant_dict_end(&options), NULL, on_configured,
                                  g_object_ref(self));
}
