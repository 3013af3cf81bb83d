/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Remembered choices: the narrowest counts, and a file that can't be read is not lost. */
#include "error.h"
#include "fake-usb.h"
#include "usb-rules.h"

typedef struct {
    char *directory;
    char *path;
    UsbRules *rules;
    UsbDevice stick; /* with a serial number */
    UsbDevice camera;
} Fixture;

static UsbDevice device_of(const char *key, guint16 vendor, const char *serial, UsbKind kind)
{
    return (UsbDevice){.key = g_strdup(key),
                       .vendor = vendor,
                       .product = 0x1666,
                       .serial = g_strdup(serial),
                       .kinds = USB_KIND_BIT(kind)};
}

static void clear_device(UsbDevice *device)
{
    g_free(device->key);
    g_free(device->serial);
}

static void set_up(Fixture *fixture, gconstpointer text)
{
    fixture->directory = scratch_new();
    fixture->path = g_build_filename(fixture->directory, "usb.ini", NULL);
    fixture->stick = device_of("1-3", 0x951, "A=[1]", USB_KIND_STORAGE);
    fixture->camera = device_of("1-2.1", 0x46d, "", USB_KIND_CAMERA);
    if (text)
        scratch_write(fixture->path, text, -1);
    fixture->rules = usb_rules_new(fixture->path);
}

static void tear_down(Fixture *fixture, gconstpointer text)
{
    usb_rules_free(fixture->rules);
    clear_device(&fixture->stick);
    clear_device(&fixture->camera);
    g_free(fixture->path);
    scratch_free(fixture->directory);
}

static void remember(Fixture *fixture, const UsbDevice *device, UsbScope scope, const char *choice)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(usb_rules_remember(fixture->rules, device, scope, choice, &error));
    g_assert_no_error(error);
}

static void forget(Fixture *fixture, const UsbDevice *device)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(usb_rules_forget(fixture->rules, device, &error));
    g_assert_no_error(error);
}

#define assert_choice(fixture, device, choice) \
    g_assert_cmpstr(usb_rules_find((fixture)->rules, &(fixture)->device), ==, choice)

static void test_narrowest(Fixture *fixture, gconstpointer text)
{
    assert_choice(fixture, stick, "");
    remember(fixture, &fixture->stick, USB_SCOPE_KIND, "kind");
    assert_choice(fixture, stick, "kind");
    assert_choice(fixture, camera, "");
    remember(fixture, &fixture->stick, USB_SCOPE_PORT, "port");
    assert_choice(fixture, stick, "port");
    remember(fixture, &fixture->stick, USB_SCOPE_DEVICE, "device");
    assert_choice(fixture, stick, "device");
    forget(fixture, &fixture->stick);
    assert_choice(fixture, stick, "port");
    forget(fixture, &fixture->stick);
    assert_choice(fixture, stick, "kind");
    forget(fixture, &fixture->stick);
    assert_choice(fixture, stick, "");
    forget(fixture, &fixture->stick);
}

/* Another of the same make is another device; one without a number can't be told apart. */
static void test_serial(Fixture *fixture, gconstpointer text)
{
    UsbDevice other = device_of("1-9", 0x951, "B", USB_KIND_STORAGE);
    UsbDevice numbered = device_of("1-9", 0x46d, "C", USB_KIND_CAMERA);

    remember(fixture, &fixture->stick, USB_SCOPE_DEVICE, "a");
    g_assert_cmpstr(usb_rules_find(fixture->rules, &other), ==, "");
    remember(fixture, &fixture->camera, USB_SCOPE_DEVICE, "b");
    g_assert_cmpstr(usb_rules_find(fixture->rules, &numbered), ==, "b");
    clear_device(&other);
    clear_device(&numbered);
}

/* A new choice counts, whatever was chosen more narrowly before. */
static void test_wider(Fixture *fixture, gconstpointer text)
{
    remember(fixture, &fixture->stick, USB_SCOPE_DEVICE, "device");
    remember(fixture, &fixture->stick, USB_SCOPE_KIND, USB_NEVER);
    assert_choice(fixture, stick, USB_NEVER);
}

static void test_kept(Fixture *fixture, gconstpointer text)
{
    g_autoptr(UsbRules) next = NULL;

    remember(fixture, &fixture->stick, USB_SCOPE_DEVICE, "work");
    remember(fixture, &fixture->camera, USB_SCOPE_PORT, "meetings");
    next = usb_rules_new(fixture->path);
    g_assert_cmpstr(usb_rules_find(next, &fixture->stick), ==, "work");
    g_assert_cmpstr(usb_rules_find(next, &fixture->camera), ==, "meetings");
    g_assert_cmpuint(scratch_count(fixture->directory), ==, 1);
}

/* A person edits the file; what is said in it besides stays. */
static void test_edited(Fixture *fixture, gconstpointer text)
{
    g_autofree char *after = NULL;

    assert_choice(fixture, stick, "by-hand");
    assert_choice(fixture, camera, "cam");
    remember(fixture, &fixture->camera, USB_SCOPE_DEVICE, "x");
    g_file_get_contents(fixture->path, &after, NULL, NULL);
    g_assert_nonnull(strstr(after, "# Mine"));
    g_assert_nonnull(strstr(after, "colour=green"));
    g_unlink(fixture->path);
    scratch_write(fixture->path, "[port]\n1-3=changed\n", -1);
    assert_choice(fixture, stick, "changed");
    g_unlink(fixture->path);
    assert_choice(fixture, stick, "");
}

