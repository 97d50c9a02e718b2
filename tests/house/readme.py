#!/usr/bin/env python3
"""README.md against the program: readme.py RULEGAP

The example between the demo marks: each line comes out of the command above it, in that order ("…" stands for what is left out).
The table of commands: each command of the program has its row, and each row is a command. The two commands at its beginning are setup's.
"""
import os
import re
import shlex
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
wrong = []


def run(argv):
    env = dict(os.environ, LC_ALL='C.UTF-8', TZ='UTC')
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=False).stdout.split('\n')


def check_example(page, binary):
    m = re.search(r'<!-- demo -->\n```\n\$ rulegap ([^\n]+)\n(.*?)```\n<!-- /demo -->', page, flags=re.S)
    if not m:
        wrong.append('README.md: no example between <!-- demo --> and <!-- /demo -->')
        return
    out, at = run([binary] + shlex.split(m.group(1))), 0
    for line in m.group(2).split('\n'):
        if not line.strip() or line.strip() == '…':
            continue
        try:
            at = [x.rstrip() for x in out].index(line.rstrip(), at) + 1
        except ValueError:
            wrong.append('README.md: the demo does not say (here): %s' % line.strip())


def check_commands(page, binary):
    said = set(re.findall(r'^\| `rulegap (\w+)', page, flags=re.M))
    real = set()
    out = run([binary, '--help'])
    for line in out[out.index('Commands:') + 1:]:
        if not line.strip():
            break
        real.add(line.split()[0])
    wrong.extend('README.md: no row for rulegap %s' % c for c in sorted(real - said))
    wrong.extend('README.md: rulegap %s is no command' % c for c in sorted(said - real))


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    binary = os.path.abspath(sys.argv[1])
    with open(os.path.join(ROOT, 'README.md'), encoding='utf-8') as f:
        page = f.read()
    check_example(page, binary)
    check_commands(page, binary)
    if not re.match(r'# rulegap\n\n```sh\n\./setup demo .*\n\./setup test ', page):
        wrong.append('README.md does not open with the two commands')
    print('\n'.join(wrong) or 'nothing wrong')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
