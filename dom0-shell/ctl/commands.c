/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be asked of the service: one function a command. */
#include "commands.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "follow.h"
#include "text.h"

/* --- what there is --- */

/* "-", "silent", "playing" or "muted", and "+microphone" if it hears that. */
static char *describe_sound(GDBusProxy *guest)
{
    g_autofree char *state = NULL, *microphone = NULL;
    const char *sound = client_string(guest, "SoundState", &state);
    const char *how = client_string(guest, "Microphone", &microphone);
    gboolean hears = *how && strcmp(how, "off") != 0;

    if (*sound == '\0' || strcmp(sound, "none") == 0)
        sound = "-";
    else if (client_number(guest, "Muted"))
        sound = "muted";
    return g_strconcat(sound, hears ? "+microphone" : "", NULL);
}

static void print_guest_row(GDBusProxy *guest)
{
    g_autofree char *name = NULL, *state = NULL, *memory = NULL, *sound = describe_sound(guest);

    memory = text_size(client_number(guest, "Memory"));
    printf("%-24s %-10s %10s %6" G_GUINT64_FORMAT " %6.1f  %s\n",
           client_string(guest, "Name", &name), client_string(guest, "State", &state), memory,
           client_number(guest, "Vcpus"), client_real(guest, "CpuUsage") * 100, sound);
}

static int list(Client *client, const char *method, char **arguments, const CreateOptions *options)
{
    g_autoptr(GPtrArray) guests = client_proxies(client, CTL_GUEST_IFACE);

    if (client->json) {
        text_print_list(guests);
        return CTL_EXIT_OK;
    }
    printf("%-24s %-10s %10s %6s %6s  %s\n", "NAME", "STATE", "MEMORY", "VCPUS", "CPU %", "SOUND");
    for (guint i = 0; i < guests->len; i++)
        print_guest_row(guests->pdata[i]);
    return CTL_EXIT_OK;
}

static void print_property(GDBusProxy *proxy, const char *name)
{
    g_autoptr(GVariant) value = g_dbus_proxy_get_cached_property(proxy, name);
    g_autofree char *text = NULL, *clean = NULL;

    if (!value)
        return;
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
        text = g_variant_dup_string(value, NULL);
    else if (g_variant_is_of_type(value, G_VARIANT_TYPE_UINT64))
        text = text_size(g_variant_get_uint64(value)); /* all of them are bytes */
    else
        text = g_variant_print(value, FALSE);
    clean = text_clean(text);
    printf("%-16s %s\n", name, clean);
}

/* All of PROXY as JSON, or a line for each of PROPERTIES. */
static int print_all(Client *client, GDBusProxy *proxy, const char *const *properties, gsize count)
{
    g_autofree char *json = client->json ? text_json_of(proxy) : NULL;

    if (json)
        puts(json);
    for (gsize i = 0; !json && i < count; i++)
        print_property(proxy, properties[i]);
    return CTL_EXIT_OK;
}

/* Of the computer as a whole; --json has its templates as well. */
static int info_computer(Client *client)
{
    static const char *const properties[] = {
        "Version",  "HypervisorVersion", "CpuCount", "TotalMemory",     "FreeMemory",
        "FreeDisk", "DiskState",         "Kinds",    "WhenSwitchedOff",
    };
    g_autoptr(GDBusProxy) manager = client_manager(client);

    return manager ? print_all(client, manager, properties, G_N_ELEMENTS(properties))
                   : CTL_EXIT_NO_SERVICE;
}

static int info(Client *client, const char *method, char **arguments, const CreateOptions *options)
{
    static const char *const properties[] = {
        "Name",          "State",
        "Problem",       "Domid",
        "Template",      "Color",
        "Group",         "Memory",
        "MaximumMemory", "MemoryUsed",
        "Vcpus",         "Weight",
        "CpuUsage",      "Network",
        "Autostart",     "NeedsRestart",
        "HasDisplay",    "Monitors",
        "ConfigPath",    "Kind",
        "NetworkAccess", "NetworkHosts",
        "Iso",           "Sound",
        "SoundState",    "Muted",
        "Microphone",    "Recording",
        "Volume",        "StartFrom",
        "StartChoices",  "InstallerEnded",
        "DiskUsed",      "DisplayAddresses",
    };
    g_autoptr(GDBusProxy) guest = NULL;

    if (!arguments[0])
        return info_computer(client);
    guest = client_guest(client, arguments[0]);
    return guest ? print_all(client, guest, properties, G_N_ELEMENTS(properties))
                 : CTL_EXIT_NO_GUEST;
}

