#!/usr/bin/env python3
"""Audits captures whose truth is known, and says what rulegap got wrong.

    score.py RULEGAP [DIR...] [-j N] [--only NAME...] [--timeout S] [--json FILE] [-q]

Every folder of DIR (default: pcaps/ of the source tree) that holds a truth.json is audited in an empty folder of its own.
Printed are one line an expectation that failed, then precision and recall of each signature, counted over rules:
a signature is right when the truth has it for that rule, wrong when the truth has it not, missed when it had to be there.
A DIR that does not exist is SKIPPED aloud. Exit status: 0 all right, 1 something is wrong, 2 wrong usage.
"""
import argparse
import concurrent.futures
import ipaddress
import json
import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
VERDICTS = ('allowed', 'blocked', 'partial', 'inconclusive', 'unseen')
INCOMPLETE = {'damaged-file', 'capture-drops', 'truncated-packets', 'one-sided', 'link-type',
        'table-full'}     # exit status 3 is right with these


def address(text):
    try:
        return str(ipaddress.ip_address(text))
    except (ValueError, TypeError):
        return text


def rule_key(rule):
    """a rule id without case; networks in canonical form"""
    if not rule:
        return None
    return rule.lower().replace('[', '').replace(']', '')


def host_of(rule):
    return rule_key(rule).split('/', 1)[1].rsplit(':', 1)[0]


class Score:
    """what was wrong in one scenario, and the counts for the table"""

    def __init__(self, name, truth):
        self.name, self.truth, self.wrong = name, truth, []
        self.right_sigs, self.false_sigs, self.lost_sigs = [], [], []
        self.verdicts = [0, 0]
        self.seconds = 0.0

    def say(self, text, *args):
        self.wrong.append(text % args)

    def expect(self, good, text, *args):
        if not good:
            self.say(text, *args)


# ------------------------------------------------------------------ comparing

def compare_shape(s, rep):
    """the report agrees with itself and with the files"""
    rules, missing = rep.get('rules', []), rep.get('missing', [])
    s.expect(rep.get('schema') == 'rulegap/report/1', 'schema is %r', rep.get('schema'))
    for key in ('lists', 'period', 'capture', 'summary', 'rules', 'missing', 'incidents', 'unlisted', 'notices'):
        s.expect(key in rep, 'report has no "%s"', key)
    summary = rep.get('summary', {})
    for v in VERDICTS:
        n = sum(r.get('verdict') == v for r in rules)
        s.expect(summary.get(v) == n, 'summary.%s is %r, the rules say %d', v, summary.get(v), n)
    s.expect(summary.get('rules') == len(rules) and summary.get('missing') == len(missing),
            'summary does not count rules or missing rightly')
    if s.truth.get('packets') is not None:
        got, slack = rep.get('capture', {}).get('packets'), int('damaged-file' in s.truth['notices']['must'])
        s.expect(isinstance(got, int) and abs(got - s.truth['packets']) <= slack, '%r packets counted, not %d', got,
                s.truth['packets'])
    want = [rule_key(k) for k in s.truth['rules']]
    got = [rule_key(r.get('id')) for r in rules]
    s.expect(got == want, 'rules are not those of the list in its order: %s',
            ' '.join(map(str, [x for x in got if x not in want] or got))[:200])


KINDS_OF = {'proxy-denied': 'proxy', 'http-blocked': 'proxy', 'tls-intercepted': 'tls-inspection'}


