#!/usr/bin/env python3
"""Seeded random captures for the tests: every kind of event, several wrappings, retransmissions, ties, packets without ports.

usage: make_capture.py SEED FILE [key=value...]      keys: packets, link, form (pcap or pcapng), order (< or >), nano, wrap
"""

import random
import struct
import sys

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip4(source, target, protocol, body, fragment=0):
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 7, fragment, 64, protocol, 0) + source + target
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + body


def ip6(source, target, protocol, body, extensions=()):
    kinds = [kind for kind, _ in extensions] + [protocol]
    chain = b"".join(bytes([kinds[i + 1]]) + rest for i, (_, rest) in enumerate(extensions))
    return struct.pack(">IHBB", 6 << 28, len(chain) + len(body), kinds[0], 60) + source + target + chain + body


def tcp(sport, dport, flags, seq, payload=b""):
    return struct.pack(">HHIIBBHHH", sport, dport, seq, 0, 5 << 4, flags, 1024, 0, 0) + payload


def udp(sport, dport, payload=b""):
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def icmp(kind, code, payload=b""):
    return struct.pack(">BBHHH", kind, code, 0, 1, 2) + payload


class Maker:
    """Draws packets; `frames` is [(time in ns, bytes)]."""

    def __init__(self, seed, packets=400, link=1, wrap=True):
        self.r = random.Random(seed)
        self.link, self.wrap, self.now = link, wrap, 1400000000 * 10 ** 9
        self.hosts4 = [bytes([10, 0, 0, n]) for n in range(1, 7)]
        self.hosts6 = [bytes.fromhex("fd00" + "0" * 24) + bytes([0, n]) for n in range(1, 4)]
        # A few ports that come often, some that come at times, many that come once.
        self.common = [80, 443, 22, 53]
        self.some = self.r.sample(range(1, 2000), 12)
        self.sent = []
        self.frames = []
        for _ in range(packets):
            self.step()
            self.frames.append((self.now, self.frame()))

    def step(self):
        """Time goes on: not at all, a little, by exactly the lengths that windows are cut at, or a little backwards."""
        r = self.r
        self.now += r.choice((0, 0, 1000, r.randrange(10 ** 9) // 1000 * 1000, 10 ** 9, 10 ** 9, 5 * 10 ** 9,
                              10 ** 10, 10 ** 10 + 1000, -2000 if self.now > 1400000001 * 10 ** 9 else 0))

    def port(self):
        r = self.r
        return r.choice((r.choice(self.common), r.choice(self.some), r.choice(self.some), r.randrange(65536)))

    def frame(self):
        r = self.r
        hosts, six = (self.hosts6, True) if r.random() < 0.25 and self.link != 228 or self.link == 229 else (self.hosts4, False)
        source, target = r.choice(hosts), r.choice(hosts)
        if self.sent and r.random() < 0.12:  # the same again, as a retransmission or a reused flow
            six, packet = r.choice(self.sent)
        else:
            packet = self.packet(six, source, target)
            self.sent.append((six, packet))
        return self.wrapped(six, packet)

    def packet(self, six, source, target):
        r = self.r
        text = b"x" * r.choice((0, 0, 1, 56, r.randrange(200)))
        what = r.randrange(20)
        sport = r.choice((1024, 2000, self.port()))
        if what < 6:
            kind, body = 6, tcp(sport, self.port(), SYN | r.choice((0, 0, 64, 128)), r.choice((1, 2, r.getrandbits(32))))
        elif what < 11:
            kind, body = 6, tcp(sport, self.port(), r.choice((ACK, SYN | ACK, RST | ACK, FIN | ACK, PSH | ACK, 0, RST)),
                                r.getrandbits(32), text)
        elif what < 15:
            kind, body = 17, udp(sport, self.port(), text)
        elif what < 18:
            kind = 58 if six else 1
            body = icmp(r.choice((128, 129, 139, 140, 135) if six else (8, 0, 13, 14, 15, 17, 11, 5)), r.choice((0, 0, 1)), text)
        else:
            kind, body = r.choice((47, 50, 89, 132, 4)), b"\x45" * 40
        if six:
            extensions = r.choice(((), (), ((0, b"\0" + b"\1\4\0\0\0\0"),), ((60, b"\1" + b"\0" * 14), (44, b"\0\0\1abcd"))))
            if r.random() < 0.03:
                extensions = ((44, b"\0\1\1abcd"),)
            return ip6(source, target, kind, body, extensions)
        return ip4(source, target, kind, body, r.choice((0x4000, 0, 0x2000)) if r.random() < 0.97 else 0x00B9)

    def wrapped(self, six, packet):
        r, link = self.r, self.link
        kind = struct.pack(">H", 0x86DD if six else 0x0800)
        if link in (101, 228, 229):
            return packet
        if link == 0:
            return struct.pack("<I", 24 if six else 2) + packet
        if link == 108:
            return struct.pack(">I", 30 if six else 2) + packet
        if link == 9:
            return b"\xff\x03" + (b"\0\x57" if six else b"\0\x21") + packet
        if link == 113:
            return struct.pack(">HHH8s", 0, 1, 6, b"\2\0\0\0\0\1") + kind + packet
        if link == 276:
            return kind + struct.pack(">HIHBB8s", 0, 2, 1, 0, 6, b"\2\0\0\0\0\1") + packet
        ether = b"\2\0\0\0\0\2\2\0\0\0\0\1"
        if self.wrap:
            if r.random() < 0.03:
                return ether + r.choice((b"\x08\x06" + b"\0" * 28, b"\x88\xcc" + b"\2\7\4" * 9, b"\0\x26" + b"\x42\x42\3" * 12))
            draw = r.random()
            if draw < 0.1:
                return ether + b"\x81\0\0\x05" + kind + packet
            if draw < 0.15:
                return ether + b"\x88\xa8\0\x05\x81\0\0\x06" + kind + packet
            if draw < 0.2:
                return ether + b"\x88\x47\0\1\0\x40\0\2\1\x40" + packet
            if draw < 0.25:
                return ether + b"\x88\x64\x11\0\0\1" + struct.pack(">H", len(packet) + 2) + (b"\0\x57" if six else b"\0\x21") + packet
        return ether + kind + packet


