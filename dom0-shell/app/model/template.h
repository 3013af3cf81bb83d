/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a new guest can be made from. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct {
    char *id;
    char *title;
    char *description;
    char *icon;
    char *broken; /* empty, or why nothing can be made from it */
    guint64 memory;
    guint vcpus;
    gboolean is_image; /* a disk image of the person's, to be chosen */
} VitrineTemplate;

/* Whether the template is none: an empty disk, and an ISO image to fill it from. */
gboolean vitrine_template_is_iso(const VitrineTemplate *self);
VitrineTemplate *vitrine_template_new_iso(const char *const *kinds);
VitrineTemplate *vitrine_template_new_image(const char *const *kinds);
GPtrArray *vitrine_templates_parse(GVariant *templates);
void vitrine_template_free(VitrineTemplate *self);

G_END_DECLS
