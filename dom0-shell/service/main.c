/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-service: parses options, picks the bus, the machine and the authority, and runs. */
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "saved-store.h"
#include "service.h"
#include "snapshot-store.h"
#include "simulate-templates.h"
#include "simulate-usb.h"

#define DEFAULT_STATE_DIRECTORY        "/var/lib/vitrine"
#define DEFAULT_RUN_DIRECTORY          "/run/vitrine"
#define DEFAULT_DISPLAY_PROGRAM        LIBEXECDIR "/vitrine-display"
#define DEFAULT_SOUND_PROGRAM          LIBEXECDIR "/vitrine-audio"
#define DEFAULT_EMULATED_SOUND_PROGRAM LIBEXECDIR "/vitrine-audio-spice"
#define DEFAULT_SOUND_SOCKET           "/run/vitrine-sound/native"
#define DEFAULT_BRIDGE                 "vitrine0"
#define DEFAULT_LAN_BRIDGE             "vitrine-lan"
#define DEFAULT_INTERFACES             "/sys/class/net"
#define DEFAULT_USB_PROGRAM            LIBEXECDIR "/vitrine-usb"
#define DEFAULT_NFT_PROGRAM            "/usr/sbin/nft"
#define DEFAULT_GRUB_DIRECTORY         "/usr/lib/grub-xen"
#define DEFAULT_RECIPES_DIRECTORY      PRIVATE_DIRECTORY "/image"
#define DEFAULT_SETTINGS_DIRECTORY     "/etc"
#define DEFAULT_PACE_MS                800
#define DEFAULT_IDLE_MS                60000
/* A desktop takes its time to be off, more so under emulation; its kernel hears at once. */
#define DEFAULT_ANSWER_MS 20000
#define DEFAULT_STOP_MS   180000
#define DEFAULT_LOOK_MS   3000

typedef struct {
    gboolean session;
    gboolean simulate;
    gboolean simulate_pv_only;
    char *simulate_record;
    char *simulate_room;
    int pace_ms;
    char *state_directory;
    char *run_directory;
    char *display_program;
    char *sound_program;
    char *emulated_sound_program;
    char *sound_socket;
    int microphone_idle; /* ms */
    char *bridge;
    char *lan_bridge;
    char *interfaces;
    char *usb_program;
    char *nft_program;
    char *grub_directory;
    char *recipes_directory;
    char *settings_directory;
    int answer_timeout;
    int stop_timeout;
    int look_timeout;
    SimulateUsb usb; /* where devices are, if they are simulated */

    char *scratch; /* made for a simulation that was given no directories; removed at the end */
    GMainLoop *loop;
    Service *service;
    gboolean quitting;
    int status;
} Program;

static void domain_stopped(int domid, StopReason reason, gpointer data)
{
    Program *program = data;

    if (program->service)
        service_domain_stopped(program->service, domid, reason);
}

static void domain_gone(int domid, gpointer data)
{
    Program *program = data;

    if (program->service)
        service_domain_gone(program->service, domid);
}

static void domains_changed(gpointer data)
{
    Program *program = data;

    if (program->service)
        service_refresh(program->service);
}

