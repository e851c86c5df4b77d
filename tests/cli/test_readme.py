#!/usr/bin/env python3
"""What README and the other documents print is what the program prints."""

import os
import re
import shlex
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap


def text(name):
    with open(os.path.join(tap.SOURCE, name), encoding="utf-8") as file:
        return file.read()


def here(*arguments):
    """The program's output, run in the source folder."""
    done = subprocess.run([os.path.abspath(tap.PROGRAM), *arguments], cwd=tap.SOURCE, env=tap.ENVIRONMENT, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    assert done.returncode == 0, done
    return done.stdout.decode()


@tap.case
def first_find():
    """README's first find is the output to the letter, as far as it goes"""
    shown = re.search(r"`knockscope knocks data/office.pcap.gz`, prints:\n\n((?:    .*\n|\n)+)", text("README.md")).group(1)
    lines = [line[4:] for line in shown.rstrip("\n").split("\n")]
    assert lines.pop() == "..." and len(lines) > 8
    assert lines == here("knocks", "data/office.pcap.gz").split("\n")[:len(lines)]


@tap.case
def readme_commands():
    """every command that README shows on a bundled capture runs, and each command is named with what it gives"""
    commands = re.findall(r"^    knockscope (.*data/.*)$", text("README.md"), re.M)
    assert len(commands) >= 3
    for command in commands:
        assert here(*shlex.split(command))
    named = re.findall(r"^    knockscope (\w+) +FILE\.\.\.", text("README.md"), re.M)
    assert sorted(named) == sorted(line.split("\t")[0] for line in here("--describe", "commands").splitlines())


@tap.case
def office_in_words():
    """data/README gives the office's length and what is in it as stats does"""
    spans = re.search(r"UTC, (.*)", here("stats", "data/office.pcap.gz")).group(1)
    assert spans in text("data/README.md"), spans


@tap.case
def manual_examples():
    """the manual's examples are commands that run"""
    page = text("knockscope.1").replace("\\-", "-")
    examples = re.findall(r"^\.B (.*)$", page[page.index(".SH EXAMPLES"):page.index(".SH SEE ALSO")], re.M)
    assert len(examples) >= 5
    ran = 0
    for example in examples:
        words = shlex.split(example.split("|")[-1])
        assert words[0] == "knockscope"
        if len(words) < 3:
            continue # the explorer
        words = [tap.scratch(w) if words[i] == "-o" else tap.data("office.pcap.gz") if re.search(r"\.pcap", w) or w == "-" else w
                 for i, w in enumerate(words[1:])]
        here(*words)
        ran += 1
    assert ran >= 4


tap.run()
