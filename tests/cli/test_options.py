#!/usr/bin/env python3
"""Options that narrow, turn round or sweep: each is held against another way to the same answer."""

import os
import pty
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import make_capture
import tap
from tap import data, knockscope, knockscope_json, scratch

OFFICE = data("office.pcap.gz")
QUICK = ("--rotations", "0")


def rules(*words):
    return knockscope_json("rules", *QUICK, "--top", "0", *words, OFFICE)


@tap.case
def host():
    """--host leaves the same events as a filter for it"""
    for host in ("192.168.20.10", "fd20::10"):
        there = rules("--host", host, "--min-supp", "1", "--min-inte", "0", "--min-conf", "0.5")
        filtered = rules("-f", "host " + host, "--min-supp", "1", "--min-inte", "0", "--min-conf", "0.5")
        assert there["windows"] == filtered["windows"] > 0 and there["rules"] == filtered["rules"], host
        assert there["params"]["host"] == host, there["params"]


@tap.case
def span():
    """--from and --to: two spans that meet hold all events, each once"""
    whole = knockscope_json("stats", OFFICE)
    first, last = whole["capture"]["first"], whole["capture"]["last"]
    for at in (first + 100, first + 100.25, first + 200.123456789):
        before = knockscope_json("stats", "--to", "%.9f" % at, OFFICE)
        after = knockscope_json("stats", "--from", "%.9f" % at, OFFICE)
        assert before["events"] > 0 and after["events"] > 0 and before["events"] + after["events"] == whole["events"], at
    both = knockscope_json("stats", "--from", "%.6f" % (first - 1), "--to", "%.6f" % (last + 1), OFFICE)
    assert both["events"] == whole["events"]
    assert knockscope_json("stats", "--to", "-0.5", OFFICE)["events"] == 0


@tap.case
def reverse():
    """--reverse turns the order of --sort round, and loses none"""
    for key in ("cpir", "interest", "count"):
        forth, back = (rules("--sort", key, "--min-conf", "0", *more)["rules"] for more in ((), ("--reverse",)))
        values = [rule[key] for rule in forth]
        assert len(values) > 50 and values == sorted(values, reverse=True) and [rule[key] for rule in back] == sorted(values), key
        assert sorted(map(str, forth)) == sorted(map(str, back))


@tap.case
def over():
    """sweep --over each threshold, with values and a range: every count is that of rules at it; the text shows the same"""
    for name, key in (("min-supp", "min_supp"), ("min-conf", "min_conf"), ("min-inte", "min_inte")):
        for values, wanted in (("0.1,0.25", [0.1, 0.25]), ("0.05:0.25:0.1", [0.05, 0.15, 0.25]), ("0.3:0.3:1", [0.3])):
            swept = knockscope_json("sweep", *QUICK, "--over", name, "--values", values, OFFICE)["sweep"]
            assert [row[key] for row in swept] == wanted, swept
            for row in swept:
                one = knockscope_json("rules", *QUICK, "--top", "1", "--" + name, str(row[key]), OFFICE)
                assert one["total"] == row["rules"], (name, row, one["total"])
        text, _ = knockscope("sweep", *QUICK, "--over", name, OFFICE)
        shown = [line.split() for line in text.splitlines() if line.strip()[:1] in "01" and line.strip()[:1]]
        swept = knockscope_json("sweep", *QUICK, "--over", name, OFFICE)["sweep"]
        assert len(shown) == len(swept) > 5, (len(shown), len(swept))
        for line, row in zip(shown, swept):
            assert abs(float(line[0]) - row[key]) <= 5.1e-5 and "{:,}".format(row["rules"]) in line, (line, row)


@tap.case
def epsilon():
    """--epsilon: the range ends at the largest x whose probability of at most x is not above it"""
    for bound in ("0.5", "0.001", "1e-9"):
        curve = knockscope_json("curve", "--preset", "paper", "--epsilon", bound, data("replica-1.pcap.gz"))
        within = [point["x"] for point in curve["points"] if point["cdf"] <= float(bound)]
        assert curve["suggest"]["high_windows"] >= curve["suggest"]["low_windows"]
        assert curve["suggest"]["high_windows"] == max([curve["suggest"]["low_windows"]] + within), (bound, curve["suggest"], within[-3:])


