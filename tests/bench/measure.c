/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times small operations of user space, kernel and hypervisor, and prints a median for each. */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <x86intrin.h>
#include <xen/xen.h>
#include <xen/evtchn.h>

#define PAGE 4096
#define PAGES 16
/* Hypercall 17 is xen_version, its command 0 answers from a constant. */
#define HYPERCALL_XEN_VERSION 17

/* Linux' <xen/privcmd.h> can't be included outside the kernel: it names headers that are not there. */
struct privcmd_hypercall {
    uint64_t op;
    uint64_t arg[5];
};
#define IOCTL_PRIVCMD_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall))

static int privcmd = -1, evtchn = -1;
static uint32_t port_near, port_far;
static int pipe_there[2], pipe_back[2];
static pid_t partner;
static uint32_t *futex_word;
static const char *self;

static void die(const char *what)
{
    fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void run_syscall(void)
{
    syscall(SYS_getpid);
}

static void run_ioctl(void)
{
    ioctl(privcmd, 0, 0);
}

static void run_hypercall(void)
{
    struct privcmd_hypercall call = { .op = HYPERCALL_XEN_VERSION };

    if (ioctl(privcmd, IOCTL_PRIVCMD_HYPERCALL, &call) < 0)
        die("hypercall");
}

static void run_event(void)
{
    struct ioctl_evtchn_notify notify = { .port = port_near };
    uint32_t port;

    if (ioctl(evtchn, IOCTL_EVTCHN_NOTIFY, &notify) < 0 ||
        read(evtchn, &port, sizeof port) != sizeof port ||
        write(evtchn, &port, sizeof port) != sizeof port)
        die("event channel");
}

static void map_and_touch(int count)
{
    volatile char *memory = mmap(NULL, (size_t)count * PAGE, PROT_READ | PROT_WRITE,
                                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (memory == MAP_FAILED)
        die("mmap");
    for (int i = 0; i < count; i++)
        memory[i * PAGE] = 1;
    munmap((void *)memory, (size_t)count * PAGE);
}

static void run_map_touch(void)
{
    map_and_touch(PAGES);
}

static char *fault_memory;
static size_t fault_next;

/* One fault on a page never touched before; the mapping is far larger than the rounds. */
static void run_fault(void)
{
    fault_memory[fault_next++ * PAGE] = 1;
}

static void run_protect(void)
{
    static char *memory;

    if (!memory) {
        memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(memory, 1, PAGES * PAGE);
    }
    mprotect(memory, PAGES * PAGE, PROT_READ);
    mprotect(memory, PAGES * PAGE, PROT_READ | PROT_WRITE);
}

static void run_fork(void)
{
    pid_t child = fork();

    if (child == 0)
        _exit(0);
    if (child < 0 || waitpid(child, NULL, 0) < 0)
        die("fork");
}

static void run_exec(void)
{
    pid_t child = fork();

    if (child == 0) {
        execl(self, self, "--nothing", NULL);
        _exit(1);
    }
    if (child < 0 || waitpid(child, NULL, 0) < 0)
        die("fork");
}

static void run_pipe(void)
{
    char byte = 1;

    if (write(pipe_there[1], &byte, 1) != 1 || read(pipe_back[0], &byte, 1) != 1)
        die("pipe");
}

static void futex_hand_over(uint32_t mine, uint32_t theirs)
{
    __atomic_store_n(futex_word, theirs, __ATOMIC_SEQ_CST);
    syscall(SYS_futex, futex_word, FUTEX_WAKE, 1, NULL, NULL, 0);
    while (__atomic_load_n(futex_word, __ATOMIC_SEQ_CST) != mine)
        syscall(SYS_futex, futex_word, FUTEX_WAIT, theirs, NULL, NULL, 0);
}

static void run_futex(void)
{
    futex_hand_over(0, 1);
}

static void on_signal(int number)
{
    (void)number;
}

static void run_signal(void)
{
    kill(getpid(), SIGUSR1);
}

static void pipe_partner(void)
{
    char byte;

    while (read(pipe_there[0], &byte, 1) == 1 && write(pipe_back[1], &byte, 1) == 1)
        ;
    _exit(0);
}

static void futex_partner(void)
{
    while (__atomic_load_n(futex_word, __ATOMIC_SEQ_CST) != 1)
        syscall(SYS_futex, futex_word, FUTEX_WAIT, 0, NULL, NULL, 0);
    for (;;)
        futex_hand_over(1, 0);
}

static void start_partner(void (*what)(void))
{
    partner = fork();
    if (partner == 0)
        what();
    if (partner < 0)
        die("fork");
}

static void prepare_pipe(void)
{
    if (pipe(pipe_there) < 0 || pipe(pipe_back) < 0)
        die("pipe");
    start_partner(pipe_partner);
}

static void prepare_futex(void)
{
    futex_word = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    start_partner(futex_partner);
}

static void prepare_fault(void)
{
    fault_memory = mmap(NULL, 4096 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    madvise(fault_memory, 4096 * PAGE, MADV_NOHUGEPAGE);
}

static void prepare_signal(void)
{
    signal(SIGUSR1, on_signal);
}

static void prepare_hypercall(void)
{
    privcmd = open("/dev/xen/privcmd", O_RDWR);
    if (privcmd < 0)
        die("/dev/xen/privcmd");
}

/* Two ports of this domain, tied to each other: what one sends, the other receives. */
static void prepare_event(void)
{
    struct ioctl_evtchn_bind_unbound_port near = { .remote_domain = 0 };
    struct ioctl_evtchn_bind_interdomain far = { .remote_domain = 0 };
    int port;

    evtchn = open("/dev/xen/evtchn", O_RDWR);
    if (evtchn < 0)
        die("/dev/xen/evtchn");
    port = ioctl(evtchn, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &near);
    if (port < 0)
        die("event channel");
    port_near = (uint32_t)port;
    far.remote_port = port_near;
    port = ioctl(evtchn, IOCTL_EVTCHN_BIND_INTERDOMAIN, &far);
    if (port < 0)
        die("event channel");
    port_far = (uint32_t)port;
}

static const struct {
    const char *name;
    void (*prepare)(void);
    void (*run)(void);
    int rounds;
} operations[] = {
    { "system call", NULL, run_syscall, 500 },
    { "ioctl that fails", prepare_hypercall, run_ioctl, 500 },
    { "ioctl + null hypercall", NULL, run_hypercall, 500 },
    { "event channel loop-back", prepare_event, run_event, 300 },
    { "page fault", prepare_fault, run_fault, 500 },
    { "map, touch 16 pages, unmap", NULL, run_map_touch, 100 },
    { "mprotect 16 pages and back", NULL, run_protect, 100 },
    { "fork + exit + wait", NULL, run_fork, 50 },
    { "fork + exec + wait", NULL, run_exec, 50 },
    { "pipe round trip", prepare_pipe, run_pipe, 300 },
    { "futex round trip", prepare_futex, run_futex, 300 },
    { "signal to self", prepare_signal, run_signal, 300 },
};

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static uint64_t median(void (*run)(void), int rounds)
{
    static uint64_t samples[512];

    for (int i = 0; i < 5; i++)
        run();
    for (int i = 0; i < rounds; i++) {
        uint64_t began = __rdtsc();

        run();
        samples[i] = __rdtsc() - began;
    }
    qsort(samples, (size_t)rounds, sizeof samples[0], compare);
    return samples[rounds / 2];
}

int main(int argc, char **argv)
{
    self = argv[0];
    if (argc > 1 && strcmp(argv[1], "--nothing") == 0)
        return 0;
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (operations[i].prepare)
            operations[i].prepare();
        printf("%s\t%llu\n", operations[i].name,
               (unsigned long long)median(operations[i].run, operations[i].rounds));
        fflush(stdout);
        if (partner > 0) {
            kill(partner, SIGKILL);
            waitpid(partner, NULL, 0);
            partner = 0;
        }
    }
    return 0;
}
