/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a PV kernel says besides, to be loaded as dom0: where it wants the list of its frames, and
 * that it finds its module by frame number. */
#include <xen/elfnote.h>

#define FRAMES_AT 0xfffff00000000000

        .pushsection .note.Xen, "a", @note
        .balign 4
        .long 4, 2f - 1f, XEN_ELFNOTE_INIT_P2M
        .asciz "Xen"
1:      .quad FRAMES_AT
2:      .balign 4
        .long 4, 4f - 3f, XEN_ELFNOTE_MOD_START_PFN
        .asciz "Xen"
3:      .long 1
4:      .balign 4
        .popsection

        .section .note.GNU-stack, "", @progbits
