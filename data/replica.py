#!/usr/bin/env python3
"""Replicas of the two data sets of "Detecting Stealthy Backdoors with Association Rule Mining" (NETWORKING 2012).

The paper's captures were never published. These are synthetic: an office network's TCP traffic in both directions, with
a cd00r-like backdoor woken five times by 999,888,777,666,555, made so that the paper's Table 1 holds exactly (every TCP
packet counted by its destination port):

    replica-1   t = 19609 packets, u = 559 ports
    replica-2   t = 50787 packets, u = 804 ports

usage: replica.py 1|2 FILE          writes the capture (pcap, microseconds; `-` is standard output)
       replica.py --truth 1|2       prints when the backdoor was woken, as JSON

The same bytes come out on every machine: only integers are used, drawn by the generator below (SplitMix64).
"""

import json
import math
import struct
import sys

SECOND = 1000000  # times are microseconds
KNOCK = (999, 888, 777, 666, 555)
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MSS = 1448

# How far each replica goes. `knocks`: (seconds after the start, chosen port). In replica 2 two activations come close enough to
# share a window of 1000 packets, as the paper's Table 2 suggests that they did.
SETS = {
    1: dict(seed=2012, t=19609, u=559, start=1329127200, length=2400, bulk=50000, requests=(1, 6), scans=(30,), lengthy=110,
            knocks=((260, 1234), (730, 31337), (1160, 4321), (1610, 5002), (2165, 2345))),
    2: dict(seed=1972, t=50787, u=804, start=1329213600, length=7200, bulk=300000, requests=(6, 20), scans=(24, 18), lengthy=190,
            knocks=((610, 1234), (1980, 4321), (2023, 1234), (4390, 1234), (6200, 4321))),
}


class Draw:
    """SplitMix64, and the few distributions that are needed, in integers."""

    # quantiles of the exponential distribution, in thousandths of its mean
    EXPONENTIAL = [round(-1000 * math.log(1 - (i + 0.5) / 256)) for i in range(256)]

    def __init__(self, seed):
        self.state = seed

    def bits(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        return z ^ (z >> 31)

    def below(self, n):
        return self.bits() % n

    def between(self, low, high):
        return low + self.below(high - low + 1)

    def chance(self, percent):
        return self.below(100) < percent

    def of(self, things):
        return things[self.below(len(things))]

    def around(self, mean):
        """Exponential with this mean, at least 1."""
        return max(1, mean * self.EXPONENTIAL[self.below(256)] // 1000)

    def heavy(self, low, high):
        """Small mostly and large at times: the density falls with the square of the size."""
        return low * high // (low + self.below(high - low + 1))

    def weighted(self, pairs):
        """One of [(thing, weight)]."""
        at = self.below(sum(weight for _, weight in pairs))
        for thing, weight in pairs:
            at -= weight
            if at < 0:
                return thing
        raise AssertionError


def ip(text):
    return bytes(int(part) for part in text.split("."))


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


CLIENTS = ["192.168.10.%d" % n for n in range(101, 119)]
WEB, MAIL, FILES, SHELL, BASE = ("192.168.10.%d" % n for n in (10, 11, 12, 13, 14))
GATEWAY, PRINTER = "192.168.10.1", "192.168.10.40"
OUTSIDE = [("%s.example.%s" % (name, zone), "198.51.100.%d" % n) for name, zone, n in (
    ("www", "com", 7), ("news", "org", 19), ("static", "net", 23), ("mx", "com", 42), ("shop", "com", 80), ("cdn", "net", 113),
    ("forum", "org", 150), ("maps", "com", 201))]
VISITORS = ["203.0.113.%d" % n for n in (5, 9, 31, 48, 77, 90, 122, 166, 203, 240)]
SCANNER, INTRUDER, VICTIM = "203.0.113.199", "203.0.113.66", WEB


class Wire:
    """Collects frames, and the destination ports of TCP for Table 1."""

    def __init__(self, draw, start, end):
        self.draw, self.start, self.end = draw, start, end
        self.frames, self.ports, self.n_tcp, self.ip_id = [], set(), 0, {}

    def mac(self, address):
        # What is not on the office's own network comes through its gateway.
        host = ip(address) if address.startswith("192.168.10.") else ip(GATEWAY)
        return b"\x02\x00" + host

    def packet(self, time, source, target, protocol, segment):
        self.ip_id[source] = self.ip_id.get(source, sum(ip(source)) * 97) + 1 & 0xFFFF
        ttl = 64 if source.startswith("192.168.10.") else 50 + sum(ip(source)) % 9
        header = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), self.ip_id[source], 0x4000, ttl, protocol, 0,
                             ip(source), ip(target))
        header = header[:10] + struct.pack(">H", checksum(header)) + header[12:]
        self.frames.append((time, len(self.frames), self.mac(target) + self.mac(source) + b"\x08\x00" + header + segment))

    def tcp(self, time, source, sport, target, dport, seq, ack, flags, size=0):
        options = b"\x02\x04\x05\xb4\x01\x01\x04\x02\x01\x03\x03\x07" if flags & SYN else b""
        window = 0 if flags & RST else 64240 if flags & SYN else 502
        # The text of a transfer tells nothing here; its letter makes it compressible and its length is what counts.
        payload = b"." * size
        head = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, (20 + len(options)) // 4 << 4,
                           flags, window, 0, 0) + options
        pseudo = ip(source) + ip(target) + struct.pack(">BBH", 0, 6, len(head) + size)
        head = head[:16] + struct.pack(">H", checksum(pseudo + head + payload)) + head[18:]
        self.packet(time, source, target, 6, head + payload)
        self.ports.add(dport)
        self.n_tcp += 1

    def udp(self, time, source, sport, target, dport, data):
        head = struct.pack(">HHH", sport, dport, 8 + len(data))
        pseudo = ip(source) + ip(target) + struct.pack(">BBH", 0, 17, 8 + len(data))
        total = checksum(pseudo + head + b"\0\0" + data) or 0xFFFF
        self.packet(time, source, target, 17, head + struct.pack(">H", total) + data)


