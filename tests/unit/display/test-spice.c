/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real SPICE client, in a process of its own, on the real socket: the picture arrives, and what
 * is typed comes out of the guest's ring. */
#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <linux/landlock.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <rfb/rfbclient.h>
#include <xen/io/kbdif.h>

#include "backend/sandbox.h"
#include "devices/kbdif.h"
#include "fake-xen.h"
#include "listener.h"
#include "session.h"
#include "spice/front.h"
#include "spice/screen.h"
#include "vnc/server.h"

#define WIDTH      64
#define HEIGHT     48
#define BIG_WIDTH  512 /* more than sockets hold for a viewer that does not read */
#define BIG_HEIGHT 512
#define DEADLINE   (20 * G_TIME_SPAN_SECOND)

#define KBD_FRONT "/local/domain/7/device/vkbd/0"
#define KBD_BACK  "/local/domain/0/backend/vkbd/7/0"
#define KBD_PAGE  0x1003
#define KBD_PORT  12

struct viewer {
    GPid pid;
    int input;
    guint source;
    GString *said;
    char *picture;
};

struct fixture {
    char *directory, *path;
    struct session *session;
    struct spice_front *front;
    struct listener *listener;
    struct guest *guest;
    struct kbdif *kbdif;
    struct viewer viewers[2], *viewer;
    uint32_t pixels[BIG_WIDTH * BIG_HEIGHT];
    int watched;
};

/* The library never gives back what it keeps about a keyboard. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:spice_server_add_interface\n";
}

/* --- the server's end --- */

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

static void paint(struct fixture *f, uint32_t seed)
{
    for (size_t i = 0; i < G_N_ELEMENTS(f->pixels); i++)
        f->pixels[i] = (uint32_t)(i * 0x010203 + seed) & 0xffffff;
}

static void start_kbd(struct fixture *f)
{
    struct xenbus_class class = kbdif_class(WIDTH, HEIGHT, 0, false);
    g_autofree char *problem = NULL;

    fake_xen_reset();
    f->guest = guest_open(FAKE_DOMID, &problem);
    g_assert_null(problem);
    g_assert_true(xenbus_create_nodes(f->guest, &class, 1));
    f->kbdif = kbdif_start(f->guest, NULL, NULL);
    fake_store_set(KBD_FRONT "/request-abs-pointer", "1");
    fake_store_set(KBD_FRONT "/page-ref", "4099");
    fake_store_set(KBD_FRONT "/event-channel", "12");
    fake_store_set(KBD_FRONT "/state", "3");
    session_set_input(f->session, &kbdif_sink, f->kbdif);
}

/* As far as it goes before the sandbox, and the rest. */
static void set_up_front(struct fixture *f)
{
    const struct spice_strangers strangers = {0};
    g_autofree char *problem = NULL;

    f->directory = g_dir_make_tmp("display-XXXXXX", NULL);
    f->path = g_build_filename(f->directory, "spice", NULL);
    f->viewer = &f->viewers[0];
    f->viewers[0].picture = g_build_filename(f->directory, "picture", NULL);
    f->viewers[1].picture = g_build_filename(f->directory, "other", NULL);
    f->session = session_new(WIDTH, HEIGHT);
    session_set_watched_hook(f->session, on_watched, f);
    start_kbd(f);
    f->front = spice_front_new(f->session, "a guest", &strangers, &problem);
    g_assert_null(problem);
    f->listener = listener_new(f->path, spice_front_accept, f->front, &problem);
    g_assert_null(problem);
}

static void start_front(struct fixture *f)
{
    spice_front_start(f->front);
    paint(f, 0);
    set_source(f, WIDTH, HEIGHT);
}

static void fixture_set_up(struct fixture *f, gconstpointer data)
{
    set_up_front(f);
    start_front(f);
}

static void fixture_tear_down(struct fixture *f, gconstpointer data)
{
    listener_free(f->listener);
    spice_front_free(f->front);
    set_source(f, WIDTH / 2, HEIGHT); /* is told to nobody */
    kbdif_stop(f->kbdif);
    guest_close(f->guest);
    session_free(f->session);
    g_assert_cmpint(f->watched, ==, 0);
    for (size_t i = 0; i < G_N_ELEMENTS(f->viewers); i++) {
        g_remove(f->viewers[i].picture);
        g_free(f->viewers[i].picture);
    }
    g_rmdir(f->directory);
    g_free(f->directory);
    g_free(f->path);
}

