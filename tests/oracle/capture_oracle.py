#!/usr/bin/env python3
"""An oracle for knockscope's batch path, written from the method alone, in the plainest way: no index, no sharing, exact fractions.

It reads pcap and pcapng itself, decodes frames itself, cuts windows, and tries every ordered pair of infrequent items. The tests
hold the program against it; by hand:

    capture_oracle.py stats|rules|sweep FILE... [key=value...]      prints JSON
"""

import decimal
import gzip
import itertools
import json
import math
import struct
import subprocess
import sys
from fractions import Fraction

TCP, UDP, ICMP, ICMP6 = range(4)
SYN, ACK = 2, 16
SLACK = Fraction(1, 10 ** 12)


# ---- files ---------------------------------------------------------------------------------------------------------------

def expand(data):
    """Undoes compression, known by its first bytes."""
    if data[:2] == b"\x1f\x8b":
        return gzip.decompress(data)
    for magic, program in ((b"\x28\xb5\x2f\xfd", "zstd"), (b"\xfd7zXZ\0", "xz"), (b"\x04\x22\x4d\x18", "lz4")):
        if data.startswith(magic):
            return subprocess.run([program, "-dc"], input=data, stdout=subprocess.PIPE, check=True).stdout
    return data


def read_file(path):
    """Yields (time in ns, link type, captured bytes, original length)."""
    with open(path, "rb") as file:
        data = expand(file.read())
    if data[:4] == b"\x0a\x0d\x0d\x0a":
        yield from read_pcapng(data)
    else:
        yield from read_pcap(data)


def read_pcap(data):
    for order in "<>":
        magic = struct.unpack(order + "I", data[:4])[0]
        if magic in (0xA1B2C3D4, 0xA1B23C4D):
            break
    else:
        raise ValueError("not a capture")
    unit = 1 if magic == 0xA1B23C4D else 1000
    link = struct.unpack(order + "I", data[20:24])[0] & 0xFFFF
    at = 24
    while at + 16 <= len(data):
        seconds, part, kept, length = struct.unpack(order + "IIII", data[at:at + 16])
        frame = data[at + 16:at + 16 + kept]
        if len(frame) < kept:
            return
        yield seconds * 10 ** 9 + part * unit, link, frame, length
        at += 16 + kept


