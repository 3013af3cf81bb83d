/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guests' directory: files are made whole or not at all, listed, read back and removed. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "error.h"
#include "guest-devices.h"
#include "guest-store.h"
#include "scratch.h"

static const GuestNotes notes = {.template = (char *)"debian",
                                 .color = (char *)"#102030",
                                 .display = DEVICE_YES,
                                 .sound = DEVICE_NO,
                                 .monitors = {TRUE, "640x480;800x600"}};

static GuestStore *make_store(const char *directory)
{
    g_autoptr(GError) error = NULL;
    GuestStore *store = guest_store_new(directory, &error);

    g_assert_no_error(error);
    return store;
}

static void test_round_trip(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autoptr(GuestStore) store = make_store(directory);
    g_autofree char *path = guest_store_config_path(store, "a");
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names = NULL;
    GuestNotes read;

    guest_store_add(store, "a", "memory = 1\n", &notes, &error);
    g_assert_no_error(error);
    g_assert_true(guest_store_taken(store, "a"));
    g_file_get_contents(path, &text, NULL, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(text, ==, "memory = 1\n");
    guest_store_read_notes(store, "a", &read);
    g_assert_cmpstr(read.template, ==, notes.template);
    g_assert_cmpstr(read.color, ==, notes.color);
    g_assert_cmpint(read.display, ==, notes.display);
    g_assert_cmpint(read.sound, ==, notes.sound);
    g_assert_true(read.monitors.said);
    g_assert_cmpstr(read.monitors.list, ==, notes.monitors.list);
    guest_notes_clear(&read);
    names = guest_store_list(store);
    g_assert_cmpuint(names->len, ==, 1);
    g_assert_true(guest_store_remove_files(store, "a", NULL));
    g_assert_false(guest_store_taken(store, "a"));
    g_assert_cmpuint(scratch_count(guest_store_guests(store)), ==, 0);
}

static void test_taken(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autoptr(GuestStore) store = make_store(directory);
    g_autofree char *path = guest_store_config_path(store, "a");
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    scratch_write(path, "mine", -1);
    g_assert_false(guest_store_add(store, "a", "other", &notes, &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_NAME_TAKEN);
    g_file_get_contents(path, &text, NULL, NULL);
    g_assert_cmpstr(text, ==, "mine");
}

/* A file that can't be written to its end is not left half written. */
static void test_no_room(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autoptr(GuestStore) store = make_store(directory);
    g_autofree char *text = g_strnfill(4096, 'x');
    g_autoptr(GError) error = NULL;
    struct rlimit old;
    struct rlimit small;
    gboolean added;

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 1000;
    setrlimit(RLIMIT_FSIZE, &small);
    added = guest_store_add(store, "a", text, &notes, &error);
    setrlimit(RLIMIT_FSIZE, &old);
    g_assert_false(added);
    g_assert_nonnull(error);
    g_assert_cmpuint(scratch_count(guest_store_guests(store)), ==, 0);
}

static void test_list(void)
{
    static const char *const files[] = {"b.cfg", "a.cfg",  "a.ini",   "notes.txt",
                                        ".cfg",  ".x.cfg", "c d.cfg", "Domain-0.cfg"};
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autoptr(GuestStore) store = make_store(directory);
    g_autoptr(GPtrArray) names = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(guest_store_guests(store), files[i], NULL);

        scratch_write(path, "", 0);
    }
    names = guest_store_list(store);
    g_assert_cmpuint(names->len, ==, 2);
    g_assert_cmpstr(names->pdata[0], ==, "a");
    g_assert_cmpstr(names->pdata[1], ==, "b");
}

/* A person's own file comes without notes, or with notes that make no sense. */
static void test_no_notes(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autoptr(GuestStore) store = make_store(directory);
    g_autofree char *path = guest_store_notes_path(store, "a");
    GuestNotes read;

    for (int i = 0; i < 2; i++) {
        guest_store_read_notes(store, "a", &read);
        g_assert_cmpstr(read.template, ==, "");
        g_assert_cmpstr(read.color, ==, "");
        g_assert_cmpint(read.display, ==, DEVICE_AS_IN_CFG);
        g_assert_cmpint(read.sound, ==, DEVICE_AS_IN_CFG);
        guest_notes_clear(&read);
        scratch_write(path, "\x01[not a key file", -1);
    }
}

static const struct {
    const char *ini;
    GuestFacts facts;
    gboolean shown;
} displays[] = {
    {"", {.has_vfb = FALSE}, FALSE},
    {"", {.has_vfb = TRUE}, TRUE},
    {"[guest]\ndisplay=true\n", {.has_vfb = FALSE}, TRUE},
    {"[guest]\ndisplay=false\n", {.has_vfb = TRUE}, FALSE},
    {"[guest]\ndisplay=maybe\n", {.has_vfb = TRUE}, TRUE},
    {"[guest]\ndisplay=true\n", {.kind = GUEST_HVM}, FALSE},
    {"", {.has_vfb = TRUE, .kind = GUEST_HVM}, FALSE},
};

static const struct {
    const char *ini;
    GuestFacts facts;
    gboolean heard;
} sounds[] = {
    {"", {.has_vsnd = FALSE}, FALSE},
    {"", {.has_vsnd = TRUE}, TRUE},
    {"[guest]\nsound=true\n", {.has_vsnd = FALSE}, TRUE},
    {"[guest]\nsound=false\n", {.has_vsnd = TRUE}, FALSE},
    {"[guest]\nsound=maybe\n", {.has_vsnd = FALSE}, FALSE},
};

static void test_sound(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autoptr(GuestStore) store = make_store(directory);
    g_autofree char *path = guest_store_notes_path(store, "a");

    for (guint i = 0; i < G_N_ELEMENTS(sounds); i++) {
        g_auto(GuestNotes) read = {0};

        scratch_write(path, sounds[i].ini, -1);
        guest_store_read_notes(store, "a", &read);
        g_assert_cmpint(guest_devices_have_sound(read.sound, &sounds[i].facts), ==,
                        sounds[i].heard);
    }
}

static const struct {
    const char *ini;
    GuestFacts facts;
    const char *list;
} monitors[] = {
    {"", {.nics = 0}, ""},
    {"", {.monitors = "640x480"}, "640x480"},
    {"[guest]\nmonitors=\n", {.monitors = "640x480"}, ""},
    {"[guest]\nmonitors=800x600;1024x768;\n", {.monitors = "640x480"}, "800x600;1024x768"},
    {"[guest]\nmonitors=two\n", {.monitors = "640x480"}, "640x480"},
    {"[guest]\nmonitors=800x600\n", {.kind = GUEST_HVM}, ""},
};

/* What a person has chosen, none too, comes before what NAME.cfg has. */
static void test_monitors(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autoptr(GuestStore) store = make_store(directory);
    g_autofree char *path = guest_store_notes_path(store, "a");

    for (guint i = 0; i < G_N_ELEMENTS(monitors); i++) {
        g_auto(GuestNotes) read = {0};

        scratch_write(path, monitors[i].ini, -1);
        guest_store_read_notes(store, "a", &read);
        g_assert_cmpstr(guest_devices_find_monitors(&read.monitors, &monitors[i].facts), ==,
                        monitors[i].list);
    }
}

static void test_display(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autoptr(GuestStore) store = make_store(directory);
    g_autofree char *path = guest_store_notes_path(store, "a");

    for (guint i = 0; i < G_N_ELEMENTS(displays); i++) {
        g_auto(GuestNotes) read = {0};

        scratch_write(path, displays[i].ini, -1);
        guest_store_read_notes(store, "a", &read);
        g_test_message("%u", i);
        g_assert_cmpint(guest_devices_have_display(read.display, &displays[i].facts), ==,
                        displays[i].shown);
    }
}

static gboolean check(const char *path, gpointer data, GError **error)
{
    g_autofree char *text = NULL;

    g_assert_true(g_str_has_suffix(path, "/a.cfg"));
    g_file_get_contents(path, &text, NULL, NULL);
    g_assert_cmpstr(text, ==, "memory = 2\n");
    if (*(const gboolean *)data)
        return TRUE;
    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG, "No.");
    return FALSE;
}

