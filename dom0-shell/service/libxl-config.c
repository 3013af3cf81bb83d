/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Has xl read a guest's file, and reads what xl prints. */
#include "libxl-config.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "guest-start.h"
#include "qemu-spice.h"

#define XL  "xl"
#define KIB G_GUINT64_CONSTANT(1024)

/* A complaint may quote a file that is no text at all. */
#define COMPLAINT_MAX 200

/* What a program printed, whatever it is. */
static char *text_of(GBytes *bytes)
{
    gsize size;
    const char *data = g_bytes_get_data(bytes, &size);

    return size > 0 ? g_utf8_make_valid(data, (gssize)size) : g_strdup("");
}

/* A line as it may be shown: without what is no character, and not without end. */
static char *presentable(const char *line)
{
    GString *shown = g_string_new(NULL);

    for (guint n = 0; *line != '\0' && n < COMPLAINT_MAX; n++, line = g_utf8_next_char(line)) {
        gunichar character = g_utf8_get_char(line);

        g_string_append_unichar(shown, g_unichar_isprint(character) ? character : '?');
    }
    if (*line != '\0')
        g_string_append(shown, "…");
    return g_string_free(shown, FALSE);
}

/* The first line of xl's complaint that is more than a heading. */
static char *first_complaint(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (char **line = lines; *line; line++) {
        if (*g_strstrip(*line) != '\0')
            return presentable(*line);
    }
    return g_strdup("xl gives no reason");
}

/* What `xl create --dryrun` prints of the file: JSON. */
static char *dry_run(const char *path, GError **error)
{
    g_autoptr(GBytes) output = NULL;
    g_autoptr(GBytes) said = NULL;
    g_autofree char *complaints = NULL;
    g_autofree char *complaint = NULL;
    g_autoptr(GError) failure = NULL;
    g_autoptr(GSubprocess) xl =
        g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &failure,
                         XL, "create", "--quiet", "--dryrun", path, NULL);

    if (!xl || !g_subprocess_communicate(xl, NULL, NULL, &output, &said, &failure)) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED,
                    "xl, which reads guests' files, can't be run: %s.", failure->message);
        return NULL;
    }
    if (g_subprocess_get_successful(xl))
        return text_of(output);
    complaints = text_of(said);
    complaint = first_complaint(complaints);
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
                N_("The guest's file has an error: %s. Correct %s."), complaint, path);
    return NULL;
}

/* Events are told apart by a domain's name being its guest's, so the two have to agree. */
static gboolean check_name(const libxl_domain_config *config, const char *path, GError **error)
{
    g_autofree char *file = g_path_get_basename(path);
    g_autofree char *wanted = g_strconcat(config->c_info.name, ".cfg", NULL);

    if (strcmp(file, wanted) == 0)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
                N_("The file is called %s, but the guest in it “%s”: give both the same name."),
                file, config->c_info.name);
    return FALSE;
}

gboolean libxl_config_load(libxl_ctx *ctx, const char *path, libxl_domain_config *ret_config,
                           GError **error)
{
    g_autofree char *json = dry_run(path, error);

    libxl_domain_config_init(ret_config);
    if (!json)
        return FALSE;
    if (libxl_domain_config_from_json(ctx, ret_config, json) != 0 || !ret_config->c_info.name) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
                    N_("What xl makes of %s can't be understood."), path);
        libxl_domain_config_dispose(ret_config);
        return FALSE;
    }
    if (check_name(ret_config, path, error))
        return TRUE;
    libxl_domain_config_dispose(ret_config);
    return FALSE;
}

static StopAction action_of(libxl_action_on_shutdown action)
{
    switch (action) {
    case LIBXL_ACTION_ON_SHUTDOWN_RESTART:
    case LIBXL_ACTION_ON_SHUTDOWN_RESTART_RENAME:
    case LIBXL_ACTION_ON_SHUTDOWN_COREDUMP_RESTART:
    case LIBXL_ACTION_ON_SHUTDOWN_SOFT_RESET:
        return STOP_ACTION_RESTART;
    case LIBXL_ACTION_ON_SHUTDOWN_PRESERVE:
        return STOP_ACTION_PRESERVE;
    default:
        return STOP_ACTION_DESTROY;
    }
}

static guint64 maximum_memory(const libxl_domain_build_info *info)
{
    return info->max_memkb != LIBXL_MEMKB_DEFAULT ? info->max_memkb * KIB : 0;
}

static gboolean is_odd_nic(const libxl_device_nic *nic)
{
    return (nic->ifname && *nic->ifname) || (nic->backend_domname && *nic->backend_domname) ||
           nic->backend_domid != 0 || (nic->script && !guest_config_is_bridge_script(nic->script));
}

/* All zero: libxl is to choose one. */
static void describe_mac(const libxl_mac mac, GuestFacts *facts)
{
    static const libxl_mac none;
    g_autofree char *text = g_strdup_printf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
                                            mac[3], mac[4], mac[5]);

    guest_config_take_mac(memcmp(mac, none, sizeof none) != 0 ? text : "", facts->mac);
}

static void describe_network(const libxl_domain_config *config, GuestFacts *facts)
{
    facts->nics = (guint)MAX(config->num_nics, 0);
    for (int i = 0; i < config->num_nics; i++)
        facts->odd_nic |= is_odd_nic(&config->nics[i]);
    if (facts->nics > 0)
        describe_mac(config->nics[0].mac, facts);
    if (facts->nics > 0 && config->nics[0].bridge)
        g_strlcpy(facts->bridge, config->nics[0].bridge, sizeof facts->bridge);
}

