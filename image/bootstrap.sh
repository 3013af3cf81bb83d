# SPDX-License-Identifier: GPL-2.0-or-later
# Debian root file systems. A file of its own because the cache's names depend on its content.
# shellcheck shell=bash

# follow_mmdebstrap SHARE - what mmdebstrap says, as lines `progress FRACTION PHASE` up to SHARE, in thousandths. It works in two
# rounds, first on the essential packages, a fifth of all, then on the others; apt says before each how many there will be. Some
# packages are set up while others wait to be unpacked: it is the unpacking that counts then. No awk: Debian's keeps what it
# reads until it has a page of it, which is a minute's worth of packages and more.
follow_mmdebstrap()
{
    local line kind
    local share=$1 round=0 total=0 last=-1
    local counts=(0 0 0)
    while read -r line; do
        case $line in
        Get:*) kind=0 ;;
        Unpacking\ *) kind=1 ;;
        Setting\ up\ *) kind=2 ;;
        *)
            round=$((round + 1)) counts=(0 0 0)
            read -r _ _ total _ <<< "$line"
            continue ;;
        esac
        counts[kind]=$((counts[kind] + 1))
        [ "$kind" != 2 ] || [ "${counts[1]}" -ge "$total" ] || continue
        tell_part "$kind"
    done < <(grep --line-buffered -E '^(Get:|Unpacking |Setting up )| newly installed')
}

# tell_part KIND - what follow_mmdebstrap has found, if it is more than was told before.
tell_part()
{
    local phases=("Fetching Debian packages" "Unpacking Debian packages" "Setting up Debian packages")
    local edges=(0 450 700 1000) now=$total
    [ "$total" -gt 0 ] || return 0
    [ "${counts[$1]}" -ge "$total" ] || now=${counts[$1]}
    now=$((edges[$1] + (edges[$1 + 1] - edges[$1]) * now / total))
    [ "$round" = 1 ] && now=$((now / 5)) || now=$((200 + now * 4 / 5))
    now=$((now * share / 1000))
    [ "$now" -gt "$last" ] || return 0
    last=$now
    printf 'progress %d.%03d %s\n' $((now / 1000)) $((now % 1000)) "${phases[$1]}"
}

# bootstrap PACKAGES_FILE TARBALL SHARE - a Debian root file system; .debs are kept and used again. What is being done is said on
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
        tee "$log" | follow_mmdebstrap "$3"; then
        rm -f "$part"
        tail -n 15 "$log" >&2
        die "Debian packages could not be fetched or unpacked (all of it: $log): check the network, or set VITRINE_MIRROR to a mirror that answers, and run again"
    fi
    mv "$part" "$2"
}