@tap.case
def no_such_values():
    """what these options refuse, each with its reason"""
    for words, said in ((("--from", "yesterday"), "seconds since the epoch"), (("--from", "1.x"), "seconds since the epoch"), (("--from", "1."), "seconds since the epoch"),
                        (("--from", "1.5e3"), "seconds since the epoch"), (("--to", "1.5e-3"), "seconds since the epoch"), (("--from", "nan"), "seconds since the epoch"),
                        (("--from", "9", "--to", "9"), "--from must be before --to"), (("--host", "localhost"), "an IPv4 or IPv6 address"),
                        (("--host", "192.168.20.256"), "an IPv4 or IPv6 address"), (("--epsilon", "0"), "a probability"), (("--epsilon", "0.6"), "a probability")):
        out, error = knockscope("rules", *words, OFFICE, status=2)
        assert out == "" and said in error, (words, error)
    for values in ("x", "0.1:0.2", "0.2:0.1:0.1", "0:1:0", "0:1:0.00001", "0:1:0.1:0.1", "0.1,,0.2", "", "0." + "1" * 100, "2"):
        out, error = knockscope("sweep", "--values", values, OFFICE, status=2)
        assert out == "" and "--values" in error, (values, error)
    _, error = knockscope("sweep", "--over", "min-count", OFFICE, status=2)
    assert "min-inte, min-supp or min-conf" in error
    _, error = knockscope("--color", "red", OFFICE, status=2)
    assert "auto, always or never" in error


@tap.case
def colours():
    """--color and --theme: with and without colours the same screen"""
    screens = []
    for words in (("--color", "never"), ("--color", "always", "--theme", "light"), ("--color", "auto", "--theme", "mono")):
        script, screen = scratch("script"), scratch("screen")
        with open(script, "w") as file:
            file.write(":resize 100x30\n4\n:dump-screen %s\n" % screen)
        knockscope("--script", script, "--no-settings", *words, OFFICE)
        with open(screen) as file:
            screens.append(file.read())
        os.unlink(screen)
    assert "999" in screens[0] and screens[0] == screens[1] == screens[2]


@tap.case
def why_apart():
    """why: windows that hold only one of two items, those cut apart at a border, how many more; ICMP requests as a sequence; no CSV"""
    text, _ = knockscope("why", *QUICK, "--window", "7", "--of", "999,888", OFFICE)
    told = knockscope_json("why", *QUICK, "--window", "7", "--of", "999,888", OFFICE)["rules"][0]
    lines = [line for line in text.splitlines() if "holds only one of them" in line]
    assert len(lines) == len(told["apart"]) > 3 and sum("cut apart at the border" in line for line in lines) == sum(w["holds"] == "split" for w in told["apart"]) > 0, (lines, told)
    text, _ = knockscope("why", *QUICK, "--of", "999,80", OFFICE)
    assert "windows more" in text and text.count("the second") > 3
    _, error = knockscope("why", "--format", "csv", "--of", "999,888", OFFICE, status=2)
    assert "why has no CSV form" in error
    _, error = knockscope("why", "--of", "999,x", OFFICE, status=2)
    assert "--of 999,x" in error
    packets, sizes = [], (3, 4, 5)
    for k in range(6):
        for i, size in enumerate(sizes):
            frame = b"\2" * 12 + b"\x08\0" + make_capture.ip4(b"\x0a\0\0\1", b"\x0a\0\0\2", 1, make_capture.icmp(8, 0, bytes(size)))
            packets.append(((1700000000 + 100 * k + i) * 10 ** 9, frame))
    path = scratch("pings.pcap")
    with open(path, "wb") as file:
        file.write(make_capture.pcap(packets, link=1))
    mined = ("--items", "icmp", "--window", "session:30s", "--min-supp", "1", "--min-inte", "0", "--min-conf", "0", *QUICK)
    told = knockscope_json("why", *mined, "--of", ",".join("icmp/8/0/%d" % size for size in sizes), path)["sequence"]
    assert told["in_order"] == 6 and told["tried"] == [6, 6, 6], told


@tap.case
def packets_on_a_terminal():
    """a capture file is not written to a terminal"""
    mine, theirs = pty.openpty()
    done = subprocess.run([tap.PROGRAM, "export", *QUICK, "--as", "pcap", OFFICE], stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.PIPE, env=tap.ENVIRONMENT, timeout=120)
    os.close(mine)
    os.close(theirs)
    assert done.returncode == 2 and b"is not for a terminal: name a file with -o" in done.stderr, done


tap.run()
