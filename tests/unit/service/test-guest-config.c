/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl.cfg files: what is written can be read back, what can't be written is refused, and files that
 * people wrote are skimmed right. */
#include <libxl.h>
#include <libxlutil.h>
#include <string.h>

#include "error.h"
#include "guest-config.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)

static const GuestConfig plain = {
    .name = "desk",
    .kernel = "/t/vmlinuz",
    .ramdisk = "/t/initrd.img",
    .cmdline = "root=/dev/xvda ro quiet",
    .disk = "/d/desk.img",
    .bridge = "br0",
    .memory = 768 * MIB,
    .vcpus = 3,
};

static void assert_string(const char *text, const char *key, const char *value)
{
    g_autofree char *found = guest_config_scan_string(text, key);

    g_assert_cmpstr(found, ==, value);
}

static void test_round_trip(void)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = guest_config_write(&plain, &error);
    g_autofree char *uuid = NULL;
    GuestFacts facts;

    g_assert_no_error(error);
    assert_string(text, "name", plain.name);
    assert_string(text, "type", "pv");
    assert_string(text, "kernel", plain.kernel);
    assert_string(text, "ramdisk", plain.ramdisk);
    assert_string(text, "cmdline", plain.cmdline);
    assert_string(text, "on_reboot", "restart");
    uuid = guest_config_scan_string(text, "uuid");
    g_assert_true(g_uuid_string_is_valid(uuid));
    g_assert_nonnull(strstr(text, "target=/d/desk.img\""));
    g_assert_nonnull(strstr(text, "bridge=br0\""));
    guest_config_scan(text, &facts);
    g_assert_cmpuint(facts.memory, ==, plain.memory);
    g_assert_cmpuint(facts.vcpus, ==, plain.vcpus);
    /* With one, xl create would look for QEMU. */
    g_assert_false(facts.has_vfb);
    /* And wait in vain for a sound back end. */
    g_assert_false(facts.has_vsnd);
}

static void test_sound(void)
{
    GuestFacts facts;

    guest_config_scan("vsnd = [ [ \"card\", \"pcm,name=a\", \"stream,type=p\" ] ]\n", &facts);
    g_assert_true(facts.has_vsnd);
    guest_config_scan("vsnd = [ ]\n", &facts);
    g_assert_false(facts.has_vsnd);
}

static const GuestConfig pc = {
    .name = "pc",
    .kind = GUEST_HVM,
    .disk = "/d/pc.img",
    .iso = "/i/debian 12.iso",
    .screen = "/r/display/pc-qemu.vnc",
    .bridge = "br0",
    .memory = 2048 * MIB,
    .vcpus = 2,
};

static void assert_xl_string(XLU_Config *config, const char *key, const char *value)
{
    const char *found = NULL;

    g_assert_cmpint(xlu_cfg_get_string(config, key, &found, 0), ==, 0);
    g_assert_cmpstr(found, ==, value);
}

static void assert_xl_number(XLU_Config *config, const char *key, long value)
{
    long found = -1;

    g_assert_cmpint(xlu_cfg_get_long(config, key, &found, 0), ==, 0);
    g_assert_cmpint(found, ==, value);
}

/* WORDS end with NULL. */
static void assert_xl_list(XLU_Config *config, const char *key, const char *const *words)
{
    XLU_ConfigList *list = NULL;
    int length = 0;

    g_assert_cmpint(xlu_cfg_get_list(config, key, &list, &length, 0), ==, 0);
    g_assert_cmpint(length, ==, (int)g_strv_length((char **)words));
    for (int i = 0; i < length; i++)
        g_assert_cmpstr(xlu_cfg_get_listitem(list, i), ==, words[i]);
}