static void assert_file(GuestStore *store, char *(*path_of)(const GuestStore *, const char *),
                        const char *expected)
{
    g_autofree char *path = path_of(store, "a");
    g_autofree char *text = NULL;

    g_file_get_contents(path, &text, NULL, NULL);
    g_assert_cmpstr(text, ==, expected);
}

/* Both files or none; what else is in NAME.ini stays, but for blank lines. */
static void test_change(void)
{
    static const char ini[] = "# mine\n[guest]\ncolor=#102030\n# why\nextra=1\n\n[more]\nx=y\n";
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autoptr(GuestStore) store = make_store(directory);
    g_autofree char *config_path = guest_store_config_path(store, "a");
    g_autofree char *notes_path = guest_store_notes_path(store, "a");
    g_autoptr(GError) error = NULL;
    g_auto(GuestNotes) read = {0};
    gboolean good = FALSE;
    gboolean autostart = TRUE;
    GuestFilesChange change = {.config = "memory = 2\n",
                               .notes = {.color = "#405060", .autostart = &autostart}};

    scratch_write(config_path, "memory = 1\n", -1);
    scratch_write(notes_path, ini, -1);
    g_assert_false(guest_store_change(store, "a", &change, check, &good, &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG);
    assert_file(store, guest_store_config_path, "memory = 1\n");
    assert_file(store, guest_store_notes_path, ini);
    good = TRUE;
    g_assert_true(guest_store_change(store, "a", &change, check, &good, NULL));
    assert_file(store, guest_store_config_path, "memory = 2\n");
    assert_file(store, guest_store_notes_path,
                "# mine\n\n[guest]\ncolor=#405060\n# why\nextra=1\n\nautostart=true\n\n"
                "[more]\nx=y\n");
    guest_store_read_notes(store, "a", &read);
    g_assert_true(read.autostart);
    g_assert_cmpuint(scratch_count(guest_store_guests(store)), ==, 2);
}

/* A person's own guest gets a NAME.ini; one that is no key file is left alone, and so is NAME.cfg.
 */
static void test_change_notes(void)
{
    g_autoptr(ScratchDir) directory = scratch_new();
    g_autoptr(GuestStore) store = make_store(directory);
    g_autofree char *config_path = guest_store_config_path(store, "a");
    g_autofree char *notes_path = guest_store_notes_path(store, "a");
    g_autoptr(GError) error = NULL;
    gboolean good = TRUE;
    GuestFilesChange change = {.config = "memory = 2\n", .notes.color = "#405060"};

    scratch_write(config_path, "memory = 1\n", -1);
    scratch_write(notes_path, "what?", -1);
    g_assert_false(guest_store_change(store, "a", &change, check, &good, &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG);
    assert_file(store, guest_store_config_path, "memory = 1\n");
    assert_file(store, guest_store_notes_path, "what?");
    g_unlink(notes_path);
    g_assert_true(guest_store_change(store, "a", &change, check, &good, NULL));
    assert_file(store, guest_store_notes_path, "[guest]\ncolor=#405060\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/guest-store/round-trip", test_round_trip);
    g_test_add_func("/guest-store/taken", test_taken);
    g_test_add_func("/guest-store/no-room", test_no_room);
    g_test_add_func("/guest-store/list", test_list);
    g_test_add_func("/guest-store/no-notes", test_no_notes);
    g_test_add_func("/guest-store/display", test_display);
    g_test_add_func("/guest-store/sound", test_sound);
    g_test_add_func("/guest-store/monitors", test_monitors);
    g_test_add_func("/guest-store/change", test_change);
    g_test_add_func("/guest-store/change-notes", test_change_notes);
    return g_test_run();
}
