/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shell's arithmetic and tables, tested with no screen and no bus. */
#include "model/console-tail.h"
#include "model/guest-choice.h"
#include "model/guest-face.h"
#include "model/guest-name.h"
#include "model/guest-order.h"
#include "model/guest-state.h"
#include "model/load-history.h"
#include "model/memory-remedy.h"
#include "model/memory-text.h"
#include "model/screen-protocol.h"
#include "model/template.h"
#include "viewer/keyboard.h"
#include "viewer/keymap.h"
#include "viewer/shrink.h"
#include "viewer/thumbnail-pace.h"
#include "viewer/viewport.h"

#include <gdk/gdkkeysyms.h>
#include <linux/input-event-codes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static void test_name(void)
{
    static const struct {
        const char *name;
        VitrineGuestNameVerdict verdict;
    } cases[] = {
        {"debian", VITRINE_GUEST_NAME_GOOD},
        {"7", VITRINE_GUEST_NAME_GOOD},
        {"a.b_c-D9", VITRINE_GUEST_NAME_GOOD},
        {"", VITRINE_GUEST_NAME_EMPTY},
        {"-rf", VITRINE_GUEST_NAME_BAD_START},
        {".hidden", VITRINE_GUEST_NAME_BAD_START},
        {"..", VITRINE_GUEST_NAME_BAD_START},
        {"a b", VITRINE_GUEST_NAME_BAD_CHARACTER},
        {"a/b", VITRINE_GUEST_NAME_BAD_CHARACTER},
        {"a\nb", VITRINE_GUEST_NAME_BAD_CHARACTER},
        {"caf\303\251", VITRINE_GUEST_NAME_BAD_CHARACTER},
        {"%n", VITRINE_GUEST_NAME_BAD_CHARACTER},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *sentence = NULL;

        g_test_message("name: %s", cases[i].name);
        g_assert_cmpint(vitrine_guest_name_check(cases[i].name), ==, cases[i].verdict);
        sentence = vitrine_guest_name_explain(cases[i].verdict, cases[i].name);
        g_assert_true((sentence == NULL) == (cases[i].verdict == VITRINE_GUEST_NAME_GOOD));
        g_assert_true(!sentence || g_utf8_validate(sentence, -1, NULL));
    }
}

static void test_name_length(void)
{
    char name[VITRINE_GUEST_NAME_MAX + 2];

    memset(name, 'x', sizeof(name));
    name[VITRINE_GUEST_NAME_MAX + 1] = '\0';
    g_assert_cmpint(vitrine_guest_name_check(name), ==, VITRINE_GUEST_NAME_TOO_LONG);
    name[VITRINE_GUEST_NAME_MAX] = '\0';
    g_assert_cmpint(vitrine_guest_name_check(name), ==, VITRINE_GUEST_NAME_GOOD);
}

/* The sentence names the letter that is wrong, whole even if it is several bytes long. */
static void test_name_culprit(void)
{
    g_autofree char *sentence =
        vitrine_guest_name_explain(VITRINE_GUEST_NAME_BAD_CHARACTER, "caf\303\251s");

    g_assert_nonnull(strstr(sentence, "“\303\251”"));
}

static void test_viewport_fit(void)
{
    static const struct {
        int guest_width, guest_height, view_width, view_height;
        VitrineRect place;
    } cases[] = {
        {800, 600, 1000, 700, {100, 50, 800, 600}}, /* fits: one to one, centred */
        {800, 600, 800, 600, {0, 0, 800, 600}},     /* to the pixel */
        {320, 200, 1000, 700, {20, 50, 960, 600}},  /* magnified by three, not by 3.125 */
        {1024, 768, 512, 768, {0, 192, 512, 384}},  /* shrunk by its width */
        {1024, 768, 1024, 384, {256, 0, 512, 384}}, /* shrunk by its height */
        {1024, 768, 1023, 768, {0, 0, 1023, 767}},  /* one pixel too narrow */
        {8000, 1, 100, 100, {0, 49, 100, 1}},       /* never thinner than a pixel */
        {0, 600, 100, 100, {0, 0, 0, 0}},           {800, 600, 0, 0, {0, 0, 0, 0}},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        VitrineViewport viewport = vitrine_viewport_fit(cases[i].guest_width, cases[i].guest_height,
                                                        cases[i].view_width, cases[i].view_height);

        g_test_message("case %u", i);
        g_assert_cmpint(viewport.place.x, ==, cases[i].place.x);
        g_assert_cmpint(viewport.place.y, ==, cases[i].place.y);
        g_assert_cmpint(viewport.place.width, ==, cases[i].place.width);
        g_assert_cmpint(viewport.place.height, ==, cases[i].place.height);
    }
}

