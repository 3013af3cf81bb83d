/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a stream's data is: the queue, the recording, the position, and who gets how much. */
#include <string.h>

#include <glib.h>

#include "pace.h"
#include "sndif-buffer.h"

/* --- the queue --- */

static void check_take(struct sndif_queue *queue, uint32_t wanted, uint32_t offset, uint32_t length)
{
    uint32_t got_offset;

    g_assert_cmpuint(sndif_queue_take(queue, wanted, &got_offset), ==, length);
    if (length > 0)
        g_assert_cmpuint(got_offset, ==, offset);
}

static void test_queue(void)
{
    struct sndif_queue queue = {.size = 100};

    check_take(&queue, 50, 0, 0);
    sndif_queue_write(&queue, 40, 30); /* begins where the guest does */
    sndif_queue_write(&queue, 70, 30);
    sndif_queue_write(&queue, 0, 20);
    g_assert_cmpuint(queue.used, ==, 80);
    check_take(&queue, 10, 40, 10);
    check_take(&queue, 70, 50, 50); /* up to the end of the buffer */
    check_take(&queue, 20, 0, 20);
    check_take(&queue, 20, 0, 0);
    sndif_queue_write(&queue, 20, 0);
    g_assert_cmpuint(queue.used, ==, 0);
}

/* ALSA's way of taking back what it has written. */
static void test_queue_rewind(void)
{
    struct sndif_queue queue = {.size = 100};

    sndif_queue_write(&queue, 60, 40);
    sndif_queue_write(&queue, 0, 30);
    sndif_queue_write(&queue, 90, 10);
    g_assert_cmpuint(queue.at, ==, 60);
    g_assert_cmpuint(queue.used, ==, 40);
    sndif_queue_write(&queue, 0, 5);
    g_assert_cmpuint(queue.used, ==, 45);
}

static void test_queue_full(void)
{
    struct sndif_queue queue = {.size = 100};

    sndif_queue_write(&queue, 0, 100);
    sndif_queue_write(&queue, 0, 30); /* goes on, and the oldest are lost */
    g_assert_cmpuint(queue.at, ==, 30);
    g_assert_cmpuint(queue.used, ==, 100);
    sndif_queue_write(&queue, 30, 70);
    g_assert_cmpuint(queue.at, ==, 0);
    g_assert_cmpuint(queue.used, ==, 100);
}

static void test_queue_large(void)
{
    struct sndif_queue queue = {.size = UINT32_MAX - 3};

    sndif_queue_write(&queue, 0, UINT32_MAX - 3);
    sndif_queue_write(&queue, 0, UINT32_MAX - 3);
    g_assert_cmpuint(queue.used, ==, queue.size);
    g_assert_cmpuint(queue.at, ==, 0);
}

/* --- the recording --- */

static void test_record(void)
{
    uint8_t data[8], got[8];
    struct sndif_record record = {.data = data, .size = sizeof(data)};

    sndif_record_add(&record, "abcde", 5, '.');
    sndif_record_read(&record, got, 3, '.');
    g_assert_cmpmem(got, 3, "abc", 3);
    sndif_record_add(&record, "fghij", 5, '.');
    sndif_record_read(&record, got, 8, '.');
    g_assert_cmpmem(got, 8, "defghij.", 8);
    sndif_record_add(&record, NULL, 2, '-');
    sndif_record_read(&record, got, 3, '.');
    g_assert_cmpmem(got, 3, "--.", 3);
}

/* Nobody reads: the newest stay. */
static void test_record_full(void)
{
    uint8_t data[8], got[8];
    struct sndif_record record = {.data = data, .size = sizeof(data)};

    sndif_record_add(&record, "abcdef", 6, '.');
    sndif_record_add(&record, "ghijk", 5, '.');
    sndif_record_read(&record, got, 8, '.');
    g_assert_cmpmem(got, 8, "defghijk", 8);
    sndif_record_add(&record, "0123456789", 10, '.');
    sndif_record_read(&record, got, 8, '.');
    g_assert_cmpmem(got, 8, "23456789", 8);
    sndif_record_add(&record, NULL, 100, '-');
    sndif_record_read(&record, got, 8, '.');
    g_assert_cmpmem(got, 8, "--------", 8);
    g_assert_cmpuint(record.used, ==, 0);
}

