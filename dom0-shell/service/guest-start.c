/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells and changes what a guest starts from. Guests without a PC's firmware start their disk by an
 * image of GRUB, which runs in the guest: a boot loader in dom0 (pygrub) would read, as root, file
 * systems that the guest has made up. */
#include "guest-start.h"

#include <string.h>

#include "config-edit.h"
#include "error.h"

static const char *const names[GUEST_STARTS] = {
    [GUEST_START_DISK] = "disk",
    [GUEST_START_CD] = "cd",
    [GUEST_START_KERNEL] = "kernel",
    [GUEST_START_CUSTOM] = "custom",
};

/* GRUB's images, as Debian's grub-xen-host calls them, and the kind of guest that each is for. */
static const struct {
    const char *file;
    GuestKind kind;
} loaders[] = {
    {"grub-x86_64-xen.bin", GUEST_PV},
    {"grub-i386-xen_pvh.bin", GUEST_PVH},
};

const char *guest_start_name(GuestStart start)
{
    return names[start];
}

gboolean guest_start_parse(const char *name, GuestStart *ret_start)
{
    for (guint i = 0; i < GUEST_STARTS; i++) {
        if (strcmp(names[i], name) == 0) {
            *ret_start = (GuestStart)i;
            return TRUE;
        }
    }
    return FALSE;
}

static gboolean is_loader(const char *kernel)
{
    g_autofree char *file = g_path_get_basename(kernel);

    for (guint i = 0; i < G_N_ELEMENTS(loaders); i++) {
        if (strcmp(loaders[i].file, file) == 0)
            return TRUE;
    }
    return FALSE;
}

static GuestStart find_order(const char *boot)
{
    if (!boot || *boot == '\0' || *boot == 'c')
        return GUEST_START_DISK;
    return *boot == 'd' ? GUEST_START_CD : GUEST_START_CUSTOM;
}

GuestStart guest_start_find(GuestKind kind, const char *kernel, const char *bootloader,
                            const char *boot)
{
    gboolean has_kernel = kernel && *kernel != '\0';

    if (kind == GUEST_HVM)
        return has_kernel ? GUEST_START_KERNEL : find_order(boot);
    if ((bootloader && *bootloader != '\0') || (has_kernel && is_loader(kernel)))
        return GUEST_START_DISK;
    return has_kernel ? GUEST_START_KERNEL : GUEST_START_CUSTOM;
}

static gboolean is_possible(GuestStart start, const GuestFacts *facts, const GuestStartNotes *notes)
{
    switch (start) {
    case GUEST_START_DISK:
        return TRUE;
    case GUEST_START_CD:
        return facts->kind == GUEST_HVM && facts->has_drive;
    case GUEST_START_KERNEL:
        return facts->start == GUEST_START_KERNEL || notes->kernel;
    default:
        return FALSE;
    }
}

const char **guest_start_choices(const GuestFacts *facts, const GuestStartNotes *notes)
{
    const char **choices = g_new0(const char *, GUEST_STARTS + 1);
    guint count = 0;

    for (guint i = 0; i < GUEST_STARTS; i++) {
        if (is_possible((GuestStart)i, facts, notes))
            choices[count++] = names[i];
    }
    return choices;
}

/* ---- Changing it ---- */

/* VALUE as a string of the language, or NULL: the strings come from a file of it, unescaped. */
static char *quote(const char *value)
{
    if (!value)
        return NULL;
    return strchr(value, '"') ? g_strdup_printf("'%s'", value) : g_strdup_printf("\"%s\"", value);
}

static gboolean fail(GError **error, const char *sentence)
{
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION, sentence);
    return FALSE;
}

/* The path of the image of GRUB for KIND; NULL and a sentence if it is not there. */
static char *find_loader(GuestKind kind, const char *directory, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(loaders); i++) {
        g_autofree char *path = g_build_filename(directory, loaders[i].file, NULL);

        if (loaders[i].kind != kind)
            continue;
        if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return g_steal_pointer(&path);
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED,
                    N_("The boot loader that starts a guest's disk, %s, is missing. Install the "
                       "package grub-xen-host."),
                    path);
        return NULL;
    }
    g_assert_not_reached();
}

