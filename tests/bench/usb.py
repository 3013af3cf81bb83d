# SPDX-License-Identifier: GPL-2.0-or-later
"""What it costs to read a USB stick: in dom0, in a guest that has it by vitrine-usb, and by the kernel's
USB/IP (usbip-host), over TCP: from dom0 to dom0 itself, and from dom0 to the guest."""

import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from debs import unpacked
from inside import Inside, counted
from machine import ROOT, image_path

BENCH = "/root/bench"
NAME = "bench"
GUEST = f"""name = "{NAME}"
memory = 256
kernel = "{BENCH}/vmlinux"
ramdisk = "{BENCH}/usb.img"
extra = "console=hvc0 quiet mitigations=off norandmaps"
vif = ["bridge=vitrine0,script=vif-vitrine"]
"""
MIB = 256
ADDRESS = "10.77.0.1"
# Where a disk is that a kernel has by USB/IP.
VIRTUAL = "ls /sys/devices/platform/vhci_hcd.*/usb*/*/*/host*/target*/*/block"


@dataclass
class Reading:
    """What reading all of the stick once took."""
    way: str
    seconds: float  # by the clock of who reads
    spent: dict  # instructions, by domain

    @property
    def total(self):
        return sum(self.spent.values())


def overlay():
    """What is laid over dom0's root, beside the product."""
    path = Path(tempfile.mkdtemp(prefix="vitrine-bench-"))
    path.chmod(0o755)  # it becomes the mode of the root directory
    bench = path / BENCH[1:]
    bench.mkdir(parents=True)
    guest = Path(image_path("testguest"))
    for file in (guest / "vmlinux", guest / "initrd.img", ROOT / "build/tests/bench/cputime",
                 ROOT / "tests/bench/usb-pack", ROOT / "tests/bench/usb-start"):
        shutil.copy(file, bench)
    (bench / f"{NAME}.cfg").write_text(GUEST)
    (path / "usr/sbin").mkdir(parents=True)
    for program in ("usbip", "usbipd"):
        shutil.copy(unpacked("usbip") / "usr/sbin" / program, path / "usr/sbin")
    return path


class Bench(Inside):
    """A machine with a stick, and one guest."""

    def wait_in_guest(self, command):
        return self.in_guest(f"n=0; until {command}; do n=$((n+1)); [ $n -lt 120 ] || break; sleep 1; done; "
                             f"{command}", 900)

    # --- measuring ---

    def cost(self, ask, disk, count):
        """Instructions of each domain while so many MiB are read, and what dd said."""
        before = self.spent()
        said = ask(f"{BENCH}/dd if={disk} of=/dev/null bs=1M count={count} iflag=direct 2>&1")
        after = self.spent()
        return {domid: after[domid] - before.get(domid, 0) for domid in after}, said

    def read(self, way, ask, disk):
        """Reads the stick once; what it costs to ask for it and to read nothing does not count."""
        print(f"reading {MIB} MiB: {way}", flush=True)
        nothing, _ = self.cost(ask, disk, 0)
        spent, said = self.cost(ask, disk, MIB)
        match = re.search(rf"^{MIB << 20} bytes .* copied, ([\d.e+-]+) s", said, re.M)
        if not match:
            raise RuntimeError(f"{way}: the stick was not read: {said}")
        self.readings.append(Reading(way, float(match.group(1)), {
            domid: spent[domid] - nothing.get(domid, 0) for domid in spent}))

    # --- the ways ---

    def plug(self):
        """Its octets come from nowhere and take no time, so that what is counted is only the way."""
        self.machine.monitor("blockdev-add", **{"driver": "null-co", "node-name": "stick",
                                                "size": MIB << 20, "read-zeroes": True})
        self.machine.monitor("device_add", driver="usb-storage", drive="stick", id="stick")
        self.key = self.wait_for("vitrinectl usb | awk '/storage/ { print $1 }' | grep .").split()[-1]

    def dom0_alone(self):
        disk = self.wait_for("ls /dev/disk/by-id/usb-*").split()[-1]
        self.read("dom0 itself", self.run, disk)

    def export(self):
        """To whoever asks for it by TCP."""
        self.run(f"usbip bind -b {self.key}")

    def loopback(self):
        self.export()
        self.run(f"usbip attach -r 127.0.0.1 -b {self.key}")
        self.read("usbip, dom0 to dom0", self.run, "/dev/" + self.wait_for(VIRTUAL).split()[-1])
        self.run(f"usbip detach -p 0; usbip unbind -b {self.key}")
        self.wait_for("ls /dev/disk/by-id/usb-*")

    def start_guest(self):
        self.run(f"{BENCH}/usb-pack {BENCH}/initrd.img {BENCH}/usb.img && "
                 f"cp {BENCH}/{NAME}.cfg /var/lib/vitrine/guests/")
        self.wait_for(f"vitrinectl list | grep {NAME}")
        self.run(f"vitrinectl start {NAME}", 1200)
        self.attach()
        self.dom0.expect("guest: ready", 1200)
        self.dom0.expect("guest# ", 120)
        self.detach()
        self.in_guest("export PATH=$PATH:/root/bench; usb-start")

    def ours(self):
        self.wait_for(f"vitrinectl usb assign {self.key} {NAME}")
        self.wait_in_guest("test -b /dev/sda")
        self.read("vitrine-usb, dom0 to guest", self.in_guest, "/dev/sda")
        self.run(f"vitrinectl usb release {self.key}")
        self.wait_in_guest("! test -e /dev/sda")
        self.wait_for("ls /dev/disk/by-id/usb-*")

    def network(self):
        self.export()
        self.in_guest(f"usbip attach -r {ADDRESS} -b {self.key}")
        self.wait_in_guest("test -b /dev/sda")
        self.read("usbip, dom0 to guest", self.in_guest, "/dev/sda")


def measure(name, hypervisor):
    """The readings, by each way, on one hypervisor."""
    with counted("usb", name, hypervisor, overlay()) as machine:
        bench = Bench(machine, NAME, BENCH)
        bench.await_service()
        bench.run(f"cp /bin/dd {BENCH}/ && modprobe -a usbip-host vhci-hcd && usbipd -D")
        bench.plug()
        bench.dom0_alone()
        bench.loopback()
        bench.start_guest()
        bench.ours()
        bench.network()
    return bench.readings


def report(readings):
    """Prints them, with what each costs beside usbip from dom0 to dom0."""
    base = next(reading for reading in readings if reading.way == "usbip, dom0 to dom0")
    print(f"\n{f'reading a stick of {MIB} MiB':30}{'MB/s':>8}{'dom0':>12}{'guest':>12}{'both':>12}{'ratio':>8}"
          "   (instructions per MB)")
    for reading in readings:
        megabytes = (MIB << 20) / 1e6
        dom0 = reading.spent["0"] / megabytes
        both = reading.total / megabytes
        print(f"{reading.way:30}{megabytes / reading.seconds:8.1f}{dom0:12,.0f}{both - dom0:12,.0f}"
              f"{both:12,.0f}{reading.total / base.total:8.2f}")
