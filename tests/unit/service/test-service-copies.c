/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots, clones and templates made of guests, as a client of the service sees them. */
#include "service-harness.h"

/* A guest that does not run, whose disk says CONTENT. */
static void make_guest(Fixture *fixture, const char *name, const char *content)
{
    GVariantDict options;
    g_autoptr(GError) error = NULL;
    g_autofree char *job = NULL;
    g_autofree char *sentence = NULL;
    g_autofree char *disk = g_strdup_printf("%s/disks/%s.img", fixture->state, name);

    g_variant_dict_init(&options, NULL);
    g_variant_dict_insert(&options, "start", "b", FALSE);
    vitrine_manager1_call_create_sync(fixture->manager, "debian-12-desktop", name,
                                      g_variant_dict_end(&options), AS_USUAL, &job, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "succeeded");
    scratch_write(disk, content, -1);
}

static void assert_file(Fixture *fixture, const char *file, const char *content)
{
    g_autofree char *path = g_build_filename(fixture->state, file, NULL);
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, content);
}

static void assert_error(GError *error, const char *name)
{
    g_autofree char *remote = error ? g_dbus_error_get_remote_error(error) : NULL;

    g_assert_cmpstr(remote, ==, name);
    g_error_free(error);
}

static char *take_snapshot(Fixture *fixture, const char *name, const char *label)
{
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, name);
    g_autoptr(GError) error = NULL;
    g_autofree char *job = NULL;
    g_autofree char *sentence = NULL;
    char *id;

    vitrine_guest1_call_take_snapshot_sync(guest, label, AS_USUAL, &id, &job, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "succeeded");
    return id;
}

static GVariant *list_snapshots(Fixture *fixture, const char *name)
{
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, name);
    g_autoptr(GError) error = NULL;
    GVariant *snapshots;

    vitrine_guest1_call_list_snapshots_sync(guest, AS_USUAL, &snapshots, NULL, &error);
    g_assert_no_error(error);
    return snapshots;
}

static guint count_snapshots(Fixture *fixture, const char *name)
{
    g_autoptr(GVariant) snapshots = list_snapshots(fixture, name);

    return (guint)g_variant_n_children(snapshots);
}

static void test_snapshots(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GVariant) snapshots = NULL;
    g_autoptr(GVariant) first = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *one = NULL, *two = NULL, *job = NULL, *sentence = NULL;
    const char *id, *label;
    guint64 taken;

    make_guest(fixture, "desk", "old");
    guest = find_guest(fixture, "desk");
    one = take_snapshot(fixture, "desk", "Before the “update”");
    two = take_snapshot(fixture, "desk", "");
    g_assert_cmpstr(one, !=, two);
    snapshots = list_snapshots(fixture, "desk");
    g_assert_cmpuint(g_variant_n_children(snapshots), ==, 2);
    first = g_variant_get_child_value(snapshots, 0);
    g_assert_true(g_variant_lookup(first, "id", "&s", &id));
    g_assert_true(g_variant_lookup(first, "label", "&s", &label));
    g_assert_true(g_variant_lookup(first, "taken", "t", &taken));
    g_assert_cmpstr(id, ==, one);
    g_assert_cmpstr(label, ==, "Before the “update”");
    g_assert_cmpint(ABS((gint64)taken - g_get_real_time() / G_USEC_PER_SEC), <, 60);
    {
        g_autofree char *disk = g_strdup_printf("%s/disks/desk.img", fixture->state);

        scratch_write(disk, "new", -1);
    }
    vitrine_guest1_call_roll_back_sync(guest, one, AS_USUAL, &job, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "succeeded");
    assert_file(fixture, "disks/desk.img", "old");
    g_assert_cmpuint(count_files(fixture, "disks"), ==, 1);
    g_assert_cmpuint(count_snapshots(fixture, "desk"), ==, 2);
    vitrine_guest1_call_delete_snapshot_sync(guest, one, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(count_snapshots(fixture, "desk"), ==, 1);
    do_job(fixture, "desk", vitrine_guest1_call_delete_sync);
    g_assert_cmpuint(count_files(fixture, "snapshots"), ==, 0);
    assert_nothing_left(fixture, "desk");
}

