/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that are saved and restored, as a client of the service sees them. */
#include "service-harness.h"

#include <glib/gstdio.h>

static void assert_error(GError *error, const char *name, const char *piece)
{
    g_autofree char *remote = error ? g_dbus_error_get_remote_error(error) : NULL;

    g_assert_cmpstr(remote, ==, name);
    g_assert_nonnull(strstr(error->message, piece));
    g_error_free(error);
}

static char *state_file(Fixture *fixture, const char *name)
{
    return g_strdup_printf("%s/saved/%s.state", fixture->state, name);
}

static void make_saved(Fixture *fixture, const char *name)
{
    g_autofree char *sentence = create(fixture, "debian-12-minimal", name, "succeeded");

    do_job(fixture, name, vitrine_guest1_call_save_sync);
    g_assert_true(is_in_state(fixture, name, "saved"));
}

static void test_round(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = NULL;

    make_saved(fixture, "desk");
    guest = find_guest(fixture, "desk");
    g_assert_cmpint(vitrine_guest1_get_domid(guest), ==, -1);
    g_assert_false(vitrine_guest1_get_has_display(guest));
    g_assert_cmpuint(count_files(fixture, "saved"), ==, 1);
    do_job(fixture, "desk", vitrine_guest1_call_start_sync);
    wait_until(is_in_state(fixture, "desk", "running"));
    g_assert_cmpint(vitrine_guest1_get_domid(guest), >, 0);
    wait_until(vitrine_guest1_get_has_display(guest));
    g_assert_false(vitrine_guest1_get_needs_restart(guest));
    g_assert_cmpuint(count_files(fixture, "saved"), ==, 0);
    do_job(fixture, "desk", vitrine_guest1_call_shutdown_sync);
    wait_until(is_in_state(fixture, "desk", "stopped"));
}

static void configure(Fixture *fixture, const char *options, const char *error_name)
{
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "desk");
    GError *error = NULL;

    vitrine_guest1_call_configure_sync(guest, g_variant_new_parsed(options), AS_USUAL, NULL,
                                       &error);
    if (error_name)
        assert_error(error, error_name, "saved");
    else
        g_assert_no_error(error);
}

