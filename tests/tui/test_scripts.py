#!/usr/bin/env python3
"""The explorer by scripts: every screen at every size in every locale, what it shows, and that looking changes nothing."""

import csv
import gzip
import io
import json
import os
import re
import struct
import subprocess
import sys
import unicodedata

if os.access("/dev/shm", os.W_OK):
    os.environ.setdefault("TMPDIR", "/dev/shm")  # every dump is synchronised to its disk
sys.path.insert(0, os.path.join(os.environ.get("KS_SRC", "."), "tests", "oracle"))
import tap

SIZES = [(1, 1), (20, 5), (40, 10), (80, 24), (132, 43), (240, 70)]
# How to get to each screen from any main screen, and what its dump is called. <Esc> leads back.
SCREENS = [("tune", "1"), ("curve", "2"), ("rules", "3"), ("rule", "3<Enter>"), ("window", "3<Enter><Enter>"), ("knocks", "4"),
           ("knock", "4<Enter>"), ("packets", "4p"), ("packet", "4p<Enter>"), ("capture", "5"), ("help", "?"), ("log", "L"), ("export", "4<Space>e"), ("allowed", "4a"), ("compare", "4c<Esc>"), ("why", "4w999<Space>888<Space>445<Enter>"),
           ("settings", ","), ("command", "3:se"), ("search", "3/99")]
BACK = "<Esc><Esc><Esc><Esc>1"


def explore(script, capture, *options, status=0, environment=None, stdin=None):
    """Runs a script on a capture; gives standard error."""
    path = tap.scratch("steps")
    with open(path, "w") as file:
        file.write(script)
    env = dict(tap.ENVIRONMENT)
    for name, value in (environment or {}).items():
        if value is None:
            env.pop(name, None)
        else:
            env[name] = value
    done = subprocess.run([tap.PROGRAM, "--no-settings", "--script", path] + list(options) + ([capture] if capture else []),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, timeout=300,
                          cwd=tap.folder)
    error = done.stderr.decode("utf-8", "replace")
    assert "Sanitizer" not in error and "runtime error" not in error, error
    assert done.returncode == status, "status %d, not %d: %s" % (done.returncode, status, error)
    assert done.stdout == b"", done.stdout
    return error


def read(name):
    with open(tap.scratch(name), encoding="utf-8") as file:
        return file.read()


