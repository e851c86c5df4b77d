#!/usr/bin/env python3
"""knockscope export as an analyst uses it, on the recorded office capture: every format, provenance, files written safely."""

import csv
import hashlib
import io
import json
import os
import signal
import stat
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "oracle")]
import tap
import zeek_machine
from knock_capture import read
from suricata_rules import Rules

OFFICE = tap.data("office.pcap.gz")
PORTS = ["999", "888", "777", "666", "555"]
FORMATS = ("text", "csv", "json", "markdown", "pcap", "wireshark", "bpf", "suricata", "zeek", "knockd")
BINARY = ("pcap",)


def truth():
    with open(tap.data("office.json")) as source:
        return json.load(source)


def sha256():
    with open(OFFICE, "rb") as capture:
        return hashlib.sha256(capture.read()).hexdigest()


def exported(form, *options):
    return tap.knockscope("export", "--as", form, *options, OFFICE)[0]


@tap.case
def as_json():
    """JSON has the knock, its activations and the provenance"""
    root = json.loads(exported("json"))
    knock = root["knocks"][0]
    assert root["schema"] == "knockscope.knocks/1"
    assert knock["ports"] == PORTS and knock["rank"] == 1
    assert len(knock["activations"]) == len(truth())
    for found, told in zip(knock["activations"], truth()):
        assert found["source"] == told["source"] and found["target"] == told["target"]
        assert abs(found["time"] - told["time"]) < 1
        assert len(found["delays"]) == len(found["outcomes"]) - 1 == 4
    assert root["capture"]["files"][0]["sha256"] == sha256()
    assert root["params"]["preset"] == "hunt" and root["definitions"]
    assert sum(root["capture"]["decoded"].values()) + sum(root["capture"]["skipped"].values()) == root["capture"]["packets"]


@tap.case
def as_csv():
    """CSV reads back with one line for each activation"""
    lines = [line for line in exported("csv").splitlines() if not line.startswith("#")]
    rows = list(csv.DictReader(io.StringIO("\n".join(lines))))
    assert [row["knock"] for row in rows] == [" ".join(PORTS)] * len(truth())
    assert [row["activation"] for row in rows] == [str(i + 1) for i in range(len(rows))]
    assert all(len(row["delays"].split()) == 4 and len(row["packets"].split()) == 5 for row in rows)


@tap.case
def same_as_the_lists():
    """what is exported is what knocks and rules print"""
    knocks = tap.knockscope_json("knocks", OFFICE)["knocks"]
    standing = [knock for knock in knocks if knock["set_aside"] is None]
    assert json.loads(exported("json"))["knocks"] == standing
    rules = tap.knockscope_json("rules", "--top", "20", OFFICE)
    again = json.loads(exported("json", "--select", "rules", "--top", "20"))
    assert again["rules"] == rules["rules"] and again["total"] == rules["total"] and len(again["rules"]) == 20


@tap.case
def parameters_reproduce():
    """--params of any JSON output gives the same result, byte for byte"""
    options = ("--min-supp", "0.2", "--window", "200", "--stride", "50", "--scope", "target", "-f", "tcp or udp", "--gap", "20s", "--top", "7",
               "--seed", "5")
    kept = tap.scratch("kept.json")
    first = exported("json", "--select", "rules", *options)
    with open(kept, "w") as out:
        out.write(first)
    assert exported("json", "--select", "rules", "--params", kept) == first
    root = json.loads(first)["params"]
    assert root["stride"] == 50 and root["filter"] == "tcp or udp" and root["knock_gap_ns"] == 20 * 10 ** 9
    assert exported("json", "--select", "rules", "--params", kept, "--top", "3") != first
    _, error = tap.knockscope("rules", "--params", OFFICE, OFFICE, status=2)
    assert "not JSON" in error


@tap.case
def allow_list_is_asked_for():
    """parameters of a result made with an allow list do not give another result in silence"""
    listed, made = tap.scratch("allow"), tap.scratch("allowed.json")
    with open(listed, "w") as file:
        file.write("999,888,777,666,555 # ours\n")
    tap.knockscope("knocks", "--allow", listed, "--format", "json", "-o", made, OFFICE)
    _, error = tap.knockscope("knocks", "--params", made, OFFICE, status=2)
    assert "--allow" in error
    again, _ = tap.knockscope("knocks", "--params", made, "--allow", listed, "--format", "json", OFFICE)
    with open(made) as file:
        assert file.read() == again
    none, _ = tap.knockscope("knocks", "--params", made, "--allow", "/dev/null", "--format", "json", OFFICE)
    assert json.loads(none)["knocks"][0]["set_aside"] is None


@tap.case
def provenance_everywhere():
    """every format carries the capture's SHA-256, the parameters and the version"""
    for form in FORMATS:
        path = tap.scratch("provenance." + form)
        tap.knockscope("export", "--as", form, "-o", path, OFFICE)
        beside = path + ".json" if form in ("pcap", "wireshark") else path
        with open(beside, encoding="utf-8") as source:
            text = source.read()
        assert sha256() in text, form
        assert "session:30s" in text and "knockscope" in text, form


