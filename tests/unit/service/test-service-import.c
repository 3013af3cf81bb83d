/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Guests of disk images and kernels that a person names, as a client of the service sees them. */
#include "service-harness.h"

static char *path_in(Fixture *fixture, const char *name)
{
    return g_build_filename(fixture->state, name, NULL);
}

static char *kernel_of(Fixture *fixture)
{
    return path_in(fixture, "templates/debian-12-minimal/vmlinuz");
}

/* OPTIONS have a %s for the kernel, or not. */
static GVariant *options_of(Fixture *fixture, const char *options)
{
    g_autofree char *kernel = kernel_of(fixture);
    g_auto(GStrv) parts = g_strsplit(options, "KERNEL", -1);
    g_autofree char *text = g_strjoinv(kernel, parts);

    return g_variant_new_parsed(text);
}

static char *import(Fixture *fixture, const char *path, const char *options, GError **error)
{
    char *job = NULL;

    vitrine_manager1_call_import_sync(fixture->manager, path, "desk", options_of(fixture, options),
                                      AS_USUAL, &job, NULL, error);
    return job;
}

static void assert_file(Fixture *fixture, const char *name, const char *content)
{
    g_autofree char *path = path_in(fixture, name);
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, content);
}

static char *config(Fixture *fixture)
{
    g_autofree char *path = path_in(fixture, "guests/desk.cfg");
    char *text;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

static void test_import(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *image = path_in(fixture, "old.img");
    g_autofree char *job = NULL, *sentence = NULL, *text = NULL;
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;

    scratch_write(image, "a system", -1);
    job = import(fixture, image, "@a{sv} {}", &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "succeeded");
    g_assert_true(is_in_state(fixture, "desk", "running"));
    guest = find_guest(fixture, "desk");
    g_assert_cmpstr(vitrine_guest1_get_kind(guest), ==, "hvm");
    assert_file(fixture, "disks/desk.img", "a system");
    assert_file(fixture, "old.img", "a system");
    text = config(fixture);
    g_assert_null(strstr(text, "kernel"));
    do_job(fixture, "desk", vitrine_guest1_call_force_off_sync);
    do_job(fixture, "desk", vitrine_guest1_call_delete_sync);
    assert_nothing_left(fixture, "desk");
    assert_file(fixture, "old.img", "a system");
}

/* An image of a PV system has its kernel beside it. */
static void test_import_kernel(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *image = path_in(fixture, "old.img");
    g_autofree char *job = NULL, *sentence = NULL, *text = NULL;
    g_autoptr(GError) error = NULL;

    scratch_write(image, "a system", -1);
    job =
        import(fixture, image, "{'kernel': <'KERNEL'>, 'kind': <'pv'>, 'start': <false>}", &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "succeeded");
    text = config(fixture);
    g_assert_nonnull(strstr(text, "type = \"pv\"\nkernel = \""));
    g_assert_null(strstr(text, "ramdisk"));
}

static const struct {
    const char *content; /* of the image; NULL: there is none */
    const char *options;
    const char *error;
    const char *piece; /* of the sentence */
} bad[] = {
    {NULL, "@a{sv} {}", "org.vitrine.Error.InvalidOption", "no such file"},
    {"x", "{'kind': <'pvh'>}", "org.vitrine.Error.InvalidOption", "kernel"},
    {"x", "{'kernel': <'KERNEL'>, 'kind': <'hvm'>}", "org.vitrine.Error.InvalidOption", "HVM"},
    {"x", "{'kernel': <'vmlinuz'>}", "org.vitrine.Error.InvalidOption", "whole path"},
    {"x", "{'kernel': <'/dev/null'>}", "org.vitrine.Error.InvalidOption", "not a file"},
    {"x", "{'ramdisk': <'KERNEL'>}", "org.vitrine.Error.InvalidOption", "kernel"},
    {"x", "{'kernel': <'KERNEL'>, 'ramdisk': <'/nonsense'>}", "org.vitrine.Error.InvalidOption",
     "no such file"},
    {"x", "{'iso': <'a.iso'>}", "org.vitrine.Error.InvalidOption", "no ISO image"},
    {"x", "{'disk-size': <uint64 134217728>}", "org.vitrine.Error.InvalidOption", "that disk"},
    {"QFI\xfb", "@a{sv} {}", "org.vitrine.Error.Unsupported", "QCOW2"},
    {"KDMV....", "@a{sv} {}", "org.vitrine.Error.Unsupported", "VMDK"},
    {"vhdxfile", "@a{sv} {}", "org.vitrine.Error.Unsupported", "VHDX"},
};

static void test_refused(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *image = path_in(fixture, "old.img");

    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *job = NULL, *remote = NULL;

        if (bad[i].content)
            scratch_write(image, bad[i].content, -1);
        job = import(fixture, image, bad[i].options, &error);
        g_assert_null(job);
        g_test_message("%s", error->message);
        remote = g_dbus_error_get_remote_error(error);
        g_assert_cmpstr(remote, ==, bad[i].error);
        g_assert_nonnull(strstr(error->message, bad[i].piece));
        assert_nothing_left(fixture, "desk");
    }
}

