/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xl.cfg's words for viewers: what they come to, and what is refused. */
#include <string.h>

#include "error.h"
#include "screen-places.h"

static const struct {
    const char *text;
    const char *vnc, *vnc_password, *spice, *spice_tls; /* NULL: none */
} good[] = {
    {"memory = 512\n", NULL, NULL, NULL, NULL},
    /* Nobody could tell who comes. */
    {"vfb = [ 'vnc=1' ]\n", NULL, NULL, NULL, NULL},
    {"vfb = [ 'type=vnc' ]\n", NULL, NULL, NULL, NULL},
    {"vnc = 1\nvnclisten = '127.0.0.2'\n", NULL, NULL, NULL, NULL},
    {"vfb = [ 'type=vnc,vncpasswd=secret' ]\n", "127.0.0.1:5900-5999", "secret", NULL, NULL},
    {"vfb = [ 'vnc=0,vncpasswd=secret' ]\n", NULL, NULL, NULL, NULL},
    {"vnc = 1\nvncpasswd = \"a b\"\n", "127.0.0.1:5900-5999", "a b", NULL, NULL},
    {"vncpasswd = \"a b\"\n", NULL, NULL, NULL, NULL},
    {"vfb = [ 'vnc=1, vncdisplay = 7, vncunused=0, vncpasswd=x' ]\n", "127.0.0.1:5907", "x", NULL,
     NULL},
    {"vnc = 1\nvncdisplay = 7\nvncpasswd = 'x'\n", "127.0.0.1:5907-5999", "x", NULL, NULL},
    {"vnc = 1\nvncdisplay = 200\nvncpasswd = 'x'\n", "127.0.0.1:6100", "x", NULL, NULL},
    {"vnc = 1\nvnclisten = '0.0.0.0:3'\nvncunused = 0\nvncpasswd = 'x'\n", "0.0.0.0:5903", "x",
     NULL, NULL},
    {"vnc = 1\nvnclisten = '::1'\nvncunused = 0\nvncpasswd = 'x'\n", "[::1]:5900", "x", NULL, NULL},
    {"vnc = 1\nvnclisten = '[::1]:2'\nvncunused = 0\nvncpasswd = 'x'\n", "[::1]:5902", "x", NULL,
     NULL},
    {"vnc = 1\nvnclisten = 'unix:/run/x'\nvncpasswd = 'x'\n", NULL, "x", NULL, NULL},
    /* A `vfb` is what counts, as for xl. */
    {"vfb = [ 'vnc=1' ]\nvnc = 1\nvncpasswd = 'x'\n", NULL, NULL, NULL, NULL},
    {"spice = 1\nspiceport = 6000\nspicepasswd = 'y'\n", NULL, NULL, "127.0.0.1:6000", NULL},
    {"spice = 1\nspicehost = '10.0.0.1'\nspicetls_port = 6001\nspicepasswd = 'y'\n", NULL, NULL,
     NULL, "10.0.0.1:6001"},
    {"spice = 0\nspiceport = 6000\nspicepasswd = 'y'\n", NULL, NULL, NULL, NULL},
    {"spice = 1\nspiceport = 6000\nspicedisable_ticketing = 1\n", NULL, NULL, NULL, NULL},
};

static void test_good(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
        g_auto(ScreenPlaces) places = {0};
        g_autoptr(GError) error = NULL;

        g_test_message("%s", good[i].text);
        g_assert_true(screen_places_read(good[i].text, &places, &error));
        g_assert_cmpstr(places.vnc, ==, good[i].vnc);
        g_assert_cmpstr(places.vnc_password, ==, good[i].vnc_password);
        g_assert_cmpstr(places.spice, ==, good[i].spice);
        g_assert_cmpstr(places.spice_tls, ==, good[i].spice_tls);
    }
}

