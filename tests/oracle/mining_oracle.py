#!/usr/bin/env python3
"""Holds the mining engine against a brute force over sets, with exact fractions.

Written from the definitions alone (windows, measures, Algorithm 1). Cases go to tests/oracle/mining_driver as text; what it
answers is compared whole: counts, planes, steps, every row of every ranking, window sets of random logs. Speaks TAP.
"""
import os
import random
import subprocess
import sys
from fractions import Fraction
from itertools import combinations

SLACK = Fraction(1, 10**12)
SORTS = ['cpir', 'confidence', 'support', 'interest', 'correlation', 'count', 'count_if', 'count_then', 'length', 'ln_p']
WU, JOINT = 0, 1


class Driver:
    """One process; questions are gathered, answers read in the same order."""

    def __init__(self):
        self.questions = []
        self.checks = []

    def ask(self, text, check=None):
        self.questions.append(text)
        if check is not None:
            self.checks.append(check)

    def run(self):
        program = os.path.join(os.environ.get('KS_BUILD', '.'), 'tests', 'oracle', 'mining_driver')
        done = subprocess.run([program], input='\n'.join(self.questions) + '\n', stdout=subprocess.PIPE, text=True)
        if done.returncode != 0:
            raise AssertionError('the driver ended with %d' % done.returncode)
        lines = iter(done.stdout.split('\n'))
        for check in self.checks:
            check(lines)
        rest = [line for line in lines if line]
        assert not rest, 'unexpected: %s' % rest[:3]


def expect(lines, *wanted):
    for want in wanted:
        got = next(lines)
        assert got == want, 'got %r, want %r' % (got, want)


# ---- measures, from their definitions ----

def measures(x, y, xy, l):
    excess = xy * l - x * y
    return {
        'support': Fraction(xy, l),
        'confidence': Fraction(xy, x),
        'interest': abs(Fraction(xy, l) - Fraction(x, l) * Fraction(y, l)),
        'correlation': Fraction(xy * l, x * y),
        'cpir': Fraction(excess, x * (l - y)) if y < l else None,
    }


class Thresholds:
    def __init__(self, max_count, min_count=1, min_inte=0.0, min_conf=0.0, interest=WU):
        self.max_count, self.min_count, self.interest = max_count, min_count, interest
        self.min_inte, self.min_conf = float(min_inte), float(min_conf)

    def text(self):
        return 'thresholds %d %d %r %r %d' % (self.max_count, self.min_count, self.min_inte, self.min_conf, self.interest)

    def interesting(self, x, y, xy, l):
        m = measures(x, y, xy, l)
        value = m['support'] if self.interest == JOINT else m['interest']
        return value + SLACK >= Fraction(self.min_inte)

    def rule(self, x, y, xy, l):
        m = measures(x, y, xy, l)
        return m['correlation'] > 1 and m['cpir'] is not None and m['cpir'] + SLACK >= Fraction(self.min_conf)


def rules_of(sets, l, th, max_len):
    """Every rule of 2..max_len items: (X, Y, n(X), n(Y), n(XY)), items as numbers."""
    out = []
    items = [i for i, s in enumerate(sets) if 1 <= len(s) <= th.max_count]
    common = {(): frozenset(range(l))}
    for length in range(1, max_len + 1):
        for itemset in combinations(items, length):
            before = common.get(itemset[:-1])
            if before is None:
                continue
            windows = before & sets[itemset[-1]]
            if len(windows) >= max(1, th.min_count):
                common[itemset] = windows
    for itemset, windows in common.items():
        if len(itemset) < 2:
            continue
        splits = []
        for size in range(1, len(itemset)):
            for left in combinations(itemset, size):
                right = tuple(i for i in itemset if i not in left)
                # Any subset of an itemset of enough windows is in enough windows itself.
                splits.append((left, right, len(common[left]), len(common[right]), len(windows)))
        if all(th.interesting(x, y, xy, l) for _, _, x, y, xy in splits):
            out += [s for s in splits if th.rule(s[2], s[3], s[4], l)]
    return out