def compare_sums(s, rep):
    """what must hold for every report (contract, sections 1 and 5)"""
    ids, seen = {i.get('id') for i in rep['incidents']}, set()
    for r in rep['rules']:
        for key, n in r.get('attempts', {}).items():
            s.expect(n == sum(c.get('attempts', {}).get(key, 0) for c in r.get('clients', [])),
                    '%s: attempts.%s is not the sum of its clients', r['id'], key)
    for i in rep['incidents']:
        key = tuple(str(i.get(k)) for k in ('rule', 'client', 'host', 'port', 'transport', 'signature'))
        s.expect(key not in seen, 'two incidents of %s', ' '.join(key))
        seen.add(key)
        s.expect(i.get('attempts', 0) >= 1 and i.get('packets', 0) >= 1, 'incident %s has no attempts or packets',
                i.get('id'))
        s.expect(i.get('proofs') or i.get('confidence') != 'high',
                'incident %s is of high confidence without a proof', i.get('id'))
        s.expect(i.get('first', '') <= i.get('last', ''), 'incident %s ends before it begins', i.get('id'))
        s.expect(i.get('confidence') in ('high', 'medium', 'low'), 'incident %s: confidence is %r', i.get('id'),
                i.get('confidence'))
        s.expect(i.get('outcome') == ('reset' if i.get('signature') == 'tcp-reset' else 'blocked'),
                'incident %s: outcome %s', i.get('id'), i.get('outcome'))
    for m in rep['missing']:
        name = m.get('signature', '')
        s.expect(m.get('kind') == KINDS_OF.get(name, 'dns' if name.startswith('dns-') else 'firewall'),
                'missing: kind %s does not follow %s', m.get('kind'), name)
        s.expect(m.get('why') and m.get('incidents') and set(m['incidents']) <= ids,
                'missing %s: no reason, or incidents that are not there', m.get('rule') or m.get('host'))
    for part in ('incidents', 'missing'):
        whens = [i.get('first', '') for i in rep[part] if i.get('first')]
        s.expect(whens == sorted(whens), '%s are not in order of time', part)


def attempts_agree(verdict, a):
    ok, bad, open_ = a.get('ok', 0), a.get('blocked', 0) + a.get('reset', 0), a.get('inconclusive', 0)
    return {'blocked': ok == 0 and bad > 0, 'allowed': ok > 0, 'partial': ok > 0 and bad > 0, 'inconclusive': ok == 0,
            'unseen': ok + bad + open_ == 0}.get(verdict, False)


def compare_rule(s, rule, t, r):
    verdict = r.get('verdict')
    s.verdicts[1] += 1
    s.verdicts[0] += verdict in t['verdict']
    s.expect(verdict in t['verdict'], '%s is %s, not %s', rule, verdict, ' or '.join(t['verdict']))
    s.expect(attempts_agree(verdict, r.get('attempts', {})), '%s: %s does not agree with %s', rule, verdict,
            json.dumps(r.get('attempts')))
    have = {x['name'] for x in r.get('signatures', []) if x.get('count', 1)}
    may = set(t.get('signatures_may', ()))
    sets = [set(x) for x in t['signatures']]
    if not any(x <= have <= x | may for x in sets):
        s.say('%s: signatures {%s}, not %s', rule, ' '.join(sorted(have)),
                ' or '.join('{%s}' % ' '.join(sorted(x)) for x in sets))
    must = set.intersection(*sets)
    possible = set.union(*sets)
    s.right_sigs += have & possible
    s.false_sigs += have - possible - may
    s.lost_sigs += must - have
    clients = {address(c.get('address')): c.get('verdict') for c in r.get('clients', [])}
    for c, verdicts in t.get('clients', {}).items():
        got = clients.get(address(c))
        s.expect(got in verdicts, '%s: client %s is %s, not %s', rule, c, got, ' or '.join(verdicts))


def concerns(m, t):
    """whether a missing entry is the one meant by the truth"""
    if m.get('kind') not in t['kind']:
        return False
    if m.get('rule'):
        return rule_key(m['rule']) in [rule_key(x) for x in t['rule']]
    return str(m.get('host')).lower().rstrip('.') in [host_of(x) for x in t['rule']]


