#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# All shell scripts, found by their first line, through shellcheck: shellcheck.sh SOURCE_ROOT
set -u

cd "$1" || exit 1
scripts=$(find . -path ./.git -prune -o -path './build*' -prune -o -type f \
  -exec grep -lE -m1 '^#!/bin/(ba)?sh|^# shellcheck shell=' {} + | sort)
[ -n "$scripts" ] || { echo "no scripts found"; exit 1; }
# shellcheck disable=SC2086 # names without blanks, one argument each
shellcheck --external-sources --severity=warning $scripts || exit 1
echo "$scripts" | wc -l