def some_ln_p(x, y, xy):
    return -float((x + y) % 5 + xy)


def sort_key(rule, l, sort, reverse):
    left, right, x, y, xy = rule
    m = measures(x, y, xy, l)
    length = len(left) + len(right)
    key = {'cpir': m['cpir'], 'confidence': m['confidence'], 'support': xy, 'interest': m['interest'],
           'correlation': m['correlation'], 'count': xy, 'count_if': x, 'count_then': y, 'length': length,
           'ln_p': -some_ln_p(x, y, xy)}[sort]
    key = float(key)
    return (key if reverse else -key, -(xy * l - x * y), -float(m['cpir']), -xy, x, y, length)


# ---- asking about pairs and rankings ----

def describe(sets, l, threads):
    lines = ['sets %d %d %d' % (l, len(sets), threads)]
    for i, s in enumerate(sets):
        lines.append(' '.join(map(str, [100 + 7 * i, len(s)] + sorted(s))))
    return '\n'.join(lines)


def check_ok(lines):
    expect(lines, 'status 0 ')


def ask_triples(driver, sets):
    count = {}
    for a, b in combinations(sets, 2):
        xy = len(a & b)
        if xy:
            key = (min(len(a), len(b)), max(len(a), len(b)), xy)
            count[key] = count.get(key, 0) + 1

    def check(lines):
        expect(lines, 'triples %d' % len(count))
        for key in sorted(count):
            expect(lines, '%d %d %d %d' % (key + (count[key],)))
    driver.ask('triples', check)


def ask_count(driver, pairs):
    driver.ask('count', lambda lines: expect(lines, 'count %d' % len(pairs)))


def format_rule(rule, l):
    left, right, x, y, xy = rule
    return '%s > %s | %d %d %d %d' % (' '.join(map(str, left)), ' '.join(map(str, right)), x, y, xy, l)


def ask_ranking(driver, rules, l, sort, reverse, with_itemsets, keep, must, most=100000):
    wanted = [r for r in rules if (with_itemsets or len(r[0]) + len(r[1]) == 2)
              and set(must) <= set(r[0] + r[1]) and (not keep or (r[2] + r[3]) % 2 == 1)]
    wanted.sort(key=lambda r: (sort_key(r, l, sort, reverse), r[0], r[1]))

    def check(lines):
        check_ok(lines)
        expect(lines, 'rows %d of %d' % (len(wanted), len(wanted)))
        got = [next(lines) for _ in wanted]
        expect(lines, 'end')
        want = [format_rule(r, l) for r in wanted]
        assert sorted(got) == sorted(want), 'the rules differ: %s' % (set(got) ^ set(want))
        at = 0
        for i, rule in enumerate(wanted):
            # Longer rules with equal keys stand in an order of the engine's own; all others exactly as said.
            if len(rule[0]) + len(rule[1]) == 2:
                assert got[i] == want[i], 'row %d is %r, not %r' % (i, got[i], want[i])
            key = sort_key(rule, l, sort, reverse)
            if i + 1 == len(wanted) or sort_key(wanted[i + 1], l, sort, reverse) != key:
                assert sorted(got[at:i + 1]) == sorted(want[at:i + 1]), 'rows %d to %d are not those' % (at, i)
                at = i + 1
    driver.ask('ranking %d %d %d %d %d %s %d' % (SORTS.index(sort), reverse, with_itemsets, keep, len(must),
                                                ' '.join(map(str, must)), most), check)


def ask_plane(driver, sets, l, th, max_counts, min_intes):
    want = []
    for max_count in max_counts:
        for min_inte in min_intes:
            here = Thresholds(max_count, th.min_count, min_inte, th.min_conf, th.interest)
            want.append(len(rules_of(sets, l, here, 2)))

    def check(lines):
        check_ok(lines)
        expect(lines, ' '.join(map(str, want)))
    driver.ask('plane %d %s %d %s' % (len(max_counts), ' '.join(map(str, max_counts)), len(min_intes),
                                      ' '.join(map(repr, min_intes))), check)


