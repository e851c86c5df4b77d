"""What else goes on around a knock: scans, chaff, and what the knocker does at the target besides."""

from clients import attempt
from traffic import SECOND


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


class Scan:
    """A port scanner's run at the target: one source port, one pace. The door is not among its ports; the knock may be."""

    def __init__(self, plan, door):
        rng = plan.w.rng
        count, self.pace = plan.scan_size
        self.plan = plan
        ports = list(range(1, count + 1)) if rng.random() < 0.4 else rng.sample(range(1, 10000), count)
        known = rng.random() < 0.5 and plan.probes != "among"
        knock = {port for proto, port in plan.items if proto == "tcp"}
        self.ports = [dp for dp in ports if dp != door and (known or dp not in knock) and
                      dp not in plan.w.services.get(plan.target.name, ())]
        if rng.random() < 0.5:
            rng.shuffle(self.ports)
        self.sp = rng.randrange(32768, 61000)

    def run(self, t, src):
        """Probes from t on; returns the time of each."""
        rng, w, plan, times = self.plan.w.rng, self.plan.w, self.plan, []
        for dp in self.ports:
            w.probe(t, src, plan.target, dp, self.sp, "drop" if plan.answer == "drop" else "rst")
            times.append(t)
            t += int(self.pace * SECOND * rng.uniform(0.7, 1.3))
        return times


def scan_first(plan, t, src, scan):
    """Runs a scan that begins before the knock; returns when the knock begins."""
    rng = plan.w.rng
    if plan.probes == "decoy":
        times = scan.run(t, plan.w.stranger("linux"))
        return times[len(times) // 2]
    times = scan.run(t, src)
    if plan.probes == "before":
        return times[-1] + int(rng.choice((0.5, 3, 10)) * SECOND)
    return times[min(rng.randrange(5, max(6, len(times) - 30)), len(times) - 1)] + int(scan.pace * 0.2 * SECOND)


def ordinary(plan, t, gap, src):
    """Connections to open services between two knocks."""
    rng, w = plan.w.rng, plan.w
    served = sorted(w.services.get(plan.target.name, ())) or [port for port in (80, 443) if ("tcp", port) not in plan.items]
    for _ in range(rng.randrange(0, 3)):
        w.conn(t + int(gap * rng.uniform(0.1, 0.9)), src, plan.target, rng.choice(served), 1, 1, 600)
    others = [host for host in w.servers if host is not plan.target and host is not src and not host.v6]
    if others and rng.random() < 0.5:
        other = rng.choice(others[:30])
        w.conn(t + int(gap * rng.uniform(0.1, 0.9)), src, other, min(w.services[other.name]), 1, 1, 600)


def strew(plan):
    """Random attempts of the knocker at the target, all over the capture."""
    w = plan.w
    for _ in range(w.rng.randrange(10, 80)):
        attempt(plan, w.at(0, 0.98), plan.source, ("tcp", w.rng.randrange(1, 65536)))


def share_door(plan, first, opener):
    """The door serves two others all day; the one who will use it is turned away before the first knock."""
    w, rng = plan.w, plan.w.rng
    others = [w.stranger("linux"), w.stranger("linux")]
    for _ in range(rng.randrange(8, 60)):
        w.conn(w.at(0, 0.97), rng.choice(others), plan.target, plan.door_port, 1, 2, 900, rng.randrange(1, 3))
    t = first - int(rng.uniform(1, 60) * SECOND)
    if t > w.start:
        try_door(plan, t, opener, plan.door_port)


def try_door(plan, t, src, port):
    """The door while it is closed."""
    if plan.answer == "rst":
        plan.w.refused(t, src, plan.target, port)
    else:
        plan.w.silent(t, src, plan.target, port, 0)


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
    tried = (("udp", 53), ("tcp", 11211), ("tcp", 6379), ("udp", 161), ("udp", 514), ("tcp", 9200))
    for proto, port in rng.sample(tried, rng.randrange(3, 7)):
        if p.taken(port):
            continue
        t, every = w.start, rng.uniform(15, 60)
        while t < w.start + w.span * 0.98:
            t += int(rng.expovariate(1 / every) * SECOND)
            if proto == "udp":
                w.stale_udp(t, p.source, p.source.ephemeral(), p.target, port, 40, p.answer == "rst" and rng.random() < 0.5)
            else:
                w.refused(t, p.source, p.target, port)
