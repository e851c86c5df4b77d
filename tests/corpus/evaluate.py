#!/usr/bin/env python3
"""Measures `knockscope knocks` on the labelled corpus: how to use it, most often

    make evaluate                                             # 120 cases, table per kind of knock
    tests/corpus/evaluate.py --bin build/knockscope --cases 40 --styles chaff,busy --verbose
    tests/corpus/evaluate.py --bin build/knockscope --only chaff.uplink.3.60000.12 --keep /tmp/one.pcap
                                                              # one failing case again; the capture stays, with its truth beside it

Cases are made one by one from their names (see corpus.py) in a temporary folder and removed at once. --captures DIR (or KS_CAPTURES)
adds the real captures there as backgrounds; they are read in place.
"""

import argparse
import collections
import itertools
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import backgrounds  # noqa: E402
import corpus  # noqa: E402
import styles  # noqa: E402
from judge import judge  # noqa: E402

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
# What is asked for: share of knocks that are rank 1, by class and number of activations.
BARS = {("plain", "3+"): 0.99, ("hard", "3+"): 0.95, ("plain", "2"): 0.95, ("hard", "2"): 0.85, ("one-shot", "1"): 0.90,
        ("one-time", "2"): 0.99, ("one-time", "3+"): 0.99}
OPENED_BAR, QUIET_BAR = 0.98, 0.95


def seconds(text):
    """"1 min 3 s", "350 ms" as seconds."""
    return sum(float(number) * UNITS[unit] for number, unit in re.findall(r"([\d.]+)\s*(ns|us|µs|ms|min|s|m|h|d)\b", text))


def run(binary, path, limit):
    """(knocks reported, {step: seconds}, failure or None)"""
    command = [binary, "knocks", "--format", "json", "--top", "0", "-v", path]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return [], {}, "no answer within %d s" % limit
    errors = done.stderr.decode("utf-8", "replace")
    steps = collections.defaultdict(float)
    for what, span in re.findall(r"^knockscope: (\w+): ([\d.].*)$", errors, re.M):
        steps[what] += seconds(span)
    if done.returncode != 0:
        return [], steps, "exit status %d: %s" % (done.returncode, (errors.strip().splitlines() or ["nothing said"])[-1][-200:])
    try:
        return json.loads(done.stdout)["knocks"], steps, None
    except (ValueError, KeyError) as error:
        return [], steps, "no such JSON: %s" % error