/* The disk number INDEX of the file, as xl reads it. */
static void read_disk(XLU_Config *config, int index, int count, libxl_device_disk *ret_disk)
{
    XLU_ConfigList *list = NULL;
    const char *line;
    int length = 0;

    g_assert_cmpint(xlu_cfg_get_list(config, "disk", &list, &length, 0), ==, 0);
    g_assert_cmpint(length, ==, count);
    line = xlu_cfg_get_listitem(list, index);
    libxl_device_disk_init(ret_disk);
    g_assert_cmpint(xlu_disk_parse(config, 1, &line, ret_disk), ==, 0);
}

/* What xl's own parsers make of a PC. */
static void test_pc(void)
{
    static const char *const model_arguments[] = {
        "-device", "usb-tablet,bus=usb.0", "-global", "nec-usb-xhci.p2=8",
        "-global", "nec-usb-xhci.p3=8",    NULL};
    g_autoptr(GError) error = NULL;
    g_autofree char *text = guest_config_write(&pc, &error);
    XLU_Config *config = xlu_cfg_init(stderr, "test");
    libxl_device_disk disk;
    libxl_device_disk drive;
    const char *kernel;
    GuestFacts facts;

    g_assert_no_error(error);
    g_assert_cmpint(xlu_cfg_readdata(config, text, (int)strlen(text)), ==, 0);
    assert_xl_string(config, "type", "hvm");
    assert_xl_string(config, "boot", "cd");
    assert_xl_string(config, "vga", "stdvga");
    assert_xl_list(config, "device_model_args_hvm", model_arguments);
    assert_xl_string(config, "vnclisten", "unix:/r/display/pc-qemu.vnc");
    assert_xl_number(config, "memory", 2048);
    assert_xl_number(config, "vcpus", 2);
    assert_xl_number(config, "usbversion", 3);
    assert_xl_number(config, "vnc", 1);
    /* Else QEMU would be told a range of ports, too. */
    assert_xl_number(config, "vncunused", 0);
    g_assert_cmpint(xlu_cfg_get_string(config, "kernel", &kernel, 1), !=, 0);
    read_disk(config, 0, 2, &disk);
    g_assert_cmpstr(disk.pdev_path, ==, pc.disk);
    g_assert_cmpstr(disk.script, ==, "block-vitrine");
    g_assert_cmpint(disk.format, ==, LIBXL_DISK_FORMAT_RAW);
    g_assert_true(disk.readwrite);
    g_assert_false(disk.is_cdrom);
    read_disk(config, 1, 2, &drive);
    g_assert_cmpstr(drive.pdev_path, ==, pc.iso);
    g_assert_true(drive.is_cdrom);
    guest_config_scan(text, &facts);
    g_assert_cmpint(facts.kind, ==, GUEST_HVM);
    g_assert_cmpstr(facts.iso, ==, pc.iso);
    g_assert_cmpuint(facts.nics, ==, 1);
    libxl_device_disk_dispose(&disk);
    libxl_device_disk_dispose(&drive);
    xlu_cfg_destroy(config);
}

static void test_pvh(void)
{
    GuestConfig config = plain;
    g_autofree char *text = NULL;
    GuestFacts facts;

    config.kind = GUEST_PVH;
    text = guest_config_write(&config, NULL);
    assert_string(text, "type", "pvh");
    assert_string(text, "kernel", plain.kernel);
    g_assert_null(strstr(text, "vnc"));
    g_assert_null(strstr(text, "cdrom"));
    guest_config_scan(text, &facts);
    g_assert_cmpint(facts.kind, ==, GUEST_PVH);
    g_assert_cmpstr(facts.iso, ==, "");
}

