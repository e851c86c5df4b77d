#!/usr/bin/env python3
"""Writes the seeds of the fuzz targets of the capture reader: one small frame for each link type and header chain, and whole files in each format and
compression. Everything is put together here; nothing comes from a real capture."""
import bz2
import gzip
import lzma
import os
import re
import shutil
import struct
import subprocess
import sys

OUT = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
TCP = bytes.fromhex("9c4003e701020304050607085002200000000000616263")
UDP = bytes.fromhex("d9030035000c000061626364")
PING = bytes.fromhex("080000000001000161626364")
MACS = bytes.fromhex("020000000001020000000002")
A6, B6 = bytes.fromhex("20010db8" + "00" * 11 + "01"), bytes.fromhex("20010db8" + "00" * 11 + "02")
H = bytes.fromhex


def ip4(protocol, rest, flags=0, options=b""):
    ihl = 5 + len(options) // 4
    return struct.pack(">BBHHHBBH", 0x40 | ihl, 0, ihl * 4 + len(rest), 1, flags, 64, protocol, 0) + H("c0000201c6336402") + options + rest


def ip6(following, rest):
    return struct.pack(">IHBB", 0x60000000, len(rest), following, 64) + A6 + B6 + rest


def frames():
    t4, t6 = ip4(6, TCP), ip6(6, TCP)
    ether = lambda kind, rest: MACS + struct.pack(">H", kind) + rest
    snap = H("aaaa03000000")
    unreachable = lambda inner: ip4(1, H("0303000000000000") + inner)
    yield "ethernet", 1, ether(0x0800, t4)
    yield "ethernet6", 1, ether(0x86dd, t6)
    yield "udp", 1, ether(0x0800, ip4(17, UDP))
    yield "ping", 1, ether(0x0800, ip4(1, PING))
    yield "ping6", 1, ether(0x86dd, ip6(58, H("8000") + PING[2:]))
    yield "unreachable-tcp", 1, ether(0x0800, unreachable(t4))
    yield "unreachable-udp", 1, ether(0x0800, unreachable(ip4(17, UDP)))
    yield "unreachable6", 1, ether(0x86dd, ip6(58, H("0104000000000000") + ip6(17, UDP)))
    yield "options", 1, ether(0x0800, ip4(6, TCP, options=H("01010101")))
    yield "first-fragment", 1, ether(0x0800, ip4(6, TCP, 0x2000))
    yield "later-fragment", 1, ether(0x0800, ip4(6, TCP, 0x0001))
    yield "authenticated", 1, ether(0x0800, ip4(51, H("06040000") + bytes(20) + TCP))
    chain = H("2b00050200000100") + H("2c02000100000000") + A6 + H("3c00000000000001") + H("0600010400000000") + TCP
    yield "chain6", 1, ether(0x86dd, ip6(0, chain))
    yield "ipip", 1, ether(0x0800, ip4(4, t4))
    yield "gre", 1, ether(0x0800, ip4(47, H("00000800") + t4))
    yield "esp", 1, ether(0x0800, ip4(50, bytes(16)))
    yield "vlan", 1, ether(0x8100, H("00640800") + t4)
    yield "qinq", 1, ether(0x88a8, H("0064810000650800") + t4)
    yield "mpls", 1, ether(0x8847, H("0001004000002140") + t4)
    yield "pppoe", 1, ether(0x8864, H("11000001002d0021") + t4)
    yield "llc", 1, ether(0x0033, snap + H("0800") + t4)
    yield "bridged", 1, ether(0x0050, H("aaaa030080c200070000") + ether(0x0800, t4))
    yield "backbone", 1, ether(0x88e7, bytes(4) + ether(0x0800, t4))
    yield "arp", 1, ether(0x0806, H("0001080006040001") + bytes(20))
    yield "sll", 113, H("00000001000602000000000100000800") + t4
    yield "sll2", 276, H("0800000000000002000100060200000000010000") + t4
    yield "raw", 12, t4
    yield "raw6", 101, t6
    yield "null", 0, H("02000000") + t4
    yield "loop", 108, H("00000018") + t6
    yield "ppp", 9, H("ff030021") + t4
    yield "ppp-serial", 50, H("0f000800") + t4
    yield "ppp-direction", 204, H("000057") + t6
    yield "ppp-ether", 51, H("11000001002d0021") + t4
    yield "chdlc", 104, H("0f000800") + t4
    yield "frame-relay", 107, H("1841030080000000") + H("0800") + t4
    wlan = H("88010000") + MACS + H("02000000000310000000") + snap + H("0800") + t4
    yield "wlan", 105, wlan
    yield "radiotap", 127, H("0000190003000080000000000000000000000000000000000020")[:25] + wlan[:26] + bytes(2) + wlan[26:]
    yield "prism", 119, bytes(144) + wlan
    yield "avs", 163, H("802110010000000c00000000") + wlan
    yield "ppi", 192, H("00000c006900000000000000") + wlan
    yield "pktap", 258, H("10000000010000000100000000000000") + ether(0x0800, t4)
    yield "token-ring", 6, H("1040020000000001820000000002") + H("04300010") + snap + H("0800") + t4
    yield "fddi", 10, H("50") + MACS + snap + H("0800") + t4
    yield "fibre-channel", 122, bytes(16) + snap + H("0800") + t4
    yield "atm", 11, snap + H("0800") + t4
    yield "sunatm", 123, H("02010020") + snap + H("0800") + t4
    yield "slip", 8, bytes(16) + t4
    yield "firewire", 138, bytes(16) + H("0800") + t4
    yield "infiniband", 242, bytes(40) + H("08000000") + t4
    yield "mpls-alone", 219, H("00010140") + t6
    yield "pflog", 117, H("3d02") + bytes(62) + t4
    yield "enc", 109, H("020000000000100000000c00") + t4
    yield "ipnet", 226, H("0102") + bytes(22) + t4
    yield "nflog", 239, H("02000000080001000800010005000a000000000033000900") + t4
    yield "netanalyzer", 240, bytes(4) + ether(0x0800, t4)


