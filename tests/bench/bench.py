#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs one small workload on Vitrine and on Debian's Xen; prints both and the ratio. Without a word the
workload is dom0's; with "hvm" it is what hardware guests (PVH, HVM) cost, beside Linux' KVM as well; with "usb",
what it costs to read a USB stick in a guest, beside the kernel's USB/IP, on Vitrine alone; with "display", what
it costs to look at a guest's screen, beside QEMU as xl starts it for that, on Vitrine alone.

The emulator counts instructions (-icount), so one tick of the clock is one instruction, and a number
of what waits for no disk does not depend on how busy this machine is."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/boot"))

from machine import Machine, image_path, keep_logs_in  # noqa: E402

GUEST = """name = "bench"
memory = 128
kernel = "/root/bench/vmlinux"
ramdisk = "/root/bench/initrd.img"
extra = "console=hvc0 quiet"
"""


def overlay():
    """The measuring program, laid over dom0's root."""
    path = Path(tempfile.mkdtemp(prefix="vitrine-bench-"))
    (path / "root/bench").mkdir(parents=True)
    shutil.copy(ROOT / "build/tests/bench/measure", path / "root/bench/measure")
    (path / "root/bench/guest.cfg").write_text(GUEST)
    return path


def timed(console, command):
    """Instructions that a command of dom0 takes from start to return, by the kernel's clock."""
    output = console.run(f"a=$(cut -d' ' -f1 /proc/uptime); {command} >/dev/null; "
                         "b=$(cut -d' ' -f1 /proc/uptime); echo $a $b", 900)
    began, ended = map(float, output.split()[-2:])
    return (ended - began) * 1e9


def measure(name, hypervisor):
    """All figures of one hypervisor, by name."""
    print(f"booting {name} with counted instructions; this takes minutes", flush=True)
    files = overlay()
    guest = Path(image_path("testguest")) / "disk.img"
    figures = {}
    log = keep_logs_in() / f"bench-{name.split()[0]}.log"
    with Machine(hypervisor, smp=1, overlays=[files], log=log,
                 dom0_args="systemd.unit=multi-user.target",
                 accel="counted",
                 qemu=("-drive", f"file={guest},if=none,id=tests,format=raw,snapshot=on",
                       "-device", "ide-hd,drive=tests,bus=ahci.2")) as machine:
        shutil.rmtree(files)
        console = machine.login(1200)
        # What is still starting would be measured along with each program.
        console.call("systemctl is-system-running --wait", 1200)
        # Up to here nothing waits for a disk: while the emulated CPU waits for the real one, its
        # clock jumps from timer to timer, and what it then shows is no count of instructions.
        figures["dom0 kernel start to its /init"] = 1e9 * float(
            console.run("dmesg | sed -n 's/^\\[ *\\([0-9.]*\\)\\] Run .init as init.*/\\1/p'"))
        for line in console.run("/root/bench/measure", 900).splitlines():
            operation, _, value = line.partition("\t")
            if value.isdigit():
                figures[operation] = int(value)
        figures["null hypercall"] = figures["ioctl + null hypercall"] - figures["ioctl that fails"]
        console.run("mkdir -p /mnt && mount -t ext4 $(findfs LABEL=vitrine-tests) /mnt && "
                    "cp /mnt/vmlinux /mnt/initrd.img /root/bench/", 300)
        figures["xl list"] = timed(console, "xl list")
        figures["xl create, kernel not packed"] = timed(console, "xl create /root/bench/guest.cfg")
        console.run("xl destroy bench", 300)
        info = dict(line.split(":", 1)
                    for line in console.run("xl info", 300).splitlines() if ":" in line)
        info = {key.strip(): value.strip() for key, value in info.items()}
        figures["MiB that the hypervisor keeps"] = (
            int(info["total_memory"]) - int(info["free_memory"]) - 1024)
    return figures


def report(columns):
    """Prints a table. columns: (name, figures by operation); ratios are the first's to each of the others."""
    first, *others = columns
    names = list(dict.fromkeys(name for _, figures in columns for name in figures))
    print(f"\n{'instructions (median)':38}{first[0]:>16}"
          + "".join(f"{title:>16}{'ratio':>8}" for title, _ in others))
    for name in names:
        here = first[1].get(name)
        line = f"{name:38}{number(here):>16}"
        for _, figures in others:
            there = figures.get(name)
            ratio = f"{here / there:.2f}" if here is not None and there else "-"
            line += f"{number(there):>16}{ratio:>8}"
        print(line)


def number(figure):
    return "-" if figure is None else f"{figure:,.0f}"


def main():
    parser = argparse.ArgumentParser(prog="./vitrine bench", description=__doc__)
    parser.add_argument("workload", nargs="?", choices=("dom0", "hvm", "usb", "display"), default="dom0")
    parser.add_argument("--hypervisor", default=str(ROOT / "build/hypervisor/vitrine"),
                        help="multiboot image to compare with the peer")
    parser.add_argument("--peer-only", action="store_true", help="measure the peer alone")
    options = parser.parse_args()

    if options.workload == "usb":
        import usb
        usb.report(usb.measure("Vitrine", options.hypervisor))
        return
    if options.workload == "display":
        import display
        display.report(display.measure("Vitrine", options.hypervisor))
        return
    if options.workload == "hvm":
        import hardware
        run, others = hardware.measure, hardware.others
    else:
        run, others = measure, list
    peer = run("Xen 4.17", "peer")
    ours = {} if options.peer_only else run("Vitrine", options.hypervisor)
    report([("Vitrine", ours), ("Xen 4.17", peer), *others()])


if __name__ == "__main__":
    main()
