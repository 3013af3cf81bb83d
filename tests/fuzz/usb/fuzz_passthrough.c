/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's tool that says anything, while the service gives it devices and takes them back, and
 * people unplug them. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib.h>

#include "frame.h"
#include "fuzz.h"
#include "octets.h"
#include "passthrough.h"
#include "unit/usb/fake-host.h"
#include "unit/usb/guest-words.h"

#define HOSTS 32
#define KEYS  3

/* By which dom0 calls the first device that it has offered (see passthrough.c). */
#define FIRST_DEVID (1u << 16 | 1)

/* So many octets come from the tool, and then this happens. */
struct step {
    uint8_t length;
    uint8_t action;
};

struct world {
    struct passthrough *passthrough;
    struct fake_host hosts[HOSTS];
    unsigned opened;
    struct octets words; /* what the tool has said, and nobody has read */
    bool closed;         /* the tool has gone */
    unsigned asked;      /* how many devices were to be attached, */
    unsigned told;       /* and of how many it was said what has become of them */
    bool ended;
};

static struct world world;

/* --- what passthrough stands on --- */

static int open_next(void *data, int fd, void (*gone)(void *data), void *gone_data,
                     struct host_device *ret_device)
{
    if (world.opened == HOSTS)
        return -EBUSY;
    return fake_host_open(&world.hosts[world.opened++], fd, gone, gone_data, ret_device);
}

static int line_read(void *stream, void *to, size_t size)
{
    size = MIN(size, world.words.used);
    if (size == 0)
        return world.closed ? -1 : 0;
    memcpy(to, octets_front(&world.words), size);
    octets_drop(&world.words, size);
    return (int)size;
}

static int line_write(void *stream, const void *from, size_t size)
{
    return world.closed ? -1 : (int)size;
}

static bool line_is_open(void *line)
{
    return !world.closed;
}

static void line_hang_up(void *line)
{
    octets_drop(&world.words, world.words.used);
}

static void line_renew(void *line)
{
    world.closed = false;
    octets_drop(&world.words, world.words.used);
}

/* "guest present", or what has become of a device: "failed" and "detached" are the last word on it.
 */
static void on_say(void *data, const char *first, const char *second, const char *third)
{
    if (strcmp(first, "failed") == 0 || strcmp(first, "detached") == 0)
        world.told++;
}

static void on_ended(void *data)
{
    world.ended = true;
}

/* --- what happens --- */

static void attach(unsigned number)
{
    g_autofree char *key = g_strdup_printf("1-%u", number);

    world.asked++;
    passthrough_attach(world.passthrough, key, dup(STDERR_FILENO));
}

/* To take back what is not there is answered, too. */
static void detach(unsigned number)
{
    g_autofree char *key = g_strdup_printf("1-%u", number);
    unsigned told = world.told;

    passthrough_detach(world.passthrough, key);
    if (world.told > told)
        world.asked++;
}

static void unplug(unsigned number)
{
    struct fake_host *host = &world.hosts[number % HOSTS];

    if (number < world.opened && host->closed == 0)
        host->gone(host->gone_data);
}

static void complete(unsigned number)
{
    struct fake_host *host = &world.hosts[number % HOSTS];

    if (host->count > 0)
        fake_host_complete(host, 0, 0, 0, 0);
}

static void act(uint8_t action)
{
    unsigned number = (action >> 3) % KEYS;

    switch (action & 7) {
    case 0:
    case 1:
        attach(number);
        break;
    case 2:
        detach(number);
        break;
    case 3:
        unplug(action >> 3);
        break;
    case 4:
    case 5:
        complete(action >> 3);
        break;
    case 6:
        world.closed = number == 0;
        break;
    default:
        break;
    }
}

static void turn(void)
{
    passthrough_run(world.passthrough);
    for (unsigned i = 0; i < 20 && g_main_context_iteration(NULL, FALSE); i++)
        ;
}

static void play(const uint8_t *data, size_t len)
{
    while (len >= sizeof(struct step)) {
        struct step step;
        size_t length;

        memcpy(&step, data, sizeof(step));
        data += sizeof(step);
        len -= sizeof(step);
        length = MIN(len, step.length);
        if (!world.closed)
            octets_append(&world.words, data, length);
        data += length;
        len -= length;
        turn();
        act(step.action);
        turn();
    }
}

static void finish(void)
{
    passthrough_end(world.passthrough);
    while (!world.ended) {
        for (unsigned i = 0; i < world.opened; i++)
            fake_host_drain(&world.hosts[i]);
        g_main_context_iteration(NULL, FALSE);
    }
    passthrough_free(world.passthrough);
    octets_clear(&world.words);
}

/* What is said for the log would be said thousands of times. */
static void ignore(const char *domain, GLogLevelFlags level, const char *text, gpointer data)
{
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const struct link_stream stream = {line_read, line_write};
    static const struct passthrough_line line = {&stream, line_is_open, line_hang_up, line_renew};
    static const struct passthrough_owner owner = {on_say, on_ended};

    g_log_set_default_handler(ignore, NULL);
    memset(&world, 0, sizeof(world));
    world.passthrough = passthrough_new(open_next, NULL, &line, NULL, &owner, NULL);
    play(data, len);
    finish();
    FUZZ_ASSERT(world.told == world.asked);
    for (unsigned i = 0; i < world.opened; i++)
        FUZZ_ASSERT(world.hosts[i].closed == 1 && world.hosts[i].claimed == 0);
    return 0;
}

/* --- sound beginnings --- */

static size_t put_step(uint8_t *to, uint8_t action, const struct frame *frame)
{
    size_t length = frame_encode(frame, to + sizeof(struct step));

    to[0] = (uint8_t)length;
    to[1] = action;
    return sizeof(struct step) + length;
}

/* A tool that takes two devices, and has the first one read; n: what happens in the end. */
size_t fuzz_seed(unsigned int n, uint8_t *data)
{
    static const uint8_t ends[] = {2, 3, 6, 7};
    const struct frame hello = {.type = FRAME_HELLO, .hello = {FRAME_MAGIC, FRAME_VERSION}};
    const struct frame taken = {.type = FRAME_RESULT, .result = FRAME_ATTACHED};
    const struct frame taken_too = {.type = FRAME_RESULT, .channel = 1, .result = FRAME_ATTACHED};
    uint8_t words[WORDS_HEADER];
    const struct frame asks = {.type = FRAME_DATA, .data = {words, sizeof(words)}};
    const struct frame credit = {.type = FRAME_CREDIT, .credit = 100};
    size_t len = 0;

    if (n >= G_N_ELEMENTS(ends))
        return 0;
    words_submit(words, 1, FIRST_DEVID, true, 1, 512, 0);
    len += put_step(data + len, 0, &hello);
    len += put_step(data + len, 8, &taken);
    len += put_step(data + len, 7, &taken_too);
    len += put_step(data + len, 4, &asks);
    len += put_step(data + len, 7, &credit);
    return len + put_step(data + len, ends[n], &asks);
}
