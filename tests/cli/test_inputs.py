#!/usr/bin/env python3
"""One capture in every wrapping: formats, byte orders, compressions, pipes, several files, filters."""

import fcntl
import gzip
import os
import shutil
import socket
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import capture_oracle as oracle
import make_capture
import tap
from compare import Subject
from tap import data, knockscope, knockscope_json, scratch

SEED, PACKETS = 42, 500
PLAIN = scratch("plain.pcap")
make_capture.make(SEED, PLAIN, PACKETS)


def answer(*paths, stdin=None, status=0):
    """What must not depend on the wrapping."""
    got = knockscope_json("rules", "--window", "20", "--items", "tcp", "--min-supp", "0.5", "--min-inte", "0", "--top", "0", *paths,
                          stdin=stdin, status=status)
    return got["rules"], got["windows"], got["capture"]["packets"], got["capture"]["decoded"], got["capture"]["skipped"]


def form(order, kind, nano):
    path = scratch("form.%s" % kind)
    make_capture.make(SEED, path, PACKETS, form=kind, order=order, nano=nano)
    assert answer(path) == answer(PLAIN)
    got = knockscope_json("stats", path)
    assert got["capture"]["files"][0]["format"] == kind
    subject = Subject(oracle.Capture(path), [path], "attempts", "session:10s")
    subject.stats()
    subject.rules("0.5", "0", "0.5")
    assert got["capture"]["first"] == oracle.Capture(path).first / 10 ** 9


for kind in ("pcap", "pcapng"):
    for order in "<>":
        for nano in (False, True):
            tap.add("%s, %s, %s" % (kind, {"<": "little endian", ">": "big endian"}[order], "nanoseconds" if nano else "microseconds"),
                    form, order, kind, nano)


def pack(program):
    tap.need(program)
    with open(PLAIN, "rb") as file:
        return subprocess.run([program, "-c"], stdin=file, stdout=subprocess.PIPE, check=True).stdout


def compressed(program):
    path = scratch("compressed-" + program)  # the name tells nothing: the content decides
    with open(path, "wb") as file:
        file.write(pack(program))
    assert answer(path) == answer(PLAIN)
    assert knockscope_json("stats", path)["capture"]["files"][0]["compression"] == {"zstd": "zstd", "gzip": "gzip", "xz": "xz",
                                                                                   "lz4": "lz4"}[program]
    with open(path, "rb") as file:
        assert answer("-", stdin=file) == answer(PLAIN)


for program in ("gzip", "zstd", "xz", "lz4"):
    tap.add("%s, by content, as a file and on standard input" % program, compressed, program)


@tap.case
def standard_input():
    """standard input, as a file and as a pipe"""
    with open(PLAIN, "rb") as file:
        assert answer("-", stdin=file) == answer(PLAIN)
    tap.need("cat")
    cat = subprocess.Popen(["cat", PLAIN], stdout=subprocess.PIPE)
    assert answer("-", stdin=cat.stdout) == answer(PLAIN)
    cat.stdout.close()
    cat.wait()


@tap.case
def named_pipe():
    """a named pipe"""
    path = scratch("pipe")
    os.mkfifo(path)
    writer = subprocess.Popen([sys.executable, "-c", "import shutil,sys; shutil.copyfileobj(open(sys.argv[1],'rb'), open(sys.argv[2],'wb'))",
                               PLAIN, path])
    assert answer(path) == answer(PLAIN)
    assert writer.wait(timeout=60) == 0


@tap.case
def named_pipe_written_before():
    """a named pipe whose writer is gone before it is opened"""
    path = scratch("written")
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # keeps what was written
    with open(PLAIN, "rb") as file:
        content = file.read()
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, len(content))
    writer = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    assert os.write(writer, content) == len(content)
    os.close(writer)
    assert answer(path) == answer(PLAIN)
    os.close(reader)


@tap.case
def option_r():
    """-r FILE is FILE"""
    assert answer("-r", PLAIN) == answer(PLAIN)


@tap.case
def two_gzip_members():
    """a gzip file of two members, as gzip -c >> makes"""
    content = open(PLAIN, "rb").read()
    path = scratch("members.gz")
    with open(path, "wb") as file:
        file.write(gzip.compress(content[:5000]) + gzip.compress(content[5000:]))
    assert answer(path) == answer(PLAIN)


@tap.case
def rotated():
    """several files are one capture, in the order given: windows and attempts go on over their borders"""
    content, at, parts = open(PLAIN, "rb").read(), 24, []
    for size in (1, 199, 300):
        begin = at
        for _ in range(size):
            at += 16 + int.from_bytes(content[at + 8:at + 12], "little")
        parts.append(scratch("part-%d.pcap" % len(parts)))
        with open(parts[-1], "wb") as file:
            file.write(content[:24] + content[begin:at])
    assert answer(*parts) == answer(PLAIN)
    turned = parts[::-1]
    subject = Subject(oracle.Capture(*turned), turned, "attempts", "session:10s")
    subject.stats()
    subject.rules("0.5", "0", "0.5")
    assert [f["packets"] for f in knockscope_json("stats", *turned)["capture"]["files"]] == [300, 199, 1]


@tap.case
def different_links():
    """several files of different formats and link types"""
    paths = []
    for link, kind in ((1, "pcap"), (113, "pcapng"), (101, "pcap")):
        paths.append(scratch("link-%d" % link))
        make_capture.make(link, paths[-1], 120, link=link, form=kind)
    subject = Subject(oracle.Capture(*paths), paths, "syn", "15")
    subject.stats()
    subject.rules("0.5", "0", "0.5")


@tap.case
def filtered():
    """-f leaves packets out and says how many"""
    tap.need("tcpdump")
    wanted = scratch("only-tcp.pcap")
    expression = "ip and tcp and not port 80"
    subprocess.run(["tcpdump", "-q", "-r", PLAIN, "-w", wanted, expression], check=True, stderr=subprocess.DEVNULL)
    assert answer(PLAIN, "-f", expression) == answer(wanted)
    got = knockscope_json("stats", PLAIN, "-f", expression)
    assert got["packets"] + got["filtered"] == PACKETS and got["packets"] == knockscope_json("stats", wanted)["packets"]
    assert got["params"]["filter"] == expression


@tap.case
def filter_by_names():
    """-f takes the system's names of ports and hosts, in the sandbox too"""
    try:
        port = socket.getservbyname("domain", "tcp")
    except OSError:
        raise tap.Skip("no names of ports on this machine")
    named, numbered = (knockscope_json("stats", data("office.pcap.gz"), "-f", "port %s" % what) for what in ("domain", port))
    assert named["packets"] == numbered["packets"] > 0
    _, error = knockscope("stats", PLAIN, "-f", "host no-such-host.invalid", status=2)
    assert "unknown host 'no-such-host.invalid'" in error, error


@tap.case
def link_not_decoded():
    """a link type that is not decoded: every packet is counted under that reason"""
    path = scratch("usb.pcap")
    with open(path, "wb") as file:
        file.write(make_capture.pcap([(10 ** 18, b"\0" * 64)] * 9, link=220))
    got = knockscope_json("stats", path)
    assert got["packets"] == 9 and got["skipped"] == {"link-type": 9} and got["events"] == 0


@tap.case
def strange_names():
    """names with spaces, dashes and control characters are read, and shown harmlessly"""
    for name in ("a b;c.pcap", "\x1b]0;owned\x07.pcap", "näme.pcap", "-"):
        path = scratch("./" + name)
        shutil.copyfile(PLAIN, path)
        out, error = knockscope("stats", path)
        assert "\x1b" not in out + error and "\x07" not in out + error


tap.run()