static void test_refused(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autofree char *sentence = create(fixture, "debian-12-minimal", "desk", "succeeded");
    g_autofree char *id = NULL, *job = NULL;
    GError *error = NULL;

    guest = find_guest(fixture, "desk");
    refuse_job(fixture, "desk", vitrine_guest1_call_discard_saved_sync);
    vitrine_guest1_call_pause_sync(guest, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    refuse_job(fixture, "desk", vitrine_guest1_call_save_sync);
    vitrine_guest1_call_unpause_sync(guest, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    do_job(fixture, "desk", vitrine_guest1_call_save_sync);
    refuse_job(fixture, "desk", vitrine_guest1_call_save_sync);
    refuse_job(fixture, "desk", vitrine_guest1_call_force_off_sync);
    vitrine_guest1_call_take_snapshot_sync(guest, "", AS_USUAL, &id, &job, NULL, &error);
    assert_error(g_steal_pointer(&error), "org.vitrine.Error.WrongState", "saved");
    vitrine_manager1_call_clone_guest_sync(fixture->manager, "desk", "copy",
                                           g_variant_new("a{sv}", NULL), AS_USUAL, &job, NULL,
                                           &error);
    assert_error(g_steal_pointer(&error), "org.vitrine.Error.WrongState", "saved");
    vitrine_guest1_call_eject_iso_sync(guest, AS_USUAL, NULL, &error);
    assert_error(g_steal_pointer(&error), "org.vitrine.Error.WrongState", "saved");
    configure(fixture, "{'memory': <uint64 134217728>}", "org.vitrine.Error.WrongState");
    configure(fixture, "{'sound': <false>}", "org.vitrine.Error.WrongState");
    configure(fixture, "{'color': <'#102030'>, 'autostart': <true>}", NULL);
    g_assert_true(is_in_state(fixture, "desk", "saved"));
    wait_until(strcmp(vitrine_guest1_get_color(guest), "#102030") == 0);
}

/* It runs as before: what asks it to shut down is heard. */
static void assert_goes_on(Fixture *fixture, const char *name)
{
    wait_until(is_in_state(fixture, name, "running"));
    g_assert_cmpuint(count_files(fixture, "saved"), ==, 0);
    do_job(fixture, name, vitrine_guest1_call_shutdown_sync);
    wait_until(is_in_state(fixture, name, "stopped"));
}

static void test_failed(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *made = create(fixture, "unsavable", "desk", "succeeded");
    g_autofree char *sentence =
        end_of_method(fixture, "desk", vitrine_guest1_call_save_sync, "failed");

    g_assert_nonnull(strstr(sentence, "can't be saved"));
    assert_goes_on(fixture, "desk");
}

static void test_cancelled(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *made = create(fixture, "debian-12-minimal", "desk", "succeeded");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "desk");
    g_autoptr(VitrineJob1) job = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL, *sentence = NULL;

    vitrine_guest1_call_save_sync(guest, AS_USUAL, &path, NULL, &error);
    g_assert_no_error(error);
    job = wait_for_job_object(fixture, path);
    g_assert_cmpstr(vitrine_job1_get_kind(job), ==, "save");
    wait_until(is_in_state(fixture, "desk", "saving"));
    wait_until(vitrine_job1_get_progress(job) > 0.1);
    g_assert_true(vitrine_job1_get_cancellable(job));
    vitrine_job1_call_cancel_sync(job, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, path, "cancelled");
    assert_goes_on(fixture, "desk");
}

/* What is on the disk by now is not what the guest's memory expects. */
static void test_changed_disk(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *disk = g_strdup_printf("%s/disks/desk.img", fixture->state);
    g_autofree char *sentence = NULL;
    g_autoptr(VitrineGuest1) guest = NULL;

    make_saved(fixture, "desk");
    guest = find_guest(fixture, "desk");
    g_usleep(20000); /* more than the file system's clock counts in */
    scratch_write(disk, "changed", -1);
    sentence = end_of_method(fixture, "desk", vitrine_guest1_call_start_sync, "failed");
    g_assert_nonnull(strstr(sentence, "was changed"));
    g_assert_true(is_in_state(fixture, "desk", "saved"));
    g_assert_cmpstr(vitrine_guest1_get_problem(guest), ==, sentence);
    do_job(fixture, "desk", vitrine_guest1_call_discard_saved_sync);
    g_assert_true(is_in_state(fixture, "desk", "stopped"));
    g_assert_cmpstr(vitrine_guest1_get_problem(guest), ==, "");
    g_assert_cmpuint(count_files(fixture, "saved"), ==, 0);
    do_job(fixture, "desk", vitrine_guest1_call_start_sync);
    g_assert_true(is_in_state(fixture, "desk", "running"));
}

static void test_unrestorable(Fixture *fixture, gconstpointer pace)
{
    static const char text[] = "name = 'desk'\ncmdline = 'vitrine.simulate=unrestorable'\n";
    g_autofree char *path = state_file(fixture, "desk");
    g_autofree char *sentence = NULL;

    make_saved(fixture, "desk");
    scratch_write(path, text, -1);
    sentence = end_of_method(fixture, "desk", vitrine_guest1_call_start_sync, "failed");
    g_assert_nonnull(strstr(sentence, "can't be restored"));
    g_assert_true(is_in_state(fixture, "desk", "saved"));
    g_assert_cmpuint(count_files(fixture, "saved"), ==, 1);
    do_job(fixture, "desk", vitrine_guest1_call_delete_sync);
    assert_nothing_left(fixture, "desk");
    g_assert_cmpuint(count_files(fixture, "saved"), ==, 0);
}

/* It outlives the computer's being switched off, and goes on when that comes back. */
static void test_autostart(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *mark = g_build_filename(fixture->state, "autostarted", NULL);
    g_autofree char *half = state_file(fixture, ".making-desk");

    make_saved(fixture, "desk");
    stop_service(fixture);
    scratch_write(half, "half", -1);
    start_service(fixture, "5");
    wait_until(is_in_state(fixture, "desk", "saved"));
    g_assert_cmpuint(count_files(fixture, "saved"), ==, 1);
    configure(fixture, "{'autostart': <true>}", NULL);
    stop_service(fixture);
    g_remove(mark);
    start_service(fixture, "5");
    wait_until(is_in_state(fixture, "desk", "running"));
    wait_until(count_files(fixture, "saved") == 0);
}

/* Started from its file alone, by somebody else: what was saved is worth nothing then. */
static void test_by_hand(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *made = create(fixture, "debian-12-minimal", "desk", "succeeded");
    g_autofree char *path = state_file(fixture, "desk");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "desk");

    scratch_write(path, "stale", -1);
    vitrine_guest1_call_configure_sync(guest, g_variant_new_parsed("{'color': <'#102030'>}"),
                                       AS_USUAL, NULL, NULL);
    wait_until(count_files(fixture, "saved") == 0);
    wait_until(strstr(vitrine_guest1_get_problem(guest), "removed") != NULL);
    g_assert_true(is_in_state(fixture, "desk", "running"));
}

int main(int argc, char **argv)
{
    init_test(&argc, &argv);
    add("/service-save/round", test_round, NULL);
    add("/service-save/refused", test_refused, NULL);
    add("/service-save/failed", test_failed, NULL);
    add("/service-save/cancelled", test_cancelled, "700");
    add("/service-save/changed-disk", test_changed_disk, NULL);
    add("/service-save/unrestorable", test_unrestorable, NULL);
    add("/service-save/autostart", test_autostart, NULL);
    add("/service-save/by-hand", test_by_hand, NULL);
    return g_test_run();
}
