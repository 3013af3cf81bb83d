/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads, writes and changes what is kept of a guest beside its xl.cfg. */
#include "guest-notes.h"

#include <string.h>

#include "error.h"
#include "file-replace.h"

#define GROUP "guest"

static const char *const installers[] = {
    [INSTALLER_BEGUN] = "begun",
    [INSTALLER_ENDED] = "ended",
};

/* ---- Reading ---- */

static char *get_note(GKeyFile *file, const char *key)
{
    char *text = g_key_file_get_string(file, GROUP, key, NULL);

    return text ? text : g_strdup("");
}

/* Anything but true and false is no choice. */
static DeviceChoice get_choice(GKeyFile *file, const char *key)
{
    g_autoptr(GError) error = NULL;
    gboolean wanted = g_key_file_get_boolean(file, GROUP, key, &error);

    if (error)
        return DEVICE_AS_IN_CFG;
    return wanted ? DEVICE_YES : DEVICE_NO;
}

/* What is no list of monitors is not looked at. */
static void get_monitors(GKeyFile *file, MonitorChoice *ret_choice)
{
    g_auto(GStrv) words = g_key_file_get_string_list(file, GROUP, "monitors", NULL, NULL);

    ret_choice->said =
        words && monitor_list_take((const char *const *)words, ret_choice->list, NULL);
}

/* What is no volume is not looked at. */
static GuestLoudness get_loudness(GKeyFile *file)
{
    GuestLoudness loudness = {.percent = GUEST_LOUDNESS_MAX};
    g_autoptr(GError) no_volume = NULL;
    g_autoptr(GError) no_mute = NULL;
    int percent = g_key_file_get_integer(file, GROUP, "volume", &no_volume);

    loudness.muted = g_key_file_get_boolean(file, GROUP, "muted", &no_mute);
    if (!no_volume && percent >= 0 && percent <= GUEST_LOUDNESS_MAX) {
        loudness.percent = (guint)percent;
        loudness.said = TRUE;
    }
    loudness.said |= !no_mute;
    return loudness;
}

/* A word that is not understood lets nothing through: it was meant to limit. */
static NetworkAccessKind get_access(GKeyFile *file)
{
    g_autofree char *word = g_key_file_get_string(file, GROUP, "network-access", NULL);
    NetworkAccessKind kind = NETWORK_ACCESS_ALL;

    if (word && !network_access_parse(word, &kind))
        return NETWORK_ACCESS_NONE;
    return kind;
}

/* Without those that are none: a person may have written them. */
static char **get_hosts(GKeyFile *file)
{
    g_auto(GStrv) words = g_key_file_get_string_list(file, GROUP, "network-hosts", NULL, NULL);
    g_autoptr(GStrvBuilder) hosts = g_strv_builder_new();
    guint count = 0;

    for (char **word = words; word && *word && count < NETWORK_HOSTS_MAX; word++) {
        g_autofree char *text = NULL;
        NetworkHost host;

        if (!network_host_parse(*word, &host, NULL))
            continue;
        text = network_host_to_string(&host);
        g_strv_builder_add(hosts, text);
        count++;
    }
    return count > 0 ? g_strv_builder_end(hosts) : NULL;
}

static void get_start(GKeyFile *file, GuestStartNotes *ret_notes)
{
    g_autofree char *installer = g_key_file_get_string(file, GROUP, "installer", NULL);

    ret_notes->kernel = g_key_file_get_string(file, GROUP, "start-kernel", NULL);
    ret_notes->ramdisk = g_key_file_get_string(file, GROUP, "start-ramdisk", NULL);
    ret_notes->cmdline = g_key_file_get_string(file, GROUP, "start-cmdline", NULL);
    ret_notes->installer = INSTALLER_NONE;
    for (guint i = INSTALLER_BEGUN; i < G_N_ELEMENTS(installers); i++) {
        if (g_strcmp0(installer, installers[i]) == 0)
            ret_notes->installer = (InstallerState)i;
    }
}

void guest_notes_read(const char *path, GuestNotes *ret_notes)
{
    g_autoptr(GKeyFile) file = g_key_file_new();

    g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL);
    ret_notes->template = get_note(file, "template");
    ret_notes->color = get_note(file, "color");
    ret_notes->group = get_note(file, "group");
    ret_notes->display = get_choice(file, "display");
    ret_notes->sound = get_choice(file, "sound");
    get_monitors(file, &ret_notes->monitors);
    ret_notes->loudness = get_loudness(file);
    ret_notes->access.kind = get_access(file);
    ret_notes->access.hosts = get_hosts(file);
    ret_notes->autostart = g_key_file_get_boolean(file, GROUP, "autostart", NULL);
    get_start(file, &ret_notes->start);
}

/* ---- Writing ---- */

static void set_choice(GKeyFile *file, const char *key, DeviceChoice choice)
{
    if (choice != DEVICE_AS_IN_CFG)
        g_key_file_set_boolean(file, GROUP, key, choice == DEVICE_YES);
}

static void set_access(GKeyFile *file, NetworkAccessKind kind)
{
    g_key_file_set_string(file, GROUP, "network-access", network_access_name(kind));
}

