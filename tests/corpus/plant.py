"""Knocks as packets: one plan says how a knock is done, activate() does it once and says what was done.

Nothing here knows how knocks are looked for: the forms follow the tools (knock, cd00r's kind, telnet, nmap, scapy, Windows'
re-sent SYN) and the firewalls (RST, DROP, REJECT), not the detector.
"""

from traffic import RETRIES, RETRIES_NEW, SECOND
from wire import ACK, FIN, RST, SYN, Host

DOORS = (22, 22, 2222, 8022, 5002, 31337, 4444, 3389, 1234, 5900, 8443, 10022)
FAMOUS = ((200, 80, 22, 53, 3), (7000, 8000, 9000), (999, 888, 777, 666, 555), (123, 234, 345, 456), (888, 555, 222),
          (12345, 54321, 24680, 13579), (9000, 6000), (333, 777, 888), (1111, 2222, 3333, 4444), (6001, 7001, 8001))
ECHO = {"icmp": "icmp/8/0", "icmp6": "icmp6/128/0"}  # items of echo requests: the number is the payload's length
GAPS = {"burst": (0.00005, 0.001), "quick": (0.005, 0.3), "human": (0.5, 5.0), "slow": (8.0, 60.0)}


def label(item):
    proto, port = item
    return str(port) if proto == "tcp" else "udp/%d" % port if proto == "udp" else "%s/%d" % (ECHO[proto], port)


def log_uniform(rng, low, high):
    return low * (high / low) ** rng.random()


class Plan:
    """How one knock is done. Fields that a style does not set are drawn."""

    def __init__(self, w, style):
        rng = w.rng
        self.w, self.style = w, style
        self.target = pick_target(w)
        self.source = pick_source(w, self.target)
        self.answer = rng.choice(("rst", "rst", "drop", "drop", "reject"))
        self.client = "knock"
        self.handshake = False   # the knock ports are served: full connections
        self.served = set()      # knock ports that are open services
        self.doubled = False
        self.sources = None      # None: `source` alone; else a function that gives each packet's source
        self.opener = None       # who uses the door; None: the source
        self.gap = log_uniform(rng, *GAPS[rng.choice(("burst", "burst", "quick", "quick", "quick", "human", "human", "slow"))])
        self.jitter = rng.choice((0.02, 0.3, 0.8))
        self.items = []
        self.door = "fixed" if rng.random() < 0.6 else rng.choice(("varying", "back", None))
        self.door_port = None
        self.delay = log_uniform(rng, 0.2, 3) if rng.random() < 0.7 else log_uniform(rng, 3, 30 if rng.random() < 0.7 else 150)
        self.named = False
        self.chaff = 0           # random attempts between two knocks, on average
        self.scan = False
        self.one_time = False
        self.roam = None         # gives each activation's source
        self.closing = False
        self.eager = False       # the door is tried too early as well
        self.patience = rng.choice((1.3, 2.4, 5.0))  # telnet: seconds until the user gives up
        self.truth = {"style": style, "activations": []}

    # ports -----------------------------------------------------------------------------------------------------------

    def taken(self, port):
        name = self.target.name
        return port in self.w.services.get(name, ()) or port in self.w.tried.get(name, ()) or ("tcp", port) in self.items or \
            ("udp", port) in self.items or port == self.door_port

    def free_port(self, low=1024, high=65535):
        for _ in range(2000):
            port = self.w.rng.randrange(low, high + 1)
            if not self.taken(port):
                return port
        return self.free_port()  # a scan has tried them all

    def draw_items(self, count, proto="tcp"):
        rng = self.w.rng
        low, high = rng.choice(((1024, 65535), (1024, 65535), (1024, 20000), (1, 1023), (20000, 32767)))
        ports = set()
        while len(ports) < count:
            ports.add(self.free_port(low, high))
        ports = sorted(ports)
        rng.shuffle(ports)
        if rng.random() < 0.1:
            ports.sort(reverse=rng.random() < 0.7)
        self.items = [(proto if proto != "mixed" else rng.choice(("tcp", "udp")), port) for port in ports]
        if proto == "mixed" and len({p for p, _ in self.items}) == 1:
            self.items[0] = ("udp" if self.items[0][0] == "tcp" else "tcp", self.items[0][1])

    def draw_sizes(self, count):
        """Echo requests of different sizes."""
        rng = self.w.rng
        proto = "icmp6" if self.target.v6 else "icmp"
        if rng.random() < 0.3:
            step = rng.choice((50, 100, 100, 111))
            sizes = [step * (i + 1) for i in range(count)]
        else:
            sizes = rng.sample(range(*rng.choice(((1, 300), (57, 1200), (100, 1000)))), count)
        self.items = [(proto, size) for size in sizes]

    def draw_door(self):
        rng = self.w.rng
        good = [port for port in DOORS if not self.taken(port)]
        return rng.choice(good) if good and rng.random() < 0.75 else self.free_port()

    # how long --------------------------------------------------------------------------------------------------------

    def steps(self):
        return (len(self.items) or self.one_time or 0) * (2 if self.doubled else 1)

    def wait(self):
        """Seconds that a client needs for one port at least."""
        if self.client == "telnet" and self.answer == "drop":
            return self.patience + 0.2
        if self.client == "windows":
            return 1.2
        if self.client == "nmap":
            return 1.3 if self.answer == "drop" else 0.1
        return 0.0

    def seconds(self):
        """What one activation needs, with its opening and some peace after it."""
        span = self.steps() * max(self.gap * (1 + self.jitter), self.wait() + self.gap)
        total = span + max(12.0, span)
        if self.door:
            total += self.delay + 6
        if self.closing:
            total += span + 12
        if self.style == "tries":
            total += span + 10
        return total


