# SPDX-License-Identifier: GPL-2.0-or-later
# Debian root file systems. A file of its own because the cache's names depend on its content.
# shellcheck shell=bash

# follow_mmdebstrap - what mmdebstrap says, as lines `progress FRACTION PHASE`. It works in two rounds, first on the essential
# packages, a fifth of all, then on the others; apt says before each how many there will be. Some packages are set up while
# others wait to be unpacked: it is the unpacking that counts then.
follow_mmdebstrap()
{
    awk '
        BEGIN { split("0 0.45 0.7 1", edges); essential = 0.2 }
        function whole(share) { return round == 1 ? essential * share : essential + (1 - essential) * share }
        function say(part, phase,    from, now) {
            from = whole(edges[part])
            now = from + (whole(edges[part + 1]) - from) * (done[part] < total ? done[part] / total : 1)
            if (!total || now <= last) return
            last = now
            printf "progress %.3f %s\n", now, phase
            fflush()
        }
        / newly installed/ { round++; total = $3; split("", done) }
        /^Get:/ { done[1]++; say(1, "Fetching Debian packages") }
        /^Unpacking / { done[2]++; say(2, "Unpacking Debian packages") }
        /^Setting up / { done[3]++; if (done[2] >= total) say(3, "Setting up Debian packages") }'
}

# bootstrap PACKAGES_FILE TARBALL - a Debian root file system; .debs are kept and used again. What is being done is said on
# standard output, as above. KEEP_LANGUAGE: the language whose translations stay.
bootstrap()
{
    local packages debs=$CACHE/debs log=$2.log part=${2%.tar}.part.tar
    packages=$(sed 's/#.*//' "$1" | tr -s ' \n' ',,' | sed 's/^,//; s/,$//')
    mkdir -p "$debs"
    # Who calls makes an initial RAM disk of its own. The kernel's package is kept from making another (initramfs-tools),
    # which took more than a quarter of an hour on an emulated computer.
    if ! INITRD=No mmdebstrap --verbose --mode=root --variant=minbase --include="$packages" \
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
