/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Saving a guest and going on from there by the window's menu, against the stand-in. */
#include "harness.h"

static GtkWidget *question(void)
{
    GtkWindow *dialog = harness_dialog();

    return dialog && ADW_IS_MESSAGE_DIALOG(dialog) ? GTK_WIDGET(dialog) : NULL;
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
    harness_activate("win.save");
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
    harness_activate("win.start");
    harness_await(harness_can("win.save"));
}

static void test_discard(void)
{
    harness_add_guest("desk", "saved");
    harness_activate("win.discard-saved");
    answer("cancel");
    harness_settle(200);
    g_assert_true(harness_can("win.discard-saved"));
    harness_activate("win.discard-saved");
    harness_await(question());
    harness_save_picture("discard-saved");
    answer("confirm");
    harness_await(harness_shows("“desk” is off"));
}

static void test_failure(void)
{
    harness_add_guest("desk", "running");
    harness_tell("FailNextJob", g_variant_new("(s)", "There is no room to save the guest."));
    harness_activate("win.save");
    harness_await(harness_shows("“desk” could not be saved: There is no room to save the guest."));
}

/* What the menu has a mark at. */
static gboolean is_chosen(const char *how)
{
    g_autoptr(GVariant) state =
        g_action_group_get_action_state(G_ACTION_GROUP(harness_window), "switched-off");

    return g_str_equal(g_variant_get_string(state, NULL), how);
}

static gboolean can_choose(void)
{
    return g_action_group_get_action_enabled(G_ACTION_GROUP(harness_window), "switched-off");
}

static void choose(const char *how)
{
    g_action_group_activate_action(G_ACTION_GROUP(harness_window), "switched-off",
                                   g_variant_new_string(how));
}

/* The service's word is shown, also after it refused another, or was not there. */
static void test_switched_off(void)
{
    harness_await(is_chosen("shut-down"));
    choose("save");
    harness_await(is_chosen("save"));
    harness_tell("RefuseNextCall", g_variant_new("(s)", "The choice can't be kept."));
    choose("shut-down");
    harness_await(harness_shows("The choice can't be kept."));
    g_assert_true(is_chosen("save"));
    harness_stop_standin();
    harness_await(!can_choose());
    harness_start_standin();
    harness_await(can_choose());
    harness_await(is_chosen("shut-down"));
}

int main(int argc, char **argv)
{
    static const HarnessTest tests[] = {
        {"/save/round", test_round},
        {"/save/discard", test_discard},
        {"/save/failure", test_failure},
        {"/save/switched-off", test_switched_off},
    };

    harness_init(&argc, &argv);
    harness_add(tests, G_N_ELEMENTS(tests));
    return harness_run();
}
