# SPDX-License-Identifier: GPL-2.0-or-later
"""What the tests of the service on real guests share: its calls at dom0's prompt, a template that starts
in seconds, and what must be left of a guest: nothing."""

import re
import time

from console import PATIENCE
from dom0 import GUESTS, SHARED, Dom0Test

CALLS = "/usr/local/lib/service-calls"
LIB = "/var/lib/vitrine"
TINY = f"{LIB}/templates/tiny"


def description(title, memory=96):
    """What a template of the boot tests' guest says of itself; its kernel's command line comes last."""
    return f"""[template]
title={title}
memory={memory}
vcpus=1
kernel=vmlinux
cmdline=console=hvc0 quiet mitigations=off cryptomgr.notests"""


DESCRIPTION = description("Tiny")

# A client of a person's shell shows these; they are sentences with what to do, not only what is.
SENTENCE = r"^[A-Z“].{15,}\.$"


class ServiceTest(Dom0Test):
    service = True  # without a desktop, whose drawing takes most of an emulated CPU
    smp = 1
    prepared = None

    def setUp(self):
        super().setUp()
        if ServiceTest.prepared is not self.machine:
            self.prepare()

    def prepare(self):
        """The calls as shell functions, and a template that starts in seconds."""
        self.dom0.run(f". {CALLS}; export VITRINE_TEST_PATIENCE={PATIENCE}")
        self.dom0.wait_for("systemctl is-active vitrine-service", 120)
        self.template("tiny")
        # Everything is slow the first time, and libxl gives a disk ten seconds to appear.
        self.dom0.call("systemctl is-system-running --wait", 180)
        self.dom0.wait_for("create warm | grep succeeded", 180)
        self.dom0.run("act warm ForceOff && act warm Delete", 120)
        ServiceTest.clean = self.do("left")
        ServiceTest.free = self.free_memory()
        ServiceTest.prepared = self.machine

    def template(self, name, ini=DESCRIPTION):
        """A template of the boot tests' guest; its files are shared, but for the description."""
        path = f"{LIB}/templates/{name}"
        source = f"{GUESTS}" if name == "tiny" else TINY
        self.dom0.run(f"mkdir -p {path} && cp --reflink=auto {source}/vmlinux {source}/initrd.img "
                      f"{path} && truncate -s 4M {path}/disk.img && "
                      f"cat > {path}/template.ini <<'END'\n{ini}\nEND", 120)
        return path

    def template_with(self, name, ini, fill):
        """A template with more files in its initial RAM disk, which stays for the machine's other tests."""
        if self.dom0.call(f"test -e {LIB}/templates/{name}/initrd.img")[1]:
            self.template(name, ini)
            self.add_to_initrd(name, fill)

    def add_to_initrd(self, name, fill):
        """Puts files into the initial RAM disk of a template of this test's: those that the commands in fill make
        in the directory where they run. It is all one gzip stream: libxc unpacks that for PV guests, and would
        leave a second one out."""
        initrd = f"{LIB}/templates/{name}/initrd.img"
        self.do(f"(cd $(mktemp -d) && {fill} && {{ zcat -f {initrd} && find . | cpio -o --quiet -H newc; }} | "
                f"gzip -1 >/tmp/initrd.img && mv /tmp/initrd.img {initrd})")

    def do(self, command, timeout=120):
        """Runs a call that must not fail; its output."""
        return self.dom0.run(command, timeout).strip()

    def works(self, command, timeout=180):
        """A job that has to succeed."""
        self.assertEqual(self.do(command, timeout), "succeeded:")

    def fails(self, command, *words, timeout=180):
        """A job that has to fail, with a sentence that has these words in it."""
        state, _, sentence = self.do(command, timeout).partition(": ")
        self.assertEqual(state, "failed", sentence)
        self.assert_sentence(sentence, *words)

    def log_in(self, name):
        """Waits for the console of a guest of the desktop template, and leaves a plain prompt there."""
        self.attach(name)
        self.dom0.expect("login: $", 300)
        self.dom0.send("root\n")
        self.dom0.expect("# $", 60)
        self.dom0.send("exec sh\n")
        self.dom0.expect("\n# $", 60)
        self.dom0.send("export TERM=dumb PS1=; stty cols 500; dmesg -n 1; echo in-''side\n")
        self.dom0.expect("in-side", 30)
        self.detach()

    def refused(self, command, error, *words):
        """A call that has to be refused at once, with this error's name."""
        output, status = self.dom0.call(command, 60)
        self.assertNotEqual(status, 0, output)
        match = re.search(rf"GDBus.Error:org.vitrine.Error.{error}: (.*)", output, re.S)
        self.assertIsNotNone(match, f"{command}: {output}")
        self.assert_sentence(match.group(1).strip(), *words)

    def assert_sentence(self, sentence, *words):
        self.assertRegex(sentence, SENTENCE)
        for word in words:
            self.assertIn(word, sentence)

    def assert_nothing_left(self):
        """What guests leave traces in is as it was before the first."""
        deadline = time.monotonic() + 20 * PATIENCE
        while (now := self.do("left")) != self.clean and time.monotonic() < deadline:
            self.machine.console.drain(0.5)
        self.assertEqual(now, self.clean)
        self.assertEqual(self.free_memory(), ServiceTest.free)

    def _tidy(self):
        """What a test that failed left must not fail the next, nor the product's own test."""
        super()._tidy()
        if SHARED.machine is self.machine:
            self.dom0.call(f"rm -rf {LIB}/guests/* {LIB}/disks/*", 60)
