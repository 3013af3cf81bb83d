/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads xl.cfg's words for who may look at a guest's screen from where. */
#include "screen-places.h"

#include <gio/gio.h>
#include <string.h>

#include "config-edit.h"
#include "error.h"

#define LOOPBACK     "127.0.0.1"
#define VNC_BASE     5900
#define VNC_LAST     5999 /* where a free port is looked for, as QEMU does */
#define PORT_MAX     65535
#define PASSWORD_MAX 60

/* Where words are looked up: in the first `vfb` if there is one, else among the file's settings. */
typedef struct {
    const char *text;
    char *entry; /* "vnc=1,vnclisten=…", or NULL */
} Words;

/* The first string of a list, or NULL. VALUE was read by config_edit_find(): every string ends. */
static char *first_string(const char *value)
{
    const char *begin = value ? strpbrk(value, "\"'") : NULL;

    return begin ? g_strndup(begin + 1, (gsize)(strchr(begin + 1, *begin) - begin - 1)) : NULL;
}

static char *find_in_entry(const char *entry, const char *key)
{
    g_auto(GStrv) parts = g_strsplit(entry, ",", -1);

    for (char **part = parts; *part; part++) {
        char *value = strchr(g_strstrip(*part), '=');

        if (!value)
            continue;
        *value = '\0';
        if (strcmp(g_strchomp(*part), key) == 0)
            return g_strdup(g_strchug(value + 1));
    }
    return NULL;
}

/* The value of KEY, without quotes; NULL if it is not there, or nothing. */
static char *find_word(const Words *words, const char *key)
{
    g_autofree char *found =
        words->entry ? find_in_entry(words->entry, key) : config_edit_find(words->text, key);
    char *plain;

    if (!found)
        return NULL;
    if (words->entry || (*found != '"' && *found != '\''))
        plain = g_steal_pointer(&found);
    else
        plain = first_string(found);
    if (*plain == '\0')
        g_clear_pointer(&plain, g_free);
    return plain;
}

static gboolean find_flag(const Words *words, const char *key, gboolean fallback)
{
    g_autofree char *value = find_word(words, key);

    return value ? g_ascii_strtoull(value, NULL, 0) != 0 : fallback;
}

static gboolean fail(GError **error, const char *format, const char *detail)
{
    g_autofree char *sentence = g_strdup_printf(format, detail);

    g_set_error_literal(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG, sentence);
    return FALSE;
}

static gboolean find_number(const Words *words, const char *key, guint max, guint fallback,
                            guint *ret_number, GError **error)
{
    g_autofree char *value = find_word(words, key);
    guint64 number = fallback;

    if (value && !g_ascii_string_to_unsigned(value, 10, 0, max, &number, NULL)) {
        g_set_error(
            error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
            N_("The guest's “%s” must be a number up to %u, and is “%s”. Correct the guest's "
               "file."),
            key, max, value);
        return FALSE;
    }
    *ret_number = (guint)number;
    return TRUE;
}

/* One that can be told to the display server in a line, and typed into a viewer. */
static gboolean check_password(const char *key, const char *password, GError **error)
{
    if (!password)
        return TRUE;
    for (const char *p = password; *p; p++)
        if (g_ascii_iscntrl(*p) || *p == '\\')
            return fail(error,
                        N_("The guest's “%s” has a backslash or a control character in it. Choose "
                           "another one."),
                        key);
    return strlen(password) <= PASSWORD_MAX ||
           fail(error, N_("The guest's “%s” is longer than 60 bytes. Choose a shorter one."), key);
}

/* Whether the screen is served at ADDRESS; FALSE in *RET_SERVED without an error if it is just left
 * out, as nobody could tell who comes. */
static gboolean check_address(const char *address, const char *password, const char *password_key,
                              gboolean *ret_served, GError **error)
{
    g_autoptr(GInetAddress) place = g_inet_address_new_from_string(address);

    *ret_served = password != NULL;
    if (!place)
        return fail(
            error,
            N_("“%s”, where the guest's screen is to be served, is no address in numbers like "
               "127.0.0.1. Correct the guest's file."),
            address);
    if (password || g_inet_address_get_is_loopback(place))
        return TRUE;
    g_set_error(error, SERVICE_ERROR, SERVICE_ERROR_BAD_CONFIG,
                N_("The guest's screen is to be served at %s to whoever comes, without a password. "
                   "Write “%s” into its file, or take the address out."),
                address, password_key);
    return FALSE;
}

static char *write_place(const char *address, guint first, guint last)
{
    g_autofree char *ports =
        first == last ? g_strdup_printf("%u", first) : g_strdup_printf("%u-%u", first, last);

    return g_strdup_printf(strchr(address, ':') ? "[%s]:%s" : "%s:%s", address, ports);
}

/* ---- VNC ---- */

/* Splits “ADDRESS:DISPLAY” or “[ADDRESS]:DISPLAY”; the display may be missing, and is not told
 * then.
 */
static char *split_listen(const char *listen, const char **ret_display)
{
    const char *colon = strrchr(listen, ':');
    gsize length = strlen(listen);

    *ret_display = NULL;
    if (colon && (strchr(listen, ':') == colon || (*listen == '[' && colon[-1] == ']'))) {
        *ret_display = colon + 1;
        length = (gsize)(colon - listen);
    }
    if (*listen == '[' && length > 1 && listen[length - 1] == ']')
        return g_strndup(listen + 1, length - 2);
    return g_strndup(listen, length);
}

