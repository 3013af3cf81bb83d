/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saving a guest and going on from there by the window's menu, against the stand-in. */
#include "harness.h"

static GtkWidget *question(void)
{
    GtkWindow *dialog = harness_dialog();

    return dialog && ADW_IS_MESSAGE_DIALOG(dialog) ? GTK_WIDGET(dialog) : NULL;
}

static void activate(const char *action)
{
    harness_await(harness_can(action));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), action, NULL);
}

/* As a button of the question does, which also closes it. */
static void answer(const char *response)
{
    harness_await(question());
    adw_message_dialog_response(ADW_MESSAGE_DIALOG(question()), response);
    gtk_window_destroy(GTK_WINDOW(question()));
    harness_await(!question());
}

static void test_round(void)
{
    harness_add_guest("desk", "running");
    g_object_set(harness_standin, "job-milliseconds", 1500, NULL);
    activate("win.save");
    harness_await(harness_shows("Saving “desk”"));
    harness_await(harness_can("win.cancel-job"));
    g_assert_false(harness_can("win.save"));
    g_assert_false(harness_can("win.force-off"));
    harness_settle(500);
    harness_save_picture("saving");
    harness_await(harness_shows("“desk” is saved"));
    harness_await(harness_shows("Resume"));
    harness_settle(300);
    harness_save_picture("saved");
    g_assert_false(harness_can("win.duplicate"));
    g_assert_false(harness_can("win.shutdown"));
    g_object_set(harness_standin, "job-milliseconds", 100, NULL);
    activate("win.start");
    harness_await(harness_can("win.save"));
}

static void test_discard(void)
{
    harness_add_guest("desk", "saved");
    activate("win.discard-saved");
    answer("cancel");
    harness_settle(200);
    g_assert_true(harness_can("win.discard-saved"));
    activate("win.discard-saved");
    harness_await(question());
    harness_save_picture("discard-saved");
    answer("confirm");
    harness_await(harness_shows("“desk” is off"));
}

static void test_failure(void)
{
    harness_add_guest("desk", "running");
    harness_tell("FailNextJob", g_variant_new("(s)", "There is no room to save the guest."));
    activate("win.save");
    harness_await(harness_shows("“desk” could not be saved: There is no room to save the guest."));
}

int main(int argc, char **argv)
{
    static void (*const round)(void) = test_round;
    static void (*const discard)(void) = test_discard;
    static void (*const failure)(void) = test_failure;
    int result;

    g_test_init(&argc, &argv, NULL);
    harness_init();
    g_test_add_data_func("/save/round", &round, harness_run_clean);
    g_test_add_data_func("/save/discard", &discard, harness_run_clean);
    g_test_add_data_func("/save/failure", &failure, harness_run_clean);
    result = g_test_run();
    harness_finish();
    return result;
}
