#!/usr/bin/env python3
"""Labelled captures: knocks planted into backgrounds, with the truth beside them.

usage: corpus.py CASE FILE.pcap [--truth FILE.json] [--captures DIR]
       corpus.py --list

CASE is STYLE.BACKGROUND.ACTIVATIONS.PACKETS.SEED, such as chaff.uplink.3.60000.12 or chaff+near+late.loop-p2p.2.20000.5 (style and
manners; styles.py, manners.py); STYLE `none` plants nothing, `pings` only echoes (pings.py). Everything follows from the name: the same
case is the same capture. recorded.NAME is one of those that record.sh recorded. A BACKGROUND `real-NAME` is a capture of DIR (by its
file name up to the first dot), which is read where it lies, PACKETS being without meaning; loop-, moved-, fast- and cut- are made of
another background (recordings.py), `mix` of several.
"""

import argparse
import json
import lzma
import os
import random
import shutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import backgrounds  # noqa: E402
import manners  # noqa: E402
import pings  # noqa: E402
import plant  # noqa: E402
import real  # noqa: E402
import recordings  # noqa: E402
import styles  # noqa: E402
import wire  # noqa: E402


def real_captures(folder):
    """{name: path} of the captures in a folder that can be backgrounds."""
    found = {}
    if folder and os.path.isdir(folder):
        for name in sorted(os.listdir(folder)):
            if name.endswith((".pcap", ".pcap.gz", ".cap")):
                found["real-" + name.split(".")[0]] = os.path.join(folder, name)
    return found


def places(folder):
    """The names of all backgrounds: made here, made of those, and of the real captures of a folder."""
    found = [name for base in real_captures(folder) for name in recordings.of_real(base)]
    return list(backgrounds.ALL) + list(recordings.OWN) + found


def recorded():
    """{case name: path of the capture} of those that record.sh has made; the truth is beside each."""
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorded")
    return {"recorded." + name[:-len(".pcap.xz")]: os.path.join(folder, name) for name in sorted(os.listdir(folder))
            if name.endswith(".pcap.xz")}


def make(case, path, captures=None):
    """Writes the capture of a case, returns its truth."""
    if case.startswith("recorded."):
        source = recorded()[case]
        with lzma.open(source) as packed, open(path, "wb") as out:
            shutil.copyfileobj(packed, out)
        with open(source[:-len(".pcap.xz")] + ".json", encoding="utf-8") as f:
            return json.load(f)
    style, background, activations, packets, seed = case.split(".")
    activations, packets, found = int(activations), int(packets), real_captures(captures)
    base = background[background.index("real-"):] if "real-" in background else None
    if base and base not in found:
        raise SystemExit("corpus: no capture for %s in %s" % (base, captures))
    if background == base:
        w = real.make(found[base], background, seed)
        link = w.capture.link
    elif background.split("-")[0] in recordings.WAYS + ("mix",):
        w = recordings.make(background, seed, packets, found)
        link = w.capture.link
    else:
        w = backgrounds.make(background, seed, packets)
        link = random.Random("link " + case).choice((1, 1, 1, 1, 101, 113))
    n_background = len(w.wire) if w.kind == "synthetic" else len(w.capture.times)
    w.rng = random.Random("plant " + case)
    stop = w.start + w.span
    knocks = plant.plant(w, style, activations) if style not in styles.QUIET else []
    if style == "pings" or style in ("icmp", "icmp-mixed") and w.rng.random() < 0.5:
        w.rng = random.Random("pings " + case)
        pings.add(w)
    w.wire.records = [item for item in w.wire.records if w.start <= item[0]]
    w.wire.sort()
    if w.kind == "real":
        w.capture.merge(path, w.wire.records)
    else:
        wire.write(path, w.wire.records, link)
    return {"case": case, "style": style.split("+")[0], "background": background, "packets": n_background + (len(w.wire) if w.kind == "real" else
            len(w.wire) - n_background), "start": w.start / 1e6, "end": stop / 1e6, "link": link, "knocks": knocks}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="?")
    parser.add_argument("file", nargs="?")
    parser.add_argument("--truth")
    parser.add_argument("--captures", default=os.environ.get("KS_CAPTURES"))
    parser.add_argument("--list", action="store_true", help="styles and backgrounds")
    args = parser.parse_args()
    if args.list or not args.file:
        print("styles:     ", " ".join(styles.QUIET + styles.ALL))
        print("manners:    ", " ".join(manners.ALL))
        print("backgrounds:", " ".join(places(args.captures)))
        return 0 if args.list else 2
    truth = make(args.case, args.file, args.captures)
    text = json.dumps(truth, indent=1)
    if args.truth:
        with open(args.truth, "w", encoding="utf-8") as out:
            out.write(text + "\n")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
