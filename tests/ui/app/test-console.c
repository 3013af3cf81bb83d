/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's text console in the window: letters to and fro, floods, a guest that stops, its
 * tricks. */
#include "harness.h"

#include "console/console-stream.h"

#include <unistd.h>
#include <vte/vte.h>

#define FLOOD_LINE  "0123456789 this is said again and again, and nobody can read it so fast\r\n"
#define FLOOD_TIMES (1024 * 1024 / (sizeof(FLOOD_LINE) - 1))

static VitrineConsole *get_console(void)
{
    return vitrine_guest_page_get_console(vitrine_window_get_page(harness_window));
}

static VteTerminal *get_terminal(void)
{
    GtkWidget *scroller = gtk_widget_get_first_child(GTK_WIDGET(get_console()));

    return VTE_TERMINAL(gtk_scrolled_window_get_child(GTK_SCROLLED_WINDOW(scroller)));
}

static gboolean terminal_shows(const char *text)
{
    g_autofree char *all = vte_terminal_get_text(get_terminal(), NULL, NULL, NULL);

    return strstr(all, text) != NULL;
}

static gboolean is_console_shown(void)
{
    return harness_find("console") != NULL;
}

static char *take_typed(void)
{
    g_autoptr(GVariant) answer = harness_ask("TakeTyped", NULL);
    char *typed;

    g_variant_get(answer, "(s)", &typed);
    return typed;
}

static guint count_waiting(void)
{
    g_autoptr(GVariant) answer = harness_ask("CountWaiting", NULL);
    guint bytes;

    g_variant_get(answer, "(u)", &bytes);
    return bytes;
}

static void say(const char *text, guint times)
{
    harness_tell("Say", g_variant_new("(su)", text, times));
}

/* A guest that runs, with its console open and ready to be typed at. */
static void show_console(void)
{
    harness_tell("HangUp", NULL);
    g_free(take_typed());
    harness_add_guest("web", "running");
    harness_await(harness_find("display"));
    harness_click(harness_find("console_button"));
    harness_await(is_console_shown());
    harness_await(vitrine_console_get_connected(get_console()));
    harness_await(vitrine_console_get_captured(get_console()));
    harness_await(terminal_shows("what was said before"));
}

static void test_type(void)
{
    g_autofree char *typed = NULL;

    show_console();
    g_assert_true(harness_shows("Ctrl+Alt gives the keyboard back"));
    harness_type("uname -a");
    harness_press("Return");
    harness_await(terminal_shows("uname -a"));
    harness_press("Control_L+c");
    harness_press("Control_L+n"); /* the window's own, elsewhere */
    harness_press("Tab");
    harness_press("F11");
    harness_settle(100);
    typed = take_typed();
    g_assert_cmpstr(typed, ==, "uname -a\r\003\016\t\033[23~");
    g_assert_null(harness_dialog());
    say("\033[1;32mroot@web\033[0m:~# ", 1);
    harness_await(terminal_shows("root@web:~#"));
    harness_save_picture("console");
    gtk_test_accessible_assert_property(get_console(), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                        "Text console of the guest");
}

/* By key from the desktop to the console and back; Ctrl+Alt leaves it for the list. */
static void test_switch(void)
{
    show_console();
    harness_press("Control_L+Shift_L+t");
    harness_await(harness_find("display"));
    g_assert_false(is_console_shown());
    g_assert_false(vitrine_console_get_captured(get_console()));
    harness_press("Control_L+Alt_L");
    harness_press("Control_L+Shift_L+t");
    harness_await(is_console_shown());
    harness_await(vitrine_console_get_captured(get_console()));
    g_assert_true(terminal_shows("what was said before"));
    harness_press("Control_L+Alt_L");
    harness_await(!vitrine_console_get_captured(get_console()));
    harness_press("Control_L+n");
    harness_await(harness_dialog());
}

/* The keyboard is heard in the middle of a flood, and all of the flood gets through. */
static void test_flood(void)
{
    gint64 longest = 0, before;

    show_console();
    say(FLOOD_LINE, FLOOD_TIMES);
    before = g_get_monotonic_time();
    while (count_waiting() > 0) {
        longest = MAX(longest, g_get_monotonic_time() - before);
        before = g_get_monotonic_time();
    }
    g_test_message("longest turn: %" G_GINT64_FORMAT " ms", longest / 1000);
    g_assert_cmpint(longest, <, 500 * 1000);
    say("the end of it", 1);
    harness_await(terminal_shows("the end of it"));
    harness_type("x");
    harness_await(terminal_shows("the end of itx"));
}

/* A guest that does not listen holds nobody up, and there is a bound to what is kept for it. */
static void test_deaf(void)
{
    g_autofree char *much = g_strnfill(600 * 1024, 'y');
    int pair[2];
    g_autoptr(VitrineConsoleStream) stream = NULL;

    g_assert_cmpint(pipe(pair), ==, 0);
    stream = vitrine_console_stream_new(pair[1]); /* nobody reads the other end */
    g_assert_true(vitrine_console_stream_send(stream, much, 600 * 1024));
    harness_settle(100);
    g_assert_false(vitrine_console_stream_send(stream, much, 1024 * 1024));
    vitrine_console_stream_close(stream);
    close(pair[0]);
}

