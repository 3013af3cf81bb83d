/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Supervision of a display server, with shell scripts that behave well and badly in its place. */
#include <string.h>
#include <unistd.h>

#include "display-server.h"
#include "error.h"
#include "scratch.h"

typedef struct {
    char *directory;
    char *log; /* a line for each start of the program */
    DisplayServer *server;
    guint ready;
    guint changes;
    GError *error;
    gboolean available;
    gboolean given_up;
    DisplayDevices devices;
    ScreenPlaces places; /* strings are borrowed */
    GString *said;
} Fixture;

static const ScreenPlaces no_places = {0};
static const DisplayDevices no_devices = {.monitors = ""};

static void on_ready(const GError *error, gpointer data)
{
    Fixture *fixture = data;

    fixture->ready++;
    fixture->error = error ? g_error_copy(error) : NULL;
}

static void on_changed(gboolean available, const char *problem, gpointer data)
{
    Fixture *fixture = data;

    fixture->changes++;
    fixture->given_up |= problem != NULL;
    fixture->available = available;
}

static void on_message(const char *text, gpointer data)
{
    Fixture *fixture = data;

    g_string_append_printf(fixture->said, "%s\n", text);
}

static void set_up(Fixture *fixture, const char *script)
{
    g_autofree char *program = NULL;
    g_autofree char *socket = NULL;
    g_autofree char *text = NULL;

    fixture->directory = scratch_new();
    fixture->log = g_build_filename(fixture->directory, "log", NULL);
    program = g_build_filename(fixture->directory, "program", NULL);
    socket = g_build_filename(fixture->directory, "socket", NULL);
    text = g_strdup_printf("#!/bin/sh\necho \"$*\" >> %s\n%s\n", fixture->log, script);
    scratch_write(program, text, -1);
    g_chmod(program, 0755);
    fixture->devices.monitors = "1280x800;1024x768";
    fixture->server = display_server_new(program, 7, "desk", socket, &fixture->devices,
                                         &fixture->places, on_message);
    display_server_start(fixture->server, on_ready, on_changed, fixture);
}

static void tear_down(Fixture *fixture)
{
    display_server_stop(fixture->server);
    g_assert_finalize_object(fixture->server);
    g_clear_error(&fixture->error);
    g_free(fixture->log);
    scratch_free(fixture->directory);
}

static guint starts(Fixture *fixture)
{
    g_autofree char *text = NULL;
    guint lines = 0;

    if (!g_file_get_contents(fixture->log, &text, NULL, NULL))
        return 0;
    for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    return lines;
}

#define wait_until(condition)                                             \
    do {                                                                  \
        gint64 give_up_at = g_get_monotonic_time() + 20 * G_USEC_PER_SEC; \
        while (!(condition)) {                                            \
            g_assert_cmpint(g_get_monotonic_time(), <, give_up_at);       \
            g_main_context_iteration(NULL, FALSE);                        \
            g_usleep(1000);                                               \
        }                                                                 \
    } while (0)

static void test_ready(void)
{
    Fixture fixture = {
        .devices = {.touch = {.said = TRUE, .contacts = 5}, .restored = TRUE},
    };
    g_autofree char *arguments = NULL;
    g_autofree char *expected = NULL;

    set_up(&fixture, "echo starting; echo ready; exec sleep 100");
    wait_until(fixture.ready);
    g_assert_no_error(fixture.error);
    g_assert_true(fixture.available);
    g_assert_true(display_server_is_available(fixture.server));
    g_file_get_contents(fixture.log, &arguments, NULL, NULL);
    expected = g_strdup_printf("--domid 7 --name desk --vnc-socket %s/socket --spice-socket "
                               "%s/socket.spice --local-socket %s/socket.local "
                               "--keep %s/socket.keep --monitors 1280x800,1024x768 "
                               "--contacts 5 --restored%s\n",
                               fixture.directory, fixture.directory, fixture.directory,
                               fixture.directory, getuid() == 0 ? " --uid 1900000007" : "");
    g_assert_cmpstr(arguments, ==, expected);
    tear_down(&fixture);
}

/* What it is told in secret is told again when it is started again; what it says is heard. */
static void test_places(void)
{
    Fixture fixture = {
        .places = {(char *)"127.0.0.1:5900-5999", (char *)"one two", NULL, (char *)"[::1]:6000",
                   (char *)"three"},
        .said = g_string_new(NULL),
    };
    g_autofree char *arguments = NULL;

    set_up(&fixture, "read -r first; read -r second; echo ready; echo \"$first/$second/$(cat)\"\n"
                     "[ $(wc -l < \"${0%program}log\") -gt 1 ] || exit 1\nexec sleep 100");
    wait_until(fixture.ready);
    g_assert_no_error(fixture.error);
    wait_until(strcmp(fixture.said->str, "vnc one two/spice three/\n"
                                         "vnc one two/spice three/\n") == 0);
    g_file_get_contents(fixture.log, &arguments, NULL, NULL);
    g_assert_nonnull(strstr(arguments, " --vnc-listen 127.0.0.1:5900-5999 --spice-tls-listen "
                                       "[::1]:6000 --tls-directory /etc/vitrine/tls "
                                       "--passwords 0\n"));
    g_assert_null(strstr(arguments, "two"));
    tear_down(&fixture);
    g_string_free(fixture.said, TRUE);
}

