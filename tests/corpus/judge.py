"""Holds what the program reports against the truth of a case.

Rules: ports are equal when they are equal in order after runs of the same port are collapsed; a rotated, partial or longer
sequence is wrong. A standing knock that is no planted one is false; the closing sequence of a planted knock is not false. An
activation is right when time (to 10 ms), source and target are right; none may be made up. One-shot knocks at one target that
open the same port are gathered by it: there each activation has its own ports, and those of other planted knocks are not made up. A try that went wrong is none, unless
more than half a minute passed before it was done right. Every activation has to name the port that it opened.
Where one activation is strewn with other attempts of the same kind (LOOSE), nothing tells them apart: there the planted ports have
to be among the reported ones, in order, and the time may be that of the first attempt of any kind. No such case is drawn; README.md
says what else is not.
"""

LOOSE = ("chaff", "scan", "scan-mid", "scan-among")
EXACT, AGAIN = 0.01, 30.0  # seconds: how far off a time may be; after which a wrong try stands for itself


def collapse(ports):
    return [port for i, port in enumerate(ports) if i == 0 or port != ports[i - 1]]


def within(ports, longer):
    rest = iter(longer)
    return all(port in rest for port in ports)


def opened_of(activation):
    opened = activation.get("opened")
    if isinstance(opened, dict):
        opened = opened.get("port") or opened.get("item")
    if isinstance(opened, list):
        opened = opened[0] if opened else None
    return str(opened) if opened is not None else None


def same_moment(note, activation, loose=False):
    time = float(activation["time"])
    early, late = (120.0, note["end"] - note["time"] + 1.0) if loose else (EXACT, EXACT)
    return note["time"] - early <= time <= note["time"] + late and \
        activation["target"] == note["target"] and activation["source"] == note["source"]


def port_match(truth, result):
    ports = collapse([str(port) for port in result["ports"]])
    if any(ports == collapse(accept) for accept in truth["accept"]):
        return True
    return lenient(truth) and within(truth["ports"], ports)


def lenient(truth):
    return len(truth["activations"]) == 1 and truth["style"] in LOOSE


class Verdict:
    """One planted knock: what of it was found."""

    def __init__(self, truth):
        self.truth = truth
        self.rank = None           # among the standing, from 1
        self.above = 0             # false knocks above
        self.aside = None          # the reason, when it was found but set aside
        self.opens = any(a["opened"] for a in truth["activations"])
        self.named = False         # the opened port is named
        self.activations = 0       # that are right
        self.wanted = len(truth["activations"])
        self.extra = 0             # that are made up
        self.openings = 0          # activations whose opening is right
        self.wanted_openings = sum(1 for a in truth["activations"] if a["opened"])
        self.seen = False          # something stands for each activation, though its ports may be wrong
        self.kind = None
        self.why = ""

    @property
    def first(self):
        return self.rank is not None and self.above == 0

    @property
    def right(self):
        return self.rank is not None and self.activations == self.wanted and self.extra == 0


def moments(truth, results, loose):
    """How many activations of the truth one of the results has, how many it makes up, and how many openings are right."""
    reported = [a for result in results for a in result["activations"]]
    taken, found, openings = set(), 0, 0
    for note in truth["activations"]:
        for i, a in enumerate(reported):
            if i not in taken and same_moment(note, a, loose):
                taken.add(i)
                found += 1
                openings += note["opened"] is not None and opened_of(a) == note["opened"]
                break
    extra = 0
    for i, a in enumerate(reported):
        tried = any(t["time"] - EXACT < float(a["time"]) < t["end"] + EXACT and
                    not any(0 < note["time"] - t["time"] < AGAIN for note in truth["activations"]) for t in truth.get("tries", ()))
        extra += i not in taken and not tried
    return found, extra, openings


def own_part(truth, result, truths):
    """What of a result is to be held against one planted knock: of gathered one-shot knocks, not the activations of others."""
    if result["kind"] != "one-shot" or truth["kind"] != "one-shot" or len(result["activations"]) < 2:
        return result
    others = [(note, other) for other in truths if other is not truth for note in other["activations"]]
    own = [a for a in result["activations"] if not any(same_moment(note, a) and note["opened"] == opened_of(a) and
           collapse(other["ports"]) == collapse([str(p) for p in a.get("ports", ())]) for note, other in others)]
    if len(own) != 1:
        return result
    return dict(result, activations=own, ports=own[0].get("ports", result["ports"]))


