# SPDX-License-Identifier: GPL-2.0-or-later
# Debian root file systems. A file of its own because the cache's names depend on its content.
# shellcheck shell=bash

# bootstrap PACKAGES_FILE TARBALL - a Debian root file system; .debs are kept and used again.
bootstrap()
{
    local packages debs=$CACHE/debs log=$2.log part=${2%.tar}.part.tar
    packages=$(sed 's/#.*//' "$1" | tr -s ' \n' ',,' | sed 's/^,//; s/,$//')
    mkdir -p "$debs"
    if ! mmdebstrap --mode=root --variant=minbase --include="$packages" \
        --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"' \
        --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/help/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --skip=download/empty --skip=essential/unlink \
        --setup-hook="mkdir -p \"\$1\"/var/cache/apt/archives && cp -a '$debs/.' \"\$1\"/var/cache/apt/archives/" \
        --customize-hook="cp -n \"\$1\"/var/cache/apt/archives/*.deb '$debs/'" \
        "$SUITE" "$part" ${VITRINE_MIRROR:+"$VITRINE_MIRROR"} >"$log" 2>&1; then
        rm -f "$part"
        tail -n 15 "$log" >&2
        die "Debian packages could not be fetched or unpacked (all of it: $log): check the network, or set VITRINE_MIRROR to a mirror that answers, and run again"
    fi
    mv "$part" "$2"
}
