/* SPDX-License-Identifier: GPL-2.0-or-later */
/* USB devices as a client sees them, with imagined devices and guests. Arguments: the service, the
 * stand-in display server, the stand-in of a guest's USB process. */
#include "usb-harness.h"

/* ---- Tests ---- */

static void test_shown(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineUsbDevice1) camera = wait_for_usb(fixture, CAMERA);
    g_autoptr(VitrineUsbDevice1) stick = wait_for_usb(fixture, STICK);
    g_autoptr(VitrineUsbDevice1) keyboard = wait_for_usb(fixture, KEYBOARD);
    g_autoptr(VitrineUsbDevice1) mounted = wait_for_usb(fixture, MOUNTED);

    g_assert_cmpstr(vitrine_usb_device1_get_key(camera), ==, CAMERA);
    g_assert_cmpstr(vitrine_usb_device1_get_name(camera), ==, "Logitech Webcam C270");
    g_assert_cmpstr(vitrine_usb_device1_get_kind(camera), ==, "camera");
    g_assert_cmpstr(vitrine_usb_device1_get_description(camera), ==, "camera, sound");
    g_assert_cmpuint(vitrine_usb_device1_get_vendor_id(camera), ==, 0x46d);
    g_assert_cmpuint(vitrine_usb_device1_get_product_id(camera), ==, 0x825);
    g_assert_cmpstr(vitrine_usb_device1_get_speed(camera), ==, "480 Mbit/s");
    g_assert_cmpstr(vitrine_usb_device1_get_state(camera), ==, "here");
    g_assert_cmpstr(vitrine_usb_device1_get_guest(camera), ==, "");
    g_assert_cmpstr(vitrine_usb_device1_get_concern(camera), ==, "");
    g_assert_cmpstr(vitrine_usb_device1_get_problem(camera), ==, "");
    g_assert_cmpstr(vitrine_usb_device1_get_remembered(camera), ==, "");
    g_assert_cmpstr(vitrine_usb_device1_get_description(stick), ==, "storage, 16 GB");
    g_assert_nonnull(strstr(vitrine_usb_device1_get_concern(keyboard), "last keyboard"));
    g_assert_nonnull(strstr(vitrine_usb_device1_get_concern(mounted), "/media/holiday photos"));
}

static void test_assign(Fixture *fixture, gconstpointer pace)
{
    start_guest(fixture, "g");
    start_guest(fixture, "h");
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
    refuse_assign(fixture, CAMERA, "h", "@a{sv} {}", "WrongState", "“g” has the device");
    assign_ok(fixture, STICK, "h", "@a{sv} {}");
    release(fixture, CAMERA, NULL);
    g_assert_true(was_returned(fixture, "1-2:1.0"));
    g_assert_true(was_returned(fixture, "1-2:1.1"));
    g_assert_false(was_returned(fixture, "1-3:1.0"));
    release(fixture, CAMERA, "WrongState");
    assign_ok(fixture, CAMERA, "h", "@a{sv} {}");
}

/* What a guest has, dom0 sees less of: it is shown as it was. */
static void test_description(Fixture *fixture, gconstpointer pace)
{
    static const char size[] =
        "sys/" USB_DEVICES STICK "/" STICK ":1.0/host0/target0:0:0/0:0:0:0/block/sdb/size";
    g_autoptr(VitrineUsbDevice1) stick = wait_for_usb(fixture, STICK);

    start_guest(fixture, "g");
    assign_ok(fixture, STICK, "g", "@a{sv} {}");
    write_tree(fixture, size, "0");
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
    release(fixture, CAMERA, NULL);
    g_assert_cmpstr(vitrine_usb_device1_get_description(stick), ==, "storage, 16 GB");
    release(fixture, STICK, NULL);
    wait_until(strcmp(vitrine_usb_device1_get_description(stick), "storage") == 0);
}

