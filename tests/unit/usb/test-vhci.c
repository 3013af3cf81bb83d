/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The guest's tool and the files of vhci-hcd, in a directory of the test's own. */
#include <errno.h>
#include <string.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "guest-tools/usb/vhci.h"

/* As Linux 6.1 writes it. */
#define HEAD "hub port sta spd dev      sockfd local_busid\n"
#define FREE " 004 000 00000000 000000 0-0\n"
#define USED " 006 003 00010001 000005 1-1\n"

static void test_parse(void)
{
    static const struct {
        const char *line;
        struct vhci_port port;
    } good[] = {
        {"hs  0000" FREE, {0, false, true}},
        {"hs  0001" USED, {1, false, false}},
        {"ss  0008" FREE, {8, true, true}},
        {"ss  0123 005 000 00000000 000000 0-0\n", {123, true, false}},
    };
    static const char *const bad[] = {HEAD, "", "\n", "hs", "hs 1", "xs 0001 004", "hsss 1 4"};
    struct vhci_port port;

    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        g_assert_true(vhci_parse_port(good[i].line, &port));
        g_assert_cmpuint(port.number, ==, good[i].port.number);
        g_assert_cmpint(port.super, ==, good[i].port.super);
        g_assert_cmpint(port.free, ==, good[i].port.free);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        g_assert_false(vhci_parse_port(bad[i], &port));
}

static void put(const char *directory, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);

    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void check(const char *directory, const char *name, const char *wanted)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autofree char *text = NULL;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    g_assert_cmpstr(text, ==, wanted);
    g_assert_true(g_file_set_contents(path, "", -1, NULL));
}

static void clean(char *directory)
{
    static const char *const names[] = {"status", "status.1", "attach", "detach"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(directory, names[i], NULL);

        g_unlink(path);
    }
    g_assert_cmpint(g_rmdir(directory), ==, 0);
    g_free(directory);
}

static void test_attach(void)
{
    char *directory = g_dir_make_tmp("vhci.XXXXXX", NULL);
    unsigned port = 77;

    g_assert_cmpint(vhci_attach(directory, 5, 1, 3, &port), ==, -ENOENT); /* no module */
    put(directory, "status", HEAD "hs  0000" USED "hs  0001" FREE "ss  0008" USED "ss  0009" FREE);
    g_assert_cmpint(vhci_attach(directory, 5, 0x10001, 3, &port), ==, -ENOENT);
    put(directory, "attach", "");
    put(directory, "detach", "");
    g_assert_cmpint(vhci_attach(directory, 5, 0x10001, 3, &port), ==, 0);
    g_assert_cmpuint(port, ==, 1);
    check(directory, "attach", "1 5 65537 3");
    g_assert_cmpint(vhci_attach(directory, 6, 2, 5, &port), ==, 0);
    g_assert_cmpuint(port, ==, 9);
    check(directory, "attach", "9 6 2 5");
    g_assert_cmpint(vhci_attach(directory, 6, 2, 6, &port), ==, 0); /* SuperSpeed+ */
    check(directory, "attach", "9 6 2 5");
    vhci_detach(directory, 9);
    check(directory, "detach", "9");

    /* The first controller is full: the second, then none. */
    put(directory, "status", HEAD "hs  0000" USED "ss  0008" FREE);
    g_assert_cmpint(vhci_attach(directory, 5, 1, 1, &port), ==, -ENOSPC);
    put(directory, "status.1", HEAD "hs  0016" FREE "ss  0024" FREE);
    g_assert_cmpint(vhci_attach(directory, 5, 1, 1, &port), ==, 0);
    g_assert_cmpuint(port, ==, 16);
    clean(directory);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/usb/vhci/parse", test_parse);
    g_test_add_func("/usb/vhci/attach", test_attach);
    return g_test_run();
}
