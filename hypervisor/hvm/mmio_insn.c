/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instructions on device memory; see mmio_insn.h. (SDM vol. 2, appendix A: opcode maps.) */
#include "hvm/mmio_insn.h"

#define INSN_MAX 15

#define FLAG_CF          (1ULL << 0)
#define FLAG_PF          (1ULL << 2)
#define FLAG_AF          (1ULL << 4)
#define FLAG_ZF          (1ULL << 6)
#define FLAG_SF          (1ULL << 7)
#define FLAG_RF          (1ULL << 16)
#define FLAG_OF          (1ULL << 11)
#define FLAGS_ARITHMETIC (FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

enum {
    BYTE = 1 << 0,  /* the memory operand is a byte */
    WORD = 1 << 1,  /* it is two bytes */
    DWORD = 1 << 2, /* it is four bytes */
    MODRM = 1 << 3,
    IMM8 = 1 << 4,     /* an immediate byte, sign-extended */
    IMM = 1 << 5,      /* one of the operand's size, at most four bytes */
    REGISTER = 1 << 6, /* the result goes to the register */
    SIGN = 1 << 7,
    EXTEND = 1 << 8,   /* a load to a register of the operand size */
    MOFFS = 1 << 9,    /* an address of the address size, and RAX */
    GROUP1 = 1 << 10,  /* the operation is in ModRM */
    GROUP3 = 1 << 11,  /* TEST, if ModRM says so */
    GROUP11 = 1 << 12, /* MOV, if ModRM says so */
};

struct opcode {
    uint8_t byte;
    uint8_t op;
    uint16_t flags;
};

#define ARITHMETIC(base, op)                             \
    {(base), op, MODRM | BYTE}, {(base) + 1, op, MODRM}, \
        {(base) + 2, op, MODRM | BYTE | REGISTER},       \
    {                                                    \
        (base) + 3, op, MODRM | REGISTER                 \
    }

static const struct opcode one_byte[] = {
    ARITHMETIC(0x00, MMIO_ADD),
    ARITHMETIC(0x08, MMIO_OR),
    ARITHMETIC(0x10, MMIO_ADC),
    ARITHMETIC(0x18, MMIO_SBB),
    ARITHMETIC(0x20, MMIO_AND),
    ARITHMETIC(0x28, MMIO_SUB),
    ARITHMETIC(0x30, MMIO_XOR),
    ARITHMETIC(0x38, MMIO_CMP),
    {0x80, MMIO_NONE, MODRM | GROUP1 | BYTE | IMM8},
    {0x81, MMIO_NONE, MODRM | GROUP1 | IMM},
    {0x83, MMIO_NONE, MODRM | GROUP1 | IMM8},
    {0x84, MMIO_TEST, MODRM | BYTE},
    {0x85, MMIO_TEST, MODRM},
    {0x86, MMIO_EXCHANGE, MODRM | BYTE},
    {0x87, MMIO_EXCHANGE, MODRM},
    {0x88, MMIO_STORE, MODRM | BYTE},
    {0x89, MMIO_STORE, MODRM},
    {0x8a, MMIO_LOAD, MODRM | BYTE},
    {0x8b, MMIO_LOAD, MODRM},
    {0xa0, MMIO_LOAD, MOFFS | BYTE},
    {0xa1, MMIO_LOAD, MOFFS},
    {0xa2, MMIO_STORE, MOFFS | BYTE},
    {0xa3, MMIO_STORE, MOFFS},
    {0xc6, MMIO_STORE, MODRM | GROUP11 | BYTE | IMM8},
    {0xc7, MMIO_STORE, MODRM | GROUP11 | IMM},
    {0xf6, MMIO_TEST, MODRM | GROUP3 | BYTE | IMM8},
    {0xf7, MMIO_TEST, MODRM | GROUP3 | IMM},
};

static const struct opcode long_mode_only[] = {
    {0x63, MMIO_LOAD, MODRM | DWORD | EXTEND | SIGN}, /* MOVSXD */
};

