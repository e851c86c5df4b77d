#!/usr/bin/env python3
"""The corpus itself: packets are valid, the truth is what the packets say, and the judge tells right from wrong."""

import copy
import os
import struct
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import backgrounds  # noqa: E402
import corpus  # noqa: E402
import manners  # noqa: E402
import real  # noqa: E402
import recordings  # noqa: E402
import styles  # noqa: E402
import wire  # noqa: E402
from judge import judge  # noqa: E402

COUNT = {"ran": 0}


def ok(good, name, why=""):
    COUNT["ran"] += 1
    print("%s %d - %s" % ("ok" if good else "not ok", COUNT["ran"], name))
    if not good and why:
        print("# %s" % why)


def read(path):
    """(link type, [(time in us, stored frame, length)]) of a pcap in network byte order: a reader of its own."""
    with open(path, "rb") as f:
        data = f.read()
    magic, link = struct.unpack_from(">I16xI", data)
    assert magic == 0xA1B2C3D4
    at, records = 24, []
    while at < len(data):
        sec, micro, keep, size = struct.unpack_from(">IIII", data, at)
        records.append((sec * 1000000 + micro, data[at + 16:at + 16 + keep], size))
        at += 16 + keep
    assert at == len(data)
    return link, records


def folded(data):
    total = wire.sum16(data)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def network(frame, link):
    return frame[{1: 14, 101: 0, 113: 16}[link]:]


def bad_checksums(records, link):
    """How many whole packets have a wrong checksum, and how many were looked at."""
    bad = seen = 0
    for _, frame, size in records:
        if len(frame) < size:
            continue
        p = network(frame, link)
        seen += 1
        if p[0] >> 4 == 4:
            bad += folded(p[:20]) != 0xFFFF
            body, proto = p[20:], p[9]
            pseudo = p[12:20] + struct.pack(">HH", proto, len(body))
            bad += struct.unpack_from(">H", p, 2)[0] != len(p)
        else:
            body, proto = p[40:], p[6]
            pseudo = p[8:40] + struct.pack(">IHH", len(body), 0, proto)
            bad += struct.unpack_from(">H", p, 4)[0] != len(body)
        bad += folded((b"" if proto == 1 else pseudo) + body) != 0xFFFF
    return bad, seen


def events(records, link):
    """[(time, source, target, label, flags)] of TCP, UDP and ICMP requests."""
    out = []
    for t, frame, _ in records:
        p = network(frame, link)
        if p[0] >> 4 == 4:
            proto, at, a, b = p[9], 20, p[12:16], p[16:20]
        else:
            proto, at, a, b = p[6], 40, p[8:24], p[24:40]
        if proto == 6:
            out.append((t, a, b, str(struct.unpack_from(">H", p, at + 2)[0]), p[at + 13]))
        elif proto == 17:
            out.append((t, a, b, "udp/%d" % struct.unpack_from(">H", p, at + 2)[0], 0))
        elif (proto, p[at]) in ((1, 8), (58, 128)):
            size = struct.unpack_from(">H", p, 2)[0] if proto == 1 else struct.unpack_from(">H", p, 4)[0] + 40
            out.append((t, a, b, "%s/%d/%d/%d" % ("icmp" if proto == 1 else "icmp6", p[at], p[at + 1], size - at - 8), 0))
    return out


def packed(name):
    import ipaddress
    return ipaddress.ip_address(name).packed


def truth_in_packets(truth, records, link):
    """What of the truth the packets do not bear out."""
    by_target, accepted = {}, {}
    for t, a, b, port, flags in events(records, link):
        if flags & 0x12 == 0x02 or port.startswith(("udp/", "icmp")):
            by_target.setdefault(b, []).append((t, a, port))
        elif flags & 0x12 == 0x12:
            accepted.setdefault(a, []).append((t, b))
    for knock in truth["knocks"]:
        if not knock["activations"]:
            return "no activation"
        for note in knock["activations"]:
            target, sources = packed(note["target"]), {packed(s) for s in note["sources"]}
            low, high = int(note["time"] * 1e6) - 2, int(note["end"] * 1e6) + 2
            seen = [port for t, a, port in by_target.get(target, ()) if low <= t <= high and a in sources]
            rest = iter(seen)
            if not all(port in rest for port in note["ports"]):
                return "%s: %s not in %s" % (note["time"], note["ports"], seen[:20])
            if note["opened"]:
                server, client = (packed(note["opener"]), target) if note["back"] else (target, packed(note["opener"]))
                at = int(note["opened_time"] * 1e6)
                if note["opened"].startswith("udp/"):
                    good = any(abs(t - at) < 200000 and a == client and port == note["opened"] for t, a, port in by_target[server])
                else:
                    good = any(abs(t - at) < 200000 and b == client for t, b in accepted.get(server, ()))
                if not good:
                    return "%s: %s did not open" % (note["time"], note["opened"])
    return ""


