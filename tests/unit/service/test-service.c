/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole service, as a client sees it: a process of its own on a private bus, with a simulated
 * machine. Arguments: the service, the stand-in display server. */
#include "service-harness.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <sys/socket.h>
#include <sys/un.h>

static void test_life(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "debian-12-desktop", "desk", "succeeded");
    g_autoptr(VitrineGuest1) guest = NULL;

    wait_until(is_in_state(fixture, "desk", "running"));
    guest = find_guest(fixture, "desk");
    wait_until(vitrine_guest1_get_domid(guest) > 0);
    wait_until(vitrine_guest1_get_memory_used(guest) == G_GUINT64_CONSTANT(1) << 30);
    g_assert_true(vitrine_guest1_get_has_display(guest));
    g_assert_cmpstr(vitrine_guest1_get_template(guest), ==, "debian-12-desktop");
    g_assert_cmpuint(count_files(fixture, "guests"), ==, 2);
    refuse_job(fixture, "desk", vitrine_guest1_call_start_sync);
    refuse_job(fixture, "desk", vitrine_guest1_call_delete_sync);
    do_job(fixture, "desk", vitrine_guest1_call_reboot_sync);
    wait_until(is_in_state(fixture, "desk", "running"));
    do_job(fixture, "desk", vitrine_guest1_call_shutdown_sync);
    wait_until(is_in_state(fixture, "desk", "stopped"));
    wait_until(vitrine_guest1_get_domid(guest) == -1);
    g_assert_false(vitrine_guest1_get_has_display(guest));
    refuse_job(fixture, "desk", vitrine_guest1_call_shutdown_sync);
    refuse_job(fixture, "desk", vitrine_guest1_call_force_off_sync);
    do_job(fixture, "desk", vitrine_guest1_call_start_sync);
    do_job(fixture, "desk", vitrine_guest1_call_force_off_sync);
    do_job(fixture, "desk", vitrine_guest1_call_delete_sync);
    assert_nothing_left(fixture, "desk");
}

static const struct {
    const char *template;
    const char *name;
    const char *error;
} refusals[] = {
    {"debian-12-desktop", "", "org.vitrine.Error.InvalidName"},
    {"debian-12-desktop", "a/b", "org.vitrine.Error.InvalidName"},
    {"debian-12-desktop", "../x", "org.vitrine.Error.InvalidName"},
    {"debian-12-desktop", "Domain-0", "org.vitrine.Error.NameTaken"},
    {"nonsense", "g", "org.vitrine.Error.UnknownTemplate"},
    {"../templates/debian-12-desktop", "g", "org.vitrine.Error.UnknownTemplate"},
    {"broken", "g", "org.vitrine.Error.TemplateBroken"},
};

static void test_refusals(Fixture *fixture, gconstpointer pace)
{
    for (guint i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *remote = NULL;

        g_assert_null(begin_create(fixture, refusals[i].template, refusals[i].name, &error));
        remote = g_dbus_error_get_remote_error(error);
        g_test_message("%s", error->message);
        g_assert_cmpstr(remote, ==, refusals[i].error);
    }
    assert_nothing_left(fixture, "g");
}

static const struct {
    const char *options;
    const char *error;
} bad_options[] = {
    {"{'memory': <uint64 1>}", "org.vitrine.Error.InvalidOption"},
    {"{'memory': <'lots'>}", "org.vitrine.Error.InvalidOption"},
    {"{'memory': <uint64 18446744073709551615>}", "org.vitrine.Error.NoMemory"},
    {"{'vcpus': <uint32 0>}", "org.vitrine.Error.InvalidOption"},
    {"{'vcpus': <uint32 4000000000>}", "org.vitrine.Error.InvalidOption"},
    {"{'color': <'red\"'>}", "org.vitrine.Error.InvalidOption"},
    {"{'colour': <'#112233'>}", "org.vitrine.Error.InvalidOption"},
};

static void test_options(Fixture *fixture, gconstpointer pace)
{
    for (guint i = 0; i < G_N_ELEMENTS(bad_options); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *remote = NULL;
        g_autofree char *path = NULL;
        GVariant *options = g_variant_new_parsed(bad_options[i].options);

        g_assert_false(vitrine_manager1_call_create_sync(fixture->manager, "debian-12-minimal", "g",
                                                         options, AS_USUAL, &path, NULL, &error));
        remote = g_dbus_error_get_remote_error(error);
        g_assert_cmpstr(remote, ==, bad_options[i].error);
    }
    assert_nothing_left(fixture, "g");
}

static void test_good_options(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *sentence = NULL;

    vitrine_manager1_call_create_sync(
        fixture->manager, "debian-12-minimal", "g",
        g_variant_new_parsed("{'memory': <uint64 134217728>, 'vcpus': <uint32 3>, "
                             "'color': <'#a0b0c0'>, 'start': <false>}"),
        AS_USUAL, &path, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, path, "succeeded");
    wait_until(is_in_state(fixture, "g", "stopped"));
    guest = find_guest(fixture, "g");
    g_assert_cmpuint(vitrine_guest1_get_memory(guest), ==, 134217728);
    g_assert_cmpuint(vitrine_guest1_get_vcpus(guest), ==, 3);
    g_assert_cmpstr(vitrine_guest1_get_color(guest), ==, "#a0b0c0");
}

static void test_name_taken(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "debian-12-minimal", "g", "succeeded");
    g_autoptr(GError) error = NULL;
    g_autofree char *remote = NULL;
    g_autofree char *suggested = NULL;

    g_assert_null(begin_create(fixture, "debian-12-minimal", "g", &error));
    remote = g_dbus_error_get_remote_error(error);
    g_assert_cmpstr(remote, ==, "org.vitrine.Error.NameTaken");
    g_assert_true(is_in_state(fixture, "g", "running"));
    vitrine_manager1_call_suggest_name_sync(fixture->manager, "g", AS_USUAL, &suggested, NULL,
                                            NULL);
    g_assert_cmpstr(suggested, ==, "g-2");
}

static void test_no_memory(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *first = create(fixture, "big", "a", "succeeded");
    g_autofree char *second = create(fixture, "big", "b", "failed");

    g_assert_nonnull(strstr(second, "Not enough memory"));
    g_assert_nonnull(strstr(second, "3288 MiB"));
    wait_until(!has_guest(fixture, "b"));
    g_assert_cmpuint(count_files(fixture, "disks"), ==, 1);
}