def ask_steps(driver, sets, l, th, axis):
    free = Thresholds(l if axis == 0 else th.max_count, th.min_count, 0 if axis == 1 else th.min_inte,
                      0 if axis == 2 else th.min_conf, th.interest)
    values = set()
    for _, _, x, y, xy in rules_of(sets, l, free, 2):
        m = measures(x, y, xy, l)
        values.add((Fraction(max(x, y), l), m['support'] if th.interest == JOINT else m['interest'], m['cpir'])[axis])
    want = sorted(values)

    def check(lines):
        got = next(lines).split()
        assert got[:2] == ['steps', str(len(want))], 'got %s, want %d steps' % (got[:2], len(want))
        for g, w in zip(got[2:], want):
            assert abs(Fraction(float(g)) - w) < Fraction(1, 10**15), 'step %s, not %s' % (g, float(w))
    driver.ask('steps %d 10000' % axis, check)

    def check_thin(lines):
        words = next(lines).split()
        got = [float(g) for g in words[2:]]
        assert words[1] == str(len(got)) and len(got) == min(3, len(want)) and got == sorted(set(got)), 'thinned steps: %s' % got
        if got:
            assert abs(got[0] - want[0]) < 1e-15 and abs(got[-1] - want[-1]) < 1e-15, 'thinned steps lose an end'
    driver.ask('steps %d 3' % axis, check_thin)


def ask_itemsets(driver, rules, max_len):
    def check(lines):
        check_ok(lines)
        for length in range(3, max_len + 1):
            expect(lines, str(sum(1 for r in rules if len(r[0]) + len(r[1]) == length)))
    driver.ask('itemsets %d 0' % max_len, check)


# ---- data ----

def random_sets(rnd):
    l = rnd.choice([1, 2, 3, 5, 8, 12, 20, 40])
    sets = []
    for _ in range(rnd.randrange(0, 9)):
        kind = rnd.random()
        if kind < 0.3 and sets:
            sets.append(rnd.choice(sets))  # an equal window set: the same class
        elif kind < 0.4:
            sets.append(frozenset(range(l)))
        elif kind < 0.5:
            sets.append(frozenset())
        elif kind < 0.7:
            start, n = rnd.randrange(l), rnd.randint(1, l)
            sets.append(frozenset((start + i) % l for i in range(n)))
        else:
            sets.append(frozenset(w for w in range(l) if rnd.random() < rnd.choice([0.1, 0.3, 0.7])))
    return sets, l


def random_thresholds(rnd, sets, l):
    """Often exactly a value that some rule has, or a hair beside it."""
    th = Thresholds(l if rnd.random() < 0.4 else rnd.randint(0, l), rnd.choice([1, 1, 1, 2, 3]), interest=rnd.choice([WU, JOINT]))
    pairs = [(len(a), len(b), len(a & b)) for a in sets for b in sets if a & b]
    if pairs and rnd.random() < 0.8:
        x, y, xy = rnd.choice(pairs)
        m = measures(x, y, xy, l)
        value = m['support'] if th.interest == JOINT else m['interest']
        th.min_inte = max(0.0, float(value) + rnd.choice([0, 0, 0, 1e-9, -1e-9, 5e-13, -5e-13]))
        if m['cpir'] is not None:
            th.min_conf = max(0.0, float(m['cpir']) + rnd.choice([0, 0, 0, 1e-9, -1e-9, 5e-13]))
    elif rnd.random() < 0.5:
        th.min_inte, th.min_conf = rnd.random() * 0.25, rnd.random()
    return th


