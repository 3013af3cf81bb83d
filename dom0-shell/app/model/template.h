/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a new guest can be made from. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
    VITRINE_SOURCE_TEMPLATE,
    /* What is none, and has no id: */
    VITRINE_SOURCE_ISO,    /* an empty disk, and an ISO image to fill it from */
    VITRINE_SOURCE_KERNEL, /* an empty disk, and an installer that is a kernel */
    VITRINE_SOURCE_IMAGE,  /* a disk image of the person's */
} VitrineSource;

typedef struct {
    char *id;
    char *title;
    char *description;
    char *icon;
    char *broken; /* empty, or why nothing can be made from it */
    guint64 memory;
    guint vcpus;
    VitrineSource source;
} VitrineTemplate;

VitrineTemplate *vitrine_template_new_iso(const char *const *kinds);
VitrineTemplate *vitrine_template_new_kernel(const char *const *kinds);
VitrineTemplate *vitrine_template_new_image(void);
GPtrArray *vitrine_templates_parse(GVariant *templates);
void vitrine_template_free(VitrineTemplate *self);

G_END_DECLS