static gboolean parse_options(Program *program, int *argc, char ***argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"session", 0, 0, G_OPTION_ARG_NONE, &program->session,
         "Serve the session bus and ask no authority (for development)", NULL},
        {"simulate", 0, 0, G_OPTION_ARG_NONE, &program->simulate,
         "Imagine a machine and its guests, in place of libxl", NULL},
        {"simulate-pace", 0, 0, G_OPTION_ARG_INT, &program->pace_ms,
         "How long a simulated step takes", "MS"},
        {"simulate-record", 0, 0, G_OPTION_ARG_FILENAME, &program->simulate_record,
         "Simulated HVM domains outlive the service, in this file", "FILE"},
        {"simulate-room", 0, 0, G_OPTION_ARG_FILENAME, &program->simulate_room,
         "With --simulate, how many MiB are free on the disk, as this file says", "FILE"},
        {"simulate-pv-only", 0, 0, G_OPTION_ARG_NONE, &program->simulate_pv_only,
         "Imagine a machine whose CPU can't virtualise", NULL},
        {"state-dir", 0, 0, G_OPTION_ARG_FILENAME, &program->state_directory,
         "Where guests/, templates/, disks/ and iso/ are (" DEFAULT_STATE_DIRECTORY ")", "DIR"},
        {"run-dir", 0, 0, G_OPTION_ARG_FILENAME, &program->run_directory,
         "Where display/ with its sockets is (" DEFAULT_RUN_DIRECTORY ")", "DIR"},
        {"display-program", 0, 0, G_OPTION_ARG_FILENAME, &program->display_program,
         "The display server to start for a guest (" DEFAULT_DISPLAY_PROGRAM ")", "FILE"},
        {"sound-program", 0, 0, G_OPTION_ARG_FILENAME, &program->sound_program,
         "The back end of a guest's sound card, empty for none (" DEFAULT_SOUND_PROGRAM ")",
         "FILE"},
        {"emulated-sound-program", 0, 0, G_OPTION_ARG_FILENAME, &program->emulated_sound_program,
         "The same for a card that QEMU emulates (" DEFAULT_EMULATED_SOUND_PROGRAM ")", "FILE"},
        {"sound-socket", 0, 0, G_OPTION_ARG_FILENAME, &program->sound_socket,
         "Where the desktop's sound server listens (" DEFAULT_SOUND_SOCKET ")", "FILE"},
        {"microphone-idle", 0, 0, G_OPTION_ARG_INT, &program->microphone_idle,
         "How long a guest that was granted the microphone once may not record before it is taken "
         "away (60000)",
         "MS"},
        {"bridge", 0, 0, G_OPTION_ARG_STRING, &program->bridge,
         "The bridge of new guests, empty for no network (" DEFAULT_BRIDGE ")", "NAME"},
        {"lan-bridge", 0, 0, G_OPTION_ARG_STRING, &program->lan_bridge,
         "The bridge to the network outside, empty for none (" DEFAULT_LAN_BRIDGE ")", "NAME"},
        {"usb-program", 0, 0, G_OPTION_ARG_FILENAME, &program->usb_program,
         "The USB process to start for a guest, empty for none (" DEFAULT_USB_PROGRAM ")", "FILE"},
        {"answer-timeout", 0, 0, G_OPTION_ARG_INT, &program->answer_timeout,
         "How long a guest has to take up a request to shut down", "MS"},
        {"stop-timeout", 0, 0, G_OPTION_ARG_INT, &program->stop_timeout,
         "How long a guest has to shut down", "MS"},
        {"look-timeout", 0, 0, G_OPTION_ARG_INT, &program->look_timeout,
         "How long a file system has to tell the size of a disk", "MS"},
        {"grub-dir", 0, 0, G_OPTION_ARG_FILENAME, &program->grub_directory,
         "Where GRUB's images for guests are", "DIRECTORY"},
        {"recipes-dir", 0, 0, G_OPTION_ARG_FILENAME, &program->recipes_directory,
         "Where what makes templates is, empty for nothing (" DEFAULT_RECIPES_DIRECTORY ")", "DIR"},
        {"settings-dir", 0, 0, G_OPTION_ARG_FILENAME, &program->settings_directory,
         "Where this computer's locale and keyboard are set (" DEFAULT_SETTINGS_DIRECTORY ")",
         "DIR"},
        {"nft-program", 0, 0, G_OPTION_ARG_FILENAME, &program->nft_program,
         "What limits guests' networks, empty to write the rules into the run directory only "
         "(" DEFAULT_NFT_PROGRAM ")",
         "FILE"},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_set_summary(context, "Makes, starts and watches guests, over D-Bus.");
    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, argc, argv, error))
        return FALSE;
    if (*argc > 1) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "“%s” is not an option",
                    (*argv)[1]);
        return FALSE;
    }
    if (program->microphone_idle < 1 || program->answer_timeout < 1 || program->stop_timeout < 1 ||
        program->look_timeout < 1) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            "--microphone-idle, --answer-timeout, --stop-timeout and "
                            "--look-timeout have to be at least 1");
        return FALSE;
    }
    if (program->pace_ms < 1 || program->pace_ms > 60000) {
        g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                            "--simulate-pace has to be between 1 and 60000");
        return FALSE;
    }
    return TRUE;
}

static void set_default(char **option, const char *value)
{
    if (!*option)
        *option = g_strdup(value);
}

/* Stand-ins for other programs are built beside this one. */
static char *stand_in(const char *name)
{
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *directory = self ? g_path_get_dirname(self) : g_strdup(".");

    return g_build_filename(directory, name, NULL);
}