def pcap(frames, link=1, order="<", nano=False):
    unit = 1 if nano else 1000
    out = [struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)]
    for time, frame in frames:
        out.append(struct.pack(order + "IIII", time // 10 ** 9, time % 10 ** 9 // unit, len(frame), len(frame)) + frame)
    return b"".join(out)


def block(order, kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def pcapng(frames, link=1, order="<", nano=False):
    options = struct.pack(order + "HHB3xHH", 9, 1, 9, 0, 0) if nano else b""
    out = [block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)),
           block(order, 1, struct.pack(order + "HHI", link, 0, 262144) + options),
           block(order, 5, struct.pack(order + "III", 0, 0, 0))]
    for time, frame in frames:
        ticks = time if nano else time // 1000
        head = struct.pack(order + "IIIII", 0, ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame))
        out.append(block(order, 6, head + frame))
    return b"".join(out)


def make(seed, path, packets=400, link=1, form="pcap", order="<", nano=False, wrap=True):
    maker = Maker(seed, packets, link, wrap)
    with open(path, "wb") as out:
        out.write((pcapng if form == "pcapng" else pcap)(maker.frames, link, order, nano))


if __name__ == "__main__":
    given = dict(argument.split("=", 1) for argument in sys.argv[3:])
    make(int(sys.argv[1]), sys.argv[2], int(given.get("packets", 400)), int(given.get("link", 1)), given.get("form", "pcap"),
         given.get("order", "<"), given.get("nano") == "1", given.get("wrap", "1") == "1")
