/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a new guest can be made from, as the service describes it. */
#include "model/template.h"

#include <glib/gi18n.h>

static char *lookup_text(GVariant *entry, const char *key, const char *fallback)
{
    const char *text = fallback;

    g_variant_lookup(entry, key, "&s", &text);
    return g_strdup(text);
}

static VitrineTemplate *parse_one(GVariant *entry)
{
    VitrineTemplate *self = g_new0(VitrineTemplate, 1);

    self->id = lookup_text(entry, "id", "");
    self->title = lookup_text(entry, "title", self->id);
    self->description = lookup_text(entry, "description", "");
    self->icon = lookup_text(entry, "icon", "");
    self->broken = lookup_text(entry, "broken", "");
    self->memory = 512 * 1024 * 1024;
    self->vcpus = 1;
    g_variant_lookup(entry, "memory", "t", &self->memory);
    g_variant_lookup(entry, "vcpus", "u", &self->vcpus);
    return self;
}

/* What stands beside the templates for a guest with a whole machine, and so starts what is on its
 * disk or CD; on a machine that can run guests of @kinds (NULL: none). */
static VitrineTemplate *new_machine(const char *title, const char *description, const char *icon,
                                    const char *const *kinds)
{
    VitrineTemplate *self = g_new0(VitrineTemplate, 1);
    gboolean can = kinds && g_strv_contains(kinds, "hvm");

    self->id = g_strdup("");
    self->title = g_strdup(title);
    self->description = g_strdup(description);
    self->icon = g_strdup(icon);
    self->broken = g_strdup(can ? ""
                                : _("This computer's CPU has no AMD-V or VT-x that can be used, or "
                                    "it is switched off in the firmware's setup. Use a template."));
    self->memory = 2048ull * 1024 * 1024;
    self->vcpus = 2;
    return self;
}

VitrineTemplate *vitrine_template_new_iso(const char *const *kinds)
{
    return new_machine(_("From an ISO…"), _("Installs any system from the image of a CD."),
                       "media-optical-symbolic", kinds);
}

VitrineTemplate *vitrine_template_new_image(const char *const *kinds)
{
    VitrineTemplate *self =
        new_machine(_("Import…"), _("A system that is on the image of a disk already."),
                    "drive-harddisk-symbolic", kinds);

    self->is_image = TRUE;
    return self;
}

gboolean vitrine_template_is_iso(const VitrineTemplate *self)
{
    return *self->id == '\0' && !self->is_image;
}

/* The service's list, aa{sv}, as an array of VitrineTemplate to be unreferenced. NULL is empty. */
GPtrArray *vitrine_templates_parse(GVariant *templates)
{
    GPtrArray *array = g_ptr_array_new_with_free_func((GDestroyNotify)vitrine_template_free);

    for (gsize i = 0; templates && i < g_variant_n_children(templates); i++) {
        g_autoptr(GVariant) entry = g_variant_get_child_value(templates, i);

        g_ptr_array_add(array, parse_one(entry));
    }
    return array;
}

void vitrine_template_free(VitrineTemplate *self)
{
    if (!self)
        return;
    g_free(self->id);
    g_free(self->title);
    g_free(self->description);
    g_free(self->icon);
    g_free(self->broken);
    g_free(self);
}
