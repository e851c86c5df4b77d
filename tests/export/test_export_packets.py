#!/usr/bin/env python3
"""Exports about packets, held against their real consumers: the pcap, Wireshark's display filter, the capture filter."""

import gzip
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "oracle")]
import tap
from knock_capture import Scene, read, write

SCENES = {
    "refused": {},
    "silent": dict(answer="silent"),
    "mixed": dict(steps=("7000", "udp/8000", "9000")),
    "ipv6": dict(six=True),
    "ipv6-mixed": dict(six=True, steps=("7000", "udp/8000", "9000")),
    "nanoseconds": dict(nano=True),
    "icmp": dict(steps=("icmp/8/0/100", "icmp/8/0/230", "icmp/8/0/100")),
    "icmp6": dict(six=True, steps=("icmp6/128/0/100", "icmp6/128/0/230", "999")),
    "scattered": dict(sources=("198.51.100.1", "198.51.100.2", "198.51.100.3", "203.0.113.66")),
    "scattered6": dict(six=True, sources=("2001:db8:9::1", "2001:db8:9::2", "2001:db8:9::3", "2001:db8:1::66")),
    "silent-udp": dict(answer="silent", steps=("udp/7001", "udp/7002", "udp/7003")),
}


def scene(name):
    """The capture's path, its frames and the numbers of those that are evidence."""
    made = Scene(**SCENES[name])
    frames = made.sorted()
    path = tap.scratch(name + ".pcap")
    write(path, frames, nano=made.nano)
    return path, frames, [i + 1 for i, frame in enumerate(frames) if frame[2]]