/* A size of its own may be more than there is room for, but is no more than a screen can be. */
static void test_viewport_zoom(void)
{
    static const struct {
        int guest_width, guest_height, view_width, view_height;
        guint percent;
        VitrineRect place;
    } cases[] = {
        {800, 600, 1000, 700, 100, {100, 50, 800, 600}},
        {800, 600, 1000, 700, 200, {0, 0, 1600, 1200}}, /* from its corner on */
        {800, 600, 1700, 700, 200, {50, 0, 1600, 1200}},
        {300, 200, 1000, 700, 100, {350, 250, 300, 200}}, /* not magnified by three */
        {300, 200, 1000, 700, 0, {50, 50, 900, 600}},     /* fitted */
        {8192, 8192, 100, 100, 100, {0, 0, 100, 100}},    /* too large: fitted */
        {3840, 2160, 100, 100, 200, {0, 0, 7680, 4320}},
        {3841, 2160, 100, 100, 200, {0, 22, 100, 56}},
        {800, 600, 400, 300, G_MAXUINT, {0, 0, 400, 300}},
        {0, 600, 100, 100, 200, {0, 0, 0, 0}},
        {800, 600, 0, 0, 200, {0, 0, 0, 0}},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        VitrineRect place =
            vitrine_viewport_zoom(cases[i].guest_width, cases[i].guest_height, cases[i].view_width,
                                  cases[i].view_height, cases[i].percent)
                .place;

        g_test_message("case %u", i);
        g_assert_cmpint(place.x, ==, cases[i].place.x);
        g_assert_cmpint(place.y, ==, cases[i].place.y);
        g_assert_cmpint(place.width, ==, cases[i].place.width);
        g_assert_cmpint(place.height, ==, cases[i].place.height);
    }
}

static void assert_guest(const VitrineViewport *viewport, double x, double y, int guest_x,
                         int guest_y)
{
    int found_x, found_y;

    vitrine_viewport_to_guest(viewport, x, y, &found_x, &found_y);
    g_assert_cmpint(found_x, ==, guest_x);
    g_assert_cmpint(found_y, ==, guest_y);
}

static void test_viewport_pointer(void)
{
    VitrineViewport exact = vitrine_viewport_fit(800, 600, 1000, 700);
    VitrineViewport half = vitrine_viewport_fit(1000, 1000, 500, 500);
    VitrineViewport none = vitrine_viewport_fit(0, 0, 500, 500);

    assert_guest(&exact, 100, 50, 0, 0);
    assert_guest(&exact, 899.9, 649.9, 799, 599);
    assert_guest(&exact, 500, 350, 400, 300);
    assert_guest(&exact, 0, 0, 0, 0); /* beside the picture: its edge */
    assert_guest(&exact, -5000, 9999, 0, 599);
    assert_guest(&half, 250, 499.9, 500, 999);
    assert_guest(&none, 250, 250, 0, 0);
}

static void test_viewport_damage(void)
{
    VitrineViewport exact = vitrine_viewport_fit(800, 600, 1000, 700);
    VitrineViewport half = vitrine_viewport_fit(1000, 1000, 500, 500);
    VitrineRect rect;

    rect = vitrine_viewport_damage(&exact, &(VitrineRect){10, 20, 30, 40});
    g_assert_true(rect.x == 10 && rect.y == 20 && rect.width == 30 && rect.height == 40);
    /* Shrunk: rounded outwards, and a pixel more for the smoothing. */
    rect = vitrine_viewport_damage(&half, &(VitrineRect){101, 101, 1, 1});
    g_assert_true(rect.x == 49 && rect.y == 49 && rect.width == 3 && rect.height == 3);
    /* What a display server must not say is cut to what there is. */
    rect = vitrine_viewport_damage(&exact, &(VitrineRect){-50, 590, 5000, G_MAXINT});
    g_assert_true(rect.x == 0 && rect.y == 590 && rect.width == 800 && rect.height == 10);
    rect = vitrine_viewport_damage(&exact, &(VitrineRect){800, 0, 10, 10});
    g_assert_true(rect.width == 0 && rect.height == 0);
}

