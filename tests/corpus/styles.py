"""Styles of knocks: each turns plans into one of the ways in which knocks are done, and a case plants them in a world."""

from plant import DOORS, FAMOUS, GAPS, Plan, activate, failing_try, label, log_uniform, new_inside
from traffic import SECOND

PLAIN = ("rst", "drop", "reject", "telnet", "windows", "nmap", "scapy", "udp", "mixed", "ipv6", "famous", "served", "burst", "slow",
         "repeat", "doubled", "short", "long", "varying", "back", "closing", "named", "handshake", "tries", "lossy", "several", "prefix",
         "eager", "udp-door", "icmp", "icmp-mixed", "haunted")
HARD = ("spoofed", "distributed", "roaming", "chaff", "busy", "scan")
ONE_TIME = ("one-time", "totp")
ALL = PLAIN + HARD + ONE_TIME
QUIET = ("none", "pings")  # no knock: the network as it is, and with pings of all kinds
# Where a single activation makes no sense: nothing to be missed against, or nothing that recurs.
RECURRING_ONLY = ("lossy", "tries", "prefix", "named", "handshake")


def style_class(style, activations, gap=0.0):
    if style in ONE_TIME:
        return "one-time"
    if activations == 1:  # attempts that are far apart are no burst
        return "one-shot" if style in PLAIN and style != "served" and gap < 8 else "one-shot, hard"
    return "hard" if style in HARD else "plain"


def rst(p): p.answer = "rst"
def drop(p): p.answer = "drop"
def reject(p): p.answer = "reject"
def closing(p): p.closing, p.door = True, "fixed"
def varying(p): p.door = "varying"
def back(p): p.door = "back"


def telnet(p):
    p.client, p.gap, p.answer = "telnet", log_uniform(p.w.rng, *GAPS["human"]), "drop" if p.w.rng.random() < 0.7 else "rst"


def windows(p):
    p.client, p.answer, p.source.system = "windows", "rst", "windows"


def nmap(p):
    p.client, p.gap = "nmap", log_uniform(p.w.rng, 0.1, 1.5)


def scapy(p):
    p.client, p.gap = "scapy", log_uniform(p.w.rng, 0.002, 1.0)


def ipv6(p):
    w = p.w
    p.target = w.host("2001:db8:%x::%x" % (w.rng.randrange(1, 65536), w.rng.randrange(2, 65536)), True, "linux")
    p.source = w.stranger6()
    w.serve(p.target, 80, 443)
    for _ in range(40):  # others that visit the same machine
        w.conn(w.at(0, 0.97), w.stranger6(), p.target, w.rng.choice((80, 443)), turns=2)


def served(p):
    """One of the knock ports (of many, at times two) is an open service of the target, which others use too."""
    w, rng = p.w, p.w.rng
    if len([port for port in w.services.get(p.target.name, ()) if port < 20000]) < 2:
        w.serve(p.target, 22, 80, 443)
        for _ in range(60):
            w.conn(w.at(0, 0.97), w.stranger(), p.target, rng.choice((22, 80, 443)), turns=2)
    own = sorted(port for port in w.services[p.target.name] if port < 20000)
    for i in rng.sample(range(len(p.items)), rng.choice((1, 1, 2)) if len(p.items) > 3 else 1):
        port = own.pop(rng.randrange(len(own)))
        p.items[i] = ("tcp", port)
        p.served.add(port)


def famous(p):
    p.items = [("tcp", port) for port in p.w.rng.choice(FAMOUS)]
    p.served = {port for _, port in p.items} & p.w.services.get(p.target.name, set())


def repeat(p):
    """A B A, or A B C A B, as some people like it."""
    items = p.items
    p.items = p.w.rng.choice((items[:2] + items[:1], items[:2] + items[:1] + items[2:3], items[:3] + items[:2], items[:3] + items[1:2]))


def doubled(p):
    p.doubled, p.jitter = True, 0.1


def handshake(p):
    p.handshake, p.client, p.gap = True, "telnet", log_uniform(p.w.rng, 0.02, 2.0)


