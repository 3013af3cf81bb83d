/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of people's, as guests: what is changed in them, and what is refused. */
#include <string.h>

#include "config-disks.h"
#include "config-import.h"
#include "error.h"
#include "scratch.h"

static char *import(const char *text, ImportWay way, GPtrArray **ret_disks, GError **error)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autoptr(GuestStore) store = guest_store_new(directory, NULL);

    return config_import(text, strlen(text), store, "desk", "/run/s.vnc", way, ret_disks, error);
}

#define FILE_TEXT                                                            \
    "name = 'old' # of mine\nuuid = \"1\"\nkernel = \"/k\"\nmemory = 512\n"  \
    "disk = [ '/i/cd.iso,,hdc,cdrom,r', # first\n '/d/a.img,raw,xvda,rw',\n" \
    "         'phy:/d/b,xvdb,r' ]\nvif = [ 'bridge=br0' ]\n"

static void test_copy(void)
{
    g_autoptr(GPtrArray) disks = NULL, read = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = import(FILE_TEXT, IMPORT_COPY, &disks, &error);
    const ImportedDisk *first, *second;

    g_assert_no_error(error);
    g_assert_true(g_str_has_prefix(text, "name = \"desk\" # of mine\nuuid = \""));
    g_assert_null(strstr(text, "uuid = \"1\""));
    g_assert_nonnull(strstr(text, "kernel = \"/k\"\nmemory = 512\n"));
    g_assert_nonnull(strstr(text, "'/i/cd.iso,,hdc,cdrom,r', # first\n"));
    g_assert_nonnull(strstr(text, "vif = [ 'bridge=br0' ]\n"));
    g_assert_null(strstr(text, "vnc"));
    g_assert_cmpuint(disks->len, ==, 2);
    second = disks->pdata[0];
    first = disks->pdata[1];
    g_assert_cmpstr(first->from, ==, "/d/a.img");
    g_assert_true(g_str_has_suffix(first->to, "/disks/desk.img"));
    g_assert_cmpstr(second->from, ==, "/d/b");
    g_assert_true(g_str_has_suffix(second->to, "/disks/desk@xvdb.img"));
    read = config_disks_read(text, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(read->len, ==, 3);
    g_assert_cmpstr(((ConfigDisk *)read->pdata[1])->target, ==, first->to);
    g_assert_cmpstr(((ConfigDisk *)read->pdata[2])->target, ==, second->to);
    g_assert_true(((ConfigDisk *)read->pdata[2])->is_readonly);
}

static void test_keep(void)
{
    g_autoptr(GPtrArray) disks = NULL;
    g_autofree char *text = import(FILE_TEXT, IMPORT_KEEP, &disks, NULL);

    g_assert_cmpuint(disks->len, ==, 0);
    g_assert_true(g_str_has_prefix(text, "name = \"desk\" # of mine\nuuid = \"1\"\n"));
    g_assert_nonnull(strstr(text, "'phy:/d/b,xvdb,r' ]"));
}

/* QEMU's screen is where the shell looks for it. */
static void test_screen(void)
{
    g_autoptr(GPtrArray) disks = NULL;
    g_autofree char *text =
        import("type = 'hvm'\nvnc = 0\nvnclisten = '0.0.0.0'\nvncpasswd = 'x'\n", IMPORT_MOVE,
               &disks, NULL);

    g_assert_nonnull(strstr(text, "vnc = 1\nvnclisten = \"unix:/run/s.vnc\"\n"));
    g_assert_nonnull(strstr(text, "vncunused = 0\n"));
    g_assert_null(strstr(text, "vncpasswd"));
}

static const struct {
    const char *text;
    ImportWay way;
    const char *piece; /* of the sentence */
} bad[] = {
    {"name = \n", IMPORT_KEEP, "Line 1"},
    {"type = 'hvm'\nspice = 1\nspicehost = '0.0.0.0'\n", IMPORT_KEEP, "by SPICE"},
    {"vfb = [ 'vnc=1,vnclisten=0.0.0.0' ]\n", IMPORT_KEEP, "without a password"},
    {"pci = [ '01:00.0' ]\n", IMPORT_KEEP, "PCI devices"},
    {"usbdev = [ 'type=hostdev' ]\n", IMPORT_KEEP, "USB devices"},
    {"kernel = 'vmlinuz'\n", IMPORT_KEEP, "“vmlinuz” is no whole path"},
    {"disk = [ 'a.img,raw,xvda,rw' ]\n", IMPORT_KEEP, "“a.img” is no whole path"},
    {"disk = [ 'a.img,raw,xvda,rw' ]\n", IMPORT_COPY, "“a.img” is no whole path"},
    {"disk = [ '/d/a,qcow2,xvda,rw' ]\n", IMPORT_COPY, "qemu-img convert"},
    {"disk = [ 'backend=other,vdev=xvda,target=/d/a' ]\n", IMPORT_KEEP, "another domain"},
    {"vif = [ 'backend=net' ]\n", IMPORT_KEEP, "another domain"},
    {"disk = [ 'nonsense' ]\n", IMPORT_KEEP, "can't be understood"},
    {"disk = [ '/d/a,raw,xvda,rw', '/d/b,raw,x/da,rw' ]\n", IMPORT_COPY, "“x/da” is no name"},
};

static void test_bad(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GPtrArray) disks = NULL;
        g_autoptr(GError) error = NULL;

        g_test_message("%s", bad[i].text);
        g_assert_null(import(bad[i].text, bad[i].way, &disks, &error));
        g_assert_nonnull(strstr(error->message, bad[i].piece));
        g_assert_null(disks);
    }
}

/* Nothing is in them, so nothing is lost. */
static void test_empty(void)
{
    g_autoptr(GPtrArray) disks = NULL;
    g_autofree char *text = import("pci = [ ]\nusbdev = [ \"\" ]\n", IMPORT_COPY, &disks, NULL);

    g_assert_nonnull(text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config-import/copy", test_copy);
    g_test_add_func("/config-import/keep", test_keep);
    g_test_add_func("/config-import/screen", test_screen);
    g_test_add_func("/config-import/bad", test_bad);
    g_test_add_func("/config-import/empty", test_empty);
    return g_test_run();
}
