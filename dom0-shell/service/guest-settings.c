/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks new settings of guests and turns them into changes of their files. */
#include "guest-settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config-edit.h"
#include "error.h"
#include "guest-start.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)
/* Less than this no Linux starts in. */
#define MEMORY_MIN (64 * MIB)
#define VCPUS_MAX  128
/* No system installs itself into less; no file system here has larger files. */
#define DISK_MIN        (64 * MIB)
#define DISK_MAX        ((G_GUINT64_CONSTANT(8) << 20) * MIB)
#define WEIGHT_MAX      65535
#define GROUP_CHARS_MAX 40
/* What the scheduler gives a domain that nobody has chosen a weight for. */
#define WEIGHT_DEFAULT 256

static const char *const networks[] = {
    [GUEST_NETWORK_NONE] = "none",
    [GUEST_NETWORK_NAT] = "nat",
    [GUEST_NETWORK_BRIDGED] = "bridged",
};

static gboolean bad_option(GError **error, const char *sentence)
{
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION, sentence);
    return FALSE;
}

/* ---- Limits ---- */

gboolean settings_take_memory(GVariant *value, guint64 total, guint64 *ret_bytes, GError **error)
{
    guint64 bytes = g_variant_get_uint64(value) / MIB * MIB;

    if (bytes < MEMORY_MIN)
        return bad_option(error, N_("A guest needs at least 64 MiB of memory."));
    if (bytes > total) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_MEMORY,
                    N_("This computer has %" PRIu64 " MiB of memory in all: give the guest "
                       "less."),
                    total / MIB);
        return FALSE;
    }
    *ret_bytes = bytes;
    return TRUE;
}

gboolean settings_take_vcpus(GVariant *value, guint *ret_vcpus, GError **error)
{
    *ret_vcpus = g_variant_get_uint32(value);
    return (*ret_vcpus >= 1 && *ret_vcpus <= VCPUS_MAX) ||
           bad_option(error, N_("A guest can have between 1 and 128 processors."));
}

gboolean settings_check_disk_size(guint64 bytes, GError **error)
{
    return (bytes >= DISK_MIN && bytes <= DISK_MAX) ||
           bad_option(error, N_("A disk can have between 64 MiB and 8 TiB."));
}

gboolean settings_take_color(GVariant *value, char **color, GError **error)
{
    const char *text = g_variant_get_string(value, NULL);

    if (strlen(text) != 7 || text[0] != '#' || strspn(text + 1, "0123456789abcdefABCDEF") != 6)
        return bad_option(error, N_("A colour is written as #rrggbb."));
    g_free(*color);
    *color = g_strdup(text);
    return TRUE;
}

/* ---- Options ---- */

static gboolean fail_unknown(const SettingOption *options, guint n_options, const char *name,
                             GError **error)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint i = 0; i < n_options; i++) {
        if (i > 0)
            g_string_append(names, i + 1 < n_options ? ", " : " and ");
        g_string_append(names, options[i].name);
    }
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
                N_("There is no option “%s”: there are %s."), name, names->str);
    return FALSE;
}

static gboolean take_one(const SettingOption *options, guint n_options, const char *name,
                         GVariant *value, guint64 total, gpointer target, GError **error)
{
    for (guint i = 0; i < n_options; i++) {
        if (strcmp(options[i].name, name) != 0)
            continue;
        if (g_variant_is_of_type(value, G_VARIANT_TYPE(options[i].type)))
            return options[i].take(value, total, target, error);
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
                    N_("The option “%s” has to be of type “%s”."), name, options[i].type);
        return FALSE;
    }
    return fail_unknown(options, n_options, name, error);
}

