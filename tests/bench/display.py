# SPDX-License-Identifier: GPL-2.0-or-later
"""What it costs to look at a guest's screen by VNC: with vitrine-display, and with QEMU as xl starts it for a
`vfb`; and with vitrine-display's picture mapped. The viewer, in dom0, throws away what comes."""

import gzip
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from inside import Inside, counted
from machine import ROOT, image_path

BENCH = "/root/bench"
NAME = "bench"
# No text console's cursor blinks while nothing is drawn.
GUEST = f"""name = "{NAME}"
memory = 256
kernel = "{BENCH}/vmlinux"
ramdisk = "{BENCH}/display.img"
extra = "console=hvc0 quiet mitigations=off norandmaps vt.global_cursor_default=0 xen_fbfront.video=16,1920,1080"
"""
QEMU_SOCKET = "/run/bench.vnc"
QEMU = f"vfb = [ 'vnc=1,vncunused=0,vnclisten=unix:{QEMU_SOCKET}' ]\n"
OUR_SOCKET = f"/run/vitrine/display/{NAME}.sock"
# What is drawn, how it comes, and both for a person.
KINDS = {("full", "raw"): "all of 1920 x 1080, raw", ("full", "zrle"): "all of 1920 x 1080, ZRLE",
         ("small", "raw"): "32 x 32, raw", ("small", "zrle"): "32 x 32, ZRLE", ("nothing", "raw"): "nothing"}
# What only ours has: the viewer reads what is new where the server has it.
LOCAL = {("full", "local"): "all of 1920 x 1080, mapped", ("small", "local"): "32 x 32, mapped",
         ("nothing", "local"): "nothing, mapped"}
# So long is looked on, in seconds: an emulator takes minutes for many large pictures.
DRAWN, IDLE = 4, 10
SLEPT = "cat /proc/%s/task/*/status | awk '/^voluntary/ { n += $2 } END { print n }'"


@dataclass
class Reading:
    """What looking on took."""
    server: str
    kind: tuple  # of KINDS or LOCAL
    seconds: int
    updates: int
    bytes: int
    spent: dict  # instructions, by domain
    wakings: int  # of the server's threads


def pack(source, target, program):
    """The initrd of the boot tests' guest, and the program that draws in it."""
    with tempfile.TemporaryDirectory() as tree:
        (Path(tree) / "root").mkdir()
        shutil.copy(program, Path(tree) / "root/draw")
        more = subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=tree, check=True,
                              input=b"root\nroot/draw\n", capture_output=True).stdout
    with gzip.open(source) as file:
        target.write_bytes(gzip.compress(file.read() + more, 1))


def overlay():
    """What is laid over dom0's root, beside the product."""
    path = Path(tempfile.mkdtemp(prefix="vitrine-bench-"))
    path.chmod(0o755)  # it becomes the mode of the root directory
    bench = path / BENCH[1:]
    bench.mkdir(parents=True)
    guest = Path(image_path("testguest"))
    built = ROOT / "build/tests/bench"
    for file in (guest / "vmlinux", built / "cputime", built / "view", built / "view_local"):
        shutil.copy(file, bench)
    pack(guest / "initrd.img", bench / "display.img", built / "draw")
    (bench / f"{NAME}.cfg").write_text(GUEST)
    (bench / "qemu.cfg").write_text(GUEST + QEMU)
    return path


def viewer(socket, seconds, encoding):
    """The command that looks on."""
    if encoding == "local":
        return f"{BENCH}/view_local {socket}.local {seconds}"
    return f"{BENCH}/view {socket} {seconds} {encoding}"


