/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of guests when the computer is switched off, as a client of the service sees it. */
#include "service-harness.h"

#include <glib/gstdio.h>

static void make(Fixture *fixture, const char *template, const char *name)
{
    g_autofree char *sentence = create(fixture, template, name, "succeeded");
}

static void choose(Fixture *fixture, const char *how)
{
    g_autoptr(GError) error = NULL;

    vitrine_manager1_call_set_when_switched_off_sync(fixture->manager, how, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    wait_until(strcmp(vitrine_manager1_get_when_switched_off(fixture->manager), how) == 0);
}

typedef struct {
    GVariant *ended;
    GError *error;
    gboolean over;
} Call;

static void on_ended(GObject *source, GAsyncResult *result, gpointer data)
{
    Call *call = data;

    vitrine_manager1_call_end_guests_finish(VITRINE_MANAGER1(source), &call->ended, result,
                                            &call->error);
    call->over = TRUE;
}

static void begin_end(Fixture *fixture, guint seconds, Call *call)
{
    vitrine_manager1_call_end_guests(fixture->manager, seconds, G_DBUS_CALL_FLAGS_NONE, G_MAXINT,
                                     NULL, on_ended, call);
}

/* Waits until all guests are ended, as EXPECTED says: "NAME HOW", with commas between. */
static void assert_ended(Call *call, const char *expected)
{
    g_autoptr(GString) text = g_string_new(NULL);

    wait_until(call->over);
    g_assert_no_error(call->error);
    for (gsize i = 0; i < g_variant_n_children(call->ended); i++) {
        g_autoptr(GVariant) guest = g_variant_get_child_value(call->ended, i);
        const char *name, *how;

        g_assert_true(g_variant_lookup(guest, "name", "&s", &name));
        g_assert_true(g_variant_lookup(guest, "how", "&s", &how));
        g_string_append_printf(text, "%s%s %s", i ? ", " : "", name, how);
    }
    g_assert_cmpstr(text->str, ==, expected);
    g_variant_unref(call->ended);
}

static void end(Fixture *fixture, guint seconds, const char *expected)
{
    Call call = {0};

    begin_end(fixture, seconds, &call);
    assert_ended(&call, expected);
}

/* As when the computer was switched off and on again. */
static void restart_computer(Fixture *fixture)
{
    g_autofree char *mark = g_build_filename(fixture->state, "autostarted", NULL);

    stop_service(fixture);
    g_remove(mark);
    start_service(fixture, "5");
}

static void test_nobody(Fixture *fixture, gconstpointer pace)
{
    end(fixture, 60, "");
    make(fixture, "debian-12-minimal", "desk");
    do_job(fixture, "desk", vitrine_guest1_call_shutdown_sync);
    end(fixture, 60, "");
}

/* One that is paused can't hear unless it goes on. */
static void test_shut_down(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) paused = NULL;

    g_assert_cmpstr(vitrine_manager1_get_when_switched_off(fixture->manager), ==, "shut-down");
    make(fixture, "debian-12-minimal", "a");
    make(fixture, "debian-12-minimal", "b");
    make(fixture, "debian-12-minimal", "c");
    paused = find_guest(fixture, "b");
    vitrine_guest1_call_pause_sync(paused, AS_USUAL, NULL, NULL);
    do_job(fixture, "c", vitrine_guest1_call_shutdown_sync);
    end(fixture, 60, "a shut-down, b shut-down");
    g_assert_true(is_in_state(fixture, "a", "stopped"));
    g_assert_true(is_in_state(fixture, "b", "stopped"));
    restart_computer(fixture);
    g_assert_true(is_in_state(fixture, "a", "stopped"));
}

/* Those that don't hear are waited for all at once, and no longer than was said. */
static void test_late(Fixture *fixture, gconstpointer pace)
{
    gint64 began;

    make(fixture, "deaf", "a");
    make(fixture, "stubborn", "b");
    make(fixture, "debian-12-minimal", "c");
    began = g_get_monotonic_time();
    end(fixture, 1, "a forced-off, b forced-off, c shut-down");
    g_assert_cmpint(g_get_monotonic_time() - began, >=, G_USEC_PER_SEC);
    g_assert_true(is_in_state(fixture, "a", "stopped"));
    g_assert_true(is_in_state(fixture, "b", "stopped"));
}

static gboolean is_cancelled(Fixture *fixture, const char *path)
{
    g_autoptr(VitrineJob1) job = wait_for_job_object(fixture, path);

    return strcmp(vitrine_job1_get_state(job), "cancelled") == 0;
}

