/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows a session as VNC: libvncserver, driven by GLib's main loop and never on its own. */
#include "vnc/server.h"

#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <glib-unix.h>

#include "vnc/client.h"

#define BITS_PER_SAMPLE   8
#define SAMPLES_PER_PIXEL 3
#define BYTES_PER_PIXEL   4

/* More viewers than anybody opens; each may hold buffers of the size of the picture. */
#define MAX_CLIENTS 8

/*
 * The library waits for the rest of a message, or for room to write, before it returns. A viewer
 * that stands still for so long is dropped; until then it holds up this guest's other viewers.
 */
#define MAX_CLIENT_WAIT_MS 20000

struct vnc_server {
    struct session_link *link;
    rfbScreenInfoPtr screen;
    GPtrArray *clients; /* of struct vnc_client */
    char *name;
};

/* --- the picture --- */

/* The library sets up its own order of colours whenever the framebuffer is set. */
static void set_format(rfbScreenInfoPtr screen)
{
    screen->serverFormat.depth = BITS_PER_SAMPLE * SAMPLES_PER_PIXEL;
    screen->serverFormat.redShift = 16;
    screen->serverFormat.greenShift = 8;
    screen->serverFormat.blueShift = 0;
}

/* The library never writes to it: there is no cursor that it would draw. */
static char *pixels_of(const struct surface *surface)
{
    return (char *)(uintptr_t)surface->pixels;
}

static void on_resized(void *data, const struct surface *surface)
{
    struct vnc_server *server = data;

    rfbNewFramebuffer(server->screen, pixels_of(surface), (int)surface->width, (int)surface->height,
                      BITS_PER_SAMPLE, SAMPLES_PER_PIXEL, BYTES_PER_PIXEL);
    set_format(server->screen);
    for (guint i = 0; i < server->clients->len; i++) {
        struct vnc_client *client = g_ptr_array_index(server->clients, i);

        /* Copies that the library scaled for a viewer keep their old size: no way to go on. */
        if (client->rfb->sock != RFB_INVALID_SOCKET && client->rfb->scaledScreen != server->screen)
            rfbCloseClient(client->rfb);
        else
            server->screen->setTranslateFunction(client->rfb);
    }
}

static void on_damaged(void *data, const struct rect *rect)
{
    struct vnc_server *server = data;

    rfbMarkRectAsModified(server->screen, rect->x, rect->y, rect->x + rect->width,
                          rect->y + rect->height);
}

/* The library closes the socket of a client that it gives up; the rest is ours to clear away. */
static void remove_closed(struct vnc_server *server)
{
    for (guint i = server->clients->len; i-- > 0;) {
        struct vnc_client *client = g_ptr_array_index(server->clients, i);

        if (client->rfb->sock == RFB_INVALID_SOCKET)
            rfbClientConnectionGone(client->rfb);
    }
}

static void on_frame(void *data)
{
    struct vnc_server *server = data;

    for (guint i = 0; i < server->clients->len; i++) {
        struct vnc_client *client = g_ptr_array_index(server->clients, i);

        rfbUpdateClient(client->rfb);
    }
    remove_closed(server);
}

static const struct session_front front = {
    .resized = on_resized,
    .damaged = on_damaged,
    .frame = on_frame,
};

/* --- clients --- */

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct vnc_client *client = data;
    struct vnc_server *server = client->server;

    rfbProcessClientMessage(client->rfb);
    if (client->rfb->sock != RFB_INVALID_SOCKET)
        rfbUpdateClient(client->rfb);
    remove_closed(server); /* frees the client, and removes this source, if it has gone */
    return G_SOURCE_CONTINUE;
}

static void on_gone(rfbClientPtr rfb)
{
    struct vnc_client *client = rfb->clientData;

    vnc_extkey_forget(rfb);
    g_source_remove(client->source);
    g_ptr_array_remove(client->server->clients, client);
    session_viewer_free(client->viewer);
    g_free(client);
}

static void add_client(struct vnc_server *server, rfbClientPtr rfb)
{
    struct vnc_client *client = g_new0(struct vnc_client, 1);

    client->server = server;
    client->rfb = rfb;
    rfb->clientData = client;
    rfb->clientGoneHook = on_gone;
    client->source = g_unix_fd_add(rfb->sock, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, client);
    g_ptr_array_add(server->clients, client);
    client->viewer = session_viewer_new(server->link);
}

void vnc_server_accept(void *data, int fd)
{
    struct vnc_server *server = data;
    rfbClientPtr rfb;

    if (server->clients->len >= MAX_CLIENTS) {
        g_message("A viewer was sent away: %u look on already.", server->clients->len);
        close(fd);
        return;
    }
    rfb = rfbNewClient(server->screen, fd);
    if (rfb)
        add_client(server, rfb);
}

/* --- the server --- */

/* Says what a viewer made it do, line by line: of use only to somebody who looks for a fault. */
G_GNUC_PRINTF(1, 2) static void log_debug(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_logv(G_LOG_DOMAIN, G_LOG_LEVEL_DEBUG, format, arguments);
    va_end(arguments);
}

struct vnc_server *vnc_server_new(struct session *session, const char *name)
{
    const struct surface *surface = session_surface(session);
    struct vnc_server *server = g_new0(struct vnc_server, 1);
    rfbScreenInfoPtr screen;

    rfbLog = log_debug;
    rfbErr = log_debug;
    screen = rfbGetScreen(NULL, NULL, (int)surface->width, (int)surface->height, BITS_PER_SAMPLE,
                          SAMPLES_PER_PIXEL, BYTES_PER_PIXEL);
    if (!screen)
        g_error("There is no memory for the VNC server.");
    set_format(screen);
    server->screen = screen;
    server->clients = g_ptr_array_new();
    server->name = g_strdup(name);
    screen->frameBuffer = pixels_of(surface);
    screen->desktopName = server->name;
    screen->cursor = NULL; /* the guest draws its own */
    screen->alwaysShared = TRUE;
    screen->deferUpdateTime = 0; /* the session paces frames */
    screen->deferPtrUpdateTime = 0;
    screen->maxClientWait = MAX_CLIENT_WAIT_MS;
    screen->kbdAddEvent = vnc_client_keysym;
    screen->ptrAddEvent = vnc_client_pointer;
    screen->displayFinishedHook = vnc_extkey_acknowledge;
    vnc_extkey_register();
    server->link = session_add_front(session, &front, server);
    return server;
}

void vnc_server_free(struct vnc_server *server)
{
    if (!server)
        return;
    while (server->clients->len > 0) {
        struct vnc_client *client = g_ptr_array_index(server->clients, 0);

        rfbCloseClient(client->rfb);
        rfbClientConnectionGone(client->rfb);
    }
    g_ptr_array_unref(server->clients);
    rfbScreenCleanup(server->screen);
    g_free(server->name);
    g_free(server);
}
