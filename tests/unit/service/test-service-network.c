/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What guests may reach in the network, as a client of the service sees it, and what nft is told.
 */
#include "guest-config.h"
#include "service-harness.h"

#include <glib/gstdio.h>

/* In nft's place: keeps what it is told, one call after the other, and fails while there is a file
 * that says why. */
static void set_up_nft(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *script = NULL;
    g_autofree char *directory = scratch_new();

    fixture->nft_program = g_build_filename(directory, "nft", NULL);
    script = g_strdup_printf("#!/bin/sh\n"
                             "[ \"$*\" = '-f -' ] || exit 2\n"
                             "cd %s || exit 2\n"
                             "cat > told\n"
                             "[ ! -e failure ] || { cat failure >&2; exit 1; }\n"
                             "cat told >> all; mv told rules\n",
                             directory);
    scratch_write(fixture->nft_program, script, -1);
    g_chmod(fixture->nft_program, 0755);
    set_up(fixture, pace);
}

static void tear_down_nft(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *directory = g_path_get_dirname(fixture->nft_program);

    tear_down(fixture, pace);
    scratch_remove(directory);
}

static char *file_of_nft(Fixture *fixture, const char *name)
{
    g_autofree char *directory = g_path_get_dirname(fixture->nft_program);

    return g_build_filename(directory, name, NULL);
}

/* What is in force; NULL if nft was told nothing yet. */
static char *rules(Fixture *fixture)
{
    g_autofree char *path = file_of_nft(fixture, "rules");
    char *text = NULL;

    g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

static gboolean has_rule(Fixture *fixture, const char *format, int domid)
{
    g_autofree char *text = rules(fixture);
    g_autofree char *line = g_strdup_printf(format, domid);

    return text && strstr(text, line);
}

static void make_guest(Fixture *fixture, const char *name, const char *access)
{
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *job = NULL, *sentence = NULL;

    vitrine_manager1_call_create_sync(fixture->manager, "debian-12-minimal", name,
                                      g_variant_new_parsed("{'start': <false>}"), AS_USUAL, &job,
                                      NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "succeeded");
    guest = find_guest(fixture, name);
    vitrine_guest1_call_configure_sync(guest, g_variant_new_parsed(access), AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    /* The news come after the answer. */
    wait_until(strcmp(vitrine_guest1_get_network_access(guest), "all") != 0);
}

#define HOSTS "{'network-access': <'hosts'>, 'network-hosts': <['192.0.2.7/24', '::1']>}"

static int domid_of(Fixture *fixture, const char *name)
{
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, name);

    return vitrine_guest1_get_domid(guest);
}

/* Nobody is limited: nft, which need not even be there, is left alone. */
static void test_unlimited(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "debian-12-minimal", "desk", "succeeded");
    g_autofree char *text = rules(fixture);
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "desk");

    g_assert_null(text);
    g_assert_cmpstr(vitrine_guest1_get_network_access(guest), ==, "all");
}

/* By the time that the guest runs, the rules are in force; a new domain has rules of its own. */
static void test_start(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = NULL;
    int before;

    make_guest(fixture, "desk", HOSTS);
    guest = find_guest(fixture, "desk");
    g_assert_cmpstr(vitrine_guest1_get_network_access(guest), ==, "hosts");
    g_assert_cmpstr(vitrine_guest1_get_network_hosts(guest)[0], ==, "192.0.2.0/24");
    do_job(fixture, "desk", vitrine_guest1_call_start_sync);
    before = domid_of(fixture, "desk");
    g_assert_true(has_rule(fixture, "iifname \"vif%d.*\" goto", before));
    g_assert_true(has_rule(fixture, "ip daddr 192.0.2.0/24 accept", before));
    do_job(fixture, "desk", vitrine_guest1_call_reboot_sync);
    g_assert_cmpint(domid_of(fixture, "desk"), !=, before);
    g_assert_true(has_rule(fixture, "iifname \"vif%d.*\" goto", domid_of(fixture, "desk")));
    g_assert_false(has_rule(fixture, "iifname \"vif%d.*\" goto", before));
    g_assert_false(vitrine_guest1_get_needs_restart(guest));
    do_job(fixture, "desk", vitrine_guest1_call_save_sync);
    do_job(fixture, "desk", vitrine_guest1_call_start_sync);
    g_assert_true(has_rule(fixture, "iifname \"vif%d.*\" goto", domid_of(fixture, "desk")));
}