@tap.case
def consumers_read_them():
    """pcap, filters, rules and scripts of the office capture are taken by their readers"""
    path = tap.scratch("office-evidence.pcap")
    tap.knockscope("export", "-o", path, OFFICE)  # by the extension
    frames, _ = read(path)
    with open(path + ".json") as source:
        account = json.load(source)["packets"]
    assert len(frames) == len(account) > 70
    assert sum(packet["role"] == "attempt" for packet in account) == 5 * len(truth())
    Rules(exported("suricata"))
    zeek_machine.Script(exported("zeek"), {})
    markdown = exported("markdown")
    assert "T1205.001" in markdown and "- [ ]" in markdown and ", ".join(PORTS) in markdown
    tap.need("tshark")
    done = subprocess.run(["tshark", "-r", OFFICE, "-Y", exported("wireshark").strip(), "-T", "fields", "-e", "frame.number"],
                          env=tap.ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    assert [int(n) for n in done.stdout.split()] == [packet["packet"] for packet in account]


@tap.case
def hashes_of_what_was_read():
    """the SHA-256 belongs to the file that was read where another could not be"""
    out, _ = tap.knockscope("export", "--as", "json", tap.scratch("missing.pcap"), OFFICE, status=4)
    files = json.loads(out)["capture"]["files"]
    assert [(file["name"], file["sha256"]) for file in files] == [(OFFICE, sha256())]
    with open(OFFICE, "rb") as stdin:
        out, _ = tap.knockscope("export", "--as", "json", "-", stdin=stdin)
    assert json.loads(out)["capture"]["files"][0]["sha256"] is None


@tap.case
def terminal_safe():
    """no export but the pcap holds a control byte"""
    hostile = tap.scratch("evil\x1b[31m\n=1+1.pcap.gz")
    os.symlink(OFFICE, hostile)
    for form in FORMATS:
        if form not in BINARY:
            out, error = tap.knockscope("export", "--as", form, hostile)
            assert not [c for c in out + error if ord(c) < 32 and c not in "\n\t" or ord(c) == 127], form


@tap.case
def nothing_is_overwritten():
    """an existing file stays unless --force is given, with its neighbour"""
    path = tap.scratch("there.pcap")
    with open(path, "w") as out:
        out.write("precious")
    _, error = tap.knockscope("export", "-o", path, OFFICE, status=1)
    assert "exists already" in error
    with open(path) as source:
        assert source.read() == "precious"
    assert not os.path.exists(path + ".json")
    tap.knockscope("export", "-o", path, "--force", OFFICE)
    assert len(read(path)[0]) > 70


@tap.case
def never_over_its_source():
    """what is read is never replaced, under no name, asked to replace or not"""
    folder = tap.scratch("source")
    os.makedirs(folder)
    capture, twin = os.path.join(folder, "in.gz"), os.path.join(folder, "twin.gz")
    with open(OFFICE, "rb") as source, open(capture, "wb") as copy:
        copy.write(source.read())
    os.link(capture, twin)
    for command, place in (("export", capture), ("export", twin), ("knocks", capture), ("export", os.path.join(folder, ".", "in.gz"))):
        form = ["--as", "pcap"] if command == "export" else []
        done = subprocess.run([tap.PROGRAM, command, *form, "--force", "-o", place, capture], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False)
        assert done.returncode == 1 and b"it is what is being read" in done.stderr, (command, place, done)
    script = os.path.join(folder, "script")
    with open(script, "w") as file:
        file.write(":dump-screen %s\n" % capture)
    done = subprocess.run([tap.PROGRAM, "--no-settings", "--script", script, capture], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and b"it is what is being read" in done.stderr, done
    with open(capture, "rb") as file: # on standard input, too
        done = subprocess.run([tap.PROGRAM, "stats", "-", "--force", "-o", capture], stdin=file, stderr=subprocess.PIPE, env=tap.ENVIRONMENT)
    assert done.returncode == 1 and b"it is what is being read" in done.stderr, done
    with open(capture, "rb") as file:
        assert hashlib.sha256(file.read()).hexdigest() == sha256()


@tap.case
def modes_and_leftovers():
    """files get the umask's mode and nothing else is left in the folder"""
    folder = tap.scratch("folder")
    os.mkdir(folder)
    old = os.umask(0o027)
    try:
        tap.knockscope("export", "-o", os.path.join(folder, "a.md"), OFFICE)
    finally:
        os.umask(old)
    assert os.listdir(folder) == ["a.md"]
    assert stat.S_IMODE(os.stat(os.path.join(folder, "a.md")).st_mode) == 0o640


@tap.case
def impossible_places():
    """a missing folder, a folder and a full disk are named"""
    for path, words in ((tap.scratch("missing/a.md"), "no such folder"), (tap.folder, "it is a folder"), ("/dev/full", "disk is full")):
        _, error = tap.knockscope("export", "--as", "markdown", "-o", path, OFFICE, status=1)
        assert words in error, error


@tap.case
def closed_pipe():
    """a reader that goes away early is no failure"""
    script = '"$1" export --as json --select rules --top 0 "$2" | head -c 20 >/dev/null; echo ${PIPESTATUS[0]}'
    done = subprocess.run(["bash", "-c", script, "bash", tap.PROGRAM, OFFICE], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300, env=tap.ENVIRONMENT)
    assert done.stdout.decode() == "0\n" and done.stderr == b"", done


@tap.case
def interrupted():
    """Ctrl-C while a file is written removes it and ends by the signal"""
    folder = tap.scratch("interrupted")
    os.mkdir(folder)
    os.mkfifo(tap.scratch("slow.pcap"))
    process = subprocess.Popen([tap.PROGRAM, "stats", "-o", os.path.join(folder, "a.txt"), tap.scratch("slow.pcap")],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=tap.ENVIRONMENT)
    with open(tap.scratch("slow.pcap"), "wb") as pipe:  # opens once the program has it open
        pipe.write(b"\xd4\xc3\xb2\xa1\x02\0\x04\0" + bytes(8) + b"\xff\xff\0\0\x01\0\0\0")
        pipe.flush()
        deadline = time.monotonic() + 60
        while not os.listdir(folder) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(os.listdir(folder)) == 1
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT, (process.returncode, error)
    assert b"Sanitizer" not in error
    assert os.listdir(folder) == []


@tap.case
def wrong_use():
    """what cannot be exported is refused with a reason"""
    for options, words in ((("--as", "pdf"), "no such format"), (("--as", "pcap", "--select", "rules"), "rules cannot be written as pcap"),
                           (("--as", "zeek", "--select", "rules"), "rules cannot be written as zeek"),
                           (("--as", "csv", "--select", "99"), "knocks"), (("--as", "suricata", "--sid", "0"), "sid")):
        _, error = tap.knockscope("export", *options, OFFICE, status=2)
        assert words in error, error
    out, _ = tap.knockscope("export", "--as", "help")
    assert all(form in out for form in FORMATS)


@tap.case
def options_of_another_format():
    """an option that the format does not heed is refused, with the formats that it goes with"""
    every = {"--sid": ("--sid", "7"), "--run": ("--run", "true"), "--any-host": ("--any-host",), "--frames": ("--frames",), "--vlan": ("--vlan",)}
    goes = {"--sid": "suricata", "--run": "knockd", "--frames": "wireshark", "--vlan": "bpf", "--any-host": "wireshark, bpf, suricata, zeek and knockd"}
    for option, words in every.items():
        for form in FORMATS:
            if form in goes[option]:
                tap.knockscope("export", "--as", form, *words, OFFICE)
                continue
            out, error = tap.knockscope("export", "--as", form, *words, OFFICE, status=2)
            assert out == "" and option in error and goes[option] in error and form in error, error
    path = tap.scratch("ignored.md")
    _, error = tap.knockscope("export", "-o", path, "--any-host", OFFICE, status=2)
    assert "--any-host" in error and not os.path.exists(path)
    for words in (("--as", "csv", "--format", "json"), ("--format", "csv", "--as", "csv")):
        _, error = tap.knockscope("export", *words, OFFICE, status=2)
        assert "--as and --format" in error, error
    _, error = tap.knockscope("export", "--as", "wireshark", "--frames", "--any-host", OFFICE, status=2)
    assert "--frames" in error and "--any-host" in error, error


@tap.case
def name_without_format():
    """a name that says no format is refused; what says one is heeded by every command"""
    for name in ("report.docx", "report"):
        path = tap.scratch(name)
        _, error = tap.knockscope("export", "-o", path, OFFICE, status=2)
        assert path in error and "--as" in error and not os.path.exists(path), error
        tap.knockscope("export", "--as", "text", "-o", path, OFFICE)
        tap.knockscope("knocks", "-o", path, "--force", OFFICE)
    for command in ("stats", "curve", "sweep", "rules", "knocks"):
        path = tap.scratch(command + ".json")
        tap.knockscope(command, "-o", path, OFFICE)
        with open(path) as file:
            assert json.load(file)["schema"] == "knockscope.%s/1" % command
        _, error = tap.knockscope(command, "-o", tap.scratch(command + ".pcap"), OFFICE, status=2)
        assert "pcap" in error and "export" in error, error
    path = tap.scratch("asked.json")
    tap.knockscope("export", "--format", "csv", "-o", path, OFFICE)
    with open(path) as file:
        assert file.read(1) == "#"


@tap.case
def commands_of_one_line():
    """a command for knockd with control characters is refused, not changed"""
    for command in ("a\nb", "a\tb", "\x1b[31m", "a\x7f"):
        _, error = tap.knockscope("export", "--as", "knockd", "--run", command, OFFICE, status=2)
        assert "--run" in error and "control" in error and "\x1b" not in error, error
    assert "= open %IP% \u00e4\n" in exported("knockd", "--run", "open %IP% \u00e4")


@tap.case
def ipv6_only_where_it_is():
    """the capture filter speaks of IPv6 exactly where it looks into it"""
    assert "ip6" not in exported("bpf")
    assert "ip6 looks at fixed offsets" in exported("bpf", "--any-host")


tap.run()
