#!/usr/bin/env python3
"""Reference values for the statistics, from whole numbers and 60-digit decimals (nothing but Python's standard library).

    python3 tests/oracle/stats_oracle.py > tests/oracle/stats_oracle.inc

Writes the C tables that tests/unit/test_curve.c and test_association.c hold src/stats against. Nothing of knockscope is used here, and
the ways of computing differ: exact factorials or Stirling's series to 60 digits, and plain sums of terms.
"""
import math
from decimal import Decimal as D, getcontext
from fractions import Fraction

getcontext().prec = 70
getcontext().Emax = 10**17
getcontext().Emin = -(10**17)

PI = D("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534")
BERNOULLI = [Fraction(1, 6), Fraction(-1, 30), Fraction(1, 42), Fraction(-1, 30), Fraction(5, 66), Fraction(-691, 2730),
             Fraction(7, 6), Fraction(-3617, 510), Fraction(43867, 798), Fraction(-174611, 330)]


def ln_int(n):
    """ln of a whole number, the top 400 bits of it."""
    cut = max(0, n.bit_length() - 400)
    return D(n >> cut).ln() + cut * D(2).ln()


def ln_factorial(n):
    if n < 3000:
        return ln_int(math.factorial(n))
    x = D(n)
    value = (x + D("0.5")) * x.ln() - x + (2 * PI).ln() / 2
    for i, b in enumerate(BERNOULLI):
        k = 2 * i + 2
        value += D(b.numerator) / D(b.denominator) / (k * (k - 1)) / x ** (k - 1)
    return value  # the first term left out is below 1e-70 from n = 3000 on


def ln_choose(n, k):
    return ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)


assert abs(ln_choose(5000, 1234) - ln_int(math.comb(5000, 1234))) < D(10) ** -60
assert abs(ln_factorial(3000) - ln_int(math.factorial(3000))) < D(10) ** -60


def number(x):
    """A C constant that reads back as the double nearest to x."""
    if x == D("-Infinity") or x < D("-1.7e308"):
        return "-INFINITY"
    return repr(float(x))


class Binomial:
    def __init__(self, l, u, ws):
        self.l, self.u, self.ws = l, u, ws
        if ws == 0:
            self.q = D(1)
        elif u == 1:
            self.q = D(0)
        else:
            self.q = ((D(u - 1) / D(u)).ln() * D(ws)).exp()
        self.p = 1 - self.q
        if ws and u > 1:  # where q is near 0 or 1, neither may lose digits
            lnq = (D(u - 1) / D(u)).ln() * D(ws)
            assert self.p > D(10) ** -30
            self.ln_q = lnq
        else:
            self.ln_q = D(0) if ws == 0 else D("-Infinity")

    def ln_pmf(self, x):
        l, value = self.l, ln_choose(self.l, x)
        if x:
            if self.p == 0:
                return D("-Infinity")
            value += x * self.p.ln()
        if l - x:
            if self.q == 0:
                return D("-Infinity")
            value += (l - x) * self.ln_q
        return value

    def cdf(self, x):
        if x == self.l or self.p == 0:
            return D(1)
        if self.q == 0:
            return D(0)
        term = total = self.ln_pmf(x).exp()
        while x and (term > total * D(10) ** -40 or x > self.l * self.p):
            term *= D(x) * self.q / (D(self.l - x + 1) * self.p)
            total += term
            x -= 1
        return total

    def high(self, epsilon):
        low, high = 0, self.l
        if self.cdf(0) > epsilon:
            return -1
        while high - low > 1:
            half = (low + high) // 2
            if self.cdf(half) <= epsilon:
                low = half
            else:
                high = half
        return low

    def gradient(self):
        l, mean = self.l, self.l * self.p
        sd = (mean * self.q).sqrt()
        if l <= 2000:
            xs = range(1, l + 1)
        else:
            middle = int(mean - sd)
            xs = range(max(1, middle - 60), min(l, middle + 60) + 1)
        best, most = 0, D(0)
        for x in xs:
            rise = self.ln_pmf(x).exp() - self.ln_pmf(x - 1).exp()
            if rise > most:
                best, most = x, rise
        return best


