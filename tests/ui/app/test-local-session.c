/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a display server that shares its picture's memory can make us do, as it may be a hostile
 * guest's: memory that could be taken away, frames that are none, a socket that nobody reads.
 */
#include "viewer/local-outbox.h"
#include "viewer/local-picture.h"
#include "viewer/local-session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define WIDTH  8
#define HEIGHT 4
#define SIZE   (WIDTH * HEIGHT * 4)

/* --- memory --- */

static int make_memory(gsize size, int seals)
{
    int fd = memfd_create("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    g_assert_cmpint(ftruncate(fd, size), ==, 0);
    g_assert_cmpint(fcntl(fd, F_ADD_SEALS, seals), ==, 0);
    return fd;
}

static void test_picture(void)
{
    const char *problem = NULL;
    int fd = make_memory(SIZE, F_SEAL_SHRINK);
    cairo_surface_t *surface = vitrine_local_picture_map(fd, WIDTH, HEIGHT, WIDTH * 4, &problem);
    const guint32 *pixels;
    g_autofree char *maps = NULL;

    g_assert_nonnull(surface);
    g_assert_cmpint(cairo_surface_status(surface), ==, CAIRO_STATUS_SUCCESS);
    g_assert_cmpint(cairo_image_surface_get_width(surface), ==, WIDTH);
    g_assert_cmpint(cairo_image_surface_get_height(surface), ==, HEIGHT);
    g_assert_cmpint(cairo_image_surface_get_format(surface), ==, CAIRO_FORMAT_RGB24);
    pixels = (const guint32 *)cairo_image_surface_get_data(surface);
    /* It is that memory, and no copy. */
    g_assert_cmpint(pwrite(fd, &(guint32){0x123456}, 4, 7 * 4), ==, 4);
    g_assert_cmphex(pixels[7], ==, 0x123456);
    close(fd);
    g_assert_cmphex(pixels[7], ==, 0x123456);
    cairo_surface_destroy(surface);
    g_assert_true(g_file_get_contents("/proc/self/maps", &maps, NULL, NULL));
    g_assert_null(strstr(maps, "memfd:picture"));
}

static void test_bad_sizes(void)
{
    static const struct {
        guint32 width, height, stride;
    } cases[] = {
        {0, HEIGHT, WIDTH * 4},
        {WIDTH, 0, WIDTH * 4},
        {8193, 1, 8193 * 4},
        {1, 8193, 4},
        {G_MAXUINT32, HEIGHT, WIDTH * 4},
        {WIDTH, G_MAXUINT32, WIDTH * 4},
        {WIDTH, HEIGHT, WIDTH * 4 - 4},
        {WIDTH, HEIGHT, WIDTH * 4 + 2},
        {WIDTH, HEIGHT, 0},
        {WIDTH, HEIGHT, G_MAXUINT32 - 3},
        {1, 1, 8193 * 4},
        {0x40000002, 1, 8},
        /* more than there is */
        {100, 101, 400},
        {100, 100, 404},
        {8192, 8192, 8192 * 4},
    };
    int fd = make_memory(100 * 400, F_SEAL_SHRINK);

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        const char *problem = NULL;

        g_test_message("%u", i);
        g_assert_null(vitrine_local_picture_map(fd, cases[i].width, cases[i].height,
                                                cases[i].stride, &problem));
        g_assert_nonnull(problem);
    }
    close(fd);
}

static void assert_not_mapped(int fd)
{
    const char *problem = NULL;

    g_assert_cmpint(fd, >=, 0);
    g_assert_null(vitrine_local_picture_map(fd, WIDTH, HEIGHT, WIDTH * 4, &problem));
    g_assert_nonnull(problem);
    close(fd);
}

/* What can become less while it is looked at, or is no memory at all. */
static void test_bad_memory(void)
{
    g_autofree char *path = NULL;
    int file = g_file_open_tmp("picture-XXXXXX", &path, NULL);
    int ends[2];

    assert_not_mapped(make_memory(SIZE, 0));
    assert_not_mapped(make_memory(SIZE, F_SEAL_GROW | F_SEAL_FUTURE_WRITE));
    g_assert_cmpint(ftruncate(file, SIZE), ==, 0);
    assert_not_mapped(file);
    unlink(path);
    g_assert_cmpint(pipe(ends), ==, 0);
    assert_not_mapped(ends[0]);
    assert_not_mapped(ends[1]);
    assert_not_mapped(open("/dev/zero", O_RDWR | O_CLOEXEC));
}

