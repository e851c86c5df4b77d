"""Captures as backgrounds: real ones are used where they lie, never copied. pcap, plain or gzip; Ethernet, raw IP, Linux cooked."""

import bisect
import gzip
import itertools
import random
import struct

from traffic import SECOND, World
from wire import Host, relink

CACHE = {}


class Unreadable(Exception):
    pass


class Capture:
    """The bytes of a capture, where each record lies, and who serves what in it."""

    def __init__(self, path, data=None):
        if data is None:
            with open(path, "rb") as f:
                data = f.read()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        magic = data[:4]
        kinds = {b"\xa1\xb2\xc3\xd4": (">", False), b"\xd4\xc3\xb2\xa1": ("<", False), b"\xa1\xb2\x3c\x4d": (">", True),
                 b"\x4d\x3c\xb2\xa1": ("<", True)}
        if magic not in kinds:
            raise Unreadable("%s is no pcap (pcapng is not read here)" % path)
        self.path, self.data = path, data
        self.order, self.nano = kinds[magic]
        self.link = struct.unpack_from(self.order + "I", data, 20)[0] & 0xFFFF
        if self.link not in (1, 12, 101, 113):
            raise Unreadable("%s has link type %d, which is not read here" % (path, self.link))
        self.scan()

    def scan(self):
        """Finds the records; learns hosts, answered ports and pairs from TCP over IPv4."""
        data, size = self.data, len(self.data)
        head = struct.Struct(self.order + "III")
        unpack, at = head.unpack_from, 24
        self.offsets, self.times = offsets, times = [], []
        self.services, self.tried, self.volume, self.macs, self.seen = {}, {}, {}, {}, {}
        skip = {1: 14, 12: 0, 101: 0, 113: 16}[self.link]
        scale = 1000 if self.nano else 1
        latest = 0
        while at + 16 <= size:
            sec, sub, keep = unpack(data, at)
            if at + 16 + keep > size:
                break
            latest = max(latest, sec * SECOND + sub // scale)  # so that bisecting works where time goes backwards
            offsets.append(at)
            times.append(latest)
            ip = at + 16 + skip
            at += 16 + keep
            if ip + 34 > at or data[ip] >> 4 != 4 or (skip == 14 and data[ip - 2:ip] != b"\x08\x00") or data[ip + 9] != 6:
                continue
            tcp = ip + ((data[ip] & 15) << 2)
            if tcp + 14 > at:
                continue
            a, b, flags = data[ip + 12:ip + 16], data[ip + 16:ip + 20], data[tcp + 13]
            self.seen[a] = self.seen.get(a, 0) + 1
            if flags & 0x12 == 0x12:
                self.services.setdefault(a, set()).add(data[tcp] << 8 | data[tcp + 1])
                self.volume[b, a] = self.volume.get((b, a), 0) + 1
            elif flags & 0x12 == 0x02:
                self.tried.setdefault(b, set()).add(data[tcp + 2] << 8 | data[tcp + 3])
            if skip == 14 and a not in self.macs:
                self.macs[a] = data[ip - 8:ip - 2]
        offsets.append(at)

    def record(self, i):
        """(time, frame, length) of the i-th record."""
        keep, size = struct.unpack_from(self.order + "II", self.data, self.offsets[i] + 8)
        return self.times[i], self.data[self.offsets[i] + 16:self.offsets[i] + 16 + keep], size

    def merge(self, path, records):
        """Writes the capture with sorted records of ours put in by time."""
        with open(path, "wb") as out:
            out.write(self.data[:24])
            last = 24
            for t, record in records:
                at = self.offsets[bisect.bisect_right(self.times, t)]
                if at > last:
                    out.write(memoryview(self.data)[last:at])
                    last = at
                out.write(relink(record, self.link, self.order, self.nano))
            out.write(memoryview(self.data)[last:self.offsets[-1]])


def text(ip):
    return ".".join(str(byte) for byte in ip)


def load(path):
    if path not in CACHE:
        if len(CACHE) > 3:
            CACHE.clear()
        CACHE[path] = Capture(path)
    return CACHE[path]


def make(path, name, seed):
    """A world whose packets are only those that are planted; `capture` holds the rest."""
    return world(load(path), name, seed)


def world(capture, name, seed):
    times = capture.times
    rng = random.Random("%s %s" % (name, seed))
    # Odd clocks at the ends are left alone: 0.5 % of the packets on either side.
    first, last = times[len(times) // 200], times[-1 - len(times) // 200]
    w = World(rng, 1, 0)
    w.start, w.span, w.kind, w.name, w.capture = first, max(last - first, SECOND), "real", name, capture
    for ip in itertools.islice(sorted(capture.seen, key=lambda ip: (-capture.seen[ip], ip)), 400):
        inside = ip[0] == 10 or ip[:2] == b"\xc0\xa8" or (ip[0] == 172 and 16 <= ip[1] < 32) or ip[:2] == b"\xc6\x12"
        if ip[0] in (0, 127) or ip[0] >= 224:
            continue
        host = Host(text(ip), capture.macs.get(ip, b"\2\0\0\0\0\1"), rng.choice(("linux", "windows")), 0 if inside else
                    rng.randrange(4000, 60000), rng.randrange(33000, 60000))
        w.hosts[host.name] = host
        (w.inside if inside else w.outside).append(host)
        if ip in capture.services:
            w.servers.append(host)
    w.inside = w.inside or w.outside[:40]
    w.services = {text(ip): ports for ip, ports in capture.services.items()}
    w.tried = {text(ip): ports for ip, ports in capture.tried.items()}
    busiest = sorted(capture.volume.items(), key=lambda item: (-item[1], item[0]))
    w.busiest = [(text(a), text(b)) for (a, b), _ in busiest[:50] if text(a) in w.hosts and text(b) in w.hosts]
    return w
