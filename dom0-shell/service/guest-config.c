/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes xl.cfg files for new guests and skims the ones that are there. */
#include "guest-config.h"

#include <string.h>

#include "config-drive.h"
#include "config-edit.h"
#include "error.h"
#include "guest-start.h"
#include "screen-places.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)
/* What xl gives a guest whose file does not say. */
#define XL_DEFAULT_MEMORY (32 * MIB)
#define XL_DEFAULT_VCPUS  1

/* Appends `KEY = "VALUE"`. xl's lexer ends a string at the first quote, escaped or not, so quotes
 * and backslashes are written as \xNN. */
static gboolean append_string(GString *text, const char *key, const char *value, GError **error)
{
    g_string_append_printf(text, "%s = \"", key);
    for (const char *p = value; *p; p++) {
        if (g_ascii_iscntrl(*p)) {
            g_set_error(
                error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
                N_("The guest's %s has a control character in it, which a guest's file can't "
                   "hold. Correct the template."),
                key);
            return FALSE;
        }
        if (*p == '"' || *p == '\\')
            g_string_append_printf(text, "\\x%02x", *p);
        else
            g_string_append_c(text, *p);
    }
    g_string_append(text, "\"\n");
    return TRUE;
}

/* In a disk line a comma ends the path, and xl's string rules come on top. */
static gboolean check_disk_path(const char *path, GError **error)
{
    if (!strpbrk(path, ",\"\\'"))
        return TRUE;
    g_set_error(
        error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
        N_("The disk's path “%s” has a comma, a quote or a backslash in it, which a guest's "
           "file can't hold."),
        path);
    return FALSE;
}

/* 00:16:3e is Xen's own range; the upper half is left to addresses given by hand. */
static char *fresh_mac(void)
{
    return g_strdup_printf("00:16:3e:%02x:%02x:%02x", g_random_int_range(0, 0x80),
                           g_random_int_range(0, 0x100), g_random_int_range(0, 0x100));
}

char *guest_config_network(const char *bridge, const char *mac)
{
    g_autofree char *own = *mac ? g_strdup(mac) : fresh_mac();

    return g_strdup_printf("[ \"mac=%s,script=vif-vitrine,bridge=%s\" ]", own, bridge);
}

/* Six bytes; the lowest bit of the first is that of addresses of many. */
static gboolean is_mac(const char *text)
{
    if (strlen(text) != MAC_TEXT_SIZE - 1 || g_ascii_xdigit_value(text[1]) % 2 == 1)
        return FALSE;
    for (guint i = 0; i < MAC_TEXT_SIZE - 1; i++) {
        if ((text[i] == ':') != (i % 3 == 2))
            return FALSE;
    }
    return TRUE;
}

gboolean guest_config_take_mac(const char *text, char ret_mac[MAC_TEXT_SIZE])
{
    g_autofree char *word = g_ascii_strdown(text, (gssize)strspn(text, "0123456789abcdefABCDEF:"));

    ret_mac[0] = '\0';
    if (is_mac(word))
        g_strlcpy(ret_mac, word, MAC_TEXT_SIZE);
    return ret_mac[0] != '\0';
}

static gboolean append_kernel(GString *text, const GuestConfig *config, GError **error)
{
    return (!config->kernel || append_string(text, "kernel", config->kernel, error)) &&
           (!config->ramdisk || append_string(text, "ramdisk", config->ramdisk, error)) &&
           (!config->cmdline || append_string(text, "cmdline", config->cmdline, error));
}

/* The script gives a file its loop device, which QEMU opens too: the guest's drivers choose. */
static gboolean append_disks(GString *text, const GuestConfig *config, GError **error)
{
    const char *iso = config->iso ? config->iso : "";

    if (!check_disk_path(config->disk, error) || !check_disk_path(iso, error))
        return FALSE;
    g_string_append_printf(
        text, "disk = [ \"format=raw,vdev=xvda,access=rw,script=block-vitrine,target=%s\"",
        config->disk);
    if (config->kind == GUEST_HVM) {
        g_autofree char *drive = config_drive_line(iso);

        g_string_append_printf(text, ",\n         \"%s\"", drive);
    }
    g_string_append(text, " ]\n");
    return TRUE;
}

/* What QEMU is told besides: that the pointer is a tablet, as one that tells where it is goes where
 * the viewer's does; and that its USB controller has eight ports of each kind, not four, the first
 * of which the tablet takes. */
#define MODEL_ARGUMENTS                          \
    "[ \"-device\", \"usb-tablet,bus=usb.0\",\n" \
    "  \"-global\", \"nec-usb-xhci.p2=8\", \"-global\", \"nec-usb-xhci.p3=8\" ]"

gboolean guest_config_is_model_argument(const char *argument)
{
    g_autoptr(GPtrArray) arguments = config_edit_words(MODEL_ARGUMENTS);

    return g_ptr_array_find_with_equal_func(arguments, argument, g_str_equal, NULL);
}

/* What a PC has that the other kinds have not. An empty disk is passed over, so that the CD with an
 * installer is started, and what that has installed afterwards. Its USB is that of version 3: a
 * controller for USB 1 (`usb = 1`) would have QEMU work a thousand times a second. A `vnclisten`
 * with a colon is handed to QEMU as it is. */
static gboolean append_pc(GString *text, const GuestConfig *config, GError **error)
{
    g_autofree char *listen = g_strconcat("unix:", config->screen, NULL);

    g_string_append(text, "boot = \"cd\"\n"
                          "vga = \"stdvga\"\n"
                          "usbversion = 3\n"
                          "device_model_args_hvm = " MODEL_ARGUMENTS "\n"
                          "vnc = 1\n");
    if (!append_string(text, "vnclisten", listen, error))
        return FALSE;
    g_string_append(text, "vncunused = 0\n");
    return TRUE;
}

