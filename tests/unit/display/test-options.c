/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line: what is taken, and that what is not gets a sentence. */
#include <glib.h>

#include "options.h"

static bool parse(const char *line, struct options *options, char **problem)
{
    g_auto(GStrv) argv = NULL;
    g_autofree char **copy = NULL;
    int argc;

    g_assert_true(g_shell_parse_argv(line, &argc, &argv, NULL));
    /* The parser moves the pointers about. */
    copy = g_memdup2(argv, sizeof(*argv) * ((size_t)argc + 1));
    return options_parse(argc, copy, options, problem);
}

static void test_good(void)
{
    struct options options;
    g_autofree char *problem = NULL;

    g_assert_true(parse("x --domid 3 --name 'my guest' --vnc-socket /run/s --videoram 4096",
                        &options, &problem));
    g_assert_cmpuint(options.domid, ==, 3);
    g_assert_cmpstr(options.name, ==, "my guest");
    g_assert_cmpstr(options.vnc_socket, ==, "/run/s");
    g_assert_cmpuint(options.width, ==, 0);
    g_assert_cmpuint(options.height, ==, 0);
    g_assert_cmpuint(options.videoram_kib, ==, 4096);
    g_assert_cmpuint(options.contacts, ==, 10);
    g_assert_false(options.restored);
    g_assert_cmpuint(options.monitor_count, ==, 0);
    g_assert_null(options.keep);
    g_assert_null(options.spice_socket);
    options_clear(&options);
    g_assert_null(options.name);
}

static void test_monitors(void)
{
    struct options options;
    g_autofree char *problem = NULL;

    g_assert_true(parse("x --domid 3 --name a --vnc-socket s --monitors 1280x800,1024x768 --keep k "
                        "--contacts 0 --restored",
                        &options, &problem));
    g_assert_cmpuint(options.contacts, ==, 0);
    g_assert_true(options.restored);
    g_assert_cmpuint(options.monitor_count, ==, 2);
    g_assert_cmpuint(options.monitors[0].width, ==, 1280);
    g_assert_cmpuint(options.monitors[0].height, ==, 800);
    g_assert_cmpuint(options.monitors[1].width, ==, 1024);
    g_assert_cmpuint(options.monitors[1].height, ==, 768);
    g_assert_cmpstr(options.keep, ==, "k");
    options_clear(&options);
    g_assert_null(options.keep);
}

static void test_sockets(void)
{
    struct options options;
    g_autofree char *problem = NULL;

    g_assert_true(parse("x --domid 3 --name a --spice-socket /run/p", &options, &problem));
    g_assert_cmpstr(options.spice_socket, ==, "/run/p");
    g_assert_null(options.vnc_socket);
    options_clear(&options);
    g_assert_true(parse("x --domid 3 --name a --spice-socket /run/p --vnc-socket /run/s", &options,
                        &problem));
    g_assert_cmpstr(options.spice_socket, ==, "/run/p");
    g_assert_cmpstr(options.vnc_socket, ==, "/run/s");
    g_assert_null(options.local_socket);
    options_clear(&options);
    g_assert_null(options.spice_socket);
    g_assert_true(parse("x --domid 3 --name a --local-socket /run/l", &options, &problem));
    g_assert_cmpstr(options.local_socket, ==, "/run/l");
    g_assert_null(options.vnc_socket);
    options_clear(&options);
    g_assert_null(options.local_socket);
}

static void test_places(void)
{
    struct options options;
    g_autofree char *problem = NULL;

    g_assert_true(parse("x --domid 3 --name a --vnc-socket s --vnc-listen 127.0.0.1:5900-5999 "
                        "--spice-listen [::1]:6000 --spice-tls-listen 10.0.0.1:6001 "
                        "--tls-directory /t --passwords 5",
                        &options, &problem));
    g_assert_cmpstr(options.vnc_place.address, ==, "127.0.0.1");
    g_assert_cmpuint(options.vnc_place.first, ==, 5900);
    g_assert_cmpuint(options.vnc_place.last, ==, 5999);
    g_assert_cmpstr(options.spice_place.address, ==, "::1");
    g_assert_cmpuint(options.spice_place.first, ==, 6000);
    g_assert_cmpuint(options.spice_place.last, ==, 6000);
    g_assert_cmpstr(options.spice_tls_place.address, ==, "10.0.0.1");
    g_assert_cmpstr(options.tls_directory, ==, "/t");
    g_assert_cmpint(options.passwords, ==, 5);
    options_clear(&options);
    g_assert_null(options.vnc_place.address);
}

