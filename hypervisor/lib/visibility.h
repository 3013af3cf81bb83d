/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Included before everything by the build: nothing here is ever linked dynamically, so that
 * declarations, too, are reached without a table of addresses. */
#ifndef LIB_VISIBILITY_H
#define LIB_VISIBILITY_H

#pragma GCC visibility push(hidden)

#endif