/* --- what waits to be sent --- */

static struct local_request at(int x, guint buttons)
{
    return (struct local_request){.type = LOCAL_POINTER, .pointer = {.x = x, .buttons = buttons}};
}

static struct local_request key(guint scancode)
{
    return (struct local_request){.type = LOCAL_KEY, .key = {.scancode = scancode}};
}

static void add(VitrineLocalOutbox *outbox, struct local_request request)
{
    g_assert_true(vitrine_local_outbox_add(outbox, &request));
}

/* What a server that reads gets, as text. */
static char *drain(int fd)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct local_request request;

    while (recv(fd, &request, sizeof(request), MSG_DONTWAIT | MSG_WAITALL) == sizeof(request)) {
        if (request.type == LOCAL_POINTER)
            g_string_append_printf(text, "@%d/%u ", request.pointer.x, request.pointer.buttons);
        else if (request.type == LOCAL_KEY)
            g_string_append_printf(text, "%c%u/%x ", request.key.is_down ? '+' : '-',
                                   request.key.scancode, request.key.keysym);
        else if (request.type == LOCAL_TOUCH)
            g_string_append_printf(text, "%u:%u@%d,%d ", request.touch.contact, request.touch.phase,
                                   request.touch.x, request.touch.y);
        else
            g_string_append(text, request.type == LOCAL_READY ? "ready " : "? ");
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static void make_socket(int ends[2])
{
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
}

/* A pointer that moves replaces where it was, but for what else happened between. */
static void test_outbox(void)
{
    g_autofree VitrineLocalOutbox *outbox = g_new0(VitrineLocalOutbox, 1);
    g_autofree char *text = NULL;
    int ends[2];

    make_socket(ends);
    add(outbox, at(1, 0));
    add(outbox, at(2, 0));
    add(outbox, at(3, 1));
    add(outbox, at(4, 1));
    add(outbox, key(30));
    add(outbox, at(5, 1));
    add(outbox, at(6, 1));
    g_assert_true(vitrine_local_outbox_send(outbox, ends[0]));
    g_assert_true(vitrine_local_outbox_is_empty(outbox));
    text = drain(ends[1]);
    g_assert_cmpstr(text, ==, "@2/0 @4/1 -30/0 @6/1 ");
    add(outbox, key(30));
    close(ends[1]);
    g_assert_false(vitrine_local_outbox_send(outbox, ends[0]));
    close(ends[0]);
}

static struct local_request finger(guint contact, guint phase, int x)
{
    return (struct local_request){
        .type = LOCAL_TOUCH,
        .touch = {.contact = (guint16)contact, .phase = (guint16)phase, .x = x}};
}

/* So does each finger, whatever the others do, but for one that comes or goes. */
static void test_outbox_touch(void)
{
    g_autofree VitrineLocalOutbox *outbox = g_new0(VitrineLocalOutbox, 1);
    g_autofree char *text = NULL;
    int ends[2];

    make_socket(ends);
    add(outbox, finger(0, LOCAL_TOUCH_DOWN, 1));
    add(outbox, finger(0, LOCAL_TOUCH_MOTION, 2)); /* not in place of that */
    add(outbox, finger(1, LOCAL_TOUCH_DOWN, 3));
    for (int i = 0; i < 10; i++) {
        add(outbox, finger(0, LOCAL_TOUCH_MOTION, 10 + i));
        add(outbox, finger(1, LOCAL_TOUCH_MOTION, 20 + i));
    }
    add(outbox, finger(1, LOCAL_TOUCH_UP, 0));
    add(outbox, finger(0, LOCAL_TOUCH_MOTION, 40));
    g_assert_true(vitrine_local_outbox_send(outbox, ends[0]));
    text = drain(ends[1]);
    g_assert_cmpstr(text, ==, "0:0@1,0 0:1@2,0 1:0@3,0 0:1@19,0 1:1@29,0 1:2@0,0 0:1@40,0 ");
    close(ends[0]);
    close(ends[1]);
}

/* A request of which a part has been sent is not touched any more. */
static void test_outbox_part(void)
{
    g_autofree VitrineLocalOutbox *outbox = g_new0(VitrineLocalOutbox, 1);
    g_autofree char *text = NULL;
    const struct local_request first = at(1, 0);
    int ends[2];

    make_socket(ends);
    add(outbox, first);
    g_assert_cmpint(send(ends[0], &first, 3, 0), ==, 3);
    outbox->sent = 3;
    add(outbox, at(2, 0));
    add(outbox, at(3, 0));
    g_assert_true(vitrine_local_outbox_send(outbox, ends[0]));
    text = drain(ends[1]);
    g_assert_cmpstr(text, ==, "@1/0 @3/0 ");
    close(ends[0]);
    close(ends[1]);
}

/* Reads one, which must be the next. */
static void read_next(int fd, guint *n_read)
{
    struct local_request request;

    g_assert_cmpint(recv(fd, &request, sizeof(request), MSG_WAITALL), ==, sizeof(request));
    g_assert_cmpuint(request.key.scancode, ==, *n_read);
    ++*n_read;
}

/* Who reads slowly is waited for in bounded space, and gets all of it in the end, cut anywhere. */
static void test_outbox_full(void)
{
    g_autofree VitrineLocalOutbox *outbox = g_new0(VitrineLocalOutbox, 1);
    const int odd = 2500;
    guint n_added = 0, n_read = 0, n_cut = 0;
    int ends[2];

    make_socket(ends);
    g_assert_cmpint(setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &odd, sizeof(odd)), ==, 0);
    for (; n_added < VITRINE_LOCAL_OUTBOX_MAX; n_added++)
        add(outbox, key(n_added));
    g_assert_false(vitrine_local_outbox_add(outbox, &(struct local_request){.type = LOCAL_READY}));
    while (n_read < 3 * VITRINE_LOCAL_OUTBOX_MAX) {
        const struct local_request next = key(n_added);

        g_assert_true(vitrine_local_outbox_send(outbox, ends[0]));
        n_cut += outbox->sent > 0;
        if (n_added < 3 * VITRINE_LOCAL_OUTBOX_MAX &&
            outbox->end - outbox->begin < VITRINE_LOCAL_OUTBOX_MAX) {
            add(outbox, next);
            n_added++;
        } else {
            read_next(ends[1], &n_read);
        }
    }
    g_assert_true(vitrine_local_outbox_is_empty(outbox));
    g_assert_cmpuint(n_cut, >, 0);
    close(ends[0]);
    close(ends[1]);
}

