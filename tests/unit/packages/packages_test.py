# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian packages: what is in them, what they say of themselves, and what their scripts are.
packages_test.py SOURCE_ROOT BUILD_ROOT"""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT, BUILD = (Path(path).resolve() for path in sys.argv[1:3])

# What somebody would miss in each, and may belong to no other.
CONTENTS = {
    "vitrine": ["/usr/share/doc/vitrine/install.md"],
    "vitrine-hypervisor": ["/boot/vitrine", "/etc/grub.d/21_vitrine", "/etc/default/vitrine",
                           "/etc/default/grub.d/vitrine.cfg"],
    "vitrine-service": ["/usr/libexec/vitrine/vitrine-service", "/usr/bin/vitrinectl",
                        "/usr/share/man/man1/vitrinectl.1.gz",
                        "/usr/share/locale/de/LC_MESSAGES/vitrine.mo",
                        "/usr/share/dbus-1/system.d/org.vitrine.Vitrine1.conf",
                        "/usr/share/polkit-1/actions/org.vitrine.policy",
                        "/usr/share/polkit-1/rules.d/50-org.vitrine.rules",
                        "/lib/systemd/system/vitrine-service.service",
                        "/lib/systemd/system/vitrine-guests.service",
                        "/lib/systemd/system/xenstored.service",
                        "/lib/systemd/system/xenconsoled.service",
                        "/lib/systemd/system/proc-xen.mount", "/lib/systemd/system/xen.service",
                        "/lib/systemd/system/xendomains.service",
                        "/usr/lib/systemd/network/10-guests.netdev",
                        "/usr/lib/systemd/network/10-guests.network",
                        "/usr/share/doc/vitrine-service/examples/15-lan.link",
                        "/usr/share/doc/vitrine-service/examples/15-lan.netdev",
                        "/usr/share/doc/vitrine-service/examples/15-lan.network",
                        "/usr/lib/modules-load.d/vitrine.conf",
                        "/usr/lib/sysusers.d/vitrine-service.conf",
                        "/usr/lib/vitrine/image/make-template",
                        "/usr/lib/vitrine/image/templates/debian-12-desktop/packages",
                        "/usr/lib/vitrine/guest/usr/libexec/vitrine/vitrine-usb-guest",
                        "/etc/xen/scripts/block-vitrine", "/etc/xen/scripts/vif-vitrine"],
    "vitrine-display": ["/usr/libexec/vitrine/vitrine-display"],
    "vitrine-audio": ["/usr/libexec/vitrine/vitrine-audio", "/usr/libexec/vitrine/vitrine-audio-spice"],
    "vitrine-usb": ["/usr/libexec/vitrine/vitrine-usb", "/usr/lib/modules-load.d/vitrine-usb.conf"],
    "vitrine-shell": ["/usr/bin/vitrine-shell",
                      "/usr/share/applications/org.vitrine.Shell.desktop",
                      "/usr/share/vitrine/schemas/gschemas.compiled",
                      "/usr/share/icons/hicolor/scalable/apps/org.vitrine.Shell.svg"],
    "vitrine-guest-tools": ["/usr/libexec/vitrine/vitrine-usb-guest",
                            "/lib/systemd/system/vitrine-usb.service",
                            "/usr/lib/modules-load.d/vitrine-usb-guest.conf"],
}

# What each has to bring along, beside what its libraries are found to be.
NEEDS = {
    "vitrine": ["vitrine-hypervisor", "vitrine-service", "vitrine-shell", "vitrine-display",
                "vitrine-audio", "vitrine-usb", "qemu-system-xen"],
    "vitrine-service": ["xen-utils-4.17", "xenstore-utils", "polkitd", "iproute2", "libxenmisc4.17"],
    "vitrine-display": ["libvncserver1", "libspice-server1"],
    "vitrine-audio": ["libpulse0", "libspice-client-glib-2.0-8"],
    "vitrine-usb": ["libusb-1.0-0"],
    "vitrine-shell": ["vitrine-service", "libgtk-4-1", "libadwaita-1-0"],
    "vitrine-guest-tools": ["libxenstore4", "libxenmisc4.17"],
}

# Files of a person's, which an upgrade asks about.
CONFFILES = {
    "vitrine-hypervisor": ["/etc/default/grub.d/vitrine.cfg", "/etc/default/vitrine",
                           "/etc/grub.d/21_vitrine"],
    "vitrine-service": ["/etc/xen/scripts/block-vitrine", "/etc/xen/scripts/vif-vitrine"],
}

# The store that all running guests stand on: nothing may stop or start it, as an upgrade would.
UNTOUCHED = ("xenstored.service", "xenconsoled.service", "proc-xen.mount")


def output(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.where = Path(tempfile.mkdtemp(prefix="vitrine-packages-"))
        cls.addClassCleanup(shutil.rmtree, cls.where)
        subprocess.run([ROOT / "image/make-packages", BUILD, cls.where], check=True)
        cls.files = {path.name.split("_")[0]: path for path in cls.where.glob("*.deb")}

    def unpack(self, package):
        """Directories with a package's files and with its scripts."""
        tree, control = self.where / package, self.where / f"{package}.control"
        if not tree.exists():
            subprocess.run(["dpkg-deb", "-x", self.files[package], tree], check=True)
            subprocess.run(["dpkg-deb", "-e", self.files[package], control], check=True)
        return tree, control

    def paths(self, package):
        listing = output("dpkg-deb", "-c", self.files[package])
        return {line.split(" ./", 1)[1].split(" -> ")[0] for line in listing.splitlines()
                if not line.startswith("d")}

    def test_contents(self):
        """each package has what it is for, and no file is in two"""
        self.assertEqual(sorted(self.files), sorted(CONTENTS))
        owner = {}
        for package, wanted in CONTENTS.items():
            paths = {f"/{path}" for path in self.paths(package)}
            self.assertEqual([path for path in wanted if path not in paths], [], package)
            for path in paths:
                self.assertNotIn(path, owner, package)
                owner[path] = package
        for path in (path for path in owner if path.startswith("/usr/lib/debug")):
            self.fail(f"{path} of {owner[path]} is of no use to anybody")

    def test_needs(self):
        """each package brings along what it needs"""
        for package, wanted in NEEDS.items():
            needs = output("dpkg-deb", "-f", self.files[package], "Depends")
            names = re.findall(r"(?:^|[,|] )([a-z0-9.+-]+)", needs)
            self.assertEqual([name for name in wanted if name not in names], [], package)

    def test_no_other_hypervisor(self):
        """Debian's hypervisor, which xen-utils recommends, is not brought along with ours"""
        provides = output("dpkg-deb", "-f", self.files["vitrine-hypervisor"], "Provides")
        self.assertEqual(provides.strip(), "xen-hypervisor-4.17")

    def test_conffiles(self):
        """what a person changes in /etc is kept"""
        for package in CONTENTS:
            listed = self.unpack(package)[1] / "conffiles"
            words = sorted(listed.read_text().split()) if listed.exists() else []
            self.assertEqual(words, CONFFILES.get(package, []), package)

    def test_hypervisor(self):
        """the hypervisor is packed as it was built"""
        tree, _ = self.unpack("vitrine-hypervisor")
        self.assertEqual((tree / "boot/vitrine").read_bytes(),
                         (BUILD / "hypervisor/vitrine").read_bytes())

    def test_default_words(self):
        """GRUB starts Vitrine by itself as long as it is installed and the person lets it"""
        tree, _ = self.unpack("vitrine-hypervisor")
        for default, chosen, expected in (("true", "0", "vitrine"), ("false", "0", "0"),
                                          ("true", "saved", "saved")):
            config = (tree / "etc/default/vitrine").read_text()
            (self.where / "config").write_text(
                config.replace("VITRINE_DEFAULT=true", f"VITRINE_DEFAULT={default}"))
            script = (tree / "etc/default/grub.d/vitrine.cfg").read_text()
            script = script.replace("/etc/default/vitrine", str(self.where / "config"))
            script = script.replace("/boot/vitrine", str(tree / "boot/vitrine"))
            said = output("sh", "-ec", f"GRUB_DEFAULT={chosen}\n{script}\necho $GRUB_DEFAULT")
            self.assertEqual(said.strip(), expected, (default, chosen))

    def test_network_is_left_alone(self):
        """the computer's own network stays as it is: the bridge to it is a person's to set up"""
        for path in self.paths("vitrine-service"):
            if re.match(r"(usr/lib|lib|etc)/systemd/network/", path):
                self.assertRegex(path, r"/10-guests\.(netdev|network)$")

    def test_store_is_left_alone(self):
        """an upgrade neither stops nor starts the store that running guests stand on"""
        _, control = self.unpack("vitrine-service")
        scripts = [control / name for name in ("preinst", "postinst", "prerm")]
        commands = [line for script in scripts if script.exists()
                    for line in script.read_text().splitlines() if "deb-systemd-invoke" in line]
        self.assertTrue(any("vitrine-service.service" in line for line in commands), commands)
        for unit in UNTOUCHED:
            self.assertFalse(any(unit in line for line in commands), unit)

    def test_purge(self):
        """a purge says where guests stay, and deletes nothing of them"""
        _, control = self.unpack("vitrine-service")
        guests = self.where / "guests"
        guests.mkdir()
        (guests / "disk.img").write_bytes(b"a guest")
        script = (control / "postrm").read_text().replace("/var/lib/vitrine", str(guests))
        for _ in range(2):
            run = subprocess.run(["sh", "-c", script.split("# Automatically added")[0], "postrm", "purge"],
                                 text=True, stderr=subprocess.PIPE, check=True)
            self.assertIn(f"stay in {guests}", run.stderr)
        self.assertEqual((guests / "disk.img").read_bytes(), b"a guest")

    @unittest.skipUnless(shutil.which("shellcheck"), "shellcheck is not installed")
    def test_scripts(self):
        """shellcheck has nothing to say of the scripts as they are in the packages"""
        for package in CONTENTS:
            tree, control = self.unpack(package)
            scripts = [control / name for name in ("preinst", "postinst", "prerm", "postrm")]
            scripts += (tree / "etc").glob("grub.d/*")
            scripts = [script for script in scripts if script.exists()]
            if scripts:
                run = subprocess.run(["shellcheck", "--severity=warning", *scripts], text=True,
                                     stdout=subprocess.PIPE)
                self.assertEqual(run.returncode, 0, run.stdout)

    @unittest.skipUnless(shutil.which("lintian"), "lintian is not installed")
    def test_lintian(self):
        """Debian's own check has nothing to say"""
        run = subprocess.run(["lintian", "--allow-root", *self.files.values()], text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(run.stdout, "")


if __name__ == "__main__":
    del sys.argv[1:3]
    unittest.main()