def as_reported(truth, **change):
    """What a perfect program would print."""
    out = []
    for knock in truth["knocks"]:
        out.append({"ports": knock["ports"], "kind": knock["kind"], "opened": knock["doors"], "set_aside": None, "why": "",
                    "activations": [{key: note[key] for key in ("time", "source", "target", "opened", "ports")} for note in
                                    knock["activations"]]})
    out = copy.deepcopy(out)
    for knock in out:
        knock.update(change)
    return out


def test_backgrounds(folder):
    for name in backgrounds.ALL:
        w = backgrounds.make(name, 5, 20000)
        w.wire.sort()
        path = os.path.join(folder, "b.pcap")
        wire.write(path, w.wire.records)
        link, records = read(path)
        bad, seen = bad_checksums(records, link)
        few = name == "lab"
        ok(bad == 0 and seen > (5 if few else 5000), "%s: lengths and checksums are valid" % name, "%d of %d bad" % (bad, seen))
        ok((20 if few else 17000) <= len(records) <= (500 if few else 22000) and all(w.start <= t < w.start + w.span for t, _, _ in records),
           "%s: as many packets as asked for, within its time" % name, str(len(records)))


def test_styles(folder):
    path = os.path.join(folder, "c.pcap")
    names = list(backgrounds.ALL)
    for i, style in enumerate(styles.ALL):
        n = 4 if style not in styles.ONE_TIME else 12
        truth = corpus.make("%s.%s.%d.20000.%d" % (style, names[i % len(names)], n, 900 + i), path)
        link, records = read(path)
        bad, _ = bad_checksums(records, link)
        why = truth_in_packets(truth, records, link)
        got = [len(k["activations"]) for k in truth["knocks"]]
        times = [t for t, _, _ in records]
        ok(bad == 0 and not why and min(got) >= 2 and times == sorted(times), "%s: the truth is in the packets" % style,
           why or "%s %s" % (bad, got))


def test_recordings(folder):
    """Networks that are played again, with other addresses, faster, several at once."""
    path = os.path.join(folder, "p.pcap")
    for i, name in enumerate(recordings.OWN):
        truth = corpus.make("other+near+tried.%s.3.12000.%d" % (name, 40 + i), path)
        link, records = read(path)
        bad, seen = bad_checksums(records, link)
        why = truth_in_packets(truth, records, link)
        ok(not why and len(records) == truth["packets"], "%s: the truth is in the packets" % name, why)
        ok(bad == 0 and seen > 1000, "%s: lengths and checksums are valid" % name, "%d of %d bad" % (bad, seen))
    made = backgrounds.make("p2p", 3, 4000)
    made.wire.sort()
    frames = [(t, record[16:], len(record) - 16) for t, record in made.wire.records]
    played = recordings.again(frames, 3, 1)
    ok([f for _, f, _ in played] == 3 * [f for _, f, _ in frames], "a recording that is played again is the same packets")
    moved = recordings.again(frames, 2, 1, 7)[len(frames):]
    ok(all(a[1] != b[1] for a, b in zip(frames, moved) if a[1][26] < 224 and a[1][26] not in (0, 127)) and
       [recordings.move(f, -7) for _, f, _ in moved] == [f for _, f, _ in frames], "addresses move, and move back")


def test_manners(folder):
    """Each manner is in the packets of a case that has it."""
    path = os.path.join(folder, "m.pcap")
    for i, name in enumerate(manners.ALL):
        truth = corpus.make("drop+%s.home.4.20000.%d" % (name, 60 + i), path)
        link, records = read(path)
        knock, why = truth["knocks"][0], truth_in_packets(truth, records, link)
        items = [int(port.split("/")[-1]) for port in knock["ports"]]
        starts = [note["time"] for note in knock["activations"]]
        pauses = [b - a for a, b in zip(starts, starts[1:])]
        seen = {"near": max(items) - min(items) < 40, "steps": len({a - b for a, b in zip(items, items[1:])}) == 1,
                "low": max(items) < 1024, "high": min(items) >= 20000, "known": " ".join(knock["ports"]) in manners.FAMOUS_TOO,
                "two": len(items) == 2, "seven": len(items) in (7, 8), "moving": True,
                "late": all(40 < note["opened_time"] - note["end"] < 160 for note in knock["activations"] if note["opened"]),
                "regular": max(pauses) < 1.5 * min(pauses)}.get(name, True)
        ok(not why and seen and knock["manners"] == [name], "+%s: the truth is in the packets" % name, why or str(knock["ports"]))


def test_same_again(folder):
    paths = [os.path.join(folder, "same-%d" % i) for i in range(3)]
    for path, seed in zip(paths, (3, 3, 4)):
        corpus.make("chaff.home.3.20000.%d" % seed, path)
    data = [open(path, "rb").read() for path in paths]
    ok(data[0] == data[1], "the same case is the same capture")
    ok(data[0] != data[2], "another seed is another capture")


