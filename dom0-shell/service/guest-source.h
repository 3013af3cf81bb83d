/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that a new guest is made of, where there is no template: a kernel, a disk's image, an
 * xl.cfg. */
#pragma once

#include "named-file.h"

/* Whether FILE is a kernel; a disk's image as it is (raw). FALSE and a sentence if not. Images of
 * other programs' formats are told by what they begin with. */
gboolean guest_source_check_kernel(const NamedFile *file, GError **error);
gboolean guest_source_check_image(const NamedFile *file, GError **error);

/* All of FILE, to be freed, with a NUL behind it that RET_LENGTH does not count. NULL and a
 * sentence if it can't be read, or is too long to be an xl.cfg. */
char *guest_source_read_config(const NamedFile *file, gsize *ret_length, GError **error);