static void test_stop(void)
{
    show_console();
    say("last words", 1);
    harness_await(terminal_shows("last words"));
    harness_set_guest("web", "{'State': <'stopped'>, 'HasDisplay': <false>}");
    harness_tell("HangUp", NULL);
    harness_await(terminal_shows("The guest is not running."));
    harness_await(!vitrine_console_get_connected(get_console()));
    g_assert_true(is_console_shown());
    g_assert_true(terminal_shows("last words"));
    harness_save_picture("console-stopped");
    harness_set_guest("web", "{'State': <'running'>, 'HasDisplay': <true>}");
    harness_await(vitrine_console_get_connected(get_console()));
    say("hello again", 1);
    harness_await(terminal_shows("hello again"));
}

/* What can't be opened is said, and tried again. */
static void test_refused(void)
{
    show_console();
    harness_tell("RefuseNextCall", g_variant_new("(s)", "There is no console yet."));
    harness_tell("HangUp", NULL);
    harness_await(terminal_shows("There is no console yet."));
    harness_await(vitrine_console_get_connected(get_console()));
}

/* A guest without a screen comes up with its console; with a screen, that is shown again. */
static void test_text_only(void)
{
    harness_tell("HangUp", NULL);
    harness_add_guest("web", "stopped");
    harness_await(harness_shows("“web” is off"));
    g_assert_false(is_console_shown());
    harness_set_guest("web", "{'State': <'running'>, 'Problem': <'This guest has no screen.'>}");
    harness_await(is_console_shown());
    harness_await(vitrine_console_get_connected(get_console()));
    harness_set_guest("web", "{'Problem': <''>, 'HasDisplay': <true>}");
    harness_await(harness_find("display"));
    g_assert_false(is_console_shown());
    harness_set_guest("web", "{'Problem': <'This guest has no screen.'>, 'HasDisplay': <false>}");
    harness_await(is_console_shown());
    /* Who turns away from it finds the reason. */
    harness_press("Control_L+Alt_L");
    harness_click(harness_find("console_button"));
    harness_await(harness_shows("This guest has no screen."));
}

/* Of a guest that has crashed one wants to know what it said. */
static void test_last_run(void)
{
    harness_tell("HangUp", NULL);
    harness_add_guest("web", "crashed");
    harness_await(harness_shows("“web” has crashed"));
    harness_click(harness_find("console_button"));
    harness_await(terminal_shows("what was said in the last run"));
    harness_await(terminal_shows("The guest is not running."));
    harness_set_guest("web", "{'State': <'running'>}");
    harness_await(terminal_shows("what was said before"));
    harness_set_guest("web", "{'State': <'stopped'>}");
    harness_tell("HangUp", NULL);
    harness_await(!vitrine_console_get_connected(get_console()));
}

/* Who may not read it is told that it does not run, and the guest's start is not missed. */
static void test_no_last_run(void)
{
    harness_tell("HangUp", NULL);
    harness_add_guest("web", "stopped");
    harness_await(harness_shows("“web” is off"));
    harness_tell("RefuseNextCall", g_variant_new("(s)", "You may look only."));
    harness_click(harness_find("console_button"));
    harness_await(terminal_shows("The guest is not running."));
    g_assert_false(terminal_shows("last run"));
    harness_set_guest("web", "{'State': <'running'>}");
    harness_await(vitrine_console_get_connected(get_console()));
}

static void count(gpointer number)
{
    ++*(guint *)number;
}

static void test_clipboard(void)
{
    GdkClipboard *clipboard = gtk_widget_get_clipboard(GTK_WIDGET(harness_window));
    guint changes = 0;

    show_console();
    gdk_clipboard_set_text(clipboard, "pasted words");
    harness_settle(100);
    harness_press("Control_L+Shift_L+v");
    harness_await(terminal_shows("pasted words"));
    vte_terminal_select_all(get_terminal());
    g_signal_connect_swapped(clipboard, "changed", G_CALLBACK(count), &changes);
    harness_press("Control_L+Shift_L+c");
    harness_await(changes == 1);
    g_assert_true(gdk_clipboard_is_local(clipboard));

    /* The guest itself may not. */
    say("\033]52;c;ZXZpbA==\a\033]0;evil title\a\033]8;;http://evil/\afollow\033]8;;\a", 1);
    harness_await(terminal_shows("follow"));
    harness_settle(100);
    g_assert_cmpuint(changes, ==, 1);
    g_assert_cmpstr(gtk_window_get_title(GTK_WINDOW(harness_window)), ==, "web");
    g_assert_false(vte_terminal_get_allow_hyperlink(get_terminal()));
    g_signal_handlers_disconnect_by_data(clipboard, &changes);
}

/* What the guest before it said, the next guest's console does not show. */
static void test_other_guest(void)
{
    show_console();
    say("secret", 1);
    harness_await(terminal_shows("secret"));
    harness_add_guest("bank", "running");
    harness_press("Control_L+Alt_L");
    gtk_widget_grab_focus(harness_find("list"));
    harness_press("Up");
    harness_await(harness_find("display"));
    g_assert_false(is_console_shown());
    g_assert_false(vitrine_console_get_connected(get_console()));
    harness_click(harness_find("console_button"));
    harness_await(terminal_shows("what was said before"));
    g_assert_false(terminal_shows("secret"));
}

int main(int argc, char **argv)
{
    static const HarnessTest tests[] = {
        {"/console/type", test_type},
        {"/console/switch", test_switch},
        {"/console/flood", test_flood},
        {"/console/deaf", test_deaf},
        {"/console/stop", test_stop},
        {"/console/refused", test_refused},
        {"/console/text-only", test_text_only},
        {"/console/clipboard", test_clipboard},
        {"/console/other-guest", test_other_guest},
        {"/console/last-run", test_last_run},
        {"/console/no-last-run", test_no_last_run},
    };

    harness_init(&argc, &argv);
    harness_add(tests, G_N_ELEMENTS(tests));
    return harness_run();
}