static void test_change(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = create(fixture, "debian-12-minimal", "desk", "succeeded");
    g_autoptr(VitrineGuest1) guest = find_guest(fixture, "desk");
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_configure_sync(guest, g_variant_new_parsed("{'network-access': <'none'>}"),
                                       AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    g_assert_true(has_rule(fixture, "goto from-%d", domid_of(fixture, "desk")));
    vitrine_guest1_call_configure_sync(guest, g_variant_new_parsed("{'network-access': <'all'>}"),
                                       AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    text = rules(fixture);
    g_assert_null(strstr(text, "goto"));
}

/* Rules that can't be had keep a guest from starting, and one that runs keeps those it has. */
static void test_failure(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *failure = file_of_nft(fixture, "failure");
    g_autofree char *job = NULL, *sentence = NULL, *left = NULL;
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) refusal = NULL;

    make_guest(fixture, "desk", HOSTS);
    guest = find_guest(fixture, "desk");
    scratch_write(failure, "Error: no \001 kernel\nand more\n", -1);
    vitrine_guest1_call_start_sync(guest, AS_USUAL, &job, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "failed");
    g_assert_nonnull(strstr(sentence, "nft says: Error: no ? kernel."));
    g_assert_cmpint(domid_of(fixture, "desk"), ==, -1);
    g_assert_true(is_in_state(fixture, "desk", "stopped"));
    g_remove(failure);
    do_job(fixture, "desk", vitrine_guest1_call_start_sync);
    scratch_write(failure, "", -1);
    g_assert_false(vitrine_guest1_call_configure_sync(
        guest, g_variant_new_parsed("{'network-access': <'none'>}"), AS_USUAL, NULL, &refusal));
    g_assert_nonnull(strstr(refusal->message, "can't be limited"));
    g_assert_true(has_rule(fixture, "goto from-%d", domid_of(fixture, "desk")));
    g_assert_true(has_rule(fixture, "ip daddr 192.0.2.0/24 accept", 0));
}

static void test_refused(Fixture *fixture, gconstpointer pace)
{
    static const char *const bad[] = {
        "{'network-access': <'some'>}",
        "{'network-hosts': <['example.org']>}",
        "{'network-hosts': <'192.0.2.7'>}",
        "{'network-access': <'none'>, 'network-hosts': <['192.0.2.7\\naccept']>}",
    };
    g_autoptr(VitrineGuest1) guest = NULL;

    make_guest(fixture, "desk", HOSTS);
    guest = find_guest(fixture, "desk");
    for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *remote = NULL;

        vitrine_guest1_call_configure_sync(guest, g_variant_new_parsed(bad[i]), AS_USUAL, NULL,
                                           &error);
        remote = error ? g_dbus_error_get_remote_error(error) : NULL;
        g_assert_cmpstr(remote, ==, "org.vitrine.Error.InvalidOption");
    }
    g_assert_cmpstr(vitrine_guest1_get_network_access(guest), ==, "hosts");
}

/* An interface of another name would slip through. */
static void test_odd(Fixture *fixture, gconstpointer pace)
{
    static const char *const vifs[] = {
        "vif = [ 'bridge=vitrine0,vifname=mine' ]\n",
        "vif = [ 'bridge=vitrine0,script=vif-route' ]\n",
        "vif = [ 'bridge=vitrine0', 'backend=other' ]\n",
    };

    for (guint i = 0; i < G_N_ELEMENTS(vifs); i++) {
        g_autofree char *name = g_strdup_printf("odd%u", i);
        g_autofree char *text = g_strdup_printf("name = '%s'\n%s", name, vifs[i]);
        g_autofree char *cfg = g_strdup_printf("%s/guests/%s.cfg", fixture->state, name);
        g_autofree char *ini = g_strdup_printf("%s/guests/%s.ini", fixture->state, name);
        g_autofree char *job = NULL, *sentence = NULL;
        g_autoptr(VitrineGuest1) guest = NULL;
        g_autoptr(GError) error = NULL;

        scratch_write(ini, "[guest]\nnetwork-access=what?\n", -1); /* counts as none */
        scratch_write(cfg, text, -1);
        wait_until(has_guest(fixture, name));
        guest = find_guest(fixture, name);
        g_assert_cmpstr(vitrine_guest1_get_network_access(guest), ==, "none");
        vitrine_guest1_call_start_sync(guest, AS_USUAL, &job, NULL, &error);
        g_assert_no_error(error);
        sentence = end_of_job(fixture, job, "failed");
        g_assert_nonnull(strstr(sentence, "can't be limited"));
        g_assert_false(vitrine_guest1_call_configure_sync(
            guest, g_variant_new_parsed("{'network-hosts': <['192.0.2.7']>}"), AS_USUAL, NULL,
            &error));
    }
}

