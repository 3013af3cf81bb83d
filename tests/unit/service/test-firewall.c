/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest may reach, as it is read; the rules made of it. */
#include <glib.h>
#include <string.h>

#include "error.h"
#include "firewall-rules.h"

static const struct {
    const char *text;
    const char *normal; /* NULL: it is none */
} hosts[] = {
    {"192.0.2.7", "192.0.2.7"},
    {"192.0.2.7/32", "192.0.2.7"},
    {"192.0.2.7/24", "192.0.2.0/24"},
    {"192.0.2.7/25:443", "192.0.2.0/25:443"},
    {"192.0.2.255/31", "192.0.2.254/31"},
    {"192.0.2.7:65535", "192.0.2.7:65535"},
    {"0.0.0.0/0:443", "0.0.0.0/0:443"},
    {"2001:DB8:0::1", "2001:db8::1"},
    {"2001:db8:ffff::1/33", "2001:db8:8000::/33"},
    {"[2001:db8::1]", "2001:db8::1"},
    {"[2001:db8::1]:22", "[2001:db8::1]:22"},
    {"[2001:db8::/32]:22", "[2001:db8::/32]:22"},
    {"::/0", "::/0"},
    {"[192.0.2.7]:1", "192.0.2.7:1"},
    {"", NULL},
    {"example.org", NULL},
    {"example.org:443", NULL},
    {"192.0.2", NULL},
    {"192.0.2.256", NULL},
    {"192.0.2.7/33", NULL},
    {"192.0.2.7/-1", NULL},
    {"192.0.2.7/+1", NULL},
    {"192.0.2.7/", NULL},
    {"192.0.2.7:", NULL},
    {"192.0.2.7:0", NULL},
    {"192.0.2.7:65536", NULL},
    {"192.0.2.7:443 ", NULL},
    {" 192.0.2.7", NULL},
    {"192.0.2.7:443/24", NULL},
    {"192.0.2.7/8/8", NULL},
    {"2001:db8::1/129", NULL},
    {"2001:db8::1%eth0", NULL},
    {"[2001:db8::1", NULL},
    {"[2001:db8::1]443", NULL},
    {"[2001:db8::1]:", NULL},
    {"2001:db8::1]:443", NULL},
    {"[]", NULL},
    {"[", NULL},
    {"]", NULL},
    {":", NULL},
    {"/", NULL},
    {"192.0.2.7 accept\n\t\tether type arp", NULL},
    {"192.0.2.7\naccept", NULL},
    {"\"", NULL},
};

static void test_hosts(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(hosts); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *normal = NULL;
        NetworkHost host;
        gboolean is_host = network_host_parse(hosts[i].text, &host, &error);

        g_test_message("“%s”", hosts[i].text);
        if (is_host)
            normal = network_host_to_string(&host);
        g_assert_cmpstr(normal, ==, hosts[i].normal);
        g_assert_true(is_host ||
                      g_error_matches(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION));
        if (normal) {
            g_autofree char *again = NULL;

            g_assert_true(network_host_parse(normal, &host, NULL));
            again = network_host_to_string(&host);
            g_assert_cmpstr(again, ==, normal);
        }
    }
}

/* A sentence goes over the bus, which takes no half characters. */
static void test_long(void)
{
    g_autofree char *text = g_strnfill(10000, '1');
    g_autoptr(GString) odd = g_string_new("x");
    g_autoptr(GError) error = NULL;
    g_autoptr(GError) second = NULL;
    NetworkHost host;

    g_assert_false(network_host_parse(text, &host, &error));
    g_assert_cmpuint(strlen(error->message), <, 400);
    for (guint i = 0; i < 100; i++)
        g_string_append(odd, "ä");
    g_assert_false(network_host_parse(odd->str, &host, &second));
    g_assert_true(g_utf8_validate(second->message, -1, NULL));
}

