#!/usr/bin/env python3
"""Captures that are crooked by design, put together from their parts and not from other captures: headers nested in headers, options and fragments cut
short, times that run backwards or lie at the ends of what fits, capture lengths of nothing and of gigabytes, interfaces by the thousand with the finest and
the coarsest clocks, sections of both byte orders, compressed within compressed, cut and joined. Each goes through stats, rules, knocks and an export, one in
four through a script of the explorer too: a documented status, words where it is not 0, JSON that parses, nothing raw, every packet accounted for.

KS_CROOKED=N sets the number of captures (default 16), KS_SEED the seed."""

import bz2
import gzip
import json
import lzma
import os
import random
import shutil
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap

COUNT = int(os.environ.get("KS_CROOKED", "16"))
SEED = int(os.environ.get("KS_SEED", "1"))
TEXTS = (b"\x1b[2J\x1b]0;x\x07", b"\xc2\x9b31m\xc2\x85", b"a\rb\nc\td\x00e", b"\xff\xfe\xc0\xaf\xed\xa0\x80", "a\u202eb\u2066c\u200bd".encode(), b"A" * 65535,
         b"", b"=1+1", b"|`$(x)")
SIZES = (0, 1, 2, 7, 13, 14, 20, 40, 60, 1500, 65535)


