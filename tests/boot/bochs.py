# SPDX-License-Identifier: GPL-2.0-or-later
"""Another emulated computer: Bochs, which has Intel's VT as QEMU's emulator has not. It is slow, and shares
nothing with dom0's images: what runs there are micro-kernels (tests/guests), the first of them as dom0."""

import lzma
import os
import pty
import re
import shutil
import signal
import struct
import subprocess
import tempfile
import time
from pathlib import Path

from console import PATIENCE, Timeout

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = Path(os.environ.get("VITRINE_TEST_BUILD", ROOT / "build"))
GUESTS = BUILD / "tests/guests"
HYPERVISOR = os.environ.get("VITRINE_TEST_HYPERVISOR", "peer")

# A virtual screen that knows no graphics: the terminal that Bochs draws on has none.
CONFIG = """\
plugin_ctrl: biosdev=0, speaker=0, extfpuirq=0, parallel=0, gameport=0
config_interface: textconfig
display_library: term
memory: guest={memory}, host={memory}
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
vga: extension=none
cpu: model={cpu}, count=1, ips=20000000, reset_on_triple_fault=0
ata0-master: type=cdrom, path={work}/boot.iso, status=inserted
boot: cdrom
clock: sync=none, time0=utc
com1: enabled=1, mode=file, dev={log}
log: {work}/bochs.log
panic: action=fatal
error: action=report
info: action=ignore
debug: action=ignore
"""

GRUB = """\
set timeout=0
menuentry Vitrine {{
    multiboot2 /boot/vitrine {xen_args}
    module2 --nounzip /boot/kernel {words}
    {rest}
}}
"""


def bzimage(elf):
    """A kernel in the container that dom0's kernels come in: one sector of setup, then the payload, which
    ends with its length when unpacked (Linux's boot protocol, 2.08)."""
    payload = lzma.compress(elf, lzma.FORMAT_XZ, lzma.CHECK_CRC32) + struct.pack("<I", len(elf))
    header = bytearray(1024)
    header[0x1f1] = 1
    header[0x211] = 1
    struct.pack_into("<H", header, 0x1fe, 0xaa55)
    struct.pack_into("<4sH", header, 0x202, b"HdrS", 0x20f)
    struct.pack_into("<II", header, 0x248, 0, len(payload))
    return bytes(header) + payload


def medium(path, hypervisor, xen_args, kernel, words, module=None):
    """Makes a CD from which GRUB loads the hypervisor, a micro-kernel as dom0, and a module for it."""
    with tempfile.TemporaryDirectory(prefix="vitrine-medium-") as name:
        tree = Path(name)
        (tree / "boot/grub").mkdir(parents=True)
        shutil.copy(hypervisor, tree / "boot/vitrine")
        (tree / "boot/kernel").write_bytes(bzimage(Path(kernel).read_bytes()))
        rest = ""
        if module:
            shutil.copy(module, tree / "boot/module")
            rest = "module2 --nounzip /boot/module"
        (tree / "boot/grub/grub.cfg").write_text(GRUB.format(xen_args=xen_args, words=words, rest=rest))
        subprocess.run(["grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", "-o", path,
                        "--install-modules=biosdisk iso9660 multiboot2 normal", name],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Bochs:
    """One run of a micro-kernel as dom0. Close it, or use it in a with statement."""

    def __init__(self, kernel, words="", module=None, cpu="corei7_skylake_x", memory=768, log=None,
                 hypervisor=None, xen_args=""):
        self.work = Path(tempfile.mkdtemp(prefix="vitrine-bochs-"))
        self.log_path = Path(log) if log else self.work / "serial.log"
        self.log_path.unlink(missing_ok=True)
        self.taken = 0
        medium(self.work / "boot.iso", hypervisor or HYPERVISOR,
               f"console=com1 com1=115200,8n1 dom0_mem=256M {xen_args}", kernel, words, module)
        config = self.work / "bochsrc"
        config.write_text(CONFIG.format(memory=memory, cpu=cpu, work=self.work, log=self.log_path))
        self._start(config)

    def _start(self, config):
        """Bochs wants a terminal for its screen, and, with its debugger built in, a word to begin."""
        self.terminal, its_end = pty.openpty()
        self.screen = open(self.work / "screen", "wb")
        begin = self.work / "begin"
        begin.write_text("continue\n")
        self.process = subprocess.Popen(
            ["bochs", "-q", "-f", config, "-rc", begin], stdin=its_end, stdout=its_end, stderr=its_end,
            start_new_session=True, env={**os.environ, "TERM": "xterm", "LINES": "25", "COLUMNS": "80"})
        os.close(its_end)
        os.set_blocking(self.terminal, False)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends Bochs and removes the run's files (not the log, when it was given a place)."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.terminal)
        self.screen.close()
        shutil.rmtree(self.work, ignore_errors=True)

    def _drain(self):
        """Takes what Bochs draws, so that it does not wait for a reader."""
        try:
            while data := os.read(self.terminal, 65536):
                self.screen.write(data)
        except OSError:
            pass

    def output(self):
        """All that came on the serial port."""
        try:
            return self.log_path.read_text(errors="replace").replace("\r", "")
        except FileNotFoundError:
            return ""

    def why_ended(self):
        self.screen.flush()
        said = (self.work / "screen").read_bytes()[-500:].decode(errors="replace")
        return f"Bochs ended with {self.process.returncode}: {said}"

    def expect(self, pattern, timeout):
        """Waits for a regular expression on the serial port; returns the match."""
        deadline = time.monotonic() + timeout * PATIENCE
        while True:
            self._drain()
            ended = self.process.poll() is not None
            match = re.compile(pattern, re.M).search(self.output(), self.taken)
            if match:
                self.taken = match.end()
                return match
            if ended:
                raise Timeout(f"{self.why_ended()}\n{self.output()[-2000:]}")
            if time.monotonic() > deadline:
                raise Timeout(f"no {pattern!r} in {timeout} s:\n{self.output()[-2000:]}")
            time.sleep(0.1)
