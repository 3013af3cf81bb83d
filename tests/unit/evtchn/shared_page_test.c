/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domain with a 32-bit kernel shares with the hypervisor. The offsets are the i386 ABI's. */
#include "check.h"
#include "world.h"

#include "domain/shared_page.h"
#include "lib/bits.h"
#include "lib/string.h"

#define PENDING      2048
#define MASK         2176
#define WC_VERSION   2304
#define WC_SEC_HI    2340
#define LONG_PENDING 2048
#define LONG_MASK    2560
#define CHECK_END()  CHECK_EQ(world_end(), 0)

static uint8_t *page(void)
{
    return (uint8_t *)world[1]->shared_info;
}

static bool bit_at(unsigned int map, unsigned int bit)
{
    return page()[map + bit / 8] >> bit % 8 & 1;
}

static void set_at(unsigned int map, unsigned int bit)
{
    page()[map + bit / 8] |= (uint8_t)(1U << bit % 8);
}

static uint32_t word_at(unsigned int offset)
{
    uint32_t word;

    memcpy(&word, page() + offset, sizeof(word));
    return word;
}

static uint32_t selector(const struct vcpu *v)
{
    uint32_t words[2];

    memcpy(words, v->info, sizeof(words));
    return words[1];
}

static void forget(struct vcpu *v)
{
    memset(v->info, 0, 8);
}

/* Channels up to that port; returns the last one's other end. */
static evtchn_port_t channels_up_to(evtchn_port_t last)
{
    evtchn_port_t port = 0, other = 0;

    while (port < last) {
        CHECK_EQ(evtchn_alloc_unbound(world[1], 2, &port), 0);
        CHECK_EQ(evtchn_bind_interdomain(world[2], world[1], port, &other), 0);
    }
    return other;
}

static void events_are_told_in_short_words(void)
{
    struct vcpu *v;
    evtchn_port_t other;

    world_start();
    v = world[1]->vcpu[0];
    shared_layout_set(world[1], true);
    other = channels_up_to(40);
    forget(v);
    memset(page() + PENDING, 0, 256);
    CHECK_EQ(evtchn_send(world[2], other), 0);
    CHECK(bit_at(PENDING, 40));
    CHECK_EQ(selector(v), 1U << 1);
    CHECK(upcall(v));

    page()[PENDING + 5] = 0;
    forget(v);
    set_at(MASK, 40);
    CHECK_EQ(evtchn_send(world[2], other), 0);
    CHECK(bit_at(PENDING, 40) && !selector(v) && !upcall(v));
    CHECK_EQ(evtchn_unmask(world[1], 40), 0);
    CHECK(!bit_at(MASK, 40));
    CHECK_EQ(selector(v), 1U << 1);
    CHECK_END();
}

static void a_change_of_kernel_takes_ports_along(void)
{
    evtchn_port_t other;

    world_start();
    other = channels_up_to(40);
    memset(page() + LONG_PENDING, 0, 1024);
    set_at(LONG_MASK, 39);
    set_at(LONG_MASK, 40);
    set_at(LONG_PENDING, 3000);
    CHECK_EQ(evtchn_send(world[2], other), 0);
    forget(world[1]->vcpu[0]);

    shared_layout_set(world[1], true);
    CHECK(bit_at(PENDING, 40) && !bit_at(PENDING, 39));
    CHECK(bit_at(MASK, 39) && bit_at(MASK, 40) && !bit_at(MASK, 38));
    /* Whoever looked in the old place looks again. */
    CHECK_EQ(selector(world[1]->vcpu[0]), 0xffffffff);
    CHECK(upcall(world[1]->vcpu[0]) && upcall(world[1]->vcpu[1]));

    shared_layout_set(world[1], false);
    CHECK(bit_at(LONG_PENDING, 40) && bit_at(LONG_MASK, 40) && !bit_at(LONG_MASK, 38));
    CHECK(!bit_at(LONG_PENDING, 1024 + 40) && !bit_at(LONG_PENDING, 3000));
    CHECK(bit_at(LONG_MASK, 1024) && bit_at(LONG_MASK, 4095));
    CHECK_EQ(world[1]->vcpu[0]->info->evtchn_pending_sel, ~0UL);
    CHECK_END();
}

static void the_same_kernel_again_changes_nothing(void)
{
    world_start();
    shared_layout_set(world[1], true);
    forget(world[1]->vcpu[0]);
    page()[MASK] = 0x5a;
    shared_layout_set(world[1], true);
    CHECK_EQ(page()[MASK], 0x5a);
    CHECK(!upcall(world[1]->vcpu[0]));
    CHECK_END();
}

static void there_are_1024_ports(void)
{
    evtchn_port_t port;

    world_start();
    shared_layout_set(world[1], true);
    for (unsigned int i = 1; i < 1024; i++)
        CHECK_EQ(evtchn_alloc_unbound(world[1], 2, &port), 0);
    CHECK_EQ(evtchn_alloc_unbound(world[1], 2, &port), -XEN_ENOSPC);
    shared_layout_set(world[1], false);
    CHECK_EQ(evtchn_alloc_unbound(world[1], 2, &port), 0);
    CHECK_EQ(port, 1024);
    CHECK_END();
}

static void the_wall_clock_is_behind_the_short_maps(void)
{
    world_start();
    wallclock_set(0x212345678, 9, 0);
    memset(page() + LONG_MASK + 512, 0, 64);
    shared_layout_set(world[1], true);
    CHECK_EQ(word_at(WC_VERSION + 4), 0x12345678);
    CHECK_EQ(word_at(WC_VERSION + 8), 9);
    CHECK_EQ(word_at(WC_SEC_HI), 2);
    CHECK_EQ(word_at(WC_VERSION) & 1, 0);
    CHECK_EQ(word_at(LONG_MASK + 512 + 4), 0); /* where that of long words is */
    wallclock_set(0x3000, 0, 0);
    CHECK_EQ(word_at(WC_VERSION + 4), 0x3000);
    CHECK_END();
}

static void a_registered_info_has_short_words_too(void)
{
    struct vcpu *v;
    vcpu_info_t info = {0};

    world_start();
    v = world[1]->vcpu[0];
    shared_layout_set(world[1], true);
    shared_select_all(world[1], &info);
    memcpy(v->info, &info, sizeof(info));
    CHECK_EQ(selector(v), 0xffffffff);
    CHECK(upcall(v));
    CHECK_EQ(info.evtchn_upcall_mask, 0);
    CHECK_EQ(info.evtchn_pending_sel, 0);
    CHECK_END();
}

int main(void)
{
    RUN(events_are_told_in_short_words);
    RUN(a_change_of_kernel_takes_ports_along);
    RUN(the_same_kernel_again_changes_nothing);
    RUN(there_are_1024_ports);
    RUN(the_wall_clock_is_behind_the_short_maps);
    RUN(a_registered_info_has_short_words_too);
    return check_done();
}