static gboolean wake(gpointer data)
{
    return G_SOURCE_CONTINUE;
}

/* Runs the server until @done says so; fails the test if it never does. */
static void run_until(bool (*done)(struct fixture *f), struct fixture *f)
{
    gint64 deadline = g_get_monotonic_time() + DEADLINE;
    guint timer = g_timeout_add(5, wake, NULL);
    bool is_done;

    while (!(is_done = done(f)) && g_get_monotonic_time() < deadline)
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(timer);
    if (!is_done)
        g_test_message("the viewer said: %s", f->viewer->said ? f->viewer->said->str : "");
    g_assert_true(is_done);
}

static void run_for(gint64 us)
{
    gint64 end = g_get_monotonic_time() + us;

    while (g_get_monotonic_time() < end) {
        while (g_main_context_iteration(NULL, FALSE))
            ;
        g_usleep(1000);
    }
}

/* --- the viewer's end --- */

static gboolean on_said(gint fd, GIOCondition condition, gpointer data)
{
    struct viewer *viewer = data;
    char buffer[4096];
    ssize_t got = read(fd, buffer, sizeof(buffer));

    if (got > 0) {
        g_string_append_len(viewer->said, buffer, got);
        return G_SOURCE_CONTINUE;
    }
    close(fd);
    viewer->source = 0;
    return G_SOURCE_REMOVE;
}

static void viewer_start(struct fixture *f)
{
    char *argv[] = {(char *)g_getenv("SPICE_VIEWER"), f->path, f->viewer->picture, NULL};
    g_autoptr(GError) error = NULL;
    int output;

    g_assert_true(g_spawn_async_with_pipes(NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                           &f->viewer->pid, &f->viewer->input, &output, NULL,
                                           &error));
    f->viewer->said = g_string_new(NULL);
    f->viewer->source = g_unix_fd_add(output, G_IO_IN | G_IO_HUP, on_said, f->viewer);
}

static void viewer_do(struct fixture *f, const char *line)
{
    g_assert_cmpint(write(f->viewer->input, line, strlen(line)), ==, (ssize_t)strlen(line));
    g_assert_cmpint(write(f->viewer->input, "\n", 1), ==, 1);
}

static bool viewer_has_seen(struct fixture *f)
{
    return strstr(f->viewer->said->str, "seen\n") != NULL;
}

static bool viewer_shows(struct fixture *f)
{
    const struct surface *surface = session_surface(f->session);
    g_autofree uint32_t *shown = NULL;
    gsize length;

    g_string_truncate(f->viewer->said, 0);
    viewer_do(f, "look");
    run_until(viewer_has_seen, f);
    g_assert_true(g_file_get_contents(f->viewer->picture, (char **)&shown, &length, NULL));
    if (length != (gsize)surface->width * surface->height * 4)
        return false;
    for (unsigned i = 0; i < surface->width * surface->height; i++)
        if ((shown[i] ^ f->pixels[i]) & 0xffffff)
            return false;
    return true;
}

static bool viewer_is_open(struct fixture *f)
{
    const char *said = f->viewer->said->str;

    g_assert_null(strstr(said, "gone"));
    return strstr(said, "open display\n") && strstr(said, "open inputs\n") &&
           strstr(said, "picture ") && strstr(said, "changed ");
}

static bool is_ended(struct fixture *f)
{
    return f->viewer->source == 0;
}

static bool nobody_watches(struct fixture *f)
{
    return f->watched == 0;
}

static void viewer_open(struct fixture *f)
{
    viewer_start(f);
    run_until(viewer_is_open, f);
    run_until(viewer_shows, f);
    g_assert_cmpint(f->watched, ==, 1);
}

static void viewer_end(struct fixture *f)
{
    close(f->viewer->input);
    run_until(is_ended, f);
    waitpid(f->viewer->pid, NULL, 0);
    g_spawn_close_pid(f->viewer->pid);
    g_string_free(g_steal_pointer(&f->viewer->said), TRUE);
}

static void viewer_stop(struct fixture *f)
{
    viewer_end(f);
    run_until(nobody_watches, f);
}

/* --- tests --- */

