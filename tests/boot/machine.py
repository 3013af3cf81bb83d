# SPDX-License-Identifier: GPL-2.0-or-later
"""The emulated computer of a test: start it, drive its keyboard and pointer, look at its screen."""

import json
import os
import shutil
import struct
import subprocess
import tempfile
import time
import zlib
from pathlib import Path

from console import Console, Timeout, connect

ROOT = Path(__file__).resolve().parent.parent.parent

# Characters that QEMU's sendkey knows by a name only.
KEY_NAMES = {
    " ": "spc", "\n": "ret", "-": "minus", "=": "equal", "[": "bracket_left", "]": "bracket_right",
    ";": "semicolon", "'": "apostrophe", "`": "grave_accent", "\\": "backslash", ",": "comma",
    ".": "dot", "/": "slash", "\t": "tab",
}
SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./"))


class Machine:
    """One run of image/machine. Close it, or use it in a with statement."""

    def __init__(self, hypervisor="peer", smp=2, overlays=(), data=None, throw_away=True,
                 xen_args="", dom0_args="", memory=3072, accel="tcg", log=None, loader="qemu",
                 multiboot=2, sound=None, qemu=()):
        work = Path(tempfile.mkdtemp(prefix="vitrine-"))
        command = [str(ROOT / "image/machine"), "--hypervisor", str(hypervisor), "--smp", str(smp),
                   "--memory", str(memory), "--accel", accel, "--work", str(work),
                   "--loader", loader, "--multiboot", str(multiboot),
                   "--xen-args", xen_args, "--dom0-args", dom0_args]
        for overlay in overlays:
            command += ["--overlay", str(overlay)]
        if sound:
            command += ["--sound", sound]
        if data:
            command += ["--data", str(data)] + (["--throw-away"] if throw_away else [])
        self._start([*command, "--"], work, log, qemu)

    def _start(self, command, work, log, qemu=()):
        """Starts QEMU by a command that takes more of QEMU's arguments at its end. work: a directory,
        which goes with the machine; log: where the console goes, or None."""
        self.work = work
        self.log_path = Path(log) if log else work / "serial.log"
        self.lockup_noted = False  # that dom0's kernel complained of one
        command += ["-display", "none", "-no-reboot",
                    "-chardev", f"socket,id=com1,path={work}/serial,server=on,wait=on",
                    "-serial", "chardev:com1",
                    "-qmp", f"unix:{work}/qmp,server=on,wait=off", *qemu]
        self.errors = open(work / "qemu.log", "w+")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=self.errors,
                                        stderr=self.errors)
        self.started = time.monotonic()
        try:
            self.console = Console(f"{work}/serial", self.log_path, self.why_dead)
            self.qmp = self._open_qmp()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def why_dead(self):
        """None while QEMU runs; otherwise what it said."""
        if self.process.poll() is None:
            return None
        self.errors.seek(0)
        return f"QEMU ended with {self.process.returncode}: {self.errors.read()[-1500:]}"

    def close(self):
        """Ends QEMU and removes the run's files (not the log, when it was given a place)."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.errors.close()
        shutil.rmtree(self.work, ignore_errors=True)

    def wait_end(self, timeout):
        """Waits until the machine has switched itself off."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise Timeout(f"the machine still runs after {timeout} s:\n" + self.console.tail())
            try:
                self.console.drain(0.2)
            except Timeout:
                time.sleep(0.2)

    def login(self, timeout=300):
        """Waits for dom0's root prompt and takes it; returns the console."""
        self.console.login(timeout)
        return self.console

    # The monitor.

    def _open_qmp(self):
        qmp = connect(f"{self.work}/qmp", self.why_dead).makefile("rw")
        json.loads(qmp.readline())
        self._qmp_call(qmp, "qmp_capabilities")
        return qmp

    @staticmethod
    def _qmp_call(qmp, command, arguments=None):
        qmp.write(json.dumps({"execute": command, "arguments": arguments or {}}) + "\n")
        qmp.flush()
        while True:
            answer = json.loads(qmp.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise RuntimeError(f"{command}: {answer['error']['desc']}")

    def monitor(self, command, **arguments):
        """One QMP command."""
        return self._qmp_call(self.qmp, command, arguments)

    def key(self, name, hold=0.05):
        """Presses keys together: "ret", "ctrl-alt-f2"."""
        line = f"sendkey {name} {int(hold * 1000)}"
        self.monitor("human-monitor-command", **{"command-line": line})
        time.sleep(hold + 0.05)

    def type(self, text):
        """Types text on a US keyboard."""
        for char in text:
            shift = char.isupper() or char in SHIFTED
            base = SHIFTED.get(char, char.lower())
            name = KEY_NAMES.get(base, base)
            self.key(f"shift-{name}" if shift else name)

    def pointer(self, x, y, width=1280, height=800):
        """Moves the tablet's pointer to a pixel of a screen of that size."""
        self.monitor("input-send-event", events=[
            {"type": "abs", "data": {"axis": "x", "value": int(x * 32767 / (width - 1))}},
            {"type": "abs", "data": {"axis": "y", "value": int(y * 32767 / (height - 1))}}])

    def button(self, down, name="left"):
        self.monitor("input-send-event",
                     events=[{"type": "btn", "data": {"down": down, "button": name}}])

    def click(self, x, y, width=1280, height=800):
        self.pointer(x, y, width, height)
        time.sleep(0.3)
        self.button(True)
        time.sleep(0.15)
        self.button(False)
        time.sleep(0.3)

    def screenshot(self, path):
        """Writes the screen as PNG."""
        self.monitor("screendump", filename=str(path), format="png")

    def screen(self):
        """The screen as (width, height, bytes of RGB)."""
        path = self.work / "screen.ppm"
        self.monitor("screendump", filename=str(path))
        return read_ppm(path)


def read_ppm(path):
    """(width, height, RGB bytes) of a binary PPM file."""
    data = Path(path).read_bytes()
    fields = data.split(None, 4)
    if fields[0] != b"P6" or fields[3] != b"255":
        raise ValueError(f"{path} is no 8-bit PPM")
    width, height = int(fields[1]), int(fields[2])
    return width, height, data[len(data) - width * height * 3:]


def write_png(path, screen):
    """A file that everybody can look at, of (width, height, RGB bytes)."""
    width, height, pixels = screen

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + pixels[row * width * 3:(row + 1) * width * 3] for row in range(height))
    Path(path).write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                           + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def read_png(data):
    """(width, height, RGB bytes) of a PNG picture with 8 bits a channel and no transparency."""
    chunks, at = {}, 8
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        chunks[kind] = chunks.get(kind, b"") + data[at + 8:at + 8 + length]
        at += 12 + length
    width, height, depth, kind = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    if data[:4] != b"\x89PNG" or (depth, kind) != (8, 2):
        raise ValueError("this is no PNG picture, or one of another kind")
    packed, above, rows = zlib.decompress(chunks[b"IDAT"]), bytes(width * 3), []
    for start in range(0, height * (width * 3 + 1), width * 3 + 1):
        above = _unfiltered(packed[start], packed[start + 1:start + 1 + width * 3], above)
        rows.append(above)
    return width, height, b"".join(rows)