static void test_refused(Fixture *fixture, gconstpointer pace)
{
    static const char *const bad[] = {"", "none", "..", "../desk", ".making-x", "a/b"};
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autofree char *id = NULL, *job = NULL, *kept = NULL, *bait = NULL,
                    *long_label = g_strnfill(201, 'x');
    GError *error = NULL;

    make_guest(fixture, "desk", "old");
    guest = find_guest(fixture, "desk");
    kept = take_snapshot(fixture, "desk", "kept");
    bait = g_build_filename(fixture->state, "snapshots", "disk.img", NULL);
    scratch_write(bait, "what “..” would find", -1);
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        vitrine_guest1_call_roll_back_sync(guest, bad[i], AS_USUAL, &job, NULL, &error);
        assert_error(g_steal_pointer(&error), "org.vitrine.Error.UnknownSnapshot");
        vitrine_guest1_call_delete_snapshot_sync(guest, bad[i], AS_USUAL, NULL, &error);
        assert_error(g_steal_pointer(&error), "org.vitrine.Error.UnknownSnapshot");
    }
    vitrine_guest1_call_take_snapshot_sync(guest, "a\nb", AS_USUAL, &id, &job, NULL, &error);
    assert_error(g_steal_pointer(&error), "org.vitrine.Error.InvalidOption");
    vitrine_guest1_call_take_snapshot_sync(guest, long_label, AS_USUAL, &id, &job, NULL, &error);
    assert_error(g_steal_pointer(&error), "org.vitrine.Error.InvalidOption");
    do_job(fixture, "desk", vitrine_guest1_call_start_sync);
    vitrine_guest1_call_take_snapshot_sync(guest, "", AS_USUAL, &id, &job, NULL, &error);
    assert_error(g_steal_pointer(&error), "org.vitrine.Error.WrongState");
    vitrine_guest1_call_roll_back_sync(guest, kept, AS_USUAL, &job, NULL, &error);
    assert_error(g_steal_pointer(&error), "org.vitrine.Error.WrongState");
    g_assert_cmpuint(count_snapshots(fixture, "desk"), ==, 1);
    vitrine_guest1_call_delete_snapshot_sync(guest, kept, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
}

static char *clone_guest(Fixture *fixture, const char *from, const char *name, GError **error)
{
    char *job = NULL;

    vitrine_manager1_call_clone_guest_sync(
        fixture->manager, from, name, g_variant_new("a{sv}", NULL), AS_USUAL, &job, NULL, error);
    return job;
}

static char *make_template(Fixture *fixture, const char *from, const char *name, GError **error)
{
    char *job = NULL;

    vitrine_manager1_call_make_template_sync(fixture->manager, from, name, "Mine", AS_USUAL, &job,
                                             NULL, error);
    return job;
}

static void test_clone(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *from = NULL, *path = NULL, *text = NULL, *disk = NULL, *sentence = NULL;
    g_autofree char *job = NULL;
    g_autoptr(GError) error = NULL;

    make_guest(fixture, "desk", "content");
    job = clone_guest(fixture, "desk", "copy", &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "succeeded");
    wait_until(is_in_state(fixture, "copy", "stopped"));
    assert_file(fixture, "disks/copy.img", "content");
    assert_file(fixture, "disks/desk.img", "content");
    g_assert_cmpuint(count_files(fixture, "disks"), ==, 2);
    path = g_build_filename(fixture->state, "guests", "copy.cfg", NULL);
    disk = g_strdup_printf("target=%s/disks/copy.img\"", fixture->state);
    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_nonnull(strstr(text, disk));
    g_assert_nonnull(strstr(text, "name = \"copy\""));
    g_assert_null(strstr(text, "desk.img"));
    do_job(fixture, "copy", vitrine_guest1_call_start_sync);
}

static void test_template(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *job = NULL, *sentence = NULL, *created = NULL;
    g_autoptr(GError) error = NULL;
    GError *refusal = NULL;

    make_guest(fixture, "desk", "content");
    job = make_template(fixture, "desk", "mine", &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "succeeded");
    assert_file(fixture, "templates/mine/disk.img", "content");
    created = create(fixture, "mine", "second", "succeeded");
    g_assert_null(make_template(fixture, "desk", "mine", &refusal));
    assert_error(refusal, "org.vitrine.Error.NameTaken");
}