char *guest_config_write(const GuestConfig *config, GError **error)
{
    g_autoptr(GString) text = g_string_new("# Made by Vitrine; xl create starts it too.\n");
    g_autofree char *uuid = g_uuid_string_random();

    if (!append_string(text, "name", config->name, error))
        return NULL;
    g_string_append_printf(text, "uuid = \"%s\"\ntype = \"%s\"\n", uuid,
                           guest_kind_name(config->kind));
    if (!append_kernel(text, config, error))
        return NULL;
    g_string_append_printf(text, "memory = %" G_GUINT64_FORMAT "\nvcpus = %u\n",
                           config->memory / MIB, config->vcpus);
    if (!append_disks(text, config, error) ||
        (config->kind == GUEST_HVM && !append_pc(text, config, error)))
        return NULL;
    if (config->bridge) {
        g_autofree char *network = guest_config_network(config->bridge, "");

        g_string_append_printf(text, "vif = %s\n", network);
    }
    g_string_append_printf(text,
                           "on_poweroff = \"destroy\"\n"
                           "on_reboot = \"%s\"\n"
                           "on_crash = \"destroy\"\n",
                           config->installs ? "destroy" : "restart");
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static guint64 find_number(const char *text, const char *key, guint64 fallback)
{
    g_autofree char *value = config_edit_find(text, key);
    char *end;
    guint64 number;

    if (!value || !g_ascii_isdigit(value[*value == '"' || *value == '\'']))
        return fallback;
    number = g_ascii_strtoull(value + (*value == '"' || *value == '\''), &end, 0);
    return number > 0 && number < G_MAXUINT32 ? number : fallback;
}

gboolean guest_config_is_bridge_script(const char *script)
{
    g_autofree char *name = g_path_get_basename(script);

    return g_strcmp0(name, "vif-vitrine") == 0 || g_strcmp0(name, "vif-bridge") == 0;
}

static gboolean has_odd_nic(const char *vif)
{
    for (const char *p = strstr(vif, "script="); p; p = strstr(p, "script=")) {
        g_autofree char *script = NULL;

        p += strlen("script=");
        script = g_strndup(p, strcspn(p, ",\"'"));
        if (!guest_config_is_bridge_script(script))
            return TRUE;
    }
    return strstr(vif, "vifname=") || strstr(vif, "backend=");
}

/* As far as it can be told without xl: each string of the list is an interface. */
static void scan_network(const char *text, GuestFacts *facts)
{
    g_autofree char *vif = config_edit_find(text, "vif");
    const char *bridge = vif ? strstr(vif, "bridge=") : NULL;
    const char *mac = vif ? strstr(vif, "mac=") : NULL;
    guint quotes = 0;

    for (const char *p = vif; p && *p; p++)
        quotes += *p == '"' || *p == '\'';
    facts->nics = quotes / 2;
    facts->odd_nic = vif && has_odd_nic(vif);
    guest_config_take_mac(mac ? mac + strlen("mac=") : "", facts->mac);
    facts->bridge[0] = '\0';
    if (bridge)
        g_strlcpy(facts->bridge, bridge + strlen("bridge="),
                  MIN(sizeof facts->bridge, strcspn(bridge + strlen("bridge="), ",\"'") + 1));
}

void guest_config_set_iso(GuestFacts *facts, const char *path)
{
    gboolean fits = path && strlen(path) < sizeof facts->iso && g_utf8_validate(path, -1, NULL);

    g_strlcpy(facts->iso, fits ? path : "", sizeof facts->iso);
}

void guest_config_scan(const char *text, GuestFacts *ret_facts)
{
    g_autofree char *vsnd = config_edit_find(text, "vsnd");
    g_autofree char *vdispl = config_edit_find(text, "vdispl");
    g_autofree char *vkb = config_edit_find(text, "vkb");
    g_autofree char *type = guest_config_scan_string(text, "type");
    g_autofree char *iso = config_drive_find(text);
    g_autofree char *kernel = guest_config_scan_string(text, "kernel");
    g_autofree char *loader = guest_config_scan_string(text, "bootloader");
    g_autofree char *boot = guest_config_scan_string(text, "boot");

    ret_facts->memory =
        find_number(text, "memory", find_number(text, "maxmem", XL_DEFAULT_MEMORY / MIB)) * MIB;
    ret_facts->maximum_memory = MAX(find_number(text, "maxmem", 0) * MIB, ret_facts->memory);
    ret_facts->vcpus =
        (guint)find_number(text, "maxvcpus", find_number(text, "vcpus", XL_DEFAULT_VCPUS));
    ret_facts->weight = (guint)find_number(text, "cpu_weight", 0);
    scan_network(text, ret_facts);
    ret_facts->has_vfb = screen_places_has_screen(text);
    ret_facts->has_vsnd = vsnd && strpbrk(vsnd, "\"'") != NULL;
    monitor_list_scan(vdispl, ret_facts->monitors);
    touch_screen_scan(vkb, &ret_facts->touch);
    if (!type || !guest_kind_parse(type, &ret_facts->kind))
        ret_facts->kind = GUEST_PV;
    ret_facts->start = guest_start_find(ret_facts->kind, kernel, loader, boot);
    ret_facts->has_drive = iso != NULL;
    guest_config_set_iso(ret_facts, iso);
}

char *guest_config_scan_string(const char *text, const char *key)
{
    g_autofree char *value = config_edit_find(text, key);
    char *end;

    if (!value || (*value != '"' && *value != '\''))
        return NULL;
    end = strchr(value + 1, *value);
    return end ? g_strndup(value + 1, (gsize)(end - value - 1)) : NULL;
}