static void test_keymap(void)
{
    static const struct {
        guint key;
        guint16 xt;
    } cases[] = {
        {KEY_ESC, 0x01},      {KEY_A, 0x1e},       {KEY_SPACE, 0x39},  {KEY_F10, 0x44},
        {KEY_F12, 0x58},      {KEY_KPDOT, 0x53},   {KEY_102ND, 0x56},  {KEY_RIGHTCTRL, 0x9d},
        {KEY_RIGHTALT, 0xb8}, {KEY_UP, 0xc8},      {KEY_DELETE, 0xd3}, {KEY_KPENTER, 0x9c},
        {KEY_LEFTMETA, 0xdb}, {KEY_COMPOSE, 0xdd}, {KEY_PAUSE, 0xc6},  {KEY_POWER, 0},
        {KEY_MAX, 0},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
        g_assert_cmphex(vitrine_keymap_to_xt(cases[i].key + 8), ==, cases[i].xt);
    g_assert_cmphex(vitrine_keymap_to_xt(0), ==, 0);
    g_assert_cmphex(vitrine_keymap_to_xt(8), ==, 0);
    g_assert_cmphex(vitrine_keymap_to_xt(G_MAXUINT), ==, 0);
}

/* Shift let go before the letter: the letter that went down is the one that comes up. */
static void test_keyboard_shift(void)
{
    VitrineKeyboard keyboard = {0};
    VitrineHeldKey key;
    gboolean leave;

    g_assert_true(vitrine_keyboard_press(&keyboard, 50, GDK_KEY_Shift_L));
    g_assert_true(vitrine_keyboard_press(&keyboard, 38, GDK_KEY_A));
    g_assert_true(vitrine_keyboard_release(&keyboard, 50, &key, &leave));
    g_assert_true(vitrine_keyboard_release(&keyboard, 38, &key, &leave));
    g_assert_cmphex(key.keysym, ==, GDK_KEY_A);
    g_assert_false(leave);
    g_assert_false(vitrine_keyboard_take(&keyboard, &key));
    /* The release of a key that went down elsewhere is none of the guest's business. */
    g_assert_false(vitrine_keyboard_release(&keyboard, 38, &key, &leave));
}

static gboolean play(const guint *keysyms)
{
    VitrineKeyboard keyboard = {0};
    VitrineHeldKey key;
    gboolean leave = FALSE;
    guint n;

    for (n = 0; keysyms[n]; n++)
        vitrine_keyboard_press(&keyboard, 100 + n, keysyms[n]);
    for (guint i = n; i > 0 && !leave; i--)
        vitrine_keyboard_release(&keyboard, 99 + i, &key, &leave);
    return leave;
}

static void test_keyboard_chord(void)
{
    g_assert_true(play((guint[]){GDK_KEY_Control_L, GDK_KEY_Alt_L, 0}));
    g_assert_true(play((guint[]){GDK_KEY_Alt_R, GDK_KEY_Control_R, 0}));
    g_assert_true(play((guint[]){GDK_KEY_Control_L, GDK_KEY_Meta_L, 0}));
    g_assert_false(play((guint[]){GDK_KEY_Control_L, GDK_KEY_Alt_L, GDK_KEY_F2, 0}));
    g_assert_false(play((guint[]){GDK_KEY_Control_L, GDK_KEY_ISO_Level3_Shift, 0}));
    g_assert_false(play((guint[]){GDK_KEY_Control_L, GDK_KEY_Control_R, 0}));
    g_assert_false(play((guint[]){GDK_KEY_Alt_L, 0}));
}

static void test_keyboard_full(void)
{
    VitrineKeyboard keyboard = {0};
    VitrineHeldKey key;
    guint n_taken = 0;

    for (guint i = 0; i < VITRINE_KEYBOARD_MAX_HELD; i++)
        g_assert_true(vitrine_keyboard_press(&keyboard, 100 + i, GDK_KEY_a));
    g_assert_true(vitrine_keyboard_press(&keyboard, 100, GDK_KEY_a)); /* it repeats */
    g_assert_false(vitrine_keyboard_press(&keyboard, 99, GDK_KEY_a));
    while (vitrine_keyboard_take(&keyboard, &key))
        n_taken++;
    g_assert_cmpuint(n_taken, ==, VITRINE_KEYBOARD_MAX_HELD);
}

static void test_states(void)
{
    g_assert_cmpint(vitrine_guest_state_from_string("running"), ==, VITRINE_GUEST_STATE_RUNNING);
    g_assert_cmpint(vitrine_guest_state_from_string("dancing"), ==, VITRINE_GUEST_STATE_UNKNOWN);
    g_assert_cmpint(vitrine_guest_state_from_string(""), ==, VITRINE_GUEST_STATE_UNKNOWN);
    g_assert_cmpint(vitrine_guest_state_from_string(NULL), ==, VITRINE_GUEST_STATE_UNKNOWN);
    g_assert_true(vitrine_guest_state_allows(VITRINE_GUEST_STATE_STOPPED, VITRINE_OPERATION_START));
    g_assert_false(
        vitrine_guest_state_allows(VITRINE_GUEST_STATE_RUNNING, VITRINE_OPERATION_START));
    g_assert_false(
        vitrine_guest_state_allows(VITRINE_GUEST_STATE_CREATING, VITRINE_OPERATION_DELETE));
    for (guint state = 0; state < VITRINE_GUEST_N_STATES; state++) {
        g_assert_cmpstr(vitrine_guest_state_get_label(state), !=, "");
        g_assert_true(g_str_has_suffix(vitrine_guest_state_get_icon(state), "-symbolic"));
    }
}

static void test_faces(void)
{
    VitrineGuestFace face;

    g_assert_false(vitrine_guest_face_get(VITRINE_GUEST_STATE_RUNNING, TRUE, FALSE, &face));
    g_assert_false(vitrine_guest_face_get(VITRINE_GUEST_STATE_STARTING, TRUE, FALSE, &face));
    g_assert_true(vitrine_guest_face_get(VITRINE_GUEST_STATE_PAUSED, TRUE, FALSE, &face));
    g_assert_cmpstr(face.action, ==, "win.resume");
    g_assert_true(vitrine_guest_face_get(VITRINE_GUEST_STATE_STOPPED, FALSE, FALSE, &face));
    g_assert_cmpstr(face.title, ==, "“%s” is off");
    g_assert_true(vitrine_guest_face_get(VITRINE_GUEST_STATE_STOPPED, FALSE, TRUE, &face));
    g_assert_cmpstr(face.title, ==, "“%s” could not be started");
    for (guint state = 0; state < VITRINE_GUEST_N_STATES; state++) {
        g_assert_true(vitrine_guest_face_get(state, FALSE, FALSE, &face));
        /* Titles are formats: exactly one conversion, and that a string. */
        g_assert_nonnull(strstr(face.title, "%s"));
        g_assert_true(strchr(face.title, '%') == strrchr(face.title, '%'));
        g_assert_true((face.action == NULL) == (face.action_label == NULL));
        g_assert_true((face.other_action == NULL) == (face.other_label == NULL));
    }
}

/* A guest that is only text, or whose screen can't be had, shows its console; while the screen may
 * still come, or the guest is off, there is a face. */
static void test_console_faces(void)
{
    g_assert_true(vitrine_guest_face_is_console(VITRINE_GUEST_STATE_RUNNING, FALSE, TRUE));
    g_assert_true(vitrine_guest_face_is_console(VITRINE_GUEST_STATE_STOPPING, FALSE, TRUE));
    g_assert_false(vitrine_guest_face_is_console(VITRINE_GUEST_STATE_RUNNING, FALSE, FALSE));
    g_assert_false(vitrine_guest_face_is_console(VITRINE_GUEST_STATE_RUNNING, TRUE, TRUE));
    g_assert_false(vitrine_guest_face_is_console(VITRINE_GUEST_STATE_STOPPED, FALSE, TRUE));
    g_assert_false(vitrine_guest_face_is_console(VITRINE_GUEST_STATE_CRASHED, FALSE, TRUE));
}

static void assert_memory_text(guint64 mib, const char *text)
{
    g_autofree char *found = vitrine_memory_text(mib * 1024 * 1024);

    g_assert_cmpstr(found, ==, text);
}

static void test_memory_text(void)
{
    assert_memory_text(0, "0 MiB");
    assert_memory_text(768, "768 MiB");
    assert_memory_text(1024, "1 GiB");
    assert_memory_text(1536, "1.5 GiB");
    assert_memory_text(32768, "32 GiB");
}

/* A service of another version may leave things out or give them other types. */
static void test_templates(void)
{
    g_autoptr(GVariant) list = g_variant_ref_sink(g_variant_new_parsed(
        "[{'id': <'a'>, 'title': <'A'>, 'memory': <uint64 1048576>, 'vcpus': <uint32 3>},"
        " {'id': <'b'>, 'memory': <'much'>, 'broken': <'It fell down.'>}]"));
    g_autoptr(GPtrArray) templates = vitrine_templates_parse(list);
    g_autoptr(GPtrArray) none = vitrine_templates_parse(NULL);
    const VitrineTemplate *a = templates->pdata[0], *b = templates->pdata[1];

    g_assert_cmpuint(templates->len, ==, 2);
    g_assert_cmpuint(none->len, ==, 0);
    g_assert_cmpstr(a->title, ==, "A");
    g_assert_cmpuint(a->memory, ==, 1048576);
    g_assert_cmpuint(a->vcpus, ==, 3);
    g_assert_cmpstr(a->broken, ==, "");
    g_assert_cmpstr(b->title, ==, "b");
    g_assert_cmpuint(b->vcpus, ==, 1);
    g_assert_cmpstr(b->broken, ==, "It fell down.");
}

/* What the hypervisor gives by itself is normal, written down or not. */
static void test_choices(void)
{
    guint n_shares, n_networks;
    const VitrineShareChoice *shares = vitrine_share_choices_get(&n_shares);
    const VitrineNetworkChoice *networks = vitrine_network_choices_get(&n_networks);

    for (guint i = 0; i < n_shares; i++)
        g_assert_cmpuint(vitrine_share_choices_find(shares[i].weight), ==, i);
    g_assert_cmpuint(vitrine_share_choices_find(256), ==, vitrine_share_choices_find(0));
    g_assert_cmpuint(vitrine_share_choices_find(257), ==, n_shares);
    for (guint i = 0; i < n_networks; i++)
        g_assert_cmpuint(vitrine_network_choices_find(networks[i].network), ==, i);
    g_assert_cmpuint(vitrine_network_choices_find("custom"), ==, n_networks);
    g_assert_cmpuint(vitrine_network_choices_find(NULL), ==, n_networks);
    for (guint i = 0; i < n_networks; i++) {
        gboolean with, without, is_bridged = g_str_equal(networks[i].network, "bridged");

        g_assert_cmpstr(vitrine_network_choice_explain(&networks[i], "", &with), ==,
                        networks[i].sentence);
        g_assert_cmpstr(vitrine_network_choice_explain(&networks[i], "No bridge.", &without), ==,
                        is_bridged ? "No bridge." : networks[i].sentence);
        g_assert_true(with);
        g_assert_cmpint(without, ==, !is_bridged);
    }
}

/* The picture's own memory for all but HVM guests; without that, SPICE where there is more than one
 * monitor to tell apart. For HVM guests SPICE, if it is to be had. */
static void test_screen_protocol(void)
{
    enum { LOCAL = 1u << VITRINE_SCREEN_LOCAL, SPICE = 1u << VITRINE_SCREEN_SPICE };
    static const struct {
        const char *kind;
        guint n_monitors;
        guint without;
        const char *protocol;
    } cases[] = {
        {"pv", 0, 0, "local"},       {"pvh", 1, 0, "local"},
        {"pv", 2, 0, "local"},       {NULL, 0, 0, "local"},
        {"", 4, 0, "local"},         {"hvm", 0, 0, "spice"},
        {"hvm", 4, 0, "spice"},      {"pv", 0, LOCAL, "vnc"},
        {"pv", 1, LOCAL, "vnc"},     {"pv", 2, LOCAL, "spice"},
        {"pvh", 4, LOCAL, "spice"},  {"hvm", 4, LOCAL, "spice"},
        {"hvm", 4, SPICE, "vnc"},    {"hvm", 0, LOCAL | SPICE, "vnc"},
        {"pv", 2, SPICE, "local"},   {"pv", 2, LOCAL | SPICE, "vnc"},
        {"pv", 2, G_MAXUINT, "vnc"},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        VitrineScreenProtocol protocol =
            vitrine_screen_protocol_choose(cases[i].kind, cases[i].n_monitors, cases[i].without);

        g_assert_cmpstr(vitrine_screen_protocol_get_name(protocol), ==, cases[i].protocol);
    }
}

/* Whatever a server says, what comes out lies within the other rectangle. */
static void test_rect_intersect(void)
{
    static const struct {
        VitrineRect rect, wanted;
    } cases[] = {
        {{0, 0, 100, 80}, {0, 0, 100, 80}},
        {{10, 20, 30, 40}, {10, 20, 30, 40}},
        {{-10, -20, 30, 40}, {0, 0, 20, 20}},
        {{90, 70, 30, 40}, {90, 70, 10, 10}},
        {{-5, -5, G_MAXINT, G_MAXINT}, {0, 0, 100, 80}},
        {{50, 50, G_MAXINT, G_MAXINT}, {50, 50, 50, 30}},
    };
    static const VitrineRect nowhere[] = {
        {100, 0, 10, 10},    {0, 80, 10, 10},   {-10, 0, 10, 10},
        {10, 10, 0, 10},     {10, 10, 10, -10}, {G_MAXINT, 0, G_MAXINT, 10},
        {G_MININT, 0, 5, 5},
    };
    const VitrineRect all = {0, 0, 100, 80};

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        VitrineRect rect = vitrine_rect_intersect(&cases[i].rect, &all);

        g_assert_cmpmem(&rect, sizeof(rect), &cases[i].wanted, sizeof(rect));
    }
    for (guint i = 0; i < G_N_ELEMENTS(nowhere); i++) {
        VitrineRect rect = vitrine_rect_intersect(&nowhere[i], &all);

        g_assert_true(rect.width == 0 || rect.height == 0);
    }
}