static void test_never_ready(void)
{
    Fixture fixture = {0};

    set_up(&fixture, "exit 3");
    wait_until(fixture.ready);
    g_assert_error(fixture.error, SERVICE_ERROR, SERVICE_ERROR_NO_DISPLAY);
    g_assert_nonnull(strstr(fixture.error->message, "status 3"));
    g_assert_false(fixture.available);
    /* Who waited for it gives up: it is not tried again. */
    g_usleep(1500000);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmpuint(starts(&fixture), ==, 1);
    tear_down(&fixture);
}

static void test_no_program(void)
{
    DisplayServer *server = display_server_new("/nowhere/at/all", 1, "desk", "/nowhere/socket",
                                               &no_devices, &no_places, NULL);
    Fixture fixture = {0};

    display_server_start(server, on_ready, on_changed, &fixture);
    g_assert_cmpuint(fixture.ready, ==, 1);
    g_assert_nonnull(fixture.error);
    g_clear_error(&fixture.error);
    g_assert_finalize_object(server);
}

/* The first process says that it is ready, and ends by END once that has been heard: had it ended
 * before, it would be one that never was ready. Those after it do what THEN says. */
#define READY_THEN(end, then)                                \
    "here=${0%program}\n"                                    \
    "[ $(wc -l < \"${here}log\") -eq 1 ] || { " then "; }\n" \
    "echo ready; until [ -e \"${here}heard\" ]; do sleep 0.02; done; " end

static void wait_until_heard(Fixture *fixture)
{
    g_autofree char *heard = g_build_filename(fixture->directory, "heard", NULL);

    wait_until(fixture->ready);
    g_assert_no_error(fixture->error);
    scratch_write(heard, "", 0);
}

static void test_restart(void)
{
    Fixture fixture = {0};

    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*signal 9*Starting it again.");
    set_up(&fixture, READY_THEN("kill -9 $$", "echo ready; exec sleep 100"));
    wait_until_heard(&fixture);
    wait_until(fixture.changes >= 2);
    wait_until(fixture.available && starts(&fixture) == 2);
    g_test_assert_expected_messages();
    g_assert_cmpuint(fixture.ready, ==, 1);
    tear_down(&fixture);
}

/* One that dies again and again is not started for ever, and that is told. */
static void test_given_up(void)
{
    Fixture fixture = {0};
    /* The pauses between the starts add up to half a minute. */
    gint64 end = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;

    g_log_set_always_fatal(G_LOG_LEVEL_ERROR);
    set_up(&fixture, READY_THEN("exit 1", "exit 1"));
    wait_until_heard(&fixture);
    while (!fixture.given_up && g_get_monotonic_time() < end) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    g_assert_true(fixture.given_up);
    g_assert_false(fixture.available);
    g_assert_cmpuint(starts(&fixture), ==, 6);
    tear_down(&fixture);
}

/* A socket that nobody listens on is a sentence, not a hang. */
static void test_no_listener(void)
{
    Fixture fixture = {0};
    g_autoptr(GError) error = NULL;

    set_up(&fixture, "echo ready; exec sleep 100");
    wait_until(fixture.ready);
    g_assert_cmpint(display_server_connect(fixture.server, DISPLAY_VNC, &error), <, 0);
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISPLAY);
    tear_down(&fixture);
}

/* Listens at all sockets, and tells whoever comes which one it was. */
#define ALL_SOCKETS                                                               \
    "exec python3 -c 'import socket, sys, time\n"                                 \
    "def listen(path):\n"                                                         \
    "    s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen(); return s\n" \
    "all = [listen(path) for path in sys.argv[1:]]\n"                             \
    "print(\"ready\", flush=True)\n"                                              \
    "all[0].accept()[0].send(b\"V\")\n"                                           \
    "all[1].accept()[0].send(b\"S\")\n"                                           \
    "all[2].accept()[0].send(b\"L\")\n"                                           \
    "time.sleep(100)' \"$6\" \"$8\" \"${10}\""

