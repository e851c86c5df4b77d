#!/usr/bin/env python3
"""Every limit is told, in batch and in the explorer: what was left out, why, and that what came before it is there and can be used."""

import json
import lzma
import os
import struct
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import make_capture
import tap
from tap import data, knockscope, knockscope_json, scratch

OFFICE, REPLICA = data("office.pcap.gz"), data("replica-1.pcap.gz")
COMMANDS = (("stats",), ("curve",), ("sweep", "--rotations", "2"), ("rules", "--rotations", "2"), ("knocks", "--rotations", "2"),
            ("evaluate", "--truth", "999,888"), ("why", "--of", "999,888", "--rotations", "2"))


def explored(commands, *arguments, status=0):
    """Screens after these lines of a script: {screen: text}, and what was said at the end."""
    names = {name: scratch("screen-" + name[0]) for name in ("1", "4", "5", "L<Home>")}
    script = scratch("script")
    with open(script, "w") as file:
        file.write(":resize 160x60\n" + commands + "".join("%s\n:dump-screen %s\n" % (key, path) for key, path in names.items()))
    _, error = knockscope("--script", script, "--no-settings", "--no-sandbox", "--rotations", "2", *arguments, status=status)
    screens = {}
    for key, path in names.items():
        with open(path, encoding="utf-8") as file:
            screens[key] = file.read()
        os.unlink(path)
    return screens, error


def squeezed(text):
    """Without frames and line breaks: what a narrow pane wraps reads as one."""
    return " ".join(text.replace("│", " ").split())


def in_part(options, stopped, packets, events, finds):
    """A limit of loading: status 4, said on standard error, in text and JSON; the rest is as ever."""
    said = "knockscope: read only in part: %s\n" % stopped
    for words in COMMANDS:
        out, error = knockscope(*words, *options, OFFICE, status=4)
        assert error.endswith(said) and "READ ONLY IN PART: " + stopped in out, (words, out[:300], error)
        out, error = knockscope(*words, *options, "-q", "--format", "json", OFFICE, status=4)
        got = json.loads(out)["capture"]
        assert error == said and got["partial"] is True and got["stopped"] == stopped and got["packets"] == packets, (words, got, error)
        if words[0] != "why":
            _, error = knockscope(*words, *options, "-q", "--format", "csv", OFFICE, status=4)
            assert error == said
    stats = knockscope_json("stats", *options, OFFICE, status=4)
    assert stats["events"] == events and stats["packets"] == sum(stats["capture"]["decoded"].values()) + sum(stats["skipped"].values()), stats
    found = [" ".join(k["ports"]) for k in knockscope_json("knocks", "--rotations", "2", *options, OFFICE, status=4)["knocks"] if k["set_aside"] is None]
    assert found == finds, found
    for form in ("text", "csv", "json", "markdown"):
        out, error = knockscope("export", "--as", form, "--rotations", "2", *options, OFFICE, status=4)
        assert error.startswith(said) and stopped.split(": ")[-1] in out.replace("\\", ""), (form, out[:600])
    screens, error = explored("", *options, OFFICE, status=4)
    assert "read in part" in screens["1"].split("\n")[0] and stopped in squeezed(screens["L<Home>"]), screens["L<Home>"]
    assert "stopped early" in screens["5"] and "part" in screens["5"]
    assert all(sequence.split(" ")[0] in screens["4"] for sequence in finds)


KNOCK = "999 888 777 666 555"
tap.add("--max-events", in_part, ("--max-events", "1400"), "the limit of 1400 events is reached: 19897 packets after it are not in the log", 21546, 149, [])
tap.add("--max-expanded", in_part, ("--max-expanded", "1000000"), OFFICE + ": stopped after packet 9389: the limit of 1000000 expanded bytes is reached",
        9389, 1097, [KNOCK])


@tap.case
def limits_are_parameters():
    """the limits of loading are among the parameters and read back with them"""
    out, _ = knockscope("stats", "--max-expanded", "1000000", "--format", "json", OFFICE, status=4)
    with open(scratch("params.json"), "w") as file:
        file.write(out)
    again, _ = knockscope("stats", "--params", scratch("params.json"), "--format", "json", OFFICE, status=4)
    assert again == out and json.loads(out)["params"]["max_expanded"] == 1000000
    assert knockscope_json("stats", OFFICE)["params"]["max_expanded"] is None
    for wrong in ("0", "-1", "1k", ""):
        _, error = knockscope("stats", "--max-expanded", wrong, OFFICE, status=2)
        assert "--max-expanded" in error


