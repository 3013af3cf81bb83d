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

/* Root would run, read or write what they name, or they hide something of that kind; PIECE is of
 * the sentence. In all ways of import. */
static const struct {
    const char *text;
    const char *piece;
} unsafe[] = {
    {"bootloader = '/home/me/pygrub'\n", "“/home/me/pygrub” in “bootloader”"},
    {"bootloader = 'pygrub/../x'\n", "“pygrub/../x”"},
    {"bootloader = 5\n", "“5” in “bootloader”"},
    {"bootloader = 'pygrub'\nbootloader_args = [ '--output=/etc/x' ]\n", "“bootloader_args”"},
    {"device_model_override = '/x'\n", "“device_model_override”"},
    {"device_model_args = [ '-x' ]\n", "“device_model_args”"},
    {"device_model_args_pv = [ '-x' ]\n", "“device_model_args_pv”"},
    {"device_model_args_hvm = [ '-x' ]\n", "“-x” in “device_model_args_hvm”"},
    {"device_model_args_hvm = [ '-device', # '\n'-x' ]\n", "“-x” in “device_model_args_hvm”"},
    {"device_model_stubdomain_override = 1\n", "a domain for its device model"},
    {"stubdomain_kernel = '/x'\n", "“stubdomain_kernel”"},
    {"stubdomain_ramdisk = '/x'\n", "“stubdomain_ramdisk”"},
    {"bios_path_override = '/x'\n", "“bios_path_override”"},
    {"firmware_override = '/x'\n", "“firmware_override”"},
    {"acpi_firmware = '/x'\n", "“acpi_firmware”"},
    {"smbios_firmware = '/x'\n", "“smbios_firmware”"},
    {"pvshim_path = '/x'\n", "“pvshim_path”"},
    {"serial = 'file:/etc/x'\n", "“file:/etc/x” in “serial”"},
    {"serial = [ 'pty', '/dev/ttyS0' ]\n", "“/dev/ttyS0” in “serial”"},
    {"boot = 'c,splash=/x'\n", "“c,splash=/x” in “boot”"},
    {"usbdevice = 'host:1.2'\n", "“host:1.2” in “usbdevice”"},
    {"channel = [ 'connection=socket,path=/etc/x,name=n' ]\n", "“channel”"},
    {"ioports = [ '3f8-3ff' ]\n", "I/O ports"},
    {"irqs = [ 5 ]\n", "interrupts"},
    {"iomem = [ 'a0,1' ]\n", "memory of this"},
    {"gfx_passthru = 1\n", "graphics card"},
    {"vif = [ 'bridge=b,script=/x' ]\n", "script “/x”"},
    {"vif = [ 'bridge=b', 'bridge=b, script=vif-route' ]\n", "script “vif-route”"},
    {"vif = [ 'script=/home/me/vif-bridge' ]\n", "script “/home/me/vif-bridge”"},
    {"vif = [ 'script=/etc/xen/scripts/../x' ]\n", "script “/etc/xen/scripts/../x”"},
    {"vif = [ 'colo_sock_mirror_id=x' ]\n", "“colo_sock_mirror_id=x”"},
    {"vif = [ 'forwarddev=eth0' ]\n", "“forwarddev=eth0”"},
    {"disk = [ 'vdev=xvda,script=/x,target=/d/a' ]\n", "script “/x”"},
    {"disk = [ '/d/a,raw,xvda,rw', '/d/b,raw,xvdb,rw,script=block-x' ]\n", "script “block-x”"},
    {"disk = [ 'vdev=hdc,cdrom,script=/x,target=/d/a' ]\n", "script “/x”"},
    {"disk = [ 'nbd:/x,raw,xvda,rw' ]\n", "script “nbd:/”"},
    {"disk = [ ',,nbd:/x,rw' ]\n", "script “nbd:/”"},
    {"disk = [ 'iscsi:/x,raw,xvda,rw' ]\n", "script “iscsi:/”"},
    {"disk = [ 'drbd:/x,raw,xvda,rw' ]\n", "script “drbd:/”"},
    {"disk = [ 'colo,vdev=xvda,target=/d/a' ]\n", "“colo” of the disk “xvda”"},
    {"disk = [ 'vdev=xvda,active-disk=/x,target=/d/a' ]\n", "“active-disk=/x”"},
    {"disk = [ 'vdev=xvda,grant_usage=1script=/x,target=/d/a' ]\n", "“grant_usage=1script=/x”"},
    /* Hidden. */
    {" \t;bootloader\t =  \"/x\" ;memory = 1\n", "“/x” in “bootloader”"},
    {"bootloader = '/x'\nbootloader = 'pygrub'\n", "“bootloader” more than once"},
    {"bootloader = 'pygrub'\nbootloader += '/../x'\n", "“bootloader” more than once"},
    {"device_model_args = [ '-x' ]\ndevice_model_args += [ ]\n", "more than once"},
    {"vif = [ 'script=/x' ]\nvif += [ 'bridge=b' ]\n", "“vif” more than once"},
    {"disk = [ 'vdev=xvda,script=/x,target=/a' ]\ndisk += [ '/b,raw,xvdb,r' ]\n",
     "“disk” more than once"},
    {"vif = [ 'bridge=b', # '\n\t'script=/x' ]\n", "script “/x”"},
    {"vif = [ 'bridge=b,\\x73cript=/x' ]\n", "backslash in “vif”"},
    {"disk = [ '/d/a,raw,xvda,rw,\\163cript=/x' ]\n", "backslash in “disk”"},
    {"kernel = '/boot/\\x76mlinuz'\n", "backslash in “kernel”"},
    {"extra = 'a\\' # ' ; bootloader = '/x'\n", "Line 1"},
    {"extra = \"a\\\" # \" ; bootloader = '/x'\n", "Line 1"},
};

