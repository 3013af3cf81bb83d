/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real VNC client on the real socket: the picture arrives, and input comes out. */
#include <linux/input-event-codes.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>
#include <rfb/rfbclient.h>

#include "devices/fbif-page.h"
#include "input-recorder.h"
#include "listener.h"
#include "session.h"
#include "vnc/server.h"

#define WIDTH      64
#define HEIGHT     48
#define FIRST_PORT 5950
#define PASSWORD   "open 12 sesame" /* eight bytes of it count */
#define DEADLINE   (10 * G_TIME_SPAN_SECOND)

/* What the client thread has seen and is to do; all under the lock. */
struct viewer {
    GMutex lock;
    GThread *thread;
    char *path;
    const char *encodings; /* NULL: compressed */
    const char *password;  /* what it says if it is asked */
    int port;              /* 0: it comes by the unix socket */
    int fd;                /* of one that stands still */
    bool connected, failed, quit;
    unsigned updates;
    int width, height;
    uint32_t *pixels;
    void (*act)(rfbClient *client);
};

struct fixture {
    char *directory, *path;
    struct session *session;
    struct vnc_server *server;
    struct listener *listener, *tcp_listener;
    uint32_t pixels[WIDTH * 2 * HEIGHT * 2];
    GString *input; /* what came out */
    int watched;
};

/* --- the guest's end --- */

static void no_resized(void *data, const struct surface *surface)
{
}

static void no_damaged(void *data, const struct rect *rect)
{
}

static void no_frame(void *data)
{
}

static const struct session_front recorder_front = {
    .resized = no_resized, .damaged = no_damaged, .frame = no_frame};

static void on_watched(void *data, bool watched)
{
    ((struct fixture *)data)->watched += watched ? 1 : -1;
}

static void set_source(struct fixture *f, unsigned width, unsigned height)
{
    session_set_source(f->session, &(struct pixel_source){.base = (const uint8_t *)f->pixels,
                                                          .stride = width * 4,
                                                          .width = width,
                                                          .height = height,
                                                          .depth = 32});
}

static void fixture_set_up(struct fixture *f, gconstpointer data)
{
    g_autofree char *problem = NULL;

    f->directory = g_dir_make_tmp("display-XXXXXX", NULL);
    f->path = g_build_filename(f->directory, "vnc", NULL);
    f->input = g_string_new(NULL);
    f->session = session_new(WIDTH, HEIGHT);
    session_set_input(f->session, &input_recorder, f->input);
    session_set_watched_hook(f->session, on_watched, f);
    f->server = vnc_server_new(f->session, "a guest", PASSWORD);
    f->listener = listener_new(f->path, vnc_server_accept, f->server, &problem);
    g_assert_null(problem);
    f->tcp_listener =
        listener_new_tcp(&(struct tcp_place){(char *)"127.0.0.1", FIRST_PORT, FIRST_PORT + 99},
                         vnc_server_accept_stranger, f->server, &problem);
    g_assert_null(problem);
    for (size_t i = 0; i < G_N_ELEMENTS(f->pixels); i++)
        f->pixels[i] = (uint32_t)(i * 0x010203) & 0xffffff;
    set_source(f, WIDTH, HEIGHT);
}

static void fixture_tear_down(struct fixture *f, gconstpointer data)
{
    listener_free(f->listener);
    listener_free(f->tcp_listener);
    vnc_server_free(f->server);
    set_source(f, WIDTH / 2, HEIGHT); /* is told to nobody */
    session_free(f->session);
    g_assert_false(g_file_test(f->path, G_FILE_TEST_EXISTS));
    g_rmdir(f->directory);
    g_free(f->directory);
    g_free(f->path);
    g_string_free(f->input, TRUE);
}

/* --- the viewer's end, in a thread of its own --- */

