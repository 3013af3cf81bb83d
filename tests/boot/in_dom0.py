#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots dom0, runs commands in it, prints what they say; for trying things out."""

import argparse
import signal
import sys
import time

from machine import ROOT, Machine, image_path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hypervisor", default="peer", help="multiboot image, or 'peer'")
    parser.add_argument("--smp", default=1, type=int)
    parser.add_argument("--overlay", action="append", default=[], metavar="DIR",
                        help="files laid over dom0's root, such as a meson DESTDIR")
    parser.add_argument("--data", metavar="FILE", help="data disk that keeps what is written")
    parser.add_argument("--xen-args", default="")
    parser.add_argument("--dom0-args", default="")
    parser.add_argument("--timeout", default=120, type=int, help="seconds for each command")
    parser.add_argument("--log", default=ROOT / "build/in-dom0.log", help="where the whole console goes")
    parser.add_argument("--screenshot", metavar="PNG", help="screen at the end")
    parser.add_argument("command", nargs="+", help="shell command; '@SECONDS' waits, "
                        "'@shot FILE' takes a screenshot, '@type TEXT' types, '@key NAME' presses")
    options = parser.parse_args()
    # Ended from outside, this still ends the emulator.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal"))

    with Machine(options.hypervisor, smp=options.smp, overlays=options.overlay,
                 data=options.data or image_path("data"), throw_away=not options.data,
                 xen_args=options.xen_args, dom0_args=options.dom0_args,
                 log=options.log) as machine:
        console = machine.login()
        print(f"-- dom0 is up after {time.monotonic() - machine.started:.0f} s", flush=True)
        worst = 0
        for command in options.command:
            worst = max(worst, step(machine, console, command, options.timeout))
        if options.screenshot:
            machine.screenshot(options.screenshot)
        sys.exit(worst)


def step(machine, console, command, timeout):
    """One command of the command line; returns its exit status."""
    word, _, rest = command.partition(" ")
    if word == "@shot":
        machine.screenshot(rest)
    elif word == "@type":
        machine.type(rest)
    elif word == "@key":
        machine.key(rest)
    elif word == "@click":
        machine.click(*map(int, rest.split()))
    elif word.startswith("@"):
        console.drain(float(word[1:]))
    else:
        print(f"-- {command}", flush=True)
        output, status = console.call(command, timeout, whole=True)
        print(output, f"-- status {status}" if status else "", sep="", flush=True)
        return status
    return 0


if __name__ == "__main__":
    main()
