/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrinectl: what the shell does, for a terminal and for scripts. */
#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"

#define VCPUS_MAX 4096

static const Command *find_command(const char *name)
{
    for (guint i = 0; i < command_count; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* For --help; to be freed. */
static char *describe_commands(void)
{
    GString *text = g_string_new(_("Commands:"));

    g_string_append_c(text, '\n');
    for (guint i = 0; i < command_count; i++) {
        g_autofree char *usage = g_strdup_printf("%s %s", commands[i].name, commands[i].arguments);

        g_string_append_printf(text, "  %-24s %s\n", usage, _(commands[i].summary));
    }
    g_string_append_printf(text, "\n%s", _("See vitrinectl(1)."));
    return g_string_free(text, FALSE);
}

static gboolean parse(int *argc, char ***argv, Client *client, CreateOptions *create)
{
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &client->json, N_("Write JSON"), NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &client->quiet, N_("Show no progress"), NULL},
        {"session", 0, 0, G_OPTION_ARG_NONE, &client->session,
         N_("Use the session bus (for development)"), NULL},
        {"memory", 'm', 0, G_OPTION_ARG_STRING, &create->memory,
         N_("create: memory, as 512M or 2G"), "SIZE"},
        {"vcpus", 'c', 0, G_OPTION_ARG_INT, &create->vcpus, N_("create: virtual CPUs"), "N"},
        {"color", 0, 0, G_OPTION_ARG_STRING, &create->color, N_("create: the guest's colour"),
         "COLOR"},
        {"no-start", 0, 0, G_OPTION_ARG_NONE, &create->no_start, N_("create: do not start it"),
         NULL},
        {"iso", 0, 0, G_OPTION_ARG_FILENAME, &create->iso,
         N_("create: start from this ISO image, with an empty disk and no TEMPLATE"), "FILE"},
        {"disk", 0, 0, G_OPTION_ARG_STRING, &create->disk,
         N_("create: size of the empty disk, as 16G"), "SIZE"},
        {"kernel", 0, 0, G_OPTION_ARG_FILENAME, &create->kernel,
         N_("create, import: start this kernel; create: with an empty disk and no TEMPLATE"),
         "FILE"},
        {"initrd", 0, 0, G_OPTION_ARG_FILENAME, &create->ramdisk,
         N_("create, import: the kernel's initial ramdisk"), "FILE"},
        {"extra", 0, 0, G_OPTION_ARG_STRING, &create->extra,
         N_("create, import: words for the kernel's command line"), "WORDS"},
        {"kind", 0, 0, G_OPTION_ARG_STRING, &create->kind, N_("create: pv, pvh or hvm"), "KIND"},
        {"disks", 0, 0, G_OPTION_ARG_STRING, &create->disks,
         N_("import: copy, move or keep the disks of an xl.cfg"), "HOW"},
        {"remember", 0, 0, G_OPTION_ARG_STRING, &create->remember,
         N_("usb: remember the guest for the device, its port or its kind"), "SCOPE"},
        {"confirmed", 0, 0, G_OPTION_ARG_NONE, &create->confirmed,
         N_("usb assign: what this computer would lose may be lost"), NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(_("COMMAND [ARGUMENT...]"));
    g_autofree char *description = describe_commands();
    g_autoptr(GError) error = NULL;

    g_option_context_set_summary(context, _("Makes, starts, stops and shows Vitrine's guests."));
    g_option_context_set_description(context, description);
    g_option_context_add_main_entries(context, entries, GETTEXT_PACKAGE);
    if (g_option_context_parse(context, argc, argv, &error))
        return TRUE;
    client_complain(_("%s. See “vitrinectl --help”."), error->message);
    return FALSE;
}

static gboolean has_create_options(const CreateOptions *create)
{
    return create->memory || create->vcpus != VCPUS_DEFAULT || create->color || create->no_start ||
           create->iso || create->disk || create->kind || create->kernel || create->ramdisk ||
           create->extra || create->disks;
}

/* An ISO image or a kernel takes the template's place: there is one argument less. */
static gboolean fits(const Command *command, int arguments, const CreateOptions *create)
{
    if ((create->iso || create->kernel) && strcmp(command->name, "create") == 0)
        arguments++;
    return arguments >= command->minimum && arguments <= command->maximum;
}

/* NULL after a complaint. */
static const Command *choose(int argc, char **argv, const CreateOptions *create)
{
    const Command *command = argc > 1 ? find_command(argv[1]) : NULL;
    int arguments = argc - 2;

    if (argc < 2)
        client_complain(_("Which command? See “vitrinectl --help”."));
    else if (!command)
        client_complain(_("“%s” is no command. See “vitrinectl --help”."), argv[1]);
    else if (!fits(command, arguments, create))
        client_complain(_("Use it like this: vitrinectl %s %s"), command->name, command->arguments);
    else if (has_create_options(create) && strcmp(command->name, "create") != 0 &&
             strcmp(command->name, "import") != 0)
        client_complain(
            _("--memory, --vcpus, --color, --no-start, --iso, --disk, --kernel, --initrd, "
              "--extra and --kind are for “create” only, and most of them, and --disks, for "
              "“import”."));
    else if ((create->remember || create->confirmed) && strcmp(command->name, "usb") != 0)
        client_complain(_("--remember and --confirmed are for “usb” only."));
    else if (create->vcpus != VCPUS_DEFAULT && (create->vcpus < 1 || create->vcpus > VCPUS_MAX))
        client_complain(_("--vcpus must be a number from 1 to %d."), VCPUS_MAX);
    else
        return command;
    return NULL;
}

static int run(int argc, char **argv, Client *client, CreateOptions *create)
{
    const Command *command;
    int status;

    if (!parse(&argc, &argv, client, create))
        return CTL_EXIT_USAGE;
    command = choose(argc, argv, create);
    if (!command)
        return CTL_EXIT_USAGE;
    status = client_open(client);
    if (status == CTL_EXIT_OK)
        status = command->run(client, command->method, argv + 2, create);
    client_close(client);
    return status;
}

int main(int argc, char **argv)
{
    Client client = {0};
    CreateOptions create = {.vcpus = VCPUS_DEFAULT};
    int status;

    setlocale(LC_ALL, "");
    bindtextdomain(GETTEXT_PACKAGE, VITRINE_LOCALE_DIR);
    bind_textdomain_codeset(GETTEXT_PACKAGE, "UTF-8");
    textdomain(GETTEXT_PACKAGE);
    status = run(argc, argv, &client, &create);
    g_free(create.memory);
    g_free(create.color);
    g_free(create.iso);
    g_free(create.disk);
    g_free(create.kernel);
    g_free(create.ramdisk);
    g_free(create.extra);
    g_free(create.kind);
    g_free(create.disks);
    g_free(create.remember);
    return status;
}
