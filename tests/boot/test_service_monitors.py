# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest with a graphics card and two monitors: Linux's own driver, and in the guest a program that
flips. What is seen is what a viewer on the display server's socket gets."""

from service import ServiceTest, description

GUEST = "gm"
TEMPLATE = "card"
LOOK = f"/usr/local/lib/screen-client /run/vitrine/display/{GUEST}.sock"
FLIP = "/flip-client"
# The card is that of one program at a time.
END_FLIP = "killall flip-client 2>/dev/null; while pidof flip-client >/dev/null; do sleep 0.1; done"
MONITORS = "640x480,800x600"
# What the guest has besides: the driver's modules, in the order in which they can be loaded, and a program.
MORE = """mkdir more.d && for path in $(modprobe -S $(uname -r) --show-depends drm_xen_front |
    sed -n 's/^insmod //p'); do cp $path more.d && basename $path; done >more && cp /usr/local/lib/flip-client ."""


def places(*colours):
    """Where the middles of both monitors are in the picture."""
    return " ".join(f"{x},240,{colour:06x}" for x, colour in zip((320, 640 + 400), colours))


class Monitors(ServiceTest):
    def setUp(self):
        super().setUp()
        self.template_with(TEMPLATE, description("Card", memory=160), MORE)

    def start(self):
        """The guest with its driver loaded."""
        self.works(f"create {GUEST} {TEMPLATE} \"{{'start': <false>}}\"")
        self.do(f"vitrinectl set {GUEST} monitors={MONITORS}")
        self.works(f"act {GUEST} Start")
        self.do(f"said {GUEST} 'guest: ready'")
        self.in_guest(GUEST, "while read -r module; do insmod /more.d/$module 2>/dev/null; done </more; "
                             "until [ -e /dev/dri/card0 ]; do sleep 0.2; done", 90)

    def flip(self, count):
        """Has a program flip so often on each monitor; it goes on showing the last."""
        said = self.in_guest(GUEST, f"{END_FLIP}; {FLIP} /dev/dri/card0 {count} >/flips 2>&1 & "
                                    "until grep -q . /flips; do sleep 0.2; done; cat /flips", 90)
        self.assertIn(f"flipped {2 * count}", said)

    def sees(self, *colours):
        return self.do(f"{LOOK} until {places(*colours)}", 240)

    def test_1_life(self):
        """two monitors are one picture; it is there again after its server is killed, and ends with the card"""
        self.start()
        self.assertEqual(self.do(f"{LOOK} size"), "800x600")
        self.flip(25)
        self.assertIn("1440x600 ", self.sees(0x00b000, 0x00b001))
        self.flip(4)
        self.sees(0x0000a0, 0x0000a1)
        self.killed()
        self.in_guest(GUEST, f"{END_FLIP}; echo vdispl-0 > /sys/bus/xen/drivers/vdispl/unbind", 60)
        self.do(f"until [ $({LOOK} size) = 800x600 ]; do sleep 0.5; done")
        self.works(f"act {GUEST} ForceOff")
        self.works(f"act {GUEST} Delete")
        self.assert_nothing_left()

    def killed(self):
        """Another display server goes on where one was killed: with what is shown, and with flips."""
        domid = self.domain(GUEST)[0]
        find = f"pgrep -f 'vitrine-display --domid {domid} '"
        self.do(f"old=$({find}); kill -9 $old; until new=$({find}) && [ $new != $old ]; do sleep 0.2; done")
        self.sees(0x0000a0, 0x0000a1)
        self.flip(3)
        self.sees(0x00b000, 0x00b001)
