/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A task switch of a guest in protected mode, for CPUs that leave it to us (SDM vol. 3, chapter 7
 * and 25.4.2). Pure: registers come in a structure, memory is functions.
 *
 * What the CPU has checked before it asks is not checked again: privilege levels of gates and of
 * the new task's descriptor. */
#ifndef HVM_TASK_H
#define HVM_TASK_H

#include "hvm/hvm.h"

/* How it came about: the numbers are those of VMX (SDM vol. 3, table 27-2). */
enum task_cause { TASK_CALL, TASK_IRET, TASK_JUMP, TASK_GATE };

/* An exception that is due: none as long as nothing is `raised`. */
struct task_fault {
    bool raised;
    uint8_t vector;
    bool has_error;
    uint32_t error;
    uint64_t address; /* of a page fault */
};

/* The guest's memory at linear addresses, as ring 0 gets at it with these registers (`user`: as
 * ring 3). The bytes may lie on two pages. False: the page fault is in *fault; or none is, and the
 * guest has been ended. */
struct task_memory {
    bool (*read)(void *ctx, const struct hvm_registers *r, uint64_t linear, void *to, size_t len,
                 struct task_fault *fault);
    bool (*write)(void *ctx, const struct hvm_registers *r, uint64_t linear, const void *from,
                  size_t len, bool user, struct task_fault *fault);
    void *ctx;
};

struct task_switch {
    enum task_cause cause;
    uint16_t selector; /* of the new task's TSS */
    bool external; /* a gate that no instruction of the guest's has asked for: error codes say so */
    bool has_error; /* what came through the gate has an error code, for the new task's stack */
    uint32_t error;
    /* In: the old task's, with RIP where it is to go on one day. Out: those to go on with. */
    struct hvm_registers r;
    struct cpu_user_regs regs;
};

/* True: the guest is in its new task, though an exception may be due there. False: it has stayed in
 * the old one, whose registers were not touched, and an exception is due, or it has been ended. */
bool task_switch(struct task_switch *t, const struct task_memory *memory, struct task_fault *fault);

/* task_exit.c: carries out the switch that the current guest's CPU has stopped at. `t` needs no
 * registers yet; `next`: where the old task goes on. True: the guest is in its new task. */
bool hvm_exit_task_switch(struct vcpu *v, struct task_switch *t, uint64_t next);

#endif
