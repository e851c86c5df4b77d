#!/usr/bin/env python3
"""knocks --baseline: what is new and what is gone, in text, CSV and JSON, as the explorer's comparison says it."""

import csv
import gzip
import io
import json
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap

OFFICE = tap.data("office.pcap.gz")
KNOCK = ["999", "888", "777", "666", "555"]


def part(name, first, last):
    """The office's packets first .. last - 1, as a capture of its own."""
    with gzip.open(OFFICE) as file:
        data, at, number = file.read(), 24, 0
    kept = [data[:24]]
    while at < len(data):
        size = 16 + struct.unpack_from("<I", data, at + 8)[0]
        if first <= number < last:
            kept.append(data[at:at + size])
        at, number = at + size, number + 1
    with open(tap.scratch(name), "wb") as file:
        file.write(b"".join(kept))
    return tap.scratch(name)


BEFORE = part("before.pcap", 0, 1490)       # all before the first activation
TWO = part("two.pcap", 0, 9000)             # with the first two


@tap.case
def a_new_knock():
    """a knock that the baseline does not have is new, and everything else is as without one"""
    root = tap.knockscope_json("knocks", "--baseline", BEFORE, OFFICE)
    alone = tap.knockscope_json("knocks", OFFICE)
    assert root["baseline"] == {"files": [BEFORE], "packets": 1490, "partial": False, "knocks": 0, "new": 1, "gone": []}
    assert root["knocks"][0]["ports"] == KNOCK and root["knocks"][0]["new"] is True and root["knocks"][0]["baseline_activations"] == 0
    for knock in root["knocks"]:
        del knock["new"], knock["baseline_activations"]
    assert root["knocks"] == alone["knocks"] and "baseline" not in alone
    text, _ = tap.knockscope("knocks", "--baseline", BEFORE, OFFICE)
    assert "against the baseline %s (1,490 packets): 1 new, 0 gone" % BEFORE in text and "5 activations, new)" in text


@tap.case
def a_known_knock():
    """a knock that both have comes with its activations there"""
    for before, times in ((OFFICE, 5), (TWO, 2)):
        root = tap.knockscope_json("knocks", "--baseline", before, OFFICE)
        knock = root["knocks"][0]
        assert root["baseline"]["new"] == 0 and root["baseline"]["knocks"] == 1 and root["baseline"]["gone"] == []
        assert knock["new"] is False and knock["baseline_activations"] == times
        text, _ = tap.knockscope("knocks", "--baseline", before, OFFICE)
        assert "5 activations, %d in the baseline)" % times in text
        out, _ = tap.knockscope("knocks", "--baseline", before, "--format", "csv", OFFICE)
        rows = list(csv.DictReader(io.StringIO(out)))
        assert [row["baseline_activations"] for row in rows if row["rank"] == "1"] == [str(times)] * 5
    plain, _ = tap.knockscope("knocks", "--format", "csv", OFFICE)
    assert "baseline" not in plain


@tap.case
def a_gone_knock():
    """a knock that only the baseline has is told"""
    root = tap.knockscope_json("knocks", "--baseline", OFFICE, BEFORE)
    assert root["baseline"]["gone"] == [{"ports": KNOCK, "opened": ["1234", "5002", "31337"], "activations": 5}]
    text, _ = tap.knockscope("knocks", "--baseline", OFFICE, BEFORE)
    assert "gone, in the baseline only:\n  999 888 777 666 555  (5 activations)\n" in text


@tap.case
def as_the_explorer():
    """the counts are those of the explorer's comparison"""
    script = tap.scratch("steps")
    model = tap.scratch("model")
    for before, now in ((BEFORE, OFFICE), (OFFICE, BEFORE), (TWO, OFFICE)):
        with open(script, "w") as file:
            file.write(":compare\n:dump-model model\n")
        tap.knockscope("--no-settings", "--rotations", "0", "--baseline", before, "--script", script, now, cwd=tap.folder)
        with open(model) as file:
            told = next(line for line in file if line.startswith("compare.knocks "))
        os.unlink(model)
        root = tap.knockscope_json("knocks", "--baseline", before, now)["baseline"]
        assert told == "compare.knocks %d new %d gone\n" % (root["new"], len(root["gone"])), (told, root)


@tap.case
def what_is_wrong_with_a_baseline():
    """a baseline that is not there, was read in part, is standard input, or belongs to another command"""
    _, error = tap.knockscope("knocks", "--baseline", tap.scratch("missing"), OFFICE, status=3)
    assert "baseline" in error and "missing" in error
    cut = tap.scratch("cut.pcap")
    with open(BEFORE, "rb") as whole, open(cut, "wb") as file:
        file.write(whole.read()[:-5])
    out, error = tap.knockscope("knocks", "--baseline", cut, "--format", "json", OFFICE, status=4)
    assert "baseline" in error and json.loads(out)["baseline"]["partial"] is True
    _, error = tap.knockscope("knocks", "--baseline", "-", OFFICE, status=2)
    assert "must be a file" in error
    _, error = tap.knockscope("rules", "--baseline", BEFORE, OFFICE, status=2)
    assert "--baseline does not go with rules" in error
    _, error = tap.knockscope("knocks", "--baseline", cut, "--format", "json", "--force", "-o", cut, OFFICE, status=1)
    assert "being read" in error


tap.run()