static void test_refusals(Fixture *fixture, gconstpointer pace)
{
    start_guest(fixture, "g");
    refuse_assign(fixture, MOUNTED, "g", "{'confirmed': <true>}", "WrongState",
                  "/media/holiday photos");
    refuse_assign(fixture, KEYBOARD, "g", "@a{sv} {}", "NeedsConfirmation", "last keyboard");
    g_assert_true(is_with(fixture, KEYBOARD, "here", ""));
    assign_ok(fixture, KEYBOARD, "g", "{'confirmed': <true>}");
    refuse_assign(fixture, CAMERA, "none", "@a{sv} {}", "GuestGone", "no guest “none”");
    refuse_assign(fixture, CAMERA, "g", "{'sure': <true>}", "InvalidOption", "confirmed");
    refuse_assign(fixture, CAMERA, "g", "{'confirmed': <'yes'>}", "InvalidOption", "type");
    refuse_assign(fixture, CAMERA, "g", "{'remember': <'always'>}", "InvalidOption", "“port”");
    do_job(fixture, "g", vitrine_guest1_call_shutdown_sync);
    refuse_assign(fixture, CAMERA, "g", "@a{sv} {}", "WrongState", "stopped");
}

/* A mount that comes later, and one that goes. */
static void test_mounts(Fixture *fixture, gconstpointer pace)
{
    start_guest(fixture, "g");
    write_tree(fixture, "proc/mountinfo", "50 22 8:16 / /mnt rw - vfat /dev/sdb rw\n");
    refuse_assign(fixture, STICK, "g", "@a{sv} {}", "WrongState", "/mnt");
    assign_ok(fixture, MOUNTED, "g", "@a{sv} {}");
}

/* Nothing is there that could give a device away. */
static void test_no_program(Fixture *fixture, gconstpointer pace)
{
    const char *program = usb_program;

    stop_service(fixture);
    usb_program = "";
    start_service(fixture, "5");
    usb_program = program;
    start_guest(fixture, "g");
    refuse_assign(fixture, CAMERA, "g", "@a{sv} {}", "Unsupported", "without USB");
}

static void fail_with(Fixture *fixture, const char *behaviour, const char *name, const char *words)
{
    g_autoptr(VitrineUsbDevice1) camera = wait_for_usb(fixture, CAMERA);

    write_tree(fixture, "dev/001/003", behaviour);
    refuse_assign(fixture, CAMERA, "g", "@a{sv} {}", name, words);
    wait_until(is_with(fixture, CAMERA, "here", ""));
    wait_until(strstr(vitrine_usb_device1_get_problem(camera), words) != NULL);
    g_assert_true(was_returned(fixture, "1-2:1.0"));
    forget_returns(fixture);
}

static void test_failures(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineUsbDevice1) camera = wait_for_usb(fixture, CAMERA);

    start_guest(fixture, "g");
    fail_with(fixture, "failed no-tool", "NoUsbTool", "vitrine-guest-tools");
    fail_with(fixture, "failed busy", "WrongState", "close what uses it");
    fail_with(fixture, "exit", "Failed", "USB process ended");
    write_tree(fixture, "dev/001/003", "nonsense");
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
    wait_until(*vitrine_usb_device1_get_problem(camera) == '\0');
    release(fixture, CAMERA, NULL);
    write_tree(fixture, "dev/001/003", "let-go");
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
    wait_until(is_with(fixture, CAMERA, "here", ""));
}

static void test_no_node(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *node = g_build_filename(fixture->state, "usb/dev/001/003", NULL);

    start_guest(fixture, "g");
    g_unlink(node);
    refuse_assign(fixture, CAMERA, "g", "@a{sv} {}", "Failed", "can't be opened");
}