static void count_update(rfbClient *client, int x, int y, int w, int h)
{
    struct viewer *viewer = rfbClientGetClientData(client, count_update);

    g_mutex_lock(&viewer->lock);
    viewer->updates++;
    viewer->width = client->width;
    viewer->height = client->height;
    g_clear_pointer(&viewer->pixels, g_free);
    viewer->pixels = g_memdup2(client->frameBuffer, (size_t)client->width * client->height * 4);
    g_mutex_unlock(&viewer->lock);
}

static char *say_password(rfbClient *client)
{
    struct viewer *viewer = rfbClientGetClientData(client, count_update);

    return viewer->password ? strdup(viewer->password) : NULL;
}

static rfbClient *viewer_connect(struct viewer *viewer)
{
    rfbClient *client = rfbGetClient(8, 3, 4);

    client->format.redShift = 16;
    client->format.greenShift = 8;
    client->format.blueShift = 0;
    client->canHandleNewFBSize = TRUE;
    free(client->serverHost);
    client->serverHost = strdup(viewer->port ? "127.0.0.1" : viewer->path);
    client->serverPort = viewer->port ? viewer->port : client->serverPort;
    client->GetPassword = say_password;
    client->GotFrameBufferUpdate = count_update;
    client->appData.encodingsString = viewer->encodings ? viewer->encodings : "zrle raw";
    rfbClientSetClientData(client, count_update, viewer);
    return rfbInitClient(client, NULL, NULL) ? client : NULL;
}

/* What came together with a message is in the library's buffer, where its wait does not look. */
static bool handle_messages(rfbClient *client)
{
    do {
        if (!HandleRFBServerMessage(client))
            return false;
    } while (client->buffered > 0);
    return true;
}

static gpointer viewer_main(gpointer data)
{
    struct viewer *viewer = data;
    rfbClient *client = viewer_connect(viewer);
    bool quit = !client;

    g_mutex_lock(&viewer->lock);
    viewer->connected = client != NULL;
    viewer->failed = !client;
    g_mutex_unlock(&viewer->lock);
    while (!quit) {
        void (*act)(rfbClient *);

        if (WaitForMessage(client, 5000) > 0 && !handle_messages(client))
            break;
        g_mutex_lock(&viewer->lock);
        act = viewer->act;
        viewer->act = NULL;
        quit = viewer->quit;
        g_mutex_unlock(&viewer->lock);
        if (act)
            act(client);
    }
    if (client) {
        free(client->frameBuffer);
        rfbClientCleanup(client);
    }
    return NULL;
}

static void viewer_start(struct viewer *viewer, struct fixture *f)
{
    g_mutex_init(&viewer->lock);
    viewer->path = f->path;
    viewer->thread = g_thread_new("viewer", viewer_main, viewer);
}

static gboolean wake(gpointer data)
{
    return G_SOURCE_CONTINUE;
}

/* Runs the server until @done says so; fails the test if it never does. */
static void run_until(bool (*done)(struct fixture *f, struct viewer *viewer), struct fixture *f,
                      struct viewer *viewer)
{
    gint64 deadline = g_get_monotonic_time() + DEADLINE;
    guint timer = g_timeout_add(5, wake, NULL);
    bool is_done = false;

    while (!is_done && g_get_monotonic_time() < deadline) {
        g_main_context_iteration(NULL, TRUE);
        g_mutex_lock(&viewer->lock);
        is_done = done(f, viewer);
        g_mutex_unlock(&viewer->lock);
    }
    g_source_remove(timer);
    g_assert_true(is_done);
}

static bool picture_matches(struct fixture *f, struct viewer *viewer)
{
    const struct surface *surface = session_surface(f->session);

    g_assert_false(viewer->failed);
    if (!viewer->pixels || viewer->width != (int)surface->width ||
        viewer->height != (int)surface->height)
        return false;
    for (unsigned i = 0; i < surface->width * surface->height; i++)
        if ((viewer->pixels[i] ^ f->pixels[i]) &
            0xffffff) /* the client leaves the rest undefined */
            return false;
    return true;
}

