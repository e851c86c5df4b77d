#!/usr/bin/env python3
"""Hostile bytes in everything that has a name or a text: of captures, allow lists, settings, parameter files, scripts, filters, outputs, the strings of a
pcapng file. Held to the letter: what standard output, standard error, every export format and the explorer's screens show of them."""

import csv
import hashlib
import io
import json
import os
import shutil
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap

# An escape sequence, a title, a C1 control, line ends, a tab, DEL, malformed bytes, an overlong slash, half a surrogate, two changes of direction, an invisible
# character, one that fills a cell with nothing; then what is special in CSV, Markdown, shells, formats and comments.
RAW = (b"a\x1b[31m\x1b]0;t\x07\xc2\x9b2J\r\nb\tc\x7f\xff\xc0\xaf\xed\xa0\x80" + "\u202ed\u2066\u200b\u3164".encode() + b"|`<i>*_\"'\\,=1+1%s%n--")
SAFE = "a?[31m?]0;t??2J??b?c????????d???|`<i>*_\"'\\,=1+1%s%n--"
# The same where a line has to stay one: without the line feed.
RAW_LINE = RAW.replace(b"\n", b"")
SAFE_LINE = SAFE.replace("2J??", "2J?")
MARKDOWN = SAFE.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace("|", "\\|").replace("`", "\\`").replace("<", "&lt;").replace(
    ">", "&gt;").replace("*", "\\*").replace("_", "\\_").replace("+", "\\+")

HERE = tap.scratch("hostile").encode()
os.mkdir(HERE)
CAPTURE = os.path.join(HERE, RAW)
shutil.copyfile(tap.data("office.pcap.gz"), CAPTURE)
FAST = ("--rotations", "2")


def run(*words, status=0, stdin=None, settings=None):
    """The program in the folder of the hostile names: standard output and error, decoded strictly."""
    environment = dict(tap.ENVIRONMENT)
    if settings is not None:
        environment["XDG_CONFIG_HOME"] = settings
    done = subprocess.run([tap.PROGRAM, *words], cwd=HERE, input=stdin or b"", stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, check=False)
    assert done.returncode == status, (words, done.returncode, done.stderr)
    return done.stdout.decode("utf-8", "strict"), done.stderr.decode("utf-8", "strict")


def marked(text):
    """The lines that show a hostile text."""
    return [line for line in text.split("\n") if "31m" in line]


def write(name, content):
    name = os.fsencode(name)
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(content)
    return name


def read(name):
    name = os.fsencode(name)
    with open(os.path.join(HERE, name), encoding="utf-8", errors="strict", newline="") as file:
        return file.read()


@tap.case
def names_in_texts():
    """a capture's name in what the commands print"""
    out, error = run("stats", RAW)
    assert marked(out) == [SAFE + "   EN10MB, pcap, gzip, 21,546 packets"] and error == "", marked(out)
    for words in (("curve",), ("sweep", *FAST), ("rules", *FAST), ("knocks", *FAST), ("why", "--of", "999,888", *FAST)):
        out, error = run(*words, RAW)
        assert marked(out) == ["capture  " + SAFE + ": 21,546 packets in 4 min 47 s"] and error == "", (words, marked(out))
    for words in (("stats",), ("curve",), ("rules", *FAST), ("knocks", *FAST)):
        out, _ = run(*words, "--format", "csv", RAW)
        assert marked(out) == [], words


@tap.case
def names_in_json():
    """a capture's name in JSON"""
    for words in (("stats",), ("curve",), ("sweep", *FAST), ("rules", *FAST), ("knocks", *FAST), ("evaluate", "--truth", "999,888"), ("why", "--of", "999,888", *FAST)):
        out, _ = run(*words, "--format", "json", RAW)
        assert [file["name"] for file in json.loads(out)["capture"]["files"]] == [SAFE], words
        assert len(marked(out)) == 1


def exported(form, wanted):
    out, error = run("export", "--as", form, *FAST, RAW)
    assert marked(out) == wanted and error == "", marked(out)


