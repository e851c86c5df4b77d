"""One attempt as the tools make it: what a client sends to one port, what the target says to it, and when the client goes on.

The forms follow the tools (knock, cd00r's kind, telnet, nmap, scapy, hping, Windows' re-sent SYN) and the firewalls (RST, DROP,
REJECT), not the detector.
"""

from traffic import RETRIES, RETRIES_NEW, SECOND
from wire import ACK, FIN, RST, SYN

ECHO = {"icmp": "icmp/8/0", "icmp6": "icmp6/128/0"}  # items of echo requests: the number is the payload's length


def answer_tcp(plan, t, src, sp, dp, isn, record):
    """What the target says to a SYN."""
    w, dst = plan.w, plan.target
    rtt = w.rtt(src, dst)
    if plan.handshake or dp in plan.served:
        isn, y = isn + 1 & 0xFFFFFFFF, w.rng.getrandbits(32)
        w.wire.tcp(t + rtt, dst, dp, src, sp, y, isn, SYN | ACK, 0, bytes.fromhex("020405b401010402"))
        if plan.client in ("scapy", "nmap") or not plan.handshake and rtt > 3000:
            w.wire.tcp(t + rtt + 30, src, sp, dst, dp, isn, 0, RST, 0, b"", 0)  # nobody waits for the answer any more
            return
        y = y + 1 & 0xFFFFFFFF
        w.wire.tcp(t + rtt + 30, src, sp, dst, dp, isn, y, ACK)
        w.wire.tcp(t + rtt + 90, src, sp, dst, dp, isn, y, FIN | ACK)
        w.wire.tcp(t + 2 * rtt + 90, dst, dp, src, sp, y, isn + 1 & 0xFFFFFFFF, FIN | ACK)
        w.wire.tcp(t + 2 * rtt + 130, src, sp, dst, dp, isn + 1 & 0xFFFFFFFF, y + 1 & 0xFFFFFFFF, ACK)
    elif plan.answer == "rst":
        w.wire.tcp(t + rtt, dst, dp, src, sp, 0, isn + 1 & 0xFFFFFFFF, RST | ACK, 0, b"", 0)
    elif plan.answer == "reject":
        w.wire.unreachable(t + rtt, dst, src, record)


def numbers(plan, src, place):
    """(source port, initial sequence number) of a client that takes none from its system; None where the system chooses."""
    if plan.exact:
        return 40000 + place, 1000 + place
    if plan.client == "scapy":
        return 20, 0
    if plan.client == "hping":
        return 1024 + (src.asum * 7 + place) % 3000, None
    return None, None


def attempt(plan, t, src, item, place=0):
    """One knock at one port, the `place`-th of its sequence. Returns when the client is through with it."""
    w, dst = plan.w, plan.target
    rng, (proto, dp) = w.rng, item
    if proto in ECHO:
        ident = rng.getrandbits(16)
        record = w.wire.echo(t, src, dst, ident, 1, False, dp)
        if plan.answer == "rst":
            w.wire.echo(t + w.rtt(src, dst), dst, src, ident, 1, True, dp)
        elif plan.answer == "reject":
            w.wire.unreachable(t + w.rtt(src, dst), dst, src, record, 1 if dst.v6 else 13)
        return t
    w.tried.setdefault(dst.name, set()).add(dp if proto == "tcp" else 65536 + dp)
    if proto == "udp":
        sp = 53 if plan.client == "scapy" else src.ephemeral()  # scapy's own choice for UDP
        payload = b"" if plan.client in ("scapy", "nmap", "hping") else b"\0"
        record = w.wire.udp(t, src, sp, dst, dp, payload)
        if plan.answer != "drop":
            w.wire.unreachable(t + w.rtt(src, dst), dst, src, record)
        return t
    sp, isn = numbers(plan, src, place)
    sp = src.ephemeral() if sp is None else sp
    isn = rng.getrandbits(32) if isn is None else isn
    system = {"nmap": "nmap", "scapy": "none", "hping": "none"}.get(plan.client, src.system)
    window = {"scapy": 8192, "hping": 512}.get(plan.client, 64240)
    record = w.wire.syn(t, src, sp, dst, dp, isn, system, window)
    answer_tcp(plan, t, src, sp, dp, isn, record)
    if plan.client in ("scapy", "hping"):
        return t
    opened = plan.handshake or dp in plan.served
    if opened:
        return t + 3 * w.rtt(src, dst)
    if plan.client == "windows":
        for pause in (0.5, 0.5) if plan.answer != "drop" else (1, 2):  # after each answer, or after none: the same numbers again
            t += int(pause * SECOND) + rng.randrange(-4000, 14000)
            answer_tcp(plan, t, src, sp, dp, isn, w.wire.syn(t, src, sp, dst, dp, isn, system))
    elif plan.client == "telnet" and plan.answer == "drop":
        for s in RETRIES_NEW if src.asum & 1 else RETRIES:
            if s > plan.patience:
                break
            w.wire.syn(t + s * SECOND + rng.randrange(20000), src, sp, dst, dp, isn, system)
        t += int(plan.patience * SECOND)
    elif plan.client == "nmap" and plan.answer == "drop":
        t += SECOND + rng.randrange(100000)  # a second probe from the next source port
        w.wire.syn(t, src, src.ephemeral(), dst, dp, isn ^ 0x10001, system)
    if plan.client == "telnet" and plan.answer != "drop":
        t += w.rtt(src, dst)
    return t
