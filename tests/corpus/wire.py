"""Packets with valid checksums, made fast: one struct call per packet, sums of addresses and payloads kept ready.

Times are integers, microseconds since the epoch. Payload is dots unless bytes are given; what goes beyond the snap length
is counted in lengths and checksums, not stored.
"""

import ipaddress
import itertools
import struct

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
TCP4 = struct.Struct(">IIII14sHHHHBBH4s4sHHIIHHHH")
TCP6 = struct.Struct(">IIII14sIHBB16s16sHHIIHHHH")
UDP4 = struct.Struct(">IIII14sHHHHBBH4s4sHHHH")
UDP6 = struct.Struct(">IIII14sIHBB16s16sHHHH")
DOTS = b"." * 65536
SNAP = 96  # bytes of a frame that are stored
SYN_OPTIONS = {
    "linux": bytes.fromhex("020405b40402080a000100000000000001030307"),
    "windows": bytes.fromhex("020405b40103030801010402"),
    "nmap": bytes.fromhex("020405b4"),
    "none": b"",
}


def sum16(data):
    """Sum of the 16-bit words, not folded."""
    if len(data) & 1:
        data += b"\0"
    return sum(struct.unpack(">%dH" % (len(data) >> 1), data))


def fold(total):
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Host:
    """An address with what its packets share: MAC address, time to live, kind of system, distance."""

    __slots__ = ("name", "ip", "v6", "mac", "asum", "ttl", "ident", "system", "port", "far")

    def __init__(self, name, mac, system="linux", far=0, port=40000):
        address = ipaddress.ip_address(name)
        self.name, self.ip, self.v6 = str(address), address.packed, address.version == 6
        self.mac, self.system, self.far, self.port = mac, system, far, port
        self.asum = sum16(self.ip)
        self.ttl = (128 if system == "windows" else 64) - (0 if far == 0 else 4 + self.asum % 14)
        self.ident = self.asum * 97 & 0xFFFF

    def ephemeral(self):
        """Its next own source port."""
        low, high = (49152, 65535) if self.system == "windows" else (32768, 60999)
        self.port += 1
        if not low <= self.port <= high:
            self.port = low
        return self.port