static void test_unbuildable(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "unbuildable", "g", "failed");

    g_assert_nonnull(strstr(sentence, "can't be built"));
    assert_nothing_left(fixture, "g");
}

static void test_vanishing(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "vanishing", "g", "failed");

    g_assert_nonnull(strstr(sentence, "destroyed from outside"));
    assert_nothing_left(fixture, "g");
}

static void test_crash(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "crashing", "g", "succeeded");
    g_autoptr(VitrineGuest1) guest = NULL;

    wait_until(is_in_state(fixture, "g", "crashed"));
    guest = find_guest(fixture, "g");
    g_assert_nonnull(strstr(vitrine_guest1_get_problem(guest), "Kernel panic"));
    g_assert_cmpint(vitrine_guest1_get_domid(guest), ==, -1);
    do_job(fixture, "g", vitrine_guest1_call_delete_sync);
    assert_nothing_left(fixture, "g");
}

/* The same at a start: the guest stays, stopped, and shows why. */
static void test_no_memory_at_start(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *first = create(fixture, "big", "a", "succeeded");
    g_autofree char *path = NULL;
    g_autofree char *job = NULL;
    g_autofree char *sentence = NULL;
    g_autofree char *made = NULL;
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;

    vitrine_manager1_call_create_sync(fixture->manager, "big", "b",
                                      g_variant_new_parsed("{'start': <false>}"), AS_USUAL, &path,
                                      NULL, &error);
    g_assert_no_error(error);
    made = end_of_job(fixture, path, "succeeded");
    wait_until((guest = find_guest(fixture, "b")) != NULL);
    wait_until(is_in_state(fixture, "b", "stopped"));
    vitrine_guest1_call_start_sync(guest, AS_USUAL, &job, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "failed");
    g_assert_true(is_in_state(fixture, "b", "stopped"));
    g_assert_cmpstr(vitrine_guest1_get_problem(guest), ==, sentence);
    g_assert_cmpint(vitrine_guest1_get_domid(guest), ==, -1);
}

/* It stopped while the job that started it was not over yet. */
static void test_instant(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "instant", "g", "succeeded");

    wait_until(is_in_state(fixture, "g", "stopped"));
    g_assert_cmpuint(count_files(fixture, "display"), ==, 0);
}

static void test_self_stopping(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "self-stopping", "g", "succeeded");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "g");

    wait_until(is_in_state(fixture, "g", "stopped"));
    g_assert_cmpstr(vitrine_guest1_get_problem(guest), ==, "");
}

/* Force Off must not have to wait for a guest that does not listen. */
static void test_deaf(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "deaf", "g", "succeeded");
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(VitrineJob1) job = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;

    wait_until(is_in_state(fixture, "g", "running"));
    guest = find_guest(fixture, "g");
    vitrine_guest1_call_shutdown_sync(guest, AS_USUAL, &path, NULL, &error);
    g_assert_no_error(error);
    job = wait_for_job_object(fixture, path);
    wait_until(g_str_has_prefix(vitrine_job1_get_phase(job), "Waiting"));
    refuse_job(fixture, "g", vitrine_guest1_call_reboot_sync);
    do_job(fixture, "g", vitrine_guest1_call_force_off_sync);
    wait_until(strcmp(vitrine_job1_get_state(job), "cancelled") == 0);
    wait_until(is_in_state(fixture, "g", "stopped"));
}

/* Cancels a create in the phase that begins with each of these. */
static const char *const phases[] = {"Copying", "Building", "Connecting"};

static void cancel_in_phase(Fixture *fixture, const char *phase)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = begin_create(fixture, "debian-12-minimal", "g", &error);
    g_autoptr(VitrineJob1) job = NULL;
    g_autofree char *sentence = NULL;

    g_assert_no_error(error);
    job = wait_for_job_object(fixture, path);
    wait_until(g_str_has_prefix(vitrine_job1_get_phase(job), phase));
    vitrine_job1_call_cancel_sync(job, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, path, "cancelled");
    assert_nothing_left(fixture, "g");
    g_assert_false(vitrine_job1_call_cancel_sync(job, AS_USUAL, NULL, NULL));
}

static void test_cancel(Fixture *fixture, gconstpointer pace)
{
    for (guint i = 0; i < G_N_ELEMENTS(phases); i++)
        cancel_in_phase(fixture, phases[i]);
    /* And the name is free again. */
    g_free(create(fixture, "debian-12-minimal", "g", "succeeded"));
}

/* Building one guest, ten seconds long here, holds up nothing else. */
static void test_busy(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *first = g_build_filename(fixture->state, "guests", "first.cfg", NULL);
    g_autofree char *second = g_build_filename(fixture->state, "guests", "second.cfg", NULL);
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(VitrineJob1) job = NULL;
    g_autofree char *path = NULL;
    g_autofree char *sentence = NULL;
    gint64 begun;

    scratch_write(first, "name = 'first'\n", -1);
    wait_until((guest = find_guest(fixture, "first")) != NULL);
    vitrine_guest1_call_start_sync(guest, AS_USUAL, &path, NULL, NULL);
    job = wait_for_job_object(fixture, path);
    wait_until(g_str_has_prefix(vitrine_job1_get_phase(job), "Building"));
    begun = g_get_monotonic_time();
    scratch_write(second, "name = 'second'\n", -1);
    wait_until(has_guest(fixture, "second"));
    g_assert_cmpint(g_get_monotonic_time() - begun, <, 8 * G_USEC_PER_SEC);
    vitrine_job1_call_cancel_sync(job, AS_USUAL, NULL, NULL);
    sentence = end_of_job(fixture, path, "cancelled");
}

