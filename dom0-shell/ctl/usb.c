/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices: which there are, who has them, and who gets them. */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "text.h"

#define NEEDS_CONFIRMATION "org.vitrine.Error.NeedsConfirmation"
#define NEVER              "never"

/* What can be done with devices, by the first argument; USAGE is of what comes behind it. */
typedef struct {
    const char *name;
    const char *usage;
    int arguments; /* behind the name */
    int (*run)(Client *client, char **arguments, const CreateOptions *options);
} UsbCommand;

/* ---- Finding ---- */

static gboolean has_ids(GDBusProxy *device, const char *text)
{
    g_autofree char *ids = g_strdup_printf("%04x:%04x", (guint)client_number(device, "VendorId"),
                                           (guint)client_number(device, "ProductId"));

    return g_ascii_strcasecmp(ids, text) == 0;
}

static gboolean is_called(GDBusProxy *device, const char *text)
{
    g_autofree char *name = NULL;

    return strcmp(client_string(device, "Name", &name), text) == 0 || has_ids(device, text);
}

static GDBusProxy *find_by_key(GPtrArray *devices, const char *text)
{
    for (guint i = 0; i < devices->len; i++) {
        g_autofree char *key = NULL;

        if (strcmp(client_string(devices->pdata[i], "Key", &key), text) == 0)
            return devices->pdata[i];
    }
    return NULL;
}

/* The device of the key TEXT, or the only one of that name or of those ids; to be unref'd. NULL
 * after a complaint. */
static GDBusProxy *find_device(Client *client, const char *text)
{
    g_autoptr(GPtrArray) devices = client_proxies(client, CTL_USB_IFACE);
    GDBusProxy *by_key = find_by_key(devices, text);
    GDBusProxy *found = by_key;
    guint count = by_key ? 1 : 0;

    for (guint i = 0; i < devices->len && !by_key; i++) {
        if (!is_called(devices->pdata[i], text))
            continue;
        found = devices->pdata[i];
        count++;
    }
    if (count == 1)
        return g_object_ref(found);
    client_complain(
        count ? _("Several USB devices are called “%s”. Name one by its port, as “vitrinectl "
                  "usb list” does.")
              : _("There is no USB device “%s”. See “vitrinectl usb list”."),
        text);
    return NULL;
}

/* ---- Listing ---- */

static void print_row(GDBusProxy *device)
{
    static const char *const properties[] = {"Key",        "State",       "Guest",
                                             "Remembered", "Description", "Name"};
    char *texts[G_N_ELEMENTS(properties)];

    for (guint i = 0; i < G_N_ELEMENTS(properties); i++) {
        g_autofree char *text = NULL;

        texts[i] = text_clean(client_string(device, properties[i], &text));
        if (*texts[i] == '\0') {
            g_free(texts[i]);
            texts[i] = g_strdup("-");
        }
    }
    printf("%-10s %-9s %-16s %-16s %-20s %s\n", texts[0], texts[1], texts[2], texts[3], texts[4],
           texts[5]);
    for (guint i = 0; i < G_N_ELEMENTS(properties); i++)
        g_free(texts[i]);
}

static void print_sentence(GDBusProxy *device, const char *property)
{
    g_autofree char *text = NULL;
    g_autofree char *clean = text_clean(client_string(device, property, &text));

    if (*clean)
        printf("           %s\n", clean);
}

static int list(Client *client, char **arguments, const CreateOptions *options)
{
    g_autoptr(GPtrArray) devices = client_proxies(client, CTL_USB_IFACE);

    if (client->json) {
        text_print_list(devices);
        return CTL_EXIT_OK;
    }
    printf("%-10s %-9s %-16s %-16s %-20s %s\n", "DEVICE", "STATE", "GUEST", "REMEMBERED", "KIND",
           "NAME");
    for (guint i = 0; i < devices->len; i++) {
        print_row(devices->pdata[i]);
        print_sentence(devices->pdata[i], "Concern");
        print_sentence(devices->pdata[i], "Problem");
    }
    return CTL_EXIT_OK;
}

/* ---- Doing ---- */

static int complain_of(const GError *error)
{
    g_autofree char *name = g_dbus_error_get_remote_error(error);
    int status = client_complain_of(error);

    if (g_strcmp0(name, NEEDS_CONFIRMATION) == 0)
        client_complain(_("If that may be, say --confirmed."));
    return status;
}

/* Calls METHOD of the device TEXT; PARAMETERS (floating, or NULL) are taken over. */
static int call(Client *client, const char *text, const char *method, GVariant *parameters)
{
    g_autoptr(GVariant) own = parameters ? g_variant_ref_sink(parameters) : NULL;
    g_autoptr(GDBusProxy) device = find_device(client, text);
    g_autoptr(GVariant) answer = NULL;
    g_autoptr(GError) error = NULL;

    if (!device)
        return CTL_EXIT_NO_GUEST;
    answer = client_call(device, method, own, &error);
    return answer ? CTL_EXIT_OK : complain_of(error);
}

static gboolean has_guest(Client *client, const char *name)
{
    g_autoptr(GDBusProxy) guest = client_guest(client, name);

    return guest != NULL;
}

static int assign(Client *client, char **arguments, const CreateOptions *options)
{
    GVariantDict dict;

    if (!has_guest(client, arguments[1]))
        return CTL_EXIT_NO_GUEST;
    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "confirmed", "b", options->confirmed);
    if (options->remember)
        g_variant_dict_insert(&dict, "remember", "s", options->remember);
    return call(client, arguments[0], "Assign",
                g_variant_new("(s@a{sv})", arguments[1], g_variant_dict_end(&dict)));
}

static int release(Client *client, char **arguments, const CreateOptions *options)
{
    return call(client, arguments[0], "Release", NULL);
}

static int remember(Client *client, char **arguments, const CreateOptions *options)
{
    const char *scope = options->remember ? options->remember : "device";

    if (strcmp(arguments[1], NEVER) != 0 && !has_guest(client, arguments[1]))
        return CTL_EXIT_NO_GUEST;
    return call(client, arguments[0], "Remember", g_variant_new("(ss)", arguments[1], scope));
}

static int forget(Client *client, char **arguments, const CreateOptions *options)
{
    return call(client, arguments[0], "Forget", NULL);
}

static const UsbCommand usb_commands[] = {
    {"list", "", 0, list},
    {"assign", " DEVICE GUEST", 2, assign},
    {"release", " DEVICE", 1, release},
    {"remember", " DEVICE GUEST", 2, remember},
    {"forget", " DEVICE", 1, forget},
};

int command_usb(Client *client, const char *method, char **arguments, const CreateOptions *options)
{
    const char *name = arguments[0] ? arguments[0] : "list";
    guint count = arguments[0] ? g_strv_length(arguments) - 1 : 0;

    for (guint i = 0; i < G_N_ELEMENTS(usb_commands); i++) {
        const UsbCommand *command = &usb_commands[i];
        g_autofree char *usage = NULL;

        if (strcmp(command->name, name) != 0)
            continue;
        if ((guint)command->arguments == count)
            return command->run(client, arguments + 1, options);
        usage = g_strconcat(name, command->usage, NULL);
        client_complain(_("Use it like this: vitrinectl %s %s"), "usb", usage);
        return CTL_EXIT_USAGE;
    }
    client_complain(_("“%s” is nothing to do with USB devices. There are: list, assign, release, "
                      "remember and forget."),
                    name);
    return CTL_EXIT_USAGE;
}