gboolean settings_take(const SettingOption *options, guint n_options, GVariant *values,
                       guint64 total, gpointer target, GError **error)
{
    g_autoptr(GVariant) value = NULL;
    GVariantIter iter;
    const char *name;

    g_variant_iter_init(&iter, values);
    while (g_variant_iter_loop(&iter, "{&sv}", &name, &value)) {
        if (!take_one(options, n_options, name, value, total, target, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean take_memory(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestSettings *settings = target;

    settings->given.memory = TRUE;
    return settings_take_memory(value, total, &settings->memory, error);
}

static gboolean take_maximum(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestSettings *settings = target;

    settings->given.maximum_memory = TRUE;
    return g_variant_get_uint64(value) == 0 ||
           settings_take_memory(value, total, &settings->maximum_memory, error);
}

static gboolean take_vcpus(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestSettings *settings = target;

    settings->given.vcpus = TRUE;
    return settings_take_vcpus(value, &settings->vcpus, error);
}

static gboolean take_weight(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestSettings *settings = target;

    settings->given.weight = TRUE;
    settings->weight = g_variant_get_uint32(value);
    return settings->weight <= WEIGHT_MAX ||
           bad_option(error,
                      N_("A weight is between 1 and 65535; 0 stands for the usual one, 256."));
}

static gboolean take_color(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestSettings *settings = target;

    settings->given.color = TRUE;
    return settings_take_color(value, &settings->color, error);
}

/* Words for people, of any alphabet; empty for none. */
static gboolean take_group(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestSettings *settings = target;
    g_autofree char *text = g_strstrip(g_variant_dup_string(value, NULL));

    settings->given.group = TRUE;
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        if (g_unichar_iscntrl(g_utf8_get_char(p)))
            return bad_option(error, N_("A group's name is one line."));
    }
    if (g_utf8_strlen(text, -1) > GROUP_CHARS_MAX)
        return bad_option(error, N_("A group's name has 40 letters at most."));
    g_free(settings->group);
    settings->group = g_steal_pointer(&text);
    return TRUE;
}

static gboolean take_autostart(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestSettings *settings = target;

    settings->given.autostart = TRUE;
    settings->autostart = g_variant_get_boolean(value);
    return TRUE;
}

static gboolean take_sound(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestSettings *settings = target;

    settings->given.sound = TRUE;
    settings->sound = g_variant_get_boolean(value);
    return TRUE;
}

static gboolean take_network(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestSettings *settings = target;
    const char *text = g_variant_get_string(value, NULL);

    settings->given.network = TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(networks); i++) {
        if (strcmp(networks[i], text) != 0)
            continue;
        settings->network = (GuestNetwork)i;
        return TRUE;
    }
    return bad_option(error,
                      N_("A guest's network is “nat”, “bridged” or “none”. What else there can "
                         "be is written into its file by hand."));
}

static gboolean take_access(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestSettings *settings = target;

    settings->given.network_access = TRUE;
    return network_access_parse(g_variant_get_string(value, NULL), &settings->access.kind) ||
           bad_option(error,
                      N_("What a guest may reach in the network is “all”, “none”, or “hosts”: "
                         "those of its list."));
}

static gboolean take_hosts(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestSettings *settings = target;
    g_autofree const char **hosts = g_variant_get_strv(value, NULL);

    settings->given.network_hosts = TRUE;
    g_strfreev(settings->access.hosts);
    settings->access.hosts = network_hosts_normalize(hosts, error);
    return settings->access.hosts != NULL;
}

static gboolean take_start(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestSettings *settings = target;

    settings->given.start = TRUE;
    return (guest_start_parse(g_variant_get_string(value, NULL), &settings->start) &&
            settings->start != GUEST_START_CUSTOM) ||
           bad_option(error, N_("A guest starts from “disk”, “cd” or “kernel”."));
}

static gboolean take_monitors(GVariant *value, guint64 total, gpointer target, GError **error)
{
    GuestSettings *settings = target;
    g_autofree const char **words = g_variant_get_strv(value, NULL);

    settings->given.monitors = TRUE;
    return monitor_list_take(words, settings->monitors, error);
}

static const SettingOption configure_options[] = {
    {"memory", "t", take_memory},         {"maximum-memory", "t", take_maximum},
    {"vcpus", "u", take_vcpus},           {"weight", "u", take_weight},
    {"color", "s", take_color},           {"autostart", "b", take_autostart},
    {"network", "s", take_network},       {"sound", "b", take_sound},
    {"network-access", "s", take_access}, {"network-hosts", "as", take_hosts},
    {"start-from", "s", take_start},      {"monitors", "as", take_monitors},
    {"group", "s", take_group},
};

gboolean guest_settings_parse(GVariant *options, guint64 total, GuestSettings *ret_settings,
                              GError **error)
{
    memset(ret_settings, 0, sizeof *ret_settings);
    if (settings_take(configure_options, G_N_ELEMENTS(configure_options), options, total,
                      ret_settings, error))
        return TRUE;
    guest_settings_clear(ret_settings);
    return FALSE;
}

void guest_settings_clear(GuestSettings *settings)
{
    g_clear_pointer(&settings->color, g_free);
    g_clear_pointer(&settings->group, g_free);
    network_access_clear(&settings->access);
}

/* ---- Into the file ---- */

static void add_number(ConfigChanges *changes, const char *key, guint64 number)
{
    config_changes_add(changes, key, g_strdup_printf("%" G_GUINT64_FORMAT, number));
}

/* A maximum that only repeats the memory follows it; any other is a person's choice. */
static gboolean plan_memory(const GuestSettings *settings, const GuestFacts *now, const char *text,
                            ConfigChanges *changes, GError **error)
{
    g_autofree char *maxmem = config_edit_find(text, "maxmem");
    g_autofree char *written = config_edit_find(text, "memory");
    guint64 memory = settings->given.memory ? settings->memory : now->memory;
    guint64 maximum = now->maximum_memory > now->memory ? now->maximum_memory : 0;

    if (settings->given.maximum_memory)
        maximum = settings->maximum_memory;
    if (maximum != 0 && maximum < memory) {
        g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
                    N_("The memory, %" PRIu64 " MiB, would be more than the maximum, "
                       "%" PRIu64 " MiB: change both."),
                    memory / MIB, maximum / MIB);
        return FALSE;
    }
    /* Without a word on memory the maximum is the memory too. */
    if (settings->given.memory || (settings->given.maximum_memory && !written))
        add_number(changes, "memory", memory / MIB);
    if (maximum != 0 && settings->given.maximum_memory)
        add_number(changes, "maxmem", maximum / MIB);
    else if (maximum == 0 && maxmem && (settings->given.memory || settings->given.maximum_memory))
        config_changes_add(changes, "maxmem", NULL);
    return TRUE;
}

static void plan_vcpus(const GuestSettings *settings, const char *text, ConfigChanges *changes)
{
    g_autofree char *maxvcpus = config_edit_find(text, "maxvcpus");

    if (!settings->given.vcpus)
        return;
    add_number(changes, "vcpus", settings->vcpus);
    if (maxvcpus)
        add_number(changes, "maxvcpus", settings->vcpus);
}

static void plan_weight(const GuestSettings *settings, ConfigChanges *changes)
{
    if (settings->given.weight && settings->weight != 0)
        add_number(changes, "cpu_weight", settings->weight);
    else if (settings->given.weight)
        config_changes_add(changes, "cpu_weight", NULL);
}

/* Where a guest with the new setting is; NULL and a sentence if it can't be there. */
static const char *find_bridge(const GuestSettings *settings, const GuestBridges *bridges,
                               GError **error)
{
    if (settings->network == GUEST_NETWORK_BRIDGED && bridges->lan_problem) {
        g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_UNSUPPORTED, bridges->lan_problem);
        return NULL;
    }
    if (settings->network == GUEST_NETWORK_NAT && *bridges->nat == '\0') {
        bad_option(error,
                   N_("There is no network for guests: this computer's service runs without a "
                      "bridge."));
        return NULL;
    }
    return settings->network == GUEST_NETWORK_BRIDGED ? bridges->lan : bridges->nat;
}

