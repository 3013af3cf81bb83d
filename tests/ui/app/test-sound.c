/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sound of the guests in the window: the microphone's sign, which takes it away, mute, setting. */
#include "harness.h"

#include "model/guest-sound.h"

static VitrineGuest *shown_guest(void)
{
    return vitrine_window_get_guest(harness_window);
}

static void add_with_sound(const char *name)
{
    harness_add_guest(name, "running");
    harness_set_guest(name, "{'Sound': <true>, 'SoundState': <'silent'>}");
}

static gboolean is_image(GtkWidget *widget, const char *icon)
{
    return GTK_IS_IMAGE(widget) && g_strcmp0(gtk_image_get_icon_name(GTK_IMAGE(widget)), icon) == 0;
}

static gboolean list_shows_image(const char *icon)
{
    return harness_search(harness_find("list"), is_image, icon) != NULL;
}

/* Granted by the menu's action, seen in two places, taken away in either. */
static void test_microphone(void)
{
    add_with_sound("web");
    harness_await(harness_can("win.mute"));
    g_assert_null(harness_find("microphone"));
    g_assert_null(harness_find("microphone_banner"));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.microphone", "s", "running");
    harness_await(harness_shows("“web” can listen to the microphone."));
    g_assert_cmpstr(vitrine_guest_get_microphone(shown_guest()), ==, "running");
    harness_set_guest("web", "{'Recording': <true>}");
    harness_await(harness_shows("“web” is listening to the microphone."));
    g_assert_nonnull(harness_find("microphone"));
    harness_settle(100);
    harness_save_picture("microphone");
    harness_click(harness_find("microphone_button"));
    harness_await(!harness_find("microphone_banner"));
    g_assert_null(harness_find("microphone"));
    g_assert_false(vitrine_guest_hears(shown_guest()));

    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.microphone", "s", "once");
    harness_await(harness_find("microphone"));
    harness_click(harness_find("microphone"));
    harness_await(!harness_find("microphone"));
    g_assert_false(vitrine_guest_hears(shown_guest()));
}

/* A guest that records without a grant asks, on its page and in its row, until it is answered. */
static void test_asks(void)
{
    add_with_sound("web");
    harness_await(harness_can("win.mute"));
    g_assert_null(harness_find("asks"));
    harness_set_guest("web", "{'AsksForMicrophone': <true>}");
    harness_await(harness_shows("“web” asks for the microphone."));
    g_assert_nonnull(harness_find("asks"));
    harness_settle(100);
    harness_save_picture("asks");
    harness_click(harness_find("not_now"));
    harness_await(!harness_find("asking_banner"));
    g_assert_nonnull(harness_find("asks"));
    g_assert_false(vitrine_guest_hears(shown_guest()));
    harness_set_guest("web", "{'AsksForMicrophone': <false>}");
    harness_await(!harness_find("asks"));
    harness_set_guest("web", "{'AsksForMicrophone': <true>}");
    harness_await(harness_find("asking_banner"));
    harness_click(harness_find("allow_running"));
    harness_await(vitrine_guest_hears(shown_guest()));
    g_assert_cmpstr(vitrine_guest_get_microphone(shown_guest()), ==, "running");
}

/* One key takes it away from all, also from those that are not shown. */
static void test_take_all(void)
{
    add_with_sound("a");
    add_with_sound("b");
    harness_set_guest("a", "{'Microphone': <'running'>}");
    harness_set_guest("b", "{'Microphone': <'once'>}");
    harness_await(harness_find("microphone") && harness_find("microphone_banner"));
    harness_press("Control_L+Shift_L+m");
    harness_await(!harness_find("microphone") && !harness_find("microphone_banner"));
}

static void test_refused(void)
{
    add_with_sound("web");
    harness_await(harness_can("win.mute"));
    harness_tell("RefuseNextCall", g_variant_new("(s)", "There is no microphone."));
    gtk_widget_activate_action(GTK_WIDGET(harness_window), "win.microphone", "s", "once");
    harness_await(harness_shows("There is no microphone."));
    g_assert_false(vitrine_guest_hears(shown_guest()));
}