class Bench(Inside):
    """A machine with one guest at a time."""

    def await_guest(self):
        self.attach()
        self.dom0.expect("guest: ready", 1200)
        self.dom0.expect("guest# ", 120)
        self.detach()

    def watch(self, pid, socket, seconds, encoding):
        """Looks on for a while: what the viewer says, what each domain spent on it, how often the server woke up."""
        slept, before = self.slept(pid), self.spent()
        said = self.run(viewer(socket, seconds, encoding), 600)
        after = self.spent()
        return said, {domid: after[domid] - before.get(domid, 0) for domid in after}, \
            self.slept(pid) - slept

    def slept(self, pid):
        """How often the threads of a process have gone to sleep until now, in all."""
        return int(self.run(SLEPT % pid))

    def at_rest(self, pid, socket, encoding):
        """How often the server wakes up while somebody looks on and nothing is drawn; who comes has come before."""
        self.run(f"{viewer(socket, IDLE + 8, encoding)} >/dev/null & sleep 4")
        before = self.slept(pid)
        self.run(f"sleep {IDLE}")
        wakings = self.slept(pid) - before
        self.run("wait")
        return wakings

    def look(self, server, process, socket, kind):
        """Looks on while the guest draws; to come, to see the first picture, and to go does not count."""
        print(f"{server}: {(KINDS | LOCAL)[kind]}", flush=True)
        pid = self.run(f"pgrep -n {process}").split()[-1]
        drawn, encoding = kind
        seconds = IDLE if drawn == "nothing" else DRAWN
        self.in_guest(f"/root/draw {drawn} /tmp/draw.pid & sleep 2")
        _, nothing, come_and_go = self.watch(pid, socket, 0, encoding)
        said, spent, wakings = self.watch(pid, socket, seconds, encoding)
        wakings -= come_and_go
        if drawn == "nothing":
            wakings = self.at_rest(pid, socket, encoding)
        self.in_guest("kill $(cat /tmp/draw.pid)")
        match = re.search(r"1920x1080 (\d+) updates (\d+) bytes", said)
        if not match:
            raise RuntimeError(f"{server}: the screen was not seen: {said}")
        self.readings.append(Reading(server, kind, seconds, int(match.group(1)), int(match.group(2)), {
            domid: spent[domid] - nothing.get(domid, 0) for domid in spent}, wakings))
        print(f"  {line(self.readings[-1])}", flush=True)

    def ours(self):
        self.run(f"cp {BENCH}/{NAME}.cfg /var/lib/vitrine/guests/ && "
                 f"printf '[guest]\\ndisplay=true\\n' > /var/lib/vitrine/guests/{NAME}.ini")
        self.wait_for(f"vitrinectl list | grep {NAME}")
        self.run(f"vitrinectl start {NAME}", 1200)
        self.await_guest()
        for kind in KINDS | LOCAL:
            self.look("vitrine-display", "-x vitrine-display", OUR_SOCKET, kind)
        self.run(f"vitrinectl force-off {NAME} && rm /var/lib/vitrine/guests/{NAME}.*", 600)

    def peers(self):
        self.run(f"xl create {BENCH}/qemu.cfg", 1200)
        self.await_guest()
        for kind in KINDS:
            self.look("QEMU", "-f qemu-system-i386", QEMU_SOCKET, kind)


def measure(name, hypervisor):
    """The readings, by both servers, on one hypervisor."""
    with counted("display", name, hypervisor, overlay()) as machine:
        bench = Bench(machine, NAME, BENCH)
        bench.await_service()
        bench.ours()
        bench.peers()
    return bench.readings


def line(reading):
    """What a frame took; of nothing there is no frame."""
    guest = sum(spent for domid, spent in reading.spent.items() if domid != "0")
    costs = "".join(f"{cost / reading.updates:14,.0f}" if reading.updates else f"{'-':>14}"
                    for cost in (reading.bytes, reading.spent["0"], guest))
    return (f"{reading.server:18}{(KINDS | LOCAL)[reading.kind]:28}{reading.updates / reading.seconds:10.2f}{costs}"
            f"{reading.wakings / reading.seconds:12.1f}")


def report(readings):
    """Prints them."""
    print(f"\n{'server':18}{'drawn 20 times a second':28}{'frames/s':>10}{'bytes':>14}{'dom0':>14}{'guest':>14}"
          f"{'wake-ups/s':>12}   (bytes and instructions per frame)")
    for reading in readings:
        print(line(reading))