static void test_monitor_choices(void)
{
    g_auto(GStrv) odd = g_strsplit("1280x800 640x480", " ", -1);
    g_auto(GStrv) many = g_strsplit("1 2 3 4 5", " ", -1);
    guint n_choices;
    const VitrineMonitorChoice *choices = vitrine_monitor_choices_get(&n_choices);

    g_assert_cmpuint(n_choices, ==, 5);
    for (guint i = 0; i < n_choices; i++) {
        g_auto(GStrv) fresh = vitrine_monitor_choice_apply(&choices[i], NULL);
        g_auto(GStrv) kept = vitrine_monitor_choice_apply(&choices[i], odd);

        g_assert_cmpuint(g_strv_length(fresh), ==, i);
        g_assert_cmpuint(vitrine_monitor_choices_find(fresh), ==, i);
        g_assert_cmpuint(vitrine_monitor_choices_find(kept), ==, i);
        g_assert_cmpstr(i > 1 ? kept[1] : "640x480", ==, "640x480");
        g_assert_cmpstr(i > 2 ? kept[2] : "1280x800", ==, "1280x800");
    }
    g_assert_cmpuint(vitrine_monitor_choices_find(odd), ==, 2);
    g_assert_cmpuint(vitrine_monitor_choices_find(many), ==, n_choices);
    g_assert_cmpuint(vitrine_monitor_choices_find(NULL), ==, 0);
}

