/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads templates and tells which of them can be used. */
#include "template.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "error.h"
#include "kernel-image.h"

#define GROUP "template"
#define MIB   (G_GUINT64_CONSTANT(1) << 20)
/* More than this in a template is a slip of the pen, not a guest. */
#define MEMORY_MAX_MIB (G_GUINT64_CONSTANT(1) << 24)
#define DISK_MAX_MIB   (G_GUINT64_CONSTANT(1) << 24)
#define VCPUS_MAX      128
#define DEFAULT_ICON   "computer-symbolic"

void template_free(Template *template)
{
    if (!template)
        return;
    g_free(template->id);
    g_free(template->title);
    g_free(template->description);
    g_free(template->icon);
    g_free(template->cmdline);
    g_free(template->disk);
    g_free(template->kernel);
    g_free(template->ramdisk);
    g_free(template->broken);
    g_free(template);
}

static char *get_text(GKeyFile *file, const char *key, const char *fallback)
{
    char *text = g_key_file_get_locale_string(file, GROUP, key, NULL, NULL);

    return text ? text : g_strdup(fallback);
}

/* A whole number between 1 and MAX; 0 if the key has anything else or is missing. */
static guint64 get_number(GKeyFile *file, const char *key, guint64 max)
{
    g_autofree char *text = g_key_file_get_value(file, GROUP, key, NULL);
    guint64 value;

    if (!text || !g_ascii_string_to_unsigned(g_strstrip(text), 10, 1, max, &value, NULL))
        return 0;
    return value;
}

/* NULL, or the sentence on what is wrong with the file WHAT at PATH; its size in RET_SIZE. */
static char *check_file(const char *path, const char *what, guint64 *ret_size)
{
    GStatBuf st;

    if (!path)
        return g_strdup_printf(N_("Its description names a %s outside of its directory."), what);
    if (g_stat(path, &st) != 0)
        return g_strdup_printf(N_("Its %s is missing."), what);
    if (!S_ISREG(st.st_mode))
        return g_strdup_printf(N_("Its %s is not a file."), what);
    if (st.st_size == 0)
        return g_strdup_printf(N_("Its %s is an empty file."), what);
    *ret_size = (guint64)st.st_size;
    return NULL;
}

/* NULL, or the first thing that is wrong with TEMPLATE's files. */
static char *find_fault(Template *template)
{
    g_autoptr(GError) error = NULL;
    guint64 image_size = 0;
    guint64 ramdisk_size;
    char *fault;

    if (template->memory == 0)
        return g_strdup(N_("Its description gives no usable memory (in MiB)."));
    if (template->kind == GUEST_KINDS)
        return g_strdup(N_("Its description names a kind that there is not: pv, pvh or hvm."));
    if (template->vcpus == 0)
        return g_strdup(N_("Its description gives no usable number of vcpus."));
    fault = check_file(template->disk, "disk image", &image_size);
    template->disk_size = MAX(template->disk_size, image_size);
    if (!fault && !template->kernel)
        fault = g_strdup(N_("Its description names a kernel outside of its directory."));
    if (!fault && !kernel_image_check(template->kernel, &error))
        fault = g_strdup(error->message);
    if (!fault)
        fault = check_file(template->ramdisk, "initial ramdisk", &ramdisk_size);
    return fault;
}

/* The path of the file that KEY names in DIRECTORY; NULL if it is not a plain name. */
static char *get_path(GKeyFile *file, const char *key, const char *fallback, const char *directory,
                      const char *id)
{
    g_autofree char *name = get_text(file, key, fallback);

    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/'))
        return NULL;
    return g_build_filename(directory, id, name, NULL);
}

static void read_description(Template *template, GKeyFile *file)
{
    g_autofree char *kind = get_text(file, "kind", guest_kind_name(GUEST_PV));

    template->title = get_text(file, "title", template->id);
    template->description = get_text(file, "description", "");
    template->icon = get_text(file, "icon", DEFAULT_ICON);
    template->cmdline = get_text(file, "cmdline", "");
    template->kind = GUEST_KINDS;
    guest_kind_parse(kind, &template->kind);
    template->memory = get_number(file, "memory", MEMORY_MAX_MIB) * MIB;
    template->vcpus = (guint)get_number(file, "vcpus", VCPUS_MAX);
    template->disk_size = get_number(file, "disk-size", DISK_MAX_MIB) * MIB;
}

Template *template_load(const char *directory, const char *id)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *ini = g_build_filename(directory, id, "template.ini", NULL);
    Template *template = g_new0(Template, 1);

    template->id = g_strdup(id);
    g_key_file_load_from_file(file, ini, G_KEY_FILE_NONE, &error);
    template->disk = get_path(file, "disk", "disk.img", directory, id);
    template->kernel = get_path(file, "kernel", "vmlinuz", directory, id);
    template->ramdisk = get_path(file, "ramdisk", "initrd.img", directory, id);
    read_description(template, file);
    if (error)
        template->broken = g_strdup_printf(N_("Its description (template.ini) can't be read: %s."),
                                           error->message);
    else
        template->broken = find_fault(template);
    if (!template->broken)
        template->broken = g_strdup("");
    return template;
}

static int compare_ids(gconstpointer a, gconstpointer b)
{
    return strcmp((*(Template *const *)a)->id, (*(Template *const *)b)->id);
}

GPtrArray *template_list(const char *directory)
{
    GPtrArray *templates = g_ptr_array_new_with_free_func((GDestroyNotify)template_free);
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    const char *id;

    while (dir && (id = g_dir_read_name(dir)) != NULL) {
        g_autofree char *path = g_build_filename(directory, id, NULL);

        /* A dot in front hides what is still being put together. */
        if (id[0] != '.' && g_utf8_validate(id, -1, NULL) && g_file_test(path, G_FILE_TEST_IS_DIR))
            g_ptr_array_add(templates, template_load(directory, id));
    }
    g_ptr_array_sort(templates, compare_ids);
    return templates;
}

gboolean template_check(const Template *template, GError **error)
{
    if (template->broken[0] == '\0')
        return TRUE;
    g_set_error(
        error, SERVICE_ERROR, SERVICE_ERROR_TEMPLATE_BROKEN,
        N_("The template “%s” can't be used. %s Use another template, or make this one again."),
        template->title, template->broken);
    return FALSE;
}

GVariant *template_to_variant(const Template *template)
{
    g_autoptr(GVariantDict) dict = g_variant_dict_new(NULL);

    g_variant_dict_insert(dict, "id", "s", template->id);
    g_variant_dict_insert(dict, "title", "s", template->title);
    g_variant_dict_insert(dict, "description", "s", template->description);
    g_variant_dict_insert(dict, "icon", "s", template->icon);
    if (template->kind < GUEST_KINDS)
        g_variant_dict_insert(dict, "kind", "s", guest_kind_name(template->kind));
    g_variant_dict_insert(dict, "memory", "t", template->memory);
    g_variant_dict_insert(dict, "vcpus", "u", template->vcpus);
    g_variant_dict_insert(dict, "disk-size", "t", template->disk_size);
    g_variant_dict_insert(dict, "broken", "s", template->broken);
    return g_variant_dict_end(dict);
}