static void test_picture(struct fixture *f, gconstpointer data)
{
    viewer_open(f);
    for (int x = 10; x < 20; x++)
        f->pixels[5 * WIDTH + x] = 0xff0000;
    session_damage(f->session, &(struct rect){10, 5, 10, 1});
    run_until(viewer_shows, f);
    viewer_stop(f);
}

static bool change_arrived(struct fixture *f)
{
    return strstr(f->viewer->said->str, "changed 10 5 2 1\n") != NULL;
}

/* What is sent is what was damaged and is new: nothing else, and nothing without. */
static void test_damage_only(struct fixture *f, gconstpointer data)
{
    viewer_open(f);
    run_for(100 * G_TIME_SPAN_MILLISECOND);
    g_string_truncate(f->viewer->said, 0);
    f->pixels[0] ^= 0xffffff;
    f->pixels[5 * WIDTH + 10] ^= 0xffffff;
    f->pixels[5 * WIDTH + 11] ^= 0xffffff;
    session_damage(f->session, &(struct rect){0, 5, WIDTH, 2});
    run_until(change_arrived, f);
    run_for(200 * G_TIME_SPAN_MILLISECOND);
    g_assert_cmpstr(f->viewer->said->str, ==, "changed 10 5 2 1\n");
    g_assert_false(viewer_shows(f)); /* pixel 0 was not named */
    f->pixels[0] ^= 0xffffff;
    g_assert_true(viewer_shows(f));
    viewer_stop(f);
}

static bool viewer_counts(struct fixture *f, const char *monitors)
{
    g_string_truncate(f->viewer->said, 0);
    viewer_do(f, "count");
    for (unsigned ms = 0; !strchr(f->viewer->said->str, '.') && ms < 5000; ms++) {
        g_main_context_iteration(NULL, FALSE);
        g_usleep(1000);
    }
    return strstr(f->viewer->said->str, monitors) != NULL;
}

static bool has_two_monitors(struct fixture *f)
{
    g_autofree char *two = g_strdup_printf("monitors: %dx%d+0+0 %dx%d+%d+0.", WIDTH / 4, HEIGHT,
                                           WIDTH * 3 / 4, HEIGHT, WIDTH / 4);

    return viewer_counts(f, two);
}

static bool has_one_monitor(struct fixture *f)
{
    g_autofree char *one = g_strdup_printf("monitors: %dx%d+0+0.", WIDTH, HEIGHT);

    return viewer_counts(f, one);
}

/* Two screens side by side are two monitors for the viewer, and one picture. */
static void test_monitors(struct fixture *f, gconstpointer data)
{
    struct pixel_source whole = {.base = (const uint8_t *)f->pixels,
                                 .stride = WIDTH * 4,
                                 .width = WIDTH,
                                 .height = HEIGHT,
                                 .depth = 32};
    struct session_part parts[2] = {{.source = whole}, {.source = whole, .x = WIDTH / 4}};

    pixel_source_crop(&parts[0].source, &(struct rect){0, 0, WIDTH / 4, HEIGHT});
    pixel_source_crop(&parts[1].source, &(struct rect){WIDTH / 4, 0, WIDTH * 3 / 4, HEIGHT});
    viewer_open(f);
    paint(f, 7);
    session_set_parts(f->session, parts, 2);
    run_until(viewer_shows, f);
    run_until(has_two_monitors, f);
    viewer_stop(f);
    viewer_open(f); /* who comes later is told, too */
    run_until(has_two_monitors, f);
    set_source(f, WIDTH, HEIGHT);
    run_until(has_one_monitor, f);
    viewer_stop(f);
}

static void test_resize(struct fixture *f, gconstpointer data)
{
    viewer_open(f);
    set_source(f, WIDTH * 2, HEIGHT * 2);
    run_until(viewer_shows, f);
    set_source(f, WIDTH / 2, HEIGHT / 2);
    run_until(viewer_shows, f);
    /* The guest lets go of its memory: what was shown last stays. */
    session_set_source(f->session, NULL);
    run_for(100 * G_TIME_SPAN_MILLISECOND);
    g_assert_true(viewer_shows(f));
    viewer_stop(f);
}

/* One goes, the next one comes; the size has changed in between. */
static void test_again(struct fixture *f, gconstpointer data)
{
    viewer_open(f);
    viewer_stop(f);
    paint(f, 77);
    set_source(f, WIDTH * 2, HEIGHT);
    viewer_start(f);
    run_until(viewer_is_open, f);
    run_until(viewer_shows, f);
    viewer_stop(f);
}