static bool nobody_watches(struct fixture *f, struct viewer *viewer)
{
    return f->watched == 0;
}

static void viewer_stop(struct viewer *viewer, struct fixture *f)
{
    g_mutex_lock(&viewer->lock);
    viewer->quit = true;
    g_mutex_unlock(&viewer->lock);
    run_until(nobody_watches, f, viewer);
    g_thread_join(viewer->thread);
    g_free(viewer->pixels);
    g_mutex_clear(&viewer->lock);
}

static void viewer_act(struct viewer *viewer, void (*act)(rfbClient *client))
{
    g_mutex_lock(&viewer->lock);
    viewer->act = act;
    g_mutex_unlock(&viewer->lock);
}

/* --- tests --- */

static void test_picture(struct fixture *f, gconstpointer data)
{
    struct viewer viewer = {0};

    viewer_start(&viewer, f);
    run_until(picture_matches, f, &viewer);
    g_assert_cmpint(f->watched, ==, 1);
    for (int x = 10; x < 20; x++)
        f->pixels[5 * WIDTH + x] = 0xff0000;
    session_damage(f->session, &(struct rect){10, 5, 10, 1});
    run_until(picture_matches, f, &viewer);
    viewer_stop(&viewer, f);
}

/* Pixels that no damage names are not looked at. */
static void test_damage_only(struct fixture *f, gconstpointer data)
{
    struct viewer viewer = {0};
    uint32_t before;

    viewer_start(&viewer, f);
    run_until(picture_matches, f, &viewer);
    before = f->pixels[0];
    f->pixels[0] = 0x123456;
    f->pixels[WIDTH * 4] = 0x654321;
    session_damage(f->session, &(struct rect){0, 4, 1, 1});
    f->pixels[0] = before; /* so that the picture can match only if it was not read in between */
    run_until(picture_matches, f, &viewer);
    f->pixels[0] = 0x123456;
    session_damage(f->session, &(struct rect){1, 0, 1, 1});
    for (int i = 0; i < 20; i++) {
        g_usleep(5000);
        while (g_main_context_iteration(NULL, FALSE))
            ;
    }
    g_assert_cmphex(session_surface(f->session)->pixels[0], ==, before);
    viewer_stop(&viewer, f);
}

static void test_resize(struct fixture *f, gconstpointer data)
{
    struct viewer viewer = {0};

    viewer_start(&viewer, f);
    run_until(picture_matches, f, &viewer);
    set_source(f, WIDTH * 2, HEIGHT * 2);
    run_until(picture_matches, f, &viewer);
    set_source(f, WIDTH / 2, HEIGHT / 2);
    run_until(picture_matches, f, &viewer);
    /* The guest lets go of its memory: what was shown last stays. */
    session_set_source(f->session, NULL);
    session_damage(f->session, &(struct rect){0, 0, WIDTH, HEIGHT});
    run_until(picture_matches, f, &viewer);
    viewer_stop(&viewer, f);
}

/* The longest line that a guest may have, to a viewer that wants pixels as they are. */
static void test_widest(struct fixture *f, gconstpointer data)
{
    struct viewer viewer = {.encodings = "raw"};

    set_source(f, FBIF_MAX_SIDE, 1);
    viewer_start(&viewer, f);
    run_until(picture_matches, f, &viewer);
    viewer_stop(&viewer, f);
}