class Wire:
    """Collects packets as (time, record); a record is a pcap record in network byte order with an Ethernet frame."""

    def __init__(self):
        self.records = []

    def __len__(self):
        return len(self.records)

    def tcp(self, t, a, sp, b, dp, seq, ack, flags, n=0, options=b"", window=64240):
        head = 20 + len(options)
        total = a.asum + b.asum + 6 + head + n + sp + dp + (seq >> 16) + (seq & 0xFFFF) + (ack >> 16) + (ack & 0xFFFF)
        where = head << 10 | flags
        total += where + window + (n >> 1) * 0x2E2E
        if n & 1:
            total += 0x2E00
        if options:
            total += sum16(options)
        total = (total & 0xFFFF) + (total >> 16)
        check = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
        if a.v6:
            size = 54 + head + n
            keep = size if size < SNAP else SNAP
            record = TCP6.pack(t // 1000000, t % 1000000, keep, size, b.mac + a.mac + b"\x86\xdd", 0x60000000, head + n, 6,
                               a.ttl, a.ip, b.ip, sp, dp, seq, ack, where, window, check, 0)
            rest = keep - 74
        else:
            size = 34 + head + n
            keep = size if size < SNAP else SNAP
            a.ident = ident = a.ident + 1 & 0xFFFF
            total = 0x4500 + 0x4000 + 6 + head + 20 + n + ident + (a.ttl << 8) + a.asum + b.asum
            total = (total & 0xFFFF) + (total >> 16)
            record = TCP4.pack(t // 1000000, t % 1000000, keep, size, b.mac + a.mac + b"\x08\x00", 0x4500, head + 20 + n, ident,
                               0x4000, a.ttl, 6, ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF, a.ip, b.ip, sp, dp, seq, ack,
                               where, window, check, 0)
            rest = keep - 54
        if rest > 0:
            record += (options + DOTS[:rest])[:rest]
        self.records.append((t, record))
        return record

    def syn(self, t, a, sp, b, dp, seq, system=None, window=64240):
        return self.tcp(t, a, sp, b, dp, seq, 0, SYN, 0, SYN_OPTIONS[system or a.system], window)

    def udp(self, t, a, sp, b, dp, payload):
        """payload: bytes, or a number of dots."""
        n = payload if isinstance(payload, int) else len(payload)
        body = DOTS[:n] if isinstance(payload, int) else payload
        total = a.asum + b.asum + 17 + (8 + n) * 2 + sp + dp
        total += (n >> 1) * 0x2E2E + (0x2E00 if n & 1 else 0) if isinstance(payload, int) else sum16(body)
        check = fold(total) or 0xFFFF
        if a.v6:
            size = 62 + n
            keep = min(size, SNAP)
            record = UDP6.pack(t // 1000000, t % 1000000, keep, size, b.mac + a.mac + b"\x86\xdd", 0x60000000, 8 + n, 17, a.ttl,
                               a.ip, b.ip, sp, dp, 8 + n, check) + body[:keep - 62]
        else:
            size = 42 + n
            keep = min(size, SNAP)
            a.ident = a.ident + 1 & 0xFFFF
            total = 0x4500 + 28 + n + a.ident + (a.ttl << 8 | 17) + a.asum + b.asum
            record = UDP4.pack(t // 1000000, t % 1000000, keep, size, b.mac + a.mac + b"\x08\x00", 0x4500, 28 + n, a.ident, 0,
                               a.ttl, 17, fold(total), a.ip, b.ip, sp, dp, 8 + n, check) + body[:keep - 42]
        self.records.append((t, record))
        return record

    def icmp(self, t, a, b, body):
        """An ICMP or ICMPv6 message whose checksum field (bytes 2 and 3 of body) is zero."""
        if a.v6:
            check = fold(sum16(body) + a.asum + b.asum + 58 + len(body))
            packet = struct.pack(">IHBB16s16s", 0x60000000, len(body), 58, a.ttl, a.ip, b.ip)
        else:
            check = fold(sum16(body))
            a.ident = a.ident + 1 & 0xFFFF
            total = 0x4500 + 20 + len(body) + a.ident + (a.ttl << 8 | 1) + a.asum + b.asum
            packet = struct.pack(">HHHHBBH4s4s", 0x4500, 20 + len(body), a.ident, 0, a.ttl, 1, fold(total), a.ip, b.ip)
        body = body[:2] + struct.pack(">H", check) + body[4:]
        frame = b.mac + a.mac + (b"\x86\xdd" if a.v6 else b"\x08\x00") + packet + body
        keep = frame[:SNAP]
        record = struct.pack(">IIII", t // 1000000, t % 1000000, len(keep), len(frame)) + keep
        self.records.append((t, record))
        return record

    def unreachable(self, t, a, b, record, code=None):
        """a tells b that the packet in `record` did not arrive (port unreachable unless another code is given)."""
        inner = record[30:]
        if a.v6:
            self.icmp(t, a, b, struct.pack(">BBHI", 1, 4 if code is None else code, 0, 0) + inner)
        else:
            self.icmp(t, a, b, struct.pack(">BBHI", 3, 3 if code is None else code, 0, 0) + inner[:28])

    def echo(self, t, a, b, ident, number, reply=False, n=56):
        kind = (129 if reply else 128) if a.v6 else (0 if reply else 8)
        return self.icmp(t, a, b, struct.pack(">BBHHH", kind, 0, 0, ident & 0xFFFF, number & 0xFFFF) + DOTS[:n])

    def sort(self):
        self.records.sort(key=lambda item: item[0])


def pieces(records, link=1):
    """A pcap of sorted records, piece by piece: link type 1 (Ethernet), 101 (raw IP) or 113 (Linux cooked)."""
    yield struct.pack(">IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    for start in range(0, len(records), 65536):
        some = itertools.islice(records, start, start + 65536)
        yield b"".join([record if link == 1 else relink(record, link) for _, record in some])


def write(path, records, link=1):
    with open(path, "wb") as out:
        out.writelines(pieces(records, link))


def relink(record, link, order=">", nano=False):
    """A record of ours in another link type, byte order and resolution."""
    sec, sub, keep, size = struct.unpack_from(">IIII", record)
    frame = record[16:]
    if link in (12, 101):
        frame, keep, size = frame[14:], keep - 14, size - 14
    elif link == 113:
        frame = struct.pack(">HHH", 0, 1, 6) + frame[6:12] + b"\0\0" + frame[12:]
        keep, size = keep + 2, size + 2
    elif link != 1:
        raise ValueError("link type %d is not written here" % link)
    return struct.pack(order + "IIII", sec, sub * 1000 if nano else sub, keep, size) + frame