/* A simulation needs no root and leaves nothing behind. */
static gboolean set_up_simulation(Program *program, GError **error)
{
    g_autofree char *templates = NULL;

    if (!program->state_directory || !program->run_directory) {
        program->scratch = g_dir_make_tmp("vitrine-XXXXXX", error);
        if (!program->scratch)
            return FALSE;
    }
    if (!program->display_program)
        program->display_program = stand_in("vitrine-display-simulated");
    if (!program->usb_program)
        program->usb_program = stand_in("vitrine-usb-simulated");
    set_default(&program->sound_program, "");
    set_default(&program->nft_program, "");
    set_default(&program->recipes_directory, "");
    set_default(&program->state_directory, program->scratch);
    set_default(&program->run_directory, program->scratch);
    program->interfaces = g_build_filename(program->run_directory, "net", NULL);
    templates = g_build_filename(program->state_directory, "templates", NULL);
    return (g_file_test(templates, G_FILE_TEST_IS_DIR) ||
            simulate_templates_write(templates, error)) &&
           simulate_usb_write(&program->usb, program->run_directory, error);
}

static gboolean make_run_directory(Program *program, GError **error)
{
    g_autofree char *path = g_build_filename(program->run_directory, "display", NULL);

    if (g_mkdir_with_parents(path, 0700) == 0)
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_FAILED, N_("The directory %s can't be made."),
                path);
    return FALSE;
}

typedef struct {
    Program *program;
    Worker *worker;
    Worker *builder;
    BackendEvents events;
} Opening;

static void open_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    Opening *opening = data;
    GMainContext *context = g_main_context_default();
    GError *error = NULL;
    Backend *backend =
        opening->program->simulate
            ? backend_simulate_open(opening->worker, opening->builder, context, &opening->events,
                                    opening->program->simulate_pv_only ? GUEST_KIND_BIT(GUEST_PV)
                                                                       : GUEST_KINDS_ALL,
                                    (guint)opening->program->pace_ms, opening->program->usb.nodes,
                                    opening->program->simulate_record)
            : backend_libxl_open(opening->worker, opening->builder, context, &opening->events,
                                 &error);

    if (backend)
        g_task_return_pointer(task, backend, NULL);
    else
        g_task_return_error(task, error);
}

static Backend *open_backend(Program *program, Worker *worker, Worker *builder, GError **error)
{
    Opening opening = {
        program, worker, builder, {domain_stopped, domain_gone, domains_changed, program}};
    g_autoptr(GTask) task = g_task_new(NULL, NULL, NULL, NULL);

    g_task_set_task_data(task, &opening, NULL);
    worker_run(worker, G_PRIORITY_DEFAULT, task, open_thread);
    while (!g_task_get_completed(task))
        g_main_context_iteration(NULL, TRUE);
    return g_task_propagate_pointer(task, error);
}

static gboolean start_service(Program *program, GDBusConnection *connection, GError **error)
{
    const ServiceOptions options = {
        .run_directory = program->run_directory,
        .display_program = program->display_program,
        .sound_program = program->sound_program,
        .emulated_sound_program = program->emulated_sound_program,
        .sound_socket = program->sound_socket,
        .microphone_idle = (guint)program->microphone_idle,
        .bridge = program->bridge,
        .lan_bridge = program->lan_bridge,
        .interfaces = program->interfaces,
        .nft_program = program->nft_program,
        .grub_directory = program->grub_directory,
        .recipes_directory = program->recipes_directory,
        .settings_directory = program->settings_directory,
        .answer_timeout = (guint)program->answer_timeout,
        .stop_timeout = (guint)program->stop_timeout,
        .look_timeout = (guint)program->look_timeout,
        .usb =
            {
                .program = program->usb_program,
                .sysfs = program->simulate ? program->usb.sysfs : "/sys",
                .nodes = program->simulate ? program->usb.nodes : "/dev/bus/usb",
                .mountinfo = program->simulate ? program->usb.mountinfo : "/proc/self/mountinfo",
                .swaps = program->simulate ? program->usb.swaps : "/proc/swaps",
                .made_up = program->simulate,
            },
    };
    g_autoptr(GuestStore) store = guest_store_new(program->state_directory, error);
    g_autoptr(Authority) authority = NULL;
    g_autoptr(Worker) worker = NULL;
    g_autoptr(Worker) builder = NULL;
    Backend *backend;

    if (store && program->simulate_room)
        guest_store_make_up_room(store, program->simulate_room);
    if (!store || !make_run_directory(program, error))
        return FALSE;
    snapshot_store_sweep(store);
    saved_store_sweep(store);
    authority = program->session ? authority_new_open() : authority_new_polkit(error);
    if (!authority)
        return FALSE;
    worker = worker_new("machine");
    builder = worker_new("builder");
    backend = open_backend(program, worker, builder, error);
    if (!backend)
        return FALSE;
    program->service =
        service_new(connection, &options, g_steal_pointer(&worker), g_steal_pointer(&builder),
                    backend, g_steal_pointer(&store), g_steal_pointer(&authority), error);
    return program->service != NULL;
}

