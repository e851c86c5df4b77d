#!/usr/bin/env python3
"""Tune by scripts: sliders, undo, automatic values with their reasons, advice, snapshots."""

import os
import subprocess
import sys

if os.access("/dev/shm", os.W_OK):
    os.environ.setdefault("TMPDIR", "/dev/shm")
sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap


def models(steps, *options):
    """Dumps the model before the first step and after each; gives them as dictionaries of lists."""
    script = ":dump-model m0\n" + "".join("%s\n:dump-model m%d\n" % (step, i + 1) for i, step in enumerate(steps))
    with open(tap.scratch("steps"), "w") as file:
        file.write(script)
    done = subprocess.run([tap.PROGRAM, "--no-settings", "--script", tap.scratch("steps"), "--rotations", "3"] + list(options) +
                          [tap.data("office.pcap.gz")], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=tap.ENVIRONMENT, cwd=tap.folder,
                          timeout=300)
    assert done.returncode == 0 and done.stderr == b"", done.stderr
    out = []
    for i in range(len(steps) + 1):
        values = {}
        with open(tap.scratch("m%d" % i), encoding="utf-8") as file:
            for line in file.read().splitlines():
                key, _, value = line.partition(" ")
                values.setdefault(key, []).append(value)
        values["set"] = dict(value.split(" ", 1) for value in values["set"])
        out.append(values)
    return out


def rules(model):
    return int(model["rules"][0])


def threshold(model, name):
    return float(model[name][0].split(" ")[0])


ROWS = ["preset", "items", "window", "scope", "min-supp", "min-inte", "min-conf", "max-len", "interest", "min-count", "activations"]


def slide(name):
    move = ROWS.index(name) - ROWS.index("min-inte")
    to = "k" * -move + "j" * move
    up = models([to] + ["l"] * 12)[1:]
    moved = [m for a, m in zip(up, up[1:]) if threshold(m, name) != threshold(a, name)]
    assert len(moved) >= 1, "%s does not move" % name
    for a, b in zip(up, up[1:]):
        if threshold(a, name) != threshold(b, name):
            assert threshold(b, name) > threshold(a, name)
            assert rules(a) != rules(b) or threshold(b, name) == 1, (name, threshold(b, name), rules(b))  # the end is always reached
    down = models([to] + ["l"] * 12 + ["h"] * 12)[13:]
    for a, b in zip(down, down[1:]):
        if threshold(a, name) != threshold(b, name):
            assert threshold(b, name) < threshold(a, name)
            assert rules(a) != rules(b) or threshold(b, name) == 0, (name, threshold(b, name), rules(b))


for name in ("min-supp", "min-inte", "min-conf"):
    tap.add("each step of %s changes the count of rules" % name, slide, name)


@tap.case
def a_series_of_steps_is_one_undo():
    """a series of steps of one parameter is undone at once, and done again at once"""
    m = models(["llll", "u", "<C-r>"])
    assert m[0]["set"] == m[2]["set"] and m[1]["set"] == m[3]["set"] != m[0]["set"]
    assert m[0]["rules"] == m[2]["rules"] and m[1]["rules"] == m[3]["rules"]


@tap.case
def undo_goes_back_change_by_change():
    """changes of different parameters are undone one by one, the newest first; a new change forgets what was undone"""
    m = models([":set min-inte 0.05", ":set min-conf 0.5", ":set window 60s", "u", "u", ":set min-supp 0.1", "<C-r>", "u", "u"])
    assert m[4]["set"] == m[2]["set"] and m[5]["set"] == m[1]["set"]
    assert m[7]["set"] == m[6]["set"], "there is nothing to do again after a new change"
    assert m[8]["set"] == m[1]["set"] and m[9]["set"] == m[0]["set"]


@tap.case
def the_oldest_changes_are_forgotten():
    """of more than 200 changes the last 199 can be undone, and done again; of those of the allow list the last 20"""
    values = ["0.%03d" % (100 + i) for i in range(1, 251)]
    m = models(["\n".join(":set min-conf " + value for value in values), "u" * 260, "<C-r>" * 260])
    assert [float(at["set"]["min-conf"]) for at in m[1:]] == [0.35, float(values[50]), 0.35], [at["set"]["min-conf"] for at in m]
    path = tap.scratch("allow")
    lists = []
    for steps in ("", "u" * 30, "u" * 30 + "\n" + "<C-r>" * 30):
        with open(path, "w"):
            pass
        models(["\n".join(":allow %d # names" % (4000 + i) for i in range(25)), steps], "--allow", path)
        with open(path) as file:
            lists.append([line.split()[0] for line in file if line.strip()[:1].isdigit()])
    ports = [str(4000 + i) for i in range(25)]
    assert lists == [ports, ports[:5], ports], lists
    m = models([":allow 4000 # names"])
    assert any("until the end only" in line for line in m[1]["message"]), m[1]["message"]


