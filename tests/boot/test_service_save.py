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
        self.works("act p Shutdown")
        self.works("act p Start")
        self.do("soon 'running' state p; said p 'guest: ready'")
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
