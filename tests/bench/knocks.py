#!/usr/bin/env python3
"""Finding knocks, measured: what all that follows reading takes beside reading, in one run, on generated backgrounds of every kind; then how it grows
with the number of packets. Of each step the least of the rounds counts: what else the machine does only adds to it.

    knocks.py [PACKETS [ROUNDS [MOST]]]         (default 100,000, 7 and 10,000,000: where growth ends; 0: no growth)
"""
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "corpus"))
sys.dont_write_bytecode = True

import backgrounds  # noqa: E402
import corpus  # noqa: E402
from evaluate import seconds  # noqa: E402

BUILD = os.environ.get("KS_BUILD", ".")
KNOCKS = [os.environ.get("KS_BIN", os.path.join(BUILD, "knockscope")), "knocks", "-v", "--format", "json", "--top", "0"]
GENERATE = os.path.join(BUILD, "tests/bench/generate")


def once(path):
    """Seconds of reading, and of all steps after it."""
    done = subprocess.run(KNOCKS + [path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    errors = done.stderr.decode("utf-8", "replace")
    if done.returncode != 0:
        sys.exit(f"{path}: exit status {done.returncode}: {errors}")
    steps = [(what, seconds(span)) for what, span in re.findall(r"^knockscope: (\w+): ([\d.].*)$", errors, re.M)]
    return sum(s for what, s in steps if what == "reading"), sum(s for what, s in steps if what != "reading")


def least(path, rounds):
    rows = [once(path) for _ in range(rounds)]
    return min(r[0] for r in rows), min(r[1] for r in rows)


def kinds(folder, packets, rounds):
    print(f"Knocks: what follows reading, beside reading (bar: below 1); {rounds} rounds, {os.cpu_count()} processors")
    print(f"{'background':12} {'packets':>10} {'reading':>11} {'after it':>11} {'ratio':>6}")
    for kind in backgrounds.ALL:
        for size in (max(packets // 5, 1000), packets):
            path = os.path.join(folder, "background.pcap")
            n = corpus.make(f"none.{kind}.0.{size}.1", path)["packets"]
            read, after = least(path, rounds)
            print(f"{kind:12} {n:10,} {read * 1e3:8.2f} ms {after * 1e3:8.2f} ms {after / read:6.2f}  {'met' if after < read else 'not met'}")
            os.unlink(path)


def growth(folder, most, rounds):
    print(f"\n{'packets':>12} {'after reading':>13} {'per packet':>11} {'ratio':>6}")
    packets = 10000
    while packets <= most:
        path = os.path.join(folder, "growth.pcap")
        subprocess.run([GENERATE, str(packets), path], check=True)
        read, after = least(path, min(rounds, 3))
        print(f"{packets:12,} {after:11.4f} s {after / packets * 1e9:8.0f} ns {after / read:6.2f}")
        os.unlink(path)
        packets *= 10


def main():
    numbers = [int(word) for word in sys.argv[1:]]
    packets, rounds, most = numbers + [100000, 7, 10000000][len(numbers):]
    with tempfile.TemporaryDirectory(prefix="ks-bench-") as folder:
        kinds(folder, packets, rounds)
        growth(folder, most, rounds)


main()