@tap.case
def bombs():
    """a compressed file that expands a thousandfold is not read to its end, and what it gave is kept"""
    capture, path = scratch("capture.pcap"), scratch("bomb.xz")
    make_capture.make(7, capture, packets=300)
    with open(capture, "rb") as file:
        small = file.read()
    assert small[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")
    packet = struct.pack("<IIII", 1800000000, 0, 262144, 262144) + bytes(262144)
    with open(path, "wb") as file:  # streams joined: little to make, 2.6 GB to read
        file.write(lzma.compress(small) + 100 * lzma.compress(100 * packet))
    assert os.path.getsize(path) < 1000000
    out, error = knockscope("stats", path, status=4)
    assert "taken for a decompression bomb after" in error and "READ ONLY IN PART" in out, error
    whole, part = knockscope_json("stats", capture), knockscope_json("stats", path, status=4)
    assert whole["events"] <= part["events"] and 300 < part["packets"] < 10300 and part["decoded"] == whole["decoded"], (whole, part)
    assert part["packets"] == sum(part["decoded"].values()) + sum(part["skipped"].values())
    screens, error = explored("", path, status=4)
    assert "read in part" in screens["1"].split("\n")[0] and "decompression bomb" in screens["L<Home>"] and "decompression bomb" in error


@tap.case
def rules():
    """where rules are too many to be kept, what is missing is said in every form and the rest is there"""
    many = ("--max-len", "5", "--min-supp", "1", "--min-inte", "0", "--min-conf", "0", "--preset", "paper", "--window", "100", "--rotations", "0", "--top", "3")
    limit = ("stopped after 4,194,304 rules: itemsets of 5 items are missing from where their rarest item is in 5 or more windows on; "
             "raise minInte or the minimum count")
    out, error = knockscope("rules", *many, REPLICA)
    assert error == "knockscope: limit reached: " + limit + "\n" and "\nlimit    " + limit + "\n" in out and "rules    18,530,972 in all" in out, out
    out, error = knockscope("rules", *many, "-q", REPLICA)
    assert error == "" and "\nlimit    " + limit + "\n" in out
    out, error = knockscope("rules", *many, "-q", "--format", "csv", REPLICA)
    assert error == "knockscope: limit reached: " + limit + "\n" and len(out.splitlines()) == 4
    got = knockscope_json("rules", *many, REPLICA)
    assert got["notes"] == [limit] and got["total"] == 18530972 and len(got["rules"]) == 3
    screens, _ = explored(":set max-len 5\n:set min-supp 1\n:set min-inte 0\n:set min-conf 0\n3\n", "--preset", "paper", "--window", "100", REPLICA)
    assert "limit reached" in screens["1"].split("\n")[0] and limit[:80] in squeezed(screens["L<Home>"]), screens["L<Home>"]


@tap.case
def sweeps():
    """a sweep that ran into the limit says that its counts are lower bounds"""
    out, error = knockscope("sweep", "--max-len", "5", "--min-supp", "1", "--min-conf", "0", "--preset", "paper", "--window", "100", "--rotations", "0",
                            "--values", "0", REPLICA)
    told = "a limit on work was reached: counts of rules longer than pairs are lower bounds"
    assert "\nlimit    " + told + "\n" in out and "limit reached: " + told in error, (out, error)


@tap.case
def lists():
    """options that take lists refuse more than they hold"""
    numbers = ",".join(str(n) for n in range(1, 99))
    for words, said in ((("why", "--of", numbers), "--of: at most 16 items"), (("evaluate", "--truth", numbers), "--truth: at most 64 items")):
        out, error = knockscope(*words, OFFICE, status=2)
        assert out == "" and error == "knockscope: " + said + "\n", error
    _, error = knockscope("stats", "--window", "1000000", "--stride", "1", REPLICA)
    assert error == ""


@tap.case
def reasons():
    """a reason on the allow list that is too long to be shown loses its middle, and the file keeps it"""
    reason = "begin " + "x" * 400 + " end"
    path = scratch("allow")
    with open(path, "w") as file:
        file.write("999,888,777,666,555 # %s\n" % reason)
    aside = knockscope_json("knocks", "--rotations", "2", "--allow", path, OFFICE)["knocks"][0]["set_aside"]
    assert aside.startswith("allow list: begin xxx") and aside.endswith("xxx end") and " ... " in aside and len(aside) < 300, aside
    explored(":allow 445 # names\n", "--allow", path, OFFICE)
    with open(path) as file:
        assert file.read().startswith("999,888,777,666,555 # %s\n" % reason)


tap.run()
