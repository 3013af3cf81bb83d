/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a new guest can be made from, as the service describes it. */
#include "model/template.h"

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
