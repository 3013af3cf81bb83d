/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's screen for tests: a VNC server on libvncserver, with no port of its own. Four quarters
 * in red, green, blue and white, so that a mirrored, shifted or miscoloured picture shows; what the
 * viewers send is noted as text.
 */
#include "standin-screen.h"

#include <rfb/rfb.h>
#include <sys/socket.h>
#include <unistd.h>

#define WIDTH   640
#define HEIGHT  480
#define POLL_MS 5

static rfbScreenInfoPtr screen;
static guint32 *pixels;
static GPtrArray *input;
static gboolean silent;

static void note(const char *format, ...) G_GNUC_PRINTF(1, 2);

static void note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_ptr_array_add(input, g_strdup_vprintf(format, args));
    va_end(args);
}

static void on_key(rfbBool down, rfbKeySym keysym, rfbClientPtr client)
{
    note("key %u %s", keysym, down ? "down" : "up");
}

static void on_pointer(int buttons, int x, int y, rfbClientPtr client)
{
    note("pointer %d %d %d", buttons, x, y);
}

static gboolean poll_server(gpointer data)
{
    rfbProcessEvents(screen, 0);
    return G_SOURCE_CONTINUE;
}

static void fill(guint x, guint y, guint width, guint height, guint32 color)
{
    for (guint row = y; row < MIN(y + height, (guint)screen->height); row++) {
        for (guint column = x; column < MIN(x + width, (guint)screen->width); column++)
            pixels[row * screen->width + column] = color;
    }
}

static void fill_quarters(guint width, guint height)
{
    fill(0, 0, width / 2, height / 2, 0xff0000);
    fill(width / 2, 0, width, height / 2, 0x00ff00);
    fill(0, height / 2, width / 2, height, 0x0000ff);
    fill(width / 2, height / 2, width, height, 0xffffff);
}

void standin_screen_init(void)
{
    int argc = 0;

    rfbLogEnable(FALSE);
    input = g_ptr_array_new_with_free_func(g_free);
    screen = rfbGetScreen(&argc, NULL, WIDTH, HEIGHT, 8, 3, 4);
    pixels = g_new0(guint32, WIDTH * HEIGHT);
    screen->frameBuffer = (char *)pixels;
    /* The byte order of cairo's RGB24: red in the middle of the word, blue at its end. */
    screen->serverFormat.redShift = 16;
    screen->serverFormat.greenShift = 8;
    screen->serverFormat.blueShift = 0;
    screen->autoPort = FALSE;
    screen->port = screen->ipv6port = -1;
    screen->alwaysShared = TRUE;
    screen->cursor = NULL;
    screen->kbdAddEvent = on_key;
    screen->ptrAddEvent = on_pointer;
    screen->deferUpdateTime = 0;
    rfbInitServer(screen);
    fill_quarters(WIDTH, HEIGHT);
    g_timeout_add(POLL_MS, poll_server, NULL);
}

/* The viewer's end of a new connection, or -1. */
int standin_screen_open(void)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    if (silent)
        return ends[1]; /* the other end is left to nobody */
    if (!rfbNewClient(screen, ends[0])) {
        close(ends[1]);
        return -1;
    }
    return ends[1];
}

void standin_screen_paint(guint x, guint y, guint width, guint height, guint32 color)
{
    fill(x, y, width, height, color);
    rfbMarkRectAsModified(screen, x, y, MIN(x + width, (guint)screen->width),
                          MIN(y + height, (guint)screen->height));
}

void standin_screen_resize(guint width, guint height)
{
    guint32 *old_pixels = pixels;

    pixels = g_new0(guint32, width * height);
    rfbNewFramebuffer(screen, (char *)pixels, width, height, 8, 3, 4);
    screen->serverFormat.redShift = 16;
    screen->serverFormat.greenShift = 8;
    screen->serverFormat.blueShift = 0;
    fill_quarters(width, height);
    rfbMarkRectAsModified(screen, 0, 0, width, height);
    g_free(old_pixels);
}

/* Whether viewers who come from now on hear nothing at all. */
void standin_screen_set_silent(gboolean is_silent)
{
    silent = is_silent;
}

void standin_screen_drop(void)
{
    rfbClientIteratorPtr iterator = rfbGetClientIterator(screen);
    rfbClientPtr client;

    while ((client = rfbClientIteratorNext(iterator)))
        rfbCloseClient(client);
    rfbReleaseClientIterator(iterator);
}

guint standin_screen_count_viewers(void)
{
    rfbClientIteratorPtr iterator = rfbGetClientIterator(screen);
    guint n_viewers = 0;

    while (rfbClientIteratorNext(iterator))
        n_viewers++;
    rfbReleaseClientIterator(iterator);
    return n_viewers;
}

/* Everything noted since the last time, NULL at its end, to be freed. */
char **standin_screen_take_input(void)
{
    GPtrArray *taken = input;

    input = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(taken, NULL);
    return (char **)g_ptr_array_free(taken, FALSE);
}
