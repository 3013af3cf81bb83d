/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests that do not do what they are asked, as a client of the service sees them. */
#include "service-harness.h"

static char *begin(VitrineGuest1 *guest, Method method)
{
    g_autoptr(GError) error = NULL;
    char *job = NULL;

    method(guest, AS_USUAL, &job, NULL, &error);
    g_assert_no_error(error);
    return job;
}

/* It has not heard: that is told while it is waited for, and Force Off ends both. */
static void test_deaf(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *made = create(fixture, "deaf", "desk", "succeeded");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "desk");
    g_autofree char *job = begin(guest, vitrine_guest1_call_shutdown_sync);
    g_autofree char *off = NULL, *waited = NULL, *ended = NULL;

    wait_until(is_in_state(fixture, "desk", "not-responding"));
    wait_until(strstr(vitrine_guest1_get_problem(guest), "does not answer") != NULL);
    off = begin(guest, vitrine_guest1_call_force_off_sync);
    waited = end_of_job(fixture, job, "cancelled");
    ended = end_of_job(fixture, off, "succeeded");
    g_assert_true(is_in_state(fixture, "desk", "stopped"));
    wait_until(*vitrine_guest1_get_problem(guest) == '\0');
}

/* Nobody waits any more, and it still has not heard. */
static void test_cancelled(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *made = create(fixture, "deaf", "desk", "succeeded");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "desk");
    g_autofree char *job = begin(guest, vitrine_guest1_call_reboot_sync);
    g_autofree char *again = NULL, *waited = NULL;
    g_autoptr(VitrineJob1) object = wait_for_job_object(fixture, job);

    wait_until(is_in_state(fixture, "desk", "not-responding"));
    vitrine_job1_call_cancel_sync(object, AS_USUAL, NULL, NULL);
    waited = end_of_job(fixture, job, "cancelled");
    g_assert_true(is_in_state(fixture, "desk", "not-responding"));
    again = begin(guest, vitrine_guest1_call_shutdown_sync);
    wait_until(is_in_state(fixture, "desk", "stopping"));
    wait_until(is_in_state(fixture, "desk", "not-responding"));
}

/* It has heard, and has not been off in time. */
static void test_stubborn(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *made = create(fixture, "stubborn", "desk", "succeeded");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "desk");
    g_autofree char *job = begin(guest, vitrine_guest1_call_shutdown_sync);
    g_autofree char *waited = end_of_job(fixture, job, "failed");

    g_assert_nonnull(strstr(waited, "has not shut down"));
    wait_until(is_in_state(fixture, "desk", "not-responding"));
    wait_until(strstr(vitrine_guest1_get_problem(guest), "goes on all the same") != NULL);
    do_job(fixture, "desk", vitrine_guest1_call_force_off_sync);
    do_job(fixture, "desk", vitrine_guest1_call_start_sync);
    g_assert_true(is_in_state(fixture, "desk", "running"));
}

static void set_up_short(Fixture *fixture, gconstpointer pace)
{
    fixture->stop_timeout = "1000";
    set_up(fixture, pace);
}

/* One that hears is never said not to. */
static void test_good(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *made = create(fixture, "debian-12-minimal", "desk", "succeeded");

    do_job(fixture, "desk", vitrine_guest1_call_shutdown_sync);
    g_assert_true(is_in_state(fixture, "desk", "stopped"));
}

int main(int argc, char **argv)
{
    init_test(&argc, &argv);
    add("/service-silent/deaf", test_deaf, NULL);
    add("/service-silent/cancelled", test_cancelled, NULL);
    g_test_add("/service-silent/stubborn", Fixture, NULL, set_up_short, test_stubborn, tear_down);
    add("/service-silent/good", test_good, "300");
    return g_test_run();
}
