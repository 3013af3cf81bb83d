/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kvm_run KERNEL [COMMAND-LINE INITRD]: runs a kernel that begins as PVH kernels do, a micro-kernel
 * (tests/guests/hw_*) or a stock Linux, on the kernel's KVM, in the place of a device model: it
 * answers for all that KVM does not have by itself, and prints what the kernel writes to its text
 * port or to a PC's first serial line. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xen/xen.h>
#include <xen/arch-x86/hvm/start_info.h>

#define MEMORY (128UL << 20)
/* Here is a device; behind it is memory, where a kernel looks for a firmware's tables. */
#define VGA_BEGIN    0xa0000UL
#define VGA_END      0xc0000UL
#define BIOS_END     0x100000UL
#define INFO_PLACE   0x9000UL
#define LINE_PLACE   0xa000UL
#define LINE_SPACE   0x1000UL
#define INITRD_PLACE (96UL << 20) /* behind a stock kernel, which is 53 MiB from 16 on */
#define TEXT_PORT    0xe9
#define SERIAL_PORT  0x3f8
/* A clock whose state is always 0 is never busy: Linux waits a second for one that is. */
#define CLOCK_PORT   0x71
#define NOTE_ENTRY   18 /* XEN_ELFNOTE_PHYS32_ENTRY (xen/elfnote.h has it for assembly as well) */
#define MAX_CPUID    128
#define CR0_PE       1U
#define APIC_ID_STEP 2 /* as Xen's toolstack has them */
#define VCPUS        2

static uint8_t *memory;
static int kvm, vm;

static void die(const char *what)
{
    fprintf(stderr, "kvm_run: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void call(int fd, unsigned long request, void *argument, const char *what)
{
    if (ioctl(fd, request, argument) < 0)
        die(what);
}

static void map_memory(unsigned int slot, uint64_t from, uint64_t to)
{
    struct kvm_userspace_memory_region region = {
        .slot = slot,
        .guest_phys_addr = from,
        .memory_size = to - from,
        .userspace_addr = (uint64_t)(memory + from),
    };

    call(vm, KVM_SET_USER_MEMORY_REGION, &region, "memory");
}

static void make_machine(void)
{
    struct kvm_pit_config pit = {.flags = KVM_PIT_SPEAKER_DUMMY}; /* port 0x61 as well */

    kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm < 0)
        die("/dev/kvm");
    vm = ioctl(kvm, KVM_CREATE_VM, 0);
    if (vm < 0)
        die("no machine");
    memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        die("memory");
    map_memory(0, 0, VGA_BEGIN);
    map_memory(1, VGA_END, MEMORY);
    call(vm, KVM_CREATE_IRQCHIP, NULL, "interrupt controllers");
    call(vm, KVM_CREATE_PIT2, &pit, "timer");
}

/* The notes of one segment; 0: no entry among them. */
static uint32_t entry_in(const uint8_t *at, const uint8_t *end)
{
    while (at + sizeof(Elf64_Nhdr) <= end) {
        const Elf64_Nhdr *note = (const void *)at;
        const uint8_t *text = at + sizeof(*note) + ((note->n_namesz + 3) & ~3U);

        if (note->n_type == NOTE_ENTRY)
            return *(const uint32_t *)text;
        at = text + ((note->n_descsz + 3) & ~3U);
    }
    return 0;
}

/* A file, for as long as this program runs. */
static const uint8_t *map_file(const char *path, size_t *size)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    const uint8_t *bytes;

    if (file < 0 || fstat(file, &status) < 0)
        die(path);
    *size = (size_t)status.st_size;
    bytes = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, file, 0);
    if (bytes == MAP_FAILED)
        die(path);
    return bytes;
}

/* Copies the kernel into the guest; where it begins. */
static uint32_t load(const char *path)
{
    size_t size;
    const uint8_t *bytes = map_file(path, &size);
    const Elf64_Ehdr *elf = (const void *)bytes;
    const Elf64_Phdr *segment;
    uint32_t entry = 0;

    segment = (const void *)(bytes + elf->e_phoff);
    for (int i = 0; i < elf->e_phnum; i++, segment++) {
        if (segment->p_type == PT_LOAD && segment->p_paddr + segment->p_memsz <= MEMORY)
            memcpy(memory + segment->p_paddr, bytes + segment->p_offset, segment->p_filesz);
        if (segment->p_type == PT_NOTE)
            entry =
                entry_in(bytes + segment->p_offset, bytes + segment->p_offset + segment->p_filesz);
    }
    if (!entry) {
        errno = ENOEXEC;
        die("no entry in the kernel");
    }
    return entry;
}

static void set_cpuid(int vcpu)
{
    struct {
        struct kvm_cpuid2 head;
        struct kvm_cpuid_entry2 entries[MAX_CPUID];
    } cpuid = {.head.nent = MAX_CPUID};

    call(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid, "CPUID");
    call(vcpu, KVM_SET_CPUID2, &cpuid, "CPUID");
}