def record(order, time, frame, nano=False):
    return struct.pack(order + "IIII", time // 10**9, time % 10**9 // (1 if nano else 1000), len(frame), len(frame)) + frame


def pcap(order, link, packets, nano=False):
    head = struct.pack(order + "IHHIIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    return head + b"".join(record(order, t, f, nano) for t, f in packets)


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def pcapng(order, link, packets):
    out = block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    out += block(order, 1, struct.pack(order + "HHI", link, 0, 65535) + struct.pack(order + "HHB3xHH", 9, 1, 9, 0, 0))
    for t, f in packets:
        body = struct.pack(order + "IIIII", 0, t >> 32, t & 0xFFFFFFFF, len(f), len(f)) + f
        out += block(order, 6, body)
    return out


def files():
    t = 1700000000 * 10**9
    tcp = lambda flags, seq, ack: ip4(6, struct.pack(">HHIIBBHHH", 40000, 999, seq, ack, 0x50, flags, 8192, 0, 0))
    back = lambda flags, seq, ack: struct.pack(">BBHHHBBH", 0x45, 0, 40, 1, 0, 64, 6, 0) + H("c6336402c0000201") + struct.pack(
        ">HHIIBBHHH", 999, 40000, seq, ack, 0x50, flags, 8192, 0, 0)
    second = 10**9
    story = [(t, tcp(2, 5, 0)), (t + second, tcp(2, 5, 0)), (t + 2 * second, back(0x12, 9, 6)), (t + 3 * second, tcp(2, 6, 0)),
             (t + 4 * second, back(0x14, 0, 7)), (t + 90 * second, tcp(2, 6, 0)), (t + 91 * second, ip4(17, UDP)),
             (t + 160 * second, ip4(17, UDP)), (t + 161 * second, ip4(1, H("0303000000000000") + ip4(17, UDP))),
             (t + 162 * second, ip4(1, PING)), (t + 163 * second, ip4(89, b"abcd"))]
    plain = pcap("<", 101, story)
    yield "pcap", 0, plain
    yield "pcap-filter", 1, plain
    yield "pcap-limit", 2, plain
    yield "pcap-big", 0, pcap(">", 101, story)
    yield "pcap-nano", 0, pcap("<", 101, story, True)
    yield "pcap-big-nano", 0, pcap(">", 101, story[:3], True)
    yield "pcap-cut", 0, plain[:-7]
    yield "pcap-other-link", 0, pcap("<", 195, story[:3])
    reply = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(PING), 1, 0, 64, 1, 0) + H("c6336402c0000201") + H("0000") + PING[2:]
    yield "ping-answered", 0, pcap("<", 101, [(t, ip4(1, PING)), (t + second, reply)])  # requests have outcomes: this once did not hold
    yield "pcapng", 0, pcapng("<", 101, story)
    yield "pcapng-big", 1, pcapng(">", 101, story[:4])
    yield "pcapng-two-sections", 0, pcapng("<", 101, story[:2]) + pcapng("<", 101, story[2:4])
    yield "pcapng-two-links", 0, pcapng("<", 101, story[:2]) + block("<", 1, struct.pack("<HHI", 1, 0, 65535))
    yield "gzip", 0, gzip.compress(plain, mtime=0)
    yield "gzip-members", 0, gzip.compress(plain[:99], mtime=0) + gzip.compress(plain[99:], mtime=0)
    yield "gzip-cut", 0, gzip.compress(plain, mtime=0)[:-30]
    yield "xz", 0, lzma.compress(plain)
    yield "bzip2", 0, bz2.compress(plain)
    for tool in ("zstd", "lz4"):
        if shutil.which(tool):
            yield tool, 0, subprocess.run([tool, "-c"], input=plain, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def write(folder, name, data):
    os.makedirs(os.path.join(OUT, folder), exist_ok=True)
    with open(os.path.join(OUT, folder, name), "wb") as out:
        out.write(data)


for name, link, frame in frames():
    write("decode", name, struct.pack("<H", link) + frame)
for name, options, data in files():
    write("load", name, bytes([options]) + data)


OPENERS = {"TUNE": "1", "CURVE": "2", "RULES": "3", "RULE": "3 <Enter>", "KNOCKS": "4", "PACKETS": "4 <Enter> p", "PACKET": "4 <Enter> p <Enter>",
           "WHY": "4 w <Enter>", "CAPTURE": "5", "COMPARE": "5 c", "SETTINGS": ",", "ALLOWED": "4 A x <Enter> a", "SNAPSHOTS": "1 S C",
           "EXPORT": "4 e", "HELP": "?", "LOG": "L"}
ARGUMENTS = {"NONE": [""], "TEXT": ["", " a b"], "NUMBER": [" 1", " 2"], "FILE": [" f", " f attributes"], "FILES": [" c.pcap"],
             "SETTING": [" %s"], "SETTING_NAME": [" window"], "SORT": [" ln_p"], "FILTER": [" port:7001 cpir>0.1"], "PRESET": [" hunt", " paper"],
             "EXPORT": [" %s f"], "NARROW": [" host 10.0.0.1", " time 1700000000 1700000600"], "BIND": [" <F5> set window 5"]}
FORMATS = "text csv json markdown pcap wireshark bpf suricata zeek knockd".split()


def table(name, macro):
    """The rows of a table of the program: the fields before the help."""
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "src", "tui", name)
    with open(top, encoding="utf-8") as rows:
        for row in re.findall(r"^" + macro + r"\((.*)\)$", rows.read(), re.M):
            yield [field.strip().strip('"') for field in re.findall(r'"(?:[^"\\]|\\.)*"|[^,"]+', row) if field.strip()]


def scripts():
    """Every key in every place that knows it, every command, every setting with its values."""
    settings = []
    for _, name, _, values, standard, *_ in table("model/settings.def", "S"):
        settings += [f"{name} {value}" for value in (values.split() + [standard]) if ".." not in value]
    lines, keys = [], {place: [] for place in OPENERS}
    for _, name, bound, where, _, argument, *_ in table("toolkit/actions.def", "A"):
        fill = settings if argument == "SETTING" else FORMATS if argument == "EXPORT" else [""]
        if name not in ("quit", "suspend", "back"):
            lines += [f":{name}{text % one if '%' in text else text}" for text in ARGUMENTS[argument] for one in fill]
            for place in OPENERS:
                if "KS_ON_ANY" in where or f"KS_ON_{place}" in where.split(" | "):
                    keys[place] += bound.split()
    for i in range(0, len(lines), 12):
        yield f"commands-{i // 12:02}", "\n".join(lines[i:i + 12]) + "\n"
    for place, opener in OPENERS.items():
        own = [key for key in keys[place] if key not in ("<Esc>", "<C-c>")]
        rows = [f"{opener} {' '.join(own[i:i + 6])} <Esc> <Esc>" for i in range(0, len(own), 6)]
        yield f"keys-{place.lower()}", "\n".join(rows) + "\n"


for name, text in scripts():
    write("script", name, text.encode())
