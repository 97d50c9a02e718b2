#!/usr/bin/env python3
"""Make a trace, audit it, and compare what was recorded with what was planned; then audit it
with several threads, and compare the reports.

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
    reports = [subprocess.run([sys.argv[1], "audit", "-q", "-j", jobs, "-f", "json", "-e", names, "-r", capture],
                              check=True, capture_output=True).stdout for jobs in ("1", "2", "5")]
    if len(set(reports)) != 1:
        sys.exit("the report depends on the number of threads (-j)")
    sys.argv[1:] = [database, truth, names]
    sys.exit(truth_check.main())
