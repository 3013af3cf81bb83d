/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service as a process of its own on a private bus, with a simulated machine, and what its
 * tests do with it. A test program has two arguments: the service, the stand-in display server. */
#pragma once

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "scratch.h"
#include "service.h"
#include "simulate-templates.h"
#include "vitrine-dbus.h"

/* The flags and the time-out of every call. */
#define AS_USUAL G_DBUS_CALL_FLAGS_NONE, -1

static const char *service_program;
static const char *display_program;
static const char *usb_program = ""; /* none */

typedef struct {
    GTestDBus *bus;
    char *address; /* of the bus */
    GDBusConnection *connection;
    char *state;
    GSubprocess *process;
    GDBusObjectManager *objects;
    VitrineManager1 *manager;
    gboolean pv_only;            /* the machine's CPU can't virtualise */
    gboolean asks;               /* the service asks polkit, on the same bus */
    gboolean lasting;            /* HVM domains outlive the service */
    char *sound_program;         /* NULL: none */
    char *nft_program;           /* likewise */
    const char *microphone_idle; /* ms; NULL: as usual */
    const char *stop_timeout;    /* likewise */
    const char *look_timeout;    /* ms; NULL: for ever, as far as a test goes */
} Fixture;

static inline void take_programs(char **argv)
{
    service_program = argv[1];
    display_program = argv[2];
}

/* Where a test program begins. */
static inline void init_test(int *argc, char ***argv)
{
    g_test_init(argc, argv, NULL);
    g_assert_cmpint(*argc, ==, 3);
    take_programs(*argv);
}

/* Gives up, and fails, after twenty seconds. */
#define wait_until(condition)                                      \
    do {                                                           \
        gint64 end = g_get_monotonic_time() + 20 * G_USEC_PER_SEC; \
        while (!(condition)) {                                     \
            g_assert_cmpint(g_get_monotonic_time(), <, end);       \
            g_main_context_iteration(NULL, FALSE);                 \
            g_usleep(500);                                         \
        }                                                          \
    } while (0)

static inline gboolean is_owned(GDBusObjectManager *objects)
{
    g_autofree char *owner =
        g_dbus_object_manager_client_get_name_owner(G_DBUS_OBJECT_MANAGER_CLIENT(objects));

    return owner != NULL;
}

/* In the child: a test that fails leaves no service behind. */
static inline void set_up_child(gpointer data)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

static inline void start_service(Fixture *fixture, const char *pace)
{
    g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_NONE);
    g_autofree char *record = g_strconcat("--simulate-record=", fixture->state, "/record", NULL);
    g_autofree char *room = g_build_filename(fixture->state, "room", NULL);
    g_autofree char *recipes = g_build_filename(fixture->state, "recipes", NULL);
    g_autofree char *settings = g_build_filename(fixture->state, "settings", NULL);
    g_autoptr(GError) error = NULL;

    g_subprocess_launcher_set_child_setup(launcher, set_up_child, NULL, NULL);
    g_subprocess_launcher_setenv(launcher, "DBUS_SYSTEM_BUS_ADDRESS", fixture->address, TRUE);
    g_subprocess_launcher_setenv(launcher, "DBUS_SESSION_BUS_ADDRESS", fixture->address, TRUE);
    fixture->process = g_subprocess_launcher_spawn(
        launcher, &error, service_program, fixture->asks ? "--simulate" : "--session", "--simulate",
        "--simulate-pace", pace, "--state-dir", fixture->state, "--run-dir", fixture->state,
        "--display-program", display_program, "--sound-program",
        fixture->sound_program ? fixture->sound_program : "", "--emulated-sound-program",
        fixture->sound_program ? fixture->sound_program : "", "--sound-socket", "/run/sound",
        "--microphone-idle", fixture->microphone_idle ? fixture->microphone_idle : "60000",
        "--usb-program", usb_program, "--simulate-room", room, "--answer-timeout", "200",
        "--stop-timeout", fixture->stop_timeout ? fixture->stop_timeout : "180000",
        "--look-timeout", fixture->look_timeout ? fixture->look_timeout : "3600000", "--grub-dir",
        fixture->state, "--recipes-dir", recipes, "--settings-dir", settings, "--nft-program",
        fixture->nft_program ? fixture->nft_program : "",
        fixture->pv_only ? "--simulate-pv-only" : (fixture->lasting ? record : NULL), NULL);
    g_assert_no_error(error);
    fixture->objects = vitrine_object_manager_client_new_sync(
        fixture->connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START, SERVICE_BUS_NAME,
        SERVICE_PATH, NULL, &error);
    g_assert_no_error(error);
    wait_until(is_owned(fixture->objects));
    wait_until((fixture->manager = VITRINE_MANAGER1(g_dbus_object_manager_get_interface(
                    fixture->objects, SERVICE_PATH "/Manager", "org.vitrine.Manager1"))) != NULL);
}

/* It must end by itself, and without a complaint of the sanitizers. */
static inline void stop_service(Fixture *fixture)
{
    /* Twice, as by an impatient hand. */
    g_subprocess_send_signal(fixture->process, SIGTERM);
    g_subprocess_send_signal(fixture->process, SIGINT);
    g_subprocess_wait(fixture->process, NULL, NULL);
    g_assert_true(g_subprocess_get_if_exited(fixture->process));
    g_assert_cmpint(g_subprocess_get_exit_status(fixture->process), ==, 0);
    g_clear_object(&fixture->process);
    g_clear_object(&fixture->manager);
    g_clear_object(&fixture->objects);
}