static void test_pause(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "debian-12-minimal", "g", "succeeded");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "g");
    g_autoptr(GError) error = NULL;

    wait_until(is_in_state(fixture, "g", "running"));
    g_assert_false(vitrine_guest1_call_unpause_sync(guest, AS_USUAL, NULL, NULL));
    vitrine_guest1_call_pause_sync(guest, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    wait_until(is_in_state(fixture, "g", "paused"));
    vitrine_guest1_call_unpause_sync(guest, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    wait_until(is_in_state(fixture, "g", "running"));
    /* A paused guest hears a request to shut down all the same. */
    vitrine_guest1_call_pause_sync(guest, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    do_job(fixture, "g", vitrine_guest1_call_shutdown_sync);
}

static int open_display(VitrineGuest1 *guest, const char *protocol, GError **error)
{
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GVariant) handle = NULL;

    if (!vitrine_guest1_call_open_display_sync(guest, protocol, AS_USUAL, NULL, &handle, &fds, NULL,
                                               error))
        return -1;
    return g_unix_fd_list_get(fds, g_variant_get_handle(handle), error);
}

static void assert_refused(VitrineGuest1 *guest, const char *protocol, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *remote = NULL;

    g_assert_cmpint(open_display(guest, protocol, &error), ==, -1);
    remote = g_dbus_error_get_remote_error(error);
    g_assert_cmpstr(remote, ==, expected);
}

static void test_display(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "debian-12-minimal", "g", "succeeded");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "g");
    g_autoptr(GError) error = NULL;
    char greeting[12];
    int fd;

    wait_until(vitrine_guest1_get_has_display(guest));
    fd = open_display(guest, "vnc", &error);
    g_assert_no_error(error);
    g_assert_cmpint(read(fd, greeting, sizeof greeting), ==, sizeof greeting);
    g_assert_cmpmem(greeting, 4, "RFB ", 4);
    close(fd);
    /* The simulated display server is as one of before: viewers are to try something else. */
    assert_refused(guest, "spice", "org.vitrine.Error.NoDisplay");
    assert_refused(guest, "local", "org.vitrine.Error.NoDisplay");
    assert_refused(guest, "rdp", "org.vitrine.Error.Unsupported");
    do_job(fixture, "g", vitrine_guest1_call_shutdown_sync);
    g_assert_cmpint(open_display(guest, "vnc", NULL), ==, -1);
}

/* A back end that says where it is to play, and for whom. */
#define BACK_END                              \
    "#!/bin/sh\n"                             \
    "here=${0%/*}\n"                          \
    "echo $PULSE_SERVER $* >> $here/sounds\n" \
    "echo $$ > $here/pid.part && mv $here/pid.part $here/pid; echo ready; exec sleep 100"

/* The process of the back end that was started last, once there is another than BEFORE. */
static pid_t back_end(Fixture *fixture, pid_t before)
{
    g_autofree char *path = g_build_filename(fixture->state, "pid", NULL);
    gint64 end = g_get_monotonic_time() + 20 * G_USEC_PER_SEC;
    pid_t pid = before;

    while (pid == before && g_get_monotonic_time() < end) {
        g_autofree char *text = NULL;

        if (g_file_get_contents(path, &text, NULL, NULL))
            pid = (pid_t)g_ascii_strtoull(text, NULL, 10);
        g_usleep(10000);
    }
    g_assert_cmpint(pid, !=, before);
    return pid;
}

static void start_with_sound(Fixture *fixture)
{
    fixture->sound_program = g_build_filename(fixture->state, "back-end", NULL);
    scratch_write(fixture->sound_program, BACK_END, -1);
    g_chmod(fixture->sound_program, 0755);
    stop_service(fixture);
    start_service(fixture, "5");
}

/* One back end for each domain: started with it, again when it has died, by the next service too.
 */
static void test_sound(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *log = g_build_filename(fixture->state, "sounds", NULL);
    g_autofree char *sentence = NULL;
    g_autofree char *text = NULL;
    pid_t first, second, third;

    start_with_sound(fixture);
    sentence = create(fixture, "debian-12-minimal", "g", "succeeded");
    first = back_end(fixture, 0);
    g_assert_true(g_file_get_contents(log, &text, NULL, NULL));
    g_assert_true(g_str_has_prefix(text, "unix:/run/sound --domid "));
    g_assert_true(g_str_has_suffix(text, " --name g\n"));
    kill(first, SIGKILL);
    second = back_end(fixture, first);
    do_job(fixture, "g", vitrine_guest1_call_reboot_sync);
    third = back_end(fixture, second);
    g_assert_cmpint(kill(second, 0), ==, -1);
    do_job(fixture, "g", vitrine_guest1_call_force_off_sync);
    g_assert_cmpint(kill(third, 0), ==, -1);
}

static int open_console(VitrineGuest1 *guest, char **history, GError **error)
{
    g_autoptr(GUnixFDList) fds = NULL;
    g_autoptr(GVariant) handle = NULL;

    if (!vitrine_guest1_call_open_console_sync(guest, AS_USUAL, NULL, &handle, history, &fds, NULL,
                                               error))
        return -1;
    return g_unix_fd_list_get(fds, g_variant_get_handle(handle), error);
}

/* Reads LENGTH bytes that come in the end; FALSE at the end of the stream. */
static gboolean read_all(int fd, char *buffer, gsize length)
{
    gsize done = 0;
    ssize_t got = 1;

    wait_until((got = read(fd, buffer + done, length - done)) == 0 ||
               (got < 0 && errno != EAGAIN) || (done += (gsize)MAX(got, 0)) == length);
    return got > 0;
}

static void assert_console_refused(VitrineGuest1 *guest, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *history = NULL;
    g_autofree char *remote = NULL;

    g_assert_cmpint(open_console(guest, &history, &error), ==, -1);
    remote = g_dbus_error_get_remote_error(error);
    g_assert_cmpstr(remote, ==, name);
}

static void test_console(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "debian-12-minimal", "g", "succeeded");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "g");
    g_autoptr(GError) error = NULL;
    g_autofree char *history = NULL, *nothing = NULL, *log = NULL;
    char answer[4];
    int fd, other;

    fd = open_console(guest, &history, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(history, ==, "g, simulated\r\n");
    g_assert_true(isatty(fd));
    g_assert_cmpint(write(fd, "ls\r", 3), ==, 3);
    g_assert_true(read_all(fd, answer, 4));
    g_assert_cmpmem(answer, 4, "ls\r\n", 4);
    other = open_console(guest, &nothing, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(nothing, ==, "");
    close(other);
    do_job(fixture, "g", vitrine_guest1_call_force_off_sync);
    g_assert_false(read_all(fd, answer, 1)); /* it has hung up */
    close(fd);
    assert_console_refused(guest, "org.vitrine.Error.WrongState");
    g_assert_true(vitrine_guest1_call_read_console_log_sync(guest, AS_USUAL, &log, NULL, &error));
    g_assert_cmpstr(log, ==, "g, simulated\r\n");
    do_job(fixture, "g", vitrine_guest1_call_start_sync);
    g_clear_pointer(&history, g_free);
    fd = open_console(guest, &history, &error);
    g_assert_no_error(error);
    close(fd);
}

static void test_no_console(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "mute", "g", "succeeded");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "g");

    assert_console_refused(guest, "org.vitrine.Error.NoConsole");
}

