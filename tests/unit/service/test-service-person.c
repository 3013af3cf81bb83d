/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Somebody who is not root, and may manage guests, names files: only those that this person may
 * read come to guests. Here the service is root's and the client somebody else's, on a bus that
 * takes both. */
#include <sys/stat.h>
#include <sys/syscall.h>

#include "service-harness.h"

/* Nobody's, and a group of nobody's. */
#define PERSON 65534
#define GROUP  64321

#define BUS_CONFIG                                                                     \
    "<busconfig><type>session</type><listen>unix:dir=%s</listen><auth>EXTERNAL</auth>" \
    "<policy context='default'><allow user='*'/><allow own='*'/>"                      \
    "<allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/>"          \
    "</policy></busconfig>"

static GSubprocess *daemon_process;
static char *own; /* the person's directory */

/* This thread alone: the others are root's as before. */
static void become(uid_t uid, gid_t gid, gsize n_groups, const gid_t *groups)
{
    g_assert_cmpint(syscall(SYS_setgroups, n_groups, groups), ==, 0);
    g_assert_cmpint(syscall(SYS_setresgid, -1, gid, -1), ==, 0);
    g_assert_cmpint(syscall(SYS_setresuid, -1, uid, -1), ==, 0);
}

/* The bus tells who somebody was who connected. */
static GDBusConnection *connect_as_person(const char *address)
{
    const gid_t groups[] = {PERSON, GROUP};
    GDBusConnection *connection;

    become(PERSON, PERSON, G_N_ELEMENTS(groups), groups);
    connection = connect_to_bus(address);
    g_assert_cmpint(syscall(SYS_setresuid, -1, 0, -1), ==, 0);
    become(0, 0, 0, NULL);
    prctl(PR_SET_DUMPABLE, 1); /* for the sanitizer that looks for leaks */
    return connection;
}

/* Its address, which it writes to its output. */
static char *start_bus(const char *directory)
{
    g_autofree char *config = g_build_filename(directory, "bus.conf", NULL);
    g_autofree char *option = g_strconcat("--config-file=", config, NULL);
    g_autofree char *text = g_strdup_printf(BUS_CONFIG, directory);
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    g_autoptr(GDataInputStream) words = NULL;
    g_autoptr(GError) error = NULL;
    char *address;

    scratch_write(config, text, -1);
    g_subprocess_launcher_set_child_setup(launcher, set_up_child, NULL, NULL);
    daemon_process = g_subprocess_launcher_spawn(launcher, &error, "dbus-daemon", option,
                                                 "--nofork", "--print-address", NULL);
    g_assert_no_error(error);
    words = g_data_input_stream_new(g_subprocess_get_stdout_pipe(daemon_process));
    address = g_data_input_stream_read_line(words, NULL, NULL, &error);
    g_assert_no_error(error);
    return address;
}

static void set_up_person(Fixture *fixture, gconstpointer pace)
{
    if (geteuid() != 0)
        return;
    own = scratch_new();
    fixture->state = scratch_new();
    g_assert_cmpint(chmod(own, 0755), ==, 0);
    fixture->address = start_bus(own);
    g_assert_cmpint(chown(own, PERSON, PERSON), ==, 0);
    fixture->connection = connect_as_person(fixture->address);
    start_service(fixture, pace ? pace : "5");
}

static void tear_down_person(Fixture *fixture, gconstpointer pace)
{
    if (geteuid() != 0)
        return;
    stop_service(fixture);
    g_dbus_connection_close_sync(fixture->connection, NULL, NULL);
    g_clear_object(&fixture->connection);
    g_subprocess_force_exit(daemon_process);
    g_subprocess_wait(daemon_process, NULL, NULL);
    g_clear_object(&daemon_process);
    g_free(fixture->address);
    scratch_free(fixture->state);
    scratch_free(g_steal_pointer(&own));
}

static gboolean is_root(void)
{
    if (geteuid() == 0)
        return TRUE;
    g_test_skip("only root can have a service and be somebody else");
    return FALSE;
}

static char *path_in(const char *directory, const char *name)
{
    return g_build_filename(directory, name, NULL);
}

/* A file of the person's, or one that is root's, with MODE and CONTENT. */
static char *make_file(const char *name, uid_t owner, mode_t mode, const char *content)
{
    char *path = path_in(own, name);

    scratch_write(path, content, -1);
    g_assert_cmpint(chown(path, owner, GROUP), ==, 0);
    g_assert_cmpint(chmod(path, mode), ==, 0);
    return path;
}