static void test_list(void)
{
    static const char *const two[] = {"192.0.2.7/24", "::1", NULL};
    static const char *const bad[] = {"192.0.2.7", "name", NULL};
    const char *many[NETWORK_HOSTS_MAX + 2] = {NULL};
    g_auto(GStrv) normal = network_hosts_normalize(two, NULL);
    g_auto(GStrv) most = NULL;
    g_autoptr(GError) error = NULL;

    g_assert_cmpstr(normal[0], ==, "192.0.2.0/24");
    g_assert_cmpstr(normal[1], ==, "::1");
    g_assert_null(normal[2]);
    g_assert_null(network_hosts_normalize(bad, NULL));
    for (guint i = 0; i < NETWORK_HOSTS_MAX; i++)
        many[i] = "::1";
    most = network_hosts_normalize(many, NULL);
    g_assert_nonnull(most);
    many[NETWORK_HOSTS_MAX] = "::1";
    g_assert_null(network_hosts_normalize(many, &error));
    g_assert_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION);
}

static char *rules_of(const FirewallGuest *guests, guint count)
{
    g_autoptr(GArray) array = g_array_new(FALSE, FALSE, sizeof *guests);

    g_array_append_vals(array, guests, count);
    return firewall_rules_write(array);
}

/* The lines of the chain NAME, each without what indents it; "" if there is no such chain. */
static char *chain(const char *rules, const char *name)
{
    g_autofree char *head = g_strdup_printf("\tchain %s {\n", name);
    const char *begin = strstr(rules, head);
    const char *end = begin ? strstr(begin, "\t}\n") : NULL;
    g_autofree char *body = NULL;
    g_auto(GStrv) lines = NULL;

    if (!end)
        return g_strdup("");
    body = g_strndup(begin + strlen(head), (gsize)(end - begin) - strlen(head));
    lines = g_strsplit(body, "\t\t", -1);
    return g_strjoinv("", lines);
}

static void assert_chain(const char *rules, const char *name, const char *wanted)
{
    g_autofree char *lines = chain(rules, name);

    g_assert_cmpstr(lines, ==, wanted);
}

static void test_nobody(void)
{
    const FirewallGuest guests[] = {
        {.domid = 7},
        {.domid = -1, .port = {TRUE, "00:16:3e:01:02:03"}, .access = {NETWORK_ACCESS_NONE, NULL}}};
    g_autofree char *none = rules_of(guests, 0);
    g_autofree char *unlimited = rules_of(guests, G_N_ELEMENTS(guests));

    g_assert_cmpstr(none, ==, unlimited);
    g_assert_null(strstr(none, "drop"));
    g_assert_true(g_str_has_prefix(none, "table bridge vitrine\ndelete table bridge vitrine\n"));
}

static void test_none(void)
{
    char *list[] = {(char *)"192.0.2.7", NULL};
    const FirewallGuest guests[] = {{.domid = 7, .access = {NETWORK_ACCESS_NONE, list}}};
    g_autofree char *rules = rules_of(guests, 1);

    assert_chain(rules, "from-7", "drop\n");
    assert_chain(rules, "to-7", "drop\n");
    assert_chain(rules, "from-guests",
                 "type filter hook prerouting priority -300; policy accept;\n"
                 "iifname \"vif7.*\" goto from-7\n");
    assert_chain(rules, "to-guests",
                 "type filter hook postrouting priority 300; policy accept;\n"
                 "oifname \"vif7.*\" goto to-7\n");
}

#define FROM                  \
    "ether type arp accept\n" \
    "ip daddr 255.255.255.255 udp sport 68 udp dport 67 accept\n"
#define TO                                                     \
    "ether type arp accept\n"                                  \
    "ether type ip udp sport 67 udp dport 68 accept\n"         \
    "ether type ip icmp type destination-unreachable accept\n" \
    "ether type ip icmp type time-exceeded accept\n"