static char *iso_path(Fixture *fixture, const char *name)
{
    return g_build_filename(fixture->state, "iso", name, NULL);
}

static void add_iso(Fixture *fixture, const char *name)
{
    g_autofree char *path = iso_path(fixture, name);

    scratch_write_image(path, "CD001");
}

static char *create_with(Fixture *fixture, const char *template, const char *options,
                         GError **error)
{
    char *path = NULL;

    vitrine_manager1_call_create_sync(fixture->manager, template, "pc",
                                      g_variant_new_parsed(options), AS_USUAL, &path, NULL, error);
    return path;
}

/* A guest from the image a.iso, which runs. */
static VitrineGuest1 *create_pc(Fixture *fixture)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *sentence = NULL;

    add_iso(fixture, "a.iso");
    path = create_with(fixture, "", "{'iso': <'a.iso'>, 'disk-size': <uint64 134217728>}", &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, path, "succeeded");
    wait_until(is_in_state(fixture, "pc", "running"));
    return find_guest(fixture, "pc");
}

static void test_iso(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = create_pc(fixture);
    g_autofree char *iso = iso_path(fixture, "a.iso");
    g_autofree char *disk = g_build_filename(fixture->state, "disks", "pc.img", NULL);
    g_autofree char *config = NULL;
    GStatBuf st;

    g_assert_cmpstr(vitrine_guest1_get_kind(guest), ==, "hvm");
    g_assert_cmpstr(vitrine_guest1_get_template(guest), ==, "");
    wait_until(g_strcmp0(vitrine_guest1_get_iso(guest), iso) == 0);
    g_assert_cmpuint(vitrine_guest1_get_memory(guest), ==, G_GUINT64_CONSTANT(2) << 30);
    g_assert_cmpint(g_stat(disk, &st), ==, 0);
    g_assert_cmpint(st.st_size, ==, 134217728);
    g_assert_true(g_file_get_contents(vitrine_guest1_get_config_path(guest), &config, NULL, NULL));
    g_assert_nonnull(strstr(config, "type = \"hvm\""));
    do_job(fixture, "pc", vitrine_guest1_call_force_off_sync);
    do_job(fixture, "pc", vitrine_guest1_call_delete_sync);
    assert_nothing_left(fixture, "pc");
    g_assert_true(g_file_test(iso, G_FILE_TEST_EXISTS));
}

/* The simulated QEMU takes connections, and no display server is there. */
static void test_iso_display(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = create_pc(fixture);
    g_autofree char *socket = g_build_filename(fixture->state, "display", "pc-qemu.vnc", NULL);
    g_autoptr(GError) error = NULL;
    int fd;

    wait_until(vitrine_guest1_get_has_display(guest));
    g_assert_cmpstr(vitrine_guest1_get_problem(guest), ==, "");
    g_assert_cmpuint(count_files(fixture, "display"), ==, 1);
    fd = open_display(guest, "vnc", &error);
    g_assert_no_error(error);
    g_assert_cmpint(fd, >=, 0);
    close(fd);
    assert_refused(guest, "spice", "org.vitrine.Error.Unsupported");
    assert_refused(guest, "local", "org.vitrine.Error.Unsupported");
    g_assert_cmpint(g_unlink(socket), ==, 0);
    wait_until(!vitrine_guest1_get_has_display(guest));
    do_job(fixture, "pc", vitrine_guest1_call_reboot_sync);
    wait_until(vitrine_guest1_get_has_display(guest));
    do_job(fixture, "pc", vitrine_guest1_call_shutdown_sync);
    wait_until(!vitrine_guest1_get_has_display(guest));
    g_assert_cmpint(open_display(guest, "vnc", NULL), ==, -1);
}

/* That is where the guest's screen is to be had by SPICE. */
static void assert_served_by_spice(VitrineGuest1 *guest, const char *socket)
{
    struct sockaddr_un peer = {0};
    socklen_t length = sizeof peer;
    g_autoptr(GError) error = NULL;
    int fd;

    wait_until(vitrine_guest1_get_has_display(guest));
    fd = open_display(guest, "spice", &error);
    g_assert_no_error(error);
    g_assert_cmpint(getpeername(fd, (struct sockaddr *)&peer, &length), ==, 0);
    g_assert_cmpstr(peer.sun_path, ==, socket);
    close(fd);
}

/* Adds LINES to the guest's file. */
static void wish(VitrineGuest1 *guest, const char *lines)
{
    const char *path = vitrine_guest1_get_config_path(guest);
    g_autofree char *text = NULL;
    g_autofree char *longer = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    longer = g_strconcat(text, lines, NULL);
    scratch_write(path, longer, -1);
}

/* Its file may want SPICE, on this computer. */
static void test_iso_spice(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *socket = g_build_filename(fixture->state, "display", "pc-screen.spice", NULL);
    g_autoptr(VitrineGuest1) guest = create_pc(fixture);
    g_autofree char *sentence = NULL;

    wish(guest, "spice = 1\n");
    do_job(fixture, "pc", vitrine_guest1_call_reboot_sync);
    assert_served_by_spice(guest, socket);
    do_job(fixture, "pc", vitrine_guest1_call_force_off_sync);
    wish(guest, "spicehost = '0.0.0.0'\n");
    sentence = end_of_method(fixture, "pc", vitrine_guest1_call_start_sync, "failed");
    g_assert_nonnull(strstr(sentence, "spicehost"));
    wait_until(is_in_state(fixture, "pc", "stopped"));
}

static void switch_sound(VitrineGuest1 *guest, gboolean on)
{
    g_autofree char *options = g_strdup_printf("{'sound': <%s>}", on ? "true" : "false");
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_configure_sync(guest, g_variant_new_parsed(options), AS_USUAL, NULL,
                                       &error);
    g_assert_no_error(error);
}

/* A card that QEMU emulates is played by a program of its own, and is there only if it is wanted.
 */
