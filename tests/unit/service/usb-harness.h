/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of the service do with imagined USB devices. Arguments of such a test: the service,
 * the stand-in display server, the stand-in of a guest's USB process. */
#pragma once

#include "fake-usb.h"
#include "service-harness.h"

/* Those that the simulation begins with. */
#define KEYBOARD "1-1"
#define CAMERA   "1-2"
#define STICK    "1-3"
#define MOUNTED  "1-4"

/* Where a test program begins. */
static inline void init_usb_test(int *argc, char ***argv)
{
    g_test_init(argc, argv, NULL);
    g_assert_cmpint(*argc, ==, 4);
    take_programs(*argv);
    usb_program = (*argv)[3];
}

static inline VitrineUsbDevice1 *find_usb(Fixture *fixture, const char *key)
{
    g_autofree char *id = g_dbus_escape_object_path(key);
    g_autofree char *path = g_strconcat(SERVICE_PATH "/usb/", id, NULL);
    GDBusInterface *found =
        g_dbus_object_manager_get_interface(fixture->objects, path, "org.vitrine.UsbDevice1");

    return found ? VITRINE_USB_DEVICE1(found) : NULL;
}

static inline VitrineUsbDevice1 *wait_for_usb(Fixture *fixture, const char *key)
{
    VitrineUsbDevice1 *device;

    wait_until((device = find_usb(fixture, key)) != NULL);
    return device;
}

static inline gboolean has_usb(Fixture *fixture, const char *key)
{
    g_autoptr(VitrineUsbDevice1) device = find_usb(fixture, key);

    return device != NULL;
}

static inline gboolean is_with(Fixture *fixture, const char *key, const char *state,
                               const char *guest)
{
    g_autoptr(VitrineUsbDevice1) device = find_usb(fixture, key);

    return device && g_strcmp0(vitrine_usb_device1_get_state(device), state) == 0 &&
           g_strcmp0(vitrine_usb_device1_get_guest(device), guest) == 0;
}

/* A file of the made up tree. */
static inline void write_tree(Fixture *fixture, const char *path, const char *text)
{
    g_autofree char *root = g_build_filename(fixture->state, "usb", NULL);

    usb_file(root, path, text);
}

static inline char *read_tree(Fixture *fixture, const char *path)
{
    g_autofree char *whole = g_build_filename(fixture->state, "usb", path, NULL);
    char *text = NULL;

    g_assert_true(g_file_get_contents(whole, &text, NULL, NULL));
    return text;
}

/* Moves the device's directory out of the tree, and back in with another number, as the kernel
 * does. */
static inline void move_usb(Fixture *fixture, const char *key, gboolean out)
{
    g_autofree char *in = g_build_filename(fixture->state, "usb/sys", USB_DEVICES, key, NULL);
    g_autofree char *away = g_build_filename(fixture->state, "usb", key, NULL);

    g_assert_cmpint(g_rename(out ? in : away, out ? away : in), ==, 0);
}

static inline void unplug(Fixture *fixture, const char *key)
{
    move_usb(fixture, key, TRUE);
}

static inline void plug_again(Fixture *fixture, const char *key)
{
    g_autofree char *number = g_strconcat(key, "/devnum", NULL);
    g_autofree char *place = g_strconcat(key, "/dev", NULL);

    write_tree(fixture, number, "9");
    write_tree(fixture, place, "189:8");
    write_tree(fixture, "dev/001/009", "");
    move_usb(fixture, key, FALSE);
}

/* ERROR is the name of the D-Bus error wanted, without what all begin with; NULL: success. The
 * sentence, to be freed. */
static inline char *outcome(const GError *error, const char *name)
{
    g_autofree char *remote = error ? g_dbus_error_get_remote_error(error) : NULL;
    g_autofree char *wanted = name ? g_strconcat("org.vitrine.Error.", name, NULL) : NULL;

    if (error)
        g_test_message("%s", error->message);
    g_assert_cmpstr(remote, ==, wanted);
    return g_strdup(error ? error->message : "");
}