/* A copy is as limited as what it was made of. */
static void test_clone(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autofree char *job = NULL, *sentence = NULL;
    g_autoptr(GError) error = NULL;

    make_guest(fixture, "desk", HOSTS);
    vitrine_manager1_call_clone_guest_sync(fixture->manager, "desk", "copy",
                                           g_variant_new("a{sv}", NULL), AS_USUAL, &job, NULL,
                                           &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "succeeded");
    wait_until(has_guest(fixture, "copy"));
    guest = find_guest(fixture, "copy");
    g_assert_cmpstr(vitrine_guest1_get_network_access(guest), ==, "hosts");
    g_assert_cmpstr(vitrine_guest1_get_network_hosts(guest)[1], ==, "::1");
}

/* Rules of before are gone over when the service starts: a guest may have been changed by hand. */
static void test_restart(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *text = NULL;

    make_guest(fixture, "desk", HOSTS);
    do_job(fixture, "desk", vitrine_guest1_call_start_sync);
    g_assert_true(has_rule(fixture, "goto from-%d", domid_of(fixture, "desk")));
    stop_service(fixture);
    g_assert_true(has_rule(fixture, "goto", 0));
    start_service(fixture, "5");
    wait_until(!has_rule(fixture, "goto", 0)); /* simulated domains went with the service */
}

/* The network outside has a bridge, with or without a card in it. */
static void make_bridge(Fixture *fixture, const char *port)
{
    g_autofree char *path = g_build_filename(fixture->state, "net/vitrine-lan/brif", port, NULL);

    g_assert_cmpint(g_mkdir_with_parents(path, 0700), ==, 0);
}

