#!/usr/bin/env python3
"""What loading makes of every packet, held against tshark: the transport protocol, the destination port or ICMP type, and the flags of each.

    against_tshark.py               the project's own captures, as a test (TAP)
    against_tshark.py PATH...       captures and folders of captures: what differs, and why

A packet's transport header is the first one behind the first IP header and its extension headers; what is inside tunnels and inside ICMP errors is
not the packet's own. Both sides are brought to that. tshark does not put fragments or streams together here.
"""

import collections
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import make_capture
import tap

DRIVER = os.path.join(os.environ.get("KS_BUILD", "."), "tests", "oracle", "log_driver")
FIELDS = ["frame.number", "frame.protocols", "tcp.dstport", "tcp.flags", "udp.dstport", "icmp.type", "icmpv6.type", "frame.len",
          "frame.cap_len", "_ws.malformed", "_ws.short"]
ALONE = ["ip.defragment", "ipv6.defragment", "tcp.desegment_tcp_streams", "tcp.check_checksum", "ip.check_checksum", "udp.check_checksum"]
# Between an IP header and its transport header (RFC 8200, RFC 4302).
EXTENSIONS = {"ipv6.hopopts", "ipv6.routing", "ipv6.fraghdr", "ipv6.dstopts", "ah", "mipv6", "shim6", "hip"}
TRANSPORTS = ("tcp", "udp", "icmp", "icmpv6")