/* Entries that can't be followed are not, and others are. */
static void test_bad_entries(Fixture *fixture, gconstpointer text)
{
    g_autofree char *after = NULL;

    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*1-3*not heeded*");
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*1-7*not heeded*");
    assert_choice(fixture, stick, "store");
    g_test_assert_expected_messages();
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*1-3*not heeded*");
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*1-7*not heeded*");
    remember(fixture, &fixture->camera, USB_SCOPE_KIND, "c");
    g_test_assert_expected_messages();
    g_file_get_contents(fixture->path, &after, NULL, NULL);
    g_assert_nonnull(strstr(after, "../../etc"));
}

static void test_broken(Fixture *fixture, gconstpointer text)
{
    g_autofree char *aside = g_strconcat(fixture->path, ".broken", NULL);
    g_autofree char *second = g_strconcat(fixture->path, ".broken-2", NULL);
    g_autofree char *saved = NULL;

    scratch_write(aside, "an older one", -1);
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*not heeded*");
    assert_choice(fixture, stick, "");
    g_test_assert_expected_messages();
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*is now*");
    remember(fixture, &fixture->stick, USB_SCOPE_PORT, "work");
    g_test_assert_expected_messages();
    assert_choice(fixture, stick, "work");
    g_file_get_contents(second, &saved, NULL, NULL);
    g_assert_cmpstr(saved, ==, text);
    g_clear_pointer(&saved, g_free);
    g_file_get_contents(aside, &saved, NULL, NULL);
    g_assert_cmpstr(saved, ==, "an older one");
}

/* A link leads to somebody else's file, which is not written to. */
static void test_link(Fixture *fixture, gconstpointer text)
{
    g_autofree char *target = g_build_filename(fixture->directory, "target", NULL);
    g_autofree char *after = NULL;

    scratch_write(target, "[port]\n1-3=evil\n", -1);
    g_assert_cmpint(symlink(target, fixture->path), ==, 0);
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_WARNING, "*not heeded*link*");
    assert_choice(fixture, stick, "");
    g_test_expect_message(G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE, "*is now*");
    remember(fixture, &fixture->stick, USB_SCOPE_PORT, "work");
    g_test_assert_expected_messages();
    g_file_get_contents(target, &after, NULL, NULL);
    g_assert_cmpstr(after, ==, "[port]\n1-3=evil\n");
}

/* What can't be written is not taken for remembered. */
static void test_unwritable(Fixture *fixture, gconstpointer text)
{
    g_autoptr(UsbRules) nowhere = usb_rules_new("/nowhere/at/all/usb.ini");
    g_autoptr(GError) error = NULL;

    g_assert_false(usb_rules_remember(nowhere, &fixture->stick, USB_SCOPE_PORT, "work", &error));
    g_assert_nonnull(error);
    g_assert_cmpstr(usb_rules_find(nowhere, &fixture->stick), ==, "");
}

static void test_forget_guest(Fixture *fixture, gconstpointer text)
{
    remember(fixture, &fixture->stick, USB_SCOPE_DEVICE, "work");
    remember(fixture, &fixture->camera, USB_SCOPE_PORT, "work");
    remember(fixture, &fixture->camera, USB_SCOPE_KIND, "play");
    remember(fixture, &fixture->stick, USB_SCOPE_KIND, USB_NEVER);
    remember(fixture, &fixture->stick, USB_SCOPE_DEVICE, "work");
    g_assert_true(usb_rules_forget_guest(fixture->rules, "work", NULL));
    assert_choice(fixture, stick, USB_NEVER);
    assert_choice(fixture, camera, "play");
    g_assert_true(usb_rules_forget_guest(fixture->rules, USB_NEVER, NULL));
    assert_choice(fixture, stick, USB_NEVER);
}

static void add(const char *path, void (*test)(Fixture *fixture, gconstpointer text),
                const char *text)
{
    g_test_add(path, Fixture, text, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/usb-rules/narrowest", test_narrowest, NULL);
    add("/usb-rules/serial", test_serial, NULL);
    add("/usb-rules/wider", test_wider, NULL);
    add("/usb-rules/kept", test_kept, NULL);
    add("/usb-rules/edited", test_edited,
        "# Mine\n[device]\n0951:1666=by-hand\n[kind]\ncamera=cam\n[more]\ncolour=green\n");
    add("/usb-rules/bad-entries", test_bad_entries,
        "[port]\n1-3=../../etc\n1-7=\n[kind]\nstorage=store\n");
    add("/usb-rules/broken", test_broken, "[port\n1-3=work\n");
    add("/usb-rules/link", test_link, NULL);
    add("/usb-rules/unwritable", test_unwritable, NULL);
    add("/usb-rules/forget-guest", test_forget_guest, NULL);
    return g_test_run();
}
