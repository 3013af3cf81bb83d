# SPDX-License-Identifier: GPL-2.0-or-later
"""Hardware guests with a whole machine (HVM), by stock xl: hvmloader, SeaBIOS, and QEMU in dom0 as device
model."""

from dom0 import Dom0Test, GUESTS

HVM = ['type = "hvm"', "usb = 0", "vnc = 0"]


def hvm_guest(dom0, name, memory=160, extra=()):
    """Writes the xl.cfg of a guest without a kernel of its own; returns its path."""
    path = f"{GUESTS}/{name}.cfg"
    lines = [f'name = "{name}"', f"memory = {memory}", *HVM, *extra]
    dom0.run("cat > %s <<'END'\n%s\nEND" % (path, "\n".join(lines)))
    return path


class Hvm(Dom0Test):
    def test_firmware(self):
        """the firmware finds its devices and nothing to boot from, and says so on the guest's screen; the
        guest and its device model are gone after destroy, and its memory is back"""
        path = hvm_guest(self.dom0, "firmware")
        free = self.free_memory()
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
        self.assertEqual(self.free_memory(), free)
