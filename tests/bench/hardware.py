# SPDX-License-Identifier: GPL-2.0-or-later
"""What hardware guests cost: a micro-kernel with a device model (tests/guests/hw_bench.c) on Vitrine, on its
peer, and on KVM under the same Debian; and the boot of a stock kernel, as PVH and on the bare machine."""

import re
import shutil
import tempfile
from pathlib import Path

from bare import Bare
from machine import ROOT, Machine, image_path, keep_logs_in

BENCH = "/root/bench"
KERNEL = ROOT / "build/tests/guests/micro-hw_bench"
BOOT = "Linux as PVH: kernel start to its /init"
# Lines of the micro-kernel, and of ping.
FIGURE = re.compile(r"^([\w ,:-]+)\t(\d+)\s*$", re.M)

EXITS_GUEST = f"""name = "exits"
type = "hvm"
memory = 24
vcpus = 2
tsc_mode = "native"
vnc = 0
usb = 0
firmware_override = "{BENCH}/hw_bench"
"""
LINUX_GUEST = f"""name = "linux"
type = "pvh"
memory = 128
tsc_mode = "native"
kernel = "{BENCH}/vmlinux"
ramdisk = "{BENCH}/initrd.img"
extra = "console=hvc0 quiet mitigations=off norandmaps"
"""
# The first program of Debian on the bare machine.
KVM_INIT = f"""#!/bin/sh
export PATH=/usr/sbin:/usr/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
modprobe kvm_amd
{BENCH}/kvm_run {BENCH}/hw_bench
"""
SHOW_BOOT = "dmesg | sed -n 's/^\\[ *\\([0-9.]*\\)\\] Run .init as init.*/\\1/p'"


def overlay():
    path = Path(tempfile.mkdtemp(prefix="vitrine-bench-"))
    bench = path / BENCH[1:]
    bench.mkdir(parents=True)
    guest = Path(image_path("testguest"))
    for file in (guest / "vmlinux", guest / "initrd.img", ROOT / "build/tests/bench/ping",
                 ROOT / "build/tests/bench/kvm_run"):
        shutil.copy(file, bench)
    shutil.copy(KERNEL, bench / "hw_bench")
    (bench / "exits.cfg").write_text(EXITS_GUEST)
    (bench / "linux.cfg").write_text(LINUX_GUEST)
    (bench / "kvm").write_text(KVM_INIT)
    (bench / "kvm").chmod(0o755)
    return path


def figures_in(text):
    """Without what taking the time takes."""
    figures = {name: int(value) for name, value in FIGURE.findall(text)}
    nothing = figures.pop("nothing", 0)
    return {name: value - nothing for name, value in figures.items()}


def measure_exits(console):
    log = "/var/log/xen/console/guest-exits.log"
    console.run(f"xl create {BENCH}/exits.cfg", 600)
    console.wait_for(f"grep -q 'events at' {log}", 1200, 5)
    figures = figures_in(console.run(f"cat {log}"))
    port = console.run(f"sed -n 's/^events at port //p' {log}").strip()
    figures |= figures_in(console.run(f"{BENCH}/ping $(xl domid exits) {port}", 600))
    console.run("xl destroy exits", 600)
    return figures


def measure_boot(console):
    console.run(f"xl create {BENCH}/linux.cfg", 900)
    console.send("xl console linux\n")
    console.expect("guest# ", 900)
    return {BOOT: boot_time(console)}


def boot_time(console):
    console.send(SHOW_BOOT + "\n")
    return 1e9 * float(console.expect(r"^(\d+\.\d+)\n", 120).group(1))


def measure(name, hypervisor):
    """All figures of one hypervisor, by name."""
    print(f"booting {name} with counted instructions; this takes minutes", flush=True)
    files = overlay()
    with Machine(hypervisor, smp=1, overlays=[files], accel="counted",
                 log=keep_logs_in() / f"bench-hvm-{name.split()[0]}.log",
                 dom0_args="systemd.unit=multi-user.target") as machine:
        shutil.rmtree(files)
        console = machine.login(1200)
        console.call("systemctl is-system-running --wait", 1200)
        return measure_exits(console) | measure_boot(console)


def kvm():
    """The same micro-kernel on KVM, in the same Debian on the bare machine."""
    print("booting Debian with KVM", flush=True)
    files = overlay()
    log = keep_logs_in() / "bench-hvm-kvm.log"
    with Machine("none", smp=1, overlays=[files], accel="counted", dom0_args=f"init={BENCH}/kvm",
                 log=log) as machine:
        shutil.rmtree(files)
        if "panic" in machine.console.expect(r"micro: \d+ passed|Kernel panic", 1200).group().decode():
            raise RuntimeError(f"the micro-kernel has not come to its end on KVM: see {log}")
    return figures_in(log.read_text(errors="replace"))


def bare():
    """Stock Linux on a bare machine that has no more devices than the guest."""
    print("booting Linux on the bare machine", flush=True)
    guest = Path(image_path("testguest"))
    with Bare("bench-bare", "console=ttyS0 loglevel=7 mitigations=off norandmaps", memory=128,
              modules=[guest / "initrd.img"], kernel=guest / "vmlinuz", counted=True) as machine:
        text = machine.expect(r"Run /init as init", 600)
    return {BOOT: 1e9 * float(re.search(r"^\[ *([\d.]+)\] Run /init as init", text, re.M).group(1))}


def others():
    return [("KVM", kvm()), ("bare", bare())]
