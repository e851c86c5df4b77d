"""Manners: what any style may come with, whatever else it is about. A case names them after its style: chaff+near+late."""

from plan import GAPS, log_uniform

FAMOUS_TOO = ("65531 udp/65533 65532 udp/65530", "udp/2222 3333 udp/4444", "1337 31337 8080", "10000 20000 30000", "7481 3119",
              "571 290 911", "1600 1701 1888", "7000 8000 9000", "9000 6000", "888 555 222", "999 888 777 666 555", "200 80 22 53 3")
PORTS, LENGTH = ("near", "steps", "low", "high", "known"), ("two", "seven")
CLIENT, TIMES, SOURCE = ("netcat", "win", "probe", "crafted", "hping"), ("late", "tried", "shut", "regular"), ("moving",)
ALL = PORTS + LENGTH + CLIENT + TIMES + SOURCE
OWN_PORTS = ("famous", "udp", "mixed", "icmp", "icmp-mixed", "served", "one-time", "totp", "pairs", "handshake")
OWN_CLIENT = ("telnet", "windows", "nmap", "scapy", "icmp", "icmp-mixed", "exact", "handshake", "udp", "spoofed", "subnet", "scan",
              "scan-mid", "scan-among", "scan-decoy", "burst", "chaff", "doubled", "mixed")
OWN_SOURCE = ("spoofed", "subnet", "distributed", "roaming", "busy", "several", "prefix", "haunted", "strewn", "other", "one-time", "totp",
              "pairs", "stumbling", "tries", "shared")
OWN_TIMES = ("eager", "resent", "icmp", "icmp-mixed")


def draw(rng, style):
    """Manners for a case, each as often as it is met."""
    how = []
    if style not in OWN_PORTS and rng.random() < 0.35:
        how.append(rng.choice(PORTS))
    if style not in OWN_PORTS + ("short", "long", "repeat", "prefix", "icmp", "lossy", "scan-among") and "known" not in how and \
            rng.random() < 0.2:
        how.append(rng.choice(LENGTH))
    if style not in OWN_CLIENT and rng.random() < 0.4:
        how.append(rng.choice(CLIENT))
    if style not in OWN_TIMES:
        if rng.random() < 0.25:
            how.append("late")
        if rng.random() < 0.3:
            how.append("tried")
        if rng.random() < 0.15:
            how.append("shut")
    if rng.random() < 0.15:
        how.append("regular")
    if style not in OWN_SOURCE and rng.random() < 0.12:
        how.append("moving")
    return how


def count(how, rng):
    """How many ports, where a manner says so."""
    return 2 if "two" in how else rng.choice((7, 8)) if "seven" in how else None


def ports(p, how):
    """Ports of one kind. Those that somebody else has tried before are not spared; open ones are."""
    rng, n = p.w.rng, len(p.items)
    served = p.w.services.get(p.target.name, ())
    while True:
        if how == "near":
            low = rng.randrange(1024, 60000)
            drawn = rng.sample(range(low, low + 40), n)
        elif how == "steps":
            low, step = rng.randrange(2000, 60000), rng.choice((1, 2, 10, 111))
            drawn = [low - i * step for i in range(n)]
        else:
            drawn = rng.sample(range(1, 1024) if how == "low" else range(20000, 65536), n)
        if not set(drawn) & set(served):
            return [("tcp", port) for port in drawn]


def handbook(p):
    """A sequence from a handbook, none of whose ports is a service of the target."""
    while True:
        chosen = p.w.rng.choice(FAMOUS_TOO).split()
        items = [("udp", int(port[4:])) if port.startswith("udp/") else ("tcp", int(port)) for port in chosen]
        if not {port for proto, port in items if proto == "tcp"} & p.w.services.get(p.target.name, set()):
            return items


def before(p):
    """What the style may still change: ports and clients."""
    rng, how = p.w.rng, p.manners
    for name in how:
        if name == "known":
            p.items = handbook(p)
        elif name in PORTS:
            p.items = ports(p, name)
    if "netcat" in how:
        p.client, p.gap = "telnet", log_uniform(rng, *GAPS[rng.choice(("quick", "human"))])
    elif "win" in how:
        p.client, p.source.system = "windows", "windows"
    elif "probe" in how:
        p.client, p.gap = "nmap", log_uniform(rng, 0.1, 1.5)
    elif "crafted" in how:
        p.client = "scapy"
    elif "hping" in how:
        p.client = "hping"


def after(p):
    """What no style decides: when the door is used and tried, who comes, how evenly."""
    rng, w, how = p.w.rng, p.w, p.manners
    if "late" in how:
        p.delay = rng.choice((60, 60, 90, 120)) * rng.uniform(0.92, 1.04)
    if "moving" in how and p.roam is None:
        home = p.source
        p.roam = lambda: home if rng.random() < 0.6 else w.stranger6() if p.target.v6 else w.stranger("linux")
        p.door = p.door if p.door != "back" else "fixed"
    if "regular" in how and p.door is None and p.style.startswith("icmp"):
        p.door = "fixed"  # pings by a clock that open nothing are somebody's monitor
    p.tried, p.shut, p.regular = "tried" in how, "shut" in how, p.regular or "regular" in how