def judge_fixed(truth, standing, aside, truths=()):
    v = Verdict(truth)
    loose = lenient(truth)

    def fits(result):
        return port_match(truth, result) and moments(truth, [result], loose)[0] > 0

    for rank, result in enumerate(standing, 1):
        result = own_part(truth, result, truths)
        if fits(result):
            v.rank, v.kind = rank, result["kind"]
            v.activations, v.extra, v.openings = moments(truth, [result], loose)
            doors = {a["opened"] for a in truth["activations"] if a["opened"]}
            v.named = doors <= {str(port) for port in result.get("opened", ())}
            break
    if v.rank is None:
        v.aside = next((result["set_aside"] for result in aside if fits(result)), None)
    return v


def judge_one_time(truth, standing, aside):
    """Sequences that never recur: every activation has to stand as (part of) a one-shot knock."""
    v = Verdict(truth)
    matched = []
    for rank, result in enumerate(standing, 1):
        hit = False
        for a in result["activations"]:
            for note in truth["activations"]:
                ports = [str(port) for port in a.get("ports", result["ports"])]
                if same_moment(note, a) and collapse(ports) == collapse(note["ports"]):
                    hit = True
        if hit and result["kind"] == "one-shot":
            matched.append(result)
            v.rank = v.rank or rank
    if matched:
        v.kind = "one-shot"
        found = set()
        for i, note in enumerate(truth["activations"]):
            for result in matched:
                for a in result["activations"]:
                    ports = [str(port) for port in a.get("ports", result["ports"])]
                    if same_moment(note, a) and collapse(ports) == collapse(note["ports"]):
                        found.add(i)
        v.activations = len(found)
        _, v.extra, v.openings = moments(truth, matched, False)
        doors = {a["opened"] for a in truth["activations"]}
        v.named = doors <= {str(port) for result in matched for port in result.get("opened", ())}
        if v.activations < 0.99 * v.wanted:
            v.why = "%d of %d activations" % (v.activations, v.wanted)
            v.rank = None
    return v


def at_its_time(note, activation):
    """Whether an activation is about the same visit: same target, overlapping, by a source of it or with what it opened."""
    time = float(activation["time"])
    return activation["target"] == note["target"] and note["time"] - 200 < time < note["end"] + 1 and \
        (note["opened"] is not None and opened_of(activation) == note["opened"] or
         activation["source"] in note["sources"] and time > note["time"] - 1)


def relation(truth, result):
    """How a result that is not the planted knock relates to it."""
    ports, wanted = [str(port) for port in result["ports"]], truth["ports"]
    if any(same_moment(note, a, True) for note in truth["activations"] for a in result["activations"]):
        if within(ports, wanted):
            return "part of it"
        if within(wanted, ports):
            return "it and more"
        if sorted(ports) == sorted(wanted):
            return "its ports in another order"
        return "something at its time" if set(ports) & set(wanted) else "others at its time"
    return "unrelated"


def judge(truths, reported):
    """(verdicts, false standing knocks) of a case."""
    standing = [result for result in reported if not result.get("set_aside")]
    aside = [result for result in reported if result.get("set_aside")]
    verdicts, real = [], set()
    for truth in truths:
        one = truth["one_time"]
        told = [a for result in standing for a in result["activations"]]
        verdicts.append(judge_one_time(truth, standing, aside) if one else judge_fixed(truth, standing, aside, truths))
        verdicts[-1].seen = all(any(at_its_time(note, a) for a in told) for note in truth["activations"])
        for i, result in enumerate(standing):
            if one:
                good = result["kind"] == "one-shot" and moments(truth, [result], False)[0] > 0
            else:
                own = own_part(truth, result, truths)
                good = port_match(truth, own) and moments(truth, [own], True)[0] > 0
                closing = truth.get("closing")
                good = good or (closing is not None and collapse([str(p) for p in result["ports"]]) == collapse(closing))
            if good:
                real.add(i)
    false = [(i + 1, result) for i, result in enumerate(standing) if i not in real]
    for v in verdicts:
        if v.rank is not None:
            v.above = sum(1 for rank, _ in false if rank < v.rank)
        if not v.first and not v.why:
            top = next(((rank, result) for rank, result in false if v.rank is None or rank < v.rank), None)
            v.why = ("set aside: %s; " % v.aside if v.aside else "not found; " if v.rank is None else "rank %d; " % v.rank) + \
                ("%d: %s (%s, %s)" % (top[0], ",".join(str(p) for p in top[1]["ports"]), top[1]["kind"], relation(v.truth, top[1]))
                 if top else "nothing stands")
        elif not v.why:
            notes = []
            if v.opens and not v.named:
                notes.append("opened port not named")
            elif v.openings < v.wanted_openings:
                notes.append("%d of %d openings named at their activations" % (v.openings, v.wanted_openings))
            if not v.right:
                notes.append("%d of %d activations, %d made up" % (v.activations, v.wanted, v.extra))
            v.why = ", ".join(notes)
    return verdicts, false