def read_pcapng(data):
    at, order, interfaces = 0, "<", []
    while at + 12 <= len(data):
        if data[at:at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if data[at + 8:at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
            interfaces = []
        kind, size = struct.unpack(order + "II", data[at:at + 8])
        body = data[at + 8:at + size - 4]
        if kind == 1:
            interfaces.append(interface(order, body))
        elif kind == 6:
            number, high, low, kept, length = struct.unpack(order + "IIIII", body[:20])
            link, per_second, offset = interfaces[number]
            ticks = high << 32 | low
            yield ticks * 10 ** 9 // per_second + offset * 10 ** 9, link, body[20:20 + kept], length
        at += size


def interface(order, body):
    link, per_second, offset, at = struct.unpack(order + "H", body[:2])[0], 10 ** 6, 0, 8
    while at + 4 <= len(body):
        code, size = struct.unpack(order + "HH", body[at:at + 4])
        value = body[at + 4:at + 4 + size]
        if code == 0:
            break
        if code == 9:
            per_second = 2 ** (value[0] & 127) if value[0] & 128 else 10 ** value[0]
        elif code == 14:
            offset = struct.unpack(order + "q", value)[0]
        at += 4 + (size + 3) // 4 * 4
    return link, per_second, offset


# ---- frames --------------------------------------------------------------------------------------------------------------

class Skip(Exception):
    """Why a packet is not in the log."""


class Event:
    """One TCP, UDP or ICMP packet."""

    __slots__ = ("time", "source", "target", "proto", "sport", "dport", "flags", "seq", "request", "attempt")


def need(data, size):
    if len(data) < size:
        raise Skip("truncated")


def decode(link, frame):
    if link == 1:
        need(frame, 14)
        return by_ethertype(struct.unpack(">H", frame[12:14])[0], frame[14:])
    if link == 113:
        need(frame, 16)
        return by_ethertype(struct.unpack(">H", frame[14:16])[0], frame[16:])
    if link == 276:
        need(frame, 20)
        return by_ethertype(struct.unpack(">H", frame[:2])[0], frame[20:])
    if link in (12, 14, 101):
        need(frame, 1)
        return by_version(frame)
    if link == 228:
        return ipv4(frame)
    if link == 229:
        return ipv6(frame)
    if link in (0, 108):
        need(frame, 4)
        family = min(struct.unpack("<I", frame[:4])[0], struct.unpack(">I", frame[:4])[0])
        if family == 2:
            return ipv4(frame[4:])
        if family in (10, 23, 24, 28, 30):
            return ipv6(frame[4:])
        raise Skip("not-ip")
    if link == 9:
        if frame[:2] == b"\xff\x03":
            frame = frame[2:]
        need(frame, 2)
        return by_ppp(frame)
    raise Skip("link-type")


def by_ppp(data):
    kind = struct.unpack(">H", data[:2])[0]
    if kind == 0x0021:
        return ipv4(data[2:])
    if kind == 0x0057:
        return ipv6(data[2:])
    raise Skip("not-ip")


def by_ethertype(kind, data):
    # Bytes between a tag's own type and the next: 802.1Q and ad, VN-Tag, Cisco's and 802.1BR's, 802.1ah with the customer's addresses.
    tags = {0x8100: 2, 0x88A8: 2, 0x9100: 2, 0x9200: 2, 0x9300: 2, 0x8926: 4, 0x8909: 6, 0x893F: 6, 0x88E7: 16}
    while kind in tags or kind == 0x88E5:
        if kind == 0x88E5:  # MACsec: what is encrypted or changed ends here
            need(data, 6)
            if data[0] & 0x0C:
                raise Skip("encrypted")
            size = 14 if data[0] & 0x20 else 6
        else:
            size = tags[kind]
        need(data, size + 2)
        kind, data = struct.unpack(">H", data[size:size + 2])[0], data[size + 2:]
    if kind == 0x894F:  # service chain
        need(data, 4)
        size, follows = (data[1] & 63) * 4, data[3]
        if size < 8:
            raise Skip("malformed")
        need(data, size)
        data = data[size:]
        if follows == 3:
            return decode(1, data)
        kind = {1: 0x0800, 2: 0x86DD, 5: 0x8847}.get(follows)
    if kind == 0x0800:
        return ipv4(data)
    if kind == 0x86DD:
        return ipv6(data)
    if kind in (0x8847, 0x8848):
        while True:
            need(data, 4)
            bottom, data = data[2] & 1, data[4:]
            if bottom:
                need(data, 1)
                return by_version(data)
    if kind == 0x8864:
        need(data, 8)
        return by_ppp(data[6:])
    if kind <= 1500 and data[:6] == b"\xaa\xaa\3\0\0\0" and len(data) >= 8:  # IEEE 802.2 with a SNAP header
        return by_ethertype(struct.unpack(">H", data[6:8])[0], data[8:])
    raise Skip("not-ip")


def by_version(data):
    if data[0] >> 4 == 4:
        return ipv4(data)
    if data[0] >> 4 == 6:
        return ipv6(data)
    raise Skip("malformed")


def ipv4(data):
    if data and data[0] >> 4 != 4:
        raise Skip("malformed")
    need(data, 20)
    head, total = (data[0] & 15) * 4, struct.unpack(">H", data[2:4])[0]
    total = total or len(data)  # 0: the network card would have filled it in
    if head < 20 or total < head:
        raise Skip("malformed")
    need(data, head)
    if struct.unpack(">H", data[6:8])[0] & 0x1FFF:
        raise Skip("fragment")
    return after(data[9], data[12:16], data[16:20], data[head:total], total - head)


def ipv6(data):
    if data and data[0] >> 4 != 6:
        raise Skip("malformed")
    need(data, 40)
    size = struct.unpack(">H", data[4:6])[0] or len(data) - 40
    return after(data[6], data[8:24], data[24:40], data[40:40 + size], size)


def after(kind, source, target, data, size):
    """Extension headers; size: what the IP header says is left, data: what of it was captured."""
    while kind == 51 or len(source) == 16 and kind in (0, 43, 44, 60, 135, 139, 140):
        within(data, size, 8)
        length = 8 if kind == 44 else (data[1] + 2) * 4 if kind == 51 else (data[1] + 1) * 8
        if kind == 44 and struct.unpack(">H", data[2:4])[0] & 0xFFF8:
            raise Skip("fragment")
        within(data, size, length)
        kind, data, size = data[0], data[length:], size - length
    return transport(kind, source, target, data, size)


def within(data, size, length):
    """Whether so many bytes are there: the packet may be too short for them, or only what was captured of it."""
    if size < length:
        raise Skip("malformed")
    need(data, length)


def transport(protocol, source, target, data, size):
    event = Event()
    event.source, event.target, event.flags, event.seq, event.request = source, target, 0, 0, False
    if protocol in (4, 41, 47):
        raise Skip("tunnel")
    if protocol == 50:
        raise Skip("encrypted")
    if protocol not in ((6, 17, 1) if len(source) == 4 else (6, 17, 58)):
        raise Skip("protocol")
    # ports, sequence number and flags; ports and length; type and code
    within(data, size, {6: 14, 17: 8, 1: 4, 58: 4}[protocol])
    event.sport, event.dport = struct.unpack(">HH", data[:4])
    if protocol == 6:
        event.proto, event.flags, event.seq = TCP, data[13], struct.unpack(">I", data[4:8])[0]
    elif protocol == 17:
        event.proto = UDP
    else:
        if data[0] in ((0, 8) if protocol == 1 else (128, 129)):
            within(data, size, 8)
        event.proto = ICMP if protocol == 1 else ICMP6
        event.request = data[0] in ((8, 13, 15, 17, 42) if protocol == 1 else (128, 139, 160))
        event.dport = min(max(size - 8, 0), 65535)
    return event


# ---- the log -------------------------------------------------------------------------------------------------------------

class Capture:
    """Every packet of the files: an event, or counted under the reason why not."""

    def __init__(self, *paths):
        self.events, self.packets, self.skipped, self.bytes = [], 0, {}, 0
        self.first = self.last = None
        syns, flows = set(), set()
        for path in paths:
            for time, link, frame, length in read_file(path):
                self.packets += 1
                self.bytes += length
                self.first = time if self.first is None else min(self.first, time)
                self.last = time if self.last is None else max(self.last, time)
                try:
                    event = decode(link, frame)
                except Skip as why:
                    self.skipped[str(why)] = self.skipped.get(str(why), 0) + 1
                    continue
                event.time = time
                event.attempt = self.opens(event, syns, flows)
                self.events.append(event)

    @staticmethod
    def opens(event, syns, flows):
        """An attempt: a SYN without ACK whose addresses, ports and sequence number are new, or the first datagram of a flow."""
        here, there = (event.source, event.sport), (event.target, event.dport)
        if event.proto == TCP and event.flags & (SYN | ACK) == SYN:
            key, seen = (here, there, event.seq), syns
        elif event.proto == UDP:
            key, seen = (min(here, there), max(here, there)), flows
        else:
            return False
        if key in seen:
            return False
        seen.add(key)
        return True

    def stream(self, items):
        """[(event, item)] of one kind, in capture order. Items sort as knockscope's do: TCP, UDP, ICMP, ICMPv6, then the number."""
        takes = {"tcp": lambda e: e.proto == TCP,
                 "attempts": lambda e: e.attempt,
                 "syn": lambda e: e.proto == TCP and e.flags & (SYN | ACK) == SYN,
                 "udp": lambda e: e.proto == UDP,
                 "icmp": lambda e: e.request}[items]
        return [(e, (e.proto, e.sport if e.proto >= ICMP else 0, e.dport)) for e in self.events if takes(e)]


def label(item):
    proto, type_code, port = item
    if proto == TCP:
        return "%d" % port
    if proto == UDP:
        return "udp/%d" % port
    return "%s/%d/%d/%d" % ("icmp" if proto == ICMP else "icmp6", type_code >> 8, type_code & 255, port)


# ---- windows -------------------------------------------------------------------------------------------------------------

def seconds(text):
    """A time as --window takes it ("30s") in nanoseconds."""
    for unit, scale in (("ms", 10 ** 6), ("us", 10 ** 3), ("s", 10 ** 9), ("m", 60 * 10 ** 9), ("h", 3600 * 10 ** 9)):
        if text.endswith(unit):
            return int(Fraction(text[:-len(unit)]) * scale)
    raise ValueError(text)


def windows(stream, window, stride=None, scope="capture"):
    """The windows as lists of (event, item), ordered by their first event."""
    groups = {}
    for place, (event, item) in enumerate(stream):
        key = {"capture": None, "target": event.target, "pair": (event.source, event.target)}[scope]
        groups.setdefault(key, []).append((place, event, item))
    out = []
    for group in groups.values():
        if window.startswith("session:"):
            out += sessions(group, seconds(window[8:]))
        elif window.isdigit():
            size, step = int(window), int(stride or window)
            out += [group[at:at + size] for at in range(0, len(group), step)]
        else:
            slices, length = {}, seconds(window)
            for entry in group:
                slices.setdefault((entry[1].time - stream[0][0].time) // length, []).append(entry)
            out += slices.values()
    out.sort(key=lambda entries: entries[0][0])
    return [[(event, item) for _, event, item in entries] for entries in out]


def sessions(group, gap):
    out = [[group[0]]]
    for before, entry in zip(group, group[1:]):
        if entry[1].time - before[1].time > gap:
            out.append([])
        out[-1].append(entry)
    return out


class Mined:
    """Window sets and the rules between two items."""

    def __init__(self, capture, items="tcp", window="1000", stride=None, scope="capture"):
        self.stream = capture.stream(items)
        self.cut = windows(self.stream, window, stride, scope)
        self.t, self.l, self.sets, self.answers = len(self.stream), len(self.cut), {}, {}
        for number, entries in enumerate(self.cut):
            for _, item in entries:
                self.sets.setdefault(item, set()).add(number)
        # With a stride beyond the window's size some events are in no window: they count in t and u all the same.
        self.u = len({item for _, item in self.stream})

    def infrequent(self, min_supp):
        limit = math.floor(Fraction(min_supp) * self.l + Fraction(1, 10 ** 9))
        return sorted(item for item, holds in self.sets.items() if len(holds) <= limit)

    def pairs(self, min_supp):
        """Every ordered pair of infrequent items that shares a window."""
        key = str(min_supp)
        if key not in self.answers:
            chosen = self.infrequent(min_supp)
            self.answers[key] = [rule for rule in (self.rule(x, y) for x in chosen for y in chosen if x != y) if rule]
        return self.answers[key]

    def rules(self, min_supp, min_inte=0.0, min_conf=0.9, min_count=1, interest="wu"):
        """All rules X => Y between two items."""
        return passing(self.pairs(min_supp), min_inte, min_conf, min_count, interest)

    def longer(self, min_supp, min_inte, min_conf, min_count, interest, max_len):
        """Rules of itemsets of 3..max_len infrequent items: no split below minInte, every directed split that passes."""
        out, chosen = [], self.infrequent(min_supp)
        for size in range(3, max_len + 1):
            for itemset in itertools.combinations(chosen, size):
                together = len(self.holding(itemset))
                if together < max(1, min_count):
                    continue
                rules = []
                for k in range(1, size):
                    for x in itertools.combinations(itemset, k):
                        y = tuple(item for item in itemset if item not in x)
                        rules.append(Rule(x, y, together, len(self.holding(x)), len(self.holding(y)), self.l))
                value = "support" if interest == "joint" else "interest"
                if all(rule[value] >= Fraction(min_inte) - SLACK for rule in rules):
                    out += passing(rules, 0, min_conf)
        return out

    def holding(self, itemset):
        return set.intersection(*(self.sets[item] for item in itemset))

    def rule(self, x, y):
        n = len(self.sets[x] & self.sets[y])
        return Rule(x, y, n, len(self.sets[x]), len(self.sets[y]), self.l) if n else None

    def ln_p(self, rule):
        """Fisher's one-sided test: how often chance alone would put the two together so often, as a logarithm."""
        l, x, y = self.l, rule["count_if"], rule["count_then"]
        ways = sum(math.comb(x, k) * math.comb(l - x, y - k) for k in range(rule["count"], min(x, y) + 1))
        return ln_fraction(Fraction(ways, math.comb(l, y)))

    def ln_q(self, min_supp):
        """{frozenset of two items: ln q}, after Benjamini and Hochberg over all pairs of infrequent items."""
        chosen = self.infrequent(min_supp)
        m = len(chosen) * (len(chosen) - 1) // 2
        found = []
        for i, x in enumerate(chosen):
            for y in chosen[i + 1:]:
                rule = self.rule(x, y)
                if rule:
                    found.append((self.ln_p(rule), frozenset((x, y))))
        found.sort(key=lambda pair: pair[0])
        out, least = {}, 0.0
        for place in range(len(found), 0, -1):
            least = min(least, found[place - 1][0] + math.log(m) - math.log(place))
            out[found[place - 1][1]] = least
        return out


class Rule(dict):
    """X => Y: its counts; its measures as exact fractions, worked out when asked for."""

    MEASURES = {"support": lambda r: Fraction(r["count"], r["l"]), "confidence": lambda r: Fraction(r["count"], r["count_if"]),
                "correlation": lambda r: Fraction(r["count"] * r["l"], r["count_if"] * r["count_then"]),
                "interest": lambda r: Fraction(abs(r.excess()), r["l"] ** 2),
                "cpir": lambda r: Fraction(r.excess(), r["count_if"] * (r["l"] - r["count_then"]))}

    def __init__(self, x, y, n, n_x, n_y, l):
        super().__init__({"if": x, "then": y, "count": n, "count_if": n_x, "count_then": n_y, "l": l})

    def excess(self):
        return self["count"] * self["l"] - self["count_if"] * self["count_then"]

    def __missing__(self, key):
        self[key] = self.MEASURES[key](self)
        return self[key]


def passing(rules, min_inte, min_conf, min_count=1, interest="wu"):
    """Those that meet the thresholds: value >= bound, both sides multiplied out to whole numbers."""
    inte, conf = Fraction(min_inte) - SLACK, Fraction(min_conf) - SLACK
    out = []
    for r in rules:
        n, x, y, l, more = r["count"], r["count_if"], r["count_then"], r["l"], r.excess()
        # more > 0 is correlation > 1; where n(Y) = l it cannot be
        if (n >= min_count and more > 0 and more * conf.denominator >= conf.numerator * x * (l - y) and
                (n * l if interest == "joint" else more) * inte.denominator >= inte.numerator * l * l):
            out.append(r)
    return out


def ln_fraction(value):
    return math.log(value.numerator) - math.log(value.denominator)


# what `rules` sorts by, strongest first
SORTS = ("cpir", "confidence", "support", "interest", "correlation", "count", "count_if", "count_then")


def ranked(rules, sort):
    """In the order of `rules --sort`: ties go to interest, CPIR, count, the smaller counts, then the items' order."""
    return sorted(rules, key=lambda r: (-r[sort], -r["interest"], -r["cpir"], -r["count"], r["count_if"], r["count_then"],
                                        r["if"], r["then"]))


# ---- the curve -----------------------------------------------------------------------------------------------------------

def curve(l, u, ws):
    """Eq. 7 and 8 for a whole number of events a window: (p, [pmf]) to eighty digits."""
    with decimal.localcontext() as context:
        context.prec = 80
        q = (1 - decimal.Decimal(1) / u) ** ws
        return 1 - q, [math.comb(l, x) * power(1 - q, x) * power(q, l - x) for x in range(l + 1)]


def power(base, exponent):
    """0 to the power of 0 is 1, which decimal will not say."""
    return decimal.Decimal(1) if exponent == 0 else base ** exponent


# ---- by hand -------------------------------------------------------------------------------------------------------------

def main(arguments):
    command, options = arguments[0], dict(a.split("=", 1) for a in arguments[1:] if "=" in a)
    capture = Capture(*[a for a in arguments[1:] if "=" not in a])
    mined = Mined(capture, options.get("items", "tcp"), options.get("window", "1000"), options.get("stride"),
                  options.get("scope", "capture"))
    out = {"packets": capture.packets, "skipped": capture.skipped, "events": mined.t, "items": mined.u, "windows": mined.l}
    limits = dict(min_supp=options.get("min_supp", "0.3"), min_conf=options.get("min_conf", "0.9"),
                  interest=options.get("interest", "wu"))
    if command == "sweep":
        rules = mined.rules(**limits)
        out["sweep"] = {n / 100: len(passing(rules, Fraction(n, 100), limits["min_conf"], 1, limits["interest"]))
                        for n in range(0, 36)}
    elif command == "rules":
        rules = ranked(mined.rules(min_inte=options.get("min_inte", "0"), **limits), "cpir")
        out["rules"] = [{"if": label(r["if"]), "then": label(r["then"]), "count": r["count"],
                         **{measure: float(r[measure]) for measure in Rule.MEASURES}} for r in rules]
    print(json.dumps(out, indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