static void test_iso_sound(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *log = g_build_filename(fixture->state, "sounds", NULL);
    g_autofree char *socket = g_build_filename(fixture->state, "display", "pc-qemu.spice", NULL);
    g_autofree char *expected = g_strdup_printf("unix:/run/sound --socket %s --name pc\n", socket);
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autofree char *text = NULL;

    start_with_sound(fixture);
    guest = create_pc(fixture);
    wait_until(strcmp(vitrine_guest1_get_sound_state(guest), "silent") == 0);
    g_assert_true(g_file_get_contents(log, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, expected);
    g_assert_true(g_file_test(socket, G_FILE_TEST_EXISTS));
    /* QEMU has one such server: with the card behind it, it has no say in the screen. */
    wish(guest, "spice = 1\n");
    do_job(fixture, "pc", vitrine_guest1_call_reboot_sync);
    wait_until(strcmp(vitrine_guest1_get_sound_state(guest), "silent") == 0);
    wait_until(vitrine_guest1_get_has_display(guest));
    assert_refused(guest, "spice", "org.vitrine.Error.Unsupported");
    switch_sound(guest, FALSE);
    wait_until(vitrine_guest1_get_needs_restart(guest));
    do_job(fixture, "pc", vitrine_guest1_call_force_off_sync);
    g_assert_true(
        g_file_test(socket, G_FILE_TEST_EXISTS)); /* as a QEMU leaves it that was killed */
    do_job(fixture, "pc", vitrine_guest1_call_start_sync);
    g_assert_false(g_file_test(socket, G_FILE_TEST_EXISTS));
    g_assert_cmpstr(vitrine_guest1_get_sound_state(guest), ==, "none");
    /* The next service is not to look for what a guest that runs has not got. */
    switch_sound(guest, TRUE);
    g_clear_object(&guest);
    stop_service(fixture);
    start_service(fixture, "5");
    guest = find_guest(fixture, "pc");
    do_job(fixture, "pc", vitrine_guest1_call_start_sync);
    wait_until(strcmp(vitrine_guest1_get_sound_state(guest), "silent") == 0);
    do_job(fixture, "pc", vitrine_guest1_call_force_off_sync);
    do_job(fixture, "pc", vitrine_guest1_call_delete_sync);
    g_assert_cmpuint(count_files(fixture, "display"), ==, 0);
}

static const struct {
    const char *template;
    const char *options;
    const char *error;
} bad_isos[] = {
    {"", "@a{sv} {}", "org.vitrine.Error.InvalidOption"},
    {"", "{'iso': <'none.iso'>}", "org.vitrine.Error.InvalidOption"},
    {"", "{'iso': <'../guests'>}", "org.vitrine.Error.InvalidOption"},
    {"", "{'iso': <'a.iso'>, 'kind': <'pv'>}", "org.vitrine.Error.InvalidOption"},
    {"", "{'iso': <'a.iso'>, 'kind': <'vm'>}", "org.vitrine.Error.InvalidOption"},
    {"", "{'iso': <'a.iso'>, 'disk-size': <uint64 1>}", "org.vitrine.Error.InvalidOption"},
    {"", "{'iso': <'a.iso'>, 'disk-size': <uint64 18446744073709551615>}",
     "org.vitrine.Error.InvalidOption"},
    {"debian-12-minimal", "{'iso': <'a.iso'>}", "org.vitrine.Error.InvalidOption"},
    {"debian-12-minimal", "{'disk-size': <uint64 134217728>}", "org.vitrine.Error.InvalidOption"},
};

static void test_bad_isos(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *path = NULL;
    g_autofree char *sentence = NULL;

    add_iso(fixture, "a.iso");
    for (guint i = 0; i < G_N_ELEMENTS(bad_isos); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *remote = NULL;

        g_assert_null(create_with(fixture, bad_isos[i].template, bad_isos[i].options, &error));
        g_test_message("%s", error->message);
        remote = g_dbus_error_get_remote_error(error);
        g_assert_cmpstr(remote, ==, bad_isos[i].error);
    }
    /* Eight terabytes are no nonsense, but there are none here. */
    path =
        create_with(fixture, "", "{'iso': <'a.iso'>, 'disk-size': <uint64 8796093022208>}", NULL);
    sentence = end_of_job(fixture, path, "failed");
    g_assert_nonnull(strstr(sentence, "free"));
    assert_nothing_left(fixture, "pc");
}

static void test_kinds(Fixture *fixture, gconstpointer pace)
{
    const char *const *kinds = vitrine_manager1_get_kinds(fixture->manager);
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *remote = NULL;
    g_autofree char *sentence = NULL;

    g_assert_cmpstrv(kinds, ((const char *const[]){"pv", "pvh", "hvm", NULL}));
    path = create_with(fixture, "debian-12-minimal", "{'kind': <'pvh'>}", &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, path, "succeeded");
    guest = find_guest(fixture, "pc");
    wait_until(g_strcmp0(vitrine_guest1_get_kind(guest), "pvh") == 0);
    /* Its display is ours, as a PV guest's is. */
    wait_until(vitrine_guest1_get_has_display(guest));
    g_assert_false(vitrine_guest1_call_eject_iso_sync(guest, AS_USUAL, NULL, &error));
    remote = g_dbus_error_get_remote_error(error);
    g_assert_cmpstr(remote, ==, "org.vitrine.Error.Unsupported");
}

static void test_pv_only(Fixture *fixture, gconstpointer pace)
{
    static const char *const options[] = {"{'iso': <'a.iso'>}", "{'kind': <'pvh'>}"};
    static const char *const templates[] = {"", "debian-12-minimal"};

    stop_service(fixture);
    fixture->pv_only = TRUE;
    start_service(fixture, "5");
    g_assert_cmpstrv(vitrine_manager1_get_kinds(fixture->manager),
                     ((const char *const[]){"pv", NULL}));
    add_iso(fixture, "a.iso");
    for (guint i = 0; i < G_N_ELEMENTS(options); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *remote = NULL;

        g_assert_null(create_with(fixture, templates[i], options[i], &error));
        remote = g_dbus_error_get_remote_error(error);
        g_assert_cmpstr(remote, ==, "org.vitrine.Error.Unsupported");
        g_assert_nonnull(strstr(error->message, "“pv”"));
    }
    assert_nothing_left(fixture, "pc");
}

static void insert(VitrineGuest1 *guest, const char *iso, const char *expected)
{
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_insert_iso_sync(guest, iso, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    wait_until(g_strcmp0(vitrine_guest1_get_iso(guest), expected) == 0);
}

static void eject(VitrineGuest1 *guest)
{
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_eject_iso_sync(guest, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    wait_until(g_strcmp0(vitrine_guest1_get_iso(guest), "") == 0);
}

static char *contents(VitrineGuest1 *guest)
{
    char *text = NULL;

    g_file_get_contents(vitrine_guest1_get_config_path(guest), &text, NULL, NULL);
    return text;
}

static void test_change_iso(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = create_pc(fixture);
    g_autofree char *other = iso_path(fixture, "b.iso");
    g_autofree char *first = iso_path(fixture, "a.iso");
    g_autofree char *text = NULL;
    g_autofree char *refused = NULL;

    add_iso(fixture, "b.iso");
    insert(guest, other, other);
    eject(guest);
    g_assert_false(vitrine_guest1_call_insert_iso_sync(guest, "none.iso", AS_USUAL, NULL, NULL));
    refused = contents(guest);
    g_assert_nonnull(strstr(refused, "devtype=cdrom,target=\""));
    do_job(fixture, "pc", vitrine_guest1_call_force_off_sync);
    insert(guest, "a.iso", first);
    text = contents(guest);
    g_assert_nonnull(strstr(text, "/iso/a.iso\""));
    do_job(fixture, "pc", vitrine_guest1_call_start_sync);
    g_assert_cmpstr(vitrine_guest1_get_iso(guest), ==, first);
}

static void test_list_isos(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(GVariant) isos = NULL;
    g_autoptr(GVariant) first = NULL;
    g_autofree char *expected = iso_path(fixture, "a.iso");
    g_autoptr(GError) error = NULL;
    const char *path = NULL;

    add_iso(fixture, "a.iso");
    vitrine_manager1_call_list_isos_sync(fixture->manager, AS_USUAL, &isos, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_variant_n_children(isos), ==, 1);
    first = g_variant_get_child_value(isos, 0);
    g_assert_true(g_variant_lookup(first, "path", "&s", &path));
    g_assert_cmpstr(path, ==, expected);
}

/* A file that a person puts in the directory is a guest; taken away, it is none any more. */
static void test_own_file(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *path = g_build_filename(fixture->state, "guests", "own.cfg", NULL);
    g_autoptr(VitrineGuest1) guest = NULL;

    scratch_write(path, "name = 'own'\nmemory = 100\nvcpus = 2\n", -1);
    wait_until(is_in_state(fixture, "own", "stopped"));
    guest = find_guest(fixture, "own");
    g_assert_cmpuint(vitrine_guest1_get_memory(guest), ==, 100 << 20);
    do_job(fixture, "own", vitrine_guest1_call_start_sync);
    wait_until(is_in_state(fixture, "own", "running"));
    g_assert_false(vitrine_guest1_get_has_display(guest));
    g_assert_nonnull(strstr(vitrine_guest1_get_problem(guest), "no screen"));
    do_job(fixture, "own", vitrine_guest1_call_force_off_sync);
    wait_until(*vitrine_guest1_get_problem(guest) == '\0');
    g_unlink(path);
    wait_until(!has_guest(fixture, "own"));
}

/* Where viewers can come to by the words of its file; what can't be had is told, not passed over.
 */
static void test_display_addresses(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *path = g_build_filename(fixture->state, "guests", "own.cfg", NULL);
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autofree char *sentence = NULL;

    scratch_write(path,
                  "name = 'own'\nmemory = 100\nvfb = [ 'vncunused=0,vncpasswd=x' ]\n"
                  "spice = 1\nspiceport = 6000\nspicepasswd = 'y'\n",
                  -1);
    wait_until(is_in_state(fixture, "own", "stopped"));
    guest = find_guest(fixture, "own");
    g_assert_cmpuint(g_strv_length((char **)vitrine_guest1_get_display_addresses(guest)), ==, 0);
    do_job(fixture, "own", vitrine_guest1_call_start_sync);
    wait_until(g_strv_length((char **)vitrine_guest1_get_display_addresses(guest)) == 2);
    g_assert_cmpstr(vitrine_guest1_get_display_addresses(guest)[0], ==, "vnc://127.0.0.1:5900");
    g_assert_cmpstr(vitrine_guest1_get_display_addresses(guest)[1], ==, "spice://127.0.0.1:6000");
    do_job(fixture, "own", vitrine_guest1_call_force_off_sync);
    wait_until(g_strv_length((char **)vitrine_guest1_get_display_addresses(guest)) == 0);
    scratch_write(path, "name = 'own'\nmemory = 100\nvfb = [ 'vnclisten=0.0.0.0' ]\n", -1);
    sentence = end_of_method(fixture, "own", vitrine_guest1_call_start_sync, "failed");
    g_assert_nonnull(strstr(sentence, "without a password"));
    wait_until(is_in_state(fixture, "own", "stopped"));
}

/* Guests outlive the service; a job under way when it is told to end is taken back first. */
static void test_restart(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "debian-12-minimal", "kept", "succeeded");
    g_autofree char *path = begin_create(fixture, "debian-12-minimal", "half", NULL);

    g_assert_nonnull(path);
    stop_service(fixture);
    g_assert_cmpuint(count_files(fixture, "guests"), ==, 2);
    g_assert_cmpuint(count_files(fixture, "disks"), ==, 1);
    start_service(fixture, "5");
    wait_until(is_in_state(fixture, "kept", "stopped"));
    g_assert_false(has_guest(fixture, "half"));
}

static gboolean configure(VitrineGuest1 *guest, const char *options, GError **error)
{
    return vitrine_guest1_call_configure_sync(guest, g_variant_new_parsed(options), AS_USUAL, NULL,
                                              error);
}

static void configure_well(VitrineGuest1 *guest, const char *options)
{
    g_autoptr(GError) error = NULL;

    configure(guest, options, &error);
    g_assert_no_error(error);
}

static char *read_file(Fixture *fixture, const char *name)
{
    g_autofree char *path = g_build_filename(fixture->state, "guests", name, NULL);
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

/* What a person wrote stays, to the byte. */
static void test_configure(Fixture *fixture, gconstpointer pace)
{
    static const char before[] = "# mine\nname = 'own' # the name\nmemory=100;vcpus = 2\n"
                                 "extra = [ 'a',\n# b\n ]\nvif = [ 'bridge=other' ]\n";
    static const char after[] = "# mine\nname = 'own' # the name\nmemory=256;vcpus = 3\n"
                                "extra = [ 'a',\n# b\n ]\nvif = [ ]\n"
                                "cpu_weight = 512\nmaxmem = 512\n";
    g_autofree char *path = g_build_filename(fixture->state, "guests", "own.cfg", NULL);
    g_autofree char *config = NULL;
    g_autofree char *notes = NULL;
    g_autoptr(VitrineGuest1) guest = NULL;

    scratch_write(path, before, -1);
    wait_until(is_in_state(fixture, "own", "stopped"));
    guest = find_guest(fixture, "own");
    g_assert_cmpstr(vitrine_guest1_get_network(guest), ==, "custom");
    configure_well(guest, "{'memory': <uint64 268435456>, 'maximum-memory': <uint64 536870912>, "
                          "'vcpus': <uint32 3>, 'weight': <uint32 512>, 'network': <'none'>, "
                          "'color': <'#a0b0c0'>, 'autostart': <true>}");
    config = read_file(fixture, "own.cfg");
    g_assert_cmpstr(config, ==, after);
    notes = read_file(fixture, "own.ini");
    g_assert_cmpstr(notes, ==, "[guest]\ncolor=#a0b0c0\nautostart=true\n");
    wait_until(vitrine_guest1_get_autostart(guest));
    wait_until(vitrine_guest1_get_memory(guest) == 256 << 20);
    g_assert_cmpuint(vitrine_guest1_get_maximum_memory(guest), ==, 512 << 20);
    g_assert_cmpuint(vitrine_guest1_get_vcpus(guest), ==, 3);
    g_assert_cmpuint(vitrine_guest1_get_weight(guest), ==, 512);
    g_assert_cmpstr(vitrine_guest1_get_network(guest), ==, "none");
    g_assert_cmpstr(vitrine_guest1_get_color(guest), ==, "#a0b0c0");
    g_assert_false(vitrine_guest1_get_needs_restart(guest));
    configure_well(guest, "{'network': <'nat'>}");
    wait_until(strcmp(vitrine_guest1_get_network(guest), "nat") == 0);
}

/* In NAME.ini, as libxl would wait for the back end of a card in NAME.cfg; from the next start on.
 */
static void test_monitors(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "debian-12-minimal", "two", "succeeded");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "two");
    g_autoptr(VitrineGuest1) pc = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *notes = NULL;

    g_assert_cmpuint(g_strv_length((char **)vitrine_guest1_get_monitors(guest)), ==, 0);
    configure_well(guest, "{'monitors': <['1280x800', '640x480']>}");
    notes = read_file(fixture, "two.ini");
    g_assert_nonnull(strstr(notes, "\nmonitors=1280x800;640x480;\n"));
    wait_until(vitrine_guest1_get_needs_restart(guest));
    g_assert_cmpuint(g_strv_length((char **)vitrine_guest1_get_monitors(guest)), ==, 2);
    g_assert_cmpstr(vitrine_guest1_get_monitors(guest)[1], ==, "640x480");
    do_job(fixture, "two", vitrine_guest1_call_reboot_sync);
    wait_until(!vitrine_guest1_get_needs_restart(guest));
    configure_well(guest, "{'monitors': <@as []>}");
    wait_until(vitrine_guest1_get_needs_restart(guest));
    g_assert_cmpuint(g_strv_length((char **)vitrine_guest1_get_monitors(guest)), ==, 0);
    pc = create_pc(fixture);
    g_assert_false(configure(pc, "{'monitors': <['640x480']>}", &error));
    g_assert_nonnull(strstr(error->message, "has one monitor"));
}

static const struct {
    const char *options;
    const char *error;
} bad_settings[] = {
    {"{'color': <'#000000'>, 'memory': <uint64 1>}", "org.vitrine.Error.InvalidOption"},
    {"{'color': <'#000000'>, 'memory': <uint64 18446744073709551615>}",
     "org.vitrine.Error.NoMemory"},
    {"{'color': <'#000000'>, 'vcpus': <uint32 129>}", "org.vitrine.Error.InvalidOption"},
    {"{'vcpus': <uint32 4>, 'maximum-memory': <uint64 67108864>}",
     "org.vitrine.Error.InvalidOption"},
    {"{'vcpus': <uint32 4>, 'network': <'br0'>}", "org.vitrine.Error.InvalidOption"},
    {"{'vcpus': <uint32 4>, 'start': <true>}", "org.vitrine.Error.InvalidOption"},
    {"{'vcpus': <uint32 4>, 'autostart': <'yes'>}", "org.vitrine.Error.InvalidOption"},
};

/* All or nothing; and a file that can't be changed safely is not. */
static void test_bad_settings(Fixture *fixture, gconstpointer pace)
{
    static const char own[] = "name = 'own'\nmemory = 100\nvcpus = 2\n";
    g_autofree char *path = g_build_filename(fixture->state, "guests", "own.cfg", NULL);
    g_autofree char *config = NULL;
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;

    scratch_write(path, own, -1);
    wait_until(is_in_state(fixture, "own", "stopped"));
    guest = find_guest(fixture, "own");
    for (guint i = 0; i < G_N_ELEMENTS(bad_settings); i++) {
        g_autoptr(GError) refusal = NULL;
        g_autofree char *remote = NULL;

        g_test_message("%s", bad_settings[i].options);
        g_assert_false(configure(guest, bad_settings[i].options, &refusal));
        remote = g_dbus_error_get_remote_error(refusal);
        g_assert_cmpstr(remote, ==, bad_settings[i].error);
    }
    config = read_file(fixture, "own.cfg");
    g_assert_cmpstr(config, ==, own);
    scratch_write(path, "name = 'own'\r\nmemory = 100\r\n", -1);
    g_assert_false(configure(guest, "{'vcpus': <uint32 4>, 'color': <'#000000'>}", &error));
    g_assert_nonnull(strstr(error->message, "Line 1 "));
    g_assert_cmpuint(count_files(fixture, "guests"), ==, 1);
}

/* What can be had at once is had at once; the rest is told. */
static void test_configure_running(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "debian-12-minimal", "g", "succeeded");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "g");

    wait_until(is_in_state(fixture, "g", "running"));
    configure_well(guest, "{'color': <'#000000'>, 'weight': <uint32 9>, 'autostart': <true>, "
                          "'memory': <uint64 134217728>}");
    wait_until(vitrine_guest1_get_memory_used(guest) == 128 << 20);
    wait_until(vitrine_guest1_get_weight(guest) == 9);
    g_assert_cmpstr(vitrine_guest1_get_color(guest), ==, "#000000");
    g_assert_false(vitrine_guest1_get_needs_restart(guest));
    /* Back to what it was made with, but not beyond. */
    configure_well(guest, "{'memory': <uint64 268435456>}");
    wait_until(vitrine_guest1_get_memory_used(guest) == 256 << 20);
    g_assert_false(vitrine_guest1_get_needs_restart(guest));
    configure_well(guest, "{'memory': <uint64 536870912>}");
    wait_until(vitrine_guest1_get_needs_restart(guest));
    g_assert_cmpuint(vitrine_guest1_get_memory_used(guest), ==, 256 << 20);
    do_job(fixture, "g", vitrine_guest1_call_reboot_sync);
    wait_until(vitrine_guest1_get_memory_used(guest) == 512 << 20);
    wait_until(!vitrine_guest1_get_needs_restart(guest));
    configure_well(guest, "{'vcpus': <uint32 1>}");
    wait_until(vitrine_guest1_get_needs_restart(guest));
    configure_well(guest, "{'vcpus': <uint32 2>}");
    wait_until(!vitrine_guest1_get_needs_restart(guest));
    configure_well(guest, "{'network': <'none'>}");
    wait_until(vitrine_guest1_get_needs_restart(guest));
    do_job(fixture, "g", vitrine_guest1_call_force_off_sync);
    wait_until(!vitrine_guest1_get_needs_restart(guest));
}