static char *make_kernel(Fixture *fixture)
{
    g_autofree char *from = path_in(fixture->state, "templates/debian-12-minimal/vmlinuz");
    char *path = path_in(own, "vmlinuz");
    g_autofree char *text = NULL;
    gsize length;

    g_assert_true(g_file_get_contents(from, &text, &length, NULL));
    scratch_write(path, text, (gssize)length);
    g_assert_cmpint(chown(path, PERSON, PERSON), ==, 0);
    return path;
}

static void assert_content(const char *directory, const char *name, const char *content)
{
    g_autofree char *path = path_in(directory, name);
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, content);
}

static char *config_of(Fixture *fixture, const char *name)
{
    g_autofree char *path = g_strdup_printf("%s/guests/%s.cfg", fixture->state, name);
    char *text;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    return text;
}

/* Calls METHOD for SOURCE; the job's path, or NULL and ERROR. */
static char *call(Fixture *fixture, const char *method, const char *source, GVariant *options,
                  GError **error)
{
    g_autoptr(GVariant) answer = g_dbus_proxy_call_sync(
        G_DBUS_PROXY(fixture->manager), method,
        g_variant_new("(ss@a{sv})", source, "desk", options), AS_USUAL, NULL, error);
    char *job = NULL;

    if (answer)
        g_variant_get(answer, "(o)", &job);
    return job;
}

static void refuse(Fixture *fixture, const char *method, const char *source, GVariant *options,
                   const char *piece)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *job = call(fixture, method, source, options, &error);

    g_assert_null(job);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, piece));
    assert_nothing_left(fixture, "desk");
}

static void make(Fixture *fixture, const char *method, const char *source, GVariant *options)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *job = call(fixture, method, source, options, &error);
    g_autofree char *sentence = NULL;

    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "succeeded");
}

static void delete_guest(Fixture *fixture, const char *name)
{
    do_job(fixture, name, vitrine_guest1_call_delete_sync);
}

static GVariant *stopped(void)
{
    return g_variant_new_parsed("{'start': <false>}");
}

static void test_image(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *secret = NULL, *shared = NULL, *mine = NULL;

    if (!is_root())
        return;
    secret = make_file("secret.img", 0, 0600, "secret");
    refuse(fixture, "Import", secret, stopped(), "you may not read it");
    /* By one of the person's groups, as the bus has them: no user database knows this one. */
    shared = make_file("shared.img", 0, 0640, "shared");
    make(fixture, "Import", shared, stopped());
    assert_content(fixture->state, "disks/desk.img", "shared");
    delete_guest(fixture, "desk");
    mine = make_file("mine.img", PERSON, 0600, "mine");
    make(fixture, "Import", mine, stopped());
    assert_content(fixture->state, "disks/desk.img", "mine");
    delete_guest(fixture, "desk");
    refuse(fixture, "Import", "/proc/self/fd/0", stopped(), "can't be used");
}

static GVariant *kernel_options(const char *kernel, const char *ramdisk)
{
    return g_variant_new_parsed("{'kernel': <%s>, 'ramdisk': <%s>, 'start': <false>, "
                                "'disk-size': <uint64 134217728>}",
                                kernel, ramdisk);
}

/* The guest has copies: what becomes of the person's files is nothing to it. */
static void test_kernel(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *kernel = NULL, *ramdisk = NULL, *secret = NULL, *text = NULL, *copy = NULL;
    g_autofree char *clone = NULL, *job = NULL, *sentence = NULL, *cloned = NULL;
    g_autoptr(GError) error = NULL;

    if (!is_root())
        return;
    kernel = make_kernel(fixture);
    secret = make_file("secret", 0, 0600, "secret");
    refuse(fixture, "Create", "", kernel_options(kernel, secret), "you may not read it");
    refuse(fixture, "Create", "", kernel_options(secret, kernel), "you may not read it");
    make(fixture, "Create", "", kernel_options(kernel, "/bin/sh"));
    g_assert_cmpuint(count_files(fixture, "files/desk"), ==, 2);
    delete_guest(fixture, "desk");
    ramdisk = make_file("initrd.img", PERSON, 0600, "ramdisk");
    make(fixture, "Create", "", kernel_options(kernel, ramdisk));
    text = config_of(fixture, "desk");
    copy = path_in(fixture->state, "files/desk/kernel");
    g_assert_nonnull(strstr(text, copy));
    g_assert_null(strstr(text, own));
    assert_content(fixture->state, "files/desk/ramdisk", "ramdisk");
    g_assert_cmpint(g_unlink(ramdisk), ==, 0);
    do_job(fixture, "desk", vitrine_guest1_call_start_sync);
    do_job(fixture, "desk", vitrine_guest1_call_force_off_sync);

    vitrine_manager1_call_clone_guest_sync(fixture->manager, "desk", "twin",
                                           g_variant_new_parsed("@a{sv} {}"), AS_USUAL, &job, NULL,
                                           &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "succeeded");
    delete_guest(fixture, "desk");
    g_assert_false(g_file_test(copy, G_FILE_TEST_EXISTS));
    cloned = config_of(fixture, "twin");
    clone = path_in(fixture->state, "files/twin/kernel");
    g_assert_nonnull(strstr(cloned, clone));
    g_assert_null(strstr(cloned, copy));
    assert_content(fixture->state, "files/twin/ramdisk", "ramdisk");
    delete_guest(fixture, "twin");
    assert_nothing_left(fixture, "twin");
}