/* The guest's end is no loss. */
static void test_guest_ends(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineUsbDevice1) camera = wait_for_usb(fixture, CAMERA);

    start_guest(fixture, "g");
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
    assign_ok(fixture, STICK, "g", "@a{sv} {}");
    do_job(fixture, "g", vitrine_guest1_call_force_off_sync);
    wait_until(is_with(fixture, CAMERA, "here", ""));
    wait_until(is_with(fixture, STICK, "here", ""));
    g_assert_cmpstr(vitrine_usb_device1_get_problem(camera), ==, "");
    g_assert_true(is_given_back(fixture, "dev/001/003"));
    g_assert_true(was_returned(fixture, "1-2:1.0"));
    g_assert_true(was_returned(fixture, "1-3:1.0"));
    do_job(fixture, "g", vitrine_guest1_call_start_sync);
    wait_until(is_in_state(fixture, "g", "running"));
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
}

static void test_unplugged(Fixture *fixture, gconstpointer pace)
{
    start_guest(fixture, "g");
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
    unplug(fixture, CAMERA);
    wait_until(!has_usb(fixture, CAMERA));
    plug_again(fixture, CAMERA);
    wait_until(is_with(fixture, CAMERA, "here", ""));
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
}

/* A look that falls into a device's being reset, as each is when it comes back, takes it for what
 * it was, and whoever has it for who has it. */
static void test_reset(Fixture *fixture, gconstpointer pace)
{
    start_guest(fixture, "g");
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
    write_tree(fixture, "sys/" USB_DEVICES CAMERA "/devnum", "0");
    unplug(fixture, STICK);
    wait_until(!has_usb(fixture, STICK));
    g_assert_true(is_with(fixture, CAMERA, "attached", "g"));
    write_tree(fixture, "sys/" USB_DEVICES CAMERA "/devnum", "3");
    release(fixture, CAMERA, NULL);
    plug_again(fixture, STICK);
    wait_until(is_with(fixture, STICK, "here", ""));
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
}

/* A process that does not let go of a device that is not there any more is ended, and the device,
 * plugged in again, can be given away again. */
static void test_clinging(Fixture *fixture, gconstpointer pace)
{
    start_guest(fixture, "g");
    start_guest(fixture, "h");
    write_tree(fixture, "dev/001/003", "clinging");
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
    assign_ok(fixture, STICK, "g", "@a{sv} {}");
    assign_ok(fixture, KEYBOARD, "h", "{'confirmed': <true>}");
    unplug(fixture, CAMERA);
    wait_until(!has_usb(fixture, CAMERA));
    plug_again(fixture, CAMERA);
    refuse_assign(fixture, CAMERA, "h", "@a{sv} {}", "WrongState", "just giving it back");
    remember(fixture, CAMERA, "h", "port", NULL);
    wait_until(is_with(fixture, CAMERA, "attached", "h"));
    wait_until(is_with(fixture, STICK, "here", ""));
    assign_ok(fixture, STICK, "g", "@a{sv} {}");
}

/* A guest that is up again before its last process has let go gets it all the same. */
static void test_slow_end(Fixture *fixture, gconstpointer pace)
{
    start_guest(fixture, "g");
    write_tree(fixture, "dev/001/003", "clinging");
    assign_ok(fixture, CAMERA, "g", "{'remember': <'device'>}");
    do_job(fixture, "g", vitrine_guest1_call_reboot_sync);
    wait_until(is_with(fixture, CAMERA, "detaching", "g"));
    wait_until(is_with(fixture, CAMERA, "attached", "g"));
}

/* The guest's USB process, and so its tool, goes and comes: by another device, which ends it. */
static void come_anew(Fixture *fixture)
{
    g_autofree char *sentence = NULL;

    write_tree(fixture, "dev/001/004", "exit");
    sentence = assign(fixture, STICK, "g", "@a{sv} {}", "Failed");
    write_tree(fixture, "dev/001/004", "");
    assign_ok(fixture, STICK, "g", "@a{sv} {}");
    release(fixture, STICK, NULL);
}

