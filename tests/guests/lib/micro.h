/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every micro-kernel is made of.
 *
 * A micro-kernel is a guest of ours with one theme, friendly or hostile: a PV guest, or a hardware
 * guest (hw/hw.h says what those have besides, and what of this file they have not). It defines
 * micro_main(), which makes checks. Each check is a line on the guest's console; the last line is
 * "micro: N passed, M failed". A check that can't be made here is skip()ped with a reason; a trap
 * that nobody expected is an error, and ends the kernel with a crash and no last line. */
#ifndef MICRO_H
#define MICRO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/errno.h>

#define PAGE_SIZE     4096UL
#define PAGE_SHIFT    12
#define VIRT_BASE     0xffffffff80000000UL
#define HV_START      0xffff800000000000UL
#define HV_END        0xffff880000000000UL
#define NON_CANONICAL 0x0000800000000000UL
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define page_aligned  __attribute__((aligned(4096)))

/* Console and results (console.c, print.c, result.c). */

/* Formats %s %d %u %x %lx %ld %lu %c %%; a width with leading zeros for numbers. */
void print(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Notes a result. The text says what is true when it passes. */
void check(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As check, for a value that is to be that one; tells both when it is not. */
void expect(long got, long wanted, const char *format, ...) __attribute__((format(printf, 3, 4)));
void skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Shuts the guest down. Everything on the console has been fetched by then. */
_Noreturn void finish(unsigned int reason);
/* The page that is shared with dom0, and the event channel that goes with it. A kernel that is dom0
 * does not call it. */
void console_init(void *page, uint32_t its_port);
/* In place of it, on another hypervisor: the I/O port to which each letter is written. */
void console_init_port(uint16_t its_port);
void console_write(const char *text, size_t length);
/* Waits, for a bounded time, until dom0 has fetched all text. */
void console_flush(void);

/* The kernel itself. */
void micro_main(void);
/* What is behind "word=" on the command line, up to a space; "" without it. */
const char *option(const char *word);
extern struct start_info *start_info;
extern struct shared_info *shared_info;

/* Hypercalls. Results are 0, positive, or a negative errno of the ABI. */
extern const uint8_t hypercall_page[];
long hypercall(uint64_t nr, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);
uint64_t syscall_with(uint64_t nr, uint64_t a1, uint64_t a2, uint64_t flags);
#define call0(nr)          hypercall(nr, 0, 0, 0, 0, 0)
#define call1(nr, a)       hypercall(nr, (uint64_t)(a), 0, 0, 0, 0)
#define call2(nr, a, b)    hypercall(nr, (uint64_t)(a), (uint64_t)(b), 0, 0, 0)
#define call3(nr, a, b, c) hypercall(nr, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), 0, 0)
#define call4(nr, a, b, c, d) \
    hypercall(nr, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d), 0)

/* Traps (try.c; trap.c). */

enum {
    TRAP_DE = 0,
    TRAP_DB = 1,
    TRAP_NMI = 2,
    TRAP_BP = 3,
    TRAP_OF = 4,
    TRAP_UD = 6,
    TRAP_NM = 7,
    TRAP_TS = 10,
    TRAP_NP = 11,
    TRAP_SS = 12,
    TRAP_GP = 13,
    TRAP_PF = 14,
    TRAP_AC = 17,
    /* No vectors, but they come the same way. */
    TRAP_SYSCALL = 0x100,
    TRAP_EVENT = 0x101,
    TRAP_FAILSAFE = 0x102,
    NO_TRAP = -1,
};

#define FLAG_CF   (1UL << 0)
#define FLAG_TF   (1UL << 8)
#define FLAG_IF   (1UL << 9)
#define FLAG_DF   (1UL << 10)
#define FLAG_IOPL (3UL << 12)
#define FLAG_NT   (1UL << 14)
#define FLAG_RF   (1UL << 16)
#define FLAG_VM   (1UL << 17)
#define FLAG_AC   (1UL << 18)

/* ABI-visible selectors, and the user's bit in the CS of a frame. */
#define KERNEL_CS 0xe030
#define USER_CS   0xe033
#define USER_CS32 0xe023
#define USER_SS   0xe02b

struct trap_frame {
    uint64_t r15, r14, r13, r12, r11, r10, r9, r8, rbp, rdi, rsi, rdx, rcx, rbx, rax;
    uint64_t vector, error, rip, cs, rflags, rsp, ss;
};

/* What HYPERVISOR_iret takes from the stack. */
struct iret_frame {
    uint64_t rax, r11, rcx, flags, rip, cs, rflags, rsp, ss;
};

/* The trap that a try ended with, and the address if it was a page fault. */
extern struct trap_frame trapped;
extern uint64_t trapped_address;
extern uint64_t failsafe_selectors[4];
/* Sees each trap before anybody else; true: handled, return to where it happened. NULL: none. */
extern bool (*trap_hook)(struct trap_frame *frame);

void traps_init(void);
/* Calls fn(arg); the vector of the trap that it ended with, or NO_TRAP. Nests. */
int try_call(void (*fn)(void *), void *arg);
int try_read(const volatile void *address, uint64_t *value);
int try_write(volatile void *address, uint64_t value);
_Noreturn void iret_with(const struct iret_frame *frame);

struct registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi;
};
extern uint8_t instruction_bytes[];
/* Executes made-up instructions (at most 4000 bytes) with these registers. The trap, or NO_TRAP. */
int execute(const void *bytes, size_t count, struct registers *registers);
/* For a string constant. */
#define execute_text(text, registers) execute(text, sizeof(text) - 1, registers)

