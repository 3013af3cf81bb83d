/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the dialog for a new guest share: its fields, and what each does for the
 * others. */
#pragma once

#include "model/template.h"
#include "ui/file-row.h"
#include "ui/iso-row.h"
#include "ui/new-guest-dialog.h"

#define GIB (1024ull * 1024 * 1024)

struct _VitrineNewGuestDialog {
    AdwWindow parent_instance;

    GtkWidget *form;
    GtkWidget *no_templates;
    GtkFlowBox *tiles;
    GtkEditable *name;
    GtkWidget *name_problem;
    GtkSpinButton *memory;
    AdwActionRow *memory_row;
    GtkWidget *memory_warning;
    GtkSpinButton *vcpus;
    GtkBox *colors;
    GtkWidget *iso_group;
    VitrineIsoRow *iso;
    GtkWidget *kernel_group;
    VitrineFileRow *kernel;
    VitrineFileRow *ramdisk;
    GtkEditable *extra;
    GtkWidget *disk_group;
    GtkSpinButton *disk;
    GtkWidget *image_group;
    VitrineFileRow *image;
    AdwComboRow *disks;
    GtkWidget *size_group;
    GtkWidget *advanced_group;
    AdwComboRow *kind;
    GtkWidget *error;
    GtkWidget *create_button;
    GtkWidget *spinner;

    VitrineConnection *connection;
    GPtrArray *templates;
    const VitrineTemplate *template; /* the chosen one, of the array */
    const char *color;
    GCancellable *cancellable; /* of every call; closing the dialog cancels */
    gboolean name_is_ours;     /* suggested, not typed: may be replaced */
    gboolean busy;
};

/* new-guest-fill.c */
void vitrine_new_guest_fill_tiles(VitrineNewGuestDialog *self);
void vitrine_new_guest_fill_colors(VitrineNewGuestDialog *self);
void vitrine_new_guest_fill_limits(VitrineNewGuestDialog *self);
void vitrine_new_guest_fill_kinds(VitrineNewGuestDialog *self, const char *const *kinds);
void vitrine_new_guest_fill_drive(VitrineNewGuestDialog *self);

/* new-guest-order.c */
guint64 vitrine_new_guest_get_memory(VitrineNewGuestDialog *self);
guint64 vitrine_new_guest_get_room(VitrineNewGuestDialog *self);
VitrineSource vitrine_new_guest_get_source(VitrineNewGuestDialog *self);
gboolean vitrine_new_guest_is_image(VitrineNewGuestDialog *self);
gboolean vitrine_new_guest_is_config(VitrineNewGuestDialog *self);
gboolean vitrine_new_guest_has_source(VitrineNewGuestDialog *self);
const char *vitrine_new_guest_get_disks_warning(VitrineNewGuestDialog *self);
void vitrine_new_guest_order(VitrineNewGuestDialog *self, VitrineManager1 *manager,
                             GAsyncReadyCallback callback, gpointer user_data);
gboolean vitrine_new_guest_finish(VitrineNewGuestDialog *self, VitrineManager1 *manager, char **job,
                                  GAsyncResult *result, GError **error);