#define PLACE "x --domid 1 --name a --vnc-socket s --passwords 0 "

static void test_bad(void)
{
    static const char *const lines[] = {
        "x --domid 1 --name a --vnc-socket s --vnc-listen 127.0.0.1:5900",
        PLACE "--vnc-listen 5900",
        PLACE "--vnc-listen :5900",
        PLACE "--vnc-listen 127.0.0.1:",
        PLACE "--vnc-listen 127.0.0.1:0",
        PLACE "--vnc-listen 127.0.0.1:65536",
        PLACE "--vnc-listen 127.0.0.1:5901-5900",
        PLACE "--vnc-listen 127.0.0.1:5901-",
        PLACE "--vnc-listen ::1:5900",
        PLACE "--vnc-listen []:5900",
        PLACE "--spice-tls-listen 127.0.0.1:5900",
        PLACE "--spice-tls-listen 127.0.0.1:5900-5901 --tls-directory /t",
        "x",
        "x --name a --vnc-socket s",
        "x --domid 0 --name a --vnc-socket s",
        "x --domid 32752 --name a --vnc-socket s",
        "x --domid 99999999999 --name a --vnc-socket s",
        "x --domid 1x --name a --vnc-socket s",
        "x --domid 1 --vnc-socket s",
        "x --domid 1 --name '' --vnc-socket s",
        "x --domid 1 --name \"a\033[2J\" --vnc-socket s",
        "x --domid 1 --name \"\xff\" --vnc-socket s",
        "x --domid 1 --name a",
        "x --domid 1 --name a --vnc-socket ''",
        "x --domid 1 --name a --vnc-socket s --spice-socket ''",
        "x --domid 1 --name a --vnc-socket s --spice-socket s",
        "x --domid 1 --name a --vnc-socket s --local-socket ''",
        "x --domid 1 --name a --vnc-socket s --local-socket s",
        "x --domid 1 --name a --spice-socket s --vnc-socket v --local-socket s",
        "x --domid 1 --name a --vnc-socket s --width 0 --height 5",
        "x --domid 1 --name a --vnc-socket s --width 5",
        "x --domid 1 --name a --vnc-socket s --width -1 --height -1",
        "x --domid 1 --name a --vnc-socket s --width 5 --height 7681",
        "x --domid 1 --name a --vnc-socket s --videoram 1",
        "x --domid 1 --name a --vnc-socket s --contacts -1",
        "x --domid 1 --name a --vnc-socket s --contacts 11",
        "x --domid 1 --name a --vnc-socket s --monitors 2",
        "x --domid 1 --name a --vnc-socket s --monitors 800x0",
        "x --domid 1 --name a --vnc-socket s --monitors 800x600,",
        "x --domid 1 --name a --vnc-socket s --monitors 8x8,8x8,8x8,8x8,8x8",
        "x --domid 1 --name a --vnc-socket s extra",
        "x --domid 1 --name a --vnc-socket s --nonsense",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        struct options options = {.domid = 42};
        g_autofree char *problem = NULL;

        g_test_message("%zu", i);
        g_assert_false(parse(lines[i], &options, &problem));
        g_assert_nonnull(problem);
        g_test_message("%s", problem);
        g_assert_true(g_str_has_suffix(problem, "."));
        g_assert_cmpuint(options.domid, ==, 42);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/options/good", test_good);
    g_test_add_func("/options/monitors", test_monitors);
    g_test_add_func("/options/sockets", test_sockets);
    g_test_add_func("/options/places", test_places);
    g_test_add_func("/options/bad", test_bad);
    return g_test_run();
}
