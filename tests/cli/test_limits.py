#!/usr/bin/env python3
"""Every limit is told, in batch and in the explorer: what was left out, why, and that what came before it is there and can be used."""

import json
import lzma
import os
import random
import re
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
    assert "≥ 18,530,972 " in screens["1"] and "≥ 2,352 " not in screens["1"], screens["1"]


class Capture:
    """Attempts with their answers, by time; hosts are numbers."""

    def __init__(self):
        self.packets, self.sequence = [], 0

    def tcp(self, at, source, sport, target, dport, flags, data=b""):
        self.sequence += 1
        ip = struct.pack(">BBHHHBBHII", 0x45, 0, 40 + len(data), 0, 0, 64, 6, 0, 0x0a000000 + source, 0x0a000000 + target)
        frame = bytes(12) + b"\x08\0" + ip + struct.pack(">HHIIBBHHH", sport, dport, self.sequence, 0, 0x50, flags, 1024, 0, 0) + data
        self.packets.append((at, struct.pack("<IIII", 1700000000 + at // 1000, at % 1000 * 1000, len(frame), len(frame)) + frame))

    def attempt(self, at, source, sport, target, dport, opens=False):
        """At a time in milliseconds; what opens is used."""
        self.tcp(at, source, sport, target, dport, 2)
        self.tcp(at, target, dport, source, sport, 18 if opens else 20)
        if opens:
            self.tcp(at + 1, source, sport, target, dport, 24, b"x")

    def knock(self, at, source, target, ports, opens):
        for k, port in enumerate(ports):
            self.attempt(at + k * 300, source, 3000 + k, target, port)
        self.attempt(at + len(ports) * 300 + 200, source, 3900, target, opens, True)

    def write(self, name):
        path = scratch(name)
        with open(path, "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + b"".join(data for _, data in sorted(self.packets, key=lambda p: p[0])))
        return path


def noted(limit, path, finds, *options):
    """A limit of the search for knocks: in every form and on the screens, with what was found in spite of it."""
    knocks, said = ("knocks", "--rotations", "0", *options), "knockscope: limit reached: " + limit + "\n"
    out, error = knockscope(*knocks, path)
    assert error == said and "\nlimit    " + limit + "\n" in out, (out[:400], error)
    out, error = knockscope(*knocks, "-q", path)
    assert error == "" and "\nlimit    " + limit + "\n" in out
    out, error = knockscope(*knocks, "-q", "--format", "csv", path)
    assert error == said, error
    got = knockscope_json(*knocks, "--top", "0", path)
    assert got["notes"] == [limit], got["notes"]
    found = [" ".join(k["ports"]) for k in got["knocks"] if k["set_aside"] is None]
    assert [one for one in finds if one not in found] == [], found
    for form in ("text", "csv", "json", "markdown", "suricata", "zeek", "knockd", "bpf"):  # a display filter has no room for remarks
        out, error = knockscope("export", "--as", form, *knocks[1:], "--select", "1", path)
        assert error.startswith(said) and limit in out.replace("\\", ""), (form, error, out[:600])
    screens, _ = explored("", *options, path)
    assert "limit reached" in screens["1"].split("\n")[0] and limit[:120] in squeezed(screens["L<Home>"]), screens["L<Home>"]
    assert all(sequence.split(" ")[0] in screens["4"] for sequence in finds), screens["4"]
    return got


KNOCKED = (24401, 51733, 30911)
KNOCKED_AT = "24401 51733 30911"


@tap.case
def searches():
    """where a sequence takes more work than the whole search may, that is said, and other targets have their share"""
    c = Capture()
    ports = [20000 + k * 7919 % 40000 for k in range(26)]
    for again in range(6):
        for k, port in enumerate(ports):
            c.attempt(again * 3600000 + k * 8000, 1, 3000 + k, 2, port)
        c.attempt(again * 3600000 + 26 * 8000, 1, 4000, 2, 1234, True)
        c.knock(again * 3700000 + 1000000, 3, 4, KNOCKED, 31337)
    noted("at 1 target not every pair of ports that recurs was followed up to its end (the strongest come first)", c.write("searched.pcap"), [KNOCKED_AT])


@tap.case
def services():
    """pairs of services that everybody tries are followed up with what work there is for them, and how many are not is said"""
    c, rng, at = Capture(), random.Random(3), 0
    ports = (21, 22, 23, 25, 80, 110, 135, 139, 143, 443, 445, 993, 995, 1433, 1521, 3306, 3389, 5432, 5900, 6379, 8080, 8443, 9200, 11211, 27017)
    for _ in range(2300):
        source, target = 1000 + rng.randrange(300), 100 + rng.randrange(12)
        for k in range(3 + rng.randrange(6)):
            at += 40
            c.attempt(at + k * 300, source, 1024 + len(c.packets) % 60000, target, rng.choice(ports))
    for again in range(5):
        c.knock(60000 + again * 100000, 3, 105, KNOCKED, 31337)
    path = c.write("services.pcap")
    limit = knockscope_json("knocks", path)["notes"][0]
    said = re.fullmatch(r"(at \d+ targets? not every pair of ports that recurs was followed up to its end \(the strongest come first\); )?"
                        r"([\d,]+) pairs of services, or of ports that many hosts try in vain, were not followed up", limit)
    assert said and int(said[2].replace(",", "")) > 100, limit
    noted(limit, path, [KNOCKED_AT])


@tap.case
def candidates():
    """of those set aside 500 are listed, and how many more there are is said; what stands is listed before them"""
    c, rng = Capture(), random.Random(5)
    ports = [rng.sample(range(20000, 60000), 3) for _ in range(620)]
    for again in range(3):
        for k in range(620):
            c.knock((again * 620 + k) * 10000, 5, 100 + k, ports[k], 40000)
        c.knock(again * 7000000 + 123456, 6, 99, KNOCKED, 31337)
    allow = scratch("allow-many")
    with open(allow, "w") as file:
        file.write("10.0.0.5 # ours\n")
    path = c.write("candidates.pcap")
    limit = knockscope_json("knocks", "--allow", allow, path)["notes"][0]
    assert limit == "120 more sequences are set aside", limit
    got = noted(limit, path, [KNOCKED_AT], "--allow", allow)
    assert len(got["knocks"]) == 501 and [k["set_aside"] for k in got["knocks"]].count("allow list: ours") == 500
    out, _ = knockscope("knocks", "-q", "--top", "3", "--allow", allow, path)
    assert "500" in out, out


@tap.case
def strangers():
    """where very many sources try ports before one opens to yet another, that not all were looked at is said"""
    c = Capture()
    for k in range(40):
        for j in range(3):
            c.attempt(k * 1500 + j * 500, 2000 + k, 3000 + j, 7, 20000 + (k * 31 + j * 977) % 9000)
    c.attempt(61000, 1, 4000, 7, 31337, True)
    for again in range(5):
        c.knock(200000 + again * 100000, 3, 105, KNOCKED, 31337)
    noted("before 1 opening not all the sources that tried other ports were looked at", c.write("strangers.pcap"), [KNOCKED_AT, "21209 22186 23163"])


@tap.case
def exports():
    """a filter of more activations than one takes is refused, by the command and in the explorer; the forms that hold them all do"""
    c = Capture()
    for again in range(350):
        for k in range(6):
            c.knock(again * 600000 + k * 40000 + again * again % 977, 10 + k, 20 + k, [port + 10 * k for port in KNOCKED], 31337)
    path, said = c.write("activations.pcap"), "2100 activations are too many for a filter (2000 at most): choose fewer knocks"
    for form in ("bpf", "wireshark"):
        into = scratch("filter")
        out, error = knockscope("export", "--as", form, "-o", into, path, status=2)
        assert out == "" and error == "knockscope: " + said + "\n" and not os.path.exists(into), error
        script = scratch("script")
        with open(script, "w") as file:
            file.write("4\n*\n:export %s %s\n" % (form, into))
        _, error = knockscope("--script", script, "--no-settings", "--no-sandbox", path, status=1)
        assert error == "knockscope: script, line 3: %s\n" % said and not os.path.exists(into), error
    out, _ = knockscope("export", "--as", "json", path)
    assert [len(knock["activations"]) for knock in json.loads(out)["knocks"]] == 6 * [350]
    assert "31337" in knockscope("export", "--as", "suricata", path)[0]


@tap.case
def sweeps():
    """a sweep that ran into the limit says that its counts are lower bounds"""
    out, error = knockscope("sweep", "--max-len", "5", "--min-supp", "1", "--min-conf", "0", "--preset", "paper", "--window", "100", "--rotations", "0",
                            "--values", "0", REPLICA)
    told = "a limit on work was reached: counts of rules longer than pairs are lower bounds"
    assert "\nlimit    " + told + "\n" in out and "limit reached: " + told in error and "≥ 18,530,972" in out.replace(">= ", "≥ "), (out, error)
    rows = knockscope_json("sweep", "--max-len", "5", "--min-supp", "1", "--min-conf", "0", "--preset", "paper", "--window", "100", "--rotations", "0",
                           "--values", "0,0.02", REPLICA)["sweep"]
    assert [row["at_least"] for row in rows] == [True, False], rows


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
