# SPDX-License-Identifier: GPL-2.0-or-later
"""What the boot tests share: one booted dom0 for many tests, and guests made in it by xl."""

import atexit
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from console import PATIENCE, Timeout
from machine import ROOT, Machine, image_path, keep_logs_in

# Which of the processes that run tests this is, for the names of logs.
LANE = os.environ.get("VITRINE_TEST_LANE", "")
GUESTS = "/root/guests"
MICRO = "/root/micro"
# A CD with GRUB on it, for guests that have a whole machine; see cd/boot/grub/grub.cfg.
CD = "/root/grub.iso"
# One with nothing but a file, whose text is its name.
OTHER_CD = "/root/other.iso"
# What of GRUB the CD needs; all of it is ten times as large.
CD_MODULES = "serial terminal echo cat test sleep configfile linux biosdisk iso9660 ext2"

_built_overlay = None

# Who starts the hypervisor on the machines that tests share, by their number of CPUs: GRUB on each of a
# PC's firmwares, as at home, so that all tests run behind it. QEMU's own loader has the desktop's tests.
LOADERS = {1: "bios", 2: "uefi"}

# What the sound card of a machine with a desktop plays, among the logs.
SOUND = "sound.wav"

# What dom0's kernel calls a CPU that did nothing it was to do for 20 s.
LOCKUP = "soft lockup"

# Text on the console after which nothing good can come.
FATAL = r"\(XEN\) Panic on CPU|Kernel panic - not syncing|Out of memory: Killed"


class Shared:
    """The dom0 that tests of one kind use one after another; a dead one is replaced."""

    def __init__(self):
        self.machine = None
        self.kind = None
        self.boots = 0

    def get(self, **kind):
        if self.machine and (self.kind != kind or self.machine.why_dead()):
            self.close()
        if not self.machine:
            self.boots += 1
            self.kind = kind
            self.machine = boot(f"boot-{LANE}{self.boots}-smp{kind['smp']}.log", **kind)
        return self.machine

    def close(self):
        if self.machine:
            self.machine.close()
        self.machine = None


SHARED = Shared()
atexit.register(SHARED.close)