static unsigned take_events(struct fixture *f, GString *events)
{
    struct xenkbd_page *page = fake_frame(KBD_PAGE);
    unsigned count = 0;

    for (; page->in_cons != page->in_prod; page->in_cons++, count++) {
        const union xenkbd_in_event *event = &XENKBD_IN_RING_REF(page, page->in_cons);

        if (event->type == XENKBD_TYPE_KEY)
            g_string_append_printf(events, "%c%u ", event->key.pressed ? '+' : '-',
                                   event->key.keycode);
        else if (event->type == XENKBD_TYPE_POS)
            g_string_append_printf(events, "@%d,%d%+d ", event->pos.abs_x, event->pos.abs_y,
                                   event->pos.rel_z);
        else
            g_string_append(events, "? ");
    }
    if (count)
        fake_guest_notifies(KBD_PORT);
    return count;
}

static GString *guest_events;

static bool end_arrived(struct fixture *f)
{
    take_events(f, guest_events);
    return g_str_has_suffix(guest_events->str, "+111 ");
}

static bool delete_is_released(struct fixture *f)
{
    take_events(f, guest_events);
    return strcmp(guest_events->str, "-111 ") == 0;
}

static void test_input(struct fixture *f, gconstpointer data)
{
    static const char *const play[] = {
        "press 0x1e", "release 0x1e", "press 0x148", "release 0x148", "move 10 20", "down 1",
        "up 1",       "down 3",       "up 3",        "down 4",        "up 4",       "down 5",
        "up 5",       "move 63 47",   "press 0x153", /* stays down */
    };

    guest_events = g_string_new(NULL);
    viewer_open(f);
    for (size_t i = 0; i < G_N_ELEMENTS(play); i++)
        viewer_do(f, play[i]);
    run_until(end_arrived, f);
    g_assert_cmpstr(guest_events->str, ==,
                    "+30 -30 +103 -103 @10,20+0 +272 -272 +273 -273 @10,20-1 @10,20+1 @63,47+0 "
                    "+111 ");
    /* The viewer goes with a key down: it is released. */
    g_string_truncate(guest_events, 0);
    viewer_stop(f);
    run_until(delete_is_released, f);
    g_string_free(guest_events, TRUE);
}

/* How often this process's other threads have begun to wait. */
static unsigned long waits_of_threads(void)
{
    GDir *tasks = g_dir_open("/proc/self/task", 0, NULL);
    unsigned long sum = 0;
    const char *name;

    while ((name = g_dir_read_name(tasks))) {
        g_autofree char *path = g_strdup_printf("/proc/self/task/%s/status", name);
        g_autofree char *status = NULL;
        const char *line;

        if (atoi(name) == getpid() || !g_file_get_contents(path, &status, NULL, NULL))
            continue;
        line = strstr(status, "\nvoluntary_ctxt_switches:");
        g_assert_nonnull(line);
        sum += strtoul(strchr(line, ':') + 1, NULL, 10);
    }
    g_dir_close(tasks);
    return sum;
}

/* How often anything runs in half a second. */
static unsigned long wakeups(void)
{
    gint64 end = g_get_monotonic_time() + 500 * G_TIME_SPAN_MILLISECOND;
    unsigned long before = waits_of_threads(), count = 0;

    while (g_get_monotonic_time() < end) {
        if (g_main_context_iteration(NULL, FALSE))
            count++;
        g_usleep(1000);
    }
    return count + waits_of_threads() - before;
}

/* Nothing changes: nothing runs. Nobody looks on: not even when something changes. */
static void test_idle(struct fixture *f, gconstpointer data)
{
    viewer_open(f);
    run_for(300 * G_TIME_SPAN_MILLISECOND);
    /* The library asks a viewer from time to time, every 15 s, whether it is still there. */
    g_assert_cmpuint(wakeups(), <=, 4);
    viewer_stop(f);
    run_for(300 * G_TIME_SPAN_MILLISECOND);
    session_damage(f->session, &(struct rect){0, 0, WIDTH, HEIGHT});
    g_assert_cmpuint(wakeups(), ==, 0);
}

/* A newer viewer takes the place of the one before, as the library has it. */
static bool is_sent_away(struct fixture *f)
{
    return strstr(f->viewer->said->str, "gone\n") != NULL;
}

