/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether there is a bridge to the network outside, by what Linux lists of interfaces. */
#include <string.h>

#include "network-bridge.h"
#include "scratch.h"

/* Each is looked for in what the earlier ones left. */
static const struct {
    const char *made;     /* an interface's file */
    const char *sentence; /* a part of it; NULL: nothing is wrong */
} states[] = {
    {"lo/address", "no bridge “lan0”"},
    {"lan0/address", "no bridge “lan0”"}, /* a card of that name */
    {"lan0/brif/vif1.0", "leads nowhere"},
    {"lan0/brif/vif2.0-emu", "leads nowhere"},
    {"lan0/brif/enp0s2", NULL},
};

static void test_states(void)
{
    g_autofree char *directory = scratch_new();
    g_autofree char *none = network_bridge_problem(directory, "");

    g_assert_nonnull(strstr(none, "without a bridge"));
    for (guint i = 0; i < G_N_ELEMENTS(states); i++) {
        g_autofree char *path = g_build_filename(directory, states[i].made, NULL);
        g_autofree char *parent = g_path_get_dirname(path);
        g_autofree char *problem = NULL;

        g_test_message("%s", states[i].made);
        g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
        scratch_write(path, "", -1);
        problem = network_bridge_problem(directory, "lan0");
        g_assert_cmpint(problem == NULL, ==, states[i].sentence == NULL);
        if (problem) {
            g_assert_nonnull(strstr(problem, states[i].sentence));
            g_assert_nonnull(strstr(problem, "install.md"));
        }
    }
    scratch_remove(directory);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/network-bridge/states", test_states);
    return g_test_run();
}