static gboolean has_file(Fixture *fixture, const char *name)
{
    g_autofree char *path = g_build_filename(fixture->state, name, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static gboolean has_template(Fixture *fixture, const char *id)
{
    GVariant *templates = vitrine_manager1_get_templates(fixture->manager);

    for (gsize i = 0; i < g_variant_n_children(templates); i++) {
        g_autoptr(GVariant) template = g_variant_get_child_value(templates, i);
        const char *found = "";

        g_variant_lookup(template, "id", "&s", &found);
        if (strcmp(found, id) == 0)
            return TRUE;
    }
    return FALSE;
}

/* NULL, or why the template can't be deleted. */
static GError *delete_template(Fixture *fixture, const char *id)
{
    GError *error = NULL;

    vitrine_manager1_call_delete_template_sync(fixture->manager, id, AS_USUAL, NULL, &error);
    return error;
}

static void refuse_template(Fixture *fixture, const char *id, const char *code, const char *piece)
{
    GError *error = delete_template(fixture, id);

    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, piece));
    assert_error(error, code);
}

/* Of a guest that starts with its kernel; of one that did, and can again; then of none. */
static void test_delete_template(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *notes = g_build_filename(fixture->state, "guests", "other.ini", NULL);
    g_autofree char *other = g_build_filename(fixture->state, "guests", "other.cfg", NULL);
    g_autofree char *noted = NULL, *created = NULL, *job = NULL;
    GError *error = NULL;

    wait_until(has_template(fixture, "debian-12-minimal"));
    refuse_template(fixture, "none", "org.vitrine.Error.UnknownTemplate", "“none”");
    refuse_template(fixture, "", "org.vitrine.Error.UnknownTemplate", "no template");
    refuse_template(fixture, "../guests", "org.vitrine.Error.UnknownTemplate", "no template");
    refuse_template(fixture, ".", "org.vitrine.Error.UnknownTemplate", "no template");
    created = create(fixture, "debian-12-minimal", "desk", "succeeded");
    refuse_template(fixture, "debian-12-minimal", "org.vitrine.Error.WrongState", "“desk”");
    do_job(fixture, "desk", vitrine_guest1_call_force_off_sync);
    do_job(fixture, "desk", vitrine_guest1_call_delete_sync);
    noted = g_strdup_printf("[guest]\nstart-kernel=%s/templates/debian-12-minimal/vmlinuz\n",
                            fixture->state);
    scratch_write(other, "name = 'other'\nmemory = 100\n", -1);
    scratch_write(notes, noted, -1);
    refuse_template(fixture, "debian-12-minimal", "org.vitrine.Error.WrongState", "“other”");
    g_assert_cmpint(g_unlink(notes), ==, 0);
    error = delete_template(fixture, "debian-12-minimal");
    g_assert_no_error(error);
    g_assert_false(has_file(fixture, "templates/debian-12-minimal"));
    g_assert_false(has_file(fixture, "templates/.making-debian-12-minimal"));
    wait_until(!has_template(fixture, "debian-12-minimal"));
    job = begin_create(fixture, "debian-12-minimal", "desk", &error);
    g_assert_null(job);
    assert_error(error, "org.vitrine.Error.UnknownTemplate");
}

/* While a guest is being made of it, and its file is not written. */
static void test_template_in_use(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *job = begin_create(fixture, "debian-12-desktop", "desk", &error);
    g_autofree char *sentence = NULL;

    g_assert_no_error(error);
    refuse_template(fixture, "debian-12-desktop", "org.vitrine.Error.WrongState", "Wait");
    sentence = end_of_job(fixture, job, "succeeded");
    g_assert_true(has_file(fixture, "templates/debian-12-desktop/vmlinuz"));
}

static const struct {
    const char *from;
    const char *name;
    const char *error;
} bad_copies[] = {
    {"none", "x", "org.vitrine.Error.GuestGone"},
    {"desk", "", "org.vitrine.Error.InvalidName"},
    {"desk", "../x", "org.vitrine.Error.InvalidName"},
    {"runs", "x", "org.vitrine.Error.WrongState"},
};

static void test_bad_copies(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *own = g_build_filename(fixture->state, "guests", "desk.cfg", NULL);
    g_autofree char *job = NULL, *sentence = NULL, *two = NULL;
    g_autoptr(GError) none = NULL;
    GError *error = NULL;

    make_guest(fixture, "desk", "content");
    make_guest(fixture, "runs", "content");
    do_job(fixture, "runs", vitrine_guest1_call_start_sync);
    for (guint i = 0; i < G_N_ELEMENTS(bad_copies); i++) {
        g_assert_null(clone_guest(fixture, bad_copies[i].from, bad_copies[i].name, &error));
        assert_error(g_steal_pointer(&error), bad_copies[i].error);
        g_assert_null(make_template(fixture, bad_copies[i].from, bad_copies[i].name, &error));
        assert_error(g_steal_pointer(&error), bad_copies[i].error);
    }
    g_assert_null(clone_guest(fixture, "desk", "runs", &error));
    assert_error(g_steal_pointer(&error), "org.vitrine.Error.NameTaken");
    /* Another disk than the one made for it: it would be shared by two. */
    two = g_strdup_printf("name = 'desk'\nmemory = 100\n"
                          "disk = ['target=%s/disks/desk.img', 'target=/dev/sda']\n",
                          fixture->state);
    scratch_write(own, two, -1);
    job = clone_guest(fixture, "desk", "copy", &none);
    g_assert_no_error(none);
    sentence = end_of_job(fixture, job, "failed");
    g_assert_false(has_guest(fixture, "copy"));
    g_assert_cmpuint(count_files(fixture, "disks"), ==, 2);
}

