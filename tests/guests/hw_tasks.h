/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hw_tasks.c and its 32-bit side share; for assembly as well. */
#ifndef MICRO_HW_TASKS_H
#define MICRO_HW_TASKS_H

/* Selectors behind those of long_mode.h. */
#define TASK_MAIN    0x20
#define TASK_OTHER   0x28
#define TASK_HELPER  0x30
#define TASK_SMALL   0x38 /* 16 bits */
#define CODE_SMALL   0x40
#define DATA_ABSENT  0x48
#define TRIAL_GDT    0x50
#define BAD_SELECTOR 0xfff8

#define TASK_VECTOR 0x40

#define TSS_EIP 32

/* Who has left a note, and where it has what. */
#define NOTE_MAIN    1
#define NOTE_OTHER   2
#define NOTE_HANDLER 3

#define NOTE_WHO   0
#define NOTE_VALUE 4
#define NOTE_FLAGS 8
#define NOTE_TASK  12
#define NOTE_CR3   16
#define NOTE_CR0   20
#define NOTE_SIZE  24

#endif