def compare_missing(s, rep):
    found = [[] for _ in s.truth['missing']]
    for m in rep.get('missing', []):
        hit = [i for i, t in enumerate(s.truth['missing']) if concerns(m, t)]
        if hit:
            found[hit[0]].append(m)
        elif not any(concerns(m, t) for t in s.truth['missing_tolerated']):
            s.say('missing: %s (%s, %s) is reported, nothing is missing there', m.get('rule') or m.get('host'),
                    m.get('kind'), m.get('signature'))
    for t, ms in zip(s.truth['missing'], found):
        what = 'missing: %s (%s)' % (t['rule'][0], t['kind'][0])
        if not ms:
            s.say('%s is not reported', what)
            continue
        clients = sorted(address(c) for m in ms for c in m.get('from', []))
        if t.get('from'):
            s.expect(sorted(set(clients)) == sorted(map(address, t['from'])), '%s from {%s}, not {%s}', what,
                    ' '.join(clients), ' '.join(t['from']))
        s.expect(len(clients) == len(set(clients)), '%s: the same client in several entries', what)
        for m in ms:
            for key in ('severity', 'signature'):
                s.expect(key not in t or m.get(key) in t[key], '%s: %s is %s, not %s', what, key, m.get(key),
                        '/'.join(t.get(key, [])))
            if 'blocker' in t:
                s.expect(address(m.get('blocker')) == address(t['blocker']), '%s: blocker is %s, not %s', what,
                        m.get('blocker'), t['blocker'])


def field_same(key, want, have):
    if key == 'rule':
        return have is not None if want == '*' else rule_key(want) == rule_key(have)
    if key in ('client', 'address', 'blocker'):
        return address(want) == address(have)
    return have in want if isinstance(want, list) else str(want).lower() == str(have).lower()


def compare_incidents(s, rep):
    incidents, rules = rep.get('incidents', []), {rule_key(k): t for k, t in s.truth['rules'].items()}
    for w in s.truth['incidents']:
        s.expect(any(all(field_same(k, v, i.get(k)) for k, v in w.items() if k != 'why') for i in incidents),
                'no incident with %s', json.dumps(w))
    for w in s.truth['no_incidents']:
        s.expect(not any(all(field_same(k, v, i.get(k)) for k, v in w.items() if k != 'why') for i in incidents),
                'an incident with %s', json.dumps(w))
    for i in incidents:
        t = rules.get(rule_key(i.get('rule')))
        if t:
            possible = set(t.get('signatures_may', ())).union(*t['signatures'])
            s.expect(i.get('signature') in possible, 'incident of %s with %s, which did not happen', i.get('rule'),
                    i.get('signature'))


def at(rep, path):
    """a value of the report: "capture.truncated", "missing.0.hint" """
    for key in path.split('.'):
        rep = rep[int(key)] if isinstance(rep, list) else rep.get(key) if isinstance(rep, dict) else None
    return rep


def compare(s, rep):
    compare_shape(s, rep)
    rules = {rule_key(r.get('id')): r for r in rep.get('rules', [])}
    for rule, t in s.truth['rules'].items():
        if rule_key(rule) in rules:
            compare_rule(s, rule, t, rules[rule_key(rule)])
        else:
            s.say('%s is not in the report', rule)
    compare_sums(s, rep)
    compare_missing(s, rep)
    compare_incidents(s, rep)
    codes = {n.get('code') for n in rep.get('notices', [])}
    for c in s.truth['notices']['must']:
        s.expect(c in codes, 'no notice %s', c)
    for c in s.truth['notices']['never']:
        s.expect(c not in codes, 'notice %s is wrong', c)
    for path, want in s.truth.get('fields', {}).items():
        try:
            got = at(rep, path)
        except (IndexError, ValueError):
            got = None
        s.expect(got == want, '%s is %s, not %s', path, json.dumps(got), json.dumps(want))


# ------------------------------------------------------------------ running