/* A guest that loses it again and again does not get it for ever. */
static void test_flapping(Fixture *fixture, gconstpointer pace)
{
    start_guest(fixture, "g");
    assign_ok(fixture, CAMERA, "g", "{'remember': <'device'>}");
    for (guint i = 0; i < 3; i++) {
        come_anew(fixture);
        wait_until(is_with(fixture, CAMERA, "attached", "g"));
    }
    come_anew(fixture);
    g_assert_true(is_with(fixture, CAMERA, "here", ""));
}

/* Within two seconds, as often as it is plugged in; but not against a person's will. */
static void test_remembered(Fixture *fixture, gconstpointer pace)
{
    gint64 begin;

    start_guest(fixture, "g");
    assign_ok(fixture, CAMERA, "g", "{'remember': <'device'>}");
    wait_until(is_remembered(fixture, CAMERA, "g"));
    unplug(fixture, CAMERA);
    wait_until(!has_usb(fixture, CAMERA));
    begin = g_get_monotonic_time();
    plug_again(fixture, CAMERA);
    wait_until(is_with(fixture, CAMERA, "attached", "g"));
    g_assert_cmpint(g_get_monotonic_time() - begin, <, 2 * G_USEC_PER_SEC);
    release(fixture, CAMERA, NULL);
    come_anew(fixture);
    g_assert_true(is_with(fixture, CAMERA, "here", ""));
    do_job(fixture, "g", vitrine_guest1_call_reboot_sync);
    wait_until(is_with(fixture, CAMERA, "attached", "g"));
    come_anew(fixture);
    wait_until(is_with(fixture, CAMERA, "attached", "g"));
    release(fixture, CAMERA, NULL);
    forget(fixture, CAMERA);
    wait_until(is_remembered(fixture, CAMERA, ""));
}

/* What is plugged in while its guest is paused is the guest's when that goes on, but not against a
 * person's will. */
static void test_paused(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = NULL;

    start_guest(fixture, "g");
    guest = find_guest(fixture, "g");
    assign_ok(fixture, CAMERA, "g", "{'remember': <'device'>}");
    assign_ok(fixture, STICK, "g", "{'remember': <'device'>}");
    release(fixture, STICK, NULL);
    unplug(fixture, CAMERA);
    wait_until(!has_usb(fixture, CAMERA));
    g_assert_true(vitrine_guest1_call_pause_sync(guest, AS_USUAL, NULL, NULL));
    plug_again(fixture, CAMERA);
    wait_until(has_usb(fixture, CAMERA));
    g_assert_true(is_with(fixture, CAMERA, "here", ""));
    g_assert_true(vitrine_guest1_call_unpause_sync(guest, AS_USUAL, NULL, NULL));
    wait_until(is_with(fixture, CAMERA, "attached", "g"));
    g_assert_true(is_with(fixture, STICK, "here", ""));
}

/* A save would be to the guest as if its devices were pulled out. */
static void test_saved(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *sentence = NULL;

    start_guest(fixture, "g");
    assign_ok(fixture, STICK, "g", "@a{sv} {}");
    guest = find_guest(fixture, "g");
    vitrine_guest1_call_save_sync(guest, AS_USUAL, &path, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, path, "failed");
    g_assert_nonnull(strstr(sentence, "Take them back first"));
    wait_until(is_in_state(fixture, "g", "running"));
    g_assert_true(is_with(fixture, STICK, "attached", "g"));
    release(fixture, STICK, NULL);
    do_job(fixture, "g", vitrine_guest1_call_save_sync);
    wait_until(is_in_state(fixture, "g", "saved"));
}

