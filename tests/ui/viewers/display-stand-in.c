/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vitrine-display as it is, but with a guest in the same process in place of a hypervisor's: the
 * screen that stock viewers are tried on. The guest shows four fields of colour (red and green
 * above, blue and white below) and says what is typed: "guest +30" for a key that goes down, "-30"
 * for one that comes up, "@X,Y" for the pointer, "~1" for a turn of the wheel towards the person.
 * When D is pressed, another dot is drawn. With STAND_IN_FLOODS it floods its display server, and
 * says at the end how often that took notice. With STAND_IN_TOUCH in the environment it has a touch
 * screen, and says "guest 0 down X,Y" of a finger, "motion X,Y" and "up" likewise. With
 * STAND_IN_SLEEPS in the environment it sleeps once its devices are connected, and what runs then
 * is the display server only. With STAND_IN_MONITORS it has a graphics card with two monitors
 * (--monitors 640x480,400x300), says "guest shows" when both have their picture, and draws on the
 * second when P is pressed.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <glib.h>
#include <linux/input-event-codes.h>
#include <xen/io/fbif.h>
#include <xen/io/kbdif.h>

#include "display.h"
#include "fake-xen.h"
#include "stand-in-card.h"
#include "stand-in-flood.h"
#include "stand-in-places.h"

#define FB_PAGES ((WIDTH * HEIGHT * 4 + FAKE_PAGE_SIZE - 1) / FAKE_PAGE_SIZE)

/* How often the guest looks around. */
#define STEP_MS 10

static const uint32_t fields[2][2] = {{0xff0000, 0x00ff00}, {0x0000ff, 0xffffff}};

static void paint(void)
{
    for (size_t i = 0; i < WIDTH * HEIGHT; i++) {
        uint32_t colour = fields[i / WIDTH >= HEIGHT / 2][i % WIDTH >= WIDTH / 2];
        uint8_t *page = fake_frame(FB_PIXELS + i * 4 / FAKE_PAGE_SIZE);

        memcpy(page + i * 4 % FAKE_PAGE_SIZE, &colour, sizeof(colour));
    }
}

static void offer_screen(void)
{
    struct xenfb_page *page = fake_frame(FB_PAGE);
    unsigned long *frames = fake_frame(FB_DIRECTORY);

    for (unsigned i = 0; i < FB_PAGES; i++)
        frames[i] = FB_PIXELS + i;
    page->width = WIDTH;
    page->height = HEIGHT;
    page->depth = 32;
    page->line_length = WIDTH * 4;
    page->mem_length = FB_PAGES * FAKE_PAGE_SIZE;
    page->pd[0] = FB_DIRECTORY;
    fake_store_set(FRONT("vfb") "/page-ref", "4097");
    fake_store_set(FRONT("vfb") "/event-channel", "11");
    fake_store_set(FRONT("vfb") "/protocol", "x86_64-abi");
    fake_store_set(FRONT("vfb") "/feature-update", "1");
    fake_store_set(FRONT("vfb") "/state", "3");
}

static void offer_keyboard(void)
{
    fake_store_set(FRONT("vkbd") "/request-abs-pointer", "1");
    if (g_getenv("STAND_IN_TOUCH"))
        fake_store_set(FRONT("vkbd") "/request-multi-touch", "1");
    fake_store_set(FRONT("vkbd") "/page-ref", "4099");
    fake_store_set(FRONT("vkbd") "/event-channel", "12");
    fake_store_set(FRONT("vkbd") "/state", "3");
}

static void tell_touch(const struct xenkbd_mtouch *event)
{
    const char *what = event->event_type == XENKBD_MT_EV_DOWN ? "down" : "motion";

    if (event->event_type == XENKBD_MT_EV_UP)
        printf("guest %u up\n", event->contact_id);
    else if (event->event_type != XENKBD_MT_EV_SYN)
        printf("guest %u %s %d,%d\n", event->contact_id, what, event->u.pos.abs_x,
               event->u.pos.abs_y);
}

