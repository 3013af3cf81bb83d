/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Task switches, which a CPU may leave to the hypervisor: by call, jump, gate and return, of 32 and
 * 16 bits, into virtual 8086 mode, with another page directory, and those that fail on either side.
 * (SDM vol. 3, chapter 7) */
#include "hw.h"

#include "hw_tasks.h"
#include "private.h"

#define TYPE_TSS16_FREE 0x81
#define TYPE_TSS_FREE   0x89
#define TYPE_BUSY       0x02
#define TYPE_GATE       0x8e /* for interrupts, 32 bits */
#define TYPE_TASK_GATE  0x85
#define CR0_TS          8UL
#define MAGIC           0x12345678U
#define V86_PAGE        0x9000UL
#define STACK           1024
#define IDT_ENTRIES     (TASK_VECTOR + 1)

struct tss32 {
    uint32_t link, esp0, ss0, unused[4], cr3, eip, eflags, eax, ecx, edx, ebx, esp, ebp, esi, edi;
    uint32_t es, cs, ss, ds, fs, gs, ldt, io_map;
};

struct tss16 {
    uint16_t link, unused[6], ip, flags, ax, cx, dx, bx, sp, bp, si, di, es, cs, ss, ds, ldt;
};

struct note {
    uint32_t who, value, flags, task, cr3, cr0;
};

struct table_pointer {
    uint16_t limit;
    uint32_t base;
} __attribute__((packed));

_Static_assert(sizeof(struct tss32) == 104 && offsetof(struct tss32, eip) == TSS_EIP, "SDM");
_Static_assert(sizeof(struct tss16) == 44, "SDM");
_Static_assert(sizeof(struct note) == NOTE_SIZE, "hw_tasks.h");

void tasks_run(void);
extern const char main_call[], main_jump[], main_interrupt[], main_error[], main_bad_task[];
extern const char other_nested[], other_jump[], other_error[], other_leave[], other_16[],
    other_16_end[];
extern const char other_v86[], other_v86_end[], handler_resume[], handler_leave[];
extern uint32_t trial_code, resume_at;
extern struct {
    uint32_t offset;
    uint16_t selector;
} __attribute__((packed)) far_pointer;

/* These are the 32-bit side's as well. */
page_aligned uint32_t trial_directory[1024];
static page_aligned uint32_t other_directory[1024];
struct note notes[16];
uint32_t notes_used, small_turns;
struct tss32 main_tss;
uint8_t main_stack[STACK], main_stack_top[16];
struct table_pointer trial_gdt_pointer, trial_idt_pointer;

static struct tss32 other_tss, helper_tss;
static struct tss16 small_tss;
static uint8_t other_stack[STACK], helper_stack[STACK];
static uint64_t trial_gdt[TRIAL_GDT / 8], trial_idt[IDT_ENTRIES];

static uint32_t low(const void *p)
{
    return (uint32_t)(uint64_t)p;
}

static uint64_t descriptor(const void *base, uint32_t limit, uint8_t type)
{
    return (limit & 0xffff) | (uint64_t)(low(base) & 0xffffff) << 16 | (uint64_t)type << 40 |
           (uint64_t)(low(base) >> 24) << 56;
}

static void gate_set(unsigned int vector, uint8_t type, uint16_t selector, const void *handler)
{
    uint32_t at = low(handler);

    trial_idt[vector] = (at & 0xffff) | (uint64_t)selector << 16 | (uint64_t)type << 40 |
                        (uint64_t)(at >> 16) << 48;
}

static struct tss32 task(const void *code, uint8_t *stack)
{
    return (struct tss32){
        .cr3 = low(other_directory),
        .eip = low(code),
        .eflags = 2,
        .ebx = MAGIC,
        .esp = low(stack + STACK),
        .es = 0x18,
        .cs = 0x08,
        .ss = 0x18,
        .ds = 0x18,
    };
}

static void directory_fill(uint32_t *directory)
{
    for (uint32_t i = 0; i < 1024; i++)
        directory[i] = i << 22 | 0x87; /* for ring 3 as well */
}