static void print_template_row(GVariant *template)
{
    const char *id = "", *title = "", *broken = "";
    guint64 memory = 0, disk = 0;
    g_autofree char *memory_text = NULL, *disk_text = NULL, *clean = NULL;

    g_variant_lookup(template, "id", "&s", &id);
    g_variant_lookup(template, "title", "&s", &title);
    g_variant_lookup(template, "broken", "&s", &broken);
    g_variant_lookup(template, "memory", "t", &memory);
    g_variant_lookup(template, "disk-size", "t", &disk);
    memory_text = text_size(memory);
    disk_text = text_size(disk);
    clean = text_clean(*broken ? broken : title);
    printf("%-24s %10s %10s  %s%s\n", id, memory_text, disk_text, *broken ? "broken: " : "", clean);
}

static int templates(Client *client, const char *method, char **arguments,
                     const CreateOptions *options)
{
    g_autoptr(GDBusProxy) manager = client_manager(client);
    g_autoptr(GVariant) value = NULL;
    g_autoptr(GString) json = g_string_new(NULL);

    if (!manager)
        return CTL_EXIT_NO_SERVICE;
    value = g_dbus_proxy_get_cached_property(manager, "Templates");
    if (!value || !g_variant_is_of_type(value, G_VARIANT_TYPE("aa{sv}"))) {
        client_complain(_("The service does not tell its templates: it is of another version."));
        return CTL_EXIT_NO_SERVICE;
    }
    if (client->json) {
        text_append_json(json, value);
        puts(json->str);
        return CTL_EXIT_OK;
    }
    printf("%-24s %10s %10s  %s\n", "ID", "MEMORY", "DISK", "TITLE");
    for (gsize i = 0; i < g_variant_n_children(value); i++) {
        g_autoptr(GVariant) template = g_variant_get_child_value(value, i);

        print_template_row(template);
    }
    return CTL_EXIT_OK;
}

int command_rows(Client *client, GVariant *answer, const GError *error, void (*print_heading)(void),
                 void (*print_row)(GVariant *row))
{
    g_autoptr(GVariant) own = answer, rows = NULL;
    g_autoptr(GString) json = g_string_new(NULL);

    if (!own)
        return client_complain_of(error);
    if (!g_variant_is_of_type(own, G_VARIANT_TYPE("(aa{sv})")))
        return client_complain_version();
    rows = g_variant_get_child_value(own, 0);
    if (client->json) {
        text_append_json(json, rows);
        puts(json->str);
        return CTL_EXIT_OK;
    }
    print_heading();
    for (gsize i = 0; i < g_variant_n_children(rows); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(rows, i);

        print_row(row);
    }
    return CTL_EXIT_OK;
}

int command_list(Client *client, const char *name, const char *method, void (*print_heading)(void),
                 void (*print_row)(GVariant *row))
{
    g_autoptr(GDBusProxy) guest = client_guest(client, name);
    g_autoptr(GError) error = NULL;

    if (!guest)
        return CTL_EXIT_NO_GUEST;
    return command_rows(client, client_call(guest, method, NULL, &error), error, print_heading,
                        print_row);
}

/* --- what takes a while --- */

int command_follow(Client *client, GVariant *answer, const GError *error)
{
    g_autoptr(GVariant) own = answer;
    const char *path;

    if (!own)
        return client_complain_of(error);
    if (!g_variant_is_of_type(own, G_VARIANT_TYPE("(o)"))) {
        client_complain(_("The service answers with no job: it is of another version."));
        return CTL_EXIT_NO_SERVICE;
    }
    g_variant_get(own, "(&o)", &path);
    return follow_job(client, path);
}

