# SPDX-License-Identifier: GPL-2.0-or-later
# Debian root file systems. A file of its own because the cache's names depend on its content.
# shellcheck shell=bash

# follow_mmdebstrap - what mmdebstrap says, as lines `progress FRACTION PHASE`. apt tells beforehand how many packages there
# will be, twice: of the essential ones, and of all others. So none goes back, and no part is over before its end.
follow_mmdebstrap()
{
    awk '
        function say(from, to, count, phase,    now) {
            now = from + (to - from) * (count < total ? count / total : 1)
            if (!total || now <= last) return
            last = now
            printf "progress %.3f %s\n", now, phase
            fflush()
        }
        / newly installed/ { total += $3 }
        /^Get:/ { say(0, 0.45, ++fetched, "Fetching Debian packages") }
        /^Unpacking / { say(0.45, 0.7, ++unpacked, "Unpacking Debian packages") }
        /^Setting up / { say(0.7, 1, ++set_up, "Setting up Debian packages") }'
}

# bootstrap PACKAGES_FILE TARBALL - a Debian root file system; .debs are kept and used again. What is being done is said on
# standard output, as above. KEEP_LANGUAGE: the language whose translations stay.
bootstrap()
{
    local packages debs=$CACHE/debs log=$2.log part=${2%.tar}.part.tar
    packages=$(sed 's/#.*//' "$1" | tr -s ' \n' ',,' | sed 's/^,//; s/,$//')
    mkdir -p "$debs"
    if ! mmdebstrap --verbose --mode=root --variant=minbase --include="$packages" \
        --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
        --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/help/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt="path-include=/usr/share/locale/${KEEP_LANGUAGE:-C}*" \
        --skip=download/empty --skip=essential/unlink \
        --setup-hook="mkdir -p \"\$1\"/var/cache/apt/archives && cp -a '$debs/.' \"\$1\"/var/cache/apt/archives/" \
        --customize-hook="cp -n \"\$1\"/var/cache/apt/archives/*.deb '$debs/'" \
        "$SUITE" "$part" ${VITRINE_MIRROR:+"$VITRINE_MIRROR"} 2>&1 |
        tee "$log" | follow_mmdebstrap; then
        rm -f "$part"
        tail -n 15 "$log" >&2
        die "Debian packages could not be fetched or unpacked (all of it: $log): check the network, or set VITRINE_MIRROR to a mirror that answers, and run again"
    fi
    mv "$part" "$2"
}
