#!/usr/bin/env python3
"""Random keys and random bytes, from a seed: nothing crashes, no sanitizer speaks, it still answers and quits.

KS_MONKEY=100000 sets the number of keys, KS_SEED the seed (both are told)."""

import os
import random
import shutil
import subprocess
import sys

if os.access("/dev/shm", os.W_OK):
    os.environ.setdefault("TMPDIR", "/dev/shm")
sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap

KEYS = int(os.environ.get("KS_MONKEY", "12000"))
SEED = int(os.environ.get("KS_SEED", "1"))
PART = 500  # keys from one sign of life to the next
# Screens that random keys seldom find, and what is typed there.
DEEP = [":baseline other.pcap.gz", "4c", "4p<Enter>nnN", "4w999<Space>888<Enter>", "3w445<Space>139<Space>631<Enter>G<Enter>", "4Awhy<Space>not<Enter>",
        "3Ait<Space>is<Enter>ax", "4a", "4auu", "3<Enter><Enter><Enter>n", ":open other.pcap.gz", ":open nothing", ":why 1 2 3", "4e", "4<Tab>j<Enter><Enter>"]
VALUES = {"choice": lambda r, span: r.choice(span.split()), "switch": lambda r, span: r.choice(["on", "off"]),
          "count": lambda r, span: str(r.choice([0, 1, 2, 3, 5, 40])), "real": lambda r, span: "%g" % r.random(),
          "auto": lambda r, span: r.choice(["auto", "%g" % r.random()]),
          "window": lambda r, span: r.choice(["100", "1000", "30s", "session:10s", "session:0.1s", "5"])}


def table(what):
    out, _ = tap.knockscope("--describe", what)
    return [line.split("\t") for line in out.splitlines()]


def named_keys():
    """Every key of the table but those that leave; q and Backspace stand behind something that they can close."""
    keys = set()
    for row in table("actions"):
        keys.update(row[1].split(" "))
    return sorted(keys - {"", "Q", "q", "<BS>", "<C-z>"}) + ["Lq", "?<BS>"]


def characters(rng):
    """Random bytes as a script may hold them: a line's end would end the step, < begins a name."""
    code = rng.choice([rng.randrange(32, 127), rng.randrange(32, 127), rng.randrange(128, 0x3000), rng.randrange(0x1f300, 0x1f600)])
    text = chr(code) if not 0xd800 <= code < 0xe000 else "?"
    return "<lt>" if text == "<" else "?" if text in "Qq#: " or not text.isprintable() else text


def step(rng, keys, settings):
    """One line, and how many keys it is worth."""
    kind = rng.random()
    if kind < 0.02:
        row = rng.choice(settings)
        if row[0] not in ("max-len", "rotations", "seed"):
            return ":set %s %s" % (row[0], VALUES[row[1]](rng, row[2])), 1
    if kind < 0.06:
        return ":resize %dx%d" % (rng.choice([1, 2, 7, 20, 40, 80, 132, 240]), rng.choice([1, 2, 3, 4, 5, 10, 24, 43, 70])), 1
    if kind < 0.10:
        return "<%s:%d,%d>" % (rng.choice(["Click", "Double", "WheelUp", "WheelDown"]), rng.randrange(90), rng.randrange(30)), 1
    if kind < 0.14:
        return "<Esc>" + rng.choice("12345"), 2
    if kind < 0.18:
        line = rng.choice(DEEP)
        return line, line.count("<") + sum(c not in "<>" for c in line) // 4
    many = rng.randrange(4, 40)
    if kind < 0.30:
        return "1" + "".join(characters(rng) for _ in range(many)), many + 1
    return "4" + "".join(rng.choice(keys) for _ in range(many)), many + 1


def run_part(number, keys, settings):
    rng = random.Random("%d/%d" % (SEED, number))
    home = tap.scratch("monkey-%d" % number)
    os.mkdir(home)
    steps, count = ["<Esc>"], 0
    while count < PART:
        line, worth = step(rng, keys, settings)
        steps.append(line)
        count += worth
    steps += ["<Esc>" * 20 + "1", ":resize 80x24", ":dump-screen alive", ":quit"]
    shutil.copy(tap.data("office.pcap.gz"), os.path.join(home, "other.pcap.gz"))
    script = os.path.join(home, "steps")
    with open(script, "w", encoding="utf-8") as file:
        file.write("\n".join(steps) + "\n")
    env = dict(tap.ENVIRONMENT, HOME=home, XDG_CONFIG_HOME=os.path.join(home, "config"))
    done = subprocess.run([tap.PROGRAM, "--script", script, "--rotations", "2", tap.data("office.pcap.gz")], cwd=home, env=env,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
    error = done.stderr.decode("utf-8", "replace")
    where = "KS_SEED=%d, part %d: status %d, %s" % (SEED, number, done.returncode, error)
    assert "Sanitizer" not in error and "runtime error" not in error, where
    # A capture that a random path named may be unreadable (3) or readable in part (4): that is an answer too.
    # And a command may be refused (1), which is told with its line, or the reading be cancelled.
    refused = error != "" and all(line.startswith("knockscope: script, line ") or line == "knockscope: cancelled" for line in error.splitlines())
    assert done.returncode in (0, 3, 4) or (done.returncode == 1 and refused), where
    alive = os.path.exists(os.path.join(home, "alive"))
    return count if alive else 0


def monkey(first, last):
    keys, settings = named_keys(), table("settings")
    done = left = 0
    for number in range(first, last):
        count = run_part(number, keys, settings)
        done += count
        left += count == 0
    print("# %d keys; %d of %d parts found the way out before their end" % (done, left, last - first))
    total[0] += done


total = [0]
parts = max(1, KEYS // PART)
print("# %d keys of seed %d (KS_MONKEY=100000 KS_SEED=N for more)" % (parts * PART, SEED))
for first in range(0, parts, 8):
    tap.add("a monkey at the keys, parts %d to %d" % (first, min(first + 8, parts) - 1), monkey, first, min(first + 8, parts))


def the_rest():
    """Parts that found the way out are made up for."""
    number = parts
    while total[0] < KEYS * 9 // 10 and number < 2 * parts + 8:
        monkey(number, number + 4)
        number += 4
    assert total[0] >= KEYS * 9 // 10, "%d keys of %d: most parts quit early" % (total[0], KEYS)


tap.add("as many keys as were asked for, or nearly", the_rest)
tap.run()
