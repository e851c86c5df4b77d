#!/usr/bin/env python3
"""What the program finds on a small fixed choice of the corpus, against floors; `make evaluate` measures the whole."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import corpus  # noqa: E402
from evaluate import run  # noqa: E402
from judge import judge  # noqa: E402

# (what, cases, how many knocks have to stand first with all ports in order)
GROUPS = (
    ("plain knocks of 3 and more activations", ("rst.enterprise.3.20000.1", "drop.industrial.4.20000.2", "telnet.home.3.20000.3",
     "udp.uplink.5.20000.4", "mixed.link.5.20000.5", "ipv6.scans.3.20000.6", "repeat.p2p.4.20000.7", "varying.home.6.20000.8"), 8),
    ("spoofed, chaff, busy pair, inside a scan", ("spoofed.enterprise.5.20000.9", "chaff.home.5.20000.10", "busy.uplink.4.20000.11",
     "scan.industrial.4.20000.12"), 4),
    ("knocks among ports that the same hosts try all the time", ("prefix.link.2.63000.1100233", "several.link.2.65000.1300183",
     "prefix+high+netcat+regular.fast-uplink.2.23000.81818100389"), 6),
    ("a port lost once, tries that went wrong", ("lossy.p2p.3.42000.1100100", "tries.uplink.2.36000.1200133", "tries.link.2.22000.1300192",
     "tries+steps.link.20.57000.515100083", "tries+steps+hping+tried.fast-uplink.10.66000.81818100625"), 5),
    ("knocks and those that close", ("closing.link.5.20000.1400140", "closing-apart+win.fast-uplink.20.60000.55501",
     "closing-apart+win.fast-link.20.60000.55501", "closing-apart+win.fast-uplink.12.60000.55505",
     "closing+seven+tried.enterprise.14.27000.92929200201", "closing-apart+two.home.14.105000.2026120100121",
     "closing-apart+late.loop-p2p.20.60000.994", "closing-apart+late.p2p.20.60000.996"), 8),
    ("sequence numbers that tools give to all", ("repeat+crafted+regular.moved-p2p.10.45000.3001000131",), 1),
    ("sources that take turns or are made up, two activations", ("distributed.scans.2.41000.30200130", "spoofed.link.2.39000.30200098"), 2),
    ("a knocker that tries hundreds of peers in vain", ("windows.p2p.3.24000.1300081",), 1),
    ("two activations", ("reject.home.2.20000.13", "nmap.uplink.2.20000.14", "doubled.enterprise.2.20000.15"), 3),
    ("one-shot knocks", ("rst.uplink.1.20000.16", "drop.home.1.20000.17", "mixed.enterprise.1.20000.18"), 3),
    ("one-shot knocks where other doors open, tried too early, closed again, by turns", ("eager.uplink.1.34000.700100081",
     "closing.link.1.37000.710100078", "udp-door.link.1.29000.710100088", "rst.link.1.48000.710100089",
     "distributed.industrial.1.49000.710100050", "repeat.link.1.46000.1200108", "famous.uplink.1.26000.1500003",
     "chaff.enterprise.1.28000.710100061"), 8),
    ("one-shot knocks of few or much tried ports, by a peer-to-peer client, of sources that use a service's port",
     ("served.link.1.83000.6100100106", "reject.scans.1.41000.6100100027", "udp-door.p2p.1.62000.6100100025", "scapy.industrial.1.47000.6100100104",
      "spoofed.link.1.52000.6100200083"), 5),
    ("one-shot knocks in a capture that holds little else, after a stray attempt", ("udp-door+netcat+tried+shut.lab.1.20000.2026120100237",
     "busy+two+crafted.mix.1.104000.2026120100315"), 2),
    ("three one-shot knocks of one source", ("several.enterprise.1.46000.6100100042",), 3),
    ("one-time sequences", ("one-time.industrial.10.20000.19", "recorded.knockd-one-time-drop", "totp.industrial.40.37000.700200009"), 3),
    ("a recorded knockd", ("recorded.knockd-fixed-rst", "recorded.knockd-mixed-drop", "recorded.knockd-connect-drop",
     "recorded.knockd-ipv6-drop"), 4),
)
QUIET = ("none.enterprise.0.20000.30", "none.industrial.0.20000.31", "none.uplink.0.20000.32", "none.home.0.20000.33",
         "none.scans.0.20000.34", "none.p2p.0.20000.35", "none.link.0.20000.36", "none.home.0.23000.700300066",
         "none.home.0.35000.700300024", "none.enterprise.0.32000.3100003", "none.home.0.24000.1200060", "none.uplink.0.22000.6100100085",
         "none.uplink.0.25000.6100100087", "none.home.0.116000.6100100014")


def main():
    binary, n = os.environ.get("KS_BIN"), 0
    if not binary:
        print("1..0 # SKIP KS_BIN names no program to test")
        return 0

    def ok(good, name):
        nonlocal n
        n += 1
        print("%s %d - %s" % ("ok" if good else "not ok", n, name), flush=True)

    with tempfile.TemporaryDirectory(prefix="ks-corpus-") as folder:
        path = os.path.join(folder, "case.pcap")

        def one(case):
            truth = corpus.make(case, path)
            reported, _, failure = run(binary, path, 300)
            if failure:
                print("# %s: %s" % (case, failure))
            return (*judge(truth["knocks"], reported), failure)

        for what, cases, floor in GROUPS:
            first = right = total = 0
            for case in cases:
                verdicts, _, _ = one(case)
                for v in verdicts:
                    total += 1
                    first += v.first
                    right += v.right and (v.named or not v.opens)
                    if v.why:
                        print("# %s: %s" % (case, v.why))
            ok(first >= floor, "%s: %d of %d are rank 1, %d asked for" % (what, first, total, floor))
            ok(right >= floor, "%s: activations and opened ports of %d of %d are right, %d asked for" % (what, right, total, floor))
        quiet = 0
        for case in QUIET:
            _, false, failure = one(case)
            quiet += not false and not failure
            for _, result in false[:1]:
                print("# %s: %s (%s)" % (case, ",".join(map(str, result["ports"])), result["kind"]))
        ok(quiet >= len(QUIET), "quiet on %d of %d networks without a knock" % (quiet, len(QUIET)))
    print("1..%d" % n)
    return 0


if __name__ == "__main__":
    sys.exit(main())
