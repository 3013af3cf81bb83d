/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sound of guests: what it does, the microphone, and how both are told to its process. */
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#include "scratch.h"
#include "vitrine-dbus.h"

#include "service-harness.h"

/* A back end that notes its orders, and says what stands in its file `say` when it gets one; it is
 * not ready while there is a file `slow`. */
#define BACK_END                                                  \
    "#!/bin/sh\n"                                                 \
    "here=${0%/*}\n"                                              \
    "echo $$ > $here/pid.part && mv $here/pid.part $here/pid\n"   \
    "while [ -e $here/slow ]; do sleep 0.02; done\n"              \
    "echo ready\n"                                                \
    "while read -r order; do\n"                                   \
    "  echo \"$order\" >> $here/orders\n"                         \
    "  [ -e $here/say ] && cat $here/say\n"                       \
    "  [ -e $here/deaf ] && exec <&- && rm $here/deaf && break\n" \
    "done\n"                                                      \
    "exec sleep 100\n"

static char *path_in(Fixture *fixture, const char *name)
{
    return g_build_filename(fixture->state, name, NULL);
}

/* What the back end is to say after its next orders. */
static void prepare(Fixture *fixture, const char *text)
{
    g_autofree char *path = path_in(fixture, "say");

    scratch_write(path, text, -1);
}

/* After its next order it takes no others, and goes on. */
static void prepare_deafness(Fixture *fixture)
{
    g_autofree char *path = path_in(fixture, "deaf");

    scratch_write(path, "", -1);
}

static gboolean is_deaf(Fixture *fixture)
{
    g_autofree char *path = path_in(fixture, "deaf");

    return !g_file_test(path, G_FILE_TEST_EXISTS);
}

static gboolean has_orders(Fixture *fixture, const char *wanted)
{
    g_autofree char *path = path_in(fixture, "orders");
    g_autofree char *text = NULL;

    return g_file_get_contents(path, &text, NULL, NULL) && strcmp(text, wanted) == 0;
}

static pid_t back_end(Fixture *fixture)
{
    g_autofree char *path = path_in(fixture, "pid");
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return (pid_t)g_ascii_strtoull(text, NULL, 10);
}

/* The guest "g", running, with a sound that is ready. */
static VitrineGuest1 *start_guest(Fixture *fixture)
{
    g_autofree char *sentence = NULL;
    VitrineGuest1 *guest;

    fixture->sound_program = path_in(fixture, "back-end");
    scratch_write(fixture->sound_program, BACK_END, -1);
    g_chmod(fixture->sound_program, 0755);
    stop_service(fixture);
    start_service(fixture, "5");
    sentence = create(fixture, "debian-12-minimal", "g", "succeeded");
    guest = find_guest(fixture, "g");
    g_assert_nonnull(guest);
    wait_until(strcmp(vitrine_guest1_get_sound_state(guest), "silent") == 0);
    return guest;
}