def named(p):
    p.named, p.door, p.answer = True, "varying", p.w.rng.choice(("rst", "rst", "drop"))
    p.items = [("tcp", port) for _, port in p.items]


def spoofed(p):
    w, rng = p.w, p.w.rng
    near = rng.random() < 0.3
    p.sources = lambda i: new_inside(w) if near else w.stranger("linux")
    p.opener = (lambda seen: p.source) if rng.random() < 0.6 else (lambda seen: seen[-1])
    p.client = rng.choice(("knock", "scapy"))
    p.door = p.door if p.door != "back" else "fixed"


def distributed(p):
    pool = [p.source] + [p.w.stranger("linux") for _ in range(p.w.rng.randrange(1, 4))]
    turn = p.w.rng.randrange(8)
    if p.w.rng.random() < 0.5:
        p.sources = lambda i: pool[(i + turn) % len(pool)]
    else:
        p.sources = lambda i: p.w.rng.choice(pool)
    p.opener = lambda seen: seen[-1]


def roaming(p):
    """Each activation from another address."""
    p.roam, p.door = (lambda: p.w.stranger("linux")), p.door if p.door != "back" else "fixed"


def eager(p):
    p.eager, p.door, p.delay = True, "fixed", log_uniform(p.w.rng, 0.9, 8)


def udp_door(p):
    p.door = "udp"


def sizes(p):
    """Echo requests of different sizes; all answered and nothing opened is no finding."""
    p.draw_sizes(min(len(p.items), 5))
    if p.door is None and (p.answer == "rst" or len(p.items) < 3):
        p.door = "fixed"


