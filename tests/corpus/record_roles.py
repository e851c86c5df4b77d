#!/usr/bin/env python3
"""The people of record.sh: who serves, who works, who knocks, and who writes down what happened.

usage: record_roles.py plan KIND FOLDER | serve | office KIND | knock KIND FOLDER | truth KIND FOLDER CAPTURE
"""

import ipaddress
import json
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time

FIXED = {"fixed-rst": ("7000", "8000", "9000"), "mixed-drop": ("2222:udp", "3333:tcp", "4444:udp", "1234:tcp"),
         "ipv6-drop": ("12345", "54321", "24680", "13579"), "connect-drop": ("999", "888", "777", "666", "555")}
TIMES = {"fixed-rst": 7, "mixed-drop": 6, "ipv6-drop": 5, "connect-drop": 4, "one-time-drop": 40}


def server(kind):
    return ("fd77::1", socket.AF_INET6) if kind.startswith("ipv6") else ("10.77.0.1", socket.AF_INET)


def plan(kind, folder):
    """The sequences, and knockd's line that names them."""
    rng = random.Random("plan " + kind)
    if kind == "one-time-drop":
        sequences = []
        for _ in range(TIMES[kind] + 5):
            ports = rng.sample(range(1025, 65535), 2)  # pairs: knockd 0.8 fails when the next one is longer
            sequences.append(["%d:%s" % (port, rng.choice(("tcp", "tcp", "udp"))) for port in ports])
        with open(os.path.join(folder, "one-time"), "w", encoding="ascii") as out:
            out.writelines(",".join(s) + "\n" for s in sequences)
        line = "one_time_sequences = " + os.path.join(folder, "one-time")
    else:
        sequences = [list(FIXED[kind])]
        line = "sequence = " + ",".join(FIXED[kind])
    with open(os.path.join(folder, "sequence"), "w", encoding="ascii") as out:
        out.write(line)
    with open(os.path.join(folder, "plan.json"), "w", encoding="ascii") as out:
        json.dump(sequences, out)


# ---- server ---------------------------------------------------------------------------------------------------------


def serve_tcp(port, first, answer):
    listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::", port))
    listener.listen(64)

    def talk(peer):
        try:
            peer.settimeout(20)
            if first:
                peer.sendall(first)
            while True:
                said = peer.recv(4096)
                if not said:
                    break
                peer.sendall(answer(said))
                if not first:
                    break
        except OSError:
            pass
        finally:
            peer.close()

    while True:
        peer, _ = listener.accept()
        threading.Thread(target=talk, args=(peer,), daemon=True).start()


def page(request):
    size = 300 + sum(request) * 7 % 9000
    return b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % size + b"." * size


def serve():
    threading.Thread(target=serve_tcp, args=(80, b"", page), daemon=True).start()
    threading.Thread(target=serve_tcp, args=(22, b"SSH-2.0-door\r\n", lambda said: b"." * 200), daemon=True).start()
    names = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    names.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    names.bind(("::", 53))
    while True:
        question, who = names.recvfrom(2048)
        names.sendto(question[:2] + b"\x81\x80" + question[4:] + b"\0" * 16, who)


# ---- office ---------------------------------------------------------------------------------------------------------


def connect(family, own, target, port, wait):
    s = socket.socket(family, socket.SOCK_STREAM)
    s.settimeout(wait)
    if own:
        s.bind((own, 0))
    try:
        s.connect((target, port))
        return s
    except OSError:
        s.close()
        return None


def office(kind):
    """Six clients: pages, names, and now and then a port that is not for them."""
    target, family = server(kind)
    rng = random.Random("office " + kind)
    while True:
        own = ("fd77::%d" if family == socket.AF_INET6 else "10.77.0.%d") % rng.randrange(101, 107)
        draw = rng.random()
        if draw < 0.55:
            s = connect(family, own, target, 80, 2)
            if s:
                try:
                    s.sendall(b"GET /%d HTTP/1.0\r\n\r\n" % rng.randrange(10 ** rng.randrange(1, 9)))
                    while s.recv(65536):
                        pass
                except OSError:
                    pass
                s.close()
        elif draw < 0.93:
            s = socket.socket(family, socket.SOCK_DGRAM)
            s.bind((own, 0))
            s.settimeout(1)
            try:
                s.sendto(struct.pack(">HHHHHH", rng.getrandbits(16), 256, 1, 0, 0, 0) + b"\3www\7example\3com\0\0\1\0\1", (target, 53))
                s.recv(512)
            except OSError:
                pass
            s.close()
        else:
            s = connect(family, own, target, rng.choice((22, 443, 443, 8080, 445, 139)), rng.choice((0.2, 1.5)))
            if s:
                s.close()
        time.sleep(rng.expovariate(8))