def test_pairs(rnd, n):
    driver = Driver()
    for i in range(n):
        sets, l = random_sets(rnd)
        driver.ask(describe(sets, l, 1 + i % 3), check_ok)
        ask_triples(driver, sets)
        for _ in range(3):
            th = random_thresholds(rnd, sets, l)
            pairs = rules_of(sets, l, th, 2)
            driver.ask(th.text())
            ask_count(driver, pairs)
            ask_ranking(driver, pairs, l, rnd.choice(SORTS), rnd.randrange(2), 0, rnd.random() < 0.2, [])
    driver.run()


def test_sorts_and_filters(rnd, n):
    driver = Driver()
    for _ in range(n):
        sets, l = random_sets(rnd)
        driver.ask(describe(sets, l, 1), check_ok)
        th = random_thresholds(rnd, sets, l)
        if rnd.random() < 0.7:
            th.min_inte = th.min_conf = 0.0
            th.max_count = l
        rules = rules_of(sets, l, th, 2)
        driver.ask(th.text())
        for sort in SORTS:
            must = [rnd.randrange(len(sets) + 1) for _ in range(rnd.choice([0, 1, 1, 2, 2, 3]))] if sets else []
            ask_ranking(driver, rules, l, sort, rnd.randrange(2), 0, rnd.random() < 0.3, must)
    driver.run()


def test_longer(rnd, n):
    driver = Driver()
    for _ in range(n):
        sets, l = random_sets(rnd)
        max_len = rnd.choice([3, 4, 5])
        driver.ask(describe(sets, l, 1), check_ok)
        th = random_thresholds(rnd, sets, l)
        if rnd.random() < 0.5:
            th.min_inte = rnd.choice([0.0, th.min_inte / 4])
            th.min_conf /= 4
        rules = rules_of(sets, l, th, max_len)
        driver.ask(th.text())
        ask_itemsets(driver, rules, max_len)
        ask_ranking(driver, rules, l, rnd.choice(SORTS), rnd.randrange(2), 1, 0, [])
        if sets:
            must = [rnd.randrange(len(sets)) for _ in range(rnd.choice([1, 1, 2, 3, 4]))]
            ask_ranking(driver, rules, l, rnd.choice(SORTS), rnd.randrange(2), 1, rnd.random() < 0.3, must)
    driver.run()


def test_planes_and_steps(rnd, n):
    driver = Driver()
    for _ in range(n):
        sets, l = random_sets(rnd)
        driver.ask(describe(sets, l, 1), check_ok)
        th = random_thresholds(rnd, sets, l)
        driver.ask(th.text())
        max_counts = sorted(rnd.randint(0, l) for _ in range(rnd.randint(1, 5)))
        values = [0.0, 0.25] + [random_thresholds(rnd, sets, l).min_inte for _ in range(3)]
        ask_plane(driver, sets, l, th, max_counts, sorted(values))
        for axis in range(3):
            ask_steps(driver, sets, l, th, axis)
    driver.run()


def test_extremes(rnd, n):
    driver = Driver()
    full = [frozenset(range(6))] * 5
    for sets, l in [([], 0), ([], 4), ([frozenset([0])], 1), ([frozenset([0])] * 6, 1), (full, 6), (full, 7),
                    ([frozenset([i]) for i in range(6)], 6), ([frozenset([0, 1])] * 3 + [frozenset([1, 2])] * 3, 3),
                    ([frozenset()] * 4, 5)]:
        for interest in (WU, JOINT):
            for th in (Thresholds(l, interest=interest), Thresholds(0, interest=interest),
                       Thresholds(l, min_inte=0.25, interest=interest), Thresholds(l, min_inte=0.3, interest=interest),
                       Thresholds(l, min_conf=1.0, interest=interest), Thresholds(l, min_inte=1.0, min_conf=1.0, interest=interest)):
                rules = rules_of(sets, l, th, 4)
                driver.ask(describe(sets, l, 2), check_ok)
                ask_triples(driver, sets)
                driver.ask(th.text())
                ask_count(driver, [r for r in rules if len(r[0] + r[1]) == 2])
                ask_itemsets(driver, rules, 4)
                ask_ranking(driver, rules, l, 'cpir', 0, 1, 0, [])
    driver.run()


