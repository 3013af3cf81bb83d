# SPDX-License-Identifier: GPL-2.0-or-later
"""Booted as on a real PC: by GRUB from a medium, on BIOS and on UEFI, up to dom0's prompt."""

import os
import re
import unittest

from machine import Machine, image_path, keep_logs_in

# As little of userspace as gives a prompt at which xl works: what comes after it is the same for all loaders.
USERSPACE = ("systemd.unit=basic.target systemd.wants=vitrine-console.service "
             "systemd.wants=xenconsoled.service")

OURS = os.environ.get("VITRINE_TEST_HYPERVISOR", "peer") != "peer"


class Grub(unittest.TestCase):
    def boot(self, loader, **options):
        machine = Machine(os.environ.get("VITRINE_TEST_HYPERVISOR", "peer"), loader=loader,
                          data=image_path("data"), dom0_args=USERSPACE,
                          log=keep_logs_in() / f"boot-grub-{loader}.log", **options)
        self.addCleanup(machine.close)
        return machine

    def boot_dom0(self, loader, cpus):
        machine = self.boot(loader, smp=cpus)
        dom0 = machine.login(400)
        if OURS:
            self.assertIn("Loaded by Multiboot 2", dom0.run("xl dmesg", whole=True))
        info = dom0.run("xl info")
        self.assertRegex(info, r"xen_commandline\s*: console=com1 com1=115200,8n1 dom0_mem=1024M")
        self.assertRegex(info, rf"nr_cpus\s*: {cpus}\n")
        self.assertRegex(dom0.run("cat /proc/cmdline"), r"^ *root=LABEL=vitrine-dom0 console=hvc0 ")
        return machine, dom0

    def test_uefi(self):
        """GRUB on UEFI boots it: dom0 finds the firmware's tables, the screen, and switches off"""
        machine, dom0 = self.boot_dom0("uefi", cpus=2)
        log = dom0.run("dmesg")
        self.assertRegex(log, r"efi: EFI v2\.\d+ by EDK II")
        self.assertRegex(log, r"ACPI: RSDP 0x[0-9A-F]{16} ")
        self.assertRegex(log, r"efifb: framebuffer at 0x[0-9a-f]+")
        self.assertEqual(re.findall(r".*(?:BUG:|WARNING: CPU|Oops|Call Trace).*", log), [])
        dom0.send("poweroff\n")
        dom0.expect("Turning the machine off" if OURS else "Preparing system for ACPI S5", 120)
        machine.wait_end(30)

    def test_bios(self):
        """GRUB on a BIOS boots it, and it restarts the machine when dom0 asks for it"""
        machine, dom0 = self.boot_dom0("bios", cpus=1)
        self.assertNotIn("efi: EFI", dom0.run("dmesg"))
        dom0.send("reboot\n")
        dom0.expect("dom0 asked for a restart" if OURS else "rebooting machine", 120)
        machine.wait_end(30)

    @unittest.skipUnless(OURS, "the peer does not say how it was loaded")
    def test_multiboot1(self):
        """GRUB starts it by the older protocol as well"""
        machine = self.boot("bios", multiboot=1)
        machine.console.expect("Command line: console=com1 com1=115200,8n1 dom0_mem=1024M", 60)
        machine.console.expect("Loaded by Multiboot 1", 10)
