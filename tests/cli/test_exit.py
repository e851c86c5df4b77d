#!/usr/bin/env python3
"""Exit statuses: 0 done, 1 failed, 2 wrong usage, 3 the capture could not be read, 4 it was read in part."""

import gzip
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import make_capture
import tap
from tap import ENVIRONMENT, PROGRAM, data, knockscope, knockscope_json, scratch

OFFICE = data("office.pcap.gz")
COMMANDS = ("stats", "curve", "sweep", "rules", "knocks")
SMALL = scratch("small.pcap")
make_capture.make(7, SMALL, packets=300)


def wrong(arguments, said):
    """Nothing on standard output, one line that names what is wrong, status 2."""
    out, error = knockscope(*arguments, status=2)
    assert out == "" and said in error, (out, error)


for arguments, said in (
        (("stats",), "needs a capture"), (("rules", "--no-such-option", SMALL), "--no-such-option"), (("rules", "-Z", SMALL), "-Z"),
        (("rules", "--min-supp", "1.5", SMALL), "--min-supp"), (("rules", "--min-supp", "-0.1", SMALL), "--min-supp"),
        (("rules", "--min-supp", "nan", SMALL), "--min-supp"), (("rules", "--min-inte", "x", SMALL), "--min-inte"),
        (("rules", "--min-conf", "", SMALL), "--min-conf"), (("rules", "--min-count", "0", SMALL), "--min-count"),
        (("rules", "--max-len", "1", SMALL), "--max-len"), (("rules", "--max-len", "11", SMALL), "--max-len"),
        (("rules", "--items", "ports", SMALL), "--items"), (("stats", "--window", "0", SMALL), "window"),
        (("stats", "--window", "10x", SMALL), "window"), (("stats", "--window", "session:", SMALL), "window"),
        (("stats", "--window", "-5", SMALL), "window"), (("stats", "--stride", "0", SMALL), "--stride"),
        (("stats", "--window", "30s", "--stride", "5", SMALL), "--stride"), (("stats", "--scope", "host", SMALL), "--scope"),
        (("rules", "--interest", "lift", SMALL), "--interest"), (("rules", "--sort", "size", SMALL), "--sort"),
        (("rules", "--top", "-1", SMALL), "--top"), (("rules", "--preset", "none", SMALL), "--preset"),
        (("rules", "--format", "xml", SMALL), "--format"), (("rules", "--activations", "0", SMALL), "--activations"),
        (("rules", "--min-supp"), "--min-supp"), (("stats", "-f", "tcp port port", SMALL), "tcp port port"),
        (("evaluate", SMALL), "--truth"), (("stast", SMALL), "neither a command nor a file"), (("-q", "stats", SMALL), "comes before its options")):
    tap.add("wrong usage: " + " ".join(a for a in arguments if a != SMALL), wrong, arguments, said)


def written(name, content):
    with open(scratch(name), "wb") as file:
        file.write(content)
    return scratch(name)


@tap.case
def files_of_options():
    """a file that an option names and that is not there, or not what it should be, is wrong usage: which option, which file, why"""
    for option in ("--params", "--allow"):
        for path, why in (("/nonexistent/file", "No such file"), (tap.folder, "folder")):
            for command in ("knocks", "export"):
                wrong((command, option, path, OFFICE), "%s %s" % (option, path))
                wrong((command, option, path, OFFICE), why)
    wrong(("stats", "--params", "/nonexistent/file", SMALL), "--params /nonexistent/file: No such file")
    wrong(("--script", "/nonexistent/file", SMALL), "--script /nonexistent/file: No such file")
    wrong(("--theme", "pink", SMALL), "--theme")
    for text, why in (("{}", "empty"), ('{"params": {}}', "empty"), ('{"schema": "knockscope.rules/2", "params": {"top": 3}}', "version 2"),
                      ('{"schema": "other/1", "params": {"top": 3}}', "no output of knockscope"), ('{"schema": 7, "params": {"top": 3}}', "no output"),
                      ('{"schema": "knockscope.rules/1"}', "no parameters"), ("[]", "no parameters"), ("", "not JSON")):
        wrong(("rules", "--params", written("odd.json", text.encode()), SMALL), why)
    wrong(("knocks", "--allow", written("odd-allow", b"999 # ours\nten\n"), SMALL), "line 2")


@tap.case
def events_at_most():
    """--max-events is among the parameters, and read back with them"""
    limited, _ = knockscope("stats", SMALL, "--max-events", "50", "--format", "json", status=4)
    assert '"max_events": 50' in limited
    again, _ = knockscope("stats", SMALL, "--params", written("limited.json", limited.encode()), "--format", "json", status=4)
    assert again == limited
    assert knockscope_json("stats", SMALL)["params"]["max_events"] is None


@tap.case
def options_of_other_commands():
    """options of the search for knocks are refused where none is made"""
    for option in ("--gap", "--follow"):
        wrong(("evaluate", "--truth", "1,2", option, "5s", SMALL), option + " does not go with evaluate")


def unreadable(path, said):
    for command in COMMANDS:
        out, error = knockscope(command, path, status=3)
        assert out == "" and said in error and os.path.basename(path) in error, (out, error)


tap.add("a file that is not there", unreadable, "/nonexistent/capture.pcap", "No such file")
tap.add("a folder", unreadable, tap.folder, "")
tap.add("an empty file", unreadable, written("empty", b""), "empty")
tap.add("a text", unreadable, written("text", b"this is no capture\n" * 20), "not a packet capture")
tap.add("a compressed text", unreadable, written("text.gz", gzip.compress(b"this is no capture\n" * 20)), "not a packet capture")


