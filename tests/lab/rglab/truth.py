"""From a scenario's words to list.yaml and truth.json. Nothing here looks at what rulegap says."""
import json
import re

from . import world

SIGNATURES = ('dns-timeout dns-nxdomain dns-refused dns-servfail dns-nodata dns-filtered dns-sinkhole dns-forged tcp-syn-timeout tcp-syn-reset '
              'icmp-prohibited icmp-unreachable tcp-stall tcp-reset tls-hello-reset tls-hello-close tls-hello-timeout tls-alert tls-intercepted '
              'quic-timeout stun-timeout stun-error udp-timeout proxy-denied http-blocked').split()
VERDICTS = ('allowed', 'blocked', 'partial', 'inconclusive', 'unseen')
KINDS = ('firewall', 'dns', 'proxy', 'tls-inspection')


class TruthError(Exception):
    """the scenario's file is wrong"""


def quote(text):
    """a YAML scalar; quoted if it would mean something else unquoted"""
    return text if re.fullmatch(r'[A-Za-z0-9][A-Za-z0-9._/-]*( [A-Za-z0-9._/-]+)*', text) else json.dumps(text,
            ensure_ascii=False)


def list_yaml(groups):
    out = ['# made by tests/lab; the names of the datacentre are made up', 'name: RemoteSpark',
            'vendor: Kognitiv Spark', 'version: 2.0.33',
           'published: 2024-03-26', 'source: Network Firewall Rules (2.0.x), lab edition', 'groups:']
    for g in groups:
        lead = '  - '
        for k, v in g.items():
            if isinstance(v, bool):
                v = 'true' if v else 'false'
            elif isinstance(v, list):
                v = '[%s]' % ', '.join(quote(str(x)) for x in v)
            else:
                v = quote(str(v))
            out.append('%s%s: %s' % (lead, k, v))
            lead = '    '
    return '\n'.join(out) + '\n'


def rule_ids(groups, profiles=()):
    """the ids of all rules in list order (contract, sections 1 and 3)"""
    ids = []
    for g in groups:
        if g.get('profile') not in (None, *profiles):
            continue
        for h in g.get('hosts') or (['*'] if g.get('role') == 'dns' else []):
            host = h.encode('idna').decode() if not h.isascii() else h
            host = '[%s]' % host if ':' in host else host
            ids += ['%s/%s:%s' % (g['id'], host, p) for p in g.get('ports', [])]
    return ids


def signature_sets(text):
    """"a+b|c" -> [[a, b], [c]]; nothing -> [[]]"""
    sets = [sorted(x for x in part.split('+') if x) for part in text.split('|')]
    for name in sum(sets, []):
        if name not in SIGNATURES:
            raise TruthError('no signature %s' % name)
    return sets


def rule_truth(text, words):
    """"VERDICT[|VERDICT] [SIGNATURES] [cN=VERDICT...]" """
    verdict, *rest = text.split()
    out = {'verdict': verdict.split('|'), 'signatures': [[]]}
    for w in rest:
        if '=' in w:
            key, v = w.split('=')
            if key == 'may':
                out['signatures_may'] = v.split('+')
            else:
                out.setdefault('clients', {})[words.get(key, key)] = v.split('|')
        else:
            out['signatures'] = signature_sets(w)
    for v in sum(out.get('clients', {}).values(), list(out['verdict'])):
        if v not in VERDICTS:
            raise TruthError('no verdict %s' % v)
    return out


def names_one(r, ids):
    """whether it is a rule's id with a name in place of its wildcard: a failed look-up concerns one name"""
    group, rest = r.split('/', 1)
    host, port = rest.rsplit(':', 1)
    labels = host.split('.')
    return any('%s/*.%s:%s' % (group, '.'.join(labels[i:]), port) in ids for i in range(1, len(labels)))


def missing_truth(m, ids, words):
    out = {k: v if isinstance(v, list) else [v] for k, v in m.items() if k != 'blocker'}
    for r in out['rule']:
        if r not in ids and not (out['kind'] == ['dns'] and names_one(r, ids)):
            raise TruthError('missing: %s is no rule of the list' % r)
    for k in out['kind']:
        if k not in KINDS:
            raise TruthError('missing: no kind %s' % k)
    out.setdefault('severity', ['critical', 'degraded'])
    if 'from' in out:
        out['from'] = [words.get(x, x) for x in out['from']]
    if 'blocker' in m:
        out['blocker'] = words.get(m['blocker'], m['blocker']) or None
    return out


def fill(value, words):
    return value.format(**words) if isinstance(value, str) else value


def make(name, sc, captures, packets):
    """the content of truth.json"""
    words, t = world.words(sc.get('clients', 1)), sc['truth']
    args = sc.get('args', [])
    profiles = [args[i + 1] for i, x in enumerate(args[:-1]) if x == '--profile']
    ids = rule_ids(sc.get('groups', world.GROUPS), profiles)
    rules = {i: {'verdict': ['unseen'], 'signatures': [[]]} for i in ids}
    for r, text in t.get('rules', {}).items():
        if r not in rules:
            raise TruthError('%s is no rule of the list' % r)
        rules[r] = rule_truth(text, words)
    out = {'scenario': name, 'title': sc['title'], 'kind': sc['kind'], 'about': sc.get('about', []),
            'done': ' '.join(sc['done'].split()), 'lists': ['list.yaml'],
           'args': [fill(a, words) for a in sc.get('args', [])], 'rules': rules,
           'missing': [missing_truth(m, ids, words) for m in t.get('missing', [])],
           'missing_tolerated': [missing_truth(m, ids, words) for m in t.get('tolerated', [])],
           'incidents': [{k: fill(v, words) for k, v in i.items()} for i in t.get('incidents', [])],
           'no_incidents': [{k: fill(v, words) for k, v in i.items()} for i in t.get('no_incidents', [])],
           'notices': {'must': t.get('notices', []), 'never': t.get('no_notices', [])},
           'fields': {k: v for k, v in t.get('fields', {}).items()}, 'captures': captures, 'packets': packets}
    return out
