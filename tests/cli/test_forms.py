#!/usr/bin/env python3
"""Text, CSV and JSON say the same, JSON has the keys that are promised, and numbers read back exactly."""

import csv
import io
import json
import os
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap
from tap import data, knockscope, knockscope_json, scratch

OFFICE = data("office.pcap.gz")
OPTIONS = ("--min-supp", "0.3", "--min-inte", "0.01", "--min-conf", "0.9", "--top", "0")
PARAMS = {"preset", "items", "window", "stride", "scope", "min_supp", "min_inte", "min_conf", "min_count", "max_len", "interest",
          "activations", "sort", "top", "filter"}
KEYS = {"stats": {"events", "items", "windows", "packets", "skipped"}, "sweep": {"windows", "sweep"},
        "rules": {"windows", "total", "rules"}, "curve": {"windows", "items", "p", "mean", "sd", "points", "suggest"},
        "knocks": {"knocks", "scans", "scans_in_all", "probes_in_all"}, "evaluate": {"truth", "rows"}}
ROWS = {"sweep": {"min_inte", "rules", "expected"}, "points": {"x", "ln_pmf", "pmf", "cdf", "observed"},
        "rules": {"if", "then", "count", "count_if", "count_then", "support", "confidence", "cpir", "interest", "correlation", "ln_p", "q"},
        "scans": {"source", "target", "probes", "ports", "first", "last"},
        "knocks": {"rank", "ports", "kind", "opened", "activations", "evidence", "ln_p", "q", "set_aside"},
        "activations": {"time", "source", "target", "delays", "opened", "outcomes"},
        "rows": {"min_supp", "min_inte", "min_conf", "found", "correct", "possible", "recall", "precision"}}


def arguments(command):
    """Limits only where the command takes them."""
    if command == "evaluate":
        return ("--truth", "999,888,777,666,555")
    return OPTIONS if command in ("rules", "knocks") else OPTIONS[:6]


def rows_of(thing):
    """Every list of objects in a document, with its name."""
    for name, value in thing.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield name, value
            for row in value:
                yield from rows_of(row)


def promised(command):
    got = knockscope_json(command, *arguments(command), OFFICE)
    assert got["schema"] == "knockscope.%s/1" % command
    assert PARAMS <= set(got["params"]), PARAMS - set(got["params"])
    assert KEYS[command] <= set(got) and "capture" in got
    seen = set()
    for name, rows in rows_of({k: v for k, v in got.items() if k not in ("params", "capture")}):
        seen.add(name)
        for row in rows:
            assert ROWS.get(name, set()) <= set(row), (name, row)
    assert {"stats": set(), "curve": {"points"}, "sweep": {"sweep"}, "rules": {"rules"}, "knocks": {"knocks", "activations", "scans"},
            "evaluate": {"rows"}}[command] <= seen, seen
    if "suggest" in got:
        assert {"low", "high", "gradient"} <= set(got["suggest"])


for command in KEYS:
    tap.add("%s: JSON has every key that is promised" % command, promised, command)


def table(command, *more):
    out, _ = knockscope(command, *arguments(command), "--format", "csv", *more, OFFICE)
    return list(csv.DictReader(io.StringIO(out, newline="")))


@tap.case
def rules_csv():
    """rules: CSV and JSON hold the same rules and the same numbers"""
    rows, got = table("rules"), knockscope_json("rules", *OPTIONS, OFFICE)
    assert len(rows) == len(got["rules"]) == got["total"] > 20
    for row, rule in zip(rows, got["rules"]):
        assert [row["if"]] == rule["if"] and [row["then"]] == rule["then"]
        for key in ("count", "count_if", "count_then"):
            assert int(row[key]) == rule[key]
        for key in ("support", "confidence", "cpir", "interest", "correlation", "ln_p", "q"):
            assert float(row[key]) == rule[key], (key, row, rule)


@tap.case
def curve_csv():
    """curve: CSV and JSON hold the same points"""
    rows, got = table("curve"), knockscope_json("curve", *OPTIONS[:6], OFFICE)
    assert len(rows) == len(got["points"]) == got["windows"] + 1
    for row, point in zip(rows, got["points"]):
        assert (int(row["x"]), int(row["observed"])) == (point["x"], point["observed"])
        assert (float(row["ln_pmf"]), float(row["pmf"]), float(row["cdf"])) == (point["ln_pmf"], point["pmf"], point["cdf"])


@tap.case
def sweep_csv():
    """sweep: CSV and JSON hold the same counts"""
    rows, got = table("sweep"), knockscope_json("sweep", *OPTIONS[:6], OFFICE)
    assert [(float(r["min_inte"]), int(r["rules"]), float(r["expected"])) for r in rows] == [
        (r["min_inte"], r["rules"], r["expected"]) for r in got["sweep"]]


@tap.case
def stats_csv():
    """stats: CSV and JSON hold the same counts"""
    rows = {row["what"]: int(row["count"]) for row in table("stats")}
    got = knockscope_json("stats", OFFICE)
    for key in ("packets", "events", "items", "windows"):
        assert rows[key] == got[key]
    for reason, count in got["skipped"].items():
        assert rows["skipped:" + reason] == count