/* What is half made is taken back; somebody's own shutdown is waited for. */
static void test_jobs(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) going = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *making = NULL, *stopping = NULL;
    Call call = {0}, second = {0};

    make(fixture, "debian-12-minimal", "going");
    going = find_guest(fixture, "going");
    vitrine_guest1_call_shutdown_sync(going, AS_USUAL, &stopping, NULL, &error);
    g_assert_no_error(error);
    making = begin_create(fixture, "debian-12-minimal", "half", &error);
    g_assert_no_error(error);
    begin_end(fixture, 60, &call);
    begin_end(fixture, 60, &second);
    assert_ended(&call, "going shut-down");
    wait_until(second.over);
    g_assert_nonnull(strstr(second.error->message, "already"));
    g_error_free(second.error);
    wait_until(is_cancelled(fixture, making));
    wait_until(!has_guest(fixture, "half"));
}

/* Who can't be saved is shut down; what was saved goes on with the next start of the computer, and
 * only then. */
static void test_save(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) paused = NULL;

    choose(fixture, "save");
    make(fixture, "debian-12-minimal", "a");
    make(fixture, "debian-12-minimal", "b");
    make(fixture, "unsavable", "c");
    make(fixture, "debian-12-minimal", "d");
    do_job(fixture, "d", vitrine_guest1_call_save_sync);
    paused = find_guest(fixture, "b");
    vitrine_guest1_call_pause_sync(paused, AS_USUAL, NULL, NULL);
    end(fixture, 60, "a saved, b saved, c shut-down");
    g_assert_true(is_in_state(fixture, "a", "saved"));
    restart_computer(fixture);
    wait_until(is_in_state(fixture, "a", "running"));
    wait_until(is_in_state(fixture, "b", "running"));
    g_assert_true(is_in_state(fixture, "c", "stopped"));
    g_assert_true(is_in_state(fixture, "d", "saved"));
    do_job(fixture, "a", vitrine_guest1_call_save_sync);
    restart_computer(fixture);
    g_assert_true(is_in_state(fixture, "a", "saved"));
}

/* Neither can be saved nor written to: it is as if it lost its power now and not in a moment. */
static void test_no_room(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *room = g_build_filename(fixture->state, "room", NULL);

    choose(fixture, "save");
    make(fixture, "debian-12-minimal", "a");
    scratch_write(room, "1", -1);
    wait_until(is_in_state(fixture, "a", "out-of-disk"));
    end(fixture, 60, "a forced-off");
}

static void assert_text_of_file(Fixture *fixture, const char *piece)
{
    g_autofree char *path = g_build_filename(fixture->state, "service.ini", NULL);
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, piece));
}

/* It is kept, beside what else is in the file; nonsense is refused, or told and not heeded. */
static void test_choice(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *path = g_build_filename(fixture->state, "service.ini", NULL);
    g_autoptr(GError) error = NULL;

    scratch_write(path, "# mine\n[other]\nkey=value\n", -1);
    vitrine_manager1_call_set_when_switched_off_sync(fixture->manager, "burn", AS_USUAL, NULL,
                                                     &error);
    g_assert_nonnull(strstr(error->message, "“save”"));
    choose(fixture, "save");
    assert_text_of_file(fixture, "# mine");
    assert_text_of_file(fixture, "key=value");
    restart_computer(fixture);
    g_assert_cmpstr(vitrine_manager1_get_when_switched_off(fixture->manager), ==, "save");
    choose(fixture, "shut-down");
    scratch_write(path, "[switched-off]\nguests=burn\n", -1);
    restart_computer(fixture);
    g_assert_cmpstr(vitrine_manager1_get_when_switched_off(fixture->manager), ==, "shut-down");
}

/* A file that can't be read is not written over. */
static void test_broken_file(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *path = g_build_filename(fixture->state, "service.ini", NULL);
    g_autoptr(GError) error = NULL;

    scratch_write(path, "nonsense\n", -1);
    vitrine_manager1_call_set_when_switched_off_sync(fixture->manager, "save", AS_USUAL, NULL,
                                                     &error);
    g_assert_nonnull(strstr(error->message, "service.ini"));
    assert_text_of_file(fixture, "nonsense");
}

/* A service that ends meanwhile says so, and leaves nothing begun. */
static void test_quit(Fixture *fixture, gconstpointer pace)
{
    Call call = {0};

    make(fixture, "deaf", "a");
    begin_end(fixture, 60, &call);
    wait_until(is_in_state(fixture, "a", "not-responding"));
    g_subprocess_send_signal(fixture->process, SIGTERM);
    wait_until(call.over);
    g_assert_nonnull(strstr(call.error->message, "go on"));
    g_error_free(call.error);
}

int main(int argc, char **argv)
{
    init_test(&argc, &argv);
    add("/service-ending/nobody", test_nobody, NULL);
    add("/service-ending/shut-down", test_shut_down, NULL);
    add("/service-ending/late", test_late, NULL);
    add("/service-ending/jobs", test_jobs, "300");
    add("/service-ending/save", test_save, NULL);
    add("/service-ending/no-room", test_no_room, NULL);
    add("/service-ending/choice", test_choice, NULL);
    add("/service-ending/broken-file", test_broken_file, NULL);
    add("/service-ending/quit", test_quit, NULL);
    return g_test_run();
}