/* All of them are sizes that the service takes, the smallest first. */
static void test_monitor_sizes(void)
{
    guint n_sizes, width, height, last = 0;
    const char *const *sizes = vitrine_monitor_sizes_get(&n_sizes);
    g_autofree char *label = vitrine_monitor_size_label("1280x800");

    for (guint i = 0; i < n_sizes; i++) {
        g_assert_cmpint(sscanf(sizes[i], "%ux%u", &width, &height), ==, 2);
        g_assert_true(width >= last && width <= 4095 && height >= 200 && height <= 2047);
        g_assert_cmpuint(vitrine_monitor_sizes_find(sizes[i]), ==, i);
        last = width;
    }
    g_assert_cmpuint(vitrine_monitor_sizes_find("1281x800"), ==, n_sizes);
    g_assert_cmpstr(label, ==, "1280 × 800");
}

/* Settings are for guests that stay. */
static void test_lasting(void)
{
    g_assert_true(vitrine_guest_state_is_lasting(VITRINE_GUEST_STATE_STOPPED));
    g_assert_true(vitrine_guest_state_is_lasting(VITRINE_GUEST_STATE_CRASHED));
    g_assert_false(vitrine_guest_state_is_lasting(VITRINE_GUEST_STATE_CREATING));
    g_assert_false(vitrine_guest_state_is_lasting(VITRINE_GUEST_STATE_DELETING));
    g_assert_false(vitrine_guest_state_is_lasting(VITRINE_GUEST_STATE_UNKNOWN));
}