/* --- a session --- */

typedef struct {
    int server;
    VitrineSession *session;
    GString *told;
} Fixture;

static void on_resized(VitrineSession *session, Fixture *fixture)
{
    cairo_surface_t *surface = vitrine_session_get_surface(session);

    g_string_append_printf(fixture->told, "%dx%d ", cairo_image_surface_get_width(surface),
                           cairo_image_surface_get_height(surface));
}

static void on_damaged(VitrineSession *session, const VitrineRect *rect, Fixture *fixture)
{
    g_string_append_printf(fixture->told, "%d,%d+%dx%d ", rect->x, rect->y, rect->width,
                           rect->height);
}

static void on_arranged(VitrineSession *session, Fixture *fixture)
{
    g_string_append_printf(fixture->told, "%u monitors ", vitrine_session_get_n_monitors(session));
}

static void on_closed(VitrineSession *session, const char *problem, Fixture *fixture)
{
    g_string_append(fixture->told, "closed ");
    g_assert_nonnull(problem);
}

static void set_up(Fixture *fixture, gconstpointer data)
{
    int ends[2];

    make_socket(ends);
    fixture->server = ends[0];
    fixture->told = g_string_new(NULL);
    fixture->session = vitrine_local_session_new(ends[1]);
    g_signal_connect(fixture->session, "resized", G_CALLBACK(on_resized), fixture);
    g_signal_connect(fixture->session, "damaged", G_CALLBACK(on_damaged), fixture);
    g_signal_connect(fixture->session, "arranged", G_CALLBACK(on_arranged), fixture);
    g_signal_connect(fixture->session, "closed", G_CALLBACK(on_closed), fixture);
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
    if (fixture->server >= 0)
        close(fixture->server);
    g_assert_finalize_object(fixture->session);
    g_string_free(fixture->told, TRUE);
}

