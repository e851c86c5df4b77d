#!/usr/bin/env python3
"""What -V and the Capture screen say of the sandbox: what is in force, what a kernel lacks, that it was left out; and that work goes on, or not. Kernels that
lack something are played by a system call filter that refuses it."""

import ctypes
import os
import platform
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap
from tap import data, scratch

OFFICE = data("office.pcap.gz")
ENOSYS, EPERM, EINVAL = 38, 1, 22
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
NUMBERS = {"x86_64": {"prctl": 157, "seccomp": 317, "getrandom": 318}, "aarch64": {"prctl": 167, "seccomp": 277, "getrandom": 278}}.get(platform.machine())
LANDLOCK_CREATE_RULESET = 444


def load(offset):
    return (0x20, 0, 0, offset)


def unless(value, skip):
    return (0x15, 0, skip, value)


def fail(errno):
    return (0x06, 0, 0, 0x00050000 | errno)


ALLOW = (0x06, 0, 0, 0x7fff0000)


def refusing(*program):
    """For preexec_fn: these instructions, then everything else is allowed."""
    if NUMBERS is None:
        raise tap.Skip("the numbers of system calls on %s are not known here" % platform.machine())
    code = [load(0), *program, ALLOW]
    instructions = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *one) for one in code))
    fprog = ctypes.create_string_buffer(struct.pack("@HP", len(code), ctypes.addressof(instructions)))
    libc = ctypes.CDLL(None, use_errno=True)

    def install():
        libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, fprog, 0, 0) != 0:
            os._exit(99)
        assert instructions is not None
    return install


def run(*words, status=0, before=None):
    done = subprocess.run([tap.PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=tap.ENVIRONMENT, preexec_fn=before)
    if done.returncode == 99:
        raise tap.Skip("no system call filter can be installed here")
    assert done.returncode == status, (words, done)
    return done.stdout.decode(), done.stderr.decode()


def version(before=None):
    out, _ = run("-V", before=before)
    return next(line for line in out.splitlines() if line.startswith("sandbox: "))[len("sandbox: "):]


def shown(*words, before=None):
    """What the Capture screen says."""
    script, screen = scratch("script"), scratch("screen")
    with open(script, "w") as file:
        file.write(":resize 200x50\n5\n:dump-screen %s\n" % screen)
    run("--script", script, "--no-settings", *words, OFFICE, before=before)
    with open(screen, encoding="utf-8") as file:
        rows = [line.split("│")[1] for line in file.read().split("\n") if line.startswith("│")]
    at = next(i for i, row in enumerate(rows) if row.strip().startswith("sandbox"))
    words = [rows[at].strip()[len("sandbox"):]]
    for row in rows[at + 1:]:
        if not row.startswith(" " * 15):
            break
        words.append(row)
    return " ".join(" ".join(words).split())


@tap.case
def in_force():
    """what is in force is said by -V and on the Capture screen, in the same words"""
    said = version()
    assert said.startswith("no new privileges") and "no programs" in said and "no network" in said, said
    assert shown() == said.replace("no Landlock here", "this kernel has no Landlock"), (shown(), said)


@tap.case
def left_out():
    """--no-sandbox is said on the Capture screen"""
    assert shown("--no-sandbox") == "no sandbox", shown("--no-sandbox")


@tap.case
def no_landlock():
    """a kernel without Landlock: that files are not bounded is said, the rest is in force, and work goes on"""
    before = refusing(unless(LANDLOCK_CREATE_RULESET, 1), fail(ENOSYS))
    assert version(before) == "no new privileges, no programs, no network; no Landlock here: files are not bounded", version(before)
    assert shown(before=before) == "no new privileges, no programs, no network; this kernel has no Landlock: files are not bounded", shown(before=before)
    assert "999 888 777 666 555" in run("knocks", "--rotations", "0", OFFICE, before=before)[0]


@tap.case
def no_filter():
    """a kernel that takes no system call filter: that is said with its reason, files are bounded all the same, and work goes on"""
    if NUMBERS is None:
        raise tap.Skip("the numbers of system calls on %s are not known here" % platform.machine())
    before = refusing(unless(NUMBERS["seccomp"], 1), fail(EINVAL), unless(NUMBERS["prctl"], 3), load(16), unless(PR_SET_SECCOMP, 1), fail(EINVAL))
    said = shown(before=before)
    assert said.startswith("no new privileges") and "no system call filter (" in said and "no programs" not in said and "no network" not in said, said
    assert ("Landlock (ABI" in said) == ("Landlock (ABI" in version()), said
    assert "999 888 777 666 555" in run("knocks", "--rotations", "0", OFFICE, before=before)[0]


@tap.case
def privileges_that_stay():
    """where new privileges cannot be given up nothing is read, and --no-sandbox is named"""
    if NUMBERS is None:
        raise tap.Skip("the numbers of system calls on %s are not known here" % platform.machine())
    before = refusing(unless(NUMBERS["prctl"], 3), load(16), unless(PR_SET_NO_NEW_PRIVS, 1), fail(EPERM))
    out, error = run("stats", OFFICE, status=1, before=before)
    assert out == "" and error.startswith("knockscope: cannot give up new privileges: ") and error.endswith("(--no-sandbox goes on without)\n"), error
    assert "packets" in run("stats", "--no-sandbox", OFFICE, before=before)[0]


@tap.case
def no_random_numbers():
    """a kernel without random numbers: captures are read as ever; a file cannot be named safely, so that none is written"""
    if NUMBERS is None:
        raise tap.Skip("the numbers of system calls on %s are not known here" % platform.machine())
    before = refusing(unless(NUMBERS["getrandom"], 1), fail(ENOSYS))
    assert run("knocks", "--rotations", "0", OFFICE, before=before)[0] == run("knocks", "--rotations", "0", OFFICE)[0]
    out, error = run("stats", "-o", scratch("made"), OFFICE, status=1, before=before)
    assert out == "" and error.startswith("knockscope: cannot write ") and "Function not implemented" in error and not os.path.exists(scratch("made")), error


tap.run()