static const struct opcode two_bytes[] = {
    {0xb6, MMIO_LOAD, MODRM | BYTE | EXTEND},
    {0xb7, MMIO_LOAD, MODRM | WORD | EXTEND},
    {0xbe, MMIO_LOAD, MODRM | BYTE | EXTEND | SIGN},
    {0xbf, MMIO_LOAD, MODRM | WORD | EXTEND | SIGN},
};

/* Bytes being looked at. Behind the end there are zeros, and `failed`. */
struct stream {
    const uint8_t *bytes;
    size_t count, at;
    bool failed;
};

static uint8_t next(struct stream *s)
{
    if (s->at >= s->count || s->at >= INSN_MAX) {
        s->failed = true;
        return 0;
    }
    return s->bytes[s->at++];
}

/* Little-endian, sign-extended; of 0 bytes: 0. */
static int64_t immediate(struct stream *s, unsigned int size)
{
    uint64_t value = 0;

    for (unsigned int i = 0; i < size; i++)
        value |= (uint64_t)next(s) << i * 8;
    return size ? (int64_t)(value << (64 - size * 8)) >> (64 - size * 8) : 0;
}

struct prefixes {
    bool operand, address, lock, repeat;
    uint8_t rex;
};

/* Reads prefixes; returns the first byte that is none. */
static uint8_t read_prefixes(struct stream *s, struct prefixes *p, enum mmio_mode mode)
{
    for (;;) {
        uint8_t byte = next(s);

        if (s->failed)
            return 0;
        switch (byte) {
        case 0x66:
            p->operand = true;
            break;
        case 0x67:
            p->address = true;
            break;
        case 0xf0:
            p->lock = true;
            break;
        case 0xf2:
        case 0xf3:
            p->repeat = true;
            break;
        case 0x26:
        case 0x2e:
        case 0x36:
        case 0x3e:
        case 0x64:
        case 0x65:
            break;
        default:
            if (mode != MMIO_MODE_64 || (byte & 0xf0) != 0x40)
                return byte;
            p->rex = byte; /* counts only right before the opcode */
            byte = next(s);
            return byte;
        }
    }
}

static const struct opcode *find(const struct opcode *table, size_t count, uint8_t byte)
{
    for (size_t i = 0; i < count; i++)
        if (table[i].byte == byte)
            return &table[i];
    return NULL;
}

static const struct opcode *opcode_of(struct stream *s, uint8_t byte, enum mmio_mode mode)
{
    if (byte == 0x0f)
        return find(two_bytes, ARRAY_SIZE(two_bytes), next(s));
    if (byte == 0x63)
        return mode == MMIO_MODE_64 ? &long_mode_only[0] : NULL;
    return find(one_byte, ARRAY_SIZE(one_byte), byte);
}

static unsigned int address_size(const struct prefixes *p, enum mmio_mode mode)
{
    switch (mode) {
    case MMIO_MODE_16:
        return p->address ? 4 : 2;
    case MMIO_MODE_32:
        return p->address ? 2 : 4;
    default:
        return p->address ? 4 : 8;
    }
}

static unsigned int operand_size(const struct prefixes *p, enum mmio_mode mode)
{
    if (p->rex & 8)
        return 8;
    return p->operand != (mode == MMIO_MODE_16) ? 2 : 4;
}

/* Skips what names the memory operand; false: it is a register. */
static bool skip_memory(struct stream *s, uint8_t modrm, unsigned int address)
{
    unsigned int mod = modrm >> 6, rm = modrm & 7, displacement = 0;

    if (mod == 3)
        return false;
    if (address == 2) {
        displacement = mod == 1 ? 1 : mod == 2 || rm == 6 ? 2 : 0;
    } else {
        uint8_t sib = rm == 4 ? next(s) : 0;
        bool no_base = rm == 4 ? (sib & 7) == 5 : rm == 5;

        displacement = mod == 1 ? 1 : mod == 2 || no_base ? 4 : 0;
    }
    immediate(s, displacement);
    return true;
}

static unsigned int memory_size(const struct opcode *o, unsigned int operand)
{
    if (o->flags & BYTE)
        return 1;
    if (o->flags & WORD)
        return 2;
    return o->flags & DWORD ? 4 : operand;
}

