# SPDX-License-Identifier: GPL-2.0-or-later
"""Hardware guests with a whole machine (HVM), by stock xl: hvmloader, SeaBIOS, and QEMU in dom0 as device
model."""

from dom0 import Dom0Test, GUESTS

HVM = ['type = "hvm"', "usb = 0", "vnc = 0"]


class Hvm(Dom0Test):
    def hvm_guest(self, name, memory=160, extra=()):
        """Writes the xl.cfg of a guest without a kernel of its own; returns its path."""
        path = f"{GUESTS}/{name}.cfg"
        lines = [f'name = "{name}"', f"memory = {memory}", *HVM, *extra]
        self.dom0.run("cat > %s <<'END'\n%s\nEND" % (path, "\n".join(lines)))
        return path

    def test_firmware(self):
        """the firmware finds its devices and nothing to boot from, says so on the guest's screen, and
        restarts; the guest is gone after destroy, and its memory back"""
        path = self.hvm_guest("firmware")
        self.create(path)
        # The lines before come while xl still runs, and are read with what that says.
        self.dom0.expect(r"\(d\d+\) No bootable device", 120)
        log = self.machine.log_path.read_text(errors="replace")
        self.assertRegex(log, r"\(d\d+\) HVM Loader")
        self.assertRegex(log, r"\(d\d+\) SeaBIOS \(version")
        size = self.dom0.run("xl qemu-monitor-command firmware 'screendump /tmp/screen.ppm' >/dev/null;"
                             " sed -n 2p /tmp/screen.ppm", 60)
        self.assertEqual(size.strip(), "720 400")
        self.dom0.run("test $(tail -c +16 /tmp/screen.ppm | tr -d '\\0' | head -c 100 | wc -c) = 100")
        self.dom0.run("xl destroy firmware", 60)
        self.assertIsNone(self.domain("firmware"))
        self.dom0.wait_for("! pgrep -f xen-qemu-system", 30)

    def test_kernel(self):
        """a stock kernel, which the firmware gets from the device model, runs on the guest's own devices
        and knows the hypervisor; destroying the guest ends its device model"""
        path = self.hvm_guest("kernel", extra=[
            f'kernel = "{GUESTS}/vmlinuz"', f'ramdisk = "{GUESTS}/initrd.img"',
            'cmdline = "console=hvc0 quiet do="'])
        self.create(path)
        self.attach("kernel")
        self.dom0.expect("guest: ready", 300)
        self.dom0.expect("guest# ", 20)
        self.detach()
        self.assertEqual(self.in_guest("kernel", "cat /sys/hypervisor/guest_type").strip(), "HVM")
        self.dom0.run("xl destroy kernel", 60)
        self.dom0.wait_for("! pgrep -f xen-qemu-system", 30)