/* --- the position --- */

/* Linux's arithmetic on what it is told, in octets. */
struct linux_front {
    uint64_t last;
    uint64_t pointer, out;
    unsigned elapsed;
};

static void linux_front_told(struct linux_front *front, const struct sndif_position *position)
{
    uint64_t delta = position->octets - front->last;

    front->last = position->octets;
    front->pointer = (front->pointer + delta) % position->buffer;
    front->out += delta;
    if (front->out > position->period) {
        front->out %= position->period;
        front->elapsed++;
    }
}

static bool advance(struct sndif_position *position, uint32_t octets)
{
    return sndif_position_reach(position, position->octets + octets);
}

static void test_position(void)
{
    struct sndif_position position = {.period = 100, .buffer = 400};
    unsigned told = 0;

    g_assert_false(advance(&position, 0));
    g_assert_false(advance(&position, 100));
    g_assert_true(advance(&position, 1));
    g_assert_false(advance(&position, 99));
    g_assert_true(advance(&position, 1));
    g_assert_true(advance(&position, 1000)); /* once, however many they are */
    g_assert_false(advance(&position, 1));
    /* It does not go back, and what is told once is not told again. */
    g_assert_false(sndif_position_reach(&position, 5));
    g_assert_cmpuint(position.octets, ==, 1202);
    position.period = 0;
    for (int i = 0; i < 1000; i++)
        told += advance(&position, 100);
    g_assert_cmpuint(told, ==, 0);
}

/* As long as pieces are shorter than a period, every period is over once for Linux. */
static void test_position_linux(void)
{
    static const uint32_t pieces[] = {1, 20, 25, 50, 99};

    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        struct sndif_position position = {.period = 100, .buffer = 400};
        struct linux_front front = {0};

        while (position.octets < 10001)
            if (advance(&position, pieces[i]))
                linux_front_told(&front, &position);
        g_test_message("pieces of %u", pieces[i]);
        g_assert_cmpuint(front.elapsed, >=, 99);
        g_assert_cmpuint(front.elapsed, <=, 101);
    }
}

/* After a stop Linux begins at 0 again. */
static void test_position_rewind(void)
{
    struct sndif_position position = {.period = 100, .buffer = 300};
    struct linux_front front = {0};

    sndif_position_rewind(&position);
    g_assert_cmpuint(position.octets, ==, 0);
    g_assert_true(advance(&position, 451));
    linux_front_told(&front, &position);
    g_assert_cmpuint(front.pointer, ==, 151);
    sndif_position_rewind(&position);
    linux_front_told(&front, &position);
    g_assert_cmpuint(front.pointer, ==, 0);
    g_assert_cmpuint(position.octets, ==, 600);
    g_assert_false(advance(&position, 100));
    g_assert_true(advance(&position, 1));
    sndif_position_rewind(&position);
    sndif_position_rewind(&position);
    g_assert_cmpuint(position.octets, ==, 900);
}

/* What is on its way is not heard, but a guest must be able to write meanwhile. */
static void test_position_heard(void)
{
    static const struct {
        uint32_t period;
        uint64_t given;
        uint32_t on_its_way;
        uint64_t heard;
    } rows[] = {
        {100, 0, 0, 0},         {100, 100, 0, 100},
        {100, 100, 100, 0},     {100, 100, 150, 0},
        {100, 1000, 10, 990},   {100, 1000, 300, 700},
        {100, 1000, 301, 700},  {100, 1000, UINT32_MAX, 700},
        {200, 1000, 300, 800},                        /* long periods */
        {400, 1000, 300, 1000}, {10, 1000, 390, 700}, /* short ones, and none */
        {0, 1000, 390, 700},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct sndif_position position = {.period = rows[i].period, .buffer = 400};

        g_assert_cmpuint(sndif_position_heard(&position, rows[i].given, rows[i].on_its_way), ==,
                         rows[i].heard);
    }
}

