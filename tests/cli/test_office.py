#!/usr/bin/env python3
"""The recorded office: every command against the oracle, for all kinds of items and windows, and the knock that was really made."""

import functools
import itertools
import json
import os
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import capture_oracle as oracle
import tap
from compare import Subject
from tap import data, knockscope_json

OFFICE = data("office.pcap.gz")
PAIRS = set(itertools.permutations(("999", "888", "777", "666", "555"), 2))
CUTS = ((dict(items="tcp", window="1000"), "0.3"), (dict(items="tcp", window="500", stride="250"), "0.1"),
        (dict(items="attempts", window="session:30s"), "0.2"), (dict(items="attempts", window="session:10s", scope="target"), "0.2"),
        (dict(items="attempts", window="10s"), "0.5"), (dict(items="syn", window="100"), "0.8"),
        (dict(items="syn", window="30s", scope="pair"), "0.05"), (dict(items="udp", window="200", scope="target"), "0.03"),
        (dict(items="icmp", window="1"), "1"), (dict(items="icmp", window="session:1m"), "1"))


@functools.lru_cache(None)
def capture():
    return oracle.Capture(OFFICE)


def check(cut, supp):
    subject = Subject(capture(), [OFFICE], **cut)
    subject.stats()
    subject.curve()
    subject.own_sweep(supp, "0.9")
    subject.own_sweep(supp, "0.9", "joint")
    subject.sweep(supp, "0.5", ("0", "0.01", "0.05", "0.1", "0.25", "0.5"))
    for conf, inte, count, interest, sort in (("0.9", "0", 1, "wu", "cpir"), ("0.5", "0.005", 2, "wu", "interest"),
                                              ("0.9", "0.05", 1, "joint", "support")):
        subject.rules(supp, inte, conf, count, interest, sort)


@tap.case
def the_truth():
    """every activation that the recipe noted is in the capture, refused, in order, and then the port is open"""
    with open(data("office.json")) as file:
        told = json.load(file)
    assert len(told) >= 5
    events = capture().events
    for activation in told:
        begin = int(activation["time"] * 10 ** 9)
        mine = [e for e in events if begin - 10 ** 8 <= e.time < begin + 20 * 10 ** 9 and e.attempt and e.proto == oracle.TCP and
                ".".join(map(str, e.source)) == activation["source"]]
        assert [e.dport for e in mine] == activation["ports"] + [activation["opened"]] * 2, [e.dport for e in mine]
        for place, attempt in enumerate(mine):
            answer = next(e for e in events if e.time >= attempt.time and (e.source, e.sport, e.target, e.dport) ==
                          (attempt.target, attempt.dport, attempt.source, attempt.sport))
            assert answer.flags & 0x17 == (0x14 if place < 6 else 0x12), (place, answer.flags)


@tap.case
def the_pairs():
    """the ten pairs of the knock, both ways, are among the rules of the default parameters"""
    got = knockscope_json("rules", "--top", 0, OFFICE)
    assert PAIRS <= {(rule["if"][0], rule["then"][0]) for rule in got["rules"]}


for cut, supp in CUTS:
    tap.add("office, %s: every answer equals the oracle's" % " ".join(cut.values()), check, cut, supp)
tap.run()
