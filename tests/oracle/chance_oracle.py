#!/usr/bin/env python3
"""Reference values for chance, in exact fractions (nothing but Python's standard library).

    python3 tests/oracle/chance_oracle.py > tests/oracle/chance_oracle.inc

Independent placement: the sum over item pairs and both directions of P(rule passes) by the hypergeometric law.
Shifted null: small captures of items in runs, and the exact mean number of rules when every item is rotated by its own uniform offset;
for one pair only the difference of the offsets matters, so l rotations of one item against the other say all. The captures are written out,
the thresholds are tried as the words of doc/method.md have them. Nothing of knockscope is used here.
"""
import math
import random
from bisect import bisect_left
from fractions import Fraction as F
from itertools import accumulate

SLACK = F(1, 10**12)


class Thresholds:
    """What a rule must pass, as a fraction of two whole numbers each, so that comparing is multiplying."""

    def __init__(self, t):
        self.max_count, self.min_count, inte, conf, self.joint = t
        self.inte, self.conf = F(inte) - SLACK, F(conf) - SLACK

    def pass_pair(self, x, y, xy, l):
        """How many of X => Y and Y => X pass."""
        excess = xy * l - x * y
        if max(x, y) > self.max_count or xy < self.min_count or excess <= 0:
            return 0
        if (xy * l if self.joint else excess) * self.inte.denominator < self.inte.numerator * l * l:
            return 0
        return sum(b < l and excess * self.conf.denominator >= self.conf.numerator * a * (l - b) for a, b in ((x, y), (y, x)))


