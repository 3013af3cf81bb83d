/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices of HVM guests, which have them by their device models: those outlive the service.
 * Arguments: see usb-harness.h. */
#include "usb-harness.h"

/* Their nodes. */
#define CAMERA_NODE "dev/001/003"
#define STICK_NODE  "dev/001/004"

static void test_assign(Fixture *fixture, gconstpointer pace)
{
    start_pc(fixture, "pc");
    start_guest(fixture, "g");
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
    refuse_assign(fixture, CAMERA, "g", "@a{sv} {}", "WrongState", "“pc” has the device");
    assign_ok(fixture, STICK, "pc", "@a{sv} {}");
    release(fixture, CAMERA, NULL);
    g_assert_true(is_given_back(fixture, CAMERA_NODE));
    g_assert_false(is_given_back(fixture, STICK_NODE));
    g_assert_true(was_returned(fixture, "1-2:1.0"));
    g_assert_false(was_returned(fixture, "1-3:1.0"));
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
    release(fixture, CAMERA, NULL);
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
}

/* They need no USB process. */
static void test_no_program(Fixture *fixture, gconstpointer pace)
{
    const char *program = usb_program;

    stop_service(fixture);
    usb_program = "";
    start_service(fixture, "5");
    usb_program = program;
    start_pc(fixture, "pc");
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
}

static void test_refusals(Fixture *fixture, gconstpointer pace)
{
    start_pc(fixture, "pc");
    refuse_assign(fixture, MOUNTED, "pc", "{'confirmed': <true>}", "WrongState",
                  "/media/holiday photos");
    refuse_assign(fixture, KEYBOARD, "pc", "@a{sv} {}", "NeedsConfirmation", "last keyboard");
    assign_ok(fixture, KEYBOARD, "pc", "{'confirmed': <true>}");
    do_job(fixture, "pc", vitrine_guest1_call_force_off_sync);
    wait_until(is_with(fixture, KEYBOARD, "here", ""));
    refuse_assign(fixture, CAMERA, "pc", "@a{sv} {}", "WrongState", "stopped");
}

static void set_paused(Fixture *fixture, gboolean paused)
{
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "pc");
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;

    if (paused)
        vitrine_guest1_call_pause_sync(guest, AS_USUAL, NULL, &error);
    else
        vitrine_guest1_call_unpause_sync(guest, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    wait_until(is_in_state(fixture, "pc", paused ? "paused" : "running"));
}

/* A paused guest gets nothing, but can lose what it has. */
static void test_paused(Fixture *fixture, gconstpointer pace)
{
    start_pc(fixture, "pc");
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
    set_paused(fixture, TRUE);
    refuse_assign(fixture, STICK, "pc", "@a{sv} {}", "WrongState", "paused");
    release(fixture, CAMERA, NULL);
    set_paused(fixture, FALSE);
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
}

static void fail_with(Fixture *fixture, const char *behaviour, const char *name, const char *words)
{
    g_autoptr(VitrineUsbDevice1) camera = wait_for_usb(fixture, CAMERA);

    write_tree(fixture, CAMERA_NODE, behaviour);
    refuse_assign(fixture, CAMERA, "pc", "@a{sv} {}", name, words);
    wait_until(is_with(fixture, CAMERA, "here", ""));
    wait_until(strstr(vitrine_usb_device1_get_problem(camera), words) != NULL);
    g_assert_true(was_returned(fixture, "1-2:1.0"));
    forget_returns(fixture);
}

static void test_failures(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineUsbDevice1) camera = wait_for_usb(fixture, CAMERA);

    start_pc(fixture, "pc");
    fail_with(fixture, "failed open host usb device", "Failed", "/var/log/xen/qemu-dm-pc.log");
    fail_with(fixture, "slow", "Unsupported", "of this speed");
    write_tree(fixture, CAMERA_NODE, "hostile");
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
    wait_until(*vitrine_usb_device1_get_problem(camera) == '\0');
}

/* As `xl create` may have made it. */
static void test_no_controller(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *file = g_build_filename(fixture->state, "guests/pc.cfg", NULL);
    g_autofree char *text = NULL;
    char *version;

    start_pc(fixture, "pc");
    do_job(fixture, "pc", vitrine_guest1_call_force_off_sync);
    g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
    version = strstr(text, "usbversion");
    g_assert_nonnull(version);
    *version = '#';
    scratch_write(file, text, -1);
    do_job(fixture, "pc", vitrine_guest1_call_start_sync);
    wait_until(is_in_state(fixture, "pc", "running"));
    refuse_assign(fixture, CAMERA, "pc", "@a{sv} {}", "Unsupported", "usbversion = 3");
}