SHA256 = hashlib.sha256(open(tap.data("office.pcap.gz"), "rb").read()).hexdigest()
QUOTED = json.dumps(SAFE)
for form, wanted in (("text", ["capture: " + SAFE]), ("csv", ["# capture: " + SAFE]), ("bpf", ["# capture: " + SAFE]), ("suricata", ["# capture: " + SAFE]),
                     ("zeek", ["# capture: " + SAFE]), ("knockd", ["# capture: " + SAFE]), ("wireshark", []),
                     ("markdown", ["| %s | %s | 21546 | 786134 | EN10MB |" % (MARKDOWN, SHA256)]),
                     ("json", ['    "files": [{"name": %s, "sha256": "%s", "format": "pcap", "compression": "gzip", "link": "EN10MB", "packets": 21546, '
                               '"bytes": 786134}],' % (QUOTED, SHA256)])):
    tap.add("a capture's name exported as " + form, exported, form, wanted)


@tap.case
def evidence():
    """a capture's name beside evidence packets, and an output of a hostile name"""
    out, error = run("export", "--as", "pcap", "-o", RAW + b".pcap", *FAST, RAW)
    assert out == "" and error == "", error
    beside = json.loads(read(RAW + b".pcap.json"))
    assert {packet["file"] for packet in beside["packets"]} == {SAFE} and beside["capture"]["files"][0]["sha256"] == SHA256
    _, error = run("export", "--as", "pcap", "-o", RAW + b".pcap", *FAST, RAW, status=1)
    assert error == "knockscope: cannot write " + SAFE + ".pcap: it exists already\n", error


@tap.case
def reasons():
    """the reason in an allow list, and the list's name"""
    write(RAW + b".allow", b"999,888,777,666,555 # " + RAW_LINE + b"\r\n")
    reason = "allow list: " + SAFE_LINE
    out, _ = run("knocks", *FAST, "--allow", RAW + b".allow", RAW)
    assert [line.strip() for line in marked(out)[1:]] == [SAFE_LINE] and "allow list" in out, marked(out)
    out, _ = run("knocks", *FAST, "--format", "json", "--allow", RAW + b".allow", RAW)
    told = json.loads(out)
    assert told["knocks"][0]["set_aside"] == reason and told["params"]["allow_list"] == SAFE + ".allow"
    out, _ = run("knocks", *FAST, "--format", "csv", "--allow", RAW + b".allow", RAW)
    rows = list(csv.reader(io.StringIO(out)))
    assert {row[-1] for row in rows if row[1] == "999 888 777 666 555"} == {reason}, rows[1]
    out, _ = run("export", "--as", "markdown", "--select", "1", *FAST, "--allow", RAW + b".allow", RAW)
    assert any("set aside" in line.lower() and "allow list: " + MARKDOWN.replace("2J??", "2J?") in line for line in marked(out)), marked(out)


@tap.case
def formulas():
    """a reason that a spreadsheet would take for a formula comes as a text"""
    write("formula", b"999,888,777,666,555 # =1+1\n")
    out, _ = run("knocks", *FAST, "--format", "csv", "--allow", "formula", RAW)
    assert {row[-1] for row in csv.reader(io.StringIO(out)) if row[1] == "999 888 777 666 555"} == {"allow list: =1+1"}
    for name in ("=1+1,+x.pcap.gz", "@x.pcap.gz", "-x.pcap.gz"):
        shutil.copyfile(tap.data("office.pcap.gz"), os.path.join(HERE, name.encode()))
        out, _ = run("export", "--as", "csv", *FAST, "./" + name)
        assert not any(row and row[0][:1] in "=+-@" and row[0][:1] for row in csv.reader(io.StringIO(out))), name


ERRORS = (
    (("stats", b"none" + RAW), 3, "none" + SAFE + ": No such file or directory"),
    (("stats", "-f", b"tcp port " + RAW, RAW), 2, "filter \"tcp port " + SAFE + "\": unknown port 'a'"),
    (("stats", "-f", b"host \xe2\x80\xae\x1b[2J", RAW), 2, "filter \"host ??[2J\": can't parse filter expression: syntax error"),
    ((b"st\x1b[31mats\xc2\x9b", RAW), 2, "'st?[31mats?' is neither a command nor a file\nTry: knockscope --help"),
    (("stats", b"--x" + RAW, RAW), 2, "no such option, or not one only: --x" + SAFE + "\nTry: knockscope stats --help"),
    (("stats", "--window", RAW, RAW), 2, "'" + SAFE + "' is no window: give a number of events (1000), a time (30s) or session:TIME\nTry: knockscope stats --help"),
    (("rules", "--params", b"none" + RAW, RAW), 2, "--params none" + SAFE + ": No such file or directory\nTry: knockscope rules --help"),
    (("knocks", "--allow", b"none" + RAW, RAW), 2, "--allow none" + SAFE + ": No such file or directory\nTry: knockscope knocks --help"),
    (("--script", b"none" + RAW, RAW), 2, "--script none" + SAFE + ": No such file or directory\nTry: knockscope --help"),
    (("stats", "-o", b"none" + RAW + b"/x", RAW), 1, "cannot write none" + SAFE + "/x: no such folder"),
)


