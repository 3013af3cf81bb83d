/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A template: a directory with a description, a disk image, a kernel and an initial ramdisk.
 *
 * template.ini has one group, [template]: title, description, icon, memory (MiB), vcpus, disk-size
 * (MiB), cmdline, kind ("pv", "pvh", "hvm"; "pv" if missing); disk, kernel, ramdisk (names of files
 * in the directory). */
#pragma once

#include <glib.h>

#include "guest-kind.h"

typedef struct {
    char *id; /* the directory's name */
    char *title;
    char *description;
    char *icon;
    GuestKind kind; /* of its guests, unless they are told another */
    guint64 memory; /* bytes */
    guint vcpus;
    char *cmdline;
    char *disk; /* paths */
    char *kernel;
    char *ramdisk;
    guint64 disk_size; /* bytes a guest's disk has; at least the image's own size */
    char *broken;      /* empty, or the sentence that says why it can't be used */
} Template;

/* Reads the template ID below DIRECTORY. Never NULL: what is missing or damaged is told in
 * `broken`, so that a person sees the template and why it can't be used. */
Template *template_load(const char *directory, const char *id);

/* All templates below DIRECTORY, by id; empty if there is no such directory. The array owns
 * its elements. */
GPtrArray *template_list(const char *directory);

/* Fails with TEMPLATE's sentence if it is broken. */
gboolean template_check(const Template *template, GError **error);

void template_free(Template *template);

/* The template as the a{sv} of Manager1.Templates (floating). */
GVariant *template_to_variant(const Template *template);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Template, template_free)