#define STEP (VITRINE_LOAD_HISTORY_STEP_MS * (gint64)1000)

/* Loads are said only when they change: in between there was the last one. */
static void test_load_history(void)
{
    VitrineLoadHistory history = {0};
    gint64 start = 1000000 * STEP;

    g_assert_true(vitrine_load_history_is_flat(&history));
    vitrine_load_history_add(&history, start, 0.5);
    g_assert_cmpfloat(vitrine_load_history_get(&history, 0), ==, 0.5);
    g_assert_cmpfloat(vitrine_load_history_get(&history, 1), ==, 0);
    vitrine_load_history_add(&history, start + STEP - 1, 0.75); /* the same step */
    g_assert_cmpfloat(vitrine_load_history_get(&history, 0), ==, 0.75);
    g_assert_cmpfloat(vitrine_load_history_get(&history, 1), ==, 0);
    vitrine_load_history_add(&history, start + 3 * STEP, 0.25);
    g_assert_cmpfloat(vitrine_load_history_get(&history, 0), ==, 0.25);
    g_assert_cmpfloat(vitrine_load_history_get(&history, 1), ==, 0.75);
    g_assert_cmpfloat(vitrine_load_history_get(&history, 3), ==, 0.75);
    g_assert_cmpfloat(vitrine_load_history_get(&history, 4), ==, 0);
    g_assert_cmpfloat(vitrine_load_history_get_peak(&history), ==, 0.75);
    g_assert_false(vitrine_load_history_is_flat(&history));
    /* Old loads leave at the far end, and what is left is what still is. */
    vitrine_load_history_advance(&history, start + 61 * STEP);
    g_assert_cmpfloat(vitrine_load_history_get(&history, 59), ==, 0.75);
    vitrine_load_history_advance(&history, start + 62 * STEP);
    g_assert_true(vitrine_load_history_is_flat(&history));
    g_assert_cmpfloat(vitrine_load_history_get_peak(&history), ==, 0.25);
}

