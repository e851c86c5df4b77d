"""Captures with knocks whose evidence is known packet by packet.

A client knocks on a server five times; the server answers as the scenario says and opens a port afterwards. Around it the same client has an
ordinary session with the same server, other clients use it, somebody tries one of the knock's ports once, and a few frames are no IP at all.
`frames` is [(time in ns, bytes, evidence)]."""

import ipaddress
import os
import random
import struct
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
from make_capture import ACK, FIN, PSH, RST, SYN, checksum, ip4, ip6, tcp, udp

MS = 10 ** 6
BEGIN = 1400000000 * 10 ** 9


def packed(text):
    return ipaddress.ip_address(text).packed


class Scene:
    def __init__(self, six=False, steps=("999", "888", "777", "666"), answer="refused", opened=1234, nano=False, vlan=None, sources=None):
        self.six, self.vlan = six, vlan
        self.client, self.server, self.other, self.router = (packed(a) for a in (
            ("2001:db8:1::66", "2001:db8:2::10", "2001:db8:1::7", "2001:db8:1::1") if six
            else ("203.0.113.66", "192.0.2.10", "203.0.113.7", "203.0.113.1")))
        self.now, self.nano, self.frames, self.sport, self.seq = BEGIN, nano, [], 40000, 1000
        self.steps, self.answer, self.opened = steps, answer, opened
        self.sources = [packed(text) for text in sources or []]  # one for each step, where they differ
        self.draw = random.Random(1)
        self.office(5)
        for number in range(5):
            self.knock(number)
            self.office(6)
        self.stray()
        self.office(5)

    # ---- what a frame is

    def link(self, kind, body):
        head = b"\x02\0\0\0\0\2\x02\0\0\0\0\1"
        if self.vlan is not None:
            head += struct.pack(">HH", 0x8100, self.vlan)
        return head + struct.pack(">H", kind) + body

    def put(self, source, target, protocol, body, evidence=False, later=0):
        if self.six and protocol == 1:
            protocol = 58
        if protocol in (6, 17, 58):
            body = self.summed(source, target, protocol, body)
        elif protocol == 1:
            body = body[:2] + struct.pack(">H", checksum(body)) + body[4:]
        packet = (ip6 if self.six else ip4)(source, target, protocol, body)
        time = self.now + later + (123 if self.nano else 0)
        self.frames.append((time, self.link(0x86DD if self.six else 0x0800, packet), evidence))
        return packet

    def summed(self, source, target, protocol, body):
        at = {6: 16, 17: 6, 58: 2}[protocol]
        length = struct.pack(">I", len(body)) if self.six else struct.pack(">H", len(body))
        pseudo = source + target + (length + b"\0\0\0" if self.six else b"\0") + bytes([protocol])
        if not self.six:
            pseudo += length
        value = checksum(pseudo + body) or 0xFFFF
        return body[:at] + struct.pack(">H", value) + body[at + 2:]

    def new_flow(self):
        self.sport += 1
        self.seq += 100000
        return self.sport, self.seq

    def session(self, client, port, evidence=False, last=200 * MS):
        """A whole TCP connection that is opened, used and closed."""
        sport, seq = self.new_flow()
        for later, out, flags, load in ((0, True, SYN, b""), (1, False, SYN | ACK, b""), (2, True, ACK, b""),
                                        (5, True, PSH | ACK, b"hello"), (9, False, PSH | ACK, b"there"), (last // MS, False, FIN | ACK, b""),
                                        (last // MS + 1, True, FIN | ACK, b""), (last // MS + 2, False, ACK, b"")):
            if out:
                self.put(client, self.server, 6, tcp(sport, port, flags, seq, load), evidence, later * MS)
            else:
                self.put(self.server, client, 6, tcp(port, sport, flags, seq, load), evidence, later * MS)

    # ---- who does what

    def office(self, n):
        """Ordinary use of the server, in no order."""
        for _ in range(n):
            for who in (self.other, self.client):
                if self.draw.random() < (0.8 if who == self.other else 0.4):
                    self.session(who, self.draw.choice((80, 443, 22, 25)))
                self.now += self.draw.randrange(500, 20000) * MS
            self.frames.append((self.now, self.link(0x0806, bytes(28)), False))

    def knock(self, number):
        self.session(self.client, 22, last=60000 * MS)  # goes on all the while
        self.now += 20000 * MS
        for at, step in enumerate(self.steps):
            last = at + 1 == len(self.steps)
            self.knocker = self.sources[at] if self.sources else self.client
            if step.startswith("icmp"):
                self.ping_step(int(step.rpartition("/")[2]))
            elif step.startswith("udp/"):
                self.udp_step(int(step[4:]))
            else:
                self.tcp_step(int(step), last and self.answer == "silent")
            self.put(self.other, self.server, 6, tcp(51000 + number, 443, ACK, 5), later=20 * MS)  # in between
            self.now += (300 + 40 * number) * MS
        self.now += 4000 * MS
        self.session(self.client, self.opened, evidence=True, last=800 * MS)
        self.now += 30000 * MS
        # closed again
        sport, seq = self.new_flow()
        self.put(self.client, self.server, 6, tcp(sport, self.opened, SYN, seq))
        self.put(self.server, self.client, 6, tcp(self.opened, sport, RST | ACK, 0), later=MS)
        self.now += 41000 * MS

    def tcp_step(self, port, repeats):
        sport, seq = self.new_flow()
        syn = tcp(sport, port, SYN, seq)
        self.put(self.knocker, self.server, 6, syn, True)
        if self.answer == "refused":
            self.put(self.server, self.knocker, 6, tcp(port, sport, RST | ACK, 0), True, MS)
        for later in (1000, 3000) if repeats else ():
            self.put(self.knocker, self.server, 6, syn, True, later * MS)

    def udp_step(self, port):
        sport, _ = self.new_flow()
        packet = self.put(self.knocker, self.server, 17, udp(sport, port, b"\0"), True)
        if self.answer == "refused":
            kind = (1, 4) if self.six else (3, 3)
            self.put(self.server, self.knocker, 1, struct.pack(">BBHI", *kind, 0, 0) + packet, True, MS)

    def ping_step(self, size):
        request, reply = (128, 129) if self.six else (8, 0)
        for kind, source, target, later in ((request, self.knocker, self.server, 0), (reply, self.server, self.knocker, MS)):
            self.put(source, target, 1, struct.pack(">BBHHH", kind, 0, 0, 7, 1) + bytes(size), True, later)
            self.put(source, target, 1, struct.pack(">BBHHH", kind, 0, 0, 8, 1) + bytes(size + 5), False, later + 2 * MS)

    def stray(self):
        """Somebody else tries a port of the knock, and the client tries one elsewhere: no evidence."""
        sport, seq = self.new_flow()
        port = int(self.steps[0].rpartition("/")[2]) % 65536
        self.put(self.other, self.server, 6, tcp(sport, port, SYN, seq))
        self.put(self.server, self.other, 6, tcp(port, sport, RST | ACK, 0), later=MS)
        self.put(self.client, self.router, 6, tcp(sport, port, SYN, seq), later=2 * MS)
        self.now += 40000 * MS

    # ---- files

    def sorted(self):
        return sorted(self.frames, key=lambda frame: frame[0])


def write(path, frames, link=1, nano=False):
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 262144, link))
        for time, frame, _ in frames:
            part = time % 10 ** 9
            out.write(struct.pack("<IIII", time // 10 ** 9, part if nano else part // 1000, len(frame), len(frame)) + frame)


def read(path):
    """[(time in ns, bytes)] and the link type of a pcap file in this machine's byte order."""
    with open(path, "rb") as source:
        head = source.read(24)
        magic, _, _, _, _, _, link = struct.unpack("=IHHiIII", head)
        unit = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}[magic]
        frames = []
        while True:
            record = source.read(16)
            if not record:
                return frames, link
            sec, part, caplen, length = struct.unpack("=IIII", record)
            frame = source.read(caplen)
            assert len(frame) == caplen == length
            frames.append((sec * 10 ** 9 + part * unit, frame))
