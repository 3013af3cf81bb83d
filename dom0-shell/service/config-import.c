/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a person's xl.cfg is changed for a guest here, and what can't be had. */
#include "config-import.h"

#include <string.h>

#include "config-disks.h"
#include "config-edit.h"
#include "config-trust.h"
#include "error.h"
#include "screen-places.h"

/* name, uuid, disk, and four of the screen */
#define CHANGES_MAX 7

static const char *const ways[] = {
    [IMPORT_COPY] = "copy",
    [IMPORT_MOVE] = "move",
    [IMPORT_KEEP] = "keep",
};

/* Settings that would not be kept: what is in them, for a sentence. */
static const struct {
    const char *key;
    const char *what;
} refused[] = {
    {"pci", "PCI devices of this computer's"},
    {"usbctrl", "USB controllers"},
    {"usbdev", "USB devices, which are given to guests in another way here"},
    {"vtpm", "a TPM"},
    {"p9", "shared folders"},
    {"pool", "a CPU pool"},
    {"driver_domain", "the role of a driver domain"},
    {"device_model_stubdomain_override", "a domain for its device model"},
    {"ioports", "I/O ports of this computer's"},
    {"irqs", "interrupts of this computer's"},
    {"iomem", "memory of this computer's devices"},
    {"gfx_passthru", "this computer's graphics card"},
};

