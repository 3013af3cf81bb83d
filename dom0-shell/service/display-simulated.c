/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stand-in for the display server: the same command line and manners, but no guest behind it. It
 * shows a picture of its own over VNC, follows the pointer and writes what is typed. It speaks
 * nothing else. */
#include <cairo.h>
#include <glib-unix.h>
#include <glib.h>
#include <rfb/keysym.h>
#include <rfb/rfb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define BYTES_PER_PIXEL 4
#define LINE_HEIGHT     32
#define FONT_SIZE       22
#define MARGIN          24

static struct {
    char *name;
    char *socket_path;
    char *spice_path, *local_path; /* nothing listens there */
    char *vnc_place, *spice_place, *tls_place, *tls_directory;
    int passwords;
    int uid;
    int domid;
    int width;
    int height;
    rfbScreenInfoPtr screen;
    cairo_t *cairo; /* draws into the framebuffer */
    GString *typed;
} display = {.passwords = -1, .width = 800, .height = 600};

static void changed(int x, int y, int width, int height)
{
    cairo_surface_flush(cairo_get_target(display.cairo));
    rfbMarkRectAsModified(display.screen, x, y, x + width, y + height);
}

static void fill(double red, double green, double blue, int x, int y, int width, int height)
{
    cairo_set_source_rgb(display.cairo, red, green, blue);
    cairo_rectangle(display.cairo, x, y, width, height);
    cairo_fill(display.cairo);
}

static void put_line(int row, const char *text)
{
    int y = MARGIN + row * LINE_HEIGHT;

    fill(0.13, 0.19, 0.25, 0, y, display.width, LINE_HEIGHT);
    cairo_set_source_rgb(display.cairo, 0.95, 0.95, 0.95);
    cairo_move_to(display.cairo, MARGIN, y + FONT_SIZE);
    cairo_show_text(display.cairo, text);
    changed(0, y, display.width, LINE_HEIGHT);
}

static void show_typed(void)
{
    g_autofree char *line = g_strdup_printf("Typed: %s_", display.typed->str);

    put_line(2, line);
}

static void on_key(rfbBool down, rfbKeySym key, rfbClientPtr client)
{
    if (!down)
        return;
    if (key == XK_BackSpace && display.typed->len > 0)
        g_string_truncate(display.typed, display.typed->len - 1);
    else if (key == XK_Return || display.typed->len > 60)
        g_string_truncate(display.typed, 0);
    else if (key >= 0x20 && key < 0x7f)
        g_string_append_c(display.typed, (char)key);
    show_typed();
}

static void on_pointer(int buttons, int x, int y, rfbClientPtr client)
{
    g_autofree char *line = g_strdup_printf("Pointer: %d, %d, buttons %d", x, y, buttons);

    put_line(3, line);
    if (buttons & 1) {
        fill(1.0, 0.75, 0.13, x - 3, y - 3, 7, 7);
        changed(x - 3, y - 3, 7, 7);
    }
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || strlen(path) >= sizeof address.sun_path)
        return -1;
    strcpy(address.sun_path, path);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 4) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Cairo's pixels are 0xXXRRGGBB words; the client is told so. */
static void make_cairo(void)
{
    cairo_surface_t *surface = cairo_image_surface_create_for_data(
        (unsigned char *)display.screen->frameBuffer, CAIRO_FORMAT_RGB24, display.width,
        display.height, display.width * BYTES_PER_PIXEL);

    display.screen->serverFormat.redShift = 16;
    display.screen->serverFormat.greenShift = 8;
    display.screen->serverFormat.blueShift = 0;
    display.cairo = cairo_create(surface);
    cairo_set_font_size(display.cairo, FONT_SIZE);
    cairo_surface_destroy(surface);
}

static void make_screen(int *argc, char **argv)
{
    g_autofree char *title =
        g_strdup_printf("%s (domain %d, simulated)", display.name, display.domid);

    display.screen = rfbGetScreen(argc, argv, display.width, display.height, 8, 3, BYTES_PER_PIXEL);
    display.screen->desktopName = g_strdup(title);
    display.screen->frameBuffer =
        g_malloc0((gsize)display.width * (gsize)display.height * BYTES_PER_PIXEL);
    display.screen->alwaysShared = TRUE;
    display.screen->autoPort = FALSE;
    display.screen->port = 0;
    display.screen->ipv6port = 0;
    display.screen->kbdAddEvent = on_key;
    display.screen->ptrAddEvent = on_pointer;
    rfbInitServer(display.screen);
    make_cairo();
    fill(0.13, 0.19, 0.25, 0, 0, display.width, display.height);
    put_line(0, title);
    show_typed();
}