def said(words, status, wanted):
    out, error = run(*words, status=status)
    assert out == "" and error == "knockscope: " + wanted + "\n", error


for number, (words, status, wanted) in enumerate(ERRORS, 1):
    tap.add("what is said of %s" % (words[0] if isinstance(words[0], str) else "a command") + " (%d)" % number, said, words, status, wanted)


@tap.case
def contents():
    """lines of allow lists, parameter files and scripts that are wrong are quoted harmlessly"""
    word = RAW_LINE.replace(b"\t", b"").replace(b"\r", b"").replace(b",", b"")
    shown = SAFE_LINE.replace("2J?b?c", "2Jbc").replace(",", "")
    write("list", b"445\n" + word + b"\n")
    _, error = run("knocks", "--allow", "list", RAW, status=2)
    assert error == "knockscope: list, line 2: '" + shown + "' is neither a port nor an address\n", error
    text = json.dumps(RAW.decode("utf-8", "ignore"))
    for params, wanted in (('{"window": %s}', "parameter \"window\" must be a window such as \"1000\", \"30s\" or \"session:30s\""),
                           ('{%s: 3}', "unknown parameter \"" + SAFE.replace("c????????d", "c??d") + "\"")):
        write("params", ('{"schema": "knockscope.rules/1", "params": %s}' % params % text).encode())
        _, error = run("rules", "--params", "params", RAW, status=2)
        assert error == "knockscope: params: " + wanted + "\nTry: knockscope rules --help\n", error
    write("script", b":" + RAW_LINE[:-2] + b"\n")
    _, error = run("--script", "script", "--no-settings", *FAST, RAW, status=1)
    assert error == "knockscope: script, line 1: no command is called " + SAFE_LINE[:-2] + "; Tab after : shows them all\n", error


@tap.case
def cut_captures():
    """a capture that is read in part: where it stopped, with its name"""
    with open(tap.data("office.pcap.gz"), "rb") as file:
        write(RAW + b".cut", file.read()[:300000])
    stopped = SAFE + ".cut: stopped after packet 8474: damaged gzip data: the data end too early"
    out, error = run("stats", RAW + b".cut", status=4)
    assert error == "knockscope: read only in part: " + stopped + "\n", error
    assert any(line.endswith(stopped) for line in marked(out)), marked(out)
    out, _ = run("stats", "--format", "json", RAW + b".cut", status=4)
    assert json.loads(out)["capture"]["stopped"] == stopped


@tap.case
def screens():
    """what the explorer's screens and messages show of names, reasons, settings and commands"""
    write(RAW + b".allow", b"999,888,777,666,555 # " + RAW_LINE + b"\n")
    home = os.path.join(HERE, b"home")
    os.makedirs(os.path.join(home, b"knockscope"))
    word = RAW_LINE.replace(b"=", b"")
    write("home/knockscope/settings", word + b"\ntheme = " + b"\x1b[2J" + b"\nbind <F5> \x1b]0;x\x07\n")
    write("script", b":resize 170x45\n1\n:dump-screen s1\n5\n:dump-screen s5\n4\n:dump-screen sa\nL\n:dump-screen sl\n<Esc>\n:snapshot " + RAW_LINE +
          b"\nC\n:dump-screen sc\n:dump-model m\n")
    run("--script", "script", *FAST, "--allow", RAW + b".allow", RAW, settings=home)
    assert read("s1").startswith(" knockscope  " + SAFE + "  1 skipped  "), read("s1")
    assert any(line.startswith("│ file               " + SAFE[:30]) for line in read("s5").split("\n")), read("s5")
    assert "allow list: " + SAFE_LINE[:15] in read("sa"), read("sa")
    for line in ("settings, line 1: neither name = value nor bind or unbind", "settings, line 2: ", "settings, line 3: "):
        assert line in read("sl"), read("sl")

    assert "path " + SAFE + "\n" in read("m")
    for name in ("s1", "s5", "sa", "sl", "sc", "m"):
        assert all(c.isprintable() or c == "\n" for c in read(name)), name