def cases(args):
    """The names of the cases, the same for the same arguments."""
    rng = random.Random("cases %d" % args.seed)
    wanted = args.styles.split(",") if args.styles else ["none"] * max(1, len(styles.ALL) // 5) + ["pings"] * 2 + list(styles.ALL)
    places = args.backgrounds.split(",") if args.backgrounds else \
        list(backgrounds.ALL) + list(corpus.real_captures(args.captures))
    numbers = args.activations.split(",") if args.activations else ["1", "2", "3+", "3+"]
    for bad in (set(wanted) - set(styles.ALL) - set(styles.QUIET)) | (set(places) - set(backgrounds.ALL) - set(corpus.real_captures(args.captures))):
        raise SystemExit("evaluate: no style or background %s" % bad)
    rng.shuffle(wanted)
    turn = {style: rng.randrange(len(numbers)) for style in wanted}
    quiet = 0
    for i in range(args.cases):
        style = wanted[i % len(wanted)]
        number = numbers[turn[style] % len(numbers)]
        turn[style] += 1
        place = rng.choice(places)
        count = {"1": 1, "2": 2}.get(number) or rng.choice((3, 3, 4, 5, 5, 6, 8, 10, 14, 20))
        if style in styles.RECURRING_ONLY:
            count = max(count, 3 if style == "lossy" else 2)
        if style in styles.ONE_TIME:
            count = rng.choice((2, 3, 5, 10, 20, 40))
        if style in styles.QUIET:
            count, place, quiet = 0, places[quiet % len(places)], quiet + 1
        low, high = (100000, 900000) if args.big else (20000, 120000)
        packets = args.packets or int(low * (high / low) ** rng.random()) // 1000 * 1000
        yield "%s.%s.%d.%d.%d" % (style, place, count, packets, args.seed * 100000 + i)


def recordings(args):
    """The captures of a real knockd, where nothing narrows the choice."""
    return [] if args.styles or args.backgrounds or args.activations else sorted(corpus.recorded())


def bracket(count):
    return str(count) if count < 3 else "3+"


class Tally:
    """Sums over the knocks of one row of the table."""

    def __init__(self):
        self.n = self.first = self.found = self.opens = self.named = self.right = self.wanted = self.moments = self.above = 0

    def add(self, v):
        self.n += 1
        self.first += v.first
        self.found += v.rank is not None
        self.above += v.above > 0
        self.opens += v.opens
        self.named += v.opens and v.named
        self.right += v.right
        self.wanted += v.wanted
        self.moments += v.activations if v.rank is not None or v.truth["one_time"] else 0


def share(part, whole):
    return "%5.1f %%" % (100.0 * part / whole) if whole else "      -"


def row(name, number, t, bar=None):
    shown = share(t.first, t.n)
    mark = "" if bar is None else "  >= %2.0f %%%s" % (100 * bar, "" if t.first >= bar * t.n - 1e-9 else "  MISSED")
    print("%-20s %3s %5d  %s  %s  %s  %s  %5d%s" % (name, number, t.n, shown, share(t.found, t.n), share(t.named, t.opens),
                                                   share(t.right, t.n), t.above, mark))


def report(results, places):
    """The tables. Returns whether every bar is met."""
    rows, classes, total = collections.defaultdict(Tally), collections.defaultdict(Tally), Tally()
    quiet, times, failures = collections.defaultdict(lambda: [0, 0]), [], []
    good = True
    for case, truth, verdicts, false, steps, failure in results:
        if failure:
            failures.append((case, failure))
        if truth["style"] in styles.QUIET:
            quiet[truth["background"]][0] += 1
            quiet[truth["background"]][1] += not false and not failure
        for v in verdicts:
            number = bracket(v.wanted)
            rows[v.truth["style"], number].add(v)
            classes[v.truth["class"], number].add(v)
            total.add(v)
        if steps.get("reading") and not case.startswith("recorded."):  # those are too small to be timed
            times.append((sum(span for step, span in steps.items() if step != "reading") / steps["reading"],
                          steps.get("knocks", 0.0) / steps["reading"], case))
    head = "%-20s %3s %5s  %7s  %7s  %7s  %7s  %5s" % ("", "n", "knocks", "rank 1", "found", "opened", "activ.", "false")
    print("\nPer style; n: activations; found: at any rank above the line; false: cases with a false knock above the true one\n" + head)
    order = collections.defaultdict(lambda: -1, {style: i for i, style in enumerate(styles.ALL)})
    for (style, number), tally in sorted(rows.items(), key=lambda item: (order[item[0][0]], item[0])):
        row(style, number, tally)
    print("\nPer class" + head[9:] + "  asked for")
    for (name, number), tally in sorted(classes.items()):
        bar = BARS.get((name, number))
        good = good and (bar is None or tally.first >= bar * tally.n - 1e-9)
        row(name, number, tally, bar)
    if total.n:
        row("all", "", total)
        named = total.named >= OPENED_BAR * total.opens - 1e-9
        good = good and named
        print("opened port named: %s of those that open one (asked for: %.0f %%%s)" % (share(total.named, total.opens).strip(),
              100 * OPENED_BAR, "" if named else "; MISSED"))
        print("single activations right: %d of %d" % (total.moments, total.wanted))
    if quiet:
        n, still = (sum(pair[i] for pair in quiet.values()) for i in (0, 1))
        met = still >= QUIET_BAR * n - 1e-9
        good = good and met
        print("\nWithout a knock: quiet in %d of %d, %s (asked for: %.0f %%%s)" % (still, n, share(still, n).strip(), 100 * QUIET_BAR,
              "" if met else "; MISSED"))
        for place, (count, silent) in sorted(quiet.items()):
            print("  %-36s %3d of %3d" % (place, silent, count))
    if times:
        times.sort(key=lambda item: item[0])
        slow = sum(1 for ratio, _, _ in times if ratio >= 1)
        print("\nTime of all that follows reading / time of reading: median %.2f, worst %.2f (%s; knocks alone %.2f); %d of %d not below 1" % (
            times[len(times) // 2][0], times[-1][0], times[-1][2], times[-1][1], slow, len(times)))
    for case, failure in failures:
        good = False
        print("FAILED %s: %s" % (case, failure))
    missing = [name for name in places if name.startswith("real-")]
    if not missing:
        print("\nNo real captures among the backgrounds (--captures DIR adds them).")
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.environ.get("KS_BIN", "knockscope"))
    parser.add_argument("--cases", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--styles", help="comma-separated; `none`, `pings`: no knock")
    parser.add_argument("--backgrounds", help="comma-separated")
    parser.add_argument("--activations", help="comma-separated of 1, 2, 3+")
    parser.add_argument("--packets", type=int, help="size of the synthetic backgrounds")
    parser.add_argument("--big", action="store_true", help="100,000 to 900,000 packets")
    parser.add_argument("--captures", default=os.environ.get("KS_CAPTURES"), help="folder of real captures")
    parser.add_argument("--only", help="one case by its name")
    parser.add_argument("--keep", help="with --only: where the capture stays")
    parser.add_argument("--timeout", type=int, default=120)
    parser.add_argument("--verbose", action="store_true", help="each case that is not right, with why")
    parser.add_argument("--json", help="write all verdicts to this file")
    parser.add_argument("--check", action="store_true", help="exit status 1 when a bar is missed")
    args = parser.parse_args()
    results, records = [], []
    with tempfile.TemporaryDirectory(prefix="ks-corpus-") as folder:
        path = args.keep if args.only and args.keep else os.path.join(folder, "case.pcap")
        for case in [args.only] if args.only else itertools.chain(recordings(args), cases(args)):
            began = time.monotonic()
            truth = corpus.make(case, path, args.captures)
            made = time.monotonic()
            reported, steps, failure = run(args.bin, path, args.timeout)
            verdicts, false = judge(truth["knocks"], reported)
            results.append((case, truth, verdicts, false, steps, failure))
            records.append({"case": case, "failure": failure, "steps": steps, "false": [[rank, r["ports"], r["kind"], r.get("why")] for
                            rank, r in false], "knocks": [{"ports": v.truth["ports"], "rank": v.rank, "above": v.above, "aside": v.aside,
                            "named": v.named, "right": v.right, "activations": v.activations, "wanted": v.wanted, "why": v.why}
                            for v in verdicts]})
            if args.verbose or args.only:
                for v in verdicts:
                    if v.why or args.only:
                        print("%-46s %s [%s]" % (case, v.why or "right, rank %d" % v.rank, ",".join(v.truth["ports"])), flush=True)
                if not verdicts and false:
                    print("%-46s not quiet: %s" % (case, "; ".join("%s (%s): %s" % (",".join(map(str, r["ports"])), r["kind"],
                          r.get("why")) for _, r in false[:3])), flush=True)
                if args.only:
                    print("made in %.1f s; %s" % (made - began, ", ".join("%s %.3f s" % item for item in steps.items())))
            elif sys.stderr.isatty():
                print("\r%d cases " % len(results), end="", file=sys.stderr)
            if args.only and args.keep:
                with open(args.keep + ".json", "w", encoding="utf-8") as out:
                    json.dump(truth, out, indent=1)
            elif os.path.exists(path):
                os.remove(path)
    if args.only:
        return 0
    good = report(results, [truth["background"] for _, truth, *_ in results])
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump(records, out, indent=1)
    return 1 if args.check and not good else 0


if __name__ == "__main__":
    sys.exit(main())