/* TRUE when TEXT is not there or a size; else after COMPLAINT, a format with the text in it. */
static gboolean parse_size(const char *text, const char *complaint, guint64 *bytes)
{
    if (!text || text_parse_size(text, bytes))
        return TRUE;
    client_complain(complaint, text);
    return FALSE;
}

static void insert_text(GVariantDict *dict, const char *key, const char *text)
{
    if (text)
        g_variant_dict_insert(dict, key, "s", text);
}

/* FILE by its whole path: the service has another working directory. */
static void insert_path(GVariantDict *dict, const char *key, const char *file)
{
    g_autofree char *path = file ? g_canonicalize_filename(file, NULL) : NULL;

    insert_text(dict, key, path);
}

/* NULL after a complaint. */
static GVariant *create_options(const CreateOptions *options)
{
    g_autofree char *iso = options->iso ? iso_argument(options->iso) : NULL;
    GVariantDict dict;
    guint64 memory;
    guint64 disk;

    if (!parse_size(options->memory,
                    _("“%s” is no size of memory. Say 512M, 2G, or a number of MiB."), &memory) ||
        !parse_size(options->disk,
                    _("“%s” is no size of a disk. Say 512M, 2G, or a number of MiB."), &disk))
        return NULL;
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "start", "b", !options->no_start);
    if (options->memory)
        g_variant_dict_insert(&dict, "memory", "t", memory);
    if (options->vcpus != VCPUS_DEFAULT)
        g_variant_dict_insert(&dict, "vcpus", "u", (guint)options->vcpus);
    if (options->disk)
        g_variant_dict_insert(&dict, "disk-size", "t", disk);
    insert_text(&dict, "color", options->color);
    insert_text(&dict, "kind", options->kind);
    insert_text(&dict, "iso", iso);
    insert_path(&dict, "kernel", options->kernel);
    insert_path(&dict, "ramdisk", options->ramdisk);
    insert_text(&dict, "extra", options->extra);
    insert_text(&dict, "disks", options->disks);
    return g_variant_dict_end(&dict);
}

/* What a name is made from: the template's, or that of the file in its place. To be freed. */
static char *name_base(const char *template, const char *file)
{
    g_autofree char *base = file ? g_path_get_basename(file) : g_strdup(template);
    char *dot = file ? strrchr(base, '.') : NULL;

    if (dot && dot != base)
        *dot = '\0';
    return g_steal_pointer(&base);
}

/* A name that is free, to be freed; NULL after a complaint. */
static char *suggest_name(GDBusProxy *manager, const char *base, int *status)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer =
        client_call(manager, "SuggestName", g_variant_new("(s)", base), &error);
    char *name = NULL;

    if (answer)
        g_variant_get(answer, "(s)", &name);
    else
        *status = client_complain_of(error);
    return name;
}

/* Calls METHOD with SOURCE and the name, NULL: one that is made from BASE. */
static int make(Client *client, const char *method, const char *source, const char *given,
                const char *base, const CreateOptions *options)
{
    g_autoptr(GDBusProxy) manager = client_manager(client);
    g_autoptr(GVariant) wanted = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *name = NULL;
    int status = CTL_EXIT_NO_SERVICE;
    GVariant *answer;

    if (!manager)
        return status;
    wanted = create_options(options);
    if (!wanted)
        return CTL_EXIT_USAGE;
    g_variant_ref_sink(wanted);
    name = given ? g_strdup(given) : suggest_name(manager, base, &status);
    if (!name)
        return status;
    answer =
        client_call(manager, method, g_variant_new("(ss@a{sv})", source, name, wanted), &error);
    status = command_follow(client, answer, error);
    if (status == CTL_EXIT_OK && !given)
        puts(name); /* which the caller does not know */
    return status;
}