/* All as at the beginning: nobody busy, and faults end in the 64-bit side's triple fault. */
static void tables_set(void)
{
    memset(trial_idt, 0, sizeof(trial_idt));
    memset(notes, 0, sizeof(notes));
    notes_used = small_turns = 0;
    trial_gdt[1] = 0x00cf9b000000ffff;
    trial_gdt[2] = 0x00af9b000000ffff;
    trial_gdt[3] = 0x00cf93000000ffff;
    trial_gdt[TASK_MAIN / 8] = descriptor(&main_tss, sizeof(main_tss) - 1, TYPE_TSS_FREE);
    trial_gdt[TASK_OTHER / 8] = descriptor(&other_tss, sizeof(other_tss) - 1, TYPE_TSS_FREE);
    trial_gdt[TASK_HELPER / 8] = descriptor(&helper_tss, sizeof(helper_tss) - 1, TYPE_TSS_FREE);
    trial_gdt[TASK_SMALL / 8] = descriptor(&small_tss, sizeof(small_tss) - 1, TYPE_TSS16_FREE);
    trial_gdt[CODE_SMALL / 8] = descriptor(other_16, 0xffff, 0x9a);
    trial_gdt[DATA_ABSENT / 8] = 0x00cf13000000ffff;
    trial_gdt_pointer = (struct table_pointer){sizeof(trial_gdt) - 1, low(trial_gdt)};
    trial_idt_pointer = (struct table_pointer){sizeof(trial_idt) - 1, low(trial_idt)};
    main_tss = (struct tss32){.cr3 = low(trial_directory)};
    directory_fill(trial_directory);
    directory_fill(other_directory);
}

/* Runs one, to which it is TASK_MAIN's part, with `selector` where it calls or jumps. */
static void run(const char *code, uint16_t selector)
{
    trial_code = low(code);
    far_pointer.offset = 0;
    far_pointer.selector = selector;
    tasks_run();
    hw_traps_init();
}

static bool is_busy(uint16_t selector)
{
    return trial_gdt[selector / 8] >> 40 & TYPE_BUSY;
}

static void expect_note(unsigned int number, uint32_t who, uint16_t in, uint32_t value,
                        const char *what)
{
    const struct note *n = &notes[number];

    expect(n->who, who, "%s: note %u is of the one", what, number);
    expect(n->task, in, "%s: in its task", what);
    if (who != NOTE_MAIN)
        expect(n->value, value, "%s: with what it was given", what);
    expect(n->cr3, low(in == TASK_MAIN || in == TASK_SMALL ? trial_directory : other_directory),
           "%s: and its page directory", what);
}

static void check_call(void)
{
    tables_set();
    other_tss = task(other_nested, other_stack);
    run(main_call, TASK_OTHER);
    expect(notes_used, 2, "call: two tasks have run");
    expect_note(0, NOTE_OTHER, TASK_OTHER, MAGIC, "call");
    check(notes[0].flags & FLAG_NT, "call: the new one is nested");
    check(notes[0].cr0 & CR0_TS, "call: the FPU holds another task's registers");
    expect_note(1, NOTE_MAIN, TASK_MAIN, 0, "return");
    check(!(notes[1].flags & FLAG_NT), "return: the old one is not nested");
    expect(other_tss.link, TASK_MAIN, "call: the way back is written down");
    check(!is_busy(TASK_OTHER) && is_busy(TASK_MAIN), "return: who has returned is not busy");
    check(!(other_tss.eflags & FLAG_NT), "return: nor nested, when it comes to run again");
    check(other_tss.eip != low(other_nested), "return: it goes on where it was");
}

static void check_jump(void)
{
    tables_set();
    other_tss = task(other_jump, other_stack);
    run(main_jump, TASK_OTHER);
    expect(notes_used, 2, "jump: two tasks have run");
    expect_note(0, NOTE_OTHER, TASK_OTHER, MAGIC, "jump");
    check(!(notes[0].flags & FLAG_NT), "jump: none is nested");
    expect_note(1, NOTE_MAIN, TASK_MAIN, 0, "jump back");
    check(!is_busy(TASK_OTHER) && is_busy(TASK_MAIN), "jump: who was left is not busy");
    expect(other_tss.link, 0, "jump: there is no way back");
}

static void check_gate(void)
{
    tables_set();
    other_tss = task(other_nested, other_stack);
    gate_set(TASK_VECTOR, TYPE_TASK_GATE, TASK_OTHER, NULL);
    run(main_interrupt, 0);
    expect(notes_used, 2, "gate: two tasks have run");
    expect_note(0, NOTE_OTHER, TASK_OTHER, MAGIC, "gate");
    check(notes[0].flags & FLAG_NT, "gate: the new one is nested");
    expect_note(1, NOTE_MAIN, TASK_MAIN, 0, "gate");
}

