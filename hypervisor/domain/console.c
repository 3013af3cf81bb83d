/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The serial line's voices and the log ring; see console.h. */
#include "domain/console.h"

#include "domain/console_ring.h"
#include "domain/domain.h"
#include "lib/print.h"
#include "lib/string.h"
#include "machine/serial.h"
#include "machine/spinlock.h"
#include "machine/time.h"
#include "schedule/softirq.h"

#define LOG_PREFIX "(vitrine) "

/* What domains other than dom0 may write, each: a burst, and then so much a second. */
#define GUEST_BURST       16384
#define GUEST_BYTES_A_SEC 4096
#define GUEST_BUDGETS     64
#define NS_A_SEC          1000000000ULL

#define INPUT_SIZE 1024 /* a power of two */

/* Whose unfinished line the serial line shows. */
enum voice { VOICE_NONE, VOICE_LOG, VOICE_DOM0 };

/* How much a domain may still write. Shared by domains whose numbers are 64 apart. */
struct budget {
    uint64_t refilled; /* system time */
    uint32_t left, lost;
};

static struct spinlock console_lock = SPINLOCK_INIT; /* all that follows; interrupts off */
static enum voice unfinished;
static struct budget budgets[GUEST_BUDGETS];
static char input[INPUT_SIZE];
static uint32_t input_first, input_end; /* free-running */

static void tell_dom0_of_input(void *unused)
{
    evtchn_raise_global_virq(VIRQ_CONSOLE);
}

static void tell_dom0_of_log(void *unused)
{
    evtchn_raise_global_virq(VIRQ_CON_RING);
}

static struct work input_work = {.fn = tell_dom0_of_input};
static struct work log_work = {.fn = tell_dom0_of_log};

static bool console_acquire(uint64_t *flags)
{
    *flags = irq_save();
    if (!READ_ONCE(print_emergency)) {
        spin_lock(&console_lock);
        return true;
    }
    return spin_trylock(&console_lock);
}

static void console_release(bool locked, uint64_t flags)
{
    if (locked)
        spin_unlock(&console_lock);
    irq_restore(flags);
}

/* To the serial line and to the ring. */
static void emit(const char *text, size_t len)
{
    console_ring_append(text, len);
    serial_write(text, len);
}

/* Lets that voice speak: somebody else's unfinished line is ended first. */
static void speak_as(enum voice voice)
{
    if (unfinished == VOICE_NONE || unfinished == voice)
        return;
    serial_write("\n", 1);
    if (unfinished == VOICE_LOG)
        console_ring_append("\n", 1);
    unfinished = VOICE_NONE;
}

static void log_locked(const char *text, size_t len)
{
    speak_as(VOICE_LOG);
    while (len) {
        const char *newline = memchr(text, '\n', len);
        size_t part = newline ? (size_t)(newline - text) + 1 : len;

        if (unfinished == VOICE_NONE)
            emit(LOG_PREFIX, strlen(LOG_PREFIX));
        emit(text, part);
        unfinished = newline ? VOICE_NONE : VOICE_LOG;
        text += part;
        len -= part;
    }
}

/* Before there is a dom0 nobody can have bound the event, and work can't be queued yet. */
static void ring_has_grown(void)
{
    if (dom0 && !READ_ONCE(print_emergency))
        work_queue(&log_work);
}

void console_log(const char *text, size_t len)
{
    uint64_t flags;
    bool locked = console_acquire(&flags);

    log_locked(text, len);
    console_release(locked, flags);
    ring_has_grown();
}

static void dom0_write_locked(const char *text, size_t len)
{
    speak_as(VOICE_DOM0);
    serial_write(text, len);
    unfinished = text[len - 1] == '\n' ? VOICE_NONE : VOICE_DOM0;
}

/* Takes `want` bytes from the domain's budget. Whether they were there. */
static bool budget_take(struct budget *budget, uint32_t want)
{
    uint64_t now = system_time();
    uint64_t gained = (now - budget->refilled) / (NS_A_SEC / GUEST_BYTES_A_SEC);

    if (!budget->refilled) {
        budget->left = GUEST_BURST;
        budget->refilled = now | 1;
    } else if (gained) {
        budget->left = (uint32_t)MIN(budget->left + gained, (uint64_t)GUEST_BURST);
        budget->refilled = now;
    }
    if (budget->left < want)
        return false;
    budget->left -= want;
    return true;
}

/* Writes out the line that the domain has gathered. */
static void guest_line_out(struct domain *d)
{
    struct budget *budget = &budgets[d->domid % GUEST_BUDGETS];
    char text[sizeof(d->console_line) + 48];
    int len;

    if (!budget_take(budget, d->console_len + 8)) {
        budget->lost++;
        d->console_len = 0;
        return;
    }
    speak_as(VOICE_NONE);
    if (budget->lost) {
        len = format_text(text, sizeof(text), "%u lines of d%u were too many\n", budget->lost,
                          d->domid);
        log_locked(text, (size_t)len);
        budget->lost = 0;
    }
    len = format_text(text, sizeof(text), "(d%u) %.*s\n", d->domid, (int)d->console_len,
                      d->console_line);
    emit(text, (size_t)len);
    d->console_len = 0;
}

/* Gathers a domain's text into lines. A control character could move the cursor, recolour or
 * forge other lines: only tabs are let through, as one space. */
static void guest_write_locked(struct domain *d, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];

        if (c == '\n') {
            guest_line_out(d);
            continue;
        }
        if (c == '\t')
            c = ' ';
        if (c < ' ' || c > '~')
            continue;
        if (d->console_len == sizeof(d->console_line))
            guest_line_out(d);
        d->console_line[d->console_len++] = (char)c;
    }
}

void console_write_guest(struct domain *d, const char *text, size_t len)
{
    uint64_t flags;
    bool locked;

    if (!len)
        return;
    locked = console_acquire(&flags);
    if (d->hardware)
        dom0_write_locked(text, len);
    else
        guest_write_locked(d, text, len);
    console_release(locked, flags);
    if (!d->hardware)
        ring_has_grown();
}

void console_flush_guest(struct domain *d)
{
    uint64_t flags;
    bool locked = console_acquire(&flags);

    if (d->console_len)
        guest_line_out(d);
    console_release(locked, flags);
}

void console_input(char c)
{
    uint64_t flags;
    bool locked = console_acquire(&flags);

    /* What nobody reads is dropped, so that the newest input does not push out the oldest. */
    if (input_end - input_first < INPUT_SIZE)
        input[input_end++ % INPUT_SIZE] = c;
    console_release(locked, flags);
    if (dom0)
        work_queue(&input_work);
}

size_t console_read_input(char *buf, size_t size)
{
    uint64_t flags;
    bool locked = console_acquire(&flags);
    size_t n = 0;

    while (n < size && input_first != input_end)
        buf[n++] = input[input_first++ % INPUT_SIZE];
    console_release(locked, flags);
    return n;
}

size_t console_ring_read(char *buf, size_t size, uint32_t *index)
{
    uint64_t flags;
    bool locked = console_acquire(&flags);
    size_t n = console_ring_copy(buf, size, index);

    console_release(locked, flags);
    return n;
}

uint32_t console_ring_start(void)
{
    return console_ring_oldest();
}

void console_ring_clear(void)
{
    uint64_t flags;
    bool locked = console_acquire(&flags);

    console_ring_forget();
    console_release(locked, flags);
}

void console_init(void)
{
    print_sink = console_log;
    serial_input = console_input;
}