/* User mode (user.c): its root is the kernel's, so all addresses are the same. */
void user_init(void);
/* The CS of user code: USER_CS, or USER_CS32 for 32-bit code, which has to be low. */
extern uint64_t user_cs;
/* Runs code in user mode until it traps or makes a system call; the trap. */
int user_run(const void *rip, uint64_t rflags, struct registers *registers);
int user_execute(const void *bytes, size_t count, uint64_t rflags, struct registers *registers);

/* Memory (memory.c). */

#define PTE_P     (1UL << 0)
#define PTE_RW    (1UL << 1)
#define PTE_US    (1UL << 2)
#define PTE_PWT   (1UL << 3)
#define PTE_PCD   (1UL << 4)
#define PTE_A     (1UL << 5)
#define PTE_D     (1UL << 6)
#define PTE_PSE   (1UL << 7)
#define PTE_G     (1UL << 8)
#define PTE_NX    (1UL << 63)
#define PTE_ADDR  0x000ffffffffff000UL
#define PTE_TABLE (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define PTE_DATA  (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define PTE_READ  (PTE_P | PTE_US | PTE_A)

/* A page of this kernel that nobody else uses, zeroed. Never given back. */
void *page_alloc(void);
/* Frame number in the machine of a page of this kernel. */
uint64_t mfn_of(const volatile void *va);
/* Address of a frame in this kernel, by the machine-to-phys table. */
void *va_of_mfn(uint64_t mfn);
/* The entry of level 1 to 4 that maps an address, or NULL. Read-only. */
uint64_t *entry_of(const volatile void *va, unsigned int level);
/* The same as a machine address, for mmu_update. */
uint64_t entry_address(const volatile void *va, unsigned int level);
/* Machine address of a word of this kernel's. */
uint64_t maddr_of(const volatile void *va);
/* The current root. */
uint64_t root_mfn(void);

/* update_va_mapping with a local flush of the page. */
long map_page(const volatile void *va, uint64_t pte);
long map_readonly(const volatile void *va);
long map_writable(const volatile void *va);
/* One mmu_update; `command` is MMU_*. */
long mmu_update(uint64_t maddr, uint64_t value, unsigned int command);
/* One mmuext_op about a frame, of one's own. */
long mmuext(unsigned int command, uint64_t mfn);
long mmuext_foreign(unsigned int command, uint64_t mfn, domid_t domid);
/* Asks for plain writes to level-1 tables to be carried out. 0 or an errno. */
long writable_page_tables(void);
/* A frame of this guest that no table maps; its guest frame number. */
uint64_t spare_pfn(void);
uint64_t spare_mfn(void);
uint64_t mfn_of_pfn(uint64_t pfn);

/* Time (time.c) and other vCPUs (vcpu.c). */

/* Nanoseconds since the machine's boot. */
uint64_t time_ns(void);
void nap(uint64_t ns);
/* Starts vCPU 1 at fn, on a stack of its own. 0 or an errno. fn must not return, nor try. */
long vcpu_start(unsigned int id, void (*fn)(void));

void *memcpy(void *to, const void *from, size_t count);
void *memset(void *to, int byte, size_t count);
int memcmp(const void *a, const void *b, size_t count);
size_t strlen(const char *text);

#endif