static void type_and_click(rfbClient *client)
{
    SendKeyEvent(client, XK_Shift_L, TRUE);
    SendKeyEvent(client, 'A', TRUE);
    SendKeyEvent(client, 'A', FALSE);
    SendKeyEvent(client, XK_Shift_L, FALSE);
    SendPointerEvent(client, 10, 20, 0);
    SendPointerEvent(client, 10, 20, rfbButton1Mask);
    SendPointerEvent(client, 11, 20, rfbButton1Mask);
    SendPointerEvent(client, 11, 20, 0);
    SendPointerEvent(client, 11, 20, rfbButton4Mask);
    SendPointerEvent(client, 11, 20, 0);
    SendPointerEvent(client, 1000, 1000, 0);
    SendExtendedKeyEvent(client, 'q', 0x9d, TRUE);
    SendExtendedKeyEvent(client, 'q', 0x9d, FALSE);
    SendKeyEvent(client, XK_Delete, TRUE); /* the end of the test waits for this */
}

static bool delete_arrived(struct fixture *f, struct viewer *viewer)
{
    return g_str_has_suffix(f->input->str, "+111 ");
}

static void test_input(struct fixture *f, gconstpointer data)
{
    struct viewer viewer = {0};

    viewer_start(&viewer, f);
    run_until(picture_matches, f, &viewer);
    viewer_act(&viewer, type_and_click);
    session_damage(f->session, &(struct rect){0, 0, 1, 1}); /* wakes the client up */
    run_until(delete_arrived, f, &viewer);
    g_assert_cmpstr(f->input->str, ==,
                    "+42 +30 -30 -42 "
                    "@10,20/64x48 @10,20/64x48 +272 @11,20/64x48 @11,20/64x48 -272 "
                    "@11,20/64x48 w1 @11,20/64x48 @63,47/64x48 +97 -97 +111 ");
    /* The viewer goes with a key down: it is released. */
    g_string_truncate(f->input, 0);
    session_damage(f->session, &(struct rect){0, 0, 1, 1});
    viewer_stop(&viewer, f);
    g_assert_cmpstr(f->input->str, ==, "-111 ");
}

/* --- strangers, who come through the network --- */

static int tcp_port(struct fixture *f)
{
    return atoi(strrchr(listener_name(f->tcp_listener), ':') + 1);
}

static void test_stranger(struct fixture *f, gconstpointer data)
{
    struct viewer viewer = {.password = PASSWORD, .port = tcp_port(f)};

    viewer_start(&viewer, f);
    run_until(picture_matches, f, &viewer);
    viewer_act(&viewer, type_and_click);
    session_damage(f->session, &(struct rect){0, 0, 1, 1});
    run_until(delete_arrived, f, &viewer);
    viewer_stop(&viewer, f);
}

static bool viewer_failed(struct fixture *f, struct viewer *viewer)
{
    return viewer->failed;
}

/* Is not let in, and is no one for whom pixels are copied. */
static void test_wrong_password(struct fixture *f, gconstpointer data)
{
    struct viewer viewer = {.password = "open 13 sesame", .port = tcp_port(f)};
    struct viewer friend = {0};

    viewer_start(&viewer, f);
    run_until(viewer_failed, f, &viewer);
    g_assert_cmpint(f->watched, ==, 0);
    viewer_stop(&viewer, f);
    /* One who is not a stranger still needs none. */
    viewer_start(&friend, f);
    run_until(picture_matches, f, &friend);
    viewer_stop(&friend, f);
}

static int connect_raw(struct fixture *f)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)tcp_port(f)),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
    return fd;
}

/* Who is not let in yet and stops in the middle holds up nobody, and can't take all places. */
static void test_mute_strangers(struct fixture *f, gconstpointer data)
{
    struct viewer viewer = {0};
    int fds[12];

    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++) {
        fds[i] = connect_raw(f);
        g_assert_cmpint(send(fds[i], "RFB 00", 6, MSG_NOSIGNAL), ==, 6);
        while (g_main_context_iteration(NULL, FALSE))
            ;
    }
    viewer_start(&viewer, f);
    run_until(picture_matches, f, &viewer);
    viewer_stop(&viewer, f);
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++)
        close(fds[i]);
}

/* --- what is sent, and how --- */

#define NOTER_ENCODINGS 4