/* What is as wanted already stays as it is. On another bridge an interface keeps its address, by
 * which the guest, and who hands out addresses, know it. */
static gboolean plan_network(const GuestSettings *settings, const GuestFacts *now,
                             const GuestBridges *bridges, ConfigChanges *changes, GError **error)
{
    const char *bridge;

    if (!settings->given.network ||
        strcmp(guest_settings_network(now, bridges), networks[settings->network]) == 0)
        return TRUE;
    if (settings->network == GUEST_NETWORK_NONE) {
        config_changes_add(changes, "vif", g_strdup("[ ]"));
        return TRUE;
    }
    bridge = find_bridge(settings, bridges, error);
    if (!bridge)
        return FALSE;
    config_changes_add(changes, "vif",
                       guest_config_network(bridge, now->nics == 1 ? now->mac : ""));
    return TRUE;
}

char *guest_settings_edit(const GuestSettings *settings, const GuestFacts *now,
                          const GuestBridges *bridges, const char *text, gsize length,
                          GError **error)
{
    ConfigChanges changes = {.count = 0};
    char *result = NULL;

    plan_vcpus(settings, text, &changes);
    plan_weight(settings, &changes);
    if (plan_memory(settings, now, text, &changes, error) &&
        plan_network(settings, now, bridges, &changes, error))
        result = config_edit(text, length, changes.changes, changes.count, error);
    config_changes_clear(&changes);
    return result;
}