static void test_limited(void)
{
    char *list[] = {(char *)"192.0.2.0/24", (char *)"192.0.2.7:443", (char *)"0.0.0.0/0:53",
                    (char *)"evil\naccept", NULL};
    const FirewallGuest guests[] = {
        {.domid = 7, .access = {NETWORK_ACCESS_HOSTS, list}},
        {.domid = 70, .access = {NETWORK_ACCESS_HOSTS, NULL}},
    };
    g_autofree char *rules = rules_of(guests, G_N_ELEMENTS(guests));

    assert_chain(rules, "from-7",
                 FROM "ip daddr 192.0.2.0/24 accept\n"
                      "ip daddr 192.0.2.7/32 tcp dport 443 accept\n"
                      "ip daddr 192.0.2.7/32 udp dport 443 accept\n"
                      "ether type ip tcp dport 53 accept\n"
                      "ether type ip udp dport 53 accept\n"
                      "drop\n");
    assert_chain(rules, "to-7",
                 TO "ip saddr 192.0.2.0/24 accept\n"
                    "ip saddr 192.0.2.7/32 tcp sport 443 accept\n"
                    "ip saddr 192.0.2.7/32 udp sport 443 accept\n"
                    "ether type ip tcp sport 53 accept\n"
                    "ether type ip udp sport 53 accept\n"
                    "drop\n");
    assert_chain(rules, "from-70", FROM "drop\n");
    assert_chain(rules, "to-70", TO "drop\n");
    g_assert_null(strstr(rules, "evil"));
}

/* Its own link has to be asked for neighbours; but for that, only who uses IPv6 needs it. */
static void test_ipv6(void)
{
    char *list[] = {(char *)"[2001:db8::/32]:443", NULL};
    const FirewallGuest guests[] = {{.domid = 7, .access = {NETWORK_ACCESS_HOSTS, list}}};
    g_autofree char *rules = rules_of(guests, 1);
    g_autofree char *from = chain(rules, "from-7");
    g_autofree char *to = chain(rules, "to-7");

    g_assert_nonnull(strstr(from, "ip6 daddr 2001:db8::/32 tcp dport 443 accept\n"));
    g_assert_nonnull(strstr(from, "ip6 daddr ff02::/16 icmpv6 type nd-neighbor-solicit accept\n"));
    g_assert_nonnull(strstr(to, "ip6 saddr 2001:db8::/32 udp sport 443 accept\n"));
    g_assert_nonnull(strstr(to, "ether type ip6 icmpv6 type nd-router-advert accept\n"));
    g_assert_true(g_str_has_suffix(from, "drop\n") && g_str_has_suffix(to, "drop\n"));
}

#define LAN                                       \
    "ether saddr != 00:16:3e:01:02:03 drop\n"     \
    "arp saddr ether != 00:16:3e:01:02:03 drop\n" \
    "ether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop\n"

/* Whose address it is is looked at before what it may reach, which ends with a verdict. */
static void test_lan(void)
{
    const FirewallGuest guests[] = {
        {.domid = 7, .port = {TRUE, "00:16:3e:01:02:03"}},
        {.domid = 8, .port = {TRUE, ""}, .access = {NETWORK_ACCESS_HOSTS, NULL}},
        {.domid = 9, .port = {FALSE, "00:16:3e:01:02:04"}},
    };
    g_autofree char *rules = rules_of(guests, G_N_ELEMENTS(guests));

    assert_chain(rules, "lan-7", LAN);
    assert_chain(rules, "lan-8", "drop\n");
    assert_chain(rules, "lan-9", "");
    assert_chain(rules, "from-7", "");
    assert_chain(rules, "from-guests",
                 "type filter hook prerouting priority -300; policy accept;\n"
                 "iifname \"vif7.*\" jump lan-7\n"
                 "iifname \"vif8.*\" jump lan-8\n"
                 "iifname \"vif8.*\" goto from-8\n");
    assert_chain(rules, "to-guests",
                 "type filter hook postrouting priority 300; policy accept;\n"
                 "oifname \"vif8.*\" goto to-8\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/firewall/hosts", test_hosts);
    g_test_add_func("/firewall/long", test_long);
    g_test_add_func("/firewall/list", test_list);
    g_test_add_func("/firewall/nobody", test_nobody);
    g_test_add_func("/firewall/none", test_none);
    g_test_add_func("/firewall/limited", test_limited);
    g_test_add_func("/firewall/ipv6", test_ipv6);
    g_test_add_func("/firewall/lan", test_lan);
    return g_test_run();
}
