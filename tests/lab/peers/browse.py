#!/usr/bin/env python3
"""A real browser's visit: browse.py [--for SECONDS] URL [CHROMIUM OPTION...], with a new profile and no background traffic."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

CALLS_HOME = '--host-resolver-rules=' + ','.join('MAP *.%s ~NOTFOUND' % d for d in ('googleapis.com', 'google.com', 'gvt1.com'))
QUIET = ('--headless=new --no-sandbox --disable-gpu --no-first-run --disable-sync --disable-default-apps --disable-extensions '
         '--disable-background-networking --disable-component-update --disable-domain-reliability --no-pings '
         '--disable-client-side-phishing-detection --disable-dev-shm-usage --ignore-certificate-errors --mute-audio '
         '--disable-features=OptimizationHints,MediaRouter,Translate,NetworkTimeServiceQuerying').split()


def main():
    args, seconds = sys.argv[1:], 8.0
    if args[0] == '--for':
        seconds, args = float(args[1]), args[2:]
    profile = tempfile.mkdtemp(prefix='rglab-browser-')
    p = subprocess.Popen(['chromium', *QUIET, CALLS_HOME, '--user-data-dir=' + profile, '--dump-dom',
                          '--timeout=%d' % (seconds * 1000), *args[1:], args[0]],
                         start_new_session=True, env=dict(os.environ, HOME=profile), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        p.wait(seconds + 25)           # on a busy machine the first packet takes a while
    except subprocess.TimeoutExpired:
        pass
    finally:
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        p.wait()
        shutil.rmtree(profile, ignore_errors=True)


if __name__ == '__main__':
    main()
