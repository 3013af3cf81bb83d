/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The back ends against front ends that behave like Linux's, and some that do not. */
#include <limits.h>
#include <stdint.h>
#include <string.h>

#include <linux/input-event-codes.h>

#include <glib.h>
#include <xen/io/fbif.h>
#include <xen/io/kbdif.h>

#include "devices/fbif.h"
#include "devices/kbdif.h"
#include "fake-xen.h"

#define FRONT(type) "/local/domain/7/device/" type "/0"
#define BACK(type)  "/local/domain/0/backend/" type "/7/0"

/* Where the guest keeps things: frame numbers and ports. */
#define FB_PAGE      0x1001
#define FB_DIRECTORY 0x1002
#define FB_PIXELS    0x1700 /* in falling order, so that a mistake in the directory shows */
#define KBD_PAGE     0x1003
#define KBD_GREF     77
#define FB_PORT      11
#define KBD_PORT     12

#define WIDTH        800
#define HEIGHT       600
#define FB_PAGES     512
#define VIDEORAM_KIB 8192
#define CONTACTS     4

struct fixture {
    struct guest *guest;
    struct session *session;
    struct heads *heads;
    struct session_link *link;
    struct session_viewer *viewer;
    struct fbif *fbif;
    struct kbdif *kbdif;
    struct xenbus_class classes[2];
    bool restored;
    unsigned contacts; /* that the guest takes, as was told last */
};

/* A front end that shows nothing: the tests look at the surface. */

static void ignore_resized(void *data, const struct surface *surface)
{
}

static void ignore_damaged(void *data, const struct rect *rect)
{
}

static void ignore_frame(void *data)
{
}

static const struct session_front onlooker = {
    .resized = ignore_resized,
    .damaged = ignore_damaged,
    .frame = ignore_frame,
};

/* --- the server's side --- */

static void on_touch_changed(void *data, unsigned contacts)
{
    struct fixture *f = data;

    f->contacts = contacts;
    session_set_contacts(f->session, contacts);
}

static void start(struct fixture *f)
{
    g_autofree char *problem = NULL;

    f->guest = guest_open(FAKE_DOMID, &problem);
    g_assert_null(problem);
    f->classes[0] = fbif_class(VIDEORAM_KIB);
    f->classes[1] = kbdif_class(WIDTH, HEIGHT, CONTACTS, f->restored);
    g_assert_true(xenbus_create_nodes(f->guest, f->classes, 2));
    f->session = session_new(640, 480);
    f->link = session_add_front(f->session, &onlooker, NULL);
    f->heads = heads_new(f->session);
    f->fbif = fbif_start(f->guest, heads_console(f->heads), VIDEORAM_KIB);
    f->kbdif = kbdif_start(f->guest, on_touch_changed, f);
    g_assert_nonnull(f->fbif);
    g_assert_nonnull(f->kbdif);
    heads_set_input(f->heads, &kbdif_sink, f->kbdif);
}

static void stop(struct fixture *f)
{
    if (f->viewer)
        session_viewer_free(f->viewer);
    f->viewer = NULL;
    kbdif_stop(f->kbdif);
    fbif_stop(f->fbif);
    heads_free(f->heads);
    session_free(f->session);
    guest_close(f->guest);
}

static void fixture_set_up(struct fixture *f, gconstpointer data)
{
    fake_xen_reset();
    start(f);
}

static void fixture_tear_down(struct fixture *f, gconstpointer data)
{
    stop(f);
    g_assert_cmpuint(fake_mapped_pages(), ==, 0);
    g_assert_false(fake_port_is_bound(FB_PORT));
    g_assert_false(fake_port_is_bound(KBD_PORT));
}

/* Lets the server do all that it has to do, timers included. */
static void settle(void)
{
    /* Counted, not timed: on a busy machine much time may pass in which we did not run. */
    for (unsigned quiet_ms = 0; quiet_ms < 40;) {
        if (g_main_context_iteration(NULL, FALSE)) {
            quiet_ms = 0;
        } else {
            g_usleep(1000);
            quiet_ms++;
        }
    }
}

/* The same for as long as it takes: a guest that opens and closes all the time is slowed down. */
static void wait_for_state(const char *path, const char *state)
{
    gint64 end = g_get_monotonic_time() + 5 * G_TIME_SPAN_SECOND;

    settle();
    while (g_strcmp0(fake_store_get(path), state) != 0 && g_get_monotonic_time() < end)
        settle();
    g_assert_cmpstr(fake_store_get(path), ==, state);
}

/* --- the guest's side --- */

static struct xenfb_page *fb_page(void)
{
    return fake_frame(FB_PAGE);
}

static struct xenkbd_page *kbd_page(void)
{
    return fake_frame(KBD_PAGE);
}

static void guest_paints(unsigned x, unsigned y, uint32_t colour)
{
    size_t at = ((size_t)y * WIDTH + x) * 4;
    uint8_t *page = fake_frame(FB_PIXELS - at / FAKE_PAGE_SIZE);

    memcpy(page + at % FAKE_PAGE_SIZE, &colour, sizeof(colour));
}

