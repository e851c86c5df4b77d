#!/usr/bin/env python3
"""A knock-activated listener in the manner of cd00r.c, for recordings: it harms nothing, it only answers set phrases.

usage: responder.py PORT,PORT,...

Like cd00r it sniffs instead of listening, so that every port of the code is closed. Whoever sends SYNs to all ports of the code
in order names a port with the next SYN; that port then listens for half a minute, for one connection of that address.
"""

import selectors
import socket
import struct
import sys
import time

ANSWERS = {b"id": b"uid=0(root) gid=0(root)\n", b"uptime": b" 12:00:00 up 41 days\n"}


def attempts(sniffer):
    """(source, target port) of every SYN without ACK that comes in."""
    while True:
        try:
            frame, (_, kind, direction, _, _) = sniffer.recvfrom(2048)
        except BlockingIOError:
            return
        if kind != 0x0800 or direction == socket.PACKET_OUTGOING or len(frame) < 34 or frame[23] != 6:
            continue
        head = 14 + (frame[14] & 15) * 4
        if len(frame) >= head + 14 and frame[head + 13] & 0x12 == 0x02:
            yield socket.inet_ntoa(frame[26:30]), struct.unpack(">H", frame[head + 2:head + 4])[0]


def serve(port, source):
    """One connection of the one who knocked, then the port is closed again."""
    with socket.create_server(("", port)) as listener:
        listener.settimeout(30)
        try:
            connection, peer = listener.accept()
        except socket.timeout:
            return
    with connection:
        if peer[0] != source:
            return
        connection.settimeout(10)
        connection.sendall(b"# ")
        for line in connection.makefile("rb"):
            if line.strip() == b"exit":
                break
            connection.sendall(ANSWERS.get(line.strip(), b"?\n") + b"# ")
            time.sleep(0.3)


def main():
    code = [int(port) for port in sys.argv[1].split(",")]
    sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
    sniffer.setblocking(False)
    wait = selectors.DefaultSelector()
    wait.register(sniffer, selectors.EVENT_READ)
    progress = {}
    while True:
        wait.select()
        for source, port in attempts(sniffer):
            done = progress.get(source, 0)
            if done == len(code):
                progress[source] = 0
                print("woken by %s, port %d" % (source, port), file=sys.stderr, flush=True)
                serve(port, source)
            elif port == code[done]:
                progress[source] = done + 1
            elif port in code:
                progress[source] = 0


main()