/* A balloon has no more air than there is. */
static void test_configure_no_room(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *first = create(fixture, "big", "a", "succeeded");
    g_autofree char *second = create(fixture, "debian-12-minimal", "b", "succeeded");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "b");

    configure_well(guest, "{'maximum-memory': <uint64 8589934592>}");
    do_job(fixture, "b", vitrine_guest1_call_reboot_sync);
    wait_until(is_in_state(fixture, "b", "running"));
    configure_well(guest, "{'memory': <uint64 8589934592>}");
    wait_until(vitrine_guest1_get_needs_restart(guest));
    configure_well(guest, "{'memory': <uint64 1073741824>}");
    wait_until(vitrine_guest1_get_memory_used(guest) == 1 << 30);
    wait_until(!vitrine_guest1_get_needs_restart(guest));
}

/* A guest with a job has no time for it. */
static void test_configure_busy(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *path = begin_create(fixture, "debian-12-minimal", "g", NULL);
    g_autofree char *sentence = NULL;
    g_autofree char *remote = NULL;
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;

    wait_until((guest = find_guest(fixture, "g")) != NULL);
    g_assert_false(configure(guest, "{'vcpus': <uint32 4>}", &error));
    remote = g_dbus_error_get_remote_error(error);
    g_assert_cmpstr(remote, ==, "org.vitrine.Error.WrongState");
    sentence = end_of_job(fixture, path, "succeeded");
}