def pick_target(w):
    rng = w.rng
    draw = rng.random()
    servers = [host for host in w.servers if host in w.inside and not host.v6]
    if draw < 0.5 and servers:
        return rng.choice(servers)
    if draw > 0.92:  # somebody inside wakes a machine outside
        return w.stranger("linux")
    inside = [host for host in w.inside if not host.v6 and not host.name.startswith(("224.", "239."))]
    if draw < 0.75 or w.name == "link":
        return rng.choice(inside)
    return new_inside(w)


def new_inside(w):
    rng = w.rng
    near = rng.choice([host for host in w.inside if not host.v6 and not host.name.startswith(("224.", "239."))])
    net = near.name.rsplit(".", 1)[0]
    for last in rng.sample(range(2, 254), 252):
        if "%s.%d" % (net, last) not in w.hosts:
            return w.host("%s.%d" % (net, last), True, "linux")
    return w.stranger("linux")


def pick_source(w, target):
    rng = w.rng
    draw = rng.random() if not target.far else rng.random() * 0.4
    known = [host for host in w.inside if host is not target and not host.v6 and not host.name.startswith(("224.", "239."))]
    if (draw < 0.25 or w.name == "link" and draw < 0.6) and known:
        return rng.choice(known)
    if draw < 0.4:
        return new_inside(w)
    if draw < 0.5 and w.outside:
        return rng.choice(w.outside)
    return w.stranger("linux")


# ---- one attempt ----------------------------------------------------------------------------------------------------


def answer_tcp(plan, t, src, sp, dp, isn, record):
    """What the target says to a SYN."""
    w, dst = plan.w, plan.target
    rtt = w.rtt(src, dst)
    if plan.handshake or dp in plan.served:
        isn, y = isn + 1 & 0xFFFFFFFF, w.rng.getrandbits(32)
        w.wire.tcp(t + rtt, dst, dp, src, sp, y, isn, SYN | ACK, 0, bytes.fromhex("020405b401010402"))
        if plan.client in ("scapy", "nmap") or not plan.handshake and rtt > 3000:
            w.wire.tcp(t + rtt + 30, src, sp, dst, dp, isn, 0, RST, 0, b"", 0)  # nobody waits for the answer any more
            return
        y = y + 1 & 0xFFFFFFFF
        w.wire.tcp(t + rtt + 30, src, sp, dst, dp, isn, y, ACK)
        w.wire.tcp(t + rtt + 90, src, sp, dst, dp, isn, y, FIN | ACK)
        w.wire.tcp(t + 2 * rtt + 90, dst, dp, src, sp, y, isn + 1 & 0xFFFFFFFF, FIN | ACK)
        w.wire.tcp(t + 2 * rtt + 130, src, sp, dst, dp, isn + 1 & 0xFFFFFFFF, y + 1 & 0xFFFFFFFF, ACK)
    elif plan.answer == "rst":
        w.wire.tcp(t + rtt, dst, dp, src, sp, 0, isn + 1 & 0xFFFFFFFF, RST | ACK, 0, b"", 0)
    elif plan.answer == "reject":
        w.wire.unreachable(t + rtt, dst, src, record)