def export(form, out, name, *paths, options="-", fails=False):
    """Exports the scene's knock out of these files; gives the error where it is to fail."""
    if "sources" in SCENES[name]:
        options += ",scattered"
    done = subprocess.run([os.path.join(os.environ.get("KS_BUILD", "."), "tests", "export", "exporter"), form, out,
                           ",".join(Scene(**SCENES[name]).steps), "1234", options, *paths],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    error = done.stderr.decode()
    assert (done.returncode != 0) == fails and "Sanitizer" not in error, error
    return error if fails else done.stdout.decode()


def exported(form, name, path, options="-"):
    return export(form, "-", name, path, options=options)


def tshark(path, display_filter):
    """Numbers of the frames that a display filter selects."""
    tap.need("tshark")
    done = subprocess.run(["tshark", "-r", path, "-Y", display_filter, "-T", "fields", "-e", "frame.number"], env=tap.ENVIRONMENT,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    assert done.returncode == 0, done.stderr.decode() + display_filter
    return [int(line) for line in done.stdout.split()]


def tcpdump(path, filter_file):
    """The frames that a capture filter lets through."""
    tap.need("tcpdump")
    out = tap.scratch("tcpdump.pcap")
    done = subprocess.run(["tcpdump", "-r", path, "--time-stamp-precision=nano", "-F", filter_file, "-w", out],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return read(out)[0]


def as_pcap(name):
    path, frames, evidence = scene(name)
    out = tap.scratch(name + "-evidence.pcap")
    export("pcap", out, name, path)
    got, link = read(out)
    assert link == 1
    assert got == [frames[number - 1][:2] for number in evidence]
    with open(out + ".json") as beside:
        account = json.load(beside)
    assert account["schema"] == "knockscope.evidence/1"
    assert [packet["packet"] for packet in account["packets"]] == evidence
    assert [packet["number"] for packet in account["packets"]] == list(range(1, len(evidence) + 1))
    assert len(account["capture"]["files"][0]["sha256"]) == 64
    tap.need("tshark")
    assert tshark(out, "frame") == list(range(1, len(evidence) + 1))
    assert tshark(out, "_ws.malformed || icmp.checksum.status == 0 || tcp.checksum.status == 0") == []


def as_display_filter(name):
    path, _, evidence = scene(name)
    assert tshark(path, exported("wireshark", name, path).strip()) == evidence


def as_frame_numbers(name):
    path, _, evidence = scene(name)
    text = exported("wireshark", name, path, "frames").strip()
    assert text.startswith("frame.number in {")
    assert tshark(path, text) == evidence


def as_capture_filter(name):
    path, frames, evidence = scene(name)
    filter_file = tap.scratch(name + ".bpf")
    export("bpf", filter_file, name, path)
    assert tcpdump(path, filter_file) == [frames[number - 1][:2] for number in evidence]


for scene_name in SCENES:
    tap.add("the pcap of %s has exactly the evidence, bytes and times" % scene_name, as_pcap, scene_name)
    tap.add("tshark selects exactly the evidence of %s by the display filter" % scene_name, as_display_filter, scene_name)
    tap.add("tshark selects exactly the evidence of %s by frame numbers" % scene_name, as_frame_numbers, scene_name)
    tap.add("tcpdump selects exactly the evidence of %s by the capture filter" % scene_name, as_capture_filter, scene_name)


def attempts_anywhere(name):
    """Without hosts the filters select the attempts at the knock's ports, whoever made them."""
    path, frames, _ = scene(name)
    steps = [int(step.rpartition("/")[2]) for step in Scene(**SCENES[name]).steps]
    six = SCENES[name].get("six", False)
    expected = []
    for number, (_, frame, _) in enumerate(frames, 1):
        at = 14 + (40 if six else 20)
        protocol = frame[20] if six else frame[23]
        if frame[12:14] == b"\x08\x06" or protocol not in (6, 17):
            continue
        udp_step = "udp/%d" % int.from_bytes(frame[at + 2:at + 4], "big") in Scene(**SCENES[name]).steps
        if int.from_bytes(frame[at + 2:at + 4], "big") in steps and (protocol == 17) == udp_step:
            if protocol == 17 or frame[at + 13] & 0x12 == 2:
                expected.append(number)
    assert len(expected) > 15
    filter_file = tap.scratch("any.bpf")
    export("bpf", filter_file, name, path, options="any-host")
    assert tcpdump(path, filter_file) == [frames[number - 1][:2] for number in expected]
    assert tshark(path, exported("wireshark", name, path, "any-host").strip()) == expected


for scene_name in ("refused", "ipv6-mixed"):
    tap.add("without hosts the filters select the attempts of %s" % scene_name, attempts_anywhere, scene_name)


@tap.case
def evidence_across_rotated_and_compressed_files():
    """evidence of several files, one of them compressed, comes from all of them"""
    _, frames, evidence = scene("refused")
    half = len(frames) // 2
    one, two, out = tap.scratch("one.pcap"), tap.scratch("two.pcap"), tap.scratch("both.pcap")
    write(one, frames[:half])
    write(two, frames[half:])
    with open(two, "rb") as plain, gzip.open(two + ".gz", "wb") as packed:
        packed.write(plain.read())
    export("pcap", out, "refused", one, two + ".gz")
    assert read(out)[0] == [frames[number - 1][:2] for number in evidence]
    with open(out + ".json") as beside:
        account = json.load(beside)["packets"]
    for packet in account:
        inside = packet["packet"] if packet["packet"] <= half else packet["packet"] - half
        assert packet["packet_in_file"] == inside
        assert packet["file"] == (one if packet["packet"] <= half else two + ".gz")
    error = export("wireshark", "-", "refused", one, two + ".gz", options="frames", fails=True)
    assert "lies in several" in error


@tap.case
def different_link_types():
    """evidence of different link types is no pcap, and that is said"""
    _, frames, _ = scene("refused")
    half = len(frames) // 2
    one, two, out = tap.scratch("ether.pcap"), tap.scratch("raw.pcap"), tap.scratch("neither.pcap")
    write(one, frames[:half])
    write(two, [(time, frame[14:], evidence) for time, frame, evidence in frames[half:] if frame[12:14] == b"\x08\0"], link=101)
    error = export("pcap", out, "refused", one, two, fails=True)
    assert "EN10MB, RAW" in error, error
    assert not os.path.exists(out) and not os.path.exists(out + ".json")


@tap.case
def packets_of_standard_input():
    """packets of standard input cannot be exported, and that is said"""
    out = tap.scratch("stdin.pcap")
    with gzip.open(tap.data("office.pcap.gz"), "rb") as capture, open(tap.scratch("office.pcap"), "wb") as plain:
        plain.write(capture.read())
    with open(tap.scratch("office.pcap"), "rb") as stdin:
        _, error = tap.knockscope("export", "--as", "pcap", "-o", out, "-", stdin=stdin, status=2)
    assert "cannot be read a second time" in error
    assert not os.path.exists(out)


@tap.case
def behind_a_vlan_tag():
    """the display filter selects the evidence behind VLAN tags, and so does the capture filter with --vlan"""
    made = Scene(vlan=7)
    frames = made.sorted()
    path, filter_file = tap.scratch("vlan.pcap"), tap.scratch("vlan.bpf")
    write(path, frames)
    evidence = [i + 1 for i, frame in enumerate(frames) if frame[2]]
    assert tshark(path, exported("wireshark", "refused", path).strip()) == evidence
    export("bpf", filter_file, "refused", path, options="vlan")
    assert tcpdump(path, filter_file) == [frames[number - 1][:2] for number in evidence]


tap.run()