static void test_mute(void)
{
    add_with_sound("web");
    harness_set_guest("web", "{'SoundState': <'playing'>}");
    harness_await(list_shows_image("audio-volume-high-symbolic"));
    harness_press("Control_L+m");
    harness_await(list_shows_image("audio-volume-muted-symbolic"));
    harness_settle(100);
    harness_save_picture("muted");
    harness_press("Control_L+m");
    harness_await(list_shows_image("audio-volume-high-symbolic"));
    harness_set_guest("web", "{'SoundState': <'none'>}");
    harness_await(!harness_can("win.mute"));
    g_assert_false(list_shows_image("audio-volume-high-symbolic"));
}

static double slider_value(void)
{
    return gtk_range_get_value(GTK_RANGE(harness_find("volume")));
}

/* The keyboard opens the slider and moves it; what is set elsewhere moves it too. */
static void test_volume(void)
{
    add_with_sound("web");
    harness_await(harness_can("win.volume"));
    harness_set_guest("web", "{'Volume': <uint32 50>}");
    harness_await(vitrine_guest_get_volume(shown_guest()) == 50);
    harness_press("Control_L+l");
    harness_await(harness_find("volume"));
    harness_await(gtk_widget_has_focus(harness_find("volume")));
    g_assert_cmpfloat(slider_value(), ==, 50);
    harness_settle(100);
    harness_save_picture("volume");
    harness_press("Left");
    harness_await(vitrine_guest_get_volume(shown_guest()) == 48);
    harness_press("Home");
    harness_await(vitrine_guest_get_volume(shown_guest()) == 0);
    harness_set_guest("web", "{'Volume': <uint32 70>}");
    harness_await(slider_value() == 70);
    harness_settle(100);
    g_assert_cmpuint(vitrine_guest_get_volume(shown_guest()), ==, 70);

    harness_press("Tab");
    harness_press("space");
    harness_await(vitrine_guest_is_muted(shown_guest()));
    harness_set_guest("web", "{'Muted': <false>}");
    harness_await(!gtk_toggle_button_get_active(GTK_TOGGLE_BUTTON(harness_find("mute"))));

    harness_tell("RefuseNextCall", g_variant_new("(s)", "The disk is full."));
    gtk_range_set_value(GTK_RANGE(harness_find("volume")), 20);
    harness_await(harness_shows("The disk is full."));
    harness_await(slider_value() == 70);
    harness_press("Escape");
    harness_await(!harness_find("volume"));
    harness_set_guest("web", "{'SoundState': <'none'>}");
    harness_await(!harness_find("sound_button"));
    g_assert_false(harness_can("win.volume"));
}

static void test_setting(void)
{
    g_autoptr(GVariant) answer = NULL;
    g_autofree const char **options = NULL;
    GtkSwitch *field;

    add_with_sound("web");
    harness_await(harness_can("win.mute"));
    harness_press("Control_L+comma");
    harness_await(harness_find("sound"));
    field = GTK_SWITCH(harness_find("sound"));
    g_assert_true(gtk_switch_get_active(field));
    harness_settle(100);
    harness_save_picture("settings-sound");
    gtk_switch_set_active(field, FALSE);
    harness_settle(300);
    answer = harness_ask("TakeSettings", NULL);
    g_variant_get(answer, "(^a&s)", &options);
    g_assert_cmpstr(options[0], ==, "{'sound': <false>}");
    g_assert_null(options[1]);
    harness_press("Escape");
    harness_await(!harness_dialog());
}

int main(int argc, char **argv)
{
    static const HarnessTest tests[] = {
        {"/sound/microphone", test_microphone},
        {"/sound/take-all", test_take_all},
        {"/sound/refused", test_refused},
        {"/sound/mute", test_mute},
        {"/sound/volume", test_volume},
        {"/sound/setting", test_setting},
        {"/sound/asks", test_asks},
    };

    harness_init(&argc, &argv);
    harness_add(tests, G_N_ELEMENTS(tests));
    return harness_run();
}
