/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest's file says it starts from, and what becomes of the file when that is changed. */
#include <string.h>

#include "error.h"
#include "guest-start.h"
#include "scratch.h"

static const struct {
    GuestKind kind;
    const char *kernel, *bootloader, *boot;
    GuestStart start;
} words[] = {
    {GUEST_PV, "/t/vmlinuz", NULL, NULL, GUEST_START_KERNEL},
    {GUEST_PV, NULL, "pygrub", NULL, GUEST_START_DISK},
    {GUEST_PV, "/t/vmlinuz", "pygrub", NULL, GUEST_START_DISK},
    {GUEST_PV, "/g/grub-x86_64-xen.bin", "", NULL, GUEST_START_DISK},
    {GUEST_PVH, "/g/grub-i386-xen_pvh.bin", NULL, "d", GUEST_START_DISK},
    {GUEST_PVH, "/g/grub-i386-xen_pvh.bin.old", NULL, NULL, GUEST_START_KERNEL},
    {GUEST_PV, "", NULL, NULL, GUEST_START_CUSTOM},
    {GUEST_HVM, NULL, NULL, NULL, GUEST_START_DISK},
    {GUEST_HVM, NULL, NULL, "cd", GUEST_START_DISK},
    {GUEST_HVM, NULL, NULL, "dc", GUEST_START_CD},
    {GUEST_HVM, NULL, NULL, "n", GUEST_START_CUSTOM},
    {GUEST_HVM, "/t/vmlinuz", NULL, "dc", GUEST_START_KERNEL},
};

static void test_find(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(words); i++)
        g_assert_cmpuint(
            guest_start_find(words[i].kind, words[i].kernel, words[i].bootloader, words[i].boot),
            ==, words[i].start);
}

static void test_names(void)
{
    GuestStart start;

    for (guint i = 0; i < GUEST_STARTS; i++) {
        g_assert_true(guest_start_parse(guest_start_name((GuestStart)i), &start));
        g_assert_cmpuint(start, ==, i);
    }
    g_assert_false(guest_start_parse("floppy", &start));
}

static void assert_choices(const GuestFacts *facts, const GuestStartNotes *notes,
                           const char *wanted)
{
    g_autofree const char **choices = guest_start_choices(facts, notes);
    g_autofree char *text = g_strjoinv(" ", (char **)choices);

    g_assert_cmpstr(text, ==, wanted);
}

static void test_choices(void)
{
    GuestFacts facts = {.kind = GUEST_PV, .start = GUEST_START_KERNEL};
    GuestStartNotes none = {0}, noted = {.kernel = (char *)"/t/vmlinuz"};

    assert_choices(&facts, &none, "disk kernel");
    facts.start = GUEST_START_DISK;
    assert_choices(&facts, &none, "disk");
    assert_choices(&facts, &noted, "disk kernel");
    facts.kind = GUEST_HVM;
    assert_choices(&facts, &none, "disk");
    facts.has_drive = TRUE;
    assert_choices(&facts, &none, "disk cd");
}

/* TEXT made to start from WANTED; NOTES are what is noted before and after. */
static char *edit(const char *directory, const char *text, GuestStart wanted,
                  GuestStartNotes *notes, GError **error)
{
    GuestStartNotes after = {0};
    GuestFacts facts;
    char *result;

    guest_config_scan(text, &facts);
    result = guest_start_edit(wanted, directory, &facts, notes, text, strlen(text), &after, error);
    guest_start_notes_clear(notes);
    *notes = after;
    return result;
}