def audit(binary, folder, truth, seconds):
    """run one audit in a folder of its own; status, report or None, error text"""
    with tempfile.TemporaryDirectory(prefix='score-') as tmp:
        for f in truth['lists'] + truth['captures']:
            shutil.copy(os.path.join(folder, f), tmp)
        argv = binary + ['audit'] + [y for f in truth['lists'] for y in ('-e', f)] + [y for f in truth['captures']
                for y in ('-r', f)]
        try:
            p = subprocess.run(argv + ['--format', 'json'] + truth['args'], cwd=tmp, capture_output=True,
                    timeout=seconds, check=False,
                               env=dict(os.environ, NO_COLOR='1', LC_ALL='C', TZ='UTC'), stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return None, None, 'ran longer than %g s' % seconds
    error = p.stderr.decode('utf-8', 'replace').strip()
    try:
        return p.returncode, json.loads(p.stdout), error
    except ValueError:
        return p.returncode, None, error or 'no JSON'


def score_one(binary, folder, seconds):
    with open(os.path.join(folder, 'truth.json'), encoding='utf-8') as f:
        truth = json.load(f)
    truth.setdefault('missing_tolerated', [])
    s = Score(os.path.basename(folder), truth)
    status, rep, error = audit(binary, folder, truth, seconds)
    if rep is None:
        s.say('no report: exit status %s, %s', status, error[:200])
        s.verdicts[1] = len(truth['rules'])
        s.lost_sigs = [x for t in truth['rules'].values() for x in set.intersection(*map(set, t['signatures']))]
        return s
    s.expect('Sanitizer' not in error, 'sanitizer: %s', error[:200])
    s.expect(status == 0 or (status == 3 and INCOMPLETE & {n.get('code') for n in rep.get('notices', [])}),
            'exit status %s: %s', status, error[:200])
    try:
        compare(s, rep)
    except (AttributeError, TypeError, KeyError) as e:
        s.say('the report has not the contract\'s shape: %s', e)
    return s


def table(scores):
    """precision and recall of each signature"""
    from collections import Counter
    right, false, lost = (Counter(x for s in scores for x in getattr(s, k))
            for k in ('right_sigs', 'false_sigs', 'lost_sigs'))
    rows = []
    for name in sorted(set(right) | set(false) | set(lost)):
        r, f, l = right[name], false[name], lost[name]
        rows.append({'signature': name, 'right': r, 'wrong': f, 'missed': l, 'precision': r / (r + f) if r + f
                else None, 'recall': r / (r + l) if r + l else None})
    return rows


def percent(x):
    return '    -' if x is None else '%5.1f' % (100 * x)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('binary')
    p.add_argument('dirs', nargs='*')
    p.add_argument('-j', type=int, default=2)
    p.add_argument('--only', nargs='+', default=[])
    p.add_argument('--timeout', type=float, default=60)
    p.add_argument('--json')
    p.add_argument('-q', action='store_true')
    a = p.parse_args()
    folders = []
    for d in a.dirs or [os.path.join(HERE, '..', '..', 'pcaps')]:
        if not os.path.isdir(d):
            print('SKIPPED: %s is not there' % d)
            continue
        folders += [os.path.join(d, n) for n in sorted(os.listdir(d))
                if os.path.exists(os.path.join(d, n, 'truth.json')) and (not a.only or n in a.only)]
    binary = [os.path.abspath(a.binary)]
    if not os.access(binary[0], os.X_OK):
        p.error('%s cannot be run' % a.binary)
    with concurrent.futures.ThreadPoolExecutor(a.j) as pool:
        scores = list(pool.map(lambda f: score_one(binary, f, a.timeout), folders))
    for s in scores:
        for w in s.wrong:
            print('%s: %s' % (s.name, w))
    if not a.q:
        print('\n%-18s %5s %5s %6s  precision  recall' % ('signature', 'right', 'wrong', 'missed'))
        for r in table(scores):
            print('%-18s %5d %5d %6d      %s   %s'
                    % (r['signature'], r['right'], r['wrong'], r['missed'], percent(r['precision']),
                            percent(r['recall'])))
    bad = [s for s in scores if s.wrong]
    traps = [s for s in scores if s.truth.get('kind') == 'trap']
    print('\n%d of %d scenarios right (%d of %d traps); verdicts %d of %d; %d things wrong' % (
        len(scores) - len(bad), len(scores), sum(not s.wrong for s in traps), len(traps),
                sum(s.verdicts[0] for s in scores),
        sum(s.verdicts[1] for s in scores), sum(len(s.wrong) for s in scores)))
    if a.json:
        with open(a.json, 'w', encoding='utf-8') as f:
            json.dump({'signatures': table(scores), 'scenarios': {s.name: s.wrong for s in scores}}, f, indent=1)
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
