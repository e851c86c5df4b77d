"""Holds the program's answers against the oracle's, to the last rule."""

import math

import capture_oracle as oracle
from tap import knockscope_json


def options(items, window, stride=None, scope=None):
    given = ["--items", items, "--window", window]
    if stride:
        given += ["--stride", stride]
    return given + (["--scope", scope] if scope else [])


class Subject:
    """One capture cut in one way, by the program's options and by the oracle."""

    def __init__(self, capture, paths, items="tcp", window="1000", stride=None, scope=None):
        self.paths, self.capture = list(paths), capture
        # What --window means where no scope is given: sessions belong to a pair, all else to the capture.
        self.mined = oracle.Mined(capture, items, window, stride, scope or ("pair" if window.startswith("session") else "capture"))
        self.options = options(items, window, stride, scope)

    def ask(self, command, *more, status=0):
        return knockscope_json(command, *self.paths, *self.options, *more, status=status)

    def stats(self):
        got = self.ask("stats")
        m, c = self.mined, self.capture
        assert (got["events"], got["items"], got["windows"]) == (m.t, m.u, m.l), (got, m.t, m.u, m.l)
        assert got["packets"] == c.packets and got["skipped"] == c.skipped, (got["packets"], got["skipped"], c.packets, c.skipped)
        assert got["bytes"] == c.bytes
        assert got["packets"] == sum(got["decoded"].values()) + sum(got["skipped"].values())

    def rules(self, min_supp, min_inte, min_conf, min_count=1, interest="wu", sort="cpir"):
        """All rules, in order, with every measure."""
        got = self.ask("rules", "--min-supp", min_supp, "--min-inte", min_inte, "--min-conf", min_conf, "--min-count", min_count,
                       "--interest", interest, "--sort", sort, "--top", 0)
        wanted = oracle.ranked(self.mined.rules(min_supp, min_inte, min_conf, min_count, interest), sort)
        assert got["windows"] == self.mined.l
        assert got["total"] == len(wanted), "total %d, not %d" % (got["total"], len(wanted))
        assert len(got["rules"]) == len(wanted)
        for place, (have, rule) in enumerate(zip(got["rules"], wanted)):
            assert have["if"] == [oracle.label(rule["if"])] and have["then"] == [oracle.label(rule["then"])], (place, have, rule)
            for key in ("count", "count_if", "count_then"):
                assert have[key] == rule[key], (key, have, rule)
            for key in ("support", "confidence", "cpir", "interest", "correlation"):
                assert math.isclose(have[key], rule[key], rel_tol=1e-14, abs_tol=0), (key, have, rule)
        return got, wanted

    def longer(self, min_supp, min_inte, min_conf, min_count, interest, max_len, sort="interest"):
        """Rules of longer itemsets beside those of pairs: the same ones, the strongest first; and their number in the sweep."""
        options = ("--min-supp", min_supp, "--min-conf", min_conf, "--min-count", min_count, "--interest", interest, "--max-len", max_len)
        got = self.ask("rules", *options, "--min-inte", min_inte, "--sort", sort, "--top", 0)
        pairs = self.mined.rules(min_supp, min_inte, min_conf, min_count, interest)
        sets = self.mined.longer(min_supp, min_inte, min_conf, min_count, interest, max_len)
        wanted = {((oracle.label(r["if"]),), (oracle.label(r["then"]),)): r for r in pairs}
        wanted.update({(tuple(map(oracle.label, r["if"])), tuple(map(oracle.label, r["then"]))): r for r in sets})
        have = {(tuple(r["if"]), tuple(r["then"])): r for r in got["rules"]}
        assert len(have) == len(got["rules"]) == got["total"] == len(wanted), (len(have), got["total"], len(wanted))
        for sides, rule in have.items():
            exact = wanted[sides]
            assert [rule[k] for k in ("count", "count_if", "count_then")] == [exact[k] for k in ("count", "count_if", "count_then")], rule
            assert math.isclose(rule["cpir"], exact["cpir"], rel_tol=1e-14) and math.isclose(rule["interest"], exact["interest"],
                                                                                           rel_tol=1e-14), (rule, exact)
        values = [r[sort] for r in got["rules"]]
        assert values == sorted(values, reverse=True)
        rows = self.ask("sweep", *options, "--values", min_inte, "--rotations", 2)["sweep"]
        assert [row["rules"] for row in rows] == [len(wanted)], (rows, len(wanted))
        return len(sets)

    def evaluate(self, truth, min_supp):
        """Recall and precision of pair rules against a known knock, at every row of the program's own grid."""
        got = self.ask("evaluate", "--truth", ",".join(truth), "--min-supp", min_supp)
        assert got["truth"] == list(truth) and got["rows"]
        for row in got["rows"]:
            rules = self.mined.rules(row["min_supp"], row["min_inte"], row["min_conf"])
            correct = sum(oracle.label(r["if"]) in truth and oracle.label(r["then"]) in truth for r in rules)
            possible = len(truth) * (len(truth) - 1)
            assert (row["found"], row["correct"], row["possible"]) == (len(rules), correct, possible), (row, len(rules), correct)
            assert row["recall"] == correct / possible
            assert row["precision"] == (correct / len(rules) if rules else None), row

    def significance(self, min_supp, min_conf):
        """ln p of every rule is Fisher's, q is what Benjamini and Hochberg say."""
        got, wanted = self.rules(min_supp, "0", min_conf)
        ln_q = self.mined.ln_q(min_supp)
        for have, rule in zip(got["rules"], wanted):
            assert close(have["ln_p"], self.mined.ln_p(rule)), (have, self.mined.ln_p(rule))
            q = math.exp(min(0.0, ln_q[frozenset((rule["if"], rule["then"]))]))
            assert math.isclose(have["q"], q, rel_tol=1e-6), (have, q)

    def sweep(self, min_supp, min_conf, values, interest="wu"):
        """The count at every value of minInte."""
        got = self.ask("sweep", "--min-supp", min_supp, "--min-conf", min_conf, "--interest", interest, "--rotations", 2,
                       "--values", ",".join(values))
        rules = self.mined.rules(min_supp, "0", min_conf, 1, interest)
        assert [row["min_inte"] for row in got["sweep"]] == [float(v) for v in values]
        for row, value in zip(got["sweep"], values):
            wanted = len(oracle.passing(rules, value, min_conf, 1, interest))
            assert row["rules"] == wanted, (row, wanted)
            assert row["expected"] >= 0

    def own_sweep(self, min_supp, min_conf, interest="wu"):
        """The same at the values that the program chooses itself."""
        got = self.ask("sweep", "--min-supp", min_supp, "--min-conf", min_conf, "--interest", interest, "--rotations", 2)
        rules = self.mined.rules(min_supp, "0", min_conf, 1, interest)
        for row in got["sweep"]:
            wanted = len(oracle.passing(rules, row["min_inte"], min_conf, 1, interest))
            assert row["rules"] == wanted, (row, wanted)

    def curve(self):
        """Eq. 7 and 8 and the observed histogram."""
        got = self.ask("curve")
        m = self.mined
        if m.l == 0:
            assert got["points"] == [] and got["windows"] == 0
            return got
        observed = [0] * (m.l + 1)
        for holds in m.sets.values():
            observed[len(holds)] += 1
        observed[0] = m.u - sum(observed)
        assert [point["observed"] for point in got["points"]] == observed
        assert (got["windows"], got["items"]) == (m.l, m.u)
        ws = got["window_events"]
        if ws == int(ws) and m.l:
            p, pmf = oracle.curve(m.l, m.u, int(ws))
            assert math.isclose(got["p"], p, rel_tol=1e-12)
            total = 0
            for point, exact in zip(got["points"], pmf):
                total += exact
                assert close(point["ln_pmf"], float(exact.ln()) if exact else -math.inf), (point, exact)
                assert math.isclose(point["cdf"], total, rel_tol=1e-9, abs_tol=1e-300), (point, total)
        return got


def close(a, b):
    if a is None:  # JSON has no infinity
        return b == -math.inf
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9)