def attempt(plan, t, src, item):
    """One knock at one port. Returns when the client is through with it."""
    w, dst = plan.w, plan.target
    rng, (proto, dp) = w.rng, item
    if proto in ECHO:
        ident = rng.getrandbits(16)
        record = w.wire.echo(t, src, dst, ident, 1, False, dp)
        if plan.answer == "rst":
            w.wire.echo(t + w.rtt(src, dst), dst, src, ident, 1, True, dp)
        elif plan.answer == "reject":
            w.wire.unreachable(t + w.rtt(src, dst), dst, src, record, 1 if dst.v6 else 13)
        return t
    w.tried.setdefault(dst.name, set()).add(dp if proto == "tcp" else 65536 + dp)
    if proto == "udp":
        sp = 20 if plan.client == "scapy" else src.ephemeral()
        payload = b"" if plan.client in ("scapy", "nmap") else b"\0"
        record = w.wire.udp(t, src, sp, dst, dp, payload)
        if plan.answer != "drop":
            w.wire.unreachable(t + w.rtt(src, dst), dst, src, record)
        return t
    if plan.client == "scapy":
        record = w.wire.syn(t, src, 20, dst, dp, 0, "none", 8192)
        answer_tcp(plan, t, src, 20, dp, 0, record)
        return t
    sp, isn = src.ephemeral(), rng.getrandbits(32)
    system = "nmap" if plan.client == "nmap" else src.system
    record = w.wire.syn(t, src, sp, dst, dp, isn, system)
    answer_tcp(plan, t, src, sp, dp, isn, record)
    opened = plan.handshake or dp in plan.served
    if opened:
        return t + 3 * w.rtt(src, dst)
    if plan.client == "windows" and plan.answer == "rst":
        for _ in range(2):  # re-sent after each RST, the same numbers
            t += 500000 + rng.randrange(-4000, 14000)
            answer_tcp(plan, t, src, sp, dp, isn, w.wire.syn(t, src, sp, dst, dp, isn, system))
    elif plan.client == "telnet" and plan.answer == "drop":
        for s in RETRIES_NEW if src.asum & 1 else RETRIES:
            if s > plan.patience:
                break
            w.wire.syn(t + s * SECOND + rng.randrange(20000), src, sp, dst, dp, isn, system)
        t += int(plan.patience * SECOND)
    elif plan.client == "nmap" and plan.answer == "drop":
        t += SECOND + rng.randrange(100000)  # a second probe from the next source port
        w.wire.syn(t, src, sp + 1 & 0xFFFF, dst, dp, isn ^ 0x10001, system)
    if plan.client == "telnet" and plan.answer != "drop":
        t += w.rtt(src, dst)
    return t


# ---- one activation -------------------------------------------------------------------------------------------------


def knock_once(plan, t, items, src, lost=-1):
    """The attempts alone. Returns (first time, end, first source, sources)."""
    rng, w = plan.w.rng, plan.w
    first, who, seen = None, None, []
    for i, item in enumerate(items):
        for again in range(2 if plan.doubled else 1):
            s = plan.sources(i) if plan.sources else src
            if i != lost:
                if first is None:
                    first, who = t, s
                seen.append(s)
                end = attempt(plan, t, s, item)
            gap = int(plan.gap * SECOND * max(0.2, 1 + plan.jitter * (2 * rng.random() - 1)))
            gap = max(gap, 40)
            if plan.doubled and again == 0:
                gap = min(gap, 400000)
            if plan.chaff and i + 1 < len(items):
                for _ in range(rng.randrange(0, 2 * plan.chaff + 1)):
                    attempt(plan, t + int(gap * rng.random()) + 1, s, ("tcp", plan.free_port()))
            t = max(t + gap, end + min(gap, 200000) if i != lost else 0)
    return first, end, who, seen


