"""Knocks as packets: activate() does once what a plan says and notes what was done; plant() does it as often as a case asks for.

Nothing here knows how knocks are looked for. What a single attempt looks like is in clients.py, what else goes on around a knock
(scans, chaff, ordinary connections) in around.py.
"""

import around
from clients import attempt
from plan import label
from styles import plans_for, style_class
from traffic import SECOND


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
                end = attempt(plan, t, s, item, i)
            gap = int(plan.gap * SECOND * max(0.2, 1 + plan.jitter * (2 * rng.random() - 1)))
            gap = max(gap, 40)
            if plan.doubled and again == 0:
                gap = min(gap, 400000)
            if plan.chaff and i + 1 < len(items):
                for _ in range(rng.randrange(0, 2 * plan.chaff + 1)):
                    attempt(plan, t + int(gap * rng.random()) + 1, s, ("tcp", plan.free_port()))
            if plan.interleaved and i + 1 < len(items):
                around.ordinary(plan, t, gap, s)
            t = max(t + gap, end + min(gap, 200000) if i != lost else 0)
    return first, end, who, seen


def door_of(plan):
    """The port that this activation opens, or None."""
    if plan.door == "varying" or (plan.door and plan.door_port is None):
        return plan.draw_door() if plan.door != "varying" else plan.free_port()
    return plan.door_port if plan.door else None


