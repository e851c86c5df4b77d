"""Pings of all kinds that wake nobody: what a network's echo requests look like where no knock is among them."""

from traffic import SECOND


def echo(w, t, a, b, n, answered=True, ident=0, number=1):
    w.wire.echo(t, a, b, ident, number, False, n)
    if answered:
        w.wire.echo(t + w.rtt(a, b), b, a, ident, number, True, n)


def run(w, t, a, b, n, count, answered=True, pause=SECOND):
    """ping -c COUNT -s N."""
    ident = w.rng.getrandbits(16)
    for i in range(count):
        echo(w, t, a, b, n, answered, ident, i + 1)
        t += pause + w.rng.randrange(3000)
    return t


def sizes_in_turn(w, a, b, answered):
    """A monitor that pings with several sizes, one after another, each time the same."""
    rng = w.rng
    sizes = rng.sample((56, 64, 100, 200, 256, 500, 512, 1000, 1024, 1400, 1472), rng.randrange(2, 5))
    if rng.random() < 0.5:
        sizes.sort()
    count, pause = rng.choice((1, 1, 3)), rng.choice((0.01, 0.2, 1))

    def act(t):
        for n in sizes:
            t = run(w, t, a, b, n, count, answered, int(pause * SECOND)) + 1000
    w.every(rng.choice((20, 30, 60, 60, 120, 300)), act, rng.choice((0, 0, 0.02, 0.1)))


def smoke(w, a, targets):
    """smokeping: twenty of one size to each target every five minutes."""
    def act(t):
        for i in range(20):
            for k, b in enumerate(targets):
                echo(w, t + k * 50000, a, b, 56, True, 7, i + 1)
            t += SECOND
    w.every(300, act, 0.01)


def path_mtu(w, t, a, b):
    """The largest that fits: halving, or growing step by step until nothing comes back."""
    rng = w.rng
    limit = rng.choice((1372, 1392, 1452, 1464, 1472))
    if rng.random() < 0.5:
        low, high = rng.choice(((0, 1500), (500, 1500), (1000, 1600)))
        while high - low > 1:
            n = (low + high) // 2
            t = run(w, t, a, b, n, rng.choice((1, 1, 2)), n <= limit)
            low, high = (n, high) if n <= limit else (low, n)
    else:
        step = rng.choice((8, 10, 20, 100))
        for n in range(limit // 2 // step * step, limit + 2 * step, step):
            t = run(w, t, a, b, n, 1, n <= limit, 200000)


def trace(w, t, a, b, n):
    """traceroute -I, mtr, tracert: one size, the time to live grows."""
    ttl = a.ttl
    for i in range(3 * w.rng.randrange(3, 9)):
        a.ttl = i // 3 + 1
        echo(w, t, a, b, n, i >= 15, 9, i + 1)
        t += w.rng.randrange(20000, 400000)
    a.ttl = ttl


def discover(w, t, a, targets):
    """nmap -sn: an echo request without payload, a SYN, an ACK, a timestamp request."""
    for b in targets:
        echo(w, t, a, b, 0)
        w.probe(t + 90, a, b, 443)
        w.wire.icmp(t + 200, a, b, bytes.fromhex("0d00000012340001") + bytes(12))
        t += w.rng.randrange(500, 30000)


def first_ping(w, t, a, b):
    """Somebody looks whether a machine is there, then tries its services."""
    t = run(w, t, a, b, w.rng.choice((32, 56, 56, 64)), w.rng.choice((1, 2, 4)))
    for port in w.rng.sample((22, 80, 443, 3389, 8080, 5900), 2):
        if port in w.services.get(b.name, ()):
            w.conn(t, a, b, port, turns=1)
        else:
            w.refused(t, a, b, port)
        t += SECOND


def watch_reboot(w, t, a, b):
    """Pings until the machine answers again, then a login."""
    t = run(w, t, a, b, 56, w.rng.randrange(5, 60), False)
    t = run(w, t, a, b, 56, 3)
    w.conn(t, a, b, 22, turns=3)


def add(w):
    rng = w.rng
    hosts = [host for host in w.inside if not host.v6 and not host.name.startswith(("224.", "239."))]
    watch = rng.choice(hosts)
    others = [host for host in hosts if host is not watch] or [w.stranger("linux")]
    few = rng.sample(others, min(len(others), 5))
    for b in few:
        if rng.random() < 0.6:
            sizes_in_turn(w, watch, b, rng.random() < 0.7)
    if rng.random() < 0.5:
        smoke(w, watch, few)
    for _ in range(rng.randrange(8, 25)):
        a = rng.choice(hosts)
        b = rng.choice([host for host in hosts if host is not a] or [w.stranger("linux")]) if rng.random() < 0.7 else w.stranger("linux")
        t = w.at(0, 0.95)
        rng.choice((lambda: path_mtu(w, t, a, b), lambda: trace(w, t, a, b, rng.choice((32, 36, 64))), lambda: first_ping(w, t, a, b),
                    lambda: run(w, t, a, b, rng.choice((32, 56, 56, 64, rng.randrange(1, 1400))), rng.randrange(1, 12), rng.random() < 0.8),
                    lambda: discover(w, t, a, few), lambda: watch_reboot(w, t, a, b)))()