static char greeting_of(Fixture *fixture, DisplayProtocol protocol)
{
    g_autoptr(GError) error = NULL;
    int fd = display_server_connect(fixture->server, protocol, &error);
    char greeting = 0;

    g_assert_no_error(error);
    g_assert_cmpint(read(fd, &greeting, 1), ==, 1);
    close(fd);
    return greeting;
}

static void test_protocols(void)
{
    Fixture fixture = {0};
    g_autofree char *spice = NULL;
    g_autofree char *local = NULL;
    DisplayProtocol protocol;

    g_assert_true(display_protocol_parse("vnc", &protocol) && protocol == DISPLAY_VNC);
    g_assert_true(display_protocol_parse("spice", &protocol) && protocol == DISPLAY_SPICE);
    g_assert_true(display_protocol_parse("local", &protocol) && protocol == DISPLAY_LOCAL);
    g_assert_false(display_protocol_parse("", &protocol));
    g_assert_false(display_protocol_parse("VNC", &protocol));
    set_up(&fixture, ALL_SOCKETS);
    wait_until(fixture.ready);
    g_assert_cmpint(greeting_of(&fixture, DISPLAY_VNC), ==, 'V');
    g_assert_cmpint(greeting_of(&fixture, DISPLAY_SPICE), ==, 'S');
    g_assert_cmpint(greeting_of(&fixture, DISPLAY_LOCAL), ==, 'L');
    local = g_build_filename(fixture.directory, "socket.local", NULL);
    g_assert_true(g_file_test(local, G_FILE_TEST_EXISTS));
    spice = g_build_filename(fixture.directory, "socket.spice", NULL);
    g_assert_true(g_file_test(spice, G_FILE_TEST_EXISTS));
    display_server_stop(fixture.server);
    g_assert_false(g_file_test(spice, G_FILE_TEST_EXISTS));
    g_assert_false(g_file_test(local, G_FILE_TEST_EXISTS));
    tear_down(&fixture);
}

/* Nor is one that listens and never accepts. */
static void test_not_accepting(void)
{
    Fixture fixture = {0};
    g_autoptr(GError) error = NULL;
    int fds[256];
    guint count = 0;

    set_up(&fixture,
           "exec python3 -c 'import socket, sys, time; s = socket.socket(socket.AF_UNIX); "
           "s.bind(sys.argv[1]); s.listen(1); print(\"ready\", flush=True); "
           "time.sleep(100)' \"$6\"");
    wait_until(fixture.ready);
    g_assert_no_error(fixture.error);
    while (count < G_N_ELEMENTS(fds) &&
           (fds[count] = display_server_connect(fixture.server, DISPLAY_VNC, &error)) >= 0)
        count++;
    g_assert_cmpuint(count, >, 0);
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_NO_DISPLAY);
    while (count-- > 0)
        close(fds[count]);
    tear_down(&fixture);
}

/* Whether a process still runs: it is there, and no zombie. */
static gboolean lives(const char *pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/stat", pid);
    g_autofree char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) && strstr(text, ") Z ") == NULL;
}

/* When it has been stopped it is gone, and makes no socket any more. */
static void test_stopped_is_gone(void)
{
    for (guint i = 0; i < 20; i++) {
        Fixture fixture = {0};
        g_autofree char *path = NULL;
        g_autofree char *pid = NULL;

        set_up(&fixture, "echo $$ > \"${0%program}pid\"; echo ready; while :; do :; done");
        wait_until(fixture.ready);
        path = g_build_filename(fixture.directory, "pid", NULL);
        g_assert_true(g_file_get_contents(path, &pid, NULL, NULL));
        g_strchomp(pid);
        g_assert_true(lives(pid));
        display_server_stop(fixture.server);
        g_assert_false(lives(pid));
        tear_down(&fixture);
    }
}

static void test_stop_while_starting(void)
{
    Fixture fixture = {0};

    set_up(&fixture, "exec sleep 100");
    wait_until(starts(&fixture) == 1);
    display_server_stop(fixture.server);
    g_usleep(100000);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    g_assert_cmpuint(fixture.ready, ==, 0);
    g_assert_cmpuint(fixture.changes, ==, 0);
    tear_down(&fixture);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/display-server/protocols", test_protocols);
    g_test_add_func("/display-server/ready", test_ready);
    g_test_add_func("/display-server/places", test_places);
    g_test_add_func("/display-server/never-ready", test_never_ready);
    g_test_add_func("/display-server/no-program", test_no_program);
    g_test_add_func("/display-server/restart", test_restart);
    g_test_add_func("/display-server/given-up", test_given_up);
    g_test_add_func("/display-server/no-listener", test_no_listener);
    g_test_add_func("/display-server/not-accepting", test_not_accepting);
    g_test_add_func("/display-server/stopped-is-gone", test_stopped_is_gone);
    g_test_add_func("/display-server/stop-while-starting", test_stop_while_starting);
    return g_test_run();
}
