/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells a whole Linux boot image from a damaged or foreign file. */
#pragma once

#include <glib.h>

/* Checks that PATH is a complete kernel in a form the domain builder loads: a bzImage, or the
 * unpacked ELF (vmlinux), which spares the unpacking at each start. ERROR says what is wrong, in a
 * sentence that names no path. */
gboolean kernel_image_check(const char *path, GError **error);

/* The same of a file that is open for reading. */
gboolean kernel_image_check_open(int fd, GError **error);
