#!/usr/bin/env python3
"""stats, rules, sweep and curve equal the oracle on seeded random captures, for every kind of item and every way to cut windows."""

import os
import random
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import capture_oracle as oracle
import make_capture
import tap
from compare import Subject

ITEMS = ("tcp", "attempts", "syn", "udp", "icmp")
LINKS = (1, 1, 1, 0, 9, 101, 108, 113, 228, 276, 229)
CUTS = (dict(window="20"), dict(window="7", stride="3"), dict(window="10", stride="25"), dict(window="50", scope="target"),
        dict(window="5", stride="2", scope="pair"), dict(window="10s"), dict(window="30s", scope="target"),
        dict(window="1m", scope="pair"), dict(window="session:10s"), dict(window="session:30s"),
        dict(window="session:1s", scope="target"), dict(window="session:5s", scope="capture"), dict(window="1"),
        dict(window="100000"))


def capture(seed):
    """One random capture, its name and the oracle's reading of it."""
    path = tap.scratch("random-%d.pcap" % seed)
    if not os.path.exists(path):
        make_capture.make(seed, path, packets=(0, 1, 2, 60, 400, 400, 900)[seed % 7], link=LINKS[seed % len(LINKS)],
                          form="pcapng" if seed % 3 == 0 else "pcap", order="<>"[seed // 2 % 2], nano=seed % 5 == 0)
    return path, oracle.Capture(path)


def check(seed):
    draw = random.Random(seed)
    path, read = capture(seed)
    for items in ITEMS:
        for cut in draw.sample(CUTS, 3):
            subject = Subject(read, [path], items, **cut)
            subject.stats()
            if subject.mined.l == 0:
                continue
            supp = draw.choice(("0.05", "0.1", "0.25", "0.5", "0.75", "1"))
            conf = draw.choice(("0", "0.25", "0.5", "0.9", "1"))
            # A threshold that some rule meets exactly, among others: equal passes.
            met = [str(float(rule["interest"])) for rule in subject.mined.rules(supp, "0", conf)[:40]] or ["0.1"]
            subject.rules(supp, draw.choice(("0", "0.01", draw.choice(met))), conf, draw.choice((1, 1, 2, 3)),
                          draw.choice(("wu", "wu", "joint")), draw.choice(oracle.SORTS))
            subject.sweep(supp, conf, sorted({"0", "0.02", "0.25", draw.choice(met), draw.choice(met)}, key=float),
                          draw.choice(("wu", "joint")))
    subject = Subject(read, [path], draw.choice(ITEMS), **draw.choice(CUTS))
    if subject.mined.l:
        subject.curve()
        subject.own_sweep("0.5", "0.5")


def significance(seed):
    path, read = capture(seed)
    subject = Subject(read, [path], "attempts", window="session:10s", scope="target")
    subject.significance("0.5", "0.2")


def longer(seed):
    """Small captures: the oracle tries every itemset."""
    draw = random.Random(seed)
    path = tap.scratch("longer-%d.pcap" % seed)
    make_capture.make(1000 + seed, path, packets=70)
    read, found = oracle.Capture(path), 0
    for cut in (dict(window="6"), dict(window="8", stride="4"), dict(window="session:10s", scope="target")):
        subject = Subject(read, [path], draw.choice(("tcp", "attempts", "syn")), **cut)
        found += subject.longer(draw.choice(("0.3", "0.5", "1")), draw.choice(("0", "0.05", "0.1")), draw.choice(("0.3", "0.5", "0.9")),
                                draw.choice((1, 2)), draw.choice(("wu", "wu", "joint")), draw.choice((3, 4)))
    return found


def all_longer(seeds):
    assert sum(longer(seed) for seed in seeds) > 100


for seed in range(10 if tap.SANITIZED else 21):
    tap.add("random capture %d: stats, rules and sweep equal the oracle" % seed, check, seed)
for seed in (4, 5, 6, 11):
    tap.add("random capture %d: p and q of every rule equal the oracle" % seed, significance, seed)
for first in (0, 5):
    tap.add("small random captures %d to %d: rules of three and four items equal the oracle" % (first, first + 4), all_longer,
            range(first, first + 5))
tap.run()
