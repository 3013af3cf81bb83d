/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Templates that are made of recipes, as a client of the service sees them; the program that makes
 * them is a shell script of the test's. */
#include "service-harness.h"

#include <glib/gstdio.h>

/* Says in the file `words`, a line each, what it was called with. */
#define BEFORE                                                        \
    "#!/bin/sh\n"                                                     \
    "cd \"$(dirname \"$0\")/..\"\n"                                   \
    "printf '%s\\n' \"$@\" > words\n"                                 \
    "while [ $# -gt 0 ]; do\n"                                        \
    "    case $1 in --work) work=$2 ;; --output) output=$2 ;; esac\n" \
    "    shift 2\n"                                                   \
    "done\n"                                                          \
    "mkdir \"$work\"\n"
#define SAY       "echo 'progress 0.500 Fetching things'\n"
#define BEGINNING BEFORE SAY
#define COPY      "cp -r templates/debian-12-desktop \"$output\"\n"
#define END       "rmdir \"$work\"\n"

static void put(Fixture *fixture, const char *file, const char *text)
{
    g_autofree char *path = g_build_filename(fixture->state, file, NULL);
    g_autofree char *parent = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(parent, 0755), ==, 0);
    scratch_write(path, text, -1);
    g_assert_cmpint(g_chmod(path, 0755), ==, 0);
}

