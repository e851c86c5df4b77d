#!/usr/bin/env python3
"""Hours at the explorer in short: one process gets loads, changes of parameters, screens, comparisons and exports by a script that does not end, from a seed, and
between rounds its memory and its open files are looked at: neither may grow.

KS_ROUNDS=N rounds (default 10), or KS_MINUTES=N minutes (make endurance); KS_SEED the seed."""

import os
import random
import select
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap

ROUNDS = int(os.environ.get("KS_ROUNDS", "10"))
MINUTES = float(os.environ.get("KS_MINUTES", "0"))
SEED = int(os.environ.get("KS_SEED", "1"))
STEPS = 40
CAPTURES = ("office.pcap.gz", "replica-1.pcap.gz", "replica-2.pcap.gz")
# What is freed goes back at once: otherwise glibc's pools, one for each thread, grow by their gaps and hide what is in use.
RETURNED = {"MALLOC_ARENA_MAX": "1", "MALLOC_TRIM_THRESHOLD_": "0"}
FORMATS = ("text", "csv", "json", "markdown", "pcap", "wireshark", "bpf", "suricata", "zeek", "knockd")


def step(rng):
    return rng.choice((
        lambda: "<Esc>" + rng.choice("12345") + rng.choice(("<Down><Right>", "<Tab>", "G", "<PageDown>", "<Enter>", "<End>k<Enter>p")),
        lambda: "<Esc><Esc><Esc>" + rng.choice("12345,L?") + "<Down><Down><Esc>",
        lambda: ":set window %s" % rng.choice(("100", "1000", "30s", "session:10s", "session:30s")),
        lambda: ":set items %s" % rng.choice(("tcp", "attempts", "syn", "udp")),
        lambda: ":set min-inte %g" % rng.choice((0, 0.001, 0.01, 0.1)),
        lambda: ":set min-supp %s" % rng.choice(("auto", "0.05", "0.3")),
        lambda: ":set sort %s" % rng.choice(("cpir", "interest", "ln_p", "count")),
        lambda: ":undo", lambda: ":redo", lambda: ":snapshot", lambda: ":all-automatic",
        lambda: ":preset %s" % rng.choice(("hunt", "paper")),
        lambda: ":filter %s" % rng.choice(("port:80", "cpir>0.5", "count>=2")), lambda: ":unfilter",
        lambda: ":resize %dx%d" % (rng.choice((40, 80, 132)), rng.choice((10, 24, 50))),
        lambda: ":export %s out" % rng.choice(FORMATS),
        lambda: ":open %s" % rng.choice(CAPTURES),
        lambda: "<Esc><Esc>5\n:compare\n<Esc>\n:baseline %s" % rng.choice(CAPTURES),
    ))()


def look(pid):
    """Memory that is in use and belongs to the process (KiB), and open files."""
    with open("/proc/%d/status" % pid, encoding="ascii") as file:
        fields = dict(line.split(":", 1) for line in file)
    return int(fields["RssAnon"].split()[0]), len(os.listdir("/proc/%d/fd" % pid))


def begin():
    """How every round ends and is looked at: the same capture and parameters, nothing open, nothing marked."""
    return ["<Esc>" * 12 + "1", ":unfilter", ":widen", ":preset hunt", ":set rotations 2", ":resize 80x24", ":open office.pcap.gz"]


@tap.case
def neither_memory_nor_open_files_grow():
    """neither memory nor open files grow"""
    home = tap.scratch("endurance")
    os.mkdir(home)
    for name in CAPTURES:
        os.symlink(os.path.abspath(tap.data(name)), os.path.join(home, name))
    rng = random.Random(SEED)
    process = subprocess.Popen([tap.PROGRAM, "--script", "-", "--no-sandbox", "--rotations", "2", "office.pcap.gz"], cwd=home,
                               env=dict(tap.ENVIRONMENT, **RETURNED, HOME=home, XDG_CONFIG_HOME=os.path.join(home, "config")),
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    began, seen, number, said = time.monotonic(), [], 0, b""
    try:
        while number < ROUNDS or time.monotonic() - began < 60 * MINUTES:
            number += 1
            lines = [step(rng) for _ in range(STEPS)] + begin() + [":dump-model done-%d" % number]
            done = os.path.join(home, "done-%d" % number)
            process.stdin.write(("\n".join(lines) + "\n").encode())
            process.stdin.flush()
            while not os.path.exists(done):
                assert process.poll() is None, "status %s: %s" % (process.returncode, said.decode()[-3000:])
                if select.select([process.stdout], [], [], 0.02)[0]:  # words (commands that are refused), its end, or a while
                    said = said[-3000:] + os.read(process.stdout.fileno(), 65536)
            for name in os.listdir(home):
                if name.startswith(("out", "done-")):
                    os.remove(os.path.join(home, name))
            seen.append(look(process.pid))
        process.stdin.write(b":quit\n")
        out, _ = process.communicate(timeout=120)
        assert process.returncode in (0, 1), (process.returncode, said, out[-3000:])
    finally:
        process.kill()
        process.wait()
    warm = max(2, len(seen) // 4)
    before, after = sorted(m for m, _ in seen[:warm]), sorted(m for m, _ in seen[-warm:])
    first, last = before[len(before) // 2], after[len(after) // 2]
    files = [n for _, n in seen]
    print("# seed %d: %d rounds of %d steps in %.1f minutes; memory %.1f MiB at first, %.1f MiB at last, %.1f at most; open files %d to %d" % (
        SEED, len(seen), STEPS, (time.monotonic() - began) / 60, first / 1024, last / 1024, max(m for m, _ in seen) / 1024, min(files), max(files)))
    # The folder of what is written is open for the moment of its sync.
    assert min(files[-warm:]) <= min(files[:warm]) and max(files) <= min(files) + 2, files
    if not tap.SANITIZED:  # a sanitizer keeps what was freed
        assert last <= first * 1.15 + 2048, "%d KiB at first, %d KiB at last" % (first, last)


tap.run()