static void test_unsafe(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(unsafe) * IMPORT_WAYS; i++) {
        g_autoptr(GPtrArray) disks = NULL;
        g_autoptr(GError) error = NULL;

        g_test_message("%s", unsafe[i / IMPORT_WAYS].text);
        g_assert_null(
            import(unsafe[i / IMPORT_WAYS].text, (ImportWay)(i % IMPORT_WAYS), &disks, &error));
        g_test_message("%s", error->message);
        g_assert_nonnull(strstr(error->message, unsafe[i / IMPORT_WAYS].piece));
    }
}

/* Beside those that are refused. */
static void test_safe(void)
{
    static const char *const safe[] = {
        "bootloader = 'pygrub'\nbootloader_args = [ ]\n",
        "bootloader = 'pvgrub32'\n",
        "bootloader = 'pvgrub64'\n",
        "bootloader = \"\"\n",
        "device_model_stubdomain_override = 0\n",
        "serial = [ 'pty', 'none' ]\nusbdevice = 'tablet'\nboot = 'cdn'\n",
        "channel = [ 'connection=pty,name=n' ]\n",
        "vif = [ 'script=vif-bridge,bridge=colo' ]\n",
        "vif = [ 'script=/etc/xen/scripts/vif-bridge', 'script=vif-vitrine' ]\n",
        "disk = [ 'script=block-vitrine,discard,trusted,backendtype=qdisk,vdev=xvda,target=/c' ]\n",
        "extra = 'a=\\x22b\\x22'\n",
    };

    for (guint i = 0; i < G_N_ELEMENTS(safe); i++) {
        g_autoptr(GPtrArray) disks = NULL;
        g_autoptr(GError) error = NULL;
        g_autofree char *text = import(safe[i], IMPORT_KEEP, &disks, &error);

        g_test_message("%s", safe[i]);
        g_assert_no_error(error);
        g_assert_nonnull(text);
    }
}

/* A guest's file is one of a person's too, as when it comes from another computer. */
static void test_own(void)
{
    GuestConfig config = {.name = "own",
                          .kind = GUEST_HVM,
                          .disk = "/d/own.img",
                          .screen = "/run/own.vnc",
                          .bridge = "vitrine0",
                          .memory = 512 << 20,
                          .vcpus = 1};
    g_autofree char *text = guest_config_write(&config, NULL);

    for (ImportWay way = 0; way < IMPORT_WAYS; way++) {
        g_autoptr(GPtrArray) disks = NULL;
        g_autoptr(GError) error = NULL;
        g_autofree char *result = import(text, way, &disks, &error);

        g_assert_no_error(error);
        g_assert_nonnull(strstr(result, "usb-tablet"));
    }
}

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
    g_test_add_func("/config-import/unsafe", test_unsafe);
    g_test_add_func("/config-import/safe", test_safe);
    g_test_add_func("/config-import/own", test_own);
    return g_test_run();
}
