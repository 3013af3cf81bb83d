/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hw_fatal.c and its 32-bit side share; for assembly as well. */
#ifndef MICRO_HW_FATAL_H
#define MICRO_HW_FATAL_H

/* Selectors behind those of long_mode.h. */
#define USER32_CODE 0x23
#define USER32_DATA 0x2b

#endif
