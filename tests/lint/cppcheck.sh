#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# cppcheck over the C code, hypervisor and dom0 programs apart: cppcheck.sh SOURCE_ROOT
# What is not a mistake is named in a list with the reason; a line in the code would say it to
# readers whom it is of no use to.
set -u

cd "$1" || exit 1
lists=tests/lint
check()
{
  list=$1
  shift
  cppcheck --quiet --error-exitcode=1 --enable=warning,performance,portability --std=c11 \
    --suppressions-list="$lists/$list" --template='{file}:{line}: {id}: {message}' "$@"
}

failed=0
check cppcheck-hypervisor.txt -I hypervisor -D__x86_64__ -D__XEN_TOOLS__ hypervisor || failed=1
check cppcheck-desktop.txt --library=gtk '-DG_GNUC_PRINTF(a,b)=' -I . -I display -I dom0-shell \
  backend display dom0-shell || failed=1
check cppcheck-desktop.txt --library=gtk -I . -I audio audio || failed=1
check cppcheck-desktop.txt --library=gtk -I . -I usb-passthrough usb-passthrough guest-tools || failed=1
exit $failed
