#!/usr/bin/env python3
"""docs/accuracy.md from the captures with known truth: what rulegap says, and what a naive reading of conn_state would.

    accuracy.py RULEGAP PCAPS PAGE [--check]

Audits every capture into a database. rulegap is right about a rule when its verdict is one of the truth's and its signatures are too. The naive
reader knows the name of every flow (as rulegap attributed it) and Zeek's conn_state of it, and takes S0, REJ, RSTR, RSTOS0, RSTRH, SH and SHR for
blocked and SF, S1, S2, S3 and RSTO for working. With --check the page is not written but compared; exit status 1 on a difference.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'scenario'))
sys.dont_write_bytecode = True
import score  # noqa: E402

NAIVE_BLOCKED = {'S0', 'REJ', 'RSTR', 'RSTOS0', 'RSTRH', 'SH', 'SHR'}
NAIVE_WORKS = {'SF', 'S1', 'S2', 'S3', 'RSTO'}
THEMES = (('wrap-', 'tunnels and tags, one of each kind'), ('link-', 'link types: cooked, raw, null'),
        ('file-', 'file kinds: byte order, pcapng, split, compressed, damaged'),
          ('doubled', 'every packet twice'))

Result = collections.namedtuple('Result', 'name truth rulegap naive')


def naive_verdicts(path):
    """rule -> what conn_state alone says"""
    seen = collections.defaultdict(set)
    with sqlite3.connect('file:%s?mode=ro' % path, uri=True) as db:
        for rule, state in db.execute('SELECT rule, conn_state FROM attempt WHERE rule IS NOT NULL'):
            seen[score.rule_key(rule)].add('blocked' if state in NAIVE_BLOCKED else 'works' if state in NAIVE_WORKS
                    else 'nothing')
    return {r: 'blocked' if 'blocked' in s else 'works' if 'works' in s else 'nothing' for r, s in seen.items()}


def audit(binary, folder):
    with open(os.path.join(folder, 'truth.json'), encoding='utf-8') as f:
        truth = json.load(f)
    with tempfile.TemporaryDirectory(prefix='accuracy-') as tmp:
        path = os.path.join(tmp, 'a.db')
        _, rep, error = score.audit(binary, folder, dict(truth, args=truth['args'] + ['-d', path]), 60)
        if rep is None:
            sys.exit('accuracy: %s: %s' % (folder, error))
        return Result(os.path.basename(folder), truth, {score.rule_key(r['id']): r for r in rep['rules']},
                naive_verdicts(path))


def must_be_blocked(t):
    return set(t['verdict']) <= {'blocked', 'partial'}


def right(t, r):
    have = {x['name'] for x in r.get('signatures', [])}
    return r.get('verdict') in t['verdict'] and any(set(x) <= have <= set(x) | set(t.get('signatures_may', ()))
            for x in t['signatures'])


def signature_rows(results):
    """per signature: rules blocked by it, rules rightly so called by rulegap, rules that conn_state shows as blocked"""
    rows = collections.defaultdict(lambda: [0, 0, 0])
    for res in results:
        for rule, t in res.truth['rules'].items():
            if must_be_blocked(t):
                row = rows[' or '.join('+'.join(x) for x in t['signatures'])]
                row[0] += 1
                row[1] += right(t, res.rulegap[score.rule_key(rule)])
                row[2] += res.naive.get(score.rule_key(rule)) == 'blocked'
    return [[k] + v for k, v in sorted(rows.items())]


def theme(res):
    return next((text for start, text in THEMES if res.name.startswith(start)), res.truth['title'])


def trap_rows(results):
    """per trap: tried rules of which nothing may be called blocked, and who calls them so"""
    rows = {}
    for res in results:
        if res.truth['kind'] != 'trap':
            continue
        row = rows.setdefault(theme(res), [0, 0, 0])
        for rule, t in res.truth['rules'].items():
            if not must_be_blocked(t) and t['verdict'] != ['unseen']:
                key = score.rule_key(rule)
                row[0] += 1
                row[1] += res.rulegap[key]['verdict'] not in t['verdict']
                row[2] += res.naive.get(key) == 'blocked'
    return [[k] + v for k, v in sorted(rows.items()) if v[0]]


def mark(n, good):
    return '%d' % n if good else '**%d**' % n


def page(results):
    sigs, traps = signature_rows(results), trap_rows(results)
    out = ['# Accuracy', '', 'What rulegap says of the %d captures in `pcaps/`, whose truth is known because the lab made them, beside what a naive reading of Zeek\'s'
           % len(results), '`conn_state` of the same flows would say: S0, REJ, RSTR, RSTOS0, RSTRH, SH and SHR mean blocked, SF, S1, S2, S3 and RSTO mean working. The naive',
           'reader is even told which rule a flow belongs to. Made by `tests/accuracy/accuracy.py`; the test run fails when this page is not true any more.', '',
           '## Rules that are blocked', '', '| signature | rules | found by rulegap | found by conn_state |',
                   '| --- | ---: | ---: | ---: |']
    for name, n, a, b in sigs + [['**all**'] + [sum(r[i] for r in sigs) for i in (1, 2, 3)]]:
        out.append('| %s | %d | %s | %s |' % (name, n, mark(a, a == n), mark(b, b == n)))
    out += ['', '"Found" by rulegap is the right verdict with the right signature; by conn_state it is blocked for whatever reason.', '',
            '## Traps: rules with which nothing is wrong, or of which nobody can tell', '',
                    '| trap | rules | wrong by rulegap | called blocked by conn_state |',
                            '| --- | ---: | ---: | ---: |']
    for name, n, a, b in traps + [['**all**'] + [sum(r[i] for r in traps) for i in (1, 2, 3)]]:
        out.append('| %s | %d | %s | %s |' % (name.replace('|', '\\|'), n, mark(a, a == 0), mark(b, b == 0)))
    return '\n'.join(out) + '\n'


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('binary')
    p.add_argument('pcaps')
    p.add_argument('page')
    p.add_argument('--check', action='store_true')
    a = p.parse_args()
    folders = [os.path.join(a.pcaps, n) for n in sorted(os.listdir(a.pcaps))
            if os.path.exists(os.path.join(a.pcaps, n, 'truth.json'))]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        text = page(list(pool.map(lambda f: audit([os.path.abspath(a.binary)], f), folders)))
    if not a.check:
        with open(a.page, 'w', encoding='utf-8') as f:
            f.write(text)
        return 0
    old = open(a.page, encoding='utf-8').read() if os.path.exists(a.page) else ''
    if text == old:
        print('%s is true' % os.path.basename(a.page))
        return 0
    for line in sorted(set(text.splitlines()) ^ set(old.splitlines())):
        print('%s %s' % ('now: ' if line in text.splitlines() else 'page:', line))
    print('%s differs from what was measured: run tests/accuracy/accuracy.py without --check' % a.page)
    return 1


if __name__ == '__main__':
    sys.exit(main())
