#!/usr/bin/env python3
"""Files that keep a reader waiting or have no end, in place of the settings, the allow list and captures; outputs that cannot grow; standard streams that are
closed. Nothing waits for good, takes all memory, or passes a part for the whole."""

import gzip
import lzma
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap
from tap import data, knockscope, scratch

OFFICE = data("office.pcap.gz")
KNOCK = "999 888 777 666 555"


def start(*words, **more):
    return subprocess.Popen([tap.PROGRAM, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=tap.ENVIRONMENT, **more)


def asleep(process):
    """Waits until it waits itself (or has ended)."""
    for _ in range(100000):
        with open("/proc/%d/stat" % process.pid) as file:
            state = file.read().rsplit(")", 1)[1].split()[0]
        if state in "SZ" and process.poll() is None:
            with open("/proc/%d/wchan" % process.pid) as file:
                if "poll" in file.read():
                    return
        if process.poll() is not None:
            return
        time.sleep(0.001)


def config(kind, name):
    """A folder of settings in which one file is something else; the path of that."""
    folder = scratch("config-%s-%s" % (kind, name))
    os.makedirs(os.path.join(folder, "knockscope"))
    path = os.path.join(folder, "knockscope", name)
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        os.mkdir(path)
    elif kind == "large":
        with open(path, "wb") as file:
            file.truncate(100 << 20)
    else:
        os.symlink({"endless": "/dev/zero", "null": "/dev/null"}[kind], path)
    return folder, path


def kept_files(kind, said):
    """The explorer starts in spite of it, says so, and does not write over it."""
    for name in ("settings", "allow"):
        folder, path = config(kind, name)
        before = os.lstat(path)
        script, log = scratch("script"), scratch("log")
        with open(script, "w") as file:
            file.write(":resize 160x40\n:set window 5\nL\n:dump-screen %s\n" % log)
        done = subprocess.run([tap.PROGRAM, "--script", script, OFFICE], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=dict(tap.ENVIRONMENT, XDG_CONFIG_HOME=folder), timeout=120)
        with open(log) as file:
            shown = " ".join(file.read().split())
        assert done.returncode == 0 and (said is None or said in shown), (name, done, shown)
        with open(script, "w") as file:
            file.write(":save-settings\n" if name == "settings" else ":allow 445 # names\n")
        done = subprocess.run([tap.PROGRAM, "--script", script, OFFICE], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=dict(tap.ENVIRONMENT, XDG_CONFIG_HOME=folder), timeout=120)
        after = os.lstat(path)
        assert done.returncode == 1 and done.stderr.startswith(b"knockscope: script, line 1: "), (name, done)
        assert (before.st_ino, before.st_mode, before.st_size) == (after.st_ino, after.st_mode, after.st_size)


for kind, said in (("fifo", "it is not a regular file"), ("endless", "it is not a regular file"), ("large", "larger than"), ("folder", "Is a directory"), ("null", None)):
    tap.add("settings and allow list: " + kind, kept_files, kind, said)


@tap.case
def allow_by_a_pipe():
    """an allow list from a pipe is waited for and read whole; a signal ends the wait; one without an end is refused"""
    path = scratch("allow-pipe")
    os.mkfifo(path)
    process = start("knocks", "--rotations", "0", "--allow", path, OFFICE)
    with open(path, "w") as file:  # returns once it has been opened over there
        for _ in range(3):
            file.write("# %s\n" % ("x" * 5000))
            file.flush()
        file.write("999,888,777,666,555 # ours\n")
    out, error = process.communicate()
    assert process.returncode == 0 and b"allow list" in out and b"ours" in out and error == b"", (out, error)
    for number in (signal.SIGINT, signal.SIGTERM):
        process = start("knocks", "--rotations", "0", "--allow", path, OFFICE)
        asleep(process)
        process.send_signal(number)
        out, error = process.communicate(timeout=60)
        assert process.returncode == -number and out == b"" and b"interrupted" in error, (process.returncode, error)
    _, error = knockscope("knocks", "--rotations", "0", "--allow", "/dev/zero", OFFICE, status=3)
    assert error == "knockscope: /dev/zero: larger than 64 MiB\n", error


@tap.case
def capture_that_never_comes():
    """a capture from a pipe that nobody writes to: a signal ends it; what came before is told"""
    with open(scratch("part"), "wb") as file, open(OFFICE, "rb") as whole:
        file.write(whole.read())
    read, write = os.pipe()
    process = subprocess.Popen([tap.PROGRAM, "stats", "-"], stdin=read, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=tap.ENVIRONMENT)
    os.close(read)
    asleep(process)
    process.send_signal(signal.SIGSTOP)
    process.send_signal(signal.SIGCONT)  # which changes nothing
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    os.close(write)
    assert process.returncode == -signal.SIGINT and out == b""


LONG = ("rules", "--rotations", "0", "--preset", "paper", "--min-inte", "0", "--top", "0", OFFICE)  # far more than a pipe holds


@tap.case
def output_that_is_not_read():
    """an output that nobody reads on, or opens: a signal ends the wait at once"""
    path = scratch("pipe-out")
    os.mkfifo(path)
    for words in (LONG, ("stats", "-o", path, OFFICE)):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = start(*words)
            asleep(process)
            process.send_signal(number)
            assert process.wait(timeout=60) == -number, words
            assert process.stderr.read() == b"knockscope: cancelled\n"


@tap.case
def output_that_does_not_wait():
    """a pipe in which a write does not wait, as some programs leave it: nothing is lost; a reader who comes late gets all"""
    whole, _ = knockscope(*LONG)
    read, write = os.pipe()
    os.set_blocking(write, False)
    process = subprocess.Popen([tap.PROGRAM, *LONG], stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.PIPE, env=tap.ENVIRONMENT)
    os.close(write)
    asleep(process)
    with os.fdopen(read) as file:
        assert file.read() == whole
    assert process.wait(timeout=60) == 0 and process.stderr.read() == b""
    path = scratch("pipe-late")
    os.mkfifo(path)
    process = start("stats", "-o", path, OFFICE)
    asleep(process)
    with open(path) as file:
        assert "packets" in file.read()
    assert process.wait(timeout=60) == 0


@tap.case
def capture_that_stops_coming():
    """half a capture from a pipe, plain and compressed, and then nothing: a signal ends the wait, and nothing passes for the whole"""
    with gzip.open(OFFICE) as file:
        plain = file.read()
    for content in (plain, gzip.compress(plain), lzma.compress(plain)):
        read, write = os.pipe()
        process = subprocess.Popen([tap.PROGRAM, "stats", "-"], stdin=read, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=tap.ENVIRONMENT)
        os.close(read)
        os.write(write, content[:60000])  # less than a pipe holds
        asleep(process)
        process.send_signal(signal.SIGTERM)
        out, error = process.communicate(timeout=60)
        os.close(write)
        assert process.returncode == -signal.SIGTERM and out == b"" and b"cancelled" in error, (process.returncode, out, error)


@tap.case
def captures_that_cannot_be_read():
    """a file whose bytes the system does not give: its reason"""
    if not os.path.exists("/proc/self/mem"):
        raise tap.Skip("there is no /proc/self/mem")
    _, error = knockscope("stats", "/proc/self/mem", status=3)
    assert error == "knockscope: /proc/self/mem: Input/output error\n", error


def with_limit(size):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return limit


@tap.case
def outputs_that_cannot_grow():
    """files may only grow so large: an error in words, no file left that could pass for the whole, nothing beside it"""
    folder = scratch("full")
    os.mkdir(folder)
    words = [("stats",), ("curve", "--format", "csv"), ("rules", "--rotations", "0", "--format", "json"), ("knocks", "--rotations", "0")]
    words += [("export", "--rotations", "0", "--as", form) for form in ("text", "csv", "json", "markdown", "pcap", "bpf", "wireshark", "suricata", "zeek", "knockd")]
    for line in words:
        for size in (0, 100):
            process = start(*line, "-o", os.path.join(folder, "out"), OFFICE, preexec_fn=with_limit(size))
            out, error = process.communicate(timeout=120)
            assert process.returncode == 1 and out == b"" and b"File too large" in error and os.listdir(folder) == [], (line, size, process.returncode, error, os.listdir(folder))
    script = scratch("script-full")
    with open(script, "w") as file:
        file.write(":set window 5\n:save-settings\n")
    process = start("--script", script, OFFICE, preexec_fn=with_limit(0))
    _, error = process.communicate(timeout=120)
    assert process.returncode == 1 and b"File too large" in error, error


@tap.case
def full_devices():
    """standard output that takes nothing"""
    for line in (("stats",), ("knocks", "--rotations", "0"), ("rules", "--rotations", "0", "--format", "json"), ("export", "--rotations", "0", "--as", "csv"), ("-h",), ("-V",), ("export", "--as", "help")):
        with open("/dev/full", "w") as full:
            done = subprocess.run([tap.PROGRAM, *line, *([OFFICE] if line[0][0] != "-" and line[-1] != "help" else [])], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, env=tap.ENVIRONMENT)
        assert done.returncode == 1 and (b"the disk is full" in done.stderr or b"No space left" in done.stderr), (line, done)


@tap.case
def closed_streams():
    """without standard input, output or error: no file that is opened takes their place and what they should get"""
    def closing(*numbers):
        def close():
            for number in numbers:
                os.close(number)
        return close
    folder = scratch("closed")
    os.mkdir(folder)
    whole, _ = knockscope("knocks", "--rotations", "0", OFFICE)
    for numbers in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)):
        path = os.path.join(folder, "out")
        process = subprocess.Popen([tap.PROGRAM, "knocks", "-v", "--rotations", "0", "-o", path, OFFICE], env=tap.ENVIRONMENT, preexec_fn=closing(*numbers),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert process.wait(timeout=120) in (0, 1), numbers
        if os.path.exists(path):
            with open(path) as file:
                assert file.read() == whole, numbers
            os.unlink(path)
        assert os.listdir(folder) == [], os.listdir(folder)
        process = subprocess.Popen([tap.PROGRAM, "knocks", "--rotations", "0", OFFICE], env=tap.ENVIRONMENT, preexec_fn=closing(*numbers),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert process.wait(timeout=120) == (1 if 1 in numbers else 0), numbers


@tap.case
def capture_from_a_closed_stream():
    """standard input that is closed is no capture, and nothing that the program opened itself is taken for it"""
    for numbers in ((0,), (0, 1), (0, 2), (0, 1, 2)):
        def close(numbers=numbers):
            for number in numbers:
                os.close(number)
        process = subprocess.Popen([tap.PROGRAM, "stats", "-"], env=tap.ENVIRONMENT, preexec_fn=close, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        _, error = process.communicate(timeout=120)
        assert process.returncode == 3 and (2 in numbers or error == b"knockscope: standard input: Bad file descriptor\n"), (numbers, process.returncode, error)


@tap.case
def few_open_files():
    """where few files may be open, that is the reason told, not another; or all goes well"""
    def few(most):
        def limit():
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        return limit
    whole, _ = knockscope("knocks", "--rotations", "0", OFFICE)
    path, plain, ended = scratch("few"), scratch("plain.pcap"), set()
    with gzip.open(OFFICE) as file, open(plain, "wb") as out:
        out.write(file.read())
    whole = {OFFICE: whole, plain: knockscope("knocks", "--rotations", "0", plain)[0]}
    for most, capture in ((most, capture) for most in range(4, 20) for capture in whole):
        process = start("knocks", "--rotations", "0", "-o", path, capture, preexec_fn=few(most))
        out, error = process.communicate(timeout=120)
        ended.add(process.returncode)
        if process.returncode == 0:
            with open(path) as file:
                assert file.read() == whole[capture] and error == b"", (most, error)
            os.unlink(path)
        elif process.returncode != 127 and not tap.SANITIZED:  # the libraries could not be opened
            assert process.returncode in (1, 3) and b"Too many open files" in error and not os.path.exists(path), (most, process.returncode, error)
    assert 0 in ended and ended & {1, 3}, ended


@tap.case
def places_of_outputs():
    """links and folders where an output should go: nothing is replaced unless asked, and then the link, not what it leads to"""
    folder = scratch("places")
    os.mkdir(folder)
    secret, link, dangling = (os.path.join(folder, name) for name in ("secret", "link", "dangling"))
    with open(secret, "w") as file:
        file.write("keep")
    os.symlink(secret, link)
    os.symlink(os.path.join(folder, "nothing"), dangling)
    for path in (secret, link, dangling, folder):
        _, error = knockscope("knocks", "--rotations", "0", "-o", path, OFFICE, status=1)
        assert error.startswith("knockscope: cannot "), error
        with open(secret) as file:
            assert file.read() == "keep" and sorted(os.listdir(folder)) == ["dangling", "link", "secret"]
    knockscope("knocks", "--rotations", "0", "--force", "-o", link, OFFICE)
    with open(secret) as file, open(link) as made:
        assert file.read() == "keep" and not os.path.islink(link) and KNOCK in made.read()


@tap.case
def terminals_that_are_none():
    """the explorer without a terminal that it could use says so, whatever TERM and the locale are"""
    for term in ("dumb", "no-such-terminal", "", None, "x" * 5000, "../../etc/passwd"):
        environment = dict(tap.ENVIRONMENT, LC_ALL="C", COLUMNS="999999999", LINES="-1")
        environment.pop("TERM", None)
        if term is not None:
            environment["TERM"] = term
        done = subprocess.run([tap.PROGRAM, OFFICE], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, timeout=120)
        assert done.returncode == 1 and b"terminal" in done.stderr and done.stdout == b"", (term, done)
        done = subprocess.run([tap.PROGRAM, "knocks", "--rotations", "0", OFFICE], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        assert done.returncode == 0 and done.stdout.isascii() and KNOCK in done.stdout.decode(), (term, done)


@tap.case
def captures_from_a_terminal():
    """standard input that is a terminal is no capture, and is not waited for"""
    mine, theirs = os.openpty()
    done = subprocess.run([tap.PROGRAM, "stats", "-"], stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=tap.ENVIRONMENT, timeout=120)
    os.close(mine)
    os.close(theirs)
    assert done.returncode == 3 and b"standard input is a terminal: pipe a capture into it" in done.stderr and done.stdout == b"", done


@tap.case
def no_threads():
    """where no thread can be made, one does everything, and the results are the same"""
    if tap.SANITIZED:
        raise tap.Skip("the search for leaks needs a thread of its own")

    def alone():
        if os.getuid() == 0:  # the limit does not hold for root
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
    folder = scratch("shared")
    os.mkdir(folder)
    path = os.path.join(folder, "office.pcap.gz")
    shutil.copyfile(OFFICE, path)
    for name in (os.path.dirname(folder), folder, path):
        os.chmod(name, 0o755)
    for line in (("stats",), ("rules", "--rotations", "5"), ("knocks", "--rotations", "2", "--threads", "2"), ("sweep", "--rotations", "3", "--preset", "paper")):
        line = [tap.PROGRAM, line[0], "--format", "json", *line[1:], path]
        whole = subprocess.run(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=tap.ENVIRONMENT)
        try:
            done = subprocess.run(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=tap.ENVIRONMENT, preexec_fn=alone)
        except (PermissionError, subprocess.SubprocessError):
            raise tap.Skip("the program lies where another user cannot start it")
        assert done.returncode == whole.returncode == 0 and done.stdout == whole.stdout, (line, done.returncode, done.stderr)


tap.run()
