#!/usr/bin/env python3
"""Suricata rules and Zeek scripts: neither program is in Debian 12, so what is exported is read by strict readers of the documented languages and
run by models of them over captures with knocks."""

import ipaddress
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "oracle")]
import tap
import zeek_machine
from knock_capture import Scene, write
from suricata_rules import Rules

SCENES = {
    "refused": {},
    "silent": dict(answer="silent"),
    "mixed": dict(steps=("7000", "udp/8000", "9000")),
    "repeated": dict(steps=("7000", "8000", "7000", "9000")),
    "udp": dict(steps=("udp/7001", "udp/7002", "udp/7003")),
    "scattered": dict(sources=("198.51.100.1", "198.51.100.2", "198.51.100.3", "203.0.113.66")),
    "icmp": dict(steps=("icmp/8/0/100", "icmp/8/0/230", "icmp/8/0/100")),
    "icmp6": dict(six=True, steps=("icmp6/128/0/100", "icmp6/128/0/230", "999")),
    "ipv6": dict(six=True),
    "ipv6-mixed": dict(six=True, steps=("7000", "udp/8000", "9000")),
}


def export(form, name, options="-"):
    made = Scene(**SCENES[name])
    frames = made.sorted()
    path = tap.scratch(name + ".pcap")
    write(path, frames)
    options += ",scattered" if made.sources else ""
    done = subprocess.run([os.path.join(os.environ.get("KS_BUILD", "."), "tests", "export", "exporter"), form, "-", ",".join(made.steps),
                           "1234", options, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode(), made, frames


def packets(made, frames):
    """The TCP, UDP and ICMP packets of frames as dictionaries."""
    for time, frame, _ in frames:
        if frame[12:14] not in (b"\x08\0", b"\x86\xdd"):
            continue
        at = 14 + (40 if made.six else 20)
        body = frame[at:]
        protocol = {6: "tcp", 17: "udp", 1: "icmp", 58: "icmpv6"}[frame[20] if made.six else frame[23]]
        source, target = (frame[22:38], frame[38:54]) if made.six else (frame[26:30], frame[30:34])
        packet = dict(time=time / 1e9, protocol=protocol, source=ipaddress.ip_address(source), target=ipaddress.ip_address(target),
                      sport=None, dport=None, flags=0)
        if protocol.startswith("icmp"):
            packet.update(itype=body[0], icode=body[1], dsize=len(body) - 8, ident=body[4:8])
        else:
            packet.update(sport=int.from_bytes(body[:2], "big"), dport=int.from_bytes(body[2:4], "big"),
                          flags=body[13] if protocol == "tcp" else 0)
        yield packet


def turned(frames):
    """The same packets, but each knock's steps in the opposite order: times stay, packets change places."""
    evidence = [i for i, frame in enumerate(frames) if frame[2]]
    after = dict(zip(evidence, reversed(evidence)))
    return [(frame[0],) + frames[after.get(i, i)][1:] for i, frame in enumerate(frames)]


# ---- Suricata


def alerts(rules, made, frames):
    said = []
    for packet in packets(made, frames):
        said += [(message, packet) for message in rules.packet(packet)]
    return said


def suricata(name, options):
    text, made, frames = export("suricata", name, options)
    said = alerts(Rules(text), made, frames)
    whole = [packet for message, packet in said if message.startswith("knockscope: port knock ")]
    followed = [packet for message, packet in said if "asked for after a port knock" in message]
    client, server = ipaddress.ip_address(made.client), ipaddress.ip_address(made.server)
    # A retransmission of the last step raises the alert again and nothing else.
    assert len({packet["sport"] or packet["time"] for packet in whole}) == 5, said
    assert all((packet["source"], packet["target"]) == (client, server) for packet in whole)
    assert {packet["dport"] for packet in followed} == {1234}
    assert len({packet["sport"] for packet in followed}) == 10  # the opening, and the later look whether it is closed again
    assert any("in any order" in message for message, _ in said) or "icmp" in name
    assert (" any -> any " in text) == ("any-host" in options)


def suricata_order(name):
    text, made, frames = export("suricata", name)
    said = [message for message, _ in alerts(Rules(text), made, turned(frames))]
    assert not any(message.startswith("knockscope: port knock ") for message in said), said


for scene in SCENES:
    tap.add("Suricata rules for %s are well formed and fire once for each knock" % scene, suricata, scene, "-")
for scene in ("refused", "ipv6-mixed"):
    tap.add("Suricata rules without hosts too: %s" % scene, suricata, scene, "any-host")
for scene in ("refused", "ipv6"):
    tap.add("Suricata rules for %s stay silent when the order is another" % scene, suricata_order, scene)


@tap.case
def strict_rules():
    """the reader of Suricata rules refuses what is not well formed"""
    good = 'alert tcp any any -> any 1 (msg:"a"; sid:1; rev:1;)'
    Rules(good)
    for bad in (good.replace(";)", ")"), good.replace("->", "=>"), good.replace('"a"', '"a;b"'), good.replace("sid:1", "sid:x"),
                good.replace("rev:1;", "rev:1; noalert:1;"), good.replace(" 1 (", " 70000 ("), good + "\n" + good,
                good.replace("rev:1;", "xbits:isset,a,track ip_pair,expire 5; rev:1;"), good.replace("rev:1;", "nonsense:1; rev:1;")):
        try:
            Rules(bad)
        except (AssertionError, ValueError, AttributeError):
            continue
        raise AssertionError("taken: " + bad)


# ---- Zeek


class Zeek:
    """Raises the events that Zeek raises for packets, as far as the script handles them."""

    def __init__(self, text):
        self.now, self.notices, self.flows, self.pings = 0, [], {}, 0
        self.script = zeek_machine.Script(text, {
            "network_time": lambda: self.now, "fmt": lambda form, *values: form % values, "cat": lambda *values: "".join(map(str, values)),
            "NOTICE": lambda notice: self.notices.append((self.now, notice)), "udp": "udp",
            "get_port_transport_proto": lambda port: port.split("/")[1]})
        for event in ("connection_SYN_packet", "new_connection", "connection_established"):
            assert event in self.script.handlers

    def connection(self, packet, back=False):
        there, here = ("target", "source") if back else ("source", "target")
        sport, dport = (packet["dport"], packet["sport"]) if back else (packet["sport"], packet["dport"])
        key = (packet[there], sport, packet[here], dport, packet["protocol"])
        new = key not in self.flows
        uid = self.flows.setdefault(key, "C%d" % len(self.flows))
        return new, dict(uid=uid, id=dict(orig_h=packet[there], resp_h=packet[here], orig_p="%d/%s" % (sport, packet["protocol"]),
                                          resp_p="%d/%s" % (dport, packet["protocol"])))

    def packet(self, packet):
        self.now = packet["time"]
        flags = packet["flags"]
        if packet["protocol"].startswith("icmp"):
            self.ping(packet)
        elif packet["protocol"] == "udp" or flags & 0x12 == 2:
            new, connection = self.connection(packet)
            if new:
                self.script.raise_event("new_connection", connection)
            if packet["protocol"] == "tcp":
                self.script.raise_event("connection_SYN_packet", connection, dict(is_orig=True))
        elif flags & 0x12 == 0x12:
            _, connection = self.connection(packet, True)
            self.script.raise_event("connection_SYN_packet", connection, dict(is_orig=False))
            self.script.raise_event("connection_established", connection)

    def ping(self, packet):
        if packet["itype"] not in (8, 128):
            return
        six = packet["protocol"] == "icmpv6"
        flow = dict(packet, sport=packet["itype"], dport=packet["icode"])
        new, connection = self.connection(flow)
        connection["id"]["resp_p"] = "%d/icmp" % packet["icode"]
        if new:
            self.script.raise_event("new_connection", connection)
        self.pings += 1
        self.script.raise_event("icmp_echo_request", connection, dict(v6=six, itype=packet["itype"], icode=packet["icode"]),
                                packet["ident"][0], self.pings, bytes(packet["dsize"]))


def notices(text, made, frames, kind):
    zeek = Zeek(text)
    for packet in packets(made, frames):
        zeek.packet(packet)
    return [notice for _, notice in zeek.notices if notice["note"] == kind]


def zeek_script(name, options):
    text, made, frames = export("zeek", name, options)
    whole = notices(text, made, frames, "Port_Knock")
    assert len(whole) == 5, whole
    client, server = ipaddress.ip_address(made.client), ipaddress.ip_address(made.server)
    assert all((notice["src"], notice["dst"]) == (client, server) for notice in whole)
    followed = notices(text, made, frames, "Port_Knock_Followed")
    assert len(followed) == 5 and {notice["conn"]["id"]["resp_p"] for notice in followed} == {"1234/tcp"}


def zeek_order(name):
    text, made, frames = export("zeek", name)
    assert notices(text, made, turned(frames), "Port_Knock") == []


def zeek_slow(name):
    text, made, frames = export("zeek", name)
    slower = [(time * 60 - frames[0][0] * 59, frame, evidence) for time, frame, evidence in frames]
    assert notices(text, made, slower, "Port_Knock") == []


for scene in SCENES:
    tap.add("the Zeek script for %s is well formed and notices every knock" % scene, zeek_script, scene, "-")
for scene in ("refused", "ipv6-mixed"):
    tap.add("the Zeek script without hosts too: %s" % scene, zeek_script, scene, "any-host")
for scene in ("refused", "ipv6"):
    tap.add("the Zeek script for %s stays silent when the order is another" % scene, zeek_order, scene)
tap.add("the Zeek script forgets a knock that takes too long", zeek_slow, "refused")


@tap.case
def strict_scripts():
    """the reader of Zeek scripts refuses what is not well formed"""
    good, _, _ = export("zeek", "refused")
    for old, new in (("\t\t\tnext;\n", "\t\t\tnext\n"), ("local who = ", "local who "), ("redef KnockScope::sequences", "redef Other::sequences"),
                     ("$follow=", "$following="), ("vector of string;", "vector string;"), ("&write_expire", "&wrote_expire"),
                     ("&& dst !in", "and dst !in"), ("$opens=set(", "$opens=set(("), ("}\n\ntype State", "\ntype State")):
        assert old in good, old
        try:
            Zeek(good.replace(old, new, 1))
        except (AssertionError, IndexError, KeyError):
            continue
        raise AssertionError("taken: " + new)


tap.run()
