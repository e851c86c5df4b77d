#!/usr/bin/env python3
"""Chance, measured on the program as it is: `make evaluate-chance [RUNS=200] [SEED=1]`. For reading; not a test.

1. Quiet: captures whose items' windows were rotated beforehand, each by its own random offset, hold nothing that ties items together. How many of
   them does `sweep` advise something for? By its construction at most about one in twenty (doc/statistics.md).
2. Awake: the same captures as they were, most with a planted knock.
3. Expected counts: `sweep`'s two figures (independent placement, rotations) against a Monte-Carlo of both nulls that shares nothing with the program,
   as the difference in standard errors: mostly within 2, and none far beyond 3.
Windows go in as captures: every window has as many packets as --window says, filled up with a port that is in all of them.
"""
import argparse
import gzip
import json
import math
import os
import random
import struct
import subprocess
import sys
import tempfile
from fractions import Fraction

FILLER = 65535
SLACK = Fraction(1, 10**12)


# ---- window sets ----

def power_law(rnd, l, items, alpha, knocks, knock_windows, scans):
    """Item to windows: counts from a power law, half of them in runs; planted knocks of four; ports scanned together."""
    sets, port = {}, 1000
    for _ in range(items):
        n = min(int(l * 0.7), max(1, int((1 - rnd.random()) ** (-1 / (alpha - 1)))))
        if rnd.random() < 0.5:
            start, span = rnd.randrange(l), n + rnd.randrange(n + 1)
            sets[port] = {(start + i) % l for i in rnd.sample(range(span), n)}
        else:
            sets[port] = set(rnd.sample(range(l), n))
        port += 1
    for _ in range(knocks):
        windows = set(rnd.sample(range(l), knock_windows))
        for _ in range(4):
            sets[port] = set(windows)
            port += 1
    for _ in range(scans):
        windows = {rnd.randrange(l)}
        for _ in range(rnd.randrange(5, 15)):
            sets[port] = set(windows)
            port += 1
    return sets, l


