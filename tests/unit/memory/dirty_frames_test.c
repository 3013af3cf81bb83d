/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bit for each frame of RAM. */
#include "check.h"

#include "memory/dirty_frames.h"
#include "memory/memory.h"

static void there_may_be_no_memory(void)
{
    fake_memory_init();
    fake_memory_left = 0;
    CHECK(!dirty_frames_init());
    fake_memory_left = -1;
}

static void a_bit_is_taken_once(void)
{
    CHECK(dirty_frames_init());
    dirty_frames_set(5);
    dirty_frames_set(5);
    dirty_frames_set(FAKE_FRAMES - 1);
    dirty_frames_set(FAKE_FRAMES);
    dirty_frames_set(~0ULL);
    CHECK(!dirty_frames_take(4) && dirty_frames_take(5) && !dirty_frames_take(5));
    CHECK(dirty_frames_take(FAKE_FRAMES - 1) && !dirty_frames_take(FAKE_FRAMES));
    CHECK(!dirty_frames_take(~0ULL));
}

int main(void)
{
    RUN(there_may_be_no_memory);
    RUN(a_bit_is_taken_once);
    return check_done();
}