/* With the computer, and not again with every start of the service. */
static void test_autostart(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *path = g_build_filename(fixture->state, "guests", "a.cfg", NULL);
    g_autofree char *notes = g_build_filename(fixture->state, "guests", "a.ini", NULL);
    g_autofree char *other = g_build_filename(fixture->state, "guests", "b.cfg", NULL);
    g_autofree char *mark = g_build_filename(fixture->state, "autostarted", NULL);

    stop_service(fixture);
    scratch_write(path, "name = 'a'\nmemory = 100\n", -1);
    scratch_write(notes, "[guest]\nautostart=true\n", -1);
    scratch_write(other, "name = 'b'\nmemory = 100\n", -1);
    start_service(fixture, "5");
    wait_until(is_in_state(fixture, "a", "stopped"));
    g_assert_true(is_in_state(fixture, "b", "stopped"));
    stop_service(fixture);
    /* As after the computer was started. */
    g_assert_cmpint(g_unlink(mark), ==, 0);
    start_service(fixture, "5");
    wait_until(is_in_state(fixture, "a", "running"));
    g_assert_true(is_in_state(fixture, "b", "stopped"));
}

int main(int argc, char **argv)
{
    init_test(&argc, &argv);
    add("/service/life", test_life, NULL);
    add("/service/refusals", test_refusals, NULL);
    add("/service/options", test_options, NULL);
    add("/service/good-options", test_good_options, NULL);
    add("/service/name-taken", test_name_taken, NULL);
    add("/service/no-memory", test_no_memory, NULL);
    add("/service/unbuildable", test_unbuildable, NULL);
    add("/service/vanishing", test_vanishing, NULL);
    add("/service/crash", test_crash, NULL);
    add("/service/no-memory-at-start", test_no_memory_at_start, NULL);
    add("/service/instant", test_instant, NULL);
    add("/service/self-stopping", test_self_stopping, NULL);
    add("/service/deaf", test_deaf, NULL);
    add("/service/cancel", test_cancel, "400");
    add("/service/busy", test_busy, "10000");
    add("/service/pause", test_pause, NULL);
    add("/service/display", test_display, NULL);
    add("/service/display-addresses", test_display_addresses, NULL);
    add("/service/sound", test_sound, NULL);
    add("/service/console", test_console, NULL);
    add("/service/no-console", test_no_console, NULL);
    add("/service/iso", test_iso, NULL);
    add("/service/iso-display", test_iso_display, NULL);
    add("/service/iso-spice", test_iso_spice, NULL);
    add("/service/iso-sound", test_iso_sound, NULL);
    add("/service/bad-isos", test_bad_isos, NULL);
    add("/service/kinds", test_kinds, NULL);
    add("/service/pv-only", test_pv_only, NULL);
    add("/service/change-iso", test_change_iso, NULL);
    add("/service/list-isos", test_list_isos, NULL);
    add("/service/own-file", test_own_file, NULL);
    add("/service/restart", test_restart, "100");
    add("/service/configure", test_configure, NULL);
    add("/service/monitors", test_monitors, NULL);
    add("/service/bad-settings", test_bad_settings, NULL);
    add("/service/configure-running", test_configure_running, NULL);
    add("/service/configure-no-room", test_configure_no_room, NULL);
    add("/service/configure-busy", test_configure_busy, "200");
    add("/service/autostart", test_autostart, NULL);
    return g_test_run();
}