static void guest_sets_up_fb(void)
{
    struct xenfb_page *page = fb_page();
    unsigned long *frames = fake_frame(FB_DIRECTORY);

    for (unsigned i = 0; i < FB_PAGES; i++)
        frames[i] = FB_PIXELS - i;
    memset(page, 0, FAKE_PAGE_SIZE);
    page->width = WIDTH;
    page->height = HEIGHT;
    page->depth = 32;
    page->line_length = WIDTH * 4;
    page->mem_length = FB_PAGES * FAKE_PAGE_SIZE;
    page->pd[0] = FB_DIRECTORY;
}

static void guest_offers_fb(void)
{
    fake_store_set(FRONT("vfb") "/page-ref", "4097");
    fake_store_set(FRONT("vfb") "/event-channel", "11");
    fake_store_set(FRONT("vfb") "/protocol", "x86_64-abi");
    fake_store_set(FRONT("vfb") "/feature-update", "1");
    fake_store_set(FRONT("vfb") "/state", "3");
}

static void guest_offers_kbd(void)
{
    fake_grant(KBD_GREF, KBD_PAGE);
    fake_store_set(FRONT("vkbd") "/request-abs-pointer", "1");
    fake_store_set(FRONT("vkbd") "/page-ref", "4099");
    fake_store_set(FRONT("vkbd") "/page-gref", "77");
    fake_store_set(FRONT("vkbd") "/event-channel", "12");
    fake_store_set(FRONT("vkbd") "/state", "3");
}

static void guest_connects(void)
{
    guest_sets_up_fb();
    guest_offers_fb();
    guest_offers_kbd();
    settle();
    g_assert_cmpstr(fake_store_get(BACK("vfb") "/state"), ==, "4");
    g_assert_cmpstr(fake_store_get(BACK("vkbd") "/state"), ==, "4");
    fake_store_set(FRONT("vfb") "/state", "4");
    fake_store_set(FRONT("vkbd") "/state", "4");
    settle();
}

static void guest_sends(const union xenfb_out_event *event)
{
    struct xenfb_page *page = fb_page();

    XENFB_OUT_RING_REF(page, page->out_prod) = *event;
    page->out_prod++;
    fake_guest_notifies(FB_PORT);
}

static void guest_updates(int x, int y, int width, int height)
{
    guest_sends(&(union xenfb_out_event){
        .update = {.type = XENFB_TYPE_UPDATE, .x = x, .y = y, .width = width, .height = height}});
}

static uint32_t shown(struct fixture *f, unsigned x, unsigned y)
{
    const struct surface *surface = session_surface(f->session);

    return surface->pixels[y * surface->width + x];
}

/* --- nodes --- */

static void test_nodes(struct fixture *f, gconstpointer data)
{
    g_assert_cmpstr(fake_store_get(FRONT("vfb") "/backend"), ==, BACK("vfb"));
    g_assert_cmpstr(fake_store_get(FRONT("vfb") "/backend-id"), ==, "0");
    g_assert_cmpstr(fake_store_get(FRONT("vfb") "/state"), ==, "1");
    g_assert_cmpstr(fake_store_get(BACK("vfb") "/frontend"), ==, FRONT("vfb"));
    g_assert_cmpstr(fake_store_get(BACK("vfb") "/frontend-id"), ==, "7");
    g_assert_cmpstr(fake_store_get(BACK("vfb") "/online"), ==, "1");
    g_assert_cmpstr(fake_store_get(BACK("vfb") "/state"), ==, "2");
    g_assert_cmpstr(fake_store_get(BACK("vfb") "/request-update"), ==, "1");
    g_assert_cmpstr(fake_store_get(BACK("vfb") "/feature-resize"), ==, "1");
    g_assert_cmpstr(fake_store_get(BACK("vfb") "/videoram"), ==, "8");
    g_assert_cmpstr(fake_store_get(BACK("vkbd") "/feature-abs-pointer"), ==, "1");
    g_assert_cmpstr(fake_store_get(BACK("vkbd") "/width"), ==, "800");
    g_assert_cmpstr(fake_store_get(BACK("vkbd") "/height"), ==, "600");
    g_assert_cmpstr(fake_store_get(BACK("vkbd") "/feature-multi-touch"), ==, "1");
    g_assert_cmpstr(fake_store_get(BACK("vkbd") "/multi-touch-num-contacts"), ==, "4");
    g_assert_cmpstr(fake_store_get(BACK("vkbd") "/multi-touch-width"), ==, "800");
    g_assert_cmpstr(fake_store_get(BACK("vkbd") "/multi-touch-height"), ==, "600");
    g_assert_cmpstr(fake_store_permissions(FRONT("vkbd")), ==, "n7,r0");
    g_assert_cmpstr(fake_store_permissions(FRONT("vkbd") "/state"), ==, "n7,r0");
    g_assert_cmpstr(fake_store_permissions(BACK("vkbd")), ==, "n0,r7");
    g_assert_cmpstr(fake_store_permissions(BACK("vkbd") "/state"), ==, "n0,r7");
}