static void check_error(void)
{
    tables_set();
    other_tss = task(other_error, other_stack);
    gate_set(TRAP_GP, TYPE_TASK_GATE, TASK_OTHER, NULL);
    run(main_error, 0);
    expect(notes_used, 2, "fault: two tasks have run");
    expect_note(0, NOTE_OTHER, TASK_OTHER, BAD_SELECTOR, "fault");
    expect_note(1, NOTE_MAIN, TASK_MAIN, 0, "fault");
}

static void check_small(void)
{
    tables_set();
    small_tss = (struct tss16){.cs = CODE_SMALL, .flags = 2, .ss = 0x18, .ds = 0x18, .sp = 0x7000};
    run(main_call, TASK_SMALL);
    expect(small_turns, 1, "16 bits: the task has run");
    expect(small_tss.link, TASK_MAIN, "16 bits: the way back is written down");
    expect(notes_used, 1, "16 bits: it has returned");
    expect_note(0, NOTE_MAIN, TASK_MAIN, 0, "16 bits");
}

/* A switch that must not begin: a trap with that selector, in the old task. */
static void check_refused(const char *what, unsigned int vector, uint16_t selector)
{
    gate_set(vector, TYPE_GATE, 0x08, handler_resume);
    run(main_bad_task, selector);
    expect(notes_used, 2, "%s: it is told", what);
    expect_note(0, NOTE_HANDLER, TASK_MAIN, selector, what);
    expect_note(1, NOTE_MAIN, TASK_MAIN, 0, what);
    expect(is_busy(selector), selector == TASK_MAIN, "%s: who was not entered is not busy", what);
}

static void check_refusals(void)
{
    tables_set();
    check_refused("a task that is busy", TRAP_GP, TASK_MAIN);
    tables_set();
    trial_gdt[TASK_OTHER / 8] &= ~(0x80ULL << 40);
    check_refused("a task that is not present", TRAP_NP, TASK_OTHER);
    tables_set();
    trial_gdt[TASK_OTHER / 8] = descriptor(&other_tss, sizeof(other_tss) - 2, TYPE_TSS_FREE);
    check_refused("a task whose TSS is too small", TRAP_TS, TASK_OTHER);
}

/* A new task with a data segment that is not there has begun, and gets the trap. */
static void check_bad_data(void)
{
    tables_set();
    other_tss = task(other_nested, other_stack);
    other_tss.ds = DATA_ABSENT;
    gate_set(TRAP_NP, TYPE_GATE, 0x08, handler_leave);
    run(main_jump, TASK_OTHER);
    expect(notes_used, 2, "bad data segment: it is told");
    expect_note(0, NOTE_HANDLER, TASK_OTHER, DATA_ABSENT, "bad data segment");
    expect_note(1, NOTE_MAIN, TASK_MAIN, 0, "bad data segment");
}

/* One without a stack can't take a trap by itself: another task does. */
static void check_bad_stack(void)
{
    tables_set();
    other_tss = task(other_nested, other_stack);
    other_tss.ss = 0x08;
    helper_tss = task(other_leave, helper_stack);
    gate_set(TRAP_TS, TYPE_TASK_GATE, TASK_HELPER, NULL);
    run(main_jump, TASK_OTHER);
    expect(notes_used, 2, "bad stack: it is told");
    expect_note(0, NOTE_OTHER, TASK_HELPER, 0x08, "bad stack");
    expect(helper_tss.link, TASK_OTHER, "bad stack: of the task that has begun");
    expect_note(1, NOTE_MAIN, TASK_MAIN, 0, "bad stack");
}

static void check_v86(void)
{
    tables_set();
    memcpy((void *)V86_PAGE, other_v86, (size_t)(other_v86_end - other_v86));
    other_tss = task(NULL, other_stack);
    other_tss.eflags |= FLAG_VM;
    other_tss.cs = V86_PAGE >> 4;
    other_tss.ss = other_tss.ds = V86_PAGE >> 4;
    other_tss.esp0 = low(other_stack + STACK);
    other_tss.ss0 = 0x18;
    gate_set(TRAP_GP, TYPE_GATE, 0x08, handler_leave);
    run(main_jump, TASK_OTHER);
    expect(notes_used, 2, "virtual 8086: HLT is not for it");
    expect_note(0, NOTE_HANDLER, TASK_OTHER, 0, "virtual 8086");
    check(!(notes[0].flags & FLAG_VM), "virtual 8086: its handler is not");
    check(!(other_tss.eflags & FLAG_VM) && other_tss.cs == 0x08,
          "virtual 8086: who leaves is the handler");
}

void micro_main(void)
{
    check_call();
    check_jump();
    check_gate();
    check_error();
    check_small();
    check_refusals();
    check_bad_data();
    check_bad_stack();
    check_v86();
}
