/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CD drive in xl.cfg files: nothing but the image moves, and xl's own parsers find the new one.
 */
#include <libxl.h>
#include <libxlutil.h>
#include <string.h>

#include "config-drive.h"
#include "config-edit.h"
#include "error.h"

#define DISK  "\"format=raw,vdev=xvda,access=rw,script=block-vitrine,target=/d/a.img\""
#define DRIVE "format=raw,vdev=hdc,access=ro,devtype=cdrom,target="

static const struct {
    const char *text;
    const char *image;  /* NULL: no drive */
    const char *result; /* of putting /n.iso in */
} files[] = {
    {"disk = [ " DISK ", \"" DRIVE "/o.iso\" ]\n", "/o.iso",
     "disk = [ " DISK ", \"" DRIVE "/n.iso\" ]\n"},
    {"disk = [ " DISK ",\n \"" DRIVE "\" ] # mine\n", "",
     "disk = [ " DISK ",\n \"" DRIVE "/n.iso\" ] # mine\n"},
    {"disk = [ # 'devtype=cdrom,target=/x'\n'vdev=hdb, devtype=cdrom , target=/a b,c',]\n",
     "/a b,c",
     "disk = [ # 'devtype=cdrom,target=/x'\n'vdev=hdb, devtype=cdrom , target=/n.iso',]\n"},
    {"disk = [ '" DRIVE "/1', '" DRIVE "/2' ]\n", "/1",
     "disk = [ '" DRIVE "/n.iso', '" DRIVE "/2' ]\n"},
    {"disk = [ '" DRIVE "' ]\ndisk = [ '" DRIVE "/2' ]\n", "/2",
     "disk = [ '" DRIVE "' ]\ndisk = [ '" DRIVE "/n.iso' ]\n"},
    /* What follows `target=` is a path, whatever it looks like. */
    {"disk = [ 'vdev=xvda,target=/d,devtype=cdrom' ]\n", NULL, NULL},
    {"disk = [ 'vdev=xvda,script=target=,devtype=cdrom' ]\n", NULL, NULL},
    {"disk = [ '/o.iso,raw,hdc,ro,cdrom' ]\n", NULL, NULL},
    {"disk = [ " DISK " ]\n", NULL, NULL},
    {"disk = [ ]\n", NULL, NULL},
    {"disk = 'devtype=cdrom,target='\n", "", "disk = 'devtype=cdrom,target=/n.iso'\n"},
    {"disk = [ # open", NULL, NULL},
    {"memory = 1\n", NULL, NULL},
    {"", NULL, NULL},
};

static char *put_in(const char *text, const char *path, GError **error)
{
    g_autofree char *disks = config_drive_set(text, path, error);
    ConfigChange change = {"disk", disks};

    return disks ? config_edit(text, strlen(text), &change, 1, NULL) : NULL;
}

static void test_files(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *image = config_drive_find(files[i].text);
        g_autoptr(GError) error = NULL;
        g_autofree char *result = put_in(files[i].text, "/n.iso", &error);

        g_test_message("%s", files[i].text);
        g_assert_cmpstr(image, ==, files[i].image);
        g_assert_cmpstr(result, ==, files[i].result);
        if (!files[i].result)
            g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG);
    }
}

/* As xl reads the line of a drive with PATH in it. */
static void assert_line(const char *path, libxl_disk_format format)
{
    g_autofree char *line = config_drive_line(path);
    const char *specs[] = {line};
    XLU_Config *config = xlu_cfg_init(stderr, "test");
    libxl_device_disk disk;

    libxl_device_disk_init(&disk);
    g_assert_cmpint(xlu_disk_parse(config, 1, specs, &disk), ==, 0);
    g_assert_cmpstr(disk.pdev_path, ==, path);
    g_assert_cmpstr(disk.vdev, ==, "hdc");
    g_assert_cmpint(disk.format, ==, format);
    g_assert_true(disk.is_cdrom);
    g_assert_false(disk.readwrite);
    libxl_device_disk_dispose(&disk);
    xlu_cfg_destroy(config);
}

static void test_line(void)
{
    assert_line("/i/debian.iso", LIBXL_DISK_FORMAT_RAW);
    assert_line("", LIBXL_DISK_FORMAT_EMPTY);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config-drive/files", test_files);
    g_test_add_func("/config-drive/line", test_line);
    return g_test_run();
}