static GuestKind kind_of(libxl_domain_type type)
{
    switch (type) {
    case LIBXL_DOMAIN_TYPE_HVM:
        return GUEST_HVM;
    case LIBXL_DOMAIN_TYPE_PVH:
        return GUEST_PVH;
    default:
        return GUEST_PV;
    }
}

static void describe_drive(const libxl_domain_config *config, GuestFacts *facts)
{
    const char *iso = NULL;

    for (int i = config->num_disks; i > 0; i--) {
        if (!config->disks[i - 1].is_cdrom)
            continue;
        facts->has_drive = TRUE;
        iso = config->disks[i - 1].pdev_path;
    }
    guest_config_set_iso(facts, iso);
}

static GuestStart find_start(const libxl_domain_build_info *info, GuestKind kind)
{
    return guest_start_find(kind, info->kernel, info->bootloader,
                            kind == GUEST_HVM ? info->u.hvm.boot : NULL);
}

/* A guest has one card; what is said of others is nobody's. */
static void describe_monitors(const libxl_domain_config *config, GuestFacts *facts)
{
    if (config->num_vdispls == 0)
        return;
    for (int i = 0; i < config->vdispls[0].num_connectors; i++)
        monitor_list_add(facts->monitors, config->vdispls[0].connectors[i].width,
                         config->vdispls[0].connectors[i].height);
}

void libxl_config_describe(const libxl_domain_config *config, BackendConfig *ret_config)
{
    memset(ret_config, 0, sizeof *ret_config);
    ret_config->facts.memory = config->b_info.target_memkb != LIBXL_MEMKB_DEFAULT
                                   ? config->b_info.target_memkb * KIB
                                   : config->b_info.max_memkb * KIB;
    ret_config->facts.maximum_memory =
        MAX(maximum_memory(&config->b_info), ret_config->facts.memory);
    ret_config->facts.weight = (guint)MAX(config->b_info.sched_params.weight, 0);
    describe_network(config, &ret_config->facts);
    ret_config->facts.vcpus = (guint)MAX(config->b_info.max_vcpus, 1);
    ret_config->facts.has_vfb = config->num_vfbs > 0;
    ret_config->facts.has_vsnd = config->num_vsnds > 0;
    describe_monitors(config, &ret_config->facts);
    ret_config->facts.kind = kind_of(config->c_info.type);
    describe_drive(config, &ret_config->facts);
    ret_config->facts.start = find_start(&config->b_info, ret_config->facts.kind);
    ret_config->on[STOP_POWEROFF] = action_of(config->on_poweroff);
    ret_config->on[STOP_REBOOT] = action_of(config->on_reboot);
    ret_config->on[STOP_CRASH] = action_of(config->on_crash);
    ret_config->on[STOP_WATCHDOG] = action_of(config->on_watchdog);
}

static gboolean check_file(const char *path, const char *what, GError **error)
{
    if (!path || *path == '\0' || g_file_test(path, G_FILE_TEST_EXISTS))
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
                N_("The guest's %s %s is missing: put it back, or correct the guest's file."), what,
                path);
    return FALSE;
}

gboolean libxl_config_check_files(const libxl_domain_config *config, GError **error)
{
    if (!check_file(config->b_info.kernel, "kernel", error) ||
        !check_file(config->b_info.ramdisk, "initial ramdisk", error))
        return FALSE;
    for (int i = 0; i < config->num_disks; i++) {
        const libxl_device_disk *disk = &config->disks[i];

        if (disk->format == LIBXL_DISK_FORMAT_EMPTY)
            continue;
        /* With a script, a target that is no path is the script's business. */
        if ((!disk->script || g_str_has_prefix(disk->pdev_path ? disk->pdev_path : "", "/")) &&
            !check_file(disk->pdev_path, "disk", error))
            return FALSE;
    }
    return TRUE;
}

void libxl_config_take_sound(libxl_domain_config *config)
{
    for (int i = 0; i < config->num_vsnds; i++)
        libxl_device_vsnd_dispose(&config->vsnds[i]);
    g_clear_pointer(&config->vsnds, free);
    config->num_vsnds = 0;
}

/* libxl frees what is in its lists by itself, hence its kind of memory: malloc()'s. */
void libxl_config_set_spice(libxl_domain_config *config, const QemuSpice *spice)
{
    g_auto(GStrv) more = qemu_spice_arguments(spice);
    libxl_string_list *list = &config->b_info.extra_hvm;
    size_t had = (size_t)libxl_string_list_length(list);
    size_t added = g_strv_length(more);
    char **longer = realloc(*list, (had + added + 1) * sizeof *longer);

    if (!longer)
        g_error("No memory for a guest's configuration.");
    for (size_t i = 0; i <= added; i++)
        longer[had + i] = more[i] ? strdup(more[i]) : NULL;
    *list = longer;
    libxl_defbool_set(&config->b_info.u.hvm.spice.enable, false);
}

void libxl_config_take_display(libxl_ctx *ctx, libxl_domain_config *config)
{
    for (int i = 0; i < config->num_vfbs; i++)
        libxl_device_vfb_dispose(&config->vfbs[i]);
    for (int i = 0; i < config->num_vkbs; i++)
        libxl_device_vkb_dispose(&config->vkbs[i]);
    for (int i = 0; i < config->num_vdispls; i++)
        libxl_device_vdispl_dispose(&config->vdispls[i]);
    /* libxl's own allocations, hence free(). */
    g_clear_pointer(&config->vfbs, free);
    g_clear_pointer(&config->vkbs, free);
    g_clear_pointer(&config->vdispls, free);
    config->num_vfbs = 0;
    config->num_vkbs = 0;
    config->num_vdispls = 0;
}
