#!/usr/bin/env python3
"""The rules of the house that a program can check: who may include what, what is never called, how long a file may be."""

import os
import platform
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap

# Data flows one way: a module includes only what stands to the left (the front ends stand side by side).
ORDER = ("base", "capture", "mining", "stats", "knocks", "export", "analysis", "cli", "tui")
# Folders of a module likewise; "" is its top, of which some headers are for all.
ROOMS = {"knocks": ("attempts", "sequences", "openings", "bursts", "verdicts", ""), "tui": ("toolkit", "model", "app", "screens", "")}
DOORS = {"knocks": ("knocks.h",), "tui": ("tui.h", "options.h")}
OWNERS = {"pcap": ("capture",), "gsl/": ("stats",), "curses": ("tui",), "ncurses": ("tui",)}
BANNED = "sprintf vsprintf strcpy strcat strncpy strncat atoi atol atof gets alloca".split()
MOST_LINES = 600
SRC = os.path.join(tap.SOURCE, "src")


def sources():
    for folder, _, names in os.walk(SRC):
        for name in sorted(names):
            if name.endswith((".c", ".h")):
                path = os.path.join(folder, name)
                with open(path, encoding="utf-8") as file:
                    yield os.path.relpath(path, SRC), file.read()


def without_comments(text):
    """Comments and the contents of strings blanked."""
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', lambda m: '""' if m.group()[0] == '"' else " ", text, flags=re.S)


def nothing(complaints):
    complaints = list(complaints)
    assert not complaints, "\n".join(complaints)


@tap.case
def layers():
    """a module includes only modules that stand before it"""
    bad = []
    for path, text in sources():
        here = path.split(os.sep)[0]
        if here not in ORDER:
            continue  # main.c puts everything together
        for included in re.findall(r'^\s*#\s*include\s+"([a-z]+)/', text, re.M):
            if included in ORDER and (ORDER.index(included) > ORDER.index(here) or (here, included) == ("tui", "cli")):
                # writing is a service of export, which stands above the analysis; the parameters' names are shared
                bad.append("%s includes %s" % (path, included))
    nothing(bad)


@tap.case
def rooms():
    """within a module that has rooms, a room includes only rooms that stand before it"""
    bad = []
    for path, text in sources():
        module, *inner = path.split(os.sep)
        if module not in ROOMS:
            continue
        order = ROOMS[module]
        here = order.index(os.sep.join(inner[:-1]))
        for folder, name in re.findall(r'^\s*#\s*include\s+"%s/(?:([a-z]+)/)?([a-z_.]+)"' % module, text, re.M):
            if name not in DOORS[module] and order.index(folder) > here:
                bad.append("%s includes %s/%s/%s" % (path, module, folder, name))
    nothing(bad)


@tap.case
def documents():
    """every document that a source refers to is one of the project's own"""
    bad = []
    for path, text in sources():
        for name in re.findall(r"\b(?:doc/)?[A-Za-z]+\.md\b", text):
            if not any(os.path.exists(os.path.join(tap.SOURCE, folder, name)) for folder in ("", "doc", os.path.dirname(os.path.join("src", path)))):
                bad.append("%s refers to %s" % (path, name))
    nothing(bad)


@tap.case
def owners():
    """pcap.h only in capture, GSL only in stats, curses only in tui"""
    bad = []
    for path, text in sources():
        for included in re.findall(r"^\s*#\s*include\s+<([^>]+)>", text, re.M):
            for prefix, who in OWNERS.items():
                if included.startswith(prefix) and path.split(os.sep)[0] not in who:
                    bad.append("%s includes %s" % (path, included))
    nothing(bad)


@tap.case
def banned():
    """no function that writes without a bound or reads numbers without an error"""
    pattern = re.compile(r"\b(%s)\s*\(" % "|".join(BANNED))
    nothing(["%s calls %s" % (path, name) for path, text in sources() for name in pattern.findall(without_comments(text))])


@tap.case
def allocation():
    """memory comes from base/memory.h, so that tests can make it run out"""
    pattern = re.compile(r"(?<![\w.>])(malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf)\s*\(")
    # What getline gave has to go back the way it came.
    nothing(["%s calls %s" % (path, name) for path, text in sources() if not path.endswith("base/memory.c")
             for name in pattern.findall(without_comments(text)) if name != "free" or "getline" not in text])


@tap.case
def lengths():
    """no source file is longer than 600 lines"""
    nothing(["%s has %d lines" % (path, text.count("\n")) for path, text in sources() if text.count("\n") > MOST_LINES])