/* What depends on the ModRM byte's middle. False: another instruction. */
static bool take_modrm(struct mmio_insn *insn, const struct opcode *o, uint8_t modrm,
                       const struct prefixes *p)
{
    unsigned int middle = modrm >> 3 & 7;

    if (o->flags & GROUP1)
        insn->op = (enum mmio_op)(MMIO_ADD + middle);
    if ((o->flags & GROUP3) && middle > 1)
        return false;
    if ((o->flags & GROUP11) && middle)
        return false;
    insn->reg = (uint8_t)(middle | (p->rex & 4) << 1);
    insn->high =
        (insn->op == MMIO_LOAD ? insn->target_size : insn->size) == 1 && !p->rex && insn->reg >= 4;
    return true;
}

/* LOCK is for what reads, changes and writes memory. */
static bool lock_allowed(const struct mmio_insn *insn)
{
    return !insn->to_register &&
           ((insn->op >= MMIO_ADD && insn->op <= MMIO_XOR) || insn->op == MMIO_EXCHANGE);
}

bool mmio_decode(struct mmio_insn *insn, const uint8_t *bytes, size_t count, enum mmio_mode mode)
{
    struct stream s = {.bytes = bytes, .count = count};
    struct prefixes p = {0};
    uint8_t byte = read_prefixes(&s, &p, mode);
    const struct opcode *o = s.failed ? NULL : opcode_of(&s, byte, mode);
    unsigned int operand = operand_size(&p, mode);

    *insn = (struct mmio_insn){0};
    if (!o || p.repeat)
        return false;
    insn->op = (enum mmio_op)o->op;
    insn->size = (uint8_t)memory_size(o, operand);
    insn->target_size = (uint8_t)(o->flags & EXTEND ? operand : insn->size);
    insn->sign = o->flags & SIGN;
    insn->to_register = o->flags & REGISTER;
    if (o->flags & MODRM) {
        uint8_t modrm = next(&s);

        if (!take_modrm(insn, o, modrm, &p) || !skip_memory(&s, modrm, address_size(&p, mode)))
            return false;
    }
    if (o->flags & MOFFS)
        immediate(&s, address_size(&p, mode));
    insn->has_immediate = o->flags & (IMM8 | IMM);
    if (insn->has_immediate)
        insn->immediate = immediate(&s, o->flags & IMM8 ? 1 : MIN(operand, 4u));
    insn->length = (uint8_t)s.at;
    return !s.failed && (!p.lock || lock_allowed(insn));
}

static uint64_t mask_of(unsigned int size)
{
    return ~0ULL >> (64 - 8 * size);
}

static uint64_t *register_place(struct cpu_user_regs *regs, unsigned int number)
{
    uint64_t *const places[16] = {&regs->rax, &regs->rcx, &regs->rdx, &regs->rbx,
                                  &regs->rsp, &regs->rbp, &regs->rsi, &regs->rdi,
                                  &regs->r8,  &regs->r9,  &regs->r10, &regs->r11,
                                  &regs->r12, &regs->r13, &regs->r14, &regs->r15};

    return places[number];
}

static uint64_t register_get(const struct mmio_insn *insn, struct cpu_user_regs *regs)
{
    if (insn->high)
        return *register_place(regs, insn->reg - 4U) >> 8 & 0xff;
    return *register_place(regs, insn->reg) & mask_of(insn->size);
}

/* Four bytes clear the upper half, one and two leave the rest alone. */
static void register_set(const struct mmio_insn *insn, struct cpu_user_regs *regs, uint64_t value,
                         unsigned int size)
{
    uint64_t *place = register_place(regs, insn->high ? insn->reg - 4U : insn->reg);
    uint64_t mask = size == 4 ? ~0ULL : mask_of(size);
    unsigned int shift = insn->high ? 8 : 0;

    *place = (*place & ~(mask << shift)) | (value & mask_of(size)) << shift;
}

static uint64_t logic_flags(uint64_t value, unsigned int size)
{
    uint64_t flags = 0;

    if (!value)
        flags |= FLAG_ZF;
    if (value >> (8 * size - 1))
        flags |= FLAG_SF;
    if (!__builtin_parity((unsigned int)(value & 0xff)))
        flags |= FLAG_PF;
    return flags;
}

