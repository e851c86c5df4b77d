#!/usr/bin/env python3
"""Lines that ran, from the counts that a build with --enable-coverage left: per folder of src, and with folders named, every line there that never ran.

usage: coverage.py BUILD [FOLDER...]        (make coverage runs the tests first)"""

import json
import os
import subprocess
import sys


def counts(build):
    """{file below src: {line: times}}, over all programs that were linked with it."""
    lines = {}
    for folder, _, names in os.walk(os.path.join(build, "src")):
        for name in sorted(names):
            if not name.endswith(".gcda"):
                continue
            told = subprocess.run(["gcov", "--json-format", "--stdout", os.path.join(folder, name)], stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL, cwd=build, check=True).stdout
            for document in told.decode().splitlines():
                for file in json.loads(document)["files"]:
                    at = file["file"].rfind("/src/")
                    path = file["file"][at + 5:] if at >= 0 else file["file"]
                    if at < 0 or not path.endswith(".c"):
                        continue
                    seen = lines.setdefault(path, {})
                    for line in file["lines"]:
                        seen[line["line_number"]] = max(seen.get(line["line_number"], 0), line["count"])
    return lines


def main():
    build, wanted = sys.argv[1], sys.argv[2:]
    lines = counts(build)
    if not lines:
        sys.exit("no counts below %s: configure with --enable-coverage and run the tests" % build)
    folders = {}
    for path, seen in lines.items():
        total = folders.setdefault(path.split("/")[0] if "/" in path else ".", [0, 0])
        total[0] += sum(1 for n in seen.values() if n)
        total[1] += len(seen)
    for folder, (ran, all_lines) in sorted(folders.items()):
        print("%-10s %6d of %6d lines  %5.1f %%" % (folder, ran, all_lines, 100 * ran / all_lines))
    print("%-10s %6d of %6d lines  %5.1f %%" % ("all", sum(r for r, _ in folders.values()), sum(a for _, a in folders.values()),
                                               100 * sum(r for r, _ in folders.values()) / sum(a for _, a in folders.values())))
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "src")
    for path, seen in sorted(lines.items()):
        if path.split("/")[0] in wanted:
            with open(os.path.join(source, path), encoding="utf-8") as file:
                text = file.read().split("\n")
            for line in sorted(n for n, times in seen.items() if times == 0):
                print("%s:%d: %s" % (path, line, text[line - 1].strip()))


main()