def recorded(path, size):
    """The window sets of a recorded capture's TCP packets (Ethernet, IPv4), `size` packets a window."""
    with gzip.open(path) as file:
        data = file.read()
    at, ports = 24, []
    while at + 16 <= len(data):
        length = struct.unpack('<I', data[at + 8:at + 12])[0]
        frame = data[at + 16:at + 16 + length]
        at += 16 + length
        if frame[12:14] == b'\x08\x00' and frame[23] == 6 and len(frame) >= 38:
            tcp = 14 + (frame[14] & 15) * 4
            ports.append(struct.unpack('>H', frame[tcp + 2:tcp + 4])[0])
    sets = {}
    for i, port in enumerate(ports):
        sets.setdefault(port, set()).add(i // size)
    return sets, (len(ports) + size - 1) // size


def rotated(rnd, sets, l):
    return {port: {(w + d) % l for w in windows} for port, windows in sets.items() for d in [rnd.randrange(l)]}


def scattered(rnd, sets, l):
    return {port: set(rnd.sample(range(l), len(windows))) for port, windows in sets.items()}


# ---- the program ----

def write_capture(path, sets, l):
    """Returns how many packets a window has."""
    windows = [[] for _ in range(l)]
    for port, having in sets.items():
        for w in having:
            windows[w].append(port)
    size = max(map(len, windows)) + 1
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 40, 0, 0, 64, 6, 0, bytes([10, 0, 0, 1]), bytes([192, 168, 0, 1]))
    n = 0
    with open(path, 'wb') as file:
        file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for ports in windows:
            for port in ports + [FILLER] * (size - len(ports)):
                frame = bytes(12) + b'\x08\x00' + ip + struct.pack('>HHIIBBHHH', 40000, port, 1, 0, 0x50, 16, 8192, 0, 0)
                file.write(struct.pack('<IIII', 1300000000 + n // 1000, n % 1000 * 1000, 54, 54) + frame)
                n += 1
    return size


def sweep(args, path, size, *options):
    command = [args.bin, 'sweep', '--preset', 'paper', '--window', str(size), *options, path]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding='utf-8')
    if done.returncode != 0:
        sys.exit('%s: %s' % (' '.join(command), done.stderr))
    return done.stdout


def claims(args, path, sets, l, seed):
    size = write_capture(path, sets, l)
    return ' by chance (' in sweep(args, path, size, '--min-inte', 'auto', '--seed', str(seed))


# ---- Monte-Carlo ----

def count_rules(sets, l, max_count, inte, conf):
    """Directed rules of two items, from the definitions, in whole numbers; thresholds as fractions."""
    masks = [(len(windows), sum(1 << w for w in windows)) for windows in sets.values() if 0 < len(windows) <= max_count]
    rules = 0
    for i, (x, mask) in enumerate(masks):
        for y, other in masks[i + 1:]:
            excess = bin(mask & other).count('1') * l - x * y
            if excess > 0 and excess * inte.denominator >= inte.numerator * l * l:
                rules += sum(excess * conf.denominator >= conf.numerator * a * (l - b) for a, b in ((x, y), (y, x)))
    return rules


def monte_carlo(rnd, null, draws, sets, l, points):
    got = [[] for _ in points]
    for _ in range(draws):
        drawn = null(rnd, sets, l)
        for values, point in zip(got, points):
            values.append(count_rules(drawn, l, *point))
    result = []
    for values in got:
        mean = sum(values) / draws
        result.append((mean, math.sqrt(sum((v - mean) ** 2 for v in values) / (draws - 1) / draws)))
    return result


def expected_counts(args, path, name, sets, l):
    rnd = random.Random(args.seed)
    rotations, draws = 400, 400
    size = write_capture(path, sets, l)
    supp, conf = int(l * 0.3), 0.5
    rows = json.loads(sweep(args, path, size, '--min-supp', repr(supp / l), '--min-conf', str(conf), '--min-inte', '0', '--rotations', str(rotations),
                            '--format', 'json'))['sweep']
    rows = [row for row, after in zip(rows, rows[1:]) if row['expected'] > 0.5 and row['rules'] != after['rules']][:3]
    points = [(supp, Fraction(row['min_inte']) - SLACK, Fraction(conf) - SLACK) for row in rows]
    shifted = monte_carlo(rnd, rotated, draws, sets, l, points)
    placed = monte_carlo(rnd, scattered, draws, sets, l, points)
    for row, (mean, error), (free, free_error) in zip(rows, shifted, placed):
        both = math.hypot(error, (row.get('expected_sd') or 0) / math.sqrt(rotations))
        off = (row['expected'] - mean) / both if both > 0 else 0
        free_off = (row['independent'] - free) / free_error if free_error > 0 else 0
        print('%-12s minInte %-8.4f rules %7d   rotations %10.2f, Monte-Carlo %10.2f (%+.1f)   independent %10.2f, Monte-Carlo %10.2f (%+.1f)' % (
            name, row['min_inte'], row['rules'], row['expected'], mean, off, row['independent'], free, free_off))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--bin', default=os.environ.get('KS_BIN', './knockscope'))
    parser.add_argument('--data', default=os.path.join(os.environ.get('KS_SRC', '.'), 'data'))
    parser.add_argument('--runs', type=int, default=200)
    parser.add_argument('--seed', type=int, default=1)
    args = parser.parse_args()
    rnd = random.Random(args.seed)
    bases = {
        'small': lambda: power_law(rnd, 20, 300, 1.9, 1, 4, 3),
        'larger': lambda: power_law(rnd, 51, 500, 1.7, 1, 8, 4),
        'many windows': lambda: power_law(rnd, 600, 400, 1.6, 2, 15, 6),
        'replica': lambda: recorded(os.path.join(args.data, 'replica-1.pcap.gz'), 1000),
        'office': lambda: recorded(os.path.join(args.data, 'office.pcap.gz'), 250)}
    quiet = awake = tried = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'windows.pcap')
        for name, make in bases.items():
            runs, claimed = args.runs // len(bases), 0
            for i in range(runs):
                sets, l = make()
                claimed += claims(args, path, rotated(rnd, sets, l), l, i + 1)
                if i % 10 == 0:
                    awake += claims(args, path, sets, l, i + 1)
                    tried += 1
            quiet += claimed
            print('%-12s %d of %d rotated captures claimed something' % (name, claimed, runs))
            sys.stdout.flush()
        runs = args.runs // len(bases) * len(bases)
        print('all          %d of %d: %.1f %% (at most 5 %%: %s); as they were: %d of %d\n' % (
            quiet, runs, 100 * quiet / max(1, runs), 'met' if quiet <= 0.05 * runs else 'not met', awake, tried))
        for name, (sets, l) in {'small': power_law(rnd, 20, 150, 1.9, 1, 4, 2), 'larger': power_law(rnd, 51, 120, 1.7, 1, 8, 1)}.items():
            expected_counts(args, path, name, sets, l)


if __name__ == '__main__':
    main()