static int create(Client *client, const char *method, char **arguments,
                  const CreateOptions *options)
{
    const char *file = options->iso ? options->iso : options->kernel;
    const char *template = file ? "" : arguments[0];
    g_autofree char *base = name_base(template, file);

    return make(client, "Create", template, file ? arguments[0] : arguments[1], base, options);
}

/* Of an xl.cfg: what the guest is to be is in there. */
static int import_config(Client *client, const char *path, const char *given,
                         const CreateOptions *options)
{
    CreateOptions few = {.vcpus = VCPUS_DEFAULT,
                         .color = options->color,
                         .no_start = options->no_start,
                         .disks = options->disks};
    g_autofree char *base = name_base(NULL, path);

    if (!options->memory && options->vcpus == VCPUS_DEFAULT && !options->kernel &&
        !options->ramdisk && !options->extra && !options->kind)
        return make(client, "ImportConfig", path, given, base, &few);
    client_complain(
        _("A guest of an xl.cfg is what that says: only --disks, --color and --no-start go "
          "with it."));
    return CTL_EXIT_USAGE;
}

static int import(Client *client, const char *method, char **arguments,
                  const CreateOptions *options)
{
    g_autofree char *path = g_canonicalize_filename(arguments[0], NULL);
    g_autofree char *base = name_base(NULL, path);

    if (g_utf8_validate(path, -1, NULL) && g_str_has_suffix(path, ".cfg"))
        return import_config(client, path, arguments[1], options);
    if (options->disks) {
        client_complain(_("--disks is for an xl.cfg, whose name ends in “.cfg”."));
        return CTL_EXIT_USAGE;
    }
    if (g_utf8_validate(path, -1, NULL))
        return make(client, "Import", path, arguments[1], base, options);
    client_complain(_("The file's name is no text."));
    return CTL_EXIT_USAGE;
}

static int begin_job(Client *client, const char *method, char **arguments,
                     const CreateOptions *options)
{
    g_autoptr(GDBusProxy) guest = client_guest(client, arguments[0]);
    g_autoptr(GError) error = NULL;
    GVariant *answer;

    if (!guest)
        return CTL_EXIT_NO_GUEST;
    answer = client_call(guest, method, NULL, &error);
    return command_follow(client, answer, error);
}

static int switch_guest(Client *client, const char *method, char **arguments,
                        const CreateOptions *options)
{
    g_autoptr(GDBusProxy) guest = client_guest(client, arguments[0]);
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;

    if (!guest)
        return CTL_EXIT_NO_GUEST;
    answer = client_call(guest, method, NULL, &error);
    return answer ? CTL_EXIT_OK : client_complain_of(error);
}

