#!/usr/bin/env python3
"""Captures made to be expensive: each shape aims at what could cost more than its share, in time or in memory: one pair of hosts, one port, all ports, every
host another one, openings by the thousand, sequences that fit into each other, everything at the same moment, times that run backwards. Each goes through the
commands: it ends within a bound of processor time far above what its size warrants, in bounded memory, with every packet accounted for.

KS_ATTACKS=N sets the packets of each (default 3000, and then only some of the commands). KS_GROWTH=F makes each F times as large too and prints what the time grows by (no bound on that: it is for
people to look at); KS_SHAPES=NAME,... takes only some."""

import json
import os
import random
import resource
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap

PACKETS = int(os.environ.get("KS_ATTACKS", "3000"))
GROWTH = int(os.environ.get("KS_GROWTH", "0"))
ONLY = os.environ.get("KS_SHAPES")
MS = 1000
SECOND = 1000000
SYN, SYN_ACK, RST, ACK, DATA = 2, 18, 20, 16, 24
A, B = 0x0a000001, 0x0a000002


class Capture:
    """Packets, each a small one; times in microseconds."""

    def __init__(self, n):
        self.n, self.out, self.count, self.sequence = n, [], 0, 0
        self.rng = random.Random(7)

    def left(self):
        return self.count < self.n

    def packet(self, at, ip):
        at %= 4294967295 * SECOND
        self.out.append(struct.pack("<IIII", at // SECOND, at % SECOND, 14 + len(ip), 14 + len(ip)) + b"\0" * 12 + (b"\x08\0" if ip[0] < 0x60 else b"\x86\xdd") + ip)
        self.count += 1

    def ip(self, source, target, kind, rest):
        return struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(rest), 0, 0, 64, kind, 0, source, target) + rest

    def tcp(self, at, source, sport, target, dport, flags=SYN, sequence=None, ack=0, payload=b""):
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        self.packet(at, self.ip(source, target, 6, struct.pack(">HHIIBBHHH", sport, dport, sequence & 0xffffffff, ack & 0xffffffff, 0x50, flags, 1024, 0, 0) + payload))
        return sequence

    def udp(self, at, source, sport, target, dport):
        self.packet(at, self.ip(source, target, 17, struct.pack(">HHHH", sport, dport, 8, 0)))

    def ping(self, at, source, target, n, number=0):
        self.packet(at, self.ip(source, target, 1, struct.pack(">BBHHH", 8, 0, 0, 7, number & 65535) + bytes(n)))

    def attempt(self, at, source, sport, target, dport, opens=False):
        """A SYN with its answer."""
        sequence = self.tcp(at, source, sport, target, dport)
        self.tcp(at + 20, target, dport, source, sport, SYN_ACK if opens else RST, 1, sequence + 1)

    def bytes(self):
        return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + b"".join(self.out)


SHAPES = {}


def shape(function):
    SHAPES[function.__name__] = function
    return function


@shape
def one_port(c):
    while c.left():
        c.attempt(c.count * 100 * MS, A, 1024 + c.count % 60000, B, 999)


@shape
def one_port_silent(c):
    while c.left():
        c.tcp(c.count * 700 * MS, A, 1024 + c.count % 60000, B, 999)


@shape
def same_moment(c):
    while c.left():
        c.attempt(5 * SECOND, A, 1024 + c.count % 60000, B, c.rng.randrange(65536))


@shape
def backwards(c):
    while c.left():
        c.attempt((4000000 - c.count // 2) * SECOND, A, 1024 + c.count % 60000, B, c.rng.randrange(200))


@shape
def retransmissions(c):
    while c.left():
        c.tcp(c.count * 10 * MS, A, 5555, B, 999, SYN, 77)


@shape
def all_ports(c):
    while c.left():
        c.attempt(c.count * 50 * MS, A, 40000, B, (c.count // 2 * 7919) % 65536)


@shape
def all_ports_slowly(c):
    while c.left():
        c.attempt(c.count * 20 * SECOND, A, 40000, B, (c.count // 2 * 7919) % 65536)


@shape
def few_ports_at_random(c):
    while c.left():
        c.attempt(c.count * 400 * MS, A, 1024 + c.count % 60000, B, 7000 + c.rng.randrange(12))


@shape
def two_ports_in_turn(c):
    while c.left():
        c.attempt(c.count * 400 * MS, A, 1024 + c.count % 60000, B, 7000 + c.count // 2 % 2)


@shape
def two_ports_at_random(c):
    while c.left():
        c.attempt(c.count * 400 * MS, A, 1024 + c.count % 60000, B, 7000 + c.rng.randrange(2))


@shape
def one_knock_all_the_time(c):
    while c.left():
        start = c.count * 10 * SECOND
        for k, port in enumerate((999, 888, 777, 666)):
            c.attempt(start + k * 300 * MS, A, 1024 + c.count % 60000, B, port)
        c.attempt(start + 2 * SECOND, A, 1024 + c.count % 60000, B, 1234, True)


@shape
def a_knock_of_every_host(c):
    while c.left():
        start = c.count * SECOND
        for k, port in enumerate((999, 888, 777, 666)):
            c.attempt(start + k * 300 * MS, 0x0b000000 + c.count // 10, 1024 + c.count % 60000, B, port)
        c.attempt(start + 2 * SECOND, 0x0b000000 + c.count // 10, 1024, B, 1234, True)


@shape
def a_knock_at_every_host(c):
    while c.left():
        start, target = c.count * SECOND, 0x0b000000 + c.count // 10
        for k, port in enumerate((999, 888, 777, 666)):
            c.attempt(start + k * 300 * MS, A, 1024 + c.count % 60000, target, port)
        c.attempt(start + 2 * SECOND, A, 1024, target, 1234, True)


@shape
def every_target_its_own_knock(c):
    """Each recurs, opens a port and closes it by the same ports backwards."""
    number = 0
    while c.left():
        number += 1
        target, ports = 0x0b000000 + number, [(number * 31 + k * 7) % 60000 + 1 for k in range(3)]
        for again in range(3):
            start = number * 7 * SECOND + again * 3600 * SECOND
            for k, port in enumerate(ports):
                c.attempt(start + k * 300 * MS, A, 1024 + c.count % 60000, target, port)
            c.attempt(start + 2 * SECOND, A, 1024, target, 61000, True)
            for k, port in enumerate(ports[::-1]):
                c.attempt(start + 60 * SECOND + k * 300 * MS, A, 1024 + c.count % 60000, target, port)
            c.attempt(start + 90 * SECOND, A, 1024, target, 61000)


@shape
def every_time_another_knock(c):
    while c.left():
        start = c.count * 10 * SECOND
        for k in range(3):
            c.attempt(start + k * 300 * MS, A, 1024 + c.count % 60000, B, c.rng.randrange(1, 65536))
        c.attempt(start + 2 * SECOND, A, 1024 + c.count % 60000, B, 1234, True)


@shape
def every_time_another_knock_and_door(c):
    while c.left():
        start = c.count * 10 * SECOND
        for k in range(3):
            c.attempt(start + k * 300 * MS, A, 1024 + c.count % 60000, B, c.rng.randrange(1, 65536))
        c.attempt(start + 2 * SECOND, A, 1024 + c.count % 60000, B, c.rng.randrange(1, 65536), True)


@shape
def many_knocks_twice(c):
    number = 0
    while c.left():
        number += 1
        for again in (0, 1):
            for k in range(3):
                c.attempt(number * 60 * SECOND + again * 30 * SECOND + k * 300 * MS, A, 1024 + c.count % 60000, B, (number * 3 + k) * 17 % 65535 + 1)


@shape
def knocks_within_knocks(c):
    number = 0
    while c.left():
        number += 1
        ports = [7000 + k for k in range(2 + number % 22)]
        for k, port in enumerate(ports):
            c.attempt(number * 60 * SECOND + k * 300 * MS, A, 1024 + c.count % 60000, B, port * 13 % 65536)


@shape
def long_knock(c):
    number = 0
    while c.left():
        number += 1
        for k in range(24):
            c.attempt(number * 100 * SECOND + k * 300 * MS, A, 1024 + c.count % 60000, B, (7000 + k) * 13 % 65536)


@shape
def shuffled_knock(c):
    number, ports = 0, [(7000 + k) * 13 % 65536 for k in range(10)]
    while c.left():
        number += 1
        c.rng.shuffle(ports)
        for k, port in enumerate(ports):
            c.attempt(number * 40 * SECOND + k * 300 * MS, A, 1024 + c.count % 60000, B, port)


@shape
def opens_and_closes(c):
    while c.left():
        for k in range(3):
            c.attempt(c.count * SECOND + k * 100 * MS, A, 1024 + c.count % 60000, B, 7001 + k)
        c.attempt(c.count * SECOND, A, 1024 + c.count % 60000, B, 1234, c.rng.random() < 0.5)


@shape
def doors_by_the_thousand(c):
    """A knock, and a great many ports that open within its follow-up."""
    while c.left():
        start = c.count * SECOND
        for k, port in enumerate((999, 888, 777)):
            c.attempt(start + k * 300 * MS, A, 1024, B, port)
        for k in range(200):
            c.attempt(start + 2 * SECOND + k * MS, A, 1024 + k, B, 10000 + (c.count * 7 + k) % 50000, True)


@shape
def everything_open(c):
    while c.left():
        c.attempt(c.count * 300 * MS, A, 1024 + c.count % 60000, B, c.rng.randrange(65536), True)


@shape
def every_source_another(c):
    while c.left():
        c.tcp(c.count * 10 * MS, 0x0b000000 + c.count, 1024, B, 7000 + c.count % 5)


@shape
def every_source_another_any_port(c):
    while c.left():
        c.tcp(c.count * 10 * MS, 0x0b000000 + c.count, 1024, B, c.rng.randrange(65536))


@shape
def every_target_another(c):
    while c.left():
        c.tcp(c.count * 10 * MS, A, 1024, 0x0b000000 + c.count, 7000 + c.count % 5)


@shape
def every_pair_another(c):
    while c.left():
        c.tcp(c.count * 10 * MS, 0x0b000000 + c.rng.randrange(1000), 1024, 0x0c000000 + c.rng.randrange(1000), c.rng.randrange(65536))


@shape
def spoofed_knocks(c):
    while c.left():
        start = c.count * 10 * SECOND
        for k, port in enumerate((999, 888, 777, 666)):
            c.attempt(start + k * 300 * MS, 0x0b000000 + c.rng.randrange(1 << 24), 1024 + c.count % 60000, B, port)


@shape
def ping_lengths(c):
    while c.left():
        c.ping(c.count * 300 * MS, A, B, c.count % 1400, c.count)


@shape
def one_ping(c):
    while c.left():
        c.ping(c.count * 300 * MS, A, B, 56, c.count)


@shape
def pings_of_every_host(c):
    while c.left():
        c.ping(c.count * 10 * MS, 0x0b000000 + c.count, B, c.rng.randrange(1400), c.count)


@shape
def datagrams_one_flow(c):
    while c.left():
        c.udp(c.count * 100 * MS, A, 40000, B, 7777)


@shape
def datagrams_all_ports(c):
    while c.left():
        c.udp(c.count * 100 * MS, A, 1024 + c.count % 60000, B, c.count * 7919 % 65536)


@shape
def datagrams_of_every_host(c):
    while c.left():
        c.udp(c.count * 10 * MS, 0x0b000000 + c.count, 53, 0x0c000000 + c.rng.randrange(1 << 20), c.rng.randrange(65536))


@shape
def answers_only(c):
    while c.left():
        c.tcp(c.count * 10 * MS, B, c.count % 65536, A, 1024, RST | ACK)


@shape
def data_only(c):
    while c.left():
        c.tcp(c.count * 10 * MS, A, 1024, B, c.count % 65536, DATA, None, 0, b"x")


@shape
def one_connection(c):
    """One open connection after a knock, with no end of packets."""
    for k, port in enumerate((999, 888, 777)):
        c.attempt(SECOND + k * 300 * MS, A, 1024, B, port)
    c.attempt(3 * SECOND, A, 1024, B, 1234, True)
    while c.left():
        c.tcp(4 * SECOND + c.count * MS, A, 1024, B, 1234, DATA, None, 0, b"x")


@shape
def many_connections_at_once(c):
    """Every connection opens before any packet of any other follows."""
    n = c.n // 3
    for k in range(n):
        c.attempt(SECOND + k * MS, A, 1024 + k % 60000, 0x0b000000 + k // 60000, 80, True)
    for k in range(n):
        c.tcp(SECOND + (n + k) * MS, A, 1024 + k % 60000, 0x0b000000 + k // 60000, 80, DATA, None, 0, b"x")


@shape
def same_flow_again(c):
    """The same four numbers, a new initial sequence number each time."""
    while c.left():
        c.attempt(c.count * 300 * MS, A, 1024, B, 80, c.rng.random() < 0.5)


@shape
def zipf(c):
    while c.left():
        c.attempt(c.count * 200 * MS, 0x0b000000 + int(c.rng.paretovariate(0.7)) % 5000, 1024 + c.count % 60000, 0x0c000000 + int(c.rng.paretovariate(0.8)) % 500,
                  int(c.rng.paretovariate(0.6)) % 65536, c.rng.random() < 0.3)


@shape
def ipv6_of_every_host(c):
    while c.left():
        c.packet(c.count * 10 * MS, struct.pack(">IHBB", 0x60000000, 20, 6, 64) + struct.pack(">QQ", 0x20010db8 << 32, c.rng.getrandbits(64)) +
                 struct.pack(">QQ", 0x20010db8 << 32, 1) + struct.pack(">HHIIBBHHH", 1024, c.rng.randrange(65536), c.count, 0, 0x50, SYN, 1024, 0, 0))


@shape
def colliding_hosts(c):
    """Addresses that differ in few bits only, as tables by a poor hash would mix up."""
    while c.left():
        c.tcp(c.count * 10 * MS, (c.count & 0xffff) << 16, 1024, (c.count >> 16) << 24 | 1, 7000 + c.count % 3)


@shape
def scans_with_a_knock(c):
    number = 0
    while c.left():
        number += 1
        for k in range(300):
            c.attempt(number * 400 * SECOND + k * 100 * MS, A, 1024 + k, B, c.rng.randrange(65536))
            if k % 60 == 0:
                c.attempt(number * 400 * SECOND + k * 100 * MS + 50 * MS, A, 1024 + k, B, (999, 888, 777, 666, 555)[k // 60])


@shape
def sessions_that_touch(c):
    """Every pause just as long as a session allows."""
    while c.left():
        c.tcp(c.count * 30 * SECOND, A, 1024, B, 7000 + c.count % 300)


@shape
def sources_of_few_tries(c):
    """Many sources that try the same few ports in every order."""
    while c.left():
        source, start = 0x0b000000 + c.count // 8, c.count * 500 * MS
        for k, port in enumerate(c.rng.sample(range(7000, 7008), 4)):
            c.attempt(start + k * 200 * MS, source, 1024, B, port)


COMMANDS = (("stats",), ("knocks", "--rotations", "2"), ("rules", "--rotations", "2"), ("rules", "--rotations", "2", "--max-len", "4"),
            ("rules", "--rotations", "2", "--preset", "paper"), ("sweep", "--rotations", "2"), ("curve",),
            ("knocks", "--rotations", "2", "--items", "tcp", "--scope", "target"), ("why", "--of", "999,888,777", "--rotations", "2"),
            ("evaluate", "--truth", "999,888,777"), ("export", "--as", "markdown", "--rotations", "2"))
if "KS_ATTACKS" not in os.environ and not GROWTH:  # those that differ most
    COMMANDS = COMMANDS[:2] + COMMANDS[3:5]


def run(words, path, seconds):
    """One command in a bound of processor time; its output, seconds and MiB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [tap.PROGRAM, words[0], *words[1:], "--no-sandbox", path] if words[0] == "export" else [tap.PROGRAM, words[0], *words[1:], "--format", "json", path]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=tap.ENVIRONMENT,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1)))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert done.returncode == 0, "%s: status %d after %.1f s of processor time: %s" % (words[1:], done.returncode, used, done.stderr.decode()[-2000:])
    return done.stdout, used


def hold(name):
    path = tap.scratch(name)
    rows = []
    for n in (PACKETS, PACKETS * GROWTH) if GROWTH else (PACKETS,):
        c = Capture(n)
        SHAPES[name](c)
        with open(path, "wb") as file:
            file.write(c.bytes())
        row = []
        for words in COMMANDS:
            out, used = run(words, path, (300 if tap.SANITIZED else 60) + n // 5000)
            row.append(used)
            if words[0] == "stats":
                stats = json.loads(out)
                assert stats["packets"] == c.count == sum(stats["capture"]["decoded"].values()) + sum(stats["skipped"].values()), (c.count, stats)
            elif words[0] in ("knocks", "rules"):
                assert json.loads(out)["capture"]["packets"] == c.count
        rows.append(row)
    os.unlink(path)
    for words, *used in zip(COMMANDS, *rows):
        if GROWTH:
            print("# %-34s %-60s %s" % (name, " ".join(words), "  ".join("%7.2f s" % one for one in used)), flush=True)


for name in SHAPES:
    if ONLY is None or name in ONLY.split(","):
        tap.add("%s: %d packets" % (name.replace("_", " "), PACKETS), hold, name)
tap.run()