class Connection:
    """One TCP connection, told message by message."""

    def __init__(self, wire, time, client, cport, server, sport, trip):
        self.wire, self.draw, self.now, self.trip = wire, wire.draw, time, trip
        self.ends = ((client, cport), (server, sport))
        self.next = [self.draw.below(1 << 32), self.draw.below(1 << 32)]
        self.unacked = [0, 0]  # segments of each side that the other has not acknowledged yet

    def emit(self, side, flags, size=0, seq=None):
        (source, sport), (target, dport) = self.ends[side], self.ends[1 - side]
        ack = self.next[1 - side] if flags & ACK else 0
        self.wire.tcp(self.now, source, sport, target, dport, self.next[side] if seq is None else seq, ack, flags, size)
        if flags & ACK:
            self.unacked[1 - side] = 0
        if seq is None:
            self.next[side] += size + (1 if flags & (SYN | FIN) else 0)

    def wait(self, mean):
        self.now += self.draw.around(mean)

    def open(self):
        self.emit(0, SYN)
        self.wait(self.trip)
        self.emit(1, SYN | ACK)
        self.wait(120)
        self.emit(0, ACK)
        return self

    def say(self, side, size):
        """One message; every second segment is acknowledged at once, the last by what follows."""
        self.wait(self.trip // 2)
        while size > 0:
            part = min(size, MSS)
            size -= part
            first = self.next[side]
            self.emit(side, ACK | (0 if size else PSH), part)
            if self.draw.below(150) == 0:  # lost on the way, sent again
                self.wait(200000)
                self.emit(side, ACK | (0 if size else PSH), part, first)
            self.unacked[side] += 1
            self.wait(self.trip // 8 + 40)
            if self.unacked[side] >= 2 and size:
                self.emit(1 - side, ACK)
                self.wait(60)

    def pause(self, mean):
        """A silence: what was said last is acknowledged first."""
        for side in (0, 1):
            if self.unacked[side]:
                self.now += 40000
                self.emit(1 - side, ACK)
        self.wait(mean)

    def close(self):
        first = self.draw.below(2)
        self.wait(self.trip)
        self.emit(first, FIN | ACK)
        self.wait(self.trip)
        self.emit(1 - first, FIN | ACK)
        self.wait(self.trip // 2 + 60)
        self.emit(first, ACK)


class Office:
    """Everybody who talks."""

    def __init__(self, plan):
        self.plan, self.draw = plan, Draw(plan["seed"])
        self.end = plan["length"] * SECOND
        self.wire = Wire(self.draw, 0, self.end)
        self.used, self.truth = [], []

    def port(self):
        """A source port as Linux draws them; at times one that was used before."""
        if self.used and self.draw.chance(6):
            return self.draw.of(self.used)
        port = self.draw.between(32768, 60999)
        while port in self.used:
            port = self.draw.between(32768, 60999)
        self.used.append(port)
        return port

    def connect(self, time, client, server, port):
        outside = not (client.startswith("192.168.10.") and server.startswith("192.168.10."))
        trip = self.draw.between(12000, 60000) if outside else self.draw.between(150, 500)
        return Connection(self.wire, time, client, self.port(), server, port, trip).open()

    def look_up(self, time, client, name):
        """The name before the connection: a query and its answer (RFC 1035)."""
        port, number = self.draw.between(32768, 60999), self.draw.below(1 << 16)
        host, address = name
        question = b"".join(bytes([len(part)]) + part.encode() for part in host.split(".")) + b"\0\0\1\0\1"
        self.wire.udp(time, client, port, GATEWAY, 53, struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + question)
        answer = b"\xc0\x0c\0\1\0\1" + struct.pack(">IH", 300, 4) + ip(address)
        self.wire.udp(time + self.draw.between(300, 20000), GATEWAY, 53, client, port,
                      struct.pack(">HHHHHH", number, 0x8180, 1, 1, 0, 0) + question + answer)

    # ---- ordinary work -----------------------------------------------------------------------------------------------

    def web(self, time, client, server, port):
        c = self.connect(time, client, server, port)
        if port == 443:
            c.say(0, 517), c.say(1, self.draw.between(2800, 4200)), c.say(0, 93), c.say(1, 51)
        for _ in range(self.draw.heavy(*self.plan["requests"])):
            c.say(0, self.draw.between(280, 900))
            c.say(1, self.draw.heavy(400, self.plan["bulk"]))
            c.pause(self.draw.heavy(20000, 3 * SECOND))
        c.close()

    def mail(self, time, client, server, port):
        c = self.connect(time, client, server, port)
        c.say(1, 60)
        for size in (24, 36, 30, 6):
            c.say(0, size), c.say(1, self.draw.between(8, 130))
        c.say(0, self.draw.heavy(900, 60000)), c.say(1, 40), c.say(0, 6), c.say(1, 15)
        c.close()

    def mailbox(self, time, client, server, port):
        c = self.connect(time, client, server, port)
        c.say(1, 100)
        for _ in range(self.draw.between(4, 9)):
            c.say(0, self.draw.between(12, 60)), c.say(1, self.draw.heavy(60, 9000))
        c.close()

    def query(self, time, client, server, port):
        c = self.connect(time, client, server, port)
        for _ in range(self.draw.between(2, 12)):
            c.say(0, self.draw.between(60, 400)), c.say(1, self.draw.heavy(90, 15000)), c.pause(30000)
        c.close()

    def shell(self, time, client, server, port, until):
        """A session on a terminal: keys and their echo."""
        c = self.connect(time, client, server, port)
        for size in (41, 41, 1080, 1050, 48, 560, 16, 44, 44, 68, 52):
            c.say(self.draw.below(2), size)
        while c.now < until:
            for _ in range(self.draw.between(2, 7)):
                c.say(0, 36), c.say(1, 36), c.pause(180000)
            c.say(1, self.draw.heavy(100, 6000))
            c.pause(25 * SECOND)
        c.close()

    def stream(self, time, client, server, port, until):
        """A page that keeps its connection and asks again and again."""
        c = self.connect(time, client, server, port)
        while c.now < until:
            c.say(0, self.draw.between(200, 400)), c.say(1, self.draw.heavy(150, 3000))
            c.pause(self.draw.between(8, 40) * SECOND)
        c.close()

    def share(self, time, client):
        """A file server is tried on two ports at once; the old one is refused."""
        self.refused(time, client, FILES, 139)
        c = self.connect(time + 90, client, FILES, 445)
        for _ in range(self.draw.between(6, 20)):
            c.say(0, self.draw.between(90, 220)), c.say(1, self.draw.heavy(100, 20000))
        c.close()

    def refused(self, time, client, server, port, source=None):
        seq = self.draw.below(1 << 32)
        source = source or self.port()
        self.wire.tcp(time, client, source, server, port, seq, 0, SYN)
        self.wire.tcp(time + self.draw.between(70, 400), server, port, client, source, 0, seq + 1, RST | ACK)

    def silent(self, time, client, server, port):
        """Nobody answers: the same SYN again after 1, 3 and 7 seconds."""
        source, seq = self.draw.between(32768, 60999), self.draw.below(1 << 32)
        for after in (0, 1, 3, 7):
            self.wire.tcp(time + after * SECOND + self.draw.below(900), client, source, server, port, seq, 0, SYN)

    def transfer(self, time, client):
        """FTP: one connection for the words, one for the file, to a port that the server names."""
        c = self.connect(time, client, FILES, 21)
        for _ in range(5):
            c.say(1, 40), c.say(0, 16)
        c.say(1, 48)
        d = self.connect(c.now, client, FILES, self.draw.between(20000, 29999))
        d.say(1, self.draw.between(20000, 60000))
        d.close()
        c.now = d.now
        c.say(1, 24), c.say(0, 6)
        c.close()

    def scan(self, time, n):
        """Half-open, all from one port, ports without order."""
        ports = [21, 22, 23, 25, 53, 80, 81, 110, 111, 113, 135, 139, 143, 199, 256, 443, 445, 465, 513, 514, 548, 554, 587, 993,
                 995, 1025, 1720, 1723, 2049, 3306, 3389, 5060, 5900, 6001, 8000, 8080, 8443, 8888, 10000, 32768]
        source, seq = self.port(), self.draw.below(1 << 32)
        for _ in range(n):
            port = ports.pop(self.draw.below(len(ports)))
            time += self.draw.around(60000)
            if port in (22, 25, 80, 443):
                self.wire.tcp(time, SCANNER, source, VICTIM, port, seq, 0, SYN)
                self.wire.tcp(time + 180, VICTIM, port, SCANNER, source, seq ^ 0x5A5A5A5A, seq + 1, SYN | ACK)
                self.wire.tcp(time + 30180, SCANNER, source, VICTIM, port, seq + 1, 0, RST)
            else:
                self.wire.tcp(time, SCANNER, source, VICTIM, port, seq, 0, SYN)
                self.wire.tcp(time + 110, VICTIM, port, SCANNER, source, 0, seq + 1, RST | ACK)

    # ---- the backdoor ------------------------------------------------------------------------------------------------

    def activate(self, time, chosen):
        """Telnet to each port of the code, all refused; one more SYN names the port of the shell; then the shell."""
        now = time
        for port in KNOCK + (chosen,):
            self.refused(now, INTRUDER, VICTIM, port, self.fresh())
            now += self.draw.between(350000, 900000)
        c = Connection(self.wire, now + 700000, INTRUDER, self.fresh(), VICTIM, chosen, 30000).open()
        for _ in range(self.draw.between(4, 8)):
            c.say(0, self.draw.between(4, 30)), c.say(1, self.draw.heavy(40, 2500)), c.pause(900000)
        c.close()
        start = self.plan["start"]
        self.truth.append(dict(time=start + time / SECOND, source=INTRUDER, target=VICTIM, ports=list(KNOCK), opened=chosen))

    def fresh(self):
        before = len(self.used)
        while True:
            port = self.port()
            if len(self.used) > before:
                return port

    # ---- all together ------------------------------------------------------------------------------------------------

    def once(self, time):
        """One connection of everyday work."""
        draw, client = self.draw, self.draw.of(CLIENTS)
        what = draw.weighted((("web", 30), ("tls", 24), ("visit", 18), ("mail", 7), ("box", 9), ("rare", 12)))
        if what in ("web", "tls"):
            site = draw.of(OUTSIDE)
            self.look_up(time - 60000, client, site)
            self.web(time, client, site[1], 80 if what == "web" else 443)
        elif what == "visit":
            self.web(time, draw.of(VISITORS), WEB, draw.of((80, 80, 443)))
        elif what == "mail":
            if draw.chance(50):
                self.mail(time, draw.of(VISITORS), MAIL, 25)
            else:
                self.mail(time, MAIL, draw.of(OUTSIDE)[1], 25)
        elif what == "box":
            self.mailbox(time, client, MAIL, draw.of((143, 143, 993)))
        else:
            # Zipf-like: the further down this list, the rarer
            server, port = self.RARE[draw.heavy(1, len(self.RARE)) - 1]
            self.query(time, client, server, port)

    RARE = [(BASE, 5432), (GATEWAY, 3128), (BASE, 389), (WEB, 8080), (SHELL, 22), (FILES, 631), (BASE, 3306), (MAIL, 587),
            (FILES, 873), (BASE, 6379), (SHELL, 9418), (BASE, 88), (WEB, 8443), (FILES, 2049), (BASE, 1521), (SHELL, 5222)]

    def fill(self):
        draw, plan = self.draw, self.plan
        for at, chosen in plan["knocks"]:
            self.activate(at * SECOND + draw.below(SECOND), chosen)
        for n in plan["scans"]:
            self.scan(draw.below(self.end - 20 * SECOND), n)
        for _ in range(plan["length"] // 150):
            self.share(draw.below(self.end - 20 * SECOND), draw.of(CLIENTS))
        for _ in range(plan["length"] // 300):
            self.silent(draw.below(self.end - 20 * SECOND), draw.of(CLIENTS), PRINTER, 9100)
        for _ in range(3):
            self.transfer(draw.below(self.end - 60 * SECOND), draw.of(CLIENTS))
        for _ in range(plan["lengthy"]):
            # Lasting over one or two borders of windows of 1000 packets, then it is over.
            window = self.end // (plan["t"] // 1000)
            length = draw.between(window // 2, window * 2)
            begin = draw.below(self.end - length - 20 * SECOND)
            if draw.chance(40):
                self.shell(begin, draw.of(CLIENTS), SHELL, 22, begin + length)
            else:
                self.stream(begin, draw.of(CLIENTS), draw.of(OUTSIDE)[1], 443, begin + length)
        # People open several connections at once.
        while len(self.wire.ports) < plan["u"]:
            time = draw.below(self.end - 30 * SECOND) + 100000
            for _ in range(draw.heavy(1, 7)):
                if len(self.wire.ports) < plan["u"]:
                    self.once(time)
                time += draw.around(80000)

    def top_up(self, packets):
        """A watcher's connection lives through the whole capture and has exactly the packets that are left to make t."""
        c = Connection(self.wire, 20000, CLIENTS[0], 22, SHELL, 22, 300)
        c.ends = ((CLIENTS[0], self.used[0]), (SHELL, 22))
        rounds, rest = divmod(packets - 6, 3)
        c.open()
        for i in range(rounds):
            c.now = max(c.now + 500, (i + 1) * (self.end - 5 * SECOND) // (rounds + 1) + self.draw.below(200000))
            c.emit(0, ACK | PSH, 36)
            c.now += 300
            c.emit(1, ACK | PSH, self.draw.between(36, 300))
            c.now += 80
            c.emit(0, ACK)
        for _ in range(rest):
            c.now += 200000
            c.emit(0, ACK)
        c.close()

    def make(self):
        self.fill()
        left = self.plan["t"] - self.wire.n_tcp
        if left < 40:
            raise SystemExit("replica.py: %d TCP packets too many" % (40 - left))
        self.left = left
        self.top_up(left)
        assert self.wire.n_tcp == self.plan["t"] and len(self.wire.ports) == self.plan["u"]
        return sorted(self.wire.frames)

    def pcap(self):
        out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)]
        for time, _, frame in self.make():
            at = self.plan["start"] * SECOND + time
            out.append(struct.pack("<IIII", at // SECOND, at % SECOND, len(frame), len(frame)))
            out.append(frame)
        return b"".join(out)


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--truth" and arguments[1] in ("1", "2"):
        office = Office(SETS[int(arguments[1])])
        office.make()
        print(json.dumps(office.truth, indent=1))
    elif len(arguments) == 2 and arguments[0] in ("1", "2"):
        data = Office(SETS[int(arguments[0])]).pcap()
        if arguments[1] == "-":
            sys.stdout.buffer.write(data)
        else:
            with open(arguments[1], "wb") as out:
                out.write(data)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