static void turn(void)
{
    for (guint i = 0; i < 20; i++)
        g_main_context_iteration(NULL, FALSE);
}

static void assert_told(Fixture *fixture, const char *expected)
{
    turn();
    g_assert_cmpstr(fixture->told->str, ==, expected);
    g_string_truncate(fixture->told, 0);
}

static void assert_said(Fixture *fixture, const char *expected)
{
    g_autofree char *text = NULL;

    turn();
    text = drain(fixture->server);
    g_assert_cmpstr(text, ==, expected);
}

static void show_bytes(Fixture *fixture, const void *bytes, gsize size, const int *fds, guint n_fds)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(4 * sizeof(int))];
    } control = {0};
    struct iovec part = {(void *)bytes, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (n_fds) {
        control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(n_fds * sizeof(int)),
                                          .cmsg_level = SOL_SOCKET,
                                          .cmsg_type = SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.header), fds, n_fds * sizeof(int));
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
    }
    g_assert_cmpint(sendmsg(fixture->server, &message, MSG_NOSIGNAL), ==, size);
}

static const struct local_frame good = {
    .version = LOCAL_VERSION,
    .width = WIDTH,
    .height = HEIGHT,
    .stride = WIDTH * 4,
    .monitor_count = 1,
    .rect_count = 1,
    .monitors = {{0, 0, WIDTH, HEIGHT}},
    .rects = {{1, 2, 3, 1}},
};

static void show(Fixture *fixture, const struct local_frame *frame, gboolean with_picture)
{
    int fd = with_picture ? make_memory(SIZE, F_SEAL_SHRINK) : -1;

    show_bytes(fixture, frame, sizeof(*frame), &fd, with_picture ? 1 : 0);
    if (with_picture)
        close(fd);
}

/* One question for each frame, and not before the picture has been painted. */
static void test_frames(Fixture *fixture, gconstpointer data)
{
    struct local_frame frame = good;

    assert_said(fixture, "ready ");
    vitrine_session_send_key(fixture->session, TRUE, 97, 30); /* about nothing */
    show(fixture, &frame, TRUE);
    assert_told(fixture, "1 monitors 8x4 1,2+3x1 ");
    assert_said(fixture, "");
    vitrine_session_request_update(fixture->session);
    vitrine_session_request_update(fixture->session);
    assert_said(fixture, "ready ");
    /* Monitors are told when they are others, and what makes nobody paint is asked beyond. */
    frame.rects[0].x = 5;
    show(fixture, &frame, FALSE);
    assert_told(fixture, "5,2+3x1 ");
    assert_said(fixture, "");
    vitrine_session_request_update(fixture->session);
    assert_said(fixture, "ready ");
    frame.monitor_count = 2;
    frame.rect_count = 0;
    show(fixture, &frame, FALSE);
    assert_told(fixture, "2 monitors ");
    assert_said(fixture, "ready ");
    /* Another picture of the same size is another picture. */
    frame.rect_count = 1;
    show(fixture, &frame, TRUE);
    assert_told(fixture, "8x4 5,2+3x1 ");
}

static void test_input(Fixture *fixture, gconstpointer data)
{
    show(fixture, &good, TRUE);
    turn();
    assert_said(fixture, "ready ");
    vitrine_session_send_key(fixture->session, TRUE, 97, 30);
    vitrine_session_send_key(fixture->session, FALSE, 97, 30);
    vitrine_session_send_key(fixture->session, TRUE, 0xffff, 0x80 | 0x53);
    vitrine_session_send_key(fixture->session, TRUE, 0xffca, 0);
    vitrine_session_send_pointer(fixture->session, VITRINE_BUTTON_LEFT, 3, 2);
    assert_said(fixture, "+30/61 -30/61 +211/ffff +0/ffca @3/1 ");
}