static struct kvm_segment flat(uint8_t type)
{
    return (struct kvm_segment){
        .limit = 0xffffffff, .type = type, .present = 1, .s = 1, .db = 1, .g = 1, .selector = 8};
}

/* What a PVH kernel is told (xen/arch-x86/hvm/start_info.h): where there is memory, its command
 * line and its initial RAM disk. */
static void write_info(const char *line, const char *initrd)
{
    struct {
        struct hvm_start_info head;
        struct hvm_memmap_table_entry map[2];
        struct hvm_modlist_entry initrd;
    } info = {
        .head = {.magic = XEN_HVM_START_MAGIC_VALUE,
                 .version = 1,
                 .memmap_paddr = INFO_PLACE + offsetof(typeof(info), map),
                 .memmap_entries = 2},
        .map = {{.addr = 0, .size = VGA_BEGIN, .type = XEN_HVM_MEMMAP_TYPE_RAM},
                {.addr = BIOS_END, .size = MEMORY - BIOS_END, .type = XEN_HVM_MEMMAP_TYPE_RAM}},
    };
    size_t size;
    const uint8_t *bytes;

    if (line) {
        bytes = map_file(initrd, &size);
        if (size > MEMORY - INITRD_PLACE || strlen(line) >= LINE_SPACE) {
            errno = E2BIG;
            die(initrd);
        }
        memcpy(memory + INITRD_PLACE, bytes, size);
        info.initrd = (struct hvm_modlist_entry){.paddr = INITRD_PLACE, .size = size};
        info.head.modlist_paddr = INFO_PLACE + offsetof(typeof(info), initrd);
        info.head.nr_modules = 1;
        strcpy((char *)memory + LINE_PLACE, line);
        info.head.cmdline_paddr = LINE_PLACE;
    }
    memcpy(memory + INFO_PLACE, &info, sizeof(info));
}

/* The state in which a PVH kernel begins. */
static void set_registers(int vcpu, uint32_t entry)
{
    struct kvm_regs regs = {.rip = entry, .rbx = INFO_PLACE, .rflags = 2};
    struct kvm_sregs sregs;

    call(vcpu, KVM_GET_SREGS, &sregs, "registers");
    sregs.cs = flat(11);
    sregs.ds = sregs.es = sregs.ss = sregs.fs = sregs.gs = flat(3);
    sregs.cr0 |= CR0_PE;
    call(vcpu, KVM_SET_SREGS, &sregs, "registers");
    call(vcpu, KVM_SET_REGS, &regs, "registers");
}

static void port(struct kvm_run *run)
{
    uint8_t *data = (uint8_t *)run + run->io.data_offset;
    size_t count = (size_t)run->io.size * run->io.count;

    if (run->io.direction == KVM_EXIT_IO_IN)
        memset(data, run->io.port == CLOCK_PORT ? 0 : 0xff, count);
    else if (run->io.port == TEXT_PORT || run->io.port == SERIAL_PORT)
        fwrite(data, 1, count, stdout);
}

static void *run_vcpu(void *argument)
{
    int vcpu = *(const int *)argument;
    size_t size = (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    struct kvm_run *run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);

    if (run == MAP_FAILED)
        die("a vCPU's page");
    for (;;) {
        if (ioctl(vcpu, KVM_RUN, 0) < 0) {
            if (errno != EINTR && errno != EAGAIN) /* EAGAIN: it had been waiting to be started */
                die("running");
            continue;
        }
        switch (run->exit_reason) {
        case KVM_EXIT_IO:
            port(run);
            break;
        case KVM_EXIT_MMIO:
            if (!run->mmio.is_write)
                memset(run->mmio.data, 0xff, sizeof(run->mmio.data));
            break;
        default:
            fprintf(stderr, "kvm_run: an exit for reason %u\n", run->exit_reason);
            exit(1);
        }
    }
}

int main(int argc, char **argv)
{
    static int vcpus[VCPUS];
    pthread_t other;

    if (argc != 2 && argc != 4) {
        fprintf(stderr, "usage: kvm_run KERNEL [COMMAND-LINE INITRD]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    make_machine();
    for (unsigned long i = 0; i < VCPUS; i++) {
        vcpus[i] = ioctl(vm, KVM_CREATE_VCPU, i * APIC_ID_STEP);
        if (vcpus[i] < 0)
            die("no vCPU");
        set_cpuid(vcpus[i]);
    }
    set_registers(vcpus[0], load(argv[1]));
    write_info(argv[2], argc == 4 ? argv[3] : NULL);
    if (pthread_create(&other, NULL, run_vcpu, &vcpus[1]))
        die("no thread");
    run_vcpu(&vcpus[0]);
    return 0;
}
