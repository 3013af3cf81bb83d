/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Task switches in a guest that is an array here: what micro-kernels can't easily show. */
#include "check.h"

#include "hvm/task.h"
#include "machine/cpu.h"
#include "machine/traps.h"

#define GDT     0x100
#define OLD_TSS 0x400
#define NEW_TSS 0x500
#define STACK   0x900
#define SIZE    0x1000

enum {
    NONE,
    CODE = 0x08,
    DATA = 0x10,
    OLD = 0x18,
    NEW = 0x20,
    USER_CODE = 0x28,
    USER_DATA = 0x30,
    DOWN = 0x38
};

static uint8_t memory[SIZE];
static uint64_t fault_at; /* a byte that is not there; 0: all are */
static bool wrote_as_user;
static struct task_switch t;
static struct task_fault fault;

static bool reach(uint64_t linear, size_t len, struct task_fault *out)
{
    if (linear + len <= SIZE && (fault_at < linear || fault_at >= linear + len))
        return true;
    *out = (struct task_fault){
        .raised = true, .vector = TRAP_PF, .has_error = true, .address = linear};
    return false;
}

static bool mem_read(void *ctx, const struct hvm_registers *r, uint64_t linear, void *to,
                     size_t len, struct task_fault *out)
{
    if (!reach(linear, len, out))
        return false;
    memcpy(to, memory + linear, len);
    return true;
}

static bool mem_write(void *ctx, const struct hvm_registers *r, uint64_t linear, const void *from,
                      size_t len, bool user, struct task_fault *out)
{
    if (!reach(linear, len, out))
        return false;
    memcpy(memory + linear, from, len);
    wrote_as_user = user;
    return true;
}

static const struct task_memory access = {mem_read, mem_write, NULL};

static void put(uint32_t at, uint32_t value, unsigned int size)
{
    memcpy(memory + at, &value, size);
}

static uint32_t get(uint32_t at, unsigned int size)
{
    uint32_t value = 0;

    memcpy(&value, memory + at, size);
    return value;
}

static void descriptor_put(uint16_t selector, uint32_t base, uint32_t limit, uint16_t attributes)
{
    uint64_t raw = (limit & 0xffff) | (uint64_t)(base & 0xffffff) << 16 |
                   (uint64_t)(attributes & 0xff) << 40 | (uint64_t)(limit >> 16 & 0xf) << 48 |
                   (uint64_t)(attributes >> 8) << 52 | (uint64_t)(base >> 24) << 56;

    memcpy(memory + GDT + (selector & ~7), &raw, sizeof(raw));
}

/* A task of ring 0 about to be left for one that is as it should be. */
static void reset(enum task_cause cause)
{
    memset(memory, 0, sizeof(memory));
    fault_at = 0;
    descriptor_put(CODE, 0, 0xfffff, 0xc9b);
    descriptor_put(DATA, 0, 0xfffff, 0xc93);
    descriptor_put(USER_CODE, 0, 0xfffff, 0xcfb);
    descriptor_put(USER_DATA, 0, 0xfffff, 0xcf3);
    descriptor_put(DOWN, 0, STACK - 1, 0x497);
    descriptor_put(OLD, OLD_TSS, 103, 0x8b);
    descriptor_put(NEW, NEW_TSS, 103, cause == TASK_IRET ? 0x8b : 0x89);
    put(NEW_TSS + 28, 0x5000, 4);
    put(NEW_TSS + 32, 0x1234, 4);
    put(NEW_TSS + 36, 0x202, 4);
    put(NEW_TSS + 40, 0xaaaa0001, 4);
    put(NEW_TSS + 56, STACK, 4);
    put(NEW_TSS + 72, DATA, 2);
    put(NEW_TSS + 76, CODE, 2);
    put(NEW_TSS + 80, DATA, 2);
    put(NEW_TSS + 84, DATA, 2);
    t = (struct task_switch){.cause = cause, .selector = NEW};
    t.r.cr0 = CR0_PE | CR0_PG;
    t.r.cr3 = 0x1000;
    t.r.dr7 = 0x7ff;
    t.r.segment[HVM_GDTR] = (struct hvm_segment){.base = GDT, .limit = 0x3f};
    t.r.segment[HVM_TR] = (struct hvm_segment){OLD, 0x8b, 103, OLD_TSS};
    t.r.segment[HVM_CS] = (struct hvm_segment){CODE, 0xc9b, 0xffffffff, 0};
    t.r.segment[HVM_SS] = (struct hvm_segment){DATA, 0xc93, 0xffffffff, 0};
    t.regs.rip = 0x77;
    t.regs.rflags = EFLAGS_FIXED | EFLAGS_NT | EFLAGS_CF;
    t.regs.rax = 0x11223344;
    t.regs.rdi = 0x55667788;
}