/* Nonsense does no harm: loads beyond all bounds, clocks that jump. */
static void test_load_history_nonsense(void)
{
    VitrineLoadHistory history = {0};

    vitrine_load_history_add(&history, 5 * STEP, 17);
    g_assert_cmpfloat(vitrine_load_history_get(&history, 0), ==, 1);
    vitrine_load_history_add(&history, 6 * STEP, -3);
    vitrine_load_history_add(&history, 7 * STEP, NAN);
    g_assert_cmpfloat(vitrine_load_history_get(&history, 0), ==, 0);
    vitrine_load_history_add(&history, 2 * STEP, 0.5); /* backwards: now */
    g_assert_cmpfloat(vitrine_load_history_get(&history, 0), ==, 0.5);
    g_assert_cmpfloat(vitrine_load_history_get(&history, 2), ==, 1);
    vitrine_load_history_advance(&history, G_MAXINT64);
    g_assert_true(vitrine_load_history_is_flat(&history));
    vitrine_load_history_clear(&history);
    g_assert_cmpfloat(vitrine_load_history_get_peak(&history), ==, 0);
}

#define SECOND G_USEC_PER_SEC

/* A screen that stands still is looked at less often, a silent one even less; a change, or a new
 * beginning, brings it back. */
static void test_thumbnail_pace(void)
{
    VitrineThumbnailPace pace = {0};

    vitrine_thumbnail_pace_note(&pace, 100 * SECOND, VITRINE_THUMBNAIL_UNCHANGED);
    g_assert_cmpint(pace.due, ==, 105 * SECOND);
    vitrine_thumbnail_pace_note(&pace, 105 * SECOND, VITRINE_THUMBNAIL_UNCHANGED);
    g_assert_cmpint(pace.due, ==, 115 * SECOND);
    for (guint i = 0; i < 20; i++)
        vitrine_thumbnail_pace_note(&pace, 0, VITRINE_THUMBNAIL_UNCHANGED);
    g_assert_cmpint(pace.due, ==, 60 * SECOND);
    for (guint i = 0; i < 20; i++)
        vitrine_thumbnail_pace_note(&pace, 0, VITRINE_THUMBNAIL_FAILED);
    g_assert_cmpint(pace.due, ==, 600 * SECOND);
    vitrine_thumbnail_pace_note(&pace, 0, VITRINE_THUMBNAIL_CHANGED);
    g_assert_cmpint(pace.due, ==, 5 * SECOND);
}

/* Shrinks a screen of that size whose left half is black and whose right half is @color, and
 * checks the small one's size. */
static GBytes *shrink(int width, int height, guint32 color, int small_width, int small_height,
                      guint *n_steps)
{
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    int stride = cairo_image_surface_get_stride(surface) / 4;
    guint32 *pixels = (guint32 *)cairo_image_surface_get_data(surface);
    g_autoptr(VitrineShrink) self = NULL;
    g_autoptr(GdkTexture) texture = NULL;
    GBytes *small;

    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++)
            pixels[y * stride + x] = x < width / 2 ? 0 : color;
    }
    self = vitrine_shrink_new(surface, 128, 80);
    cairo_surface_destroy(surface);
    for (*n_steps = 1; !vitrine_shrink_step(self); ++*n_steps)
        ;
    small = vitrine_shrink_dup_pixels(self);
    texture = vitrine_shrink_make_texture(self, small);
    g_assert_cmpint(gdk_texture_get_width(texture), ==, small_width);
    g_assert_cmpint(gdk_texture_get_height(texture), ==, small_height);
    return small;
}

static void test_shrink(void)
{
    static const struct {
        int width, height, small_width, small_height;
    } cases[] = {
        {1920, 1080, 128, 72}, {640, 480, 106, 80}, {100, 50, 100, 50},
        {1, 1, 1, 1},          {8192, 1, 128, 1},   {2, 8192, 1, 80},
    };

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) small = NULL;
        const guint32 *pixels;
        guint n_steps;

        g_test_message("case %u", i);
        small = shrink(cases[i].width, cases[i].height, 0xff204060, cases[i].small_width,
                       cases[i].small_height, &n_steps);
        pixels = g_bytes_get_data(small, NULL);
        /* Nothing of what the fourth byte held, and nothing see-through. */
        if (cases[i].small_width > 2) {
            g_assert_cmphex(pixels[0], ==, 0xff000000);
            g_assert_cmphex(pixels[cases[i].small_width - 1], ==, 0xff204060);
        }
        g_assert_cmpuint(n_steps, <=, 12);
    }
}

/* One pixel of many is their mean, and a huge screen is not done at one go. */
static void test_shrink_mean(void)
{
    guint n_steps;
    g_autoptr(GBytes) narrow = shrink(2, 8192, 0x204060, 1, 80, &n_steps);
    g_autoptr(GBytes) huge = NULL;

    g_assert_cmphex(*(const guint32 *)g_bytes_get_data(narrow, NULL), ==, 0xff102030);
    g_assert_cmpuint(n_steps, ==, 1);
    huge = shrink(4096, 4096, 0xffffff, 80, 80, &n_steps);
    g_assert_cmpuint(n_steps, >, 50);
}

