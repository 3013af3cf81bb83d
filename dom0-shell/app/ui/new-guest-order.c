/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the dialog for a new guest orders of the service: out of what, and with which options. */
#include "ui/new-guest-dialog-private.h"

#include "model/memory-text.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

/* In bytes. */
guint64 vitrine_new_guest_get_memory(VitrineNewGuestDialog *self)
{
    return (guint64)gtk_spin_button_get_value_as_int(self->memory) * (guint64)VITRINE_MIB;
}

/* What the guest is made of. */
VitrineSource vitrine_new_guest_get_source(VitrineNewGuestDialog *self)
{
    return self->template ? self->template->source : VITRINE_SOURCE_TEMPLATE;
}

/* Whether there is a file that is imported. */
gboolean vitrine_new_guest_is_image(VitrineNewGuestDialog *self)
{
    return vitrine_new_guest_get_source(self) == VITRINE_SOURCE_IMAGE;
}

/* Whether what is imported is an xl.cfg, which says by itself what the guest is to be. */
gboolean vitrine_new_guest_is_config(VitrineNewGuestDialog *self)
{
    const char *path =
        vitrine_new_guest_is_image(self) ? vitrine_file_row_get_path(self->image) : NULL;

    return path && g_str_has_suffix(path, ".cfg");
}

/* A template has all that it needs; without one there has to be a file. */
gboolean vitrine_new_guest_has_source(VitrineNewGuestDialog *self)
{
    switch (vitrine_new_guest_get_source(self)) {
    case VITRINE_SOURCE_ISO:
        return vitrine_iso_row_get_path(self->iso) != NULL;
    case VITRINE_SOURCE_KERNEL:
        return vitrine_file_row_get_path(self->kernel) != NULL;
    case VITRINE_SOURCE_IMAGE:
        return vitrine_file_row_get_path(self->image) != NULL;
    default:
        return self->template != NULL;
    }
}

/* What can become of an xl.cfg's disks, in the order of the choices. */
static const struct {
    const char *way; /* on the bus */
    const char *warning;
} ways[] = {
    {"copy", N_("The files stay as they are, and what the guest writes is not in them")},
    {"move", N_("The files are gone from where they were")},
    {"keep", N_("Who removes the files, or uses them elsewhere, breaks the guest. It has no "
                "snapshots")},
};

/* What was not filled in is not asked for. */
static void add_text(GVariantBuilder *options, const char *name, const char *text)
{
    if (text && *text != '\0')
        g_variant_builder_add(options, "{sv}", name, g_variant_new_string(text));
}

/* In bytes. */
static guint64 get_disk_size(VitrineNewGuestDialog *self)
{
    return (guint64)gtk_spin_button_get_value_as_int(self->disk) * GIB;
}

/* What the guest's disk may take in the end, in bytes, where the dialog knows that: of a template's
 * copy it does not, nor of what an xl.cfg names; then 0. */
guint64 vitrine_new_guest_get_room(VitrineNewGuestDialog *self)
{
    GStatBuf file;

    switch (vitrine_new_guest_get_source(self)) {
    case VITRINE_SOURCE_ISO:
    case VITRINE_SOURCE_KERNEL:
        return get_disk_size(self);
    case VITRINE_SOURCE_IMAGE:
        return !vitrine_new_guest_is_config(self) &&
                       g_stat(vitrine_file_row_get_path(self->image), &file) == 0
                   ? (guint64)file.st_size
                   : 0;
    default:
        return 0;
    }
}

static void add_disk(VitrineNewGuestDialog *self, GVariantBuilder *options)
{
    g_variant_builder_add(options, "{sv}", "disk-size", g_variant_new_uint64(get_disk_size(self)));
}

