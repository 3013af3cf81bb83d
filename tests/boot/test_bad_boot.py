# SPDX-License-Identifier: GPL-2.0-or-later
"""What bad boot input gets: a sentence on the serial console that says what is wrong and what to do.
Most of these machines stop before dom0 starts, so that a boot takes a second or two."""

import lzma
import os
import re
import shutil
import struct
import tempfile
import unittest
from pathlib import Path

from bare import HYPERVISOR, Bare
from machine import image_path

# What every report of a panic ends with when noreboot was given.
PANIC_END = "Halted, since noreboot was given"


def bzimage(kernel):
    """A file as Debian ships its kernel, made of anything: setup header, XZ, unpacked length."""
    packed = lzma.compress(kernel, check=lzma.CHECK_CRC32) + struct.pack("<I", len(kernel))
    header = bytearray(1024)
    header[0x1f1] = 1
    header[0x1fe:0x200] = b"\x55\xaa"
    header[0x202:0x206] = b"HdrS"
    header[0x206:0x208] = struct.pack("<H", 0x020f)
    header[0x211] = 1
    header[0x248:0x250] = struct.pack("<II", 0, len(packed))
    return bytes(header) + packed


def elf_without_notes():
    """An ELF file with one segment of code and nothing that names Xen."""
    code = b"\xf4" * 4096
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    head = ident + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x100000, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 4096, 0x100000, 0x100000, 4096, 4096, 4096)
    return (head + segment).ljust(4096, b"\0") + code


