# SPDX-License-Identifier: GPL-2.0-or-later
"""The pointer of a guest with a whole machine: QEMU's USB tablet, on the controller that the service gives guests."""

import base64
import re
import struct

from hvm import HvmTest

SOCKET = "/tmp/tablet.vnc"
CLIENT = "/usr/local/lib/screen-client"
MODULES = "xhci-pci usbhid hid-generic evdev"
# What the service writes into a guest's file, with a screen for our viewer.
TABLET = ["usbversion = 3", 'device_model_args_hvm = [ "-device", "usb-tablet,bus=usb.0" ]', "vnc = 1",
          f'vnclisten = "unix:{SOCKET}"', "vncunused = 0"]

# Linux's struct input_event, and what is in it (linux/input-event-codes.h).
EVENT = struct.Struct("<qqHHi")
KEY, ABSOLUTE = 1, 3
X, Y, LEFT = 0, 1, 0x110
# The largest position on a side, as QEMU has it.
FAR = 0x7fff
# A position and its end, a button and its scan code, twice.
EVENTS = 9


class Tablet(HvmTest):
    def find_tablet(self):
        """The name of its file of events. It moves to places, not by steps."""
        self.load_modules("tablet")
        listed = self.in_guest("tablet", "for i in $(seq 100); do grep -q Tablet /proc/bus/input/devices && break; "
                               "usleep 200000; done; cat /proc/bus/input/devices", 120)
        device = next(part for part in re.split(r"\n\s*\n", listed) if "QEMU USB Tablet" in part)
        self.assertRegex(device, r"B: ABS=\w*3\s")
        return re.search(r"\bevent\d+\b", device).group()

    def events(self):
        """(type, code, value) of what has come by now, once all that is wanted has."""
        size = EVENTS * EVENT.size
        text = self.in_guest("tablet", f"for i in $(seq 100); do [ $(wc -c < /tmp/events) -ge {size} ] && break; "
                             "usleep 100000; done; base64 /tmp/events", 60)
        data = base64.b64decode("".join(text.split()))
        return [event[2:] for event in EVENT.iter_unpack(data[:len(data) // EVENT.size * EVENT.size])]

    def test_tablet(self):
        """Linux in an HVM guest has a tablet, and hears where a viewer points, and that it clicks"""
        free = self.free_memory()
        self.start_linux("tablet", modules=MODULES, extra=TABLET)
        name = self.find_tablet()
        self.in_guest("tablet", f"cat /dev/input/{name} > /tmp/events & usleep 500000")
        size = self.dom0.run(f"{CLIENT} {SOCKET} size", 60)
        width, height = map(int, re.search(r"(\d+)x(\d+)", size).groups())
        x, y = width // 4, height * 3 // 4
        self.dom0.run(f"{CLIENT} {SOCKET} click {x},{y}", 60)
        events = self.events()
        for axis, place, side in ((X, x, width), (Y, y, height)):
            values = [value for kind, code, value in events if (kind, code) == (ABSOLUTE, axis)]
            self.assertEqual(len(values), 1, events)
            self.assertAlmostEqual(values[0], place * FAR / side, delta=FAR / side, msg=events)
        self.assertEqual([event[1:] for event in events if event[0] == KEY], [(LEFT, 1), (LEFT, 0)])
        self.destroy_all_of("tablet", free)
