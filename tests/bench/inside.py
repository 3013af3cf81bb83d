# SPDX-License-Identifier: GPL-2.0-or-later
"""What the workloads have in common that look into a guest: the machine that they boot, the guest's console beside
dom0's, and the account of who executed how much."""

import shutil
from contextlib import contextmanager

from console import Timeout
from machine import ROOT, Machine, image_path, keep_logs_in


@contextmanager
def counted(workload, name, hypervisor, files):
    """A machine of counted instructions that runs the product; `files`, laid over dom0's root, are removed."""
    print(f"booting {name} with counted instructions; this takes minutes", flush=True)
    with Machine(hypervisor, smp=1, overlays=[ROOT / "build/stage", files], accel="counted",
                 data=image_path("data"), log=keep_logs_in() / f"bench-{workload}-{name.split()[0]}.log",
                 dom0_args="systemd.unit=multi-user.target") as machine:
        shutil.rmtree(files)
        yield machine


class Inside:
    """A machine, logged in, of which one guest is asked things."""

    def __init__(self, machine, name, directory):
        self.machine = machine
        self.name = name
        self.directory = directory  # in dom0, where cputime is
        self.dom0 = machine.login(1200)
        self.readings = []

    def run(self, command, timeout=600):
        return self.dom0.run(command, timeout)

    def wait_for(self, command, timeout=600):
        return self.dom0.wait_for(command, timeout)

    def await_service(self):
        """Until dom0 has started all, and guests can be asked for."""
        self.dom0.call("systemctl is-system-running --wait", 1200)
        self.wait_for("systemctl is-active vitrine-service")

    # --- the guest's console ---

    def attach(self):
        self.dom0.send(f"xl console {self.name}\n")

    def detach(self):
        """The console knows its escape only when it comes alone."""
        for attempt in range(1, 10):
            self.dom0.send_silent("\x1d")
            self.dom0.drain(0.5 * attempt)
            self.dom0.send("\n")
            if self.dom0.call("test -e /proc/xen/capabilities", 60)[1] == 0:
                return
        raise Timeout("the console does not come back to dom0")

    def in_guest(self, command, timeout=600):
        """What a command at the guest's prompt says; it must succeed."""
        self.attach()
        self.dom0.send(f"\necho \"=\"begin=; {command}; echo \"=\"end-$?=\n")
        self.dom0.expect("=begin=\n", timeout)
        match = self.dom0.expect(r"(?s)(.*?)=end-(\d+)=", timeout)
        self.detach()
        text = match.group(1).decode(errors="replace")
        if match.group(2) != b"0":
            raise RuntimeError(f"in the guest, '{command}' ended with {match.group(2)}: {text}")
        return text

    # --- the account ---

    def spent(self):
        """Instructions until now, by domain."""
        lines = self.run(f"{self.directory}/cputime").splitlines()
        return {domid: int(time) for domid, time in (line.split() for line in lines)}