def columns(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def check_cells(name, w, h, ascii_only):
    lines = read(name).split("\n")
    assert lines.pop() == "" and len(lines) == h, "%s: %d lines, not %d" % (name, len(lines), h)
    for line in lines:
        assert columns(line) <= w, "%s: %d columns in %r" % (name, columns(line), line)
        assert all(c.isprintable() for c in line), "%s: %r" % (name, line)
        assert not ascii_only or line.isascii(), "%s: %r" % (name, line)


def grand_tour():
    steps = []
    for w, h in SIZES:
        steps.append(":resize %dx%d" % (w, h))
        for name, keys in SCREENS:
            steps += [keys, ":dump-screen %s-%dx%d" % (name, w, h), BACK]
    return "\n".join(steps) + "\n"


reference = {}


def tour(locale, term, no_color):
    error = explore(grand_tour(), tap.data("office.pcap.gz"), "--rotations", "3",
                    environment={"LC_ALL": locale, "TERM": term, "NO_COLOR": "1" if no_color else None})
    assert error == "", error
    for w, h in SIZES:
        for name, _ in SCREENS:
            dump = "%s-%dx%d" % (name, w, h)
            check_cells(dump, w, h, locale == "C")
            same = reference.setdefault((locale, dump), read(dump))
            assert read(dump) == same, dump + " depends on TERM or NO_COLOR"


for locale in ("C", "C.UTF-8"):
    for term in ("dumb", "vt100", "linux", "xterm-256color"):
        for no_color in (False, True):
            tap.add("every screen fits every size: %s, %s%s" % (locale, term, ", NO_COLOR" if no_color else ""), tour, locale, term,
                    no_color)


def screen(keys, capture="office.pcap.gz", *options, size="132x43"):
    explore(":resize %s\n%s\n:dump-screen shown\n:dump-model model\n" % (size, keys), tap.data(capture), *options)
    return read("shown")


def model(name="model"):
    values = {}
    for line in read(name).splitlines():
        key, _, value = line.partition(" ")
        values.setdefault(key, []).append(value)
    return values


def csv_of(*arguments):
    out, _ = tap.knockscope(*arguments, "--format", "csv")
    return list(csv.DictReader(io.StringIO(out)))


@tap.case
def the_knock_of_the_office_is_on_screen_4():
    """the knock of the office capture is on screen 4 with its activations and the port that it opened"""
    shown = screen("4")
    line = next(line for line in shown.splitlines() if "999 › 888 › 777 › 666 › 555" in line)
    times = next(value for value in model()["knock"] if value.startswith("999 ›")).split("(")[1].split()[0]
    assert times in line.split(), line
    assert "1234 opened" in shown


def packets_of(name):
    """Time and bytes of every packet of a classic little-endian microsecond pcap."""
    with gzip.open(tap.data(name)) as file:
        data = file.read()
    assert data[:4] == b"\xd4\xc3\xb2\xa1"
    at, found = 24, []
    while at < len(data):
        seconds, micro, kept, length = struct.unpack_from("<IIII", data, at)
        found.append((seconds * 10**6 + micro, length, data[at + 16:at + 16 + kept]))
        at += 16 + kept
    return found


@tap.case
def the_bytes_of_a_packet_are_those_of_the_capture():
    """Enter on a packet shows the bytes that the capture holds; n and N go to its neighbours"""
    explore("4p<Enter>\n:dump-model m0\nn\n:dump-model m1\nnn\n:dump-model m3\nN\n:dump-model m2\n"
            ":resize 110x30\n:dump-screen shown\nq\n:dump-screen list\n", tap.data("office.pcap.gz"))
    packets, numbers = packets_of("office.pcap.gz"), []
    for name in ("m0", "m1", "m2", "m3"):
        shown = model(name)
        number = int(shown["packet.packet"][0])
        numbers.append(number)
        _, length, kept = packets[number - 1]
        assert shown["packet.length"] == [str(length)] and shown["packet.bytes"] == [kept.hex()], (name, shown, kept.hex())
    assert numbers == sorted(set(numbers))
    first = packets[numbers[2] - 1][2][:16]
    assert first[:8].hex(" ") + "  " + first[8:].hex(" ") in read("shown"), read("shown")
    assert "packet    {:,} in ".format(numbers[2]) in read("shown")


@tap.case
def bytes_of_standard_input_are_not_kept():
    """a packet of standard input shows what was decoded, and says why its bytes are not there"""
    path = tap.scratch("steps")
    with open(path, "w") as file:
        file.write(":resize 110x30\n4p<Enter>\n:dump-screen shown\n")
    with open(tap.data("office.pcap.gz"), "rb") as capture:
        done = subprocess.run([tap.PROGRAM, "--no-settings", "--script", path, "-"], stdin=capture, stderr=subprocess.PIPE,
                              env=tap.ENVIRONMENT, cwd=tap.folder, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "cannot be read a second time" in read("shown") and "TCP SYN" in read("shown"), read("shown")


@tap.case
def a_capture_that_cannot_be_opened_leaves_the_old_one():
    """opening a file that is not there keeps the capture on screen, and its name"""
    explore(":open no-such.pcap\n:dump-screen shown\n:dump-model model\n", tap.data("office.pcap.gz"), status=3)
    assert "office.pcap.gz" in read("shown").splitlines()[0], read("shown")
    assert model()["path"] == [tap.data("office.pcap.gz")]


@tap.case
def a_knock_is_allowed_from_inside():
    """A puts a knock on the allow list: judged and written at once, the same in batch; u undoes, A takes it off"""
    path = tap.scratch("allow.txt")
    with open(path, "w") as file:
        file.write("# ours\n")
    explore(":dump-model before\n4A<Enter>\n:dump-model none\nAits<Space>own<Space>door<Enter>\n:dump-model allowed\na\n:dump-screen list\nqu\n"
            ":dump-model undone\n<C-r>\n:dump-model redone\n:set min-supp 0.3\nuu\n:dump-model both\n<C-r><C-r>\n:dump-model forth\nuu\nAagain<Enter>\n:dump-model again\n4gA\n:dump-model off\n:allow 4000 # later\n",
            tap.data("office.pcap.gz"), "--allow", path)
    standing = lambda name: [k for k in model(name)["knock"] if "set aside" not in k]
    assert len(standing("before")) == 1 and standing("none") == standing("before")
    assert standing("allowed") == []
    assert any(k.endswith("set aside: allow list: its own door") for k in model("allowed")["knock"])
    assert "its own door" in read("list") and "stands without it" in read("list"), read("list")
    assert standing("redone") == [] and standing("both") == standing("before") and standing("forth") == []
    assert model("both")["set"] == model("before")["set"] != model("forth")["set"]
    assert standing("undone") == standing("before") and standing("again") == [] and standing("off") == standing("before")
    with open(path) as file:
        lines = file.read().splitlines()
    assert lines[0] == "# ours" and lines[-1] == "4000 # later", lines
    with open(path, "a") as file:
        file.write("999,888,777,666,555 # batch\n")
    out, _ = tap.knockscope("knocks", "--allow", path, "--format", "json", tap.data("office.pcap.gz"))
    assert '"allow list: batch"' in out


@tap.case
def a_baseline_shows_what_is_new():
    """against a baseline of the time before, the knock and its rules are new; against itself nothing is"""
    packets = 1490  # all before the first activation
    with gzip.open(tap.data("office.pcap.gz")) as file:
        data, at = file.read(), 24
    for _ in range(packets):
        at += 16 + struct.unpack_from("<I", data, at + 8)[0]
    with open(tap.scratch("base.pcap"), "wb") as file:
        file.write(data[:at])
    explore(":baseline base.pcap\n:resize 132x43\n:dump-screen shown\n:dump-model knocks\n<Tab>\n:dump-model rules\n4\n:dump-screen list\n3\n:dump-screen rules3\n"
            ":baseline office\n", tap.data("office.pcap.gz"), status=1)
    knocks, rules = model("knocks"), model("rules")
    assert knocks["compare.knocks"] == ["1 new 0 gone"], knocks
    assert any(row.startswith("999 › 888 › 777 › 666 › 555 0 5") for row in knocks["compare.new"])
    assert any(row.startswith("999 ⇒ 888 0 5") for row in rules["compare.new"]), rules["compare.new"][:5]
    assert "against the baseline base.pcap" in read("shown")
    for name in ("list", "rules3"):
        assert " new" in read(name), read(name)
    with open(tap.scratch("same.pcap.gz"), "wb") as copy, open(tap.data("office.pcap.gz"), "rb") as source:
        copy.write(source.read())
    steps = "".join(":resize %dx%d\n:dump-screen c%s-%dx%d\n<Tab>\n" % (w, h, ascii, w, h) for w, h in SIZES for ascii in (0, 1))
    explore(":baseline same.pcap.gz\n:dump-model same\n" + steps, tap.data("office.pcap.gz"))
    for w, h in SIZES:
        check_cells("c0-%dx%d" % (w, h), w, h, False)
    same = model("same")
    assert same["compare.hosts"] == same["compare.items"] == same["compare.knocks"] == ["0 new 0 gone"], same
    assert same["compare.rules"][0].startswith("0 new of ")


@tap.case
def why_says_what_the_why_command_says():
    """w explains typed items as the why command does: each pair, and the sequence"""
    explore("4w999<Space>888<Space>445<Enter>\n:dump-model why\n:why 999 888 777 666 555\n:dump-model knock\n:why 999\n:why 1 2 3 4 5 6 7 8 9 10 11\n:dump-model wrong\n",
            tap.data("office.pcap.gz"), status=1)
    out, _ = tap.knockscope("why", "--of", "999,888,445", "--format", "json", tap.data("office.pcap.gz"))
    batch = json.loads(out)
    shown = model("why")
    rules = {"%s => %s" % (rule["if"], rule["then"]): rule["reason"] for rule in batch["rules"]}
    for line in shown["why.rule"]:
        words = line.split(" ", 3)
        assert rules.pop(" ".join(words[:3])) == words[3], line
    assert rules == {}
    assert batch["sequence"]["reason"] in shown["why.knock"][0]
    assert model("knock")["why.knock"][-1].startswith("Stands as knock 1."), model("knock")["why.knock"]
    assert any("two items at least" in m for m in model("wrong")["message"])
    assert any("at most 10 items" in m for m in model("wrong")["message"]), model("wrong")["message"]


@tap.case
def large_captures_are_looked_through_in_the_background():
    """packets and reasons of a capture too large for one key press are the same"""
    large = tap.data("replica-2.pcap.gz")
    assert tap.knockscope_json("stats", "--items", "tcp", large)["events"] > 50000
    explore("4p\n:dump-model list\n:dump-screen shown\nq\np<Enter>\n:dump-model packet\n<Esc><Esc>\n:why 999 888 777\n:dump-model why\n"
            ":set min-supp 0\n:dump-model again\nq\n:dump-model after\n", large, "--rotations", "0")
    json_of = lambda *options: json.loads(tap.knockscope(*options, "--format", "json", large)[0])
    kept = tap.scratch("list.pcap")
    tap.knockscope("export", "--select", "1", "--as", "pcap", "-o", kept, large)
    with open(kept + ".json") as file:
        numbers = {packet["packet"] for packet in json.load(file)["packets"]}
    shown = [int(line.split()[0]) for line in model("list")["packet"]]
    assert len(shown) > 10 and numbers.issuperset(shown) and shown == sorted(shown)
    assert "{:,} packets".format(len(shown)) in read("shown")
    assert model("packet")["packet.packet"] == [str(shown[0])]
    batch = json_of("why", "--of", "999,888,777")
    assert batch["sequence"]["reason"] in model("why")["why.knock"][0]
    reasons = [line.split(" ", 3) for line in model("why")["why.rule"]]
    assert {" ".join(words[:3]): words[3] for words in reasons} == {"%s => %s" % (r["if"], r["then"]): r["reason"] for r in batch["rules"]}
    assert model("again")["why.rule"] != model("why")["why.rule"]


@tap.case
def the_curve_is_the_batch_curve():
    """screen 2 shows the values of the curve command at its cursor"""
    screen("2")
    at = model()
    rows = {int(row["x"]): row for row in csv_of("curve", tap.data("office.pcap.gz"))}
    row = rows[int(at["curve.at"][0])]
    name = next(key for key in row if "cdf" in key)
    assert abs(float(row[name]) - float(at["curve.cdf"][0])) <= 1e-9 * max(1e-300, float(row[name])), (row, at["curve.cdf"])


def counts_of_table_2(*options):
    screen("1", "replica-1.pcap.gz", "--preset", "paper", "--rotations", "2", *options)
    shown = {float(value.split()[0]): value.split()[1] for value in model()["sweep"]}
    batch = csv_of("sweep", "--preset", "paper", "--rotations", "2", *options, tap.data("replica-1.pcap.gz"))
    assert len(batch) > 5
    for row in batch:
        assert shown[float(row["min_inte"])] == row["rules"], (row, shown)
    return batch


@tap.case
def table_2_of_the_model_is_the_sweep_command():
    """Table 2 as the explorer keeps it equals the sweep command"""
    counts_of_table_2()


@tap.case
def table_2_on_screen_1_is_the_sweep_command():
    """Table 2 on screen 1 shows the counts of the sweep command"""
    batch = counts_of_table_2()
    shown = read("shown")
    for row in batch:
        number = "{:,}".format(int(row["rules"]))
        assert number in shown, "%s rules at %s are not on the screen\n%s" % (number, row["min_inte"], shown)


def storm():
    return "".join(":resize %dx%d\n%s\n%s\n" % (w, h, keys, BACK) for w, h in SIZES + SIZES[::-1] for _, keys in SCREENS
                   if "Space" not in keys and ":" not in keys)


@tap.case
def sorting_where_no_column_shows_ends():
    """the key for sorting ends where the screen has no room for any column"""
    for w, h in SIZES:
        explore(":resize %dx%d\n3sssssssssssssss\n" % (w, h), tap.data("office.pcap.gz"), "--rotations", "1")


@tap.case
def looking_changes_nothing():
    """drawing at many sizes leaves the model as it was"""
    explore("1\n:dump-model before\n%s:resize 80x24\n1\n:dump-model after\n" % storm(), tap.data("office.pcap.gz"), "--rotations", "3")
    drop = lambda text: [line for line in text.splitlines() if not line.startswith("message ")]
    assert drop(read("before")) == drop(read("after"))


@tap.case
def scripts_repeat_exactly():
    """the same script gives the same screens"""
    steps = "1\n]]]\n:dump-screen %s\n3\n:dump-screen %s\n"
    explore(steps % ("a1", "a3"), tap.data("office.pcap.gz"))
    explore(steps % ("b1", "b3"), tap.data("office.pcap.gz"))
    assert read("a1") == read("b1") and read("a3") == read("b3")


@tap.case
def undo_leads_back():
    """undo and redo lead back to the same model"""
    explore(":dump-model one\n:set min-inte 0.1\n:dump-model two\nu\n:dump-model three\n<C-r>\n:dump-model four\n",
            tap.data("office.pcap.gz"), "--rotations", "3")
    drop = lambda name: [line for line in read(name).splitlines() if line.split()[0] not in ("message", "undo")]
    assert drop("one") == drop("three") and drop("two") == drop("four") and drop("one") != drop("two")


@tap.case
def every_setting_goes_through_the_set_command():
    """each setting can be set to the value that it has"""
    explore(":dump-model model\n", tap.data("office.pcap.gz"))
    steps = "".join(":set %s\n" % value for value in model()["set"])
    explore(steps + ":dump-model model2\n", tap.data("office.pcap.gz"))
    bad = [m for m in model("model2").get("message", []) if " is " in m]
    assert bad == [], bad


@tap.case
def an_unknown_key_ends_a_script_with_its_line():
    """a step that cannot be read ends the script with status 1 and its line"""
    error = explore("1\n\n<NoSuchKey>\n", tap.data("office.pcap.gz"), status=1)
    assert "line 3" in error and "NoSuchKey" in error, error


@tap.case
def an_unknown_command_ends_a_script_with_its_line():
    """an unknown command ends the script with status 1 and its line"""
    error = explore(":dance\n", tap.data("office.pcap.gz"), status=1)
    assert "line 1" in error and "dance" in error, error


@tap.case
def a_refused_command_is_told_with_its_line():
    """a command that is refused is told with its line and gives status 1; the script goes on and shows it"""
    with open(tap.scratch("there.csv"), "w") as file:
        file.write("precious")
    for command, said in ((":set min-supp 7", "min-supp"), (":set no-such 1", "no-such"), (":narrow host nobody", "ADDRESS"), (":preset odd", "presets"),
                          (":filter port:x:y", ""), (":sort odd", ""), (":export odd x", "odd"), (":reset no-such", "no-such"), (":bind", "key must follow"), (":allow 999", "reason"), (":allow ten # why", "ten"), (":next-packet", "nothing on this screen"),
                          (":why 999", "two items"), (":baseline -", "baseline"), (":export csv there.csv", "there already")):
        error = explore("3\n%s\n:dump-screen after\n" % command, tap.data("office.pcap.gz"), "--rotations", "0", status=1)
        assert "script, line 2: " in error and said in error and error.count("\n") == 1, (command, error)
        check_cells("after", 80, 24, False)
        os.unlink(tap.scratch("after"))
    # What a person would see on the screen is told there, and only there.
    assert explore("3\n/nowhere<Enter>\nq\n:set min-supp 0.2\n", tap.data("office.pcap.gz"), "--rotations", "0") == ""


@tap.case
def options_of_the_search_for_knocks_count():
    """--gap and --follow are those of the explorer's search too, and its exports say so"""
    explore("4\n:dump-model short\n:export json short.json\n", tap.data("office.pcap.gz"), "--gap", "100us", "--rotations", "0")
    out, _ = tap.knockscope("knocks", "--gap", "100us", "--format", "json", tap.data("office.pcap.gz"))
    assert len(model("short").get("knock", [])) == len(json.loads(out)["knocks"])
    explore(":export json odd.json\n", tap.data("office.pcap.gz"), "--gap", "20s", "--follow", "60s", "--max-events", "2400", "--rotations", "0", status=4)
    params = json.loads(read("odd.json"))["params"]
    assert params["knock_gap_ns"] == 20 * 10**9 and params["knock_follow_ns"] == 60 * 10**9 and params["max_events"] == 2400


@tap.case
def a_dump_that_cannot_be_written_ends_a_script():
    """a dump that cannot be written ends the script with status 1"""
    error = explore(":dump-screen no/such/folder/file\n", tap.data("office.pcap.gz"), status=1)
    assert "line 1" in error, error


@tap.case
def a_missing_capture_gives_status_3():
    """a capture that cannot be read gives status 3, and the script still runs"""
    error = explore(":dump-screen shown\n", "no-such-capture.pcap", status=3)
    assert "no-such-capture.pcap" in error, error
    check_cells("shown", 80, 24, False)


@tap.case
def no_capture_at_all_can_be_explored():
    """without a capture every screen draws and says what to do"""
    explore(grand_tour(), None)
    for w, h in SIZES:
        for name, _ in SCREENS:
            check_cells("%s-%dx%d" % (name, w, h), w, h, False)


@tap.case
def quit_ends_a_script_at_once():
    """:quit ends a script; what follows is not read"""
    explore(":quit\n<NoSuchKey>\n", tap.data("office.pcap.gz"))


@tap.case
def hostile_file_names_reach_no_screen_raw():
    """control characters in a file's name reach no screen and no message"""
    name = tap.scratch("evil\033]0;owned\a\033[2J\u202e.pcap.gz")
    with open(tap.data("office.pcap.gz"), "rb") as source, open(name, "wb") as copy:
        copy.write(source.read())
    explore("1\n:dump-screen s1\n5\n:dump-screen s5\nL\n:dump-screen sl\n:dump-model model\n", name)
    for shown in ("s1", "s5", "sl", "model"):
        assert all(c.isprintable() or c == "\n" for c in read(shown)), shown
    assert "\033" not in explore(":quit\n", name + ".missing", status=3)


@tap.case
def capture_counts():
    """the Capture screen counts what stats counts, attempts among it (repetitions that only the search for knocks counts are none)"""
    stats = tap.knockscope_json("stats", tap.data("office.pcap.gz"))
    explore(":resize 140x60\n5\n:dump-screen counts\n", tap.data("office.pcap.gz"))
    shown = {}
    for line in read("counts").split("\n")[1:]:
        match = re.match(r"\S?\s*([A-Za-z()6 ]*[a-z0-9A-Z)])\s{2,}([0-9,]+)\b", line)
        if match:
            shown.setdefault(match.group(1), int(match.group(2).replace(",", "")))
    wanted = {"packets": stats["packets"], "TCP": stats["decoded"]["tcp"], "UDP": stats["decoded"]["udp"], "ICMP": stats["decoded"]["icmp"],
              "ICMPv6": stats["decoded"]["icmp6"], "attempts": stats["attempts"]["total"], "hosts": stats["hosts"],
              "events mined (t)": stats["events"], "items (u)": stats["items"], "windows (l)": stats["windows"],
              "skipped": sum(stats["skipped"].values())}
    assert {name: shown.get(name) for name in wanted} == wanted, (shown, wanted)


tap.run()
