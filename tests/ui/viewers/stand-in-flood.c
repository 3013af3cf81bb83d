/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that keeps its display server as busy as it can, for the display server's stand-in. */
#include "stand-in-flood.h"

#include <stdint.h>
#include <stdio.h>

#include <glib.h>
#include <xen/io/fbif.h>
#include <xen/io/kbdif.h>

#include "fake-xen.h"
#include "stand-in-card.h"
#include "stand-in-places.h"

static unsigned floods;
static gint64 began_us, last_us;

/* How often the index of a ring that the server writes to was another. */
struct ear {
    uint32_t last;
    unsigned heard;
};

static struct ear screen, keyboard;

static void listen_to(struct ear *ear, uint32_t index)
{
    ear->heard += index != ear->last;
    ear->last = index;
}

static void flood_screen(void)
{
    struct xenfb_page *page = fake_frame(FB_PAGE);
    uint32_t *pixels = fake_frame(FB_PIXELS);

    listen_to(&screen, page->out_cons);
    pixels[floods % 512] = floods;
    while (page->out_prod - page->out_cons < XENFB_OUT_RING_LEN) {
        XENFB_OUT_RING_REF(page, page->out_prod) = (union xenfb_out_event){
            .update = {.type = XENFB_TYPE_UPDATE, .width = WIDTH, .height = HEIGHT}};
        page->out_prod++;
    }
    fake_guest_notifies(FB_PORT);
}

static void flood_keyboard(void)
{
    struct xenkbd_page *page = fake_frame(KBD_PAGE);

    listen_to(&keyboard, page->out_cons);
    page->out_prod += 1000003;
    fake_guest_notifies(KBD_PORT);
}

void stand_in_flood(bool has_card)
{
    last_us = g_get_monotonic_time();
    if (floods++ == 0)
        began_us = last_us;
    if (has_card)
        listen_to(&screen, stand_in_card_flip());
    else
        flood_screen();
    flood_keyboard();
    fake_store_set(FRONT("vfb") "/state", "4");
    fake_store_set(FRONT("vkbd") "/state", "4");
}

void stand_in_flood_tell(void)
{
    printf("guest flooded %u times in %d ms, screen heard %u, keyboard heard %u\n", floods,
           (int)((last_us - began_us) / 1000), screen.heard, keyboard.heard);
    fflush(stdout);
}