static void set_hosts(GKeyFile *file, const char *const *hosts)
{
    g_key_file_set_string_list(file, GROUP, "network-hosts", hosts, g_strv_length((char **)hosts));
}

static void set_text(GKeyFile *file, const char *key, const char *text)
{
    if (text)
        g_key_file_set_string(file, GROUP, key, text);
    else
        g_key_file_remove_key(file, GROUP, key, NULL);
}

static void set_start(GKeyFile *file, const GuestStartNotes *notes)
{
    set_text(file, "start-kernel", notes->kernel);
    set_text(file, "start-ramdisk", notes->ramdisk);
    set_text(file, "start-cmdline", notes->cmdline);
    set_text(file, "installer", installers[notes->installer]);
}

static void set_loudness(GKeyFile *file, const GuestLoudness *loudness)
{
    g_key_file_set_integer(file, GROUP, "volume", (int)loudness->percent);
    g_key_file_set_boolean(file, GROUP, "muted", loudness->muted);
}

/* A list as a key file has one, which may be empty. */
static void set_monitors(GKeyFile *file, const char *list)
{
    g_auto(GStrv) words = monitor_list_words(list);

    g_key_file_set_string_list(file, GROUP, "monitors", (const char *const *)words,
                               g_strv_length(words));
}

char *guest_notes_to_text(const GuestNotes *notes)
{
    g_autoptr(GKeyFile) file = g_key_file_new();

    g_key_file_set_string(file, GROUP, "template", notes->template);
    g_key_file_set_string(file, GROUP, "color", notes->color);
    if (notes->group && *notes->group != '\0')
        g_key_file_set_string(file, GROUP, "group", notes->group);
    set_choice(file, "display", notes->display);
    set_choice(file, "sound", notes->sound);
    if (notes->monitors.said)
        set_monitors(file, notes->monitors.list);
    if (notes->loudness.said)
        set_loudness(file, &notes->loudness);
    if (notes->access.kind != NETWORK_ACCESS_ALL)
        set_access(file, notes->access.kind);
    if (notes->access.hosts)
        set_hosts(file, (const char *const *)notes->access.hosts);
    set_start(file, &notes->start);
    return g_key_file_to_data(file, NULL, NULL);
}

/* ---- Changing ---- */

gboolean guest_notes_has_change(const GuestNotesChange *change)
{
    return change->color || change->group || change->autostart || change->sound ||
           change->monitors || change->loudness || change->access || change->hosts || change->start;
}

/* The file as it is; empty if there is none. NULL and ERROR if it can't be kept as it is. */
static GKeyFile *read_whole(const char *path, GError **error)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_autoptr(GError) failure = NULL;
    gsize length;
    g_autofree char *text = file_replace_read(path, &length, &failure);

    if (g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return g_steal_pointer(&file);
    if (!text) {
        g_propagate_error(error, g_steal_pointer(&failure));
        return NULL;
    }
    if (length == 0 ||
        g_key_file_load_from_data(
            file, text, length, G_KEY_FILE_KEEP_COMMENTS | G_KEY_FILE_KEEP_TRANSLATIONS, &failure))
        return g_steal_pointer(&file);
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
                N_("The file %s can't be understood, so that nothing is changed in it: %s."), path,
                failure->message);
    return NULL;
}

char *guest_notes_edit(const char *path, const GuestNotesChange *change, GError **error)
{
    g_autoptr(GKeyFile) file = read_whole(path, error);

    if (!file)
        return NULL;
    if (change->color)
        g_key_file_set_string(file, GROUP, "color", change->color);
    if (change->group)
        g_key_file_set_string(file, GROUP, "group", change->group);
    if (change->autostart)
        g_key_file_set_boolean(file, GROUP, "autostart", *change->autostart);
    if (change->sound)
        g_key_file_set_boolean(file, GROUP, "sound", *change->sound);
    if (change->monitors)
        set_monitors(file, change->monitors);
    if (change->loudness)
        set_loudness(file, change->loudness);
    if (change->access)
        set_access(file, *change->access);
    if (change->hosts)
        set_hosts(file, change->hosts);
    if (change->start)
        set_start(file, change->start);
    return g_key_file_to_data(file, NULL, NULL);
}

void guest_notes_clear(GuestNotes *notes)
{
    g_clear_pointer(&notes->template, g_free);
    g_clear_pointer(&notes->color, g_free);
    g_clear_pointer(&notes->group, g_free);
    network_access_clear(&notes->access);
    guest_start_notes_clear(&notes->start);
}

void guest_start_notes_clear(GuestStartNotes *notes)
{
    g_clear_pointer(&notes->kernel, g_free);
    g_clear_pointer(&notes->ramdisk, g_free);
    g_clear_pointer(&notes->cmdline, g_free);
}

void guest_start_notes_copy(const GuestStartNotes *notes, GuestStartNotes *ret_notes)
{
    ret_notes->kernel = g_strdup(notes->kernel);
    ret_notes->ramdisk = g_strdup(notes->ramdisk);
    ret_notes->cmdline = g_strdup(notes->cmdline);
    ret_notes->installer = notes->installer;
}