static gboolean exists(Fixture *fixture, const char *file)
{
    g_autofree char *path = g_build_filename(fixture->state, file, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* One recipe, and the program. */
static void write_recipes(Fixture *fixture, const char *program)
{
    put(fixture, "recipes/templates/small/packages", "# of all\nicewm xterm\nmc # last\n");
    put(fixture, "recipes/templates/small/template.ini", "[template]\ntitle=Small desktop\n");
    put(fixture, "settings/default/locale", "# by hand\nLANG=\"de_DE.UTF-8\"\n");
    put(fixture, "settings/default/keyboard", "XKBMODEL=pc105\nXKBLAYOUT=de\n");
    put(fixture, "recipes/make-template", program);
}

static char *build(Fixture *fixture, const char *name, const char *options, GError **error)
{
    g_autoptr(GVariant) wishes =
        g_variant_ref_sink(g_variant_parse(G_VARIANT_TYPE_VARDICT, options, NULL, NULL, NULL));
    char *job = NULL;

    vitrine_manager1_call_build_template_sync(fixture->manager, "small", name, wishes, AS_USUAL,
                                              &job, NULL, error);
    return job;
}

static char *begin(Fixture *fixture, const char *name, const char *options)
{
    g_autoptr(GError) error = NULL;
    char *job = build(fixture, name, options, &error);

    g_assert_no_error(error);
    return job;
}

static void refuse(Fixture *fixture, const char *name, const char *options, const char *word)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *job = build(fixture, name, options, &error);

    g_assert_null(job);
    g_assert_nonnull(error);
    g_test_message("%s", error->message);
    g_assert_nonnull(strstr(error->message, word));
}

static gboolean has_template(Fixture *fixture, const char *id)
{
    GVariant *templates = vitrine_manager1_get_templates(fixture->manager);

    for (gsize i = 0; templates && i < g_variant_n_children(templates); i++) {
        g_autoptr(GVariant) template = g_variant_get_child_value(templates, i);
        const char *found;

        if (g_variant_lookup(template, "id", "&s", &found) && strcmp(found, id) == 0)
            return TRUE;
    }
    return FALSE;
}

/* The word after OPTION in the program's call. */
static char *said_of(Fixture *fixture, const char *option)
{
    g_autofree char *path = g_build_filename(fixture->state, "words", NULL);
    g_autofree char *text = NULL;
    g_auto(GStrv) words = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    words = g_strsplit(text, "\n", -1);
    for (guint i = 0; words[i] && words[i + 1]; i += 2) {
        if (strcmp(words[i], option) == 0)
            return g_strdup(words[i + 1]);
    }
    return NULL;
}

static void assert_said(Fixture *fixture, const char *option, const char *expected)
{
    g_autofree char *word = said_of(fixture, option);

    g_assert_cmpstr(word, ==, expected);
}

/* Only what was there before. */
static void assert_no_rest(Fixture *fixture)
{
    g_assert_false(exists(fixture, "templates/.work"));
    g_assert_false(exists(fixture, "templates/.making-mine"));
    g_assert_false(exists(fixture, "templates/mine"));
}

static void test_list(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(GVariant) recipes = NULL;
    g_autoptr(GVariant) expected = NULL;
    g_autoptr(GError) error = NULL;

    write_recipes(fixture, "");
    vitrine_manager1_call_list_recipes_sync(fixture->manager, AS_USUAL, &recipes, NULL, &error);
    g_assert_no_error(error);
    expected = g_variant_ref_sink(g_variant_parse(
        G_VARIANT_TYPE("aa{sv}"),
        "[{'id': <'small'>, 'title': <'Small desktop'>, 'description': <''>, 'packages': "
        "<['icewm', "
        "'xterm', 'mc']>, 'user': <'user'>, 'locale': <'de_DE.UTF-8'>, 'keyboard': <'de'>}]",
        NULL, NULL, NULL));
    g_assert_true(g_variant_equal(recipes, expected));
}

static void test_none(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(GVariant) recipes = NULL;
    g_autoptr(GError) error = NULL;

    vitrine_manager1_call_list_recipes_sync(fixture->manager, AS_USUAL, &recipes, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpuint(g_variant_n_children(recipes), ==, 0);
    refuse(fixture, "mine", "{}", "no recipe");
}

static void test_build(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *job = NULL;
    g_autofree char *sentence = NULL;

    write_recipes(fixture, BEGINNING COPY END);
    job = begin(fixture, "mine",
                "{'packages': <['mc', 'g++']>, 'user': <'anna'>, 'title': <'Anna’s “own”'>}");
    sentence = end_of_job(fixture, job, "succeeded");
    wait_until(has_template(fixture, "mine"));
    assert_said(fixture, "--packages", "mc g++");
    assert_said(fixture, "--user", "anna");
    assert_said(fixture, "--title", "Anna’s “own”");
    assert_said(fixture, "--locale", "de_DE.UTF-8");
    assert_said(fixture, "--keyboard", "de");
    g_assert_false(exists(fixture, "templates/.work"));
    g_assert_false(exists(fixture, "templates/.making-mine"));
    refuse(fixture, "mine", "{}", "already");
}

static void test_progress(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineJob1) object = NULL;
    g_autofree char *job = NULL;
    g_autofree char *sentence = NULL;

    write_recipes(fixture, BEGINNING "until [ -e go ]; do sleep 0.05; done\n" COPY END);
    job = begin(fixture, "mine", "{}");
    object = wait_for_job_object(fixture, job);
    wait_until(strcmp(vitrine_job1_get_phase(object), "Fetching things") == 0);
    wait_until(vitrine_job1_get_progress(object) > 0.49 &&
               vitrine_job1_get_progress(object) < 0.51);
    g_assert_cmpstr(vitrine_job1_get_guest_name(object), ==, "");
    refuse(fixture, "other", "{}", "Another template");
    put(fixture, "go", "");
    sentence = end_of_job(fixture, job, "succeeded");
}

static void test_refused(Fixture *fixture, gconstpointer pace)
{
    write_recipes(fixture, BEGINNING COPY END);
    refuse(fixture, "mine", "{'user': <'Anna'>}", "small letter");
    refuse(fixture, "mine", "{'user': <'a b'>}", "small letter");
    refuse(fixture, "mine", "{'user': <'anna\\n'>}", "small letter");
    refuse(fixture, "mine", "{'locale': <'de_DE'>}", "UTF-8");
    refuse(fixture, "mine", "{'locale': <'$(id).UTF-8'>}", "UTF-8");
    refuse(fixture, "mine", "{'keyboard': <'de\"'>}", "layout");
    refuse(fixture, "mine", "{'packages': <['mc', '--force']>}", "packages");
    refuse(fixture, "mine", "{'packages': <['mc\\nvim']>}", "packages");
    refuse(fixture, "mine", "{'title': <'a\\nb'>}", "one line");
    refuse(fixture, "mine", "{'colour': <'red'>}", "colour");
    refuse(fixture, "../mine", "{}", "name");
    refuse(fixture, "debian-12-desktop", "{}", "already");
    g_assert_false(exists(fixture, "words"));
}

static void test_failed(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *job = NULL;
    g_autofree char *sentence = NULL;

    write_recipes(fixture, BEGINNING END "echo 'vitrine: There is no network.'; exit 1\n");
    job = begin(fixture, "mine", "{}");
    sentence = end_of_job(fixture, job, "failed");
    g_assert_cmpstr(sentence, ==, "There is no network.");
    assert_no_rest(fixture);
}

/* It says that all is well, and has made nothing. */
static void test_nothing_made(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *job = NULL;
    g_autofree char *sentence = NULL;

    write_recipes(fixture, BEGINNING END);
    job = begin(fixture, "mine", "{}");
    sentence = end_of_job(fixture, job, "failed");
    assert_no_rest(fixture);
}

static void test_no_program(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *path = g_build_filename(fixture->state, "recipes/make-template", NULL);
    g_autofree char *job = NULL;
    g_autofree char *sentence = NULL;

    write_recipes(fixture, "");
    g_remove(path);
    job = begin(fixture, "mine", "{}");
    sentence = end_of_job(fixture, job, "failed");
    g_assert_nonnull(strstr(sentence, "make-template"));
}

/* What the program runs is ended with it: the sleep would hold its standard output for long. */
/* It hears a signal from the moment on that it says something, and at once: before a command that
 * it waits for, a shell would hear it after that only. */
#define LONG                                                                            \
    BEFORE "trap 'rmdir \"$work\"; touch stopped; exit 143' TERM\n" SAY "sleep 300 &\n" \
           "wait\n"

/* Once nothing is left of the one before. */
static void build_again(Fixture *fixture)
{
    g_autofree char *again = NULL;
    g_autofree char *sentence = NULL;

    write_recipes(fixture, BEGINNING COPY END);
    wait_until((again = build(fixture, "mine", "{}", NULL)) != NULL);
    sentence = end_of_job(fixture, again, "succeeded");
}

static void test_cancel(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineJob1) object = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *job = NULL;
    g_autofree char *sentence = NULL;

    write_recipes(fixture, LONG);
    job = begin(fixture, "mine", "{}");
    object = wait_for_job_object(fixture, job);
    wait_until(strcmp(vitrine_job1_get_phase(object), "Fetching things") == 0);
    vitrine_job1_call_cancel_sync(object, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "cancelled");
    wait_until(exists(fixture, "stopped"));
    assert_no_rest(fixture);
    build_again(fixture);
}