static void test_installed(void)
{
    static const char installer[] = "type = \"pvh\" # mine\n"
                                    "kernel = \"/i/linux\"\n"
                                    "ramdisk = \"/i/initrd.gz\"\n"
                                    "cmdline = 'a=\"b\"'\n"
                                    "on_reboot = \"destroy\"\n";
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *loader = g_build_filename(directory, "grub-i386-xen_pvh.bin", NULL);
    g_autofree char *expected = g_strdup_printf(
        "type = \"pvh\" # mine\nkernel = \"%s\"\non_reboot = \"restart\"\n", loader);
    g_auto(GuestStartNotes) notes = {.installer = INSTALLER_ENDED};
    g_autofree char *text = NULL, *back = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_null(edit(directory, installer, GUEST_START_DISK, &notes, &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED);
    g_assert_nonnull(strstr(error->message, "grub-xen-host"));
    g_clear_error(&error);

    notes.installer = INSTALLER_ENDED;
    scratch_write(loader, "GRUB", -1);
    text = edit(directory, installer, GUEST_START_DISK, &notes, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, expected);
    g_assert_cmpstr(notes.kernel, ==, "/i/linux");
    g_assert_cmpstr(notes.ramdisk, ==, "/i/initrd.gz");
    g_assert_cmpuint(notes.installer, ==, INSTALLER_NONE);

    back = edit(directory, text, GUEST_START_KERNEL, &notes, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(back, ==,
                    "type = \"pvh\" # mine\nkernel = \"/i/linux\"\non_reboot = \"restart\"\n"
                    "ramdisk = \"/i/initrd.gz\"\ncmdline = 'a=\"b\"'\n");
}

/* Of a guest that is no installer's, what happens when it restarts is a person's business. */
static void test_other(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *loader = g_build_filename(directory, "grub-x86_64-xen.bin", NULL);
    g_auto(GuestStartNotes) notes = {0};
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    scratch_write(loader, "GRUB", -1);
    text = edit(directory, "kernel = \"/i/linux\"\non_reboot = \"preserve\"\n", GUEST_START_DISK,
                &notes, &error);
    g_assert_no_error(error);
    g_assert_nonnull(strstr(text, "on_reboot = \"preserve\"\n"));
    g_assert_null(notes.ramdisk);
}

#define DRIVE "disk = [ \"format=raw,vdev=hdc,access=ro,devtype=cdrom,target=\" ]\n"

static void test_order(void)
{
    g_auto(GuestStartNotes) notes = {0};
    g_autofree char *cd = NULL, *disk = NULL, *same = NULL;
    g_autoptr(GError) error = NULL;

    cd = edit("/none", "type = \"hvm\"\nboot = \"cd\"\n" DRIVE, GUEST_START_CD, &notes, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(cd, ==, "type = \"hvm\"\nboot = \"dc\"\n" DRIVE);
    disk = edit("/none", cd, GUEST_START_DISK, &notes, &error);
    g_assert_cmpstr(disk, ==, "type = \"hvm\"\nboot = \"cd\"\n" DRIVE);
    same = edit("/none", disk, GUEST_START_DISK, &notes, &error);
    g_assert_cmpstr(same, ==, disk);
}

static const struct {
    const char *text;
    GuestStart wanted;
} impossible[] = {
    {"type = \"hvm\"\n", GUEST_START_CD},
    {"type = \"hvm\"\n", GUEST_START_KERNEL},
    {"bootloader = \"pygrub\"\n", GUEST_START_KERNEL},
    {"kernel = \"/t/vmlinuz\"\n" DRIVE, GUEST_START_CD},
    {"kernel = \"/t/vmlinuz\"\n", GUEST_START_CUSTOM},
};

static void test_impossible(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(impossible); i++) {
        g_auto(GuestStartNotes) notes = {0};
        g_autoptr(GError) error = NULL;

        g_assert_null(edit("/none", impossible[i].text, impossible[i].wanted, &notes, &error));
        g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/guest-start/find", test_find);
    g_test_add_func("/guest-start/names", test_names);
    g_test_add_func("/guest-start/choices", test_choices);
    g_test_add_func("/guest-start/installed", test_installed);
    g_test_add_func("/guest-start/other", test_other);
    g_test_add_func("/guest-start/order", test_order);
    g_test_add_func("/guest-start/impossible", test_impossible);
    return g_test_run();
}
