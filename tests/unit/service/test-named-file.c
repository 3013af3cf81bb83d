/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that a person names are opened with that person's rights, and no others. */
#include "named-file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path-trust.h"
#include "scratch.h"

/* Nobody's, and groups of nobody's. */
#define PERSON 65534
#define GROUP  64321
#define OTHERS 64322

typedef struct {
    const char *path;
    gboolean goes, kept, writes;
    NamedFile *file;
    uid_t uid; /* of the thread afterwards */
} Attempt;

/* Some tests take another user than the one they run as. */
static gboolean is_root(void)
{
    if (geteuid() == 0)
        return TRUE;
    g_test_skip("only root can be somebody else");
    return FALSE;
}

static gboolean try_it(const Caller *caller, gpointer data, GError **error)
{
    Attempt *attempt = data;

    if (!caller_become(caller, error))
        return FALSE;
    attempt->uid = (uid_t)setfsuid((uid_t)-1);
    if (attempt->kept)
        return named_file_check_kept(caller, attempt->path, attempt->writes, "Do that.", error);
    attempt->file = named_file_open(caller, attempt->path, attempt->goes, error);
    return attempt->file != NULL;
}

/* Whether a person of GROUP can use what ATTEMPT says; its sentence if not. */
static gboolean attempt_as(Attempt *attempt, char **ret_sentence)
{
    const gid_t groups[] = {PERSON, GROUP};
    g_autoptr(Caller) caller = caller_new(PERSON, groups, G_N_ELEMENTS(groups));
    g_autoptr(GError) error = NULL;
    gboolean done = caller_wait(caller, try_it, attempt, &error);

    g_assert_true(done == (error == NULL));
    g_assert_cmpuint(attempt->uid, ==, PERSON);
    /* This thread is what it was. */
    g_assert_cmpuint((uid_t)setfsuid((uid_t)-1), ==, 0);
    if (error)
        g_test_message("%s", error->message);
    if (ret_sentence)
        *ret_sentence = error ? g_strdup(error->message) : NULL;
    return done;
}

static void refuse(const char *path, gboolean goes, const char *piece)
{
    Attempt attempt = {.path = path, .goes = goes};
    g_autofree char *sentence = NULL;

    g_assert_false(attempt_as(&attempt, &sentence));
    g_assert_null(attempt.file);
    g_assert_nonnull(strstr(sentence, path));
    g_assert_nonnull(strstr(sentence, piece));
}

static NamedFile *expect(const char *path, gboolean goes)
{
    Attempt attempt = {.path = path, .goes = goes};

    g_assert_true(attempt_as(&attempt, NULL));
    g_assert_cmpstr(attempt.file->path, ==, path);
    return attempt.file;
}

/* A directory that everybody may enter, and a file in it that is root's. */
static char *make_directory(char **ret_path, mode_t mode, gid_t group)
{
    char *directory = scratch_new();

    g_assert_cmpint(chmod(directory, 0755), ==, 0);
    *ret_path = g_build_filename(directory, "file", NULL);
    scratch_write(*ret_path, "content", -1);
    g_assert_cmpint(chown(*ret_path, 0, group), ==, 0);
    g_assert_cmpint(chmod(*ret_path, mode), ==, 0);
    return directory;
}

static void test_rights(void)
{
    g_autofree char *path = NULL, *missing = NULL;
    g_autoptr(ScratchDir) directory = NULL;

    if (!is_root())
        return;
    directory = make_directory(&path, 0600, 0);
    refuse(path, FALSE, "you may not read it");
    g_assert_cmpint(chmod(path, 0644), ==, 0);
    named_file_free(expect(path, FALSE));
    /* A directory that hides it. */
    g_assert_cmpint(chmod(directory, 0700), ==, 0);
    refuse(path, FALSE, "you may not read it");
    g_assert_cmpint(chmod(directory, 0755), ==, 0);
    missing = g_strconcat(path, "2", NULL);
    refuse(missing, FALSE, "no such file");
    refuse("file", FALSE, "whole path");
    refuse(directory, FALSE, "not a file");
    refuse("/dev/null", FALSE, "not a file");
}

static void test_groups(void)
{
    g_autofree char *path = NULL;
    g_autoptr(ScratchDir) directory = NULL;

    if (!is_root())
        return;
    directory = make_directory(&path, 0640, GROUP);
    named_file_free(expect(path, FALSE));
    g_assert_cmpint(chown(path, 0, OTHERS), ==, 0);
    refuse(path, FALSE, "you may not read it");
    /* Root's own group is not kept. */
    g_assert_cmpint(chown(path, 0, 0), ==, 0);
    refuse(path, FALSE, "you may not read it");
}

