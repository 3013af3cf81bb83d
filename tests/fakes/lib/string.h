/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's memory and string functions in place of the hypervisor's own. */
#ifndef FAKES_LIB_STRING_H
#define FAKES_LIB_STRING_H

#include <string.h>

#endif
