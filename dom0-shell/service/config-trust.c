/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Looks for what root would do for an xl.cfg. What is here is what xl and libxl 4.17 know. */
#include "config-trust.h"

#include <string.h>

#include "config-disks.h"
#include "config-edit.h"
#include "error.h"
#include "guest-config.h"

#define SCRIPTS "/etc/xen/scripts/"
#define ADVICE                                                                            \
    "Take it out of the file; root can put the file into the guests' directory by hand, " \
    "as it is."

/* Settings that are not had at all: root runs what they name, gives it to a program of root's, or
 * has it read for the guest. */
static const struct {
    const char *key;
    const char *what; /* for a sentence */
} refused[] = {
    {"device_model_override", "a program for its device model"},
    {"device_model_args", "arguments for its device model"},
    {"device_model_args_pv", "arguments for its device model"},
    {"stubdomain_kernel", "a kernel for its device model"},
    {"stubdomain_ramdisk", "an initial ramdisk for its device model"},
    {"bootloader_args", "arguments for its boot loader"},
    {"bios_path_override", "a file of firmware"},
    {"firmware_override", "a file of firmware"},
    {"acpi_firmware", "a file of firmware"},
    {"smbios_firmware", "a file of firmware"},
    {"pvshim_path", "a hypervisor of its own"},
};

static gboolean is_loader(const char *word)
{
    static const char *const loaders[] = {"pygrub", "pvgrub32", "pvgrub64", NULL};

    return g_strv_contains(loaders, word);
}

/* QEMU would write to files, pipes and sockets for another. */
static gboolean is_serial(const char *word)
{
    static const char *const ports[] = {"pty", "none", "null", NULL};

    return g_strv_contains(ports, word);
}

static gboolean is_usb_device(const char *word)
{
    static const char *const devices[] = {"tablet", "mouse", "keyboard", NULL};

    return g_strv_contains(devices, word);
}

/* What follows a comma would be another option of QEMU's, as a file to show. */
static gboolean is_boot_order(const char *word)
{
    return strspn(word, "abcdefghijklmnopqrstuvwxyz") == strlen(word);
}

/* Settings that may be had if all words in them are known. */
static const struct {
    const char *key;
    gboolean (*is_known)(const char *word);
    const char *known; /* for a sentence */
} limited[] = {
    {"bootloader", is_loader, "“pygrub”, “pvgrub32” and “pvgrub64”, without a path"},
    {"serial", is_serial, "“pty”, “none” and “null”"},
    {"boot", is_boot_order, "the letters of drives"},
    {"usbdevice", is_usb_device, "“tablet”, “mouse” and “keyboard”"},
    {"device_model_args_hvm", guest_config_is_model_argument,
     "those that Vitrine itself writes there"},
};

/* All that a guest's own system is told; no program of root's looks into it. */
static const char *const free_text[] = {"cmdline", "extra", "root", NULL};

G_GNUC_PRINTF(2, 3) static gboolean fail(GError **error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_propagate_error(
        error, g_error_new_valist(SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED, format, arguments));
    va_end(arguments);
    return FALSE;
}

/* xl reads \x73 as an s, so that a word could hide; and of two settings of one key it takes the
 * last, or both if that says `+=`, where a look for the key finds one. */
static gboolean check_form(const GPtrArray *settings, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < settings->len; i++) {
        const ConfigSetting *setting = settings->pdata[i];

        if (!g_hash_table_add(seen, setting->key))
            return fail(error,
                        N_("The file sets “%s” more than once, so that it can't be told for sure "
                           "what it asks for. Make one setting of them."),
                        setting->key);
        if (strchr(setting->value, '\\') && !g_strv_contains(free_text, setting->key))
            return fail(error,
                        N_("There is a backslash in “%s” of the file, so that it can't be told for "
                           "sure what it asks for. Write it without."),
                        setting->key);
    }
    return TRUE;
}

static gboolean has_word(const GPtrArray *words)
{
    for (guint i = 0; i < words->len; i++) {
        if (*(const char *)words->pdata[i] != '\0')
            return TRUE;
    }
    return FALSE;
}

static gboolean check_refused(const ConfigSetting *setting, const GPtrArray *words, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
        if (strcmp(setting->key, refused[i].key) == 0 && has_word(words))
            return fail(error,
                        "The file gives the guest %s (“%s”), which root would use without a look "
                        "at it. " ADVICE,
                        refused[i].what, setting->key);
    }
    return TRUE;
}

static gboolean check_limited(const ConfigSetting *setting, const GPtrArray *words, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(limited); i++) {
        if (strcmp(setting->key, limited[i].key) != 0)
            continue;
        for (guint j = 0; j < words->len; j++) {
            const char *word = words->pdata[j];

            if (*word != '\0' && !limited[i].is_known(word))
                return fail(error,
                            "“%s” in “%s” of the file would be used by root without a look at it: "
                            "only %s can be had here. " ADVICE,
                            word, setting->key, limited[i].known);
        }
    }
    return TRUE;
}