def test_grown(rnd, n):
    """Larger data: many triples, so that what makes counting fast is at work; heavy ties."""
    driver = Driver()
    for _ in range(n):
        l = rnd.choice([60, 200])
        sets = []
        for _ in range(rnd.choice([60, 120])):
            c = min(l, max(1, int(rnd.paretovariate(0.7))))
            if rnd.random() < 0.2 and sets:
                sets.append(rnd.choice(sets))
            elif rnd.random() < 0.5:
                start = rnd.randrange(l)
                sets.append(frozenset((start + i) % l for i in range(c)))
            else:
                sets.append(frozenset(rnd.sample(range(l), c)))
        driver.ask(describe(sets, l, rnd.choice([1, 2])), check_ok)
        ask_triples(driver, sets)
        for k in range(12):
            th = random_thresholds(rnd, sets, l)
            pairs = rules_of(sets, l, th, 2)
            driver.ask(th.text())
            ask_count(driver, pairs)
            if k < 2:
                ask_ranking(driver, pairs, l, rnd.choice(SORTS), rnd.randrange(2), 0, 0, [])
                ask_ranking(driver, pairs, l, rnd.choice(SORTS), rnd.randrange(2), 0, 0, [rnd.randrange(len(sets))])
    driver.run()


def test_one_big_window(rnd, n):
    """65,535 ports in one window, beside a few ordinary ones: counted and listed without a list."""
    u, l = 65535, 4
    driver = Driver()
    sets = [frozenset([2]) for _ in range(u)]
    for i in range(5):
        sets[10 * i] = frozenset([0, 2])
    driver.ask(describe(sets, l, 1), check_ok)
    driver.ask(Thresholds(l).text())
    ones = u - 5
    # 1 and 1 window: 1*4 - 1 > 0; 1 and 2: 4 - 2 > 0; 2 and 2: 8 - 4 > 0.
    pairs = u * (u - 1)
    driver.ask('count', lambda lines: expect(lines, 'count %d' % pairs))
    # CPIR is 1 for sides of equal windows and for X in one window, Y in two; interest 4/16, 3/16, 2/16 parts these.
    twos = range(0, 50, 10)
    in_order = ['%d > %d | 2 2 2 4' % (a, b) for a in twos for b in twos if a != b]
    singles = [i for i in range(300) if i not in twos]
    in_order += ['1 > %d | 1 1 1 4' % i for i in singles if i != 1]

    def ask_rows(start, wanted):
        def check(lines):
            check_ok(lines)
            expect(lines, 'rows %d of %d' % (pairs, pairs))
            expect(lines, *wanted)
            expect(lines, 'end')
        driver.ask('from %d' % start)
        driver.ask('ranking 0 0 0 0 0 %d' % len(wanted), check)
    ask_rows(0, in_order)
    ask_rows(20 + ones - 1, ['2 > 1 | 1 1 1 4', '2 > 3 | 1 1 1 4'])
    ask_rows(20 + ones * (ones - 1) - 1, ['%d > %d | 1 1 1 4' % (u - 1, u - 2)] + ['1 > %d | 1 2 1 4' % b for b in twos])
    ask_rows(pairs - 2, ['40 > %d | 2 1 1 4' % i for i in (u - 2, u - 1)])
    driver.ask('from 0')
    # Every itemset of three has 6 directed splits, and all are positively correlated.
    want = u * (u - 1) * (u - 2) // 6 * 6
    driver.ask('itemsets 3 0', lambda lines: (check_ok(lines), expect(lines, str(want))))
    everything = pairs + want

    def check_long(lines):
        check_ok(lines)
        expect(lines, 'rows %d of %d' % (everything, everything))
        for _ in range(1000):
            words = next(lines).split(' ')
            items = [w for w in words[:words.index('|')] if w != '>']
            assert len(items) == len(set(items)) == 3
        expect(lines, 'end')
    driver.ask('ranking 8 0 1 0 0 1000', check_long)
    driver.run()


