#!/usr/bin/env python3
"""doc/json.md names every key that the program writes as JSON, and no other."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap
from tap import data, knockscope_json

OFFICE = data("office.pcap.gz")
TRUTH = "999,888,777,666,555"
RUNS = {"stats": [()], "curve": [()], "sweep": [()], "rules": [()], "evaluate": [("--truth", TRUTH)],
        "knocks": [(), ("--baseline", data("replica-1.pcap.gz")), ("--from", "1795387040", "--baseline", OFFICE)],
        "why": [("--of", "999,888"), ("--of", "139,999")]}
REFERRED = {"skipped", "decoded"}  # of stats: told by their likes in capture
ELSEWHERE = {"knocks": {"knocks[].activations[].sources"}}  # several sources in one activation: not in this capture


def documented():
    """Keys by section; "a.b, .c" stands for a.b and a.c."""
    sections, name = {}, None
    with open(os.path.join(tap.SOURCE, "doc", "json.md"), encoding="utf-8") as page:
        for line in page:
            if line.startswith("## "):
                name = line[3:].strip()
                sections[name] = set()
            cell = re.match(r"\| (`.*?`) \|", line)
            if cell is None or name is None:
                continue
            keys = re.findall(r"`([^`]+)`", cell.group(1))
            sections[name] |= {keys[0].rpartition(".")[0] + key if key.startswith(".") else key for key in keys}
    return sections


def plain(key):
    """kinds.tcp.events and the like are told once."""
    return re.sub(r"^kinds\.\w+\.", "kinds.*.", key)


def walk(value, at=""):
    """Every key with its place: objects by ".", lists of objects by "[]."."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield at + key
            yield from walk(inner, at + key + ".")
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, at[:-1] + "[].")


def leaves(keys):
    """Without the objects and lists that are only the way to others."""
    return {key for key in keys if not any(other.startswith((key + ".", key + "[].")) for other in keys)}


def held(command):
    written = set()
    for arguments in RUNS[command]:
        written |= {plain(key) for key in walk(knockscope_json(command, *arguments, OFFICE))}
    page = documented()
    named = page["Every command"] | page[command]
    missing = {key for key in leaves(written) - named if key.split(".")[0] not in REFERRED}
    assert not missing, "not in doc/json.md: %s" % sorted(missing)
    surplus = named - written - ELSEWHERE.get(command, set())
    assert not surplus, "in doc/json.md only: %s" % sorted(surplus)


for command in RUNS:
    tap.add("%s: doc/json.md has its keys and no others" % command, held, command)
tap.run()