/* As many fingers as the guest takes, each of a number that no other has while it is down. */
static void test_touch(Fixture *fixture, gconstpointer data)
{
    struct local_frame frame = good;
    guint first, second, other;

    g_assert_false(vitrine_session_touch_down(fixture->session, 1, 1, &first)); /* no picture */
    show(fixture, &frame, TRUE);
    turn();
    assert_said(fixture, "ready ");
    g_assert_cmpuint(vitrine_session_get_n_contacts(fixture->session), ==, 0);
    g_assert_false(vitrine_session_touch_down(fixture->session, 1, 1, &first));
    frame.contact_count = 2;
    frame.rect_count = 0;
    show(fixture, &frame, FALSE);
    turn();
    g_assert_cmpuint(vitrine_session_get_n_contacts(fixture->session), ==, 2);
    g_assert_true(vitrine_session_touch_down(fixture->session, 1, 2, &first));
    g_assert_true(vitrine_session_touch_down(fixture->session, 3, 4, &second));
    g_assert_false(vitrine_session_touch_down(fixture->session, 5, 6, &other));
    vitrine_session_touch_move(fixture->session, second, 5, 2);
    vitrine_session_touch_up(fixture->session, first);
    g_assert_true(vitrine_session_touch_down(fixture->session, 7, 1, &other));
    assert_said(fixture, "ready 0:0@1,2 1:0@3,4 1:1@5,2 0:2@0,0 0:0@7,1 ");
}

/* In any pieces; the descriptor comes with the first. */
static void test_pieces(Fixture *fixture, gconstpointer data)
{
    int fd = make_memory(SIZE, F_SEAL_SHRINK);

    for (gsize i = 0; i < sizeof(good); i++) {
        show_bytes(fixture, (const char *)&good + i, 1, &fd, i == 0);
        turn();
    }
    close(fd);
    assert_told(fixture, "1 monitors 8x4 1,2+3x1 ");
}

static guint count_descriptors(void)
{
    g_autoptr(GDir) directory = g_dir_open("/proc/self/fd", 0, NULL);
    guint count = 0;

    while (g_dir_read_name(directory))
        count++;
    return count;
}

/* Frames that are none end the session, and leave nothing open. */
static void test_bad_frames(void)
{
    static const struct {
        gsize field;
        guint32 value;
        gboolean with_picture;
    } cases[] = {
        {G_STRUCT_OFFSET(struct local_frame, version), 0, TRUE},
        {G_STRUCT_OFFSET(struct local_frame, version), LOCAL_VERSION + 1, TRUE},
        {G_STRUCT_OFFSET(struct local_frame, width), 0, TRUE},
        {G_STRUCT_OFFSET(struct local_frame, width), WIDTH + 1, TRUE},
        {G_STRUCT_OFFSET(struct local_frame, height), HEIGHT + 1, TRUE},
        {G_STRUCT_OFFSET(struct local_frame, height), G_MAXUINT32, TRUE},
        {G_STRUCT_OFFSET(struct local_frame, stride), WIDTH, TRUE},
        {G_STRUCT_OFFSET(struct local_frame, monitor_count), LOCAL_MAX_MONITORS + 1, TRUE},
        {G_STRUCT_OFFSET(struct local_frame, monitor_count), G_MAXUINT32, TRUE},
        {G_STRUCT_OFFSET(struct local_frame, contact_count), LOCAL_MAX_CONTACTS + 1, TRUE},
        {G_STRUCT_OFFSET(struct local_frame, contact_count), G_MAXUINT32, TRUE},
        {G_STRUCT_OFFSET(struct local_frame, rect_count), LOCAL_MAX_RECTS + 1, TRUE},
        {G_STRUCT_OFFSET(struct local_frame, rect_count), G_MAXUINT32, TRUE},
        {G_STRUCT_OFFSET(struct local_frame, version), LOCAL_VERSION, FALSE}, /* no picture */
    };
    guint before = count_descriptors();

    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        Fixture fixture;
        struct local_frame frame = good;

        g_test_message("%u", i);
        set_up(&fixture, NULL);
        memcpy((char *)&frame + cases[i].field, &cases[i].value, sizeof(guint32));
        show(&fixture, &frame, cases[i].with_picture);
        assert_told(&fixture, "closed ");
        g_assert_null(vitrine_session_get_surface(fixture.session));
        tear_down(&fixture, NULL);
    }
    g_assert_cmpuint(count_descriptors(), ==, before);
}

