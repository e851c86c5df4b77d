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

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import corpus  # noqa: E402
import manners  # noqa: E402
import styles  # noqa: E402
import table  # noqa: E402
from judge import judge  # noqa: E402

UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


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


def names(text, known, what):
    """What a comma-separated list names, all of which has to be known."""
    chosen = text.split(",")
    for name in chosen:
        if name not in known:
            raise SystemExit("evaluate: no %s %s" % (what, name))
    return chosen


def cases(args):
    """The names of the cases, the same for the same arguments: styles and networks by turns, each style with 1, 2 and more activations."""
    rng = random.Random("cases %d" % args.seed)
    every = corpus.places(args.captures)
    wanted = names(args.styles, styles.ALL + styles.QUIET, "style") if args.styles else \
        ["none"] * max(1, len(styles.ALL) // 6) + ["pings"] * 2 + list(styles.ALL)
    places = names(args.backgrounds, every, "background") if args.backgrounds else every
    numbers = names(args.activations, table.NUMBERS, "number of activations") if args.activations else ["1", "2", "3+", "3+"]
    rng.shuffle(wanted)
    rng.shuffle(places)
    turn, still = {style: rng.randrange(len(numbers)) for style in wanted}, 0
    for i in range(args.cases):
        style = wanted[i % len(wanted)]
        number = numbers[turn[style] % len(numbers)]
        turn[style] += 1
        place = places[(i + i // len(wanted)) % len(places)]
        count = {"1": 1, "2": 2}.get(number) or rng.choice((3, 3, 4, 5, 5, 6, 8, 10, 14, 20))
        count = max(count, styles.FEWEST.get(style, 1))
        if style in styles.ONE_TIME:
            count = rng.choice((2, 3, 5, 10, 20, 40))
        how = manners.draw(rng, style) if not args.plain and style not in styles.QUIET else []
        if style in styles.QUIET:
            count, place, still = 0, places[still % len(places)], still + 1
        low, high = (100000, 900000) if args.big else (20000, 120000)
        packets = args.packets or int(low * (high / low) ** rng.random()) // 1000 * 1000
        yield "%s.%s.%d.%d.%d" % ("+".join([style] + how), place, count, packets, args.seed * 100000 + i)


def recordings(args):
    """The captures of a real knockd, where nothing narrows the choice."""
    return [] if args.styles or args.backgrounds or args.activations else sorted(corpus.recorded())


def one(binary, case, path, captures, limit):
    """Makes a case, lets the program look at it, judges."""
    truth = corpus.make(case, path, captures)
    reported, steps, failure = run(binary, path, limit)
    return table.Result(case, truth, *judge(truth["knocks"], reported), steps, failure)


def tell(r, all_of_it):
    """A line for each knock that is not right, or for all."""
    for v in r.verdicts:
        if v.why or all_of_it:
            print("%-46s %s [%s]" % (r.case, v.why or "right, rank %d" % v.rank, ",".join(v.truth["ports"])), flush=True)
    if not r.verdicts and r.false:
        print("%-46s not quiet: %s" % (r.case, "; ".join("%s (%s): %s" % (",".join(map(str, k["ports"])), k["kind"], k.get("why"))
              for _, k in r.false[:3])), flush=True)


def as_record(r):
    return {"case": r.case, "failure": r.failure, "steps": r.steps,
            "false": [[rank, k["ports"], k["kind"], k.get("why")] for rank, k in r.false],
            "knocks": [{"ports": v.truth["ports"], "rank": v.rank, "above": v.above, "aside": v.aside, "named": v.named, "right": v.right,
                        "seen": v.seen, "activations": v.activations, "wanted": v.wanted, "extra": v.extra, "openings": v.openings,
                        "why": v.why} for v in r.verdicts]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=os.environ.get("KS_BIN", "knockscope"))
    parser.add_argument("--cases", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--styles", help="comma-separated; `none`, `pings`: no knock")
    parser.add_argument("--backgrounds", help="comma-separated")
    parser.add_argument("--activations", help="comma-separated of 1, 2, 3+")
    parser.add_argument("--packets", type=int, help="size of the synthetic backgrounds")
    parser.add_argument("--plain", action="store_true", help="styles as they are, without manners")
    parser.add_argument("--big", action="store_true", help="100,000 to 900,000 packets")
    parser.add_argument("--captures", default=os.environ.get("KS_CAPTURES"), help="folder of real captures")
    parser.add_argument("--only", help="one case by its name")
    parser.add_argument("--keep", help="with --only: where the capture stays")
    parser.add_argument("--timeout", type=int, default=120)
    parser.add_argument("--verbose", action="store_true", help="each case that is not right, with why")
    parser.add_argument("--json", help="write all verdicts to this file")
    parser.add_argument("--check", action="store_true", help="exit status 1 when a bar is missed")
    args = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory(prefix="ks-corpus-") as folder:
        path = args.keep if args.only and args.keep else os.path.join(folder, "case.pcap")
        for case in [args.only] if args.only else itertools.chain(recordings(args), cases(args)):
            r = one(args.bin, case, path, args.captures, args.timeout)
            results.append(r)
            if args.verbose or args.only:
                tell(r, args.only)
            elif sys.stderr.isatty():
                print("\r%d cases " % len(results), end="", file=sys.stderr)
            if args.only:
                print(", ".join("%s %.3f s" % item for item in r.steps.items()))
            if args.only and args.keep:
                with open(args.keep + ".json", "w", encoding="utf-8") as out:
                    json.dump(r.truth, out, indent=1)
            elif os.path.exists(path):
                os.remove(path)
    if args.json:
        with open(args.json, "w", encoding="utf-8") as out:
            json.dump([as_record(r) for r in results], out, indent=1)
    if args.only:
        return 0
    good = table.report(results)
    return 1 if args.check and not good else 0


if __name__ == "__main__":
    sys.exit(main())