static inline char *assign(Fixture *fixture, const char *key, const char *guest,
                           const char *options, const char *name)
{
    g_autoptr(VitrineUsbDevice1) device = wait_for_usb(fixture, key);
    g_autoptr(GError) error = NULL;

    vitrine_usb_device1_call_assign_sync(device, guest, g_variant_new_parsed(options), AS_USUAL,
                                         NULL, &error);
    return outcome(error, name);
}

static inline void assign_ok(Fixture *fixture, const char *key, const char *guest,
                             const char *options)
{
    g_autofree char *sentence = assign(fixture, key, guest, options, NULL);

    wait_until(is_with(fixture, key, "attached", guest));
}

static inline void refuse_assign(Fixture *fixture, const char *key, const char *guest,
                                 const char *options, const char *name, const char *words)
{
    g_autofree char *sentence = assign(fixture, key, guest, options, name);

    g_assert_nonnull(strstr(sentence, words));
}

static inline void release(Fixture *fixture, const char *key, const char *name)
{
    g_autoptr(VitrineUsbDevice1) device = wait_for_usb(fixture, key);
    g_autoptr(GError) error = NULL;
    g_autofree char *sentence = NULL;

    vitrine_usb_device1_call_release_sync(device, AS_USUAL, NULL, &error);
    sentence = outcome(error, name);
    if (!name)
        wait_until(is_with(fixture, key, "here", ""));
}

static inline void remember(Fixture *fixture, const char *key, const char *guest, const char *scope,
                            const char *name)
{
    g_autoptr(VitrineUsbDevice1) device = wait_for_usb(fixture, key);
    g_autoptr(GError) error = NULL;
    g_autofree char *sentence = NULL;

    vitrine_usb_device1_call_remember_sync(device, guest, scope, AS_USUAL, NULL, &error);
    sentence = outcome(error, name);
}

static inline void forget(Fixture *fixture, const char *key)
{
    g_autoptr(VitrineUsbDevice1) device = wait_for_usb(fixture, key);
    g_autoptr(GError) error = NULL;

    vitrine_usb_device1_call_forget_sync(device, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
}

static inline gboolean is_remembered(Fixture *fixture, const char *key, const char *choice)
{
    g_autoptr(VitrineUsbDevice1) device = wait_for_usb(fixture, key);

    return g_strcmp0(vitrine_usb_device1_get_remembered(device), choice) == 0;
}

static inline void start_guest(Fixture *fixture, const char *name)
{
    g_autofree char *sentence = create(fixture, "debian-12-minimal", name, "succeeded");

    wait_until(is_in_state(fixture, name, "running"));
}

static inline gboolean was_returned(Fixture *fixture, const char *interface)
{
    g_autofree char *probed = read_tree(fixture, "sys/bus/usb/drivers_probe");

    return strstr(probed, interface) != NULL;
}

static inline void forget_returns(Fixture *fixture)
{
    write_tree(fixture, "sys/bus/usb/drivers_probe", "");
}

static inline void start_pc(Fixture *fixture, const char *name)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    g_autofree char *sentence = NULL;

    vitrine_manager1_call_create_sync(fixture->manager, "debian-12-minimal", name,
                                      g_variant_new_parsed("{'kind': <'hvm'>}"), AS_USUAL, &path,
                                      NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, path, "succeeded");
    wait_until(is_in_state(fixture, name, "running"));
}

/* The service ends without a word. */
static inline void kill_service(Fixture *fixture)
{
    g_subprocess_force_exit(fixture->process);
    g_subprocess_wait(fixture->process, NULL, NULL);
    g_clear_object(&fixture->process);
    g_clear_object(&fixture->manager);
    g_clear_object(&fixture->objects);
}

/* Whether the one who had it has let go of it, and was not just killed. */
static inline gboolean is_given_back(Fixture *fixture, const char *node)
{
    g_autofree char *text = read_tree(fixture, node);

    return strcmp(text, "given back") == 0;
}
