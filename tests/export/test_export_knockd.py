#!/usr/bin/env python3
"""knockd with the exported configuration fires on the knock: when the capture is replayed and when the knock client knocks.

Everything happens in a network namespace of its own: no packet leaves it."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "oracle")]
import tap
from knock_capture import SYN, Scene, ip4, ip6, packed, tcp, write

SCENES = {
    "refused": {},
    "silent": dict(answer="silent"),
    "mixed": dict(steps=("7000", "udp/8000", "9000")),
    "repeated": dict(steps=("7000", "8000", "7000")),
    "ipv6": dict(six=True),
    "ipv6-mixed": dict(six=True, steps=("7000", "udp/8000", "9000")),
}
SERVER = {False: "192.0.2.10", True: "2001:db8:2::10"}
MARKER = 65000
SECONDS = 30

# ---- inside the namespace ------------------------------------------------------------------------------------------------


def sh(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


class Daemon:
    def __init__(self, interface, config):
        path = tap.scratch("knockd.conf")
        with open(path, "w") as out:
            out.write(config)
        self.output, self.deadline = b"", time.monotonic() + SECONDS
        self.process = subprocess.Popen(["stdbuf", "-oL", "knockd", "-i", interface, "-c", path, "-v", "-D"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.until(b"listening on")

    def until(self, words):
        """Reads until these words have come."""
        while words not in self.output:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, self.deadline - time.monotonic()))
            part = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not part:
                self.process.kill()
                raise SystemExit("knockd: no \"%s\" in:\n%s" % (words.decode(), self.output.decode()))
            self.output += part

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        rest, _ = self.process.communicate(timeout=SECONDS)
        return (self.output + rest).decode()


def inside():
    """Carries out the job of standard input: starts knockd, sends frames or lets the client knock, prints what knockd said."""
    job = json.load(sys.stdin)
    sh("ip", "link", "set", "lo", "up")
    if job["frames"]:
        sh("ip", "link", "add", "near", "type", "veth", "peer", "name", "far")
        sh("ip", "link", "set", "near", "up")
        sh("ip", "link", "set", "far", "up")
    interface = "far" if job["frames"] else "lo"
    for address in SERVER.values():
        sh("ip", "address", "add", address, "dev", interface, *(["nodad"] if ":" in address else []))
    daemon = Daemon(interface, job["config"])
    if job["frames"]:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as sender:
            sender.bind(("near", 0))
            for frame in job["frames"]:
                sender.send(bytes.fromhex(frame))
    else:
        subprocess.run(["knock", *job["knock"]], check=True, timeout=SECONDS)
        subprocess.run(["knock", *[word for word in job["knock"] if word[:1] == "-"], job["knock"][-len(job["steps"]) - 1], str(MARKER)],
                       check=True, timeout=SECONDS)
    daemon.until(b"marker: OPEN SESAME")
    print(daemon.stop())


if sys.argv[1:] == ["--inside"]:
    inside()
    sys.exit(0)

# ---- outside --------------------------------------------------------------------------------------------------------------


def export(name, options="run=/bin/echo fired for %IP%"):
    """The exported configuration of a scene's knock, and the scene's frames."""
    made = Scene(**SCENES[name])
    frames = made.sorted()
    path = tap.scratch(name + ".pcap")
    write(path, frames)
    done = subprocess.run([os.path.join(os.environ.get("KS_BUILD", "."), "tests", "export", "exporter"), "knockd", "-",
                           ",".join(made.steps), "1234", options, path], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    config = done.stdout.decode()
    # A door of our own, whose opening tells that knockd has seen all frames before it.
    config += "\n[marker]\n    sequence = %d\n    seq_timeout = 5\n    command = /bin/true\n" % MARKER
    return config, frames, made


def marker(made):
    """A frame that opens the marker's door; from a host that knocks nowhere else, as knockd keeps one attempt for each."""
    body = made.summed(made.router, made.server, 6, tcp(60000, MARKER, SYN, 1))
    packet = (ip6 if made.six else ip4)(made.router, made.server, 6, body)
    return made.link(0x86DD if made.six else 0x0800, packet)


def run(job):
    tap.need("knockd", "knock", "unshare", "ip", "stdbuf")
    if subprocess.run(["unshare", "--net", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        raise tap.Skip("no network namespace may be made here")
    done = subprocess.run(["unshare", "--net", sys.executable, os.path.abspath(__file__), "--inside"], input=json.dumps(job).encode(),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=3 * SECONDS, env=tap.ENVIRONMENT)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def fires(name, options):
    config, frames, made = export(name, options)
    said = run(dict(config=config, frames=[frame.hex() for _, frame, _ in frames] + [marker(made).hex()]))
    client = "2001:db8:1::66" if made.six else "203.0.113.66"
    assert said.count("%s: knock-1: OPEN SESAME" % client) == 5, said
    assert said.count("knock-1: OPEN SESAME") == 5, said
    if "run=" in options:
        assert "fired for " + client in said, said


def stays_silent(name):
    config, frames, made = export(name)
    turned = [frame.hex() for _, frame, evidence in reversed(frames) if evidence]
    said = run(dict(config=config, frames=turned + [marker(made).hex()]))
    assert "knock-1: OPEN SESAME" not in said, said
    assert "Stage 1" in said  # it did see them


def client_knocks(name):
    config, _, made = export(name, "any-host")
    words = ["%s:udp" % step[4:] if step.startswith("udp/") else step for step in made.steps]
    said = run(dict(config=config, frames=[], steps=words, knock=(["-6"] if made.six else []) + [SERVER[made.six], *words]))
    assert said.count("knock-1: OPEN SESAME") == 1, said


for scene in SCENES:
    tap.add("knockd fires on every activation when the capture of %s is replayed" % scene, fires, scene, "run=/bin/echo fired for %IP%")
for scene in ("refused", "ipv6-mixed"):
    tap.add("knockd without a target fires too: %s" % scene, fires, scene, "any-host")
for scene in ("refused", "mixed"):
    tap.add("knockd stays silent when %s comes in the wrong order" % scene, stays_silent, scene)
for scene in ("refused", "mixed", "ipv6"):
    tap.add("knockd fires when the knock client knocks as in %s" % scene, client_knocks, scene)
tap.run()