gboolean import_way_parse(const char *name, ImportWay *ret_way)
{
    for (guint i = 0; i < IMPORT_WAYS; i++) {
        if (strcmp(ways[i], name) == 0) {
            *ret_way = (ImportWay)i;
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean fail(GError **error, const char *format, const char *detail)
{
    g_autofree char *sentence = g_strdup_printf(format, detail);

    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED, sentence);
    return FALSE;
}

static gboolean is_empty(const char *value)
{
    return strspn(value, " \t\n[]\"'0") == strlen(value);
}

static gboolean check_keys(const char *text, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autofree char *value = config_edit_find(text, refused[i].key);

        if (value && !is_empty(value))
            return fail(
                error,
                N_("The file gives the guest %s, which is not to be had here. Take that out "
                   "of the file."),
                refused[i].what);
    }
    return TRUE;
}

static gboolean check_network(const char *text, GError **error)
{
    g_autofree char *vif = config_edit_find(text, "vif");

    return !vif || !strstr(vif, "backend=") ||
           fail(error,
                N_("The guest's %s is served by another domain, which is not to be had here."),
                "network");
}

/* The service has another working directory than who wrote the file. */
static gboolean check_path(const char *text, const char *key, GError **error)
{
    g_autofree char *path = guest_config_scan_string(text, key);

    return !path || *path == '\0' || g_path_is_absolute(path) ||
           fail(error, N_("“%s” is no whole path: write it as one into the file."), path);
}

static gboolean check_disk(const ConfigDisk *disk, ImportWay way, GError **error)
{
    if (disk->is_foreign)
        return fail(error,
                    N_("The disk “%s” is served by another domain, which is not to be had here."),
                    disk->vdev);
    if (way == IMPORT_KEEP || disk->is_cdrom)
        return *disk->target == '\0' || g_path_is_absolute(disk->target) ||
               fail(error, N_("“%s” is no whole path: write it as one into the file."),
                    disk->target);
    if (strcmp(disk->format, "raw") != 0)
        return fail(error,
                    N_("The disk “%s” is an image of another form than raw, and can't be brought "
                       "here. Convert it by “qemu-img convert -O raw”, and correct the file."),
                    disk->target);
    return g_path_is_absolute(disk->target) ||
           fail(error, N_("“%s” is no whole path: write it as one into the file."), disk->target);
}

static void imported_disk_free(gpointer data)
{
    ImportedDisk *disk = data;

    g_free(disk->from);
    g_free(disk->to);
    g_free(disk);
}

/* Where the disk is to be: the first one is the guest's own, with snapshots and copies. NULL and a
 * sentence if it can't be told. */
static char *find_place(const GuestStore *store, const char *name, const char *vdev,
                        gboolean is_first, GError **error)
{
    if (is_first)
        return guest_store_disk_path(store, name);
    return guest_store_more_disk_path(store, name, vdev, error);
}

/* The line for a file that is brought to PLACE; our script gives it its loop device. */
static char *write_line(const ConfigDisk *disk, char *place, GError **error)
{
    ConfigDisk brought = *disk;

    brought.target = place;
    brought.others = (char *)",script=block-vitrine";
    return config_disk_line(&brought, error);
}

/* From the last to the first, so that the places of those that are to come stay what they are. */
static char *bring_disks(const char *text, const GPtrArray *disks, const GuestStore *store,
                         const char *name, GPtrArray *files, GError **error)
{
    g_autofree char *value = config_edit_find(text, "disk");
    guint first = 0;

    while (first < disks->len && ((ConfigDisk *)disks->pdata[first])->is_cdrom)
        first++;
    for (guint i = disks->len; i > 0; i--) {
        const ConfigDisk *disk = disks->pdata[i - 1];
        g_autofree char *line = NULL;
        ImportedDisk *file;
        char *place, *other;

        if (disk->is_cdrom)
            continue;
        place = find_place(store, name, disk->vdev, i - 1 == first, error);
        line = place ? write_line(disk, place, error) : NULL;
        if (!line) {
            g_free(place);
            return NULL;
        }
        file = g_new0(ImportedDisk, 1);
        file->from = g_strdup(disk->target);
        file->to = place;
        g_ptr_array_add(files, file);
        other = g_strdup_printf("%.*s%s%s", (int)disk->begin, value, line, value + disk->end);
        g_free(value);
        value = other;
    }
    return g_steal_pointer(&value);
}

static gboolean check_screen(const char *text, GError **error)
{
    g_auto(ScreenPlaces) places = {0};
    gboolean by_spice;
    GuestFacts facts;

    guest_config_scan(text, &facts);
    return facts.kind == GUEST_HVM ? screen_places_read_pc(text, &by_spice, error)
                                   : screen_places_read(text, &places, error);
}

static gboolean check(const char *text, const GPtrArray *disks, ImportWay way, GError **error)
{
    for (guint i = 0; i < disks->len; i++) {
        if (!check_disk(disks->pdata[i], way, error))
            return FALSE;
    }
    return check_keys(text, error) && check_network(text, error) && check_screen(text, error) &&
           check_path(text, "kernel", error) && check_path(text, "ramdisk", error) &&
           config_trust_disks(disks, error);
}

/* A copy is another guest than the one that the person has; a PC's screen is looked at here. */
static char *write_file(const char *text, gsize length, const char *name, const char *screen,
                        const char *disk, ImportWay way, GError **error)
{
    g_autofree char *quoted = g_strdup_printf("\"%s\"", name);
    g_autofree char *random = g_uuid_string_random();
    g_autofree char *uuid = g_strdup_printf("\"%s\"", random);
    g_autofree char *listen = g_strdup_printf("\"unix:%s\"", screen);
    ConfigChange changes[CHANGES_MAX] = {{"name", quoted}};
    GuestFacts facts;
    guint count = 1;

    guest_config_scan(text, &facts);
    if (way == IMPORT_COPY)
        changes[count++] = (ConfigChange){"uuid", uuid};
    if (disk)
        changes[count++] = (ConfigChange){"disk", disk};
    if (facts.kind == GUEST_HVM) {
        changes[count++] = (ConfigChange){"vnc", "1"};
        changes[count++] = (ConfigChange){"vnclisten", listen};
        changes[count++] = (ConfigChange){"vncunused", "0"};
        /* QEMU would ask everybody for it, who comes by the unix socket too. */
        changes[count++] = (ConfigChange){"vncpasswd", NULL};
    }
    return config_edit(text, length, changes, count, error);
}

char *config_import(const char *text, gsize length, const GuestStore *store, const char *name,
                    const char *screen, ImportWay way, GPtrArray **ret_disks, GError **error)
{
    g_autoptr(GPtrArray) disks = NULL;
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(imported_disk_free);
    g_autofree char *disk = NULL;
    char *result;

    /* What can't be read at all is told first. */
    g_autofree char *same = config_edit(text, length, NULL, 0, error);

    disks =
        same && config_trust_settings(text, length, error) ? config_disks_read(same, error) : NULL;
    if (!disks || !check(text, disks, way, error))
        return NULL;
    if (way != IMPORT_KEEP && disks->len > 0) {
        disk = bring_disks(text, disks, store, name, files, error);
        if (!disk)
            return NULL;
    }
    result = write_file(text, length, name, screen, disk, way, error);
    *ret_disks = result ? g_steal_pointer(&files) : NULL;
    return result;
}