static void test_cancelled(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *image = path_in(fixture, "old.img");
    g_autofree char *job = NULL, *sentence = NULL;
    g_autoptr(VitrineJob1) object = NULL;
    g_autoptr(GError) error = NULL;

    scratch_write(image, "a system", -1);
    job = import(fixture, image, "@a{sv} {}", &error);
    g_assert_no_error(error);
    object = wait_for_job_object(fixture, job);
    wait_until(g_strcmp0(vitrine_job1_get_phase(object), "Copying the disk image") == 0);
    wait_until(vitrine_job1_get_progress(object) > 0.2);
    vitrine_job1_call_cancel_sync(object, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "cancelled");
    assert_nothing_left(fixture, "desk");
    assert_file(fixture, "old.img", "a system");
}

/* An installer that is a kernel, with an empty disk. */
static void create_from_kernel(Fixture *fixture, const char *kind)
{
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *job = NULL, *sentence = NULL, *text = NULL;

    vitrine_manager1_call_create_sync(
        fixture->manager, "", "desk",
        options_of(fixture, "{'kernel': <'KERNEL'>, 'ramdisk': <'KERNEL'>, 'extra': <'a=\"b\"'>, "
                            "'disk-size': <uint64 134217728>}"),
        AS_USUAL, &job, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "succeeded");
    guest = find_guest(fixture, "desk");
    g_assert_cmpstr(vitrine_guest1_get_kind(guest), ==, kind);
    g_assert_true(is_in_state(fixture, "desk", "running"));
    text = config(fixture);
    g_assert_nonnull(strstr(text, "cmdline = \"a=\\x22b\\x22\"\n"));
    g_assert_null(strstr(text, "vnc"));
}

static void test_kernel(Fixture *fixture, gconstpointer pace)
{
    create_from_kernel(fixture, "pvh");
}

static void test_kernel_pv(Fixture *fixture, gconstpointer pace)
{
    create_from_kernel(fixture, "pv");
}

/* The installer restarts: the guest is off, and its disk is what comes next. */
static void test_installer(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *loader = path_in(fixture, "grub-i386-xen_pvh.bin");
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *job = NULL, *sentence = NULL, *text = NULL;

    scratch_write(loader, "GRUB", -1);
    vitrine_manager1_call_create_sync(
        fixture->manager, "", "desk",
        options_of(fixture, "{'kernel': <'KERNEL'>, 'extra': <'vitrine.simulate=restart'>, "
                            "'disk-size': <uint64 134217728>}"),
        AS_USUAL, &job, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "succeeded");
    guest = find_guest(fixture, "desk");
    wait_until(vitrine_guest1_get_installer_ended(guest));
    wait_until(is_in_state(fixture, "desk", "stopped"));
    g_assert_cmpstr(vitrine_guest1_get_start_from(guest), ==, "kernel");

    vitrine_guest1_call_configure_sync(guest, g_variant_new_parsed("{'start-from': <'disk'>}"),
                                       AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    wait_until(g_strcmp0(vitrine_guest1_get_start_from(guest), "disk") == 0);
    wait_until(!vitrine_guest1_get_installer_ended(guest));
    g_assert_true(g_strv_contains(vitrine_guest1_get_start_choices(guest), "kernel"));
    text = config(fixture);
    g_assert_nonnull(strstr(text, loader));
    g_assert_nonnull(strstr(text, "on_reboot = \"restart\"\n"));
    do_job(fixture, "desk", vitrine_guest1_call_start_sync);
    g_assert_false(vitrine_guest1_get_needs_restart(guest));
    vitrine_guest1_call_configure_sync(guest, g_variant_new_parsed("{'start-from': <'kernel'>}"),
                                       AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    wait_until(vitrine_guest1_get_needs_restart(guest));
    vitrine_guest1_call_configure_sync(guest, g_variant_new_parsed("{'start-from': <'cd'>}"),
                                       AS_USUAL, NULL, &error);
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, "no CD drive"));
}

#define OWN_CONFIG                                                              \
    "name = \"old\"\nkernel = \"KERNEL\"\ndisk = [ \"DIR/a.img,raw,xvda,rw\", " \
    "\"DIR/b.img,raw,xvdb,rw\" ]\n"