static void test_two(struct fixture *f, gconstpointer data)
{
    viewer_open(f);
    f->viewer = &f->viewers[1];
    viewer_start(f);
    run_until(viewer_is_open, f);
    run_until(viewer_shows, f);
    g_assert_cmpint(f->watched, ==, 1);
    f->viewer = &f->viewers[0];
    run_until(is_sent_away, f);
    viewer_end(f);
    g_assert_cmpint(f->watched, ==, 1);
    f->viewer = &f->viewers[1];
    viewer_stop(f);
}

/* --- VNC at the same time --- */

static struct {
    GMutex lock;
    char *path;
    bool quit;
    int width, height;
    uint32_t last; /* the picture's last pixel */
} vnc;

static void vnc_updated(rfbClient *client, int x, int y, int w, int h)
{
    g_mutex_lock(&vnc.lock);
    vnc.width = client->width;
    vnc.height = client->height;
    vnc.last =
        ((uint32_t *)(void *)client->frameBuffer)[client->width * client->height - 1] & 0xffffff;
    g_mutex_unlock(&vnc.lock);
}

static bool vnc_should_quit(void)
{
    bool quit;

    g_mutex_lock(&vnc.lock);
    quit = vnc.quit;
    g_mutex_unlock(&vnc.lock);
    return quit;
}

static gpointer vnc_main(gpointer data)
{
    rfbClient *client = rfbGetClient(8, 3, 4);

    client->format.redShift = 16;
    client->format.blueShift = 0;
    client->canHandleNewFBSize = TRUE;
    free(client->serverHost);
    client->serverHost = strdup(vnc.path);
    client->GotFrameBufferUpdate = vnc_updated;
    client->appData.encodingsString = "raw";
    g_assert_true(rfbInitClient(client, NULL, NULL));
    while (!vnc_should_quit())
        if (WaitForMessage(client, 20000) > 0 && !HandleRFBServerMessage(client))
            break;
    free(client->frameBuffer);
    rfbClientCleanup(client);
    return NULL;
}

static bool vnc_is_current(struct fixture *f)
{
    const struct surface *surface = session_surface(f->session);
    bool current;

    g_mutex_lock(&vnc.lock);
    current = vnc.width == (int)surface->width && vnc.height == (int)surface->height &&
              vnc.last == f->pixels[surface->width * surface->height - 1];
    g_mutex_unlock(&vnc.lock);
    return current;
}

/* A SPICE viewer that stands still holds up nobody, and costs no more than what is allowed. */
static void test_both(struct fixture *f, gconstpointer data)
{
    const size_t picture = BIG_WIDTH * BIG_HEIGHT * 4;
    g_autofree char *problem = NULL;
    struct vnc_server *server = vnc_server_new(f->session, "a guest", NULL);
    size_t most = 0;
    struct listener *listener;
    GThread *thread;

    rfbEnableClientLogging = FALSE;
    vnc.path = g_build_filename(f->directory, "vnc", NULL);
    vnc.quit = false;
    listener = listener_new(vnc.path, vnc_server_accept, server, &problem);
    thread = g_thread_new("vnc", vnc_main, NULL);
    viewer_open(f);
    run_until(vnc_is_current, f);
    set_source(f, BIG_WIDTH, BIG_HEIGHT);
    run_until(viewer_shows, f);
    run_until(vnc_is_current, f);

    kill(f->viewer->pid, SIGSTOP);
    for (int i = 1; i <= 30; i++) {
        /* Each leaves a line of the one before to be seen: the library drops what is hidden. */
        paint(f, (uint32_t)i * 999);
        session_damage(f->session, &(struct rect){0, i, BIG_WIDTH, BIG_HEIGHT - i});
        run_until(vnc_is_current, f);
        most = MAX(most, spice_front_held(f->front));
    }
    g_assert_cmpuint(most, >=, picture);
    g_assert_cmpuint(most, <=, 3 * picture);
    kill(f->viewer->pid, SIGCONT);
    session_damage(f->session, &(struct rect){0, 0, BIG_WIDTH, BIG_HEIGHT});
    run_until(viewer_shows, f);

    g_mutex_lock(&vnc.lock);
    vnc.quit = true;
    g_mutex_unlock(&vnc.lock);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    viewer_end(f);
    run_until(nobody_watches, f);
    g_thread_join(thread);
    listener_free(listener);
    vnc_server_free(server);
    g_free(vnc.path);
}

