/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads and writes what a guest may reach in the network. */
#include "network-access.h"

#include <arpa/inet.h>
#include <gio/gio.h>
#include <string.h>

#include "error.h"

/* The longest that makes sense: an address, a prefix, a port, and brackets. */
#define TEXT_MAX (NETWORK_ADDRESS_MAX + 12)
#define PORT_MAX 65535

static const char *const names[] = {
    [NETWORK_ACCESS_ALL] = "all",
    [NETWORK_ACCESS_NONE] = "none",
    [NETWORK_ACCESS_HOSTS] = "hosts",
};

/* Reads all of TEXT as a decimal number between MINIMUM and MAXIMUM. */
static gboolean read_number(const char *text, guint minimum, guint maximum, guint *ret_number)
{
    guint64 number;

    if (!g_ascii_string_to_unsigned(text, 10, minimum, maximum, &number, NULL))
        return FALSE;
    *ret_number = (guint)number;
    return TRUE;
}

/* Cuts the port off TEXT, and the brackets that an IPv6 address has then. */
static gboolean take_port(char **text, guint *ret_port)
{
    char *begin = *text;
    char *end = strrchr(begin, begin[0] == '[' ? ']' : ':');

    *ret_port = 0;
    if (begin[0] == '[') {
        if (!end || (end[1] != '\0' && end[1] != ':'))
            return FALSE;
        *end++ = '\0';
        *text = begin + 1;
    } else if (!end || strchr(begin, ':') != end) {
        return TRUE; /* none, or an IPv6 address without one */
    }
    if (*end == '\0')
        return TRUE;
    *end = '\0';
    return read_number(end + 1, 1, PORT_MAX, ret_port);
}

static gboolean take_prefix(char *text, guint maximum, guint *ret_prefix)
{
    char *slash = strchr(text, '/');

    *ret_prefix = maximum;
    if (!slash)
        return TRUE;
    *slash = '\0';
    return read_number(slash + 1, 0, maximum, ret_prefix);
}

/* Zeroes the bits beyond PREFIX. */
static void mask(guint8 *bytes, guint n_bytes, guint prefix)
{
    for (guint i = 0; i < n_bytes; i++) {
        guint kept = CLAMP((int)prefix - (int)i * 8, 0, 8);

        bytes[i] &= (guint8)(0xff00 >> kept);
    }
}

static gboolean read_host(char *text, NetworkHost *host)
{
    guint8 bytes[16];
    int family;

    if (!take_port(&text, &host->port))
        return FALSE;
    host->ipv6 = strchr(text, ':') != NULL;
    family = host->ipv6 ? AF_INET6 : AF_INET;
    if (!take_prefix(text, host->ipv6 ? 128 : 32, &host->prefix) ||
        inet_pton(family, text, bytes) != 1)
        return FALSE;
    mask(bytes, host->ipv6 ? 16 : 4, host->prefix);
    return inet_ntop(family, bytes, host->address, sizeof host->address) != NULL;
}

gboolean network_host_parse(const char *text, NetworkHost *ret_host, GError **error)
{
    gboolean fits = strlen(text) <= TEXT_MAX;
    g_autofree char *copy = fits ? g_strdup(text) : NULL;
    g_autofree char *begin = g_strndup(text, TEXT_MAX);
    g_autofree char *shown = g_utf8_make_valid(begin, -1);

    memset(ret_host, 0, sizeof *ret_host);
    if (copy && read_host(copy, ret_host))
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
                N_("“%s” is no host: write its address, as 192.0.2.7 or 2001:db8::1, or a network, "
                   "as 192.0.2.0/24; with a port, 192.0.2.7:443 or [2001:db8::1]:443. Names can't "
                   "be used."),
                shown);
    return FALSE;
}

char *network_host_to_string(const NetworkHost *host)
{
    g_autoptr(GString) text = g_string_new(host->address);

    if (host->prefix != (host->ipv6 ? 128u : 32u))
        g_string_append_printf(text, "/%u", host->prefix);
    if (host->port == 0)
        return g_string_free(g_steal_pointer(&text), FALSE);
    return host->ipv6 ? g_strdup_printf("[%s]:%u", text->str, host->port)
                      : g_strdup_printf("%s:%u", text->str, host->port);
}

const char *network_access_name(NetworkAccessKind kind)
{
    return names[kind];
}

gboolean network_access_parse(const char *name, NetworkAccessKind *ret_kind)
{
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(names[i], name) == 0) {
            *ret_kind = (NetworkAccessKind)i;
            return TRUE;
        }
    }
    return FALSE;
}

char **network_hosts_normalize(const char *const *hosts, GError **error)
{
    g_autoptr(GPtrArray) result = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; hosts[i]; i++) {
        NetworkHost host;

        if (i == NETWORK_HOSTS_MAX) {
            g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_INVALID_OPTION,
                        N_("A guest's list has at most %d hosts: name networks instead."),
                        NETWORK_HOSTS_MAX);
            return NULL;
        }
        if (!network_host_parse(hosts[i], &host, error))
            return NULL;
        g_ptr_array_add(result, network_host_to_string(&host));
    }
    g_ptr_array_add(result, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&result), FALSE);
}

void network_access_copy(const NetworkAccess *from, NetworkAccess *ret_copy)
{
    ret_copy->kind = from->kind;
    ret_copy->hosts = g_strdupv(from->hosts);
}

void network_access_clear(NetworkAccess *access)
{
    g_clear_pointer(&access->hosts, g_strfreev);
    access->kind = NETWORK_ACCESS_ALL;
}
