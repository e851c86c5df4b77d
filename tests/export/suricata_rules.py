"""A reader for the part of Suricata's rule language that the exported rules use (user guide: rules format, meta, flow, xbits, thresholding, header
keywords), strict about everything else, and a model of what the rules do, so that they can be tried on a capture."""

import ipaddress
import re

RULE = re.compile(r"alert (tcp|udp|icmp|icmpv6) (\S+) (\S+) -> (\S+) (\S+) \((.*)\)")
OPTION = re.compile(r'\s*([a-z_]+)(?::\s*((?:"(?:[^"\\;]|\\["\\;])*"|[^";\\])*))?;')
BIT = re.compile(r"(set|isset),([A-Za-z0-9._]+),track (ip_pair|ip_src|ip_dst)(?:,expire (\d+))?")
THRESHOLD = re.compile(r"type (threshold|limit|both),\s*track (by_src|by_dst|by_both),\s*count (\d+),\s*seconds (\d+)")
ONCE = {"msg", "flow", "flags", "noalert", "threshold", "classtype", "sid", "rev", "itype", "icode", "dsize", "metadata"}


def addresses(text):
    if text == "any":
        return None
    words = text[1:-1].split(",") if text[0] == "[" and text[-1] == "]" else [text]
    return {ipaddress.ip_address(word) for word in words}


def ports(text):
    if text == "any":
        return None
    words = text[1:-1].split(",") if text[0] == "[" and text[-1] == "]" else [text]
    numbers = {int(word) for word in words}
    assert all(0 <= n < 65536 for n in numbers)
    return numbers


class Rule:
    def __init__(self, line):
        match = RULE.fullmatch(line)
        assert match, "no rule: " + line
        self.protocol, self.source, self.sport = match.group(1), addresses(match.group(2)), ports(match.group(3))
        self.target, self.dport = addresses(match.group(4)), ports(match.group(5))
        self.options, self.sets, self.asks = {}, [], []
        at, body = 0, match.group(6)
        while at < len(body):
            option = OPTION.match(body, at)
            assert option, "no option: " + body[at:at + 40]
            self.option(option.group(1), option.group(2))
            at = option.end()
        for name in ("msg", "sid", "rev"):
            assert name in self.options, name + " is missing: " + line
        self.sid = int(self.options["sid"])

    def option(self, name, value):
        if name == "xbits":
            what, bit, track, expire = BIT.fullmatch(value).groups()
            (self.sets if what == "set" else self.asks).append((bit, track, int(expire) if expire else None))
            assert what == "set" or expire is None
            return
        if name == "reference":
            assert re.fullmatch(r"url,[a-z0-9./]+", value, re.I), value
            return
        assert name in ONCE and name not in self.options, name
        checks = {"msg": r'"[^"\\;]*"', "flow": "stateless", "flags": "S,12", "classtype": "[a-z-]+", "sid": r"\d+", "rev": r"\d+",
                  "itype": r"\d+", "icode": r"\d+", "dsize": r"\d+", "threshold": THRESHOLD.pattern,
                  "metadata": r"[a-z_]+ [A-Za-z0-9._]+(, [a-z_]+ [A-Za-z0-9._]+)*"}
        assert (value is None) == (name == "noalert")
        assert value is None or re.fullmatch(checks[name], value), "%s:%s" % (name, value)
        self.options[name] = value

    def matches(self, packet):
        return (self.protocol == packet["protocol"] and (self.source is None or packet["source"] in self.source) and
                (self.target is None or packet["target"] in self.target) and (self.sport is None or packet["sport"] in self.sport) and
                (self.dport is None or packet["dport"] in self.dport) and
                ("flags" not in self.options or packet["flags"] & 0x3F == 2) and
                all(name not in self.options or int(self.options[name]) == packet[name] for name in ("itype", "icode", "dsize")))


def track_key(track, packet):
    return {"ip_pair": frozenset((packet["source"], packet["target"])), "ip_src": packet["source"], "ip_dst": packet["target"],
            "by_src": packet["source"], "by_dst": packet["target"], "by_both": (packet["source"], packet["target"])}[track]


class Rules:
    def __init__(self, text):
        self.rules = [Rule(line) for line in text.splitlines() if line and not line.startswith("#")]
        assert len({rule.sid for rule in self.rules}) == len(self.rules), "two rules of one number"
        self.bits, self.counts = {}, {}

    def packet(self, packet):
        """The messages of the alerts that the packet (a dictionary: time in seconds, addresses, ports, flags) raises. Rules that set bits come
        before those that ask for them, which is the harder order: one packet must not take two steps."""
        alerts = []
        for rule in sorted(self.rules, key=lambda rule: (not rule.sets, rule.sid)):
            if not rule.matches(packet):
                continue
            if any(self.bits.get((bit, track_key(track, packet)), -1) < packet["time"] for bit, track, _ in rule.asks):
                continue
            for bit, track, expire in rule.sets:
                self.bits[bit, track_key(track, packet)] = packet["time"] + expire
            if "noalert" not in rule.options and self.over_threshold(rule, packet):
                alerts.append(rule.options["msg"].strip('"'))
        return alerts

    def over_threshold(self, rule, packet):
        if "threshold" not in rule.options:
            return True
        _, track, count, seconds = THRESHOLD.fullmatch(rule.options["threshold"]).groups()
        key = rule.sid, track_key(track, packet)
        begin, seen = self.counts.get(key, (packet["time"], 0))
        if packet["time"] - begin >= int(seconds):
            begin, seen = packet["time"], 0
        self.counts[key] = begin, seen + 1
        return seen + 1 == int(count)