/* Of the process PID the kernel says: "PID (NAME) STATE PARENT"; a name has at most 15 letters. */
static gboolean is_served_by(const char *pid, const char *parent)
{
    g_autofree char *path = g_strdup_printf("/proc/%s/stat", pid);
    g_autofree char *text = NULL;
    const char *name;

    if (!g_ascii_isdigit(*pid) || !g_file_get_contents(path, &text, NULL, NULL))
        return FALSE;
    name = strstr(text, "(vitrine-usb-sim) ");
    return name &&
           strtoul(name + strlen("(vitrine-usb-sim) S "), NULL, 10) == strtoul(parent, NULL, 10);
}

/* The service's processes that serve guests' devices. */
static guint count_processes(Fixture *fixture)
{
    const char *parent = g_subprocess_get_identifier(fixture->process);
    g_autoptr(GDir) all = g_dir_open("/proc", 0, NULL);
    const char *pid;
    guint count = 0;

    while ((pid = g_dir_read_name(all)) != NULL)
        count += is_served_by(pid, parent) ? 1 : 0;
    return count;
}

/* A guest that is to be saved has nothing of its process's any more; if it can't be, it is given
 * devices by another one. */
static void test_not_saved(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *made = create(fixture, "unsavable", "g", "succeeded");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "g");
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *sentence = NULL;

    wait_until(is_in_state(fixture, "g", "running"));
    assign_ok(fixture, STICK, "g", "@a{sv} {}");
    release(fixture, STICK, NULL);
    g_assert_cmpuint(count_processes(fixture), ==, 1);
    vitrine_guest1_call_save_sync(guest, AS_USUAL, &path, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, path, "failed");
    g_assert_cmpuint(count_processes(fixture), ==, 0);
    wait_until(is_in_state(fixture, "g", "running"));
    assign_ok(fixture, STICK, "g", "@a{sv} {}");
}

/* It waits for its guest, over restarts of guest and service. */
static void test_waits_for_guest(Fixture *fixture, gconstpointer pace)
{
    remember(fixture, CAMERA, "g", "port", NULL);
    remember(fixture, STICK, "h", "kind", NULL);
    /* What an earlier guest was to have is not for a new one of its name. */
    start_guest(fixture, "h");
    wait_until(is_remembered(fixture, STICK, ""));
    wait_until(is_remembered(fixture, CAMERA, "g"));
    start_guest(fixture, "g");
    wait_until(is_remembered(fixture, CAMERA, ""));
    remember(fixture, CAMERA, "g", "port", NULL);
    do_job(fixture, "g", vitrine_guest1_call_reboot_sync);
    wait_until(is_with(fixture, CAMERA, "attached", "g"));
    do_job(fixture, "g", vitrine_guest1_call_reboot_sync);
    wait_until(is_with(fixture, CAMERA, "attached", "g"));
    do_job(fixture, "g", vitrine_guest1_call_shutdown_sync);
    wait_until(is_with(fixture, CAMERA, "here", ""));
    stop_service(fixture);
    start_service(fixture, "5");
    g_assert_true(is_remembered(fixture, CAMERA, "g"));
    wait_until(has_guest(fixture, "g"));
    do_job(fixture, "g", vitrine_guest1_call_start_sync);
    wait_until(is_with(fixture, CAMERA, "attached", "g"));
    do_job(fixture, "g", vitrine_guest1_call_force_off_sync);
    do_job(fixture, "g", vitrine_guest1_call_delete_sync);
    wait_until(is_remembered(fixture, CAMERA, ""));
}

/* A guest that can't get it is not given it for ever, and that is told. */
static void test_remembered_fails(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineUsbDevice1) camera = wait_for_usb(fixture, CAMERA);
    g_autoptr(VitrineUsbDevice1) keyboard = wait_for_usb(fixture, KEYBOARD);

    start_guest(fixture, "g");
    write_tree(fixture, "dev/001/003", "failed full");
    remember(fixture, CAMERA, "g", "device", NULL);
    remember(fixture, KEYBOARD, "g", "device", NULL);
    do_job(fixture, "g", vitrine_guest1_call_reboot_sync);
    wait_until(strstr(vitrine_usb_device1_get_problem(camera), "no USB port left") != NULL);
    wait_until(strstr(vitrine_usb_device1_get_problem(keyboard), "last keyboard") != NULL);
    wait_until(is_with(fixture, CAMERA, "here", ""));
    wait_until(is_with(fixture, KEYBOARD, "here", ""));
}