def independent(have, l, ts):
    """For each of the thresholds: the expected number of rules."""
    binomials = {}
    for n in set(have) | {l - n for n in have}:
        row = [1]
        for k in range(n):
            row.append(row[-1] * (n - k) // (k + 1))
        binomials[n] = row
    ts = [Thresholds(t) for t in ts]
    sums = [{} for _ in ts]  # by y: the sums below C(l, y) are added as whole numbers
    counts = sorted(n for n in have if have[n] and n)
    for i, x in enumerate(counts):
        for y in counts[i:]:
            pairs = have[x] * (have[x] - 1) // 2 if x == y else have[x] * have[y]
            if pairs == 0 or all(y > t.max_count for t in ts):
                continue
            inside, outside = binomials[x], binomials[l - x]
            # Ways to draw y windows of which k are among X's x.
            ways = [inside[k] * outside[y - k] if y - k <= l - x else 0 for k in range(x + 1)]
            above = list(accumulate(reversed(ways), initial=0))[::-1]  # ways to have at least k among them
            overlaps = range(1, x + 1)
            # Every measure grows with the overlap, so the overlaps that pass are the largest ones; bisect_left gives the
            # least of them less 1, x where none passes.
            for t, by_y in zip(ts, sums):
                good = sum(above[1 + bisect_left(overlaps, rules, key=lambda k: t.pass_pair(x, y, k, l))] for rules in (1, 2))
                by_y[y] = by_y.get(y, 0) + pairs * good
    return [sum((F(n, math.comb(l, y)) for y, n in by_y.items()), F(0)) for by_y in sums]


def power_law(l, items, most, alpha, rng):
    have = {}
    for _ in range(items):
        n = min(most, max(1, int((1 - rng.random()) ** (-1 / (alpha - 1)))))
        have[n] = have.get(n, 0) + 1
    return have


def independent_cases():
    rng = random.Random(7)
    grid = [(1.0, 1, 0.0, 0.9, 0), (0.3, 1, 0.0, 0.9, 0), (0.3, 1, 0.05, 0.9, 0), (0.3, 1, 0.1, 0.5, 0), (0.5, 2, 0.0, 0.0, 0),
            (0.5, 1, 0.0, 0.0, 0), (1.0, 3, 0.02, 0.3, 0), (0.3, 1, 0.1, 0.9, 1), (0.5, 1, 0.2, 0.2, 1), (0.5, 1, 0.15, 0.5, 1)]
    worlds = [(20, power_law(20, 560, 20, 1.95, rng)), (51, power_law(51, 800, 51, 1.65, rng)), (200, power_law(200, 6000, 120, 2.2, rng)),
              (1000, power_law(1000, 3000, 400, 1.6, rng)), (5, {1: 3, 2: 2, 4: 1, 5: 2}), (1, {1: 10}), (2, {1: 65535}),
              (20, {5: 5}), (20, {0: 100, 5: 2}), (30, {7: 1})]
    for l, have in worlds:
        ts = [(math.floor(supp * l + 1e-9), min_count, inte, conf, joint) for supp, min_count, inte, conf, joint in grid]
        for t, expected in zip(ts, independent(have, l, ts)):
            yield l, have, t, expected


def runs_capture(l, items, rng):
    """Items whose windows come in runs; some share theirs, some are in one window or in all."""
    sets = []
    for i in range(items):
        kind = i % 5
        if kind == 0:
            ws = {rng.randrange(l)}
        elif kind == 1:
            a, n = rng.randrange(l), rng.randrange(2, max(3, l // 4))
            ws = {(a + j) % l for j in range(n)}
        elif kind == 2:
            ws = {w for w in range(l) if rng.random() < 0.25} or {0}
        elif kind == 3:
            a, b = rng.randrange(l), rng.randrange(l)
            ws = {(a + j) % l for j in range(3)} | {(b + j) % l for j in range(4)}
        else:
            ws = set(sets[-1]) if rng.random() < 0.5 else {w for w in range(l) if w % 3 == 0}
        sets.append(sorted(ws))
    sets[-1] = list(range(l))
    return sets


def shifted_mean(sets, l, t):
    total, t = 0, Thresholds(t)
    masks = [sum(1 << w for w in s) for s in sets]
    full = (1 << l) - 1
    for i in range(len(sets)):
        for j in range(i + 1, len(sets)):
            x, y = len(sets[i]), len(sets[j])
            for d in range(l):
                turned = ((masks[j] << d) | (masks[j] >> (l - d))) & full
                total += t.pass_pair(x, y, bin(masks[i] & turned).count("1"), l)
    return F(total, l)


def shifted_cases():
    rng = random.Random(11)
    for l, items in ((20, 40), (53, 60), (128, 50)):
        sets = runs_capture(l, items, rng)
        ts = [(math.floor(s * l + 1e-9), c, i, f, j) for s, c, i, f, j in
              ((1.0, 1, 0.0, 0.9, 0), (0.3, 1, 0.0, 0.9, 0), (0.3, 1, 0.03, 0.5, 0), (0.5, 2, 0.0, 0.0, 0), (0.4, 1, 0.05, 0.3, 1))]
        yield l, sets, [(t, shifted_mean(sets, l, t)) for t in ts]


def write():
    print("/* Made by tests/oracle/chance_oracle.py; do not edit. */\n")
    histograms, cases = [], []
    for l, have, t, expected in independent_cases():
        entry = (l, tuple(sorted(have.items())))
        if entry not in histograms:
            histograms.append(entry)
        cases.append((histograms.index(entry), t, expected))
    for i, (l, have) in enumerate(histograms):
        print("static const uint64_t histogram_%d[] = { /* n(X), items */" % i)
        flat = ["%d, %d," % pair for pair in have]
        for k in range(0, len(flat), 10):
            print("    " + " ".join(flat[k:k + 10]))
        print("};\n")
    print("static const struct independent_case independent_cases[] = {")
    for i, t, expected in cases:
        print("    {%d, histogram_%d, sizeof histogram_%d / sizeof *histogram_%d, {%d, %d, %r, %r, %s}, %r}," % (
            histograms[i][0], i, i, i, *t[:4], "KS_INTEREST_JOINT" if t[4] else "KS_INTEREST_WU", float(expected)))
    print("};\n")
    captures = list(shifted_cases())
    for i, (l, sets, _) in enumerate(captures):
        start, windows = [0], []
        for s in sets:
            windows += s
            start.append(len(windows))
        for name, kind, values in (("start", "size_t", start), ("windows", "uint32_t", windows)):
            print("static const %s capture_%d_%s[] = {" % (kind, i, name))
            for k in range(0, len(values), 24):
                print("    " + " ".join("%d," % v for v in values[k:k + 24]))
            print("};\n")
    print("static const struct shifted_case shifted_cases[] = {")
    for i, (l, sets, rows) in enumerate(captures):
        for t, mean in rows:
            print("    {%d, %d, capture_%d_start, capture_%d_windows, {%d, %d, %r, %r, %s}, %r}," % (
                l, len(sets), i, i, *t[:4], "KS_INTEREST_JOINT" if t[4] else "KS_INTEREST_WU", float(mean)))
    print("};")


if __name__ == "__main__":
    write()