static inline GDBusConnection *connect_to_bus(const char *address)
{
    g_autoptr(GError) error = NULL;
    GDBusConnection *connection =
        g_dbus_connection_new_for_address_sync(address,
                                               G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                   G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                               NULL, NULL, &error);

    g_assert_no_error(error);
    return connection;
}

static inline void set_up(Fixture *fixture, gconstpointer pace)
{
    fixture->bus = g_test_dbus_new(G_TEST_DBUS_NONE);
    g_test_dbus_up(fixture->bus);
    fixture->address = g_strdup(g_test_dbus_get_bus_address(fixture->bus));
    fixture->connection = connect_to_bus(fixture->address);
    fixture->state = scratch_new();
    start_service(fixture, pace ? pace : "5");
}

static inline void tear_down(Fixture *fixture, gconstpointer pace)
{
    stop_service(fixture);
    g_dbus_connection_close_sync(fixture->connection, NULL, NULL);
    g_clear_object(&fixture->connection);
    g_test_dbus_down(fixture->bus);
    g_clear_object(&fixture->bus);
    g_free(fixture->address);
    scratch_free(fixture->state);
    g_free(fixture->sound_program);
    g_free(fixture->nft_program);
}

static inline VitrineGuest1 *find_guest(Fixture *fixture, const char *name)
{
    g_autofree char *id = g_dbus_escape_object_path(name);
    g_autofree char *path = g_strconcat(SERVICE_PATH "/guests/", id, NULL);
    GDBusInterface *found =
        g_dbus_object_manager_get_interface(fixture->objects, path, "org.vitrine.Guest1");

    return found ? VITRINE_GUEST1(found) : NULL;
}

static inline gboolean has_guest(Fixture *fixture, const char *name)
{
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, name);

    return guest != NULL;
}

static inline VitrineJob1 *wait_for_job_object(Fixture *fixture, const char *path)
{
    GDBusInterface *job;

    wait_until((job = g_dbus_object_manager_get_interface(fixture->objects, path,
                                                          "org.vitrine.Job1")) != NULL);
    return VITRINE_JOB1(job);
}

/* Waits for the job to end, with STATE; its sentence. */
static inline char *end_of_job(Fixture *fixture, const char *path, const char *state)
{
    g_autoptr(VitrineJob1) job = wait_for_job_object(fixture, path);

    wait_until(strcmp(vitrine_job1_get_state(job), "running") != 0);
    g_test_message("%s: %s %s", vitrine_job1_get_kind(job), vitrine_job1_get_state(job),
                   vitrine_job1_get_error(job));
    g_assert_cmpstr(vitrine_job1_get_state(job), ==, state);
    return g_strdup(vitrine_job1_get_error(job));
}

static inline char *begin_create(Fixture *fixture, const char *template, const char *name,
                                 GError **error)
{
    GVariant *options = g_variant_new("a{sv}", NULL);
    char *path = NULL;

    vitrine_manager1_call_create_sync(fixture->manager, template, name, options, AS_USUAL, &path,
                                      NULL, error);
    return path;
}

static inline char *create(Fixture *fixture, const char *template, const char *name,
                           const char *state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = begin_create(fixture, template, name, &error);

    g_assert_no_error(error);
    return end_of_job(fixture, path, state);
}

typedef gboolean (*Method)(VitrineGuest1 *guest, GDBusCallFlags flags, int timeout, char **job,
                           GCancellable *cancellable, GError **error);

/* Starts a job by METHOD and waits for its end in STATE; returns its sentence, to be freed. */
static inline char *end_of_method(Fixture *fixture, const char *name, Method method,
                                  const char *state)
{
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, name);
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;

    method(guest, AS_USUAL, &path, NULL, &error);
    g_assert_no_error(error);
    return end_of_job(fixture, path, state);
}

static inline void do_job(Fixture *fixture, const char *name, Method method)
{
    g_autofree char *sentence = end_of_method(fixture, name, method, "succeeded");
}

static inline void refuse_job(Fixture *fixture, const char *name, Method method)
{
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, name);
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *remote = NULL;

    g_assert_false(method(guest, AS_USUAL, &path, NULL, &error));
    remote = g_dbus_error_get_remote_error(error);
    g_assert_cmpstr(remote, ==, "org.vitrine.Error.WrongState");
}

static inline gboolean is_in_state(Fixture *fixture, const char *name, const char *state)
{
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, name);

    return guest && g_strcmp0(vitrine_guest1_get_state(guest), state) == 0;
}

static inline guint count_files(Fixture *fixture, const char *directory)
{
    g_autofree char *path = g_build_filename(fixture->state, directory, NULL);

    return scratch_count(path);
}

static inline void assert_nothing_left(Fixture *fixture, const char *name)
{
    wait_until(!has_guest(fixture, name));
    g_assert_cmpuint(count_files(fixture, "guests"), ==, 0);
    g_assert_cmpuint(count_files(fixture, "disks"), ==, 0);
    g_assert_cmpuint(count_files(fixture, "files"), ==, 0);
    g_assert_cmpuint(count_files(fixture, "display"), ==, 0);
}

static inline void add(const char *path, void (*test)(Fixture *fixture, gconstpointer pace),
                       const char *pace)
{
    g_test_add(path, Fixture, pace, set_up, test, tear_down);
}