static gboolean on_connection(int fd, GIOCondition condition, gpointer data)
{
    int client = accept(fd, NULL, NULL);

    if (client >= 0)
        rfbNewClient(display.screen, client);
    return G_SOURCE_CONTINUE;
}

static gboolean on_tick(gpointer data)
{
    rfbProcessEvents(display.screen, 0);
    return G_SOURCE_CONTINUE;
}

/* The first of the ports that it could have been. */
static void tell_place(const char *scheme, const char *place)
{
    if (place)
        printf("at %s://%.*s\n", scheme, (int)strcspn(place, "-"), place);
}

/* The real one does not start without them either. */
static gboolean has_passwords(void)
{
    char text[256];

    return !(display.vnc_place || display.spice_place || display.tls_place) ||
           (display.passwords >= 0 && read(display.passwords, text, sizeof text) > 0);
}

int main(int argc, char **argv)
{
    g_autofree char *unused_monitors = NULL, *unused_keep = NULL;
    int unused_contacts = 0;
    gboolean unused_restored = FALSE;
    const GOptionEntry entries[] = {
        {"domid", 0, 0, G_OPTION_ARG_INT, &display.domid, "The guest's domain", "N"},
        {"name", 0, 0, G_OPTION_ARG_STRING, &display.name, "The guest's name", "NAME"},
        {"vnc-socket", 0, 0, G_OPTION_ARG_FILENAME, &display.socket_path, "Where to listen",
         "FILE"},
        {"spice-socket", 0, 0, G_OPTION_ARG_FILENAME, &display.spice_path, "Not served", "FILE"},
        {"local-socket", 0, 0, G_OPTION_ARG_FILENAME, &display.local_path, "Not served", "FILE"},
        {"vnc-listen", 0, 0, G_OPTION_ARG_STRING, &display.vnc_place, "Told, not served", "PLACE"},
        {"spice-listen", 0, 0, G_OPTION_ARG_STRING, &display.spice_place, "Likewise", "PLACE"},
        {"spice-tls-listen", 0, 0, G_OPTION_ARG_STRING, &display.tls_place, "Likewise", "PLACE"},
        {"tls-directory", 0, 0, G_OPTION_ARG_STRING, &display.tls_directory, "Not read", "PATH"},
        {"passwords", 0, 0, G_OPTION_ARG_INT, &display.passwords, "To be read", "FD"},
        {"uid", 0, 0, G_OPTION_ARG_INT, &display.uid, "Not become", "N"},
        {"monitors", 0, 0, G_OPTION_ARG_STRING, &unused_monitors, "Not shown", "WxH,..."},
        {"contacts", 0, 0, G_OPTION_ARG_INT, &unused_contacts, "Not felt", "N"},
        {"restored", 0, 0, G_OPTION_ARG_NONE, &unused_restored, "Likewise", NULL},
        {"keep", 0, 0, G_OPTION_ARG_FILENAME, &unused_keep, "Not kept", "FILE"},
        {"width", 0, 0, G_OPTION_ARG_INT, &display.width, "Pixels", "W"},
        {"height", 0, 0, G_OPTION_ARG_INT, &display.height, "Pixels", "H"},
        {NULL},
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;
    int fd;

    g_option_context_add_main_entries(context, entries, NULL);
    if (!g_option_context_parse(context, &argc, &argv, &error) || !display.name ||
        !display.socket_path) {
        g_printerr("%s\n", error ? error->message : "--name and --vnc-socket are needed");
        return 2;
    }
    if (!has_passwords()) {
        g_printerr("no passwords\n");
        return 1;
    }
    rfbLogEnable(FALSE);
    display.typed = g_string_new(NULL);
    fd = listen_at(display.socket_path);
    if (fd < 0) {
        perror(display.socket_path);
        return 1;
    }
    make_screen(&argc, argv);
    g_unix_fd_add(fd, G_IO_IN, on_connection, NULL);
    g_timeout_add(20, on_tick, NULL);
    puts("ready");
    tell_place("vnc", display.vnc_place);
    tell_place("spice", display.spice_place);
    tell_place("spice+tls", display.tls_place);
    fflush(stdout);
    g_main_loop_run(g_main_loop_new(NULL, FALSE));
    return 0;
}