def enter(plan, end, first, src, seen, port, note):
    """What opens is used. Returns when that is over."""
    rng, w = plan.w.rng, plan.w
    opener = plan.opener(seen) if plan.opener else src
    at = end + int(plan.delay * SECOND * (0.8 + 0.4 * rng.random())) + w.rtt(src, plan.target)
    turns = rng.randrange(1, 9)
    if plan.eager:
        around.try_door(plan, end + (at - end) // 3, opener, port)
        if plan.truth["activations"] and rng.random() < 0.6:  # not before the first: what always precedes belongs to it
            around.try_door(plan, first - int(rng.uniform(0.3, 6) * SECOND), src, port)
    sp = isn = None
    if plan.polled:
        for i in range(rng.randrange(1, 5)):
            around.try_door(plan, end + 20000 + (at - end) * i // 6, opener, port)
    if plan.resent:  # Linux's schedule: the SYN that is answered is the same SYN sent again
        sp, isn, schedule, early = opener.ephemeral(), rng.getrandbits(32), rng.choice(((1.02,), (1.02, 3.05))), end + 10000
        for again in (0,) + schedule[:-1]:
            w.wire.syn(early + int(again * SECOND), opener, sp, plan.target, port, isn)
        at = early + int(schedule[-1] * SECOND)
    over = end
    if plan.door == "udp":
        w.stream(at, opener, opener.ephemeral(), plan.target, port, rng.randrange(6, 80), 60000, 120)
    elif plan.door == "back":
        over = w.conn(at, plan.target, opener, port, turns=turns, think=200000, end=rng.choice(("fin", "rst")))
    else:
        over = w.conn(at, opener, plan.target, port, turns=turns, think=200000, end=rng.choice(("fin", "rst", "none")),
                      sp=sp, isn=isn)
    note.update(opened=label(("udp" if plan.door == "udp" else "tcp", port)), opened_time=at / SECOND, opener=opener.name,
                back=plan.door == "back")
    if plan.shut and rng.random() < 0.5 and plan.door in ("fixed", "varying"):
        around.try_door(plan, over + int(rng.choice((15, 40)) * SECOND), opener, port)
    return over


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
    port = door_of(plan)
    sent = items + [("tcp", port)] if plan.named else items
    scan = around.Scan(plan, port) if plan.probes else None
    if scan and plan.probes != "after":
        t = around.scan_first(plan, t, src, scan)
    if plan.tried and plan.door in ("fixed", "varying") and not plan.resent:
        early = t - int(rng.choice((0.5, 2, 20)) * SECOND)
        if early > w.start:
            around.try_door(plan, early, plan.opener([src]) if plan.opener else src, port)
    first, end, who, seen = knock_once(plan, t, sent, src, lost)
    if plan.scan:
        around.sweep_around(plan, first, end, src)
    note = {"time": first / SECOND, "end": end / SECOND, "source": who.name, "sources": sorted({s.name for s in seen}),
            "target": plan.target.name, "ports": [label(item) for i, item in enumerate(items) if i != lost],
            "missing": 1 if lost >= 0 else 0, "opened": None, "opened_time": None, "opener": None, "back": False}
    over = enter(plan, end, first, src, seen, port, note) if plan.door else end
    if scan and plan.probes == "after":
        scan.run(max(over, end) + (5 * SECOND if plan.door else 20000), src)
    if plan.closing:
        over += int(rng.uniform(1, 8) * SECOND)
        start, over, _, _ = knock_once(plan, over, plan.apart or items[::-1], src)
        note["closed"] = start / SECOND
        if rng.random() < 0.7:
            if plan.answer != "drop":
                w.refused(over + SECOND, src, plan.target, port)
            else:
                w.silent(over + SECOND, src, plan.target, port, 1)
    plan.truth["activations"].append(note)
    return over


def failing_try(plan, t):
    """A try that goes wrong: two ports swapped, one wrong, or given up early. Returns its end."""
    rng = plan.w.rng
    items = list(plan.items)
    kind = rng.choice(("swap", "wrong", "early")) if not plan.stumbling else "slip"
    if kind == "slip":  # another port, or one twice; noticed at once, or not
        i = rng.randrange(len(items))
        items[i] = ("tcp", plan.free_port()) if i == 0 or rng.random() < 0.5 else items[i - 1]
        if rng.random() < 0.5:
            items = items[:i + 1]
    elif kind == "swap":
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
    plan.truth.setdefault("tries", []).append({"time": first / SECOND, "end": end / SECOND, "source": who.name,
                                               "target": plan.target.name, "ports": [label(item) for item in items]})
    return end


# ---- a case ---------------------------------------------------------------------------------------------------------


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
    style = style.split("+")[0]
    counts = [activations] * len(plans)
    margin = int(w.span * 0.02) + 2 * SECOND
    room = (w.span - 2 * margin) / SECOND
    while not fit(plans, counts, room) and max(counts) > 1:
        counts = [max(1, n - 1) for n in counts]
    for p, n in zip(plans, counts):
        if p.door is None and n < 3:  # as in make_plan, for as many as there is room for
            p.door, p.door_port = "fixed", p.draw_door()
            fit(plans, counts, room)
    turns = [p for p, n in zip(plans, counts) for _ in range(n)]
    rng.shuffle(turns)
    free = max(0, int((room - sum(p.seconds() for p in turns)) * SECOND))
    cuts, used, starts = sorted(rng.randrange(free + 1) for _ in turns), w.start + margin, {id(p): [] for p in plans}
    if any(p.regular for p in plans):
        cuts = [free * (i + 1) // (len(turns) + 1) for i in range(len(turns))]
    lost_turn = {id(p): rng.randrange(n) if style == "lossy" and n >= 3 else -1 for p, n in zip(plans, counts)}
    for p, cut in zip(turns, cuts):
        t = used + cut
        used += int(p.seconds() * SECOND)
        if style == "tries" and starts[id(p)] and rng.random() < 0.7:  # never before the first: what always precedes belongs to it
            t = failing_try(p, t) + int(rng.uniform(2.5, 8) * SECOND)
        if p.stumbling and rng.random() < 0.7:
            t = failing_try(p, t) + int((12 + 3 * p.gap) * SECOND)
        lost = rng.randrange(len(p.items)) if lost_turn[id(p)] == len(starts[id(p)]) else -1
        starts[id(p)].append(t)
        activate(p, t, lost)
    for p in plans:
        first = min(starts[id(p)])
        early = rng.random() < 0.4  # the door was tried, in vain, long before
        serves = p.door_port in w.services.get(p.target.name, ())
        if p.door == "fixed" and early and first - w.start > 70 * SECOND and not serves:
            t = first - int(rng.uniform(45, 65) * SECOND)
            if p.answer == "rst":
                w.refused(t, p.source, p.target, p.door_port)
            else:
                w.silent(t, p.source, p.target, p.door_port, 1)
        if style == "busy":
            around.keep_busy(p, starts[id(p)])
        if style == "haunted":
            around.haunt(p)
        if p.strewn:
            around.strew(p)
        if p.shared and p.door_port:
            around.share_door(p, first, p.source)
    return [finish(p, style) for p in plans]


def finish(p, style):
    """The truth about one plan."""
    truth, n = p.truth, len(p.truth["activations"])
    ports = [label(item) for item in p.items] if not p.one_time else truth["activations"][0]["ports"]
    doors = sorted({a["opened"] for a in truth["activations"] if a["opened"]})
    truth.update(ports=ports, accept=[ports], kind="one-shot" if n == 1 or p.one_time else "recurring", one_time=bool(p.one_time),
                 opens=p.door, doors=doors, answer=p.answer, client=p.client, gap=round(p.gap, 6),
                 manners=list(p.manners), late=p.delay >= 30, **{"class": style_class(style, n)})
    if p.named and len(doors) == 1:
        truth["accept"].append(ports + doors)
    if n == 1 and p.served:  # once only: nothing ties the visit of an open service to the knock
        truth["accept"].append([label(item) for item in p.items if item[1] not in p.served])
    if p.closing:
        truth["closing"] = [label(item) for item in p.apart] if p.apart else ports[::-1]
    return truth
