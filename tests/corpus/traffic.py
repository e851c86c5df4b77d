"""What ordinary hosts do: connections, look-ups, fallback lists, checks, scans. Everything is drawn from the world's own seed."""

import struct

from wire import ACK, FIN, PSH, RST, SYN, Host, Wire

SECOND = 1000000
RETRIES = (1, 3, 7, 15)  # seconds after the first SYN, Linux; the list ends with the caller's patience
RETRIES_NEW = (1, 2, 3, 4, 5, 7)  # Linux 6.5 and later


class World:
    """A network while it is being made: hosts, what they serve, the packets so far."""

    def __init__(self, rng, seconds, start=None):
        self.rng, self.wire = rng, Wire()
        self.start = (start if start is not None else 1700000000 + rng.randrange(40000000)) * SECOND + rng.randrange(SECOND)
        self.span = int(seconds * SECOND)
        self.hosts, self.inside, self.outside, self.servers = {}, [], [], []
        self.services = {}   # host name: TCP ports that answer
        self.tried = {}      # host name: items somebody tried there
        self.router_mac = b"\x02\x00\x5e\0\0\1"
        self.kind, self.name = "synthetic", ""
        self.busiest = []    # (client, server) with the most traffic first
        self.volume = {}

    # hosts -----------------------------------------------------------------------------------------------------------

    def host(self, name, inside=True, system=None):
        if name in self.hosts:
            return self.hosts[name]
        rng = self.rng
        mac = bytes((2, 0, 0, *rng.randbytes(3))) if inside else self.router_mac
        system = system or rng.choice(("linux", "windows") if inside else ("linux", "linux", "windows"))
        host = Host(name, mac, system, 0 if inside else rng.randrange(4000, 60000), rng.randrange(33000, 60000))
        self.hosts[name] = host
        (self.inside if inside else self.outside).append(host)
        return host

    def stranger(self, system=None):
        while True:
            a = self.rng.randrange(1, 224)
            name = "%d.%d.%d.%d" % (a, self.rng.randrange(256), self.rng.randrange(256), self.rng.randrange(1, 255))
            if a not in (10, 127, 172, 192, 169, 100) and name not in self.hosts:
                return self.host(name, False, system)

    def stranger6(self):
        return self.host("2001:db8:%x:%x::%x" % tuple(self.rng.randrange(1, 65536) for _ in range(3)), False)

    def serve(self, host, *ports):
        self.services.setdefault(host.name, set()).update(ports)
        if host not in self.servers:
            self.servers.append(host)

    def at(self, low=0.0, high=1.0):
        """A moment between two shares of the capture."""
        return self.start + int(self.span * (low + (high - low) * self.rng.random()))

    def rtt(self, a, b):
        far = a.far + b.far
        return far + self.rng.randrange(150, 600 if far == 0 else 2500)

    # TCP -------------------------------------------------------------------------------------------------------------

    def conn(self, t, a, b, dp, up=1, down=2, size=1000, turns=1, think=30000, end="fin", sp=None, isn=None):
        """A connection: `turns` times `up` packets of request and `down` of answer. Returns when it is over."""
        rng, tcp = self.rng, self.wire.tcp
        sp = sp or a.ephemeral()
        rtt = self.rtt(a, b)
        half = rtt >> 1
        x, y = rng.getrandbits(32) if isn is None else isn, rng.getrandbits(32)
        self.wire.syn(t, a, sp, b, dp, x)
        tcp(t + half, b, dp, a, sp, y, x + 1 & 0xFFFFFFFF, SYN | ACK, 0, bytes.fromhex("020405b401010402"))
        t += rtt
        x, y = x + 1 & 0xFFFFFFFF, y + 1 & 0xFFFFFFFF
        tcp(t, a, sp, b, dp, x, y, ACK)
        t += rng.randrange(50, 900)
        for _ in range(turns):
            for _ in range(up):
                n = rng.randrange(40, 520)
                tcp(t, a, sp, b, dp, x, y, PSH | ACK, n)
                x = x + n & 0xFFFFFFFF
                t += 40
            t += rtt
            for i in range(down):
                n = size if i + 1 < down else rng.randrange(1, size + 1)
                tcp(t, b, dp, a, sp, y, x, ACK if i + 1 < down else PSH | ACK, n)
                y = y + n & 0xFFFFFFFF
                t += 130
                if i & 1 or i + 1 == down:
                    tcp(t, a, sp, b, dp, x, y, ACK)
            t += int(think * (0.2 + 1.6 * rng.random()))
        if end == "fin":
            tcp(t, a, sp, b, dp, x, y, FIN | ACK)
            tcp(t + half, b, dp, a, sp, y, x + 1 & 0xFFFFFFFF, FIN | ACK)
            t += rtt
            tcp(t, a, sp, b, dp, x + 1 & 0xFFFFFFFF, y + 1 & 0xFFFFFFFF, ACK)
        elif end == "rst":
            tcp(t, a, sp, b, dp, x, 0, RST)
        key = (a.name, b.name)
        self.volume[key] = self.volume.get(key, 0) + 1
        return t

    def bulk(self, t, a, b, dp, packets, pace=2000):
        """A transfer: `packets` packets of the server's data with their acknowledgements."""
        return self.conn(t, a, b, dp, 1, 8, 1448, max(1, packets // 14), pace)

    def refused(self, t, a, b, dp, sp=None):
        sp = sp or a.ephemeral()
        x = self.rng.getrandbits(32)
        self.wire.syn(t, a, sp, b, dp, x)
        self.wire.tcp(t + self.rtt(a, b), b, dp, a, sp, 0, x + 1 & 0xFFFFFFFF, RST | ACK, 0, b"", 0)
        self.tried.setdefault(b.name, set()).add(dp)
        return t + self.rtt(a, b)

    def silent(self, t, a, b, dp, patience=0.0, sp=None, system=None):
        """A SYN that nobody answers, repeated until the client's patience (seconds) ends."""
        sp = sp or a.ephemeral()
        x = self.rng.getrandbits(32)
        self.wire.syn(t, a, sp, b, dp, x, system)
        last = t
        for s in RETRIES_NEW if a.system == "linux" and a.asum & 1 else RETRIES:
            if s > patience:
                break
            last = t + s * SECOND + self.rng.randrange(30000)
            self.wire.syn(last, a, sp, b, dp, x, system)
        self.tried.setdefault(b.name, set()).add(dp)
        return max(last, t + int(patience * SECOND))

    def reach(self, t, a, b, dp, closed="rst", patience=3, **kw):
        """Connects if the port is served, else is refused or unanswered."""
        if dp in self.services.get(b.name, ()):
            return self.conn(t, a, b, dp, **kw)
        return self.refused(t, a, b, dp) if closed == "rst" else self.silent(t, a, b, dp, patience)

    def fallback(self, t, a, b, ports, closed="rst", gap=0.02, patience=3):
        """A client that tries a list in its order until one port answers."""
        for dp in ports:
            opened = dp in self.services.get(b.name, ())
            t = self.reach(t, a, b, dp, closed, patience)
            if opened:
                break
            t += int(gap * SECOND * (0.5 + self.rng.random()))
        return t

    # UDP, ICMP -------------------------------------------------------------------------------------------------------

    def dns(self, t, a, server):
        rng = self.rng
        ident = rng.getrandbits(16)
        label = b"%c%s" % (8, b"%08x" % rng.getrandbits(32))
        question = label + b"\x07example\x03com\0\0\1\0\1"
        sp = rng.randrange(1024, 65536)
        self.wire.udp(t, a, sp, server, 53, struct.pack(">HHHHHH", ident, 0x0100, 1, 0, 0, 0) + question)
        t += self.rtt(a, server)
        self.wire.udp(t, server, 53, a, sp, struct.pack(">HHHHHH", ident, 0x8180, 1, 1, 0, 0) + question +
                      b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc6\x33\x64\7")
        return t

    def ask(self, t, a, sp, b, dp, n=48, back=48):
        """A datagram and, unless back is 0, its answer."""
        self.wire.udp(t, a, sp, b, dp, n)
        if back:
            t += self.rtt(a, b)
            self.wire.udp(t, b, dp, a, sp, back)
        return t

    def stale_udp(self, t, a, sp, b, dp, n=20, unreachable=False):
        record = self.wire.udp(t, a, sp, b, dp, n)
        self.tried.setdefault(b.name, set()).add(65536 + dp)
        if unreachable:
            self.wire.unreachable(t + self.rtt(a, b), b, a, record)

    def stream(self, t, a, sp, b, dp, packets, pace=20000, n=160):
        """Datagrams both ways: voice, games, QUIC."""
        for i in range(packets):
            x, xp, y, yp = (a, sp, b, dp) if i & 1 == 0 else (b, dp, a, sp)
            self.wire.udp(t, x, xp, y, yp, n)
            t += int(pace * (0.5 + self.rng.random()))
        return t

    def ping(self, t, a, b, count=4):
        ident = self.rng.getrandbits(16)
        for i in range(count):
            self.wire.echo(t, a, b, ident, i + 1)
            self.wire.echo(t + self.rtt(a, b), b, a, ident, i + 1, True)
            t += SECOND
        return t

    def trace(self, t, a, b):
        """traceroute: datagrams to ascending ports, answered by routers and at last by the target."""
        hops = [self.stranger() for _ in range(self.rng.randrange(3, 7))]
        ttl, sp = a.ttl, a.ephemeral()
        for i in range(3 * (len(hops) + 1)):
            a.ttl = i // 3 + 1
            record = self.wire.udp(t, a, sp, b, 33434 + i, 32)
            if i // 3 < len(hops):
                self.wire.icmp(t + 5000 * (i // 3 + 1), hops[i // 3], a, struct.pack(">BBHI", 11, 0, 0, 0) + record[30:58])
            else:
                self.wire.unreachable(t + self.rtt(a, b), b, a, record)
            t += 40000 + self.rng.randrange(9000)
        a.ttl = ttl
        return t

    # scans -----------------------------------------------------------------------------------------------------------

    def probe(self, t, a, b, dp, sp=None, closed="rst", system="nmap"):
        """A SYN scanner's probe: an open port is answered and reset, a closed one refused or silent."""
        sp = sp or self.rng.randrange(32768, 61000)
        x = self.rng.getrandbits(32)
        self.wire.syn(t, a, sp, b, dp, x, system, 1024)
        rtt = self.rtt(a, b)
        if dp in self.services.get(b.name, ()):
            self.wire.tcp(t + rtt, b, dp, a, sp, self.rng.getrandbits(32), x + 1 & 0xFFFFFFFF, SYN | ACK)
            self.wire.tcp(t + rtt + 60, a, sp, b, dp, x + 1 & 0xFFFFFFFF, 0, RST, 0, b"", 0)
        else:
            self.tried.setdefault(b.name, set()).add(dp)
            if closed == "rst":
                self.wire.tcp(t + rtt, b, dp, a, sp, 0, x + 1 & 0xFFFFFFFF, RST | ACK, 0, b"", 0)

    def vertical(self, t, a, b, ports, gap, closed="rst"):
        sp = self.rng.randrange(32768, 61000)
        for dp in ports:
            self.probe(t, a, b, dp, sp, closed)
            t += int(gap * SECOND * (0.3 + 1.4 * self.rng.random()))
        return t

    def horizontal(self, t, a, targets, ports, gap, closed="rst"):
        for b in targets:
            for dp in ports:
                self.probe(t, a, b, dp, None, closed)
                t += int(gap * SECOND * (0.3 + 1.4 * self.rng.random()))
        return t

    def backscatter(self, t, victim, ours):
        """Replies to packets that somebody sent in our name."""
        rng = self.rng
        flags = rng.choice((SYN | ACK, RST | ACK, RST))
        self.wire.tcp(t, victim, rng.choice((80, 443, 22, 53, 6667)), ours, rng.randrange(1024, 65536), rng.getrandbits(32),
                      rng.getrandbits(32), flags)

    # periodic --------------------------------------------------------------------------------------------------------

    def every(self, seconds, act, jitter=0.0, low=0.0, high=1.0):
        """act(time) every `seconds`, strictly unless jitter (a share of the period) is given."""
        t = self.start + int(self.span * low) + int(self.rng.random() * seconds * SECOND)
        stop = self.start + int(self.span * high)
        while t < stop:
            act(t + int(self.rng.random() * jitter * seconds * SECOND))
            t += int(seconds * SECOND)

    def mix(self, actors, budget):
        """Draws actors by weight, each at a random moment, until the packets are `budget`."""
        table = [act for act, weight in actors for _ in range(weight)]
        while len(self.wire) < budget:
            self.rng.choice(table)(self.at(0, 0.985))
