#!/usr/bin/env python3
"""Settings and keys of one's own, by scripts with a settings folder of their own."""

import os
import shutil
import subprocess
import sys

if os.access("/dev/shm", os.W_OK):
    os.environ.setdefault("TMPDIR", "/dev/shm")  # every write is synchronised to its disk
sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap

SIZES = [(1, 1), (20, 5), (40, 10), (80, 24), (132, 43), (240, 70)]


def explore(script, *options, settings=None, capture=True):
    """Runs a script with this settings file (None: there is none); gives the file as it is then, or None."""
    home = tap.scratch("home")
    shutil.rmtree(home, ignore_errors=True)
    os.makedirs(os.path.join(home, "knockscope"))
    path = os.path.join(home, "knockscope", "settings")
    if settings is not None:
        with open(path, "w") as file:
            file.write(settings)
    with open(tap.scratch("steps"), "w") as file:
        file.write(script)
    arguments = [tap.PROGRAM, "--script", tap.scratch("steps")] + list(options) + ([tap.data("office.pcap.gz")] if capture else [])
    done = subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, cwd=tap.folder,
                          env=dict(tap.ENVIRONMENT, XDG_CONFIG_HOME=home))
    error = done.stderr.decode("utf-8", "replace")
    assert done.returncode == 0 and error == "" and done.stdout == b"", (done.returncode, error, done.stdout)
    assert os.listdir(os.path.dirname(path)) in ([], ["settings"]), os.listdir(os.path.dirname(path))
    if not os.path.exists(path):
        return None
    with open(path) as file:
        return file.read()


def read(name):
    with open(tap.scratch(name), encoding="utf-8") as file:
        return file.read()


def model():
    values = {}
    for line in read("model").splitlines():
        key, _, value = line.partition(" ")
        values.setdefault(key, []).append(value)
    values["set"] = dict(value.split(" ", 1) for value in values["set"])
    return values


def table():
    out, _ = tap.knockscope("--describe", "settings")
    return [line.split("\t") for line in out.splitlines()]


@tap.case
def every_setting_is_on_the_screen():
    """the settings screen shows every row of the table with value, standard, range, help and effect"""
    explore(":resize 240x70\n,\n:dump-screen shown\n")
    shown = read("shown")
    for name, _, _, standard, text in table():
        line = next((line for line in shown.splitlines() if " %s " % name in line and text in line), None)
        assert line is not None and line.split(name)[1].count(standard) >= 1, (name, line)
    assert "Effect: windows are cut and mined again" in shown


@tap.case
def every_setting_can_be_stepped_and_set_back():
    """on the settings screen each setting goes to another value and back to its standard"""
    for name, _, _, standard, _ in table():
        explore(":settings %s\nl\n:dump-model model\nr\n:dump-model after\n" % name)
        assert model()["settings.name"] == [name]
        assert model()["set"][name] != standard, (name, model()["set"][name])
        assert "set %s %s\n" % (name, standard) in read("after"), name


@tap.case
def habits_are_kept_at_once_and_parameters_when_asked():
    """a habit is in the file at once; a parameter only after :save-settings"""
    assert explore(":set min-supp 0.3\n") is None
    text = explore(":set min-supp 0.3\n:set theme light\n:dump-model model\n")
    assert "theme = light" in text and "min-supp" not in text, text
    assert any("theme = light · kept in " in line for line in model()["message"]), model()["message"]
    text = explore(":set min-supp 0.3\n,w\n:set theme contrast\n:set min-supp 0.1\n:set mouse off\n")
    assert "min-supp = 0.3" in text and "theme = contrast" in text and "mouse = off" in text, text


@tap.case
def kept_parameters_are_the_start_unless_the_command_line_names_some():
    """parameters of the file are taken, all or none: none where an option names one"""
    explore(":dump-model model\n", settings="min-supp = 0.3\nmax-len = 3\n")
    at = model()
    assert at["set"]["min-supp"] == "0.3" and at["set"]["max-len"] == "3" and at["undo"] == ["0 of 0"], at
    explore(":dump-model model\n", "--max-len", "2", settings="min-supp = 0.3\nmax-len = 3\n")
    at = model()
    assert at["set"]["min-supp"] == "auto" and at["set"]["max-len"] == "2", at


@tap.case
def a_value_can_be_typed():
    """Enter on a number asks for it; a wrong one is told and changes nothing"""
    explore(",/max-len<Enter><Enter><C-u>4<Enter>\n:dump-model model\n")
    assert model()["set"]["max-len"] == "4", model()["set"]
    explore(",/max-len<Enter><Enter><C-u>77<Enter>\n:dump-model model\n")
    at = model()
    assert at["set"]["max-len"] == "2" and any("max-len is a number in 2..10" in line for line in at["message"]), at["message"]


@tap.case
def completion_knows_settings_and_values():
    """Tab after :set completes names, then values"""
    explore("1:set<Space>th<Tab>light<Enter>\n:dump-model model\n")
    assert model()["set"]["theme"] == "light", model()["set"]
    explore("1:set<Space>glyphs<Space>as<Tab><Enter>\n:dump-model model\n")
    assert model()["set"]["glyphs"] == "ascii", model()["set"]


