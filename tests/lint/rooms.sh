#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the hypervisor a room includes headers of its own and of the rooms below it, and of no other:
# rooms.sh HYPERVISOR_DIRECTORY
set -u

cd "$1" || exit 1
# From the lowest to the highest, as docs/architecture.md draws them. Rooms joined by a + stand side by
# side, and do not know each other. A room that is not there yet is not missed.
order='lib machine memory schedule domain pv+hvm hypercall boot'

# shellcheck disable=SC2046 # names without blanks
awk -v order="$order" '
  BEGIN {
    count = split(order, floors, " ")
    for (i = 1; i <= count; i++) {
      rooms = split(floors[i], beside, "+")
      for (n = 1; n <= rooms; n++)
        floor[beside[n]] = i
    }
  }
  FNR == 1 {
    split(FILENAME, path, "/")
    room = path[1]
    seen++
    if (!(room in floor)) {
      print FILENAME ": room " room " has no place in the order: name it in rooms.sh"
      failed++
    }
  }
  /^#include "[a-z_]+\// {
    split($2, path, "[\"/]")
    named = path[2]
    if (named != room && (!(named in floor) || floor[named] >= floor[room])) {
      print FILENAME ":" FNR ": " room "/ includes from " named "/, which is not below it"
      failed++
    }
  }
  END {
    print seen + 0 " files checked, " failed + 0 " findings"
    exit !seen || failed
  }' $(find . -name '*.[chS]' | sed 's|^\./||' | sort)