# ---- knocker --------------------------------------------------------------------------------------------------------


def knock(kind, folder):
    with open(os.path.join(folder, "plan.json"), encoding="ascii") as f:
        sequences = json.load(f)
    target, family = server(kind)
    rng = random.Random("knock " + kind)
    log = []
    for i in range(TIMES[kind]):
        one_time = kind == "one-time-drop"
        time.sleep(rng.uniform(5.5, 9) if one_time else rng.uniform(8, 25))
        if rng.random() < 0.2:  # the door alone does not open
            s = connect(family, None, target, 22, 0.5)
            assert s is None, "the door is open to all"
            time.sleep(rng.uniform(2, 4))
        ports = sequences[i if one_time else 0]
        began = time.time()
        if kind == "connect-drop":
            for port in ports:
                connect(family, None, target, int(port), rng.uniform(0.4, 0.9))  # a repeated SYN would spoil knockd's count
        else:
            command = ["knock", "-d", str(rng.choice((1, 20, 200))), target] + ports
            subprocess.run(command[:1] + (["-6"] if family == socket.AF_INET6 else []) + command[1:], check=True)
        time.sleep(rng.uniform(0.4, 2.0))
        s = connect(family, None, target, 22, 2)
        if s is None:
            raise SystemExit("knock %d (%s) did not open the door" % (i + 1, ",".join(ports)))
        for _ in range(rng.randrange(1, 8)):
            s.recv(512)
            s.sendall(b"." * rng.randrange(20, 200))
        s.recv(512)
        s.close()
        log.append({"began": began, "ports": ports})
    time.sleep(3)
    with open(os.path.join(folder, "log.json"), "w", encoding="ascii") as out:
        json.dump(log, out)


# ---- truth ----------------------------------------------------------------------------------------------------------


def attempts(path):
    """[(time, source, target, label, SYN/ACK?)] of SYNs, SYN/ACKs and datagrams, from tcpdump's own file."""
    with open(path, "rb") as f:
        data = f.read()
    assert data[:4] == b"\xd4\xc3\xb2\xa1"
    at, out = 24, []
    while at + 16 <= len(data):
        sec, micro, keep = struct.unpack_from("<III", data, at)
        p = data[at + 30:at + 16 + keep]
        at += 16 + keep
        if p[0] >> 4 == 4:
            proto, a, b, p = p[9], p[12:16], p[16:20], p[(p[0] & 15) * 4:]
        else:
            proto, a, b, p = p[6], p[8:24], p[24:40], p[40:]
        if proto not in (6, 17):
            continue
        sport, dport = struct.unpack_from(">HH", p)
        if proto == 17 or p[13] & 0x12 in (2, 0x12):
            accepted = proto == 6 and p[13] & 0x12 == 0x12
            name = "%s%d" % ("udp/" if proto == 17 else "", sport if accepted else dport)
            out.append((sec * 1000000 + micro, str(ipaddress.ip_address(a)), str(ipaddress.ip_address(b)), name, accepted))
    return out


def label(port):
    number, _, proto = port.partition(":")
    return "udp/" + number if proto == "udp" else number


def truth(kind, folder, capture):
    with open(os.path.join(folder, "log.json"), encoding="ascii") as f:
        log = json.load(f)
    target, family = server(kind)
    source = "fd77::66" if family == socket.AF_INET6 else "10.77.0.66"
    packets = attempts(capture)
    notes = []
    for entry in log:
        ports, at, times = [label(port) for port in entry["ports"]], int(entry["began"] * 1e6), []
        for port in ports:
            at = next(t for t, a, b, name, acc in packets if t >= at and (a, b, name, acc) == (source, target, port, False))
            times.append(at)
        door = next(t for t, a, b, name, acc in packets if t > at and (a, b, name, acc) == (target, source, "22", True))
        notes.append({"time": times[0] / 1e6, "end": times[-1] / 1e6, "source": source, "sources": [source], "target": target,
                      "ports": ports, "missing": 0, "opened": "22", "opened_time": door / 1e6, "opener": source, "back": False})
    one_time = kind == "one-time-drop"
    knock_truth = {"style": "knockd " + kind, "class": "one-time" if one_time else "plain", "kind": "one-shot" if one_time else "recurring",
                   "one_time": one_time, "ports": notes[0]["ports"], "accept": [notes[0]["ports"]], "opens": "fixed", "doors": ["22"],
                   "activations": notes}
    json.dump({"case": "knockd-" + kind, "style": "knockd " + kind, "background": "recorded", "knocks": [knock_truth]}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("plan", "serve", "office", "knock", "truth"):
        sys.exit(__doc__)
    sys.exit({"plan": plan, "serve": serve, "office": office, "knock": knock, "truth": truth}[sys.argv[1]](*sys.argv[2:]))
