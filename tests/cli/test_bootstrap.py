#!/usr/bin/env python3
"""How `bootstrap check` counts: its last line says what passed, failed and was skipped, and its status agrees."""

import os
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


tap.run()