static bool run(void)
{
    return task_switch(&t, &access, &fault);
}

static bool is_busy(uint16_t selector)
{
    return memory[GDT + selector + 5] & 2;
}

static bool raises(uint8_t vector, uint32_t error)
{
    return fault.raised && fault.vector == vector && fault.has_error && fault.error == error;
}

static void a_call_saves_the_old_task_and_loads_the_new_one(void)
{
    reset(TASK_CALL);
    CHECK(run() && !fault.raised);
    CHECK_EQ(get(OLD_TSS + 32, 4), 0x77);
    CHECK_EQ(get(OLD_TSS + 36, 4), EFLAGS_FIXED | EFLAGS_NT | EFLAGS_CF);
    CHECK_EQ(get(OLD_TSS + 40, 4), 0x11223344);
    CHECK_EQ(get(OLD_TSS + 68, 4), 0x55667788);
    CHECK_EQ(get(OLD_TSS + 76, 2), CODE);
    CHECK_EQ(get(OLD_TSS + 28, 4), 0); /* CR3 and the LDT are not written */
    CHECK_EQ(t.regs.rip, 0x1234);
    CHECK_EQ(t.regs.rflags, 0x202 | EFLAGS_NT);
    CHECK_EQ(t.regs.rax, 0xaaaa0001);
    CHECK_EQ(t.regs.rsp, STACK);
    CHECK_EQ(t.r.cr3, 0x5000);
    CHECK_EQ(t.r.dr7, 0x7ff & ~0x155);
    CHECK(t.r.cr0 & CR0_TS);
    CHECK_EQ(t.r.segment[HVM_TR].selector, NEW);
    CHECK_EQ(t.r.segment[HVM_TR].attributes, 0x8b);
    CHECK_EQ(t.r.segment[HVM_FS].attributes, 0);
    CHECK_EQ(t.r.segment[HVM_DS].limit, 0xffffffff);
    CHECK(is_busy(OLD) && is_busy(NEW));
    CHECK_EQ(get(NEW_TSS, 2), OLD);
}

static void a_return_ends_the_nested_task(void)
{
    reset(TASK_IRET);
    CHECK(run() && !fault.raised);
    CHECK(!is_busy(OLD) && is_busy(NEW));
    CHECK_EQ(get(OLD_TSS + 36, 4), EFLAGS_FIXED | EFLAGS_CF);
    CHECK_EQ(t.regs.rflags, 0x202);
    CHECK_EQ(get(NEW_TSS, 2), 0);
    reset(TASK_IRET);
    memory[GDT + NEW + 5] = 0x89;
    CHECK(!run() && raises(TRAP_TS, NEW));
}

static void without_paging_cr3_stays(void)
{
    reset(TASK_JUMP);
    t.r.cr0 &= ~CR0_PG;
    CHECK(run());
    CHECK_EQ(t.r.cr3, 0x1000);
}

static void tasks_of_16_bits_have_half_of_all(void)
{
    reset(TASK_CALL);
    descriptor_put(NEW, NEW_TSS, 43, 0x81);
    memset(memory + NEW_TSS, 0, 104);
    put(NEW_TSS + 14, 0x4321, 2);
    put(NEW_TSS + 16, 0x0202, 2);
    put(NEW_TSS + 18, 0xbeef, 2);
    put(NEW_TSS + 34, DATA, 2);
    put(NEW_TSS + 36, CODE, 2);
    put(NEW_TSS + 38, DATA, 2);
    put(NEW_TSS + 40, DATA, 2);
    CHECK(run() && !fault.raised);
    CHECK_EQ(t.regs.rip, 0x4321);
    CHECK_EQ(t.regs.rax, 0xbeef);
    CHECK_EQ(t.r.cr3, 0x1000);
    CHECK_EQ(t.r.segment[HVM_TR].attributes, 0x83);
    t.selector = OLD;
    t.cause = TASK_IRET;
    CHECK(run() && !fault.raised);
    CHECK_EQ(get(NEW_TSS + 18, 2), 0xbeef);
    CHECK_EQ(get(NEW_TSS + 42, 2), 0);
    CHECK_EQ(t.regs.rax, 0x11223344);
}

