/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest may reach in the network: everything, nothing, or the hosts of a list. */
#pragma once

#include <glib.h>

typedef enum {
    NETWORK_ACCESS_ALL,
    NETWORK_ACCESS_NONE,
    NETWORK_ACCESS_HOSTS,
} NetworkAccessKind;

/* Hosts are as network_host_parse() writes them. */
typedef struct {
    NetworkAccessKind kind;
    char **hosts; /* owned; NULL if there are none. They outlast another kind's choice. */
} NetworkAccess;

/* More would be a list that nobody reads. */
#define NETWORK_HOSTS_MAX 64
/* An address of either family, as text with its NUL. */
#define NETWORK_ADDRESS_MAX 46

/* One host or network, and what of it. */
typedef struct {
    gboolean ipv6;
    char address[NETWORK_ADDRESS_MAX]; /* without what the prefix leaves out */
    guint prefix;                      /* bits: 32 or 128 for a single host */
    guint port;                        /* of TCP and UDP; 0: all that it has */
} NetworkHost;

/* Reads "192.0.2.7", "192.0.2.0/24", "192.0.2.7:443", "2001:db8::1", "2001:db8::/32",
 * "[2001:db8::1]:443". A name is none of these: what it stands for can change, and whoever answers
 * for it would decide what the guest may reach. FALSE and a sentence if TEXT is none. */
gboolean network_host_parse(const char *text, NetworkHost *ret_host, GError **error);

/* HOST as text that network_host_parse() reads; the caller owns it. */
char *network_host_to_string(const NetworkHost *host);

const char *network_access_name(NetworkAccessKind kind);
gboolean network_access_parse(const char *name, NetworkAccessKind *ret_kind);

/* HOSTS, each written the same way; NULL and a sentence if one is none or there are too many. The
 * caller owns it. */
char **network_hosts_normalize(const char *const *hosts, GError **error);

void network_access_copy(const NetworkAccess *from, NetworkAccess *ret_copy);
void network_access_clear(NetworkAccess *access);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NetworkAccess, network_access_clear)