/* Without a picture, a frame is of the one that there is. */
static void test_other_size(Fixture *fixture, gconstpointer data)
{
    struct local_frame frame = good;

    show(fixture, &frame, TRUE);
    turn();
    g_string_truncate(fixture->told, 0);
    frame.height--;
    show(fixture, &frame, FALSE);
    assert_told(fixture, "closed ");
}

/* More descriptors than belong to a frame: none stays open. */
static void test_descriptors(void)
{
    guint before = count_descriptors();
    int fd = make_memory(SIZE, F_SEAL_SHRINK);
    const int fds[4] = {fd, fd, fd, fd};

    for (guint n = 2; n <= 4; n++) {
        Fixture fixture;

        set_up(&fixture, NULL);
        show_bytes(&fixture, &good, sizeof(good), fds, n);
        assert_told(&fixture, "closed ");
        tear_down(&fixture, NULL);
    }
    for (guint i = 0; i < 2; i++) {
        Fixture fixture;

        set_up(&fixture, NULL);
        show_bytes(&fixture, &good, 8, &fd, 1);
        turn();
        if (i == 0)
            show_bytes(&fixture, (const char *)&good + 8, sizeof(good) - 8, &fd, 1);
        else
            close(g_steal_fd(&fixture.server)); /* in the middle */
        assert_told(&fixture, "closed ");
        tear_down(&fixture, NULL);
    }
    close(fd);
    g_assert_cmpuint(count_descriptors(), ==, before);
}

/* Whoever is told of something may have enough of it. */
static void test_closed_meanwhile(Fixture *fixture, gconstpointer data)
{
    struct local_frame frame = good;

    frame.rect_count = 3;
    g_signal_connect(fixture->session, "damaged", G_CALLBACK(vitrine_session_close), NULL);
    show(fixture, &frame, TRUE);
    assert_told(fixture, "1 monitors 8x4 1,2+3x1 ");
}

/* A server that does not read is given up when more waits than anybody does. */
static void test_deaf(Fixture *fixture, gconstpointer data)
{
    show(fixture, &good, TRUE);
    assert_told(fixture, "1 monitors 8x4 1,2+3x1 ");
    for (guint i = 0; i < 100000; i++)
        vitrine_session_send_pointer(fixture->session, 0, i, 0);
    assert_told(fixture, "");
    for (guint i = 0; i < 4 * VITRINE_LOCAL_OUTBOX_MAX; i++)
        vitrine_session_send_key(fixture->session, TRUE, 97, 30);
    assert_told(fixture, "closed ");
}

#define ADD(name, test) g_test_add(name, Fixture, NULL, set_up, test, tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/local-session/picture", test_picture);
    g_test_add_func("/local-session/bad-sizes", test_bad_sizes);
    g_test_add_func("/local-session/bad-memory", test_bad_memory);
    g_test_add_func("/local-session/outbox", test_outbox);
    g_test_add_func("/local-session/outbox-touch", test_outbox_touch);
    g_test_add_func("/local-session/outbox-part", test_outbox_part);
    g_test_add_func("/local-session/outbox-full", test_outbox_full);
    ADD("/local-session/frames", test_frames);
    ADD("/local-session/input", test_input);
    ADD("/local-session/touch", test_touch);
    ADD("/local-session/pieces", test_pieces);
    g_test_add_func("/local-session/bad-frames", test_bad_frames);
    ADD("/local-session/other-size", test_other_size);
    g_test_add_func("/local-session/descriptors", test_descriptors);
    ADD("/local-session/closed-meanwhile", test_closed_meanwhile);
    ADD("/local-session/deaf", test_deaf);
    return g_test_run();
}
