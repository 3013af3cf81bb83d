# SPDX-License-Identifier: GPL-2.0-or-later
"""Real guests that are saved to a file and go on from it, and what they may reach in the network."""

from service import LIB, ServiceTest

STATE = f"{LIB}/saved/p.state"


class ServiceSave(ServiceTest):
    def remember(self, word):
        self.in_guest("p", f"echo {word} > /tmp/word; echo done")

    def test_save(self):
        """a PVH guest's memory goes to a file and comes back, with its display; a cancelled save leaves it
        running; what was saved can be thrown away"""
        self.works("create p tiny \"{'kind': <'pvh'>}\"")
        self.do("soon 'running' state p; said p 'guest: ready'")
        self.remember("before")
        self.works("act p Save")
        self.assertEqual(self.do("state p"), "saved -1 false")
        self.assertIsNone(self.domain("p"))
        self.do(f"test -s {STATE}")
        self.refused("act p Save", "WrongState")
        self.works("act p Start")
        domid = self.domain("p")[0]
        self.do(f"soon 'running {domid} true' state p; connected {domid}")
        self.do(f"test ! -e {STATE}")
        self.assertIn("before", self.in_guest("p", "cat /tmp/word"))
        number = self.do("start guests/p Guest1.Save")
        self.do(f"call jobs/{number} Job1.Cancel; over {number}; soon 'running' state p")
        self.assertIn("before", self.in_guest("p", "cat /tmp/word"))
        self.works("act p Save")
        self.works("act p DiscardSaved")
        self.assertEqual(self.do("state p"), "stopped -1 false")
        self.works("act p Delete")
        self.assert_nothing_left()

    def test_network(self):
        """nft has a guest's rules before the guest runs, and takes new ones at once"""
        self.works("create n tiny \"{'start': <false>}\"")
        self.do("vitrinectl set n network-access=hosts network-hosts=10.77.0.1:53,2001:db8::/32")
        self.works("act n Start")
        domid = self.domain("n")[0]
        rules = self.do("nft list table bridge vitrine")
        self.assertIn(f'iifname "vif{domid}.*" goto from-{domid}', rules)
        self.assertIn("ip daddr 10.77.0.1 udp dport 53 accept", rules)
        self.do("vitrinectl set n network-access=all")
        self.assertNotIn("goto", self.do("nft list table bridge vitrine"))
        self.works("act n ForceOff")
        self.works("act n Delete")
        self.assert_nothing_left()

    def test_bridged(self):
        """a guest on the network outside has its address from there, as dom0 has; it reaches it under its own MAC
        address only, and not at all if it may reach nothing"""
        self.dom0.wait_for("ip -4 -o address show vitrine-lan | grep -q '10.0.2.15'", 60)
        self.works("create b tiny \"{'start': <false>}\"")
        self.do("vitrinectl set b network=bridged")
        self.works("act b Start")
        domid = self.domain("b")[0]
        self.do("soon 'running' state b; said b 'guest: ready'")
        self.do(f"test -e /sys/class/net/vitrine-lan/brif/vif{domid}.0")
        self.assertRegex(self.in_guest("b", "ip -4 -o address show eth0"), r"10\.0\.2\.(?!15/)\d+/24")
        # The emulated router answers no ping; dom0 does, at its own address there.
        ping = "ping -c 3 -W 5 10.0.2.15"
        change = "ip link set eth0 down; ip link set eth0 address %s; ip link set eth0 up"
        mac = self.in_guest("b", "cat /sys/class/net/eth0/address").split()[0]
        self.in_guest("b", ping)
        self.in_guest("b", f"{change % '02:00:00:00:00:01'}; ! {ping}", 60)
        self.in_guest("b", f"{change % mac}; {ping}", 60)
        self.do("vitrinectl set b network-access=none")
        self.in_guest("b", f"! {ping}", 60)
        self.do("vitrinectl set b network-access=all")
        self.in_guest("b", ping)
        self.works("act b ForceOff")
        self.works("act b Delete")
        self.assert_nothing_left()
        # To the network dom0 is what it was without a bridge.
        self.assertEqual(self.do("cat /sys/class/net/vitrine-lan/address"),
                         self.do("cat /sys/class/net/e*/address"))