@tap.case
def narrowing_is_that_of_the_options():
    """:narrow time and :narrow host leave what --from, --to and --host leave"""
    span = ("1795386859.951465001", "1795386959.25")
    for steps, options in (([":narrow time %s %s" % span], ("--from", span[0], "--to", span[1])), ([":narrow host 192.168.20.10"], ("--host", "192.168.20.10"))):
        narrowed, given = models(steps)[1], models([], *options)[0]
        for key in ("t", "u", "l", "rules", "sweep"):
            assert narrowed[key] == given[key], (key, narrowed[key], given[key])
        assert 0 < int(narrowed["t"][0]) < 2433
    for wrong in (":narrow time 5 4", ":narrow time 1", ":narrow time 1.5e3 1e9", ":narrow host nobody", ":narrow"):
        with open(tap.scratch("steps"), "w") as file:
            file.write(wrong + "\n:dump-model after\n")
        done = subprocess.run([tap.PROGRAM, "--no-settings", "--script", tap.scratch("steps"), tap.data("office.pcap.gz")], stdin=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, env=tap.ENVIRONMENT, cwd=tap.folder, timeout=300)
        assert done.returncode == 1 and b"line 1: " in done.stderr, (wrong, done)


@tap.case
def automatic_gives_values_with_reasons():
    """a makes the chosen parameter automatic again, with a reason; A all of them"""
    m = models(["lll", "a", ":set min-supp 0.1", ":set min-conf 0.3", "A"])
    assert m[1]["set"]["min-inte"] != "auto" and m[1]["min-inte"][0].endswith("(given)")
    assert m[2]["set"]["min-inte"] == "auto" and m[2]["min-inte"] == m[0]["min-inte"]
    assert "together in" in m[2]["min-inte"][0] and "by chance" in m[2]["min-inte"][0], m[2]["min-inte"]
    for name in ("min-supp", "min-inte", "min-conf"):
        assert m[5]["set"][name] == "auto" and not m[5][name][0].endswith("(given)"), m[5][name]


@tap.case
def the_first_advice_is_taken_by_one_key():
    """where no rule passes, x does what the first line says and gives the rules that it promises"""
    m = models([":set min-inte 0.249", "x", "u"])
    assert rules(m[1]) == 0 and len(m[1]["advice"]) >= 1
    promised = int(m[1]["advice"][0].rsplit(": ", 1)[1].split(" ")[0].replace(",", ""))
    assert promised > 0 and rules(m[2]) == promised, (m[1]["advice"], rules(m[2]))
    assert rules(m[3]) == 0


@tap.case
def the_table_and_the_heat_map_move_the_point():
    """rows of Table 2 set minInte; the heat map's cross-hair moves minSupp and minInte"""
    m = models(["<Tab>", "j", "j", "<Tab>", "l", "k"])
    assert m[1]["pane"] == ["table"] and m[4]["pane"] == ["heat"]
    for a, b in ((1, 2), (2, 3)):
        assert threshold(m[b], "min-inte") > threshold(m[a], "min-inte")
        here = [row for row in m[b]["row"] if " here" in row]
        assert len(here) == 1 and float(here[0].split(" ")[0]) == threshold(m[b], "min-inte")
    assert threshold(m[5], "min-inte") > threshold(m[4], "min-inte")
    assert threshold(m[6], "min-supp") != threshold(m[5], "min-supp")


@tap.case
def a_snapshot_leads_back():
    """a snapshot keeps the parameters under a name; from the comparison Enter takes them again"""
    m = models([":snapshot first", ":set min-conf 0.2", ":snapshot second", "C", "G<Enter>", "1"])
    assert m[3]["snapshot"] == ["first", "second"]
    assert m[6]["set"] == m[0]["set"] and m[6]["rules"] == m[0]["rules"], m[6]["set"]
    assert m[2]["set"] != m[0]["set"]


@tap.case
def every_row_of_the_parameters_can_be_changed_and_set_back():
    """right changes every parameter, a sets it back to the preset's value"""
    for i, row in enumerate(ROWS):
        if row == "preset":
            continue
        m = models(["g" if i == 0 else "k" * 5 + "j" * i, "l", "a"])
        assert m[1]["parameter"] == [str(i)], (row, m[1]["parameter"])
        if m[2]["set"][row] == m[0]["set"][row]:
            m = models(["k" * 5 + "j" * i, "h", "a"])
        assert m[2]["set"][row] != m[0]["set"][row], row
        assert m[3]["set"][row] == m[0]["set"][row], row


tap.run()