/* A guest that says without end that everything has changed: frames are paced, and no memory piles
 * up; the last picture arrives. */
static void test_flood(struct fixture *f, gconstpointer data)
{
    const size_t picture = BIG_WIDTH * BIG_HEIGHT * 4;
    gint64 end;
    unsigned floods = 0, changes = 0;
    size_t most = 0;

    set_source(f, BIG_WIDTH, BIG_HEIGHT);
    viewer_open(f);
    g_string_truncate(f->viewer->said, 0);
    end = g_get_monotonic_time() + G_TIME_SPAN_SECOND;
    while (g_get_monotonic_time() < end) {
        /* Rectangles that no later one hides, of which the library would keep a thousand. */
        int at = (int)((end - g_get_monotonic_time()) / 2000);

        at = CLAMP(BIG_HEIGHT - at, 0, BIG_HEIGHT - 1);
        f->pixels[at * BIG_WIDTH]++;
        f->pixels[BIG_HEIGHT * BIG_WIDTH - 1]++;
        session_damage(f->session, &(struct rect){0, at, BIG_WIDTH, BIG_HEIGHT - at});
        floods++;
        while (g_main_context_iteration(NULL, FALSE))
            ;
        most = MAX(most, spice_front_held(f->front));
    }
    for (const char *at = f->viewer->said->str; (at = strstr(at, "changed")); at++)
        changes++;
    g_test_message("%u floods, %u changes, %zu bytes", floods, changes, most);
    g_assert_cmpuint(floods, >, 1000);
    g_assert_cmpuint(changes, >, 0);
    g_assert_cmpuint(changes, <=, 1000 / 16 * 2);
    g_assert_cmpuint(most, <=, 4 * picture);
    paint(f, 4711);
    session_damage(f->session, &(struct rect){0, 0, BIG_WIDTH, BIG_HEIGHT});
    run_until(viewer_shows, f);
    viewer_stop(f);
}

/* --- in the sandbox --- */

static bool has_a_picture(struct fixture *f)
{
    return strstr(f->viewer->said->str, "picture 64 48\n") &&
           strstr(f->viewer->said->str, "changed 0 0 64 48\n") &&
           strstr(f->viewer->said->str, "open inputs\n");
}

static bool key_arrived(struct fixture *f)
{
    take_events(f, guest_events);
    return strcmp(guest_events->str, "+30 ") == 0;
}

/* As main() does it: what starts after the sandbox was entered can do without files. */
static void sandboxed(void)
{
    const char *sockets[SANDBOX_MAX_REMOVABLE] = {0};
    struct fixture *f = g_new0(struct fixture, 1);

    guest_events = g_string_new(NULL);
    set_up_front(f);
    sockets[0] = f->path;
    viewer_start(f);
    sandbox_enter(sockets);
    g_assert_cmpint(open("/etc/passwd", O_RDONLY), ==, -1);
    start_front(f);
    run_until(has_a_picture, f);
    viewer_do(f, "press 0x1e");
    run_until(key_arrived, f);
    viewer_stop(f);
    listener_free(f->listener);
    spice_front_free(f->front);
    g_assert_false(g_file_test(f->path, G_FILE_TEST_EXISTS));
    _exit(0); /* the leak checker could not read what it needs */
}

static void test_sandboxed(void)
{
    if (g_test_subprocess())
        sandboxed();
    if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 1) {
        g_test_skip("this kernel has no Landlock");
        return;
    }
    g_test_trap_subprocess(NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed();
}

#define ADD(name, test) \
    g_test_add(name, struct fixture, NULL, fixture_set_up, test, fixture_tear_down)

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    g_test_init(&argc, &argv, NULL);
    /* The library warns of a viewer that goes in the middle of something: only ours are faults. */
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
    g_log_set_fatal_mask(NULL, G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    ADD("/spice/picture", test_picture);
    ADD("/spice/damage-only", test_damage_only);
    ADD("/spice/monitors", test_monitors);
    ADD("/spice/resize", test_resize);
    ADD("/spice/again", test_again);
    ADD("/spice/input", test_input);
    ADD("/spice/idle", test_idle);
    ADD("/spice/two", test_two);
    ADD("/spice/both", test_both);
    ADD("/spice/flood", test_flood);
    g_test_add_func("/spice/sandboxed", test_sandboxed);
    return g_test_run();
}