static void test_nodes_conflict(struct fixture *f, gconstpointer data)
{
    stop(f);
    fake_xen_reset();
    fake_store_conflicts(3);
    start(f);
    g_assert_cmpstr(fake_store_get(BACK("vkbd") "/state"), ==, "2");
}

static void test_nodes_conflict_forever(struct fixture *f, gconstpointer data)
{
    fake_store_conflicts(1000000);
    g_assert_false(xenbus_create_nodes(f->guest, f->classes, 2));
    fake_store_conflicts(0);
}

/* Left over from another guest of this number that ended without us: made anew. */
static void test_nodes_stale(struct fixture *f, gconstpointer data)
{
    fake_store_set(FRONT("vfb"), NULL);
    fake_store_set(BACK("vfb") "/state", "4");
    g_assert_true(xenbus_create_nodes(f->guest, f->classes, 2));
    g_assert_cmpstr(fake_store_get(BACK("vfb") "/state"), ==, "2");
    g_assert_cmpstr(fake_store_get(FRONT("vfb") "/state"), ==, "1");
}

static void test_nodes_removed(struct fixture *f, gconstpointer data)
{
    xenbus_remove_nodes(f->guest, f->classes, 2);
    g_assert_null(fake_store_get("/local/domain/0/backend/vfb/7"));
    g_assert_null(fake_store_get("/local/domain/0/backend/vkbd/7"));
    g_assert_nonnull(fake_store_get(FRONT("vfb") "/state"));
}

/* --- the framebuffer --- */

static void test_picture(struct fixture *f, gconstpointer data)
{
    f->viewer = session_viewer_new(f->link);
    guest_paints(0, 0, 0x111111);
    guest_paints(WIDTH - 1, HEIGHT - 1, 0x222222);
    guest_connects();
    g_assert_cmpuint(session_surface(f->session)->width, ==, WIDTH);
    g_assert_cmphex(shown(f, 0, 0), ==, 0x111111);
    g_assert_cmphex(shown(f, WIDTH - 1, HEIGHT - 1), ==, 0x222222);
    guest_paints(100, 100, 0x333333);
    guest_paints(200, 200, 0x444444);
    guest_updates(100, 100, 1, 1);
    settle();
    g_assert_cmphex(shown(f, 100, 100), ==, 0x333333);
    g_assert_cmphex(shown(f, 200, 200), ==, 0);
    g_assert_cmpuint(fb_page()->out_cons, ==, fb_page()->out_prod);
    g_assert_cmpuint(fake_notified(FB_PORT), ==, 1);
}

/* Nobody looks on: the guest's events stay, and wake us once at most. */
static void test_unwatched(struct fixture *f, gconstpointer data)
{
    guest_connects();
    guest_paints(5, 5, 0x555555);
    for (int i = 0; i < 10; i++)
        guest_updates(5, 5, 1, 1);
    settle();
    g_assert_cmpuint(fb_page()->out_cons, ==, 0);
    g_assert_cmphex(shown(f, 5, 5), ==, 0);
    f->viewer = session_viewer_new(f->link);
    settle();
    g_assert_cmpuint(fb_page()->out_cons, ==, 10);
    g_assert_cmphex(shown(f, 5, 5), ==, 0x555555);
    guest_paints(6, 6, 0x666666);
    guest_updates(6, 6, 1, 1);
    settle();
    g_assert_cmphex(shown(f, 6, 6), ==, 0x666666);
}

static void test_resize(struct fixture *f, gconstpointer data)
{
    union xenfb_out_event event = {.resize = {.type = XENFB_TYPE_RESIZE,
                                              .width = 640,
                                              .height = 480,
                                              .stride = WIDTH * 4,
                                              .depth = 32}};

    f->viewer = session_viewer_new(f->link);
    guest_connects();
    guest_paints(639, 479, 0x777777);
    guest_sends(&event);
    settle();
    g_assert_cmpuint(session_surface(f->session)->width, ==, 640);
    g_assert_cmphex(shown(f, 639, 479), ==, 0x777777);
    /* Larger than its memory: as if it had not been said. */
    event.resize.height = 2000;
    guest_sends(&event);
    guest_updates(0, 0, 1, 1);
    settle();
    g_assert_cmpuint(session_surface(f->session)->height, ==, 480);
}

static void count_resized(void *data, const struct surface *surface)
{
    ++*(unsigned *)data;
}

/* One picture after another, all at once: only the last is made. */
static void test_resize_flood(struct fixture *f, gconstpointer data)
{
    static const struct session_front front = {
        .resized = count_resized, .damaged = ignore_damaged, .frame = ignore_frame};
    unsigned resized = 0;

    f->viewer = session_viewer_new(f->link);
    guest_connects();
    session_add_front(f->session, &front, &resized);
    for (int i = 1; i <= 50; i++)
        guest_sends(&(union xenfb_out_event){.resize = {.type = XENFB_TYPE_RESIZE,
                                                        .width = 300 + i,
                                                        .height = 200 + i,
                                                        .stride = WIDTH * 4,
                                                        .depth = 32}});
    settle();
    g_assert_cmpuint(resized, ==, 1);
    g_assert_cmpuint(session_surface(f->session)->width, ==, 350);
}