/* A person's file, with the places in it that the test has. */
static char *write_own(Fixture *fixture)
{
    g_autofree char *kernel = kernel_of(fixture);
    g_autoptr(GString) text = g_string_new(OWN_CONFIG);
    char *path = path_in(fixture, "own.cfg");
    g_autofree char *first = path_in(fixture, "a.img"), *second = path_in(fixture, "b.img");

    g_string_replace(text, "KERNEL", kernel, 0);
    g_string_replace(text, "DIR", fixture->state, 0);
    scratch_write(path, text->str, -1);
    scratch_write(first, "first", -1);
    scratch_write(second, "second", -1);
    return path;
}

static char *import_own(Fixture *fixture, const char *path, const char *options, const char *state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *job = NULL;

    vitrine_manager1_call_import_config_sync(fixture->manager, path, "desk",
                                             g_variant_new_parsed(options), AS_USUAL, &job, NULL,
                                             &error);
    g_assert_no_error(error);
    return end_of_job(fixture, job, state);
}

static gboolean has_file(Fixture *fixture, const char *name)
{
    g_autofree char *path = path_in(fixture, name);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void test_config(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *path = write_own(fixture);
    g_autofree char *copied = import_own(fixture, path, "@a{sv} {}", "succeeded");

    g_assert_true(is_in_state(fixture, "desk", "running"));
    assert_file(fixture, "disks/desk.img", "first");
    assert_file(fixture, "disks/desk@xvdb.img", "second");
    assert_file(fixture, "a.img", "first");
    do_job(fixture, "desk", vitrine_guest1_call_force_off_sync);
    do_job(fixture, "desk", vitrine_guest1_call_delete_sync);
    assert_nothing_left(fixture, "desk");
    assert_file(fixture, "b.img", "second");
}

static void test_config_moved(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *path = write_own(fixture);
    g_autofree char *sentence =
        import_own(fixture, path, "{'disks': <'move'>, 'start': <false>}", "succeeded");

    g_assert_true(is_in_state(fixture, "desk", "stopped"));
    assert_file(fixture, "disks/desk.img", "first");
    g_assert_false(has_file(fixture, "a.img"));
    g_assert_false(has_file(fixture, "b.img"));
    g_assert_true(has_file(fixture, "own.cfg"));
}

/* That the import of PATH is not begun, and why. */
static char *refuse_own(Fixture *fixture, const char *path, const char *options)
{
    g_autoptr(GError) error = NULL;
    char *job = NULL;

    vitrine_manager1_call_import_config_sync(fixture->manager, path, "desk",
                                             g_variant_new_parsed(options), AS_USUAL, &job, NULL,
                                             &error);
    g_assert_nonnull(error);
    g_assert_null(job);
    assert_nothing_left(fixture, "desk");
    return g_strdup(error->message);
}

/* The second disk is not there: the first one is where it was. */
static void test_config_failed(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *path = write_own(fixture);
    g_autofree char *second = path_in(fixture, "b.img"), *first = path_in(fixture, "a.img");
    g_autofree char *link = NULL, *missing = NULL;

    g_assert_cmpint(g_unlink(second), ==, 0);
    missing = refuse_own(fixture, path, "{'disks': <'move'>}");
    g_assert_nonnull(strstr(missing, "no such file"));
    assert_file(fixture, "a.img", "first");
    g_assert_cmpint(rename(first, second), ==, 0);
    g_assert_cmpint(symlink(second, first), ==, 0);
    link = refuse_own(fixture, path, "{'disks': <'move'>}");
    g_assert_nonnull(strstr(link, "is a link"));
    assert_file(fixture, "b.img", "first");
}

static void test_config_running(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *path = write_own(fixture), *made = NULL, *refused = NULL;

    made = create(fixture, "debian-12-minimal", "old", "succeeded");
    refused = import_own(fixture, path, "@a{sv} {}", "failed");
    g_assert_nonnull(strstr(refused, "Shut it down first"));
}

static void set_up_pv(Fixture *fixture, gconstpointer pace)
{
    fixture->pv_only = TRUE;
    set_up(fixture, pace);
}

int main(int argc, char **argv)
{
    init_test(&argc, &argv);
    add("/service-import/import", test_import, NULL);
    add("/service-import/import-kernel", test_import_kernel, NULL);
    add("/service-import/refused", test_refused, NULL);
    add("/service-import/cancelled", test_cancelled, "700");
    add("/service-import/kernel", test_kernel, NULL);
    add("/service-import/installer", test_installer, NULL);
    add("/service-import/config", test_config, NULL);
    add("/service-import/config-moved", test_config_moved, NULL);
    add("/service-import/config-failed", test_config_failed, NULL);
    add("/service-import/config-running", test_config_running, NULL);
    g_test_add("/service-import/kernel-pv", Fixture, NULL, set_up_pv, test_kernel_pv, tear_down);
    return g_test_run();
}
