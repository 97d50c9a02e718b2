#!/usr/bin/env python3
"""Compare the instructions that an audit of a small trace takes with the stored figures.

    instructions.py RULEGAP TRACE [--store]

Counted by callgrind, including libraries: noise does not affect it, but compilers
and libraries do. So a figure is valid for one compiler and architecture; if there
is none the test is skipped. --store writes the figure of this machine.
"""
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

FIGURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "instructions.json")
MARGIN = 0.05
SKIP = 77


def toolchain():
    text = subprocess.run(["cc", "-dumpfullversion"], capture_output=True, text=True, check=False).stdout.strip()
    return f"{platform.machine()} cc {text}"


def count(rulegap, work, visits):
    """Instructions of an audit of a trace with this many visits."""
    capture, names, out = (os.path.join(work, n) for n in (f"{visits}.pcap", "t.yaml", "callgrind.out"))
    subprocess.run([sys.argv[2], "-o", capture, "-l", names, "-v", str(visits), "-b", "20"], check=True)
    run = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", rulegap, "audit", "-q", "-e", names,
                          "-r", capture, "-o", os.devnull], capture_output=True, text=True, check=False)
    found = re.search(r"refs:\s*([\d,]+)", run.stderr)
    if run.returncode != 0 or not found:
        sys.exit(f"the audit under valgrind failed ({run.returncode}): {run.stderr[-400:]}")
    return int(found.group(1).replace(",", ""))


def main():
    if not shutil.which("valgrind"):
        print("skipped: valgrind is not installed")
        return SKIP
    with tempfile.TemporaryDirectory() as work:
        # The difference between two sizes cancels start-up and report.
        more, less = count(sys.argv[1], work, 1200), count(sys.argv[1], work, 300)
    measured = {"visit": (more - less) / 900, "start": less}
    figures = json.load(open(FIGURES, encoding="utf-8")) if os.path.exists(FIGURES) else {}
    key = toolchain()
    print(f"{key}: {measured['visit']:.0f} instructions a visit, {less} for 300 visits with start and report")
    if "--store" in sys.argv:
        figures[key] = {name: round(value) for name, value in measured.items()}
        with open(FIGURES, "w", encoding="utf-8") as out:
            json.dump(figures, out, indent="\t", sort_keys=True)
            out.write("\n")
        return 0
    if key not in figures:
        print("skipped: no figure is stored for this compiler (--store)")
        return SKIP
    status = 0
    for name, value in measured.items():
        change = value / figures[key][name] - 1
        print(f"{name}: {change:+.1%} against {figures[key][name]}")
        status |= abs(change) > MARGIN
    return status


if __name__ == "__main__":
    sys.exit(main())