def test_count_beyond_64_bits(rnd, n):
    """4,000 ports in one of 3 windows, up to 10 of them together: C(4000, 10) has 109 bits."""
    def choose(a, b):
        out = 1
        for i in range(b):
            out = out * (a - i) // (i + 1)
        return out
    driver = Driver()
    driver.ask(describe([frozenset([1])] * 4000, 3, 1), check_ok)
    driver.ask(Thresholds(3, min_inte=0.2).text())

    def check(lines):
        check_ok(lines)
        for length in range(3, 11):
            expect(lines, str(choose(4000, length) * (2**length - 2)))
    driver.ask('itemsets 10 0', check)

    def check_rows(lines):
        check_ok(lines)
        total = sum(choose(4000, k) * (2**k - 2) for k in range(2, 11))
        expect(lines, 'rows %d of %d' % (2**63 - 1, total))
        for _ in range(200):
            words = next(lines).split(' ')
            items = [w for w in words[:words.index('|')] if w != '>']
            assert len(items) == len(set(items)) == 10
        expect(lines, 'end')
    driver.ask('ranking 8 0 1 0 0 200', check_rows)
    driver.run()


# ---- windows ----

TCP, UDP, ICMP, ICMP6 = range(4)
ITEMS = ['tcp', 'attempts', 'syn', 'udp', 'icmp']
COUNT, TIME, SESSION = range(3)
CAPTURE, TARGET, PAIR = range(3)


def item_of(event, items):
    time, source, target, sport, dport, flags, mark = event
    proto = mark & 3
    code = proto << 32 | (sport << 16 if proto >= ICMP else 0) | dport
    inside = {'tcp': proto == TCP, 'attempts': mark & 16 and proto in (TCP, UDP), 'syn': proto == TCP and flags & 18 == 2, 'udp': proto == UDP,
              'icmp': mark & 64}[items]
    return code if inside else None


