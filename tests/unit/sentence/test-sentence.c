/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service's sentences in German. */
#include "sentence.h"

#include <glib/gi18n.h>
#include <locale.h>

static void expect(const char *english, const char *german)
{
    g_autofree char *said = sentence_localise(english);

    g_assert_cmpstr(said, ==, german);
}

static void test_plain(void)
{
    expect("The guest is running already.", "Der Gast läuft schon.");
    expect("", "");
}

static void test_filled(void)
{
    expect("There is no guest “web”.", "Es gibt keinen Gast „web“.");
    expect(
        "Not enough memory: the guest is to have 2048 MiB, and 17 MiB are free. Give it less, or "
        "shut down another guest.",
        "Zu wenig Arbeitsspeicher: Der Gast soll 2048 MiB haben, und 17 MiB sind frei. Geben Sie "
        "ihm weniger, oder fahren Sie einen anderen Gast herunter.");
    expect("A guest can have up to 4 monitors.", "Ein Gast kann bis zu 4 Monitore haben.");
}

/* What is filled in is a sentence of the service's, or says why a system call has failed. */
static void test_within(void)
{
    expect("The template “old” can't be used. Its kernel is missing. Use another template, or make "
           "this one again.",
           "Die Vorlage „old“ kann nicht benutzt werden. Ihr Kernel fehlt. Nehmen Sie eine andere "
           "Vorlage, oder machen Sie diese noch einmal.");
    expect(
        "The guest can't be started: there is not enough memory. Give it less, or shut down "
        "another guest.",
        "Der Gast kann nicht gestartet werden: Es ist zu wenig Arbeitsspeicher da. Geben Sie ihm "
        "weniger, oder fahren Sie einen anderen Gast herunter.");
    expect("The file /a: b can't be written: ENOSPC.",
           "Die Datei /a: b kann nicht geschrieben werden: ENOSPC.");
}

/* Why a system call has failed is said by the C library, whose catalogue may not be there. */
static void test_system(void)
{
    const char *english = "No space left on device", *why = dgettext("libc", english);
    g_autofree char *german = NULL;

    if (why == english) {
        g_test_skip("the C library speaks no German here");
        return;
    }
    german = g_strdup_printf("Die Datei /a kann nicht geschrieben werden: %s.", why);
    expect("The file /a can't be written: No space left on device.", german);
}

/* Somebody's name for something is not translated, be it a word that there is a translation for. */
static void test_names(void)
{
    expect("There is no guest “written”.", "Es gibt keinen Gast „written“.");
    expect("The guest crashed. It said: “The guest can't be saved: %s”",
           "Der Gast ist abgestürzt. Er sagte: „The guest can't be saved: %s“");
    expect(
        "The guest has no snapshot “The guest is running already.”. Choose one of those in the "
        "list.",
        "Der Gast hat keinen Schnappschuss „The guest is running already.“. Wählen Sie einen aus "
        "der Liste.");
}

static void test_unknown(void)
{
    expect("A newer service says something else.", "A newer service says something else.");
    expect("100 % of it: %s %d %", "100 % of it: %s %d %");
    expect("A guest can have up to four monitors.", "A guest can have up to four monitors.");
}

static void test_error(void)
{
    GError *error = g_error_new_literal(G_IO_ERROR, G_IO_ERROR_DBUS_ERROR,
                                        "GDBus.Error:org.vitrine.Error.Failed: No guest has the "
                                        "device.");

    sentence_localise_error(error);
    g_assert_cmpstr(error->message, ==, "Kein Gast hat das Gerät.");
    g_error_free(error);
}

static void test_kept(void)
{
    g_autoptr(GObject) owner = g_object_new(G_TYPE_OBJECT, NULL);
    const char *first = sentence_localise_for(owner, "problem", "No guest has the device.");

    g_assert_cmpstr(first, ==, "Kein Gast hat das Gerät.");
    g_assert_true(first == sentence_localise_for(owner, "problem", "No guest has the device."));
    g_assert_cmpstr(sentence_localise_for(owner, "problem", "It was cancelled."), ==,
                    "Es wurde abgebrochen.");
    g_assert_null(sentence_localise_for(owner, "problem", NULL));
    g_assert_cmpstr(sentence_localise_for(owner, "problem", ""), ==, "");
}

int main(int argc, char **argv)
{
    g_setenv("LANGUAGE", "", TRUE);
    g_assert_nonnull(setlocale(LC_ALL, g_getenv("GERMAN")));
    bindtextdomain(GETTEXT_PACKAGE, VITRINE_LOCALE_DIR);
    textdomain(GETTEXT_PACKAGE);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sentence/plain", test_plain);
    g_test_add_func("/sentence/filled", test_filled);
    g_test_add_func("/sentence/within", test_within);
    g_test_add_func("/sentence/system", test_system);
    g_test_add_func("/sentence/names", test_names);
    g_test_add_func("/sentence/unknown", test_unknown);
    g_test_add_func("/sentence/error", test_error);
    g_test_add_func("/sentence/kept", test_kept);
    return g_test_run();
}