def make_cd(path):
    """A CD that a BIOS boots."""
    run = subprocess.run(["grub-mkrescue", "-d", "/usr/lib/grub/i386-pc",
                          f"--install-modules={CD_MODULES}", "--locales=", "--fonts=", "--themes=",
                          "-o", path, ROOT / "tests/boot/cd"],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode:
        raise RuntimeError(f"no CD at {path}: {run.stdout[-1000:]}")


def make_other_cd(path):
    """A CD that can only be read."""
    with tempfile.TemporaryDirectory() as files:
        Path(files, "the-other-one").write_text("the-other-one\n")
        subprocess.run(["xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", path, files],
                       check=True, stderr=subprocess.DEVNULL)


def built_overlay(build):
    """A directory to be laid over dom0's root that holds what is built for the tests: micro-kernels,
    the clients of tests, a CD. Tests run in more than one process, so each makes its own, once."""
    global _built_overlay
    if _built_overlay:
        return _built_overlay
    overlay = Path(tempfile.mkdtemp(prefix="overlay-", dir=build))
    overlay.chmod(0o755)  # it becomes the mode of the root directory
    atexit.register(shutil.rmtree, overlay, ignore_errors=True)
    (overlay / MICRO[1:]).mkdir(parents=True)
    for kernel in (build / "tests/guests").glob("micro-*"):
        if kernel.is_file():
            shutil.copy(kernel, overlay / MICRO[1:] / kernel.name.removeprefix("micro-"))
    for name in ("service-client", "screen-client", "touch-client", "flip-client", "nonsense-model"):
        client = build / "tests/boot/client" / name
        if client.exists():
            (overlay / "usr/local/lib").mkdir(parents=True, exist_ok=True)
            shutil.copy(client, overlay / "usr/local/lib")
    make_cd(overlay / CD[1:])
    make_other_cd(overlay / OTHER_CD[1:])
    _built_overlay = overlay
    return overlay


def boot(log, smp=2, service=False, desktop=False, qemu=(), **options):
    """A dom0 at its root prompt, on the hypervisor under test: as it is; with our service, display
    server and shell put in; or with the desktop started as well. qemu: more arguments for QEMU."""
    build = Path(os.environ.get("VITRINE_TEST_BUILD", ROOT / "build"))
    stage = build / "stage"
    overlays = [ROOT / "tests/boot/files", built_overlay(build)]
    if (service or desktop) and stage.exists():
        overlays.append(stage)
    guest_disk = Path(image_path("testguest")) / "disk.img"
    options.setdefault("data", image_path("data"))
    if desktop:
        options.setdefault("sound", f"wav,path={keep_logs_in() / SOUND},out.frequency=48000")
    words = "" if desktop else "systemd.unit=multi-user.target"
    machine = Machine(os.environ.get("VITRINE_TEST_HYPERVISOR", "peer"), smp=smp,
                      overlays=overlays, dom0_args=words,
                      log=keep_logs_in() / log, qemu=(
                          "-drive", f"file={guest_disk},if=none,id=tests,format=raw,snapshot=on",
                          "-device", "ide-hd,drive=tests,bus=ahci.2", *qemu), **options)
    try:
        machine.login().run(
            f"mkdir -p {GUESTS}; mount -t ext4 $(findfs LABEL=vitrine-tests) {GUESTS}")
    except BaseException:
        machine.close()
        raise
    return machine


class Dom0Test(unittest.TestCase):
    """A test with a booted dom0 in self.machine and its prompt in self.dom0."""

    smp = 2
    service = False
    desktop = False
    qemu = ()  # more arguments for QEMU: of what can't be plugged in later
    accel = "tcg"  # or "counted": by a clock that counts instructions

    def setUp(self):
        self.machine = SHARED.get(smp=self.smp, service=self.service, desktop=self.desktop, qemu=self.qemu,
                                  accel=self.accel, loader="qemu" if self.desktop else LOADERS[self.smp])
        self.dom0 = self.machine.console
        self.addCleanup(self._tidy)

    def _tidy(self):
        """No guest of one test is there in the next; a dom0 that does not answer is given up."""
        try:
            self.detach()
            self._note_lockup()
            output, _ = self.dom0.call("xl list | awk 'NR > 2 { print $2 }'", 60)
            for domid in output.split():
                self.dom0.call(f"xl destroy {domid}", 60)
        except (Timeout, OSError):
            SHARED.close()

    def _note_lockup(self):
        """Where one of dom0's CPUs stood still, its kernel says in its own log only: has that in the machine's, too."""
        if not self.machine.lockup_noted and LOCKUP in self.machine.log_path.read_text(errors="replace"):
            self.machine.lockup_noted = True
            self.dom0.call(f"dmesg | grep -A60 -m1 '{LOCKUP}'", 60)

    def guest(self, name="guest", do="", memory=128, vcpus=1, disk=None, network=False, extra=()):
        """Writes a guest's xl.cfg; returns its path."""
        lines = [f'name = "{name}"', f"memory = {memory}", f"vcpus = {vcpus}",
                 f'kernel = "{GUESTS}/vmlinux"', f'ramdisk = "{GUESTS}/initrd.img"',
                 f'extra = "console=hvc0 quiet mitigations=off cryptomgr.notests do={do}"', *extra]
        if disk:
            lines.append(f'disk = ["format=raw,vdev=xvda,access=rw,target={disk}"]')
        if network:
            lines.append('vif = ["bridge=vitrine0"]')
        path = f"{GUESTS}/{name}.cfg"
        self.dom0.run("cat > %s <<'END'\n%s\nEND" % (path, "\n".join(lines)))
        return path

    def create(self, path, options=""):
        return self.dom0.run(f"xl create {options} {path}", 120)

    def start(self, name="guest", **options):
        """Makes a guest and waits until it says that it is ready."""
        self.create(self.guest(name, **options))
        self.attach(name)
        self.dom0.expect("guest: ready", 90)
        self.dom0.expect("guest# ", 20)
        self.detach()

    def attach(self, name):
        self.dom0.send(f"xl console {name}\n")

    def detach(self):
        """Back to dom0's prompt, from wherever the console is. xl console knows its escape only when
        that character comes alone, so there is a pause after it; and who answers is asked."""
        for attempt in range(1, 6):
            self.dom0.send_silent("\x1d")
            self.dom0.drain(0.3 * attempt * PATIENCE)
            self.dom0.send("\n")
            if self.dom0.call("test -e /proc/xen/capabilities", 30)[1] == 0:
                return
        raise Timeout("the console does not come back to dom0")

    def in_guest(self, name, command, timeout=40):
        """Runs a command at a guest's prompt, through its console; returns its output."""
        self.attach(name)
        # The marks are written so that the terminal's echo of the command does not hold them.
        self.dom0.send(f"\necho \"=\"begin=; {command}; echo \"=\"end-$?=\n")
        self.dom0.expect("=begin=\n", timeout)
        match = self.dom0.expect(r"(?s)(.*?)=end-(\d+)=", timeout)
        self.detach()
        text = match.group(1).decode(errors="replace")
        self.assertEqual(match.group(2), b"0", f"in guest {name}: {command}\n{text}")
        return text

    def address(self, name):
        """The IPv4 address that a guest got; without one, what dom0's network has to say."""
        match = re.search(r"10\.77\.0\.\d+", self.in_guest(name, "ip -4 -o address show eth0"))
        if not match:
            self.fail(f"{name} has no address\n" + self.dom0.call(
                "networkctl --no-pager status vitrine0; journalctl -b -u systemd-networkd | tail -n 30; "
                "ss -lun; ip -s link; dmesg | tail -n 20", 60)[0])
        return match.group()

    def plug_in(self, name, path, read_only=False):
        """A USB disk made of a file of the machine's host, until the test's end; its device in dom0."""
        self.machine.monitor("blockdev-add", **{
            "driver": "raw", "node-name": name, "read-only": read_only, "cache": {"no-flush": True},
            "file": {"driver": "file", "filename": str(path)}})
        self.machine.monitor("device_add", driver="usb-storage", drive=name, id=name, serial=name)
        self.addCleanup(self.unplug, name)
        device = f"/dev/disk/by-id/usb-QEMU_QEMU_HARDDISK_{name}-0:0"
        self.dom0.wait_for(f"test -e {device}", 60)
        return device

    def unplug(self, name):
        self.machine.monitor("device_del", id=name)
        self.dom0.wait_for(f"! test -e /dev/disk/by-id/usb-QEMU_QEMU_HARDDISK_{name}-0:0", 60)

    def reads_and_writes_a_device(self, name, start):
        """A guest, made by START, has a device as its disk, which reads and writes the guest's own pages."""
        path = Path(self.machine.work) / f"{name}.img"
        self.addCleanup(path.unlink)
        path.write_bytes(os.urandom(8 << 20))
        start(name, disk=self.plug_in(name, path))
        self.assertIn(hashlib.sha256(path.read_bytes()).hexdigest(),
                      self.in_guest(name, "sha256sum < /dev/xvda", 60))
        wrote = self.in_guest(name, "dd if=/dev/urandom of=/tmp/t bs=1M count=2 2>/dev/null && sha256sum < /tmp/t && "
                                    "dd if=/tmp/t of=/dev/xvda bs=1M seek=4 2>/dev/null && sync", 60)
        self.dom0.run(f"xl destroy {name}", 60)
        self.assertIn(hashlib.sha256(path.read_bytes()[4 << 20:6 << 20]).hexdigest(), wrote)

    def rounds_leave_nothing(self, kernels, micro):
        """Makes and destroys guests: two with a network card, whose scripts take longer than all the rest,
        so many with a stock kernel, which is cut off in the middle of its start, and so many
        micro-kernels, some of them at their end by then. After all of them everything is as it was."""
        self._rounds(self.guest("round", network=True), 1)
        free = self.free_memory()
        self._rounds(self.guest("round", network=True), 1)
        self._rounds(self.guest("round"), kernels)
        path = f"{GUESTS}/round-micro.cfg"
        self.dom0.run(f"printf '%s\\n' 'name = \"round\"' 'memory = 16' 'kernel = \"{MICRO}/events\"' "
                      f"'on_poweroff = \"preserve\"' > {path}")
        self._rounds(path, micro)
        self.assertEqual(self.free_memory(), free)
        self.assertEqual(self.dom0.run("xl list | wc -l").strip(), "2")
        self.assertEqual(self.dom0.run("xenstore-list /local/domain").split(), ["0"])
        self.dom0.wait_for("test -z \"$(ls /sys/class/net | grep vif)\"", 30)

    def _rounds(self, path, count, options=""):
        self.dom0.run(f"for round in $(seq {count}); do xl create {options} {path} && xl destroy round || "
                      "break; done >/tmp/rounds 2>&1; grep -c '^Parsing' /tmp/rounds | "
                      f"grep -x {count} || {{ cat /tmp/rounds; false; }}", 600)

    def domain(self, name):
        """(domid, memory in MiB, vcpus, state) of a domain, or None."""
        output, status = self.dom0.call(f"xl list {name}", 60)
        if status:
            return None
        fields = output.strip().splitlines()[-1].split()
        return int(fields[1]), int(fields[2]), int(fields[3]), fields[4]

    def wait_restarted(self, name, domid, timeout=90):
        """Waits until a guest is there again as another domain than this one, and at its prompt."""
        self.dom0.wait_for(f"test $(xl domid {name}) -gt {domid}", timeout)
        self.attach(name)
        self.dom0.expect("guest: ready|guest# ", 90)
        self.detach()

    def cpu_seconds(self):
        """CPU time of each domain so far."""
        lines = self.dom0.run("xl list", 90).strip().splitlines()[1:]
        return {line.split()[0]: float(line.split()[-1]) for line in lines}

    def free_memory(self):
        """MiB that the hypervisor has free, once that has come to rest (scrubbing, late frees)."""
        last = None
        for _ in range(30):
            now = int(self.dom0.run("xl info free_memory", 60))
            if now == last:
                return now
            last = now
            self.machine.console.drain(1)
        self.fail(f"free memory does not come to rest: {last} MiB")