/* The device model does not give it back: that is said, and it is not shown to be here. */
static void test_clinging(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineUsbDevice1) camera = wait_for_usb(fixture, CAMERA);
    g_autoptr(GError) error = NULL;
    g_autofree char *sentence = NULL;

    start_pc(fixture, "pc");
    write_tree(fixture, CAMERA_NODE, "clinging");
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
    vitrine_usb_device1_call_release_sync(camera, AS_USUAL, NULL, &error);
    sentence = outcome(error, "TimedOut");
    g_assert_nonnull(strstr(sentence, "does not answer"));
    wait_until(is_with(fixture, CAMERA, "detaching", "pc"));
    wait_until(strstr(vitrine_usb_device1_get_problem(camera), "does not answer") != NULL);
    do_job(fixture, "pc", vitrine_guest1_call_force_off_sync);
    wait_until(is_with(fixture, CAMERA, "here", ""));
    g_assert_true(was_returned(fixture, "1-2:1.0"));
}

/* Found out when anything changes among devices; what it had is dom0's again, and that is said. */
static void test_model_dies(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineUsbDevice1) camera = wait_for_usb(fixture, CAMERA);

    start_pc(fixture, "pc");
    write_tree(fixture, CAMERA_NODE, "deadly");
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
    unplug(fixture, STICK);
    wait_until(is_with(fixture, CAMERA, "here", ""));
    wait_until(strstr(vitrine_usb_device1_get_problem(camera), "can't be reached") != NULL);
    g_assert_true(was_returned(fixture, "1-2:1.0"));
}

static void test_guest_ends(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineUsbDevice1) camera = wait_for_usb(fixture, CAMERA);

    start_pc(fixture, "pc");
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
    assign_ok(fixture, STICK, "pc", "@a{sv} {}");
    do_job(fixture, "pc", vitrine_guest1_call_force_off_sync);
    wait_until(is_with(fixture, CAMERA, "here", ""));
    wait_until(is_with(fixture, STICK, "here", ""));
    g_assert_cmpstr(vitrine_usb_device1_get_problem(camera), ==, "");
    g_assert_true(is_given_back(fixture, CAMERA_NODE));
    g_assert_true(was_returned(fixture, "1-2:1.0"));
    g_assert_true(was_returned(fixture, "1-3:1.0"));
    g_assert_cmpuint(count_files(fixture, "usb-away"), ==, 0);
    do_job(fixture, "pc", vitrine_guest1_call_start_sync);
    wait_until(is_in_state(fixture, "pc", "running"));
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
}

static void test_unplugged(Fixture *fixture, gconstpointer pace)
{
    start_pc(fixture, "pc");
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
    unplug(fixture, CAMERA);
    wait_until(!has_usb(fixture, CAMERA));
    /* QEMU is told to forget it. */
    wait_until(is_given_back(fixture, CAMERA_NODE));
    wait_until(count_files(fixture, "usb-away") == 0);
    plug_again(fixture, CAMERA);
    wait_until(is_with(fixture, CAMERA, "here", ""));
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
}

static void test_remembered(Fixture *fixture, gconstpointer pace)
{
    start_pc(fixture, "pc");
    assign_ok(fixture, CAMERA, "pc", "{'remember': <'device'>}");
    wait_until(is_remembered(fixture, CAMERA, "pc"));
    unplug(fixture, CAMERA);
    wait_until(!has_usb(fixture, CAMERA));
    plug_again(fixture, CAMERA);
    wait_until(is_with(fixture, CAMERA, "attached", "pc"));
    do_job(fixture, "pc", vitrine_guest1_call_reboot_sync);
    wait_until(is_with(fixture, CAMERA, "attached", "pc"));
    release(fixture, CAMERA, NULL);
    do_job(fixture, "pc", vitrine_guest1_call_force_off_sync);
    do_job(fixture, "pc", vitrine_guest1_call_start_sync);
    wait_until(is_with(fixture, CAMERA, "attached", "pc"));
}

/* What QEMU would write of them it could not read. */
static void test_saved(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *sentence = NULL;

    start_pc(fixture, "pc");
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
    guest = find_guest(fixture, "pc");
    vitrine_guest1_call_save_sync(guest, AS_USUAL, &path, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, path, "failed");
    g_assert_nonnull(strstr(sentence, "Take them back first"));
    wait_until(is_in_state(fixture, "pc", "running"));
    g_assert_true(is_with(fixture, CAMERA, "attached", "pc"));
    release(fixture, CAMERA, NULL);
    do_job(fixture, "pc", vitrine_guest1_call_save_sync);
}

/* ---- The service ends, and the guest does not ---- */

static gboolean is_recorded(Fixture *fixture, const char *name)
{
    g_autofree char *text = read_tree(fixture, "../record");

    return strstr(text, name) != NULL;
}

static void begin_lasting(Fixture *fixture)
{
    stop_service(fixture);
    fixture->lasting = TRUE;
    start_service(fixture, "5");
    start_pc(fixture, "pc");
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
    assign_ok(fixture, STICK, "pc", "@a{sv} {}");
    wait_until(is_recorded(fixture, "usb_1-2_3") && is_recorded(fixture, "usb_1-3_4"));
    forget_returns(fixture);
}

