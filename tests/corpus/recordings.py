"""Backgrounds made of recorded ones, as people make them: cut, played again, with addresses moved, sped up, laid over each other.

A name says how: loop-p2p is the network p2p recorded once and played three times, moved-p2p the same with each round's addresses
moved, fast-uplink an uplink squeezed into ten minutes, cut-real-NAME some packets of a real capture; mix lays four over each other.
"""

import io
import random
import struct

import backgrounds
import real
import wire
from traffic import SECOND

WAYS = ("loop", "moved", "fast", "cut")
OWN = ("loop-p2p", "loop-industrial", "moved-p2p", "fast-uplink", "mix")  # of networks that are made here
MIXED = (("enterprise", 0.35), ("industrial", 0.2), ("p2p", 0.25), ("scans", 0.2))


def of_real(name):
    """What is made of a real capture, by its size: all of it, and what a small or a big one is good for."""
    return [name, "loop-" + name, "moved-" + name, "cut-" + name, "fast-" + name]


def packets(base, seed, budget, captures):
    """[(time, frame, length)] of a network: a piece of a real capture of about `budget` packets (all of a smaller one), or made."""
    if base in captures:
        capture = real.load(captures[base])
        n = len(capture.times)
        first = random.Random("cut %s %s" % (base, seed)).randrange(max(1, n - budget)) if budget else 0
        return [capture.record(i) for i in range(first, min(n, first + (budget or n)))]
    w = backgrounds.make(base, seed, budget)
    w.wire.sort()
    return [(t, record[16:], struct.unpack_from(">I", record, 12)[0]) for t, record in w.wire.records]


def squeeze(records, start, seconds):
    """The same packets, evenly faster or slower, from start on."""
    first, span = records[0][0], max(1, records[-1][0] - records[0][0])
    return [(start + (t - first) * int(seconds * SECOND) // span, frame, size) for t, frame, size in records]


def adjust(data, at, old, new):
    """The checksum at `at` after 16-bit words changed from old to new (RFC 1624)."""
    total = ~struct.unpack_from(">H", data, at)[0] & 0xFFFF
    for x, y in zip(old, new):
        total += (~x & 0xFFFF) + y
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    struct.pack_into(">H", data, at, ~total & 0xFFFF)


def move_header(data, ip, by):
    """Moves the addresses of an IPv4 header; returns the words before and after, or None where there is none."""
    if ip + 20 > len(data) or data[ip] >> 4 != 4:
        return None
    old = struct.unpack_from(">4H", data, ip + 12)
    for at in (ip + 12, ip + 16):
        if data[at] not in (0, 127, 255) and data[at] < 224:
            data[at + 1] = data[at + 1] + by & 0xFF
    new = struct.unpack_from(">4H", data, ip + 12)
    adjust(data, ip + 10, old, new)
    return old, new


def move(frame, by):
    """An Ethernet frame whose IPv4 addresses have another second octet, with checksums that are as right as they were."""
    if frame[12:14] != b"\x08\x00":
        return frame
    data = bytearray(frame)
    changed = move_header(data, 14, by)
    if changed is None:
        return frame
    l4, proto = 14 + ((data[14] & 15) << 2), data[23]
    check = l4 + {6: 16, 17: 6, 1: 2}.get(proto, 0)
    if check == l4 or check + 2 > len(data):
        return bytes(data)
    if proto == 1:
        if data[l4] in (3, 11):  # the packet that it is about moves, too; its own checksum takes care of the sum
            inner = struct.unpack_from(">10H", data, l4 + 8) if l4 + 28 <= len(data) else ()
            if inner and move_header(data, l4 + 8, by):
                adjust(data, check, inner, struct.unpack_from(">10H", data, l4 + 8))
    elif proto == 6 or data[check] or data[check + 1]:
        adjust(data, check, *changed)
    return bytes(data)


def again(records, rounds, pause, by=0):
    """The same packets several times, one round after the other."""
    span, out = records[-1][0] - records[0][0] + int(pause * SECOND), []
    for i in range(rounds):
        out += [(t + i * span, move(frame, by * i) if by * i else frame, size) for t, frame, size in records]
    return out


def make(name, seed, budget, captures):
    """The world of a name."""
    rng = random.Random("recording %s %s" % (name, seed))
    way, _, base = name.partition("-")
    if way == "mix":
        start, seconds, records = 1500000000 * SECOND, 1800, []
        for i, (part, share) in enumerate(MIXED):
            records += squeeze(packets(part, "%s %d" % (seed, i), int(budget * share), captures), start, seconds)
        records.sort(key=lambda item: item[0])
    elif way == "fast":
        records = packets(base, seed, budget, captures)
        records = squeeze(records, records[0][0], 600)
    elif way == "cut":
        records = packets(base, seed, budget, captures)
    else:
        rounds = rng.choice((2, 3, 4))
        records = packets(base, seed, budget // rounds, captures)
        records = again(records, rounds, rng.choice((1, 3, 5)), rng.choice((3, 7)) if way == "moved" else 0)
    records = [(t, struct.pack(">IIII", t // SECOND, t % SECOND, len(frame), size) + frame) for t, frame, size in records]
    out = io.BytesIO()
    out.writelines(wire.pieces(records))
    return real.world(real.Capture(name, out.getvalue()), name, seed)