/* A viewer that notes how things are sent to it, and can decode raw pixels only. */
struct noter {
    struct viewer viewer; /* updates: those that were read to their end */
    int32_t encodings[NOTER_ENCODINGS];
    unsigned encoding_count;
    const char *until; /* it looks on until it was sent this; NULL: one update */
    bool has_ended;    /* under the viewer's lock */
    GString *text;     /* "raw 64x48 "; the test's own once it has ended */
};

static const struct {
    int32_t encoding;
    const char *name;
} encoding_names[] = {
    {rfbEncodingRaw, "raw"},
    {rfbEncodingTight, "tight"},
    {rfbEncodingZRLE, "zrle"},
    {rfbEncodingNewFBSize, "size"},
    {rfbEncodingExtDesktopSize, "extended-size"},
};

static const char *name_of(int32_t encoding)
{
    for (size_t i = 0; i < G_N_ELEMENTS(encoding_names); i++)
        if (encoding_names[i].encoding == encoding)
            return encoding_names[i].name;
    return "?";
}

static int begin_viewing(const struct viewer *viewer)
{
    static const uint8_t begin[] = {rfbSecTypeNone, TRUE};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char version[sz_rfbProtocolVersionMsg];

    g_strlcpy(address.sun_path, viewer->path, sizeof(address.sun_path));
    g_assert_cmpint(connect(fd, (struct sockaddr *)&address, sizeof(address)), ==, 0);
    g_assert_cmpint(recv(fd, version, sizeof(version), MSG_WAITALL), ==, sizeof(version));
    g_assert_cmpint(send(fd, version, sizeof(version), MSG_NOSIGNAL), ==, sizeof(version));
    g_assert_cmpint(send(fd, begin, sizeof(begin), MSG_NOSIGNAL), ==, sizeof(begin));
    return fd;
}

static void skip(int fd, size_t size)
{
    g_autofree char *rest = g_malloc(size + 1);

    g_assert_cmpint(recv(fd, rest, size, MSG_WAITALL), ==, size);
}

/* The server's part of the beginning: kinds of security, the result, and the picture's name. */
static void read_beginning(int fd)
{
    rfbServerInitMsg init;

    skip(fd, 2);
    skip(fd, 4);
    g_assert_cmpint(recv(fd, &init, sz_rfbServerInitMsg, MSG_WAITALL), ==, sz_rfbServerInitMsg);
    skip(fd, ntohl(init.nameLength));
}

static void say_encodings(int fd, const struct noter *noter)
{
    rfbSetEncodingsMsg message = {.type = rfbSetEncodings,
                                  .nEncodings = htons((uint16_t)noter->encoding_count)};

    g_assert_cmpint(send(fd, &message, sz_rfbSetEncodingsMsg, MSG_NOSIGNAL), ==,
                    sz_rfbSetEncodingsMsg);
    for (unsigned i = 0; i < noter->encoding_count; i++) {
        uint32_t encoding = htonl((uint32_t)noter->encodings[i]);

        g_assert_cmpint(send(fd, &encoding, sizeof(encoding), MSG_NOSIGNAL), ==, sizeof(encoding));
    }
}

/* Of all of the picture, however large. */
static void request_update(int fd, bool is_incremental)
{
    rfbFramebufferUpdateRequestMsg message = {.type = rfbFramebufferUpdateRequest,
                                              .incremental = is_incremental,
                                              .w = htons(WIDTH * 2),
                                              .h = htons(HEIGHT * 2)};

    g_assert_cmpint(send(fd, &message, sz_rfbFramebufferUpdateRequestMsg, MSG_NOSIGNAL), ==,
                    sz_rfbFramebufferUpdateRequestMsg);
}