static void bridge_guest(VitrineGuest1 *guest)
{
    g_autoptr(GError) error = NULL;

    vitrine_guest1_call_configure_sync(guest, g_variant_new_parsed("{'network': <'bridged'>}"),
                                       AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    wait_until(strcmp(vitrine_guest1_get_network(guest), "bridged") == 0);
}

static char *mac_of(Fixture *fixture, const char *name)
{
    g_autofree char *path = g_strdup_printf("%s/guests/%s.cfg", fixture->state, name);
    g_autofree char *text = NULL;
    GuestFacts facts;

    g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
    guest_config_scan(text, &facts);
    return g_strdup(facts.mac);
}

/* Until there is a bridge with a card in it, a guest stays where it is, and is told why. */
static void test_no_bridge(Fixture *fixture, gconstpointer pace)
{
    g_autoptr(VitrineGuest1) guest = NULL;
    const char *problem = NULL;

    make_guest(fixture, "desk", HOSTS);
    guest = find_guest(fixture, "desk");
    for (guint i = 0; i < 2; i++) {
        static const char *const words[] = {"no bridge “vitrine-lan”", "no network card in it"};
        g_autoptr(GError) error = NULL;
        g_autofree char *remote = NULL;

        wait_until((problem = vitrine_manager1_get_bridged_problem(fixture->manager)) &&
                   strstr(problem, words[i]));
        g_assert_false(vitrine_guest1_call_configure_sync(
            guest, g_variant_new_parsed("{'vcpus': <uint32 3>, 'network': <'bridged'>}"), AS_USUAL,
            NULL, &error));
        remote = g_dbus_error_get_remote_error(error);
        g_assert_cmpstr(remote, ==, "org.vitrine.Error.Unsupported");
        g_assert_nonnull(strstr(error->message, words[i]));
        make_bridge(fixture, i == 0 ? "vif1.0" : "enp0s2");
    }
    wait_until(*vitrine_manager1_get_bridged_problem(fixture->manager) == '\0');
    g_assert_cmpstr(vitrine_guest1_get_network(guest), ==, "nat");
    g_assert_cmpuint(vitrine_guest1_get_vcpus(guest), !=, 3);
    bridge_guest(guest);
}

/* It takes a restart to get there and back; where it is, it is kept to its own address, whatever
 * its file says by now. */
static void test_bridged(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *sentence = NULL, *mac = NULL, *rule = NULL;
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;

    make_bridge(fixture, "enp0s2");
    sentence = create(fixture, "debian-12-minimal", "desk", "succeeded");
    guest = find_guest(fixture, "desk");
    mac = mac_of(fixture, "desk");
    bridge_guest(guest);
    wait_until(vitrine_guest1_get_needs_restart(guest));
    g_assert_false(has_rule(fixture, "lan-%d", domid_of(fixture, "desk")));
    do_job(fixture, "desk", vitrine_guest1_call_reboot_sync);
    wait_until(!vitrine_guest1_get_needs_restart(guest));
    rule = g_strdup_printf("chain lan-%%d {\n\t\tether saddr != %s drop", mac);
    g_assert_true(has_rule(fixture, rule, domid_of(fixture, "desk")));
    g_assert_true(has_rule(fixture, "iifname \"vif%d.*\" jump lan-", domid_of(fixture, "desk")));

    vitrine_guest1_call_configure_sync(
        guest, g_variant_new_parsed("{'network': <'none'>, 'network-access': <'none'>}"), AS_USUAL,
        NULL, &error);
    g_assert_no_error(error);
    g_assert_true(has_rule(fixture, rule, domid_of(fixture, "desk")));
    g_assert_true(has_rule(fixture, "iifname \"vif%d.*\" goto from-", domid_of(fixture, "desk")));
    do_job(fixture, "desk", vitrine_guest1_call_reboot_sync);
    g_assert_false(has_rule(fixture, "chain lan-", 0));
}

/* A service that finds the guest running goes by what its domain was built with, too. */
static void test_bridged_restart(Fixture *fixture, gconstpointer pace)
{
    g_autofree char *told = file_of_nft(fixture, "rules");
    g_autofree char *mac = NULL, *rule = NULL, *job = NULL, *sentence = NULL;
    g_autoptr(VitrineGuest1) guest = NULL;
    g_autoptr(GError) error = NULL;
    int domid;

    stop_service(fixture);
    fixture->lasting = TRUE;
    make_bridge(fixture, "enp0s2");
    start_service(fixture, "5");
    vitrine_manager1_call_create_sync(fixture->manager, "debian-12-minimal", "pc",
                                      g_variant_new_parsed("{'kind': <'hvm'>, 'start': <false>}"),
                                      AS_USUAL, &job, NULL, &error);
    g_assert_no_error(error);
    sentence = end_of_job(fixture, job, "succeeded");
    guest = find_guest(fixture, "pc");
    bridge_guest(guest);
    do_job(fixture, "pc", vitrine_guest1_call_start_sync);
    domid = domid_of(fixture, "pc");
    mac = mac_of(fixture, "pc");
    rule = g_strdup_printf("chain lan-%%d {\n\t\tether saddr != %s drop", mac);
    g_assert_true(has_rule(fixture, rule, domid));
    vitrine_guest1_call_configure_sync(guest, g_variant_new_parsed("{'network': <'none'>}"),
                                       AS_USUAL, NULL, &error);
    g_assert_no_error(error);
    stop_service(fixture);
    g_remove(told);
    start_service(fixture, "5");
    wait_until(is_in_state(fixture, "pc", "running"));
    g_assert_cmpint(domid_of(fixture, "pc"), ==, domid);
    wait_until(has_rule(fixture, rule, domid));
}

/* Who can't be kept to an address of its own is not started there. */
static void test_no_address(Fixture *fixture, gconstpointer pace)
{
    static const char *const vifs[] = {
        "vif = [ 'bridge=vitrine-lan' ]\n",
        "vif = [ 'mac=00:16:3e:80:00:01,bridge=vitrine-lan,vifname=mine' ]\n",
    };

    for (guint i = 0; i < G_N_ELEMENTS(vifs); i++) {
        g_autofree char *name = g_strdup_printf("odd%u", i);
        g_autofree char *text = g_strdup_printf("name = '%s'\n%s", name, vifs[i]);
        g_autofree char *cfg = g_strdup_printf("%s/guests/%s.cfg", fixture->state, name);
        g_autofree char *job = NULL, *sentence = NULL;
        g_autoptr(VitrineGuest1) guest = NULL;
        g_autoptr(GError) error = NULL;

        scratch_write(cfg, text, -1);
        wait_until(has_guest(fixture, name));
        guest = find_guest(fixture, name);
        vitrine_guest1_call_start_sync(guest, AS_USUAL, &job, NULL, &error);
        g_assert_no_error(error);
        sentence = end_of_job(fixture, job, "failed");
        g_assert_nonnull(strstr(sentence, "kept to its own address"));
    }
}

static void add_test(const char *path, void (*test)(Fixture *fixture, gconstpointer pace))
{
    g_test_add(path, Fixture, NULL, set_up_nft, test, tear_down_nft);
}

int main(int argc, char **argv)
{
    init_test(&argc, &argv);
    add_test("/service-network/unlimited", test_unlimited);
    add_test("/service-network/start", test_start);
    add_test("/service-network/change", test_change);
    add_test("/service-network/failure", test_failure);
    add_test("/service-network/refused", test_refused);
    add_test("/service-network/odd", test_odd);
    add_test("/service-network/clone", test_clone);
    add_test("/service-network/restart", test_restart);
    add_test("/service-network/no-bridge", test_no_bridge);
    add_test("/service-network/bridged", test_bridged);
    add_test("/service-network/bridged-restart", test_bridged_restart);
    add_test("/service-network/no-address", test_no_address);
    return g_test_run();
}