static void what_the_old_task_can_be_told(void)
{
    struct task_switch before;

    reset(TASK_CALL);
    t.selector = NEW | 4;
    CHECK(!run() && raises(TRAP_GP, NEW | 4));
    reset(TASK_CALL);
    t.selector = 0x40; /* a fine one, but behind the table's end */
    descriptor_put(0x40, NEW_TSS, 103, 0x89);
    CHECK(!run() && raises(TRAP_GP, 0x40));
    reset(TASK_CALL);
    t.selector = 3;
    CHECK(!run() && raises(TRAP_GP, 0));
    reset(TASK_CALL);
    t.selector = DATA;
    CHECK(!run() && raises(TRAP_GP, DATA));
    reset(TASK_GATE);
    t.external = true;
    memory[GDT + NEW + 5] = 0x09;
    CHECK(!run() && raises(TRAP_NP, NEW | 1));
    reset(TASK_CALL);
    descriptor_put(NEW, NEW_TSS, 102, 0x89);
    CHECK(!run() && raises(TRAP_TS, NEW));
    reset(TASK_CALL);
    t.r.segment[HVM_TR].limit = 50;
    CHECK(!run() && raises(TRAP_TS, OLD));
    reset(TASK_CALL);
    before = t;
    fault_at = NEW_TSS + 100;
    CHECK(!run() && fault.vector == TRAP_PF && fault.address == NEW_TSS);
    CHECK(memcmp(&before, &t, sizeof(t)) == 0);
    CHECK(!is_busy(NEW));
    fault_at = OLD_TSS + 60;
    CHECK(!run() && fault.vector == TRAP_PF);
    CHECK(memcmp(&before, &t, sizeof(t)) == 0);
}

/* The row's words are changed in the TSS before; the task has begun, and gets that. */
static void what_the_new_task_can_be_told(void)
{
    static const struct {
        uint8_t at;
        uint16_t value;
        uint8_t vector;
        uint16_t error;
    } rows[] = {
        {96, DATA, TRAP_TS, DATA},           /* an LDT that is none */
        {96, 4, TRAP_TS, 4},                 /* one in itself */
        {76, DATA, TRAP_TS, DATA},           /* data as code */
        {76, 0, TRAP_TS, 0},                 /* no code */
        {76, USER_CODE, TRAP_TS, USER_CODE}, /* code of another ring than asked for */
        {80, CODE, TRAP_TS, CODE},           /* code as stack */
        {80, USER_DATA | 3, TRAP_TS, USER_DATA},
        {80, DATA | 3, TRAP_TS, DATA},
        {80, 0, TRAP_TS, 0},
        {84, DATA | 3, TRAP_TS, DATA}, /* ring 3 asks for data of ring 0 */
        {84, NEW, TRAP_TS, NEW},
        {88, 0x40, TRAP_TS, 0x40}, /* behind the table's end */
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
        reset(TASK_JUMP);
        put(NEW_TSS + rows[i].at, rows[i].value, 2);
        CHECK(run());
        if (!CHECK(raises(rows[i].vector, rows[i].error)))
            printf("    row %u: vector %u, error %#x\n", i, fault.vector, fault.error);
        CHECK_EQ(t.r.segment[HVM_TR].selector, NEW);
        /* A CPU must have code and stack of one level. */
        CHECK_EQ(t.r.segment[HVM_CS].attributes >> 5 & 3, t.r.segment[HVM_SS].attributes >> 5 & 3);
    }
    reset(TASK_JUMP);
    memory[GDT + DATA + 5] = 0x13;
    CHECK(run() && raises(TRAP_SS, DATA));
    reset(TASK_JUMP);
    memory[GDT + CODE + 5] = 0x1b;
    CHECK(run() && raises(TRAP_NP, CODE));
    reset(TASK_JUMP);
    descriptor_put(CODE, 0, 0x1000, 0x49b);
    CHECK(run() && raises(TRAP_GP, 0));
    CHECK_EQ(t.regs.rip, 0x1234);
}