@tap.case
def no_permission():
    """a file that may not be read"""
    path = written("secret", open(SMALL, "rb").read())
    os.chmod(path, 0)
    if os.access(path, os.R_OK):
        # root reads everything: become nobody, who can reach the program and the folder
        os.chmod(tap.folder, 0o755)
        try:
            done = subprocess.run([PROGRAM, "stats", "--no-sandbox", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, user=65534, group=65534, extra_groups=[], env=ENVIRONMENT)
        except (PermissionError, subprocess.SubprocessError) as why:
            raise tap.Skip("nobody may not run the program here: %s" % why)
    else:
        done = subprocess.run([PROGRAM, "stats", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=ENVIRONMENT)
    assert done.returncode == 3 and done.stdout == b"" and b"Permission denied" in done.stderr, done


def in_part(keep, packets):
    """What was read is reported, where it stopped is said, on both outputs, and the status is 4."""
    with open(SMALL, "rb") as file:
        path = written("cut-%d.pcap" % keep, file.read()[:keep])
    out, error = knockscope("stats", path, status=4)
    assert "in part" in error and "PART" in out and "packet %d" % packets in error, (out, error)
    got = knockscope_json("stats", path, status=4)
    assert got["packets"] == packets and got["capture"]["partial"] is True and "stopped" in got["capture"]["stopped"], got["capture"]
    for command in COMMANDS[1:]:
        got = knockscope_json(command, path, status=4)
        assert got["capture"]["partial"] is True and got["capture"]["packets"] == packets


def cuts():
    """(bytes kept, whole packets in them): after the file's header, within a packet's header, within a packet, before the last byte"""
    content, at, whole = open(SMALL, "rb").read(), 24, 0
    while whole < 50:
        at += 16 + int.from_bytes(content[at + 8:at + 12], "little")
        whole += 1
    return (at + 7, whole), (at + 16 + 20, whole), (len(content) - 1, 299)


for keep, packets in cuts():
    tap.add("a capture that ends inside a packet, after %d" % packets, in_part, keep, packets)


@tap.case
def cut_compressed():
    """a compressed capture that ends early"""
    content = open(OFFICE, "rb").read()
    got = knockscope_json("stats", written("cut.gz", content[:len(content) // 2]), status=4)
    whole = knockscope_json("stats", OFFICE)["packets"]
    assert whole // 3 < got["packets"] < whole and got["capture"]["partial"] is True and "gzip" in got["capture"]["stopped"]


@tap.case
def second_missing():
    """of two files the second is missing: the first is reported"""
    got = knockscope_json("stats", SMALL, "/nonexistent/second.pcap", status=4)
    assert got["packets"] == 300 and "second.pcap" in got["capture"]["stopped"]


@tap.case
def whole_header():
    """a capture without packets is whole: status 0, nothing in it"""
    path = written("header.pcap", open(SMALL, "rb").read()[:24])
    for command in COMMANDS:
        got = knockscope_json(command, path)
        assert got["capture"]["packets"] == 0
        knockscope(command, path)
        knockscope(command, path, "--format", "csv")


@tap.case
def full_disk():
    """standard output on a full disk: status 1 and the reason"""
    if not os.path.exists("/dev/full"):
        raise tap.Skip("there is no /dev/full")
    for command in COMMANDS:
        for form in ("text", "csv", "json"):
            with open("/dev/full", "wb") as full:
                _, error = knockscope(command, "--format", form, OFFICE, status=1, stdout=full)
            assert "cannot write" in error, error


@tap.case
def closed_pipe():
    """a reader that goes away early: the program ends quietly"""
    for form in ("text", "csv", "json"):
        writer = subprocess.Popen([PROGRAM, "rules", "--preset", "paper", "--min-inte", "0", "--top", "0", "--format", form,
                                   data("replica-1.pcap.gz")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  env=ENVIRONMENT)
        assert writer.stdout.read(10)
        writer.stdout.close()
        error = writer.stderr.read()
        assert writer.wait(timeout=120) in (0, -13) and error == b"", (writer.returncode, error)


@tap.case
def output_not_overwritten():
    """-o writes a file whole, and overwrites none unless told so"""
    path = scratch("out.json")
    knockscope("stats", SMALL, "--format", "json", "-o", path)
    before = open(path).read()
    assert '"knockscope.stats/1"' in before
    _, error = knockscope("rules", SMALL, "--format", "json", "-o", path, status=1)
    assert open(path).read() == before and "out.json" in error, error
    knockscope("rules", SMALL, "--format", "json", "-o", path, "--force")
    assert '"knockscope.rules/1"' in open(path).read()
    assert sorted(os.listdir(tap.folder)) == sorted(set(os.listdir(tap.folder)) - {n for n in os.listdir(tap.folder) if "tmp" in n})


@tap.case
def output_nowhere():
    """-o into a folder that is not there: status 1, named"""
    _, error = knockscope("stats", SMALL, "-o", "/nonexistent/out", status=1)
    assert "/nonexistent" in error


@tap.case
def help_and_version():
    """--help and --version are answers, not errors"""
    out, _ = knockscope("--help")
    for command in COMMANDS + ("evaluate", "export"):
        assert command in out
        more, _ = knockscope(command, "--help")
        assert "Options" in more
    out, _ = knockscope("--version")
    assert out.startswith("knockscope ") and "libpcap" in out


tap.run()