static gboolean stop_loop(gpointer data)
{
    g_main_loop_quit(((Program *)data)->loop);
    return G_SOURCE_REMOVE;
}

static gboolean on_signal(gpointer data)
{
    Program *program = data;

    /* Once is enough: the second signal finds the first one's work under way. After the loop's end,
     * or before its begin, there is no service to ask. */
    if (!program->quitting && program->service)
        service_quit(program->service, stop_loop, program);
    program->quitting = TRUE;
    return G_SOURCE_CONTINUE;
}

static void name_lost(GDBusConnection *connection, const char *name, gpointer data)
{
    Program *program = data;

    g_printerr("vitrine-service: the name %s can't be had on the bus: is another one running, or "
               "is the bus's policy not installed?\n",
               name);
    program->status = 1;
    g_main_loop_quit(program->loop);
}

static void run(Program *program, GDBusConnection *connection)
{
    guint name = g_bus_own_name_on_connection(
        connection, SERVICE_BUS_NAME, G_BUS_NAME_OWNER_FLAGS_NONE, NULL, name_lost, program, NULL);

    /* Until the process is over: without these, a late signal would end it in mid-air. */
    g_unix_signal_add(SIGTERM, on_signal, program);
    g_unix_signal_add(SIGINT, on_signal, program);
    program->loop = g_main_loop_new(NULL, FALSE);
    g_main_loop_run(program->loop);
    g_main_loop_unref(program->loop);
    g_bus_unown_name(name);
}

static void remove_tree(const char *path)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir)) != NULL) {
        g_autofree char *child = g_build_filename(path, name, NULL);

        remove_tree(child);
    }
    g_remove(path);
}

static void clear(Program *program)
{
    g_clear_pointer(&program->service, service_free);
    if (program->scratch)
        remove_tree(program->scratch);
    g_free(program->scratch);
    g_free(program->state_directory);
    g_free(program->run_directory);
    g_free(program->display_program);
    g_free(program->sound_program);
    g_free(program->emulated_sound_program);
    g_free(program->sound_socket);
    g_free(program->bridge);
    g_free(program->lan_bridge);
    g_free(program->interfaces);
    g_free(program->usb_program);
    g_free(program->nft_program);
    g_free(program->grub_directory);
    g_free(program->recipes_directory);
    g_free(program->settings_directory);
    g_free(program->simulate_record);
    g_free(program->simulate_room);
    simulate_usb_clear(&program->usb);
}

int main(int argc, char **argv)
{
    Program program = {.pace_ms = DEFAULT_PACE_MS,
                       .microphone_idle = DEFAULT_IDLE_MS,
                       .answer_timeout = DEFAULT_ANSWER_MS,
                       .stop_timeout = DEFAULT_STOP_MS,
                       .look_timeout = DEFAULT_LOOK_MS};
    g_autoptr(GDBusConnection) connection = NULL;
    g_autoptr(GError) error = NULL;
    gboolean ok;

    setlocale(LC_ALL, "");
    ok = parse_options(&program, &argc, &argv, &error) &&
         (!program.simulate || set_up_simulation(&program, &error));
    set_default(&program.state_directory, DEFAULT_STATE_DIRECTORY);
    set_default(&program.run_directory, DEFAULT_RUN_DIRECTORY);
    set_default(&program.display_program, DEFAULT_DISPLAY_PROGRAM);
    set_default(&program.sound_program, DEFAULT_SOUND_PROGRAM);
    set_default(&program.emulated_sound_program, DEFAULT_EMULATED_SOUND_PROGRAM);
    set_default(&program.sound_socket, DEFAULT_SOUND_SOCKET);
    set_default(&program.bridge, DEFAULT_BRIDGE);
    set_default(&program.lan_bridge, DEFAULT_LAN_BRIDGE);
    set_default(&program.interfaces, DEFAULT_INTERFACES);
    set_default(&program.usb_program, DEFAULT_USB_PROGRAM);
    set_default(&program.nft_program, DEFAULT_NFT_PROGRAM);
    set_default(&program.grub_directory, DEFAULT_GRUB_DIRECTORY);
    set_default(&program.recipes_directory, DEFAULT_RECIPES_DIRECTORY);
    set_default(&program.settings_directory, DEFAULT_SETTINGS_DIRECTORY);
    if (ok)
        connection =
            g_bus_get_sync(program.session ? G_BUS_TYPE_SESSION : G_BUS_TYPE_SYSTEM, NULL, &error);
    if (connection && start_service(&program, connection, &error))
        run(&program, connection);
    if (error) {
        g_printerr("vitrine-service: %s\n", error->message);
        program.status = 1;
    }
    clear(&program);
    return program.status;
}