def sweep_around(plan, start, end, src):
    """A scan of the target by the knocker, from before the first knock to after the last."""
    rng, w = plan.w.rng, plan.w
    step = max(200, int(max(end - start, 1000) / (len(plan.items) * rng.uniform(1, 6))))
    t, stop = start - step * rng.randrange(15, 70), end + step * rng.randrange(15, 70)
    t = max(t, w.start)
    ports = [plan.free_port(1, 65535) for _ in range(min(600, (stop - t) // step + 1))]
    if rng.random() < 0.4:
        ports.sort()
    for dp in ports:
        w.probe(t + rng.randrange(step), src, plan.target, dp, None, "drop" if plan.answer == "drop" else "rst")
        t += step


def try_door(plan, t, src, port):
    """The door while it is closed."""
    if plan.answer == "rst":
        plan.w.refused(t, src, plan.target, port)
    else:
        plan.w.silent(t, src, plan.target, port, 0)


def activate(plan, t, lost=-1):
    """One activation with what follows from it; noted in the truth."""
    w, rng, src = plan.w, plan.w.rng, plan.source
    items = plan.items
    if plan.roam:
        src = plan.roam()
    if plan.one_time:
        plan.items = []
        plan.draw_items(plan.one_time, "mixed" if plan.mixed else "tcp")
        items = plan.items
    port = None
    if plan.door == "varying" or (plan.door and plan.door_port is None):
        port = plan.draw_door() if plan.door != "varying" else plan.free_port()
    elif plan.door:
        port = plan.door_port
    sent = items + [("tcp", port)] if plan.named else items
    first, end, who, seen = knock_once(plan, t, sent, src, lost)
    if plan.scan:
        sweep_around(plan, first, end, src)
    note = {"time": first / SECOND, "end": end / SECOND, "source": who.name, "sources": sorted({s.name for s in seen}),
            "target": plan.target.name, "ports": [label(item) for i, item in enumerate(items) if i != lost],
            "missing": 1 if lost >= 0 else 0, "opened": None, "opened_time": None, "opener": None, "back": False}
    over = end
    if plan.door:
        opener = plan.opener(seen) if plan.opener else src
        at = end + int(plan.delay * SECOND * (0.8 + 0.4 * rng.random())) + w.rtt(src, plan.target)
        turns = rng.randrange(1, 9)
        if plan.eager:
            try_door(plan, end + (at - end) // 3, opener, port)
            if plan.truth["activations"] and rng.random() < 0.6:  # not before the first: what always precedes belongs to it
                try_door(plan, first - int(rng.uniform(0.3, 6) * SECOND), src, port)
        if plan.door == "udp":
            w.stream(at, opener, opener.ephemeral(), plan.target, port, rng.randrange(6, 80), 60000, 120)
        elif plan.door == "back":
            over = w.conn(at, plan.target, opener, port, turns=turns, think=200000, end=rng.choice(("fin", "rst")))
        else:
            over = w.conn(at, opener, plan.target, port, turns=turns, think=200000, end=rng.choice(("fin", "rst", "none")))
        note.update(opened=label(("udp" if plan.door == "udp" else "tcp", port)), opened_time=at / SECOND, opener=opener.name, back=plan.door == "back")
    if plan.closing:
        over += int(rng.uniform(1, 8) * SECOND)
        start, over, _, _ = knock_once(plan, over, items[::-1], src)
        note["closed"] = start / SECOND
        if rng.random() < 0.7:
            w.refused(over + SECOND, src, plan.target, port) if plan.answer != "drop" else w.silent(over + SECOND, src, plan.target, port, 1)
    plan.truth["activations"].append(note)
    return over


def failing_try(plan, t):
    """A try that goes wrong: two ports swapped, one wrong, or given up early. Returns its end."""
    rng = plan.w.rng
    items = list(plan.items)
    kind = rng.choice(("swap", "wrong", "early"))
    if kind == "swap":
        i = rng.randrange(len(items) - 1)
        items[i], items[i + 1] = items[i + 1], items[i]
    elif kind == "wrong":
        items[rng.randrange(len(items))] = ("tcp", plan.free_port())
    else:
        items = items[:-1]
    first, end, who, _ = knock_once(plan, t, items, plan.source)
    if plan.door not in (None, "back") and plan.door_port and rng.random() < 0.5:
        plan.w.silent(end + SECOND, plan.source, plan.target, plan.door_port, 0)
        end += SECOND
    plan.truth.setdefault("tries", []).append({"time": first / SECOND, "source": who.name, "target": plan.target.name,
                                               "ports": [label(item) for item in items]})
    return end