/* Whether SCRIPT, by its name or the whole path of it, is one of NAMES. */
static gboolean is_script(const char *script, const char *const *names)
{
    if (g_str_has_prefix(script, SCRIPTS))
        script += strlen(SCRIPTS);
    return g_strv_contains(names, script);
}

static gboolean refuse_script(GError **error, const char *script)
{
    return fail(error,
                "The file has the script “%s” run by root, and only those of Xen's network bridges "
                "and Vitrine's own can be had here. " ADVICE,
                script);
}

static gboolean check_interface_option(const char *option, GError **error)
{
    static const char *const scripts[] = {"vif-bridge", "vif-vitrine", NULL};
    const char *script = option + strlen("script=");

    if (g_str_has_prefix(option, "script=") && !is_script(script, scripts))
        return refuse_script(error, script);
    if (g_str_has_prefix(option, "colo") || g_str_has_prefix(option, "forwarddev"))
        return fail(error, "“%s” in “vif” of the file is not to be had here. " ADVICE, option);
    return TRUE;
}

static gboolean check_interfaces(const GPtrArray *words, GError **error)
{
    for (guint i = 0; i < words->len; i++) {
        g_auto(GStrv) options = g_strsplit(words->pdata[i], ",", -1);

        for (char **option = options; *option; option++) {
            if (!check_interface_option(g_strstrip(*option), error))
                return FALSE;
        }
    }
    return TRUE;
}

/* QEMU would take the place of whatever file is where its socket is to be. */
static gboolean check_channels(const GPtrArray *words, GError **error)
{
    for (guint i = 0; i < words->len; i++) {
        if (strstr(words->pdata[i], "socket"))
            return fail(error,
                        "A channel of the guest's (“channel” of the file) ends at a socket, which "
                        "root would make where the file says. " ADVICE);
    }
    return TRUE;
}

/* Names of a form that have a program of root's serve the disk. */
static gboolean check_disk_prefixes(const GPtrArray *words, GError **error)
{
    static const char *const prefixes[] = {"iscsi:/", "nbd:/", "drbd:/"};

    for (guint i = 0; i < words->len * G_N_ELEMENTS(prefixes); i++) {
        const char *line = words->pdata[i / G_N_ELEMENTS(prefixes)];
        const char *prefix = prefixes[i % G_N_ELEMENTS(prefixes)];

        if (strstr(line, prefix))
            return refuse_script(error, prefix);
    }
    return TRUE;
}

static gboolean check_setting(const ConfigSetting *setting, GError **error)
{
    g_autoptr(GPtrArray) words = config_edit_words(setting->value);

    if (strcmp(setting->key, "vif") == 0)
        return check_interfaces(words, error);
    if (strcmp(setting->key, "channel") == 0)
        return check_channels(words, error);
    if (strcmp(setting->key, "disk") == 0)
        return check_disk_prefixes(words, error);
    return check_refused(setting, words, error) && check_limited(setting, words, error);
}

gboolean config_trust_settings(const char *text, gsize length, GError **error)
{
    g_autoptr(GPtrArray) settings = config_edit_list(text, length, error);

    if (!settings || !check_form(settings, error))
        return FALSE;
    for (guint i = 0; i < settings->len; i++) {
        if (!check_setting(settings->pdata[i], error))
            return FALSE;
    }
    return TRUE;
}

/* As a whole: xl takes some words for what they begin with, and goes on behind. */
static gboolean is_plain_option(const char *option)
{
    static const char *const plain[] = {
        "",        "discard",   "no-discard",    "direct-io-safe", "devtype=disk",
        "trusted", "untrusted", "grant_usage=0", "grant_usage=1",  NULL,
    };

    return g_strv_contains(plain, option) || g_str_has_prefix(option, "backendtype=") ||
           g_str_has_prefix(option, "specification=");
}

static gboolean check_disk_option(const char *vdev, const char *option, GError **error)
{
    static const char *const scripts[] = {"block", "block-vitrine", NULL};
    const char *script = option + strlen("script=");

    if (is_plain_option(option))
        return TRUE;
    if (!g_str_has_prefix(option, "script="))
        return fail(error, "“%s” of the disk “%s” is not to be had here. " ADVICE, option, vdev);
    return is_script(script, scripts) || refuse_script(error, script);
}

gboolean config_trust_disks(const GPtrArray *disks, GError **error)
{
    for (guint i = 0; i < disks->len; i++) {
        const ConfigDisk *disk = disks->pdata[i];
        g_auto(GStrv) options = g_strsplit(disk->others, ",", -1);

        for (char **option = options; *option; option++) {
            if (!check_disk_option(disk->vdev, *option, error))
                return FALSE;
        }
    }
    return TRUE;
}
