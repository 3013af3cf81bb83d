#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes an assembler file with the sorted table of an image's functions, or an empty one when no
# image is named: symbols.sh OUTPUT [NM IMAGE].
set -eu

out=$1
{
    echo '        .section .symbols, "a", @progbits'
    echo '        .globl symbol_table, symbol_count'
    echo '        .balign 8'
    echo 'symbol_table:'
    if [ $# -gt 1 ]; then
        "$2" --defined-only -n "$3" | awk '
            $2 ~ /^[tT]$/ && $3 !~ /^\./ {
                printf "        .quad 0x%s, 9f\n", $1
                print "        .pushsection .symbols.names, \"a\""
                printf "9:      .asciz \"%s\"\n", $3
                print "        .popsection"
            }'
        count=$("$2" --defined-only -n "$3" | awk '$2 ~ /^[tT]$/ && $3 !~ /^\./' | wc -l)
    else
        count=0
    fi
    echo '        .balign 8'
    echo 'symbol_count:'
    echo "        .quad $count"
    echo '        .section .note.GNU-stack, "", @progbits'
} > "$out"