@tap.case
def knocks_text():
    """knocks: text names every candidate that is set aside under its reason, every scan, and says where --top cuts the list"""
    got = knockscope_json("knocks", "--top", 0, OFFICE)
    out, _ = knockscope("knocks", "--top", 0, OFFICE)
    aside = [k for k in got["knocks"] if k["set_aside"] is not None]
    assert "%d candidates set aside" % len(aside) in out and "lists all" not in out
    for knock in aside:
        name, _, detail = knock["set_aside"].partition(": ")
        part = out[out.index("\nset aside as %s (" % name):]
        assert "%3d  %s" % (knock["rank"], " ".join(knock["ports"])) in part and detail in " ".join(part.split())
    for scan in got["scans"]:
        assert "%s -> %s  %d probes at %d ports" % (scan["source"], scan["target"], scan["probes"], scan["ports"]) in out
    cut, error = knockscope("knocks", "--top", 2, OFFICE)
    assert error == ""
    assert "1 knock, 1 of 2 candidates set aside with the reason (--top 0 lists all)" in cut
    out, error = knockscope("knocks", "--top", 0, "--min-supp", "0.3", OFFICE)
    assert error == "knockscope: --min-supp changes rules, not knocks, which are looked for in the attempts themselves\n"
    assert out == knockscope("knocks", "--top", 0, OFFICE)[0]


@tap.case
def text():
    """the text forms show the same figures, lines fit the page"""
    got = knockscope_json("stats", OFFICE)
    out, _ = knockscope("stats", OFFICE)
    for key in ("packets", "events", "items", "windows"):
        assert "{:,}".format(got[key]) in out, key
    rules = knockscope_json("rules", *OPTIONS, OFFICE)
    out, _ = knockscope("rules", *OPTIONS, OFFICE)
    body = out.splitlines()
    head = next(i for i, line in enumerate(body) if line.split()[:3] == ["#", "if", "then"])
    assert len(body) - head - 1 == rules["total"]
    for line, rule in zip(body[head + 1:], rules["rules"]):
        cells = line.split()
        assert cells[1:6] == [rule["if"][0], rule["then"][0], str(rule["count"]), str(rule["count_if"]), str(rule["count_then"])], line
    for command in ("stats", "sweep", "rules"):
        out, _ = knockscope(command, *arguments(command), OFFICE)
        assert max(map(len, out.splitlines())) <= 132 + len(OFFICE), command


@tap.case
def ascii_only():
    """--ascii, and a locale without UTF-8, give plain ASCII"""
    for command in ("stats", "curve", "sweep", "rules"):
        out, _ = knockscope(command, "--ascii", OFFICE)
        assert out.isascii(), command


@tap.case
def same_twice():
    """the same question gets the same bytes, whatever the number of threads"""
    for command in ("curve", "sweep", "rules", "knocks"):
        one, _ = knockscope(command, OFFICE, "--format", "json", "--threads", 1)
        two, _ = knockscope(command, OFFICE, "--format", "json", "--threads", 4)
        assert one == two, command


@tap.case
def parameters_back():
    """--params takes the parameters from a result: the same result again"""
    path = scratch("params.json")
    for options in (("--preset", "paper", "--min-supp", "0.25", "--min-inte", "0.05"), ("--window", "session:5s", "--scope", "target",
                    "--items", "syn", "--min-conf", "0.5", "-f", "tcp"), ("--window", "100", "--stride", "50", "--interest", "joint",
                    "--min-count", "2", "--min-supp", "0.2", "--sort", "confidence", "--top", "7")):
        first, _ = knockscope("rules", *options, OFFICE, "--format", "json", "-o", path, "--force")
        again, _ = knockscope("rules", "--params", path, OFFICE, "--format", "json")
        assert json.loads(again) == json.load(open(path)), options


@tap.case
def numbers_in_force():
    """params holds the thresholds in force as numbers, the automatic ones named in "auto"; given as options they get the same rules"""
    for command, more in (("rules", ("--top", "0")), ("sweep", ())):
        first = knockscope_json(command, OFFICE, *more)
        params = first["params"]
        assert params["auto"] == ["min_supp", "min_inte", "min_conf"], params["auto"]
        numbers = [params[name] for name in params["auto"]]
        assert all(isinstance(n, (int, float)) for n in numbers), numbers
        again = knockscope_json(command, OFFICE, *more, "--min-supp", repr(numbers[0]), "--min-inte", repr(numbers[1]), "--min-conf",
                                repr(numbers[2]))
        assert again["params"]["auto"] == [] and [again["params"][name] for name in params["auto"]] == numbers
        assert again["windows"] == first["windows"] and again.get("rules") == first.get("rules"), command
        assert command == "rules" or [row["rules"] for row in again["sweep"]] == [row["rules"] for row in first["sweep"]]


@tap.case
def few_windows():
    """with fewer windows than a knock is used in, minSupp is 1 and no more, reads back, and curve says that Eq. 6 suggests nothing"""
    one = ("--preset", "hunt", "-f", "tcp port 9", OFFICE)
    for more in ((), ("--window", "1000", "--activations", "70")):
        out, _ = knockscope("rules", *more, *one, "--format", "json")
        params = json.loads(out)["params"]
        assert params["min_supp"] == 1 and "min_supp" in params["auto"], (more, params["min_supp"])
        path = scratch("few.json")
        with open(path, "w") as file:
            file.write(out)
        knockscope("rules", "--params", path, OFFICE)
    out, _ = knockscope("curve", *one)
    assert "suggest  nothing: 2 activations do not lie in 1 windows (Eq. 6)" in out, out


@tap.case
def top():
    """--top takes the first rows of the whole ranking; 100 where it is not given; total counts all"""
    every = knockscope_json("rules", "--preset", "paper", "--min-supp", "0.3", "--min-inte", "0", "--top", "0", OFFICE)
    assert len(every["rules"]) == every["total"] > 100
    some = knockscope_json("rules", "--preset", "paper", "--min-supp", "0.3", "--min-inte", "0", OFFICE)
    assert some["rules"] == every["rules"][:100] and some["total"] == every["total"]
    some = knockscope_json("rules", "--preset", "paper", "--min-supp", "0.3", "--min-inte", "0", "--top", "3", OFFICE)
    assert some["rules"] == every["rules"][:3]


tap.run()
