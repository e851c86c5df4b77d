#!/usr/bin/env python3
"""Captures made hostile: our own ones, and those of ../shared/captures/robust where they are, with lengths, headers and bytes changed, cut, doubled and
spliced, some of them compressed and damaged again. On each: no crash, hang, leak or sanitizer report, every packet accounted for, and as many packets as
libpcap finds in it (fuzz_load holds that); a part of them goes through the whole program.

KS_HOSTILE=N sets the number of captures (default 400), KS_SEED the seed."""

import gzip
import json
import lzma
import os
import random
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap

COUNT = int(os.environ.get("KS_HOSTILE", "400"))
SEED = int(os.environ.get("KS_SEED", "1"))
BUILD = os.environ.get("KS_BUILD", ".")
PART = 400      # captures in one case
WHOLE = 16      # one in so many goes through the program
MOST = 60000    # bytes
EXTREMES = (0, 1, 2, 15, 16, 19, 20, 39, 40, 0x7f, 0x80, 0xff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff)


def sources():
    """Whole captures to begin with."""
    found = []
    for number in range(6):
        path = tap.scratch("source-%d" % number)
        subprocess.run([sys.executable, os.path.join(tap.SOURCE, "tests", "oracle", "make_capture.py"), str(number), path, "packets=60",
                        "form=" + ("pcap", "pcapng")[number % 2]], check=True)
        found.append(path)
    for root in (os.path.join(tap.SOURCE, "tests", "fuzz", "corpus", "load"),
                 os.path.join(os.environ.get("KS_CAPTURES", os.path.join(tap.SOURCE, "..", "shared", "captures")), "robust")):
        for folder, _, names in sorted(os.walk(root)):
            found += [os.path.join(folder, name) for name in sorted(names) if not name.endswith((".md", ".txt"))]
    captures = []
    for path in found:
        with open(path, "rb") as file:
            data = file.read(MOST)
        captures.append(data[1:] if "corpus" in path else data)
    return [data for data in captures if len(data) > 24]


def change(rng, data, others):
    """Some changes of a capture's bytes; seldom in the file's own header, without which nothing is read."""
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        if len(data) < 40:
            break
        at = rng.randrange(min(len(data), 24)) if rng.random() < 0.05 else rng.randrange(24, min(len(data), rng.choice((64, 200, MOST))) + 1)
        at = min(at, len(data) - 1)
        kind = rng.randrange(8)
        if kind == 0:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            data[at] = rng.randrange(256)
        elif kind in (2, 3):  # a length or a count
            size = rng.choice((2, 4))
            data[at:at + size] = (rng.choice(EXTREMES) & (256 ** size - 1)).to_bytes(size, rng.choice(("little", "big")))
        elif kind == 4:
            del data[max(at, rng.randrange(len(data))):]
        elif kind == 5:
            n = rng.randrange(1, 80)
            data[at:at] = data[at:at + n]
        elif kind == 6:
            del data[at:at + rng.randrange(1, 40)]
        else:
            other = rng.choice(others)
            start = rng.randrange(len(other))
            data[at:] = other[start:]
    return bytes(data[:MOST])


def make(rng, captures):
    data = change(rng, rng.choice(captures), captures)
    if rng.random() < 0.15:
        data = rng.choice((gzip.compress, lzma.compress))(data)
        if rng.random() < 0.6:
            data = change(rng, data, captures)
    return data


def through_the_program(path):
    """Statuses as documented, and in the figures every packet."""
    done = subprocess.run([tap.PROGRAM, "stats", "--format", "json", path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120, env=tap.ENVIRONMENT)
    error = done.stderr.decode("utf-8", "replace")
    assert "Sanitizer" not in error and "runtime error" not in error, error
    assert done.returncode in (0, 3, 4), (done.returncode, error)
    assert not any(ord(c) < 32 and c != "\n" for c in error), repr(error)
    if done.returncode != 3:
        stats = json.loads(done.stdout)
        capture = stats["capture"]
        decoded = sum(capture["decoded"].values()) if "decoded" in capture else None
        skipped = sum(stats["skipped"].values())
        if decoded is not None:
            assert stats["packets"] == decoded + skipped, stats
        assert (done.returncode == 4) == bool(error.strip()), (done.returncode, error)
    if done.returncode == 0:
        tap.knockscope("knocks", "--rotations", "2", "--format", "json", path, timeout=120)
    return done.returncode


def hold(first, last):
    captures = sources()
    folder = tap.scratch("captures-%d" % first)
    os.mkdir(folder)
    statuses = {}
    for number in range(first, last):
        rng = random.Random("%d/%d" % (SEED, number))
        data = make(rng, captures)
        with open(os.path.join(folder, "%06d" % number), "wb") as file:
            file.write(b"\0" + data)
        if number % WHOLE == 0 and data:
            path = tap.scratch("whole")
            with open(path, "wb") as file:
                file.write(data)
            try:
                status = through_the_program(path)
            except (AssertionError, subprocess.TimeoutExpired) as why:
                raise AssertionError("KS_SEED=%d, capture %d: %s" % (SEED, number, why)) from None
            statuses[status] = statuses.get(status, 0) + 1
    work = tap.scratch("work-%d" % first)
    os.mkdir(work)
    done = subprocess.run([os.path.join(BUILD, "tests", "fuzz", "fuzz_load"), "-runs=0", "-timeout=60", folder], cwd=work,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=1800)
    out = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, "KS_SEED=%d, captures %d to %d: %s" % (SEED, first, last - 1, out[-6000:])
    print("# %d captures; of those through the whole program, by exit status: %s" % (last - first, statuses))


print("# %d captures of seed %d (KS_HOSTILE=5000 KS_SEED=N for more)" % (COUNT, SEED))
for first in range(0, COUNT, PART):
    last = min(first + PART, COUNT)
    tap.add("hostile captures %d to %d" % (first, last - 1), hold, first, last)
tap.run()
