"""The tables of an evaluation: what was found per style and number of activations, per way, per network, beside what is asked for."""

import collections

import styles

# What is asked for: the share of knocks that are rank 1 with all ports in order, by class and number of activations.
BARS = {("plain", "3+"): 0.99, ("hard", "3+"): 0.95, ("plain", "2"): 0.95, ("hard", "2"): 0.85, ("one-shot", "1"): 0.90,
        ("one-time", "2"): 0.99, ("one-time", "3+"): 0.99}
OPENED_BAR, QUIET_BAR = 0.98, 0.95
NUMBERS = ("1", "2", "3+")


def bracket(count):
    return str(count) if count < 3 else "3+"


class Result:
    """One case with what became of it. `false`: (rank, result) of standing knocks that nobody planted."""

    def __init__(self, case, truth, verdicts, false, steps, failure):
        self.case, self.truth, self.verdicts, self.false, self.steps, self.failure = case, truth, verdicts, false, steps, failure


class Tally:
    """Sums over knocks."""

    def __init__(self):
        self.first, self.n = collections.Counter(), collections.Counter()
        self.found = self.opens = self.named = self.right = self.extra = self.above = 0
        self.openings = self.wanted_openings = self.activations = self.wanted = 0

    def add(self, v):
        number = bracket(v.wanted)
        self.n[number] += 1
        self.first[number] += v.first
        self.found += v.seen
        self.above += v.above > 0
        self.opens += v.opens
        self.named += v.opens and v.named
        self.right += v.right
        self.extra += v.extra > 0
        self.wanted += v.wanted
        self.activations += v.activations if v.rank is not None or v.truth["one_time"] else 0
        self.openings += v.openings if v.rank is not None or v.truth["one_time"] else 0
        self.wanted_openings += v.wanted_openings


def part(count, whole):
    return "%d/%d" % (count, whole) if whole else "-"


def share(count, whole):
    return "%.1f %%" % (100.0 * count / whole) if whole else "-"


HEAD = ("", "n=1", "n=2", "n>=3", "found", "opened", "openings", "activ.", "right", "extra", "above")
FORM = "%-22s %9s %9s %9s %9s %9s %11s %11s %9s %6s %6s"


def row(name, t, numbers=None):
    whole = sum(t.n.values())
    first = numbers or [part(t.first[n], t.n[n]) for n in NUMBERS]
    print(FORM % (name, *first, part(t.found, whole), part(t.named, t.opens), part(t.openings, t.wanted_openings),
                  part(t.activations, t.wanted), part(t.right, whole), t.extra or "-", t.above or "-"))


def met(count, whole, bar):
    return count >= bar * whole - 1e-9


def per_class(name, tally, shot):
    """The share of a class beside its bars; whether they are met."""
    good, first, asked = True, [], []
    for n in NUMBERS:
        bar = BARS.get(("one-shot" if n == "1" else name, n))
        first.append(share(tally.first[n], tally.n[n]))
        miss = bar is not None and n != "1" and not met(tally.first[n], tally.n[n], bar)
        good = good and not miss
        asked.append("" if bar is None else "(>= %.0f%s)" % (100 * bar, ", MISSED" if miss else ""))
    row("all %s" % name, tally, first)
    print("%-22s %9s %9s %9s" % ("  asked for", *asked))
    if shot is not None:
        bar = BARS["one-shot", "1"]
        one, n = shot.first["1"], shot.n["1"]
        good = good and met(one, n, bar)
        print("one-shot, plain and hard: %s with all ports in order, %s found (asked for: %.0f %%%s)" % (
            share(one, n), share(shot.found, n), 100 * bar, "" if met(one, n, bar) else "; MISSED"))
    return good