/* Rubbish on the ring: what makes sense is taken, the rest is passed over, and we live. */
static void test_hostile_events(struct fixture *f, gconstpointer data)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(3);

    f->viewer = session_viewer_new(f->link);
    guest_connects();
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < XENFB_OUT_RING_SIZE; i++)
            ((uint8_t *)XENFB_OUT_RING(fb_page()))[i] = (uint8_t)g_rand_int(rand);
        for (unsigned i = 0; i < XENFB_OUT_RING_LEN; i++)
            XENFB_OUT_RING(fb_page())[i].type = (uint8_t)g_rand_int_range(rand, 0, 5);
        fb_page()->out_prod = round % 2 ? g_rand_int(rand) : fb_page()->out_prod + 40;
        fb_page()->out_cons = g_rand_int(rand);
        fake_guest_notifies(FB_PORT);
        settle();
    }
    fb_page()->out_prod = fb_page()->out_cons;
    guest_paints(7, 7, 0x777777);
    guest_updates(7, 7, 1, 1);
    settle();
    g_assert_cmphex(shown(f, 7, 7), ==, 0x777777);
}

/* Without end: it gets its share of wake-ups and no more. */
static void test_flood(struct fixture *f, gconstpointer data)
{
    unsigned woken = 0, windows;
    gint64 started;

    f->viewer = session_viewer_new(f->link);
    guest_connects();
    started = g_get_monotonic_time();
    for (int i = 0; i < 5000; i++) {
        unsigned before = fb_page()->out_cons;

        guest_updates(0, 0, 1, 1);
        g_main_context_iteration(NULL, FALSE);
        woken += fb_page()->out_cons != before;
        if (fb_page()->out_prod - fb_page()->out_cons >= XENFB_OUT_RING_LEN)
            break;
    }
    windows = 2 + (unsigned)((g_get_monotonic_time() - started) / (100 * 1000));
    g_assert_cmpuint(woken, >=, 50);
    g_assert_cmpuint(woken, <=, 100 * windows);
    g_usleep(120000);
    settle();
    g_assert_cmpuint(fb_page()->out_cons, ==, fb_page()->out_prod);
}

static void spoil_page(void)
{
    fake_store_set(FRONT("vfb") "/page-ref", "1");
}
static void spoil_page_text(void)
{
    fake_store_set(FRONT("vfb") "/page-ref", "4097x");
}
static void spoil_page_huge(void)
{
    fake_store_set(FRONT("vfb") "/page-ref", "99999999999999999999");
}
static void spoil_port(void)
{
    fake_store_set(FRONT("vfb") "/event-channel", "63000");
}
static void spoil_port_text(void)
{
    fake_store_set(FRONT("vfb") "/event-channel", "");
}
static void spoil_port_missing(void)
{
    fake_store_set(FRONT("vfb") "/event-channel", NULL);
}
static void spoil_length(void)
{
    fb_page()->mem_length = 64 << 20;
}
static void spoil_directory(void)
{
    fb_page()->pd[0] = 5;
}
static void spoil_frame(void)
{
    ((unsigned long *)fake_frame(FB_DIRECTORY))[511] = 0x99999;
}
static void spoil_width(void)
{
    fb_page()->width = 801;
}

/* Everything that can be wrong with what a guest offers: it is refused, and nothing stays mapped.
 */
static void test_hostile_offer(struct fixture *f, gconstpointer data)
{
    static void (*const spoil[])(void) = {
        spoil_page,         spoil_page_text, spoil_page_huge, spoil_port,  spoil_port_text,
        spoil_port_missing, spoil_length,    spoil_directory, spoil_frame, spoil_width,
    };

    f->viewer = session_viewer_new(f->link);
    for (size_t i = 0; i < G_N_ELEMENTS(spoil); i++) {
        g_test_message("%zu", i);
        guest_sets_up_fb();
        fake_store_set(FRONT("vfb") "/page-ref", "4097");
        fake_store_set(FRONT("vfb") "/event-channel", "11");
        spoil[i]();
        fake_store_set(FRONT("vfb") "/state", "3");
        wait_for_state(BACK("vfb") "/state", "5");
        g_assert_cmpuint(fake_mapped_pages(), ==, 0);
        /* It may try again after it has closed. */
        fake_store_set(FRONT("vfb") "/state", "6");
        wait_for_state(BACK("vfb") "/state", "6");
        fake_store_set(FRONT("vfb") "/state", "1");
        wait_for_state(BACK("vfb") "/state", "2");
    }
    /* And in the end it may do well. */
    guest_sets_up_fb();
    guest_offers_fb();
    wait_for_state(BACK("vfb") "/state", "4");
}

