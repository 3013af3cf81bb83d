/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that a new guest is made of, where there is no template: a kernel, a disk's image. */
#pragma once

#include <glib.h>

/* Whether PATH, absolute, is a kernel; a plain file; a disk's image as it is (raw). FALSE and a
 * sentence if not. Images of other programs' formats are told by what they begin with. */
gboolean guest_source_check_kernel(const char *path, GError **error);
gboolean guest_source_check_file(const char *path, GError **error);
gboolean guest_source_check_image(const char *path, GError **error);
