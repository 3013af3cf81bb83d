/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes out on the serial line when several voices speak, what the log ring keeps, and what
 * dom0 gets of what was typed. */
#include "check.h"

#include "domain/console.h"
#include "domain/console_ring.h"
#include "domain/domain.h"
#include "lib/print.h"
#include "machine/machine.h"
#include "machine/serial.h"
#include "schedule/softirq.h"

#define NS_A_SEC 1000000000ULL

/* The serial line, and the rooms that the console calls. */
static char line[65536];
static size_t line_len;
static unsigned int input_events, log_events;
static struct work *queued[4];
static unsigned int queued_count;
static bool break_inside_write;

void (*serial_input)(char c);
struct domain *dom0;

void serial_write(const char *text, size_t len)
{
    if (break_inside_write) {
        break_inside_write = false;
        print_emergency = true;
        printk("PANIC\n");
    }
    if (len > sizeof(line) - 1 - line_len)
        abort();
    memcpy(line + line_len, text, len);
    line_len += len;
    line[line_len] = '\0';
}

void work_queue(struct work *work)
{
    if (work->queued)
        return;
    work->queued = true;
    queued[queued_count++] = work;
}

void evtchn_raise_global_virq(uint32_t virq)
{
    input_events += virq == VIRQ_CONSOLE;
    log_events += virq == VIRQ_CON_RING;
}

static void run_work(void)
{
    while (queued_count) {
        struct work *work = queued[--queued_count];

        work->queued = false;
        work->fn(work->arg);
    }
}

static struct domain control = {.domid = 0, .hardware = true, .privileged = true};
static struct domain guest = {.domid = 7};
static uint32_t ring_index;

/* A quiet line, at a new line, with nothing queued; the ring is read from here on. */
static void begin(void)
{
    char c;

    fake_machine_init(1);
    fake_now = NS_A_SEC;
    dom0 = &control;
    console_init();
    print_sink("\n", 1);
    print_sink("x\n", 2);
    while (console_read_input(&c, 1))
        ;
    console_ring_clear();
    ring_index = console_ring_start();
    guest.console_len = 0;
    line_len = 0;
    line[0] = '\0';
    run_work();
    input_events = log_events = 0;
}

static void dom0_writes(const char *text)
{
    console_write_guest(&control, text, strlen(text));
}

static void guest_writes(const char *text)
{
    console_write_guest(&guest, text, strlen(text));
}

static const char *ring_text(void)
{
    static char text[CONSOLE_RING_SIZE + 1];
    size_t len = console_ring_read(text, CONSOLE_RING_SIZE, &ring_index);

    text[len] = '\0';
    return text;
}

static void log_lines_have_a_prefix(void)
{
    begin();
    printk("one\ntwo\n");
    printk("half ");
    printk("and half\n");
    CHECK_STR(line, "(vitrine) one\n(vitrine) two\n(vitrine) half and half\n");
    CHECK_STR(ring_text(), "(vitrine) one\n(vitrine) two\n(vitrine) half and half\n");
}

static void dom0_has_the_line_as_it_is(void)
{
    begin();
    dom0_writes("login: \033[1mroot\033[0m\r\n\a\001");
    CHECK_STR(line, "login: \033[1mroot\033[0m\r\n\a\001");
    CHECK_STR(ring_text(), "");
}

static void nobody_writes_into_anothers_line(void)
{
    begin();
    dom0_writes("# ");
    printk("disk gone\n");
    dom0_writes("ls");
    dom0_writes("\n");
    printk("partly");
    dom0_writes("here\n");
    guest_writes("hello\n");
    CHECK_STR(line, "# \n(vitrine) disk gone\nls\n(vitrine) partly\nhere\n(d7) hello\n");
    CHECK_STR(ring_text(), "(vitrine) disk gone\n(vitrine) partly\n(d7) hello\n");
}

static void guest_text_is_cut_and_cleaned(void)
{
    char wide[401];

    begin();
    guest_writes("a\033[2Jb\tc\r\n\n");
    CHECK_STR(line, "(d7) a[2Jb c\n(d7) \n");
    line_len = 0;
    guest_writes("unfinished");
    CHECK_EQ(line_len, 0);
    guest_writes(" line\n");
    CHECK_STR(line, "(d7) unfinished line\n");
    line_len = 0;
    memset(wide, 'w', 400);
    wide[400] = '\0';
    guest_writes(wide);
    CHECK_EQ(line_len, 2 * (sizeof(guest.console_line) + strlen("(d7) \n")));
    guest_writes("\n(vitrine) forged\n");
    CHECK(!strstr(line, "\n(vitrine)"));
    CHECK(strstr(line, "\n(d7) (vitrine) forged\n") != NULL);
}