/* kexec, or a driver that is loaded again. */
static void test_reconnect(struct fixture *f, gconstpointer data)
{
    f->viewer = session_viewer_new(f->link);
    guest_connects();
    fake_store_set(FRONT("vfb") "/state", "5");
    settle();
    g_assert_cmpstr(fake_store_get(BACK("vfb") "/state"), ==, "5");
    g_assert_false(fake_port_is_bound(FB_PORT));
    g_assert_cmpuint(fake_mapped_pages(), ==, 1); /* the keyboard's */
    fake_store_set(FRONT("vfb") "/state", "6");
    settle();
    g_assert_cmpstr(fake_store_get(BACK("vfb") "/state"), ==, "6");
    fake_store_set(FRONT("vfb") "/state", "1");
    settle();
    g_assert_cmpstr(fake_store_get(BACK("vfb") "/state"), ==, "2");
    guest_paints(1, 1, 0x888888);
    guest_sets_up_fb();
    guest_offers_fb();
    settle();
    g_assert_cmphex(shown(f, 1, 1), ==, 0x888888);
}

/* The guest is destroyed: all its frames are let go at once. */
static void test_front_vanishes(struct fixture *f, gconstpointer data)
{
    guest_connects();
    g_assert_cmpuint(fake_mapped_pages(), >, FB_PAGES);
    fake_store_set("/local/domain/7", NULL);
    settle();
    g_assert_cmpuint(fake_mapped_pages(), ==, 0);
    g_assert_true(guest_is_alive(f->guest));
    fake_domain_set_alive(false);
    g_assert_false(guest_is_alive(f->guest));
}

/* Our process ends and is started again, and the guest never notices. */
static void test_restart(struct fixture *f, gconstpointer data)
{
    f->viewer = session_viewer_new(f->link);
    guest_connects();
    guest_updates(0, 0, 1, 1);
    session_viewer_key(f->viewer, KEY_A, true);
    session_viewer_key(f->viewer, KEY_A, false);
    settle();
    g_assert_cmpuint(kbd_page()->in_prod, ==, 2);
    stop(f);
    g_assert_cmpuint(fake_mapped_pages(), ==, 0);
    guest_paints(9, 9, 0x999999);
    guest_updates(9, 9, 1, 1); /* nobody is there to take it */
    start(f);
    settle();
    f->viewer = session_viewer_new(f->link);
    settle();
    g_assert_cmpstr(fake_store_get(BACK("vfb") "/state"), ==, "4");
    g_assert_cmphex(shown(f, 9, 9), ==, 0x999999);
    g_assert_cmpuint(fb_page()->out_cons, ==, 2);
    session_viewer_key(f->viewer, KEY_B, true);
    g_assert_cmpuint(kbd_page()->in_prod, ==, 3);
    g_assert_cmpuint(XENKBD_IN_RING_REF(kbd_page(), 2).key.keycode, ==, KEY_B);
}

/* --- the keyboard and pointer --- */

static void test_keys(struct fixture *f, gconstpointer data)
{
    struct xenkbd_page *page = kbd_page();
    const union xenkbd_in_event *event;

    f->viewer = session_viewer_new(f->link);
    session_viewer_key(f->viewer, KEY_ESC, true); /* nobody is connected */
    guest_connects();
    session_viewer_key(f->viewer, KEY_ESC, false);
    g_assert_cmpuint(page->in_prod, ==, 0);
    session_viewer_key(f->viewer, KEY_A, true);
    session_viewer_position(f->viewer, 400, 300);
    session_viewer_wheel(f->viewer, 1);
    g_assert_cmpuint(page->in_prod, ==, 3);
    g_assert_cmpuint(fake_notified(KBD_PORT), ==, 3);
    event = &XENKBD_IN_RING_REF(page, 0);
    g_assert_cmpuint(event->type, ==, XENKBD_TYPE_KEY);
    g_assert_cmpuint(event->key.pressed, ==, 1);
    g_assert_cmpuint(event->key.keycode, ==, KEY_A);
    event = &XENKBD_IN_RING_REF(page, 1);
    g_assert_cmpuint(event->type, ==, XENKBD_TYPE_POS);
    g_assert_cmpint(event->pos.abs_x, ==, 400);
    g_assert_cmpint(event->pos.abs_y, ==, 300);
    event = &XENKBD_IN_RING_REF(page, 2);
    g_assert_cmpint(event->pos.abs_x, ==, 400);
    g_assert_cmpint(event->pos.rel_z, ==, -1);
}

/* The pointer's range is what the front end read when it started, whatever the picture's size. */
static void test_pointer_scale(struct fixture *f, gconstpointer data)
{
    union xenfb_out_event event = {.resize = {.type = XENFB_TYPE_RESIZE,
                                              .width = 400,
                                              .height = 150,
                                              .stride = WIDTH * 4,
                                              .depth = 32}};

    f->viewer = session_viewer_new(f->link);
    guest_connects();
    guest_sends(&event);
    settle();
    session_viewer_position(f->viewer, 100, 75);
    g_assert_cmpint(XENKBD_IN_RING_REF(kbd_page(), 0).pos.abs_x, ==, 200);
    g_assert_cmpint(XENKBD_IN_RING_REF(kbd_page(), 0).pos.abs_y, ==, 300);
}