def options(*pairs):
    return b"".join(struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4) for code, value in pairs) + struct.pack("<HH", 0, 0)


def block(kind, body):
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)


def pcapng(text):
    """Three attempts, with the text as every string that the format has."""
    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + options((1, text), (2, text), (3, text), (4, text)))
    out += block(1, struct.pack("<HHI", 1, 0, 65535) + options((1, text), (2, text), (3, text), (11, b"\0" + text), (12, text), (15, text)))
    for number in range(3):
        frame = bytes(12) + b"\x08\0" + struct.pack(">BBHHHBBHII", 0x45, 0, 40, 0, 0, 64, 6, 0, 0x0a000001, 0x0a000002) + struct.pack(
            ">HHIIBBHHH", 1024 + number, 7000 + number, number, 0, 0x50, 2, 1024, 0, 0)
        out += block(6, struct.pack("<IIIII", 0, 390000, number * 1000000, len(frame), len(frame)) + frame + bytes(-len(frame) % 4) + options((1, text)))
    out += block(4, struct.pack("<HH", 1, 4 + len(text[:60]) + 1) + b"\x0a\0\0\1" + text[:60].replace(b"\0", b"") + b"\0" + bytes(-(5 + len(text[:60])) % 4) +
                 struct.pack("<HH", 0, 0) + options((1, text)))
    return out + block(5, struct.pack("<III", 0, 390000, 0) + options((1, text)))


@tap.case
def strings_of_pcapng():
    """section, interface and packet comments, names, hardware, systems, filters and name records of a pcapng reach no output at all"""
    told = {}
    for name, text in (("quiet.pcapng", b"x" * len(RAW)), ("loud.pcapng", RAW)):
        write(name, pcapng(text))
        shutil.copyfile(os.path.join(HERE, name.encode()), os.path.join(HERE, b"same.pcapng"))
        rows = []
        for words in (("stats",), ("stats", "-v"), ("rules", *FAST), ("knocks", *FAST), ("stats", "--format", "json"), ("knocks", *FAST, "--format", "json")):
            out, error = run(*words, "same.pcapng")
            rows.append((out, "" if "-v" in words else error))
        write("script", b":resize 170x45\n1\n:dump-screen s1\n5\n:dump-screen s5\nL\n:dump-screen sl\n")
        run("--script", "script", "--no-settings", *FAST, "same.pcapng")
        told[name] = rows + [read(screen) for screen in ("s1", "s5", "sl")]
    assert told["quiet.pcapng"] == told["loud.pcapng"]
    assert "3 packets" in told["loud.pcapng"][0][0]


@tap.case
def long_names():
    """of a long path the end stays, and of a failure the reason"""
    folder = "/".join(["d" * 200] * 3)
    os.makedirs(os.path.join(HERE, folder.encode()))
    shutil.copyfile(tap.data("office.pcap.gz"), os.path.join(HERE, folder.encode(), b"end.gz"))
    out, _ = run("stats", folder + "/end.gz")
    shown = out.split("   ")[0]
    assert shown.startswith("d" * 83 + " ... ddd") and shown.endswith("d/end.gz") and len(shown) == 255, shown
    for words, status, end in ((("stats", folder + "/none"), 3, "d/none: No such file or directory"), (("stats", "-o", folder + "/no/x", RAW), 1, "d/no/x: no such folder"),
                               (("knocks", "--allow", folder + "/none", RAW), 2, "d/none: No such file or directory\nTry: knockscope knocks --help"),
                               (("rules", "--params", folder + "/none", RAW), 2, "d/none: No such file or directory\nTry: knockscope rules --help")):
        _, error = run(*words, status=status)
        assert " ... ddd" in error and error.endswith(end + "\n"), error


@tap.case
def the_right_hash():
    """two names that look the same: the hash is that of the file that was read"""
    for bad, good in ((b"twin\x1b", b"twin\x07"), (b"/".join([b"e" * 200] * 3) + b"/bad", b"/".join([b"e" * 200] * 3) + b"/good")):
        if b"/" in bad:
            os.makedirs(os.path.join(HERE, os.path.dirname(bad)))
        write(bad, b"this is no capture\n")
        shutil.copyfile(tap.data("office.pcap.gz"), os.path.join(HERE, good))
        out, error = run("export", "--as", "json", *FAST, bad, good, status=4)
        assert [file["sha256"] for file in json.loads(out)["capture"]["files"]] == [SHA256]
        assert "not a packet capture" in error


tap.run()