/* What the service has open is not to be had by the links of /proc, nor what /proc says of it. */
static void test_process(void)
{
    g_autofree char *path = NULL, *link = NULL;
    g_autoptr(ScratchDir) directory = NULL;
    int fd;

    if (!is_root())
        return;
    directory = make_directory(&path, 0666, 0);
    g_assert_cmpint(chmod(directory, 0700), ==, 0);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    link = g_strdup_printf("/proc/self/fd/%d", fd);
    refuse(link, FALSE, "");
    refuse("/proc/self/status", FALSE, "not a file");
    close(fd);
}

/* A pipe without a writer, which is not waited for. */
static void test_pipe(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *path = g_build_filename(directory, "pipe", NULL);

    if (!is_root())
        return;
    g_assert_cmpint(chmod(directory, 0755), ==, 0);
    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    g_assert_cmpint(chmod(path, 0666), ==, 0);
    refuse(path, FALSE, "not a file");
}

/* What goes has to be the person's to remove, and no link; it is removed from where it was. */
static void test_goes(void)
{
    g_autofree char *path = NULL, *link = NULL;
    g_autoptr(ScratchDir) directory = NULL;
    g_autoptr(NamedFile) file = NULL;
    g_autoptr(GError) error = NULL;

    if (!is_root())
        return;
    directory = make_directory(&path, 0644, 0);
    link = g_build_filename(directory, "link", NULL);
    refuse(path, TRUE, "may not take it away");
    g_assert_cmpint(chown(directory, PERSON, PERSON), ==, 0);
    g_assert_cmpint(symlink(path, link), ==, 0);
    refuse(link, TRUE, "is a link");
    named_file_free(expect(link, FALSE));
    file = expect(path, TRUE);
    g_assert_cmpint(g_rename(path, link), ==, 0);
    scratch_write(path, "another", -1);
    g_assert_false(named_file_remove(file, &error));
    g_assert_nonnull(strstr(error->message, "another file"));
    g_assert_cmpint(g_rename(link, path), ==, 0);
    g_assert_true(named_file_remove(file, NULL));
    g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
}

/* Only root changes what is at a path, or the path is not relied on. */
static void test_stays(void)
{
    g_autofree char *path = NULL;
    g_autoptr(ScratchDir) directory = NULL;
    g_autoptr(NamedFile) file = NULL, system = NULL;

    if (!is_root())
        return;
    directory = make_directory(&path, 0644, 0);
    file = expect(path, FALSE);
    g_assert_false(file->stays); /* the directory of all scratch is everybody's */
    system = expect("/bin/sh", FALSE);
    g_assert_true(system->stays);
}

static void test_trust(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autofree char *link = g_build_filename(directory, "link", NULL);
    g_autofree char *through = g_build_filename(directory, "..", "..", "bin", "sh", NULL);
    g_autofree char *round = g_build_filename(directory, "round", NULL);

    g_assert_cmpint(symlink("/bin/sh", link), ==, 0);
    g_assert_cmpint(symlink(round, round), ==, 0);
    g_assert_true(path_trust_is_fixed("/bin/sh"));
    g_assert_true(path_trust_is_fixed("//bin/.././bin/sh"));
    g_assert_true(path_trust_is_fixed("/dev/null"));
    g_assert_false(path_trust_is_fixed("/bin"));
    g_assert_false(path_trust_is_fixed("/bin/sh/x"));
    g_assert_false(path_trust_is_fixed("/bin/nothing-of-this-name"));
    g_assert_false(path_trust_is_fixed("bin/sh"));
    g_assert_false(path_trust_is_fixed(""));
    g_assert_false(path_trust_is_fixed(link));
    g_assert_false(path_trust_is_fixed(through));
    g_assert_false(path_trust_is_fixed(round));
}

static void check_kept(const char *path, gboolean writes, const char *piece)
{
    Attempt attempt = {.path = path, .kept = TRUE, .writes = writes};
    g_autofree char *sentence = NULL;
    gboolean good = attempt_as(&attempt, &sentence);

    g_assert_true(good == (piece == NULL));
    if (piece)
        g_assert_nonnull(strstr(sentence, piece));
}

static void test_kept(void)
{
    g_autofree char *path = NULL;
    g_autoptr(ScratchDir) directory = NULL;

    if (!is_root())
        return;
    directory = make_directory(&path, 0666, 0);
    check_kept(path, TRUE,
               "can't stay where it is, as others than root can put something else in its "
               "place. Do that.");
    check_kept("/bin/sh", FALSE, NULL);
    check_kept("/bin/sh", TRUE, "write to it");
    check_kept("/etc/shadow", FALSE, "you may not read it");
    check_kept("/dev/null", TRUE, "neither a file nor a disk");
    check_kept("disk", FALSE, "whole path");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/named-file/rights", test_rights);
    g_test_add_func("/named-file/groups", test_groups);
    g_test_add_func("/named-file/process", test_process);
    g_test_add_func("/named-file/pipe", test_pipe);
    g_test_add_func("/named-file/goes", test_goes);
    g_test_add_func("/named-file/stays", test_stays);
    g_test_add_func("/named-file/trust", test_trust);
    g_test_add_func("/named-file/kept", test_kept);
    return g_test_run();
}