const Command commands[] = {
    {"list", "", N_("Show all guests"), 0, 0, NULL, list},
    {"info", "[NAME]", N_("Show everything about a guest, or about the computer"), 0, 1, NULL,
     info},
    {"templates", "", N_("Show what guests can be made from"), 0, 0, NULL, templates},
    {"create", "TEMPLATE [NAME]", N_("Make a guest, and start it"), 1, 2, NULL, create},
    {"import", "FILE [NAME]", N_("Make a guest of a disk image or an xl.cfg, and start it"), 1, 2,
     NULL, import},
    {"isos", "", N_("Show which ISO images there are"), 0, 0, NULL, command_isos},
    {"insert", "NAME FILE", N_("Put an ISO image into a guest's CD drive"), 2, 2, NULL,
     command_insert},
    {"eject", "NAME", N_("Empty a guest's CD drive"), 1, 1, "EjectIso", switch_guest},
    {"start", "NAME", N_("Start a guest"), 1, 1, "Start", begin_job},
    {"shutdown", "NAME", N_("Ask a guest to shut down, and wait until it has"), 1, 1, "Shutdown",
     begin_job},
    {"reboot", "NAME", N_("Ask a guest to reboot"), 1, 1, "Reboot", begin_job},
    {"force-off", "NAME", N_("Stop a guest at once, as by pulling the plug"), 1, 1, "ForceOff",
     begin_job},
    {"save", "NAME", N_("Keep a guest's memory in a file, and stop it; start goes on from there"),
     1, 1, "Save", begin_job},
    {"discard", "NAME", N_("Throw away what was saved of a guest"), 1, 1, "DiscardSaved",
     begin_job},
    {"delete", "NAME", N_("Delete a stopped guest and its disk"), 1, 1, "Delete", begin_job},
    {"pause", "NAME", N_("Let a guest stand still"), 1, 1, "Pause", switch_guest},
    {"unpause", "NAME", N_("Let a paused guest go on"), 1, 1, "Unpause", switch_guest},
    {"console", "NAME", N_("Type at a guest's text console, until Ctrl+]"), 1, 1, NULL,
     command_console},
    {"disks", "NAME", N_("Show which disks a guest has"), 1, 1, NULL, command_disks},
    {"add-disk", "NAME SIZE", N_("Give a guest another, empty disk"), 2, 2, NULL, command_add_disk},
    {"remove-disk", "NAME DISK", N_("Take a disk from a guest, and delete it"), 2, 2, NULL,
     command_remove_disk},
    {"resize-disk", "NAME DISK SIZE", N_("Make a disk of a stopped guest larger"), 3, 3, NULL,
     command_resize_disk},
    {"snapshot", "NAME [LABEL]", N_("Keep a stopped guest's disk as it is"), 1, 2, NULL,
     command_snapshot},
    {"snapshots", "NAME", N_("Show which snapshots a guest has"), 1, 1, NULL, command_snapshots},
    {"roll-back", "NAME ID", N_("Give a stopped guest its disk of then"), 2, 2, NULL,
     command_roll_back},
    {"delete-snapshot", "NAME ID", N_("Delete a snapshot"), 2, 2, NULL, command_delete_snapshot},
    {"clone", "NAME NEW", N_("Make a guest that is a copy of one"), 2, 2, NULL, command_clone},
    {"make-template", "NAME TEMPLATE [DESCRIPTION]", N_("Make a template of a guest"), 2, 3, NULL,
     command_make_template},
    {"delete-template", "TEMPLATE", N_("Delete a template"), 1, 1, NULL, command_delete_template},
    {"screenshot", "NAME FILE", N_("Save a guest's screen as a picture (PNG)"), 2, 2, NULL,
     command_screenshot},
    {"send-keys", "NAME KEYS...", N_("Press keys at a guest's screen, as ctrl-alt-del"), 2,
     SETTINGS_MAX + 1, NULL, command_send_keys},
    {"recipes", "", N_("Show what templates can be made of"), 0, 0, NULL, command_recipes},
    {"build-template", "RECIPE TEMPLATE [KEY=VALUE...]", N_("Make a template of Debian packages"),
     2, SETTINGS_MAX + 2, NULL, command_build_template},
    {"show", "NAME", N_("Show the settings of a guest"), 1, 1, NULL, command_show},
    {"set", "NAME KEY=VALUE...", N_("Change settings of a guest"), 2, SETTINGS_MAX + 1, NULL,
     command_set},
    {"microphone", "NAME on|once|off", N_("Let a guest hear the microphone, or no more"), 2, 2,
     "SetMicrophone", command_microphone},
    {"mute", "NAME on|off", N_("Keep silent what a guest plays, or no more"), 2, 2, "SetMuted",
     command_mute},
    {"volume", "NAME [PERCENT]", N_("Show how loud a guest is, or set it"), 1, 2, "SetVolume",
     command_volume},
    {"usb", "[assign | release | remember | forget ...]", N_("Show USB devices, or who gets them"),
     0, 3, NULL, command_usb},
    {"switched-off", "[shut-down|save]",
     N_("Show what becomes of guests when the computer is switched off, or choose it"), 0, 1,
     "SetWhenSwitchedOff", command_switched_off},
    {"end-guests", "[SECONDS]", N_("End all guests, as when the computer is switched off"), 0, 1,
     "EndGuests", command_end_guests},
    {"watch", "", N_("Show what changes, until Ctrl-C"), 0, 0, NULL, command_watch},
};

const guint command_count = G_N_ELEMENTS(commands);