static void rings_of_new_tasks(void)
{
    reset(TASK_GATE);
    put(NEW_TSS + 76, USER_CODE | 3, 2);
    put(NEW_TSS + 80, USER_DATA | 3, 2);
    put(NEW_TSS + 72, 0, 2);
    put(NEW_TSS + 84, USER_DATA, 2);
    t.has_error = true;
    t.error = 0xe4404;
    CHECK(run() && !fault.raised);
    CHECK_EQ(t.regs.rsp, STACK - 4);
    CHECK_EQ(get(STACK - 4, 4), 0xe4404);
    CHECK(wrote_as_user);
    CHECK_EQ(t.regs.cs, USER_CODE | 3);
}

static void stacks_that_hold_no_error_code(void)
{
    reset(TASK_GATE);
    t.has_error = true;
    put(NEW_TSS + 56, 2, 4);
    CHECK(run() && raises(TRAP_SS, 0));
    CHECK_EQ(t.regs.rsp, 2);
    reset(TASK_GATE);
    t.has_error = true;
    descriptor_put(DOWN, 0, STACK - 2, 0x493);
    put(NEW_TSS + 80, DOWN, 2);
    CHECK(run() && raises(TRAP_SS, 0)); /* one that ends below it */
    reset(TASK_GATE);
    t.has_error = true;
    put(NEW_TSS + 80, DOWN, 2);
    CHECK(run() && raises(TRAP_SS, 0)); /* one that ends above it */
    reset(TASK_GATE);
    t.has_error = true;
    put(NEW_TSS + 80, DOWN, 2);
    put(NEW_TSS + 56, STACK + 4, 4);
    CHECK(run() && !fault.raised);
    CHECK_EQ(t.regs.rsp, STACK);
    reset(TASK_GATE);
    t.has_error = true;
    fault_at = STACK - 1;
    CHECK(run() && fault.vector == TRAP_PF);
}

static void a_task_can_ask_for_a_trap(void)
{
    reset(TASK_JUMP);
    put(NEW_TSS + 100, 1, 2);
    CHECK(run() && fault.raised && fault.vector == TRAP_DB && !fault.has_error);
    CHECK_EQ(t.r.dr6, 1 << 15);
}

static void virtual_8086_mode_has_segments_of_its_own(void)
{
    reset(TASK_JUMP);
    put(NEW_TSS + 36, 0x20202, 4);
    put(NEW_TSS + 76, 0x9000, 2);
    CHECK(run() && !fault.raised);
    CHECK_EQ(t.r.segment[HVM_CS].base, 0x90000);
    CHECK_EQ(t.r.segment[HVM_CS].attributes, 0xf3);
    CHECK_EQ(t.r.segment[HVM_GS].limit, 0xffff);
}

static void segments_become_accessed(void)
{
    reset(TASK_JUMP);
    memory[GDT + DATA + 5] = 0x92;
    CHECK(run() && !fault.raised);
    CHECK_EQ(memory[GDT + DATA + 5], 0x93);
    CHECK_EQ(t.r.segment[HVM_SS].attributes, 0xc93);
}

/* Whatever is in its memory: an end, and nothing touched outside. */
static void noise(void)
{
    unsigned int switched = 0;

    srand(1);
    for (unsigned int round = 0; round < 20000; round++) {
        reset((enum task_cause)(rand() & 3));
        for (unsigned int i = 0; i < 4; i++)
            memory[(rand() & 1 ? GDT : NEW_TSS) + rand() % 104] = (uint8_t)rand();
        t.has_error = t.cause == TASK_GATE;
        switched += run();
        CHECK_EQ(t.r.segment[HVM_CS].attributes >> 5 & 3, t.r.segment[HVM_SS].attributes >> 5 & 3);
    }
    CHECK(switched > 5000 && switched < 20000);
}

int main(void)
{
    RUN(a_call_saves_the_old_task_and_loads_the_new_one);
    RUN(a_return_ends_the_nested_task);
    RUN(without_paging_cr3_stays);
    RUN(tasks_of_16_bits_have_half_of_all);
    RUN(what_the_old_task_can_be_told);
    RUN(what_the_new_task_can_be_told);
    RUN(rings_of_new_tasks);
    RUN(stacks_that_hold_no_error_code);
    RUN(a_task_can_ask_for_a_trap);
    RUN(virtual_8086_mode_has_segments_of_its_own);
    RUN(segments_become_accessed);
    RUN(noise);
    return check_done();
}