static void set_microphone(VitrineGuest1 *guest, const char *how)
{
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_set_microphone_sync(guest, how, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
}

static void refuse_microphone(VitrineGuest1 *guest, const char *how, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *remote = NULL;

    g_assert_false(vitrine_guest1_call_set_microphone_sync(guest, how, AS_USUAL, NULL, &error));
    remote = g_dbus_error_get_remote_error(error);
    g_assert_cmpstr(remote, ==, name);
}

static gboolean microphone_is(VitrineGuest1 *guest, const char *how)
{
    return g_strcmp0(vitrine_guest1_get_microphone(guest), how) == 0;
}

static void test_states(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = start_guest(fixture);
    g_autoptr(GError) error = NULL;

    wait_until(vitrine_guest1_get_sound(guest));
    prepare(fixture, "server on\nplaying on\nwhat else\n");
    vitrine_guest1_call_set_muted_sync(guest, TRUE, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    wait_until(strcmp(vitrine_guest1_get_sound_state(guest), "playing") == 0);
    wait_until(vitrine_guest1_get_muted(guest));
    prepare(fixture, "playing off\nasking on\n");
    vitrine_guest1_call_set_muted_sync(guest, FALSE, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    wait_until(strcmp(vitrine_guest1_get_sound_state(guest), "silent") == 0);
    wait_until(!vitrine_guest1_get_muted(guest));
    wait_until(vitrine_guest1_get_asks_for_microphone(guest));
    wait_until(has_orders(fixture, "mute on\nmute off\n"));
    do_job(fixture, "g", vitrine_guest1_call_force_off_sync);
    wait_until(strcmp(vitrine_guest1_get_sound_state(guest), "none") == 0);
    wait_until(!vitrine_guest1_get_asks_for_microphone(guest));
}

static void set_volume(VitrineGuest1 *guest, guint percent)
{
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_set_volume_sync(guest, percent, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
}

/* The guest's file says that, now or in a moment. */
static gboolean file_says(Fixture *fixture, int percent, gboolean muted)
{
    g_autofree char *path = path_in(fixture, "guests/g.ini");
    g_autoptr(GKeyFile) file = g_key_file_new();

    return g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL) &&
           g_key_file_get_integer(file, "guest", "volume", NULL) == percent &&
           g_key_file_get_boolean(file, "guest", "muted", NULL) == muted;
}

/* Set here or in the desktop's mixer, it is in the guest's file, for this run and the next. */
static void test_volume(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = start_guest(fixture);
    g_autoptr(GError) error = NULL;

    g_assert_cmpuint(vitrine_guest1_get_volume(guest), ==, 100);
    g_assert_false(vitrine_guest1_call_set_volume_sync(guest, 101, AS_USUAL, NULL, &error));
    g_assert_nonnull(strstr(error->message, "between 0 and 100 percent"));
    set_volume(guest, 60);
    g_assert_true(file_says(fixture, 60, FALSE));
    wait_until(vitrine_guest1_get_volume(guest) == 60);
    wait_until(has_orders(fixture, "volume 60\n"));

    prepare(fixture, "volume 25\nmute on\nvolume 101\nvolume -1\nvolume\n");
    set_microphone(guest, "off");
    set_microphone(guest, "running");
    wait_until(vitrine_guest1_get_volume(guest) == 25 && vitrine_guest1_get_muted(guest));
    wait_until(file_says(fixture, 25, TRUE));
    prepare(fixture, "");
    g_assert_true(has_orders(fixture, "volume 60\nmicrophone on\n"));

    do_job(fixture, "g", vitrine_guest1_call_force_off_sync);
    g_assert_cmpuint(vitrine_guest1_get_volume(guest), ==, 25);
    set_volume(guest, 30);
    do_job(fixture, "g", vitrine_guest1_call_start_sync);
    wait_until(has_orders(fixture, "volume 60\nmicrophone on\nvolume 30\nmute on\n"));
}

/* A new service knows it, and follows a person who writes it into the file. */
static void test_remembered(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *path = path_in(fixture, "guests/g.ini");
    VitrineGuest1 *guest = start_guest(fixture);

    set_volume(guest, 45);
    do_job(fixture, "g", vitrine_guest1_call_force_off_sync);
    g_object_unref(guest);
    stop_service(fixture);
    start_service(fixture, "5");
    guest = find_guest(fixture, "g");
    g_assert_nonnull(guest);
    wait_until(vitrine_guest1_get_volume(guest) == 45);
    scratch_write(path, "[guest]\nsound=true\nvolume=70\n", -1);
    wait_until(vitrine_guest1_get_volume(guest) == 70);
    scratch_write(path, "[guest]\nsound=true\nvolume=loud\nmuted=true\n", -1);
    wait_until(vitrine_guest1_get_volume(guest) == 100 && vitrine_guest1_get_muted(guest));
    g_object_unref(guest);
}

/* Off until it is granted, for as long as the guest runs; taken back at any time. */
static void test_microphone(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = start_guest(fixture);

    g_assert_true(microphone_is(guest, "off"));
    refuse_microphone(guest, "always", "org.vitrine.Error.InvalidOption");
    prepare(fixture, "microphone on\nrecording on\n");
    set_microphone(guest, "running");
    wait_until(microphone_is(guest, "running") && vitrine_guest1_get_recording(guest));
    prepare(fixture, "recording off\n");
    set_microphone(guest, "off");
    wait_until(microphone_is(guest, "off") && !vitrine_guest1_get_recording(guest));
    wait_until(has_orders(fixture, "microphone on\nmicrophone off\n"));
    set_microphone(guest, "running");
    wait_until(has_orders(fixture, "microphone on\nmicrophone off\nmicrophone on\n"));
    do_job(fixture, "g", vitrine_guest1_call_force_off_sync);
    wait_until(microphone_is(guest, "off"));
    refuse_microphone(guest, "running", "org.vitrine.Error.WrongState");
    set_microphone(guest, "off");
    do_job(fixture, "g", vitrine_guest1_call_start_sync);
    wait_until(strcmp(vitrine_guest1_get_sound_state(guest), "silent") == 0);
    g_assert_true(microphone_is(guest, "off"));
    g_assert_true(has_orders(fixture, "microphone on\nmicrophone off\nmicrophone on\n"));
}

/* Granted once it stays while the guest records, and goes a while after. */
static void test_once(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = NULL;
    gint64 start;

    fixture->microphone_idle = "300";
    guest = start_guest(fixture);
    set_microphone(guest, "once");
    wait_until(microphone_is(guest, "once"));
    wait_until(microphone_is(guest, "off"));
    wait_until(has_orders(fixture, "microphone on\nmicrophone off\n"));

    prepare(fixture, "recording on\n");
    set_microphone(guest, "once");
    wait_until(vitrine_guest1_get_recording(guest));
    start = g_get_monotonic_time();
    wait_until(g_get_monotonic_time() - start > 600 * 1000);
    g_assert_true(microphone_is(guest, "once"));
    prepare(fixture, "recording off\n");
    vitrine_guest1_call_set_muted_sync(guest, FALSE, AS_USUAL, NULL, NULL);
    wait_until(!vitrine_guest1_get_recording(guest));
    wait_until(microphone_is(guest, "off"));
}

/* The next process is told what the guest has for as long as it runs; what was granted once is not
 * granted to two. */
static void test_death(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = start_guest(fixture);

    set_microphone(guest, "once");
    wait_until(microphone_is(guest, "once") && has_orders(fixture, "microphone on\n"));
    kill(back_end(fixture), SIGKILL);
    wait_until(microphone_is(guest, "off"));
    wait_until(strcmp(vitrine_guest1_get_sound_state(guest), "silent") == 0);
    g_assert_true(has_orders(fixture, "microphone on\n"));

    set_microphone(guest, "running");
    vitrine_guest1_call_set_muted_sync(guest, TRUE, AS_USUAL, NULL, NULL);
    wait_until(has_orders(fixture, "microphone on\nmicrophone on\nmute on\n"));
    kill(back_end(fixture), SIGKILL);
    wait_until(strcmp(vitrine_guest1_get_sound_state(guest), "none") == 0);
    wait_until(has_orders(fixture, "microphone on\nmicrophone on\nmute on\n"
                                   "microphone on\nvolume 100\nmute on\n"));
    g_assert_true(microphone_is(guest, "running"));
    g_assert_true(vitrine_guest1_get_muted(guest));
}

/* One that does not listen any more can't be told to stop hearing: it is ended. */
static void test_deaf(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = start_guest(fixture);
    pid_t process = back_end(fixture);

    prepare_deafness(fixture);
    set_microphone(guest, "running");
    wait_until(has_orders(fixture, "microphone on\n"));
    wait_until(is_deaf(fixture));
    vitrine_guest1_call_set_microphone_sync(guest, "off", AS_USUAL, NULL, NULL);
    wait_until(kill(process, 0) != 0);
    wait_until(strcmp(vitrine_guest1_get_sound_state(guest), "none") == 0);
    g_assert_true(microphone_is(guest, "off"));
}

static void configure_sound(VitrineGuest1 *guest, gboolean on)
{
    g_autoptr(GError) error = NULL;
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
    g_variant_dict_insert(&options, "sound", "b", on);
    vitrine_guest1_call_configure_sync(guest, g_variant_dict_end(&options), AS_USUAL, NULL, &error);
    g_assert_no_error(error);
}

/* It is in NAME.ini, and takes effect at the next start. */
static void test_setting(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = start_guest(fixture);
    g_autofree char *path = path_in(fixture, "guests/g.ini");
    g_autoptr(GKeyFile) file = g_key_file_new();

    g_assert_false(vitrine_guest1_get_needs_restart(guest));
    configure_sound(guest, FALSE);
    wait_until(!vitrine_guest1_get_sound(guest));
    wait_until(vitrine_guest1_get_needs_restart(guest));
    g_assert_cmpstr(vitrine_guest1_get_sound_state(guest), ==, "silent");
    g_assert_true(g_key_file_load_from_file(file, path, G_KEY_FILE_NONE, NULL));
    g_assert_false(g_key_file_get_boolean(file, "guest", "sound", NULL));
    configure_sound(guest, TRUE);
    wait_until(vitrine_guest1_get_sound(guest) && !vitrine_guest1_get_needs_restart(guest));
    configure_sound(guest, FALSE);
    do_job(fixture, "g", vitrine_guest1_call_reboot_sync);
    wait_until(strcmp(vitrine_guest1_get_sound_state(guest), "none") == 0);
    wait_until(!vitrine_guest1_get_needs_restart(guest));
    refuse_microphone(guest, "once", "org.vitrine.Error.WrongState");
}

/* Begins to start the guest; the job's path. */
static char *begin_start(VitrineGuest1 *guest)
{
    g_autoptr(GError) error = NULL;
    char *job = NULL;

    vitrine_guest1_call_start_sync(guest, AS_USUAL, &job, NULL, &error);
    g_assert_no_error(error);
    return job;
}

/* A guest does not run before its sound card is there; but without one it does after a while. */
static void test_late(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = start_guest(fixture);
    g_autofree char *slow = path_in(fixture, "slow");
    g_autofree char *pid = path_in(fixture, "pid");
    g_autofree char *first = NULL;
    g_autofree char *second = NULL;

    do_job(fixture, "g", vitrine_guest1_call_force_off_sync);
    g_unlink(pid);
    scratch_write(slow, "", -1);
    first = begin_start(guest);
    wait_until(g_file_test(pid, G_FILE_TEST_EXISTS));
    wait_until(vitrine_guest1_get_has_display(guest));
    g_assert_false(is_in_state(fixture, "g", "running"));
    g_unlink(slow);
    wait_until(is_in_state(fixture, "g", "running"));
    g_assert_cmpstr(vitrine_guest1_get_sound_state(guest), ==, "silent");
    do_job(fixture, "g", vitrine_guest1_call_force_off_sync);
    scratch_write(slow, "", -1);
    second = begin_start(guest);
    wait_until(is_in_state(fixture, "g", "running"));
    g_assert_cmpstr(vitrine_guest1_get_sound_state(guest), ==, "none");
    g_unlink(slow);
    wait_until(strcmp(vitrine_guest1_get_sound_state(guest), "silent") == 0);
}

int main(int argc, char **argv)
{
    init_test(&argc, &argv);
    add("/service-sound/states", test_states, NULL);
    add("/service-sound/volume", test_volume, NULL);
    add("/service-sound/remembered", test_remembered, NULL);
    add("/service-sound/microphone", test_microphone, NULL);
    add("/service-sound/once", test_once, NULL);
    add("/service-sound/death", test_death, NULL);
    add("/service-sound/deaf", test_deaf, NULL);
    add("/service-sound/late", test_late, NULL);
    add("/service-sound/setting", test_setting, NULL);
    return g_test_run();
}