def sizes_mixed(p):
    """An echo request or two among the ports."""
    ports = p.items
    p.draw_sizes(max(1, len(ports) // 3))
    pings, p.items = p.items, ports
    for at, ping in zip(p.w.rng.sample(range(len(ports)), len(pings)), pings):
        p.items[at] = ping


def chaff(p):
    w, rng = p.w, p.w.rng
    p.chaff, p.gap = rng.choice((1, 1, 2, 3)), log_uniform(rng, 0.005, 3.0)
    others = [w.stranger("linux") for _ in range(3)]
    for _ in range(rng.randrange(10, 60)):
        w.probe(w.at(), p.source, p.target, p.free_port(), None, "drop" if p.answer == "drop" else "rst")
    for _ in range(rng.randrange(0, 40)):
        w.probe(w.at(), rng.choice(others), p.target, p.free_port(), None, "drop" if p.answer == "drop" else "rst")


def busy(p):
    """The knocker is a heavy ordinary client of the target all the time."""
    w, rng = p.w, p.w.rng
    pairs = [(a, b) for a, b in w.busiest[:6] if ":" not in a and w.hosts[b] in w.inside or w.name == "link"]
    if pairs and rng.random() < 0.7:
        a, b = rng.choice(pairs)
        p.source, p.target = w.hosts[a], w.hosts[b]
    if not w.services.get(p.target.name):
        w.serve(p.target, 22, 80, 443, 8080)
    p.gap = log_uniform(rng, 0.005, 5.0)


def haunted(p):
    p.gap = log_uniform(p.w.rng, 1, 12)


def keep_busy(p, starts):
    """Its ordinary connections: all over the capture and, thickly, around each activation; some are refused."""
    w, rng = p.w, p.w.rng
    ports = sorted(w.services[p.target.name] - {port for _, port in p.items} - {p.door_port})[:6] or [443]
    unserved = [p.free_port(1, 9999) for _ in range(2)]
    for t in [w.at(0, 0.98) for _ in range(rng.randrange(150, 500))] + \
            [t + int(rng.uniform(-20, 20 + p.steps() * p.gap) * SECOND) for t in starts for _ in range(rng.randrange(10, 60))]:
        if rng.random() < 0.04:
            w.refused(max(t, w.start), p.source, p.target, rng.choice(unserved))
        else:
            w.conn(max(t, w.start), p.source, p.target, rng.choice(ports), turns=rng.randrange(1, 4))


def haunt(p):
    """The knocker tries some services of the target in vain all the time."""
    w, rng = p.w, p.w.rng
    for proto, port in rng.sample((("udp", 53), ("tcp", 11211), ("tcp", 6379), ("udp", 161), ("udp", 514), ("tcp", 9200)), rng.randrange(3, 7)):
        if p.taken(port):
            continue
        t, every = w.start, rng.uniform(15, 60)
        while t < w.start + w.span * 0.98:
            t += int(rng.expovariate(1 / every) * SECOND)
            if proto == "udp":
                w.stale_udp(t, p.source, p.source.ephemeral(), p.target, port, 40, p.answer == "rst" and rng.random() < 0.5)
            else:
                w.refused(t, p.source, p.target, port)


def scan(p):
    p.scan, p.client, p.gap = True, "knock", log_uniform(p.w.rng, 0.003, 2.0)


def one_time(p):
    p.one_time, p.door, p.mixed = p.w.rng.choice((2, 3, 3, 4)), "fixed", p.w.rng.random() < 0.3


def totp(p):
    p.one_time, p.door, p.mixed = p.w.rng.choice((3, 4, 5, 6)), p.w.rng.choice(("fixed", "fixed", "varying")), False


def slow(p):
    p.gap, p.jitter = log_uniform(p.w.rng, 5, 90), p.w.rng.choice((0.1, 0.5))


def burst(p):
    p.gap = log_uniform(p.w.rng, *GAPS["burst"])


APPLY = {"rst": rst, "drop": drop, "reject": reject, "telnet": telnet, "windows": windows, "nmap": nmap, "scapy": scapy, "ipv6": ipv6,
         "famous": famous, "served": served, "burst": burst, "slow": slow, "repeat": repeat, "doubled": doubled, "varying": varying,
         "back": back, "closing": closing, "named": named, "handshake": handshake, "spoofed": spoofed, "distributed": distributed,
         "roaming": roaming, "eager": eager, "udp-door": udp_door, "icmp": sizes, "icmp-mixed": sizes_mixed, "chaff": chaff, "busy": busy, "scan": scan, "haunted": haunted, "one-time": one_time,
         "totp": totp}
BEFORE = ("ipv6", "busy", "one-time", "totp")  # these choose the hosts, or draw their ports later


def make_plan(w, style, activations):
    rng = w.rng
    p = Plan(w, style)
    p.mixed = False
    if style in BEFORE:
        APPLY[style](p)
    count = {"short": 2, "long": rng.choice((7, 8))}.get(style) or rng.choice((3, 3, 3, 4, 4, 5, 5, 6, 7))
    if not p.one_time:
        p.draw_items(count, {"udp": "udp", "mixed": "mixed", "icmp-mixed": "mixed"}.get(style, "tcp"))
    if style in APPLY and style not in BEFORE:
        APPLY[style](p)
    if p.door is None and (activations < 3 or len(set(p.items)) < 3 or style == "handshake"):
        p.door = "fixed"  # two ports that nobody answers and that open nothing are no finding
    if p.door == "udp":
        p.door_port = rng.choice([port for port in (51820, 1194, 60001, 500, 4500) if not p.taken(port)])
    if p.door in ("fixed", "back"):
        p.door_port = p.draw_door()
        known = w.services.get(p.target.name, set()) & set(DOORS)
        if p.door == "fixed" and known and not p.sources and style not in ("busy", "eager") and p.source.far and rng.random() < 0.2:
            fresh = w.stranger("linux")  # a door that serves others already, but not this source
            p.source, p.door_port = fresh, rng.choice(sorted(known))
            if p.door_port in {port for _, port in p.items}:
                p.door_port = p.draw_door()
    return p


def plans_for(w, style, activations):
    """The plans of a case: one, or several that go together."""
    rng = w.rng
    if style == "several":
        plans = [make_plan(w, rng.choice(("rst", "drop", "udp", "mixed", "several")), activations) for _ in range(rng.choice((2, 2, 3)))]
        for p in plans[1:]:
            if rng.random() < 0.5:
                p.target = plans[0].target
                p.items = []
                p.draw_items(rng.randrange(3, 6))
                p.door_port = p.draw_door() if p.door_port else None
                if rng.random() < 0.5:
                    p.source = plans[0].source
            if p.source is p.target:
                p.source = w.stranger("linux")
    elif style == "prefix":
        first = make_plan(w, style, activations)
        second = make_plan(w, style, activations)
        second.target, second.source, second.answer, second.gap = first.target, first.source, first.answer, first.gap
        keep = rng.randrange(1, len(first.items))
        tail = []
        while len(tail) < max(2, len(first.items) - keep):
            port = ("tcp", second.free_port())
            if port not in first.items + tail:
                tail.append(port)
        second.items = first.items[:keep] + tail
        for p in (first, second):
            p.door_port = p.draw_door() if p.door in ("fixed", "back") else None
        while second.door_port and second.door_port == first.door_port:
            second.door_port = second.free_port()
        plans = [first, second]
    else:
        plans = [make_plan(w, style, activations)]
    for p in plans:
        p.truth["style"] = style
    return plans


def fit(plans, counts, room):
    """Makes gaps and delays smaller until all activations fit; says whether they do."""
    for _ in range(60):
        if sum(p.seconds() * n for p, n in zip(plans, counts)) <= room:
            return True
        for p in plans:
            p.gap, p.delay = max(p.gap * 0.8, 0.00005), max(p.delay * 0.8, 0.2)
    return False


def plant(w, style, activations):
    """Plants a case of this style; returns the truth: a list of knocks."""
    rng = w.rng
    plans = plans_for(w, style, activations)
    counts = [activations] * len(plans)
    margin = int(w.span * 0.02) + 2 * SECOND
    room = (w.span - 2 * margin) / SECOND
    while not fit(plans, counts, room) and max(counts) > 1:
        counts = [max(1, n - 1) for n in counts]
    turns = [p for p, n in zip(plans, counts) for _ in range(n)]
    rng.shuffle(turns)
    free = max(0, int((room - sum(p.seconds() for p in turns)) * SECOND))
    cuts, used, starts = sorted(rng.randrange(free + 1) for _ in turns), w.start + margin, {id(p): [] for p in plans}
    lost_turn = {id(p): rng.randrange(n) if style == "lossy" and n >= 3 else -1 for p, n in zip(plans, counts)}
    for p, cut in zip(turns, cuts):
        t = used + cut
        used += int(p.seconds() * SECOND)
        if style == "tries" and starts[id(p)] and rng.random() < 0.7:  # never before the first: what always precedes belongs to it
            t = failing_try(p, t) + int(rng.uniform(2.5, 8) * SECOND)
        lost = rng.randrange(len(p.items)) if lost_turn[id(p)] == len(starts[id(p)]) else -1
        starts[id(p)].append(t)
        activate(p, t, lost)
    for p in plans:
        first = min(starts[id(p)])
        early = rng.random() < 0.4  # the door was tried, in vain, long before
        if p.door == "fixed" and early and first - w.start > 70 * SECOND and p.door_port not in w.services.get(p.target.name, ()):
            t = first - int(rng.uniform(45, 65) * SECOND)
            w.refused(t, p.source, p.target, p.door_port) if p.answer == "rst" else w.silent(t, p.source, p.target, p.door_port, 1)
        if style == "busy":
            keep_busy(p, starts[id(p)])
        if style == "haunted":
            haunt(p)
    return [finish(p, style) for p in plans]


def finish(p, style):
    """The truth about one plan."""
    truth, n = p.truth, len(p.truth["activations"])
    ports = [label(item) for item in p.items] if not p.one_time else truth["activations"][0]["ports"]
    doors = sorted({a["opened"] for a in truth["activations"] if a["opened"]})
    truth.update(ports=ports, accept=[ports], kind="one-shot" if n == 1 or p.one_time else "recurring", one_time=bool(p.one_time),
                 opens=p.door, doors=doors, answer=p.answer, client=p.client, gap=round(p.gap, 6),
                 **{"class": style_class(style, n, p.gap)})
    if p.named and len(doors) == 1:
        truth["accept"].append(ports + doors)
    if n == 1 and p.served:  # once only: nothing ties the visit of an open service to the knock
        truth["accept"].append([label(item) for item in p.items if item[1] not in p.served])
    if p.closing:
        truth["closing"] = ports[::-1]
    return truth