static void test_kinds(void)
{
    g_autofree const char **both =
        guest_kind_names(GUEST_KIND_BIT(GUEST_PV) | GUEST_KIND_BIT(GUEST_HVM));
    g_autoptr(GError) error = NULL;
    GuestKind kind = GUEST_PV;

    g_assert_true(guest_kind_parse("pvh", &kind));
    g_assert_cmpint(kind, ==, GUEST_PVH);
    g_assert_false(guest_kind_parse("HVM", &kind));
    g_assert_false(guest_kind_parse("", &kind));
    g_assert_cmpstrv(both, ((const char *const[]){"pv", "hvm", NULL}));
    g_assert_true(guest_kind_check(GUEST_PV, GUEST_KIND_BIT(GUEST_PV), NULL));
    g_assert_false(guest_kind_check(GUEST_HVM, GUEST_KIND_BIT(GUEST_PV), &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED);
    g_assert_nonnull(strstr(error->message, "“pv”"));
}

static void test_no_network(void)
{
    GuestConfig config = plain;
    g_autofree char *text = NULL;

    config.bridge = NULL;
    text = guest_config_write(&config, NULL);
    g_assert_null(strstr(text, "vif"));
}

/* A quote must not end the string early: with it a template could add settings of its own. */
static void test_quoting(void)
{
    GuestConfig config = plain;
    g_autofree char *text = NULL;

    config.cmdline = "a=\"b c\" d=\\e";
    text = guest_config_write(&config, NULL);
    assert_string(text, "cmdline", "a=\\x22b c\\x22 d=\\x5ce");
}

static void test_refused(void)
{
    static const char *const bad_disks[] = {"/d/a,b.img", "/d/a\"b.img", "/d/a\\b.img"};
    GuestConfig config = plain;

    config.cmdline = "quiet\nmemory = 1";
    g_assert_null(guest_config_write(&config, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(bad_disks); i++) {
        g_autoptr(GError) error = NULL;

        config = pc;
        config.iso = bad_disks[i];
        g_assert_null(guest_config_write(&config, NULL));

        config = plain;
        config.disk = bad_disks[i];
        g_assert_null(guest_config_write(&config, &error));
        g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG);
    }
}

static const struct {
    const char *text;
    guint64 mib;
    guint vcpus;
    gboolean vfb;
    gboolean hvm;
} files[] = {
    {"", 32, 1, FALSE, FALSE},
    {"memory=512\nvcpus=2\n", 512, 2, FALSE, FALSE},
    {"  memory = '256' \n\tvcpus\t=\t4", 256, 4, FALSE, FALSE},
    {"maxmem = 1024", 1024, 1, FALSE, FALSE},
    {"memory = 128\nmaxmem = 1024", 128, 1, FALSE, FALSE},
    {"memory = 1\nmemory = 2", 2, 1, FALSE, FALSE},
    {"#memory = 999\nvcpus = junk", 32, 1, FALSE, FALSE},
    {"memory = -5\nvcpus = 0", 32, 1, FALSE, FALSE},
    {"memory = 99999999999999999999", 32, 1, FALSE, FALSE},
    {"vfb = ['vnc=1']", 32, 1, TRUE, FALSE},
    {"vfb = []", 32, 1, FALSE, FALSE},
    {"type = 'hvm'", 32, 1, FALSE, TRUE},
    {"type = \"pvh\"", 32, 1, FALSE, FALSE},
    {"= = =\n=\nmemory\n", 32, 1, FALSE, FALSE},
};

static void test_scan(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        GuestFacts facts;

        g_test_message("%s", files[i].text);
        guest_config_scan(files[i].text, &facts);
        g_assert_cmpuint(facts.memory, ==, files[i].mib * MIB);
        g_assert_cmpuint(facts.vcpus, ==, files[i].vcpus);
        g_assert_cmpint(facts.has_vfb, ==, files[i].vfb);
        g_assert_cmpint(facts.kind == GUEST_HVM, ==, files[i].hvm);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/guest-config/sound", test_sound);
    g_test_add_func("/guest-config/round-trip", test_round_trip);
    g_test_add_func("/guest-config/pc", test_pc);
    g_test_add_func("/guest-config/pvh", test_pvh);
    g_test_add_func("/guest-config/kinds", test_kinds);
    g_test_add_func("/guest-config/no-network", test_no_network);
    g_test_add_func("/guest-config/quoting", test_quoting);
    g_test_add_func("/guest-config/refused", test_refused);
    g_test_add_func("/guest-config/scan", test_scan);
    return g_test_run();
}