/* What follows the head of a rectangle. False if that is not known: the end is not, then. */
static bool skip_rectangle(int fd, int32_t encoding, unsigned width, unsigned height)
{
    uint8_t screens[4];

    switch (encoding) {
    case rfbEncodingRaw:
        skip(fd, (size_t)width * height * 4);
        return true;
    case rfbEncodingNewFBSize:
        return true;
    case rfbEncodingExtDesktopSize:
        g_assert_cmpint(recv(fd, screens, sizeof(screens), MSG_WAITALL), ==, sizeof(screens));
        skip(fd, (size_t)screens[0] * sz_rfbExtDesktopScreen);
        return true;
    default:
        return false;
    }
}

/* Notes the rectangles of one update, up to the first that can't be decoded; false at that. */
static bool read_update(int fd, GString *text)
{
    rfbFramebufferUpdateMsg update;
    rfbFramebufferUpdateRectHeader head;

    g_assert_cmpint(recv(fd, &update, sz_rfbFramebufferUpdateMsg, MSG_WAITALL), ==,
                    sz_rfbFramebufferUpdateMsg);
    g_assert_cmpint(update.type, ==, rfbFramebufferUpdate);
    for (unsigned i = 0; i < ntohs(update.nRects); i++) {
        int32_t encoding;
        unsigned width, height;

        g_assert_cmpint(recv(fd, &head, sz_rfbFramebufferUpdateRectHeader, MSG_WAITALL), ==,
                        sz_rfbFramebufferUpdateRectHeader);
        encoding = (int32_t)ntohl(head.encoding);
        width = ntohs(head.r.w);
        height = ntohs(head.r.h);
        g_string_append_printf(text, "%s %ux%u ", name_of(encoding), width, height);
        if (!skip_rectangle(fd, encoding, width, height))
            return false;
    }
    return true;
}

static gpointer noter_main(gpointer data)
{
    struct noter *noter = data;
    int fd = begin_viewing(&noter->viewer);
    bool goes_on = true;

    read_beginning(fd);
    say_encodings(fd, noter);
    for (unsigned i = 0; goes_on; i++) {
        request_update(fd, i > 0);
        goes_on =
            read_update(fd, noter->text) && noter->until && !strstr(noter->text->str, noter->until);
        g_mutex_lock(&noter->viewer.lock);
        noter->viewer.updates++;
        noter->has_ended = !goes_on;
        g_mutex_unlock(&noter->viewer.lock);
    }
    close(fd);
    return NULL;
}

static void noter_start(struct noter *noter, struct fixture *f)
{
    while (noter->encoding_count < NOTER_ENCODINGS && noter->encodings[noter->encoding_count])
        noter->encoding_count++;
    noter->text = g_string_new(NULL);
    g_mutex_init(&noter->viewer.lock);
    noter->viewer.path = f->path;
    noter->viewer.thread = g_thread_new("noter", noter_main, noter);
}

static bool has_an_update(struct fixture *f, struct viewer *viewer)
{
    return viewer->updates > 0;
}

/* The viewer is a noter's. */
static bool has_ended(struct fixture *f, struct viewer *viewer)
{
    return ((struct noter *)viewer)->has_ended;
}

static void noter_stop(struct noter *noter, struct fixture *f)
{
    g_thread_join(noter->viewer.thread);
    run_until(nobody_watches, f, &noter->viewer);
    g_string_free(noter->text, TRUE);
    g_mutex_clear(&noter->viewer.lock);
}

/* Each is sent what it asks for first of what there is. */
static void test_encodings(struct fixture *f, gconstpointer data)
{
    static const struct {
        int32_t encodings[NOTER_ENCODINGS];
        const char *text;
    } cases[] = {
        {{rfbEncodingTight}, "tight 64x48 "},
        {{rfbEncodingZRLE}, "zrle 64x48 "},
        {{rfbEncodingZRLE, rfbEncodingTight}, "zrle 64x48 "},
        {{rfbEncodingTight, rfbEncodingZRLE}, "tight 64x48 "},
        {{0x12345678, rfbEncodingZRLE}, "zrle 64x48 "},
        {{0x12345678}, "raw 64x48 "},
        {{0}, "raw 64x48 "},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct noter noter = {.until = NULL};

        g_test_message("%zu", i);
        memcpy(noter.encodings, cases[i].encodings, sizeof(noter.encodings));
        noter_start(&noter, f);
        run_until(has_ended, f, &noter.viewer);
        g_assert_cmpstr(noter.text->str, ==, cases[i].text);
        noter_stop(&noter, f);
    }
}