def knocks(results):
    """The tables per style, manner and network. Whether all bars of single knocks are met."""
    rows, classes, ways, places = (collections.defaultdict(Tally) for _ in range(4))
    total, shot = Tally(), Tally()
    for r in results:
        for v in r.verdicts:
            style = v.truth["style"]
            name = "one-time" if style in styles.ONE_TIME else "hard" if style in styles.HARD else "plain"
            for tally in (rows[name, style], classes[name], places[r.truth["background"]], total):
                tally.add(v)
            for way in v.truth.get("manners", ()):
                ways[way].add(v)
            if v.truth["class"] == "one-shot":
                shot.add(v)
    good = True
    print("\nRank 1 with all ports in order, by the number of activations; found: something stands for it; opened: knocks whose doors are\n"
          "named; openings: activations with their own door; activ.: single activations with time, source and target; right: knocks with\n"
          "all of them and none made up; extra: knocks with activations that are made up; above: with a false knock above them")
    for name, members in (("plain", styles.PLAIN), ("hard", styles.HARD), ("one-time", styles.ONE_TIME)):
        if name not in classes:
            continue
        print("\n" + FORM % ((name.upper(),) + HEAD[1:]))
        named = [style for style in members if (name, style) in rows]
        for style in named + sorted(s for k, s in rows if k == name and s not in members):
            row(style, rows[name, style])
        good &= per_class(name, classes[name], shot if name == "hard" or name == "plain" and "hard" not in classes else None)
    for title, some in (("MANNER", ways), ("NETWORK", places)):
        if some:
            print("\n" + FORM % ((title,) + HEAD[1:]))
            for name, tally in sorted(some.items()):
                row(name, tally)
    if sum(total.n.values()):
        opened = met(total.named, total.opens, OPENED_BAR)
        good = good and opened
        whole = sum(total.n.values())
        print("\nAll %d knocks: opened port named: %s (asked for: %.0f %%%s); at each activation: %s; activations right: %s; knocks with all"
              "\nactivations right and none made up: %s (asked for: every one); false knocks above a true one: %d (asked for: none)" % (
                  whole, share(total.named, total.opens), 100 * OPENED_BAR, "" if opened else "; MISSED",
                  share(total.openings, total.wanted_openings), share(total.activations, total.wanted), share(total.right, whole), total.above))
    return good


def quiet(results):
    """What stands where nothing was planted. Whether that is as seldom as asked for."""
    places = collections.defaultdict(lambda: [0, 0])
    for r in results:
        if r.truth["style"] in styles.QUIET:
            places[r.truth["background"]][0] += 1
            places[r.truth["background"]][1] += not r.false and not r.failure
    if not places:
        return True
    n, still = (sum(pair[i] for pair in places.values()) for i in (0, 1))
    good = met(still, n, QUIET_BAR)
    print("\nWithout a knock: quiet in %d of %d, %s (asked for: %.0f %%%s)" % (still, n, share(still, n), 100 * QUIET_BAR,
          "" if good else "; MISSED"))
    for place, (count, silent) in sorted(places.items()):
        if silent < count:
            print("  %-36s %3d of %3d" % (place, silent, count))
    return good


def times(results):
    """How long all takes that follows reading. The clock of a busy machine decides nothing, so that this is no bar here."""
    rows = []
    for r in results:
        if r.steps.get("reading") and not r.case.startswith("recorded."):  # those are too small to be timed
            after = sum(span for step, span in r.steps.items() if step != "reading")
            rows.append((after / r.steps["reading"], r.steps.get("knocks", 0.0) / r.steps["reading"], r.case))
    if rows:
        rows.sort()
        print("\nTime of all that follows reading / time of reading: median %.2f, worst %.2f (%s); %d of %d not below 1;\n"
              "of knocks alone: worst %.2f, %d not below 1" % (rows[len(rows) // 2][0], rows[-1][0], rows[-1][2],
              sum(1 for row in rows if row[0] >= 1), len(rows), max(row[1] for row in rows), sum(1 for row in rows if row[1] >= 1)))


def report(results):
    """All tables. Returns whether every bar is met."""
    good = knocks(results)
    good = quiet(results) and good
    times(results)
    for r in results:
        if r.failure:
            good = False
            print("FAILED %s: %s" % (r.case, r.failure))
    if not any("real-" in r.truth["background"] for r in results):
        print("\nNo real captures among the backgrounds (--captures DIR adds them).")
    return good