static void test_never(Fixture *fixture, gconstpointer pace)
{
    start_guest(fixture, "g");
    remember(fixture, CAMERA, "never", "kind", NULL);
    wait_until(is_remembered(fixture, CAMERA, "never"));
    refuse_assign(fixture, CAMERA, "g", "@a{sv} {}", "WrongState", "Forget");
    remember(fixture, CAMERA, "../etc", "kind", "InvalidName");
    remember(fixture, CAMERA, "g", "world", "InvalidOption");
    refuse_assign(fixture, STICK, "never", "{'remember': <'port'>}", "InvalidOption", "never");
    forget(fixture, CAMERA);
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
}

/* What a service that was killed had given away is dom0's again with the next one. */
static void test_killed(Fixture *fixture, gconstpointer pace)
{
    start_guest(fixture, "g");
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
    assign_ok(fixture, STICK, "g", "@a{sv} {}");
    release(fixture, STICK, NULL);
    forget_returns(fixture);
    kill_service(fixture);
    start_service(fixture, "5");
    wait_until(is_with(fixture, CAMERA, "here", ""));
    g_assert_true(was_returned(fixture, "1-2:1.0"));
    g_assert_false(was_returned(fixture, "1-3:1.0"));
}

/* The service's end leaves no device with a process that is no more. */
static void test_stopped(Fixture *fixture, gconstpointer pace)
{
    start_guest(fixture, "g");
    assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
    forget_returns(fixture);
    stop_service(fixture);
    g_assert_true(is_given_back(fixture, "dev/001/003"));
    g_assert_true(was_returned(fixture, "1-2:1.0"));
    g_assert_cmpuint(count_files(fixture, "usb-away"), ==, 0);
    start_service(fixture, "5");
}

static void test_many(Fixture *fixture, gconstpointer pace)
{
    start_guest(fixture, "g");
    for (guint i = 0; i < 100; i++) {
        assign_ok(fixture, CAMERA, "g", "@a{sv} {}");
        release(fixture, CAMERA, NULL);
    }
}

int main(int argc, char **argv)
{
    init_usb_test(&argc, &argv);
    add("/service-usb/shown", test_shown, NULL);
    add("/service-usb/assign", test_assign, NULL);
    add("/service-usb/description", test_description, NULL);
    add("/service-usb/refusals", test_refusals, NULL);
    add("/service-usb/mounts", test_mounts, NULL);
    add("/service-usb/no-program", test_no_program, NULL);
    add("/service-usb/failures", test_failures, NULL);
    add("/service-usb/no-node", test_no_node, NULL);
    add("/service-usb/guest-ends", test_guest_ends, NULL);
    add("/service-usb/unplugged", test_unplugged, NULL);
    add("/service-usb/reset", test_reset, NULL);
    add("/service-usb/clinging", test_clinging, NULL);
    add("/service-usb/slow-end", test_slow_end, NULL);
    add("/service-usb/flapping", test_flapping, NULL);
    add("/service-usb/remembered", test_remembered, NULL);
    add("/service-usb/paused", test_paused, NULL);
    add("/service-usb/saved", test_saved, NULL);
    add("/service-usb/not-saved", test_not_saved, NULL);
    add("/service-usb/waits-for-guest", test_waits_for_guest, NULL);
    add("/service-usb/remembered-fails", test_remembered_fails, NULL);
    add("/service-usb/never", test_never, NULL);
    add("/service-usb/killed", test_killed, NULL);
    add("/service-usb/stopped", test_stopped, NULL);
    add("/service-usb/many", test_many, NULL);
    return g_test_run();
}
