/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes the rules of nft(8) for guests: a table of the bridge family, with two chains for each
 * guest that is limited, one for what comes from it and one for what goes to it, and one for each
 * that is on the network outside. There is no memory of connections: each direction names the same
 * hosts. */
#include "firewall-rules.h"

/* Taken away and made again in one transaction; the first line makes sure that there is one. */
#define BEGIN                       \
    "table bridge vitrine\n"        \
    "delete table bridge vitrine\n" \
    "table bridge vitrine {\n"

/* What a guest needs to find its way, if it may go anywhere: addresses of the network's own hosts,
 * an address by DHCP. That is asked for by broadcast alone: sent to one host, it could carry
 * anything there. */
#define FROM_BASE                 \
    "\t\tether type arp accept\n" \
    "\t\tip daddr 255.255.255.255 udp sport 68 udp dport 67 accept\n"
#define TO_BASE                                                    \
    "\t\tether type arp accept\n"                                  \
    "\t\tether type ip udp sport 67 udp dport 68 accept\n"         \
    "\t\tether type ip icmp type destination-unreachable accept\n" \
    "\t\tether type ip icmp type time-exceeded accept\n"
/* Likewise with IPv6; on the guest's own link only, as what goes further could carry anything. */
#define FROM_IPV6                                                      \
    "\t\tip6 daddr ff02::/16 icmpv6 type nd-neighbor-solicit accept\n" \
    "\t\tip6 daddr ff02::/16 icmpv6 type nd-neighbor-advert accept\n"  \
    "\t\tip6 daddr ff02::/16 icmpv6 type nd-router-solicit accept\n"   \
    "\t\tip6 daddr fe80::/10 icmpv6 type nd-neighbor-solicit accept\n" \
    "\t\tip6 daddr fe80::/10 icmpv6 type nd-neighbor-advert accept\n"
#define TO_IPV6                                                   \
    "\t\tether type ip6 icmpv6 type nd-neighbor-solicit accept\n" \
    "\t\tether type ip6 icmpv6 type nd-neighbor-advert accept\n"  \
    "\t\tether type ip6 icmpv6 type nd-router-advert accept\n"    \
    "\t\tether type ip6 icmpv6 type packet-too-big accept\n"      \
    "\t\tether type ip6 icmpv6 type destination-unreachable accept\n"

typedef struct {
    const char *chain;   /* the guest's is called this, and its number */
    const char *address; /* "saddr" or "daddr": where the other host is */
    const char *port;    /* likewise */
    const char *base;
    const char *base_ipv6;
} Direction;

static const Direction from_guest = {"from", "daddr", "dport", FROM_BASE, FROM_IPV6};
static const Direction to_guest = {"to", "saddr", "sport", TO_BASE, TO_IPV6};

/* What frames of HOST have in common; all of a family is told by the family. */
static char *match_host(const Direction *direction, const NetworkHost *host)
{
    const char *family = host->ipv6 ? "ip6" : "ip";

    if (host->prefix == 0)
        return g_strdup_printf("ether type %s", family);
    return g_strdup_printf("%s %s %s/%u", family, direction->address, host->address, host->prefix);
}

static void append_host(GString *text, const Direction *direction, const NetworkHost *host)
{
    static const char *const protocols[] = {"tcp", "udp"};
    g_autofree char *match = match_host(direction, host);

    if (host->port == 0) {
        g_string_append_printf(text, "\t\t%s accept\n", match);
        return;
    }
    for (guint i = 0; i < G_N_ELEMENTS(protocols); i++)
        g_string_append_printf(text, "\t\t%s %s %s %u accept\n", match, protocols[i],
                               direction->port, host->port);
}

/* A host that can't be read is one that the guest does not reach. */
static void append_hosts(GString *text, const Direction *direction, const NetworkAccess *access)
{
    gboolean any_ipv6 = FALSE;

    g_string_append(text, direction->base);
    for (char **name = access->hosts; name && *name; name++) {
        NetworkHost host;

        if (!network_host_parse(*name, &host, NULL))
            continue;
        append_host(text, direction, &host);
        any_ipv6 |= host.ipv6;
    }
    if (any_ipv6)
        g_string_append(text, direction->base_ipv6);
}

static void append_chain(GString *text, const Direction *direction, const FirewallGuest *guest)
{
    g_string_append_printf(text, "\tchain %s-%d {\n", direction->chain, guest->domid);
    if (guest->access.kind == NETWORK_ACCESS_HOSTS)
        append_hosts(text, direction, &guest->access);
    g_string_append(text, "\t\tdrop\n\t}\n");
}

static gboolean is_on_lan(const FirewallGuest *guest)
{
    return guest->port.on_lan && guest->domid >= 0;
}

/* Under other addresses than its own a guest could take the place of other computers, or fill the
 * switches' tables. What bridges say to each other (IEEE 802.1Q, 8.6.3) is none of its business: a
 * switch may close the port of this computer for it. */
static void append_lan(GString *text, const FirewallGuest *guest)
{
    const char *mac = guest->port.mac;

    g_string_append_printf(text, "\tchain lan-%d {\n", guest->domid);
    if (*mac)
        g_string_append_printf(text,
                               "\t\tether saddr != %s drop\n"
                               "\t\tarp saddr ether != %s drop\n"
                               "\t\tether daddr & ff:ff:ff:ff:ff:f0 == 01:80:c2:00:00:00 drop\n",
                               mac, mac);
    else
        g_string_append(text, "\t\tdrop\n");
    g_string_append(text, "\t}\n");
}

static gboolean is_limited(const FirewallGuest *guest)
{
    return guest->access.kind != NETWORK_ACCESS_ALL && guest->domid >= 0;
}

/* Comes before the limits of what it may reach, which accept. */
static void append_lan_hook(GString *text, const FirewallGuest *guest)
{
    if (is_on_lan(guest))
        g_string_append_printf(text, "\t\tiifname \"vif%d.*\" jump lan-%d\n", guest->domid,
                               guest->domid);
}

/* The chain of a hook: which interface is whose. The asterisk stands for libxl's number of the
 * interface, and for the one that QEMU has beside it. */
static void append_hook(GString *text, const Direction *direction, const char *hook,
                        const char *interface, const GArray *guests)
{
    g_string_append_printf(text,
                           "\tchain %s-guests {\n"
                           "\t\ttype filter hook %s; policy accept;\n",
                           direction->chain, hook);
    for (guint i = 0; i < guests->len; i++) {
        const FirewallGuest *guest = &g_array_index(guests, FirewallGuest, i);

        if (direction == &from_guest)
            append_lan_hook(text, guest);
        if (is_limited(guest))
            g_string_append_printf(text, "\t\t%s \"vif%d.*\" goto %s-%d\n", interface, guest->domid,
                                   direction->chain, guest->domid);
    }
    g_string_append(text, "\t}\n");
}

char *firewall_rules_write(const GArray *guests)
{
    GString *text = g_string_new(BEGIN);

    for (guint i = 0; i < guests->len; i++) {
        const FirewallGuest *guest = &g_array_index(guests, FirewallGuest, i);

        if (is_on_lan(guest))
            append_lan(text, guest);
        if (!is_limited(guest))
            continue;
        append_chain(text, &from_guest, guest);
        append_chain(text, &to_guest, guest);
    }
    append_hook(text, &from_guest, "prerouting priority -300", "iifname", guests);
    append_hook(text, &to_guest, "postrouting priority 300", "oifname", guests);
    g_string_append(text, "}\n");
    return g_string_free(text, FALSE);
}
