#!/usr/bin/env python3
"""The yardstick: what a short script finds that groups identical runs of unanswered attempts per pair of addresses.

usage: evaluate.py --bin tests/corpus/naive.py ...     (it takes the arguments of `knockscope knocks` and prints the same JSON keys)

Runs are cut at pauses of 90 s and at attempts that are answered; a run counts when it was seen twice, or once before a port
answered that had not answered this source before. It does not judge: nothing is set aside.
"""

import collections
import ipaddress
import json
import struct
import sys
import time

PAUSE, FOLLOW = 90.0, 300.0


def packets(data):
    order = ">" if data[:4] in (b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d") else "<"
    scale = 1e9 if b"\x3c\x4d" in data[:4] or b"\x4d\x3c" in data[:4] else 1e6
    skip = {1: 14, 12: 0, 101: 0, 113: 16}[struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF]
    head, at = struct.Struct(order + "III"), 24
    while at + 16 <= len(data):
        sec, sub, keep = head.unpack_from(data, at)
        p = data[at + 16 + skip:at + 16 + keep]
        at += 16 + keep
        if len(p) < 34 or p[0] >> 4 not in (4, 6):
            continue
        if p[0] >> 4 == 4:
            proto, a, b, p = p[9], p[12:16], p[16:20], p[(p[0] & 15) * 4:]
        else:
            proto, a, b, p = p[6], p[8:24], p[24:40], p[40:]
        if proto in (6, 17) and len(p) >= (14 if proto == 6 else 8):
            yield sec + sub / scale, proto, a, b, p


def attempts(data):
    """[time, source, target, label, answered] of each attempt, and the SYN/ACKs as (time, server, client, port)."""
    seen, out, accepted = {}, [], []
    for t, proto, a, b, p in packets(data):
        sport, dport, isn = struct.unpack_from(">HHI", p)
        if proto == 17:
            if (a, sport, b, dport) not in seen:
                back = seen.get((b, dport, a, sport))
                seen[a, sport, b, dport] = None
                if back is not None:
                    back[4] = True
                else:
                    out.append([t, a, b, "udp/%d" % dport, False])
                    seen[a, sport, b, dport] = out[-1]
        elif p[13] & 0x12 == 2:
            if (a, sport, b, dport, isn) not in seen:
                out.append([t, a, b, str(dport), False])
                seen[a, sport, b, dport, isn] = out[-1]
        elif p[13] & 0x12 == 0x12:
            tried = seen.get((b, dport, a, sport, struct.unpack_from(">I", p, 8)[0] - 1 & 0xFFFFFFFF))
            if tried is not None and not tried[4]:
                tried[4] = True
                accepted.append((t, a, b, str(sport)))
    return out, accepted


def find(data):
    tried, accepted = attempts(data)
    pairs = collections.defaultdict(list)
    for attempt in tried:
        pairs[attempt[1], attempt[2]].append(attempt)
    first_answer = {}
    for t, server, client, port in accepted:
        first_answer.setdefault((client, server), {}).setdefault(port, t)
    runs = collections.defaultdict(list)
    for pair, list_ in pairs.items():
        run = []
        for attempt in list_ + [[float("inf"), None, None, "", True]]:
            if run and (attempt[4] or attempt[0] - run[-1][0] > PAUSE):
                ports = [a[3] for i, a in enumerate(run) if i == 0 or a[3] != run[i - 1][3]]
                if len(ports) > 1:
                    runs[pair, tuple(ports)].append((run[0][0], run[-1][0]))
                run = []
            if not attempt[4]:
                run.append(attempt)
    found = []
    for ((a, b), ports), times in runs.items():
        opened = [next((port for port, t in sorted(first_answer.get((a, b), {}).items(), key=lambda item: item[1])
                        if 0 <= t - end <= FOLLOW), None) for _, end in times]
        if len(times) > 1 or opened[0]:
            found.append((any(opened), len(times) * len(ports), a, b, ports, times, opened))
    found.sort(key=lambda f: f[:2], reverse=True)
    return [{"rank": i, "ports": ports, "kind": "recurring" if len(times) > 1 else "one-shot", "opened": sorted({o for o in opened if o}),
             "activations": [{"time": t, "source": str(ipaddress.ip_address(a)), "target": str(ipaddress.ip_address(b)), "opened": o}
                             for (t, _), o in zip(times, opened)], "set_aside": None}
            for i, (_, _, a, b, ports, times, opened) in enumerate(found, 1)]


def main():
    began = time.monotonic()
    with open(sys.argv[-1], "rb") as f:
        data = f.read()
    print("knockscope: reading: %.3f s" % (time.monotonic() - began), file=sys.stderr)
    json.dump({"knocks": find(data)}, sys.stdout)


if __name__ == "__main__":
    main()