const char *guest_settings_network(const GuestFacts *facts, const GuestBridges *bridges)
{
    if (facts->nics == 0)
        return networks[GUEST_NETWORK_NONE];
    if (facts->nics == 1 && facts->bridge[0] != '\0') {
        if (strcmp(facts->bridge, bridges->nat) == 0)
            return networks[GUEST_NETWORK_NAT];
        if (strcmp(facts->bridge, bridges->lan) == 0)
            return networks[GUEST_NETWORK_BRIDGED];
    }
    return "custom";
}

static guint real_weight(const GuestFacts *facts)
{
    return facts->weight ? facts->weight : WEIGHT_DEFAULT;
}

/* With less memory than it was made for, a domain may be made to grow back: no reason to restart,
 * unless the file sets a maximum of its own. */
static gboolean maximum_agrees(const GuestFacts *domain, const GuestFacts *file)
{
    return domain->maximum_memory / MIB == file->maximum_memory / MIB ||
           (file->maximum_memory == file->memory && file->memory < domain->maximum_memory);
}

gboolean guest_settings_agree(const GuestFacts *domain, const GuestFacts *file)
{
    return domain->memory / MIB == file->memory / MIB && maximum_agrees(domain, file) &&
           domain->vcpus == file->vcpus && real_weight(domain) == real_weight(file) &&
           domain->start == file->start && domain->nics == file->nics &&
           strcmp(domain->bridge, file->bridge) == 0;
}

/* Behind the bridge, whose name has no space in it. A service of before wrote none. */
#define MAC " mac="

char *guest_settings_to_text(const GuestFacts *facts)
{
    return g_strdup_printf("memory=%" G_GUINT64_FORMAT " maxmem=%" G_GUINT64_FORMAT
                           " vcpus=%u weight=%u start=%u nics=%u bridge=%s" MAC "%s",
                           facts->memory, facts->maximum_memory, facts->vcpus, facts->weight,
                           facts->start, facts->nics, facts->bridge, facts->mac);
}

/* What is behind "bridge=". */
static gboolean read_interface(const char *text, GuestFacts *facts)
{
    const char *mac = strstr(text, MAC);
    gsize length = mac ? (gsize)(mac - text) : strlen(text);

    if (length >= sizeof facts->bridge)
        return FALSE;
    g_strlcpy(facts->bridge, text, length + 1);
    return !mac || *(mac += strlen(MAC)) == '\0' || guest_config_take_mac(mac, facts->mac);
}

gboolean guest_settings_from_text(const char *text, GuestFacts *ret_facts)
{
    GuestFacts facts = {0};
    guint start = GUEST_STARTS;
    int bridge = -1;

    if (sscanf(text,
               "memory=%" G_GUINT64_FORMAT " maxmem=%" G_GUINT64_FORMAT
               " vcpus=%u weight=%u start=%u nics=%u bridge=%n",
               &facts.memory, &facts.maximum_memory, &facts.vcpus, &facts.weight, &start,
               &facts.nics, &bridge) != 6 ||
        start >= GUEST_STARTS || bridge < 0 || !read_interface(text + bridge, &facts))
        return FALSE;
    facts.start = (GuestStart)start;
    *ret_facts = facts;
    return TRUE;
}