static void test_pointer_range(void)
{
    struct xenbus_class told = kbdif_class(1280, 800, 0, false), fine = kbdif_class(0, 0, 3, false);

    g_assert_cmpstr(told.keys[1].name, ==, "width");
    g_assert_cmpstr(told.keys[1].value, ==, "1280");
    g_assert_cmpstr(told.keys[2].value, ==, "800");
    g_assert_cmpstr(fine.keys[1].value, ==, "32767");
    g_assert_cmpstr(fine.keys[2].value, ==, "32767");
    g_assert_cmpuint(told.key_count, ==, 3); /* no touch screen */
    g_assert_cmpuint(fine.key_count, ==, 7);
    g_assert_cmpstr(fine.keys[4].name, ==, "multi-touch-num-contacts");
    g_assert_cmpstr(fine.keys[4].value, ==, "3");
    g_assert_cmpstr(fine.keys[5].value, ==, "32767");
}

/* A guest that wants relative movements, and grants no page. */
static void test_relative(struct fixture *f, gconstpointer data)
{
    struct xenkbd_page *page = kbd_page();

    f->viewer = session_viewer_new(f->link);
    guest_sets_up_fb();
    guest_offers_fb();
    fake_store_set(FRONT("vkbd") "/page-ref", "4099");
    fake_store_set(FRONT("vkbd") "/event-channel", "12");
    fake_store_set(FRONT("vkbd") "/state", "3");
    settle();
    g_assert_cmpstr(fake_store_get(BACK("vkbd") "/state"), ==, "4");
    session_viewer_position(f->viewer, 10, 20);
    page->in_cons = page->in_prod;
    session_viewer_position(f->viewer, 15, 18);
    g_assert_cmpuint(XENKBD_IN_RING_REF(page, 1).type, ==, XENKBD_TYPE_MOTION);
    g_assert_cmpint(XENKBD_IN_RING_REF(page, 1).motion.rel_x, ==, 5);
    g_assert_cmpint(XENKBD_IN_RING_REF(page, 1).motion.rel_y, ==, -2);
    session_viewer_wheel(f->viewer, -2);
    g_assert_cmpint(XENKBD_IN_RING_REF(page, 2).motion.rel_x, ==, 0);
    g_assert_cmpint(XENKBD_IN_RING_REF(page, 2).motion.rel_z, ==, 2);
}

/* The guest is slow: events wait in order, and go on when it has taken some. */
static void test_slow_guest(struct fixture *f, gconstpointer data)
{
    struct xenkbd_page *page = kbd_page();

    f->viewer = session_viewer_new(f->link);
    guest_connects();
    for (unsigned i = 0; i < 40; i++) {
        session_viewer_key(f->viewer, KEY_1 + i % 10, true);
        session_viewer_key(f->viewer, KEY_1 + i % 10, false);
    }
    g_assert_cmpuint(page->in_prod, ==, XENKBD_IN_RING_LEN);
    settle();
    g_assert_cmpuint(page->in_prod, ==, XENKBD_IN_RING_LEN);
    page->in_cons = page->in_prod;
    fake_guest_notifies(KBD_PORT);
    settle();
    g_assert_cmpuint(page->in_prod, ==, 80);
    for (uint32_t i = XENKBD_IN_RING_LEN; i < 80; i++) {
        g_assert_cmpuint(XENKBD_IN_RING_REF(page, i).key.keycode, ==, KEY_1 + i / 2 % 10);
        g_assert_cmpuint(XENKBD_IN_RING_REF(page, i).key.pressed, ==, i % 2 == 0);
    }
}

/* --- the touch screen --- */

static void guest_offers_touch(void)
{
    fake_store_set(FRONT("vkbd") "/request-multi-touch", "1");
    guest_connects();
}

/* What the guest finds in its ring, all of which it takes: "down0@1,2 syn0 ". */
static char *guest_reads(void)
{
    static const char *const names[] = {"down", "up", "motion", "syn"};
    struct xenkbd_page *page = kbd_page();
    GString *text = g_string_new(NULL);

    for (; page->in_cons != page->in_prod; page->in_cons++) {
        const struct xenkbd_mtouch *event = &XENKBD_IN_RING_REF(page, page->in_cons).mtouch;

        g_assert_cmpuint(event->type, ==, XENKBD_TYPE_MTOUCH);
        g_assert_cmpuint(event->event_type, <=, XENKBD_MT_EV_SYN);
        g_string_append_printf(text, "%s%u", names[event->event_type], event->contact_id);
        if (event->event_type == XENKBD_MT_EV_DOWN || event->event_type == XENKBD_MT_EV_MOTION)
            g_string_append_printf(text, "@%d,%d", event->u.pos.abs_x, event->u.pos.abs_y);
        g_string_append_c(text, ' ');
    }
    return g_string_free(text, FALSE);
}

static void assert_guest_reads(const char *expected)
{
    g_autofree char *text = guest_reads();

    g_assert_cmpstr(text, ==, expected);
}

