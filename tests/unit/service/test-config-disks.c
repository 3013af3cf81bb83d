/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of disks: read as xl reads them, changed in one place only. */
#include <libxl.h>
#include <libxlutil.h>
#include <string.h>

#include "config-disks.h"
#include "config-edit.h"
#include "error.h"

static const char *const lines[] = {
    "format=raw,vdev=xvda,access=rw,script=block-vitrine,target=/d/desk.img",
    "/d/a.img,raw,xvda,rw",
    "/d/a.img,,xvdb,r",
    "phy:/dev/vg/lv,xvda,w",
    "file:/d/a.img,hda,w",
    "/d/a.qcow2,qcow2,hda,w",
    "vdev=hdc,access=ro,devtype=cdrom,format=raw,target=/i/a, b.iso",
    "/i/a.iso,,hdc:cdrom,r",
    " vdev=xvda, access=rw, discard, target=/d/x.img",
    ",empty,hdc,cdrom,r",
};

/* xl's own reader has the last word. */
static void test_as_xl(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_autofree char *text = g_strdup_printf("disk = [ '%s' ]\n", lines[i]);
        g_autoptr(GError) error = NULL;
        g_autoptr(GPtrArray) disks = config_disks_read(text, &error);
        XLU_Config *config = xlu_cfg_init(stderr, "test");
        libxl_device_disk wanted;
        const ConfigDisk *disk;

        g_test_message("%s", lines[i]);
        g_assert_no_error(error);
        g_assert_cmpuint(disks->len, ==, 1);
        disk = disks->pdata[0];
        libxl_device_disk_init(&wanted);
        g_assert_cmpint(xlu_disk_parse(config, 1, &lines[i], &wanted), ==, 0);
        g_assert_cmpstr(disk->vdev, ==, wanted.vdev);
        g_assert_cmpstr(disk->target, ==, wanted.pdev_path ? wanted.pdev_path : "");
        g_assert_cmpint(disk->is_cdrom, ==, wanted.is_cdrom);
        if (wanted.format != LIBXL_DISK_FORMAT_EMPTY)
            g_assert_cmpstr(disk->format, ==, libxl_disk_format_to_string(wanted.format));
        if (!wanted.is_cdrom)
            g_assert_cmpint(disk->is_readonly, ==, !wanted.readwrite);
        libxl_device_disk_dispose(&wanted);
        xlu_cfg_destroy(config);
    }
}

static void test_wrong(void)
{
    static const char *const wrong[] = {"/d/a.img", "/d/a.img,raw,xvda,rx", "a,b,c,rw,e", ""};

    for (guint i = 0; i < G_N_ELEMENTS(wrong); i++) {
        g_autofree char *text = g_strdup_printf("disk = [ '%s' ]\n", wrong[i]);
        g_autoptr(GError) error = NULL;

        g_assert_null(config_disks_read(text, &error));
        g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG);
    }
}

#define THREE                                                                          \
    "name = \"a\"\n"                                                                   \
    "disk = [ '/d/1.img,raw,xvda,rw', # the \"first\"\n  \"/d/2.img,raw,xvdb,rw\" ,\n" \
    "  'vdev=xvdc,target=/d/3, \"x\".img' ]\n"

static char *edit(const char *text, guint index, const char *line)
{
    g_autoptr(GPtrArray) disks = config_disks_read(text, NULL);
    g_autofree char *value =
        config_disks_edit(text, index < disks->len ? disks->pdata[index] : NULL, line);
    ConfigChange change = {"disk", value};

    return config_edit(text, strlen(text), &change, 1, NULL);
}

static void assert_vdevs(const char *text, const char *vdevs)
{
    g_autoptr(GPtrArray) disks = config_disks_read(text, NULL);
    g_autoptr(GString) found = g_string_new(NULL);

    g_assert_nonnull(disks);
    for (guint i = 0; i < disks->len; i++)
        g_string_append(found, ((ConfigDisk *)disks->pdata[i])->vdev);
    g_assert_cmpstr(found->str, ==, vdevs);
}

static void test_edit(void)
{
    static const char *const left[] = {"xvdbxvdc", "xvdaxvdc", "xvdaxvdb"};
    g_autofree char *more = edit(THREE, 3, "\"vdev=xvdd,target=/d/4\"");
    g_autofree char *other = edit(THREE, 1, "\"vdev=xvde,target=/d/5\"");
    g_autofree char *first = edit("vcpus = 1\n", 0, "\"vdev=xvda,target=/d/1\"");
    g_autofree char *none = edit(first, 0, NULL);
    g_autofree char *again = edit(none, 0, "\"vdev=xvdb,target=/d/1\"");

    for (guint i = 0; i < 3; i++) {
        g_autofree char *less = edit(THREE, i, NULL);

        assert_vdevs(less, left[i]);
        g_assert_nonnull(strstr(less, "# the \"first\""));
    }
    assert_vdevs(more, "xvdaxvdbxvdcxvdd");
    assert_vdevs(other, "xvdaxvdexvdc");
    assert_vdevs(first, "xvda");
    assert_vdevs(none, "");
    assert_vdevs(again, "xvdb");
}

static void test_line(void)
{
    g_autoptr(GPtrArray) disks = config_disks_read(THREE, NULL);
    ConfigDisk *disk = disks->pdata[0];
    g_autofree char *line = config_disk_line(disk, NULL);
    g_autoptr(GError) error = NULL;

    g_assert_cmpstr(line, ==, "\"format=raw,vdev=xvda,access=rw,target=/d/1.img\"");
    g_assert_null(config_disk_line(disks->pdata[2], &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config-disks/as-xl", test_as_xl);
    g_test_add_func("/config-disks/wrong", test_wrong);
    g_test_add_func("/config-disks/edit", test_edit);
    g_test_add_func("/config-disks/line", test_line);
    return g_test_run();
}