/* Takes the kernel out, and notes it, so that one can go back. */
static void keep_kernel(const char *text, ConfigChanges *changes, GuestStartNotes *notes)
{
    guest_start_notes_clear(notes);
    notes->kernel = guest_config_scan_string(text, "kernel");
    notes->ramdisk = guest_config_scan_string(text, "ramdisk");
    notes->cmdline = guest_config_scan_string(text, "cmdline");
    config_changes_add(changes, "ramdisk", NULL);
    config_changes_add(changes, "cmdline", NULL);
}

/* An installer's guest ends with it; any other goes on when its system restarts. */
static void end_installing(ConfigChanges *changes, GuestStartNotes *notes)
{
    if (notes->installer == INSTALLER_NONE)
        return;
    config_changes_add(changes, "on_reboot", quote("restart"));
    notes->installer = INSTALLER_NONE;
}

static gboolean leave_kernel(const char *text, const char *loader, ConfigChanges *changes,
                             GuestStartNotes *notes)
{
    end_installing(changes, notes);
    keep_kernel(text, changes, notes);
    config_changes_add(changes, "kernel", quote(loader));
    return TRUE;
}

static gboolean plan_pc(GuestStart wanted, const GuestFacts *now, const char *text,
                        ConfigChanges *changes, GuestStartNotes *notes)
{
    if (now->start == GUEST_START_KERNEL)
        leave_kernel(text, NULL, changes, notes);
    config_changes_add(changes, "boot", quote(wanted == GUEST_START_CD ? "dc" : "cd"));
    return TRUE;
}

static gboolean plan_disk(const GuestFacts *now, const char *grub_directory, const char *text,
                          ConfigChanges *changes, GuestStartNotes *notes, GError **error)
{
    g_autofree char *loader = find_loader(now->kind, grub_directory, error);

    return loader && leave_kernel(text, loader, changes, notes);
}

static gboolean plan_kernel(ConfigChanges *changes, const GuestStartNotes *notes)
{
    config_changes_add(changes, "kernel", quote(notes->kernel));
    config_changes_add(changes, "ramdisk", quote(notes->ramdisk));
    config_changes_add(changes, "cmdline", quote(notes->cmdline));
    return TRUE;
}

static gboolean check(GuestStart wanted, const GuestFacts *now, const GuestStartNotes *notes,
                      GError **error)
{
    if (is_possible(wanted, now, notes))
        return TRUE;
    if (wanted == GUEST_START_CD)
        return fail(error, N_("This guest has no CD drive to start from."));
    if (wanted == GUEST_START_KERNEL)
        return fail(error,
                    N_("No kernel of this computer's is known for this guest. One is named by "
                       "“kernel” in its file."));
    return fail(error, N_("A guest starts from “disk”, “cd” or “kernel”."));
}

static gboolean plan(GuestStart wanted, const char *grub_directory, const GuestFacts *now,
                     const char *text, ConfigChanges *changes, GuestStartNotes *notes,
                     GError **error)
{
    if (!check(wanted, now, notes, error))
        return FALSE;
    if (wanted == now->start)
        return TRUE;
    if (wanted == GUEST_START_KERNEL)
        return plan_kernel(changes, notes);
    if (now->kind == GUEST_HVM)
        return plan_pc(wanted, now, text, changes, notes);
    return plan_disk(now, grub_directory, text, changes, notes, error);
}

char *guest_start_edit(GuestStart wanted, const char *grub_directory, const GuestFacts *now,
                       const GuestStartNotes *notes, const char *text, gsize length,
                       GuestStartNotes *ret_notes, GError **error)
{
    ConfigChanges changes = {.count = 0};
    char *result = NULL;

    guest_start_notes_copy(notes, ret_notes);
    if (plan(wanted, grub_directory, now, text, &changes, ret_notes, error))
        result = config_edit(text, length, changes.changes, changes.count, error);
    config_changes_clear(&changes);
    if (!result)
        guest_start_notes_clear(ret_notes);
    return result;
}
