"""Styles of knocks: each turns a plan into one of the ways in which knocks are done. README.md says what each of them is.

A style may come with manners (manners.py): STYLE+MANNER+MANNER.
"""

import manners
from plan import DOORS, FAMOUS, GAPS, PAIRS, Plan, log_uniform, new_inside

PLAIN = ("rst", "drop", "reject", "telnet", "windows", "nmap", "scapy", "udp", "mixed", "ipv6", "famous", "served", "burst", "slow",
         "repeat", "doubled", "short", "long", "varying", "back", "closing", "named", "handshake", "tries", "lossy", "several", "prefix",
         "eager", "udp-door", "icmp", "icmp-mixed", "haunted", "interleaved", "exact", "stumbling", "polled", "resent", "shared",
         "other", "closing-apart")
HARD = ("spoofed", "distributed", "roaming", "chaff", "busy", "scan", "subnet", "strewn", "scan-before", "scan-after", "scan-mid",
        "scan-among", "scan-decoy")
ONE_TIME = ("one-time", "totp", "pairs")
ALL = PLAIN + HARD + ONE_TIME
QUIET = ("none", "pings")  # no knock: the network as it is, and with pings of all kinds
# The fewest activations that an analyst could tell from the rest of the capture, where that is not one (README.md says why).
FEWEST = {"lossy": 3, "tries": 2, "prefix": 2, "named": 2, "handshake": 2, "served": 2, "chaff": 2, "scan": 2, "scan-mid": 2,
          "scan-among": 3}
# Styles where the one who enters shares no address with all that knocked: two ports once are nothing that belongs together.
STRANGERS = ("spoofed", "subnet", "distributed", "other")


def style_class(style, activations):
    if style in ONE_TIME:
        return "one-time"
    return "one-shot" if activations == 1 else "hard" if style in HARD else "plain"


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
    pairs = [(a, b) for a, b in w.busiest[:6] if ":" not in a and w.hosts[b] in w.inside or w.name in PAIRS]
    if pairs and rng.random() < 0.7:
        a, b = rng.choice(pairs)
        p.source, p.target = w.hosts[a], w.hosts[b]
    if not w.services.get(p.target.name):
        w.serve(p.target, 22, 80, 443, 8080)
    p.gap = log_uniform(rng, 0.005, 5.0)


def haunted(p):
    p.gap = log_uniform(p.w.rng, 1, 12)


def interleaved(p):
    p.interleaved, p.gap = True, max(p.gap, 0.02)


def exact(p):
    p.exact, p.jitter, p.client, p.gap = True, 0.0, "scapy", p.w.rng.choice((0.1, 0.2, 0.5, 1.0))
    p.regular = p.w.rng.random() < 0.6


def stumbling(p):
    p.stumbling, p.door = True, "fixed"


def polled(p): p.polled, p.door = True, "fixed"
def resent(p): p.resent, p.door = True, "fixed"
def shared(p): p.shared, p.door = True, "fixed"


def other(p):
    """Somebody else walks in."""
    who = p.w.stranger("linux") if p.w.rng.random() < 0.7 else new_inside(p.w)
    p.opener, p.door = (lambda seen: who), "fixed"


def closing_apart(p):
    closing(p)
    p.apart = [("tcp", p.free_port()) for _ in p.items]


def subnet(p):
    """One made-up address of the same /24 for each packet; who enters has another."""
    w = p.w
    net = "10.%d.%d" % (w.rng.randrange(200, 250), w.rng.randrange(256))
    p.sources = lambda i: w.host("%s.%d" % (net, w.rng.randrange(1, 255)), True, "linux")
    who = w.stranger("linux")
    p.opener, p.client = (lambda seen: who), w.rng.choice(("knock", "scapy", "hping"))
    p.door = p.door if p.door != "back" else "fixed"


def strewn(p):
    p.strewn, p.gap = True, log_uniform(p.w.rng, 0.002, 3.0)


def probing(where, low, high):
    def style(p):
        rng = p.w.rng
        p.probes, p.scan_size = where, (rng.choice((100, 300, 1000)), rng.choice((0.001, 0.01, 0.05)))
        if where in ("mid", "among", "decoy"):
            p.client = rng.choice(("knock", "knock", "scapy", "hping"))
        p.gap = log_uniform(rng, low, high)
    return style


def pairs(p):
    """One-time pairs in a row, as a generator of passwords gives them out."""
    p.one_time, p.door, p.mixed = 2, "fixed", p.w.rng.random() < 0.3


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
         "roaming": roaming, "eager": eager, "udp-door": udp_door, "icmp": sizes, "icmp-mixed": sizes_mixed, "chaff": chaff,
         "busy": busy, "scan": scan, "haunted": haunted, "one-time": one_time, "totp": totp, "interleaved": interleaved,
         "exact": exact, "stumbling": stumbling, "polled": polled, "resent": resent, "shared": shared, "other": other,
         "closing-apart": closing_apart, "subnet": subnet, "strewn": strewn, "scan-before": probing("before", 0.0001, 3),
         "scan-after": probing("after", 0.0001, 3), "scan-mid": probing("mid", 0.00005, 0.05),
         "scan-among": probing("among", 0.002, 0.15), "scan-decoy": probing("decoy", 0.002, 0.05), "pairs": pairs}
BEFORE = ("ipv6", "busy", "one-time", "totp", "pairs")  # these choose the hosts, or draw their ports later


def make_plan(w, style, activations, how=()):
    rng = w.rng
    p = Plan(w, style)
    p.mixed, p.manners = False, how
    if style in BEFORE:
        APPLY[style](p)
    count = {"short": 2, "long": rng.choice((7, 8))}.get(style) or rng.choice((3, 3, 3, 4, 4, 5, 5, 6, 7))
    count = manners.count(how, rng) or count
    if not p.one_time:
        p.draw_items(count, {"udp": "udp", "mixed": "mixed", "icmp-mixed": "mixed"}.get(style, "tcp"))
    manners.before(p)
    if style in APPLY and style not in BEFORE:
        APPLY[style](p)
    manners.after(p)
    if activations == 1 and len(p.items) < 3 and style in STRANGERS:
        p.items = []
        p.draw_items(3)
    if p.door is None and (activations < 3 or len(set(p.items)) < 3 or style == "handshake"):
        p.door = "fixed"  # two ports that nobody answers and that open nothing are no finding
    if p.door == "udp":
        p.door_port = rng.choice([port for port in (51820, 1194, 60001, 500, 4500) if not p.taken(port)])
    if p.door in ("fixed", "back"):
        p.door_port = p.draw_door()
        known = w.services.get(p.target.name, set()) & set(DOORS)
        own = p.sources or how or style in ("busy", "eager", "shared", "other", "resent")
        if p.door == "fixed" and known and not own and p.source.far and rng.random() < 0.2:
            fresh = w.stranger("linux")  # a door that serves others already, but not this source
            p.source, p.door_port = fresh, rng.choice(sorted(known))
            if p.door_port in {port for _, port in p.items}:
                p.door_port = p.draw_door()
    return p


def plans_for(w, styled, activations):
    """The plans of a case: one, or several that go together."""
    rng = w.rng
    style, *how = styled.split("+")
    if style == "several":
        kinds = ("rst", "drop", "udp", "mixed", "several")
        plans = [make_plan(w, rng.choice(kinds), activations, how) for _ in range(rng.choice((2, 2, 3)))]
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
        first = make_plan(w, style, activations, how)
        second = make_plan(w, style, activations, how)
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
        plans = [make_plan(w, style, activations, how)]
    for p in plans:
        p.truth["style"] = style
    return plans