#define NEW_SIZE "128x96 "

/* Another size is told in the words that the viewer knows, before the pixels. What there was of the
 * old one may come before. */
static void test_size_told(struct fixture *f, gconstpointer data)
{
    static const struct {
        int32_t encodings[NOTER_ENCODINGS];
        const char *first, *second;
    } cases[] = {
        {{rfbEncodingNewFBSize}, "raw 64x48 ", " size " NEW_SIZE},
        {{rfbEncodingExtDesktopSize}, "extended-size 64x48 ", "extended-size " NEW_SIZE},
        {{rfbEncodingExtDesktopSize, rfbEncodingNewFBSize},
         "extended-size 64x48 ",
         "extended-size " NEW_SIZE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct noter noter = {.until = NEW_SIZE};

        g_test_message("%zu", i);
        set_source(f, WIDTH, HEIGHT);
        memcpy(noter.encodings, cases[i].encodings, sizeof(noter.encodings));
        noter_start(&noter, f);
        run_until(has_an_update, f, &noter.viewer);
        set_source(f, WIDTH * 2, HEIGHT * 2);
        run_until(has_ended, f, &noter.viewer);
        g_assert_true(g_str_has_prefix(noter.text->str, cases[i].first));
        /* It ended with the first that has the new size: that tells of it. */
        g_assert_true(g_str_has_suffix(noter.text->str, cases[i].second));
        g_assert_true(strstr(noter.text->str, NEW_SIZE) ==
                      noter.text->str + noter.text->len - strlen(NEW_SIZE));
        noter_stop(&noter, f);
    }
}

/* --- viewers that stand still --- */

#define REQUESTS 100

/* As a viewer does that begins, asks for the whole line again and again, and reads nothing of it.
 */
static void *stand_still(void *data)
{
    struct viewer *viewer = data;
    const rfbFramebufferUpdateRequestMsg request = {
        .type = rfbFramebufferUpdateRequest,
        .w = htons(FBIF_MAX_SIDE),
        .h = htons(1),
    };
    int fd = begin_viewing(viewer);

    for (unsigned i = 0; i < REQUESTS; i++)
        send(fd, &request, sizeof(request), MSG_NOSIGNAL);
    g_mutex_lock(&viewer->lock);
    viewer->connected = true;
    g_mutex_unlock(&viewer->lock);
    return GINT_TO_POINTER(fd);
}

static bool is_connected(struct fixture *f, struct viewer *viewer)
{
    return viewer->connected;
}

/* The server hangs up, behind what it had sent. */
static bool is_dropped(struct fixture *f, struct viewer *viewer)
{
    struct pollfd poll_fd = {.fd = viewer->fd, .events = POLLRDHUP};

    return poll(&poll_fd, 1, 0) > 0 && poll_fd.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

/* Those beside it wait for a while; it is dropped. */
static void test_stuck(struct fixture *f, gconstpointer data)
{
    struct viewer viewer = {0}, stuck = {.path = f->path};

    set_source(f, FBIF_MAX_SIDE, 1);
    viewer_start(&viewer, f);
    run_until(picture_matches, f, &viewer);
    g_mutex_init(&stuck.lock);
    stuck.thread = g_thread_new("stuck", stand_still, &stuck);
    run_until(is_connected, f, &stuck);
    stuck.fd = GPOINTER_TO_INT(g_thread_join(stuck.thread));
    f->pixels[0] ^= 0xffffff;
    session_damage(f->session, &(struct rect){0, 0, FBIF_MAX_SIDE, 1});
    run_until(picture_matches, f, &viewer);
    run_until(is_dropped, f, &stuck);
    close(stuck.fd);
    g_mutex_clear(&stuck.lock);
    viewer_stop(&viewer, f);
}

/* Nothing is copied, and nothing runs, while nobody looks on. */
static void test_idle(struct fixture *f, gconstpointer data)
{
    gint64 end = g_get_monotonic_time() + 100 * G_TIME_SPAN_MILLISECOND;

    session_damage(f->session, &(struct rect){0, 0, WIDTH, HEIGHT});
    while (g_get_monotonic_time() < end) {
        g_assert_false(g_main_context_iteration(NULL, FALSE));
        g_usleep(1000);
    }
    g_assert_cmphex(session_surface(f->session)->pixels[1], ==, 0);
}

static void test_two_hold_one_key(struct fixture *f, gconstpointer data)
{
    struct session_link *link = session_add_front(f->session, &recorder_front, NULL);
    struct session_viewer *a = session_viewer_new(link);
    struct session_viewer *b = session_viewer_new(link);

    session_viewer_key(a, KEY_A, true);
    session_viewer_key(b, KEY_A, true);
    session_viewer_key(a, KEY_A, false);
    g_assert_cmpstr(f->input->str, ==, "+30 +30 ");
    session_viewer_key(a, KEY_A, false);
    session_viewer_key(a, 0, true);
    session_viewer_key(a, KEY_CNT, true);
    session_viewer_key(a, G_MAXUINT, true);
    session_viewer_free(b);
    g_assert_cmpstr(f->input->str, ==, "+30 +30 -30 ");
    session_viewer_free(a);
    g_assert_cmpint(f->watched, ==, 0);
}

static void test_socket(struct fixture *f, gconstpointer data)
{
    g_autofree char *problem = NULL, *long_problem = NULL, *file_problem = NULL;
    g_autofree char *file = g_build_filename(f->directory, "file", NULL);
    g_autofree char *long_path = g_strnfill(200, 'x');
    struct stat st;

    g_assert_cmpint(stat(f->path, &st), ==, 0);
    g_assert_cmpint(st.st_mode & 0777, ==, 0600);
    g_assert_null(listener_new(f->path, vnc_server_accept, f->server, &problem));
    g_assert_nonnull(strstr(problem, "running already"));
    g_assert_cmpint(stat(f->path, &st), ==, 0);
    g_assert_null(listener_new(long_path, vnc_server_accept, f->server, &long_problem));
    g_assert_nonnull(strstr(long_problem, "shorter"));
    g_assert_true(g_file_set_contents(file, "precious", -1, NULL));
    g_assert_null(listener_new(file, vnc_server_accept, f->server, &file_problem));
    g_assert_nonnull(strstr(file_problem, "no socket"));
    g_assert_true(g_file_test(file, G_FILE_TEST_IS_REGULAR));
    g_remove(file);
}

#define ADD(name, test) \
    g_test_add(name, struct fixture, NULL, fixture_set_up, test, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    rfbEnableClientLogging = FALSE;
    ADD("/vnc/picture", test_picture);
    ADD("/vnc/damage-only", test_damage_only);
    ADD("/vnc/resize", test_resize);
    ADD("/vnc/widest", test_widest);
    ADD("/vnc/input", test_input);
    ADD("/vnc/stranger", test_stranger);
    ADD("/vnc/wrong-password", test_wrong_password);
    ADD("/vnc/mute-strangers", test_mute_strangers);
    ADD("/vnc/encodings", test_encodings);
    ADD("/vnc/size-told", test_size_told);
    ADD("/vnc/stuck", test_stuck);
    ADD("/vnc/idle", test_idle);
    ADD("/vnc/two-hold-one-key", test_two_hold_one_key);
    ADD("/vnc/socket", test_socket);
    return g_test_run();
}