def windows_of(events, items, cut, size, stride, ns, scope, narrow):
    """[(first event, [indices of its events])], in the order of the first events; and the stream."""
    stream = []
    for i, event in enumerate(events):
        if item_of(event, items) is not None and narrow(event):
            stream.append(i)
    groups = {}
    for i in stream:
        source, target = events[i][1:3]
        groups.setdefault({CAPTURE: None, TARGET: target, PAIR: (source, target)}[scope], []).append(i)
    windows = []
    for members in groups.values():
        if cut == COUNT:
            windows += [members[k:k + size] for k in range(0, len(members), stride)]
        elif cut == TIME:
            t0, slices = events[stream[0]][0], {}
            for i in members:
                slices.setdefault((events[i][0] - t0) // ns, []).append(i)
            windows += slices.values()
        else:
            for i in members:
                if i != members[0] and events[i][0] - events[last][0] <= ns:
                    windows[-1].append(i)
                else:
                    windows.append([i])
                last = i
    windows.sort(key=lambda w: w[0])
    return windows, stream


def ask_cut(driver, rnd, events, hosts):
    items, cut, scope = rnd.choice(ITEMS), rnd.randrange(3), rnd.randrange(3)
    size = rnd.choice([1, 2, 3, 5, 10, 1000, 1024])
    stride = rnd.choice([size, size, 1, 2, 3, 7])
    ns = rnd.choice([1, 5, 10, 30, 1000])
    host = rnd.randrange(hosts) if rnd.random() < 0.3 else -1
    by_time = rnd.random() < 0.3
    start = rnd.randrange(-50, 100)
    end = start + rnd.choice([0, 10, 100])
    windows, stream = windows_of(events, items, cut, size, stride, ns, scope,
                                 lambda e: (host < 0 or host in e[1:3]) and (not by_time or start <= e[0] < end))
    codes = sorted({item_of(events[i], items) for i in stream})

    def check(lines):
        check_ok(lines)
        head = next(lines).split()
        assert head[:4] == ['cut', str(len(stream)), str(len(codes)), str(len(windows))], \
            'got %s, want %d events, %d items, %d windows' % (head, len(stream), len(codes), len(windows))
        total = sum(len(w) for w in windows)
        assert abs(float(head[4]) - (total / len(windows) if windows else 0)) < 1e-9
        if windows:
            equal = cut == COUNT and all(len(w) == size for w in windows[:max(1, len(windows) - 1)])
            assert head[5] == str(int(equal)), 'equal sizes: %s' % head[5]
        held = [{item_of(events[i], items) for i in w} for w in windows]
        for code in codes:
            having = [k for k, codes_of in enumerate(held) if code in codes_of]
            expect(lines, ' '.join(map(str, ['item', code] + having)))
        for w in windows:
            times = [events[i][0] for i in w]
            expect(lines, 'window %d %d %d %d' % (min(times), max(times), w[0], len(w)))
    driver.ask('cut %d %d %d %d %d %d %d %d %d %d' % (ITEMS.index(items), cut, size, stride, ns, scope, host, by_time, start,
                                                      end), check)


def test_windows(rnd, n, lengths=(0, 1, 2, 10, 40)):
    driver = Driver()
    for _ in range(n):
        hosts = rnd.choice([1, 2, 4])
        events, now = [], rnd.choice([0, -40, 10])
        for _ in range(rnd.choice(lengths)):
            now += rnd.choice([0, 0, 1, 1, 5, 10, 11, 31, 100, -3, -12]) if rnd.random() < 0.9 else -60
            proto = rnd.choice([TCP, TCP, TCP, UDP, ICMP, ICMP6])
            mark = proto | rnd.choice([0, 16, 16, 32, 128]) | (rnd.choice([0, 64]) if proto >= ICMP else 0)
            events.append((now, rnd.randrange(hosts), rnd.randrange(hosts), rnd.choice([1, 2048, 0x800]),
                           rnd.choice([22, 80, 999, 65535, 0]), rnd.choice([2, 18, 16, 2, 0x12, 0x22]), mark))
        driver.ask('log %d %d\n%s' % (len(events), hosts, '\n'.join(' '.join(map(str, e)) for e in events)))
        for _ in range(4):
            ask_cut(driver, rnd, events, hosts)
    driver.run()


def test_long_windows(rnd, n):
    """Logs of several blocks, as the pass over the log takes them, and of one more or less than a block."""
    test_windows(rnd, n, (1023, 1024, 1025, 2048, 3000, 5001))


def main():
    scale = float(os.environ.get('KS_ORACLE_SCALE', '1'))
    seed = int(os.environ.get('KS_ORACLE_SEED', '20120521'))
    tests = [(test_extremes, 1), (test_pairs, 700), (test_sorts_and_filters, 150), (test_longer, 300),
             (test_planes_and_steps, 150), (test_grown, 6), (test_one_big_window, 1), (test_count_beyond_64_bits, 1),
             (test_windows, 700), (test_long_windows, 12)]
    print('1..%d' % len(tests))
    failed = 0
    for number, (test, n) in enumerate(tests, 1):
        name = test.__name__[5:].replace('_', ' ')
        try:
            test(random.Random(seed * 100 + number), max(1, int(n * scale)))
            print('ok %d - mining equals the oracle: %s' % (number, name))
        except (AssertionError, StopIteration) as error:
            failed += 1
            print('not ok %d - mining equals the oracle: %s' % (number, name))
            print('# seed %d: %s' % (seed, str(error)[:2000].replace('\n', '\n# ')))
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
