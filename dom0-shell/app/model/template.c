/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a new guest can be made from, as the service describes it. */
#include "model/template.h"

#include <glib/gi18n.h>

#include "sentence.h"

static char *lookup_text(GVariant *entry, const char *key, const char *fallback)
{
    const char *text = fallback;

    g_variant_lookup(entry, key, "&s", &text);
    return g_strdup(text);
}

static VitrineTemplate *parse_one(GVariant *entry)
{
    VitrineTemplate *self = g_new0(VitrineTemplate, 1);
    g_autofree char *broken = NULL;

    self->id = lookup_text(entry, "id", "");
    self->title = lookup_text(entry, "title", self->id);
    self->description = lookup_text(entry, "description", "");
    self->icon = lookup_text(entry, "icon", "");
    broken = lookup_text(entry, "broken", "");
    self->broken = sentence_localise(broken);
    self->memory = 512 * 1024 * 1024;
    self->vcpus = 1;
    g_variant_lookup(entry, "memory", "t", &self->memory);
    g_variant_lookup(entry, "vcpus", "u", &self->vcpus);
    return self;
}

/* What stands beside the templates, with the memory and CPUs that a system of its own wants. */
static VitrineTemplate *new_source(VitrineSource source, const char *title, const char *description,
                                   const char *icon, const char *broken)
{
    VitrineTemplate *self = g_new0(VitrineTemplate, 1);

    self->source = source;
    self->id = g_strdup("");
    self->title = g_strdup(title);
    self->description = g_strdup(description);
    self->icon = g_strdup(icon);
    self->broken = g_strdup(broken);
    self->memory = 2048ull * 1024 * 1024;
    self->vcpus = 2;
    return self;
}

/* Why there are no whole machines, which start what is on a disk or CD, where guests are of @kinds
 * (NULL: none); empty if there are. */
static const char *explain_machines(const char *const *kinds)
{
    if (kinds && g_strv_contains(kinds, "hvm"))
        return "";
    return _("This computer's CPU has no AMD-V or VT-x that can be used, or it is switched off in "
             "the firmware's setup. Use a template.");
}

VitrineTemplate *vitrine_template_new_iso(const char *const *kinds)
{
    return new_source(VITRINE_SOURCE_ISO, _("From an ISO…"),
                      _("Installs any system from the image of a CD."), "media-optical-symbolic",
                      explain_machines(kinds));
}

VitrineTemplate *vitrine_template_new_kernel(const char *const *kinds)
{
    gboolean can = kinds && (g_strv_contains(kinds, "pv") || g_strv_contains(kinds, "pvh"));

    return new_source(VITRINE_SOURCE_KERNEL, _("From a Kernel…"),
                      _("Runs an installer that is a kernel, as Debian’s netboot."),
                      "system-run-symbolic",
                      can ? ""
                          : _("This computer’s hypervisor runs no guests with a kernel of "
                              "their own."));
}

VitrineTemplate *vitrine_template_new_image(void)
{
    return new_source(VITRINE_SOURCE_IMAGE, _("Import…"),
                      _("A system that is on the image of a disk already, or a guest of Xen’s."),
                      "drive-harddisk-symbolic", "");
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