static const struct {
    const char *text;
    const char *piece; /* of the sentence */
} bad[] = {
    {"vfb = [ 'vnc=1,vnclisten=0.0.0.0' ]\n", "without a password"},
    {"vnc = 1\nvnclisten = '192.168.1.1:1'\n", "vncpasswd"},
    {"vnc = 1\nvnclisten = '::'\n", "without a password"},
    {"vnc = 1\nvnclisten = 'localhost'\nvncpasswd = 'x'\n", "no address in numbers"},
    {"vnc = 1\nvnclisten = '127.0.0.1:x'\nvncpasswd = 'x'\n", "no number of a display"},
    {"vnc = 1\nvncdisplay = 60000\nvncpasswd = 'x'\n", "vncdisplay"},
    {"vnc = 1\nvncdisplay = 'x'\nvncpasswd = 'x'\n", "vncdisplay"},
    {"vnc = 1\nvncpasswd = 'a\\x41'\n", "backslash"},
    {"vnc = 1\nvncpasswd = '1234567890123456789012345678901234567890123456789012345678901'\n",
     "60 bytes"},
    {"spice = 1\nspicepasswd = 'y'\n", "names no port"},
    {"spice = 1\nspiceport = 70000\nspicepasswd = 'y'\n", "spiceport"},
    {"spice = 1\nspiceport = 6000\nspicetls_port = 6000\nspicepasswd = 'y'\n", "one port"},
    {"spice = 1\nspicehost = '0.0.0.0'\nspiceport = 6000\nspicedisable_ticketing = 1\n",
     "spicepasswd"},
};

static void test_bad(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_auto(ScreenPlaces) places = {0};
        g_autoptr(GError) error = NULL;

        g_test_message("%s", bad[i].text);
        g_assert_false(screen_places_read(bad[i].text, &places, &error));
        g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG);
        g_assert_nonnull(strstr(error->message, bad[i].piece));
        g_assert_null(places.vnc);
        g_assert_null(places.vnc_password);
        g_assert_null(places.spice);
    }
}

static void test_certificate(void)
{
    const ScreenPlaces plain = {.spice = (char *)"127.0.0.1:6000"};
    const ScreenPlaces tls = {.spice_tls = (char *)"127.0.0.1:6000"};
    g_autoptr(GError) error = NULL;

    g_assert_true(screen_places_check_tls(&plain, "/nowhere/at/all", &error));
    g_assert_false(screen_places_check_tls(&tls, "/nowhere/at/all", &error));
    g_assert_nonnull(strstr(error->message, "/nowhere/at/all/ca-cert.pem is missing"));
}

static const struct {
    const char *text;
    gboolean good, by_spice;
} pcs[] = {
    {"", TRUE, FALSE},
    {"spice = 0\nspicehost = '0.0.0.0'\n", TRUE, FALSE},
    {"spice = 1\n", TRUE, TRUE},
    {"spice = 1\nspicehost = '127.0.0.1'\nspiceport = 6000\n", TRUE, TRUE},
    {"spice = 1\nspicehost = '::1'\n", TRUE, TRUE},
    {"spice = 1\nspicehost = '0.0.0.0'\n", FALSE, FALSE},
    {"spice = 1\nspicehost = 'pc.example.org'\n", FALSE, FALSE},
};

static void test_pc(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(pcs); i++) {
        g_autoptr(GError) error = NULL;
        gboolean by_spice;

        g_test_message("%s", pcs[i].text);
        g_assert_cmpint(screen_places_read_pc(pcs[i].text, &by_spice, &error), ==, pcs[i].good);
        g_assert_true(pcs[i].good == !error);
        g_assert_true(!error || strstr(error->message, "on this computer only"));
        g_assert_true(!pcs[i].good || by_spice == pcs[i].by_spice);
    }
}

static void test_has_screen(void)
{
    g_assert_true(screen_places_has_screen("vfb = [ 'vnc=0' ]\n"));
    g_assert_true(screen_places_has_screen("vnc = 1\n"));
    g_assert_false(screen_places_has_screen("vfb = [ ]\n"));
    g_assert_false(screen_places_has_screen("vnc = 0\n"));
    g_assert_false(screen_places_has_screen("spice = 1\n"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/screen-places/good", test_good);
    g_test_add_func("/screen-places/bad", test_bad);
    g_test_add_func("/screen-places/certificate", test_certificate);
    g_test_add_func("/screen-places/pc", test_pc);
    g_test_add_func("/screen-places/has-screen", test_has_screen);
    return g_test_run();
}
