/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The toolstack's questions about what a PV guest wrote to: in which order the work is done, how it
 * goes on after a stop, and what the caller finds in its bitmap. */
#include "check.h"

#include "world.h"

#include "hypercall/domctl-private.h"
#include "pv/log_dirty.h"
#include "pv/pv.h"

#define BITMAP (GUEST_MEMORY + 0x2000)
#define PAGES  100

static struct pv_domain pv;
static char done[32]; /* a letter for each part of the work */
static int stops;
static uint64_t written[4];
static unsigned int nr_written, taken;
static bool kept[FAKE_FRAMES];

static void did(char what)
{
    size_t n = strlen(done);

    if (n < sizeof(done) - 1)
        done[n] = what;
}

/* What the file calls. */

void dirty_frames_set(uint64_t mfn)
{
    kept[mfn] = true;
}

int pv_log_dirty_protect(struct domain *d, uint64_t *mfn)
{
    did('p');
    CHECK(d->log_dirty);
    *mfn = stops ? 1 : 0;
    return stops && stops-- ? -XEN_ERESTART : 0;
}

int pv_log_dirty_take(struct domain *d, uint64_t *mfn, int (*found)(void *ctx, uint64_t mfn),
                      void *ctx)
{
    int error = 0;

    unsigned int to = stops ? taken + 1 : nr_written;

    did('t');
    while (taken < to && !error)
        error = found(ctx, written[taken++]);
    *mfn = stops ? 1 : 0;
    return stops && stops-- ? -XEN_ERESTART : error;
}

static struct xen_domctl_shadow_op op;

static void begin(void)
{
    world_begin();
    memset(&pv, 0, sizeof(pv));
    memset(done, 0, sizeof(done));
    memset(kept, 0, sizeof(kept));
    world_domain(1)->pv = &pv;
    stops = 0;
    for (unsigned int i = 0; i < 4; i++) {
        written[i] = world_mfn(1, i);
        m2p_set(written[i], i * 9);
    }
    nr_written = 4;
    memset(guest_memory, 0xff, GUEST_MEMORY_SIZE);
}

static void end(void)
{
    world_domain(1)->pv = NULL;
    CHECK_EQ(world_end(), 0);
}

static long ask(uint32_t what)
{
    op = (struct xen_domctl_shadow_op){.op = what, .pages = PAGES};
    if (!pv.log.stage)
        taken = 0;
    op.dirty_bitmap.p = (uint8_t *)BITMAP;
    return domctl_log_dirty_pv(world_domain(1), &op);
}

static const unsigned char *bitmap(void)
{
    return guest_memory + (BITMAP - GUEST_MEMORY);
}

static void bits_are_put_where_the_guest_has_the_pages(void)
{
    begin();
    m2p_set(written[3], PAGES); /* beyond what the caller knows of */
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), 0);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK_STR(done, "ptp");
    CHECK_EQ(op.stats.dirty_count, 3);
    CHECK_EQ(op.pages, PAGES);
    CHECK(bitmap()[0] == 1 && bitmap()[1] == 2 && bitmap()[2] == 4 && bitmap()[12] == 0);
    CHECK_EQ(bitmap()[13], 0xff); /* behind its end */
    CHECK(!kept[written[0]]);
    nr_written = 0;
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK_EQ(op.stats.dirty_count, 0);
    CHECK_EQ(bitmap()[0], 0);
    end();
}

static void it_has_to_be_on(void)
{
    begin();
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_CLEAN), -XEN_EINVAL);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_PEEK), -XEN_EINVAL);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_OFF), 0);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_GET_ALLOCATION), -XEN_EOPNOTSUPP);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), 0);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), -XEN_EINVAL);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_OFF), 0);
    CHECK(!world_domain(1)->log_dirty);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_CLEAN), -XEN_EINVAL);
    world_domain(0)->pv = &pv;
    op.op = XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY;
    CHECK_EQ(domctl_log_dirty_pv(world_domain(0), &op), -XEN_EINVAL);
    world_domain(0)->pv = NULL;
    end();
}

static void a_peek_forgets_nothing(void)
{
    begin();
    m2p_set(written[3], 10);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), 0);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_PEEK), 0);
    CHECK_STR(done, "pt");
    CHECK_EQ(op.stats.dirty_count, 4);
    CHECK_EQ(bitmap()[1], 6);
    CHECK(kept[written[0]] && kept[written[3]]);
    end();
}

static void long_work_goes_on_where_it_was(void)
{
    begin();
    stops = 2;
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), -XEN_ERESTART);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_CLEAN), -XEN_EINVAL); /* it is not on yet */
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), -XEN_ERESTART);
    CHECK_EQ(pv.log.next, 1);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), 0);
    CHECK_EQ(pv.log.next, 0);
    memset(done, 0, sizeof(done));
    stops = 1;
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_CLEAN), -XEN_ERESTART);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK_STR(done, "ttp");
    CHECK(op.stats.dirty_count == 4 && bitmap()[0] == 1 && bitmap()[1] == 2);
    memset(done, 0, sizeof(done));
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_OFF), 0);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), 0);
    end();
}

/* What is taken is taken once, however often its second half stops. */
static void the_second_half_alone_goes_on(void)
{
    begin();
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), 0);
    memset(done, 0, sizeof(done));
    pv.log.stage = LOG_PROTECTS;
    pv.log.found = 7;
    stops = 1;
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_CLEAN), -XEN_ERESTART);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    CHECK_STR(done, "pp");
    CHECK_EQ(op.stats.dirty_count, 7);
    CHECK_EQ(bitmap()[0], 0xff); /* it was filled before */
    end();
}

static void a_bitmap_that_is_not_there_is_an_error(void)
{
    begin();
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_ENABLE_LOGDIRTY), 0);
    op = (struct xen_domctl_shadow_op){.op = XEN_DOMCTL_SHADOW_OP_CLEAN, .pages = PAGES};
    op.dirty_bitmap.p = (uint8_t *)8;
    CHECK_EQ(domctl_log_dirty_pv(world_domain(1), &op), -XEN_EFAULT);
    CHECK_EQ(pv.log.stage, LOG_RESTS);
    CHECK_EQ(ask(XEN_DOMCTL_SHADOW_OP_CLEAN), 0);
    taken = 0;
    op.dirty_bitmap.p = NULL; /* only to forget, and to be told how many */
    CHECK_EQ(domctl_log_dirty_pv(world_domain(1), &op), 0);
    CHECK_EQ(op.stats.dirty_count, 4);
    op.pages = (1ULL << 28) + 1;
    CHECK_EQ(domctl_log_dirty_pv(world_domain(1), &op), -XEN_EINVAL);
    end();
}

int main(void)
{
    RUN(bits_are_put_where_the_guest_has_the_pages);
    RUN(it_has_to_be_on);
    RUN(a_peek_forgets_nothing);
    RUN(long_work_goes_on_where_it_was);
    RUN(the_second_half_alone_goes_on);
    RUN(a_bitmap_that_is_not_there_is_an_error);
    return check_done();
}