static void assert_kept(Fixture *fixture)
{
    wait_until(is_in_state(fixture, "pc", "running"));
    wait_until(is_with(fixture, CAMERA, "attached", "pc"));
    wait_until(is_with(fixture, STICK, "attached", "pc"));
    g_assert_false(is_given_back(fixture, CAMERA_NODE));
    g_assert_false(was_returned(fixture, "1-2:1.0"));
    release(fixture, CAMERA, NULL);
    g_assert_true(is_given_back(fixture, CAMERA_NODE));
    g_assert_true(was_returned(fixture, "1-2:1.0"));
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
}

static void test_stopped(Fixture *fixture, gconstpointer pace)
{
    begin_lasting(fixture);
    stop_service(fixture);
    g_assert_false(is_given_back(fixture, CAMERA_NODE));
    start_service(fixture, "5");
    assert_kept(fixture);
}

/* What is remembered does not give it to the guest that has it. */
static void test_killed(Fixture *fixture, gconstpointer pace)
{
    begin_lasting(fixture);
    remember(fixture, CAMERA, "pc", "device", NULL);
    kill_service(fixture);
    start_service(fixture, "5");
    assert_kept(fixture);
}

/* What was plugged in again while nobody looked is not the guest's; its device model is to forget
 * the one that it had. */
static void test_replaced(Fixture *fixture, gconstpointer pace)
{
    begin_lasting(fixture);
    kill_service(fixture);
    unplug(fixture, CAMERA);
    plug_again(fixture, CAMERA);
    unplug(fixture, STICK);
    start_service(fixture, "5");
    wait_until(is_in_state(fixture, "pc", "running"));
    wait_until(is_given_back(fixture, CAMERA_NODE));
    wait_until(is_given_back(fixture, STICK_NODE));
    wait_until(is_with(fixture, CAMERA, "here", ""));
    wait_until(count_files(fixture, "usb-away") == 0);
    assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
}

/* The guest ended while nobody looked: dom0's drivers get the devices. */
static void test_ended_meanwhile(Fixture *fixture, gconstpointer pace)
{
    begin_lasting(fixture);
    kill_service(fixture);
    write_tree(fixture, "../record", "");
    start_service(fixture, "5");
    wait_until(is_with(fixture, CAMERA, "here", ""));
    wait_until(was_returned(fixture, "1-2:1.0"));
    wait_until(was_returned(fixture, "1-3:1.0"));
    wait_until(count_files(fixture, "usb-away") == 0);
}

/* Of what its device model does not have any more, a guest is not shown to have anything. */
static void test_lost_meanwhile(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *path = g_build_filename(fixture->state, "record", NULL);
    g_autofree char *text = NULL;
    char *held;

    begin_lasting(fixture);
    kill_service(fixture);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    held = strstr(text, "usb_1-2_3");
    g_assert_nonnull(held);
    held[4] = '9';
    scratch_write(path, text, -1);
    start_service(fixture, "5");
    wait_until(is_with(fixture, STICK, "attached", "pc"));
    wait_until(was_returned(fixture, "1-2:1.0"));
    wait_until(is_with(fixture, CAMERA, "here", ""));
    g_assert_true(is_with(fixture, STICK, "attached", "pc"));
}

static void test_many(Fixture *fixture, gconstpointer pace)
{
    start_pc(fixture, "pc");
    for (guint i = 0; i < 100; i++) {
        assign_ok(fixture, CAMERA, "pc", "@a{sv} {}");
        release(fixture, CAMERA, NULL);
    }
}

int main(int argc, char **argv)
{
    init_usb_test(&argc, &argv);
    add("/service-usb-hvm/assign", test_assign, NULL);
    add("/service-usb-hvm/no-program", test_no_program, NULL);
    add("/service-usb-hvm/refusals", test_refusals, NULL);
    add("/service-usb-hvm/paused", test_paused, NULL);
    add("/service-usb-hvm/failures", test_failures, NULL);
    add("/service-usb-hvm/no-controller", test_no_controller, NULL);
    add("/service-usb-hvm/clinging", test_clinging, NULL);
    add("/service-usb-hvm/model-dies", test_model_dies, NULL);
    add("/service-usb-hvm/guest-ends", test_guest_ends, NULL);
    add("/service-usb-hvm/unplugged", test_unplugged, NULL);
    add("/service-usb-hvm/remembered", test_remembered, NULL);
    add("/service-usb-hvm/saved", test_saved, NULL);
    add("/service-usb-hvm/stopped", test_stopped, NULL);
    add("/service-usb-hvm/killed", test_killed, NULL);
    add("/service-usb-hvm/replaced", test_replaced, NULL);
    add("/service-usb-hvm/ended-meanwhile", test_ended_meanwhile, NULL);
    add("/service-usb-hvm/lost-meanwhile", test_lost_meanwhile, NULL);
    add("/service-usb-hvm/many", test_many, NULL);
    return g_test_run();
}