static char *make_iso(const char *name, uid_t owner, mode_t mode)
{
    char *path = path_in(own, name);

    scratch_write_image(path, "CD001");
    g_assert_cmpint(chown(path, owner, PERSON), ==, 0);
    g_assert_cmpint(chmod(path, mode), ==, 0);
    return path;
}

static GVariant *iso_options(const char *iso)
{
    return g_variant_new_parsed("{'iso': <%s>, 'start': <false>, "
                                "'disk-size': <uint64 134217728>}",
                                iso);
}

static void test_iso(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *iso = NULL, *other = NULL, *secret = NULL, *first = NULL, *second = NULL;
    g_autofree char *public = NULL;
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;

    if (!is_root())
        return;
    secret = make_iso("secret.iso", 0, 0600);
    refuse(fixture, "Create", "", iso_options(secret), "you may not read it");
    iso = make_iso("a.iso", PERSON, 0600);
    other = make_iso("b.iso", PERSON, 0600);
    make(fixture, "Create", "", iso_options(iso));
    guest = find_guest(fixture, "desk");
    first = path_in(fixture->state, "files/desk/a.iso");
    second = path_in(fixture->state, "files/desk/b.iso");
    wait_until(g_strcmp0(vitrine_guest1_get_iso(guest), first) == 0);

    g_assert_false(vitrine_guest1_call_insert_iso_sync(guest, secret, AS_USUAL, NULL, &error));
    g_assert_nonnull(strstr(error->message, secret));
    g_clear_error(&error);
    g_assert_true(g_file_test(first, G_FILE_TEST_EXISTS));
    vitrine_guest1_call_insert_iso_sync(guest, other, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    wait_until(g_strcmp0(vitrine_guest1_get_iso(guest), second) == 0);
    g_assert_true(g_file_test(second, G_FILE_TEST_EXISTS));
    g_assert_cmpuint(count_files(fixture, "files/desk"), ==, 1);

    /* What lies in the service's own directory is for all, and stays there. */
    public = path_in(fixture->state, "iso/public.iso");
    scratch_write_image(public, "CD001");
    vitrine_guest1_call_insert_iso_sync(guest, "public.iso", AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    wait_until(g_strcmp0(vitrine_guest1_get_iso(guest), public) == 0);
    g_assert_cmpuint(count_files(fixture, "files/desk"), ==, 0);
    vitrine_guest1_call_eject_iso_sync(guest, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(g_file_test(public, G_FILE_TEST_EXISTS));
    delete_guest(fixture, "desk");
    assert_nothing_left(fixture, "desk");
}

/* An xl.cfg of the person's with the disk "disk.img" and MORE in the list of disks. */
static char *make_config(const char *kernel, const char *more)
{
    g_autofree char *text = g_strdup_printf("name = \"old\"\nkernel = \"%s\"\n"
                                            "disk = [ \"%s/disk.img,raw,xvda,rw\"%s ]\n",
                                            kernel, own, more);

    return make_file("own.cfg", PERSON, 0644, text);
}

static GVariant *way(const char *way)
{
    return g_variant_new_parsed("{'disks': <%s>, 'start': <false>}", way);
}

static void test_config(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *config = NULL, *disk = NULL, *kernel = NULL, *text = NULL, *secret = NULL;
    g_autofree char *copy = NULL;

    if (!is_root())
        return;
    kernel = make_kernel(fixture);
    config = make_config(kernel, "");
    disk = make_file("disk.img", 0, 0600, "disk");
    refuse(fixture, "ImportConfig", config, way("copy"), "disk.img");
    g_assert_cmpint(chown(disk, PERSON, PERSON), ==, 0);
    secret = make_file("secret.cfg", 0, 0600, "name = \"secret\"\n");
    refuse(fixture, "ImportConfig", secret, way("copy"), "you may not read it");
    refuse(fixture, "ImportConfig", config, way("keep"), "can't stay where it is");

    make(fixture, "ImportConfig", config, way("copy"));
    assert_content(fixture->state, "disks/desk.img", "disk");
    assert_content(own, "disk.img", "disk");
    text = config_of(fixture, "desk");
    copy = path_in(fixture->state, "files/desk/kernel");
    g_assert_nonnull(strstr(text, copy));
    g_assert_null(strstr(text, own));
    do_job(fixture, "desk", vitrine_guest1_call_start_sync);
    do_job(fixture, "desk", vitrine_guest1_call_force_off_sync);
    delete_guest(fixture, "desk");
    assert_nothing_left(fixture, "desk");
}

/* What only root can change is left where it is, as Debian's image of GRUB. */
static void test_fixed(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *config = NULL, *disk = NULL, *text = NULL;

    if (!is_root())
        return;
    config = make_config("/bin/sh", "");
    disk = make_file("disk.img", PERSON, 0600, "disk");
    make(fixture, "ImportConfig", config, way("copy"));
    text = config_of(fixture, "desk");
    g_assert_nonnull(strstr(text, "kernel = \"/bin/sh\"\n"));
    g_assert_cmpuint(count_files(fixture, "files"), ==, 0);
}

static void test_moved(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *config = NULL, *disk = NULL, *kernel = NULL;

    if (!is_root())
        return;
    kernel = make_kernel(fixture);
    config = make_config(kernel, "");
    disk = make_file("disk.img", PERSON, 0600, "disk");
    g_assert_cmpint(chown(own, 0, 0), ==, 0);
    refuse(fixture, "ImportConfig", config, way("move"), "may not take it away");
    g_assert_true(g_file_test(disk, G_FILE_TEST_EXISTS));
    g_assert_cmpint(chown(own, PERSON, PERSON), ==, 0);
    make(fixture, "ImportConfig", config, way("move"));
    assert_content(fixture->state, "disks/desk.img", "disk");
    g_assert_false(g_file_test(disk, G_FILE_TEST_EXISTS));
}

/* Disks that are named to stay: no image that could name files of its own, nor a CD of the
 * person's, which root would open by its path. */
static void test_kept(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *config = NULL, *kernel = NULL, *text = NULL, *other = NULL, *disk = NULL;
    g_autofree char *more = NULL, *iso = NULL;

    if (!is_root())
        return;
    kernel = make_kernel(fixture);
    disk = make_file("disk.img", PERSON, 0600, "disk");
    iso = make_iso("a.iso", PERSON, 0600);
    more = g_strdup_printf(", \"%s,raw,xvdc,ro,cdrom\"", iso);
    config = make_config(kernel, more);
    refuse(fixture, "ImportConfig", config, way("copy"), "insert it when");
    text = g_strdup_printf("name = \"old\"\nkernel = \"%s\"\ndisk = [ \"/bin/sh,%s,xvda,ro\" ]\n",
                           kernel, "qcow2");
    other = make_file("other.cfg", PERSON, 0600, text);
    refuse(fixture, "ImportConfig", other, way("keep"), "another form than raw");
    g_free(text);
    text = g_strdup_printf("name = \"old\"\nkernel = \"%s\"\ndisk = [ \"/bin/sh,%s,xvda,ro\" ]\n",
                           kernel, "raw");
    g_free(g_steal_pointer(&other));
    other = make_file("other.cfg", PERSON, 0600, text);
    make(fixture, "ImportConfig", other, way("keep"));
}

static void add_person(const char *path, void (*test)(Fixture *fixture, gconstpointer pace))
{
    g_test_add(path, Fixture, NULL, set_up_person, test, tear_down_person);
}

int main(int argc, char **argv)
{
    init_test(&argc, &argv);
    add_person("/service-person/image", test_image);
    add_person("/service-person/kernel", test_kernel);
    add_person("/service-person/fixed", test_fixed);
    add_person("/service-person/iso", test_iso);
    add_person("/service-person/config", test_config);
    add_person("/service-person/moved", test_moved);
    add_person("/service-person/kept", test_kept);
    return g_test_run();
}