/* --- how much is given --- */

static void test_pace(void)
{
    static const struct {
        uint32_t room, queued;
        struct pace_limits limits;
        uint32_t amount;
    } cases[] = {
        {1000, 5000, {1000, 250}, 1000}, /* all that there is room for */
        {1000, 400, {1000, 250}, 400},   /* what there is */
        {1000, 250, {1000, 250}, 250},   /* enough to go on with */
        {1000, 100, {1000, 250}, 250},   /* silence, no more than it takes */
        {1000, 0, {1000, 250}, 250},     {800, 0, {1000, 250}, 50},
        {750, 0, {1000, 250}, 0}, /* there is still something to be heard: wait for the guest */
        {0, 5000, {1000, 250}, 0},       {0, 0, {1000, 250}, 0},
        {5000, 0, {1000, 250}, 250}, /* the server is behind */
        {5000, 4000, {1000, 250}, 4250}, {100, 0, {50, 250}, 100},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%zu", i);
        g_assert_cmpuint(pace_amount(&cases[i].limits, cases[i].room, cases[i].queued), ==,
                         cases[i].amount);
    }
}

/* Whatever the guest's buffer, it hears of a period before Linux has lost its patience: that is one
 * period after ours is over, at the most. */
static void test_patience(void)
{
    const uint32_t rate = 48000 * 4;

    for (uint32_t ms = 2; ms <= 2000; ms++) {
        uint32_t buffer = rate / 1000 * ms;
        int64_t linux_us = MAX(ms * 1100, 100 * 1000);

        for (uint32_t periods = 2; periods <= 32; periods++) {
            int64_t period_us = (int64_t)ms * 1000 / periods;
            int64_t us = pace_patience(buffer, buffer / periods, rate);

            g_assert_cmpint(us, >=, 50 * 1000);
            g_assert_cmpint(us + period_us, <=, linux_us);
        }
    }
    g_assert_cmpint(pace_patience(rate, 0, rate), ==, 750 * 1000);
    g_assert_cmpint(pace_patience(rate, 2 * rate, rate), ==, 50 * 1000);
}

static void test_pace_due(void)
{
    struct pace pace = {.octets_a_second = 48000 * 4, .frame = 4};

    pace_start(&pace, 1000);
    g_assert_cmpuint(pace_due(&pace, 1000), ==, 0);
    g_assert_cmpuint(pace_due(&pace, 11000), ==, 1920);
    g_assert_cmpuint(pace_due(&pace, 11000), ==, 0);
    g_assert_cmpuint(pace_due(&pace, 11010), ==, 0); /* less than a frame stays for later */
    g_assert_cmpuint(pace_due(&pace, 11021), ==, 4);
    /* We did not run for a minute: what was missed is missed. */
    g_assert_cmpuint(pace_due(&pace, 60011021), ==, 19200);
    g_assert_cmpuint(pace_due(&pace, 60021021), ==, 1920);
    g_assert_cmpuint(pace_due(&pace, 5), ==, 0); /* a clock that goes back */
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/buffer/queue", test_queue);
    g_test_add_func("/buffer/queue-rewind", test_queue_rewind);
    g_test_add_func("/buffer/queue-full", test_queue_full);
    g_test_add_func("/buffer/queue-large", test_queue_large);
    g_test_add_func("/buffer/record", test_record);
    g_test_add_func("/buffer/record-full", test_record_full);
    g_test_add_func("/buffer/position", test_position);
    g_test_add_func("/buffer/position-linux", test_position_linux);
    g_test_add_func("/buffer/position-rewind", test_position_rewind);
    g_test_add_func("/buffer/position-heard", test_position_heard);
    g_test_add_func("/buffer/pace", test_pace);
    g_test_add_func("/buffer/pace-due", test_pace_due);
    g_test_add_func("/buffer/patience", test_patience);
    return g_test_run();
}
