/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the boot tests look at a guest's screen in dom0: as a VNC viewer on its display server's
 * socket.
 *
 *   screen-client SOCKET until X,Y,RRGGBB...
 *       ends once the screen has these colours at these places, all at the same time
 *
 *   screen-client SOCKET size
 *       prints WIDTHxHEIGHT
 *
 *   screen-client SOCKET save FILE
 *       writes what there is as a PPM picture
 *
 *   screen-client SOCKET click X,Y
 *       moves the pointer there, presses its left button and lets go; prints WIDTHxHEIGHT
 *
 * Status 1 with what there was instead. It goes on when the server ends and another one begins.
 * VITRINE_TEST_PATIENCE is a factor for how long it waits. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib.h>
#include <rfb/rfbclient.h>

#define WAIT_US     (100 * G_USEC_PER_SEC)
#define LOOK_US     (100 * 1000)
#define END_MS      30000
#define MAX_PLACES  16
#define COLOUR_MASK 0xffffffU

typedef struct Place {
    int x, y;
    unsigned colour;
} Place;

static Place places[MAX_PLACES];
static int place_count;
static gboolean updated;

static gint64 deadline_from_now(void)
{
    const char *patience = g_getenv("VITRINE_TEST_PATIENCE");

    return g_get_monotonic_time() +
           (gint64)(WAIT_US * (patience ? g_ascii_strtod(patience, NULL) : 1));
}

static void on_update(rfbClient *client, int x, int y, int w, int h)
{
    updated = TRUE;
}

/* One attempt; NULL if nobody listens. */
static rfbClient *connect_once(const char *path)
{
    rfbClient *client = rfbGetClient(8, 3, 4);

    client->format.redShift = 16;
    client->format.greenShift = 8;
    client->format.blueShift = 0;
    client->canHandleNewFBSize = TRUE;
    client->appData.encodingsString = "raw";
    client->GotFrameBufferUpdate = on_update;
    free(client->serverHost);
    client->serverHost = strdup(path);
    /* Frees the client itself if it fails. */
    return rfbInitClient(client, NULL, NULL) ? client : NULL;
}

static unsigned colour_at(const rfbClient *client, int x, int y)
{
    const uint32_t *pixels = (const uint32_t *)(const void *)client->frameBuffer;

    if (x >= client->width || y >= client->height)
        return ~0U;
    return pixels[(size_t)y * (size_t)client->width + (size_t)x] & COLOUR_MASK;
}

static gboolean is_as_wanted(const rfbClient *client)
{
    for (int i = 0; i < place_count; i++)
        if (colour_at(client, places[i].x, places[i].y) != places[i].colour)
            return FALSE;
    return updated;
}

static void tell(const rfbClient *client)
{
    printf("%dx%d", client->width, client->height);
    for (int i = 0; i < place_count; i++)
        printf(" %d,%d,%06x", places[i].x, places[i].y,
               colour_at(client, places[i].x, places[i].y));
    printf("\n");
}

static gboolean save(const rfbClient *client, const char *path)
{
    FILE *file = fopen(path, "w");

    if (!file)
        return FALSE;
    fprintf(file, "P6\n%d %d\n255\n", client->width, client->height);
    for (int i = 0; i < client->width * client->height; i++) {
        unsigned colour = colour_at(client, i % client->width, i / client->width);

        putc((int)(colour >> 16), file);
        putc((int)(colour >> 8 & 0xff), file);
        putc((int)(colour & 0xff), file);
    }
    return fclose(file) == 0;
}

/* Says that nothing more comes, and waits until the server has read all and closes. (A socket that
 * is closed with something of the server's still in it fails there, and what was not read yet is
 * lost.) */
static gboolean wait_end(const rfbClient *client)
{
    GPollFD in = {.fd = client->sock, .events = G_IO_IN};
    char bytes[4096];
    ssize_t length;

    if (shutdown(client->sock, SHUT_WR) < 0)
        return FALSE;
    do {
        if (g_poll(&in, 1, END_MS) <= 0)
            return FALSE;
        length = read(client->sock, bytes, sizeof(bytes));
    } while (length > 0 || (length < 0 && errno == EAGAIN));
    return length == 0;
}

static gboolean click(rfbClient *client, const char *where)
{
    static const int buttons[] = {0, rfbButton1Mask, 0};
    gboolean good = TRUE;
    int x, y;

    if (sscanf(where, "%d,%d", &x, &y) != 2)
        return FALSE;
    for (size_t i = 0; i < G_N_ELEMENTS(buttons); i++)
        good = good && SendPointerEvent(client, x, y, buttons[i]);
    return good && wait_end(client);
}

/* Until the picture is as wanted; NULL when the time is over, after saying what there was. */
static rfbClient *look(const char *path)
{
    gint64 deadline = deadline_from_now();
    rfbClient *client = NULL;

    for (;;) {
        int ready;

        if (!client) {
            updated = FALSE;
            client = connect_once(path);
        }
        if (client && is_as_wanted(client))
            return client;
        if (g_get_monotonic_time() > deadline)
            break;
        if (!client) {
            g_usleep(LOOK_US);
            continue;
        }
        ready = WaitForMessage(client, LOOK_US);
        if (ready < 0 || (ready > 0 && !HandleRFBServerMessage(client)))
            g_clear_pointer(&client, rfbClientCleanup);
    }
    if (client)
        tell(client);
    else
        printf("nobody listens\n");
    return NULL;
}

static gboolean read_places(char *const *words)
{
    for (; *words; words++, place_count++) {
        Place *place = &places[place_count];

        if (place_count == MAX_PLACES ||
            sscanf(*words, "%d,%d,%x", &place->x, &place->y, &place->colour) != 3)
            return FALSE;
    }
    return place_count > 0;
}

static gboolean keep_quiet(const char *format, ...)
{
    return TRUE;
}

int main(int argc, char **argv)
{
    const char *command = argc > 2 ? argv[2] : "";
    gboolean until = strcmp(command, "until") == 0, file = strcmp(command, "save") == 0,
             pointer = strcmp(command, "click") == 0;
    rfbClient *client;

    if ((until && !read_places(argv + 3)) || ((file || pointer) && argc != 4) ||
        (!until && !file && !pointer && strcmp(command, "size") != 0)) {
        fprintf(stderr,
                "screen-client: SOCKET until X,Y,RRGGBB... | size | save FILE | click X,Y\n");
        return 2;
    }
    rfbClientLog = rfbClientErr = (rfbClientLogProc)(void (*)(void))keep_quiet;
    client = look(argv[1]);
    if (!client || (file && !save(client, argv[3])) || (pointer && !click(client, argv[3])))
        return EXIT_FAILURE;
    if (!file)
        tell(client);
    rfbClientCleanup(client);
    return EXIT_SUCCESS;
}