def curve_points(l, mean, sd):
    points = {0, 1, 2, 3, l // 10, l // 4, l // 2, 3 * l // 4, l - 2, l - 1, l}
    for k in (-12, -6, -3, -2, -1, -0.5, 0, 0.5, 1, 2, 3, 6, 12):
        points.add(int(mean + k * sd))
    return sorted(x for x in points if 0 <= x <= l)


CURVES = [(19, 559, 1000.0), (20, 559, 1000.0), (50, 804, 1000.0), (51, 804, 1000.0), (20, 1, 1000.0), (51, 1, 0.25), (1, 1, 1.0),
          (1, 2, 1.0), (1000, 65536, 1000.0), (1000, 65536, 1.0), (10000, 60000, 150.25), (200, 65535, 65535.0), (10, 5, 0.0),
          (0, 5, 10.0), (100, 10, 0.5), (100, 3, 19.609), (20, 65536, 10.0), (1000000, 559, 1000.0), (1000000, 65536, 3.5),
          (1000000, 1000000, 1.0), (1000000, 27, 1000.0), (300, 2, 3000.0)] + [(20, u, 1000.0) for u in range(2, 28)]


def write_curves():
    print("static const struct curve_case curve_cases[] = {")
    points = []
    for l, u, ws in CURVES:
        b = Binomial(l, u, ws)
        mean = l * b.p
        sd = (mean * b.q).sqrt()
        first = len(points)
        for x in curve_points(l, float(mean), float(sd)):
            cdf = b.cdf(x)
            points.append((x, b.ln_pmf(x), cdf))
        highs = [b.high(e) for e in (D("0.01"), D("0.001"), D("0.000001"))]
        print("    {%d, %d, %r, %s, %s, %s, %s, {%d, %d, %d}, %d, %d, %d}," % (
            l, u, ws, number(b.p), number(b.ln_q), number(mean), number(sd), *highs, b.gradient(), first, len(points) - first))
    print("};\n\nstatic const struct curve_point curve_points[] = {")
    for x, ln_pmf, cdf in points:
        print("    {%d, %s, %s}," % (x, number(ln_pmf), number(cdf)))
    print("};\n")


def fisher(l, x, y, k):
    if k > min(x, y):
        return D("-Infinity")
    if k <= max(0, x + y - l):
        return D(0)
    term = total = D(1)
    j = k
    mean = x * y / l
    while j < min(x, y) and (j < mean + 1 or term > total * D(10) ** -40):
        term *= D((x - j) * (y - j)) / D((j + 1) * (l - x - y + j + 1))
        total += term
        j += 1
    ln_first = ln_choose(x, k) + ln_choose(l - x, y - k) - ln_choose(l, y)
    return ln_first + total.ln()


FISHER = [
    # other libraries' failures (doc/statistics.md): a distribution function above 1, its logarithm above 0, NaN for large populations, overflow
    (1953, 453, 84, 48), (1953, 453, 84, 49), (1600, 50, 300, 40), (1600, 50, 300, 41), (20000, 200, 300, 1), (20000, 200, 300, 3),
    (20000, 200, 300, 4), (20000, 200, 300, 150), (2147483647, 100000, 200000, 30), (2147483647, 1000000, 1000000, 466),
    (2147483647, 1000000, 1000000, 465), (3000000, 9000, 12000, 36), (3000000, 9000, 12000, 37), (3000000, 9000, 12000, 4000),
    # the smallest p-values of the paper's data
    (20, 5, 5, 5), (51, 4, 4, 4), (20, 5, 6, 5), (51, 5, 5, 4),
    # beyond the reach of doubles
    (100000, 100, 100, 100), (100000, 1000, 1000, 900), (1000000, 5000, 5000, 5000), (1000000, 500000, 500000, 500000),
    # about the mean and below it
    (1000, 30, 40, 1), (1000, 30, 40, 2), (1000, 100, 200, 20), (1000, 100, 200, 21), (1000, 100, 200, 5), (1000, 500, 500, 250),
    (1000, 500, 500, 251), (1000, 500, 500, 400), (1000, 999, 999, 998), (1000, 999, 999, 999), (1000, 999, 1, 1), (1000, 1, 1, 1),
    (100000, 200, 300, 1), (100000, 200, 300, 2), (100000, 2000, 3000, 55), (100000, 2000, 3000, 60), (100000, 2000, 3000, 61),
    (100000, 2000, 3000, 100), (1000000, 500000, 500000, 250000), (1000000, 500000, 500000, 250001), (1000000, 500000, 500000, 252000),
    (1000000, 500000, 500000, 248000), (1000000, 1, 999999, 1), (1000000, 2, 3, 2), (1000000, 400000, 900000, 360100),
    (10000, 2000, 2000, 400), (10000, 2000, 2000, 401), (10000, 2000, 2000, 500), (10000, 2000, 2000, 1800), (10000, 60, 60, 60),
    (10000, 60, 60, 1), (10000, 9999, 5000, 5000), (10000, 9000, 9000, 8001), (10000, 9000, 9000, 8100), (2, 1, 1, 1), (1, 1, 1, 1),
]


def write_fisher():
    print("static const struct fisher_case fisher_cases[] = {")
    for case in FISHER:
        print("    {%d, %d, %d, %d, %s}," % (*case, number(fisher(*case))))
    print("};\n")


def poisson_tail(ln_mu, n):
    """ln P(N >= n)."""
    ln_mu = D(ln_mu)
    if n == 0:
        return D(0)
    mu = ln_mu.exp()
    if n > mu:
        term = total = D(1)
        i = n + 1
        while term > total * D(10) ** -30:
            term *= mu / i
            total += term
            i += 1
        return n * ln_mu - mu - ln_factorial(n) + total.ln()
    term = total = D(1)
    i = n - 1
    while i and term > total * D(10) ** -30:
        term *= i / mu
        total += term
        i -= 1
    return (1 - ((n - 1) * ln_mu - mu - ln_factorial(n - 1) + total.ln()).exp()).ln()


POISSON = [(-1e6, 1), (-1e6, 5), (-1e6, 1000000), (-1000.0, 3), (-700.0, 2), (-18.7, 5), (-5.0, 1), (-5.0, 40), (-1.0, 1), (0.0, 1),
           (0.0, 2), (0.0, 170), (0.0, 2000), (1.0, 1), (1.0, 2), (1.0, 3), (1.0, 4), (1.0, 1000000), (3.0, 1), (3.0, 19), (3.0, 20), (3.0, 21),
           (3.0, 100), (7.0, 1000), (7.0, 1096), (7.0, 1097), (7.0, 1200), (7.0, 3000), (12.0, 162000), (12.0, 162754), (12.0, 162755),
           (12.0, 165000), (12.0, 500000), (16.0, 8886110), (16.0, 8886111), (16.0, 8900000), (16.0, 8875000), (16.0, 12000000),
           (18.0, 65659969), (18.0, 65659900), (18.0, 65700000), (18.0, 65640000), (18.0, 70000000), (18.0, 200000000), (4.0, 5), (5.0, 60)]


def write_poisson():
    print("static const struct poisson_case poisson_cases[] = {")
    for ln_mu, n in POISSON:
        print("    {%r, %d, %s}," % (ln_mu, n, number(poisson_tail(ln_mu, n))))
    print("};\n")


def order(m, r, x):
    orders = math.factorial(m)
    p = Fraction(1, orders)
    tail = sum(Fraction(math.comb(r, i)) * p**i * (1 - p) ** (r - i) for i in range(x, r + 1))
    bound = min(Fraction(1), orders * tail)
    return (ln_int(bound.numerator) - ln_int(bound.denominator)) if bound != 1 else D(0)


ORDER = [(3, 3, 3), (3, 5, 5), (5, 2, 2), (5, 3, 3), (5, 5, 5), (2, 10, 9), (2, 10, 8), (2, 10, 5), (3, 10, 7), (3, 20, 3), (5, 7, 6),
         (5, 30, 10), (8, 6, 4), (4, 50, 50), (4, 50, 20), (10, 12, 11), (25, 12, 3), (2, 1000, 600), (3, 1000, 166), (3, 1000, 230)]


def write_order():
    print("static const struct order_case order_cases[] = {")
    for case in ORDER:
        print("    {%d, %d, %d, %s}," % (*case, number(order(*case))))
    print("};\n")


CHOOSE = [(1, 1), (2, 1), (5, 2), (20, 5), (51, 4), (559, 5), (65535, 2), (65535, 5), (65535, 32767), (1000000, 3), (1000000, 500000),
          (1000000, 999999), (10**9, 2), (10**9, 10**5), (4294967295, 2147483647), (10**15, 7)]


def write_choose():
    print("static const struct choose_case choose_cases[] = {")
    for n, k in CHOOSE:
        print("    {%d, %d, %s}," % (n, k, number(ln_choose(n, k))))
    print("};\n")
    print("static const double stirling_cases[] = {")
    for n in range(1, 41):
        value = ln_factorial(n) - (D(n) + D("0.5")) * D(n).ln() + n - (2 * PI).ln() / 2
        print("    %s, /* %d */" % (number(value), n))
    print("};")


if __name__ == "__main__":
    print("/* Made by tests/oracle/stats_oracle.py; do not edit. */\n")
    write_curves()
    write_fisher()
    write_poisson()
    write_order()
    write_choose()