static gboolean read_display(const Words *words, const char *display, guint *ret_number,
                             GError **error)
{
    guint64 number;

    if (!display)
        return find_number(words, "vncdisplay", PORT_MAX - VNC_BASE, 0, ret_number, error);
    if (!g_ascii_string_to_unsigned(display, 10, 0, PORT_MAX - VNC_BASE, &number, NULL))
        return fail(error,
                    N_("“%s” in the guest's “vnclisten” is no number of a display. Correct the "
                       "guest's file."),
                    display);
    *ret_number = (guint)number;
    return TRUE;
}

static gboolean read_vnc_place(const Words *words, ScreenPlaces *places, GError **error)
{
    g_autofree char *listen = find_word(words, "vnclisten");
    const char *display = NULL;
    g_autofree char *address = split_listen(listen ? listen : LOOPBACK, &display);
    gboolean served;
    guint number;

    /* There is a unix socket already. */
    if (listen && g_str_has_prefix(listen, "unix:"))
        return TRUE;
    if (!read_display(words, display, &number, error) ||
        !check_password("vncpasswd", places->vnc_password, error) ||
        !check_address(address, places->vnc_password, "vncpasswd", &served, error))
        return FALSE;
    if (served)
        places->vnc =
            write_place(address, VNC_BASE + number,
                        find_flag(words, "vncunused", TRUE) ? MAX(VNC_LAST, VNC_BASE + number)
                                                            : VNC_BASE + number);
    return TRUE;
}

static gboolean read_vnc(const char *text, ScreenPlaces *places, GError **error)
{
    g_autofree char *vfb = config_edit_find(text, "vfb");
    Words words = {text, first_string(vfb)};
    gboolean done = TRUE;

    if (find_flag(&words, "vnc", words.entry != NULL)) {
        places->vnc_password = find_word(&words, "vncpasswd");
        done = read_vnc_place(&words, places, error);
    }
    g_free(words.entry);
    return done;
}

/* ---- SPICE ---- */

static gboolean read_spice_places(const Words *words, ScreenPlaces *places, GError **error)
{
    g_autofree char *host = find_word(words, "spicehost");
    const char *address = host ? host : LOOPBACK;
    guint port, tls_port;
    gboolean served;

    if (!find_number(words, "spiceport", PORT_MAX, 0, &port, error) ||
        !find_number(words, "spicetls_port", PORT_MAX, 0, &tls_port, error) ||
        !check_password("spicepasswd", places->spice_password, error) ||
        !check_address(address, places->spice_password, "spicepasswd", &served, error))
        return FALSE;
    if (port == 0 && tls_port == 0)
        return fail(error,
                    N_("The guest's file asks for %s, but names no port. Add “spiceport” or "
                       "“spicetls_port”."),
                    "SPICE");
    if (port == tls_port)
        return fail(error, N_("The guest's “spiceport” and “%s” are one port. Change one of them."),
                    "spicetls_port");
    if (served && port != 0)
        places->spice = write_place(address, port, port);
    if (served && tls_port != 0)
        places->spice_tls = write_place(address, tls_port, tls_port);
    return TRUE;
}

static gboolean read_spice(const char *text, ScreenPlaces *places, GError **error)
{
    const Words words = {text, NULL};

    if (!find_flag(&words, "spice", FALSE))
        return TRUE;
    places->spice_password = find_word(&words, "spicepasswd");
    return read_spice_places(&words, places, error);
}

/* ---- All of it ---- */

gboolean screen_places_read(const char *text, ScreenPlaces *ret_places, GError **error)
{
    memset(ret_places, 0, sizeof *ret_places);
    if (read_vnc(text, ret_places, error) && read_spice(text, ret_places, error))
        return TRUE;
    screen_places_clear(ret_places);
    return FALSE;
}

gboolean screen_places_check_tls(const ScreenPlaces *places, const char *directory, GError **error)
{
    static const char *const files[] = {"ca-cert.pem", "server-cert.pem", "server-key.pem"};

    for (guint i = 0; places->spice_tls && i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(directory, files[i], NULL);

        if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
            return fail(
                error,
                N_("SPICE with TLS needs a certificate, and %s is missing. Put it there, or "
                   "take “spicetls_port” out of the guest's file."),
                path);
    }
    return TRUE;
}

gboolean screen_places_read_pc(const char *text, gboolean *ret_by_spice, GError **error)
{
    const Words words = {text, NULL};
    g_autofree char *host = find_word(&words, "spicehost");
    g_autoptr(GInetAddress) address = NULL;

    *ret_by_spice = find_flag(&words, "spice", FALSE);
    if (!*ret_by_spice || !host)
        return TRUE;
    address = g_inet_address_new_from_string(host);
    return (address && g_inet_address_get_is_loopback(address)) ||
           fail(error,
                N_("An HVM guest's screen is served on this computer only, and this one's file "
                   "wants "
                   "it by SPICE at “%s”. Take “spicehost” out of the file."),
                host);
}

gboolean screen_places_has_screen(const char *text)
{
    g_autofree char *vfb = config_edit_find(text, "vfb");
    g_autofree char *entry = first_string(vfb);
    const Words words = {text, NULL};

    return entry || find_flag(&words, "vnc", FALSE);
}

static void clear_password(char **password)
{
    if (*password)
        explicit_bzero(*password, strlen(*password));
    g_clear_pointer(password, g_free);
}

void screen_places_clear(ScreenPlaces *places)
{
    clear_password(&places->vnc_password);
    clear_password(&places->spice_password);
    g_clear_pointer(&places->vnc, g_free);
    g_clear_pointer(&places->spice, g_free);
    g_clear_pointer(&places->spice_tls, g_free);
}