#define ALL_LIFTED "up0 syn0 up1 syn1 up2 syn2 up3 syn3 "

/* Fingers of two viewers, each a contact of its own; more than the guest takes are none. */
static void test_touch(struct fixture *f, gconstpointer data)
{
    struct session_viewer *other;

    f->viewer = session_viewer_new(f->link);
    other = session_viewer_new(f->link);
    session_viewer_touch(f->viewer, 0, TOUCH_DOWN, 1, 1); /* nobody is connected */
    guest_offers_touch();
    assert_guest_reads(ALL_LIFTED);
    session_viewer_touch(f->viewer, 0, TOUCH_MOTION, 2, 2);
    session_viewer_touch(f->viewer, 0, TOUCH_UP, 0, 0);
    assert_guest_reads("");
    session_viewer_touch(f->viewer, 7, TOUCH_DOWN, 400, 300);
    session_viewer_touch(other, 7, TOUCH_DOWN, INT_MAX, INT_MIN);
    session_viewer_touch(f->viewer, 7, TOUCH_DOWN, 1, 1); /* is down already */
    session_viewer_touch(f->viewer, 7, TOUCH_MOTION, 410, 310);
    assert_guest_reads("down0@400,300 syn0 down1@799,0 syn1 motion0@410,310 syn0 ");
    g_assert_cmpuint(fake_notified(KBD_PORT), ==, 4);
    session_viewer_touch(f->viewer, 1, TOUCH_DOWN, 1, 1);
    session_viewer_touch(f->viewer, 2, TOUCH_DOWN, 2, 2);
    session_viewer_touch(f->viewer, 3, TOUCH_DOWN, 3, 3); /* the fifth of four */
    session_viewer_touch(f->viewer, 3, TOUCH_UP, 3, 3);
    assert_guest_reads("down2@1,1 syn2 down3@2,2 syn3 ");
    session_viewer_touch(f->viewer, 7, TOUCH_UP, 0, 0);
    session_viewer_touch(f->viewer, 3, TOUCH_DOWN, 3, 3);
    assert_guest_reads("up0 syn0 down0@3,3 syn0 ");
    /* Who goes leaves no finger down. */
    session_viewer_free(f->viewer);
    f->viewer = NULL;
    assert_guest_reads("up0 syn0 up2 syn2 up3 syn3 ");
    session_viewer_free(other);
    assert_guest_reads("up1 syn1 ");
}

/* Touches are scaled as the pointer is, to what the front end read when it started. */
static void test_touch_scale(struct fixture *f, gconstpointer data)
{
    f->viewer = session_viewer_new(f->link);
    guest_offers_touch();
    guest_sends(&(union xenfb_out_event){.resize = {.type = XENFB_TYPE_RESIZE,
                                                    .width = 400,
                                                    .height = 150,
                                                    .stride = WIDTH * 4,
                                                    .depth = 32}});
    settle();
    g_free(guest_reads());
    session_viewer_touch(f->viewer, 0, TOUCH_DOWN, 100, 75);
    assert_guest_reads("down0@200,300 syn0 ");
}

/* A guest that asks for none gets none, however it is touched. */
static void test_touch_unwanted(struct fixture *f, gconstpointer data)
{
    f->viewer = session_viewer_new(f->link);
    guest_connects();
    session_viewer_touch(f->viewer, 0, TOUCH_DOWN, 1, 1);
    session_viewer_touch(f->viewer, 0, TOUCH_UP, 1, 1);
    assert_guest_reads("");
    /* Past the session: the device itself refuses, too. */
    kbdif_sink.touch(f->kbdif, 0, TOUCH_DOWN, 1, 1, WIDTH, HEIGHT);
    assert_guest_reads("");
}

/* One was offered no touch screen, by us or a process before us, and asks for it all the same. */
static void test_touch_not_offered(struct fixture *f, gconstpointer data)
{
    fake_store_set(BACK("vkbd") "/multi-touch-num-contacts", NULL);
    f->viewer = session_viewer_new(f->link);
    guest_offers_touch();
    session_viewer_touch(f->viewer, 0, TOUCH_DOWN, 1, 1);
    assert_guest_reads("");
}

/* The device goes with a finger down, and comes again: up is up, and what is left of it nothing. */
static void test_touch_reconnect(struct fixture *f, gconstpointer data)
{
    f->viewer = session_viewer_new(f->link);
    guest_offers_touch();
    session_viewer_touch(f->viewer, 0, TOUCH_DOWN, 1, 1);
    g_free(guest_reads());
    g_assert_cmpuint(f->contacts, ==, CONTACTS);
    fake_store_set(FRONT("vkbd") "/state", "5");
    settle();
    g_assert_cmpuint(f->contacts, ==, 0);
    session_viewer_touch(f->viewer, 1, TOUCH_DOWN, 1, 1);
    fake_store_set(FRONT("vkbd") "/state", "6");
    settle();
    fake_store_set(FRONT("vkbd") "/state", "1");
    settle();
    memset(kbd_page(), 0, FAKE_PAGE_SIZE);
    guest_offers_kbd();
    settle();
    assert_guest_reads(ALL_LIFTED);
    session_viewer_touch(f->viewer, 0, TOUCH_MOTION, 2, 2);
    session_viewer_touch(f->viewer, 0, TOUCH_UP, 2, 2);
    assert_guest_reads("");
    session_viewer_touch(f->viewer, 0, TOUCH_DOWN, 2, 2);
    assert_guest_reads("down0@2,2 syn0 ");
}

