#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# clang-tidy over everything that the build compiles for the product: tidy.sh SOURCE_ROOT BUILD_ROOT
# The rules are in .clang-tidy.
set -u

cd "$1" || exit 1
find hypervisor backend display audio usb-passthrough guest-tools dom0-shell -name '*.c' | sort |
  xargs -P "$(nproc)" -n 4 clang-tidy -p "$2" --quiet --warnings-as-errors='*'