@tap.case
def keys_of_the_file_work_and_show():
    """a bound key acts, stands in the help and in the footer; one with text runs it"""
    explore(":resize 132x43\n:dump-screen tune\n<F5>\n:dump-model model\n?\n:dump-screen help\n",
            settings="bind <C-e> export\nbind <F5> set min-supp 0.3\nunbind T\n")
    assert "^e export" in read("tune").splitlines()[-1], read("tune").splitlines()[-1]
    assert model()["set"]["min-supp"] == "0.3"
    shown = read("help")
    assert "Your own keys" in shown and ":set min-supp 0.3" in shown, shown
    explore(":dump-model model\nT\n:dump-model after\n", settings="unbind T\n")
    assert "set theme dark" in read("after")


@tap.case
def lines_for_keys_in_conflict_are_told():
    """conflicts and unknown names are told with file and line, and in one sentence at the start"""
    explore(":dump-model model\n", settings="bind x log\nbind x help\nbind y dance\nbind <Foo> quit\n")
    messages = "\n".join(model()["message"])
    for wanted in ("line 2: x was log in line 1", "line 3: no action is called dance", "line 4: no key is called <Foo>"):
        assert "settings, " + wanted in messages, messages
    assert "4 lines of " in messages and "need a look; L shows them" in messages, messages


@tap.case
def typed_keys_are_kept():
    """:bind acts at once and is in the file; a later one for the same key takes its line's place"""
    text = explore(":bind <F5> log\n:bind <F5> help\n<F5>\n:dump-screen shown\n", settings="# mine\nbind <F6> log\n")
    assert text == "# mine\nbind <F6> log\nbind <F5> help\n", text
    assert "Help" in read("shown")
    text = explore(":unbind <F6>\n", settings="# mine\nbind <F6> log\n")
    assert text == "# mine\nunbind <F6>\n", text


@tap.case
def looking_writes_nothing():
    """a script that changes no habit writes no settings file"""
    assert explore("1\n2\n3\n4\n5\n,\n?\nq\nL\n:set min-inte 0.1\nu\n") is None


@tap.case
def the_hint_comes_in_a_script_when_asked():
    """no hint of itself in a script; :welcome shows it at every size"""
    explore(":dump-screen shown\n" + "".join(":resize %dx%d\n:welcome\n:dump-screen w%d\n<Esc>\n" % (w, h, w) for w, h in SIZES))
    assert "From here to" not in read("shown")
    for w, h in SIZES:
        lines = read("w%d" % w).split("\n")
        assert len(lines) == h + 1 and all(len(line) <= w for line in lines), w
        assert h < 10 or "From here to an exported knock" in read("w%d" % w), w


@tap.case
def line_1_has_t_u_and_l_beside_the_tabs():
    """at 80 columns line 1 has t, u and l and all five digits, on every screen"""
    steps = "".join("%d\n:dump-screen s%d\n" % (n, n) for n in range(1, 6))
    explore(":resize 80x24\n" + steps)
    for n in range(1, 6):
        line = read("s%d" % n).splitlines()[0]
        assert " t " in line and " u " in line and " l " in line and "[%d " % n in line, line
        assert all(str(digit) in line.split(" l ")[1] for digit in range(1, 6)), line


@tap.case
def links_stay_links():
    """settings and an allow list that are links are written through to what they lead to, in the sandbox too"""
    home, store = tap.scratch("linked"), tap.scratch("dotfiles")
    os.makedirs(os.path.join(home, "knockscope"))
    os.makedirs(store)
    for name in ("settings", "allow"):
        with open(os.path.join(store, name), "w") as file:
            file.write("# kept\n")
        os.chmod(os.path.join(store, name), 0o640)
        os.symlink(os.path.join(store, name), os.path.join(home, "knockscope", name))
    with open(tap.scratch("steps"), "w") as file:
        file.write(":set theme light\n:save-settings\n:allow 999 # mine\n")
    done = subprocess.run([tap.PROGRAM, "--script", tap.scratch("steps"), tap.data("office.pcap.gz")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300, cwd=tap.folder, env=dict(tap.ENVIRONMENT, XDG_CONFIG_HOME=home))
    assert done.returncode == 0 and done.stderr == b"", done
    for name, line in (("settings", "theme = light"), ("allow", "999 # mine")):
        assert os.path.islink(os.path.join(home, "knockscope", name))
        path = os.path.join(store, name)
        with open(path) as file:
            lines = file.read().splitlines()
        assert lines[0] == "# kept" and line in lines and os.stat(path).st_mode & 0o777 == 0o640, lines
        assert sorted(os.listdir(store)) == ["allow", "settings"]
    for name in ("settings", "allow"):
        os.unlink(os.path.join(store, name))
    # A link that leads nowhere is told, and stays.
    done = subprocess.run([tap.PROGRAM, "--script", tap.scratch("steps"), tap.data("office.pcap.gz")], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=300, cwd=tap.folder, env=dict(tap.ENVIRONMENT, XDG_CONFIG_HOME=home))
    assert done.returncode == 1 and b"line 3" in done.stderr and b"a link to what is not there" in done.stderr, done
    assert os.path.islink(os.path.join(home, "knockscope", "settings")) and os.listdir(store) == []


tap.run()