/* Something outlives the program: what has missed the first signal, or will not hear of any. */
static void cancel_with_rest(Fixture *fixture, const char *rest)
{
    g_autofree char *program = g_strconcat(BEFORE, rest, SAY "wait\n", NULL);
    g_autofree char *job = NULL;
    g_autofree char *sentence = NULL;
    g_autoptr(VitrineJob1) object = NULL;
    g_autoptr(GError) error = NULL;

    write_recipes(fixture, program);
    job = begin(fixture, "mine", "{}");
    object = wait_for_job_object(fixture, job);
    wait_until(strcmp(vitrine_job1_get_phase(object), "Fetching things") == 0);
    wait_until(exists(fixture, "resting"));
    vitrine_job1_call_cancel_sync(object, AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "cancelled");
}

static void test_cancel_twice(Fixture *fixture, gconstpointer pace)
{
    cancel_with_rest(fixture, "(trap ': > told; trap - TERM' TERM; : > resting;\n"
                              "while :; do sleep 0.1; done) &\n");
    build_again(fixture);
    g_assert_true(exists(fixture, "told"));
}

static void test_cancel_deaf(Fixture *fixture, gconstpointer pace)
{
    cancel_with_rest(fixture, "(trap '' TERM; : > resting; exec sleep 90) &\n");
    build_again(fixture);
}

static void test_quit(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineJob1) object = NULL;
    g_autofree char *job = NULL;

    write_recipes(fixture, LONG);
    job = begin(fixture, "mine", "{}");
    object = wait_for_job_object(fixture, job);
    wait_until(strcmp(vitrine_job1_get_phase(object), "Fetching things") == 0);
    stop_service(fixture);
    wait_until(exists(fixture, "stopped"));
    assert_no_rest(fixture);
    put(fixture, "templates/.work/root/etc/left", "");
    start_service(fixture, pace);
    wait_until(!exists(fixture, "templates/.work"));
}

int main(int argc, char **argv)
{
    init_test(&argc, &argv);
    add("/service-recipes/list", test_list, "5");
    add("/service-recipes/none", test_none, "5");
    add("/service-recipes/build", test_build, "5");
    add("/service-recipes/progress", test_progress, "5");
    add("/service-recipes/refused", test_refused, "5");
    add("/service-recipes/failed", test_failed, "5");
    add("/service-recipes/nothing-made", test_nothing_made, "5");
    add("/service-recipes/no-program", test_no_program, "5");
    add("/service-recipes/cancel", test_cancel, "5");
    add("/service-recipes/cancel-twice", test_cancel_twice, "5");
    add("/service-recipes/cancel-deaf", test_cancel_deaf, "5");
    add("/service-recipes/quit", test_quit, "5");
    return g_test_run();
}
