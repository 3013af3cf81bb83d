#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How far a bootstrap is, as image/bootstrap.sh makes it of what mmdebstrap says. usage: bootstrap_test.sh BOOTSTRAP.SH
set -euo pipefail
# shellcheck source=/dev/null
. "$1"

# What mmdebstrap says of two essential packages and two others, one of which is set up early.
said()
{
    cat <<'LINES'
I: running apt-get update...
Get:1 http://deb.example.org/debian bookworm InRelease [151 kB]
I: downloading packages with apt...
0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
Get:1 http://deb.example.org/debian bookworm/main amd64 base amd64 1 [1 kB]
Get:2 http://deb.example.org/debian bookworm/main amd64 libc6 amd64 1 [1 kB]
I: installing essential packages...
Unpacking base (1) ...
Unpacking libc6 (1) ...
Setting up base (1) ...
Setting up libc6 (1) ...
0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
Get:1 http://deb.example.org/debian bookworm/main amd64 early amd64 1 [1 kB]
Get:2 http://deb.example.org/debian bookworm/main amd64 late amd64 1 [1 kB]
Unpacking early (1) ...
Setting up early (1) ...
Unpacking late (1) ...
Setting up late (1) ...
Setting up late (1) ...
LINES
}

expected()
{
    cat <<'LINES'
progress 0.045 Fetching Debian packages
progress 0.090 Fetching Debian packages
progress 0.115 Unpacking Debian packages
progress 0.140 Unpacking Debian packages
progress 0.170 Setting up Debian packages
progress 0.200 Setting up Debian packages
progress 0.380 Fetching Debian packages
progress 0.560 Fetching Debian packages
progress 0.660 Unpacking Debian packages
progress 0.760 Unpacking Debian packages
progress 1.000 Setting up Debian packages
LINES
}

diff -u <(expected) <(said | follow_mmdebstrap 1000)

# Of a whole of which it is a part, it is that part.
[ "$(said | follow_mmdebstrap 850 | tail -n 1)" = "progress 0.850 Setting up Debian packages" ]

# It is told when it is said, not when there is more of it.
coproc follow_mmdebstrap 1000
first=$(said | sed 5q)
echo "$first" >&"${COPROC[1]}"
read -r -t 60 line <&"${COPROC[0]}"
[ "$line" = "progress 0.045 Fetching Debian packages" ]