static void cancel(Fixture *fixture, const char *path)
{
    g_autoptr(VitrineJob1) job = wait_for_job_object(fixture, path);
    g_autoptr(GError) error = NULL;
    g_autofree char *sentence = NULL;

    wait_until(g_str_has_prefix(vitrine_job1_get_phase(job), "Copying"));
    vitrine_job1_call_cancel_sync(job, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, path, "cancelled");
}

/* Nothing is left of any, and the guest is what it was. */
static void test_cancel(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *id = NULL, *snapshot = NULL, *clone = NULL, *template = NULL;
    g_autoptr(VitrineGuest1) guest = NULL;
    guint templates = count_files(fixture, "templates");

    make_guest(fixture, "desk", "content");
    guest = find_guest(fixture, "desk");
    vitrine_guest1_call_take_snapshot_sync(guest, "", AS_USUAL, &id, &snapshot, NULL, NULL);
    cancel(fixture, snapshot);
    g_assert_cmpuint(count_files(fixture, "snapshots"), ==, 0);
    clone = clone_guest(fixture, "desk", "copy", NULL);
    cancel(fixture, clone);
    g_assert_cmpuint(count_files(fixture, "disks"), ==, 1);
    g_assert_cmpuint(count_files(fixture, "guests"), ==, 2);
    template = make_template(fixture, "desk", "mine", NULL);
    cancel(fixture, template);
    g_assert_cmpuint(count_files(fixture, "templates"), ==, templates);
    g_assert_true(is_in_state(fixture, "desk", "stopped"));
    g_assert_cmpstr(vitrine_guest1_get_problem(guest), ==, "");
}

/* What a killed service left. */
static void test_sweep(Fixture *fixture, gconstpointer pace)
{
    static const char *const directories[] = {"snapshots/desk/.making-1", "templates/.making-t"};
    guint templates = count_files(fixture, "templates");

    make_guest(fixture, "desk", "content");
    stop_service(fixture);
    for (guint i = 0; i < G_N_ELEMENTS(directories); i++) {
        g_autofree char *path = g_build_filename(fixture->state, directories[i], NULL);
        g_autofree char *file = g_build_filename(path, "disk.img", NULL);

        g_assert_cmpint(g_mkdir_with_parents(path, 0755), ==, 0);
        scratch_write(file, "half", -1);
    }
    {
        g_autofree char *half = g_build_filename(fixture->state, "disks/.making-desk.img", NULL);
        g_autofree char *whole = g_build_filename(fixture->state, "disks/.making-copy.img", NULL);
        g_autofree char *config = g_build_filename(fixture->state, "guests/copy.cfg", NULL);

        scratch_write(half, "half", -1);
        scratch_write(whole, "whole", -1);
        scratch_write(config, "name = 'copy'\nmemory = 100\n", -1);
    }
    start_service(fixture, "5");
    g_assert_cmpuint(count_files(fixture, "snapshots"), ==, 0);
    assert_file(fixture, "disks/desk.img", "content");
    assert_file(fixture, "disks/copy.img", "whole");
    g_assert_cmpuint(count_files(fixture, "disks"), ==, 2);
    g_assert_cmpuint(count_files(fixture, "templates"), ==, templates);
}

int main(int argc, char **argv)
{
    init_test(&argc, &argv);
    add("/copies/snapshots", test_snapshots, NULL);
    add("/copies/refused", test_refused, NULL);
    add("/copies/clone", test_clone, NULL);
    add("/copies/template", test_template, NULL);
    add("/copies/delete-template", test_delete_template, NULL);
    add("/copies/template-in-use", test_template_in_use, "100");
    add("/copies/bad-copies", test_bad_copies, NULL);
    add("/copies/cancel", test_cancel, "100");
    add("/copies/sweep", test_sweep, NULL);
    return g_test_run();
}