/* The first choice is to leave it to the service. */
static void add_kind(VitrineNewGuestDialog *self, GVariantBuilder *options)
{
    GtkStringObject *kind = adw_combo_row_get_selected_item(self->kind);
    g_autofree char *name = NULL;

    if (!kind || adw_combo_row_get_selected(self->kind) == 0)
        return;
    name = g_ascii_strdown(gtk_string_object_get_string(kind), -1);
    add_text(options, "kind", name);
}

static void add_kernel(VitrineNewGuestDialog *self, GVariantBuilder *options)
{
    add_text(options, "kernel", vitrine_file_row_get_path(self->kernel));
    add_text(options, "ramdisk", vitrine_file_row_get_path(self->ramdisk));
    add_text(options, "extra", gtk_editable_get_text(self->extra));
}

/* The options that only a guest of this source has. */
static void add_source(VitrineNewGuestDialog *self, GVariantBuilder *options)
{
    switch (vitrine_new_guest_get_source(self)) {
    case VITRINE_SOURCE_ISO:
        add_text(options, "iso", vitrine_iso_row_get_path(self->iso));
        add_disk(self, options);
        break;
    case VITRINE_SOURCE_KERNEL:
        add_kernel(self, options);
        add_disk(self, options);
        add_kind(self, options);
        break;
    case VITRINE_SOURCE_IMAGE:
        break;
    default:
        add_kind(self, options);
        break;
    }
}

static void add_size(VitrineNewGuestDialog *self, GVariantBuilder *options)
{
    g_variant_builder_add(options, "{sv}", "memory",
                          g_variant_new_uint64(vitrine_new_guest_get_memory(self)));
    g_variant_builder_add(options, "{sv}", "vcpus",
                          g_variant_new_uint32(gtk_spin_button_get_value_as_int(self->vcpus)));
}

/* What becomes of an imported guest's disks by what is chosen: a sentence without its end. */
const char *vitrine_new_guest_get_disks_warning(VitrineNewGuestDialog *self)
{
    return _(ways[adw_combo_row_get_selected(self->disks)].warning);
}

/* Floating. */
static GVariant *make_options(VitrineNewGuestDialog *self)
{
    GVariantBuilder options;

    g_variant_builder_init(&options, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&options, "{sv}", "color", g_variant_new_string(self->color));
    if (vitrine_new_guest_is_config(self)) {
        add_text(&options, "disks", ways[adw_combo_row_get_selected(self->disks)].way);
    } else {
        add_size(self, &options);
        add_source(self, &options);
    }
    return g_variant_builder_end(&options);
}

/* All of them take a source, a name and options, and answer with a job. */
static typeof(&vitrine_manager1_call_create) choose_call(VitrineNewGuestDialog *self)
{
    if (vitrine_new_guest_is_config(self))
        return vitrine_manager1_call_import_config;
    return vitrine_new_guest_is_image(self) ? vitrine_manager1_call_import
                                            : vitrine_manager1_call_create;
}

/* Orders the guest that the dialog has; there has to be a source. */
void vitrine_new_guest_order(VitrineNewGuestDialog *self, VitrineManager1 *manager,
                             GAsyncReadyCallback callback, gpointer user_data)
{
    choose_call(self)(manager,
                      vitrine_new_guest_is_image(self) ? vitrine_file_row_get_path(self->image)
                                                       : self->template->id,
                      gtk_editable_get_text(self->name), make_options(self),
                      G_DBUS_CALL_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION, G_MAXINT,
                      self->cancellable, callback, user_data);
}

/* FALSE with @error set if the service refused; else @job is to be freed. */
gboolean vitrine_new_guest_finish(VitrineNewGuestDialog *self, VitrineManager1 *manager, char **job,
                                  GAsyncResult *result, GError **error)
{
    if (vitrine_new_guest_is_config(self))
        return vitrine_manager1_call_import_config_finish(manager, job, result, error);
    return (vitrine_new_guest_is_image(self)
                ? vitrine_manager1_call_import_finish
                : vitrine_manager1_call_create_finish)(manager, job, result, error);
}