/* A process that is started again lifts what the one before it left down. */
static void test_touch_restart(struct fixture *f, gconstpointer data)
{
    f->viewer = session_viewer_new(f->link);
    guest_offers_touch();
    session_viewer_touch(f->viewer, 2, TOUCH_DOWN, 1, 1);
    g_free(guest_reads());
    kbdif_stop(f->kbdif); /* as if it were killed: the viewer lifts nothing any more */
    f->kbdif = kbdif_start(f->guest, on_touch_changed, f);
    heads_set_input(f->heads, &kbdif_sink, f->kbdif);
    settle();
    assert_guest_reads(ALL_LIFTED);
}

/* A guest that was saved has asked before that, and does not again: as Linux does. */
static void test_restored(struct fixture *f, gconstpointer data)
{
    stop(f);
    fake_xen_reset();
    f->restored = true;
    start(f);
    f->viewer = session_viewer_new(f->link);
    guest_sets_up_fb();
    guest_offers_fb();
    fake_store_set(FRONT("vkbd") "/page-ref", "4099");
    fake_store_set(FRONT("vkbd") "/event-channel", "12");
    fake_store_set(FRONT("vkbd") "/state", "3");
    settle();
    assert_guest_reads(ALL_LIFTED);
    session_viewer_touch(f->viewer, 0, TOUCH_DOWN, 1, 1);
    assert_guest_reads("down0@1,1 syn0 ");
    session_viewer_position(f->viewer, 400, 300);
    g_assert_cmpuint(XENKBD_IN_RING_REF(kbd_page(), kbd_page()->in_cons).type, ==, XENKBD_TYPE_POS);
}

/* No half of what belongs together: the event and what ends it go into the ring at once. */
static void test_touch_full_ring(struct fixture *f, gconstpointer data)
{
    struct xenkbd_page *page = kbd_page();

    f->viewer = session_viewer_new(f->link);
    guest_offers_touch();
    g_free(guest_reads());
    session_viewer_touch(f->viewer, 0, TOUCH_DOWN, 0, 0);
    for (int i = 1; i <= 100; i++)
        session_viewer_touch(f->viewer, 0, TOUCH_MOTION, i, i);
    g_assert_cmpuint(page->in_prod - page->in_cons, ==, XENKBD_IN_RING_LEN / 2 * 2);
    g_free(guest_reads());
    fake_guest_notifies(KBD_PORT);
    settle();
    /* Of what waited, where it came to rest. */
    assert_guest_reads("motion0@100,100 syn0 ");
}

#define ADD(name, test) \
    g_test_add(name, struct fixture, NULL, fixture_set_up, test, fixture_tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_log_set_always_fatal(G_LOG_FATAL_MASK);
    ADD("/backend/nodes", test_nodes);
    ADD("/backend/nodes/conflict", test_nodes_conflict);
    ADD("/backend/nodes/conflict-forever", test_nodes_conflict_forever);
    ADD("/backend/nodes/stale", test_nodes_stale);
    ADD("/backend/nodes/removed", test_nodes_removed);
    ADD("/backend/fb/picture", test_picture);
    ADD("/backend/fb/unwatched", test_unwatched);
    ADD("/backend/fb/resize", test_resize);
    ADD("/backend/fb/resize-flood", test_resize_flood);
    ADD("/backend/fb/hostile-events", test_hostile_events);
    ADD("/backend/fb/flood", test_flood);
    ADD("/backend/fb/hostile-offer", test_hostile_offer);
    ADD("/backend/fb/reconnect", test_reconnect);
    ADD("/backend/fb/front-vanishes", test_front_vanishes);
    ADD("/backend/restart", test_restart);
    ADD("/backend/kbd/keys", test_keys);
    ADD("/backend/kbd/pointer-scale", test_pointer_scale);
    g_test_add_func("/backend/kbd/pointer-range", test_pointer_range);
    ADD("/backend/kbd/relative", test_relative);
    ADD("/backend/kbd/slow-guest", test_slow_guest);
    ADD("/backend/touch/fingers", test_touch);
    ADD("/backend/touch/scale", test_touch_scale);
    ADD("/backend/touch/unwanted", test_touch_unwanted);
    ADD("/backend/touch/not-offered", test_touch_not_offered);
    ADD("/backend/touch/reconnect", test_touch_reconnect);
    ADD("/backend/touch/restart", test_touch_restart);
    ADD("/backend/touch/full-ring", test_touch_full_ring);
    ADD("/backend/kbd/restored", test_restored);
    return g_test_run();
}
