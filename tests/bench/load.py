#!/usr/bin/env python3
"""Loading, measured: `knockscope stats` against a bare libpcap loop and against tcpdump over the same generated file, turn and turn about in one run, so that
whatever else the machine does falls on all of them. Then the growth of time and memory with the number of packets.

    load.py [PACKETS [ROUNDS]]         (default 5,000,000 and 7)
"""
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("KS_BUILD", ".")
STATS = [os.environ.get("KS_BIN", os.path.join(BUILD, "knockscope")), "stats", "--preset", "paper"]
BARE = [os.path.join(BUILD, "tests/bench/bare")]
GENERATE = os.path.join(BUILD, "tests/bench/generate")


def run(command):
    """Wall time, processor time (s), peak memory (KiB) of one run; its output is not kept."""
    before = time.monotonic()
    with open(os.devnull, "wb") as null:
        child = subprocess.Popen(command, stdout=null, stderr=null)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit status {child.returncode}")
    return time.monotonic() - before, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def middle(values):
    return sorted(values)[len(values) // 2]


def compare(path, packets, rounds):
    commands = {"bare libpcap loop": BARE + [path], "knockscope stats": STATS + [path]}
    if shutil.which("tcpdump"):
        commands["tcpdump -w /dev/null"] = ["tcpdump", "-r", path, "-w", "/dev/null"]
    results = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            results[name].append(run(command))
    base = results["bare libpcap loop"]
    print(f"{packets:,} TCP packets, {os.path.getsize(path):,} bytes, {rounds} rounds, {os.cpu_count()} processors")
    print(f"{'':22} {'wall: least':>12} {'middle':>8} {'ratio: least':>13} {'middle':>8} {'processor':>10} {'memory':>9}")
    for name, rows in results.items():
        # The middle of the ratios of neighbours in time stands more still than the ratio of the middles.
        ratio = middle([a[0] / b[0] for a, b in zip(rows, base)])
        wall = [r[0] for r in rows]
        least = min(wall) / min(r[0] for r in base)
        print(f"{name:22} {min(wall):10.3f} s {middle(wall):6.3f} s {least:13.2f} {ratio:8.2f} {middle([r[1] for r in rows]):8.3f} s "
              f"{max(r[2] for r in rows) / 1024:5.0f} MiB")


def growth(folder, most):
    print(f"\n{'packets':>12} {'wall':>9} {'per packet':>11} {'memory':>9}")
    packets = 10000
    while packets <= most:
        path = os.path.join(folder, "growth.pcap")
        subprocess.run([GENERATE, str(packets), path], check=True)
        rows = [run(STATS + [path]) for _ in range(3)]
        wall = min(r[0] for r in rows)
        print(f"{packets:12,} {wall:7.3f} s {wall / packets * 1e9:8.0f} ns {max(r[2] for r in rows) / 1024:5.0f} MiB")
        os.unlink(path)
        packets *= 10


def main():
    packets = int(sys.argv[1]) if len(sys.argv) > 1 else 5000000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "load.pcap")
        subprocess.run([GENERATE, str(packets), path], check=True)
        run(BARE + [path])  # into the page cache
        compare(path, packets, rounds)
        os.unlink(path)
        growth(folder, max(packets * 2, 10000))


main()
