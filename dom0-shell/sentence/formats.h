/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The service's sentences that have something filled in, as it has them in its source; then NULL.
 */
#pragma once

extern const char *const sentence_formats[];
