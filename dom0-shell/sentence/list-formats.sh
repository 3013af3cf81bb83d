#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The service's sentences that have something filled in, as C source: list-formats.sh SOURCE...
set -eu

cat <<'END'
/* Made by list-formats.sh. */
#include <inttypes.h>
#include <stddef.h>

#include "formats.h"

const char *const sentence_formats[] = {
END
xgettext --from-code=UTF-8 --no-wrap --keyword --keyword=N_ --no-location --output=- "$@" |
    awk '/^#,/ { format = /c-format/; next }
         /^msgid / { if (format) { sub(/^msgid /, ""); gsub(/%<PRIu64>/, "%\" PRIu64 \""); print "    " $0 "," }
                     format = 0 }'
echo '    NULL};'