static void tell(const union xenkbd_in_event *event)
{
    if (event->type == XENKBD_TYPE_KEY)
        printf("guest %c%u\n", event->key.pressed ? '+' : '-', event->key.keycode);
    else if (event->type == XENKBD_TYPE_POS)
        printf("guest @%d,%d\n", event->pos.abs_x, event->pos.abs_y);
    else if (event->type == XENKBD_TYPE_MTOUCH)
        tell_touch(&event->mtouch);
    if (event->type == XENKBD_TYPE_POS && event->pos.rel_z)
        printf("guest ~%d\n", event->pos.rel_z);
    fflush(stdout);
}

/* Another dot each time, in the first line. */
static void draw_dot(void)
{
    static int dots;
    struct xenfb_page *page = fake_frame(FB_PAGE);
    uint32_t *line = fake_frame(FB_PIXELS);

    line[dots] ^= 0x00ffff;
    XENFB_OUT_RING_REF(page, page->out_prod) = (union xenfb_out_event){
        .update = {.type = XENFB_TYPE_UPDATE, .x = dots, .y = 0, .width = 1, .height = 1}};
    page->out_prod++;
    dots = (dots + 1) % WIDTH;
    fake_guest_notifies(FB_PORT);
}

static void obey(const union xenkbd_in_event *event)
{
    if (event->type == XENKBD_TYPE_KEY && event->key.pressed && event->key.keycode == KEY_D)
        draw_dot();
    if (event->type == XENKBD_TYPE_KEY && event->key.pressed && event->key.keycode == KEY_P)
        stand_in_card_draw();
}

static void take_input(void)
{
    struct xenkbd_page *page = fake_frame(KBD_PAGE);

    if (page->in_cons == page->in_prod)
        return;
    for (; page->in_cons != page->in_prod; page->in_cons++) {
        tell(&XENKBD_IN_RING_REF(page, page->in_cons));
        obey(&XENKBD_IN_RING_REF(page, page->in_cons));
    }
    fake_guest_notifies(KBD_PORT);
}

static bool shown; /* all monitors have their picture */

static void show_monitors(void)
{
    if (shown || !g_getenv("STAND_IN_MONITORS") || !stand_in_card_step())
        return;
    shown = true;
    puts("guest shows");
    fflush(stdout);
}

static bool is_connected(const char *type)
{
    g_autofree char *path = g_strdup_printf("/local/domain/0/backend/%s/7/0/state", type);

    return g_strcmp0(fake_store_get(path), "4") == 0;
}

/* All that is there at its beginning is done. */
static bool is_ready(void)
{
    return is_connected("vkbd") && is_connected("vfb") && (shown || !g_getenv("STAND_IN_MONITORS"));
}

/* In place of all else that it would do. */
static gboolean flood(gpointer data)
{
    stand_in_flood(g_getenv("STAND_IN_MONITORS") != NULL);
    return G_SOURCE_CONTINUE;
}

/* Takes up its devices once they are there, and then what is typed. */
static gboolean step(gpointer data)
{
    static bool offered;
    const char *backend = fake_store_get("/local/domain/0/backend/vkbd/7/0/state");

    if (!offered && g_strcmp0(backend, "2") == 0) {
        offered = true;
        offer_screen();
        offer_keyboard();
    }
    take_input();
    show_monitors();
    if (g_getenv("STAND_IN_FLOODS") && is_ready()) {
        puts("guest floods");
        fflush(stdout);
        g_idle_add(flood, NULL);
        return G_SOURCE_REMOVE;
    }
    if (g_getenv("STAND_IN_SLEEPS") && is_connected("vkbd") && is_connected("vfb"))
        return G_SOURCE_REMOVE;
    return G_SOURCE_CONTINUE;
}

int main(int argc, char **argv)
{
    int result;

    fake_xen_reset();
    paint();
    g_timeout_add(STEP_MS, step, NULL);
    result = display_main(argc, argv);
    if (g_getenv("STAND_IN_FLOODS"))
        stand_in_flood_tell();
    return result;
}