@unittest.skipIf(HYPERVISOR == "peer", "these are our sentences")
class BadBoot(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = Path(tempfile.mkdtemp(prefix="vitrine-"))
        cls.kernel = Path(image_path("dom0")) / "vmlinuz"

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.work)

    def file(self, name, data):
        path = self.work / name
        path.write_bytes(data)
        return path

    def bare(self, *arguments, **options):
        return Bare(self._testMethodName, " ".join(("noreboot", *arguments)), **options)

    def stops(self, words, *arguments, **options):
        """The hypervisor stops with a panic that says these words, one after the other."""
        with self.bare(*arguments, **options) as machine:
            text = machine.expect(PANIC_END)
        report = text[text.index("PANIC on CPU"):].splitlines()[0]
        self.assertRegex(report, ".*".join(words))
        self.assertRegex(text, r"Call trace:\n.* 0x[0-9a-f]+ \w+\+0x")

    def test_no_kernel(self):
        """with no module it says that a kernel is missing, and where to name it"""
        self.stops(["gave no kernel", "first module"])

    def test_kernel_is_none(self):
        """a kernel that is empty, noise, or an initrd is called no bzImage"""
        for name, data in (("empty", b""), ("noise", os.urandom(300000)),
                           ("initrd", b"\x1f\x8b\x08" + bytes(100000))):
            with self.subTest(name):
                self.stops(["not a Linux bzImage", "PV-capable"], modules=[self.file(name, data)])

    def test_kernel_cut_off(self):
        """a kernel file that ends too early is told from one that is damaged"""
        whole = self.kernel.read_bytes()
        self.stops(["reaches beyond the end of the file"],
                   modules=[self.file("half", whole[:len(whole) // 2])])

    def test_kernel_damaged(self):
        """flipped bytes in the packed kernel are noticed"""
        broken = bytearray(bzimage(os.urandom(200000)))
        broken[3000] ^= 0x55
        self.stops(["kernel is damaged", "Replace the file"],
                   modules=[self.file("broken", broken)])
        broken = bytearray(self.kernel.read_bytes())
        broken[60000] ^= 0x10
        self.stops(["kernel is damaged", "Replace the file"],
                   modules=[self.file("broken", broken)])

    def test_kernel_for_no_xen(self):
        """a kernel without Xen's notes, or no kernel at all inside, is refused in words"""
        self.stops(["can't run as a PV dom0", "CONFIG_XEN_PV"],
                   modules=[self.file("no-notes", bzimage(elf_without_notes()))])
        self.stops(["kernel is damaged"], modules=[self.file("no-elf", bzimage(bytes(100000)))])

    def test_memory_is_short(self):
        """a machine with too little memory, or a dom0_mem= that is, is told how much it takes"""
        for memory in (48, 128, 300):
            with self.subTest(memory):
                self.stops(["too little memory"], memory=memory, modules=[self.kernel])
        self.stops(["dom0_mem= is too small", "dom0_mem=256M"], "dom0_mem=64M",
                   modules=[self.kernel])

    def test_initrd_is_too_big(self):
        """an initrd that does not fit into dom0's memory is refused, and says what to raise"""
        with open(self.work / "big", "wb") as big:
            big.truncate(230 << 20)
        self.stops(["don't fit", "Raise dom0_mem="], "dom0_mem=256M",
                   modules=[self.kernel, self.work / "big"])

    def test_bad_options(self):
        """each bad option is named with what is wrong with it, and does no harm"""
        with self.bare("dom0_mem=banana", "maxcpus=0", "dom0_max_vcpus=99", "bogus=1", "nmi=hello",
                       "dom0_mem=99999999T") as machine:
            text = machine.expect(PANIC_END)
        for word, why in (("dom0_mem=banana", "not a number"), ("maxcpus=0", "too small"),
                          ("dom0_max_vcpus=99", "too large"), ("bogus=1", "no such option"),
                          ("nmi", "neither fatal nor report"), ("dom0_mem=99999999T", "too large")):
            self.assertRegex(text, rf'Command line: "{re.escape(word)}": .*{why}')
        self.assertIn("gave no kernel", text)

    def test_too_much_wanted(self):
        """a dom0_mem= beyond the machine's memory is cut, in words, and dom0 starts"""
        with self.bare("dom0_mem=64G", modules=[f"{self.kernel} console=hvc0 earlyprintk=xen"]) as m:
            text = m.expect("Linux version", 90)
        self.assertRegex(text, r"dom0_mem=65536M is more than there is: dom0 gets \d+ MiB")

    def test_cpu(self):
        """a CPU without 64-bit mode or NX gets a sentence, not a triple fault"""
        for cpu in ("qemu32", "qemu64,-nx"):
            with self.subTest(cpu), self.bare(cpu=cpu) as machine:
                machine.expect("can't run on this CPU", 10)

    def test_dom0_dies(self):
        """a dom0 without initrd panics in its own words; the hypervisor says so and halts, and an
        NMI then gets a report with registers and a call trace"""
        with self.bare("dom0_mem=256M", modules=[f"{self.kernel} console=hvc0"]) as machine:
            machine.expect(PANIC_END, 60)
            self.assertRegex(machine.text(), r"(?s)gets no initrd.*Kernel panic - not syncing: VFS"
                                             r".*dom0 has crashed: the lines above")
            machine.monitor("nmi")
            text = machine.expect(r"(?s)NMI on CPU 0: its cause is not known.*\+0x[0-9a-f]+\n.*"
                                  r"machine_shutdown\+0x")
            self.assertRegex(text, r"rip e008:ffff8280[0-9a-f]{8}")
            self.assertRegex(text, r"r14 [0-9a-f]{16}  r15 [0-9a-f]{16}")

    def test_nmi_fatal(self):
        """nmi=fatal makes an NMI a panic, with the report of where it came"""
        with self.bare("nmi=fatal", "dom0_mem=256M",
                       modules=[f"{self.kernel} console=hvc0"]) as machine:
            machine.expect("Linux version", 60)
            machine.monitor("nmi")
            text = machine.expect(PANIC_END)
        self.assertRegex(text, r"(?s)NMI on CPU 0.*rip .*PANIC on CPU 0: NMI: .*\(nmi=fatal\)\n.*"
                               r"nmi_handle\+0x")

    def test_restart(self):
        """without noreboot the machine restarts by itself after a panic"""
        with Bare("test_restart") as machine:
            machine.expect("Restarting in five seconds")
            machine.wait_end(20)
