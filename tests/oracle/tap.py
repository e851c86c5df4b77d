"""A harness of a few lines for tests that speak TAP. A test file lists its cases with @case (or add) and ends with run()."""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

# Where the tests run in the background interrupts are ignored, and every child would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

PROGRAM = os.environ.get("KS_BIN", "knockscope")
SOURCE = os.environ.get("KS_SRC", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
DATA = os.path.join(SOURCE, "data")
SANITIZED = "sanitize" in os.environ.get("KS_SANITIZED", "")

cases = []


class Skip(Exception):
    """What a case needs is not on this machine."""


def add(name, function, *arguments):
    cases.append((name, function, arguments))


def case(function):
    """The case's name is its first line of documentation."""
    add(function.__doc__.strip().splitlines()[0], function)
    return function


def run():
    print("1..%d" % len(cases), flush=True)
    failed = 0
    for number, (name, function, arguments) in enumerate(cases, 1):
        try:
            function(*arguments)
            print("ok %d - %s" % (number, name), flush=True)
        except Skip as why:
            print("ok %d - %s # SKIP %s" % (number, name, why), flush=True)
        except Exception:
            failed += 1
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            print("not ok %d - %s" % (number, name), flush=True)
    sys.exit(1 if failed else 0)


folder = tempfile.mkdtemp(prefix="knockscope-test-")
atexit.register(shutil.rmtree, folder, True)


def scratch(name):
    return os.path.join(folder, name)


def data(name):
    return os.path.join(DATA, name)


def need(*programs):
    for program in programs:
        if shutil.which(program) is None:
            raise Skip(program + " is not installed")


ENVIRONMENT = dict(os.environ, XDG_CONFIG_HOME=os.path.join(folder, "config"), HOME=folder)
ENVIRONMENT.pop("NO_COLOR", None)


def knockscope(*arguments, status=0, stdin=None, timeout=300, **more):
    """Runs the program; its exit status must be `status`. Gives standard output and error as text.

    A sanitizer's report fails the case whatever the status."""
    done = subprocess.run([PROGRAM] + [str(a) for a in arguments], stdin=stdin if stdin is not None else subprocess.DEVNULL,
                          stdout=more.pop("stdout", subprocess.PIPE), stderr=subprocess.PIPE, timeout=timeout, env=ENVIRONMENT, **more)
    error = done.stderr.decode("utf-8", "replace")
    assert "Sanitizer" not in error and "runtime error" not in error, error
    assert done.returncode == status, "knockscope %s: status %d, not %d\n%s" % (
        " ".join(map(str, arguments)), done.returncode, status, error)
    return (done.stdout or b"").decode("utf-8"), error


def knockscope_json(*arguments, **more):
    """The same with --format json, read back."""
    out, _ = knockscope(*arguments, "--format", "json", **more)
    return json.loads(out)
