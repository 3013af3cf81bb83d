/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bit for each frame of RAM. */
#include "check.h"

#include "lib/errno.h"
#include "memory/dirty_frames.h"
#include "memory/memory.h"

static void there_are_none_at_first(void)
{
    fake_memory_init();
    dirty_frames_set(5);
    CHECK(!dirty_frames_take(5));
    fake_memory_left = 0;
    CHECK_EQ(dirty_frames_init(), -XEN_ENOMEM);
    fake_memory_left = -1;
}

static void a_bit_is_taken_once(void)
{
    CHECK_EQ(dirty_frames_init(), 0);
    dirty_frames_set(5);
    dirty_frames_set(5);
    dirty_frames_set(FAKE_FRAMES - 1);
    dirty_frames_set(FAKE_FRAMES);
    dirty_frames_set(~0ULL);
    CHECK_EQ(dirty_frames_init(), 0); /* they stay */
    CHECK(!dirty_frames_take(4) && dirty_frames_take(5) && !dirty_frames_take(5));
    CHECK(dirty_frames_take(FAKE_FRAMES - 1) && !dirty_frames_take(FAKE_FRAMES));
    CHECK(!dirty_frames_take(~0ULL));
}

int main(void)
{
    RUN(there_are_none_at_first);
    RUN(a_bit_is_taken_once);
    return check_done();
}
