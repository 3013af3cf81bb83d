/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Disks of a guest, as a client of the service sees them. */
#include <fcntl.h>
#include <sys/stat.h>

#include "service-harness.h"

#define MIB (G_GUINT64_CONSTANT(1) << 20)

static VitrineGuest1 *make(Fixture *fixture, const char *template, const char *name)
{
    g_autofree char *sentence = create(fixture, template, name, "succeeded");

    return find_guest(fixture, name);
}

/* "xvda:0 xvdb:128!" of what ListDisks has told: names, sizes in MiB, "!" for what is deleted, and
 * "?" for what did not tell its size. */
static char *text_of(GVariant *disks)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (gsize i = 0; i < g_variant_n_children(disks); i++) {
        g_autoptr(GVariant) disk = g_variant_get_child_value(disks, i);
        const char *name;
        guint64 size;
        gboolean deletes, answers;

        g_assert_true(g_variant_lookup(disk, "name", "&s", &name));
        g_assert_true(g_variant_lookup(disk, "size", "t", &size));
        g_assert_true(g_variant_lookup(disk, "deletes", "b", &deletes));
        g_assert_true(g_variant_lookup(disk, "answers", "b", &answers));
        g_string_append_printf(text, "%s%s:%u%s%s", i ? " " : "", name, (guint)(size / MIB),
                               deletes ? "!" : "", answers ? "" : "?");
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static char *list(VitrineGuest1 *guest)
{
    g_autoptr(GVariant) disks = NULL;
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_list_disks_sync(guest, AS_USUAL, &disks, NULL, &error);
    g_assert_no_error(error);
    return text_of(disks);
}

static void assert_list(VitrineGuest1 *guest, const char *wanted)
{
    g_autofree char *text = list(guest);

    g_assert_cmpstr(text, ==, wanted);
}

static char *add_disk(VitrineGuest1 *guest, guint64 size, GError **error)
{
    char *name = NULL;

    vitrine_guest1_call_add_disk_sync(guest, size, AS_USUAL, &name, NULL, error);
    return name;
}

static gboolean has_file(Fixture *fixture, const char *name)
{
    g_autofree char *path = g_build_filename(fixture->state, "disks", name, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void refused(GError **error, const char *piece)
{
    g_assert_nonnull(*error);
    g_test_message("%s", (*error)->message);
    g_assert_nonnull(strstr((*error)->message, piece));
    g_clear_error(error);
}

static void test_life(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = make(fixture, "debian-12-minimal", "desk");
    g_autoptr(GError) error = NULL;
    g_autofree char *second = add_disk(guest, 128 * MIB, &error);
    g_autofree char *third = NULL;

    g_assert_no_error(error);
    g_assert_cmpstr(second, ==, "xvdb");
    g_assert_true(has_file(fixture, "desk@xvdb.img"));
    assert_list(guest, "xvda:0 xvdb:128!");
    vitrine_guest1_call_resize_disk_sync(guest, "xvdb", 256 * MIB, AS_USUAL, NULL, &error);
    refused(&error, "shut it down first");
    do_job(fixture, "desk", vitrine_guest1_call_force_off_sync);
    vitrine_guest1_call_resize_disk_sync(guest, "xvdb", 256 * MIB, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    assert_list(guest, "xvda:0 xvdb:256!");
    vitrine_guest1_call_resize_disk_sync(guest, "xvdb", 128 * MIB, AS_USUAL, NULL, &error);
    refused(&error, "smaller");
    third = add_disk(guest, 64 * MIB, &error);
    g_assert_cmpstr(third, ==, "xvdc");
    vitrine_guest1_call_remove_disk_sync(guest, "xvdb", AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    assert_list(guest, "xvda:0 xvdc:64!");
    g_assert_false(has_file(fixture, "desk@xvdb.img"));
    do_job(fixture, "desk", vitrine_guest1_call_start_sync);
    do_job(fixture, "desk", vitrine_guest1_call_force_off_sync);
    do_job(fixture, "desk", vitrine_guest1_call_delete_sync);
    assert_nothing_left(fixture, "desk");
}

static void test_refused(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = make(fixture, "debian-12-minimal", "desk");
    g_autoptr(GError) error = NULL;

    g_assert_null(add_disk(guest, 1, &error));
    refused(&error, "between 64 MiB and 8 TiB");
    g_assert_null(add_disk(guest, (G_GUINT64_CONSTANT(8) << 20) * MIB, &error));
    refused(&error, "are free");
    vitrine_guest1_call_remove_disk_sync(guest, "xvda", AS_USUAL, NULL, &error);
    refused(&error, "made with");
    vitrine_guest1_call_remove_disk_sync(guest, "xvdz", AS_USUAL, NULL, &error);
    refused(&error, "no disk “xvdz”");
    assert_list(guest, "xvda:0");
    g_assert_cmpuint(count_files(fixture, "disks"), ==, 1);
}

/* Writes the file PATH into the file of the guest "desk", as its disk xvdd, before all others. */
static void put_disk(Fixture *fixture, const char *path)
{
    g_autofree char *config = g_build_filename(fixture->state, "guests/desk.cfg", NULL);
    g_autofree char *text = NULL, *changed = NULL;
    g_auto(GStrv) parts = NULL;

    g_assert_true(g_file_get_contents(config, &text, NULL, NULL));
    parts = g_strsplit(text, "disk = [", 2);
    changed = g_strdup_printf("%sdisk = [ '%s,raw,xvdd,rw',%s", parts[0], path, parts[1]);
    scratch_write(config, changed, -1);
}

/* A file of a person's is taken away, and not deleted. */
static void test_own_file(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = make(fixture, "debian-12-minimal", "desk");
    g_autofree char *path = g_build_filename(fixture->state, "mine.img", NULL);
    g_autoptr(GError) error = NULL;

    scratch_write(path, "mine", -1);
    put_disk(fixture, path);
    assert_list(guest, "xvdd:0 xvda:0");
    vitrine_guest1_call_remove_disk_sync(guest, "xvdd", AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    assert_list(guest, "xvda:0");
    g_assert_true(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* A guest with a disk on a file system that does not answer; see simulate_look_at_disk(). The path
 * of that disk, to be freed. */
static char *make_stuck(Fixture *fixture, VitrineGuest1 **ret_guest)
{
    char *path = g_build_filename(fixture->state, "stuck.img", NULL);

    *ret_guest = make(fixture, "debian-12-minimal", "desk");
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    put_disk(fixture, path);
    return path;
}

/* Has the file system answer who looks at PATH now; FALSE if nobody does. */
static gboolean let_answer(const char *path)
{
    int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static void keep_result(GObject *source, GAsyncResult *result, gpointer data)
{
    *(GAsyncResult **)data = g_object_ref(result);
}

/* Who waits for it is answered when it answers, and everybody else meanwhile. */
static void test_slow(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autofree char *path = make_stuck(fixture, &guest);
    g_autofree char *name = NULL, *text = NULL;
    g_autoptr(GAsyncResult) result = NULL;
    g_autoptr(GVariant) disks = NULL;
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_list_disks(guest, AS_USUAL, NULL, keep_result, &result);
    name = add_disk(guest, 64 * MIB, &error);
    g_assert_no_error(error);
    g_assert_null(result);
    wait_until(let_answer(path));
    wait_until(result != NULL);
    g_assert_true(vitrine_guest1_call_list_disks_finish(guest, &disks, result, &error));
    text = text_of(disks);
    g_assert_cmpstr(text, ==, "xvdd:8 xvda:0");
}

static guint count_threads(Fixture *fixture)
{
    g_autofree char *path =
        g_strdup_printf("/proc/%s/task", g_subprocess_get_identifier(fixture->process));

    return scratch_count(path);
}

/* Who has waited long enough is told what is known, and nobody else waits as long for the same. */
static void test_stuck(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autofree char *path = make_stuck(fixture, &guest);
    g_autoptr(GError) error = NULL;
    g_autofree char *name = add_disk(guest, 64 * MIB, &error);
    guint before;

    g_assert_no_error(error);
    assert_list(guest, "xvdd:0? xvda:0 xvdb:64!");
    before = count_threads(fixture);
    for (int i = 0; i < 5; i++)
        assert_list(guest, "xvdd:0? xvda:0 xvdb:64!");
    g_assert_cmpuint(count_threads(fixture), <=, before + 1);
    wait_until(let_answer(path));
    /* What came late is not known; the next look is a new one. */
    wait_until((assert_list(guest, "xvdd:0? xvda:0 xvdb:64!"), let_answer(path)));
}

static void set_up_impatient(Fixture *fixture, gconstpointer pace)
{
    fixture->look_timeout = "300";
    set_up(fixture, pace);
}

/* The guest has it mounted: nothing is changed. */
static void test_held(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = make(fixture, "deaf", "desk");
    g_autoptr(GError) error = NULL;
    g_autofree char *name = add_disk(guest, 64 * MIB, &error);

    g_assert_no_error(error);
    vitrine_guest1_call_remove_disk_sync(guest, name, AS_USUAL, NULL, &error);
    refused(&error, "does not let go");
    assert_list(guest, "xvda:0 xvdb:64!");
    do_job(fixture, "desk", vitrine_guest1_call_force_off_sync);
    vitrine_guest1_call_remove_disk_sync(guest, name, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
}

/* A paused guest can do nothing, so that it is not even asked. */
static void test_paused(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = make(fixture, "debian-12-minimal", "desk");
    g_autoptr(GError) error = NULL;
    g_autofree char *name = add_disk(guest, 64 * MIB, &error);

    g_assert_no_error(error);
    vitrine_guest1_call_pause_sync(guest, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    vitrine_guest1_call_remove_disk_sync(guest, name, AS_USUAL, NULL, &error);
    refused(&error, "let it go on first");
    assert_list(guest, "xvda:0 xvdb:64!");
    vitrine_guest1_call_unpause_sync(guest, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    vitrine_guest1_call_remove_disk_sync(guest, name, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
}

/* As if so many MiB were free. */
static void set_room(Fixture *fixture, const char *mib)
{
    g_autofree char *path = g_build_filename(fixture->state, "room", NULL);

    scratch_write(path, mib, -1);
}

static gboolean is_disk(Fixture *fixture, const char *state)
{
    return g_strcmp0(vitrine_manager1_get_disk_state(fixture->manager), state) == 0;
}

/* A running guest is held while the disk is full, and goes on when it is not any more. */
static void test_full(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = make(fixture, "debian-12-minimal", "desk");
    g_autoptr(VitrineGuest1) paused = make(fixture, "debian-12-minimal", "still");
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_pause_sync(paused, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(is_disk(fixture, "ok"));
    set_room(fixture, "1000");
    wait_until(is_disk(fixture, "low"));
    g_assert_true(is_in_state(fixture, "desk", "running"));
    set_room(fixture, "100");
    wait_until(is_in_state(fixture, "desk", "out-of-disk"));
    g_assert_true(is_disk(fixture, "full"));
    g_assert_true(is_in_state(fixture, "still", "paused"));
    wait_until(strstr(vitrine_guest1_get_problem(guest), "disk is full") != NULL);
    /* A little is not enough to go on. */
    set_room(fixture, "200");
    wait_until(vitrine_manager1_get_free_disk(fixture->manager) == 200 * MIB);
    g_assert_true(is_in_state(fixture, "desk", "out-of-disk"));
    set_room(fixture, "300");
    wait_until(is_in_state(fixture, "desk", "running"));
    wait_until(strstr(vitrine_guest1_get_problem(guest), "disk is full") == NULL);
    g_assert_true(is_in_state(fixture, "still", "paused"));
}

/* A person may let it go on, shut it down, or force it off all the same. */
static void test_full_all_the_same(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = make(fixture, "debian-12-minimal", "desk");
    g_autoptr(GError) error = NULL;

    set_room(fixture, "1");
    wait_until(is_in_state(fixture, "desk", "out-of-disk"));
    vitrine_guest1_call_unpause_sync(guest, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    wait_until(is_in_state(fixture, "desk", "running"));
    set_room(fixture, "2");
    wait_until(vitrine_manager1_get_free_disk(fixture->manager) == 2 * MIB);
    g_assert_true(is_in_state(fixture, "desk", "running"));
    set_room(fixture, "500");
    wait_until(is_disk(fixture, "low"));
    set_room(fixture, "3");
    wait_until(is_in_state(fixture, "desk", "out-of-disk"));
    do_job(fixture, "desk", vitrine_guest1_call_shutdown_sync);
    g_assert_true(is_in_state(fixture, "desk", "stopped"));
}

static void test_used(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = make(fixture, "debian-12-minimal", "desk");
    g_autofree char *disk = g_build_filename(fixture->state, "disks/desk@xvdb.img", NULL);
    g_autofree char *data = g_malloc0(MIB);

    scratch_write(disk, data, MIB);
    wait_until(vitrine_guest1_get_disk_used(guest) >= MIB);
}

int main(int argc, char **argv)
{
    init_test(&argc, &argv);
    add("/service-disks/life", test_life, NULL);
    add("/service-disks/refused", test_refused, NULL);
    add("/service-disks/own-file", test_own_file, NULL);
    add("/service-disks/slow", test_slow, NULL);
    g_test_add("/service-disks/stuck", Fixture, NULL, set_up_impatient, test_stuck, tear_down);
    add("/service-disks/held", test_held, NULL);
    add("/service-disks/paused", test_paused, NULL);
    add("/service-disks/full", test_full, NULL);
    add("/service-disks/full-all-the-same", test_full_all_the_same, NULL);
    add("/service-disks/used", test_used, NULL);
    return g_test_run();
}