@tap.case
def names():
    """no two libraries define the same name"""
    tap.need("nm")
    build = os.environ.get("KS_BUILD", ".")
    defined, bad = {}, []
    for library in sorted(name for name in os.listdir(build) if name.endswith(".a")):
        listing = subprocess.run(["nm", "-g", "--defined-only", os.path.join(build, library)], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL).stdout.decode()
        for match in re.finditer(r"^[0-9a-f]+ [TDBRC] (\w+)$", listing, re.M):
            name = match.group(1)
            if name.startswith(("_", "asan", "__")):
                continue
            if defined.setdefault(name, library) != library:
                bad.append("%s is in %s and in %s" % (name, defined[name], library))
    assert defined
    nothing(bad)


@tap.case
def circles():
    """no two source files call each other, be it through others"""
    tap.need("nm")
    build, defined, wanted = os.path.join(os.environ.get("KS_BUILD", "."), "src"), {}, {}
    for folder, _, files in os.walk(build):
        for name in files:
            path = os.path.relpath(os.path.join(folder, name), build)
            source = re.sub(r"lib\w+_a-", "", path)[:-2] + ".c"  # without one it is left from before
            if name.endswith(".o") and os.path.exists(os.path.join(SRC, source)):
                listing = subprocess.run(["nm", "-g", os.path.join(build, path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout.decode()
                defined.update((symbol, path) for symbol in re.findall(r"^[0-9a-f]+ T (ks_\w+)$", listing, re.M))
                wanted[path] = set(re.findall(r"^ +U (ks_\w+)$", listing, re.M))
    calls = {path: {defined[symbol] for symbol in symbols if symbol in defined} - {path} for path, symbols in wanted.items()}
    assert any(calls.values())
    while True:  # what calls nothing that is left is in no circle
        done = [path for path, others in calls.items() if not others & calls.keys()]
        if not done:
            break
        for path in done:
            del calls[path]
    nothing("%s calls %s" % (path, ", ".join(sorted(others & calls.keys()))) for path, others in sorted(calls.items()))


@tap.case
def prefix():
    """every name that the libraries share begins with ks_"""
    tap.need("nm")
    build, bad = os.environ.get("KS_BUILD", "."), []
    for library in sorted(name for name in os.listdir(build) if name.endswith(".a")):
        listing = subprocess.run(["nm", "-g", "--defined-only", os.path.join(build, library)], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL).stdout.decode()
        bad += ["%s in %s" % (name, library) for name in re.findall(r"^[0-9a-f]+ [TDBRC] (\w+)$", listing, re.M)
                if not name.startswith(("ks_", "_", "asan"))]
    nothing(bad)


@tap.case
def shell_scripts():
    """the shell scripts are in order by shellcheck"""
    if shutil.which("shellcheck") is None:
        raise tap.Skip("shellcheck is not installed")
    for script in ("bootstrap", ".ci/run", "data/record.sh", "tests/static.sh", "tests/memcheck.sh", "tests/fuzz/corpus.sh"):
        subprocess.run(["shellcheck", "-S", "warning", os.path.join(tap.SOURCE, script)], check=True)


@tap.case
def hardened():
    """the program is position independent, its tables are read only once it runs, its stack is no code and guarded, libc calls are checked"""
    tap.need("readelf")
    if os.environ.get("KS_SANITIZED", "").strip():  # those of a build for tests, for coverage too
        raise tap.Skip("sanitizers bring their own protection")
    facts = subprocess.run(["readelf", "-hldnW", tap.PROGRAM], stdout=subprocess.PIPE, check=True).stdout.decode()
    assert "DYN (" in facts and "GNU_RELRO" in facts and "BIND_NOW" in facts
    stack = next(line for line in facts.splitlines() if "GNU_STACK" in line)
    assert " RWE " not in stack
    assert "TEXTREL" not in facts and "RPATH" not in facts and "RUNPATH" not in facts
    symbols = subprocess.run(["readelf", "--dyn-syms", "-W", tap.PROGRAM], stdout=subprocess.PIPE, check=True).stdout.decode()
    assert "__stack_chk_fail" in symbols, "no stack protector"
    if platform.libc_ver()[0] == "glibc":
        assert re.search(r"__(memcpy|snprintf|vsnprintf|memset|fread|read)_chk", symbols), "no checked libc calls (_FORTIFY_SOURCE)"
    if platform.machine() == "x86_64" and "x86 feature" in facts:  # where a library was built without, the linker drops the mark
        assert "IBT" in facts and "SHSTK" in facts, "no control-flow protection (-fcf-protection)"


tap.run()
