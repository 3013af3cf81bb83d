# SPDX-License-Identifier: GPL-2.0-or-later
# What the image scripts share: where things are kept, progress lines, and failing with a sentence.
# shellcheck shell=bash
# shellcheck disable=SC2034 # what is set here is for those who source this

IMAGE_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CACHE=${VITRINE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vitrine}
SUITE=bookworm
# mke2fs, mkfs.btrfs and modprobe are not in every user's path.
PATH=$PATH:/usr/sbin:/sbin

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'vitrine: %s\n' "$*" >&2; exit 1; }

# show_progress - lines `progress FRACTION PHASE`, as one line that changes, for who looks on at a terminal.
show_progress()
{
    local word fraction phase
    while read -r word fraction phase; do
        [ ! -t 2 ] || printf '\r\033[K    %3.0f %%  %s' "$(awk "BEGIN { print 100 * $fraction }")" "$phase" >&2
    done
    [ ! -t 2 ] || printf '\r\033[K' >&2
}

# recipe_hash FILE|DIR... - one short name for all their content, so that a cached result is used
# exactly as long as what it was made from stays the same.
recipe_hash()
{
    find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum \
        | sed "s|$IMAGE_DIR||" | sha256sum | cut -c1-12
}

# need_space DIR MIB WHAT - stops before work starts that could not end well.
need_space()
{
    local free
    mkdir -p "$1" || die "can't make $1"
    free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$2" ] ||
        die "$3 needs $2 MiB in $1, and $free MiB are free there: make room, or set VITRINE_CACHE to a directory on another disk"
}

# sudo_for ARGV... - run as root; rootfs trees have foreign owners and device nodes.
as_root()
{
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo --preserve-env=HOME,VITRINE_CACHE "$@"
    else
        die "this step needs root, and sudo is not installed: run ./vitrine as root"
    fi
}

# make_initrd ROOT OUTPUT MODULE... - busybox, /init, and the named modules with all they depend on.
make_initrd()
{
    local root=$1 output=$2 work kernel path
    shift 2
    work=$(mktemp -d)
    kernel=$(basename "$root"/lib/modules/*)
    mkdir -p "$work/bin" "$work/modules.d"
    cp "$root/bin/busybox" "$work/bin/busybox"
    cp "${IMAGE_INIT:-$IMAGE_DIR/init}" "$work/init"
    : > "$work/modules"
    for path in $(modprobe -d "$root" -S "$kernel" --show-depends -a "$@" |
                  awk '$1 == "insmod" && !seen[$2]++ { print $2 }'); do
        cp "$path" "$work/modules.d/"
        basename "$path" >> "$work/modules"
    done
    (cd "$work" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -n -1) > "$output"
    rm -rf "$work"
}

# make_disk ROOT OUTPUT MIB LABEL - an ext4 image with ROOT's content. No journal: dom0's disk is
# thrown away after each run, and a template's is given one with the first start of a clone.
make_disk()
{
    rm -f "$2"
    mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=1,nodiscard -m 0 -L "$4" -d "$1" "$2" "$3M" >/dev/null ||
        die "mke2fs could not make $2"
}

# unpack_kernel VMLINUZ OUTPUT - the ELF kernel inside a bzImage. Starting a guest from it saves the
# toolstack from unpacking it each time, which takes most of the time of a start. What the kernel keeps
# behind its end for encrypting itself on bare hardware goes: for its sake the file has all of the
# zeroed memory in it, more than a third of what would be read and copied with each start.
unpack_kernel()
{
    local setup_sectors payload length
    setup_sectors=$(od -An -tu1 -j 497 -N 1 "$1")
    payload=$(od -An -tu4 -j 584 -N 4 "$1")
    length=$(od -An -tu4 -j 588 -N 4 "$1")
    # The payload's last four bytes are the size of what is in it, not part of the packed stream.
    dd if="$1" bs=64K iflag=skip_bytes,count_bytes status=none count=$((length - 4)) \
        skip=$(((setup_sectors + 1) * 512 + payload)) | xz -dc > "$2" ||
        die "the kernel in $1 is not packed with xz as Debian 12 does it"
    objcopy --remove-section=.init.scratch "$2" || die "the kernel in $1 can't be made smaller"
}
