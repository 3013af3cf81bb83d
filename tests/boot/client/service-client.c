/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the boot tests' shell functions ask the service in dom0, and wait for. One process waits for
 * as long as it takes and is woken by the bus: a shell that asks again and again would take most of
 * an emulated CPU away from what it is waiting for.
 *
 *   service-client get OBJECT INTERFACE PROPERTY...
 *       prints their values on one line
 *
 *   service-client until WORDS OBJECT INTERFACE PROPERTY...
 *       the same, once that line begins with WORDS
 *
 *   service-client over JOB
 *       prints "state: error" of a job, once it has ended
 *
 *   service-client said FILE TEXT
 *       ends once the text is in the file
 *
 * Object and interface come without what all of them begin with. Status 1 with what there was
 * instead. VITRINE_TEST_PATIENCE is a factor for how long it waits. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#define BUS_NAME         "org.vitrine.Vitrine1"
#define OBJECT_PREFIX    "/org/vitrine/Vitrine1/"
#define INTERFACE_PREFIX "org.vitrine."

#define WAIT_US (110 * G_USEC_PER_SEC)
/* Nobody tells when a service that was killed is there again, nor that a file has grown. */
#define LOOK_AGAIN_MS      500
#define LOOK_INTO_FILES_MS 250

/* What is asked, and when the answer is the one that is waited for. */
typedef struct Wait {
    const char *object, *interface;
    const char *const *properties;
    const char *separator; /* between their values */
    const char *words;
    gboolean (*done)(const struct Wait *wait, const char *answer);
    GDBusConnection *bus;
} Wait;

static gint64 deadline_from_now(void)
{
    const char *patience = g_getenv("VITRINE_TEST_PATIENCE");

    return g_get_monotonic_time() +
           (gint64)(WAIT_US * (patience ? g_ascii_strtod(patience, NULL) : 1));
}

static gboolean begins_with_words(const Wait *wait, const char *answer)
{
    return g_str_has_prefix(answer, wait->words);
}

static gboolean has_ended(const Wait *wait, const char *answer)
{
    return !g_str_has_prefix(answer, "running");
}

/* A value as a person would write it. */
static char *plain_text(GVariant *value)
{
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
        return g_variant_dup_string(value, NULL);
    return g_variant_print(value, FALSE);
}

/* The properties' values on one line, or NULL and ERROR if one can't be had. */
static char *ask(const Wait *wait, GError **error)
{
    g_autofree char *path = g_strconcat(OBJECT_PREFIX, wait->object, NULL);
    g_autofree char *interface = g_strconcat(INTERFACE_PREFIX, wait->interface, NULL);
    g_autoptr(GVariant) all = NULL, answer = NULL;
    g_autoptr(GString) line = g_string_new(NULL);

    answer = g_dbus_connection_call_sync(wait->bus, BUS_NAME, path,
                                         "org.freedesktop.DBus.Properties", "GetAll",
                                         g_variant_new("(s)", interface), G_VARIANT_TYPE("(a{sv})"),
                                         G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, error);
    if (!answer)
        return NULL;
    all = g_variant_get_child_value(answer, 0);
    for (const char *const *property = wait->properties; *property; property++) {
        g_autoptr(GVariant) value = g_variant_lookup_value(all, *property, NULL);
        g_autofree char *text = NULL;

        if (!value) {
            g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s has no %s", interface,
                        *property);
            return NULL;
        }
        text = plain_text(value);
        g_string_append_printf(line, "%s%s", property == wait->properties ? "" : wait->separator,
                               text);
    }
    return g_strchomp(g_string_free(g_steal_pointer(&line), FALSE));
}

static void on_signal(GDBusConnection *bus, const char *sender, const char *path,
                      const char *interface, const char *signal, GVariant *parameters,
                      gpointer data)
{
    *(gboolean *)data = TRUE;
}

static gboolean on_time(gpointer data)
{
    *(gboolean *)data = TRUE;
    return G_SOURCE_CONTINUE;
}

/* Asks whenever something has changed, until the answer is the right one. */
static int wait_for(const Wait *wait)
{
    gint64 deadline = deadline_from_now();
    gboolean look = TRUE;
    g_autofree char *answer = NULL;
    g_autoptr(GError) error = NULL;

    g_dbus_connection_signal_subscribe(wait->bus, NULL, "org.freedesktop.DBus.Properties",
                                       "PropertiesChanged", NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                       on_signal, &look, NULL);
    g_timeout_add(LOOK_AGAIN_MS, on_time, &look);
    while (g_get_monotonic_time() < deadline) {
        if (!look) {
            g_main_context_iteration(NULL, TRUE);
            continue;
        }
        look = FALSE;
        g_free(answer);
        g_clear_error(&error);
        answer = ask(wait, &error);
        if (answer && wait->done(wait, answer)) {
            puts(answer);
            return 0;
        }
    }
    printf("not '%s' but '%s'\n", wait->words, answer ? answer : error->message);
    return 1;
}

static int get(const Wait *wait)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *answer = ask(wait, &error);

    puts(answer ? answer : error->message);
    return answer ? 0 : 1;
}

/* Looks into a file until it has a text. */
static int said(const char *file, const char *text)
{
    gint64 deadline = deadline_from_now();
    g_autofree char *content = NULL;

    while (g_get_monotonic_time() < deadline) {
        g_autoptr(GMappedFile) map = g_mapped_file_new(file, FALSE, NULL);

        g_free(content);
        content =
            map ? g_strndup(g_mapped_file_get_contents(map), g_mapped_file_get_length(map)) : NULL;
        if (content && strstr(content, text))
            return 0;
        g_usleep(LOOK_INTO_FILES_MS * 1000);
    }
    printf("%s does not say '%s' but:\n%s\n", file, text, content ? content : "nothing");
    return 1;
}

static int usage(void)
{
    fputs("usage: service-client get|until|over|said ...: see its source\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    static const char *const job_end[] = {"State", "Error", NULL};
    const char *what = argc > 2 ? argv[1] : "";
    g_autofree char *object = NULL;
    g_autoptr(GError) error = NULL;
    Wait wait = {.separator = " ", .done = begins_with_words};

    if (strcmp(what, "said") == 0 && argc == 4)
        return said(argv[2], argv[3]);
    wait.bus = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, &error);
    if (!wait.bus) {
        fprintf(stderr, "%s\n", error->message);
        return 1;
    }
    if (strcmp(what, "over") == 0 && argc == 3) {
        object = g_strconcat("jobs/", argv[2], NULL);
        wait = (Wait){object, "Job1", job_end, ": ", "its end", has_ended, wait.bus};
        return wait_for(&wait);
    }
    if (strcmp(what, "get") == 0 && argc >= 5) {
        wait.object = argv[2], wait.interface = argv[3],
        wait.properties = (const char *const *)argv + 4;
        return get(&wait);
    }
    if (strcmp(what, "until") == 0 && argc >= 6) {
        wait.words = argv[2], wait.object = argv[3], wait.interface = argv[4],
        wait.properties = (const char *const *)argv + 5;
        return wait_for(&wait);
    }
    return usage();
}