static void test_order(void)
{
    static const char *const sorted[] = {"7", "alpha", "beta", "guest-2", "guest-10", "web"};

    for (guint i = 0; i < G_N_ELEMENTS(sorted); i++) {
        for (guint j = 0; j < G_N_ELEMENTS(sorted); j++) {
            int order = vitrine_guest_order_compare_names(sorted[i], sorted[j]);

            g_assert_true(i == j ? order == 0 : i < j ? order < 0 : order > 0);
        }
    }
    /* Names that collate alike are still in one order. */
    g_assert_cmpint(vitrine_guest_order_compare_names("a1", "a01"), !=, 0);
    g_assert_true(vitrine_guest_order_is_busy(VITRINE_GUEST_STATE_CRASHED));
    g_assert_true(vitrine_guest_order_is_busy(VITRINE_GUEST_STATE_CREATING));
    g_assert_false(vitrine_guest_order_is_busy(VITRINE_GUEST_STATE_STOPPED));
}

static void assert_tail(const char *text, guint n_lines, const char *expected)
{
    g_autofree char *tail = vitrine_console_tail(text, n_lines);

    g_assert_cmpstr(tail, ==, expected);
    g_assert_true(g_utf8_validate(tail, -1, NULL));
}

/* The last lines that say something, whatever a guest puts there. */
static void test_console_tail(void)
{
    g_autofree char *endless = g_strnfill(100000, 'x');
    g_autofree char *cut = NULL;

    assert_tail("", 3, "");
    assert_tail("one\r\ntwo\r\nthree\r\n\r\n", 2, "two\nthree");
    assert_tail("one", 2, "one");
    assert_tail("a\tb \033[31mred\007\n", 2, "a b [31mred");
    assert_tail("b\303\244d \303( byte\n", 1, "b\303\244d \357\277\275( byte");
    cut = vitrine_console_tail(endless, 5);
    g_assert_cmpuint(strlen(cut), ==, 160);
}

/* First whoever is enough alone, and of these who loses least; else whoever gives most. */
static void test_memory_remedy(void)
{
    VitrineMemoryUser users[] = {{"a", 100}, {"b", 900}, {"c", 500}, {"d", 300}, {"e", 500}};

    vitrine_memory_remedy_sort(users, G_N_ELEMENTS(users), 400);
    g_assert_cmpstr(users[0].name, ==, "c");
    g_assert_cmpstr(users[1].name, ==, "e");
    g_assert_cmpstr(users[2].name, ==, "b");
    g_assert_cmpstr(users[3].name, ==, "d");
    g_assert_cmpstr(users[4].name, ==, "a");
    vitrine_memory_remedy_sort(users, G_N_ELEMENTS(users), 5000);
    g_assert_cmpstr(users[0].name, ==, "b");
    g_assert_cmpstr(users[4].name, ==, "a");
    vitrine_memory_remedy_sort(NULL, 0, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/name/rule", test_name);
    g_test_add_func("/name/length", test_name_length);
    g_test_add_func("/name/culprit", test_name_culprit);
    g_test_add_func("/viewport/fit", test_viewport_fit);
    g_test_add_func("/viewport/zoom", test_viewport_zoom);
    g_test_add_func("/viewport/pointer", test_viewport_pointer);
    g_test_add_func("/viewport/damage", test_viewport_damage);
    g_test_add_func("/keymap/xt", test_keymap);
    g_test_add_func("/keyboard/shift", test_keyboard_shift);
    g_test_add_func("/keyboard/chord", test_keyboard_chord);
    g_test_add_func("/keyboard/full", test_keyboard_full);
    g_test_add_func("/guest/states", test_states);
    g_test_add_func("/guest/faces", test_faces);
    g_test_add_func("/guest/console-faces", test_console_faces);
    g_test_add_func("/load-history/steps", test_load_history);
    g_test_add_func("/load-history/nonsense", test_load_history_nonsense);
    g_test_add_func("/thumbnail/pace", test_thumbnail_pace);
    g_test_add_func("/thumbnail/shrink", test_shrink);
    g_test_add_func("/thumbnail/shrink-mean", test_shrink_mean);
    g_test_add_func("/guest-order/names", test_order);
    g_test_add_func("/console-tail", test_console_tail);
    g_test_add_func("/memory/remedy", test_memory_remedy);
    g_test_add_func("/memory/text", test_memory_text);
    g_test_add_func("/template/parse", test_templates);
    g_test_add_func("/guest-choice/find", test_choices);
    g_test_add_func("/screen-protocol", test_screen_protocol);
    g_test_add_func("/viewport/intersect", test_rect_intersect);
    g_test_add_func("/guest-choice/monitors", test_monitor_choices);
    g_test_add_func("/guest-choice/monitor-sizes", test_monitor_sizes);
    g_test_add_func("/guest-state/lasting", test_lasting);
    return g_test_run();
}