def _unfiltered(how, row, above):
    """A row of a PNG picture, by the one above it; see the PNG specification, 9.2."""
    if how == 0:
        return row
    out = bytearray(len(row))
    for i, value in enumerate(row):
        left, up, corner = (out[i - 3], above[i], above[i - 3]) if i >= 3 else (0, above[i], 0)
        near = {1: left, 2: up, 3: (left + up) // 2}.get(how)
        if near is None:
            near = min((left, up, corner), key=lambda one: abs(left + up - corner - one))
        out[i] = (value + near) & 0xFF
    return bytes(out)


def share_of_colour(screen, colour, tolerance=8):
    """Which part (0 to 1) of a screen's pixels is of a colour, within a tolerance a channel."""
    width, height, pixels = screen
    near = 0
    for offset in range(0, len(pixels), 3 * 7):
        if all(abs(pixels[offset + i] - colour[i]) <= tolerance for i in range(3)):
            near += 1
    return near / max(1, (width * height) // 7)


def image_path(*arguments):
    """Path of an image that image/build makes or has made."""
    return subprocess.run([str(ROOT / "image/build"), *arguments], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.strip()


def keep_logs_in():
    """Directory for consoles and screenshots of a test run."""
    path = Path(os.environ.get("VITRINE_TEST_LOGS", ROOT / "build/test-logs"))
    path.mkdir(parents=True, exist_ok=True)
    return path
