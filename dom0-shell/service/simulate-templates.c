/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes up templates for the simulated machine. */
#include "simulate-templates.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

static const struct {
    const char *id;
    const char *title;
    const char *description;
    const char *cmdline;
    guint memory;
    gboolean broken;
} templates[] = {
    {"debian-12-desktop", "Debian 12 desktop", "A desktop with a browser and an office.",
     "root=/dev/xvda ro", 1024, FALSE},
    {"debian-12-minimal", "Debian 12 minimal", "A text console and not much else.",
     "root=/dev/xvda ro", 256, FALSE},
    {"big", "Big machine", "More memory than two of it can have.", "", 9000, FALSE},
    {"broken", "Broken template", "Its kernel is missing.", "", 512, TRUE},
    {"crashing", "Crashing guest", "Crashes soon after it was started.", "vitrine.simulate=crash",
     256, FALSE},
    {"deaf", "Deaf guest", "Does not react to a request to shut down.", "vitrine.simulate=deaf",
     256, FALSE},
    {"unbuildable", "Guest that can't be built", "Fails while it is being built.",
     "vitrine.simulate=broken", 256, FALSE},
    {"stubborn", "Stubborn guest", "Hears a shutdown request and goes on.",
     "vitrine.simulate=stubborn", 256, FALSE},
    {"vanishing", "Vanishing guest", "Is destroyed from outside while it is being built.",
     "vitrine.simulate=vanish", 256, FALSE},
    {"self-stopping", "Guest that switches itself off", "Runs a moment, then is done.",
     "vitrine.simulate=poweroff", 256, FALSE},
    {"mute", "Guest without a console", "Has no text console.", "vitrine.simulate=mute", 256,
     FALSE},
    {"instant", "Guest that is off at once", "Is over before it is known to run.",
     "vitrine.simulate=instant", 256, FALSE},
    {"unsavable", "Guest that can't be saved", "Runs, and fails to be saved.",
     "vitrine.simulate=unsavable", 256, FALSE},
};

/* The least that is a whole bzImage: a setup header that promises an empty payload. */
static gboolean write_kernel(const char *path, GError **error)
{
    guint8 kernel[4096] = {0};

    kernel[0x1f1] = 1;
    memcpy(kernel + 0x1fe, "\x55\xaaxxHdrS\x0f\x02", 10);
    return g_file_set_contents(path, (const char *)kernel, sizeof kernel, error);
}

static gboolean write_template(const char *directory, guint i, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autofree char *path = g_build_filename(directory, templates[i].id, NULL);
    g_autofree char *ini = g_build_filename(path, "template.ini", NULL);
    g_autofree char *disk = g_build_filename(path, "disk.img", NULL);
    g_autofree char *kernel = g_build_filename(path, "vmlinuz", NULL);
    g_autofree char *ramdisk = g_build_filename(path, "initrd.img", NULL);

    if (g_mkdir_with_parents(path, 0755) != 0) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", path,
                    g_strerror(errno));
        return FALSE;
    }
    g_key_file_set_string(file, "template", "title", templates[i].title);
    g_key_file_set_string(file, "template", "description", templates[i].description);
    g_key_file_set_string(file, "template", "cmdline", templates[i].cmdline);
    g_key_file_set_integer(file, "template", "memory", (int)templates[i].memory);
    g_key_file_set_integer(file, "template", "vcpus", 2);
    return g_key_file_save_to_file(file, ini, error) &&
           g_file_set_contents(disk, "simulated", -1, error) &&
           g_file_set_contents(ramdisk, "simulated", -1, error) &&
           (templates[i].broken || write_kernel(kernel, error));
}

gboolean simulate_templates_write(const char *directory, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(templates); i++) {
        if (!write_template(directory, i, error))
            return FALSE;
    }
    return TRUE;
}