static void what_a_dying_guest_leaves_is_shown(void)
{
    begin();
    guest_writes("last words");
    console_flush_guest(&guest);
    console_flush_guest(&guest);
    CHECK_STR(line, "(d7) last words\n");
}

static void guest_text_is_limited(void)
{
    struct domain other = {.domid = 8};
    size_t before;

    begin();
    guest.domid = 9;
    for (unsigned int i = 0; i < 2000; i++)
        guest_writes("0123456789012345678901234567890123456789\n");
    CHECK(line_len > 10000);
    CHECK(line_len < 20000);
    before = line_len;
    console_write_guest(&other, "I may\n", 6); /* another one's budget is its own */
    CHECK(line_len > before);
    before = line_len;
    guest_writes("still too much\n");
    CHECK_EQ(line_len, before);
    fake_now += NS_A_SEC; /* some more may be written, and how much was lost is told first */
    guest_writes("after a while\n");
    CHECK(strstr(line + before, "lines of d9 were too many\n(d9) after a while\n") != NULL);
    guest.domid = 7;
}

static void ring_keeps_the_newest(void)
{
    char want[32], text[64];
    uint32_t start;

    begin();
    for (unsigned int i = 0; i < 20000; i++) {
        printk("line %u\n", i);
        line_len = 0;
    }
    start = console_ring_start();
    CHECK(start != ring_index);
    CHECK_EQ(strlen(ring_text()), CONSOLE_RING_SIZE); /* an index from long ago: all that is left */
    CHECK_EQ(ring_index, (uint32_t)(start + CONSOLE_RING_SIZE));
    format_text(want, sizeof(want), "(vitrine) line %u\n", 19999);
    ring_index -= (uint32_t)strlen(want);
    CHECK_STR(ring_text(), want);
    CHECK_STR(ring_text(), ""); /* nothing new */
    ring_index += 5;            /* from the future: taken for one from long ago */
    CHECK_EQ(console_ring_read(text, sizeof(text), &ring_index), sizeof(text));
    CHECK_EQ(ring_index, (uint32_t)(start + sizeof(text)));
    console_ring_clear();
    ring_index = console_ring_start();
    CHECK_STR(ring_text(), "");
    printk("new\n");
    CHECK_STR(ring_text(), "(vitrine) new\n");
}

static void type(const char *text)
{
    for (; *text; text++)
        serial_input(*text);
}

static void input_waits_for_dom0(void)
{
    char text[2048];

    begin();
    type("hello");
    CHECK_EQ(input_events, 0); /* not from within the interrupt */
    run_work();
    CHECK_EQ(input_events, 1);
    CHECK_EQ(console_read_input(text, 2), 2);
    CHECK_EQ(memcmp(text, "he", 2), 0);
    CHECK_EQ(console_read_input(text, sizeof(text)), 3);
    CHECK_EQ(memcmp(text, "llo", 3), 0);
    CHECK_EQ(console_read_input(text, sizeof(text)), 0);
    type("first");
    for (unsigned int i = 0; i < 5000; i++)
        serial_input('x');
    CHECK_EQ(console_read_input(text, sizeof(text)), 1024); /* what does not fit is lost */
    CHECK_EQ(memcmp(text, "firstxxx", 8), 0);
}

static void tells_dom0_of_the_log(void)
{
    begin();
    dom0 = NULL;
    printk("early\n");
    serial_input('x');
    CHECK_EQ(queued_count, 0); /* nobody to tell */
    dom0 = &control;
    printk("late\n");
    run_work();
    CHECK_EQ(log_events, 1);
    dom0_writes("own\n");
    run_work();
    CHECK_EQ(log_events, 1);
    guest_writes("guest\n");
    run_work();
    CHECK_EQ(log_events, 2);
}

/* A CPU that holds the lock may be the one that breaks, or be stopped by the one that did. */
static void last_words_come_out(void)
{
    begin();
    break_inside_write = true;
    printk("fine until here\n");
    CHECK(strstr(line, "PANIC\n") != NULL);
    print_emergency = false;
}

int main(void)
{
    RUN(log_lines_have_a_prefix);
    RUN(dom0_has_the_line_as_it_is);
    RUN(nobody_writes_into_anothers_line);
    RUN(guest_text_is_cut_and_cleaned);
    RUN(what_a_dying_guest_leaves_is_shown);
    RUN(guest_text_is_limited);
    RUN(ring_keeps_the_newest);
    RUN(input_waits_for_dom0);
    RUN(tells_dom0_of_the_log);
    RUN(last_words_come_out);
    return check_done();
}