class Maker:
    def __init__(self, rng):
        self.rng = rng
        self.pick = rng.choice

    def short(self, data):
        """As it is, or cut."""
        return data[:self.rng.randrange(len(data) + 1)] if self.rng.random() < 0.08 else data

    def tcp(self):
        r = self.rng
        options = self.pick((b"", b"", b"\x02\x04\x05\xb4", b"\x02\x00\x00\x00", b"\x08\xff", b"\x01" * 40, b"\x05\x01\x00"))
        offset = self.pick((5 + (len(options) + 3) // 4, 5, 0, 15)) if r.random() < 0.2 else 5 + (len(options) + 3) // 4
        return struct.pack(">HHIIBBHHH", r.randrange(1024, 1040), self.pick((22, 80, 999, 7001, 8002, r.randrange(65536))), r.randrange(1 << 32), 0,
                           offset << 4 & 255, self.pick((2, 2, 2, 18, 20, 16, 0, 255)), 1024, 0, 0) + options + bytes(-len(options) % 4)

    def upper(self, depth):
        r = self.rng.random()
        if r < 0.6 or depth > 24:
            return 6, self.tcp()
        if r < 0.75:
            return 17, struct.pack(">HHHH", 1024, self.pick((53, 161, 0)), self.pick((8, 0, 65535)), 0) + b"x" * self.pick((0, 3, 400))
        if r < 0.82:
            return 1, self.pick((b"\x08\x00", b"\x03\x03", b"\x0b\x00")) + bytes(6) + self.ip(depth + 1)
        if r < 0.9:
            return 47, self.pick((b"\x00\x00\x08\x00", b"\xb0\x00\x08\x00" + bytes(12), b"\xff\xff\x65\x58")) + self.ip(depth + 1)
        return self.pick(((4, self.ip(depth + 1)), (41, self.ip(depth + 1)), (50, bytes(8)), (132, bytes(12)), (255, b"")))

    def ip(self, depth=0):
        r = self.rng
        kind, rest = self.upper(depth)
        rest = self.short(rest)
        if r.random() < 0.65:
            options = self.pick((b"", b"", b"\x94\x04\x00\x00", b"\x07\xff\x00\x00", b"\x44\x00" + bytes(38)))
            total = 20 + len(options) + len(rest)
            if r.random() < 0.1:
                total = self.pick(SIZES)
            fragment = self.pick((0, 0, 0, 0, 0x2000, 0x2001, 0x1fff, 0x4000, 0xffff))
            ihl = self.pick((5 + len(options) // 4, 0, 15)) if r.random() < 0.05 else 5 + len(options) // 4
            return struct.pack(">BBHHHBBH", 0x40 | ihl, 0, total & 65535, 1, fragment, 64, kind, 0) + self.pick(
                (b"\x0a\0\0\1\x0a\0\0\2", b"\x0a\0\0\2\x0a\0\0\1", b"\xff" * 8, bytes(8))) + options + rest
        for _ in range(self.pick((0, 0, 1, 3, 40))):
            extension = self.pick((0, 43, 44, 51, 60, 135))
            if extension == 44:
                rest = struct.pack(">BBHI", kind, 0, self.pick((0, 1, 0xfff9)), 7) + rest
            else:
                rest = struct.pack(">BB", kind, self.pick((0, 0, 1, 255))) + bytes(6) + rest
            kind = extension
        length = self.pick((0, 65535, 1)) if r.random() < 0.1 else len(rest) & 65535
        return struct.pack(">IHBB", 0x60000000, length, kind, 64) + self.pick((b"\x20\x01" + bytes(13) + b"\1", b"\xff" * 16)) + bytes(16) + rest

    def frame(self):
        data = self.ip()
        kind = 0x86dd if data[:1] >= b"\x60" else 0x0800
        for _ in range(self.pick((0, 0, 0, 1, 2, 9, 60))):
            if self.rng.random() < 0.7:
                data = struct.pack(">HH", 5, kind) + data
                kind = self.pick((0x8100, 0x88a8, 0x9100))
            elif self.rng.random() < 0.5:
                data = struct.pack(">I", 16 << 12 | self.pick((0x100, 0)) | 64) + data
                kind = 0x8847
            else:
                data = b"\x11\0\0\1" + struct.pack(">HH", len(data) + 2 & 65535, self.pick((0x21, 0x57, 0xc021))) + data
                kind = 0x8864
        return self.short(bytes(12) + struct.pack(">H", kind) + data)

    def pcap(self):
        r = self.rng
        order = self.pick("<>")
        nano = r.random() < 0.3
        out = struct.pack(order + "IHHiIII", 0xA1B23C4D if nano else 0xA1B2C3D4, 2, 4, 0, 0, self.pick((65535, 65535, 65535, 262144, 0, 1, 0x7fffffff)),
                          self.pick((1, 1, 1, 1, 101, 113, 276, 12, 147, 0xffff)))
        clock = 1700000000
        for _ in range(r.randrange(60)):
            clock = self.pick((clock + 1, clock + 1, clock + 20, clock - 5, clock, 0, 0xffffffff, 0x7fffffff)) & 0xffffffff
            frame = self.frame()
            there, whole = len(frame), len(frame)
            if r.random() < 0.01:
                there, whole = self.pick(((0, 0), (0xffffffff, 60), (len(frame), 0), (0x7fffffff, 0x7fffffff), (len(frame), 0xffffffff)))
            out += struct.pack(order + "IIII", clock, self.pick((0, 999999, 999999999, 0xffffffff)), there, whole) + frame
        return out

    def option(self, order, code, value):
        return struct.pack(order + "HH", code, self.pick((len(value), 0, 65535)) if self.rng.random() < 0.01 else len(value)) + value + bytes(-len(value) % 4)

    def block(self, order, kind, body):
        body += bytes(-len(body) % 4)
        ends = [len(body) + 12] * 2
        if self.rng.random() < 0.002:
            ends[self.rng.randrange(2)] = self.pick((0, 4, 11, 13, 0xffffffff))
        return struct.pack(order + "II", kind, ends[0]) + body + struct.pack(order + "I", ends[1])

    def pcapng(self):
        r, out = self.rng, b""
        for _ in range(self.pick((1, 1, 2, 3))):
            order = self.pick("<>")
            comments = b"".join(self.option(order, code, self.pick(TEXTS)) for code in (1, 2, 3, 4) if r.random() < 0.5)
            out += self.block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, self.pick((-1, 0, 1 << 62))) + comments)
            many = 66000 if r.random() < 0.005 else self.pick((1, 1, 2, 300))
            if many > 65535:  # more than a number of 16 bits counts: all alike but the first
                out += self.block(order, 1, struct.pack(order + "HHI", 1, 0, 65535)) * (many - 1)
            for i in range(1 if many > 65535 else many):
                names = b"" if many > 2 else b"".join(self.option(order, code, self.pick(TEXTS)) for code in (2, 3, 12, 1) if r.random() < 0.6)
                if r.random() < 0.5:
                    names += self.option(order, 9, bytes([self.pick((0, 3, 6, 9, 18, 19, 20, 127, 128, 129, 192, 191, 255))]))
                if r.random() < 0.3:
                    names += self.option(order, 14, struct.pack(order + "q", self.pick((1, -1, 1 << 32, -(1 << 63), (1 << 63) - 1, 3600))))
                out += self.block(order, 1, struct.pack(order + "HHI", self.pick((1, 1, 1, 101)), 0, self.pick((0, 65535, 0xffffffff))) + names)
            clock = 1700000000000000
            for _ in range(r.randrange(50)):
                clock = self.pick((clock + 1000000, clock + 1, clock - 777, 0, (1 << 64) - 1, 1 << 63))
                frame = self.frame()
                there = self.pick((0, len(frame), 0xffffffff)) if r.random() < 0.01 else len(frame)
                at = self.pick((0, 0, 0, many - 1, many, 0xffffffff)) if r.random() < 0.2 else 0
                tail = bytes(-len(frame) % 4) + (self.option(order, 1, self.pick(TEXTS)) if r.random() < 0.1 else b"")
                kind = self.pick((6, 6, 6, 6, 3, 2, 4, 5, 0xbad))
                if kind == 3:
                    body = struct.pack(order + "I", there) + frame
                elif kind == 4:
                    body = struct.pack(order + "HH", 1, 8) + b"\x0a\0\0\1" + self.pick(TEXTS)[:64]
                elif kind == 2:
                    body = struct.pack(order + "HHIIII", at & 65535, 0, clock >> 32 & 0xffffffff, clock & 0xffffffff, there, len(frame)) + frame + tail
                else:
                    body = struct.pack(order + "IIIII", at, clock >> 32 & 0xffffffff, clock & 0xffffffff, there, len(frame)) + frame + tail
                out += self.block(order, kind, body)
        return out

    def squeeze(self, data):
        tools = [gzip.compress, lzma.compress, bz2.compress, lambda d: lzma.compress(d, format=lzma.FORMAT_ALONE)]
        for tool in ("zstd", "lz4"):
            if shutil.which(tool):
                tools.append(lambda d, tool=tool: subprocess.run([tool, "-c"], input=d, stdout=subprocess.PIPE, check=True).stdout)
        way = self.rng.random()
        if way < 0.5:
            return self.pick(tools)(data)
        if way < 0.65:
            return self.pick(tools)(self.pick(tools)(data))
        if way < 0.8:
            middle, tool = len(data) // 2, self.pick(tools)
            return tool(data[:middle]) + tool(data[middle:])
        packed = self.pick(tools)(data)
        return packed[:self.rng.randrange(len(packed))] if way < 0.9 else packed + self.pick((b"\0" * 512, b"garbage", data[:100]))

    def capture(self):
        data = self.pcap() if self.rng.random() < 0.45 else self.pcapng()
        if self.rng.random() < 0.1:
            data = data[:self.rng.randrange(len(data) + 1)]
        return self.squeeze(data) if self.rng.random() < 0.25 else data


def harmless(text, ends="\n"):
    return not any(ord(c) < 32 and c not in ends or 0x7f <= ord(c) < 0xa0 or c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200b\ufeff" for c in text)


def run(*words, stdin=None):
    done = subprocess.run([tap.PROGRAM, *words], input=stdin or b"", stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600, env=tap.ENVIRONMENT)
    error = done.stderr.decode("utf-8", "strict")
    assert done.returncode in (0, 1, 3, 4) and "Sanitizer" not in error and "runtime error" not in error, (words, done.returncode, error[-3000:])
    assert harmless(error), (words, error)
    assert (done.returncode == 0) or error.strip(), (words, done.returncode)
    out = done.stdout.decode("utf-8", "strict")
    return done.returncode, out


def hold_one(number):
    rng = random.Random("%d/%d" % (SEED, number))
    path = os.path.join(tap.scratch("crooked-%d" % number))
    with open(path, "wb") as file:
        file.write(Maker(rng).capture())
    status, out = run("stats", "--format", "json", path)
    if status != 3:
        stats = json.loads(out)
        decoded, skipped = sum(stats["capture"]["decoded"].values()), sum(stats["skipped"].values())
        assert stats["packets"] == decoded + skipped, stats
        assert all(harmless(text) for text in walk(stats)), stats
    for words in (("stats", path), ("rules", "--format", "csv", "--rotations", "1", path), ("knocks", "--format", "json", "--rotations", "1", path),
                  ("export", "--as", rng.choice(("markdown", "text", "csv", "json", "bpf")), "--rotations", "1", path)):
        again, out = run(*words)
        assert (again == 3) == (status == 3), (words, again, status)
        assert "json" in words or harmless(out), words
        if again in (0, 4) and words[0] == "knocks":
            json.loads(out)
    if number % 4 == 0:
        screen = path + ".screen"
        script = "3\n4 <Enter> p <Enter>\n5 <Tab> <Down>\n2\n1\n5\n:dump-screen %s\n" % screen
        again, out = run("--script", "-", path, stdin=script.encode())
        if os.path.exists(screen):
            with open(screen, encoding="utf-8", errors="strict") as file:
                assert harmless(file.read()), path
            os.unlink(screen)
    os.unlink(path)
    return status


def walk(value):
    if isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from walk(one)
    elif isinstance(value, list):
        for one in value:
            yield from walk(one)
    elif isinstance(value, str):
        yield value


def hold(first, last):
    statuses = {}
    for number in range(first, last):
        try:
            status = hold_one(number)
        except (AssertionError, ValueError, subprocess.TimeoutExpired) as why:
            raise AssertionError("KS_SEED=%d, capture %d: %s" % (SEED, number, why)) from None
        statuses[status] = statuses.get(status, 0) + 1
    print("# by exit status: %s" % statuses)


for first in range(0, COUNT, 100):
    last = min(first + 100, COUNT)
    tap.add("crooked captures %d to %d of seed %d" % (first, last - 1, SEED), hold, first, last)
tap.run()
