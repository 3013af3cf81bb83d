/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The instructions that the emulator knows, and which flags they leave undefined (SDM vol. 2). */
#include "emulate_sample.h"

#include "hvm/emulate/emulate-private.h"

#define CF EFLAGS_CF
#define PF EFLAGS_PF
#define AF EFLAGS_AF
#define ZF EFLAGS_ZF
#define SF EFLAGS_SF
#define OF EFLAGS_OF

const struct form forms[] = {
    {ONE_BYTE, 0x00, 0x01, -1, 0, EVEN | LOCK, 0}, /* ADD */
    {ONE_BYTE, 0x02, 0x03, -1, 0, EVEN, 0},
    {ONE_BYTE, 0x08, 0x09, -1, 0, EVEN | LOCK, AF}, /* OR */
    {ONE_BYTE, 0x0a, 0x0b, -1, 0, EVEN, AF},
    {ONE_BYTE, 0x10, 0x11, -1, 0, EVEN | LOCK, 0}, /* ADC */
    {ONE_BYTE, 0x12, 0x13, -1, 0, EVEN, 0},
    {ONE_BYTE, 0x18, 0x19, -1, 0, EVEN | LOCK, 0}, /* SBB */
    {ONE_BYTE, 0x1a, 0x1b, -1, 0, EVEN, 0},
    {ONE_BYTE, 0x20, 0x21, -1, 0, EVEN | LOCK, AF}, /* AND */
    {ONE_BYTE, 0x22, 0x23, -1, 0, EVEN, AF},
    {ONE_BYTE, 0x28, 0x29, -1, 0, EVEN | LOCK, 0}, /* SUB */
    {ONE_BYTE, 0x2a, 0x2b, -1, 0, EVEN, 0},
    {ONE_BYTE, 0x30, 0x31, -1, 0, EVEN | LOCK, AF}, /* XOR */
    {ONE_BYTE, 0x32, 0x33, -1, 0, EVEN, AF},
    {ONE_BYTE, 0x38, 0x3b, -1, 0, EVEN, 0},                                 /* CMP */
    {ONE_BYTE, 0x63, 0x63, -1, 0, LONG, 0},                                 /* MOVSXD */
    {ONE_BYTE, 0x69, 0x69, -1, 0, IMM, PF | AF | ZF | SF},                  /* IMUL */
    {ONE_BYTE, 0x6b, 0x6b, -1, 0, IMM8, PF | AF | ZF | SF},                 /* IMUL */
    {ONE_BYTE, 0x80, 0x81, 0, 0, EVEN | IMM | LOCK, 0},                     /* ADD */
    {ONE_BYTE, 0x80, 0x81, 1, 0, EVEN | IMM | LOCK, AF},                    /* OR */
    {ONE_BYTE, 0x80, 0x81, 2, 0, EVEN | IMM | LOCK, 0},                     /* ADC */
    {ONE_BYTE, 0x80, 0x81, 3, 0, EVEN | IMM | LOCK, 0},                     /* SBB */
    {ONE_BYTE, 0x80, 0x81, 4, 0, EVEN | IMM | LOCK, AF},                    /* AND */
    {ONE_BYTE, 0x80, 0x81, 5, 0, EVEN | IMM | LOCK, 0},                     /* SUB */
    {ONE_BYTE, 0x80, 0x81, 6, 0, EVEN | IMM | LOCK, AF},                    /* XOR */
    {ONE_BYTE, 0x80, 0x81, 7, 0, EVEN | IMM, 0},                            /* CMP */
    {ONE_BYTE, 0x83, 0x83, 0, 0, IMM8 | LOCK, 0},                           /* ADD */
    {ONE_BYTE, 0x83, 0x83, 1, 0, IMM8 | LOCK, AF},                          /* OR */
    {ONE_BYTE, 0x83, 0x83, 2, 0, IMM8 | LOCK, 0},                           /* ADC */
    {ONE_BYTE, 0x83, 0x83, 3, 0, IMM8 | LOCK, 0},                           /* SBB */
    {ONE_BYTE, 0x83, 0x83, 4, 0, IMM8 | LOCK, AF},                          /* AND */
    {ONE_BYTE, 0x83, 0x83, 5, 0, IMM8 | LOCK, 0},                           /* SUB */
    {ONE_BYTE, 0x83, 0x83, 6, 0, IMM8 | LOCK, AF},                          /* XOR */
    {ONE_BYTE, 0x83, 0x83, 7, 0, IMM8, 0},                                  /* CMP */
    {ONE_BYTE, 0x84, 0x85, -1, 0, EVEN, AF},                                /* TEST */
    {ONE_BYTE, 0x86, 0x87, -1, 0, EVEN | LOCK, 0},                          /* XCHG */
    {ONE_BYTE, 0x88, 0x8b, -1, 0, EVEN, 0},                                 /* MOV */
    {ONE_BYTE, 0x8f, 0x8f, 0, 0, STACK, 0},                                 /* POP */
    {ONE_BYTE, 0xa0, 0xa3, -1, 0, EVEN | MOFFS, 0},                         /* MOV */
    {ONE_BYTE, 0xa4, 0xa7, -1, 0, EVEN | STRING, 0},                        /* MOVS, CMPS */
    {ONE_BYTE, 0xaa, 0xaf, -1, 0, EVEN | STRING, 0},                        /* STOS, LODS, SCAS */
    {ONE_BYTE, 0xc0, 0xc1, 0, 0, EVEN | IMM8 | SHIFT, 0},                   /* ROL */
    {ONE_BYTE, 0xc0, 0xc1, 1, 0, EVEN | IMM8 | SHIFT, 0},                   /* ROR */
    {ONE_BYTE, 0xc0, 0xc1, 2, 0, EVEN | IMM8 | SHIFT, 0},                   /* RCL */
    {ONE_BYTE, 0xc0, 0xc1, 3, 0, EVEN | IMM8 | SHIFT, 0},                   /* RCR */
    {ONE_BYTE, 0xc0, 0xc1, 4, 0, EVEN | IMM8 | SHIFT, AF},                  /* SHL */
    {ONE_BYTE, 0xc0, 0xc1, 5, 0, EVEN | IMM8 | SHIFT, AF},                  /* SHR */
    {ONE_BYTE, 0xc0, 0xc1, 6, 0, EVEN | IMM8 | SHIFT, AF},                  /* SAL */
    {ONE_BYTE, 0xc0, 0xc1, 7, 0, EVEN | IMM8 | SHIFT, AF},                  /* SAR */
    {ONE_BYTE, 0xc6, 0xc7, 0, 0, EVEN | IMM, 0},                            /* MOV */
    {ONE_BYTE, 0xd0, 0xd3, 0, 0, EVEN | SHIFT, 0},                          /* ROL */
    {ONE_BYTE, 0xd0, 0xd3, 1, 0, EVEN | SHIFT, 0},                          /* ROR */
    {ONE_BYTE, 0xd0, 0xd3, 2, 0, EVEN | SHIFT, 0},                          /* RCL */
    {ONE_BYTE, 0xd0, 0xd3, 3, 0, EVEN | SHIFT, 0},                          /* RCR */
    {ONE_BYTE, 0xd0, 0xd3, 4, 0, EVEN | SHIFT, AF},                         /* SHL */
    {ONE_BYTE, 0xd0, 0xd3, 5, 0, EVEN | SHIFT, AF},                         /* SHR */
    {ONE_BYTE, 0xd0, 0xd3, 6, 0, EVEN | SHIFT, AF},                         /* SAL */
    {ONE_BYTE, 0xd0, 0xd3, 7, 0, EVEN | SHIFT, AF},                         /* SAR */
    {ONE_BYTE, 0xf6, 0xf7, 0, 0, EVEN | IMM, AF},                           /* TEST */
    {ONE_BYTE, 0xf6, 0xf7, 1, 0, EVEN | IMM, AF},                           /* TEST */
    {ONE_BYTE, 0xf6, 0xf7, 2, 0, EVEN | LOCK, 0},                           /* NOT */
    {ONE_BYTE, 0xf6, 0xf7, 3, 0, EVEN | LOCK, 0},                           /* NEG */
    {ONE_BYTE, 0xf6, 0xf7, 4, 0, EVEN, PF | AF | ZF | SF},                  /* MUL */
    {ONE_BYTE, 0xf6, 0xf7, 5, 0, EVEN, PF | AF | ZF | SF},                  /* IMUL */
    {ONE_BYTE, 0xf6, 0xf7, 6, 0, EVEN | DIVISION, EFLAGS_ARITHMETIC},       /* DIV */
    {ONE_BYTE, 0xf6, 0xf7, 7, 0, EVEN | DIVISION, EFLAGS_ARITHMETIC},       /* IDIV */
    {ONE_BYTE, 0xfe, 0xff, 0, 0, EVEN | LOCK, 0},                           /* INC */
    {ONE_BYTE, 0xfe, 0xff, 1, 0, EVEN | LOCK, 0},                           /* DEC */
    {ONE_BYTE, 0xff, 0xff, 2, 0, STACK | BRANCH | MEMORY, 0},               /* CALL */
    {ONE_BYTE, 0xff, 0xff, 4, 0, STACK | BRANCH | MEMORY, 0},               /* JMP */
    {ONE_BYTE, 0xff, 0xff, 6, 0, STACK, 0},                                 /* PUSH */
    {TWO_BYTES, 0x10, 0x11, -1, 0, SSE | MEMORY, 0},                        /* MOVUPS */
    {TWO_BYTES, 0x10, 0x11, -1, 0x66, SSE | MEMORY, 0},                     /* MOVUPD */
    {TWO_BYTES, 0x10, 0x11, -1, 0xf3, SSE | MEMORY, 0},                     /* MOVSS */
    {TWO_BYTES, 0x10, 0x11, -1, 0xf2, SSE | MEMORY, 0},                     /* MOVSD */
    {TWO_BYTES, 0x12, 0x13, -1, 0, SSE | MEMORY, 0},                        /* MOVLPS */
    {TWO_BYTES, 0x12, 0x13, -1, 0x66, SSE | MEMORY, 0},                     /* MOVLPD */
    {TWO_BYTES, 0x16, 0x17, -1, 0, SSE | MEMORY, 0},                        /* MOVHPS */
    {TWO_BYTES, 0x16, 0x17, -1, 0x66, SSE | MEMORY, 0},                     /* MOVHPD */
    {TWO_BYTES, 0x28, 0x29, -1, 0, SSE | MEMORY | ALIGNED, 0},              /* MOVAPS */
    {TWO_BYTES, 0x28, 0x29, -1, 0x66, SSE | MEMORY | ALIGNED, 0},           /* MOVAPD */
    {TWO_BYTES, 0x2b, 0x2b, -1, 0, SSE | MEMORY | ALIGNED, 0},              /* MOVNTPS */
    {TWO_BYTES, 0x2b, 0x2b, -1, 0x66, SSE | MEMORY | ALIGNED, 0},           /* MOVNTPD */
    {TWO_BYTES, 0x40, 0x4f, -1, 0, 0, 0},                                   /* CMOVcc */
    {TWO_BYTES, 0x6e, 0x6e, -1, 0x66, SSE | MEMORY, 0},                     /* MOVD */
    {TWO_BYTES, 0x6f, 0x6f, -1, 0x66, SSE | MEMORY | ALIGNED, 0},           /* MOVDQA */
    {TWO_BYTES, 0x6f, 0x6f, -1, 0xf3, SSE | MEMORY, 0},                     /* MOVDQU */
    {TWO_BYTES, 0x7e, 0x7e, -1, 0x66, SSE | MEMORY, 0},                     /* MOVD */
    {TWO_BYTES, 0x7e, 0x7e, -1, 0xf3, SSE | MEMORY, 0},                     /* MOVQ */
    {TWO_BYTES, 0x7f, 0x7f, -1, 0x66, SSE | MEMORY | ALIGNED, 0},           /* MOVDQA */
    {TWO_BYTES, 0x7f, 0x7f, -1, 0xf3, SSE | MEMORY, 0},                     /* MOVDQU */
    {TWO_BYTES, 0x90, 0x9f, -1, 0, BYTE, 0},                                /* SETcc */
    {TWO_BYTES, 0xa3, 0xa3, -1, 0, BIT_STRING, OF | SF | AF | PF},          /* BT */
    {TWO_BYTES, 0xa4, 0xa4, -1, 0, IMM8 | SHIFT_DOUBLE, AF},                /* SHLD */
    {TWO_BYTES, 0xa5, 0xa5, -1, 0, SHIFT_DOUBLE, AF},                       /* SHLD */
    {TWO_BYTES, 0xab, 0xab, -1, 0, BIT_STRING | LOCK, OF | SF | AF | PF},   /* BTS */
    {TWO_BYTES, 0xac, 0xac, -1, 0, IMM8 | SHIFT_DOUBLE, AF},                /* SHRD */
    {TWO_BYTES, 0xad, 0xad, -1, 0, SHIFT_DOUBLE, AF},                       /* SHRD */
    {TWO_BYTES, 0xae, 0xae, 7, 0, MEMORY, 0},                               /* CLFLUSH */
    {TWO_BYTES, 0xaf, 0xaf, -1, 0, 0, PF | AF | ZF | SF},                   /* IMUL */
    {TWO_BYTES, 0xb0, 0xb1, -1, 0, EVEN | LOCK | MATCH, 0},                 /* CMPXCHG */
    {TWO_BYTES, 0xb3, 0xb3, -1, 0, BIT_STRING | LOCK, OF | SF | AF | PF},   /* BTR */
    {TWO_BYTES, 0xb6, 0xb7, -1, 0, 0, 0},                                   /* MOVZX */
    {TWO_BYTES, 0xba, 0xba, 4, 0, IMM8, OF | SF | AF | PF},                 /* BT */
    {TWO_BYTES, 0xba, 0xba, 5, 0, IMM8 | LOCK, OF | SF | AF | PF},          /* BTS */
    {TWO_BYTES, 0xba, 0xba, 6, 0, IMM8 | LOCK, OF | SF | AF | PF},          /* BTR */
    {TWO_BYTES, 0xba, 0xba, 7, 0, IMM8 | LOCK, OF | SF | AF | PF},          /* BTC */
    {TWO_BYTES, 0xbb, 0xbb, -1, 0, BIT_STRING | LOCK, OF | SF | AF | PF},   /* BTC */
    {TWO_BYTES, 0xbc, 0xbd, -1, 0, 0, CF | OF | SF | AF | PF},              /* BSF, BSR */
    {TWO_BYTES, 0xbe, 0xbf, -1, 0, 0, 0},                                   /* MOVSX */
    {TWO_BYTES, 0xc0, 0xc1, -1, 0, EVEN | LOCK, 0},                         /* XADD */
    {TWO_BYTES, 0xc3, 0xc3, -1, 0, DWORD | MEMORY, 0},                      /* MOVNTI */
    {TWO_BYTES, 0xc7, 0xc7, 1, 0, DWORD | PAIR | MEMORY | LOCK | MATCH, 0}, /* CMPXCHG8B, 16B */
    {TWO_BYTES, 0xd6, 0xd6, -1, 0x66, SSE | MEMORY, 0},                     /* MOVQ */
    {TWO_BYTES, 0xe7, 0xe7, -1, 0x66, SSE | MEMORY | ALIGNED, 0},           /* MOVNTDQ */
    {TWO_BYTES, 0xf0, 0xf0, -1, 0xf2, SSE | MEMORY, 0},                     /* LDDQU */
    {MAP_0F38, 0x2a, 0x2a, -1, 0x66, SSE | MEMORY | ALIGNED, 0},            /* MOVNTDQA */
    {MAP_0F38, 0xf0, 0xf1, -1, 0, MEMORY | SWAP, 0},                        /* MOVBE */
};

const size_t forms_count = ARRAY_SIZE(forms);

const struct form forms_privileged[] = {
    {ONE_BYTE, 0x6c, 0x6f, -1, 0, EVEN | STRING, 0}, /* INS, OUTS */
};

const size_t forms_privileged_count = ARRAY_SIZE(forms_privileged);
