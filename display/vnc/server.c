/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shows a session as VNC: libvncserver, driven by GLib's main loop and never on its own. */
#include "vnc/server.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

#include "vnc/client.h"

#define BITS_PER_SAMPLE   8
#define SAMPLES_PER_PIXEL 3
#define BYTES_PER_PIXEL   4

/* More viewers than anybody opens; each may hold buffers of the size of the picture. */
#define MAX_CLIENTS 8
/* Who comes through the network can't take all places. */
#define MAX_STRANGERS 4

/* So long a stranger has for the password. */
#define LOGIN_TIMEOUT_S 30

/*
 * The library waits for the rest of a message, or for room to write, before it returns. A viewer
 * that stands still for so long is dropped; until then it holds up this guest's other viewers, for
 * whose sake it has less time than one that is alone. (The library counts in steps of 5 s.)
 */
#define MAX_WAIT_ALONE_MS  20000
#define MAX_WAIT_BESIDE_MS 5000

struct vnc_server {
    struct session_link *link;
    rfbScreenInfoPtr screen;
    GPtrArray *clients; /* of struct vnc_client */
    char *name;
    char *passwords[2]; /* the one of strangers, and a NULL */
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

/*
 * What a client says before it is let in, in bytes. A stranger is not listened to before all of it
 * is there, since the library would wait for the rest, and nobody else be served meanwhile.
 */
static int expected_bytes(const rfbClientRec *rfb)
{
    switch (rfb->state) {
    case RFB_PROTOCOL_VERSION:
        return sz_rfbProtocolVersionMsg;
    case RFB_AUTHENTICATION:
        return CHALLENGESIZE;
    default:
        return 1;
    }
}

static void await_whole_message(const rfbClientRec *rfb)
{
    int bytes = expected_bytes(rfb);

    setsockopt(rfb->sock, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes));
}

/* The client looks on from here on. */
static void let_in(struct vnc_client *client)
{
    g_clear_handle_id(&client->timer, g_source_remove);
    client->viewer = session_viewer_new(client->server->link);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer data)
{
    struct vnc_client *client = data;
    struct vnc_server *server = client->server;
    rfbClientPtr rfb = client->rfb;

    rfbProcessClientMessage(rfb);
    if (rfb->sock != RFB_INVALID_SOCKET) {
        if (client->is_stranger)
            await_whole_message(rfb);
        if (!client->viewer && rfb->state == RFB_NORMAL)
            let_in(client);
        rfbUpdateClient(rfb);
    }
    remove_closed(server); /* frees the client, and removes this source, if it has gone */
    return G_SOURCE_CONTINUE;
}

static void set_max_wait(struct vnc_server *server)
{
    server->screen->maxClientWait =
        server->clients->len > 1 ? MAX_WAIT_BESIDE_MS : MAX_WAIT_ALONE_MS;
}

static gboolean on_late(gpointer data)
{
    struct vnc_client *client = data;
    struct vnc_server *server = client->server;

    client->timer = 0;
    rfbCloseClient(client->rfb);
    remove_closed(server);
    return G_SOURCE_REMOVE;
}

static void on_gone(rfbClientPtr rfb)
{
    struct vnc_client *client = rfb->clientData;

    vnc_extkey_forget(rfb);
    g_clear_handle_id(&client->timer, g_source_remove);
    g_source_remove(client->source);
    g_ptr_array_remove(client->server->clients, client);
    set_max_wait(client->server);
    if (client->viewer)
        session_viewer_free(client->viewer);
    g_free(client);
}

static struct vnc_client *add_client(struct vnc_server *server, rfbClientPtr rfb)
{
    struct vnc_client *client = g_new0(struct vnc_client, 1);

    client->server = server;
    client->rfb = rfb;
    rfb->clientData = client;
    rfb->clientGoneHook = on_gone;
    client->source = g_unix_fd_add(rfb->sock, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, client);
    g_ptr_array_add(server->clients, client);
    set_max_wait(server);
    return client;
}

static guint count_strangers(const struct vnc_server *server)
{
    guint count = 0;

    for (guint i = 0; i < server->clients->len; i++) {
        const struct vnc_client *client = g_ptr_array_index(server->clients, i);

        count += client->is_stranger;
    }
    return count;
}

/* Takes @fd over, and closes it if there are @max clients of that kind already. */
static struct vnc_client *accept_one(struct vnc_server *server, int fd, guint count, guint max)
{
    rfbClientPtr rfb;

    if (count >= max) {
        g_debug("A viewer was sent away: %u look on already.", count);
        close(fd);
        return NULL;
    }
    rfb = rfbNewClient(server->screen, fd);
    return rfb ? add_client(server, rfb) : NULL;
}

void vnc_server_accept(void *data, int fd)
{
    struct vnc_server *server = data;
    guint friends = server->clients->len - count_strangers(server);
    struct vnc_client *client = accept_one(server, fd, friends, MAX_CLIENTS);

    /* The library asks those for no password that it has called up itself. */
    if (client)
        client->rfb->reverseConnection = TRUE;
}

void vnc_server_accept_stranger(void *data, int fd)
{
    struct vnc_server *server = data;
    struct vnc_client *client = accept_one(server, fd, count_strangers(server), MAX_STRANGERS);

    if (!client)
        return;
    client->is_stranger = true;
    client->timer = g_timeout_add_seconds(LOGIN_TIMEOUT_S, on_late, client);
    await_whole_message(client->rfb);
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

/* The library looks at these while it lives. It uses the first eight bytes, as VNC has it. */
static void set_password(struct vnc_server *server, const char *password)
{
    server->passwords[0] = g_strdup(password);
    server->screen->authPasswdData = server->passwords;
    server->screen->passwordCheck = rfbCheckPasswordByList;
}

struct vnc_server *vnc_server_new(struct session *session, const char *name, const char *password)
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
    screen->maxClientWait = MAX_WAIT_ALONE_MS;
    screen->kbdAddEvent = vnc_client_keysym;
    screen->ptrAddEvent = vnc_client_pointer;
    screen->displayFinishedHook = vnc_extkey_acknowledge;
    if (password)
        set_password(server, password);
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
    session_remove_front(server->link);
    g_ptr_array_unref(server->clients);
    rfbScreenCleanup(server->screen);
    g_free(server->name);
    if (server->passwords[0])
        explicit_bzero(server->passwords[0], strlen(server->passwords[0]));
    g_free(server->passwords[0]);
    g_free(server);
}