/* Flags from where the bits carried, and where the sign came out wrong. */
static uint64_t sum_flags(uint64_t carries, uint64_t overflow, unsigned int size)
{
    unsigned int top = 8 * size - 1;

    return (carries >> top & 1 ? FLAG_CF : 0) | (carries & 8 ? FLAG_AF : 0) |
           (overflow >> top & 1 ? FLAG_OF : 0);
}

/* The result of an operation on `a`, with its flags in *flags (CF in before). */
static uint64_t compute(enum mmio_op op, uint64_t a, uint64_t b, unsigned int size, uint64_t *flags)
{
    uint64_t mask = mask_of(size), carry = *flags & FLAG_CF, r;

    switch (op) {
    case MMIO_ADD:
    case MMIO_ADC:
        r = (a + b + (op == MMIO_ADC ? carry : 0)) & mask;
        *flags =
            logic_flags(r, size) | sum_flags((a & b) | ((a | b) & ~r), (a ^ r) & (b ^ r), size);
        return r;
    case MMIO_SUB:
    case MMIO_SBB:
    case MMIO_CMP:
        r = (a - b - (op == MMIO_SBB ? carry : 0)) & mask;
        *flags =
            logic_flags(r, size) | sum_flags((~a & b) | ((~a | b) & r), (a ^ b) & (a ^ r), size);
        return r;
    case MMIO_OR:
        r = a | b;
        break;
    case MMIO_XOR:
        r = a ^ b;
        break;
    default:
        r = a & b;
        break; /* AND, TEST */
    }
    *flags = logic_flags(r, size);
    return r;
}

static uint64_t sign_extend(uint64_t value, unsigned int size)
{
    unsigned int unused = 64 - 8 * size;

    return (uint64_t)((int64_t)(value << unused) >> unused);
}

static void execute_operation(const struct mmio_insn *insn, struct cpu_user_regs *regs,
                              uint64_t gpa, const struct mmio_device *device)
{
    uint64_t memory = device->read(device->ctx, gpa, insn->size) & mask_of(insn->size);
    uint64_t other = insn->has_immediate ? (uint64_t)insn->immediate & mask_of(insn->size)
                                         : register_get(insn, regs);
    uint64_t flags = regs->rflags, result;

    if (insn->to_register)
        result = compute(insn->op, other, memory, insn->size, &flags);
    else
        result = compute(insn->op, memory, other, insn->size, &flags);
    regs->rflags = (regs->rflags & ~FLAGS_ARITHMETIC) | flags;
    if (insn->op == MMIO_CMP || insn->op == MMIO_TEST)
        return;
    if (insn->to_register)
        register_set(insn, regs, result, insn->size);
    else
        device->write(device->ctx, gpa, insn->size, result);
}

static void execute_load(const struct mmio_insn *insn, struct cpu_user_regs *regs, uint64_t gpa,
                         const struct mmio_device *device)
{
    uint64_t value = device->read(device->ctx, gpa, insn->size) & mask_of(insn->size);

    register_set(insn, regs, insn->sign ? sign_extend(value, insn->size) : value,
                 insn->target_size);
}

void mmio_execute(const struct mmio_insn *insn, struct cpu_user_regs *regs, uint64_t gpa,
                  const struct mmio_device *device)
{
    uint64_t value;

    switch (insn->op) {
    case MMIO_LOAD:
        execute_load(insn, regs, gpa, device);
        break;
    case MMIO_STORE:
        value = insn->has_immediate ? (uint64_t)insn->immediate & mask_of(insn->size)
                                    : register_get(insn, regs);
        device->write(device->ctx, gpa, insn->size, value);
        break;
    case MMIO_EXCHANGE:
        value = register_get(insn, regs);
        register_set(insn, regs, device->read(device->ctx, gpa, insn->size), insn->size);
        device->write(device->ctx, gpa, insn->size, value);
        break;
    default:
        execute_operation(insn, regs, gpa, device);
        break;
    }
    regs->rip += insn->length;
    regs->rflags &= ~FLAG_RF;
}
