# SPDX-License-Identifier: GPL-2.0-or-later
"""The guest's tool as a process, with a xenstored of the test's own and nothing to connect to:
guest_tool_test.py PROGRAM"""

import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

PROGRAM = sys.argv.pop()

# Of xen/io/xs_wire.h.
READ, WATCH, WATCH_EVENT, ERROR = 2, 4, 15, 16
HEADER = struct.Struct("<IIII")
# Of its own domain, as which it is another one after a restore.
OFFER = "data/vitrine/usb"


class Store:
    """Answers one client at a time, for domain 5; has the nodes that the test puts in."""

    def __init__(self, path):
        self.nodes = {"domid": "5"}
        self.reads = []
        self.watched = None
        self.client = None
        self.lock = threading.Lock()
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(path)
        self.socket.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.socket.accept()
            threading.Thread(target=self.talk, args=(client,), daemon=True).start()

    def talk(self, client):
        with client, client.makefile("rb") as stream:
            while len(header := stream.read(HEADER.size)) == HEADER.size:
                kind, request, _, length = HEADER.unpack(header)
                words = stream.read(length).decode().split("\0")
                self.answer(client, kind, request, words)

    def send(self, client, kind, request, body):
        with self.lock:
            client.sendall(HEADER.pack(kind, request, 0, len(body)) + body)

    def answer(self, client, kind, request, words):
        if kind == READ:
            self.reads.append(words[0])
            value = self.nodes.get(words[0])
            if value is None:
                self.send(client, ERROR, request, b"ENOENT\0")
            else:
                self.send(client, READ, request, value.encode())
            return
        self.send(client, kind, request, b"OK\0")
        if kind == WATCH:
            self.client, self.watched = client, words[:2]
            self.fire()

    def fire(self):
        self.send(self.client, WATCH_EVENT, 0, "\0".join([*self.watched, ""]).encode())


class Tool:
    """The program, with a store of its own."""

    def __init__(self, test, nodes=()):
        directory = tempfile.TemporaryDirectory()
        test.addCleanup(directory.cleanup)
        path = str(Path(directory.name) / "socket")
        self.test = test
        self.store = Store(path)
        self.store.nodes |= dict.fromkeys(nodes, "8")
        self.process = subprocess.Popen([PROGRAM], env={**os.environ, "XENSTORED_PATH": path})
        test.addCleanup(self.process.wait)
        test.addCleanup(self.process.kill)

    def wait(self, condition):
        deadline = time.monotonic() + 10
        while not condition():
            self.test.assertLess(time.monotonic(), deadline)
            self.test.assertIsNone(self.process.poll())
            time.sleep(0.01)

    def looks(self):
        """How often it has looked for an offer."""
        return self.store.reads.count(f"{OFFER}/ring-ref")


class GuestToolTest(unittest.TestCase):
    def test_offers(self):
        """It looks for an offer when there may be one, and tries again one that it can't connect to."""
        idle = Tool(self)
        trying = Tool(self, [f"{OFFER}/ring-ref", f"{OFFER}/event-channel"])
        idle.wait(lambda: idle.looks() >= 2)
        self.assertEqual(idle.store.watched[0], OFFER)
        trying.wait(lambda: trying.looks() >= 3)
        time.sleep(0.2)
        before = idle.looks(), trying.looks()
        time.sleep(2.2)
        self.assertEqual(idle.looks(), before[0])
        self.assertGreater(trying.looks(), before[1])
        self.assertLess(trying.looks(), before[1] + 10)
        idle.store.fire()
        idle.wait(lambda: idle.looks() > before[0])

    def test_restored(self):
        """As another domain it takes the offer of the same numbers for another one."""
        tool = Tool(self, [f"{OFFER}/ring-ref", f"{OFFER}/event-channel"])
        tool.wait(lambda: tool.looks() >= 2)
        tool.store.nodes["domid"] = "6"
        asked = tool.store.reads.count("domid")
        tool.store.fire()
        tool.wait(lambda: tool.store.reads.count("domid") > asked)
        self.assertFalse([path for path in tool.store.reads if path.startswith("/local/domain/5")])

    def test_ends(self):
        tool = Tool(self)
        tool.wait(lambda: tool.store.watched)
        tool.process.send_signal(signal.SIGTERM)
        self.assertEqual(tool.process.wait(5), 0)


if __name__ == "__main__":
    unittest.main()