def test_real(folder):
    """Planting into a capture that lies somewhere: here one of our own stands for it."""
    path, out = os.path.join(folder, "lies.here.pcap"), os.path.join(folder, "r.pcap")
    w = backgrounds.make("enterprise", 77, 20000)
    w.wire.sort()
    wire.write(path, w.wire.records)
    before = os.stat(path).st_mtime_ns
    truth = corpus.make("drop.real-lies.3.0.5", out, folder)
    link, records = read(out)
    _, original = read(path)
    why = truth_in_packets(truth, records, link)
    left = iter(records)
    ok(not why, "a real capture: the truth is in the packets", why)
    ok(all(record in left for record in original), "a real capture: all of its packets are there, in order")
    ok(len(records) == truth["packets"], "a real capture: nothing but the plant is added")
    ok(os.stat(path).st_mtime_ns == before, "a real capture is not touched")
    real.CACHE.clear()


def test_judge(folder):
    path = os.path.join(folder, "j.pcap")
    truth = corpus.make("rst.enterprise.3.20000.6", path)
    ports = truth["knocks"][0]["ports"]

    def one(reported):
        verdicts, false = judge(truth["knocks"], reported)
        return verdicts[0], false

    v, false = one(as_reported(truth))
    ok(v.first and v.right and not false and (v.named or not v.opens), "judge: what is right is right")
    v, false = one(as_reported(truth, ports=ports[1:] + ports[:1]))
    ok(not v.first and v.rank is None and len(false) == 1, "judge: a rotated sequence is wrong")
    v, _ = one(as_reported(truth, ports=ports[:-1]))
    ok(v.rank is None, "judge: a part is wrong")
    v, _ = one(as_reported(truth, ports=[p for p in ports for _ in range(2)]))
    ok(v.first, "judge: immediate repeats are collapsed")
    v, _ = one(as_reported(truth, set_aside="scan"))
    ok(v.rank is None and v.aside == "scan", "judge: set aside is not found")
    v, false = one([{"ports": ["1", "2"], "kind": "recurring", "opened": [], "activations": [], "set_aside": None}] + as_reported(truth))
    ok(v.rank == 2 and not v.first and v.above == 1, "judge: a false knock above counts")
    wrong = as_reported(truth)
    wrong[0]["activations"][1]["time"] += 0.5
    v, _ = one(wrong)
    ok(v.first and not v.right and v.activations == v.wanted - 1 and v.extra == 1, "judge: an activation at another time is wrong")
    wrong = as_reported(truth)
    wrong[0]["activations"][0]["source"] = "192.0.2.1"
    v, _ = one(wrong)
    ok(not v.right, "judge: an activation of another source is wrong")
    v, _ = one([])
    ok(not v.first and v.rank is None, "judge: nothing reported is nothing found")
    truth = corpus.make("varying.home.3.20000.8", path)
    v, _ = one(as_reported(truth))
    ok(v.named and v.openings == 3, "judge: opened ports are named")
    v, _ = one(as_reported(truth, opened=[]))
    ok(v.first and not v.named, "judge: an opened port that is not named counts")
    wrong = as_reported(truth)
    wrong[0]["activations"][2]["opened"] = wrong[0]["activations"][1]["opened"]
    v, _ = one(wrong)
    ok(v.named and v.right and v.openings == 2 and v.why, "judge: each activation has to name its own opening")
    wrong = as_reported(truth)
    wrong[0]["activations"].append(dict(wrong[0]["activations"][0], time=wrong[0]["activations"][0]["time"] + 40))
    v, _ = one(wrong)
    ok(v.first and v.extra == 1 and not v.right, "judge: an activation that is made up counts")
    wrong = as_reported(truth)
    wrong[0]["activations"][0]["target"] = "192.0.2.1"
    v, _ = one(wrong)
    ok(v.first and not v.right and v.extra == 1, "judge: an activation at another target is wrong")
    truth = corpus.make("stumbling.home.4.20000.8", path)
    wrong, tried = as_reported(truth), truth["knocks"][0]["tries"][0]
    wrong[0]["activations"].append(dict(wrong[0]["activations"][0], time=tried["time"]))
    soon = any(0 < note["time"] - tried["time"] < 30 for note in truth["knocks"][0]["activations"])
    v, _ = one(wrong)
    ok(soon and v.extra == 1 and not v.right, "judge: a wrong try that is done again at once is no activation")
    truth = corpus.make("one-time.p2p.20.20000.9", path)
    v, false = one(as_reported(truth))
    ok(v.first and v.right and not false, "judge: one-time sequences as one knock of a door")
    whole = as_reported(truth)[0]
    split = [dict(whole, ports=a["ports"], activations=[a]) for a in whole["activations"]]
    v, false = one(split)
    ok(v.first and v.right and not false, "judge: one-time sequences as many one-shot knocks")
    v, _ = one(split[1:])
    ok(v.rank is None and v.activations == v.wanted - 1, "judge: a one-time sequence that is missing counts")


def main():
    with tempfile.TemporaryDirectory(prefix="ks-corpus-") as folder:
        for test in (test_backgrounds, test_styles, test_recordings, test_manners, test_same_again, test_real, test_judge):
            test(folder)
    print("1..%d" % COUNT["ran"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
