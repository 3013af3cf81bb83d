#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every header must compile alone, and twice: header-check.sh DIRECTORY COMPILER [ARGUMENT...]
set -u

dir=$1
shift
checked=0
failed=0

for header in $(cd "$dir" && find . -name '*.h' | sort); do
  header=${header#./}
  printf '#include "%s"\n#include "%s"\n' "$header" "$header" |
    "$@" -I "$dir" -x c -fsyntax-only -Werror - || {
    echo "$header does not compile alone"
    failed=$((failed + 1))
  }
  checked=$((checked + 1))
done

echo "$checked headers checked, $failed failed"
[ "$checked" -gt 0 ] && [ "$failed" -eq 0 ]