def ours(path):
    """{packet: (protocol, port or type, flags)}, {reason: how many skipped}, packets, what went wrong."""
    done = subprocess.run([DRIVER, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600)
    assert b"Sanitizer" not in done.stderr and b"runtime error" not in done.stderr, done.stderr.decode()
    events, skipped, packets, wrong = {}, collections.Counter(), 0, None
    for line in done.stdout.decode("utf-8", "replace").splitlines():
        word, rest = line.split(" ", 1)
        if word == "event":
            number, protocol, sport, dport, flags, _ = rest.split()
            icmp = protocol.startswith("icmp")
            events[int(number)] = ("icmpv6" if protocol == "icmp6" else protocol, int(sport) >> 8 if icmp else int(dport), int(flags))
        elif word == "skipped":
            reason, n = rest.split()
            skipped[reason] = int(n)
        elif word == "packets":
            packets = int(rest)
        elif word in ("partial", "unread"):
            wrong = rest
    return events, skipped, packets, wrong


def tshark(path):
    """[(chain of protocols, {field: value})] of every frame, and the exit status."""
    command = ["tshark", "-n", "-r", path, "-T", "fields", "-E", "occurrence=f", "-E", "separator=/t"]
    for name in ALONE:
        command += ["-o", name + ":FALSE"]
    for name in FIELDS:
        command += ["-e", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=1200, env=tap.ENVIRONMENT)
    rows = []
    for line in done.stdout.decode("utf-8", "replace").split("\n"):
        values = line.split("\t")
        if len(values) == len(FIELDS):
            fields = dict(zip(FIELDS, values))
            rows.append((fields["frame.protocols"].split(":"), fields))
    return rows, done.returncode


def number(text):
    return int(text, 0) if text else None


def outermost(chain, fields):
    """What tshark makes of the packet's own transport header: (protocol, port or type, flags), or None."""
    at = next((i for i, name in enumerate(chain) if name in ("ip", "ipv6")), None)
    if at is None:
        return None
    rest = [name for name in chain[at + 1:] if name not in EXTENSIONS]
    first = rest[0] if rest else ""
    if first not in TRANSPORTS:
        return None
    if first in ("tcp", "udp"):
        port = number(fields[first + ".dstport"])
        flags = (number(fields["tcp.flags"]) or 0) & 255 if first == "tcp" else 0
        return first, port, flags
    return first, number(fields[first + ".type"]), 0


def why(mine, theirs, chain, fields, skipped):
    """The reason for a difference that is none in what is meant; None where there is no such reason."""
    cut = fields["_ws.malformed"] or fields["_ws.short"] or theirs is not None and (
        theirs[1] is None or theirs[0] == "tcp" and not fields["tcp.flags"])
    if skipped["link-type"] and mine is None:
        return "a link type that is not decoded, counted as such"
    if mine is None and theirs is not None and cut:
        return "a header cut short: tshark shows what is left of it, here it is truncated or malformed"
    if mine is None and theirs is not None and any(name.startswith("pw") for name in chain):
        return "Ethernet in MPLS, which only a guess can tell"
    if mine is not None and theirs is None and chain[0] == "data":
        return "a link type that tshark shows as bare data"
    if mine is None and theirs is not None and "cfp" in chain:
        return "Cisco FabricPath, which is not looked into"
    if mine is not None and theirs is None and (chain[-1] in ("ip", "ipv6") or chain[-1] in EXTENSIONS):
        return "tshark stops in or behind the IP header; the transport header behind it is whole"
    if mine is None and theirs is not None and chain[0] == "null":
        return "a loopback header that names no address family: tshark tries an EtherType"
    if mine is not None and theirs is not None and mine[0] == theirs[0] and cut and theirs[1] in (None, mine[1]):
        return "tshark stops in the header; the ports and flags before that are enough here"
    return None


def compare(path):
    """Frames, Counter of reasons, [unexplained]."""
    events, skipped, packets, wrong = ours(path)
    rows, status = tshark(path)
    reasons, strange = collections.Counter(), []
    for i, (chain, fields) in enumerate(rows[:packets], 1):
        mine = events.get(i)
        theirs = outermost(chain, fields)
        if mine == theirs:
            continue
        reason = why(mine, theirs, chain, fields, skipped)
        if reason is not None:
            reasons[reason] += 1
        else:
            strange.append("packet %d: %s, tshark %s (%s)" % (i, mine, theirs, ":".join(chain)))
    if packets != len(rows):
        beyond = abs(len(rows) - packets)
        if wrong and "different from the" in wrong:
            reasons["packets of a pcapng file whose interfaces differ in link type or snapshot length: libpcap stops there, and that is said"] += beyond
        elif status != 0 and len(rows) < packets:
            reasons["packets that tshark does not show, for it refuses the file or the rest of it"] += beyond
        elif wrong:
            reasons["packets of a damaged file: libpcap stops elsewhere than tshark, and where is said"] += beyond
        else:
            strange.append("%d packets, tshark %d" % (packets, len(rows)))
    return len(rows), reasons, strange


def captures(paths):
    for path in paths:
        if os.path.isdir(path):
            for folder, _, names in sorted(os.walk(path)):
                for name in sorted(names):
                    if re.search(r"\.(pcap|pcapng|cap)(\.\w+)?$", name):
                        yield os.path.join(folder, name)
        else:
            yield path


def report(paths):
    totals, packets, files, left = collections.Counter(), 0, 0, 0
    for path in captures(paths):
        n, reasons, strange = compare(path)
        files += 1
        packets += n
        totals.update(reasons)
        left += len(strange)
        for line in strange[:20] + (["and %d more" % (len(strange) - 20)] if len(strange) > 20 else []):
            print("%s: %s" % (path, line), flush=True)
    print("%d captures, %d packets" % (files, packets))
    for reason, n in totals.most_common():
        print("%8d  %s" % (n, reason))
    print("%8d  unexplained" % left)
    return 1 if left else 0


def same(path, most):
    """No packet differs, but for the reasons given; and those are few."""
    tap.need("tshark")
    n, reasons, strange = compare(path)
    assert not strange, "\n".join(strange[:20])
    assert n > 0 and sum(reasons.values()) <= most * n, (n, reasons)


def made(seed, link):
    path = tap.scratch("made-%d.pcap" % seed)
    make_capture.make(seed, path, packets=400, link=link, form="pcapng" if seed % 3 == 0 else "pcap", order="<>"[seed % 2], nano=seed % 5 == 0)
    same(path, 0.2)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(report(sys.argv[1:]))
    for name in ("office", "replica-1", "replica-2"):
        tap.add("every packet is to tshark what it is here: %s" % name, same, tap.data(name + ".pcap.gz"), 0)
    for seed, link in enumerate((1, 1, 1, 0, 9, 101, 108, 113, 228, 276, 229)):
        tap.add("every packet is to tshark what it is here: made by seed %d, link type %d" % (seed, link), made, seed, link)
    tap.run()
