# SPDX-License-Identifier: GPL-2.0-or-later
"""What hardware guests cost: a micro-kernel with a device model (tests/guests/hw_bench.c) on Vitrine, on its
peer, and on KVM under the same Debian; and the boot of a stock kernel, as PVH and on the bare machine."""

import gzip
import re
import shutil
import subprocess
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
# A guest of KVM's has no console but its kernel's early one: its first program has the kernel say on it when it was begun.
SAY_BOOT = """#!/bin/busybox sh
/bin/busybox mkdir -p /dev /proc
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox dmesg | /bin/busybox sed -n 's/.*Run .say-boot as init.*/<1>&, all said/p' > /dev/kmsg
exec /bin/busybox sleep 1000
"""
KVM_LINE = "earlyprintk=ttyS0,keep quiet mitigations=off norandmaps rdinit=/say-boot"
# The first program of Debian on the bare machine, by what it runs on KVM.
KVM_INIT = f"""#!/bin/sh
export PATH=/usr/sbin:/usr/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
modprobe kvm_amd
{BENCH}/kvm_run %s
"""
ON_KVM = {"exits": f"{BENCH}/hw_bench", "linux": f"{BENCH}/vmlinux '{KVM_LINE}' {BENCH}/say-boot.img"}
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
    say_boot_image(guest / "initrd.img", bench)
    for name, arguments in ON_KVM.items():
        (bench / f"kvm-{name}").write_text(KVM_INIT % arguments)
        (bench / f"kvm-{name}").chmod(0o755)
    return path


def say_boot_image(initrd, bench):
    """The guests' initial RAM disk, with another first program."""
    (bench / "say-boot").write_text(SAY_BOOT)
    (bench / "say-boot").chmod(0o755)
    more = subprocess.run(["cpio", "--quiet", "-o", "-H", "newc"], cwd=bench, input=b"say-boot\n",
                          stdout=subprocess.PIPE, check=True).stdout
    (bench / "say-boot.img").write_bytes(initrd.read_bytes() + gzip.compress(more))


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


def on_kvm(what, pattern):
    """What a guest of KVM's says, in the same Debian on the bare machine, once it has said this."""
    print(f"booting Debian with KVM ({what})", flush=True)
    files = overlay()
    log = keep_logs_in() / f"bench-hvm-kvm-{what}.log"
    with Machine("none", smp=1, overlays=[files], accel="counted", dom0_args=f"init={BENCH}/kvm-{what}",
                 log=log) as machine:
        shutil.rmtree(files)
        if "panic" in machine.console.expect(f"{pattern}|Kernel panic", 1200).group().decode():
            raise RuntimeError(f"the guest has not come to its end on KVM: see {log}")
    return log.read_text(errors="replace")


def kvm():
    """The same micro-kernel, and Linux, on KVM."""
    figures = figures_in(on_kvm("exits", r"micro: \d+ passed"))
    text = on_kvm("linux", "all said")
    return figures | {BOOT: 1e9 * float(re.search(r"\[ *([\d.]+)\] Run .*all said", text).group(1))}


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
