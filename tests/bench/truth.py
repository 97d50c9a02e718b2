#!/usr/bin/env python3
"""Make a trace, audit it, and compare what was recorded with what was planned.

    truth.py RULEGAP TRACE
"""
import os
import subprocess
import sys
import tempfile

import truth_check

with tempfile.TemporaryDirectory() as work:
    capture, truth, names, database = (os.path.join(work, n) for n in ("t.pcap", "t.csv", "t.yaml", "t.db"))
    subprocess.run([sys.argv[2], "-o", capture, "-t", truth, "-l", names, "-v", "6000", "-b", "6", "-q", "2"], check=True)
    subprocess.run([sys.argv[1], "audit", "-q", "-e", names, "-r", capture, "-d", database, "-o", os.devnull], check=True)
    sys.argv[1:] = [database, truth, names]
    sys.exit(truth_check.main())
