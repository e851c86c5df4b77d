#!/usr/bin/env python3
"""How `bootstrap check` counts: its last line says what passed, failed and was skipped, and its status agrees."""

import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap

BOOTSTRAP = os.path.join(tap.SOURCE, "bootstrap")


def count(steps, **files):
    """The closing line and the status for a list of steps and result files (a double underscore is a folder)."""
    folder = tap.scratch("count")
    subprocess.run(["rm", "-rf", folder], check=True)
    os.makedirs(folder)
    for name, text in files.items():
        path = os.path.join(folder, *name.split("__")) + ".trs"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
    noted = os.path.join(folder, "steps")
    with open(noted, "w") as file:
        file.write(steps)
    done = subprocess.run(["sh", BOOTSTRAP, "count", noted, folder], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    return done.stdout.decode(), done.returncode


def trs(*results):
    """A result file as automake writes it for a test that speaks TAP."""
    lines = [":test-result: %s" % result for result in results]
    return "\n".join(lines + [":global-test-result: PASS", ":recheck: no", ":copy-in-global-log: no"]) + "\n"


@tap.case
def nothing():
    """nothing ran: no success"""
    assert count("") == ("0 passed, 0 failed\n", 1)


@tap.case
def only_skipped():
    """only skipped tests: no success"""
    assert count("skip distcheck\n", a=trs("SKIP 1 - x # SKIP no network")) == ("0 passed, 0 failed, 2 skipped\n", 1)


@tap.case
def steps_and_results():
    """steps and single results, in files of any folder, are added up"""
    assert count("pass gcc: build\npass distcheck\n", a=trs("PASS 1 - x", "PASS 2 - y"), b__c=trs("PASS"), b__d=trs("SKIP 1 - z")) == (
        "5 passed, 0 failed, 1 skipped\n", 0)


@tap.case
def failures():
    """every kind of failure counts and makes the status"""
    for bad in ("FAIL 1 - x", "FAIL", "ERROR - too few tests run (expected 3, got 1)", "XPASS 2 - y # TODO"):
        assert count("pass build\n", a=trs("PASS 1 - fine", bad)) == ("2 passed, 1 failed\n", 1), bad
    assert count("pass build\nfail gcc: tests\n", a=trs("PASS 1 - fine")) == ("2 passed, 1 failed\n", 1)


@tap.case
def names_do_not_count():
    """what a test is called does not count, nor do the lines about the whole file"""
    assert count("pass build\n", a=trs("PASS 1 - FAIL is refused", "PASS 2 - :test-result: FAIL")) == ("3 passed, 0 failed\n", 0)


@tap.case
def expected_failures():
    """a failure that is expected is no success"""
    assert count("pass build\n", a=trs("XFAIL 1 - x # TODO")) == ("1 passed, 0 failed, 1 skipped\n", 0)


@tap.case
def usage():
    """without a command, or with one that is not there: usage, status 2; count without folders fails"""
    for arguments in ([], ["frobnicate"]):
        done = subprocess.run(["sh", BOOTSTRAP] + arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert done.returncode == 2 and b"bootstrap run" in done.stderr and done.stdout == b""
    done = subprocess.run(["sh", BOOTSTRAP, "count", "x"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode == 1 and done.stdout == b""


class Machine:
    """A make-believe machine: dpkg-query knows some packages, apt-get notes what it is asked for, only a few programs are there."""

    PROGRAMS = "sh dirname sed cut tail head mkdir env cat tr".split()

    def __init__(self, name, packages=(), programs=(), user=0, apt=True, works=True):
        self.folder = tap.scratch("machine-" + name)
        self.tree, self.bin = os.path.join(self.folder, "tree"), os.path.join(self.folder, "bin")
        os.makedirs(self.tree)
        os.makedirs(self.bin)
        shutil.copy(BOOTSTRAP, self.tree)
        for program in self.PROGRAMS:
            os.symlink(shutil.which(program), os.path.join(self.bin, program))
        for program in programs:
            self.program(program, "exit 0")
        self.program("id", "echo %d" % user)
        self.program("dpkg-query", "for package; do :; done; case ' %s ' in *\" $package \"*) printf 'ii ';; *) exit 1;; esac" %
                     " ".join(packages))
        if apt:
            self.program("apt-get", 'echo "$@" >>%s/asked; exit %d' % (self.folder, 0 if works else 100))

    def program(self, name, text):
        path = os.path.join(self.bin, name)
        with open(path, "w") as file:
            file.write("#!/bin/sh\n%s\n" % text)
        os.chmod(path, 0o755)

    def packages(self):
        """./bootstrap packages: (status, what it says, what apt-get was asked for)"""
        done = subprocess.run(["sh", os.path.join(self.tree, "bootstrap"), "packages"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env={"PATH": self.bin})
        asked = os.path.join(self.folder, "asked")
        return done.returncode, done.stdout.decode(), open(asked).read().splitlines() if os.path.exists(asked) else []


def listed(name):
    """A list of packages as bootstrap has it."""
    with open(BOOTSTRAP) as file:
        return re.search("^%s='([^']*)'" % name, file.read(), re.M).group(1).split()


LIBRARIES = ["libc6-dev"] + listed("build_packages") + listed("check_packages") + ["libclang-rt-14-dev"]
TOOLS = ("cc gcc make pkg-config autoreconf automake python3 xz gzip tcpdump tshark knockd knock ip nft zstd lz4 groff "
         "shellcheck cppcheck clang-tidy valgrind").split()


def complete(name, **more):
    machine = Machine(name, **{"packages": LIBRARIES, "programs": TOOLS, **more})
    machine.program("clang", "echo 14.0.6")
    return machine


@tap.case
def everything_there():
    """packages: where all are there apt-get is not called"""
    status, said, asked = complete("complete").packages()
    assert (status, asked) == (0, []) and "All packages are there" in said, (status, said, asked)


@tap.case
def only_the_missing():
    """packages: only what is missing is installed, and named"""
    status, said, asked = complete("two", packages=[p for p in LIBRARIES if p not in ("libgsl-dev", "libvterm-dev")]).packages()
    assert status == 0, said
    installs = [line for line in asked if " install " in line]
    assert len(installs) == 1 and installs[0].endswith("--no-install-recommends libgsl-dev libvterm-dev"), asked
    assert any(line.endswith(" update") for line in asked) and "libgsl-dev libvterm-dev" in said


@tap.case
def no_rights():
    """packages: neither root nor sudo: said, with the command for root; apt-get is not called"""
    status, said, asked = complete("user", user=1000, packages=LIBRARIES[2:]).packages()
    assert (status, asked) == (1, []) and "root or sudo" in said and "apt-get install libpcap-dev" in said, (status, said, asked)


@tap.case
def with_sudo():
    """packages: not root, with sudo: apt-get runs through it"""
    machine = complete("sudo", user=1000, packages=LIBRARIES[2:])
    machine.program("sudo", 'echo sudo >>%s/asked; [ "$1" = -n ] && shift; exec "$@"' % machine.folder)
    status, said, asked = machine.packages()
    assert status == 0 and asked[0] == "sudo" and any("install" in line and "libpcap-dev" in line for line in asked), (said, asked)


@tap.case
def fails():
    """packages: an apt-get that fails stops it, and what it said is shown"""
    machine = complete("broken", packages=LIBRARIES[2:], works=False)
    machine.program("apt-get", "echo E: no such thing; exit 100")
    status, said, _ = machine.packages()
    assert status == 1 and "E: no such thing" in said and "could not be installed" in said, said


@tap.case
def only_wanted():
    """packages: what tests can do without may fail to install"""
    machine = complete("wanted", works=False, packages=[p for p in LIBRARIES if not p.startswith("libclang")])
    status, said, asked = machine.packages()
    assert status == 0 and "libclang-rt-14-dev is not to be had here" in said, (said, asked)


@tap.case
def no_apt():
    """packages: where there is no apt-get nothing is installed, and that is said"""
    status, said, asked = complete("other", apt=False).packages()
    assert (status, asked) == (0, []) and "no Debian or Ubuntu" in said, said


tap.run()
